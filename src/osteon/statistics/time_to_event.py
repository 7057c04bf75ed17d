"""Time to the first event: Kaplan-Meier, cumulative incidence beside competing death, log-rank, Cox.

time: months, (patients,); event: 1 the event, 0 censored, 2 a competing event (death before it).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class HazardRatio:
    """Ratio of hazards, arm over comparator; interval at 1 - alpha; two-sided p; events in both."""

    ratio: float
    lo: float
    hi: float
    p: float
    log_se: float
    events: int
    method: str


@dataclass(frozen=True)
class Curve:
    """Share with an event by each time, (times,): estimate and pointwise interval, and numbers at risk just before."""

    time: Array
    share: Array
    lo: Array
    hi: Array
    at_risk: Array


def log_rank(time: Array, event: Array, group: Array, alpha: float = 0.05) -> HazardRatio:
    """Log-rank test with Peto's one-step hazard ratio. A competing event ends the time at risk.  Source: Mantel 1966.

    group : 1 in the arm, 0 in the comparator
    """
    from scipy.stats import norm

    excess, variance, events = _excess(time, event == 1, group)
    if variance <= 0:
        return HazardRatio(math.nan, math.nan, math.nan, math.nan, math.nan, events, "log_rank")
    log, se = excess / variance, 1 / math.sqrt(variance)
    half = float(norm.ppf(1 - alpha / 2)) * se
    p = 2 * float(norm.sf(abs(excess) / math.sqrt(variance)))
    return HazardRatio(math.exp(log), math.exp(log - half), math.exp(log + half), p, se, events, "log_rank")


def _excess(time: Array, had: NDArray[np.bool_], group: Array) -> tuple[float, float, int]:
    """Events of the arm beyond those expected, hypergeometric variance of that, all events."""
    times, fell = np.unique(time[had], return_counts=True)
    everybody, own = np.sort(time), np.sort(time[group == 1])
    total = len(everybody) - np.searchsorted(everybody, times)
    mine = len(own) - np.searchsorted(own, times)
    share = mine / np.maximum(total, 1)
    variance = fell * share * (1 - share) * (total - fell) / np.maximum(total - 1, 1)
    return float(had[group == 1].sum() - (fell * share).sum()), float(variance.sum()), int(had.sum())


def cox(time: Array, event: Array, group: Array, covariates: Array | None = None, alpha: float = 0.05) -> HazardRatio:
    """Cause-specific hazard ratio of a Cox model, ties by Efron; competing events are censored.  Source: Cox 1972, Efron 1977.

    covariates : (patients, k) or None. Newton's method on the partial likelihood; NaN where an arm has no event.
    """
    from scipy.stats import norm

    had = event == 1
    events = int(had.sum())
    if not had[group == 1].any() or not had[group == 0].any():
        return HazardRatio(math.nan, math.nan, math.nan, math.nan, math.nan, events, "cox")
    x = group[:, None].astype(float) if covariates is None else np.column_stack([group, covariates])
    x = x - x.mean(axis=0)
    order = np.argsort(-time, kind="stable")
    ties = _ties(time[order], had[order])
    beta = np.zeros(x.shape[1])
    for _ in range(50):
        score, information = _partial(ties, x[order], beta)
        step = np.linalg.solve(information, score)
        beta = beta + np.clip(step, -2, 2)
        if np.max(np.abs(step)) < 1e-10:
            break
    se = math.sqrt(float(np.linalg.inv(information)[0, 0]))
    half = float(norm.ppf(1 - alpha / 2)) * se
    log = float(beta[0])
    p = 2 * float(norm.sf(abs(log) / se))
    return HazardRatio(math.exp(log), math.exp(log - half), math.exp(log + half), p, se, events, "cox")


@dataclass(frozen=True)
class _Ties:
    """Events of a sample by falling time: their rows, where their tie starts, which tie is whose, its last row at risk, share taken out."""

    rows: NDArray[np.intp]
    starts: NDArray[np.intp]
    tie: NDArray[np.intp]
    last: NDArray[np.intp]
    part: Array


def _ties(time: Array, had: NDArray[np.bool_]) -> _Ties:
    """Efron's shares of tied events; rows by falling time."""
    rows = np.flatnonzero(had)
    at = time[rows]
    starts = np.flatnonzero(np.r_[True, at[1:] != at[:-1]])
    count = np.diff(np.r_[starts, len(rows)])
    tie = np.repeat(np.arange(len(starts)), count)
    last = np.searchsorted(-time, -at, side="right") - 1
    return _Ties(rows, starts, tie, last, (np.arange(len(rows)) - starts[tie]) / count[tie])


