"""The fit of fracture hazards: few parameters, published ratios of calibration rows, registers.

The bone stands as the shipped fit has it: every arm's typical woman is simulated once, then hazards are plain arithmetic on
her course. After a new fit of the bone this is run again; it takes a minute or two. Beside the parameters stands how far
studies lie from a forecast that has not seen them, each cohort left out in turn.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from osteon import __version__
from osteon.evidence import Measurement, assert_no_holdout, calibration_rows, split_hash
from osteon.inference.fit import ParameterTransform, space
from osteon.inference.spread import Errors, family_spread
from osteon.io.files import write_atomic
from osteon.outcomes.fracture import FITTED, FRACTURE, typical_values
from osteon.replication.fracture_incidence import (
    RATIOS,
    Trajectories,
    Trajectory,
    arms_in,
    comparable,
    expected,
    hazards,
    log_sd,
    of_row,
    on_log,
    reference_course,
    sample_participants,
    trajectory,
)  # fmt: skip
from osteon.replication.published import regimens_of
from osteon.replication.registers import (
    AGE_WEIGHTS,
    COUNT_SD,
    fitted_registers,
    population_rates,
    population_trajectories,
)
from osteon.simulation.fits import load_fit, values_hash

Array = NDArray[np.float64]
RATIO_SD, INCIDENCE_SD = 0.10, 0.35  # log: what a typical woman cannot reproduce; how studies count and choose. Assumed
STEP = 0.02
FRACTURES_LADDER = (1e-3, 0.03, 0.3, 3.0, 30.0)
FRACTURES_LONGEST = 1.0


def fracture_rows(include_unverified: bool = False) -> tuple[Measurement, ...]:
    """Calibration rows of the fit: ratios between arms. Incidences of untreated arms are left to check it."""
    rows = [m for m in calibration_rows(include_unverified) if comparable(m)]
    kept = [m for m in rows if m.unit in RATIOS]
    assert_no_holdout(kept)
    return tuple(kept)


def untreated_rows(include_unverified: bool = False) -> tuple[Measurement, ...]:
    """Incidences of calibration arms without a drug: none is fitted, so they tell how far a study lies from a forecast."""
    rows = [m for m in calibration_rows(include_unverified) if comparable(m) and m.unit not in RATIOS]
    return tuple(m for m in rows if not regimens_of(m.cohort, m.arm))


@dataclass(frozen=True)
class Objective:
    """Residuals of points (n, parameters): data first, then priors."""

    rows: tuple[Measurement, ...]
    courses: Trajectories
    where: ParameterTransform
    reference: Mapping[str, float]
    population: Mapping[str, Sequence[Trajectory]]  # by sex: what registers of incidence are compared with
    untreated: tuple[Measurement, ...] = ()  # looked at afterwards

    def __post_init__(self) -> None:
        assert_no_holdout(self.rows)

    def errors(self, points: Array, rows: tuple[Measurement, ...] | None = None) -> Array:
        """(n, rows) log errors.   rows : None: those of the fit"""
        rows = self.rows if rows is None else rows
        return forecast(rows, self.courses, {**self.where.from_points(points), **self.reference}) - published(rows)

    def __call__(self, points: Array, without: str = "") -> Array:
        """A cohort can be left out."""
        points = np.atleast_2d(points)
        keep = np.array([m.cohort != without for m in self.rows])
        data = (self.errors(points) / np.array([error_sd(m) for m in self.rows]))[:, keep]
        prior = (points - self.where.to_point({})) / self.where.prior_sd()
        return np.concatenate([data, self.counted(points), prior], axis=1)

    def counted(self, points: Array) -> Array:
        """(n, registers) errors of the population's incidences over their standard deviations."""
        rows = fitted_registers()
        parameter_values = defaults() | self.where.from_points(points) | dict(self.reference)
        told = np.log([r.rate for r in rows])
        wide = np.array([math.hypot(r.sd, COUNT_SD) for r in rows])
        return np.asarray((np.log(population_rates(rows, self.population, parameter_values)) - told) / wide)


