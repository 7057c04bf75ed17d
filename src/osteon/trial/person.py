"""From a person in a file to parameters of the model, matched to what was measured at month 0."""

from __future__ import annotations

from typing import Any

import numpy as np

from osteon.biology.person import NEVER
from osteon.engine import Events, simulate
from osteon.model import Model
from osteon.population.sampling import DEFAULTS
from osteon.trial.files import Person
from osteon.trial.life import lived, peak_for

SMOKING = {"never": 0.0, "former": 0.3, "current": 1.0}
HEIGHT = {"female": 1.61, "male": 1.75}  # m, typical; assumed
BMI = 25.0


def parameters_of(person: Person) -> dict[str, Any]:
    """Model parameters of a person; what is not given follows from age and sex."""
    bmi = person.bmi or BMI
    values: dict[str, Any] = {
        "age_at_start": person.age,
        "female": 1.0 if person.sex == "female" else 0.0,
        "bmi": bmi,
        "body_weight": person.weight or bmi * HEIGHT[person.sex] ** 2,
        "smoking": SMOKING[person.smoking],
        "alcohol": person.alcohol or 0.0,
        **_menopause(person),
    }
    measured = {"vitamin_d": person.baseline.vitamin_d, "calcium_intake": person.baseline.calcium_intake}
    return values | {k: v for k, v in measured.items() if v is not None}


def _menopause(person: Person) -> dict[str, float]:
    if person.sex == "male":
        return {"menopause_age": NEVER}
    if person.surgical_menopause_at is not None:
        return {"surgical_menopause_age": person.surgical_menopause_at, "menopause_age": DEFAULTS["menopause_age"][0]}
    if person.years_since_menopause is not None:
        return {"menopause_age": person.age - person.years_since_menopause}
    return {"menopause_age": DEFAULTS["menopause_age"][0]}


def match_baseline(
    person: Person, model: Model, parameters: dict[str, Any], n: int, events: Events, begin: float
) -> dict[str, Any]:
    """Scale remodelling intensity and peak bone mass so that month 0 shows what was measured.

    parameters : of n lanes; events : everything given, of which what lies before month 0 counts here
    """
    wanted = {s: getattr(person.baseline, f"t_{s}") for s in ("lumbar_spine", "total_hip", "femoral_neck")}
    wanted = {s: t for s, t in wanted.items() if t is not None}
    if person.baseline.turnover is not None:
        now = _month_zero(model, parameters, n, events, begin, ["resorption"])["resorption"]
        parameters = parameters | {"turnover_scale": np.clip(person.baseline.turnover / now, 0.1, 6.0)}
    if wanted:
        names = [f"bmd_{s}" for s in wanted]
        reached = _month_zero(model, parameters, n, events, begin, names)
        bmd = {s: reached[f"bmd_{s}"] for s in wanted}
        parameters = parameters | peak_for(wanted, bmd, parameters, model.defaults)
    return parameters


def _month_zero(
    model: Model, parameters: dict[str, Any], n: int, events: Events, begin: float, names: list[str]
) -> dict[str, Any]:
    states = lived(model, parameters, n, begin)
    got = simulate(model, parameters, n=n, times=[0.0], outputs=names, start=begin, events=events, initial=states)
    return {name: got.of(name)[:, 0] for name in names}
