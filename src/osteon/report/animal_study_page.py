"""Studies of animals: a table for a terminal, and a page."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from osteon.charts import forest
from osteon.charts.scales import signed, span
from osteon.inputs.animal_study import AnimalArm, AnimalStudy
from osteon.io.files import write_atomic
from osteon.report.blocks import (
    Band,
    Block,
    Bullets,
    Facts,
    Figure,
    Head,
    Report,
    Section,
    Table,
    Text,
    bold,
    joined,
    provenance_section,
)
from osteon.report.page import provenance, render_report
from osteon.report.scenario_figures import label
from osteon.report.tables import grid
from osteon.trial.animal_study import AnimalResult

ANIMAL_STUDY_PAGE_HEAD = (
    "endpoint", "day", "arm", "against", "mean (SD)", "difference, 95 %", "p", "SMD", "true effect, 90 %",
    "chance to be seen", "deficit restored",
)  # fmt: skip


def animal_study_table(results: Sequence[AnimalResult]) -> str:
    """Every comparison, for a terminal."""
    return grid(ANIMAL_STUDY_PAGE_HEAD, [cells(r) for r in results])


def cells(r: AnimalResult) -> list[str]:
    """A comparison in words."""
    return [
        r.endpoint + (" (change)" if r.form == "percent_change" else ""), f"{r.day:g}", r.arm, r.compare, f"{r.mean:.3g} ({r.sd:.2g})",
        f"{r.difference:+.3g} % ({r.lo95:+.3g} to {r.hi95:+.3g})", f"{r.p:.2g}", f"{r.smd:+.2f}",
        f"{r.true:+.3g} % ({r.true_lo90:+.3g} to {r.true_hi90:+.3g})", f"{r.chance:.0%}",
        "-" if r.restored is None else f"{r.restored:.2f}",
    ]  # fmt: skip


def write_animal_study_page(
    path: Path, study: AnimalStudy, results: Sequence[AnimalResult], notes: Sequence[str], seed: int, n: int
) -> None:
    """Write the page of a study of animals."""
    write_atomic(path, render_report(animal_study_report(study, results, notes, seed, n)))


def animal_study_report(
    study: AnimalStudy, results: Sequence[AnimalResult], notes: Sequence[str], seed: int, n: int
) -> Report:
    """The report of a study of animals, in the template of all reports."""
    again = f"osteon run study.toml --out again --seed {seed} --patients {n}"
    sections = [_answer(study, results), _done(study, n)]
    if results:
        sections.append(Section("effects", "Effects", [*_forests(results), _every_endpoint(results)]))
    if notes:
        sections.append(Section("limits", "What must be known", [Bullets(list(notes))]))
    rows = provenance(seed, {"animals an arm": n, "parameter draws": study.draws})
    sections.append(provenance_section(rows, again))
    about = [
        "Virtual study of animals",
        f"{n} {study.animal.species}s an arm, {len(study.arm)} arms, {study.design.duration:g} days",
    ]
    return Report(study.title, about, sections)


def _answer(study: AnimalStudy, results: Sequence[AnimalResult]) -> Section:
    blocks: list[Block] = [Text(f"Question: {study.question}", "lead")] if study.question else []
    first = [r for r in results if r.endpoint == results[0].endpoint and r.form == results[0].form]
    if first:
        seen = [r for r in first if r.p < 0.05]
        say = joined(
            [f"Of {len(first)} comparisons of {label(first[0].endpoint)} at day {first[0].day:g},", bold(f"{len(seen)} were seen"),
             f"in this study of {first[0].animals} animals an arm (p < 0.05, not corrected for their number);"
             f" of the true effects {sum(r.true_lo90 > 0 or r.true_hi90 < 0 for r in first)} lie on one side of nothing in 90 % of parameter draws."]
        )  # fmt: skip
        blocks.insert(0, Text(say, "say"))
    text = "A mechanism in animals, held against published animals elsewhere; it says nothing of people by itself."
    return Section("answer", "The answer", [*blocks, Text(text, "note")])


def _done(study: AnimalStudy, n: int) -> Section:
    arms = [(a.name, _given(a)) for a in study.arm]
    facts = [
        ("Animals", f"{study.animal.species}, {n} an arm"),
        *arms,
        ("Length", f"{study.design.duration:g} days"),
        ("Analysis", "Welch's comparison on the scale of the logarithm against the arm named"),
        (
            "How animals differ",
            "assumed, log scale: BMD 6 %, BV/TV 22 %, others 30 %; a measurement adds 2, 10 and 15 %",
        ),
    ]
    return Section("design", "What was done", [Facts(facts)])


def _given(arm: AnimalArm) -> str:
    given = [f"{r.drug} {r.dose}" for r in arm.regimen] + [
        f"{c.dose} of cells from {c.source.replace('_', ' ')}" for c in arm.cells
    ]
    own = [f"{k} {v}".replace("_", " ") for k, v in arm.animal.items()]
    return "; ".join([*own, *given]) or "nothing"


def _forests(results: Sequence[AnimalResult]) -> list[Figure]:
    """A figure an endpoint: each arm's effect as a ratio to its comparator."""
    found = []
    for key in dict.fromkeys((r.endpoint, r.form, r.day) for r in results):
        own = [r for r in results if (r.endpoint, r.form, r.day) == key and _ratios(r)]
        if not own:
            continue
        rows = [_forest_row(r) for r in own]
        compare = " or ".join(dict.fromkeys(r.compare for r in own))
        group = forest.Group(f"Ratio to {compare}", rows, "ratio", log=True, base=2.0, zero=1.0)
        title = f"{label(key[0])[0].upper()}{label(key[0])[1:]}{', change' if key[1] == 'percent_change' else ''}, day {key[2]:g}: ratio to {compare}"
        words = "; ".join(f"{r.group} {r.words}" for r in rows)
        keys = [
            ("chance", "this study, 95 %: animals and measurement"),
            ("outer", "true effect, 90 % of parameter draws"),
        ]
        found.append(Figure(title, partial(forest.draw, [group]), words + ".", "", "", keys, [asdict(r) for r in own]))
    return found


