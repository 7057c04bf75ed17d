"""Several hypotheses, one error: Holm, Hochberg, fixed sequence, and serial gatekeeping."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from osteon.errors import Fault, InputError

Array = NDArray[np.float64]
MULTIPLICITY_PROCEDURES = ("none", "bonferroni", "holm", "hochberg", "fixed_sequence", "gatekeeping")


def bonferroni(p: Sequence[float]) -> Array:
    """Adjusted p values, (hypotheses,)."""
    values = np.asarray(p, float)
    return np.asarray(np.minimum(values * len(values), 1.0))


def holm(p: Sequence[float]) -> Array:
    """Adjusted p values, (hypotheses,).  Source: Holm 1979.

    >>> [round(x, 3) for x in holm([0.01, 0.04, 0.03]).tolist()]
    [0.03, 0.06, 0.06]
    """
    values = np.asarray(p, float)
    order = np.argsort(values, kind="stable")
    stepped = np.maximum.accumulate(values[order] * (len(values) - np.arange(len(values))))
    adjusted = np.empty_like(values)
    adjusted[order] = np.minimum(stepped, 1.0)
    return adjusted


def hochberg(p: Sequence[float]) -> Array:
    """Adjusted p values, (hypotheses,); for independent or positively dependent tests.  Source: Hochberg 1988."""
    values = np.asarray(p, float)
    order = np.argsort(-values, kind="stable")
    stepped = np.minimum.accumulate(values[order] * (1 + np.arange(len(values))))
    adjusted = np.empty_like(values)
    adjusted[order] = np.minimum(stepped, 1.0)
    return adjusted


def fixed_sequence(p: Sequence[float]) -> Array:
    """Adjusted p values of hypotheses tested in their order, each at full alpha until one fails.

    >>> fixed_sequence([0.01, 0.2, 0.001]).tolist()
    [0.01, 0.2, 0.2]
    """
    return np.maximum.accumulate(np.asarray(p, float))


def gatekeeping(p: Sequence[float], families: Sequence[Sequence[int]]) -> Array:
    """Adjusted p values of families in order (serial gatekeeping): Holm within a family, the next one only where all before fell.

    families : index of each family's hypotheses, in the order of testing.  Source: Westfall and Krishen 2001.
    """
    values = np.asarray(p, float)
    indices = [i for f in families for i in f]
    if sorted(indices) != list(range(len(values))):
        raise InputError(Fault("bad_plan", "families", families, "", "", "Each hypothesis must stand in one family."))
    adjusted, gate = np.empty_like(values), 0.0
    for family in families:
        rows = np.array(family)
        adjusted[rows] = np.maximum(holm(values[rows]), gate)
        gate = float(adjusted[rows].max())
    return adjusted


def adjusted_p(p: Sequence[float], method: str, families: Sequence[Sequence[int]] | None = None) -> Array:
    """Adjusted p values by the name of a method (METHODS); NaN stays NaN and counts as 1. Raises InputError."""
    from osteon.errors import unknown

    if method not in MULTIPLICITY_PROCEDURES:
        raise InputError(unknown("multiplicity", method, MULTIPLICITY_PROCEDURES))
    raw = np.asarray(p, float)
    values = np.where(np.isfinite(raw), raw, 1.0)
    if method == "none" or not len(raw):
        return raw
    if method == "gatekeeping":
        found = gatekeeping(values.tolist(), families or [list(range(len(values)))])
    else:
        chosen = {"bonferroni": bonferroni, "holm": holm, "hochberg": hochberg, "fixed_sequence": fixed_sequence}
        found = chosen[method](list(values))
    return np.where(np.isfinite(raw), found, np.nan)
