"""The report of a first trial: what is known, what is not, what would stop it; then doses, rules, sampling, proof, supply."""

from __future__ import annotations

import json
from pathlib import Path

from osteon import __version__
from osteon.charts.scales import percent, power_of_ten, signed
from osteon.errors import Fault, InputError
from osteon.evidence.outcome import outcome
from osteon.io.files import write_atomic
from osteon.report.blocks import (
    Block,
    Bullets,
    Head,
    Report,
    Section,
    Table,
    Text,
    badge,
    bold,
    joined,
    provenance_section,
)
from osteon.report.page import provenance, render_report
from osteon.trial.first_in_human import FirstInHumanPlan
from osteon.trial.proof_of_concept import ProofRow

LEAST_CHANCE = 1e-5  # below it a chance is not written out
RULE_WORDS = {"three_plus_three": "3+3", "boin": "BOIN", "crm": "CRM"}


def write_first_in_human(folder: Path, plan: FirstInHumanPlan) -> Path:
    """Write plan.json and report.html into a new folder. Raises InputError where the folder holds something."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        text = f"'{folder.name}' is there and not empty. Name a new folder."
        raise InputError(Fault("occupied", "--out", str(folder), "", "", text))
    page = render_report(first_in_human_report(plan))
    folder.mkdir(parents=True, exist_ok=True)
    body = {"format": 1, "kind": "first_in_human", "version": __version__, **plan.as_dict()}
    write_atomic(folder / "plan.json", json.dumps(body, indent=1, allow_nan=False, ensure_ascii=False))
    write_atomic(folder / "report.html", page)
    return folder / "report.html"


def first_in_human_report(plan: FirstInHumanPlan) -> Report:
    """The report of a plan."""
    sections = [
        Section("known", "What is known", _known(plan)),
        Section("unknown", "What is not known", [Bullets(list(plan.unknown))]),
        Section("stop", "What would stop us", [Bullets(list(plan.would_stop)), *_notes(plan)]),
        Section("start", "Where to start", [_starts(plan)]),
        Section("levels", "Levels and their margins", [_levels(plan)]),
        Section("escalation", f"Going up: {RULE_WORDS[plan.rule]}", _escalation(plan)),
        Section("sampling", "Where the cells go: what to sample", [_sampling(plan)], "Where the cells go"),
        Section("proof", "A trial that could show something", [_proof(plan)]),
        Section("supply", "Can it be made", [Text(_supply(plan))]),
        provenance_section(provenance(plan.seed, {"product": plan.product})),
    ]
    about = ["First-in-human plan", f"{len(plan.levels)} dose levels", f"Seed {plan.seed}"]
    return Report(f"First trial of {plan.product}", about, sections)


def _known(plan: FirstInHumanPlan) -> list[Block]:
    first, last = plan.levels[0].cells_per_kg, plan.levels[-1].cells_per_kg
    say = joined(
        [bold(f"{len(plan.levels)} dose levels"), f"by {RULE_WORDS[plan.rule]}, from {_cells(first)} to",
         bold(f"{_cells(last)} cells/kg."), "What the cells do in people is not known."]
    )  # fmt: skip
    blocks: list[Block] = [Text(say, "say")]
    if plan.release_failures:
        text = f"This lot is not released: {len(plan.release_failures)} criteria are not met."
        blocks.append(Text(joined([badge("✕ not released", "bad"), text]), "note"))
    return [*blocks, Bullets(list(plan.known))]


def _notes(plan: FirstInHumanPlan) -> list[Block]:
    return [Text(" ".join(plan.notes), "small")] if plan.notes else []


def _few(value: float | None, digits: int = 2) -> str:
    return "–" if value is None else f"{value:.{digits}g}"


def _cells(value: float | None) -> str:
    return "–" if value is None else power_of_ten(value)


def _chance(value: float | None) -> str:
    if value is None:
        return "–"
    if 0 < value < LEAST_CHANCE:
        return f"< {100 * LEAST_CHANCE:g}\u00a0%"
    shown = "100" if value > 0.9995 else f"{100 * value:.3g}" if value >= 0.1 else f"{100 * value:.2g}"
    return f"{shown}\u00a0%"


def _starts(plan: FirstInHumanPlan) -> Table:
    heads = [Head("By", left=True), Head("Dose", "cells/kg"), Head("Why", left=True)]
    return Table("Starting doses", heads, [[s.basis, _cells(s.cells_per_kg), s.reason] for s in plan.starts])


def _levels(plan: FirstInHumanPlan) -> Table:
    heads = [Head("Level", left=True), Head("Dose", "cells/kg"), Head("Below the lethal dose of mice", "times, by weight"),
             Head("Below it", "times, by capillary"), Head("Chance of an embolus", "90 % of draws"), Head("Of death", "upper end"),
             Head("Counted in people given as much", left=True)]  # fmt: skip
    body = [
        [f"{v.level} ({_cells(v.cells)} cells)", _cells(v.cells_per_kg), _few(v.margin_by_weight, 3), _few(v.margin_by_capillary, 3),
         f"{_chance(v.embolism_lo90)} to {_chance(v.embolism_hi90)}", _chance(v.death_hi90),
         f"{v.counted_events} of {v.counted_patients}; not excluded: {_chance(v.counted_upper)}" if v.counted_patients else "nobody counted"]
        for v in plan.levels
    ]  # fmt: skip
    note = (
        "Chances are carried over from mice and updated by the patients infused so far. The last column is an exact upper end (95 %) of a count, "
        "without a model."
    )
    return Table("Levels", heads, body, "", note)


def _escalation(plan: FirstInHumanPlan) -> list[Block]:
    words = (
        f"The first patient of every level is treated alone; the next not before {plan.sentinel_days} days have passed, by when nine in ten arrested cells "
        f"are gone even at the slowest. Cohorts of three; {plan.cohort_days} days from the last patient of a cohort to the next level."
    )
    heads = [Head("Rule", left=True), Head("If the truth were", left=True), Head("Patients"), Head("Dose-limiting events"),
             Head("Stops with no level"), Head("Ends at level 1, 2, …", left=True)]  # fmt: skip
    body = [
        [RULE_WORDS[o.rule], f"{o.scenario} ({', '.join(_chance(c) for c in o.toxicity)})", _few(o.patients, 3), _few(o.toxicities),
         _chance(o.chance_none), ", ".join(_chance(c) for c in o.recommended)]
        for o in plan.operating
    ]  # fmt: skip
    note = "The level where an escalation ends is the highest that was tolerated, not one that works."
    stops = [[str(s.patients), str(s.events)] for s in plan.stops]
    closing = Table(
        "When a dose is closed", [Head("Patients at a dose"), Head("Dose-limiting events that close it")], stops
    )
    return [Text(words), Table("How each rule goes", heads, body, "", note), closing]


def _sampling(plan: FirstInHumanPlan) -> Table:
    days = sorted({s.day for s in plan.sampling})
    organs = list(dict.fromkeys(s.organ for s in plan.sampling))
    at = {(s.day, s.organ): s for s in plan.sampling}
    heads = [Head("Organ", left=True), *(Head("1 h" if d < 0.1 else f"Day {d:g}") for d in days)]
    body = []
    for organ in organs:
        here = [at[d, organ] for d in days]
        body.append([
            organ.replace("_", " "),
            *(f"{_chance(s.label_lo90)} to {_chance(s.label_hi90)}; alive ≤ {_chance(s.viable_hi90)}" for s in here),
        ])  # fmt: skip
    sub = "Share of the dose by label (imaging, qPCR), 90 % of draws; then the most that could still be alive"
    return Table("What to expect in each organ", heads, body, sub)


def _proof(plan: FirstInHumanPlan) -> Table:
    heads = [Head("Endpoint and month", left=True), Head("Patients an arm"), Head("Effect", "90 % of draws"),
             Head("Next to nothing", "chance, %"), Head("Assurance"), Head("Go, no-go"),
             Head("Effect after a trial that shows 0, once, twice what matters", left=True)]  # fmt: skip
    body = [
        [f"{outcome(p.endpoint).words}, month {_few(p.months, 3)}", str(p.patients_per_arm), f"{signed(p.lo90, 2)} to {signed(p.hi90, 2)}",
         percent(p.chance_nothing), percent(p.assurance), f"{percent(p.go)}, {percent(p.no_go)}", _after(p)]
        for p in plan.proof
    ]  # fmt: skip
    note = (
        "Effects at the highest level offered, against no cells; assumed: carried over from animals by a factor that may be nothing. Go: the 80 % interval "
        "lies above nothing and the estimate reaches what matters. No-go: the 80 % interval stays below what matters. Points of BMD, percent of a marker, "
        "the good way up after a trial. Fractures are not an endpoint here, and no number of them is given."
    )
    return Table("Proof of concept", heads, body, "", note)


def _after(p: ProofRow) -> str:
    return f"what matters: {_few(p.noticeable)}; then " + "; ".join(
        f"{signed(q.lo90, 2)} to {signed(q.hi90, 2)}" for q in p.posteriors
    )


def _supply(plan: FirstInHumanPlan) -> str:
    return (
        f"{_cells(plan.cells_for_trial)} cells for both trials: {plan.donors} donor{'s' if plan.donors != 1 else ''}, {plan.lots} production "
        f"run{'s' if plan.lots != 1 else ''}, {plan.culture_days:.0f} days of culture. One donor gives {_cells(plan.cells_per_donor_lo90)} to "
        f"{_cells(plan.cells_per_donor_hi90)} cells (90 %)."
    )
