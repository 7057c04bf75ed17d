"""The joint fit: one parameter set, every calibration row, batches of perturbed parameters as lanes of one run.

Gauss-Newton with Levenberg damping on transformed parameters (log where positive), priors as residuals, bounds kept.
Each iteration is two batches: one for the slopes, one for a ladder of damping values. Progress is stored after each,
so a fit can be stopped and resumed.
"""

from __future__ import annotations

import hashlib
import json
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from osteon import __version__
from osteon.evidence import assert_no_holdout, split_hash
from osteon.inference.targets import calibration_arms, residuals, run_arms
from osteon.inference.tissue import Observation, observations, tissue_errors
from osteon.interventions import CARDS
from osteon.io.files import write_atomic
from osteon.model import LogNormal, Normal, Parameter
from osteon.replication.published import Arm
from osteon.simulation.assembly import human_model

Array = NDArray[np.float64]

UNREAD = (
    "ibandronate_potency",
    "raloxifene_efficacy",
)  # no row that somebody has read: at their priors, labelled assumed, drawn
FITTED: tuple[str, ...] = (
    "k_precursor", "precursor_use", "rank_survival", "kd_rank_rankl", "matrix_coupling", "rankl_modelling_share",
    "lrp_sclerostin", "opg_wnt", "opg_wnt_fast", "k_wnt_adapted", "activity_wnt", "activity_pth", "dkk1_feedback", "k_dkk1",
    "lining_depletion", "lining_wnt", "lining_rank", "k_lining", "pulse_height", "lining_pth", "opg_pth",
    "turnover_cancellous_spine", "turnover_cancellous_hip", "modelling_share_cancellous", "surface_order_cancellous",
    "strain_formation", "wall_thinning",
    "maturing_deficit", "cancellous_share_total_hip", "degeneration_lumbar_spine",
    "rankl_oestrogen", "rankl_withdrawal", "k_oestrogen_adapted", "depth_oestrogen", "depth_life",
    "denosumab_effect_kd", "romosozumab_effect_kd", "alendronate_potency", "alendronate_k_off", "bisphosphonate_steepness", "bisphosphonate_blunting",
    "zoledronate_potency", "zoledronate_k_off", "risedronate_potency", "ibandronate_potency", "raloxifene_efficacy",
    "odanacatib_efficacy", "ctx_floor", "p1np_floor", "bsap_floor", "k_bsap",
)  # fmt: skip
UNFINISHED = "a fit that was stopped before its slopes: run the same command again to go on"
STEP = 0.02
FIT_FAR = 2.5  # standard deviations
FIT_LADDER = (1e-3, 1e-2, 0.05, 0.2, 1.0, 5.0, 30.0, 300.0)


