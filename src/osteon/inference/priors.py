"""Stated priors of single numbers: what stands for "how well is this known" where a module does not say it itself.

    1. A spread written with the number (`uncertainty`) is its prior.
    2. A fitted number has the posterior of the shipped fit (its own standard deviation, on the scale of the fit).
    3. Everything else follows from its kind: how far a number of that kind may be off (GSD), in the form that its unit and
       bounds ask for: a share is logit-normal, an age normal, the rest log-normal. Bounds cut a prior off.

A number that is 0 is a switch or a habit and has no prior. Covariates of a person are hers, not unknown.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from osteon.model import LogitNormal, LogNormal, LogUniform, Model, Normal, Parameter, Uniform
from osteon.model.parts import Spread
from osteon.population.sampling import draw
from osteon.simulation.fits import joined

Array = NDArray[np.float64]
PRIORS_GSD = {
    "measured": 1.1,
    "derived": 1.2,
    "assumed with a source": 1.3,
    "assumed": 1.5,
}  # fold of one standard deviation
AGE_SD = {
    "measured": 1.0,
    "derived": 2.0,
    "assumed with a source": 3.0,
    "assumed": 5.0,
}  # years, of a number that is an age
AGE_FROM = 10.0  # years: a number in years from here on is an age, below it a duration
PRIOR_KINDS = ("fitted", "assumed")
PRIORS_COVARIATES = frozenset(
    [
        "age_at_start",
        "female",
        "bmi",
        "body_weight",
        "smoking",
        "alcohol",
        "menopause_age",
        "surgical_menopause_age",
        "hypogonadism_age",
        "volunteer",
        "vitamin_d_supply",
        "calcium_intake",
        "protein_intake",
        "exercise",
        "fat_excess",
        "glucocorticoid",
        "immobilisation",
        "inflammation_burden",
        "kidney_damage",
        "turnover_scale",
        "prior_vertebral_fractures",
        "prior_hip_fractures",
        "prior_nonvertebral_fractures",
        "peak_bmd_lumbar_spine",
        "peak_bmd_total_hip",
        "peak_bmd_femoral_neck",
        "sparseness_lumbar_spine",
        "sparseness_total_hip",
        "sparseness_femoral_neck",
    ]
)  # of a person; what was measured of her sets them


@dataclass(frozen=True)
class Prior:
    """How well a number is known. spread about its value; basis: the rule it follows from, as a phrase"""

    parameter: Parameter
    spread: Spread
    basis: str
    inverse: Callable[[Array], Array] | None = None  # from places to values, where the spread is of another form

    @property
    def name(self) -> str:
        """Name of the number."""
        return self.parameter.name

    def at(self, u: Array) -> Array:
        """Values at places u of the unit interval, rising with u, cut off at the bounds."""
        if self.inverse is not None:
            return self.inverse(np.asarray(u, float))
        low, high = self.parameter.bounds or (-math.inf, math.inf)
        first, last = self._place(low), self._place(high)
        return np.clip(draw(self.parameter.value, self.spread, first + (last - first) * np.asarray(u)), low, high)

    def _place(self, value: float) -> float:
        """Share of the uncut prior below a value."""
        s, centre = self.spread, self.parameter.value
        if isinstance(s, LogNormal):
            return 0.0 if value <= 0 else _normal((math.log(value / centre)) / math.log(s.gsd))
        if isinstance(s, Normal):
            return _normal((value - centre) / s.sd)
        if isinstance(s, LogitNormal):
            inside = min(max(value, 0.0), 1.0)
            return inside if inside in (0.0, 1.0) else _normal((_logit(inside) - _logit(centre)) / s.sd)
        if isinstance(s, LogUniform):
            return _share(math.log(max(value, 1e-300)), math.log(s.low), math.log(s.high))
        return _share(value, s.low, s.high)

    def words(self) -> str:
        """The prior as a phrase: form, width, rule."""
        low, high = self.at(np.array([0.05, 0.95]))
        forms = {LogNormal: "log-normal", Normal: "normal", LogitNormal: "logit-normal", LogUniform: "log-uniform", Uniform: "uniform"}  # fmt: skip
        form = "of its own form" if self.inverse is not None else forms[type(self.spread)]
        return f"{form}, 90 % from {low:.3g} to {high:.3g} ({self.basis})"


def _normal(z: float) -> float:
    return 0.5 * math.erfc(-z / math.sqrt(2))


def _logit(p: float) -> float:
    return math.log(p / (1 - p))


def _share(value: float, low: float, high: float) -> float:
    return min(max((value - low) / (high - low), 0.0), 1.0) if math.isfinite(value) else float(value > 0)


def prior_of(p: Parameter) -> Prior | None:
    """The prior of a number; None for a switch, a covariate of persons, or a definition."""
    if p.value == 0 or p.name in PRIORS_COVARIATES or p.role == "definition":
        return None
    if p.kind == "fitted" and p.name in _posterior():
        return Prior(p, _of_fit(p, *_posterior()[p.name]), "posterior of the shipped fit")
    if p.uncertainty is not None:
        return Prior(p, p.uncertainty, "written with the number")
    known = "assumed with a source" if p.kind in ("assumed", "fitted") and p.source != "assumed" else p.kind
    known = known if known in PRIORS_GSD else "assumed"
    return Prior(p, _by_rule(p, known), f"{known}: rule by kind and unit")


def _of_fit(p: Parameter, scale: str, sd: float) -> Spread:
    return LogNormal(math.exp(min(sd, 2.0))) if scale == "log" else Normal(sd)


def _by_rule(p: Parameter, known: str) -> Spread:
    width = math.log(PRIORS_GSD[known])
    low, high = p.bounds or (-math.inf, math.inf)
    if p.unit == "year" and abs(p.value) >= AGE_FROM:
        return Normal(AGE_SD[known])
    if p.unit == "1" and low >= 0 and high <= 1 and 0 < p.value < 1:
        return LogitNormal(width / max(1 - p.value, 0.5))
    return LogNormal(PRIORS_GSD[known]) if p.value > 0 else Normal(width * abs(p.value))


@cache
def _posterior() -> dict[str, tuple[str, float]]:
    """Scale and standard deviation of every fitted number."""
    fit = joined()
    if fit.covariance is None:
        return {}
    sd = dict(zip(fit.names, np.sqrt(np.diag(np.asarray(fit.covariance))), strict=True))
    if fit.draws:
        forms = dict(zip(fit.names, fit.transform, strict=True))
        sd |= {
            n: float(np.std(np.log(v) if forms[n] == "log" else v))
            for n, v in zip(fit.draws.names, fit.draws.values.T, strict=True)
            if n in sd
        }
    return {n: (t, float(sd[n])) for n, t in zip(fit.names, fit.transform, strict=True) if sd[n] > 0}


def priors_of(model: Model, kinds: Collection[str] = PRIOR_KINDS, taken: Iterable[str] = ()) -> tuple[Prior, ...]:
    """Priors of the numbers of these kinds in a model, in its order, but for `taken`."""
    skipped = set(taken)
    found = (prior_of(p) for p in model.parameters.values() if p.kind in kinds and p.name not in skipped)
    return tuple(p for p in found if p is not None)


def values_at(priors: Iterable[Prior], places: Array) -> dict[str, Array]:
    """Values by name, (n,) each, at places (n, k) of the unit cube."""
    return {p.name: p.at(places[:, i]) for i, p in enumerate(priors)}
