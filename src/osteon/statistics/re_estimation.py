"""Sample size re-estimated at an interim look from the variance of all patients together, arms unknown (blinded)."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from osteon.statistics.sample_size import SampleSize, sample_size_of_means


def blinded_variance(values: NDArray[np.float64], planned_difference: float = 0.0, ratio: float = 1.0) -> float:
    """Variance within arms, from pooled values without their arms (unit squared).

    With the planned difference the part of the pooled variance that it alone would make is taken off; 0 takes nothing
    off, which errs to the safe side.  Source: Kieser and Friede 2003, one-sample variance and its adjusted form.

    values : (patients,), NaN where missing; ratio : comparator : arm is 1 : ratio
    """
    seen = values[np.isfinite(values)]
    n = len(seen)
    if n < 3:
        return math.nan
    share = ratio / (1 + ratio)
    shift = n / (n - 1) * share * (1 - share) * planned_difference**2
    return max(float(np.var(seen, ddof=1)) - shift, 0.0)


def re_estimated(
    values: NDArray[np.float64],
    planned_difference: float,
    planned: SampleSize,
    power: float = 0.9,
    alpha: float = 0.05,
    ratio: float = 1.0,
    dropout: float = 0.0,
    largest: float = 2.0,
) -> SampleSize:
    """The sample size with the blinded SD in place of the planned one: never fewer than planned, at most `largest` times."""
    sd = math.sqrt(blinded_variance(values, 0.0, ratio))
    found = sample_size_of_means(planned_difference, sd, None, power, alpha, ratio, dropout)

    def between(new: int, old: int) -> int:
        return min(max(new, old), math.ceil(largest * old))

    return SampleSize(
        between(found.arm, planned.arm), between(found.comparator, planned.comparator), found.power, found.assumptions
    )
