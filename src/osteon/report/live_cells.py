"""Rows of the page's screen of cell products: what a dose does to bone as an interval, beside embolism and death, and what it hangs on.

In people there is no point estimate and nowhere a best dose: no evidence could fill them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from osteon.additions import cached
from osteon.cells.sources import source_names, source_of
from osteon.inputs.dose_response import DoseResponse, extrapolated
from osteon.trial.dose_response import Group, groups, outcomes_by_draw, values_behind

SPECIES = ("human", "rat", "mouse")
ROUTES = ("intravenous", "intramedullary")
DOSES = (5e5, 2e6, 1e7, 5e7)  # cells/kg: from usual doses in people to one that kills mice
MONTHS = 12
DRAWS, SEED = 60, 1
CHANCE = 4.0  # standard deviations of a rank correlation of nothing: the largest of a hundred seldom reaches it
CAUSES = 3  # parameters that are named behind an interval
FLAT = 1e-6  # percent: an outcome that moves by less hangs on nothing
NAMES = {
    "bone_marrow": "bone marrow", "adipose": "fat", "umbilical_cord": "umbilical cord",
    "intravenous": "into a vein", "intramedullary": "into the femur", "human": "woman",
}  # fmt: skip


@cached(last=2)
def cell_table(draws: int = DRAWS, doses: tuple[float, ...] = DOSES) -> dict[str, Any]:
    """Choices in words, and a row for every species, source, route and dose."""
    texts = [f"{d:g} cells/kg" for d in doses]
    asked = DoseResponse.model_validate(
        {
            "species": list(SPECIES),
            "sources": list(source_names()),
            "routes": list(ROUTES),
            "doses": texts,
            "at": f"{MONTHS} months",
            "parameter_draws": draws,
        }
    )
    rows = [row for group in groups(asked) for row in _rows(asked, group, draws, doses)]
    words = {n: NAMES.get(n, n) for n in (*SPECIES, *ROUTES)} | {
        s: NAMES.get(s, source_of(s).label) for s in source_names()
    }
    return {"rows": rows, "words": words, "months": MONTHS, "draws": draws}


def _rows(asked: DoseResponse, group: Group, draws: int, doses: tuple[float, ...]) -> list[dict[str, Any]]:
    species, source, route = group
    found = outcomes_by_draw(asked, group, draws, SEED)
    causes = _causes(values_behind(asked, group, draws, SEED), list(found.values())[-1]["benefit"])
    return [
        {
            "species": species,
            "source": source,
            "route": route,
            "dose": dose,
            "benefit": _middle(seen["benefit"]),
            "embolism": _middle(seen["embolism_risk"]),
            "death": _middle(seen["death_risk"]),
            "evidence": "assumed" if species == "human" else "animal",
            "extrapolated": bool(extrapolated(species, dose)),
            "causes": causes,
        }
        for dose, seen in zip(doses, found.values(), strict=True)
    ]


def _middle(values: NDArray[np.float64]) -> list[float]:
    """Middle 90 % of the draws."""
    return [float(f"{v:.6g}") for v in np.nanquantile(values, [0.05, 0.95])]


def _causes(drawn: dict[str, NDArray[np.float64]], benefit: NDArray[np.float64]) -> list[list[Any]]:
    """Drawn values whose ranks go with the ranks of the outcome, the closest first: name and Spearman's correlation."""
    good = np.isfinite(benefit)
    least = CHANCE / np.sqrt(max(1, int(good.sum())))
    if good.sum() < 10 or np.ptp(benefit[good]) < FLAT:
        return []
    ranks = rankdata(benefit[good])
    found = [(n, float(np.corrcoef(rankdata(v[good]), ranks)[0, 1])) for n, v in drawn.items() if np.ptp(v[good]) > 0]
    return [[n, round(r, 2)] for n, r in sorted(found, key=lambda x: -abs(x[1]))[:CAUSES] if abs(r) > least]
