"""Parameters that change on a day: what they are at a time, and the rows that make them so."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from osteon.engine.events import (
    ADD_PARAMETER,
    RESTORE_PARAMETER,
    SCALE_PARAMETER,
    SET_PARAMETER,
    Event,
    Schedule,
    order,
)
from osteon.engine.instants import reach

Array = NDArray[np.float64]
SWITCHES = (SET_PARAMETER, SCALE_PARAMETER, ADD_PARAMETER, RESTORE_PARAMETER)


def switched(names: Sequence[str], matrix: Array, schedule: Schedule, time: float) -> Array:
    """Parameters (n, parameters) at a time, after what changes at that instant."""
    now = matrix.copy()
    for e in _until(schedule, time):
        i = names.index(e.target)
        now[:, i] = _after(e, now[:, i], matrix[:, i])
    return now


def value_at(names: Sequence[str], matrix: Array, schedule: Schedule, name: str, time: float) -> Array:
    """One parameter (n,) at a time, after what changes at that instant."""
    i = names.index(name)
    now = matrix[:, i].copy()
    for e in _until(schedule, time, name):
        now = _after(e, now, matrix[:, i])
    return now


def standing(schedule: Schedule, time: float) -> list[Event]:
    """Rows on this time that make the parameters what they are after it: the last value set, and what changed it since."""
    kept: dict[str, list[Event]] = {}
    for e in _until(schedule, time):
        if e.kind in (SET_PARAMETER, RESTORE_PARAMETER):
            kept[e.target] = []
        if e.kind != RESTORE_PARAMETER:
            kept.setdefault(e.target, []).append(e._replace(time=time))
    return [e for rows in kept.values() for e in rows]


def _until(schedule: Schedule, time: float, name: str = "") -> list[Event]:
    """Switches up to and at an instant, in the order in which they happen."""
    rows = (e for e in schedule.rows if e.kind in SWITCHES and name in ("", e.target) and e.time <= reach(time))
    return sorted(rows, key=order)


def _after(e: Event, now: Array, own: Array) -> Array:
    if e.kind == SET_PARAMETER:
        return np.full_like(now, e.value)
    if e.kind == RESTORE_PARAMETER:
        return own.copy()
    return now * e.value if e.kind == SCALE_PARAMETER else now + e.value
