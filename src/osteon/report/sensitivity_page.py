"""The report of a sensitivity analysis: assumed numbers that matter, each output's numbers by their size, all of them in a table."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from osteon.charts import forest
from osteon.charts.scales import percent, plain
from osteon.io.files import write_atomic
from osteon.report.blocks import (
    Block,
    Bullets,
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
from osteon.report.scenario_figures import CHANGES
from osteon.report.sensitivity_figures import (
    BARS,
    SENSITIVITY_FIGURES_CELLS,
    SENSITIVITY_FIGURES_MEASURES,
    measure_of,
    size,
    title_of,
)

SENSITIVITY_PAGE_FIGURES = 12  # outputs with a figure of their own; the table has all of them
SENSITIVITY_PAGE_KINDS = {
    "measured": 0,
    "fitted": 1,
    "assumed": 2,
    "derived": 3,
}  # kind of number -> its colour and marker
Row = Mapping[str, Any]


def write_sensitivity_page(
    path: Path, title: str, words: str, rows: Sequence[Row], assumed: Sequence[Row], notes: Sequence[str], seed: int
) -> Path:
    """Write the page and give its path.   rows : effects as in JSON; assumed : those of assumed numbers that matter"""
    write_atomic(path, render_report(sensitivity_report(title, words, rows, assumed, notes, seed)))
    return path


def sensitivity_report(
    title: str, words: str, rows: Sequence[Row], assumed: Sequence[Row], notes: Sequence[str], seed: int
) -> Report:
    """The report of an analysis."""
    outputs: dict[str, list[dict[str, Any]]] = {}
    for r in rows:
        outputs.setdefault(title_of(dict(r)), []).append(dict(r))
    figures: list[Block] = [_figure(name, own) for name, own in list(outputs.items())[:SENSITIVITY_PAGE_FIGURES]]
    sections = [
        _answer(outputs, assumed, words),
        Section("outputs", "Output by output", figures),
        Section("together", "Numbers against outputs", [_together(outputs)]),
        *([Section("notes", "What to know", [Bullets(list(notes))])] if notes else []),
        provenance_section(provenance(seed, {})),
    ]
    return Report(f"Which number matters: {title}", ["Sensitivity analysis", f"{len(outputs)} outputs"], sections)


def _answer(outputs: Mapping[str, Sequence[dict[str, Any]]], assumed: Sequence[Row], words: str) -> Section:
    name, own = next(iter(outputs.items()))
    first = min(own, key=lambda r: r["rank"])
    say = joined([bold(first["parameter"]), f"matters most for {name};", bold(f"{len(assumed)} assumed number{'s' if len(assumed) != 1 else ''}"), f"matter{'s' if len(assumed) == 1 else ''} for what was asked."])  # fmt: skip
    blocks: list[Block] = [Text(say, "say"), Text(words)]
    if assumed:
        heads = [
            Head("Number", left=True),
            Head("Value"),
            Head("Matters most for", left=True),
            Head("Prior", left=True),
        ]
        body = [
            [r["parameter"], f"{r['value']:.4g} {r['unit'] if r['unit'] != '1' else ''}".strip(), r["output"] + (f", {r['where']}" if r["where"] else ""), r["prior"]]
            for r in assumed
        ]  # fmt: skip
        blocks.append(Table("Assumed numbers that matter", heads, body, data=[dict(r) for r in assumed]))
    else:
        blocks.append(Text("None of the numbers looked at is assumed."))
    return Section("answer", "The answer", blocks)


def _figure(name: str, rows: Sequence[dict[str, Any]]) -> Figure:
    """The largest on top: from the 5th to the 95th percentile of each prior, or shares of the variance."""
    own = sorted((r for r in rows if r["rank"] <= BARS), key=lambda r: r["rank"])
    measure = measure_of(own[0])
    kinds = sorted({r["kind"] for r in own}, key=lambda k: SENSITIVITY_PAGE_KINDS.get(k, 4))
    title = name[0].upper() + name[1:]
    if measure == "range":
        unit = CHANGES.get(own[0]["output_unit"], own[0]["output_unit"])
        typical = own[0]["typical"]
        members = [
            _bar(r, min(_ends(r)), max(_ends(r)), f"{_plain(r['low'])} to {_plain(r['high'])}", typical) for r in own
        ]
        group = forest.Group(
            f"From a low to a high value of each number ({', '.join(kinds)})", members, unit, zero=typical
        )
        sub = "Each number alone, 5th to 95th percentile of its prior; the upright line is the typical answer"
    else:
        members = [_bar(r, 0.0, size(r), plain(size(r)), math.nan) for r in own]
        group = forest.Group(f"{SENSITIVITY_FIGURES_MEASURES[measure]} ({', '.join(kinds)})", members, "", zero=0.0)
        sub = SENSITIVITY_FIGURES_MEASURES[measure][0].upper() + SENSITIVITY_FIGURES_MEASURES[measure][1:]
    words = "; ".join(f"{r['parameter']} ({r['kind']}): {m.words}" for r, m in zip(own, members, strict=True))
    caption = "Colour and sign stand for the kind of number, which also stands behind its name."
    return Figure(title, lambda narrow: forest.draw([group], narrow), words + ".", caption, sub, data=rows)


def _bar(r: Row, low: float, high: float, words: str, value: float | None) -> forest.Row:
    middle = math.nan if value is None else value
    return forest.Row(
        f"{r['parameter']} ({r['kind']})", "", SENSITIVITY_PAGE_KINDS.get(r["kind"], 4), middle, low, high, words
    )


def _ends(r: Row) -> tuple[float, float]:
    typical = r["typical"] if r["typical"] is not None else math.nan
    return tuple(typical if r[k] is None else float(r[k]) for k in ("low", "high"))  # type: ignore[return-value]


def _plain(value: float | None) -> str:
    return "failed" if value is None else f"{value:.4g}"


def _together(outputs: Mapping[str, Sequence[dict[str, Any]]]) -> Table:
    """Of each number its size over the largest of its output."""
    names = list(outputs)[:5]
    shares = {
        n: {r["parameter"]: size(r) / (max(size(x) for x in outputs[n]) or 1.0) for r in outputs[n]} for n in names
    }
    most = {p: max(s.get(p, 0.0) for s in shares.values()) for s in shares.values() for p in s}
    shown = sorted(most, key=lambda p: -most[p])[:SENSITIVITY_FIGURES_CELLS]
    body = [[p, *(percent(shares[n][p]) if p in shares[n] else "" for n in names)] for p in shown]
    data = [{"parameter": r["parameter"], "output": n, "size": size(r)} for n, own in outputs.items() for r in own]
    return Table("Size of each number, of the largest of its output", [Head("Number"), *(Head(n) for n in names)], body, "", "The file holds every number and output.", data)  # fmt: skip
