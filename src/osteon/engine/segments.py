"""A simulation in spells: up to each steady state that is asked for, set it, go on. One spell after the other, all patients
who are asked at the same times together.

At the instant of a steady state: outputs are read, resets, parameter switches, ends of infusions; then the steady states in
the order of the schedule; then infusions start and boluses arrive.
"""

from __future__ import annotations

from bisect import bisect_right

import numpy as np
from numpy.typing import NDArray

from osteon.engine.events import CHECK, INFUSION, RESET, RESET_STATE, Events, Schedule, on_instants
from osteon.engine.instants import reach
from osteon.engine.integrate import Result, Task, integrate
from osteon.engine.steady import find_steady_state, refusal
from osteon.engine.switches import SWITCHES, standing, switched
from osteon.errors import Fault, Unsupported

Array = NDArray[np.float64]


def integrate_segments(task: Task, matrix: Array, home: Array, events: Events, begin: float, grid: Array) -> Result:
    """As `integrate`, for schedules with steady states and every end known (`engine.rates`).

    Raises Unsupported for a schedule that also has rules, and where no patient has the steady state that is asked for; where
    some have, the others are rows with a reason.
    """
    if any(s.steady and s.guards for s in events.schedules):
        text = "A steady state together with a rule that stops or holds doses is not built in this version."
        raise Unsupported(Fault("unsupported", "events SS", "", "", "", text))
    events = Events(tuple(on_instants(s) for s in events.schedules), events.which)
    marks = [tuple(sorted({m.time for m in s.steady if m.time < grid[-1]})) for s in events.schedules]
    result = _empty(task, matrix, home, events, grid)
    for times in dict.fromkeys(marks):
        rows = np.flatnonzero([marks[w] == times for w in events.which])
        if len(rows):
            found = _one_by_one(
                task, matrix[rows], home[rows], Events(events.schedules, events.which[rows]), begin, grid, times
            )
            for whole, part in zip(vars(result).values(), vars(found).values(), strict=True):
                whole[rows] = part
    if np.all(result.status > 2):
        first = next(s for s in events.schedules[int(events.which[0])].steady)
        raise refusal(first, int(result.status[0]), float(result.settling[0]))
    return result


def _empty(task: Task, matrix: Array, home: Array, events: Events, grid: Array) -> Result:
    groups = max((e.group for s in events.schedules for e in s.rows), default=-1) + 1
    return Result.empty(len(matrix), len(grid), len(task.outputs), home.shape[1], groups)


def _one_by_one(
    task: Task, matrix: Array, home: Array, events: Events, begin: float, grid: Array, marks: tuple[float, ...]
) -> Result:
    whole = _empty(task, matrix, home, events, grid)
    state, low = home, begin
    for i, high in enumerate((*marks, float(grid[-1]))):
        last = i == len(marks)
        readouts = np.flatnonzero((grid <= reach(high)) & ((grid > reach(low)) | (i == 0)))
        asked = np.minimum(grid[readouts], high)
        stops = np.unique(np.append(asked, high))
        clipped = tuple(clip(s, low, np.inf if last else high, i > 0) for s in events.schedules)
        part = integrate(task, matrix, state, home, Events(clipped, events.which), low, stops)
        whole.values[:, readouts] = part.values[:, np.searchsorted(stops, asked)]
        whole.status[:] = np.where(whole.status == 0, part.status, whole.status)
        whole.steps[:] += part.steps
        whole.delivered[:] += part.delivered
        whole.doses[:, : part.doses.shape[1]] += part.doses
        state, low = part.final, high
        if not last:
            state = _settled(task, matrix, _reset(task, state, home, events, high), events, high, whole)
    whole.final[:] = state
    return whole


def _reset(task: Task, state: Array, home: Array, events: Events, time: float) -> Array:
    """States after the resets of an instant."""
    state = state.copy()
    for i, schedule in enumerate(events.schedules):
        rows = np.flatnonzero(events.which == i)
        for e in (e for e in schedule.rows if e.time == time and e.kind in (RESET, RESET_STATE)):
            places = range(state.shape[1]) if e.kind == RESET else [task.traced.states.index(e.target)]
            for place in places:
                state[rows, place] = home[rows, place]
    return state


def _settled(task: Task, matrix: Array, state: Array, events: Events, time: float, whole: Result) -> Array:
    """States with every steady state of this instant set, in the order of the schedule; why and when goes into `whole`."""
    for i, schedule in enumerate(events.schedules):
        rows = np.flatnonzero(events.which == i)
        for steady in (s for s in schedule.steady if s.time == time and len(rows)):
            now = switched(task.traced.parameters, matrix[rows], schedule, time)
            found = find_steady_state(task, now, state[rows], steady)
            state[rows] = found.state
            whole.settling[rows] = np.fmax(whole.settling[rows], found.days)
            whole.status[rows] = np.where(whole.status[rows] == 0, found.status, whole.status[rows])
    return state


def clip(schedule: Schedule, low: float, high: float, after_steady: bool) -> Schedule:
    """What happens from `low` to before `high`: infusions in part, parameters as they were left.

    after_steady : a steady state was set on `low`, and what comes before it at that instant has happened
    """
    part = Schedule(standing(schedule, low))
    resets = _resets(schedule)
    for e in schedule.rows:
        if e.kind == INFUSION:
            times = resets.get(e.target, resets[""])
            stop = times[k] if (k := bisect_right(times, e.time)) < len(times) else np.inf
            first, last = max(e.time, low), min(e.end, high, stop)
            if last > first:
                share = (last - first) / (e.end - e.time)
                group = e.group if first == e.time else -1  # counted once
                part.rows.append(e._replace(time=first, end=last, value=e.value * share, group=group))
        elif e.kind in SWITCHES or (after_steady and e.kind in (RESET, RESET_STATE, CHECK)):
            if low < e.time < high:
                part.rows.append(e)
        elif low <= e.time < high:
            part.rows.append(e)
    part.infusions = schedule.infusions
    return part


def _resets(schedule: Schedule) -> dict[str, list[float]]:
    """Rising times at which each state is reset; under "" those of all states."""
    whole = [e.time for e in schedule.rows if e.kind == RESET]
    own: dict[str, list[float]] = {"": sorted(whole)}
    for e in schedule.rows:
        if e.kind == RESET_STATE:
            own.setdefault(e.target, list(whole)).append(e.time)
    return {state: sorted(times) for state, times in own.items()}
