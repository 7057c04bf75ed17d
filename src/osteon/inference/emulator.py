"""A quadratic stand-in for the simulator: every row's error as a polynomial of the whitened parameters.

It proposes; the simulator decides. So it may be wrong without making the posterior wrong, only slower. Its own error (on points
that it did not see) widens the likelihood that it proposes from.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
RIDGES = (0.1, 1.0, 10.0, 100.0, 1000.0)  # of the squares; the best on points held back is taken
HELD_BACK = 0.2
FAR = 6.0  # whitened units from the centre beyond which points do not teach


@dataclass(frozen=True)
class Emulator:
    """errors = constant + linear x + squares; x = (theta - centre) @ whiten. weights : (features, rows); variance : (rows,) of its own error"""

    centre: Array
    whiten: Array
    weights: Array
    variance: Array

    def predict(self, theta: Array) -> Array:
        """Errors (n, rows) at coordinates (n, d)."""
        return features((theta - self.centre) @ self.whiten) @ self.weights

    def pull(self, theta: Array, slope: Array) -> Array:
        """Gradient (n, d) over coordinates from one over errors (n, rows)."""
        x = (theta - self.centre) @ self.whiten
        d = x.shape[1]
        back = slope @ self.weights.T
        square = np.zeros((len(x), d, d))
        upper = np.triu_indices(d)
        square[:, upper[0], upper[1]] = back[:, d + 1 :]
        own = back[:, 1 : d + 1] + np.einsum("nij,nj->ni", square + square.transpose(0, 2, 1), x)
        return np.asarray(own @ self.whiten.T)


def features(x: Array) -> Array:
    """1, x, and products of pairs, (n, 1 + d + d (d + 1) / 2)."""
    first, second = np.triu_indices(x.shape[1])
    return np.concatenate([np.ones((len(x), 1)), x, x[:, first] * x[:, second]], axis=1)


def teach(theta: Array, errors: Array, centre: Array, covariance: Array, scale: Array, seed: int) -> Emulator:
    """An emulator from points (n, d) and their errors (n, rows).

    covariance : that whitens the points; scale : (rows,) standard deviations that errors are weighed by
    """
    whiten = np.linalg.inv(np.linalg.cholesky(covariance)).T
    x = (theta - centre) @ whiten
    near = (np.abs(x).max(axis=1) < FAR) & np.isfinite(errors).all(axis=1) & (np.abs(errors).max(axis=1) < 49.0)
    x, y = x[near], errors[near] / scale
    weight = 1 / (1 + (x**2).mean(axis=1) ** 2 / 4)
    order = np.random.default_rng([seed, len(x)]).permutation(len(x))
    held, used = order[: int(HELD_BACK * len(x))], order[int(HELD_BACK * len(x)) :]
    phi = features(x)
    normal, side = _normal(phi[used], y[used], weight[used])
    best, ridge, miss = np.inf, RIDGES[-1], np.ones(y.shape[1])
    for candidate in RIDGES:
        found = _solve(normal, side, x.shape[1], candidate)
        error = ((phi[held] @ found - y[held]) ** 2 * weight[held, None]).sum(axis=0) / weight[held].sum()
        if error.mean() < best:
            best, ridge, miss = float(error.mean()), candidate, error
    whole = _normal(phi, y, weight)
    return Emulator(centre, whiten, _solve(*whole, x.shape[1], ridge) * scale, miss * scale**2)


def _normal(phi: Array, y: Array, weight: Array) -> tuple[Array, Array]:
    weighed = phi * weight[:, None]
    return weighed.T @ phi, weighed.T @ y


def _solve(normal: Array, side: Array, d: int, ridge: float) -> Array:
    penalty = np.full(len(normal), ridge)
    penalty[0], penalty[1 : d + 1] = 1e-8, 1e-3 * ridge
    return np.asarray(np.linalg.solve(normal + np.diag(penalty), side))
