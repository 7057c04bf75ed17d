"""What a run takes for granted, as sentences: they stand in its result, on stdout and in its report."""

from __future__ import annotations

import math
from collections.abc import Mapping

from osteon.inputs import DoseResponse, Study
from osteon.outcomes.registry import kind_of
from osteon.population import Tilt
from osteon.population.correlations import correlations
from osteon.population.matching import POOL
from osteon.simulation.assembly import human_model
from osteon.simulation.assumptions import NO_DEATHS, assumed_cells, assumed_habits
from osteon.simulation.typical import cohort_of
from osteon.trial.fracture_events import asked_fractures
from osteon.trial.trials import levels_sentence
from osteon.units import DAYS_PER_MONTH

ASSUMPTIONS_FEW = 3  # cohorts of which each is told by itself
ASSUMPTIONS_KINDS = {"hip": "hip", "vertebral": "vertebral", "nonvertebral": "nonvertebral"}
ASSUMPTIONS_NAMES = {
    "age_sd": "spread of age",
    "menopause_age": "age at the final period",
    "t_lumbar_spine": "T-score of the spine",
    "t_total_hip": "T-score of the hip",
    "t_femoral_neck": "T-score of the femoral neck",
    "prior_vertebral_percent": "earlier vertebral fractures",
    "prior_hip_percent": "earlier hip fractures",
    "prior_nonvertebral_percent": "earlier nonvertebral fractures",
    "smoking_percent": "smokers",
    "vitamin_d": "vitamin D",
    "falls_percent": "those who fell",
}


def assumed_in_study(
    study: Study, population: Mapping[str, str], fit: str, tilt: Tilt | None = None
) -> tuple[str, ...]:
    """Sentences.

    population : what stands in for what the cohort leaves out, by name, value and why; tilt : weights of its people
    """
    taken = "; ".join(f"{ASSUMPTIONS_NAMES.get(k, k)} {v.replace(': ', ' (', 1)})" for k, v in population.items())
    found = [f"Not given of the patients, so taken: {taken}."] if taken else []
    found.append(_together())
    if tilt:
        found.append(matched_sentence(tilt))
    if asked_fractures(study) or any(kind_of(e.name) in ("hazard", "cumulated") for e in study.endpoint):
        found += [_volunteers(fit), NO_DEATHS]
    elif any(arm.regimen for arm in study.arm):
        found.append(NO_DEATHS)
    found.append(levels_sentence(study))
    if study.design.dropout > 0:
        found.append("Who leaves does so by chance, whatever happens to her.")
    if any(arm.regimen for arm in study.arm):
        who = "men" if cohort_of(study).sex == "male" else "women past menopause"
        found.append(f"Labels are read for {who}, not for the kidneys of each patient.")
    if study.population.fracture_incidence != 1.0:
        found.append(
            f"Fractures are {study.population.fracture_incidence:g} times as frequent as in Britain, all kinds alike."
        )
    for arm in study.arm:
        found += [*assumed_habits(arm.habit, f"{arm.name}: "), *assumed_cells(arm.cells, f"{arm.name}: ")]
    return tuple(found)


def _together() -> str:
    rows = correlations()
    assumed = sum("assumed" in (r.kind_women, r.kind_men) for r in rows)
    return f"Age, build, T-scores, turnover and history go together by {len(rows)} correlations, {assumed} of them assumed in women or men ('osteon show population')."


def matched_sentence(tilt: Tilt) -> str:
    """How far a population was brought to a table, and the effective sample size that is left."""
    told = ", ".join(f"{r['figure']} {r['before']:.3g} to {r['after']:.3g}" for r in tilt.rows())
    share = tilt.effective / POOL
    return f"The population was brought to the baseline table by weights: {told}. Effective sample size {tilt.effective:.0f} of {POOL} ({share:.0%})."


def assumed_in_dose_response(grid: DoseResponse) -> tuple[str, ...]:
    """Sentences about a dose-response study: what its file leaves out, and what its intervals hold."""
    given = grid.model_fields_set
    usual = {
        "site": f"site {grid.site}",
        "condition": f"condition {grid.condition}",
        "cohort": f"people of the cohort {grid.cohort}",
        "at": f"looked at after {grid.at / DAYS_PER_MONTH:.3g} months",
        "passage": f"passage {grid.passage}",
        "viability": f"viability {grid.viability:.0%}",
        "vehicle": "in Ringer's",
        "infusion_times": "given at once",
    }
    taken = ", ".join(words for key, words in usual.items() if key not in given)
    found = [f"Not given, so taken: {taken}."] if taken else []
    return (*found, "Donors are 30 years old, without osteoporosis and of another body (allogeneic).", _OF_HOSTS)


_OF_HOSTS = "The intervals hold what is not known of cells and of bone, not how hosts differ."


def assumed_in_replay(cohorts: Mapping[str, Mapping[str, str]]) -> tuple[str, ...]:
    """Sentences about replayed cohorts.   cohorts : to what stands in for what each leaves out, by name, value and why"""
    told = {c: ", ".join(ASSUMPTIONS_NAMES.get(k, k) for k in names) for c, names in cohorts.items() if names}
    if len(told) > ASSUMPTIONS_FEW:
        some = f"Not published by {len(told)} cohorts and taken as usual for trials: some covariates (see --report)."
        return (some, NO_DEATHS)
    return (*(f"Not published by {c} and taken as usual for trials: {names}." for c, names in told.items()), NO_DEATHS)


def _volunteers(fit: str) -> str:
    values = human_model((), fit).defaults
    if not any(values[f"volunteer_risk_{kind}"] for kind in ASSUMPTIONS_KINDS):
        return "Patients are taken to break as many bones as people at large of their age, BMD and history."
    shares = ", ".join(
        f"{words} {math.exp(values[f'volunteer_risk_{kind}']):.2f}" for kind, words in ASSUMPTIONS_KINDS.items()
    )
    return f"Patients are volunteers of a trial; their hazard of fracture against people at large is: {shares}."
