"""What the commands of product and dish files do: read, judge or run, word the answer."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from osteon.app.command_result import CommandResult
from osteon.errors import Fault, InputError, Unsupported


def release(file: str) -> CommandResult:
    """Every criterion of release of a lot; not ok where one of them fails."""
    from osteon.inputs.product import load_product
    from osteon.simulation.dish_file import potency_update
    from osteon.simulation.product_release import release_rows

    product = load_product(file).product
    rows = release_rows(product)
    failed = [r for r in rows if not r.passes]
    lines = [
        f"{'pass' if r.passes else 'FAIL'}  {r.criterion:<19} {_value(r.measured, r.unit):<14} {r.standard}"
        for r in rows
    ]
    verdict = "released" if not failed else f"NOT released: {len(failed)} of {len(rows)} criteria are not met"
    text = "\n".join([*lines, f"{product.name}: {verdict}.", *(f"- {r.reason}" for r in failed)])
    potency = [asdict(p) for p in potency_update(product)]
    notes = [
        f"Assay of {p['assay']}: {p['measured']:g}-fold, predicted {p['predicted_lo90']:.2g} to {p['predicted_hi90']:.2g}; "
        f"osteogenic potency against young marrow cells {p['prior_lo90']:.2g} to {p['prior_hi90']:.2g} before, "
        f"{p['posterior_lo90']:.2g} to {p['posterior_hi90']:.2g} after it."
        for p in potency
    ]
    notes.append(
        "Passing says that a lot meets these limits; it says nothing of benefit, and does not exclude any harm."
    )
    return CommandResult([asdict(r) for r in rows], not failed, text, tuple(notes), {"potency": potency})


def _value(value: float | str | None, unit: str) -> str:
    if value is None:
        return "not measured"
    if isinstance(value, str):
        return value
    return f"{value:.3g}" + (f" {unit}" if unit != "1" else "")


def culture(file: str, seed: int = 1) -> CommandResult:
    """The dishes of a file, each output against the dish it is compared with."""
    from osteon.inputs.dish import load_dish
    from osteon.simulation.dish_file import dish_rows

    rows = dish_rows(load_dish(file), seed)
    lines = []
    for r in rows:
        ratio = (
            ""
            if r.ratio is None
            else f"  {r.ratio:.2f} of '{r.compare}'"
            + (f" ({r.ratio_lo90:.2f} to {r.ratio_hi90:.2f})" if r.ratio_lo90 is not None else "")
        )
        lines.append(f"{r.dish:<28} {r.output:<14} day {r.days:g}  {r.value:8.3g}{ratio}")
    notes = ("Signs follow the table of regulators; sizes rest on a prior, the same for every regulator.",)
    return CommandResult([asdict(r) for r in rows], True, "\n".join(lines), notes)


def first_in_human(file: str, out: str, seed: int = 1) -> CommandResult:
    """Plan the first trial of a lot: a JSON file and a page in a new folder."""
    from osteon.inputs.product import load_product
    from osteon.report.first_in_human_page import write_first_in_human
    from osteon.trial.first_in_human import plan_first_in_human

    plan = plan_first_in_human(load_product(file), seed)
    page = write_first_in_human(Path(out), plan)
    levels = [{"part": "level", **asdict(level)} for level in plan.levels]
    lines = [
        f"level {r['level']}: {r['cells_per_kg']:.2g} cells/kg; embolus {r['embolism_lo90']:.2g} to {r['embolism_hi90']:.2g}; "
        f"lethal dose of mice {r['margin_by_weight']:.3g} times by weight, {r['margin_by_capillary']:.3g} by capillary"
        for r in levels
    ]
    text = "\n".join([*lines, *plan.start_reasons, f"Report: {page}"])
    return CommandResult(levels, True, text, plan.notes, {"plan": [plan.as_dict()]})


def fit(
    what: str,
    out: str | None,
    iterations: int,
    start: str,
    with_recalled: bool = False,
    report: str | None = None,
    last: str | None = None,
    data: str | None = None,
    source: str = "bone_marrow",
    route: str = "intravenous",
    site: str | None = None,
    species: str = "mouse",
    dose: str | None = None,
) -> CommandResult:
    """Fit the bone, the hazards of fracture, or the kinetics of cells to a user's own table."""
    from osteon.app.actions import fit as fit_shipped

    if what == "kinetics":
        if report or last:
            raise Unsupported(
                Fault(
                    "unsupported",
                    "--report",
                    report or last or "",
                    "",
                    "",
                    "A fit of kinetics has no report of its own.",
                )
            )
        return fit_kinetics(data, out, source, route, site, species, dose)
    if data is not None:
        raise InputError(
            Fault("usage", "--data", data, "--what kinetics", "", "--data is read by --what kinetics alone.")
        )
    return fit_shipped(out, iterations, start, what, with_recalled, report, last)


