"""A smooth stand-in for the simulator: every row's error as the plane of the start's slopes and a cubic about it, taught by points.

It proposes; the simulator decides. So it may be wrong without making the posterior wrong, only slower. Its own error (on points
that it did not see) widens the likelihood that it proposes from.

The cubic is a Gaussian process with the kernel p0 + p1 s + p2 s² + p3 s³, s = x.x': all products of up to three coordinates, with as
many unknowns as points and not as products (40,000 at sixty coordinates). Rows that lean on the same coordinates form a group, and x is
long in the coordinates that the group leans on: a drug's own constant bends the rows of that drug alone.
Source: Rasmussen 2006 (chapters 4 and 5)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
GROUPS = 12  # of rows, at most
ROWS_A_GROUP = 20  # at least, on average
CURVES = ((0.01, 0.0005), (0.01, 0.001), (0.03, 0.003), (0.1, 0.01))  # sd of squares and of cubes, tried
LEANING = 0.5  # power of a group's slopes that lengths are taken from
EMULATOR_NOISE = 0.03  # sd of what no polynomial follows
FLAT = (3.0, 0.5)  # sd of the constant and of the slopes beside the plane, in standard deviations of a row
HELD_BACK = 0.2
MAX_POINTS = 900  # points that the curve is chosen with
FAR = 50.0  # log likelihood below the best from which a point teaches little


@dataclass(frozen=True)
class Emulator:
    """errors = base + t @ slope + kernel(t, points) @ weights; t = theta - centre.

    points : (n, d) less the centre; weights : (n, rows); lengths : (groups, d); group : (rows,); powers : (4,) of the kernel;
    variance : (rows,) of its own error
    """

    centre: Array
    base: Array
    slope: Array
    points: Array
    weights: Array
    lengths: Array
    group: Array
    powers: Array
    variance: Array

    def inner(self, theta: Array) -> list[Array]:
        """Inner products (n, points) of places and points in each group, which errors and gradients share."""
        t = theta - self.centre
        return [(t * long) @ (self.points * long).T for _, long in self._parts()]

    def predict(self, theta: Array, inner: list[Array] | None = None) -> Array:
        """Errors (n, rows) at coordinates (n, d)."""
        found = self.base + (theta - self.centre) @ self.slope
        for (own, _), s in zip(self._parts(), inner or self.inner(theta), strict=True):
            found[:, own] += kernel(s, self.powers) @ self.weights[:, own]
        return np.asarray(found)

    def pull(self, theta: Array, slope: Array, inner: list[Array] | None = None) -> Array:
        """Gradient (n, d) over coordinates from one over errors (n, rows)."""
        p, found = self.powers, slope @ self.slope.T
        for (own, long), s in zip(self._parts(), inner or self.inner(theta), strict=True):
            rise = p[1] + s * (2 * p[2] + 3 * p[3] * s)
            found += ((slope[:, own] @ self.weights[:, own].T * rise) @ (self.points * long)) * long
        return np.asarray(found)

    def _parts(self) -> list[tuple[NDArray[np.int64], Array]]:
        return [
            (np.flatnonzero(self.group == g), long) for g, long in enumerate(self.lengths) if np.any(self.group == g)
        ]


def kernel(s: Array, powers: Array) -> Array:
    """Covariance of two places with the inner product s."""
    return np.asarray(powers[0] + s * (powers[1] + s * (powers[2] + s * powers[3])))


def plane(centre: Array, base: Array, slope: Array) -> Emulator:
    """The stand-in of a point's errors (rows,) and slopes (d, rows), before any other point was run."""
    d, rows = slope.shape
    none = np.zeros(rows)
    return Emulator(
        centre, base, slope, np.zeros((1, d)), np.zeros((1, rows)), np.ones((1, d)), none, np.zeros(4), none.copy()
    )


