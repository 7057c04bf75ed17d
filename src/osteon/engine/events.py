"""What happens to a patient at an instant: doses, infusions, parameter switches, resets, looked-at rules.

At one instant the order is: outputs are read, then checks, resets, parameter switches, infusions that end, steady states,
infusions that start, boluses. What is one instant: `engine.instants`. A list of events is a schedule; patients who share it
share its storage.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np

from osteon.engine.instants import aligned, reach

BOLUS, INFUSION, SET_PARAMETER, SCALE_PARAMETER, RESET, CHECK = 0, 1, 2, 3, 4, 5
ADD_PARAMETER, RESTORE_PARAMETER, END_INFUSION, RESET_STATE = 6, 7, 8, 9
RANK = {
    CHECK: 0,
    RESET: 1,
    RESET_STATE: 1,
    RESTORE_PARAMETER: 1.5,
    SET_PARAMETER: 2,
    SCALE_PARAMETER: 2,
    ADD_PARAMETER: 2,
    END_INFUSION: 3,
    INFUSION: 4,
    BOLUS: 5,
}
EVENT_KINDS = {
    "bolus": BOLUS,
    "infusion": INFUSION,
    "set": SET_PARAMETER,
    "scale": SCALE_PARAMETER,
    "reset": RESET,
    "check": CHECK,
    "add": ADD_PARAMETER,
    "restore": RESTORE_PARAMETER,
    "end": END_INFUSION,
    "reset_state": RESET_STATE,
}  # names for programs that are not Python
OPERATORS = ("<", "<=", ">", ">=")


class Readout(NamedTuple):
    """quantity operator level, of any state, rule, formula or parameter of the model."""

    quantity: str
    operator: str
    level: float


@dataclass(frozen=True)
class DosingRule:
    """A rule looked at on dosing days.

    When `quantity operator level` holds, and every condition of `also` does, what is left of its group is dropped; with
    `hold`, only what would be given until the next look is left out.
    """

    quantity: str
    operator: str
    level: float
    also: tuple[Readout, ...] = ()
    hold: bool = False

    @property
    def conditions(self) -> tuple[Readout, ...]:
        """All of them."""
        return (Readout(self.quantity, self.operator, self.level), *self.also)


@dataclass(frozen=True)
class Steady:
    """At `time`, `kinetic` states are as if doses had always been given: each `every` days an `amount` into `state`.

    rate, duration : of infusions; a rate without an amount is one that has always run, and ends now
    rated          : the rate stands in the data, and the duration follows the share that arrives
    lag            : days by which every dose comes late, at most `every`
    longest        : days of dosing after which 9 tenths of it must be there, or it is no state that anybody reaches
    add            : added to what is there (linear kinetics only), instead of in its place
    """

    time: float
    state: str
    amount: float
    kinetic: tuple[str, ...]
    every: float = 0.0
    rate: float = 0.0
    duration: float = 0.0
    lag: float = 0.0
    share: str = ""
    add: bool = False
    rated: bool = False
    longest: float = math.inf


class Event(NamedTuple):
    """One row of a schedule.

    value : of an infusion the whole amount, before `share`
    end   : day on which an infusion ends; of one that is `rated`, for a share of 1
    slot  : which infusion of the schedule starts or ends here, -1 for anything else
    """

    time: float
    kind: int
    target: str
    value: float
    group: int = -1
    share: str = ""
    slot: int = -1
    end: float = math.nan
    rated: bool = False


Times = float | Iterable[float]


@dataclass
class Schedule:
    """Events of one patient or of many alike. Times in days; amounts in the unit of the state."""

    rows: list[Event] = field(default_factory=list)
    guards: list[DosingRule] = field(default_factory=list)
    infusions: int = 0
    steady: list[Steady] = field(default_factory=list)

    def bolus(self, times: Times, state: str, amount: float, group: int = -1, share: str = "") -> Schedule:
        """Add `amount` times the parameter `share` (bioavailability; none = 1) to `state` at each time."""
        return self._add(times, BOLUS, state, amount, group, share)

    def infusion(
        self, starts: Times, duration: float, state: str, amount: float, group: int = -1, share: str = ""
    ) -> Schedule:
        """Bring `amount` times `share` into `state` at a constant rate over `duration` days, at each start.

        One shorter than an instant (`engine.instants`) is given at once. Raises ValueError for a duration below 0.
        """
        return self._infuse(starts, duration, state, amount, group, share, False)

    def infusion_at_rate(
        self, starts: Times, rate: float, state: str, amount: float, group: int = -1, share: str = ""
    ) -> Schedule:
        """Bring `amount` times `share` into `state` at this rate (unit of the state a day), for as long as that takes."""
        return self._infuse(starts, amount / rate, state, amount, group, share, bool(share))

    def _infuse(
        self, starts: Times, duration: float, state: str, amount: float, group: int, share: str, rated: bool
    ) -> Schedule:
        if not duration >= 0.0:
            raise ValueError(f"An infusion of {duration:g} days.")
        for start in _list(starts):
            slot, self.infusions = self.infusions, self.infusions + 1
            self.rows.append(Event(start, INFUSION, state, amount, group, share, slot, start + duration, rated))
        return self

    def set_parameter(self, time: float, name: str, value: float) -> Schedule:
        """From `time` on the parameter has this value."""
        return self._add(time, SET_PARAMETER, name, value)

    def scale_parameter(self, time: float, name: str, factor: float) -> Schedule:
        """From `time` on the parameter is `factor` times what it was."""
        return self._add(time, SCALE_PARAMETER, name, factor)

    def add_parameter(self, time: float, name: str, value: float) -> Schedule:
        """From `time` on the parameter is `value` more than it was."""
        return self._add(time, ADD_PARAMETER, name, value)

    def restore_parameter(self, time: float, name: str) -> Schedule:
        """From `time` on the parameter is what it was for this patient at the start."""
        return self._add(time, RESTORE_PARAMETER, name, 0.0)

    def reset(self, time: float, states: Iterable[str] | None = None) -> Schedule:
        """States (none named: all of them) back to their start; infusions into them end."""
        if states is None:
            return self._add(time, RESET, "", 0.0)
        for state in states:
            self._add(time, RESET_STATE, state, 0.0)
        return self

    def steady_state(self, steady: Steady) -> Schedule:
        """States of a drug as they are when it has always been given; see `Steady`."""
        self.steady.append(steady)
        return self

    def check(self, times: Times, guard: DosingRule, group: int) -> Schedule:
        """Look at the guard at each time; when it holds, drop what is left of the group, or hold it until the next look."""
        self.guards.append(guard)
        return self._add(times, CHECK, str(len(self.guards) - 1), 0.0, group)

    def _add(self, times: Times, kind: int, target: str, value: float, group: int = -1, share: str = "") -> Schedule:
        self.rows += [Event(t, kind, target, float(value), group, share) for t in _list(times)]
        return self


def _list(times: Times) -> list[float]:
    return [float(t) for t in np.atleast_1d(np.asarray(times, float))]


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
    """Events as flat arrays for the driver.

    first      : events of schedule s are first[s]:first[s + 1]; rules and conditions are laid out the same way
    slots      : infusions in the schedule that has most of them
    rule_first : conditions of rule r are rule_first[r]:rule_first[r + 1]
    """

    first: np.ndarray
    time: np.ndarray
    kind: np.ndarray
    target: np.ndarray
    value: np.ndarray
    group: np.ndarray
    share: np.ndarray
    slot: np.ndarray
    groups: int
    slots: int
    rule_first: np.ndarray
    rule_hold: np.ndarray
    readouts: tuple[Readout, ...]


def tabulate(schedules: tuple[Schedule, ...], states: Mapping[str, int], parameters: Mapping[str, int]) -> Table:
    """Sort every schedule and replace names by places. Raises KeyError for a name the model does not have."""
    first: list[int] = [0]
    flat: list[tuple[float, int, int, float, int, int, int]] = []
    guards: list[DosingRule] = []
    for schedule in schedules:
        offset = len(guards)
        guards += schedule.guards
        for e in sorted(starts_and_ends(on_instants(schedule).rows), key=order):
            place = int(e.target) + offset if e.kind == CHECK else _place(e, states, parameters)
            share = parameters[e.share] if e.share else -1
            flat.append((e.time, e.kind, place, e.value, e.group, share, e.slot))
        first.append(len(flat))
    columns = list(zip(*flat, strict=True)) or [()] * len(_COLUMNS)
    arrays = {f: np.asarray(c, dtype=k) for (f, k), c in zip(_COLUMNS.items(), columns, strict=True)}
    return Table(
        first=np.asarray(first, np.int64),
        groups=max((g for g in columns[4]), default=-1) + 1,
        slots=max((s.infusions for s in schedules), default=0),
        rule_first=np.cumsum([0, *(len(g.conditions) for g in guards)]).astype(np.int64),
        rule_hold=np.array([g.hold for g in guards], np.bool_),
        readouts=tuple(c for g in guards for c in g.conditions),
        **arrays,
    )


def on_instants(schedule: Schedule) -> Schedule:
    """A schedule in which all that happens at one instant has one and the same time; an infusion that is over within its
    instant is a bolus. Nothing that ends does so before it starts.
    """
    brief = [e.kind == INFUSION and e.end <= reach(e.time) for e in schedule.rows]
    ends = [e.end for e, short in zip(schedule.rows, brief, strict=True) if e.kind == INFUSION and not short]
    now = aligned([*(e.time for e in schedule.rows), *ends, *(s.time for s in schedule.steady)])
    if not now and not any(brief):
        return schedule
    rows = [_moved(e, now, short) for e, short in zip(schedule.rows, brief, strict=True)]
    steady = [replace(s, time=now.get(s.time, s.time)) for s in schedule.steady]
    return Schedule(rows, schedule.guards, schedule.infusions, steady)


def _moved(e: Event, now: Mapping[float, float], brief: bool) -> Event:
    time = now.get(e.time, e.time)
    if brief:
        return e._replace(time=time, kind=BOLUS, slot=-1, end=math.nan, rated=False)
    return e._replace(time=time, end=now.get(e.end, e.end))


def starts_and_ends(rows: Iterable[Event]) -> Iterator[Event]:
    """Rows for the driver: of an infusion its start, with the rate that brings the whole amount by its end, and its end."""
    for e in rows:
        if e.kind == INFUSION:
            yield e._replace(value=e.value / (e.end - e.time))
            yield Event(e.end, END_INFUSION, e.target, 0.0, e.group, "", e.slot)
        else:
            yield e


_COLUMNS: dict[str, Any] = {
    "time": np.float64,
    "kind": np.int64,
    "target": np.int64,
    "value": np.float64,
    "group": np.int64,
    "share": np.int64,
    "slot": np.int64,
}


def order(e: Event) -> tuple[float, float, str]:
    """By time, then by what comes first at one instant."""
    return e.time, RANK[e.kind], e.target


def _place(e: Event, states: Mapping[str, int], parameters: Mapping[str, int]) -> int:
    if e.kind == RESET:
        return 0
    return states[e.target] if e.kind in (BOLUS, INFUSION, END_INFUSION, RESET_STATE) else parameters[e.target]
