"""Importance weights that a few draws cannot run: Pareto-smoothed, with the shape that says whether to trust them.

Source: Vehtari 2024 (PSIS); the fit of the generalised Pareto: Zhang and Stephens 2009.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
TRUSTED = 0.7  # Pareto k above which an estimate is not to be used
MIN_TAIL = 5  # draws of a tail that can be fitted


@dataclass(frozen=True)
class Weights:
    """Normalised weights (draws,), the Pareto shape of their tail, and how many equal draws they are worth."""

    weight: Array
    pareto_k: float
    effective: float

    @property
    def trusted(self) -> bool:
        """Whether the weights can be used: the shape is below 0.7, or below what so few draws can show."""
        return bool(self.pareto_k < min(1 - 1 / np.log10(max(len(self.weight), 11)), TRUSTED))


def pareto_smoothed(log_ratio: Array, relative: float = 1.0) -> Weights:
    """Weights from log ratios (draws,); the largest are replaced by quantiles of a Pareto tail.

    relative : effective over all draws, for draws of a Markov chain.   A ratio that is not finite counts as nothing.
    """
    log = np.where(np.isfinite(log_ratio), log_ratio, -np.inf)
    log = log - log.max()
    n = len(log)
    tail = int(3 * np.sqrt(n / max(relative, 1e-3))) if n * relative > 225 else n // 5
    tail = min(tail, n // 2)
    k = np.inf
    if tail >= MIN_TAIL and n > tail:
        order = np.argsort(log, kind="stable")
        ends = order[-tail:]
        cut = max(float(log[order[-tail - 1]]), float(np.log(np.finfo(float).tiny)))
        excess = np.exp(log[ends]) - np.exp(cut)
        if excess[-1] > 0 and np.isfinite(excess).all() and np.ptp(log[ends]) > 0:
            k, sigma = fit_pareto(np.sort(excess))
            if np.isfinite(k):
                place = (np.arange(tail) + 0.5) / tail
                log[ends] = np.log(_quantile(place, k, sigma) + np.exp(cut))
        elif np.ptp(log[ends]) == 0:
            k = -np.inf  # all weights of the tail are alike: nothing to be smoothed
    log = np.minimum(log, 0.0)
    weight = np.exp(log - log.max())
    weight /= weight.sum()
    return Weights(weight, float(k), float(1 / (weight**2).sum()))


def fit_pareto(excess: Array) -> tuple[float, float]:
    """Shape and scale of a generalised Pareto from rising excesses (n,); the shape is drawn to 0.5 where they are few."""
    n = len(excess)
    count = 30 + int(np.sqrt(n))
    b = 1 - np.sqrt(count / (np.arange(1, count + 1) - 0.5))
    b = b / (3 * excess[int(n / 4 + 0.5) - 1]) + 1 / excess[-1]
    k = np.log1p(-b[:, None] * excess).mean(axis=1)
    likelihood = n * (np.log(-b / k) - k - 1)
    with np.errstate(over="ignore"):
        weight = 1 / np.exp(likelihood - likelihood[:, None]).sum(axis=1)
    kept = weight >= 10 * np.finfo(float).eps
    weight, b = weight[kept] / weight[kept].sum(), b[kept]
    mean = float((b * weight).sum())
    if not len(b) or not np.isfinite(mean) or mean == 0:
        return float("inf"), float("nan")  # a tail of one draw: nothing holds it
    shape = float(np.log1p(-mean * excess).mean())
    return (n * shape + 5.0) / (n + 10.0), -shape / mean


def _quantile(p: Array, k: float, sigma: float) -> Array:
    return -sigma * np.log1p(-p) if abs(k) < 1e-12 else sigma * np.expm1(-k * np.log1p(-p)) / k
