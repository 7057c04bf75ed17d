"""`osteon replicate --animals` and `--cells`: scorecards of published effects, as rows, as text, as a page."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from osteon.app.command_result import CommandResult


def replicate_effects(animals: bool, cells: bool, seed: int, report: str | None) -> CommandResult:
    """Published effects beside the simulated ones."""
    from osteon.cells.translation import in_words
    from osteon.replication.animal_drugs import animal_rows, bridge, bridge_spread
    from osteon.replication.cell_evidence import cell_rows
    from osteon.replication.effect_rows import summaries
    from osteon.report.effect_page import effect_table, summary_table, write_effect_page

    began = time.perf_counter()
    parts = []
    if animals:
        parts.append(("Drugs in animals", animal_rows(seed=seed)))
    if cells:
        parts.append(("Cells", cell_rows(seed=seed)))
    rows = [r for _, found in parts for r in found]
    sums = [s for _, found in parts for s in summaries(found)]
    text = "\n\n".join(f"{title}\n{effect_table(found)}\n\n{summary_table(summaries(found))}" for title, found in parts)
    found = bridge(rows) if animals else ()
    if found:
        mean, spread = bridge_spread(found)
        text += f"\n\nFrom animals to women, at the driver: {mean:.2f} (log-SD {spread:.2f}) over {len(found)} drugs and species: "
        text += ", ".join(f"{b.drug} {b.species} {b.ratio:.2f}" for b in found)
        text += f".\nPrior for cells: {in_words('drugs_in_animals')}. The older: {in_words('log_uniform')}."
    more: dict[str, Any] = {"summaries": [s.row() for s in sums], "bridge": [b.row() for b in found]}
    if cells:
        told, tables = _left_out()
        text += told
        more |= tables
    text += f"\n{len(rows)} rows, {time.perf_counter() - began:.0f} s."
    if report:
        write_effect_page(Path(report), parts, seed)
        text += f"\nReport: {report}"
    lost = [r.id for r in rows if r.inside is None]
    notes: tuple[str, ...] = (
        "Intervals hold how well parameters and doses are known, and how far studies differ (assumed: 5 % of BMD, 25 % of BV/TV, 35 % of the rest, log scale).",
        "Rows in the role 'entailed' repeat what was typed into the model: shown, never counted.",
    )
    notes += (f"Not simulated, with the reason in the row: {', '.join(lost)}.",) if lost else ()
    return CommandResult(
        [r.row() for r in rows],
        not lost,
        text,
        notes,
        more,
    )


def _left_out() -> tuple[str, dict[str, Any]]:
    """What the shipped posterior of the cells says of every row without the row's own study, as text and as tables."""
    from osteon.app.cell_posterior import evidence_table
    from osteon.inference.cell_posterior_files import left_out_scores, shipped_rows
    from osteon.report.tables import grid

    rows = shipped_rows()
    if not rows:
        return "", {"evidence": [], "left_out": []}
    scores = left_out_scores(rows)
    head = (
        "left out one study at a time",
        "in 90 %",
        "directions",
        "log error",
        "no effect",
        "skill",
        "class mean",
        "skill",
    )
    body = [
        [s.what, f"{s.inside}/{s.figures}", f"{s.right}/{s.directions}", *(_maybe(x) for x in (s.error, s.error_no_effect, s.skill_no_effect, s.error_class_mean, s.skill_class_mean))]
        for s in scores
    ]  # fmt: skip
    text = f"\n\nPosterior of the cells: every row without its own study (log scale; directions as chances)\n{evidence_table(rows)}\n\n{grid(head, body)}"
    return text, {"evidence": [asdict(r) for r in rows], "left_out": [asdict(s) for s in scores]}


def _maybe(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
