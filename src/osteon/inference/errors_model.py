"""How far published rows may lie from a model that is right: measurement, what a typical woman cannot show, and studies.

Rows of one cohort and endpoint share an offset of their study (its calcium, its assay), which is integrated out. Two spreads of
each family of outcomes are unknown and sampled with the parameters: `model` (each row's own) and `study` (the offset's). Rows with
fixed errors (tissue) follow at the end, in their own standard deviations.

    e = rows' errors;  covariance = diag((measured² + model²) x kin) + study² x x'   (x = 1 for rows that see the offset)
    log likelihood = -½ sum soft(z)² - log |root|,  z = root⁻¹ e;  soft: one absurd row counts in a straight line (Huber)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
ERRORS_MODEL_FAR = 2.5  # standard deviations, beyond which a row counts in a straight line
SCALE_GSD = 1.6  # of the prior of each spread about its usual value.  Source: assumed


@dataclass(frozen=True)
class Group:
    """Rows (r,) of one trial and outcome. measured : variances; kin : factor of a dense curve; exposed : 1 where the study's offset is seen"""

    trial: str
    label: str
    family: int
    rows: NDArray[np.int64]
    measured: Array
    kin: Array
    exposed: Array


@dataclass(frozen=True)
class ErrorModel:
    """groups; fixed : trial of every row with an error of its own, after the groups' rows; families and usual spreads (families,).

    free : whether spreads are sampled; model_free : the rows' own too, not only those between studies
    """

    groups: tuple[Group, ...]
    families: tuple[str, ...]
    model_sd: Array
    study_sd: Array
    fixed: tuple[str, ...] = ()
    free: bool = True
    model_free: bool = True

    @property
    def sampled(self) -> NDArray[np.bool_]:
        """Which of the spreads are sampled, (2 families,)."""
        n = len(self.families)
        return np.repeat([self.free and self.model_free, self.free], n)

    @property
    def trials(self) -> tuple[str, ...]:
        """Trials in the order of the log likelihoods."""
        return tuple(dict.fromkeys([*(g.trial for g in self.groups), *self.fixed]))

    @property
    def rows(self) -> int:
        """Rows of data."""
        return sum(len(g.rows) for g in self.groups) + len(self.fixed)

    @property
    def scale_names(self) -> tuple[str, ...]:
        """Names of the spreads, in the order of `scales`."""
        return (*(f"model_sd_{f}" for f in self.families), *(f"study_sd_{f}" for f in self.families))

    def usual(self) -> Array:
        """Logs of the usual spreads, (2 families,)."""
        return np.asarray(np.log(np.concatenate([self.model_sd, self.study_sd])))

    def log_scale_prior(self, scales: Array) -> Array:
        """Log density of logs of spreads (n, 2 families), without its constant."""
        return np.asarray(-0.5 * (((scales - self.usual()) / np.log(SCALE_GSD)) ** 2).sum(axis=-1))

    def roots(self, scales: Array, extra: Array | None = None) -> list[Array]:
        """Inverse Cholesky roots (n, r, r) of every group.   extra : variances (rows,) added to every row (an emulator's own error)"""
        found = []
        families = len(self.families)
        for g in self.groups:
            model = np.exp(2 * scales[:, g.family, None])
            study = np.exp(2 * scales[:, families + g.family, None, None])
            own = (g.measured + model) * g.kin + (0.0 if extra is None else extra[g.rows])
            covariance = own[:, :, None] * np.eye(len(g.rows)) + study * np.outer(g.exposed, g.exposed)
            found.append(np.linalg.inv(np.linalg.cholesky(covariance)))
        return found

    def by_trial(self, errors: Array, scales: Array) -> Array:
        """Log likelihood (n, trials)."""
        place = {t: i for i, t in enumerate(self.trials)}
        found = np.zeros((len(errors), len(place)))
        for g, root in zip(self.groups, self.roots(scales), strict=True):
            z = np.einsum("nij,nj->ni", root, errors[:, g.rows])
            size = np.log(np.diagonal(root, axis1=1, axis2=2)).sum(axis=1)
            found[:, place[g.trial]] += size - 0.5 * huber(z).sum(axis=1)
        for i, trial in enumerate(self.fixed):
            found[:, place[trial]] -= 0.5 * huber(errors[:, self.rows - len(self.fixed) + i])
        return np.where(np.isfinite(found), found, -np.inf)

    def cost_and_slope(self, errors: Array, roots: Sequence[Array], extra: Array | None = None) -> tuple[Array, Array]:
        """Half the sum of squares (n,) and its gradient over errors (n, rows), for fixed roots."""
        cost, slope = np.zeros(len(errors)), np.zeros_like(errors)
        for g, root in zip(self.groups, roots, strict=True):
            z = np.einsum("nij,nj->ni", root, errors[:, g.rows])
            cost += 0.5 * huber(z).sum(axis=1)
            slope[:, g.rows] = np.einsum("nij,ni->nj", root, np.clip(z, -ERRORS_MODEL_FAR, ERRORS_MODEL_FAR))
        if self.fixed:
            first = self.rows - len(self.fixed)
            wide = np.sqrt(1 + (0.0 if extra is None else extra[first:]))
            z = errors[:, first:] / wide
            cost += 0.5 * huber(z).sum(axis=1)
            slope[:, first:] = np.clip(z, -ERRORS_MODEL_FAR, ERRORS_MODEL_FAR) / wide
        return cost, slope

    def offsets(self, errors: Array, scales: Array) -> tuple[Array, Array]:
        """Offset of every group given errors and spreads: mean and standard deviation, (n, groups)."""
        families, means, sds = len(self.families), [], []
        for g in self.groups:
            own = (g.measured + np.exp(2 * scales[:, g.family, None])) * g.kin
            known = (g.exposed / own).sum(axis=1) + np.exp(-2 * scales[:, families + g.family])
            means.append((g.exposed * errors[:, g.rows] / own).sum(axis=1) / known)
            sds.append(1 / np.sqrt(known))
        return np.stack(means, axis=1), np.stack(sds, axis=1)


def huber(z: Array) -> Array:
    """Squares, which beyond FAR go on in a straight line."""
    size = np.abs(z)
    return np.where(size < ERRORS_MODEL_FAR, size**2, ERRORS_MODEL_FAR * (2 * size - ERRORS_MODEL_FAR))
