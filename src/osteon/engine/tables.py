"""From the rows of a NONMEM event table to schedules that run: one subject, one schedule.

Additional doses, lag and bioavailability follow the entries of the model. A reset (EVID 3, 4) and a steady state (SS 1)
take away what earlier rows would still give, and end infusions that run. Every rule: docs/event_tables.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from osteon.engine.events import Schedule, Steady
from osteon.engine.instants import reach
from osteon.errors import Fault, InputError, Unsupported, unknown
from osteon.io.event_rows import EventRow
from osteon.model import Entry, Model
from osteon.units import DAYS_PER_YEAR

TABLES_LONGEST = (
    10 * DAYS_PER_YEAR
)  # days of dosing that may lie before a steady state: the longest trials of these drugs (FREEDOM, FIT: ten years)


@dataclass(frozen=True)
class _Dose:
    """One dose as it enters: amount before bioavailability, duration 0 for a bolus, rate where it stands in the data."""

    time: float
    state: str
    amount: float
    duration: float
    share: str
    rate: float


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


def add_rows(schedule: Schedule, rows: Sequence[EventRow], model: Model, parameters: Mapping[str, Any]) -> Schedule:
    """Put the doses, resets and steady states of one subject into a schedule.   parameters : those that differ from the model's

    A reset is of all drugs that the table gives; a steady state (SS 1) begins with a reset of its own drug alone. Both take
    away what rows above them give at the same instant.
    """
    done: list[_Dose] = []  # before the last reset: no later one takes them away
    doses: list[_Dose] = []
    steady: list[Steady] = []
    first = {r.cmt: r.line for r in reversed(rows) if r.evid in (1, 4)}
    entries = {cmt: entry_of(model, cmt, f"events line {line} CMT") for cmt, line in first.items()}
    alone = {cmt: kinetics_of(model, [e.state]) for cmt, e in entries.items()}
    kinetic = kinetics_of(model, [e.state for e in entries.values()])
    for row in rows:
        own = alone[row.cmt] if row.evid in (1, 4) else ()
        emptied = kinetic if row.evid in (3, 4) else own if row.ss == 1 else ()
        if emptied:
            done += [d for d in doses if reach(d.time) < row.time]
            doses = [d for d in doses if reach(d.time) >= row.time and d.state not in emptied]
            steady = [s for s in steady if s.state not in emptied or reach(s.time) < row.time]
            schedule.reset(row.time, emptied)
        if row.evid in (1, 4):
            entry = entries[row.cmt]
            lag = float(parameters.get(entry.lag, model.defaults[entry.lag])) if entry.lag else 0.0
            if row.ss:
                steady.append(_steady(row, entry, lag, own))
            doses += _doses(row, entry, lag)
    for d in (*done, *doses):
        if d.rate > 0:
            schedule.infusion_at_rate(d.time, d.rate, d.state, d.amount, share=d.share)
        elif d.duration > 0:
            schedule.infusion(d.time, d.duration, d.state, d.amount, share=d.share)
        else:
            schedule.bolus(d.time, d.state, d.amount, share=d.share)
    schedule.steady += steady
    return schedule


def kinetics_of(model: Model, states: Sequence[str]) -> tuple[str, ...]:
    """States of the modules that hold these: a drug's own."""
    modules = [m for m in model.modules if any(s.name in states for s in m.states)]
    return tuple(s.name for m in modules for s in m.states)


def _doses(row: EventRow, entry: Entry, lag: float) -> list[_Dose]:
    """The doses of a row; what is left of those that a steady state implies is the engine's (`engine.rates`)."""
    if row.amt == 0:
        return []  # an infusion that has always run ends now
    share, rate = entry.bioavailability or "", row.rate if row.rated else 0.0
    return [_Dose(row.time + lag + i * row.ii, entry.state, row.amt, row.dur, share, rate) for i in range(row.addl + 1)]


def _steady(row: EventRow, entry: Entry, lag: float, kinetic: tuple[str, ...]) -> Steady:
    if row.ii > 0 and lag > row.ii * (1 + 1e-12):
        text = f"A steady state with a lag of {lag:g} days, longer than the {row.ii:g} days between doses, has no defined answer."
        raise Unsupported(Fault("unsupported", f"events line {row.line} SS", row.ss, "", "", text))
    return Steady(
        time=row.time, state=entry.state, amount=row.amt, kinetic=kinetic, every=row.ii, rate=row.rate, duration=row.dur,
        lag=min(lag, row.ii) if row.ii else 0.0, share=entry.bioavailability or "", add=row.ss == 2,
        rated=row.rated and row.amt > 0 and entry.bioavailability is not None, longest=TABLES_LONGEST,
    )  # fmt: skip
