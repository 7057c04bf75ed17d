"""From the rows of a NONMEM event table to schedules that run: one subject, one schedule.

Additional doses, lag and bioavailability follow the entries of the model. A reset (EVID 3, 4) and a steady state (SS 1)
take away what earlier rows would still give; a steady state with a lag lets the last implied dose arrive late too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from osteon.engine.events import Events, Schedule, Steady
from osteon.errors import Fault, InputError, Unsupported, unknown
from osteon.io.event_rows import EventRow
from osteon.model import Entry, Model


@dataclass(frozen=True)
class _Dose:
    """One dose as it enters: amount before bioavailability, duration 0 for a bolus."""

    time: float
    state: str
    amount: float
    duration: float
    share: str


def compartments_of(model: Model) -> dict[str, str]:
    """Names that a table may dose, with units: states in the order of the model, then drugs that are given in one way."""
    units = {s: model.states[s].unit for s in model.states}
    units |= {e.state: e.unit for e in model.entries}
    ways = [e.target for e in model.entries]
    return units | {e.target: e.unit for e in model.entries if ways.count(e.target) == 1 and e.target not in units}


def entry_of(model: Model, name: str, place: str = "events CMT") -> Entry:
    """Where a dose into a compartment lands, with its lag and bioavailability; a state without an entry takes it whole.

    Raises Unsupported where routes with a different lag or bioavailability lead into the compartment.
    """
    named = [e for e in model.entries if name in (e.state, e.target)]
    if not named and name in model.states:
        return Entry("", "", name, model.states[name].unit)
    if not named:
        raise InputError(unknown("compartment", name, compartments_of(model), place))
    if len({(e.state, e.bioavailability, e.lag) for e in named}) > 1:
        routes = ", ".join(e.route for e in named)
        text = (
            f"Doses into '{name}' differ by route ({routes}), and a table has no column for it. Give it as a regimen."
        )
        raise Unsupported(Fault("unsupported", place, name, "", "", text))
    return named[0]


def schedules_of(
    rows: Sequence[EventRow], model: Model, parameters: Mapping[str, Any] | None = None
) -> tuple[tuple[str, ...], Events]:
    """Subjects in the order of the table, and their events: patient i of a simulation is subject i.

    parameters : as given to `simulate`, for lags that differ between subjects (a number or one for each subject)
    """
    ids = tuple(dict.fromkeys(r.id for r in rows))
    schedules = []
    for i, who in enumerate(ids):
        own = {k: v if np.ndim(v) == 0 else v[i] for k, v in (parameters or {}).items()}
        schedules.append(add_rows(Schedule(), [r for r in rows if r.id == who], model, own))
    return ids, Events(tuple(schedules), np.arange(len(ids)))


def add_rows(schedule: Schedule, rows: Sequence[EventRow], model: Model, parameters: Mapping[str, Any]) -> Schedule:
    """Put the doses, resets and steady states of one subject into a schedule.   parameters : those that differ from the model's"""
    doses: list[_Dose] = []
    dosed = [entry_of(model, r.cmt, f"events line {r.line} CMT").state for r in rows if r.evid in (1, 4)]
    kinetic = kinetics_of(model, dosed)
    for row in rows:
        if row.evid in (3, 4) or row.ss == 1:
            doses = _until(doses, row.time)
        if row.evid in (3, 4):
            schedule.reset(row.time, kinetic)
        if row.evid in (1, 4):
            entry = entry_of(model, row.cmt)
            lag = float(parameters.get(entry.lag, model.defaults[entry.lag])) if entry.lag else 0.0
            if row.ss:
                schedule.steady_state(_steady(row, entry, lag, kinetic))
            doses += _doses(row, entry, lag)
    for d in doses:
        if d.duration > 0:
            schedule.infusion(d.time, d.duration, d.state, d.amount, share=d.share)
        else:
            schedule.bolus(d.time, d.state, d.amount, share=d.share)
    return schedule


def kinetics_of(model: Model, states: Sequence[str]) -> tuple[str, ...]:
    """States of the modules that hold these: a drug's own."""
    modules = [m for m in model.modules if any(s.name in states for s in m.states)]
    return tuple(s.name for m in modules for s in m.states)


def _until(doses: list[_Dose], time: float) -> list[_Dose]:
    """What is given before a time: later doses are cancelled, infusions that run are cut."""
    kept = [d for d in doses if d.time < time]
    return [
        replace(d, duration=time - d.time, amount=d.amount * (time - d.time) / d.duration)
        if d.time + d.duration > time
        else d
        for d in kept
    ]


def _doses(row: EventRow, entry: Entry, lag: float) -> list[_Dose]:
    """The doses of a row; at steady state also what is left of the last implied one."""
    share = entry.bioavailability or ""
    if row.amt == 0:
        return []  # an infusion that has always run ends now
    given = [_Dose(row.time + lag + i * row.ii, entry.state, row.amt, row.dur, share) for i in range(row.addl + 1)]
    since = row.ii - lag
    if row.ss and lag > 0 and since <= 1e-12 * row.ii:
        given.insert(0, _Dose(row.time, entry.state, row.amt, row.dur, share))
    elif row.ss and lag > 0 and row.dur > since:
        left = row.dur - since
        given.insert(0, _Dose(row.time, entry.state, row.amt * left / row.dur, left, share))
    return given


def _steady(row: EventRow, entry: Entry, lag: float, kinetic: tuple[str, ...]) -> Steady:
    if row.ii > 0 and lag > row.ii * (1 + 1e-12):
        text = f"A steady state with a lag of {lag:g} days, longer than the {row.ii:g} days between doses, has no defined answer."
        raise Unsupported(Fault("unsupported", f"events line {row.line} SS", row.ss, "", "", text))
    return Steady(
        time=row.time, state=entry.state, amount=row.amt, kinetic=kinetic, every=row.ii, rate=row.rate, duration=row.dur,
        lag=min(lag, row.ii) if row.ii else 0.0, share=entry.bioavailability or "", add=row.ss == 2,
    )  # fmt: skip
