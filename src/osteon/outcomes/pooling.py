"""Pool what several trials say of one harm: random effects (DerSimonian and Laird), zero cells, bounds from the widest source.

The rule, for ratios and rates alike, on the log scale:
  1. each trial gives an estimate and a 95 % interval; from counts, half an event is added to each arm that has none anywhere
     (ratios), and half an event to a count of none (rates);
  2. the centre is the random-effects mean (DerSimonian and Laird 1986); one trial is its own mean;
  3. the upper end is the highest among that of the pooled 95 % interval and those of the single trials: the widest source.
Written without SciPy, as the table is read at every start.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

POOLING_Z95 = 1.959964


@dataclass(frozen=True)
class Trial:
    """What one trial says: estimate and 95 % interval, a ratio or a rate; counts in words where it gave them."""

    study: str
    estimate: float
    low: float
    high: float
    counts: str = ""
    source: str = ""
    centred: bool = True  # False: the source gives an upper end alone, so it bounds and does not enter the mean

    @property
    def variance(self) -> float:
        """Of the logarithm, from the interval."""
        return (math.log(self.high / self.low) / (2 * POOLING_Z95)) ** 2


@dataclass(frozen=True)
class Pooled:
    """The random-effects mean, its own 95 % interval, spread between trials, and the upper end that counts."""

    estimate: float
    low: float
    high: float
    between: float
    upper: float

    @property
    def gsd(self) -> float:
        """Geometric standard deviation of the log-normal from the mean to the upper end that counts (97.5 %)."""
        return math.exp(math.log(self.upper / self.estimate) / POOLING_Z95)


def of_ratio_counts(study: str, events: float, n: float, events_0: float, n_0: float, source: str = "") -> Trial:
    """A risk ratio from two arms; half an event in each arm where one has none.

    >>> t = of_ratio_counts("x", 0, 100, 4, 100)
    >>> round(t.estimate, 3), t.counts
    (0.111, '0/100 against 4/100')
    """
    counts = f"{events:g}/{n:g} against {events_0:g}/{n_0:g}"
    if 0 in (events, events_0):
        events, n, events_0, n_0 = events + 0.5, n + 0.5, events_0 + 0.5, n_0 + 0.5
    half = POOLING_Z95 * math.sqrt(1 / events - 1 / n + 1 / events_0 - 1 / n_0)
    ratio = (events / n) / (events_0 / n_0)
    return Trial(study, ratio, ratio * math.exp(-half), ratio * math.exp(half), counts, source)


def of_expected(study: str, events: float, expected: float, source: str = "") -> Trial:
    """Observed over expected; half an event is added to both where none was seen."""
    counts = f"{events:g} seen, {expected:g} expected"
    if events == 0:
        events, expected = 0.5, expected + 0.5
    half = POOLING_Z95 / math.sqrt(events)
    return Trial(
        study,
        events / expected,
        events / expected * math.exp(-half),
        events / expected * math.exp(half),
        counts,
        source,
    )


def of_rate(study: str, events: float, years: float, factor: float = 1.0, source: str = "") -> Trial:
    """Events per person-year times a factor (to another age); half an event where none was seen."""
    counts = f"{events:g} in {years:,.0f} person-years"
    rate = max(events, 0.5) / years * factor
    half = POOLING_Z95 / math.sqrt(max(events, 0.5))
    return Trial(study, rate, rate * math.exp(-half), rate * math.exp(half), counts, source)


def pool(trials: Sequence[Trial]) -> Pooled:
    """The rule above. Raises ValueError without a trial that has an estimate.

    >>> p = pool([Trial("RUTH", 0.56, 0.38, 0.83), Trial("MORE", 0.24, 0.13, 0.44)])
    >>> round(p.estimate, 2), round(p.low, 2), round(p.high, 2)
    (0.38, 0.17, 0.87)
    """
    centred = [t for t in trials if t.centred]
    if not centred:
        raise ValueError("No trial gives an estimate.")
    y, w = [math.log(t.estimate) for t in centred], [1 / t.variance for t in centred]
    fixed = sum(a * b for a, b in zip(w, y, strict=True)) / sum(w)
    q = sum(a * (b - fixed) ** 2 for a, b in zip(w, y, strict=True))
    scale = sum(w) - sum(a * a for a in w) / sum(w)
    between = max(0.0, (q - (len(y) - 1)) / scale) if scale > 0 else 0.0
    own = [1 / (1 / a + between) for a in w]
    mean = sum(a * b for a, b in zip(own, y, strict=True)) / sum(own)
    half = POOLING_Z95 / math.sqrt(sum(own))
    high = math.exp(mean + half)
    return Pooled(math.exp(mean), math.exp(mean - half), high, math.sqrt(between), max(high, *(t.high for t in trials)))