def _ratios(r: AnimalResult) -> list[float]:
    """Estimate, interval and true interval as ratios; none where one of them is no ratio."""
    values = [1 + v / 100 for v in (r.difference, r.lo95, r.hi95, r.true_lo90, r.true_hi90)]
    return values if all(math.isfinite(v) and v > 0 for v in values) else []


def _forest_row(r: AnimalResult) -> forest.Row:
    value, low, high, true_low, true_high = _ratios(r)
    words = f"{value:.2f} ({low:.2f} to {high:.2f})"
    return forest.Row(r.arm, "", 1, value, low, high, words, (true_low, true_high))


def _every_endpoint(results: Sequence[AnimalResult]) -> Table:
    heads = [
        Head("Arm", left=True),
        Head("Mean", "(SD)"),
        Head("Difference, %", "(95 %)"),
        Head("p"),
        Head("True effect, %", "(90 %)"),
        Head("Chance to be seen"),
        Head("Deficit restored"),
    ]
    body: list[Any] = []
    for key in dict.fromkeys((r.endpoint, r.form, r.day, r.compare) for r in results):
        form = ", change in %" if key[1] == "percent_change" else ""
        body.append(Band(f"{label(key[0])[0].upper()}{label(key[0])[1:]}{form}, day {key[2]:g}, against {key[3]}"))
        body += [
            [
                r.arm,
                f"{r.mean:.3g} ({r.sd:.2g})",
                f"{signed(r.difference)} ({span(r.lo95, r.hi95, 1, True)})",
                "< 0.001" if r.p < 0.001 else f"{r.p:.3f}",
                f"{signed(r.true)} ({span(r.true_lo90, r.true_hi90, 1, True)})",
                f"{100 * r.chance:.0f} %",
                "not asked" if r.restored is None else f"{r.restored:.2f}",
            ]
            for r in results
            if (r.endpoint, r.form, r.day, r.compare) == key
        ]
    note = (
        "True effect: the model's, with its interval over parameter draws. Deficit restored: share of what separates the comparator from"
        " intact animals; 1 is all of it."
    )
    return Table("Every comparison", heads, body, "", note, [asdict(r) for r in results])