def objective(include_unverified: bool = False) -> Objective:
    """Rows of the fit and the bone behind them: one course of bone an arm, and one day of people of every age."""
    rows, untreated = fracture_rows(include_unverified), untreated_rows(include_unverified)
    courses = {key: trajectory(*key, last, {}) for key, last in arms_in([*rows, *untreated]).items()}
    participants = {sex: population_trajectories(sex) for sex in AGE_WEIGHTS}
    return Objective(rows, courses, space(FITTED), typical_values(reference_course()), participants, untreated)


def defaults() -> dict[str, Any]:
    """Parameters of the hazards as in the code, not of an earlier fit."""
    return {p.name: p.value for p in FRACTURE.parameters}


def published(rows: Sequence[Measurement]) -> Array:
    """Published figures on the scale of the errors."""
    return np.array([float(on_log(m, m.value)) for m in rows])


def error_sd(m: Measurement) -> float:
    """Standard deviation of a row's log error."""
    return math.hypot(log_sd(m), RATIO_SD if m.unit in RATIOS else INCIDENCE_SD)


def forecast(rows: Sequence[Measurement], courses: Trajectories, parameter_values: Mapping[str, Any]) -> Array:
    """(n, rows) forecasts on the scale of the errors; figures: parameters, (n,) each, over those of the code (not of an earlier fit)."""
    parameter_values = defaults() | dict(parameter_values)
    found = np.empty((len(rows), _lanes(parameter_values)))
    for cohort in sorted({m.cohort for m in rows}):
        own = [i for i, m in enumerate(rows) if m.cohort == cohort]
        participants = sample_participants(next(c for k, c in courses.items() if k[0] == cohort).cohort)
        curves = {k: hazards(c, participants, parameter_values) for k, c in courses.items() if k[0] == cohort}
        months = {k: c.months for k, c in courses.items() if k[0] == cohort}
        for i in own:
            some = of_row(rows[i], participants)
            part = {k: {h: v[:, some] for h, v in c.items()} for k, c in curves.items()}
            found[i] = on_log(rows[i], expected(rows[i], part, months))
    return found.T


def _lanes(parameter_values: Mapping[str, Any]) -> int:
    return max(np.size(v) for v in parameter_values.values())


def fit_fractures(
    out: str | Path, on_progress: Callable[[str], None] = lambda text: None, include_unverified: bool = False
) -> dict[str, Any]:
    """Fit and write the overlay to `out` (JSON)."""
    found = objective(include_unverified)
    on_progress(
        f"{len(found.rows)} rows, {len(fitted_registers())} registers, {len(FITTED)} parameters: one course of bone an arm"
    )
    point, best = descend(found, found.where.to_point({}), on_progress=on_progress)
    on_progress("each cohort left out in turn")
    spread = between(found, point, best)
    result = _result(found, point, best, spread)
    write_atomic(Path(out), json.dumps(result, indent=1) + "\n")
    return result


def descend(
    objective: Objective,
    point: Array,
    without: str = "",
    on_progress: Callable[[str], None] = lambda text: None,
    most: int = 25,
) -> tuple[Array, Array]:
    """Damped Gauss-Newton steps until they gain nothing. Returns the point and its residuals."""
    best = objective(point, without)[0]
    for k in range(most):
        slopes = slopes_at(objective, point, best, without)
        normal, side = slopes.T @ slopes, slopes.T @ best
        steps = [np.linalg.solve(normal + d * np.diag(np.diag(normal)), -side) for d in FRACTURES_LADDER]
        trials = np.array(
            [objective.where.clip(point + np.clip(s, -FRACTURES_LONGEST, FRACTURES_LONGEST)) for s in steps]
        )
        found = objective(trials, without)
        costs = (found**2).sum(axis=1)
        i = int(np.argmin(costs))
        gain = float(best @ best - costs[i])
        if gain <= 0:
            break
        point, best = trials[i], found[i]
        on_progress(f"step {k + 1}: {float(best @ best):.2f} (gain {gain:.3f})")
        if gain < 1e-3:
            break
    return point, best


def slopes_at(objective: Objective, point: Array, best: Array, without: str = "") -> Array:
    """(residuals, parameters)."""
    moved = objective(point + STEP * np.eye(len(point)), without)
    return ((moved - best) / STEP).T


