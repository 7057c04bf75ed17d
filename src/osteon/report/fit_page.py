"""The report of a fit: what it rests on, what the rows cannot tell, where the normal approximation fails."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from osteon.charts import forest
from osteon.charts.scales import percent, plain, signed
from osteon.io.files import write_atomic
from osteon.report.blocks import (
    Block,
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

MAX_ROWS = 20  # rows of a figure
FIT_PAGE_FAR = 2.0  # standard deviations beyond which a row is marked
Row = Mapping[str, Any]


def write_fit_report(folder: Path, report: Mapping[str, Any]) -> tuple[Path, Path]:
    """Write report.html and report.json into a folder; their paths.   report : as of osteon.inference.fit_report"""
    folder.mkdir(parents=True, exist_ok=True)
    page, data = folder / "report.html", folder / "report.json"
    write_atomic(data, json.dumps(report, indent=1, ensure_ascii=False) + "\n")
    write_atomic(page, render_report(fit_page(report)))
    return page, data


def fit_page(r: Mapping[str, Any]) -> Report:
    """The report.   r : as of osteon.inference.fit_report"""
    rows = provenance(0, {})
    sections = [
        _answer(r),
        Section("residuals", "Residuals", [_cohorts(r["cohorts"]), *([_tissue(r["tissue"])] if r["tissue"] else [])]),
        Section("priors", "Prior against data", [_priors(r["prior_and_data"])]),
        Section("directions", "What the rows cannot tell", _directions(r)),
        Section("profiles", "Profiles", _profiles(r["profiles"])),
        Section("shift", "Shift from the last fit", _shift(r["shift"])),
        provenance_section([row for row in rows if row[0] != "seed"]),
    ]
    about = ["Fit", f"{r['parameters']} parameters", f"{r['rows']} rows of published arms"]
    return Report("What the fit rests on", about, sections)


def _answer(r: Mapping[str, Any]) -> Section:
    far = [p for p in r["prior_and_data"] if p["at_bound"] or abs(p["shift_prior_sd"]) > FIT_PAGE_FAR]
    say = joined(
        [bold(f"{r['parameters']} parameters"), f"rest on {r['rows']} rows of published arms and {r['tissue_rows']} rows of biopsies and scans;",
         bold(f"{len(r['directions'])} directions"), "are known better from the priors than from the rows."]
    )  # fmt: skip
    cost = r["cost"]
    text = (
        f"All of them are calibration rows. Cost (minus twice the log posterior, without the straight line beyond 2.5 standard deviations): {cost['rows']} of rows, "
        f"{cost['tissue']} of tissue, {cost['priors']} of priors. Covariances are widened {plain(r['inflation'], 2)}-fold, by the mean square of the residuals. "
        f"{len(far)} parameters went more than two standard deviations from the centre of their prior or stand at a bound."
    )
    return Section("answer", "The answer", [Text(say, "say"), Text(text)])


def _cohorts(rows: Sequence[Row]) -> Table:
    heads = [Head("Cohort", left=True), Head("Endpoint", left=True), Head("Rows"), Head("RMSE"), Head("Bias"),
             Head("Of the cost", "%"), Head("Largest error", left=True)]  # fmt: skip
    body = [
        [c["cohort"], c["endpoint"], str(c["rows"]), f"{plain(c['rmse'], 2)} {c['unit']}".replace(" ", "\u00a0"), signed(c["bias"], 2),
         plain(100 * c["share_of_cost"], 1), f"{signed(c['worst_error'], 2)} ({c['worst']})"]
        for c in rows
    ]  # fmt: skip
    note = "Simulated less published, one typical person an arm; the dearest first. A curve of n rows weighs as the root of n."
    return Table("Residuals by cohort and endpoint", heads, body, "", note, [dict(c) for c in rows])


def _tissue(rows: Sequence[Row]) -> Table:
    heads = [Head("Row", left=True), Head("Drugs", left=True), Head("Output", left=True),
             Head("Published", "fold"), Head("Fitted", "fold"), Head("Error", "SD")]  # fmt: skip
    body = [
        [t["row"].replace("/", " / "), t["drugs"], t["output"], plain(t["published_fold"], 3), plain(t["fitted_fold"], 3),
         _marked(signed(t["error_sd"], 1), abs(t["error_sd"]) > FIT_PAGE_FAR)]
        for t in rows
    ]  # fmt: skip
    return Table("Tissue", heads, body, "", "Marked: more than two standard deviations.", [dict(t) for t in rows])


def _marked(words: str, far: bool) -> Any:
    return badge(f"✕ {words}", "bad") if far else words


def _priors(rows: Sequence[Row]) -> Table:
    heads = [Head("Parameter", left=True), Head("Prior"), Head("Spread", left=True), Head("Fitted"),
             Head("Shift", "SD"), Head("Known from data"), Head("Bound", left=True)]  # fmt: skip
    body = []
    for p in rows:
        value = f"{p['value']:.4g} {p['unit'] if p['unit'] != '1' else ''}".strip()
        body.append([
            p["parameter"], f"{p['prior']:.4g}", p["prior_spread"], value,
            _marked(signed(p["shift_prior_sd"], 1), abs(p["shift_prior_sd"]) > FIT_PAGE_FAR), percent(p["known_from_data"]),
            badge("at a bound", "warn") if p["at_bound"] else "",
        ])  # fmt: skip
    note = (
        "How far a value went from the centre of its prior, in the prior's standard deviations, and which share of the prior's width the rows took away. "
        "Marked: more than two standard deviations, or at a bound."
    )
    return Table("Each parameter", heads, body, "", note, [dict(p) for p in rows])


def _directions(r: Mapping[str, Any]) -> list[Block]:
    words = f"{len(r['directions'])} of {r['parameters']} directions are known better from the priors than from the rows (information below 1, in units of the prior)."
    blocks: list[Block] = [Text(words)]
    if r["directions"]:
        body = [
            [f"{d['information']:.2g}", ", ".join(f"{signed(load, 2)} {name}" for name, load in d["loads"].items())]
            for d in r["directions"]
        ]
        blocks.append(Table("Directions", [Head("Information"), Head("Mostly", left=True)], body))
    if r["confounded"]:
        pairs = [[", ".join(c["parameters"]), signed(c["correlation"], 2)] for c in r["confounded"]]
        heads = [Head("Parameters", left=True), Head("Posterior correlation")]
        blocks += [_pair_figure(r["confounded"][:MAX_ROWS]), Table("Confounded pairs", heads, pairs)]
    else:
        blocks.append(Text("No pair correlates by 0.7 or more."))
    return blocks


def _profiles(rows: Sequence[Row]) -> list[Block]:
    left = [p for p in rows if not p["cut_by_bound"]]
    shown = sorted(left, key=lambda p: -max(abs(p[s] / p["expected"] - 1) for s in ("below", "above")))
    cut = [p["parameter"] for p in rows if p["cut_by_bound"]]
    words = (
        "Cost when a parameter is moved by two posterior standard deviations and the others go along, simulated anew. The normal approximation expects "
        "the same rise on both sides; the farthest from it first."
    )
    words += f" Cut short by a bound, hence not shown: {', '.join(cut)}." if cut else ""
    heads = [Head("Parameter", left=True), Head("Rise below"), Head("Rise above"), Head("Expected")]
    body = [[p["parameter"], signed(p["below"], 1), signed(p["above"], 1), plain(p["expected"], 1)] for p in shown]
    table = Table("Profiles", heads, body, data=[dict(p) for p in rows])
    return [Text(words), *([_profile_figure(shown[:MAX_ROWS]), table] if body else [])]


def _profile_figure(rows: Sequence[Row]) -> Figure:
    """Rises on both sides of each parameter beside the one that a normal approximation expects, the farthest from it on top."""
    expected = rows[0]["expected"]
    members = [
        forest.Row(p["parameter"], "", 0, math.nan, min(p["below"], p["above"]), max(p["below"], p["above"]),
                   f"{signed(p['below'], 1)} below, {signed(p['above'], 1)} above")
        for p in rows
    ]  # fmt: skip
    group = forest.Group("Rise of the cost two standard deviations away", members, "", zero=expected)
    words = "; ".join(f"{m.group}: {m.words}" for m in members)
    sub = f"The upright line is the rise of a normal approximation, {plain(expected, 1)}"
    return Figure(
        "Rise of the cost two standard deviations away",
        lambda narrow: forest.draw([group], narrow),
        words + ".",
        "",
        sub,
        data=rows,
    )


def _pair_figure(rows: Sequence[Row]) -> Figure:
    """Posterior correlations of confounded pairs, the strongest on top."""
    members = [
        forest.Row(" and ".join(c["parameters"]), "", 0, math.nan, min(c["correlation"], 0.0), max(c["correlation"], 0.0),
                   signed(c["correlation"], 2))
        for c in rows
    ]  # fmt: skip
    group = forest.Group("Posterior correlation of confounded pairs", members, "", zero=0.0, ends=(-1.0, 1.0))
    words = "; ".join(f"{m.group}: {m.words}" for m in members)
    return Figure(
        "Posterior correlation of confounded pairs", lambda narrow: forest.draw([group], narrow), words + ".", data=rows
    )


def _shift(shift: Mapping[str, Any]) -> list[Block]:
    if not shift["of"]:
        return [Text("No earlier fit was named (--last FILE).")]
    words = f"Against {shift['of']}, in its posterior standard deviations. New: {', '.join(shift['only_new']) or 'none'}. Gone: {', '.join(shift['only_last']) or 'none'}."
    heads = [Head("Parameter", left=True), Head("Last"), Head("Now"), Head("Shift", "SD")]
    body = [[m["parameter"], f"{m['last']:.4g}", f"{m['value']:.4g}", signed(m["shift_sd"], 2)] for m in shift["moved"]]
    table = Table("Moved", heads, body, data=[dict(m) for m in shift["moved"]])
    return [Text(words), *([table] if body else [])]
