"""T-scores of women at large by age: the model's own untreated life, for a population that tells its age and no more."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from osteon.biology import SITES
from osteon.engine import simulate
from osteon.evidence import Cohort
from osteon.outcomes.bmd import REFERENCE
from osteon.population.sampling import DEFAULTS, TALL, Usual
from osteon.simulation.assembly import human_model
from osteon.simulation.run_in import run_in
from osteon.units import DAYS_PER_YEAR

Array = NDArray[np.float64]
WRITTEN = "written in the study"  # id of a cohort that a study file writes out
AGES = np.arange(45.0, 96.0)  # years, of the women a population is drawn from


def usual_of(cohort: Cohort) -> Usual | None:
    """T-scores of women at large about the age of a cohort that a file writes out; None for a published cohort.

    What a published cohort does not tell is usual for patients of trials, not for women at large.
    """
    p = cohort.population
    if cohort.id != WRITTEN or "age" not in p:
        return None
    age = float(p["age"])
    menopause = (
        age - float(p["years_since_menopause"]) if "years_since_menopause" in p else DEFAULTS["menopause_age"][0]
    )
    trajectory = _course(menopause, float(p.get("bmi", DEFAULTS["bmi"][0])))
    return lambda ages: {name: np.interp(ages, AGES, values) for name, values in trajectory.items()}


@lru_cache(maxsize=16)
def _course(menopause: float, bmi: float) -> Mapping[str, Array]:
    """T-scores of the typical woman at AGES, by name."""
    person = {"age_at_start": AGES[0], "menopause_age": menopause, "bmi": bmi, "body_weight": bmi * TALL["female"] ** 2}
    model, names = human_model(), [f"bmd_{s}" for s in SITES]
    days = (AGES - AGES[0]) * DAYS_PER_YEAR
    got = simulate(model, person, n=1, times=days, outputs=names, initial=run_in(model, person, 1))
    return {f"t_{s}": (got.of(f"bmd_{s}")[0] - REFERENCE[s][0]) / REFERENCE[s][1] for s in SITES}
