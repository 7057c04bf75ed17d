"""What a fracture costs: pain and a utility score, worst at first, never quite back.

Utility is that of women of her age times what each fracture leaves. First-year and later multipliers are published means
(hip 0.80 and 0.90, a vertebra that came to notice 0.72 and 0.93); between them the loss decays with half a year, which is assumed.
Of several fractures of a kind the worst counts. Pain on a scale of 0 to 10 beyond what she had; assumed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from osteon.outcomes.fracture_events import Drawn
from osteon.units import DAYS_PER_YEAR

Array = NDArray[np.float64]
SCORES = ("pain", "utility")


@dataclass(frozen=True)
class Cost:
    """first, later : utility multipliers, mean of the first year and after it; pain at first and later, and its days."""

    first: float
    later: float
    pain: float
    pain_later: float
    pain_days: float


COSTS = {
    "vertebral": Cost(0.720, 0.931, 7.0, 0.8, 45.0),
    "hip": Cost(0.797, 0.899, 6.0, 0.7, 60.0),
    "other": Cost(0.940, 1.0, 5.0, 0.1, 40.0),
}  # multipliers: hiligsmann2008 (other: wrist). Pain assumed
HALF_YEAR = 0.5  # years in which the first loss decays to a third.  Source: assumed


def usual_utility(age: Array) -> Array:
    """Utility of women of an age without a fracture.  Source: assumed, near population norms (0.85 at 60, 0.75 at 80)."""
    return 0.85 - 0.005 * (age - 60.0)


def loss(cost: Cost, years: Array) -> Array:
    """Utility lost some years after a fracture; its mean over the first year is the published one."""
    rest = 1 - cost.later
    acute = (cost.later - cost.first) / (HALF_YEAR * -np.expm1(-1 / HALF_YEAR))
    return np.asarray(rest + acute * np.exp(-years / HALF_YEAR))


def pain(cost: Cost, days: Array) -> Array:
    """Pain some days after a fracture, 0 to 10."""
    return cost.pain_later + (cost.pain - cost.pain_later) * np.exp(-days / cost.pain_days)


def scores(drawn: Drawn, n: int, visits: Array, age: Array) -> dict[str, Array]:
    """Pain and utility, (patients, visits). age : of each patient at month 0. Silent vertebral fractures cost nothing."""
    hurt, left = np.zeros((n, len(visits))), np.ones((n, len(visits)))
    for kind, chosen in _kinds(drawn).items():
        worst, most = np.zeros((n, len(visits))), np.zeros((n, len(visits)))
        for i in np.flatnonzero(chosen):
            row, since = drawn.who[i], visits - drawn.day[i]
            seen = since >= 0
            past = np.maximum(since, 0.0)
            worst[row] = np.maximum(worst[row], seen * loss(COSTS[kind], past / DAYS_PER_YEAR))
            most[row] = np.maximum(most[row], seen * pain(COSTS[kind], past))
        hurt, left = np.maximum(hurt, most), left * (1 - worst)
    years = age[:, None] + visits[None, :] / DAYS_PER_YEAR
    return {"pain": hurt, "utility": usual_utility(years) * left}


def _kinds(drawn: Drawn) -> dict[str, NDArray[np.bool_]]:
    other = ~drawn.vertebral & ~drawn.hip
    return {"vertebral": drawn.vertebral & drawn.clinical, "hip": drawn.hip, "other": other}
