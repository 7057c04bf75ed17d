"""Futility at an interim look: conditional and predictive power, and boundaries that spend the type II error."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from osteon.errors import Fault, InputError
from osteon.statistics.group_sequential import SequentialDesign, check_information, crossing, spending_function


def conditional_power(z: float, information: float, critical: float, drift: float | None = None) -> float:
    """Chance that the final z exceeds `critical`, seen the interim z at an information fraction.

    drift : expected final z from now on; None takes the interim trend, z / sqrt(information).  Source: Lan and Wittes 1988.

    >>> round(conditional_power(1.0, 0.5, 1.96), 4)
    0.2201
    """
    from scipy.stats import norm

    trend = z / math.sqrt(information) if drift is None else drift
    mean = z * math.sqrt(information) + trend * (1 - information)
    return float(norm.sf((critical - mean) / math.sqrt(1 - information)))


def predictive_power(z: float, information: float, critical: float) -> float:
    """Conditional power averaged over the posterior of the effect with a flat prior.  Source: Spiegelhalter 1986."""
    from scipy.stats import norm

    mean = z / math.sqrt(information)
    return float(norm.sf((critical - mean) / math.sqrt((1 - information) / information)))


def with_futility(
    information: Sequence[float],
    alpha: float = 0.025,
    power: float = 0.9,
    efficacy: str = "obrien_fleming",
    futility: str = "hwang_shih_decani",
    gamma: float | None = -2.0,
) -> tuple[SequentialDesign, float]:
    """One-sided design with a non-binding futility bound by beta spending; and the drift it has its power at.

    The efficacy bound is computed as if nobody stopped for futility, so that ignoring it keeps the type I error.
    Source: Pampallona, Tsiatis and Kim 2001; DeMets and Ware 1982. Raises InputError where power is below alpha.
    """
    from scipy.optimize import brentq

    t = check_information(information)
    if not alpha < power < 1:
        raise InputError(Fault("bad_power", "power", power, f"above {alpha} and below 1", "", "This is no power."))
    spent = spending_function(efficacy)(t, alpha)
    upper = _bounds(t, np.diff(np.concatenate([[0.0], spent])))
    beta = np.diff(np.concatenate([[0.0], spending_function(futility, gamma)(t, 1 - power)]))

    def gap(drift: float) -> float:
        """How far the two bounds are apart at the last look."""
        return float(_lower(t, upper, beta, drift)[-1] - upper[-1])

    drift = brentq(gap, 1.0, 8.0, xtol=1e-8)
    lower = _lower(t, upper, beta, drift)
    lower[-1] = upper[-1]
    return SequentialDesign(t, upper, lower, alpha, 1, np.asarray(spent)), float(drift)


def _bounds(t: np.ndarray, increments: np.ndarray) -> np.ndarray:
    from osteon.statistics.group_sequential import _by_spending

    return _by_spending(t, increments, np.full(len(t), -np.inf), 0.0, 1)


def _lower(t: np.ndarray, upper: np.ndarray, beta: np.ndarray, drift: float) -> np.ndarray:
    """Futility z of each look, so that it stops there first with the chance beta spends, under the drift."""
    from scipy.optimize import brentq

    lower = np.full(len(t), -np.inf)
    for k in range(len(t)):
        ceiling = upper[k] if k < len(t) - 1 else 8.0
        wide = np.where(np.arange(len(t)) == k, np.inf if k == len(t) - 1 else upper, upper)

        def excess(z: float, k: int = k, wide: np.ndarray = wide) -> float:
            lower[k] = z
            return float(float(crossing(t[: k + 1], wide[: k + 1], lower[: k + 1], drift, 1)[1][k]) - beta[k])

        lower[k] = brentq(excess, -8.0, ceiling, xtol=1e-9) if excess(ceiling) > 0 else ceiling
    return lower
