"""A simulation in spells: up to each steady state that is asked for, set it, go on. One spell after the other, all patients
who are asked at the same times together.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from osteon.engine.events import (
    ADD_PARAMETER,
    END_INFUSION,
    INFUSION,
    RESET,
    RESET_STATE,
    RESTORE_PARAMETER,
    SCALE_PARAMETER,
    SET_PARAMETER,
    Event,
    Events,
    Schedule,
)
from osteon.engine.simulate import Result, Task, integrate
from osteon.engine.steady import settle
from osteon.errors import Fault, Unsupported

Array = NDArray[np.float64]
SWITCHES = (SET_PARAMETER, SCALE_PARAMETER, ADD_PARAMETER, RESTORE_PARAMETER)


def integrate_spells(task: Task, matrix: Array, home: Array, events: Events, begin: float, grid: Array) -> Result:
    """As `integrate`, for schedules with steady states. Raises Unsupported for one that also has rules."""
    if any(s.steady and s.guards for s in events.schedules):
        text = "A steady state together with a rule that stops or holds doses is not built in this version."
        raise Unsupported(Fault("unsupported", "events SS", "", "", "", text))
    marks = [tuple(sorted({m.time for m in s.steady if m.time < grid[-1]})) for s in events.schedules]
    result = Result.empty(len(matrix), len(grid), len(task.outputs), home.shape[1])
    for times in dict.fromkeys(marks):
        rows = np.flatnonzero([marks[w] == times for w in events.which])
        if len(rows):
            found = _one_by_one(
                task, matrix[rows], home[rows], Events(events.schedules, events.which[rows]), begin, grid, times
            )
            for whole, part in zip(vars(result).values(), vars(found).values(), strict=True):
                whole[rows] = part
    return result


def _one_by_one(
    task: Task, matrix: Array, home: Array, events: Events, begin: float, grid: Array, marks: tuple[float, ...]
) -> Result:
    whole = Result.empty(len(matrix), len(grid), len(task.outputs), home.shape[1])
    state, low = home, begin
    for i, high in enumerate((*marks, float(grid[-1]))):
        last = i == len(marks)
        looks = np.flatnonzero((grid <= high) & ((grid > low) | (low == begin)))
        stops = np.unique(np.append(grid[looks], high))
        clipped = tuple(clip(s, low, np.inf if last else high) for s in events.schedules)
        part = integrate(task, matrix, state, home, Events(clipped, events.which), low, stops)
        fresh = looks[np.isnan(whole.values[:, looks]).all(axis=(0, 2))] if len(looks) else looks
        whole.values[:, fresh] = part.values[:, np.searchsorted(stops, grid[fresh])]
        whole.status[:] = np.where(whole.status == 0, part.status, whole.status)
        whole.steps[:] += part.steps
        whole.delivered[:] += part.delivered
        state, low = part.final, high
        if not last:
            state = _settled(task, matrix, state, events, high)
    whole.final[:] = state
    return whole


def _settled(task: Task, matrix: Array, state: Array, events: Events, time: float) -> Array:
    """States with every steady state of this instant set, in the order of the schedule."""
    state = state.copy()
    for i, schedule in enumerate(events.schedules):
        rows = np.flatnonzero(events.which == i)
        for steady in (s for s in schedule.steady if s.time == time and len(rows)):
            now = switched(task, matrix[rows], schedule, time)
            state[rows] = settle(task, now, state[rows], steady)
    return state


def switched(task: Task, matrix: Array, schedule: Schedule, time: float) -> Array:
    """Parameters as they are at a time."""
    now = matrix.copy()
    for e in sorted((e for e in schedule.rows if e.kind in SWITCHES and e.time <= time), key=lambda e: e.time):
        i = task.traced.parameters.index(e.target)
        base = {SET_PARAMETER: 0.0 * now[:, i], RESTORE_PARAMETER: matrix[:, i]}.get(e.kind, now[:, i])
        scaled = base * e.value if e.kind == SCALE_PARAMETER else base
        now[:, i] = scaled + (e.value if e.kind in (SET_PARAMETER, ADD_PARAMETER) else 0.0)
    return now


def clip(schedule: Schedule, low: float, high: float) -> Schedule:
    """What happens from `low` to before `high`: infusions in part, parameters as they were left."""
    part = Schedule(_left(schedule, low))
    part.rows += [e for e in schedule.rows if e.kind not in (INFUSION, END_INFUSION) and low <= e.time < high]
    ends = {e.slot: e.time for e in schedule.rows if e.kind == END_INFUSION}
    for e in (e for e in schedule.rows if e.kind == INFUSION):
        resets = [
            r.time
            for r in schedule.rows
            if r.time > e.time and (r.kind == RESET or (r.kind, r.target) == (RESET_STATE, e.target))
        ]
        first, last = max(e.time, low), min(ends[e.slot], high, *resets)
        if last > first:
            part.infusion(first, last - first, e.target, e.value * (last - first), e.group, e.share)
    return part


def _left(schedule: Schedule, low: float) -> list[Event]:
    """Switches that made the parameters what they are at `low`: the last value set, and what changed it since."""
    kept: dict[str, list[Event]] = {}
    for e in sorted((e for e in schedule.rows if e.kind in SWITCHES and e.time < low), key=lambda e: e.time):
        if e.kind in (SET_PARAMETER, RESTORE_PARAMETER):
            kept[e.target] = []
        if e.kind != RESTORE_PARAMETER:
            kept.setdefault(e.target, []).append(e._replace(time=low))
    return [e for rows in kept.values() for e in rows]
