"""The report of one person: what happens in sentences, every output over time with what is not known, doses, assumptions."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from osteon.charts import courses
from osteon.charts.scales import month_ticks, plain, signed
from osteon.io.files import write_atomic
from osteon.report.blocks import Block, Bullets, Figure, Fold, Head, Report, Section, Table, Text, provenance_section
from osteon.report.page import provenance, render_report
from osteon.report.scenario_figures import CHANGES, label, sentences
from osteon.simulation.scenario import ScenarioRow

Row = Mapping[str, Any]
SCENARIO_PAGE_LEVELS = [("mean", "the typical person"), ("know", "what is not known: 90 % of parameter draws")]


def write_scenario_report(
    path: Path,
    title: str,
    rows: Sequence[ScenarioRow],
    notes: Sequence[str],
    doses: Sequence[str],
    seed: int,
    file: str,
    live: Block | None = None,
) -> None:
    """Write the report of a scenario (rows as of `osteon simulate`).   doses : sentences;  live : the living page, or none"""
    report = scenario_report(title, rows, notes, doses, seed, file)
    if live is not None:
        report = report.with_section(Section("live", "Try it yourself", [live]), "provenance")
    write_atomic(path, render_report(report))


def scenario_report(
    title: str, rows: Sequence[ScenarioRow], notes: Sequence[str], doses: Sequence[str], seed: int, file: str
) -> Report:
    """The report of a scenario."""
    said = sentences(rows)
    last = max(r["months"] for r in rows)
    first = [Text(said[0] if said else "Nothing was asked for.", "say"), *([Bullets(said[1:])] if said[1:] else [])]
    what = list(doses) or ["No drug and no cells are given."]
    sections = [
        Section("answer", "The answer", first),
        Section("given", "What is given", [Bullets(what)]),
        Section("time", "Over time", [figure(rows), Fold("Every number", [_table(rows)])]),
        *([Section("assumed", "What is assumed", [Bullets(list(notes))])] if notes else []),
        provenance_section(provenance(seed, {}), f"osteon simulate {file} --seed {seed}"),
    ]
    return Report(title or "One person", ["One typical person", f"{plain(last)} months"], sections)


def figure(rows: Sequence[ScenarioRow]) -> Figure:
    """Every output over time."""
    panels = _panels(rows)
    months = sorted({r["months"] for r in rows})
    axes = courses.Axes("month", month_ticks(_whole(months), 6), 2, height=160, zero=False)
    ends = [[r for r in rows if r["output"] == o][-1] for o in dict.fromkeys(r["output"] for r in rows)]
    words = "; ".join(f"{label(r['output'])}: {_value(r)}" for r in ends)
    known = any(r["lo90"] is not None for r in rows)
    return Figure(
        "Every output over time", lambda narrow: courses.draw(panels, axes, narrow), f"At month {plain(months[-1])}: {words}.",
        "" if known else "No parameter draws were asked for, so what is not known is not drawn.", "", SCENARIO_PAGE_LEVELS if known else SCENARIO_PAGE_LEVELS[:1],
        [dict(r) for r in rows],
    )  # fmt: skip


def scenario_svg(rows: Sequence[ScenarioRow], title: str) -> str:
    """The figure as an SVG file."""
    own = figure(rows)
    return own.drawing(False).file(title or own.title, own.description)


def _whole(months: Sequence[float]) -> list[float]:
    """Ends and whole steps between, as visits would be."""
    first, last = months[0], months[-1]
    if len(months) <= 7:
        return list(months)
    return [first, *(m for m in months[1:-1] if float(m).is_integer()), last]


def _panels(rows: Sequence[ScenarioRow]) -> list[courses.Panel]:
    found = []
    for output in dict.fromkeys(r["output"] for r in rows):
        own = [r for r in rows if r["output"] == output]
        band = None
        if all(r["lo90"] is not None for r in own):
            band = ([r["lo90"] for r in own], [r["hi90"] for r in own])
        values = [r["value"] if r["value"] is not None else math.nan for r in own]
        line = courses.Line(1, "typical", [r["months"] for r in own], values, know=band, marked=False)
        unit = CHANGES.get(own[0]["unit"], own[0]["unit"])
        words = label(output)
        rests = "" if own[0]["evidence"] == "human" else f" · {own[0]['evidence']}"
        found.append(courses.Panel(f"{words[0].upper()}{words[1:]}, {unit}{rests}", [line]))
    return found


def _value(r: Row) -> str:
    if r["value"] is None:
        return "not known"
    percents = r["unit"] == "percent"
    text = (
        f"{signed(r['value'])} %"
        if percents
        else f"{plain(r['value'])} {'' if r['unit'] == '1' else r['unit']}".strip()
    )
    if r["lo90"] is not None:
        text += f" ({plain(r['lo90'])} to {plain(r['hi90'])})"
    return text


def _table(rows: Sequence[ScenarioRow]) -> Table:
    heads = [
        Head("Output", left=True),
        Head("Month"),
        Head("Value"),
        Head("90 % of draws"),
        Head("Unit", left=True),
        Head("Rests on", left=True),
    ]
    body = [
        [label(r["output"]), plain(r["months"]), "none" if r["value"] is None else plain(r["value"]),
         "" if r["lo90"] is None else f"{plain(r['lo90'])}\u00a0to\u00a0{plain(r['hi90'])}", r["unit"] if r["unit"] != "1" else "ratio or score", r["evidence"]]
        for r in rows
    ]  # fmt: skip
    return Table("Values of every output", heads, body, data=[dict(r) for r in rows])
