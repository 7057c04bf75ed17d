"""Random-effects pooling of studies, and what small studies do to it.

Between-study variance by restricted likelihood, DerSimonian-Laird or Paule-Mandel; intervals by Hartung-Knapp-Sidik-Jonkman where
asked; the interval of a new study (Higgins 2009); Egger's regression and trim and fill for small-study bias.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.stats import norm, rankdata, t

from osteon.errors import InputError

Array = NDArray[np.float64]
POOLING_ESTIMATORS = ("reml", "dersimonian_laird", "paule_mandel")
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Pooled:
    """A pooled effect. tau2: variance between studies; q, i2: heterogeneity; low_new, high_new: where a new study would lie"""

    studies: int
    effect: float
    se: float
    low: float
    high: float
    tau2: float
    q: float
    i2: float
    low_new: float
    high_new: float


@dataclass(frozen=True)
class SmallStudies:
    """Egger's regression (intercept 0 without bias) and trim and fill (missing studies, effect with them put in)."""

    intercept: float
    p: float
    missing: int
    filled: float


def pool(
    effects: Sequence[float], variances: Sequence[float], method: str = "reml", knapp_hartung: bool = False
) -> Pooled:
    """Pool studies.   effects, variances : (k,), k >= 2. Raises InputError.

    >>> round(pool([0.0, 1.0], [0.1, 0.1]).effect, 3)
    0.5
    """
    y, v = _checked(effects, variances, method)
    tau2 = _tau2(y, v, method)
    w = 1 / (v + tau2)
    effect, k = float(w @ y / w.sum()), len(y)
    se = math.sqrt(1 / w.sum())
    quantile = float(norm.ppf(0.5 + CONFIDENCE / 2))
    if knapp_hartung:
        se = math.sqrt(float(w @ (y - effect) ** 2) / ((k - 1) * w.sum()))
        quantile = float(t.ppf(0.5 + CONFIDENCE / 2, k - 1))
    q = _q(y, v, 0.0)
    typical = (k - 1) * (1 / v).sum() / ((1 / v).sum() ** 2 - (1 / v**2).sum())
    new = (float(t.ppf(0.5 + CONFIDENCE / 2, k - 2)) if k > 2 else math.inf) * math.sqrt(tau2 + se**2)
    return Pooled(
        k,
        effect,
        se,
        effect - quantile * se,
        effect + quantile * se,
        tau2,
        q,
        float(tau2 / (tau2 + typical)),
        effect - new,
        effect + new,
    )


def small_study_bias(effects: Sequence[float], variances: Sequence[float]) -> SmallStudies:
    """Whether small studies show more than large ones.   (k,), k >= 3. Raises InputError.   Sources: Egger 1997; Duval 2000 (L0)."""
    y, v = _checked(effects, variances, "reml")
    if len(y) < 3:
        raise InputError(f"Small-study bias needs at least three studies; there are {len(y)}.")
    precision = 1 / np.sqrt(v)
    design = np.stack([np.ones_like(precision), precision], axis=1)
    fit, *_ = np.linalg.lstsq(design, y * precision, rcond=None)
    rest = y * precision - design @ fit
    free = len(y) - 2
    spread = float(rest @ rest) / free if free else 0.0
    se = math.sqrt(spread * np.linalg.inv(design.T @ design)[0, 0])
    p = float(2 * t.sf(abs(fit[0]) / se, free)) if se > 0 and free else math.nan
    missing, filled = _trim_and_fill(y, v)
    return SmallStudies(float(fit[0]), p, missing, filled)


def _checked(effects: Sequence[float], variances: Sequence[float], method: str) -> tuple[Array, Array]:
    y, v = np.asarray(effects, float), np.asarray(variances, float)
    if y.shape != v.shape or y.ndim != 1 or len(y) < 2:
        raise InputError(
            f"Pooling needs effects and variances of at least two studies; there are {y.size} and {v.size}."
        )
    if not (np.isfinite(y).all() and np.isfinite(v).all() and (v > 0).all()):
        raise InputError("Every effect must be a number, and every variance a number above 0.")
    if method not in POOLING_ESTIMATORS:
        raise InputError(f"There is no method '{method}': use {', '.join(POOLING_ESTIMATORS)}.")
    return y, v


def _q(y: Array, v: Array, tau2: float) -> float:
    w = 1 / (v + tau2)
    return float(w @ (y - w @ y / w.sum()) ** 2)


def _tau2(y: Array, v: Array, method: str) -> float:
    k = len(y)
    w = 1 / v
    if method == "dersimonian_laird":
        return max(0.0, (_q(y, v, 0.0) - (k - 1)) / float(w.sum() - (w**2).sum() / w.sum()))
    top = float(np.var(y) + v.max()) * 10 + 1.0

    def slope(x: float) -> float:
        return _q(y, v, x) - (k - 1) if method == "paule_mandel" else _reml_slope(y, v, x)

    return 0.0 if slope(0.0) <= 0 else float(brentq(slope, 0.0, top, xtol=1e-12))


def _reml_slope(y: Array, v: Array, tau2: float) -> float:
    """Derivative of twice the restricted log likelihood by the variance between studies."""
    w = 1 / (v + tau2)
    mean = w @ y / w.sum()
    return float(w**2 @ (y - mean) ** 2 - w.sum() + (w**2).sum() / w.sum())


def _trim_and_fill(y: Array, v: Array) -> tuple[int, float]:
    """Missing studies on the side of less effect, and the pooled effect with their mirror images; L0 of Duval 2000."""
    sign = 1.0 if pool(y.tolist(), v.tolist()).effect >= 0 else -1.0
    x, missing = sign * y, 0
    order = np.argsort(x)
    x, var = x[order], v[order]
    for _ in range(50):
        kept = slice(0, len(x) - missing)
        centre = _centre(x[kept], var[kept])
        ranks = rankdata(np.abs(x - centre))
        total = float(ranks[x > centre].sum())
        n = len(x)
        new = max(0, round((4 * total - n * (n + 1)) / (2 * n - 1)))
        if new == missing:
            break
        missing = min(new, len(x) - 2)
    centre = _centre(x[: len(x) - missing], var[: len(x) - missing])
    mirrored = 2 * centre - x[len(x) - missing :]
    filled = _centre(np.concatenate([x, mirrored]), np.concatenate([var, var[len(x) - missing :]]))
    return missing, sign * filled


def _centre(y: Array, v: Array) -> float:
    return pool(y.tolist(), v.tolist()).effect if len(y) > 1 else float(y[0])
