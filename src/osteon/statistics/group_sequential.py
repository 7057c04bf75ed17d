"""Group-sequential designs: boundaries that keep the type I error over several looks, and what they cost in patients.

The score statistic at information fractions t is a Gaussian random walk with independent increments, so the chance of
crossing is found by integrating its density from look to look on a grid.
Source: Armitage, McPherson and Rowe 1969; Jennison and Turnbull 2000, chapter 19; Lan and DeMets 1983.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from osteon.errors import Fault, InputError

Array = NDArray[np.float64]
GROUP_SEQUENTIAL_NODES = 160  # Gauss-Legendre nodes of one look; boundaries hold to 1e-6
GROUP_SEQUENTIAL_FAR = 9.0  # standard deviations beyond which nothing is integrated
BOUNDARIES = ("obrien_fleming", "pocock", "wang_tsiatis")
SPENDING = ("obrien_fleming", "pocock", "hwang_shih_decani", "kim_demets")


@dataclass(frozen=True)
class SequentialDesign:
    """information: fractions of the final one, (looks,); upper: critical |z| at each look; lower: futility z, or -inf.

    alpha, sides: type I error and whether it is shared by two sides; spent: alpha spent up to each look.
    """

    information: Array
    upper: Array
    lower: Array
    alpha: float
    sides: int
    spent: Array


def obrien_fleming_spending(t: Array | float, alpha: float) -> Array:
    """Alpha spent at information fraction t, one side of size alpha.  Source: Lan and DeMets 1983, alpha_1."""
    from scipy.stats import norm

    t = np.clip(np.asarray(t, float), 1e-12, 1.0)
    return np.asarray(2.0 * norm.sf(norm.isf(alpha / 2.0) / np.sqrt(t)))


def pocock_spending(t: Array | float, alpha: float) -> Array:
    """Alpha spent at information fraction t.  Source: Lan and DeMets 1983, alpha_2."""
    return np.asarray(alpha * np.log(1.0 + (math.e - 1.0) * np.clip(np.asarray(t, float), 0.0, 1.0)))


def hwang_shih_decani_spending(t: Array | float, alpha: float, gamma: float = -4.0) -> Array:
    """Alpha spent at information fraction t; gamma = -4 resembles O'Brien-Fleming, 1 Pocock.  Source: Hwang 1990."""
    t = np.clip(np.asarray(t, float), 0.0, 1.0)
    return np.asarray(alpha * t if gamma == 0 else alpha * (1 - np.exp(-gamma * t)) / (1 - math.exp(-gamma)))


def kim_demets_spending(t: Array | float, alpha: float, power: float = 3.0) -> Array:
    """Alpha spent at information fraction t: alpha t**power.  Source: Kim and DeMets 1987."""
    return np.asarray(alpha * np.clip(np.asarray(t, float), 0.0, 1.0) ** power)


def check_information(information: Sequence[float], place: str = "information") -> Array:
    """Information fractions of the looks as an array; InputError with every fault."""
    t = np.asarray(information, float)
    faults = []
    if t.ndim != 1 or not len(t) or not np.all(np.isfinite(t)) or np.any(t <= 0):
        faults.append(_fault(place, information, "Information fractions must be numbers above 0."))
    elif np.any(np.diff(t) <= 1e-9):
        faults.append(_fault(place, information, "Information fractions must rise from look to look."))
    elif abs(t[-1] - 1.0) > 1e-9:
        what = "The last look must have all the information: a look after the end, or none at it."
        faults.append(_fault(place, float(t[-1]), what))
    if faults:
        raise InputError(faults)
    return t


def _fault(place: str, value: object, message: str) -> Fault:
    return Fault("bad_looks", place, value, "rising, above 0, the last one 1", "Write [0.5, 1.0].", message)


def boundaries(
    information: Sequence[float], alpha: float = 0.05, kind: str = "obrien_fleming", sides: int = 2, shape: float = 0.25
) -> SequentialDesign:
    """Boundaries of one constant: z at look k is C t_k**(shape - 1/2); shape 0 O'Brien-Fleming, 1/2 Pocock.

    information : fraction of the final information at each look, the last one 1.  Raises InputError.
    Source: O'Brien and Fleming 1979; Pocock 1977; Wang and Tsiatis 1987.

    >>> [round(z, 3) for z in boundaries([0.5, 1.0], 0.05, "pocock").upper.tolist()]
    [2.178, 2.178]
    """
    from scipy.optimize import brentq

    t = check_information(information)
    _check_alpha(alpha, sides)
    exponent = {"obrien_fleming": 0.0, "pocock": 0.5, "wang_tsiatis": shape}[_known(kind, BOUNDARIES)] - 0.5
    lower = np.full(len(t), -np.inf)

    def excess(c: float) -> float:
        return float(crossing(t, c * t**exponent, lower, 0.0, sides)[0].sum()) - alpha

    constant = brentq(excess, 0.5, 12.0, xtol=1e-10)
    upper = constant * t**exponent
    return SequentialDesign(t, upper, lower, alpha, sides, np.cumsum(crossing(t, upper, lower, 0.0, sides)[0]))


def spending_boundaries(
    information: Sequence[float],
    alpha: float = 0.05,
    kind: str = "obrien_fleming",
    sides: int = 2,
    gamma: float | None = None,
) -> SequentialDesign:
    """Boundaries that spend alpha by a function of information, look by look: looks need not be planned in advance.

    gamma : parameter of hwang_shih_decani or kim_demets.  Source: Lan and DeMets 1983.

    >>> [round(z, 3) for z in spending_boundaries([0.5, 1.0], 0.05).upper.tolist()]
    [2.963, 1.969]
    """
    t = check_information(information)
    _check_alpha(alpha, sides)
    spent = sides * spending_function(kind, gamma)(t, alpha / sides)
    upper = _by_spending(t, np.diff(np.concatenate([[0.0], spent])), np.full(len(t), -np.inf), 0.0, sides)
    return SequentialDesign(t, upper, np.full(len(t), -np.inf), alpha, sides, np.asarray(spent))


