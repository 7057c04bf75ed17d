"""Whether chains have mixed, and how many independent draws they are worth.

Rank-normalised split R-hat, bulk and tail effective sample size.  Source: Vehtari 2021 (rank-normalisation, folding), Geyer 1992.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Convergence:
    """Of one quantity: split R-hat (the larger of ranks and folded ranks), effective draws in the bulk and in the tails."""

    r_hat: float
    ess_bulk: float
    ess_tail: float


def convergence(draws: Array) -> Convergence:
    """Of draws (chains, draws). NaN where there are fewer than four draws a chain, or nothing moves."""
    halves = _split(np.asarray(draws, float))
    if halves.shape[1] < 4 or np.ptp(halves) == 0 or not np.isfinite(halves).all():
        return Convergence(np.nan, np.nan, np.nan)
    z = _normal_scores(halves)
    folded = _normal_scores(np.abs(halves - np.median(halves)))
    tails = [_ess((halves <= q).astype(float)) for q in np.quantile(halves, [0.05, 0.95])]
    return Convergence(max(_r_hat(z), _r_hat(folded)), _ess(z), min(tails))


def _split(draws: Array) -> Array:
    """Every chain cut into halves; the middle draw of an odd number is left out."""
    half = draws.shape[1] // 2
    return np.concatenate([draws[:, :half], draws[:, -half:]]) if half else draws


def _normal_scores(draws: Array) -> Array:
    from scipy.special import ndtri
    from scipy.stats import rankdata

    ranks = rankdata(draws, method="average").reshape(draws.shape)
    return np.asarray(ndtri((ranks - 0.375) / (draws.size + 0.25)))


def _r_hat(draws: Array) -> float:
    n = draws.shape[1]
    within = draws.var(axis=1, ddof=1).mean()
    between = draws.mean(axis=1).var(ddof=1)
    return float(np.sqrt((n - 1) / n + between / within)) if within > 0 else float("nan")


def _ess(draws: Array) -> float:
    """Effective sample size of halves of chains, (m, n): autocorrelations summed in pairs, falling, positive."""
    m, n = draws.shape
    covariance = _autocovariance(draws)
    within = float((covariance[:, 0] * n / (n - 1)).mean())
    plus = within * (n - 1) / n + (float(draws.mean(axis=1).var(ddof=1)) if m > 1 else 0.0)
    if plus <= 0:
        return float("nan")
    rho = 1 - (within - covariance.mean(axis=0)) / plus
    rho[0] = 1.0
    pairs = rho[: n - n % 2].reshape(-1, 2).sum(axis=1)
    negative = np.nonzero(pairs < 0)[0]
    stop = int(negative[0]) if len(negative) else len(pairs)
    kept = np.minimum.accumulate(pairs[:stop]) if stop else pairs[:0]
    odd = max(float(rho[2 * stop]), 0.0) if 2 * stop < n else 0.0  # the even lag after the last positive pair
    tau = max(-1 + 2 * float(kept.sum()) + odd, 1 / np.log10(m * n))
    return float(m * n / tau)


def _autocovariance(draws: Array) -> Array:
    """Of every row at all lags, (m, n), each divided by n."""
    from scipy.fft import irfft, next_fast_len, rfft

    n = draws.shape[1]
    size = next_fast_len(2 * n)
    spectrum = rfft(draws - draws.mean(axis=1, keepdims=True), size, axis=1)
    return np.asarray(irfft(np.abs(spectrum) ** 2, size, axis=1)[:, :n] / n)


def rank_uniformity(ranks: NDArray[np.int64], draws: int, bins: int = 10) -> float:
    """p value of chi-squared that ranks (0 to draws) are uniform: simulation-based calibration.   Source: Talts 2018

    draws : posterior draws that each rank was counted among; bins : equal parts of 0 … draws
    """
    from scipy.stats import chi2

    edges = np.linspace(0, draws + 1, bins + 1)
    counts, _ = np.histogram(ranks, edges)
    whole = np.arange(draws + 1)
    expected = len(ranks) * np.histogram(whole, edges)[0] / (draws + 1)
    statistic = float(((counts - expected) ** 2 / expected).sum())
    return float(chi2.sf(statistic, bins - 1))