@dataclass(frozen=True)
class ParameterTransform:
    """Fitted parameters in the space of the fit: log where positive, plain otherwise."""

    parameters: tuple[Parameter, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(p.name for p in self.parameters)

    @property
    def log(self) -> NDArray[np.bool_]:
        return np.array([p.value > 0 and (p.bounds or (0.0, 0.0))[0] >= 0 for p in self.parameters])

    def to_point(self, values: Mapping[str, float]) -> Array:
        """Point of the space from values."""
        plain = np.array([values.get(p.name, p.value) for p in self.parameters])
        return np.where(self.log, np.log(np.maximum(plain, 1e-12)), plain)

    def from_points(self, points: Array) -> dict[str, Array]:
        """Values by name from points (n, parameters)."""
        points = np.atleast_2d(points)
        return {n: np.exp(points[:, i]) if self.log[i] else points[:, i] for i, n in enumerate(self.names)}

    def clip(self, points: Array) -> Array:
        """Points inside the bounds."""
        low = self.to_point({p.name: (p.bounds or (1e-12, 0))[0] for p in self.parameters})
        high = self.to_point({p.name: (p.bounds or (0, 1e12))[1] for p in self.parameters})
        return np.clip(points, low + 1e-3, high - 1e-3)

    def prior_sd(self) -> Array:
        """Prior width: a parameter's spread, else one unit of log (plain: 0.3)."""
        return np.array([_prior(p, log) for p, log in zip(self.parameters, self.log, strict=True)])


def _prior(p: Parameter, log: bool) -> float:
    if isinstance(p.uncertainty, LogNormal):
        return math.log(p.uncertainty.gsd)
    if isinstance(p.uncertainty, Normal):
        return p.uncertainty.sd / abs(p.value) if log and p.value else p.uncertainty.sd
    return 1.0 if log else 0.3


def space(names: Sequence[str] = FITTED) -> ParameterTransform:
    """The space of the named parameters, centred on their defaults in the code (not on an earlier fit)."""
    model = human_model(CARDS, fit="")
    return ParameterTransform(tuple(model.parameters[n] for n in names))


def soft(residuals: Array) -> Array:
    """Residuals whose squares grow in a straight line beyond FAR: one absurd row does not run the fit (Huber)."""
    size = np.abs(residuals)
    return np.sign(residuals) * np.where(
        size < FIT_FAR, size, np.sqrt(FIT_FAR * (2 * np.minimum(size, 400.0) - FIT_FAR).clip(0))
    )


class Objective:
    """Residuals of points: rows of arms first, then tissue, then priors."""

    def __init__(self, arms: Sequence[Arm], where: ParameterTransform, observed: Sequence[Observation] = ()) -> None:
        assert_no_holdout(m for a in arms for m in a.rows)
        self.arms, self.where, self.observed = arms, where, observed
        self.centre, self.width = where.to_point({}), where.prior_sd()

    def __call__(self, points: Array) -> Array:
        points = np.atleast_2d(points)
        n = len(points)
        curves = run_arms(self.arms, self.where.from_points(points), n, fit="", observed=self.observed)
        data = soft(residuals(self.arms, curves, n))
        tissue = soft(tissue_errors(self.observed, curves)).reshape(n, -1)
        return np.concatenate([data, tissue, (points - self.centre) / self.width], axis=1)


def data_hash(arms: Sequence[Arm], observed: Sequence[Observation] = ()) -> str:
    """Hash of exactly the rows that enter the objective."""
    lines = sorted(f"{m.id} {m.value!r} {m.unit}" for a in arms for m in a.rows)
    lines += sorted(f"{o.row.id} {o.value!r} {o.output}" for o in observed)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def fit(
    out: str | Path,
    iterations: int = 25,
    start: Mapping[str, float] | None = None,
    include_unverified: bool = False,
    on_progress: Callable[[str], None] = lambda text: None,
) -> dict[str, Any]:
    """Fit and write the result to `out` (JSON) after every batch that moved it; an existing file of the same rows is resumed."""
    arms = calibration_arms(include_unverified)
    where = space()
    observed = observations(include_unverified=include_unverified)
    objective = Objective(arms, where, observed)
    point = where.clip(where.to_point(start or {}))
    path = Path(out)
    if path.exists():
        stored = json.loads(path.read_text(encoding="utf-8"))
        if stored.get("data_hash") == data_hash(arms, observed):
            point = where.clip(where.to_point(stored["values"]))
            on_progress("resumed from the stored values")
    best = objective(point)[0]
    on_progress(
        f"start: {float(best @ best):.1f} with {len(best)} residuals, {len(where.names)} parameters; one batch for the slopes"
    )
    began = time.monotonic()
    slopes = _slopes(objective, point, best)
    result = _result(where, point, best, slopes, objective)
    each = 1.25 * (time.monotonic() - began)  # a batch of steps is a quarter of one of slopes
    on_progress(f"an iteration takes about {_told(each)}; {iterations} of them at most {_told(each * iterations)}")
    for iteration in range(iterations):
        began = time.monotonic()
        step, better = _descend(objective, point, best, slopes)
        gain = float(best @ best - better @ better)
        point, best = (step, better) if gain > 0 else (point, best)
        _keep(path, result | {"about": UNFINISHED, "values": _values(where, point), "cost": _cost(best)})
        slopes = _slopes(objective, point, best)
        result = _result(where, point, best, slopes, objective)
        _keep(path, result)
        left = (time.monotonic() - began) * (iterations - iteration - 1)
        on_progress(
            f"iteration {iteration + 1} of {iterations}: {float(best @ best):.1f} (gain {gain:.2f}); at most {_told(left)} left"
        )
        if gain < 0.05:
            break
    return result


def _keep(path: Path, result: Mapping[str, Any]) -> None:
    """What a killed fit is resumed from: after every batch that moved the point."""
    write_atomic(path, json.dumps(result, indent=1) + "\n")


def _told(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds >= 90 else f"{seconds:.0f} s"


def _values(where: ParameterTransform, point: Array) -> dict[str, float]:
    return {n: float(f"{v[0]:.8g}") for n, v in where.from_points(point).items()}


def _cost(best: Array) -> float:
    return round(float(best @ best), 3)


def _slopes(objective: Objective, point: Array, best: Array) -> Array:
    n = len(point)
    moved = point + STEP * np.eye(n)
    return ((objective(moved) - best) / STEP).T


def _descend(objective: Objective, point: Array, best: Array, slopes: Array) -> tuple[Array, Array]:
    """Try a ladder of damped steps at once and take the best."""
    normal = slopes.T @ slopes
    side = slopes.T @ best
    trials = []
    for damping in FIT_LADDER:
        step = np.linalg.solve(normal + damping * np.diag(np.diag(normal)), -side)
        trials.append(objective.where.clip(point + np.clip(step, -0.7, 0.7)))
    found = objective(np.array(trials))
    costs = (found**2).sum(axis=1)
    k = int(np.argmin(costs))
    return trials[k], found[k]


def _result(
    where: ParameterTransform, point: Array, best: Array, slopes: Array, objective: Objective
) -> dict[str, Any]:
    covariance = np.linalg.inv(slopes.T @ slopes)
    data = len(best) - len(point)
    inflation = max(1.0, float(best[:data] @ best[:data]) / data)
    covariance *= inflation
    known = 1 - np.sqrt(np.diag(covariance)) / (where.prior_sd() * math.sqrt(inflation))
    return {
        "about": "joint fit to all calibration rows; reproduce with: osteon fit",
        "version": __version__,
        "split": split_hash(),
        "data_hash": data_hash(objective.arms, objective.observed),
        "rows": data - len(objective.observed),
        "tissue_rows": len(objective.observed),
        "cost": _cost(best),
        "inflation": round(inflation, 4),
        "values": _values(where, point),
        "names": list(where.names),
        "transform": ["log" if log else "plain" for log in where.log],
        "known_from_data": {n: round(float(k), 3) for n, k in zip(where.names, known, strict=True)},
        "covariance": [[float(f"{c:.6g}") for c in row] for row in covariance],
    }
