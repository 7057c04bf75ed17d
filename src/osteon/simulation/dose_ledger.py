"""The ledger of doses: of every drug, by its line in the file, how many doses were requested, given, and why others were not.

requested = given + skipped + held + cancelled + beyond_horizon, line by line:

    skipped          not taken (adherence below 1)
    held             left out by a rule of the regimen; a mean over patients where they differ
    cancelled        taken away by a reset or a steady state of an event table before it was due
    beyond_horizon   due at or after the last time that is looked at
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from osteon.engine import Schedule
from osteon.engine.events import BOLUS, INFUSION
from osteon.engine.tables import add_rows, entry_of
from osteon.errors import Fault, InputError
from osteon.inputs import Cells, DrugRegimen, Scenario
from osteon.inputs.studied_range import EXTREME, HINT, densest
from osteon.interventions import CARDS
from osteon.interventions.animal_drugs import ANIMAL_CARDS
from osteon.io.event_rows import EventRow
from osteon.model import Entry, Model
from osteon.simulation.dosing import dose_times, regimen_of
from osteon.units import DAYS_PER_MONTH

Array = NDArray[np.float64]


@dataclass(frozen=True)
class DoseRecord:
    """One line of the ledger.

    source        : where it stands, as in "regimen 2" or the name of the event table
    dose, amount  : of one dose (None where they differ), and of all that are given, in `unit`, before bioavailability
    first, last   : months of the first and the last dose given, None without one
    times_studied : how many times the largest studied amount, in one dose or within the studied interval, all lines of the
                    drug and route together
    """

    drug: str
    route: str
    source: str
    unit: str
    dose: float | None
    requested: float
    given: float
    skipped: float
    held: float
    cancelled: float
    beyond_horizon: float
    duplicate_rows: int
    amount: float
    first: float | None
    last: float | None
    times_studied: float

    def row(self) -> dict[str, Any]:
        """As a row of JSON."""
        return asdict(self)

    def sentence(self) -> str:
        """In words."""
        route = f" {self.route}" if self.route else ""
        size = f" {self.dose:.4g} {self.unit}" if self.dose is not None else ""
        if self.given == 0:
            text = f"Not given: {self.drug}{size}{route} ({self.source})"
        else:
            count = f"{_plain(self.given)} dose{'' if self.given == 1 else 's'}"
            count += "" if float(self.given).is_integer() else " on average"
            when = (
                f"month {self.first:.4g}" if self.first == self.last else f"months {self.first:.4g} to {self.last:.4g}"
            )
            text = f"Given: {self.drug}{size}{route}, {count}, {_plain(self.amount)} {self.unit} in all, {when}"
        why = [
            (self.skipped, "not taken (adherence)"),
            (self.held, "left out by its rule"),
            (self.cancelled, "taken away by a reset or a steady state"),
            (self.beyond_horizon, "due after the end"),
        ]
        text = "; ".join([text, *(f"{_plain(n)} {what}" for n, what in why if n)])
        if self.duplicate_rows == 1:
            text += "; 1 row of the table stands twice and is given twice"
        elif self.duplicate_rows:
            text += f"; {self.duplicate_rows} rows of the table repeat others and are given too"
        return f"{text}."


_Line = tuple[DoseRecord, Array, Array]  # with the days and the amounts of all that is due in time
DOSE_LEDGER_NOBODY = np.zeros(0)


def _plain(number: float) -> str:
    whole = float(number).is_integer() and abs(number) < 1e7
    return f"{number:,.0f}" if whole else f"{number:.4g}"


def scenario_ledger(scenario: Scenario, model: Model, doses: Array = DOSE_LEDGER_NOBODY) -> tuple[DoseRecord, ...]:
    """Of a scenario.   doses : (regimens,) how many of each the typical person was given; none: as planned"""
    end = scenario.output.days()[-1]
    lines = [_regimen(r, i, end, doses) for i, r in enumerate(scenario.regimen)]
    lines += _table(scenario, model, end)
    drugs = tuple(r for r, _, _ in lines) if scenario.animal else _together(lines)
    return (*drugs, *(_cells(c, i, end) for i, c in enumerate(scenario.cells, 1)))


def arm_ledger(
    regimens: Sequence[DrugRegimen], cells: Sequence[Cells], end: float, doses: Array = DOSE_LEDGER_NOBODY
) -> tuple[DoseRecord, ...]:
    """Of an arm.   doses : (regimens,) given, on average over its patients; none: as planned"""
    lines = [_regimen(r, i, end, doses) for i, r in enumerate(regimens)]
    return (*_together(lines), *(_cells(c, i, end) for i, c in enumerate(cells, 1)))


def refuse_unstudied(records: Sequence[DoseRecord], meant: bool, place: str = "") -> None:
    """Raise InputError where all lines of a drug together are far beyond what was studied and nobody says that it is meant."""
    faults = []
    for r in records:
        if r.times_studied > EXTREME and not meant and r.source.split()[0] != "cells":
            text = f"All doses of {r.drug} together are {r.times_studied:.3g} times what was studied. {HINT}"
            faults.append(Fault("extreme_dose", f"{place} {r.source}".strip(), r.amount, "", HINT, text))
    if faults:
        raise InputError(faults)


def _together(lines: Sequence[_Line]) -> tuple[DoseRecord, ...]:
    """Each line with what it and the others of its drug and route are at their densest."""
    made = []
    for record, _, _ in lines:
        alike = [(t, a) for r, t, a in lines if (r.drug, r.route) == (record.drug, record.route)]
        times, amounts = (np.concatenate(parts) for parts in zip(*alike, strict=True))
        dense = densest(record.drug, record.route, times, amounts) if record.drug in CARDS else 0.0
        made.append(replace(record, times_studied=max(record.times_studied, dense)))
    return tuple(made)


def _regimen(r: DrugRegimen, place: int, end: float, doses: Array) -> _Line:
    regimen = regimen_of(r)
    due = dose_times(replace(regimen, adherence=1.0), end)
    taken = dose_times(regimen, end)
    later = _later(r, end, len(due))
    skipped: float = len(due) - len(taken)
    given = min(float(doses[place]), float(len(taken))) if place < len(doses) else float(len(taken))
    if r.adherence_sd and place < len(doses) and not (r.stop_when or r.hold_when):
        taken, given = due[: math.ceil(doses[place])], float(doses[place])  # on average over persons who differ
        skipped, held = len(due) - given, 0.0
    else:
        held = len(taken) - given
    last = min(len(taken), math.ceil(given))
    record = DoseRecord(
        drug=r.drug, route=r.route, source=f"regimen {place + 1}", unit=ANIMAL_CARDS[r.drug].unit, dose=r.amount,
        requested=len(due) + later, given=given, skipped=skipped, held=held, cancelled=0,
        beyond_horizon=later, duplicate_rows=0, amount=given * r.amount,
        first=float(taken[0]) / DAYS_PER_MONTH if given else None,
        last=float(taken[last - 1]) / DAYS_PER_MONTH if given else None, times_studied=r.times_studied,
    )  # fmt: skip
    return record, taken, np.full(len(taken), r.amount)


def _later(r: DrugRegimen, end: float, before: int) -> int:
    """Doses that the file dates at or after the end; a regimen without an end of its own asks for none there."""
    if r.every is None:
        return 1 - before
    if r.until is None:
        return 1 if before == 0 else 0
    return max(0, math.ceil((r.until - r.start) / r.every - 1e-9)) - before


def _cells(c: Cells, place: int, end: float) -> DoseRecord:
    days = sorted(c.at)
    given = [d for d in days if d < end]
    return DoseRecord(
        drug=f"{c.product} of {c.source.replace('_', ' ')}", route=c.route, source=f"cells {place}", unit=c.amount.unit, dose=c.amount.value,
        requested=len(days), given=len(given), skipped=0, held=0, cancelled=0, beyond_horizon=len(days) - len(given),
        duplicate_rows=0, amount=len(given) * c.amount.value, first=given[0] / DAYS_PER_MONTH if given else None,
        last=given[-1] / DAYS_PER_MONTH if given else None, times_studied=c.times_studied,
    )  # fmt: skip


def _table(scenario: Scenario, model: Model, end: float) -> list[_Line]:
    """One line for each compartment that the table doses."""
    rows = [r for r in scenario.table() if r.evid in (1, 4)]
    lines = []
    for cmt in dict.fromkeys(entry_of(model, r.cmt).state for r in rows):
        own = [r for r in rows if entry_of(model, r.cmt).state == cmt]
        lines.append(_compartment(own, entry_of(model, own[0].cmt), scenario, model, end))
    return lines


def _compartment(own: list[EventRow], entry: Entry, scenario: Scenario, model: Model, end: float) -> _Line:
    requested = sum(r.addl + 1 for r in own if r.amt > 0)
    schedule = add_rows(Schedule(), scenario.table(), model, {})
    due = sorted(
        (e for e in schedule.rows if e.kind in (BOLUS, INFUSION) and e.target == entry.state), key=lambda e: e.time
    )
    given = [e for e in due if e.time < end]
    sizes = {r.amt for r in own if r.amt > 0}
    alike = [replace(r, line=0) for r in own]
    times, amounts = np.array([e.time for e in given]), np.array([e.value for e in given])
    record = DoseRecord(
        drug=entry.target or entry.state, route=entry.route, source=str(scenario.events), unit=entry.unit,
        dose=sizes.pop() if len(sizes) == 1 else None, requested=requested, given=len(given), skipped=0, held=0,
        cancelled=requested - len(due), beyond_horizon=len(due) - len(given), duplicate_rows=len(alike) - len(set(alike)),
        amount=float(amounts.sum()), first=float(times[0]) / DAYS_PER_MONTH if len(given) else None,
        last=float(times[-1]) / DAYS_PER_MONTH if len(given) else None,
        times_studied=0.0,
    )  # fmt: skip
    return record, times, amounts
