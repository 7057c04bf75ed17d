"""What doses still bring that hangs on the patient: infusions whose rate stands in the data, and infusions of a steady state
that run on when it is set.

NONMEM's rule: where the rate is given, it stays, and the infusion lasts F x AMT / RATE; where the duration is given, it
stays, and the rate is F x AMT / DUR. F is the patient's own at the instant of the dose.  Source: NONMEM users guide V, 8.3
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from osteon.engine.events import Event, Events, Schedule, Steady
from osteon.engine.instants import FLOOR
from osteon.engine.switches import value_at
from osteon.model import Traced

Array = NDArray[np.float64]


def own_rates(traced: Traced, matrix: Array, events: Events) -> Events:
    """Schedules in which every infusion has its end, and a steady state what is left of the doses before it.

    matrix : (n, parameters). Patients whose ends are the same go on sharing a schedule.
    """
    schedules: list[Schedule] = []
    which = np.empty(len(matrix), np.int64)
    for i, schedule in enumerate(events.schedules):
        rows = np.flatnonzero(events.which == i)
        if not len(rows):
            continue
        shares = _shares(traced, matrix[rows], schedule)
        each, place = np.unique(shares, axis=0, return_inverse=True)
        which[rows] = len(schedules) + place.ravel()
        schedules += [_with_ends(schedule, each_share) for each_share in each]
    return Events(tuple(schedules), which)


def _rated(schedule: Schedule) -> list[Event | Steady]:
    return [*(e for e in schedule.rows if e.rated), *(s for s in schedule.steady if s.rated)]


def _shares(traced: Traced, matrix: Array, schedule: Schedule) -> Array:
    """(n, rated infusions and steady states) share that arrives, at the instant of each."""
    columns = [value_at(traced.parameters, matrix, schedule, e.share, e.time) for e in _rated(schedule)]
    return np.stack(columns, axis=1) if columns else np.zeros((len(matrix), 0))


def _with_ends(schedule: Schedule, shares: Array) -> Schedule:
    share = iter(shares.tolist())
    rows = [
        e._replace(end=e.time + next(share) * (e.end - e.time), rated=False) if e.rated else e for e in schedule.rows
    ]
    steady = [replace(s, duration=s.duration * next(share), rated=False) if s.rated else s for s in schedule.steady]
    made = Schedule(rows, schedule.guards, schedule.infusions, steady)
    for s in steady:
        for days, amount in left_over(s):
            if days > 0:
                made.infusion(s.time, days, s.state, amount, share=s.share)
            else:
                made.bolus(s.time, s.state, amount, share=s.share)
    return made


def left_over(s: Steady) -> Iterator[tuple[float, float]]:
    """Days and amount of what the implied doses bring after the record.  Dose k came at time + lag - k every.

    A dose whose lag is the whole interval comes at the record itself, after the state was set.
    """
    if s.amount == 0 or s.every <= 0:
        return
    due = s.every - s.lag <= FLOOR * max(1.0, s.every)
    if due:
        yield s.duration, s.amount
    k = 2 if due else 1
    while (days := s.lag - k * s.every + s.duration) > 1e-9 * s.every:
        yield days, s.amount * days / s.duration
        k += 1
