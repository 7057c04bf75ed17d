"""The typical woman of a cohort (or man, where more of it are men), as parameters of the model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from osteon.biology import SITES
from osteon.evidence import Cohort, load_cohort
from osteon.inputs import Study
from osteon.population.covariates import DEFAULTS, PEAK_OF_MEN, TALL, t_scores_by_age
from osteon.simulation.run_in import specific_surface_for_t_score
from osteon.simulation.usual import WRITTEN, usual_of


def person_of(cohort: Cohort) -> dict[str, float]:
    """Parameters of the typical woman of a cohort, or of its typical man."""
    p = cohort.population
    age = float(p.get("age", DEFAULTS["age"][0]))
    if cohort.sex == "male":
        bmi = float(p.get("bmi", DEFAULTS["bmi"][0]))
        return {"age_at_start": age, "female": 0.0, "bmi": bmi, "body_weight": bmi * TALL["male"] ** 2, **PEAK_OF_MEN}
    since = float(p["years_since_menopause"]) if "years_since_menopause" in p else age - DEFAULTS["menopause_age"][0]
    bmi = float(p.get("bmi", DEFAULTS["bmi"][0]))
    return {"age_at_start": age, "menopause_age": age - since, "bmi": bmi, "body_weight": bmi * TALL["female"] ** 2}


def typical(
    cohort: Cohort, parameters: Mapping[str, Any] | None = None, n: int = 1, rtol: float = 1e-6
) -> dict[str, Any]:
    """Parameters of the typical woman of a cohort, as sparse as its T-scores say, in n members of other parameters."""
    person = {**(parameters or {}), **person_of(cohort)}
    return person | specific_surface_for_t_score(person, t_scores_of(cohort), n, rtol)


def t_scores_of(cohort: Cohort) -> dict[str, float]:
    """Mean T-scores of a cohort by site; those it leaves out are usual for such cohorts, or follow from its age (see usual)."""
    known = {s: float(cohort.population[f"t_{s}"]) for s in SITES if f"t_{s}" in cohort.population}
    usual = usual_of(cohort)
    if usual:
        age = np.array([float(cohort.population["age"])])
        known |= {
            n.removeprefix("t_"): float(v[0])
            for n, v in t_scores_by_age(cohort.population, usual, age, cohort.sex).items()
        }
    return {s: known.get(s, DEFAULTS[f"t_{s}"][0]) for s in SITES}


def cohort_of(study: Study) -> Cohort:
    """The cohort of a study: a named one, or the one that the study writes out."""
    asked = study.population.cohort
    return load_cohort(asked) if isinstance(asked, str) else Cohort(WRITTEN, (), asked.table(), asked.mostly())
