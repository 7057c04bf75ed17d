"""Missing values: multiple imputation at random, and reference-based imputation; results pooled by Rubin's rules.

Each arm is a multivariate normal of baseline and visits. Its parameters are drawn from their posterior (sequential
regressions over the patients seen up to each visit), then missing visits are drawn given what was seen of the patient.
Source: Little and Rubin 2002; Carpenter, Roger and Kenward 2013; Barnard and Rubin 1999.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from osteon.statistics.regression import adjusted_difference, effect_of
from osteon.statistics.two_arms import Effect
from osteon.streams import normal, uniform

Array = NDArray[np.float64]
METHODS = ("mar", "jump_to_reference", "copy_reference", "copy_increments")
IMPUTATIONS = 20


def multiply_imputed(
    values: Array,
    baseline: Array,
    group: Array,
    ids: NDArray[np.int64],
    seed: int,
    method: str = "mar",
    imputations: int = IMPUTATIONS,
    alpha: float = 0.05,
) -> Effect:
    """ANCOVA at the last visit over imputed data sets.

    values : (patients, visits) in time order, NaN where missing; baseline (patients,); group 1 arm, 0 comparator
    ids    : patients' numbers, which with the seed decide their draws.  Raises InputError for an unknown method.
    """
    from osteon.errors import InputError, unknown

    if method not in METHODS:
        raise InputError(unknown("imputation", method, METHODS))
    table = np.column_stack([baseline, values])
    kept = np.isfinite(baseline)
    table, group, ids = table[kept], group[kept], ids[kept]
    found = []
    for m in range(imputations):
        drawn = [_draw_arm(table[group == k], seed, f"{m}:{k}") for k in (0, 1)]
        if any(d is None for d in drawn):
            return Effect(
                *(math.nan,) * 5, int((group == 1).sum()), int((group == 0).sum()), f"multiple_imputation_{method}"
            )
        filled = table.copy()
        for k in (0, 1):
            rows = np.flatnonzero(group == k)
            filled[rows] = _impute(table[rows], drawn[k], drawn[0], method if k else "mar", ids[rows], seed, m)  # type: ignore[arg-type]
        found.append(adjusted_difference(filled[:, -1], group, filled[:, :1], alpha))
    return pooled(found, alpha, f"multiple_imputation_{method}")


def _draw_arm(table: Array, seed: int, purpose: str) -> tuple[Array, Array] | None:
    """Mean and covariance of (baseline, visits), drawn from their posterior; None where too few patients are left."""
    from scipy.stats import chi2

    columns = table.shape[1]
    mean, cov = np.zeros(columns), np.zeros((columns, columns))
    open_ = np.ones(len(table), bool)
    for j in range(columns):
        open_ = open_ & np.isfinite(table[:, j])
        n = int(open_.sum())
        if n < j + 3:
            return None
        x = np.column_stack([np.ones(n), table[open_][:, :j]])
        y = table[open_, j]
        inverse = np.linalg.pinv(x.T @ x)
        beta = inverse @ x.T @ y
        rest = y - x @ beta
        u = uniform(seed, [0], f"imputation:variance:{purpose}", j)[0]
        variance = max(float(rest @ rest), 1e-300) / float(chi2.ppf(u, n - j - 1))
        z = normal(seed, np.arange(j + 1), f"imputation:coefficients:{purpose}", j)
        root = np.linalg.cholesky(inverse + 1e-14 * np.trace(inverse) * np.eye(j + 1))
        beta = beta + math.sqrt(variance) * root @ z
        mean[j] = beta[0] + beta[1:] @ mean[:j]
        cov[j, :j] = cov[:j, j] = cov[:j, :j] @ beta[1:]
        cov[j, j] = variance + beta[1:] @ cov[:j, :j] @ beta[1:]
    return mean, cov


def _impute(
    table: Array,
    own: tuple[Array, Array],
    reference: tuple[Array, Array],
    method: str,
    ids: NDArray[np.int64],
    seed: int,
    m: int,
) -> Array:
    filled = table.copy()
    z = np.stack([normal(seed, ids, f"imputation:value:{m}", j) for j in range(table.shape[1])], axis=1)
    kinds, which = np.unique(np.isfinite(table), axis=0, return_inverse=True)
    which = np.asarray(which).reshape(-1)
    for k, seen in enumerate(kinds):
        if seen.all():
            continue
        rows, gone = np.flatnonzero(which == k), ~seen
        mean, cov = _target(own, reference, method, seen)
        slope = np.linalg.solve(cov[np.ix_(seen, seen)], cov[np.ix_(seen, gone)])
        left = cov[np.ix_(gone, gone)] - cov[np.ix_(gone, seen)] @ slope
        root = np.linalg.cholesky(left + 1e-12 * max(float(np.trace(left)), 1e-300) * np.eye(len(left)))
        centre = mean[gone] + (table[np.ix_(rows, seen)] - mean[seen]) @ slope
        filled[np.ix_(rows, gone)] = centre + z[np.ix_(rows, gone)] @ root.T
    return filled


def _target(
    own: tuple[Array, Array], reference: tuple[Array, Array], method: str, seen: NDArray[np.bool_]
) -> tuple[Array, Array]:
    """Mean and covariance that a patient's missing visits are drawn from."""
    if method == "mar":
        return own
    if method == "copy_reference":
        return reference
    last = int(np.flatnonzero(seen)[-1])
    after = np.arange(len(seen)) > last
    mean = own[0].copy()
    mean[after] = reference[0][after]
    if method == "copy_increments":
        mean[after] += own[0][last] - reference[0][last]
    return mean, _joined_covariance(own[1], reference[1], last + 1)


def _joined_covariance(own: Array, reference: Array, seen: int) -> Array:
    """The arm's covariance of the visits seen, carried on by the reference's regression on them.  Source: Carpenter 2013, (5)."""
    a, b = slice(0, seen), slice(seen, None)
    slope = np.linalg.solve(reference[a, a], reference[a, b])
    joined = own.copy()
    joined[a, b] = own[a, a] @ slope
    joined[b, a] = joined[a, b].T
    joined[b, b] = reference[b, b] - slope.T @ (reference[a, a] - own[a, a]) @ slope
    return joined


def pooled(effects: Sequence[Effect], alpha: float, method: str) -> Effect:
    """Effects of imputed data sets as one.  Source: Rubin 1987; degrees of freedom of Barnard and Rubin 1999."""
    m = len(effects)
    estimates, inside = np.array([e.estimate for e in effects]), float(np.mean([e.se**2 for e in effects]))
    n, k = effects[0].n, effects[0].n_comparator
    between = float(np.var(estimates, ddof=1)) if m > 1 else 0.0
    total = inside + (1 + 1 / m) * between
    complete = max(n + k - 3, 1)
    share = (1 + 1 / m) * between / total if total else 0.0
    seen = (complete + 1) / (complete + 3) * complete * (1 - share)
    degrees = seen if share < 1e-12 else 1 / (1 / ((m - 1) / share**2) + 1 / seen)
    return effect_of(float(estimates.mean()), math.sqrt(total), degrees, alpha, n, k, method)
