"""Studies of animals: a table for a terminal, and a page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from osteon.inputs.animal_study import AnimalStudy
from osteon.io.files import write_atomic
from osteon.report.page import house_style, provenance, render
from osteon.report.tables import grid
from osteon.trial.animal_study import AnimalResult

ANIMAL_STUDY_PAGE_HEAD = (
    "endpoint", "day", "arm", "against", "mean (SD)", "difference, 95 %", "p", "SMD", "true effect, 90 %",
    "chance to be seen", "deficit restored",
)  # fmt: skip


def animal_study_table(results: Sequence[AnimalResult]) -> str:
    """Every comparison, for a terminal."""
    return grid(ANIMAL_STUDY_PAGE_HEAD, [cells(r) for r in results])


def cells(r: AnimalResult) -> list[str]:
    """A comparison in words."""
    return [
        r.endpoint + (" (change)" if r.form == "percent_change" else ""), f"{r.day:g}", r.arm, r.compare, f"{r.mean:.3g} ({r.sd:.2g})",
        f"{r.difference:+.3g} % ({r.lo95:+.3g} to {r.hi95:+.3g})", f"{r.p:.2g}", f"{r.smd:+.2f}",
        f"{r.true:+.3g} % ({r.true_lo90:+.3g} to {r.true_hi90:+.3g})", f"{r.chance:.0%}",
        "-" if r.restored is None else f"{r.restored:.2f}",
    ]  # fmt: skip


def write_animal_study_page(
    path: Path, study: AnimalStudy, results: Sequence[AnimalResult], notes: Sequence[str], seed: int, n: int
) -> None:
    """Write the page of a study of animals."""
    page = render(
        "animal_study.html",
        style=house_style(), study=study, rows=[cells(r) for r in results], head=ANIMAL_STUDY_PAGE_HEAD, notes=notes, n=n,
        provenance=provenance(seed, {"animals an arm": n, "parameter draws": study.draws}),
    )  # fmt: skip
    write_atomic(path, page)
