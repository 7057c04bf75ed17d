"""Doses of a scenario from an event table that stands beside it: `events = "doses.csv"`.

The table is one person's. It may dose every compartment that a drug of the card list enters, by the state's name or, where
a drug is given in one way only, by the drug's. Nothing outside the folder of the scenario is read.
"""

from __future__ import annotations

from pathlib import Path

from osteon.engine import Schedule
from osteon.engine.tables import add_rows, compartments_of, entry_of
from osteon.errors import Fault, InputError, unknown
from osteon.inputs import Scenario
from osteon.inputs.studied_range import EXTREME, times_studied
from osteon.interventions import CARDS
from osteon.io.event_rows import EventRow
from osteon.io.nonmem import load_events
from osteon.model import Entry, Model, Regimen
from osteon.simulation.assembly import human_model


def attach_events(scenario: Scenario, folder: str | Path) -> Scenario:
    """Read the table of a scenario, if it names one. Raises InputError for a path that leaves the folder, and as `read_events`."""
    if scenario.events is None:
        return scenario
    path = _inside(scenario.events, Path(folder))
    model = human_model(CARDS)
    states = {e.state for e in model.entries}
    units = {n: u for n, u in compartments_of(model).items() if n not in model.states or n in states}
    wrong = [unknown("compartment", n, units, "compartments") for n in scenario.compartments if n not in units]
    if wrong:
        raise InputError(wrong)
    rows = load_events(path, units, numbers=scenario.compartments)
    ids = dict.fromkeys(r.id for r in rows)
    if len(ids) > 1:
        text = f"A scenario is one person, and '{path.name}' doses {len(ids)}: {', '.join(list(ids)[:5])}."
        raise InputError(Fault("too_many_subjects", "events", len(ids), "1", "", text))
    faults = [f for r in rows if r.evid in (1, 4) for f in _extreme(r, entry_of(model, r.cmt), path.name)]
    if faults and not scenario.allow_unstudied_dose:
        raise InputError(faults)
    scenario.attach(rows, tuple(dict.fromkeys(_drugs(rows, model))))
    return scenario


def _inside(name: str, folder: Path) -> Path:
    """The path of a file in a folder or below it. Raises InputError for any other."""
    try:
        root = folder.resolve()
        path = (root / name).resolve()
        leaves = Path(name).is_absolute() or ".." in Path(name).parts or not path.is_relative_to(root)
        why = "leaves it" if leaves else "" if path.is_file() else "is not a file there"
    except (OSError, ValueError, RuntimeError):
        path, why = folder, "is not a path"
    if why:
        text = f"The table of events stands in the folder of the scenario or below it; '{name}' {why}."
        raise InputError(Fault("bad_path", "events", name, "a file beside the scenario", "", text))
    return path


def _drugs(rows: tuple[EventRow, ...], model: Model) -> list[str]:
    return [entry_of(model, r.cmt).target for r in rows if r.evid in (1, 4)]


def _extreme(row: EventRow, entry: Entry, name: str) -> list[Fault]:
    times = _studied(row, entry)
    if times <= EXTREME:
        return []
    text = f"A dose of {row.amt:g} {entry.unit} of {entry.target} is {times:.3g} times what was studied."
    hint = "Write 'allow_unstudied_dose = true' at the head of the scenario if it is meant."
    return [Fault("extreme_dose", f"{name} line {row.line} AMT", row.amt, "", hint, f"{text} {hint}")]


def _studied(row: EventRow, entry: Entry) -> float:
    amount = row.amt or row.rate  # an endless infusion by what it brings in a day
    every = row.ii if row.ii > 0 and row.amt > 0 else (None if row.amt > 0 else 1.0)
    return times_studied(entry.target, entry.route, amount, every)


def table_notes(scenario: Scenario, named_drugs: set[str]) -> list[str]:
    """Which doses of the table lie beyond what was studied, but for drugs of which that is told."""
    if not scenario.table():
        return []
    model = human_model(scenario.drugs())
    beyond = {
        entry_of(model, r.cmt).target
        for r in scenario.table()
        if r.evid in (1, 4) and _studied(r, entry_of(model, r.cmt)) > 1 + 1e-9
    }
    return [
        f"{drug} of '{scenario.events}' is beyond the largest studied dose: extrapolated."
        for drug in sorted(beyond - named_drugs)
    ]


def table_regimens(scenario: Scenario) -> list[Regimen]:
    """The doses of the table as regimens: what labels say holds through either door."""
    rows = [r for r in scenario.table() if r.evid in (1, 4)]
    model = human_model(scenario.drugs()) if rows else None
    found = []
    for r in rows:
        entry = entry_of(model, r.cmt)  # type: ignore[arg-type]
        every = r.ii if r.addl > 0 and r.ii > 0 else None
        until = r.time + r.ii * (r.addl + 0.5) if every else None
        found.append(Regimen(entry.target, entry.route, r.amt, r.time, every, until, r.dur))
    return found


def add_table(schedule: Schedule, scenario: Scenario, model: Model) -> Schedule:
    """Put the doses of the table into a schedule."""
    return add_rows(schedule, scenario.table(), model, {})
