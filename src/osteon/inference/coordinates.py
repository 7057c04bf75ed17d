"""Numbers that a sampler moves: their scale, their prior, their bounds, and the unbounded space behind them.

A coordinate is the logarithm, the logit or the plain value of a parameter; its prior is normal there, cut off at the bounds. The
sampler itself moves y, any real number: the coordinate is low + (high - low) / (1 + exp(-y)).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from osteon.inference.fit import ParameterTransform
from osteon.inference.priors import Prior
from osteon.model import LogitNormal, LogNormal, LogUniform, Normal, Uniform

Array = NDArray[np.float64]
COORDINATES_FAR = 8.0  # prior widths that stand for a bound where there is none
EDGE = 1e-3  # of the range, that a start keeps from a bound


@dataclass(frozen=True)
class Coordinates:
    """names, forms; centre, width: of the normal prior; low, high: bounds; all (d,) on the scale of the form."""

    names: tuple[str, ...]
    forms: tuple[str, ...]
    centre: Array
    width: Array
    low: Array
    high: Array

    def __len__(self) -> int:
        return len(self.names)

    def values(self, theta: Array) -> dict[str, Array]:
        """Parameters by name, (n,) each, from coordinates (n, d)."""
        theta = np.atleast_2d(theta)
        return {n: _back(theta[:, i], f) for i, (n, f) in enumerate(zip(self.names, self.forms, strict=True))}

    def of_values(self, values: Mapping[str, float]) -> Array:
        """Coordinates (d,) of parameters, well inside the bounds; the prior's centre where a name is missing."""
        plain = [
            _to(values[n], f) if n in values else c for n, f, c in zip(self.names, self.forms, self.centre, strict=True)
        ]
        return self.inside(np.array(plain))

    def inside(self, theta: Array) -> Array:
        """Coordinates moved well inside the bounds."""
        room = EDGE * (self.high - self.low)
        return np.clip(theta, self.low + room, self.high - room)

    def theta(self, y: Array) -> Array:
        """Coordinates from unbounded places."""
        from scipy.special import expit

        return np.asarray(self.low + (self.high - self.low) * expit(y))

    def place(self, theta: Array) -> Array:
        """Unbounded places of coordinates."""
        from scipy.special import logit

        share = (theta - self.low) / (self.high - self.low)
        return np.asarray(logit(np.clip(share, 1e-12, 1 - 1e-12)))

    def slope(self, theta: Array) -> Array:
        """d theta / d y."""
        return np.maximum((theta - self.low) * (self.high - theta) / (self.high - self.low), 1e-300)

    def log_prior(self, y: Array) -> Array:
        """Log density (n,) of places under the prior, without its constant."""
        theta = self.theta(y)
        z = (theta - self.centre) / self.width
        return np.asarray((-0.5 * z**2 + np.log(self.slope(theta))).sum(axis=-1))

    def prior_slope(self, y: Array) -> Array:
        """Gradient (n, d) of the log prior density over places."""
        theta = self.theta(y)
        share = (theta - self.low) / (self.high - self.low)
        return np.asarray(-(theta - self.centre) / self.width**2 * self.slope(theta) + 1 - 2 * share)

    def draw_prior(self, n: int, rng: np.random.Generator) -> Array:
        """Coordinates (n, d) drawn from the prior, cut off at the bounds."""
        from scipy.special import ndtr, ndtri

        first, last = ndtr((self.low - self.centre) / self.width), ndtr((self.high - self.centre) / self.width)
        z = ndtri(first + (last - first) * rng.random((n, len(self))))
        return np.asarray(np.clip(self.centre + self.width * z, self.low, self.high))


def _to(value: float, form: str) -> float:
    if form == "log":
        return float(np.log(max(value, 1e-300)))
    return float(np.log(value / (1 - value))) if form == "logit" else float(value)


def _back(x: Array, form: str) -> Array:
    return np.exp(x) if form == "log" else 1 / (1 + np.exp(-x)) if form == "logit" else x


def of_transform(where: ParameterTransform) -> Coordinates:
    """Coordinates of fitted parameters: the scale, priors and bounds of the fit."""
    forms = tuple("log" if log else "plain" for log in where.log)
    bounds = [(p.bounds or (-np.inf, np.inf)) for p in where.parameters]
    return _made(where.names, forms, where.to_point({}), where.prior_sd(), bounds)


def of_priors(priors: Sequence[Prior]) -> Coordinates:
    """Coordinates of numbers with stated priors; a flat prior is taken as the normal of its mean and spread on its scale."""
    names, forms, centre, width, bounds = [], [], [], [], []
    for p in priors:
        form, middle, sd = _normal_of(p)
        names.append(p.name)
        forms.append(form)
        centre.append(middle)
        width.append(sd)
        bounds.append(_bounds(p))
    return _made(tuple(names), tuple(forms), np.array(centre), np.array(width), bounds)


def _normal_of(p: Prior) -> tuple[str, float, float]:
    s, value = p.spread, p.parameter.value
    if isinstance(s, LogNormal):
        return "log", float(np.log(value)), float(np.log(s.gsd))
    if isinstance(s, LogitNormal):
        return "logit", _to(value, "logit"), s.sd
    if isinstance(s, Normal):
        return "plain", value, s.sd
    if isinstance(s, LogUniform):
        ends = np.log([s.low, s.high])
        return "log", float(ends.mean()), float(np.ptp(ends) / np.sqrt(12))
    assert isinstance(s, Uniform)
    return "plain", (s.low + s.high) / 2, (s.high - s.low) / float(np.sqrt(12))


def _bounds(p: Prior) -> tuple[float, float]:
    low, high = p.parameter.bounds or (-np.inf, np.inf)
    if isinstance(p.spread, (LogUniform, Uniform)):
        return max(low, p.spread.low), min(high, p.spread.high)
    return low, high


def _made(
    names: tuple[str, ...], forms: tuple[str, ...], centre: Array, width: Array, bounds: Sequence[tuple[float, float]]
) -> Coordinates:
    """Bounds on the scale of each form; where there is none, FAR widths from the centre."""
    low, high = centre - COORDINATES_FAR * width, centre + COORDINATES_FAR * width
    for i, (form, (first, last)) in enumerate(zip(forms, bounds, strict=True)):
        if form == "plain":
            low[i], high[i] = max(low[i], first), min(high[i], last)
        elif form == "log":
            low[i] = max(low[i], np.log(first)) if first > 0 else low[i]
            high[i] = min(high[i], np.log(last)) if np.isfinite(last) else high[i]
        else:
            low[i] = max(low[i], _to(first, form)) if 0 < first < 1 else low[i]
            high[i] = min(high[i], _to(last, form)) if 0 < last < 1 else high[i]
    return Coordinates(names, forms, np.array(centre), np.array(width), low, high)


def join(*parts: Coordinates) -> Coordinates:
    """Several sets of coordinates as one."""
    arrays = [np.concatenate([getattr(p, k) for p in parts]) for k in ("centre", "width", "low", "high")]
    names = tuple(n for p in parts for n in p.names)
    return Coordinates(names, tuple(f for p in parts for f in p.forms), *arrays)
