"""Scorecards of effects: tables for a terminal, and a page with a forest of every row."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from pathlib import Path

from osteon.io.files import write_atomic
from osteon.replication.effect_rows import EffectRow, EffectSummary, summaries
from osteon.report.page import provenance, render
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


def forest(rows: Sequence[EffectRow], width: int = 720) -> str:
    """Published and simulated percentages of every row that has both, as SVG: dot published, line and ring simulated."""
    shown = [
        r for r in rows if r.unit == "percent" and r.simulated is not None and r.lo90 is not None and r.hi90 is not None
    ]
    if not shown:
        return ""
    left, right, step, top = 0.46 * width, width - 16.0, 18, 26

    def x(percent: float) -> float:
        return left + (right - left) * (min(max(percent, -100.0), 200.0) + 100) / 300

    height = top + step * len(shown) + 12
    parts = [
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="Published and simulated effects" font-size="11" style="min-width: 640px">'
    ]
    for tick in (-100, -50, 0, 50, 100, 150, 200):
        parts.append(
            f'<line x1="{x(tick):.1f}" x2="{x(tick):.1f}" y1="{top - 8}" y2="{height - 8}" stroke="currentColor" opacity="{0.5 if tick == 0 else 0.15}"/>'
        )
        parts.append(f'<text x="{x(tick):.1f}" y="12" text-anchor="middle" fill="currentColor">{tick} %</text>')
    for i, r in enumerate(shown):
        parts += _forest_row(r, top + step * i + 6, left, x)
    return "".join([*parts, "</svg>"])


def _forest_row(r: EffectRow, y: float, left: float, x: Callable[[float], float]) -> list[str]:
    colour = "#1f6f78" if r.inside else "#c8553d"
    label = html.escape(f"{r.study[:22]}, {r.species}, {r.intervention[:20]}: {r.endpoint[:26]}")
    low, high, typical = (x(v or 0.0) for v in (r.lo90, r.hi90, r.simulated))
    made = [
        f'<text x="{left - 8:.0f}" y="{y + 4:.0f}" text-anchor="end" fill="currentColor">{label}</text>',
        f'<line x1="{low:.1f}" x2="{high:.1f}" y1="{y}" y2="{y}" stroke="{colour}" stroke-width="2"/>',
        f'<circle cx="{typical:.1f}" cy="{y}" r="3.5" fill="none" stroke="{colour}" stroke-width="1.5"/>',
    ]
    if r.published is not None:
        made.append(f'<circle cx="{x(r.published):.1f}" cy="{y}" r="3.5" fill="currentColor"/>')
    return made


def write_effect_page(path: Path, parts: Sequence[Part], seed: int) -> None:
    """Write the page of the scorecards."""
    shown = [
        {
            "title": title,
            "rows": [{"cells": cells(r), "miss": r.inside is False, "note": r.note, "reason": r.reason} for r in rows],
            "sums": summaries(rows),
            "forest": forest(rows),
        }
        for title, rows in parts
    ]
    page = render(
        "effects.html", parts=shown, head=HEAD, maybe=_maybe, provenance=provenance(seed, {"parameter sets an arm": 40})
    )
    write_atomic(path, page)
