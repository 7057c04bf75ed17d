"""Shares of patients: responders, risk differences, numbers needed to treat and to harm, rates by exposure."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class ShareDifference:
    """Difference of two shares, arm minus comparator (0 to 1), interval at 1 - alpha, two-sided p."""

    estimate: float
    lo: float
    hi: float
    p: float
    share: float
    share_comparator: float
    method: str = "newcombe"


@dataclass(frozen=True)
class NumberNeeded:
    """Patients to treat for one more event avoided (benefit) or made (harm).

    kind : "benefit" or "harm". Where the interval of the difference holds 0 the number has no upper end (hi is inf) and
    `opposite` is the smallest number of the other kind that is not excluded.  Source: Altman 1998.
    """

    kind: str
    estimate: float
    lo: float
    hi: float
    opposite: float | None

    def sentence(self) -> str:
        """As it is read."""
        if self.opposite is None:
            return f"{self.estimate:.0f} ({self.lo:.0f} to {self.hi:.0f}) treated for one more {self.kind}"
        other = "harm" if self.kind == "benefit" else "benefit"
        return f"{self.kind} {self.lo:.0f} or more, through infinity, to {other} {self.opposite:.0f} or more"


@dataclass(frozen=True)
class RateRatio:
    """Events per patient-year of the arm over the comparator's; exact interval and p.  Source: Przyborowski 1940."""

    ratio: float
    lo: float
    hi: float
    p: float
    rate: float
    rate_comparator: float


def wilson(events: int, n: int, alpha: float = 0.05) -> tuple[float, float]:
    """Interval of one share.  Source: Wilson 1927."""
    from scipy.stats import norm

    if n == 0:
        return 0.0, 1.0
    z = float(norm.ppf(1 - alpha / 2))
    p = events / n
    centre, half = (p + z * z / (2 * n)), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return max(0.0, (centre - half) / (1 + z * z / n)), min(1.0, (centre + half) / (1 + z * z / n))


def share_difference(a: int, n: int, b: int, m: int, alpha: float = 0.05) -> ShareDifference:
    """a of n in the arm, b of m in the comparator: Newcombe's hybrid interval and the p of the pooled z test.

    Source: Newcombe 1998, method 10.

    >>> d = share_difference(56, 70, 48, 80)
    >>> round(d.estimate, 3), round(d.lo, 4), round(d.hi, 4)
    (0.2, 0.0524, 0.3339)
    """
    from scipy.stats import norm

    if not (n and m):
        return ShareDifference(math.nan, math.nan, math.nan, math.nan, math.nan, math.nan)
    p, q = a / n, b / m
    (l1, u1), (l2, u2) = wilson(a, n, alpha), wilson(b, m, alpha)
    d = p - q
    lo = d - math.sqrt((p - l1) ** 2 + (u2 - q) ** 2)
    hi = d + math.sqrt((u1 - p) ** 2 + (q - l2) ** 2)
    pooled = (a + b) / (n + m)
    se = math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
    return ShareDifference(d, lo, hi, 2 * float(norm.sf(abs(d) / se)) if se else 1.0, p, q)


def number_needed(difference: ShareDifference, good: bool) -> NumberNeeded:
    """Number needed to treat from a difference of shares; good: whether the event is one to be wished for."""
    sign = 1.0 if good else -1.0
    gain = sign * difference.estimate
    low, high = sorted((sign * difference.lo, sign * difference.hi))
    kind = "benefit" if gain >= 0 else "harm"
    if gain < 0:
        gain, low, high = -gain, -high, -low
    estimate = 1 / gain if gain else math.inf
    if low > 0:
        return NumberNeeded(kind, estimate, 1 / high, 1 / low, None)
    return NumberNeeded(kind, estimate, 1 / high if high > 0 else math.inf, math.inf, 1 / -low if low < 0 else math.inf)


def rate_ratio(
    events: int, years: float, events_comparator: int, years_comparator: float, alpha: float = 0.05
) -> RateRatio:
    """Exposure-adjusted rates: exact conditional interval of the ratio; one-sided 0 and infinity where an arm has no event."""
    from scipy.stats import beta, binom

    a, b = events, events_comparator
    if years <= 0 or years_comparator <= 0:
        return RateRatio(math.nan, math.nan, math.nan, math.nan, math.nan, math.nan)
    scale = years_comparator / years
    low = float(beta.ppf(alpha / 2, a, b + 1)) if a else 0.0
    high = float(beta.ppf(1 - alpha / 2, a + 1, b)) if b else 1.0
    share = years / (years + years_comparator)
    p = min(1.0, 2 * float(min(binom.cdf(a, a + b, share), binom.sf(a - 1, a + b, share)))) if a + b else 1.0
    ratio = a / b * scale if b else (math.inf if a else math.nan)
    return RateRatio(
        ratio,
        low / (1 - low) * scale,
        high / (1 - high) * scale if high < 1 else math.inf,
        p,
        a / years,
        b / years_comparator,
    )


def responders(values: np.ndarray, threshold: float, above: bool = True) -> tuple[int, int]:
    """(responders, patients). A patient without a value is no responder (non-responder imputation)."""
    seen = np.isfinite(values)
    met = values >= threshold if above else values <= threshold
    return int((met & seen).sum()), len(values)