def spending_function(kind: str, gamma: float | None = None) -> Callable[[Array, float], Array]:
    """A spending function (information, alpha of one side) by name. Raises InputError with the nearest name."""
    if _known(kind, SPENDING) == "hwang_shih_decani":
        return lambda t, a: hwang_shih_decani_spending(t, a, -4.0 if gamma is None else gamma)
    if kind == "kim_demets":
        return lambda t, a: kim_demets_spending(t, a, 3.0 if gamma is None else gamma)
    return obrien_fleming_spending if kind == "obrien_fleming" else pocock_spending


def _known(kind: str, known: Sequence[str]) -> str:
    from osteon.errors import unknown

    if kind not in known:
        raise InputError(unknown("boundary", kind, known))
    return kind


def _check_alpha(alpha: float, sides: int) -> None:
    if not 0 < alpha < 0.5 or sides not in (1, 2):
        message = f"alpha {alpha} on {sides} sides is no type I error."
        raise InputError(Fault("bad_alpha", "alpha", alpha, "above 0 and below 0.5, one or two sides", "", message))


def _by_spending(t: Array, increments: Array, lower: Array, drift: float, sides: int) -> Array:
    """Upper bound of each look so that it is crossed first there with the given chance."""
    from scipy.optimize import brentq

    upper = np.full(len(t), np.inf)
    for k in range(len(t)):
        if increments[k] < 1e-12:
            continue

        def excess(z: float, k: int = k) -> float:
            upper[k] = z
            return float(
                float(crossing(t[: k + 1], upper[: k + 1], lower[: k + 1], drift, sides)[0][k]) - increments[k]
            )

        upper[k] = brentq(excess, max(lower[k], -3.0) if sides == 1 else 0.0, GROUP_SEQUENTIAL_FAR, xtol=1e-10)
    return upper


def crossing(t: Array, upper: Array, lower: Array, drift: float, sides: int = 2) -> tuple[Array, Array]:
    """Chance to cross first at each look: (upper or, with two sides, either outer bound; the futility bound), (looks,) each.

    drift : expected z at full information. Two sides: crossing is |z| >= upper; lower is then ignored.
    """
    from scipy.special import ndtr

    out, futile = np.zeros(len(t)), np.zeros(len(t))
    points, density = np.zeros(1), np.ones(1)  # of z sqrt(t), before the first look a point at 0
    before = 0.0
    for k in range(len(t)):
        root, step = math.sqrt(t[k]), math.sqrt(t[k] - before)
        mean = points + drift * (t[k] - before)
        high = upper[k] * root
        low = -high if sides == 2 else lower[k] * root
        out[k] = float(density @ ndtr((mean - high) / step))
        under = float(density @ ndtr((low - mean) / step)) if np.isfinite(low) else 0.0
        if sides == 2:
            out[k] += under
        else:
            futile[k] = under
        if k < len(t) - 1:
            points, density = _carried(mean, density, step, low, high)
        before = float(t[k])
    return out, futile


@cache
def _legendre(nodes: int) -> tuple[Array, Array]:
    return np.polynomial.legendre.leggauss(nodes)


def _carried(mean: Array, density: Array, step: float, low: float, high: float) -> tuple[Array, Array]:
    """The density after a look within its continuation region, at Gauss-Legendre nodes: points, weights times density."""
    spread = float(
        np.sqrt(step**2 + max(float(density @ mean**2 / density.sum() - (density @ mean / density.sum()) ** 2), 0))
    )
    centre = float(density @ mean / density.sum())
    a = max(low, centre - GROUP_SEQUENTIAL_FAR * spread) if np.isfinite(low) else centre - GROUP_SEQUENTIAL_FAR * spread
    b = (
        min(high, centre + GROUP_SEQUENTIAL_FAR * spread)
        if np.isfinite(high)
        else centre + GROUP_SEQUENTIAL_FAR * spread
    )
    if b <= a:
        return np.zeros(1), np.zeros(1) + 1e-300
    nodes, weights = _legendre(GROUP_SEQUENTIAL_NODES)
    grid, weights = (a + b) / 2 + (b - a) / 2 * nodes, weights * (b - a) / 2
    after = np.exp(-0.5 * ((grid[:, None] - mean[None, :]) / step) ** 2) @ density / (step * math.sqrt(2 * math.pi))
    return grid, weights * after


def sequential_power(design: SequentialDesign, drift: float) -> tuple[float, float]:
    """(power, expected information as a share of the final one) where the expected final z is drift."""
    out, futile = crossing(design.information, design.upper, design.lower, drift, design.sides)
    stop = out + futile
    stop[-1] += max(0.0, 1.0 - float(stop.sum()))
    return float(out.sum()), float(stop @ design.information)


def inflation(design: SequentialDesign, power: float = 0.9) -> float:
    """Largest sample size of the design relative to one look with the same alpha and power.

    >>> round(inflation(boundaries([0.5, 1.0], 0.05, "pocock"), 0.9), 3)
    1.1
    """
    from scipy.optimize import brentq
    from scipy.stats import norm

    single = norm.isf(design.alpha / design.sides) + norm.ppf(power)
    drift = brentq(lambda d: sequential_power(design, d)[0] - power, 0.1 * single, 4.0 * single, xtol=1e-9)
    return float((drift / single) ** 2)
