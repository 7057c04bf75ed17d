"""The page of a sensitivity analysis: assumed numbers that matter, a tornado for each output, a heat map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from osteon.io.files import write_atomic
from osteon.report.figures import svg
from osteon.report.page import provenance, render
from osteon.report.sensitivity_figures import heat_map, title_of, tornado

FIGURES = 12  # outputs with a tornado of their own; the heat map has all of them


def write_sensitivity_page(
    path: Path, title: str, words: str, rows: Sequence[Mapping[str, Any]], assumed: Sequence[Mapping[str, Any]],
    notes: Sequence[str], seed: int,
) -> Path:  # fmt: skip
    """Write the page and give its path.   rows : effects as in JSON; assumed : those of assumed numbers that matter"""
    by_output: dict[str, list[dict[str, Any]]] = {}
    for r in rows:
        by_output.setdefault(title_of(dict(r)), []).append(dict(r))
    shown = list(by_output)[:FIGURES]
    figures = [("All outputs", svg(heat_map([dict(r) for r in rows])))]
    figures += [(name[0].upper() + name[1:], svg(tornado(by_output[name]))) for name in shown]
    text = render(
        "sensitivity.html", title=title, words=words, notes=list(notes), assumed=assumed, figures=figures,
        provenance=provenance(seed, {}),
    )  # fmt: skip
    write_atomic(path, text)
    return path
