"""From a person in a file to parameters of the model, matched to what was measured at month 0.

What a person has is hers from birth on, except burdens (a glucocorticoid, rest, arthritis): they have a first day.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from osteon.biology.body import usual_share
from osteon.biology.kidney import usual_gfr
from osteon.biology.person import NEVER
from osteon.engine import Events, Schedule
from osteon.inputs import Person
from osteon.inputs.names import FRACTURES
from osteon.inputs.people import COMORBIDITIES
from osteon.interventions.labels import Treated
from osteon.model import Model
from osteon.population.covariates import DEFAULTS, PEAK_OF_MEN
from osteon.simulation.arm import ArmCase, at_month_zero
from osteon.simulation.dosing import DOSING_INFLAMMATION, DOSING_REST, EXERCISE, SMOKING
from osteon.simulation.run_in import peak_bmd_for_t_score, run_in, specific_surface_for_t_score
from osteon.units import DAYS_PER_YEAR

PERSON_HEIGHT = {"female": 1.61, "male": 1.75}  # m, typical; assumed
BMI = 25.0
MATCHES = 4  # passes until turnover at month 0 is what was measured, to about 1e-6
POWER_RANGE, INTENSITY_RANGE = (0.3, 3.0), (0.1, 6.0)  # of turnover over intensity, and of the intensity matched
USUAL_DURATION = DAYS_PER_YEAR  # how long a burden has lasted where the file does not say; assumed
PARAMETER = {
    "glucocorticoid": "glucocorticoid",
    "immobilised": "immobilisation",
    "rheumatoid_arthritis": "inflammation_burden",
    "gfr": "kidney_damage",
}  # burden -> parameter


def parameters_of(person: Person) -> dict[str, Any]:
    """Model parameters of a person; what is not given follows from age and sex. Burdens are as at month 0."""
    height = PERSON_HEIGHT[person.sex] if person.height is None else person.height / 100
    bmi = person.bmi or (person.weight / height**2 if person.weight else BMI)
    values: dict[str, Any] = {
        "age_at_start": person.age,
        "female": 1.0 if person.sex == "female" else 0.0,
        "bmi": bmi,
        "body_weight": person.weight or bmi * height**2,
        "smoking": SMOKING[person.smoking],
        "alcohol": person.alcohol or 0.0,
        **_menopause(person),
        **{f"prior_{k}_fractures": float(person.prior_fractures.count(k)) for k in FRACTURES},
        **(PEAK_OF_MEN if person.sex == "male" else {}),
    }
    given = {
        "vitamin_d_supply": person.baseline.vitamin_d,
        "calcium_intake": person.baseline.calcium_intake,
        "protein_intake": person.baseline.protein_intake,
        "exercise": EXERCISE[person.exercise] if person.exercise else None,
        "hypogonadism_age": person.hypogonadism_at,
        "fat_excess": None
        if person.body_fat is None
        else person.body_fat / 100 - usual_share(person.age, values["female"], bmi),
        "glucocorticoid": person.glucocorticoid,
        "immobilisation": DOSING_REST[person.immobilised] if person.immobilised else None,
        "inflammation_burden": DOSING_INFLAMMATION["active_arthritis"] if person.rheumatoid_arthritis else None,
        "kidney_damage": 1 - person.gfr / usual_gfr(person.age) if person.gfr else None,
    }
    return values | {k: v for k, v in given.items() if v is not None}


def treated(person: Person) -> Treated:
    """What a label asks of a person; her kidneys where the file gives them."""
    end = _menopause(person)
    ages = [end.get("menopause_age", NEVER), end.get("surgical_menopause_age", NEVER)]
    female = person.sex == "female"
    return Treated(female, female and person.age >= min(ages), getattr(person, "gfr", None) or math.nan)


def onsets(person: Person) -> dict[str, float]:
    """First day of each burden, by parameter."""
    have = [b for b in COMORBIDITIES if getattr(person, b)]
    return {PARAMETER[b]: -(getattr(person, f"{b}_for") or USUAL_DURATION) for b in have}


def add_onsets(schedule: Schedule, person: Person, begin: float) -> Schedule:
    """Burdens are off from `begin` to their first day, and the person's own from then on."""
    for name, day in onsets(person).items():
        if day > begin:
            schedule.set_parameter(begin, name, 0.0)
            schedule.restore_parameter(day, name)
    return schedule


