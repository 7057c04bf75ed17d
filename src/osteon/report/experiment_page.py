"""The report of experiments: what was done, what the source says, what the model shows over time, verdict and basis."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from markupsafe import Markup

from osteon.charts import courses
from osteon.charts.scales import plain, round_ticks, span
from osteon.checks.experiments import WORDS, judged, not_run
from osteon.checks.rows import ExperimentRow
from osteon.errors import RunFailed
from osteon.io.files import write_atomic
from osteon.replication.experiments import (
    DRAWS,
    Experiment,
    Finding,
    arm_trajectories,
    findings_of,
    load_experiment,
)
from osteon.report.blocks import (
    Block,
    Card,
    Facts,
    Figure,
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
from osteon.report.scenario_figures import label
from osteon.simulation.animal_trajectories import Trajectory

ALIKE, UNMOVED = 0.002, 0.02  # relative: arms differ, or an arm has moved, by more than what growth and drift do
EXPERIMENT_PAGE_VERDICTS = {
    "holds": ("✓ holds", "good"),
    "fails": ("✕ fails", "bad"),
    "recorded": ("≡ recorded", "plain"),
}


def write_experiment_report(
    path: Path,
    ids: Sequence[str],
    draws: int = DRAWS,
    seed: int = 1,
) -> list[ExperimentRow]:
    """Run experiments, write their report, give back their rows as `check_experiments` does."""
    rows, cards = [], []
    for id in ids:
        trajectories: dict[str, Trajectory] = {}
        findings: tuple[Finding, ...] = ()
        experiment = load_experiment(id)
        try:
            trajectories = arm_trajectories(experiment, draws, seed)
        except RunFailed as error:
            row = not_run(experiment, error)
        else:
            findings = findings_of(experiment, trajectories)
            row = judged(experiment, findings)
        rows.append(row)
        cards.append(_card(experiment, row, findings, trajectories, draws))
    report = experiment_report(rows, cards, draws, seed)
    write_atomic(path, render_report(report))
    return rows


def experiment_report(rows: Sequence[ExperimentRow], cards: Sequence[Card], draws: int, seed: int) -> Report:
    """The report of experiments that were run."""
    title = (
        "Experiments of the review's Table 1, run on the model"
        if len(rows) > 1
        else f"{rows[0]['study']}, run on the model"
    )
    again = f"osteon experiment {' '.join(r['id'] for r in rows)} --report again.html"
    sections = [
        _answer(rows, draws),
        Section("experiments", "Experiment by experiment" if len(cards) > 1 else "The experiment", list(cards)),
        provenance_section(provenance(seed, {"parameter sets an arm": draws}), again),
    ]
    return Report(title, ["Experiments", f"{len(rows)} of the 20 studies of Table 1"], sections)


def _answer(rows: Sequence[ExperimentRow], draws: int) -> Section:
    held = sum(r["verdict"] == "holds" for r in rows)
    counts = {b: sum(r[b] for r in rows) for b in ("emergent", "entailed", "fitted")}
    say = joined(
        ["In", bold(f"{held} of {len(rows)}"), f"experiment{'s' if len(rows) > 1 else ''} every finding comes out as the source says; of the findings that do,",
         bold(f"{counts['emergent']} {'is' if counts['emergent'] == 1 else 'are'} emergent"), f", {counts['entailed']} entailed and {counts['fitted']} fitted."]
    )  # fmt: skip
    say = Markup(str(say).replace("</b> ,", "</b>,"))
    text = (
        "Emergent: it needs more than an edge that was typed in. Entailed: it repeats such an edge, so it is no evidence for the model. Fitted: it was used. "
        f"How large a regulator's effect is, is not known: intervals hold the middle 90 % of {draws} sets of priors."
    )
    heads = [
        Head("Experiment", left=True),
        Head("Verdict", left=True),
        Head("Basis", left=True),
        Head("Findings", "that hold, of all"),
    ]
    body = [
        [
            joined([Markup('<a href="#{}">{}</a>').format(r["id"].lower(), r["id"]), str(r["study"])]),
            verdict(r),
            r["basis"],
            _held(r),
        ]
        for r in rows
    ]
    data = [{k: v for k, v in r.items() if not isinstance(v, list | dict)} for r in rows]
    return Section(
        "answer", "The answer", [Text(say, "say"), Text(text, "small"), Table("Verdicts", heads, body, data=data)]
    )


def _held(r: ExperimentRow) -> str:
    held = r["emergent"] + r["entailed"] + r["fitted"]
    parts = [p for p in str(r["figure"]).split("; ") if p]
    return f"{held} of {max(len(parts), held)}" if not r.get("status") else str(held)


def verdict(row: Mapping[str, Any]) -> Markup:
    """A verdict as a badge with its sign; what is unknown says which kind of unknown."""
    words = str(row.get("status") or row["verdict"])
    sign, look = EXPERIMENT_PAGE_VERDICTS.get(words, (f"? {words.replace('_', ' ')}", "unk"))
    return badge(sign, look)


def _card(
    experiment: Experiment,
    row: ExperimentRow,
    findings: Sequence[Finding],
    trajectories: Mapping[str, Trajectory],
    draws: int,
) -> Card:
    blocks: list[Block] = []
    if row.get("status"):
        blocks.append(Text(str(row["figure"]), "note"))
    blocks.append(Text(row["says"], "quote"))
    blocks.append(Text(f"The source: {experiment.reference}; claim {row['claim']}.", "small"))
    blocks.append(
        Facts(
            [("Design", experiment.design), ("Arms", ", ".join(a.replace("_", " ") for a in trajectories) or "not run")]
        )
    )
    if trajectories:
        blocks.append(_figure(experiment, trajectories, findings, draws))
    if findings:
        blocks.append(_findings(row, findings))
    return Card(
        str(row["id"]).lower(),
        f"{row['id']} · {row['study']}",
        [verdict(row), badge(str(row["basis"]), "plain")],
        blocks,
    )


def _findings(row: ExperimentRow, findings: Sequence[Finding]) -> Table:
    heads = [
        Head("Finding", left=True),
        Head("Typical"),
        Head("90 % of priors"),
        Head("The source says", left=True),
        Head("Basis", left=True),
        Head("Holds"),
    ]
    body, data = [], []
    for f in findings:
        unit = "fold" if f.look.unit == "1" else f.look.unit
        asked = WORDS[f.look.expect].format(*f.look.limits)
        body.append(
            [
                f.look.words,
                f"{plain(f.typical, 2)} {unit}",
                span(f.low, f.high, 2),
                asked,
                f.look.basis,
                badge("✓ holds", "good") if f.holds else badge("✕ fails", "bad"),
            ]
        )
        data.append(
            {
                "finding": f.look.words,
                "typical": f.typical,
                "lo90": f.low,
                "hi90": f.high,
                "unit": unit,
                "source": asked,
                "basis": f.look.basis,
                "holds": f.holds,
            }
        )
    return Table(f"{row['id']}: findings", heads, body, data=data)


def _figure(
    experiment: Experiment, trajectories: Mapping[str, Trajectory], findings: Sequence[Finding], draws: int
) -> Figure:
    rows = _from_the_start(points(experiment, trajectories))
    arms = sorted(dict.fromkeys(r["arm"] for r in rows), key=_place)
    panels = []
    last = max(r["day"] for r in rows)
    weeks = last > 42
    size, unit = (7.0, "weeks") if weeks else (1.0, "days")
    for output in dict.fromkeys(r["output"] for r in rows):
        lines = []
        for arm in arms:
            own = [r for r in rows if r["output"] == output and r["arm"] == arm]
            band = ([r["lo"] for r in own], [r["hi"] for r in own])
            lines.append(
                courses.Line(
                    arms.index(arm),
                    arm,
                    [r["day"] / size for r in own],
                    [r["value"] for r in own],
                    know=band,
                    label=arm,
                    marked=False,
                )
            )
        panels.append(courses.Panel(_words(output), lines))
    first = min(r["day"] for r in rows) / size
    ticks = [t for t in round_ticks(first, last / size, 6) if first <= t <= last / size + 1e-9] or [first, last / size]
    axes = courses.Axes(unit, ticks, 1 if len(panels) == 1 else 2, height=150, zero=False)
    words = "; ".join(f"{f.look.words}: {plain(f.typical, 2)} ({span(f.low, f.high, 2)})" for f in findings)
    keys = [("mean", "typical animal or culture"), ("know", f"90 % of {draws} sets of priors: what is not known")]
    return Figure(
        f"{experiment.id}: simulated course",
        lambda narrow: courses.draw(panels, axes, narrow),
        (words or "Courses of every arm") + ".",
        "",
        "One panel an output that is looked at",
        keys,
        rows,
    )


def _words(output: str) -> str:
    words = label(output.replace(" ", "_"))
    return words[0].upper() + words[1:]


def _from_the_start(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without the days before the study: from the last on which all arms were still alike and unmoved, at the latest day 0."""
    first = {(r["output"], r["arm"]): r for r in reversed(rows)}
    at_once: dict[tuple[str, float], list[dict[str, Any]]] = {}
    for r in rows:
        at_once.setdefault((r["output"], r["day"]), []).append(r)
    started = [day for (_, day), alike in at_once.items() if _apart(alike) > ALIKE or any(_moved(r, first) > UNMOVED for r in alike)]  # fmt: skip
    days = sorted({r["day"] for r in rows})
    before = [d for d in days if d < min(started, default=math.inf) and d <= 0]
    return [r for r in rows if r["day"] >= (before[-1] if before else days[0])]


