"""Rows of arms as a problem that can be sampled: how far they may lie off, what parameters show, slopes and the covariance about a point."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from osteon.evidence import measurement_sd
from osteon.evidence.outcome import in_points
from osteon.inference.coordinates import Coordinates
from osteon.inference.errors_model import ErrorModel, Group
from osteon.inference.targets import (
    BMD_MODEL_SD,
    BMD_STUDY_SD,
    MARKER_MODEL_SD,
    MARKER_STUDY_SD,
    Block,
    errors,
    run_arms,
)
from osteon.replication.published import Arm, Curves

Array = NDArray[np.float64]
ARM_PROBLEM_FAMILIES = ("bmd", "marker")
AT_ONCE = 64  # lanes


def error_model(
    made: Sequence[Block], fixed: Sequence[str] = (), free: bool = True, model_free: bool = True
) -> ErrorModel:
    """How far rows may lie off: blocks in their order, then rows with errors of their own, by trial."""
    groups, first = [], 0
    for b in made:
        curve = Counter(m.arm for m in b.rows)
        kin = np.array([np.sqrt(curve[m.arm]) for m in b.rows])
        bmd = in_points(b.endpoint)
        scale = [1.0 if bmd else max(100 + m.value, 8.0) for m in b.rows]
        measured = np.array([(measurement_sd(m) / s) ** 2 for m, s in zip(b.rows, scale, strict=True)])
        exposed = np.array([0.0 if m.unit == "pct_diff_vs_comparator" else 1.0 for m in b.rows])
        rows = np.arange(first, first + len(b.rows))
        groups.append(Group(b.cohort, f"{b.cohort} {b.endpoint}", 0 if bmd else 1, rows, measured, kin, exposed))
        first += len(b.rows)
    model, study = np.array([BMD_MODEL_SD, MARKER_MODEL_SD]), np.array([BMD_STUDY_SD, MARKER_STUDY_SD])
    return ErrorModel(tuple(groups), ARM_PROBLEM_FAMILIES, model, study, tuple(fixed), free, model_free)


def simulator(
    arms: Sequence[Arm],
    made: Sequence[Block],
    where: Coordinates,
    more: Callable[[Curves], Array] | None = None,
    **options: Any,
) -> Callable[[Array], Array]:
    """Coordinates (n, d) to errors (n, rows): points or log fold, in the order of the blocks.

    more : errors (n, more rows) from the curves, in their own standard deviations; options : those of `run_arms`
    """

    def simulate(theta: Array) -> Array:
        parts = []
        for first in range(0, len(theta), AT_ONCE):
            own = theta[first : first + AT_ONCE]
            curves = run_arms(arms, where.values(own), len(own), **options)
            columns = [errors(b.rows, curves) for b in made]
            columns += [more(curves).reshape(len(own), -1)] if more else []
            parts.append(np.concatenate(columns, axis=1))
        return np.concatenate(parts)

    return simulate


def whitened(model: ErrorModel, values: Array) -> Array:
    """Rows (n, rows) of errors or slopes in their standard deviations, with the usual spreads."""
    found = values.copy()
    for g, root in zip(model.groups, model.roots(model.usual()[None]), strict=True):
        found[:, g.rows] = values[:, g.rows] @ root[0].T
    return found


def slopes(simulate: Callable[[Array], Array], start: Array, step: Array) -> tuple[Array, Array]:
    """Errors (rows,) at a point and their slopes (d, rows), one lane a coordinate."""
    moved = simulate(np.vstack([start, start + np.diag(step)]))
    return moved[0], (moved[1:] - moved[0]) / step[:, None]


def gauss_newton(model: ErrorModel, where: Coordinates, base: Array, slope: Array) -> tuple[Array, Array]:
    """Covariance about a point, and one step from it towards the posterior mode."""
    j, e = whitened(model, slope), whitened(model, base[None])[0]
    information = j @ j.T + np.diag(where.width**-2.0)
    covariance = np.linalg.inv(information)
    pull = np.where(np.abs(e) > 2.5, 2.5 / np.maximum(np.abs(e), 1e-12), 1.0)
    inflation = max(1.0, float((pull * e**2).mean()))
    return np.asarray(covariance * inflation), information
