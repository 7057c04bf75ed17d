"""The dishes of a file run side by side; and a potency assay as evidence on how osteogenic a lot is in the body."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from osteon.biology.species import body_of
from osteon.cells.product import DISEASES
from osteon.inputs.dish import Culture, DishFile
from osteon.inputs.product import Product
from osteon.simulation.culture import Dish, culture_trajectory, effect
from osteon.simulation.product_release import given_of
from osteon.streams import normal

Array = NDArray[np.float64]
SEED = 1
ASSAY_CV = 0.25  # of one potency assay, on the log scale.  Source: assumed
LAB = 0.35  # how far a fold of one laboratory's medium is from the model's, on the log scale.  Source: assumed
DISH_FILE_DRAWS = 400


@dataclass(frozen=True)
class DishRow:
    """An output of a dish on its last day; ratio: against another dish, with its 90 % interval over the priors."""

    dish: str
    output: str
    days: float
    value: float
    lo90: float | None
    hi90: float | None
    compare: str
    ratio: float | None
    ratio_lo90: float | None
    ratio_hi90: float | None
    doubling_hours: float
    evidence: str = "assumed"


@dataclass(frozen=True)
class PotencyUpdate:
    """Osteogenic potency of a lot against young marrow cells, before and after its assay.

    predicted_ : what the assay was to show; effective_draws : how many prior draws the assay leaves
    """

    assay: str
    measured: float
    predicted: float
    predicted_lo90: float
    predicted_hi90: float
    prior: float
    prior_lo90: float
    prior_hi90: float
    posterior: float
    posterior_lo90: float
    posterior_hi90: float
    effective_draws: float


def dish_of(culture: Culture) -> Dish:
    """A culture of a file, ready to run."""
    donor = culture.donor
    years = 30.0 if donor.age is None else body_of(donor.species or "human").human_years(donor.age)
    return Dish(
        source=culture.source, subtype=culture.subtype, passage=culture.passage, donor_age=min(years, 100.0),
        osteoporotic_donor=DISEASES[donor.disease], induction=culture.medium == "osteogenic",
        fattening=culture.medium == "adipogenic", regulators=dict(culture.regulators), blocked=tuple(culture.blocked),
        secretion=culture.secretion, days=culture.days,
    )  # fmt: skip


def dish_rows(file: DishFile, seed: int = SEED) -> list[DishRow]:
    """Every output of every dish. Raises InputError, RunFailed."""
    dishes = {c.name: dish_of(c) for c in file.dish}
    other = file.compare or file.dish[0].name
    members = np.arange(file.draws + 1)
    rows = []
    for name, dish in dishes.items():
        found = culture_trajectory(dish, members, seed)
        for output in file.of:
            last = found[output][:, -1]
            low, high = _ends(last)
            against = None if name == other else effect(dish, output, dishes[other], file.draws, seed)
            ratio = (None, None, None) if against is None else (against.typical, against.low, against.high)
            compare = "" if against is None else other
            hours = float(found["doubling_time"][0, 0])
            least, most = (ratio[1], ratio[2]) if file.draws else (None, None)
            rows.append(
                DishRow(name, output, dish.days, float(last[0]), low, high, compare, ratio[0], least, most, hours)
            )
    return rows


def _ends(values: Array) -> tuple[float | None, float | None]:
    if len(values) < 2:
        return None, None
    low, high = np.nanquantile(values[1:], [0.05, 0.95])
    return float(low), float(high)


def potency_update(product: Product, draws: int = DISH_FILE_DRAWS, seed: int = SEED) -> list[PotencyUpdate]:
    """What the potency assays of a lot say of its osteogenic potency in the body; nothing where no assay was done.

    The assay is the dish model run on the lot: in osteogenic medium against none, and against young marrow cells in the same
    medium. Draws of its priors are weighed by how near their fold comes to the measured one, within the spread of an assay
    and of a laboratory. A fold against the lot's own control says little, as potency stands in both.
    """
    members, given = np.arange(draws + 1), given_of(product)
    lot = Dish(given.source, given.subtype, given.passage, given.donor_age, given.osteoporotic_donor)
    lot = replace(lot, days=float(product.potency.days))
    others = {"": replace(lot, induction=False), "_of_marrow": Dish("bone_marrow", days=lot.days)}
    assays = [(n, k, v) for n in ("alp", "mineral") for k in others if (v := getattr(product.potency, n + k))]
    if not assays:
        return []
    found = culture_trajectory(lot, members, seed)
    against = {k: culture_trajectory(others[k], members, seed) for k in {k for _, k, _ in assays}}
    place = np.where(members == 0, 0.0, normal(seed, members, f"culture:{given.source}:osteogenic"))
    potency = given.origin.potency(given.passage, given.donor_age, given.osteoporotic_donor, place)
    weight, rows = np.ones(draws), []
    for name, kind, value in assays:
        fold = found[name][:, -1] / np.maximum(against[kind][name][:, -1], 1e-9)
        gap = np.log(value / fold[1:]) / np.hypot(ASSAY_CV, LAB)
        weight = weight * np.nan_to_num(np.exp(-0.5 * gap**2))
        size = float(weight.sum() ** 2 / max(np.sum(weight**2), 1e-300))
        before, ends = np.quantile(potency[1:], [0.5, 0.05, 0.95]), np.nanquantile(fold[1:], [0.05, 0.95])
        after = _weighed(potency[1:], weight)
        b, e = [float(x) for x in before], [float(x) for x in ends]
        rows.append(PotencyUpdate(name + kind, value, float(fold[0]), e[0], e[1], b[0], b[1], b[2], *after, size))
    return rows


def _weighed(values: Array, weight: Array) -> tuple[float, float, float]:
    """Median and 90 % interval of weighed draws."""
    order = np.argsort(values)
    share = np.cumsum(weight[order]) / max(float(weight.sum()), 1e-300)
    middle, low, high = (float(values[order][min(int(np.searchsorted(share, q)), len(values) - 1)]) for q in (0.5, 0.05, 0.95))  # fmt: skip
    return middle, low, high
