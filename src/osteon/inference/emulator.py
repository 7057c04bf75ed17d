"""A smooth stand-in for the simulator: every row's error as a cubic polynomial of the whitened parameters, taught by points.

It proposes; the simulator decides. So it may be wrong without making the posterior wrong, only slower. Its own error (on points
that it did not see) widens the likelihood that it proposes from.

The polynomial is a Gaussian process with the kernel p0 + p1 s + p2 s² + p3 s³, s = x.x': all products of up to three coordinates, with as
many unknowns as points and not as products (40,000 at sixty coordinates). Source: Rasmussen 2006 (chapter 4).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
CURVES = ((0.003, 0.0), (0.01, 0.001), (0.03, 0.003), (0.1, 0.01), (0.3, 0.1))  # sd of squares and of cubes, tried
NOISES = (0.003, 0.03)  # sd of what no polynomial follows, tried
FLAT = (30.0, 3.0)  # sd of the constant and of the slopes, in standard deviations of a row
HELD_BACK = 0.2
FAR = 6.0  # whitened units from the centre beyond which points do not teach


@dataclass(frozen=True)
class Emulator:
    """errors = kernel(x, points) @ weights; x = (theta - centre) @ whiten.

    points : (n, d) whitened; weights : (n, rows); powers : (4,) of the kernel; variance : (rows,) of its own error
    """

    centre: Array
    whiten: Array
    points: Array
    weights: Array
    powers: Array
    variance: Array

    def predict(self, theta: Array) -> Array:
        """Errors (n, rows) at coordinates (n, d)."""
        return kernel((theta - self.centre) @ self.whiten @ self.points.T, self.powers) @ self.weights

    def pull(self, theta: Array, slope: Array) -> Array:
        """Gradient (n, d) over coordinates from one over errors (n, rows)."""
        s = (theta - self.centre) @ self.whiten @ self.points.T
        p = self.powers
        rise = p[1] + s * (2 * p[2] + 3 * p[3] * s)
        return np.asarray((slope @ self.weights.T * rise) @ self.points @ self.whiten.T)


def kernel(s: Array, powers: Array) -> Array:
    """Covariance of two places with the inner product s."""
    return np.asarray(powers[0] + s * (powers[1] + s * (powers[2] + s * powers[3])))


def linear(centre: Array, whiten: Array, base: Array, slope: Array) -> Emulator:
    """The stand-in of a point's errors (rows,) and slopes (d, rows), before any other point was run."""
    d = len(centre)
    steep = np.linalg.inv(whiten) @ slope  # over whitened coordinates
    points = np.vstack([np.zeros((1, d)), np.eye(d)])
    return Emulator(
        centre,
        whiten,
        points,
        np.vstack([base - steep.sum(axis=0), steep]),
        np.array([1.0, 1.0, 0.0, 0.0]),
        np.zeros(len(base)),
    )


def teach(theta: Array, errors: Array, centre: Array, covariance: Array, scale: Array, seed: int) -> Emulator:
    """An emulator from points (n, d) and their errors (n, rows).

    covariance : that whitens the points; scale : (rows,) standard deviations that errors are weighed by
    """
    whiten = np.linalg.inv(np.linalg.cholesky(covariance)).T
    x = (theta - centre) @ whiten
    near = (np.abs(x).max(axis=1) < FAR) & np.isfinite(errors).all(axis=1) & (np.abs(errors).max(axis=1) < 49.0)
    x, y = x[near], errors[near] / scale
    loose = 1 + (x**2).mean(axis=1) ** 2 / 4  # variance of what far points say
    order = np.random.default_rng([seed, len(x)]).permutation(len(x))
    held, used = order[: int(HELD_BACK * len(x))], order[int(HELD_BACK * len(x)) :]
    best, chosen, miss = np.inf, (CURVES[0], NOISES[-1]), np.ones(y.shape[1])
    for curve in CURVES:
        for noise in NOISES:
            powers = _powers(curve)
            weights = _weights(x[used], y[used], loose[used], powers, noise)
            found = kernel(x[held] @ x[used].T, powers) @ weights
            error = ((found - y[held]) ** 2 / loose[held, None]).sum(axis=0) / (1 / loose[held]).sum()
            if error.mean() < best:
                best, chosen, miss = float(error.mean()), (curve, noise), error
    powers = _powers(chosen[0])
    return Emulator(centre, whiten, x, _weights(x, y, loose, powers, chosen[1]) * scale, powers, miss * scale**2)


def _powers(curve: tuple[float, float]) -> Array:
    return np.array([FLAT[0] ** 2, FLAT[1] ** 2, curve[0] ** 2, curve[1] ** 2])


def _weights(x: Array, y: Array, loose: Array, powers: Array, noise: float) -> Array:
    from scipy.linalg import cho_factor, cho_solve

    covariance = kernel(x @ x.T, powers)
    covariance[np.diag_indices(len(x))] += noise**2 * loose + 1e-10 * powers[0]
    return np.asarray(cho_solve(cho_factor(covariance, lower=True, overwrite_a=True), y))
