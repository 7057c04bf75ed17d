"""Analysis of a trial: means with intervals, ANCOVA against a comparator, responders. Closed forms, tested for type I error."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from osteon.statistics.sample_size import power_of_means

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Effect:
    """A difference between two arms: estimate, its standard error, interval at 1 - alpha, two-sided p."""

    estimate: float
    se: float
    lo: float
    hi: float
    p: float
    n: int
    n_comparator: int
    method: str
    slope: float = 0.0  # of the outcome on the baseline


def change(values: Array, baseline: Array, form: str) -> Array:
    """Outcome in the form asked for: percent_change, ratio or value."""
    if form == "percent_change":
        return 100 * (values / baseline - 1)
    return values / baseline if form == "ratio" else values


def mean_interval(values: Array, alpha: float = 0.05) -> tuple[float, float, float]:
    """Mean of the observed and its t interval."""
    from scipy.stats import t

    seen = values[np.isfinite(values)]
    if len(seen) < 2:
        return (float(seen.mean()) if len(seen) else math.nan, math.nan, math.nan)
    half = t.ppf(1 - alpha / 2, len(seen) - 1) * seen.std(ddof=1) / math.sqrt(len(seen))
    return float(seen.mean()), float(seen.mean() - half), float(seen.mean() + half)


def ancova(
    arm: Array, comparator: Array, baseline_arm: Array, baseline_comparator: Array, alpha: float = 0.05
) -> Effect:
    """Difference adjusted for the baseline value (ordinary least squares, common slope)."""
    y = np.concatenate([arm, comparator])
    group = np.concatenate([np.ones(len(arm)), np.zeros(len(comparator))])
    base = np.concatenate([baseline_arm, baseline_comparator])
    seen = np.isfinite(y) & np.isfinite(base)
    return _least_squares(y[seen], group[seen], base[seen], alpha, "ancova")


def t_test(arm: Array, comparator: Array, alpha: float = 0.05) -> Effect:
    """Difference of means with a pooled standard deviation."""
    y = np.concatenate([arm, comparator])
    group = np.concatenate([np.ones(len(arm)), np.zeros(len(comparator))])
    seen = np.isfinite(y)
    return _least_squares(y[seen], group[seen], None, alpha, "t_test")


def _least_squares(y: Array, group: Array, covariate: Array | None, alpha: float, method: str) -> Effect:
    from scipy.stats import t

    n, m = int(group.sum()), int((1 - group).sum())
    columns = [np.ones_like(y), group]
    if covariate is not None and np.ptp(covariate) > 0:
        columns.append(covariate - covariate.mean())
    design = np.stack(columns, axis=1)
    left = len(y) - design.shape[1]
    if left < 1 or n < 2 or m < 2:
        return Effect(math.nan, math.nan, math.nan, math.nan, math.nan, n, m, method)
    inverse = np.linalg.inv(design.T @ design)
    beta = inverse @ design.T @ y
    rest = y - design @ beta
    se = math.sqrt(float(rest @ rest) / left * inverse[1, 1])
    half = float(t.ppf(1 - alpha / 2, left)) * se
    p = 2 * float(t.sf(abs(beta[1]) / se, left)) if se > 0 else math.nan
    slope = float(beta[2]) if len(beta) > 2 else 0.0
    return Effect(float(beta[1]), se, float(beta[1]) - half, float(beta[1]) + half, p, n, m, method, slope)


MIN_PATIENTS_WITH_VALUE = 2  # patients with a value in each arm, below which the analysis gives no difference
TWO_ARMS_MANY = 100_000  # patients, beyond which the t distribution is the normal one


@dataclass(frozen=True)
class Group:
    """One of two groups that a trial would compare.

    sd : of the outcome, in its own unit; share : of the allocation; retained : share of patients with a value at the visit
    """

    sd: float
    share: float = 1.0
    retained: float = 1.0


def patients_needed(difference: float, own: Group, other: Group, power: float = 0.9, alpha: float = 0.05) -> int | None:
    """Patients for one share of the allocation that a two-sided comparison of two means needs; the same either way round.

    By the noncentral t with both variances; beyond MANY by the normal. None where no number would do: no difference, or
    nobody stays.

    >>> patients_needed(0.5, Group(1.0), Group(1.0))
    86
    >>> patients_needed(0.5, Group(1.0, retained=0.5), Group(1.0, retained=0.5))
    172
    """
    from scipy.stats import norm

    finite = all(math.isfinite(v) for v in (difference, own.sd, other.sd, own.retained, other.retained))
    if not finite or not difference or min(own.retained, other.retained) <= 0 or max(own.sd, other.sd) <= 0:
        return None

    def enough(patients: int) -> bool:
        first, second = (math.floor(patients * g.share * g.retained + 1e-9) for g in (own, other))
        if min(first, second) < MIN_PATIENTS_WITH_VALUE:
            return False
        return power_of_means(difference, own.sd, other.sd, first, second, alpha) >= power

    z = float(norm.ppf(1 - alpha / 2) + norm.ppf(power))
    squares = sum(g.sd**2 / (g.share * g.retained) for g in (own, other))
    about = squares * (z / difference) ** 2
    if about > TWO_ARMS_MANY:
        return math.ceil(about) if math.isfinite(about) else None
    low, high = 1, MIN_PATIENTS_WITH_VALUE
    while not enough(high):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high
