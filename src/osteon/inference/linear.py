"""The calibration rows near the shipped fit: their errors, and how each error moves with each parameter.

One batch of perturbed lanes. Leaving a study out, profiles and confounded pairs are all answered from it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from osteon.evidence import Measurement, assert_no_holdout
from osteon.inference.fit import STEP, ParameterTransform, space
from osteon.inference.targets import Block, blocks, calibration_arms, errors, run_arms
from osteon.replication.published import Arm
from osteon.simulation.fits import Fit, load_fit

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Linear:
    """errors (rows,) at `point` (parameters,) and slopes (rows, parameters); blocks name the rows in their order."""

    arms: tuple[Arm, ...]
    where: ParameterTransform
    blocks: tuple[Block, ...]
    point: Array
    errors: Array
    slopes: Array
    inflation: float

    @property
    def rows(self) -> tuple[Measurement, ...]:
        """Rows in the order of the errors."""
        return tuple(m for b in self.blocks for m in b.rows)

    def run(self, points: Array) -> Array:
        """Errors (n, rows) of points of the fit's space, by simulation."""
        return simulate_errors(self.arms, self.blocks, self.where, points)

    def whitened(self, values: Array, without: str = "") -> Array:
        """Errors or slopes (rows, …) divided by the root of their covariance; a cohort can be left out."""
        parts, first = [], 0
        for b in self.blocks:
            own = values[first : first + len(b.rows)]
            first += len(b.rows)
            if b.cohort != without:
                parts.append(np.linalg.solve(b.root, own))
        return np.concatenate(parts)

    def prior(self, point: Array) -> Array:
        """Residuals (parameters,) of the priors."""
        return (point - self.where.to({})) / self.where.prior_sd()

    def cost(self, found: Array, point: Array, without: str = "") -> float:
        """Sum of squares of data and priors."""
        return float((self.whitened(found, without) ** 2).sum() + (self.prior(point) ** 2).sum())

    def information(self, without: str = "") -> Array:
        """Gauss-Newton information (parameters, parameters): data and priors."""
        slopes = self.whitened(self.slopes, without)
        return slopes.T @ slopes + np.diag(self.where.prior_sd() ** -2.0)

    def gradient(self, found: Array, point: Array, without: str = "") -> Array:
        """Half the gradient of the cost (parameters,), with the slopes of the shipped fit."""
        own = self.whitened(self.slopes, without).T @ self.whitened(found, without)
        return own + self.prior(point) / self.where.prior_sd()


def simulate_errors(arms: Sequence[Arm], made: Sequence[Block], where: ParameterTransform, points: Array) -> Array:
    """Errors (n, rows) of points, in the order of the blocks."""
    points = np.atleast_2d(points)
    curves = run_arms(arms, where.back(points), len(points))
    return np.concatenate([errors(b.rows, curves) for b in made], axis=1)


def linearise(fit: Fit | None = None, on_progress: Callable[[str], None] = lambda text: None) -> Linear:
    """Errors and slopes of the calibration rows at a fit. Raises CheckFailed if another row slipped in."""
    found = fit or load_fit()
    arms = calibration_arms()
    assert_no_holdout(m for a in arms for m in a.rows)
    where, made = space(), tuple(blocks(arms))
    point = where.clip(where.to(found.values))
    on_progress(f"{len(where.names)} parameters, {sum(len(b.rows) for b in made)} rows: one batch for the slopes")
    got = simulate_errors(arms, made, where, np.vstack([point, point + STEP * np.eye(len(point))]))
    slopes = ((got[1:] - got[0]) / STEP).T
    return Linear(arms, where, made, point, got[0], slopes, float(found.about.get("inflation", 1.0)))
