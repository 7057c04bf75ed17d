"""A study as what the living page opens with: its drugs, its arms as plans, its typical person, people who may enter it."""

from __future__ import annotations

import math
from typing import Any

from osteon.errors import Fault, Unsupported
from osteon.inputs import Study
from osteon.inputs.people import Habit
from osteon.inputs.study import Arm
from osteon.population import Patients
from osteon.report.live_cells import CellArm
from osteon.report.live_state import course_of, faults_of_overrides, faults_of_rules, habit_of
from osteon.simulation.portable import COHORT_SIZE, SEED, habit_row, regimen_row
from osteon.simulation.typical import cohort_of, person_of, t_scores_of
from osteon.trial.enrol import drawn
from osteon.units import DAYS_PER_MONTH


def drugs_of_study(study: Study) -> tuple[str, ...]:
    """Drugs of its arms, in their order; for a study of none, none."""
    return tuple(dict.fromkeys(r.drug for arm in study.arm for r in arm.regimen))


def persons_shown(study: Study) -> tuple[str, Patients]:
    """Who may enter it, in words and as people; as a run of it with this seed draws them. Raises RunFailed where too few can."""
    patients = drawn(study, SEED, 0, COHORT_SIZE)
    age = patients.covariates["age"].mean()
    return f"{COHORT_SIZE} virtual persons who may enter '{study.title}', mean age {age:.0f}", patients


def arms_of_study(study: Study) -> list[dict[str, Any]]:
    """Its arms as the page loads them: typical person, plan, habits; of an arm with cells, without them.

    Raises Unsupported, with every reason.
    """
    faults = [f for i, arm in enumerate(study.arm, 1) for f in _faults(arm, f"arm.{i}")]
    if faults:
        raise Unsupported(faults)
    months = max(12, math.ceil(round(study.design.duration / DAYS_PER_MONTH, 6)))
    person = typical_person(study)
    background = [
        habit_of(habit_row(Habit.model_validate({"name": b.name, "dose": b.dose}))) for b in study.design.background
    ]
    return [
        {
            "id": f"study/{i}",
            "words": f"this study: {arm.name}" + (", without its cells" if arm.cells else ""),
            "person": person,
            "plan": [course_of(regimen_row(r), months) for r in arm.regimen],
            "habits": [*background, *(habit_of(habit_row(h)) for h in arm.habit)],
            "overrides": [{"parameter": o.parameter, "value": o.value} for o in arm.override],
            "points": [],
            "months": months,
        }
        for i, arm in enumerate(study.arm)
    ]


def cell_arms(study: Study) -> list[CellArm]:
    """What its arms give of cells: for the page's own screen, since no person's course with cells is known well enough."""
    weight = person_of(cohort_of(study))["body_weight"]
    return [CellArm(arm.name, c, weight) for arm in study.arm for c in arm.cells]


def typical_person(study: Study) -> dict[str, Any]:
    """The typical person of its population, as the page keeps one."""
    cohort = cohort_of(study)
    found = person_of(cohort)
    male = cohort.sex == "male"
    person: dict[str, Any] = {"sex": "male" if male else "female", "smoking": "never", "prior_fractures": []}
    person |= {"age": found["age_at_start"], "bmi": found["bmi"]}
    if not male:
        person["years_since_menopause"] = round(found["age_at_start"] - found["menopause_age"], 2)
    return person | {f"t_{site}": t for site, t in t_scores_of(cohort).items()}


def study_state(study: Study, arms: list[dict[str, Any]]) -> dict[str, Any]:
    """What the page opens with: the first arm that is compared with another, beside that other."""
    names = [arm.name for arm in study.arm]
    others = [e.compare for e in study.endpoint if e.compare in names]
    other = names.index(others[0]) if others else 0
    first = next((i for i in range(len(names)) if i != other), 0)
    own = arms[first]
    return {
        "person": own["person"], "plans": [own["plan"], arms[other]["plan"]], "habits": own["habits"],
        "overrides": own["overrides"], "months": own["months"], "arm": own["id"],
        **({} if drugs_of_study(study) or not cell_arms(study) else {"screen": "cells"}),
    }  # fmt: skip


def _faults(arm: Arm, place: str) -> list[Fault]:
    rules = faults_of_rules(arm.regimen, f"{place}.regimen")
    return [*rules, *faults_of_overrides(arm.override, f"{place}.override")]
