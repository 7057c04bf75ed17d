"""A stand-in for the animals of the evidence: each effect as a polynomial in the places that move it, with its own error.

Fitted by ridge regression on points where the engine was run: every place and its square, and products of the places that move
the row most. What it misses is held as an error of the row.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
LARGEST = 3.0  # places beyond are taken as this: dose and effect are flat there
PAIRED = 7  # places of a row whose products count
RIDGE = 0.3
FOLDS = 5


@dataclass(frozen=True)
class RowSurrogate:
    """One row: products by index pairs, weights of the features, error (SD by cross-validation)."""

    pairs: tuple[tuple[int, int], ...]
    weights: Array
    error: float

    def at(self, places: Array) -> Array:
        """Prediction at places, (n, parameters)."""
        return _features(places, self.pairs) @ self.weights


def fit_row(places: Array, values: Array) -> RowSurrogate:
    """The stand-in of a row.   places : (n, parameters); values : (n,), NaN where the engine failed

    >>> z = np.random.default_rng(1).standard_normal((200, 3))
    >>> row = fit_row(z, 1 + z[:, 0] + 0.5 * z[:, 0] * z[:, 1])
    >>> row.error < 0.1
    True
    """
    good = np.isfinite(values)
    z, y = places[good], values[good]
    first = _solve(_features(z, ()), y)
    k = places.shape[1]
    size = np.abs(first[1 : 1 + k]) + np.abs(first[1 + k : 1 + 2 * k])
    top = np.argsort(-size)[: min(PAIRED, k)]
    pairs = tuple((int(a), int(b)) for i, a in enumerate(top) for b in top[i + 1 :])
    x = _features(z, pairs)
    fold = np.arange(len(y)) % FOLDS
    missed = np.concatenate([y[fold == f] - x[fold == f] @ _solve(x[fold != f], y[fold != f]) for f in range(FOLDS)])
    return RowSurrogate(pairs, _solve(x, y), float(missed.std()))


def _features(places: Array, pairs: tuple[tuple[int, int], ...]) -> Array:
    z = np.clip(places, -LARGEST, LARGEST)
    parts = [np.ones((len(z), 1)), z, z**2 - 1]
    if pairs:
        a, b = np.array(pairs).T
        parts.append(z[:, a] * z[:, b])
    return np.concatenate(parts, axis=1)


def _solve(x: Array, y: Array) -> Array:
    penalty = RIDGE * np.eye(x.shape[1])
    penalty[0, 0] = 0.0
    return np.asarray(np.linalg.solve(x.T @ x + penalty, x.T @ y))