def _apart(rows: Sequence[dict[str, Any]]) -> float:
    """Largest relative difference between arms."""
    return max(_relative(max(r[k] for r in rows), min(r[k] for r in rows)) for k in ("value", "lo", "hi"))


def _moved(row: dict[str, Any], first: Mapping[tuple[str, str], dict[str, Any]]) -> float:
    """Largest relative change since the first day."""
    begin = first[row["output"], row["arm"]]
    return max(_relative(row[k], begin[k]) for k in ("value", "lo", "hi"))


def _relative(a: float, b: float) -> float:
    size = max(abs(a), abs(b))
    return abs(a - b) / size if size > 0 else 0.0


def _place(arm: str) -> int:
    """Intact animals first, those given something next, those given nothing last."""
    return 0 if arm in ("intact", "sham", "healthy") else 2 if arm in ("untreated", "control", "vehicle") else 1


def points(experiment: Experiment, courses: Mapping[str, Trajectory]) -> list[dict[str, Any]]:
    """Typical value and 90 % interval over time of every output that is looked at, arm by arm."""
    rows = []
    for output in dict.fromkeys(look.output for look in experiment.looks):
        for arm, trajectory in courses.items():
            curve = trajectory.values[output]
            low, high = np.nanquantile(curve[1:] if len(curve) > 1 else curve, [0.05, 0.95], axis=0)
            rows += [
                {"output": output.replace("_", " "), "arm": arm.replace("_", " "), "day": float(day)}
                | {"value": float(curve[0, i]), "lo": float(low[i]), "hi": float(high[i])}
                for i, day in enumerate(trajectory.days)
            ]
    return rows
