"""Several hypotheses, one error: Holm, Hochberg, fixed sequence, and gatekeeping as a graph of weights."""

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


def graphical(p: Sequence[float], weights: Sequence[float], transitions: Sequence[Sequence[float]]) -> Array:
    """Adjusted p values of a graph of hypotheses: a rejected one hands its weight on along its arrows.

    weights     : share of alpha each starts with, sum at most 1, (hypotheses,)
    transitions : [i][j] is the share of i's weight that goes to j, rows sum to at most 1, diagonal 0
    Source: Bretz, Maurer, Brannath and Posch 2009, algorithm 2. Raises InputError for a graph that is none.
    """
    values, w, g = np.asarray(p, float), np.array(weights, float), np.array(transitions, float)
    _check_graph(values, w, g)
    adjusted, open_ = np.full(len(values), np.nan), list(range(len(values)))
    largest = 0.0
    while open_:
        with np.errstate(divide="ignore", invalid="ignore"):
            ratios = np.array([values[i] / w[i] if w[i] > 0 else np.inf for i in open_])
        j = open_[int(np.argmin(ratios))]
        largest = max(largest, min(float(ratios.min()), 1.0))
        adjusted[j] = largest
        open_.remove(j)
        w, g = _without(j, open_, w, g)
    return adjusted


def _without(j: int, open_: list[int], w: Array, g: Array) -> tuple[Array, Array]:
    """Weights and arrows after hypothesis j is rejected."""
    weights, arrows = np.zeros_like(w), np.zeros_like(g)
    for i in open_:
        weights[i] = w[i] + w[j] * g[j, i]
        loop = g[i, j] * g[j, i]
        for k in open_:
            if k != i and loop < 1:
                arrows[i, k] = (g[i, k] + g[i, j] * g[j, k]) / (1 - loop)
    return weights, arrows


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


def _check_graph(p: Array, w: Array, g: Array) -> None:
    n = len(p)
    good = w.shape == (n,) and g.shape == (n, n)
    if not good or np.any(w < 0) or w.sum() > 1 + 1e-9 or np.any(g < 0) or np.any(g.sum(axis=1) > 1 + 1e-9):
        message = "A graph needs weights that sum to at most 1 and arrows of each hypothesis that do too."
        raise InputError(Fault("bad_plan", "graph", "", "", "", message))
    if np.any(np.diag(g) != 0):
        raise InputError(Fault("bad_plan", "graph", "", "", "", "A hypothesis cannot hand weight to itself."))
