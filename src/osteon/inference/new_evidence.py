"""A new trial beside a posterior: how surprising it is, what it moves, and whether weights can carry it.

Draws of the posterior are weighed by the likelihood of the new rows (Pareto-smoothed). Where Pareto k is too large the draws do not
reach where the new rows point, and the sampler must go on with them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from osteon.errors import InputError
from osteon.evidence.outcome import in_points
from osteon.inference.arm_problem import error_model, simulator
from osteon.inference.calibration_problem import assumed_priors
from osteon.inference.coordinates import Coordinates, join, of_priors, of_transform
from osteon.inference.fit import space
from osteon.inference.new_evidence_rows import NewRow, ScoreShift
from osteon.inference.posterior import coordinates_of, kept_draws, read_about
from osteon.inference.targets import blocks
from osteon.inference.user_rows import UserData
from osteon.simulation.fits import Fit, load_fit
from osteon.simulation.posterior_draws import PosteriorDraws
from osteon.statistics.importance import Weights, pareto_smoothed

Array = NDArray[np.float64]
DRAWS = 200  # that the new arms are run with
MOVED = 0.2  # posterior standard deviations from which a shift is told


@dataclass(frozen=True)
class Base:
    """Draws before the new trial. theta : (n, d); scales : (n, 4) or None; errors : (n, rows) of the calibration rows, or None"""

    where: Coordinates
    theta: Array
    scales: Array | None
    errors: Array | None
    about: str
    endpoints: tuple[str, ...] = ()  # of the calibration rows


@dataclass(frozen=True)
class Update:
    """What a new trial says. surprise : p of rows as far off before it; shifts : (d,) of means in posterior SD; spreads : (d,) after / before"""

    base: Base
    weights: Weights
    surprise: float
    shifts: Array
    spreads: Array
    rows: tuple[NewRow, ...]

    def values(self) -> dict[str, float]:
        """Numbers at the mean after the new trial, on their scale."""
        mean = self.weights.weight @ self.base.theta
        return {k: float(v[0]) for k, v in self.base.where.values(mean).items()}

    def values_before(self) -> dict[str, float]:
        """Numbers at the mean before it."""
        return {k: float(v[0]) for k, v in self.base.where.values(self.base.theta.mean(axis=0)).items()}


def base_of(folder: str | Path | None, seed: int = 1, count: int = DRAWS) -> Base:
    """Draws of a posterior's folder; where none is named of the shipped posterior, or of the fit's Gaussian where there is none."""
    if folder:
        about = read_about(folder)
        draws = kept_draws(folder)
        flat = draws.thinned(max(1, count // draws.theta.shape[0])).flat()
        text = f"{flat.theta.shape[1]} draws of the posterior in '{folder}'"
        return Base(
            coordinates_of(about),
            flat.theta[0],
            flat.scales[0],
            flat.errors[0],
            text,
            tuple(about.get("row_endpoints", ())),
        )
    fit = load_fit()
    if fit.draws:
        return _of_shipped(fit, fit.draws, count)
    forms = fit.transform
    centre = np.array(
        [np.log(fit.values[n]) if f == "log" else fit.values[n] for n, f in zip(fit.names, forms, strict=True)]
    )
    covariance = np.asarray(fit.covariance)
    sd = np.sqrt(np.diag(covariance))
    where = Coordinates(fit.names, forms, centre, sd, centre - 8 * sd, centre + 8 * sd)
    root = np.linalg.cholesky(covariance + 1e-12 * np.eye(len(sd)))
    theta = centre + np.random.default_rng([seed, 11]).standard_normal((count, len(sd))) @ root.T
    return Base(where, _inside(theta, fit.names, forms), None, None, f"{count} draws of the shipped fit's Gaussian")


def _of_shipped(fit: Fit, draws: PosteriorDraws, count: int) -> Base:
    """The first draws of the shipped posterior, on the scale they were sampled in."""
    priors = [p for p in assumed_priors() if p.name in draws.about["assumed"]]
    where = join(of_transform(space(fit.names)), of_priors(priors))
    order = [draws.names.index(n) for n in where.names]
    theta = np.stack([where.of_values(dict(zip(where.names, v, strict=True))) for v in draws.values[:count, order]])
    scales = None if draws.spreads is None else np.log(draws.spreads[:count])
    errors = draws.errors[:count] if draws.errors is not None and len(draws.errors) >= count else None
    endpoints = tuple(draws.about.get("row_endpoints", ()))
    return Base(where, theta, scales, errors, f"{len(theta)} draws of the shipped posterior", endpoints)


def _inside(theta: Array, names: tuple[str, ...], forms: tuple[str, ...]) -> Array:
    """Draws inside the bounds of their parameters."""
    from osteon.interventions import CARDS
    from osteon.simulation.assembly import human_model

    parameters = human_model(CARDS).parameters
    bound = theta.copy()
    for i, (name, form) in enumerate(zip(names, forms, strict=True)):
        low, high = parameters[name].bounds or (-np.inf, np.inf)
        if form == "log":
            low, high = np.log(max(low, 1e-12)), np.log(high)
        bound[:, i] = np.clip(theta[:, i], low, high)
    return bound


def update(base: Base, data: UserData, seed: int = 1) -> Update:
    """Weigh the draws by the new trial. Raises InputError where none of them could be run."""
    made = tuple(blocks(data.arms))
    model = error_model(made)
    errors = simulator(data.arms, made, base.where)(base.theta)
    scales = base.scales if base.scales is not None else np.tile(model.usual(), (len(errors), 1))
    log = model.by_trial(errors, scales).sum(axis=1)
    log = np.where(np.abs(errors).max(axis=1) < 49.0, log, -np.inf)
    if not np.isfinite(log).any():
        raise InputError("No draw could be run through the new trial's arms.")
    weights = pareto_smoothed(log)
    mean, sd = base.theta.mean(axis=0), np.maximum(base.theta.std(axis=0), 1e-12)
    after = weights.weight @ base.theta
    spread = np.sqrt(np.maximum(weights.weight @ (base.theta - after) ** 2, 0.0))
    rows = _rows(data, made, errors, weights)
    return Update(base, weights, _surprise(model, errors, scales), (after - mean) / sd, spread / sd, rows)


def _surprise(model: Any, errors: Array, scales: Array) -> float:
    """Chance of rows at least as far from the draws as these: Mahalanobis distance, draws, rows and study in it."""
    from scipy.stats import chi2

    good = np.abs(errors).max(axis=1) < 49.0
    errors, middle = errors[good], np.median(scales[good], axis=0)[None]
    noise = np.zeros((errors.shape[1],) * 2)
    for g, root in zip(model.groups, model.roots(middle), strict=True):
        inverse = np.linalg.inv(root[0])
        noise[np.ix_(g.rows, g.rows)] = inverse @ inverse.T
    covariance = np.cov(errors.T).reshape(noise.shape) + noise
    gap = errors.mean(axis=0)
    return float(chi2.sf(gap @ np.linalg.solve(covariance, gap), len(gap)))


def _rows(data: UserData, made: Any, errors: Array, weights: Weights) -> tuple[NewRow, ...]:
    """New rows beside what was expected before and is after."""
    rows = []
    for i, m in enumerate(m for b in made for m in b.rows):
        bmd = in_points(m.endpoint)

        def shown(e: Any, m: Any = m, bmd: bool = bmd) -> float:
            return float(m.value + e if bmd else 100 * ((1 + m.value / 100) * np.exp(e) - 1))

        before, after = errors[:, i].mean(), weights.weight @ errors[:, i]
        low, high = np.quantile(errors[:, i], [0.05, 0.95])
        expected = shown(before), shown(low), shown(high), shown(after)
        rows.append(NewRow(m.arm, m.endpoint, m.months, m.unit, m.value, *expected))
    return tuple(rows)


def scorecard(base: Base, weights: Weights) -> list[ScoreShift]:
    """Root mean square error of the calibration rows' groups before and after, by outcome; nothing for draws that were not run on them."""
    if base.errors is None or not base.endpoints:
        return []
    before, after, endpoints = base.errors.mean(axis=0), weights.weight @ base.errors, base.endpoints
    rows = []
    for endpoint in dict.fromkeys(endpoints):
        own = [i for i, e in enumerate(endpoints) if e == endpoint]
        first, last = (float(np.sqrt((x[own] ** 2).mean())) for x in (before, after))
        rows.append(ScoreShift(endpoint, len(own), first, last))
    return rows