def teach(
    first: Emulator, theta: Array, errors: Array, sd: Array, scale: Array, value: Callable[[Array], Array], seed: int
) -> Emulator:
    """An emulator from points (n, d) and their errors (n, rows), about the plane of `first`.

    sd : (d,) of the coordinates; scale : (rows,) standard deviations of errors; value : log likelihood (n,) of errors, about
    which the curve is chosen: acceptance hangs on it alone
    """
    near = np.isfinite(errors).all(axis=1) & (np.abs(errors).max(axis=1) < 49.0)
    t, own = theta[near] - first.centre, value(errors[near])
    plain = first.base + t @ first.slope
    y = (errors[near] - plain) / scale
    loose = 1 + ((own.max() - own) / FAR) ** 2  # variance of what a poor point says
    lean = np.abs(first.slope.T) * sd / scale[:, None]
    group = row_groups(lean, seed)
    lengths = _lengths(lean, group, sd, LEANING, t)
    order = np.random.default_rng([seed, len(t)]).permutation(len(t))
    held, used = _split(order[:MAX_POINTS])
    best, powers = np.inf, _powers(CURVES[0])
    for curve in CURVES:
        off = _off(t, y, loose, lengths, group, _powers(curve), held, used)
        gap = value(errors[near][held] + off * scale) - own[held]
        spread = float(np.median(np.abs(gap - np.median(gap))))
        if spread < best:
            best, powers = spread, _powers(curve)
    held, used = _split(order)
    off = _off(t, y, loose, lengths, group, powers, held, used)
    miss = (off**2 / loose[held, None]).sum(axis=0) / (1 / loose[held]).sum()
    weights = _weights(t, y, loose, lengths, group, powers) * scale
    return Emulator(
        first.centre, first.base, first.slope, t, weights, lengths, group.astype(float), powers, miss * scale**2
    )


def _split(order: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    n = max(1, int(HELD_BACK * len(order)))
    return order[:n], order[n:]


def row_groups(lean: Array, seed: int, count: int = GROUPS) -> NDArray[np.int64]:
    """Group of every row (rows,) by which coordinates it leans on: k-means of the roots of its slopes (rows, d)."""
    profile = np.sqrt(lean / np.maximum(lean.max(axis=1, keepdims=True), 1e-12))
    rng = np.random.default_rng([seed, 17])
    count = min(count, 1 + len(profile) // ROWS_A_GROUP)
    centres = profile[rng.choice(len(profile), count, replace=False)]
    own = np.zeros(len(profile), np.int64)
    for _ in range(30):
        own = ((profile[:, None] - centres) ** 2).sum(axis=2).argmin(axis=1)
        centres = np.array([profile[own == k].mean(axis=0) if np.any(own == k) else centres[k] for k in range(count)])
    return own


def _lengths(lean: Array, group: NDArray[np.int64], sd: Array, leaning: float, t: Array) -> Array:
    """Lengths (groups, d) of the coordinates, so that an average point of the group has a squared length of d."""
    found = np.ones((int(group.max()) + 1, len(sd)))
    for g in range(len(found)):
        own = lean[group == g]
        if len(own):
            size = np.sqrt((own**2).mean(axis=0))
            long = np.maximum(size / max(size.max(), 1e-12), 1e-4) ** leaning / sd
            found[g] = long * np.sqrt(len(sd) / ((t * long) ** 2).sum(axis=1).mean())
    return found


def _powers(curve: tuple[float, float]) -> Array:
    return np.array([FLAT[0] ** 2, FLAT[1] ** 2, curve[0] ** 2, curve[1] ** 2])


def _weights(t: Array, y: Array, loose: Array, lengths: Array, group: NDArray[np.int64], powers: Array) -> Array:
    from scipy.linalg import cho_factor, cho_solve

    found = np.zeros_like(y)
    for g, long in enumerate(lengths):
        own = np.flatnonzero(group == g)
        if len(own):
            x = t * long
            covariance = kernel(x @ x.T, powers)
            covariance[np.diag_indices(len(x))] += EMULATOR_NOISE**2 * loose + 1e-10 * powers[0]
            found[:, own] = cho_solve(cho_factor(covariance, lower=True, overwrite_a=True), y[:, own])
    return found


def _off(
    t: Array, y: Array, loose: Array, lengths: Array, group: NDArray[np.int64], powers: Array,
    held: NDArray[np.int64], used: NDArray[np.int64],
) -> Array:  # fmt: skip
    """How far off (held, rows) an emulator of the used points is on those held back."""
    weights = _weights(t[used], y[used], loose[used], lengths, group, powers)
    found = -y[held]
    for g, long in enumerate(lengths):
        own = np.flatnonzero(group == g)
        if len(own):
            found[:, own] += kernel((t[held] * long) @ (t[used] * long).T, powers) @ weights[:, own]
    return found