def between(objective: Objective, point: Array, best: Array) -> dict[str, dict[str, float]]:
    """Standard deviation between studies, log: of ratios, each cohort forecast without itself; of incidences, which no fit has seen."""
    rows, errors, known = objective.rows, np.empty(len(objective.rows)), np.empty(len(objective.rows))
    for cohort in sorted({m.cohort for m in rows}):
        own = np.array([m.cohort == cohort for m in rows])
        moved, left = descend(objective, point, cohort, most=6)
        errors[own] = objective.errors(moved[None])[0][own]
        known[own] = _uncertainty(objective, moved, left, tuple(m for m in rows if m.cohort == cohort), cohort)
    found = {"ratio": _spread(rows, errors, known)}
    if objective.untreated:
        unseen = objective.errors(point[None], objective.untreated)[0]
        found["incidence"] = _spread(
            objective.untreated, unseen, _uncertainty(objective, point, best, objective.untreated)
        )
    return found


def _uncertainty(
    objective: Objective, point: Array, best: Array, rows: tuple[Measurement, ...], without: str = ""
) -> Array:
    """Standard deviation, log, that what is not known of parameters gives forecasts of rows, (rows,)."""
    covariance = np.linalg.inv(_information(slopes_at(objective, point, best, without)))
    moved = objective.errors(point + STEP * np.eye(len(point)), rows)
    slopes = (moved - objective.errors(point[None], rows)[0]) / STEP
    return np.asarray(np.sqrt(np.einsum("pi,pq,qi->i", slopes, covariance, slopes)))


def _information(slopes: Array) -> Array:
    return slopes.T @ slopes


def _spread(rows: Sequence[Measurement], errors: Array, parameters: Array) -> dict[str, float]:
    """A constant spread over what is plausible (see spread.py): rows of a study are kin."""
    study, arm = (np.array([getattr(m, name) for m in rows]) for name in ("cohort", "arm"))
    measured, still = np.array([log_sd(m) for m in rows]), np.zeros(len(rows))
    found = Errors(study, arm, errors, still, measured, parameters)
    rmse = float(np.sqrt(np.mean(found.error**2)))
    sd = family_spread([found], "fracture")[0][0]
    return {"sd": round(sd, 4), "studies": len(set(study.tolist())), "left_out_rmse": round(rmse, 4)}


def data_hash(rows: Sequence[Measurement]) -> str:
    """Hash of exactly the rows and registers that enter the objective."""
    lines = sorted([f"{m.id} {m.value!r} {m.unit}" for m in rows] + [repr(r) for r in fitted_registers()])
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _result(objective: Objective, point: Array, best: Array, spread: dict[str, Any]) -> dict[str, Any]:
    from scipy.linalg import block_diag

    slopes, where = slopes_at(objective, point, best), objective.where
    data = len(objective.rows) + len(fitted_registers())
    inflation = max(1.0, float(best[:data] @ best[:data]) / data)
    covariance = np.linalg.inv(_information(slopes)) * inflation
    known = 1 - np.sqrt(np.diag(covariance)) / (where.prior_sd() * math.sqrt(inflation))
    values = {n: float(f"{v[0]:.6g}") for n, v in where.from_points(point).items()}
    told = untouched()
    return {
        "about": "fracture hazards on the shipped fit of the bone; reproduce with: osteon fit --what fractures",
        "version": __version__,
        "split": split_hash(),
        "data_hash": data_hash(objective.rows),
        "bone_hash": values_hash(load_fit()),
        "rows": data,
        "cost": round(float(best @ best), 3),
        "inflation": round(inflation, 4),
        "values": values
        | {p.name: p.value for p in told.parameters}
        | {k: float(f"{v:.5g}") for k, v in objective.reference.items()},
        "names": [*where.names, *told.names],
        "transform": ["log" if log else "plain" for log in (*where.log, *told.log)],
        "known_from_data": {n: round(float(k), 3) for n, k in zip(where.names, known, strict=True)},
        "between_study": spread,
        "covariance": [
            [float(f"{c:.6g}") for c in row] for row in block_diag(covariance, np.diag(told.prior_sd() ** 2))
        ],
    }


def untouched() -> ParameterTransform:
    """Parameters of the hazards that no data here inform: they vary in the ensemble as their sources say."""
    return space([p.name for p in FRACTURE.parameters if p.uncertainty is not None and p.name not in FITTED])
