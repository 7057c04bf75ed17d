"""Least squares for trials: ANCOVA with any covariates, and ratios of markers from logarithms."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from osteon.statistics.two_arms import Effect

Array = NDArray[np.float64]


def adjusted_difference(y: Array, group: Array, covariates: Array | None = None, alpha: float = 0.05) -> Effect:
    """Difference of two arms, adjusted for covariates by ordinary least squares.

    y, group : (patients,), group 1 in the arm and 0 in the comparator; covariates (patients, k), constant ones are left out.
    Rows with a missing value anywhere are left out. All fields NaN where too few are left.
    """
    table = np.empty((len(y), 0)) if covariates is None else np.asarray(covariates, float).reshape(len(y), -1)
    seen = np.isfinite(y) & np.isfinite(table).all(axis=1)
    y, group, table = y[seen], group[seen], table[seen]
    n, m = int((group == 1).sum()), int((group == 0).sum())
    method = "ancova" if table.shape[1] else "t_test"
    if n < 2 or m < 2:
        return Effect(*(math.nan,) * 5, n, m, method)
    table = table[:, np.ptp(table, axis=0) > 0]
    x = np.column_stack([np.ones(len(y)), group, table - table.mean(axis=0)])
    left = len(y) - x.shape[1]
    if left < 1 or np.linalg.matrix_rank(x) < x.shape[1]:
        return Effect(*(math.nan,) * 5, n, m, method)
    inverse = np.linalg.inv(x.T @ x)
    beta = inverse @ x.T @ y
    rest = y - x @ beta
    return effect_of(float(beta[1]), math.sqrt(float(rest @ rest) / left * inverse[1, 1]), left, alpha, n, m, method)


def effect_of(estimate: float, se: float, degrees: float, alpha: float, n: int, m: int, method: str) -> Effect:
    """An effect from its estimate, standard error and degrees of freedom of t."""
    from scipy.stats import t

    half = float(t.ppf(1 - alpha / 2, degrees)) * se
    p = 2 * float(t.sf(abs(estimate) / se, degrees)) if se > 0 else math.nan
    return Effect(estimate, se, estimate - half, estimate + half, p, n, m, method)


def ratio_of_markers(values: Array, baseline: Array, group: Array, alpha: float = 0.05) -> Effect:
    """Ratio of geometric means, arm over comparator, adjusted for the logarithm of baseline; se is that of the logarithm.

    values, baseline : above 0, (patients,); anything else counts as missing.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        y, base = np.log(values), np.log(baseline)
    y, base = np.where(np.isfinite(y), y, np.nan), np.where(np.isfinite(base), base, np.nan)
    log = adjusted_difference(y, group, base[:, None], alpha)
    return replace(log, estimate=math.exp(log.estimate), lo=math.exp(log.lo), hi=math.exp(log.hi), method="ratio")


def variance_left(y: Array, group: Array, covariates: Array) -> float:
    """Residual variance with covariates over that without: what adjusting saves in patients (0.8: a fifth fewer)."""
    seen = np.isfinite(y) & np.isfinite(covariates).all(axis=1)
    y, group, covariates = y[seen], group[seen], covariates[seen]
    plain = np.column_stack([np.ones(len(y)), group])
    full = np.column_stack([plain, covariates])

    def left(x: Array) -> float:
        rest = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
        return float(float(rest @ rest) / (len(y) - x.shape[1]))

    return left(full) / left(plain)
