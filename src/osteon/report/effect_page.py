"""Scorecards of effects: tables for a terminal, and a page with a forest of every row."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from osteon.charts import forest
from osteon.io.files import write_atomic
from osteon.replication.effect_rows import EffectRow, EffectSummary, summaries
from osteon.report.blocks import (
    Block,
    Bullets,
    Figure,
    Fold,
    Head,
    Report,
    Section,
    Table,
    Text,
    Words,
    badge,
    bold,
    joined,
    provenance_section,
    slug,
)
from osteon.report.page import provenance, render_report
from osteon.report.tables import cut, grid

Part = tuple[str, Sequence[EffectRow]]
HEAD = ("study", "species", "given", "endpoint", "role", "published", "simulated", "90 %", "")
WIDTHS = (18, 8, 20, 26, 9, 16, 22, 20, 3)  # characters of a column on a terminal


def effect_table(rows: Sequence[EffectRow]) -> str:
    """Every row, for a terminal."""
    return grid(HEAD, [[cut(text, width) for text, width in zip(cells(r), WIDTHS, strict=True)] for r in rows])


def cells(row: EffectRow) -> list[str]:
    """A row in words."""
    mark = "-" if row.inside is None else "in" if row.inside and not row.expected else "as" if row.inside else "OUT"
    span = "" if row.lo90 is None or row.hi90 is None else f"{number(row.lo90)} to {number(row.hi90)}"
    unit = "%" if row.unit == "percent" else row.unit
    shown = "" if row.simulated is None else f"{number(row.simulated)} {unit}".strip()
    return [row.study, row.species, row.intervention, row.endpoint, row.role, published(row), shown, span, mark]


def published(row: EffectRow) -> str:
    """What was published, as a number, a range or a direction."""
    if row.published is not None:
        return number(row.published)
    if row.expected:
        return row.expected
    if row.published_hi is None:
        return "-"
    return (
        f"below {number(row.published_hi)}"
        if row.published_lo is None
        else f"{number(row.published_lo)} to {number(row.published_hi)}"
    )


def number(value: float) -> str:
    """Three figures, without an exponent where it can be read."""
    return f"{value:.3g}" if abs(value) < 1e5 else f"{value:.2e}"


def summary_table(sums: Sequence[EffectSummary]) -> str:
    """Counts, errors and skill, for a terminal."""
    head = ("of", "rows", "in 90 %", "directions", "log error", "no effect", "skill", "class mean", "skill")
    body = [
        [
            s.what, str(s.rows), f"{s.inside}/{s.figures}" if s.figures else "-", f"{s.right}/{s.directions}" if s.directions else "-",
            *(_maybe(x) for x in (s.error, s.error_no_effect, s.skill_no_effect, s.error_class_mean, s.skill_class_mean)),
        ]
        for s in sums
    ]  # fmt: skip
    return grid(head, body)


def _maybe(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def forest_figure(title: str, rows: Sequence[EffectRow]) -> Figure | None:
    """Published and simulated percentages of every row that has both; None where no row has."""
    shown = [
        r for r in rows if r.unit == "percent" and r.simulated is not None and r.lo90 is not None and r.hi90 is not None
    ]
    if not shown:
        return None
    group = forest.Group("Change against the comparator", [_forest_row(r) for r in shown], "%", zero=0.0)
    words = "; ".join(
        f"{r.study}, {r.endpoint}: published {published(r)}, simulated {number(r.simulated or 0.0)}" for r in shown
    )
    return Figure(
        f"{title}: published and simulated effects, %",
        lambda narrow: forest.draw([group], narrow),
        f"{words}.",
        "Brown: the published figure or direction is missed. What lies beyond −100 or 200 % is drawn at the end of the scale; the file has it.",
        "Diamond: published. Marker and line: simulated, typical and 90 % of what nobody knows and of how far studies differ",
        data=[r.row() for r in shown],
    )


def _forest_row(r: EffectRow) -> forest.Row:
    low, high, typical = (min(max(v or 0.0, -100.0), 200.0) for v in (r.lo90, r.hi90, r.simulated))
    diamond = None if r.published is None else min(max(r.published, -100.0), 200.0)
    span = f"{number(r.simulated or 0.0)} ({number(r.lo90 or 0.0)} to {number(r.hi90 or 0.0)})".replace("-", "−")
    what = cut(f"{r.intervention}: {r.endpoint}", 44)
    return forest.Row(
        cut(f"{r.study}, {r.species}", 40), what, 1 if r.inside else 2, typical, low, high, span, published=diamond
    )


def write_effect_page(path: Path, parts: Sequence[Part], seed: int) -> None:
    """Write the page of the scorecards."""
    write_atomic(path, render_report(effect_report(parts, seed)))


def effect_report(parts: Sequence[Part], seed: int) -> Report:
    """The report of the scorecards: a part is one section."""
    rows = [r for _, own in parts for r in own]
    about = ["Scorecard", f"{len(rows)} rows of {len({r.study for r in rows})} studies"]
    sections = [_answer(rows), *(_part(title, own) for title, own in parts)]
    more = {"parameter sets an arm": 40}
    return Report("Published effects, beside the model", about, [*sections, provenance_section(provenance(seed, more))])


def _answer(rows: Sequence[EffectRow]) -> Section:
    counted = [r for r in rows if r.role != "entailed"]
    numbers = [r for r in counted if r.inside is not None and not r.expected]
    ways = [r for r in counted if r.inside is not None and r.expected]
    say = joined(
        [bold(f"{sum(bool(r.inside) for r in numbers)} of {len(numbers)}"), "published numbers lie inside the 90 % interval of the model,",
         bold(f"{sum(bool(r.inside) for r in ways)} of {len(ways)}"), "published directions are met."]
    )  # fmt: skip
    words = (
        "Each published comparison is simulated with its own untreated and intact animals. Intervals (90 %) hold how well parameters and doses are "
        "known and how far studies of one design differ. Rows in the role entailed repeat what was typed into the model; they are shown and never counted."
    )
    return Section("answer", "The answer", [Text(say, "say"), Text(words)])


def _part(title: str, rows: Sequence[EffectRow]) -> Section:
    figure = forest_figure(title, rows)
    blocks: list[Block] = [_sums(title, rows), *([figure] if figure else []), _rows(title, rows)]
    notes = [f"{r.study}, {r.endpoint}: {r.reason or r.note}" for r in rows if r.reason or r.note]
    if notes:
        blocks.append(Fold(f"Notes on rows ({len(notes)})", [Bullets(notes)]))
    return Section(slug(title), title, blocks)


def _sums(title: str, rows: Sequence[EffectRow]) -> Table:
    heads = [Head("Rows of", left=True), Head("Rows"), Head("Numbers in 90 %"), Head("Directions met"),
             Head("Log error", "of no effect in brackets"), Head("Skill"), Head("Skill", "against the class mean")]  # fmt: skip
    body = [
        [s.what, str(s.rows), f"{s.inside} of {s.figures}" if s.figures else "none", f"{s.right} of {s.directions}" if s.directions else "none",
         f"{_maybe(s.error)} ({_maybe(s.error_no_effect)})", _maybe(s.skill_no_effect), _maybe(s.skill_class_mean)]
        for s in summaries(rows)
    ]  # fmt: skip
    return Table(f"{title}: in sum", heads, body, "Skill: 1 less the error over that of the naive forecast")


def _rows(title: str, rows: Sequence[EffectRow]) -> Table:
    heads = [Head("Study", left=True), Head("Given", left=True), Head("Endpoint", left=True),
             Head("Published"), Head("Simulated"), Head("90 %"), Head("Result", left=True)]  # fmt: skip
    body = []
    for r in rows:
        study, species, given, endpoint, role, *numbers = (_typeset(c) for c in cells(r)[:-1])
        body.append([f"{study}, {species} ({role})", given, endpoint, *numbers, _result(r)])
    return Table(f"{title}: every row", heads, body, data=[r.row() for r in rows])


def _typeset(words: str) -> str:
    """A cell of the terminal's table as a page has it: true minus, intervals that no line breaks."""
    return re.sub(r"(?<![\w.])-(?=[\d.])", "−", words).replace(" to ", "\u00a0to\u00a0").replace(" %", "\u00a0%")


def _result(r: EffectRow) -> Words:
    if r.inside is None:
        return badge("… not compared", "unk")
    if r.inside:
        return badge("✓ as published" if r.expected else "✓ inside", "good")
    return badge("✕ missed", "bad")
