"""Every harm that the review names of cells, for one line of doses: an interval or an upper end, never an all-clear.

What is not shown is not excluded, so the upper end leads. A harm that was seen on one route or in one disease alone stands
here with where it was seen, and does not apply elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from osteon.cells.hazards import ANTIBODIES, BOUNDS, HAZARDS_WORDS, KINDS, line_chances
from osteon.cells.human_exposure import counted_upper
from osteon.cells.product import CellDose
from osteon.io.rows import Row

Array = NDArray[np.float64]
ANTIBODY_SPAN = (
    0.06,
    0.34,
)  # of patients across studies; sanabria2021, and 19 to 34 % in another review (second-hand, not looked up)
EVIDENCE = {"embolism": "animal", "death": "animal", "procoagulant": "assumed", "fever": "human"}
HARM_SOURCES = {
    "embolism": "ge2014, cui2015, kwon2024a",
    "death": "kwon2024a, kwon2024b",
    "procoagulant": "moll2012, oeller2018",
    "fever": "Thompson 2020",
}


@dataclass(frozen=True)
class CellHarm(Row):
    """One harm of a line of doses. low, high : 90 % of parameter draws (chance) or 95 % of trials (relative risk); None = unknown.

    applies : whether it can strike here at all; unit : chance (of a patient, over all doses) or relative risk
    """

    name: str
    words: str
    applies: bool
    low: float | None
    high: float | None
    unit: str
    evidence: str
    source: str
    note: str = ""


def harms_of_line(
    given: CellDose, weight: float, diameter: Array, z: Array, tolerance: Array | float = 1.0
) -> tuple[CellHarm, ...]:
    """All harms of a line. diameter in um, z (normal places) and tolerance of the lung over parameter draws, (n,) each."""
    cells = given.product == "cells" and given.amount > 0
    chances = line_chances(given, weight, diameter, z, tolerance)
    found = [
        CellHarm(
            k, HAZARDS_WORDS[k], cells, *_span(chances[k]), "chance", EVIDENCE[k], HARM_SOURCES[k], _note(k, given)
        )
        for k in KINDS
    ]
    return (
        *found,
        _counted(given, weight, cells),
        *_bounded(cells),
        _immune(given, cells),
        *_tumours(cells),
        *_elsewhere(),
    )


def _span(chance: Array) -> tuple[float, float]:
    return float(np.quantile(chance, 0.05)), float(np.quantile(chance, 0.95))


def _note(kind: str, given: CellDose) -> str:
    if kind == "procoagulant":
        return "with heparin" if given.heparin else "without heparin; heparin would lower it"
    if kind == "embolism" and given.route == "intra_arterial":
        return "into an artery slower was worse in rats, at twice the density"
    return ""


def _counted(given: CellDose, weight: float, cells: bool) -> CellHarm:
    """What a count of infused patients does not exclude, without any model."""
    each_kg = float(given.total(weight)) / weight if given.basis in ("cells", "cells/kg") else 0.0
    n, x, high = counted_upper(each_kg)
    note = (
        f"{x} in {n} patients given at least {each_kg:.2g} cells/kg into a vein"
        if n
        else "nobody counted was given as much"
    )
    name = "embolism_counted"
    applies = cells and given.route == "intravenous"
    return CellHarm(name, "an embolus, counted in people", applies, None, high if applies else None, "chance", "human", "START, Alvaro-Gracia 2017", note)  # fmt: skip


def _bounded(cells: bool) -> tuple[CellHarm, ...]:
    """Relative risks of trials in other diseases, near 1 and not above all doubt."""
    return tuple(
        CellHarm(b.event.split()[0], b.event, cells, b.low, b.high, "relative risk", "human", b.source)
        for b in BOUNDS
        if b.event in ("infection", "thrombosis or embolism")
    )


def _immune(given: CellDose, cells: bool) -> CellHarm:
    own = given.match == "autologous"
    note = (
        "own cells" if own else f"{ANTIBODIES:.1%} on average; no clinical effect was seen, few were given cells again"
    )
    span = (0.0, 0.0) if own else ANTIBODY_SPAN
    return CellHarm(
        "immune", "antibodies against the donor", cells and not own, *span, "chance", "human", "sanabria2021", note
    )


def _tumours(cells: bool) -> tuple[CellHarm, ...]:
    """In health the mean is below 1 and the upper end leads; where a cancer is hidden, cells help it."""
    b = next(b for b in BOUNDS if b.event == "malignancy")
    hidden = (
        "cells restrain tumours in health and help them where one is hidden or where cells are mutated (refs 118-120)"
    )
    return (
        CellHarm("tumour", "a tumour", cells, b.low, b.high, "relative risk", "human", b.source),
        CellHarm("tumour_if_hidden", "a tumour, if a cancer is hidden", cells, 1.0, None, "relative risk", "assumed", "review refs 118-120", hidden),
    )  # fmt: skip


def _elsewhere() -> tuple[CellHarm, ...]:
    """Harms of the review that were seen on other routes and in other diseases only."""
    eye = "seen after injection into the eye of rats, a route that this model does not have"
    stroke = "seen in rats after a stroke and cells into an artery; rodent-specific by its authors"
    return (
        CellHarm("vascular_injury", "injury of vessels", False, None, None, "chance", "animal", "review ref 112", eye),
        CellHarm("amyloid", "amyloid in the brain", False, None, None, "chance", "animal", "review ref 114", stroke),
    )