def fit_kinetics(
    data: str | None, out: str | None, source: str, route: str, site: str | None, species: str, dose: str | None
) -> CommandResult:
    """Arrest, release, half-lives and label from imaging or qPCR, each beside its prior."""
    from osteon.biology.species import body_of
    from osteon.inference.cell_kinetics import fit_kinetics as fit_rows
    from osteon.inputs.imaging import load_imaging
    from osteon.inputs.scenario import read_scenario
    from osteon.io.files import write_atomic
    from osteon.simulation.cell_products import cell_doses

    if data is None:
        hint = "Name it, as in --data imaging.csv."
        raise InputError(Fault("missing_key", "--data", "", "", hint, f"A fit of kinetics needs a table. {hint}"))
    line = {"source": source, "route": route, "dose": dose or "1e6 cells", "at": ["0 days"], "viability": 1.0}
    line |= {"site": site} if site else {}
    who = {"person": {"age": "60 years"}} if species == "human" else {"animal": {"species": species, "age": "200 days"}}
    output = {"end": "1 day", "of": ["ctx"]}
    read = read_scenario({"format": 1, **who, "cells": [line], "output": output}, "fit")
    given = cell_doses(read.cells, species)[0]
    weight = body_of(species).weight
    rows = load_imaging(data, float(given.total(weight)) if dose else None)
    found = fit_rows(given, rows, weight)
    estimates = [asdict(e) for e in found.estimates]
    lines = [
        f"{e.parameter:<24} {e.value:<10.3g} {e.lo90:.3g} to {e.hi90:.3g} {e.unit:<6} before: {e.prior_lo90:.3g} to {e.prior_hi90:.3g}; "
        f"known from data {e.known_from_data:.0%}"
        for e in found.estimates
    ]
    head = f"{found.values} values, chi-squared {found.chi2:.1f}"
    notes = [
        f"Line {n}: {organ} on day {day:g} is {left:+.1f} standard errors off ({share:.3g} measured, {fitted:.3g} fitted)."
        for n, organ, day, share, fitted, left in found.rows
        if abs(left) > 3
    ]
    notes.append(
        "Label is not life: debris carries it too. Where 'known from data' is near 0 %, the interval is the prior's."
    )
    if out:
        body = {"format": 1, "kind": "cell_kinetics", "estimates": estimates, "rows": found.rows, "chi2": found.chi2}
        write_atomic(out, json.dumps(body, indent=1, allow_nan=False))
        head += f"; written to {out}"
    return CommandResult(estimates, True, "\n".join([head, *lines]), tuple(notes))


def synthesis(condition: str | None = None) -> CommandResult:
    """What trials of cells say of a condition, or of all of them."""
    from osteon.inference.evidence_synthesis import conditions
    from osteon.inference.evidence_synthesis import synthesis as of_condition

    rows = [r for c in ((condition,) if condition else conditions()) for r in of_condition(c)]
    text = "\n".join(f"{r.condition}, {r.endpoint}: {r.words}" for r in rows)
    notes = ("Read from studies, not simulated; a direction is what a study reports, not a benefit that is known.",)
    return CommandResult([asdict(r) for r in rows], True, text, notes)
