"""How far studies lie from a forecast: what errors of left-out cohorts say of a constant, a share of the change, and their kinship.

    sd² = constant² + (share x change)²

Errors of one study are kin, those of one arm closer still: a dense curve is not many studies. Few studies know a spread only
roughly, so nothing is read off at the most likely point: the variances are means over everything that is plausible (flat
priors on a grid). "No growth was seen" in ten studies is then not "there is none", and the interval needs no Student's t.
The share is one for a family (all sites, all markers), the constant each quantity's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
KINSHIP = ((0.25, 0.25), (0.25, 0.5), (0.5, 0.25))  # of the variance: shared by a study, further by an arm
PARAMETERS = (
    0.0,
    0.5,
    1.0,
)  # of the linear variance of a left-out fit's parameters: it overstates where only a prior holds
CONSTANTS = {
    "bmd": np.linspace(0.0, 1.8, 10),
    "marker": np.linspace(0.0, 0.45, 10),
    "fracture": np.linspace(0.0, 1.2, 13),
}  # points; log fold; log
SHARES = np.linspace(0.0, 0.54, 10)


@dataclass(frozen=True)
class Errors:
    """Errors of one quantity, (rows,) each, points or log fold. study, arm: labels"""

    study: NDArray[Any]
    arm: NDArray[Any]
    error: Array
    change: Array
    measured: Array
    parameters: Array


def likelihood(e: Errors, family: str) -> Array:
    """Log likelihood, (kinships, shares of parameters, shares of change, constants)."""
    found = np.zeros((len(KINSHIP), len(PARAMETERS), len(SHARES), len(CONSTANTS[family])))
    for study in dict.fromkeys(e.study.tolist()):
        own = e.study == study
        sd = np.sqrt(CONSTANTS[family] ** 2 + (SHARES[:, None] * e.change[own][:, None, None]) ** 2)
        same = e.arm[own][:, None] == e.arm[own][None]
        for (i, (of_study, of_arm)), (j, part) in product(enumerate(KINSHIP), enumerate(PARAMETERS)):
            kin = of_study + of_arm * same + (1 - of_study - of_arm) * np.eye(len(same))
            known = np.diag(e.measured[own] ** 2 + part * e.parameters[own] ** 2)
            found[i, j] += _normal(e.error[own], known + kin * np.einsum("ibc,jbc->bcij", sd, sd))
    return found


def _normal(error: Array, covariance: Array) -> Array:
    """Log density of errors (rows,) under covariances (…, rows, rows)."""
    _, size = np.linalg.slogdet(covariance)
    solved = np.linalg.solve(covariance, np.broadcast_to(error[:, None], (*covariance.shape[:-1], 1)))[..., 0]
    return np.asarray(-0.5 * (size + (solved * error).sum(axis=-1)))


def family_spread(quantities: Sequence[Errors], family: str) -> tuple[list[float], float]:
    """Constants of the quantities (points or log fold) and the family's share: roots of mean variances."""
    logs = [likelihood(e, family) for e in quantities]
    tops = [found.max(axis=3, keepdims=True) for found in logs]
    each = [np.exp(found - top) for found, top in zip(logs, tops, strict=True)]
    common = sum(top[..., 0] + np.log(own.sum(axis=3)) for top, own in zip(tops, each, strict=True))
    weight = np.exp(common - np.max(common))
    weight /= weight.sum()
    shares = float(np.sqrt((weight.sum(axis=(0, 1)) * SHARES**2).sum()))
    return [_constant(own, weight, family) for own in each], shares


def _constant(own: Array, weight: Array, family: str) -> float:
    chance = (own / own.sum(axis=3, keepdims=True) * weight[..., None]).sum(axis=(0, 1, 2))
    return float(np.sqrt((chance * CONSTANTS[family] ** 2).sum()))
