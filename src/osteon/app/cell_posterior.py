"""`osteon posterior --cells`: the joint posterior of the cell parameters, prior beside posterior, and what was left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from osteon.app.command_result import CommandResult

if TYPE_CHECKING:
    from osteon.inference.cell_posterior import CellEvidence, CellParameter

CELLS_OUT = "runs/cell_posterior"


def posterior_of_cells(out: str, minutes: float, seed: int, summary: bool) -> CommandResult:
    """Sample it, or go on with what the folder holds, and write its files.   summary : what is shipped, nothing sampled"""
    if summary:
        from osteon.inference.cell_posterior_files import shipped_parameters, shipped_rows

        return _told(shipped_parameters(), shipped_rows(), "The posterior that is shipped.", True)
    from osteon.app.progress import Progress
    from osteon.inference.cell_posterior import run
    from osteon.inference.cell_posterior_files import write_fit

    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    with Progress("sweeps") as progress:
        fit = run(folder, seed, minutes, lambda text: progress.at(text, 0.0))
    if fit is None:
        text = f"Not finished in {minutes:g} minutes. 'osteon posterior --cells --out {out}' with more of them goes on."
        return CommandResult([], False, text)
    write_fit(folder, fit)
    text = (
        f"{fit.sweeps} sweeps, {fit.seconds:.0f} s, largest R-hat of the two ensembles {fit.r_hat:.2f}. Files in {out}."
    )
    return _told(fit.parameters, fit.rows, text, fit.r_hat < 1.2)


def _told(parameters: Sequence[CellParameter], rows: Sequence[CellEvidence], text: str, ok: bool) -> CommandResult:
    from osteon.inference.cell_posterior_files import left_out_scores

    body = f"{parameter_table(parameters)}\n\n{evidence_table(rows)}\n{text}"
    notes = (
        "Places are normal: 0 is the middle of the prior, whose standard deviation (1 or 2) stands beside its name.",
        "Left out: the row predicted without any row of its own study, by weights; few effective particles make that rough.",
    )
    more: dict[str, Any] = {
        "evidence": [asdict(r) for r in rows],
        "left_out": [asdict(s) for s in left_out_scores(rows)],
    }
    return CommandResult([asdict(p) for p in parameters], ok, body, notes, more)


def parameter_table(parameters: Sequence[CellParameter]) -> str:
    """Prior beside posterior of every parameter, for a terminal."""
    from osteon.report.tables import grid

    head = ("parameter", "prior SD", "posterior place", "90 %", "known", "R-hat")
    return grid(
        head,
        [
            [p.parameter, f"{p.prior_sd:g}", f"{p.median:+.2f}", f"{p.lo90:+.2f} to {p.hi90:+.2f}", f"{p.known:.0%}", f"{p.r_hat:.2f}"]
            for p in parameters
        ],
    )  # fmt: skip


def evidence_table(rows: Sequence[CellEvidence]) -> str:
    """Every row of evidence: published, before, after, left out, for a terminal."""
    from osteon.report.tables import grid

    head = ("row", "study", "role", "grade", "published", "prior", "posterior", "left out, 90 %", "particles", "")
    return grid(head, [evidence_cells(r) for r in rows])


def evidence_cells(r: CellEvidence) -> list[str]:
    """A row of evidence in words; a direction as the chance that its study shows it."""
    shown = f"{r.published:+.3g}" if r.published is not None else r.expected
    span = f"{r.left_out:+.3g}" + (
        f" ({r.left_out_lo90:+.3g} to {r.left_out_hi90:+.3g})" if r.published is not None else ""
    )
    return [
        r.id, r.study, r.role, r.grade, shown, f"{r.prior:+.3g}", f"{r.posterior:+.3g}", span, f"{r.effective:.0f}",
        "in" if r.inside else "OUT",
    ]  # fmt: skip
