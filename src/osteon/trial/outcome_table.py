"""What a run stores of its patients: measured outcomes at the visits they came to, and the fractures that were seen."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from osteon.inputs import Study
from osteon.outcomes.assay import measure
from osteon.population import Patients
from osteon.streams import uniform
from osteon.trial.fracture_events import (
    assessment_days,
    drawn_in,
    event_rows,
    expected_at,
    hazard_days,
    history_of,
    joined_tables,
    scores_at,
)
from osteon.trial.trials import draw_of
from osteon.units import DAYS_PER_YEAR


def leaving(study: Study, seed: int, ids: NDArray[np.int64]) -> NDArray[np.float64]:
    """Day on which each patient leaves; infinite where nobody does."""
    if study.design.dropout <= 0:
        return np.full(len(ids), np.inf)
    rate = -np.log1p(-min(study.design.dropout, 0.999)) / DAYS_PER_YEAR
    return np.asarray(-np.log(uniform(seed, ids, "dropout")) / rate)


def outcome_table(
    study: Study,
    seed: int,
    patients: Patients,
    arms: NDArray[np.int64],
    names: list[str],
    truth: NDArray[np.float64],
    reasons: NDArray[Any],
) -> dict[str, Any]:
    """Long table: patient, arm, visit (months), output, value (measured), reason (empty = observed)."""
    visits = np.array(study.design.visits)
    leave = leaving(study, seed, patients.ids)
    gone = visits[None, :] > leave[:, None]
    measured = np.empty_like(truth)
    for v, day in enumerate(visits):
        for k, name in enumerate(names):
            measured[:, v, k] = measure(name, truth[:, v, k], seed, patients.ids, float(day))
    why = np.where(gone, "dropout", "").astype(object)
    why = np.where((reasons != "")[:, None], np.broadcast_to(reasons[:, None], why.shape), why)
    measured[why != ""] = np.nan
    n, m, k = measured.shape
    arm_names = np.array([a.name for a in study.arm], dtype=object)
    return {
        "patient": np.repeat(patients.ids, m * k),
        "arm": np.repeat(arm_names[arms], m * k),
        "visit": np.tile(np.repeat(visits / 30.4375, k), n),
        "output": np.tile(np.array(names, dtype=object), n * m),
        "value": measured.reshape(-1),
        "reason": np.repeat(why.reshape(-1), k),
    }


def with_fractures(
    study: Study,
    seed: int,
    fit: str,
    patients: Patients,
    arms: NDArray[np.int64],
    hazards: dict[str, NDArray[np.float64]],
    reasons: NDArray[Any],
    table: dict[str, Any],
) -> tuple[dict[str, Any], NDArray[Any]]:
    """The outcome table with drawn fractures, their expected chance, pain and utility; and the reasons of failed patients.

    hazards : (patients, days looked at). Whoever cannot be drawn has failed, with all that was asked of her.
    """
    good = np.flatnonzero(reasons == "")
    days, visits = hazard_days(study), np.array(study.design.visits)
    seen = np.searchsorted(assessment_days(study), days - 1e-9)
    some, rates = patients.take(good), {k: v[good][:, seen] for k, v in hazards.items()}
    draws = draw_of(some.ids)
    drawn, lost = drawn_in(some, rates, days, fit, seed, draws)
    names = np.array([a.name for a in study.arm], dtype=object)
    figures = expected_at(rates, days, visits, history_of(some, fit, seed, draws))
    figures |= scores_at(drawn, some, visits)
    truth = np.stack(list(figures.values()), axis=2)
    more = outcome_table(study, seed, some, arms[good], list(figures), truth, lost)
    leave = np.where(lost == "", leaving(study, seed, some.ids), 0.0)
    table = joined_tables(joined_tables(table, more), event_rows(drawn, some, names[arms[good]], leave, days[-1]))
    reasons = reasons.copy()
    reasons[good] = lost
    return table, reasons
