"""Global sensitivity of any function of independent uniform numbers: designs, and what their outputs say.

A design is a matrix of places in the unit cube, a row a run; outputs come back in the same order, (rows, outputs), NaN where a
run failed. What a failed run belongs to (a trajectory, a base sample, a walk) is left out as a whole.

    Morris    : elementary effects along trajectories.            Source: Morris 1991; mu*: Campolongo 2007
    Sobol     : first-order and total shares of the variance.     Source: Saltelli 2010 (first), Jansen 1999 (total)
    Shapley   : shares that add up to one, interactions halved.   Source: Goda 2021 (walks between two points)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
SENSITIVITY_INDICES_LEVELS = 4  # of a trajectory, as usual
EDGE = 1e-3  # places keep this far from 0 and 1: the ends of a prior without bounds are infinite
RESAMPLES = 200  # of a standard error


@dataclass(frozen=True)
class Walks:
    """A design of walks that change one number at a time. places : (walks * (k + 1), k); order : (walks, k), which number in each step"""

    places: Array
    order: NDArray[np.int64]
    step: Array  # (walks, k) change of the place, with its sign; by number


@dataclass(frozen=True)
class Index:
    """One measure of k numbers on m outputs, (k, m), and its standard error."""

    value: Array
    error: Array


def morris_design(k: int, trajectories: int, seed: int) -> Walks:
    """Trajectories on a grid of LEVELS, each of k + 1 runs."""
    rng = np.random.default_rng([seed, 1])
    delta = SENSITIVITY_INDICES_LEVELS / (2 * (SENSITIVITY_INDICES_LEVELS - 1))
    start = rng.integers(0, SENSITIVITY_INDICES_LEVELS // 2, (trajectories, k)) / (SENSITIVITY_INDICES_LEVELS - 1)
    up = rng.random((trajectories, k)) < 0.5
    first = np.where(up, start, start + delta)
    step = np.where(up, delta, -delta)
    order = rng.permuted(np.tile(np.arange(k), (trajectories, 1)), axis=1)
    places = np.repeat(first[:, None], k + 1, axis=1)
    for w in range(trajectories):
        for j, number in enumerate(order[w]):
            places[w, j + 1 :, number] += step[w, number]
    return Walks(EDGE + (1 - 2 * EDGE) * places.reshape(-1, k), order, step * (1 - 2 * EDGE))


def morris_effects(design: Walks, outputs: Array) -> tuple[Index, Index, Array]:
    """mu* (mean size of an effect), mu (mean), sigma (spread) of the effect of the whole range of each number.

    Effects are changes of the output per unit of the place, that is from one end of the prior to the other.
    """
    change = _steps(design, outputs)  # (walks, k, m), by number
    effect = change / design.step[..., None]
    effect = effect[np.isfinite(effect).all(axis=(1, 2))]
    n, shape = len(effect), effect.shape[1:]
    if n < 2:
        nothing = np.full(shape, np.nan)
        return Index(nothing, nothing), Index(nothing, nothing), nothing
    size, spread = np.abs(effect), effect.std(axis=0, ddof=1)
    root = np.sqrt(n)
    return Index(size.mean(axis=0), size.std(axis=0, ddof=1) / root), Index(effect.mean(axis=0), spread / root), spread


def _steps(design: Walks, outputs: Array) -> Array:
    """Change of every output in the step that moved each number, (walks, k, m)."""
    walks, k = design.order.shape
    y = outputs.reshape(walks, k + 1, -1)
    change = np.empty((walks, k, y.shape[2]))
    np.put_along_axis(change, design.order[..., None], np.diff(y, axis=1), axis=1)
    return change


def sobol_design(k: int, samples: int, seed: int) -> Array:
    """(samples * (k + 2), k): A, B, and A with one column of B, from a scrambled Sobol' sequence; samples: a power of two."""
    from scipy.stats import qmc

    base = qmc.Sobol(2 * k, scramble=True, seed=np.random.default_rng([seed, 2])).random(samples)
    a, b = base[:, :k], base[:, k:]
    mixed = np.repeat(a[None], k, axis=0)
    for i in range(k):
        mixed[i, :, i] = b[:, i]
    return np.asarray(np.clip(np.concatenate([a, b, mixed.reshape(-1, k)]), 1e-9, 1 - 1e-9))


def sobol_indices(k: int, outputs: Array, seed: int = 1) -> tuple[Index, Index]:
    """First-order and total shares of the variance, with standard errors by resampling base samples."""
    y = outputs.reshape(k + 2, -1, outputs.shape[-1])
    y = y[:, np.isfinite(y).all(axis=(0, 2))]
    if y.shape[1] < 4:
        nothing = np.full((k, outputs.shape[-1]), np.nan)
        return Index(nothing, nothing), Index(nothing, nothing)
    first, total = _shares(y)
    rng, n = np.random.default_rng([seed, 3]), y.shape[1]
    again = [_shares(y[:, rng.integers(0, n, n)]) for _ in range(RESAMPLES)]
    errors = [np.std([a[i] for a in again], axis=0) for i in (0, 1)]
    return Index(first, errors[0]), Index(total, errors[1])


def _shares(y: Array) -> tuple[Array, Array]:
    y = y - y[:2].mean(axis=(0, 1))
    a, b, mixed = y[0], y[1], y[2:]
    variance = np.maximum(y[:2].reshape(-1, y.shape[2]).var(axis=0), 1e-300)
    return (b * (mixed - a)).mean(axis=1) / variance, 0.5 * ((a - mixed) ** 2).mean(axis=1) / variance


def shapley_design(k: int, walks: int, seed: int) -> Walks:
    """Walks from one random point to another, a number at a time in random order: walks * (k + 1) runs."""
    from scipy.stats import qmc

    base = qmc.Sobol(2 * k, scramble=True, seed=np.random.default_rng([seed, 4])).random(walks)
    base = np.clip(base, 1e-9, 1 - 1e-9)
    x, other = base[:, :k], base[:, k:]
    rng = np.random.default_rng([seed, 5])
    order = rng.permuted(np.tile(np.arange(k), (walks, 1)), axis=1)
    places = np.repeat(x[:, None], k + 1, axis=1)
    for w in range(walks):
        for j, number in enumerate(order[w]):
            places[w, j + 1 :, number] = other[w, number]
    return Walks(places.reshape(-1, k), order, other - x)


def shapley_effects(design: Walks, outputs: Array) -> tuple[Index, Index]:
    """Shapley shares (they add up to about one) and total shares of the variance, from the same runs."""
    walks, k = design.order.shape
    y = outputs.reshape(walks, k + 1, -1)
    good = np.isfinite(y).all(axis=(1, 2))
    y, order = y[good], design.order[good]
    if len(y) < 4:
        nothing = np.full((k, outputs.shape[-1]), np.nan)
        return Index(nothing, nothing), Index(nothing, nothing)
    variance = np.maximum(0.5 * (y[:, 0].var(axis=0, ddof=1) + y[:, -1].var(axis=0, ddof=1)), 1e-300)
    step, middle = y[:, :-1] - y[:, 1:], 0.5 * (y[:, :-1] + y[:, 1:])
    gain, square = np.empty_like(step), np.empty_like(step)
    np.put_along_axis(gain, order[..., None], (y[:, :1] - middle) * step, axis=1)
    np.put_along_axis(square, order[..., None], 0.5 * step**2, axis=1)
    root = np.sqrt(len(y))
    return (
        Index(gain.mean(axis=0) / variance, gain.std(axis=0, ddof=1) / variance / root),
        Index(square.mean(axis=0) / variance, square.std(axis=0, ddof=1) / variance / root),
    )
