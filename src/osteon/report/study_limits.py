"""How far to trust a study: its distance from the evidence, how far off the model was before, what is assumed; how it was done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from osteon.charts.scales import percent, plain
from osteon.evidence.outcome import in_points
from osteon.interventions import CARDS
from osteon.report.blocks import Block, Bullets, Head, Heading, Section, Table, Text, arm_name, badge, joined
from osteon.report.study_data import StudyRun, label_of
from osteon.report.study_design import ANALYSES, STUDY_DESIGN_ROUTES
from osteon.report.tables import ROLES

Row = Mapping[str, Any]


def limits(run: StudyRun, distance: Sequence[Row], scorecard: Mapping[str, Any]) -> Section:
    """What this rests on.   distance : rows of how far the study lies from the evidence;  scorecard : figures of the last one"""
    blocks: list[Block] = [Text(_rests_on(run))]
    if distance:
        outside = [r for r in distance if r["outside"]]
        blocks.append(Heading("How far this study lies from the evidence"))
        blocks.append(
            Text(
                f"{len(outside)} of {len(distance)} things that this study asks lie outside what was seen in people.",
                "lead",
            )
        )
        blocks.append(_distance(distance))
    blocks += _scores(run, scorecard)
    assumptions = run.result.get("assumptions", [])
    if assumptions:
        blocks += [Heading("What is assumed"), Bullets(assumptions)]
    labels = [f"{w['arm']}: {w['text']}" for w in run.result.get("labels", [])]
    if labels:
        blocks += [Heading("What labels say"), Bullets(labels)]
    return Section("limits", "How far to trust it", blocks)


def _rests_on(run: StudyRun) -> str:
    drugs = sorted({r.drug for a in run.study.arm for r in a.regimen})
    parts = [f"{d}: {CARDS[d].evidence} data" for d in drugs]
    parts += [
        f"{r.drug} {r.dose} lies beyond the largest studied dose (extrapolated)"
        for a in run.study.arm for r in a.regimen if r.extrapolated
    ]  # fmt: skip
    if run.celled:
        parts.append("what cells do in people: assumed, carried over from animals")
    return "Rests on " + "; ".join(parts) + "." if parts else "No drug is given; natural history rests on human data."


def _distance(rows: Sequence[Row]) -> Table:
    heads = [Head("What is asked", left=True), Head("Evidence", left=True), Head("In words", left=True)]
    body = [
        [
            _plain(str(r["what"])),
            badge("? outside", "unk") if r["outside"] else badge("inside", "plain"),
            _plain(str(r["words"])),
        ]
        for r in rows
    ]
    return Table(
        "Distance from the evidence",
        heads,
        body,
        "Cohorts, published rows, largest doses and published sequences stand behind it",
    )


def _plain(words: str) -> str:
    for name in ("bmd_lumbar_spine", "bmd_total_hip", "bmd_femoral_neck", "ctx", "p1np", "bsap"):
        words = words.replace(name, label_of(name))
    return words.replace("_", " ")


def _scores(run: StudyRun, scorecard: Mapping[str, Any]) -> list[Block]:
    """How far off the model was for the outcomes and drugs of this study, from the last scorecard."""
    outcomes = [e.name for e in run.study.endpoint]
    drugs = sorted({r.drug for a in run.study.arm for r in a.regimen})
    rows = [s for s in scorecard.get("drugs", []) if s["drug"] in drugs]
    blocks: list[Block] = []
    if rows:
        heads = [
            Head("Drug", left=True),
            Head("Outcome", left=True),
            Head("Evidence", left=True),
            Head("Published rows"),
            Head("Error", "RMSE"),
            Head("Inside 90 %"),
        ]
        body = [
            [
                s["drug"],
                label_of(s["endpoint"]),
                _role(s["role"]),
                str(s["rows"]),
                f"{plain(s['rmse'], 2)} {_unit(s['endpoint'])}",
                percent(s["inside"]),
            ]
            for s in rows
        ]
        blocks.append(
            Table(
                "How far off the model was for these drugs",
                heads,
                body,
                "Replayed trials of each drug, mean changes against published ones",
                data=rows,
            )
        )
    else:
        own = [s for s in scorecard.get("scores", []) if s["endpoint"] in outcomes]
        if own:
            heads = [
                Head("Outcome", left=True),
                Head("Evidence", left=True),
                Head("Published rows"),
                Head("Error", "RMSE"),
            ]
            body = [
                [
                    label_of(s["endpoint"]),
                    _role(s["role"]),
                    str(s["rows"]),
                    f"{plain(s['rmse'], 2)} {_unit(s['endpoint'])}",
                ]
                for s in own
            ]
            blocks.append(
                Table(
                    "How far off the model was for these outcomes",
                    heads,
                    body,
                    "All drugs together, from the last scorecard",
                    data=own,
                )
            )
    if blocks:
        blocks.insert(0, Heading("How far off the model was before"))
    return blocks


def _role(role: str) -> Any:
    sign = {"calibrate": "○", "holdout": "◐", "holdout_temporal": "◐"}.get(role, "●")
    return f"{sign} {ROLES.get(role, role)}"


def _unit(endpoint: str) -> str:
    return "points" if in_points(endpoint) else "log of fold change"


def methods(run: StudyRun) -> Section:
    """How it was done, in a paragraph or two; then every dose."""
    study = run.study
    settings = run.manifest["settings"]
    analyses = sorted({ANALYSES.get(e.analysis, e.analysis.replace("_", " ")) for e in study.endpoint if e.compare})
    text = (
        "Each patient is a set of equations for bone, marrow, minerals, hormones and drugs, run from age 30 to the start of the study and matched to "
        "her or his T-scores. Values at visits are the true ones with the precision of densitometry and the spread within persons of markers. "
        f"Every draw is a function of seed {settings['seed']}, patient, purpose and visit, so that arms differ by what is given alone. "
        f"Equations are solved to a relative tolerance of {settings['rtol']:g}."
    )
    more = f"Analyses: {', '.join(analyses)}. " if analyses else ""
    more += "Three levels of spread are kept apart: parameter uncertainty (parameters of the law, one draw a trial), how persons differ (a draw a patient), and measurement (a draw a patient and visit)."
    blocks: list[Block] = [Text(text), Text(more)]
    if run.result.get("doses"):
        blocks.append(_doses(run))
    return Section("methods", "Methods", blocks)


def _doses(run: StudyRun) -> Table:
    heads = [
        Head("Arm and what"),
        Head("One dose"),
        Head("Doses", "of those asked for"),
        Head("In all", "of one patient"),
        Head("Not given", left=True),
        Head("Of the largest studied", "times"),
    ]
    body = []
    for d in run.result["doses"]:
        why = [
            (d["skipped"], "not taken"),
            (d["held"], "left out by its rule"),
            (d["cancelled"], "cancelled"),
            (d["beyond_horizon"], "due after the end"),
        ]
        count = f"{d['given']:.4g}" + ("" if float(d["given"]).is_integer() else " on average")
        route = STUDY_DESIGN_ROUTES.get(d["route"], str(d["route"]).replace("_", " "))
        body.append([
            joined([arm_name(d["arm"], run.number(d["arm"])), f"{d['drug']} {route}"], ": "),
            f"{d['dose']:.4g} {d['unit']}" if d["dose"] is not None else "varies", f"{count} of {d['requested']:.4g}",
            f"{d['amount']:,.4g} {d['unit']}", ", ".join(f"{n:.4g} {what}" for n, what in why if n) or "nothing", f"{d['times_studied']:.2g}",
        ])  # fmt: skip
    note = "Of a patient who stays to the last visit, before bioavailability. What a rule leaves out is a mean over the first patients."
    return Table(
        "What was given",
        heads,
        body,
        "",
        note,
        [{k: v for k, v in d.items() if not isinstance(v, list | dict)} for d in run.result["doses"]],
    )
