"""What counts as one instant: times that differ by less than rounding can tell, and never more than ten microseconds.

Half a year written in months, in days and as 26 weeks of hours gives numbers that differ in the last digits; what is put
on them belongs together. An instant is anchored at its first time, so a chain of close times does not run on.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

FLOOR = 1e-12  # days: a tenth of a microsecond, for times near 0
SHARE = 1e-14  # of a time: some fifty times what a float can resolve; 3 microseconds in ten years


def reach(t: float) -> float:
    """The last time that counts as the same instant as t (days)."""
    return t + max(FLOOR, SHARE * abs(t))


def aligned(times: Iterable[float]) -> dict[float, float]:
    """Times that move, and where to: to the first time of their instant. Empty where every time is an instant of its own.

    >>> aligned([0.3, 0.1 + 0.2, 1.0])
    {0.30000000000000004: 0.3}
    """
    rising = np.unique(np.asarray(list(times), float))
    if len(rising) < 2 or np.all(np.diff(rising) > np.maximum(FLOOR, SHARE * np.abs(rising[:-1]))):
        return {}
    moved: dict[float, float] = {}
    anchor = float(rising[0])
    for t in rising[1:].tolist():
        if t <= reach(anchor):
            moved[t] = anchor
        else:
            anchor = t
    return moved