def before_onset(person: Person, parameters: dict[str, Any]) -> dict[str, Any]:
    """Parameters of the life before any burden."""
    return parameters | dict.fromkeys(onsets(person), 0.0)


def assumed_of(person: Person) -> tuple[str, ...]:
    """What stood in for durations that the file does not give, as sentences."""
    open_ = [b for b in COMORBIDITIES if getattr(person, b) and getattr(person, f"{b}_for") is None]
    return tuple(f"'{b}' is taken to have lasted 1 year at month 0 (give '{b}_for')." for b in open_)


def _menopause(person: Person) -> dict[str, float]:
    if person.sex == "male":
        return {"menopause_age": NEVER}
    natural = DEFAULTS["menopause_age"][0] if person.menopause_age is None else person.menopause_age
    if person.surgical_menopause_at is not None:
        return {"surgical_menopause_age": person.surgical_menopause_at, "menopause_age": natural}
    if person.years_since_menopause is not None:
        return {"menopause_age": person.age - person.years_since_menopause}
    return {"menopause_age": natural}


def match_baseline(
    person: Person,
    model: Model,
    parameters: dict[str, Any],
    n: int,
    events: Events,
    begin: float,
    rtol: float = 1e-6,
) -> dict[str, Any]:
    """Scale remodelling intensity and peak bone mass, and with it sparseness, so that month 0 shows what was measured.

    parameters : of n members; events : everything given, of which what lies before month 0 counts here
    """
    wanted = {s: getattr(person.baseline, f"t_{s}") for s in ("lumbar_spine", "total_hip", "femoral_neck")}
    wanted = {s: t for s, t in wanted.items() if t is not None}
    parameters = parameters | specific_surface_for_t_score(before_onset(person, parameters), wanted, n, rtol)
    if person.baseline.turnover is not None:
        parameters = _match_turnover(person.baseline.turnover, person, model, parameters, n, events, begin, rtol)
    if wanted:
        names = [f"bmd_{s}" for s in wanted]
        reached = _month_zero(person, model, parameters, n, events, begin, names, rtol)
        bmd = {s: reached[f"bmd_{s}"] for s in wanted}
        parameters = parameters | peak_bmd_for_t_score(wanted, bmd, parameters, model.defaults)
    return parameters


def _match_turnover(
    wanted: float,
    person: Person,
    model: Model,
    parameters: dict[str, Any],
    n: int,
    events: Events,
    begin: float,
    rtol: float,
) -> dict[str, Any]:
    """Remodelling intensity that shows the wanted turnover; what it does to bone, calcium and PTH moves it a little again.

    Secants in logs: turnover seen is nearly a power of the intensity.
    """
    scale, power = np.ones(n), np.ones(n)
    before: tuple[Any, Any] | None = None
    for _ in range(MATCHES):
        seen = scale * _month_zero(person, model, parameters, n, events, begin, ["resorption"], rtol)["resorption"]
        if before is not None:
            step = np.log(scale / before[0])
            power = np.where(np.abs(step) > 1e-9, np.log(seen / before[1]) / np.where(step == 0, 1, step), power)
        before = (scale, seen)
        scale = np.clip(scale * (wanted / seen) ** (1 / np.clip(power, *POWER_RANGE)), *INTENSITY_RANGE)
        parameters = parameters | {"turnover_scale": scale}
    return parameters


def _month_zero(
    person: Person,
    model: Model,
    parameters: dict[str, Any],
    n: int,
    events: Events,
    begin: float,
    names: list[str],
    rtol: float,
) -> dict[str, Any]:
    states = run_in(model, before_onset(person, parameters), n, begin, rtol)
    return at_month_zero(ArmCase(model, parameters, events, begin, states), names, rtol)


def label_of(person: Person) -> str:
    """Who it is, in a few words."""
    who = "woman" if person.sex == "female" else "man"
    return f"{who} of {person.age:g}"
