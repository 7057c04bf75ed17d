"""The calibration rows near the shipped fit: their errors, and how each error moves with each parameter.

One batch of perturbed lanes. Leaving a study out, profiles and confounded pairs are all answered from it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, fields
from functools import cache

import numpy as np
from numpy.typing import NDArray

from osteon.evidence import Measurement, assert_no_holdout
from osteon.inference.fit import STEP, ParameterTransform, space
from osteon.inference.targets import Block, blocks, calibration_arms, errors, run_arms
from osteon.inference.tissue import Observation, observations, tissue_errors
from osteon.replication.published import Arm, regimens_of
from osteon.simulation.fits import Fit, load_fit

Array = NDArray[np.float64]


CLASSES = {
    "sclerostin antibody": ("romosozumab", "blosozumab"),
    "PTH analogue": ("teriparatide", "abaloparatide"),
    "RANKL antibody": ("denosumab",),
    "bisphosphonate": ("alendronate", "risedronate", "ibandronate", "zoledronate"),
    "cathepsin inhibitor": ("odanacatib",),
    "oestrogen receptor": ("raloxifene", "estradiol"),
}  # an arm of several drugs counts with the first of these that it has
UNTREATED = "no drug"


def class_of(drugs: Collection[str]) -> str:
    """Class of an arm by its drugs; one class a drug, sequences and combinations with the first of CLASSES."""
    return next((name for name, members in CLASSES.items() if not set(members).isdisjoint(drugs)), UNTREATED)


@dataclass(frozen=True)
class Linear:
    """errors (rows and tissue rows,) at `point` (parameters,) and slopes (…, parameters); blocks name the rows in their order."""

    arms: tuple[Arm, ...]
    where: ParameterTransform
    blocks: tuple[Block, ...]
    point: Array
    errors: Array
    slopes: Array
    inflation: float
    observed: tuple[Observation, ...] = ()

    @property
    def rows(self) -> tuple[Measurement, ...]:
        """Rows in the order of the errors, without tissue rows."""
        return tuple(m for b in self.blocks for m in b.rows)

    @property
    def classes(self) -> tuple[str, ...]:
        """Class of drugs of each row and tissue row."""
        return (*(row_class(m) for m in self.rows), *(row_class(o) for o in self.observed))

    def run(self, points: Array) -> Array:
        """Errors (n, rows) of points of the fit's space, by simulation."""
        return simulate_errors(self.arms, self.blocks, self.where, points, self.observed)

    def whitened(self, values: Array, without: str = "") -> Array:
        """Errors or slopes (rows, …) divided by the root of their covariance; the rows of a class can be left out."""
        kept = np.array([c != without for c in self.classes])
        parts, first = [], 0
        for b in self.blocks:
            own = slice(first, first + len(b.rows))
            first += len(b.rows)
            if kept[own].all():
                parts.append(np.linalg.solve(b.root, values[own]))
            elif kept[own].any():
                covariance = (b.root @ b.root.T)[np.ix_(kept[own], kept[own])]
                parts.append(np.linalg.solve(np.linalg.cholesky(covariance), values[own][kept[own]]))
        return np.concatenate([*parts, values[first:][kept[first:]]])

    def prior(self, point: Array) -> Array:
        """Residuals (parameters,) of the priors."""
        return (point - self.where.to_point({})) / self.where.prior_sd()

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


@dataclass(frozen=True)
class OfCohorts(Linear):
    """The same rows, left out by cohort, by slopes alone (a fit moves little without one): what a class says of a further trial."""

    def run(self, points: Array) -> Array:
        return self.errors + (np.atleast_2d(points) - self.point) @ self.slopes.T

    @property
    def classes(self) -> tuple[str, ...]:
        return (*(m.cohort for m in self.rows), *(o.cohort for o in self.observed))


def of_cohorts(linear: Linear) -> OfCohorts:
    """Rows, errors and slopes of `linear`, to be left out by cohort."""
    return OfCohorts(**{f.name: getattr(linear, f.name) for f in fields(Linear)})


def row_class(m: Measurement | Observation) -> str:
    """Class of drugs of the arm that a row is of."""
    return _class_of(m.cohort, m.arm)


@cache
def _class_of(cohort: str, arm: str) -> str:
    return class_of({r.target for r in regimens_of(cohort, arm)})


def simulate_errors(
    arms: Sequence[Arm],
    made: Sequence[Block],
    where: ParameterTransform,
    points: Array,
    observed: Sequence[Observation] = (),
) -> Array:
    """Errors (n, rows and tissue rows) of points, in the order of the blocks; those of tissue over their own SD."""
    points = np.atleast_2d(points)
    curves = run_arms(arms, where.from_points(points), len(points), observed=observed)
    tissue = tissue_errors(observed, curves).reshape(len(points), -1)
    return np.concatenate([*(errors(b.rows, curves) for b in made), tissue], axis=1)


def linearise(fit: Fit | None = None, on_progress: Callable[[str], None] = lambda text: None) -> Linear:
    """Errors and slopes of the calibration rows at a fit. Raises CheckFailed if another row slipped in."""
    found = fit or load_fit()
    arms, observed = calibration_arms(), observations()
    assert_no_holdout(m for a in arms for m in a.rows)
    where, made = space(), tuple(blocks(arms))
    point = where.clip(where.to_point(found.values))
    on_progress(f"{len(where.names)} parameters, {sum(len(b.rows) for b in made)} rows: one batch for the slopes")
    got = simulate_errors(arms, made, where, np.vstack([point, point + STEP * np.eye(len(point))]), observed)
    slopes = ((got[1:] - got[0]) / STEP).T
    return Linear(arms, where, made, point, got[0], slopes, float(found.about.get("inflation", 1.0)), observed)
