"""How far the fit's Gaussian is from the posterior: its draws weighed by the exact density (effective draws, Pareto k)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from osteon.inference.sampler import FAILED_RUN, Problem
from osteon.simulation.fits import Fit
from osteon.statistics.importance import pareto_smoothed

Array = NDArray[np.float64]


def gaussian_weights(problem: Problem, fit: Fit, count: int, seed: int = 1) -> dict[str, Any]:
    """Effective draws and Pareto k of draws of a fit's Gaussian against the posterior of the same numbers, spreads at their usual size.

    outside_bounds : share of draws with a number beyond its bounds; where they are used they are clipped, here they weigh nothing
    """
    where, names = problem.where, problem.where.names
    assert names == fit.names, "the problem is of the fit's numbers alone"
    covariance = np.asarray(fit.covariance)
    mean = where.of_values(fit.values)
    root = np.linalg.cholesky(covariance + 1e-12 * np.eye(len(mean)))
    z = np.random.default_rng([seed, 3]).standard_normal((count, len(mean)))
    theta = mean + z @ root.T
    inside = np.all((theta > where.low) & (theta < where.high), axis=1)
    log = np.full(count, -np.inf)
    errors = problem.simulate(np.clip(theta, where.low, where.high))
    usual = np.tile(problem.model.usual(), (count, 1))
    prior = -0.5 * (((theta - where.centre) / where.width) ** 2).sum(axis=1)
    exact = problem.model.by_trial(errors, usual).sum(axis=1) + prior + 0.5 * (z**2).sum(axis=1)
    ok = inside & (np.abs(errors).max(axis=1) < FAILED_RUN)
    log[ok] = exact[ok]
    return {"draws": count, "outside_bounds": float(1 - inside.mean()), **_weighed(log), "clipped": _weighed(exact)}


def _weighed(log: Array) -> dict[str, Any]:
    if not np.isfinite(log).any():
        return {"effective_draws": 0.0, "pareto_k": None}
    w = pareto_smoothed(log)
    return {"effective_draws": w.effective, "pareto_k": w.pareto_k if np.isfinite(w.pareto_k) else None}