def _partial(ties: _Ties, x: Array, beta: Array) -> tuple[Array, Array]:
    """Score and information of Efron's partial likelihood; rows by falling time."""
    risk = np.exp(x @ beta)
    rx = risk[:, None] * x
    rxx = rx[:, :, None] * x[:, None, :]

    def at_risk(terms: Array) -> Array:
        taken = np.add.reduceat(terms[ties.rows], ties.starts, axis=0)[ties.tie]
        part = ties.part.reshape(-1, *(1,) * (terms.ndim - 1))
        return np.asarray(np.cumsum(terms, axis=0)[ties.last] - part * taken)

    whole = at_risk(risk)
    mean = at_risk(rx) / whole[:, None]
    information = (at_risk(rxx) / whole[:, None, None]).sum(axis=0) - mean.T @ mean
    return x[ties.rows].sum(axis=0) - mean.sum(axis=0), information


def kaplan_meier(time: Array, event: Array, at: Array, alpha: float = 0.05) -> Curve:
    """1 - Kaplan-Meier at the times asked for, with log-log intervals; competing events are censored.  Source: Kalbfleisch 1980."""
    from scipy.stats import norm

    times, fell, total = _risk_table(time, event == 1)
    survival = np.cumprod(1 - fell / total)
    with np.errstate(divide="ignore", invalid="ignore"):
        greenwood = np.cumsum(fell / (total * (total - fell)))
    k = np.searchsorted(times, at + 1e-12, side="right") - 1
    s = np.where(k >= 0, survival[np.maximum(k, 0)], 1.0) if len(times) else np.ones(len(at))
    v = np.where(k >= 0, greenwood[np.maximum(k, 0)], 0.0) if len(times) else np.zeros(len(at))
    z = float(norm.ppf(1 - alpha / 2))
    with np.errstate(divide="ignore", invalid="ignore"):
        width = z * np.sqrt(v) / np.abs(np.log(s))
        lo, hi = 1 - s ** np.exp(-width), 1 - s ** np.exp(width)
    none = (k < 0) | (s >= 1)
    return Curve(at, 1 - s, np.where(none, 0.0, lo), np.where(none, 0.0, hi), _at_risk(time, at))


def cumulative_incidence(time: Array, event: Array, at: Array, alpha: float = 0.05) -> Curve:
    """Share with the event by each time where a competing event may come first (Aalen and Johansen 1978).

    Interval on the log-log scale from the delta-method variance (Marubini and Valsecchi 1995).
    """
    from scipy.stats import norm

    times, _, total = _risk_table(time, event > 0)
    own = np.array([np.sum((time == t) & (event == 1)) for t in times], float)
    both = np.array([np.sum((time == t) & (event > 0)) for t in times], float)
    after = np.cumprod(1 - both / total)
    before = np.concatenate([[1.0], after[:-1]]) if len(times) else np.ones(0)
    incidence = np.cumsum(before * own / total)
    share, se = np.zeros(len(at)), np.zeros(len(at))
    for i, t in enumerate(at):
        k = int(np.searchsorted(times, t + 1e-12, side="right"))
        if k == 0:
            continue
        rest, s, d, o, n = incidence[k - 1] - incidence[:k], before[:k], both[:k], own[:k], total[:k]
        share[i] = incidence[k - 1]
        with np.errstate(divide="ignore", invalid="ignore"):
            first = np.where(n > d, rest**2 * d / (n * (n - d)), 0.0)
            second, third = s**2 * (n - o) * o / n**3, -2 * rest * s * o / n**2
        se[i] = math.sqrt(max(float(np.sum(first + second + third)), 0.0))
    z = float(norm.ppf(1 - alpha / 2))
    with np.errstate(divide="ignore", invalid="ignore"):
        width = np.where(share > 0, z * se / (share * np.abs(np.log(share))), 0.0)
        lo, hi = share ** np.exp(width), share ** np.exp(-width)
    return Curve(at, share, np.where(share > 0, lo, 0.0), np.where(share > 0, hi, 0.0), _at_risk(time, at))


def _risk_table(time: Array, had: NDArray[np.bool_]) -> tuple[Array, Array, Array]:
    times, fell = np.unique(time[had], return_counts=True)
    everybody = np.sort(time)
    return times, fell.astype(float), (len(everybody) - np.searchsorted(everybody, times)).astype(float)


def _at_risk(time: Array, at: Array) -> Array:
    everybody = np.sort(time)
    return (len(everybody) - np.searchsorted(everybody, at - 1e-12)).astype(float)
