"""Mixed model for repeated measures: all visits at once, missing at random, by restricted maximum likelihood.

Every visit has its own mean in each arm and its own slope on baseline; visits of a patient covary as the structure says:
"unstructured", or "compound_symmetry" (a random intercept). Fisher scoring; degrees of freedom by Satterthwaite.
Source: Mallinckrodt 2008; Jennrich and Schluchter 1986; Fai and Cornelius 1996 (degrees of freedom of one contrast).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from osteon.statistics.regression import effect_of
from osteon.statistics.two_arms import Effect

Array = NDArray[np.float64]
STRUCTURES = ("unstructured", "compound_symmetry")
STEPS, REPEATED_MEASURES_TOLERANCE = 100, 1e-9


@dataclass(frozen=True)
class RepeatedMeasures:
    """Effects at each visit, covariance of the visits (visits, visits), REML log likelihood, whether it converged."""

    effects: tuple[Effect, ...]
    covariance: Array
    log_likelihood: float
    converged: bool


@dataclass(frozen=True)
class _Pattern:
    """Patients seen at the same visits: their covariates (n, 3) and values, 0 where missing, (n, visits)."""

    seen: NDArray[np.bool_]
    z: Array
    y: Array


def repeated_measures(
    values: Array, group: Array, baseline: Array, alpha: float = 0.05, structure: str = "unstructured"
) -> RepeatedMeasures:
    """Fit. values : (patients, visits) after baseline, NaN where missing; group 1 and 0; baseline (patients,).

    Patients without any value or baseline are left out. Effects are NaN where the model cannot be fitted.
    """
    visits = values.shape[1]
    kept = np.isfinite(values).any(axis=1) & np.isfinite(baseline)
    values, group, baseline = values[kept], group[kept], baseline[kept]
    counts = [(int((np.isfinite(values[:, v]) & (group == k)).sum())) for v in range(visits) for k in (0, 1)]
    ones = [np.ones(len(group)), group.astype(float)]
    z = np.column_stack([*ones, baseline - baseline.mean()] if len(baseline) and np.ptp(baseline) > 0 else ones)
    if min(counts, default=0) < 2 or len(values) < z.shape[1] + visits:
        return _unfitted(visits)
    basis = _basis(visits, structure)
    patterns = _patterns(values, z)
    theta = _start(values, z, basis)
    state = _evaluate(patterns, basis, theta)
    converged = False
    if state is None:
        return _unfitted(visits)
    for _ in range(STEPS):
        score, information = _score(patterns, basis, theta, state)
        try:
            step: Array = np.asarray(np.linalg.solve(information, score), float)
        except np.linalg.LinAlgError:
            return _unfitted(visits)
        theta, state, moved = _advance(patterns, basis, theta, state, step)
        if float(score @ step) < REPEATED_MEASURES_TOLERANCE or not moved:
            converged = float(abs(score @ step)) < 1e-5
            break
    return _fitted(patterns, basis, theta, state, group, values, alpha, converged)


def _unfitted(visits: int) -> RepeatedMeasures:
    none = Effect(*(math.nan,) * 5, 0, 0, "mixed_model")
    return RepeatedMeasures((none,) * visits, np.full((visits, visits), np.nan), math.nan, False)


def _basis(visits: int, structure: str) -> list[Array]:
    """Matrices whose weighted sum is the covariance of the visits."""
    from osteon.errors import InputError, unknown

    if structure not in STRUCTURES:
        raise InputError(unknown("covariance structure", structure, STRUCTURES))
    if structure == "compound_symmetry":
        return [np.ones((visits, visits)), np.eye(visits)][: 1 if visits == 1 else 2]
    found = []
    for i in range(visits):
        for j in range(i + 1):
            g = np.zeros((visits, visits))
            g[i, j] = g[j, i] = 1.0
            found.append(g)
    return found


def _patterns(values: Array, z: Array) -> list[_Pattern]:
    seen = np.isfinite(values)
    kinds, which = np.unique(seen, axis=0, return_inverse=True)
    filled = np.where(seen, values, 0.0)
    which = np.asarray(which).reshape(-1)
    return [_Pattern(kinds[k], z[which == k], filled[which == k]) for k in range(len(kinds))]


def _start(values: Array, z: Array, basis: list[Array]) -> Array:
    """Weights of the basis: variances of residuals at each visit, half of them shared."""
    variances = []
    for v in range(values.shape[1]):
        ok = np.isfinite(values[:, v])
        rest = values[ok, v] - z[ok] @ np.linalg.lstsq(z[ok], values[ok, v], rcond=None)[0]
        variances.append(max(float(rest @ rest) / max(ok.sum() - z.shape[1], 1), 1e-12))
    sd = np.sqrt(variances)
    target = 0.5 * np.outer(sd, sd) + 0.5 * np.diag(sd**2)
    stacked = np.stack([g.reshape(-1) for g in basis], axis=1)
    return np.asarray(np.linalg.lstsq(stacked, target.reshape(-1), rcond=None)[0], float)


@dataclass(frozen=True)
class _State:
    """covariance, inverses by pattern, (X'V^-1X)^-1, coefficients, log likelihood."""

    covariance: Array
    inverses: list[Array]
    c: Array
    beta: Array
    log_likelihood: float


def _evaluate(patterns: list[_Pattern], basis: list[Array], theta: Array) -> _State | None:
    """Everything at one covariance; None where it is not positive definite."""
    covariance = np.tensordot(theta, np.stack(basis), axes=1)
    visits = len(covariance)
    k = patterns[0].z.shape[1]
    a, right, log = np.zeros((k * visits, k * visits)), np.zeros(k * visits), 0.0
    inverses, square = [], 0.0
    try:
        np.linalg.cholesky(covariance)
    except np.linalg.LinAlgError:
        return None
    for p in patterns:
        part = covariance[np.ix_(p.seen, p.seen)]
        inverse = np.zeros_like(covariance)
        inverse[np.ix_(p.seen, p.seen)] = np.linalg.inv(part)
        inverses.append(inverse)
        log += len(p.z) * float(np.linalg.slogdet(part)[1])
        a += np.kron(p.z.T @ p.z, inverse)
        weighted = p.y @ inverse
        right += (p.z.T @ weighted).reshape(-1)
        square += float(np.sum(weighted * p.y))
    c = np.linalg.inv(a)
    beta = c @ right
    value = -0.5 * (log + float(np.linalg.slogdet(a)[1]) + square - float(beta @ right))
    return _State(covariance, inverses, c, beta, value)


def _score(patterns: list[_Pattern], basis: list[Array], theta: Array, state: _State) -> tuple[Array, Array]:
    """Derivative of the REML likelihood and its expected information, by the weights of the basis."""
    n = len(basis)
    coefficients = state.beta.reshape(patterns[0].z.shape[1], -1)
    first = np.zeros((n, *state.c.shape))
    score, information = np.zeros(n), np.zeros((n, n))
    for p, inverse in zip(patterns, state.inverses, strict=True):
        zz = p.z.T @ p.z
        rest = np.where(p.seen, p.y - p.z @ coefficients, 0.0) @ inverse
        products = [inverse @ g for g in basis]
        for i in range(n):
            middle = products[i] @ inverse
            first[i] += np.kron(zz, middle)
            score[i] += 0.5 * (float(np.sum((rest @ basis[i]) * rest)) - len(p.z) * float(np.trace(products[i])))
            for j in range(i + 1):
                pair = products[i] @ products[j]
                second = np.kron(zz, pair @ inverse)
                value = len(p.z) * float(np.trace(pair)) - 2 * float(np.sum(state.c * second.T))
                information[i, j] += 0.5 * value
    carried = [state.c @ f for f in first]
    for i in range(n):
        score[i] += 0.5 * float(np.trace(carried[i]))
        for j in range(i + 1):
            information[i, j] += 0.5 * float(np.sum(carried[i] * carried[j].T))
            information[j, i] = information[i, j]
    return score, information


def _advance(
    patterns: list[_Pattern], basis: list[Array], theta: Array, state: _State, step: Array
) -> tuple[Array, _State, bool]:
    """The longest of step, half of it, a quarter … that raises the likelihood and keeps the covariance positive definite."""
    for half in range(30):
        new = theta + step / 2**half
        found = _evaluate(patterns, basis, new)
        if found is not None and found.log_likelihood >= state.log_likelihood - 1e-10:
            return new, found, True
    return theta, state, False


def _fitted(
    patterns: list[_Pattern],
    basis: list[Array],
    theta: Array,
    state: _State,
    group: Array,
    values: Array,
    alpha: float,
    converged: bool,
) -> RepeatedMeasures:
    visits = len(state.covariance)
    _, information = _score(patterns, basis, theta, state)
    spread = np.linalg.inv(information)
    slopes = np.zeros((len(basis), visits))
    for i, g in enumerate(basis):
        derivative = np.zeros_like(state.c)
        for p, inverse in zip(patterns, state.inverses, strict=True):
            derivative += np.kron(p.z.T @ p.z, inverse @ g @ inverse)
        slopes[i] = np.diag(state.c @ derivative @ state.c)[visits : 2 * visits]
    effects = []
    for v in range(visits):
        row = visits + v
        variance = float(state.c[row, row])
        degrees = 2 * variance**2 / float(slopes[:, v] @ spread @ slopes[:, v])
        n, m = (int((np.isfinite(values[:, v]) & (group == k)).sum()) for k in (1, 0))
        effects.append(effect_of(float(state.beta[row]), math.sqrt(variance), degrees, alpha, n, m, "mixed_model"))
    return RepeatedMeasures(tuple(effects), state.covariance, state.log_likelihood, converged)
