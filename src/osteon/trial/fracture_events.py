"""Fractures in a run: drawn for each patient where an endpoint asks for them, as rows of the outcome table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from osteon.inputs import Study
from osteon.inputs.names import FRACTURE_ENDPOINTS
from osteon.outcomes.consequences import SCORES, scores
from osteon.outcomes.fracture_events import DRAWN, Drawn, History, draw_fractures
from osteon.population import Patients
from osteon.simulation.assembly import human_model
from osteon.simulation.fits import joined, values_of_draws
from osteon.units import DAYS_PER_MONTH

Array = NDArray[np.float64]
NEEDED = tuple(f"hazard_{k}" for k in DRAWN)  # outputs that a drawing reads
FOLLOWED = "followed"  # output: months for which a patient was looked at
EXPECTED = "expected_"  # output prefix: chance of a first fracture by then, nothing drawn
FRACTURE_EVENTS_STEP = 30.4375  # days between the instants at which hazards are looked at


def asked_fractures(study: Study) -> bool:
    """Whether any endpoint needs fractures."""
    return any(e.name in (*FRACTURE_ENDPOINTS, *SCORES) for e in study.endpoint)


def assessment_days(study: Study) -> Array:
    """Days of the outputs: the visits, and where fractures are drawn every month from 0 to the last visit."""
    visits = np.array(study.design.visits)
    return np.unique(np.concatenate([visits, hazard_days(study)])) if asked_fractures(study) else visits


def hazard_days(study: Study) -> Array:
    """Days between which a hazard is taken to be linear: every month and the last visit. Other visits change nothing."""
    last = study.design.visits[-1]
    return np.append(np.arange(0.0, last - 1e-6, FRACTURE_EVENTS_STEP), last)


def history_of(patients: Patients, fit: str, seed: int, draws: NDArray[np.int64]) -> History:
    """What fractures do to the hazards of these patients, each in the parameter draw she lives in, (patients,)."""
    model = human_model((), fit)
    figures: dict[str, Any] = dict(model.defaults)
    bounds = {p.name: p.bounds for p in model.parameters.values() if p.bounds}
    figures |= values_of_draws(joined(fit), seed, draws, model.defaults, bounds)
    fresh = 1 + figures["imminent_excess"] * np.exp(-figures["years_since_fracture"] / figures["imminent_time"])
    count = patients.covariates
    others = count["prior_hip_fractures"] + count["prior_nonvertebral_fractures"]
    spine = {k: figures[f"after_vertebral_{k}"] for k in DRAWN}
    rest = {k: figures[f"after_other_{k}"] for k in DRAWN}
    before = {k: 1 + (spine[k] * count["prior_vertebral_fractures"] + rest[k] * others) * fresh for k in DRAWN}
    most = {k: figures[f"most_{k}"] for k in DRAWN}
    shared = (figures[n] for n in ("imminent_excess", "imminent_time", "clinical_share", "major_share"))
    return History(before, spine, rest, most, *shared)


def drawn_in(
    patients: Patients, hazards: Mapping[str, Array], days: Array, fit: str, seed: int, draws: NDArray[np.int64]
) -> tuple[Drawn, NDArray[Any]]:
    """Fractures of patients and the reason of each who could not be drawn.   hazards : by NEEDED, (patients, days)"""
    since = days >= 0
    rates = {k: hazards[f"hazard_{k}"][:, since] for k in DRAWN}
    drawn, lost = draw_fractures(rates, days[since], history_of(patients, fit, seed, draws), seed, patients.ids)
    return drawn, np.where(lost, "its fracture hazard is above what can be drawn", "").astype(object)


def expected_at(hazards: Mapping[str, Array], days: Array, visits: Array, history: History) -> dict[str, Array]:
    """Chance of a first fracture of each kind by every visit, (patients, visits); nothing is drawn.

    hazards : linear between the days, (patients, days)
    """
    rates = {"vertebral": hazards["hazard_vertebral"], "hip": hazards["hazard_hip"]}
    rates["nonvertebral"] = hazards["hazard_nonvertebral"]
    share, major = (np.asarray(v)[..., None] for v in (history.clinical_share, history.major_share))
    rates["clinical_vertebral"] = share * rates["vertebral"]
    rates["clinical"] = rates["clinical_vertebral"] + rates["nonvertebral"]
    others = np.maximum(rates["nonvertebral"] - rates["hip"], 0.0)
    rates["major_osteoporotic"] = rates["clinical_vertebral"] + rates["hip"] + major * others
    found = {}
    for kind, rate in rates.items():
        steps = np.diff(days) / 365.25 * (rate[:, 1:] + rate[:, :-1]) / 2
        total = np.concatenate([np.zeros((len(rate), 1)), np.cumsum(steps, axis=1)], axis=1)
        found[f"{EXPECTED}{kind}_fracture"] = -np.expm1(-_summed(rate, total, days, visits))
    return found


def _summed(rate: Array, total: Array, days: Array, visits: Array) -> Array:
    """Sum of a hazard until each visit, from its sums at the days, (patients, visits); nothing before the first day."""
    left = np.clip(np.searchsorted(days, visits + 1e-9) - 1, 0, len(days) - 1)
    right = np.minimum(left + 1, len(days) - 1)
    span = np.maximum(visits - days[left], 0.0)
    width = np.where(right > left, days[right] - days[left], 1.0)
    here = rate[:, left] + (rate[:, right] - rate[:, left]) * (span / width)
    return np.asarray(total[:, left] + span / 365.25 * (rate[:, left] + here) / 2)


def event_rows(drawn: Drawn, patients: Patients, arms: NDArray[Any], leave: Array, end: float) -> dict[str, Any]:
    """Columns of the outcome table: one row a fracture that was seen, and one a patient for how long she was followed.

    arms : name of each patient's arm; leave : day of leaving (infinite: stays); end : last day looked at
    """
    until = np.minimum(leave, end)
    followed = [(i, until[i], FOLLOWED, until[i] / DAYS_PER_MONTH) for i in range(len(patients))]
    rows = [*followed, *_told(drawn, until)]
    who = np.array([r[0] for r in rows], np.int64)
    return {
        "patient": patients.ids[who],
        "arm": arms[who],
        "visit": np.array([r[1] for r in rows]) / DAYS_PER_MONTH,
        "output": np.array([r[2] for r in rows], dtype=object),
        "value": np.array([r[3] for r in rows]),
        "reason": np.full(len(rows), "", dtype=object),
    }


def _told(drawn: Drawn, until: Array) -> list[tuple[int, float, str, float]]:
    rows = []
    for i in range(len(drawn.who)):
        if drawn.day[i] <= until[drawn.who[i]]:
            rows += [(int(drawn.who[i]), float(drawn.day[i]), kind, 1.0) for kind in _kinds(drawn, i)]
    return rows


def _kinds(drawn: Drawn, i: int) -> Sequence[str]:
    """Names of one fracture: a hip is a nonvertebral one and came to notice."""
    names = ["vertebral_fracture"] if drawn.vertebral[i] else ["nonvertebral_fracture"]
    names += ["hip_fracture"] if drawn.hip[i] else []
    names += ["clinical_vertebral_fracture"] if drawn.vertebral[i] and drawn.clinical[i] else []
    names += ["major_osteoporotic_fracture"] if drawn.major[i] else []
    return [*names, "clinical_fracture"] if drawn.clinical[i] else names


def joined_tables(table: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """Two tables of the same columns, one after the other."""
    return {k: np.concatenate([np.asarray(table[k]), np.asarray(more[k])]) for k in table}


def scores_at(drawn: Drawn, patients: Patients, visits: Array) -> dict[str, Array]:
    """Pain and utility, (patients, visits)."""
    return scores(drawn, len(patients), visits, patients.covariates["age"])
