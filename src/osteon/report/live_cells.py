"""Rows of the page's screen of cell products: what a dose does to bone as an interval, beside embolism and death, and what it hangs on.

In people there is no point estimate and nowhere a best dose: no evidence could fill them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from osteon.additions import cached
from osteon.cells.sources import source_names, source_of
from osteon.inputs.dose_response import DoseResponse, extrapolated
from osteon.inputs.dosing import Cells
from osteon.trial.dose_response import Group, groups, outcomes_by_draw, values_behind

SPECIES = ("human", "rat", "mouse")
ROUTES = ("intravenous", "intramedullary")
DOSES = (5e5, 2e6, 1e7, 5e7)  # cells/kg: from usual doses in people to one that kills mice
CELL_MONTHS = 12
DRAWS, SEED = 60, 1
CHANCE = 4.0  # standard deviations of a rank correlation of nothing: the largest of a hundred seldom reaches it
CAUSES = 3  # parameters that are named behind an interval
FLAT = 1e-6  # percent: an outcome that moves by less hangs on nothing
NAMES = {
    "bone_marrow": "bone marrow", "adipose": "fat", "umbilical_cord": "umbilical cord",
    "intravenous": "into a vein", "intramedullary": "into the femur", "human": "woman",
}  # fmt: skip


PRODUCT = ("passage", "viability", "pretreatment", "heparin", "vehicle")  # of a product, beside source and route
UNTOLD = "rows are of one dose in cells a kilogram; donor, culture and doses given again are not in them"


@dataclass(frozen=True)
class CellArm:
    """A product in an arm of a study.   weight : of its typical person, kg"""

    arm: str
    cells: Cells
    weight: float

    @property
    def dose(self) -> float | None:
        """Cells a kilogram; None for what is not counted in cells."""
        amount = self.cells.amount
        for unit, weight in (("cells/kg", 1.0), ("cells", self.weight)):
            if amount.parsed.exponents == type(amount)(1.0, unit).parsed.exponents and self.cells.product == "cells":
                return float(f"{amount.convert(unit) / weight:.4g}")
        return None


@cached(last=2)
def cell_table(draws: int = DRAWS, doses: tuple[float, ...] = DOSES) -> dict[str, Any]:
    """Choices in words, and a row for every species, source, route and dose."""
    rows = _grid(list(source_names()), list(ROUTES), draws, doses)
    words = {n: NAMES.get(n, n) for n in (*SPECIES, *ROUTES)} | {s: _source_words(s) for s in source_names()}
    return {"rows": rows, "words": words, "months": CELL_MONTHS, "draws": draws}


def cells_of_study(given: Sequence[CellArm], draws: int = DRAWS) -> dict[str, Any]:
    """The table of a study's own products, its doses among the usual ones, and what each arm is given, in words."""
    own = [g for g in given if g.dose is not None]
    products = list(dict.fromkeys(_product_of(g) for g in own))
    rows, words = [], {n: NAMES.get(n, n.replace("_", " ")) for n in (*SPECIES, *(g.cells.route for g in given))}
    keys = {product: f"product_{i}" for i, product in enumerate(products, 1)}
    for product, key in keys.items():
        same = [g for g in own if _product_of(g) == product]
        doses = tuple(sorted({*DOSES, *(float(g.dose or 0.0) for g in same)}))
        c = same[0].cells
        found = _grid([c.source], [c.route], draws, doses, **{n: getattr(c, n) for n in PRODUCT})
        rows += [row | {"source": key} for row in found]
        words[key] = _product_words(c)
    arms = [
        {"arm": g.arm, "words": _given_words(g.cells), "dose": g.dose, "route": g.cells.route, "source": keys.get(_product_of(g))}
        for g in given
    ]  # fmt: skip
    return {"rows": rows, "words": words, "months": CELL_MONTHS, "draws": draws, "arms": arms, "untold": UNTOLD}


def cells_of_points(points: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The table of a dose-response run's own points, at one infusion time each; what their outcomes hang on is not in a run.

    points : rows of its endpoints.json; of several infusion times the middle one is taken
    """
    rows = []
    for key in dict.fromkeys((p["species"], p["source"], p["route"]) for p in points):
        own = [p for p in points if (p["species"], p["source"], p["route"]) == key]
        minutes = middle_infusion(own)
        rows += [_row_of(p) for p in own if p["infusion_minutes"] == minutes]
    words = {n: NAMES.get(n, n.replace("_", " ")) for r in rows for n in (r["species"], r["route"])}
    words |= {r["source"]: _source_words(r["source"]) for r in rows}
    months = round(points[0]["months"], 1)
    return {
        "rows": rows,
        "words": words,
        "months": int(months) if months == int(months) else months,
        "draws": points[0]["worlds"],
    }


def middle_infusion(points: Sequence[Mapping[str, Any]]) -> float:
    """The middle one of their infusion times, minutes; of an even number the shorter."""
    times = sorted({float(p["infusion_minutes"]) for p in points})
    return times[(len(times) - 1) // 2]


def _row_of(p: Mapping[str, Any]) -> dict[str, Any]:
    ends = {k: [p[f"{k}_lo90"], p[f"{k}_hi90"]] for k in ("benefit", "embolism", "death")}
    return {
        **{k: p[k] for k in ("species", "source", "route", "extrapolated")},
        "dose": p["dose_per_kg"],
        **ends,
        "evidence": p["evidence_benefit"],
        "causes": None,
    }


def _product_of(g: CellArm) -> tuple[Any, ...]:
    values = (getattr(g.cells, n) for n in PRODUCT)
    return (g.cells.source, g.cells.route, *(tuple(v) if isinstance(v, list) else v for v in values))


def _source_words(source: str) -> str:
    return NAMES.get(source, source_of(source).label)


def _product_words(c: Cells) -> str:
    more = [f"passage {c.passage}", f"{100 * c.viability:.0f} % alive", *(f"with {p}" for p in c.pretreatment)]
    return f"{_source_words(c.source)} ({', '.join([*more, *(['heparin'] if c.heparin else [])])})"


def _given_words(c: Cells) -> str:
    what = c.product if c.product != "cells" else "cells"
    days = ", ".join(f"{d:g}" for d in sorted(c.at))
    return f"{c.dose or 'no dose'} of {what} from {_product_words(c)}, {NAMES.get(c.route, c.route.replace('_', ' '))}, on day {days}"


def _grid(
    sources: list[str], routes: list[str], draws: int, doses: tuple[float, ...], **product: Any
) -> list[dict[str, Any]]:
    table: dict[str, Any] = {
        "species": list(SPECIES),
        "sources": sources,
        "routes": routes,
        "doses": [f"{d:g} cells/kg" for d in doses],
    }
    table |= {"at": f"{CELL_MONTHS} months", "parameter_draws": draws, "allow_unstudied_dose": True}
    asked = DoseResponse.model_validate(table | {k: v for k, v in product.items() if v is not None})
    return [row for group in groups(asked) for row in _rows(asked, group, draws, doses)]


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
