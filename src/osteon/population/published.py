"""Virtual people beside what is published of them: how quantities go together, and who has little bone."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from osteon.population.correlations import Correlation, correlations

Array = NDArray[np.float64]
OBSERVED = {
    "age": "age",
    "bmi": "bmi",
    "t_total_hip": "t_total_hip",
    "t_femoral_neck": "t_femoral_neck",
    "t_lumbar_spine": "t_lumbar_spine",
    "turnover": "turnover_scale",
    "vitamin_d": "vitamin_d",
    "egfr": "egfr",
}  # variable -> covariate, where people show it as it was drawn; a yes or no is cut from its latent normal


@dataclass(frozen=True)
class Compared:
    """One correlation beside people: published and simulated, women and men; NaN where people do not show it as drawn."""

    correlation: Correlation
    women: float
    men: float


@dataclass(frozen=True)
class Share:
    """Percent with osteoporosis and with low bone mass at femoral neck or lumbar spine: published and simulated."""

    sex: str
    from_age: float
    to_age: float
    osteoporosis: float
    low_bone_mass: float
    simulated_osteoporosis: float
    simulated_low_bone_mass: float
    source: str


def compared(persons: Mapping[str, Array]) -> list[Compared]:
    """Every correlation beside that of people. people : covariates of women and men, (people,)"""
    women = persons["female"] == 1
    found = []
    for c in correlations():
        both = [OBSERVED.get(name, "") for name in (c.first, c.second)]
        values = [
            float(np.corrcoef(persons[both[0]][who], persons[both[1]][who])[0, 1]) if all(both) else float("nan")
            for who in (women, ~women)
        ]
        found.append(Compared(c, *values))
    return found


def shares(persons: Mapping[str, Array]) -> list[Share]:
    """Who has little bone by sex and age: percent with a T-score of -2.5 or less, and of those else below -1, at either site."""
    text = files("osteon").joinpath("data").joinpath("population").joinpath("low_bone_mass.csv")
    lower = np.minimum(persons["t_femoral_neck"], persons["t_lumbar_spine"])
    of_sex = {"both": lower < np.inf, "female": persons["female"] == 1, "male": persons["female"] == 0}
    found = []
    for r in csv.DictReader(text.read_text(encoding="utf-8").splitlines()):
        low, high = float(r["from_age"]), float(r["to_age"])
        own = lower[of_sex[r["sex"]] & (persons["age"] >= low) & (persons["age"] < high + 1e-9)]
        porous, thin = 100 * float((own <= -2.5).mean()), 100 * float(((own > -2.5) & (own < -1)).mean())
        published = float(r["osteoporosis_percent"]), float(r["low_bone_mass_percent"])
        found.append(Share(r["sex"], low, high, *published, porous, thin, r["source"]))
    return found
