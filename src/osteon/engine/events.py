"""What happens to a patient at an instant: doses, infusions, parameter switches, resets, looked-at rules.

At one instant the order is: outputs are read, then checks, resets, parameter switches, infusions that end, infusions that
start, boluses. A list of events is a schedule; patients who share it share its storage.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

BOLUS, INFLOW, SET_PARAMETER, SCALE_PARAMETER, RESET, CHECK = 0, 1, 2, 3, 4, 5
ADD_PARAMETER, RESTORE_PARAMETER = 6, 7
_RANK = {
    CHECK: 0,
    RESET: 1,
    SET_PARAMETER: 2,
    SCALE_PARAMETER: 2,
    ADD_PARAMETER: 2,
    RESTORE_PARAMETER: 1.5,
    INFLOW: 3,
    BOLUS: 5,
}
OPERATORS = ("<", "<=", ">", ">=")


@dataclass(frozen=True)
class Guard:
    """A rule looked at on dosing days: when `quantity operator level` holds, the rest of its group is dropped."""

    quantity: str
    operator: str
    level: float


@dataclass
class Schedule:
    """Events of one patient or of many alike. Times in days; amounts in the unit of the state."""

    rows: list[tuple[float, int, str, float, int, str]] = field(default_factory=list)
    guards: list[Guard] = field(default_factory=list)

    def bolus(
        self, times: float | Iterable[float], state: str, amount: float, group: int = -1, share: str = ""
    ) -> Schedule:
        """Add `amount` times the parameter `share` (bioavailability; none = 1) to `state` at each time."""
        return self._add(times, BOLUS, state, amount, group, share)

    def infusion(
        self,
        starts: float | Iterable[float],
        duration: float,
        state: str,
        amount: float,
        group: int = -1,
        share: str = "",
    ) -> Schedule:
        """Bring `amount` into `state` at a constant rate over `duration` days, at each start."""
        first = np.atleast_1d(np.asarray(starts, float))
        self._add(first, INFLOW, state, amount / duration, group, share)
        return self._add(first + duration, INFLOW, state, -amount / duration, group, share)

    def set_parameter(self, time: float, name: str, value: float) -> Schedule:
        """From `time` on the parameter has this value."""
        return self._add(time, SET_PARAMETER, name, value, -1)

    def scale_parameter(self, time: float, name: str, factor: float) -> Schedule:
        """From `time` on the parameter is `factor` times what it was."""
        return self._add(time, SCALE_PARAMETER, name, factor, -1)

    def add_parameter(self, time: float, name: str, value: float) -> Schedule:
        """From `time` on the parameter is `value` more than it was."""
        return self._add(time, ADD_PARAMETER, name, value, -1)

    def restore_parameter(self, time: float, name: str) -> Schedule:
        """From `time` on the parameter is what it was for this patient at the start."""
        return self._add(time, RESTORE_PARAMETER, name, 0.0, -1)

    def reset(self, time: float) -> Schedule:
        """All states back to their start; infusions end."""
        return self._add(time, RESET, "", 0.0, -1)

    def check(self, times: float | Iterable[float], guard: Guard, group: int) -> Schedule:
        """Look at the guard at each time; when it holds, drop what is left of the group."""
        self.guards.append(guard)
        return self._add(times, CHECK, str(len(self.guards) - 1), 0.0, group)

    def _add(
        self, times: float | Iterable[float], kind: int, target: str, value: float, group: int, share: str = ""
    ) -> Schedule:
        self.rows += [
            (float(t), kind, target, float(value), group, share) for t in np.atleast_1d(np.asarray(times, float))
        ]
        return self


@dataclass(frozen=True)
class Events:
    """Schedules of a batch and who follows which. `which` has one entry per patient, or is None for all the same."""

    schedules: tuple[Schedule, ...] = (Schedule(),)
    which: Any = None

    def of(self, patient: int) -> Schedule:
        """Schedule of one patient."""
        return self.schedules[0 if self.which is None else int(self.which[patient])]


@dataclass(frozen=True)
class Table:
    """Events as flat arrays for the driver."""

    first: np.ndarray
    time: np.ndarray
    kind: np.ndarray
    target: np.ndarray
    value: np.ndarray
    group: np.ndarray
    share: np.ndarray
    groups: int
    guards: tuple[Guard, ...]


def tabulate(schedules: tuple[Schedule, ...], states: Mapping[str, int], parameters: Mapping[str, int]) -> Table:
    """Sort every schedule and replace names by places. Raises KeyError for a name the model does not have."""
    first: list[int] = [0]
    flat: list[tuple[float, int, int, float, int, int]] = []
    guards: list[Guard] = []
    for schedule in schedules:
        offset = len(guards)
        guards += schedule.guards
        rows = sorted(schedule.rows, key=_order)
        for time, kind, target, value, group, share in rows:
            place = int(target) + offset if kind == CHECK else _place(kind, target, states, parameters)
            flat.append((time, kind, place, value, group, parameters[share] if share else -1))
        first.append(len(flat))
    columns = list(zip(*flat, strict=True)) or [(), (), (), (), (), ()]
    groups = max((g for g in columns[4]), default=-1) + 1
    kinds = (np.float64, np.int64, np.int64, np.float64, np.int64, np.int64)
    arrays = {f: np.asarray(c, dtype=k) for f, c, k in zip(_COLUMNS, columns, kinds, strict=True)}
    return Table(first=np.asarray(first, np.int64), groups=groups, guards=tuple(guards), **arrays)


_COLUMNS = ("time", "kind", "target", "value", "group", "share")


def _order(row: tuple[float, int, str, float, int, str]) -> tuple[float, float, str]:
    time, kind, target, value, _, _ = row
    return (time, _RANK[kind] + (0.5 if kind == INFLOW and value > 0 else 0.0), target)


def _place(kind: int, target: str, states: Mapping[str, int], parameters: Mapping[str, int]) -> int:
    if kind == RESET:
        return 0
    return states[target] if kind in (BOLUS, INFLOW) else parameters[target]
