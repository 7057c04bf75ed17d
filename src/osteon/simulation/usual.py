"""T-scores of people at large by age and sex: the model's own untreated life, for a population that tells its age and no more."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from osteon.additions import cached
from osteon.biology import SITES
from osteon.engine import simulate
from osteon.evidence import Cohort
from osteon.outcomes.bmd import REFERENCE
from osteon.population.covariates import DEFAULTS, PEAK_OF_MEN, TALL, Usual
from osteon.simulation.assembly import human_model
from osteon.simulation.run_in import run_in
from osteon.units import DAYS_PER_YEAR

Array = NDArray[np.float64]
WRITTEN = "written in the study"  # id of a cohort that a study file writes out
USUAL_AGES = np.arange(45.0, 96.0)  # years, of the people a population is drawn from


def usual_of(cohort: Cohort) -> Usual | None:
    """T-scores of people at large about the age of a cohort that a file writes out; None for a published cohort.

    What a published cohort does not tell is usual for patients of trials, not for people at large.
    """
    p = cohort.population
    if cohort.id != WRITTEN or "age" not in p:
        return None
    age, bmi = float(p["age"]), float(p.get("bmi", DEFAULTS["bmi"][0]))
    since = p.get("years_since_menopause")
    menopause = age - float(since) if since is not None else DEFAULTS["menopause_age"][0]

    def by_age(ages: Array, sex: str) -> Mapping[str, Array]:
        return {name: np.interp(ages, USUAL_AGES, values) for name, values in _trajectory(sex, menopause, bmi).items()}

    return by_age


@cached(last=16)
def _trajectory(sex: str, menopause: float, bmi: float) -> Mapping[str, Array]:
    """T-scores of the typical woman or man at AGES, by name."""
    person: dict[str, float] = {"age_at_start": USUAL_AGES[0], "bmi": bmi, "body_weight": bmi * TALL[sex] ** 2}
    person |= {"menopause_age": menopause} if sex == "female" else {"female": 0.0, **PEAK_OF_MEN}
    model, names = human_model(), [f"bmd_{s}" for s in SITES]
    days = (USUAL_AGES - USUAL_AGES[0]) * DAYS_PER_YEAR
    got = simulate(model, person, n=1, times=days, outputs=names, initial=run_in(model, person, 1))
    return {f"t_{s}": (got.of(f"bmd_{s}")[0] - REFERENCE[s][0]) / REFERENCE[s][1] for s in SITES}
