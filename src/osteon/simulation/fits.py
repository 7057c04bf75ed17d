"""Fitted values: an overlay of parameters, shipped as data, with its covariance and what it was fitted to.

Draws of them come from the posterior that was sampled of the same fit (see posterior_draws); the fit's own covariance is a Gaussian
approximation, and stands in where there is no such posterior or where it is asked for.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from osteon.errors import Fault, InputError, unknown
from osteon.inputs.aliases import current_name
from osteon.model import Model
from osteon.simulation.posterior_draws import PosteriorDraws, draws_for
from osteon.streams import normal

DEFAULT = "default"
OVERLAYS = ("fractures",)  # fits of outcomes alone, laid over the fit of the bone that they were made with


@dataclass(frozen=True)
class Fit:
    """values by parameter; names, transform ("log" or "plain") and covariance of the transformed parameters.

    draws : of the sampled posterior; None: draws come from the covariance
    """

    id: str
    values: Mapping[str, float]
    names: tuple[str, ...] = ()
    transform: tuple[str, ...] = ()
    covariance: Any = None
    about: Mapping[str, Any] = field(default_factory=dict)
    draws: PosteriorDraws | None = None

    def ensemble(
        self, seed: int, members: NDArray[np.int64], bounds: Mapping[str, tuple[float, float]]
    ) -> dict[str, NDArray[np.float64]]:
        """Parameter draws, (len(members),) each, kept inside the bounds: of the posterior, and of the covariance what it does not hold.

        The posterior also draws assumed numbers, which are none of the fit's names.
        """
        if self.draws is None:
            return self.gaussian(seed, members, bounds)
        drawn = self.draws.members(seed, members)
        kept = {k: np.clip(v, *bounds[k]) if k in bounds else v for k, v in drawn.items()}
        rest = self.gaussian(seed, members, bounds) if set(self.names) - set(kept) else {}
        return {**rest, **kept}

    def gaussian(
        self, seed: int, members: NDArray[np.int64], bounds: Mapping[str, tuple[float, float]]
    ) -> dict[str, NDArray[np.float64]]:
        """Parameter draws, (len(members),) each, from the normal approximation, kept inside the bounds."""
        if self.covariance is None or not self.names:
            return {}
        root = np.linalg.cholesky(np.asarray(self.covariance) + 1e-12 * np.eye(len(self.names)))
        z = np.stack([normal(seed, members, "fit_ensemble", i) for i in range(len(self.names))])
        found = {}
        for i, (name, kind) in enumerate(zip(self.names, self.transform, strict=True)):
            row = np.zeros(len(members))
            for j in range(i + 1):  # term by term: a matrix product would round differently in another batch
                row = row + root[i, j] * z[j]
            value = self.values[name]
            drawn = value * np.exp(np.clip(row, -2, 2)) if kind == "log" else value + row
            found[name] = np.clip(drawn, *bounds[name]) if name in bounds else drawn
        return found


@lru_cache(maxsize=1)
def fit_ids() -> tuple[str, ...]:
    """Fits that are shipped."""
    folder = files("osteon").joinpath("data").joinpath("fits")
    return tuple(sorted(f.name.removesuffix(".json") for f in folder.iterdir() if f.name.endswith(".json")))


@cache
def load_fit(name: str = DEFAULT) -> Fit:
    """A shipped fit. Raises InputError with the nearest name."""
    if name not in fit_ids():
        raise InputError(unknown("fit", name, fit_ids()))
    text = files("osteon").joinpath("data").joinpath("fits").joinpath(f"{name}.json").read_text(encoding="utf-8")
    found = _fit(name, json.loads(text))
    return replace(found, draws=draws_for(name, values_hash(found)))


def read_fit(path: Path) -> Fit:
    """A fit from a file as `osteon fit` writes it. Raises InputError where it is none, or one that was stopped early."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        text = f"{path} cannot be read as a fit: {error}."
        raise InputError(Fault("no_fit", "file", str(path), "JSON of osteon fit", "", text)) from error
    lacking = [k for k in ("values", "names", "transform", "covariance") if not isinstance(raw, dict) or k not in raw]
    if lacking:
        text = f"{path} is no fit: it lacks {', '.join(lacking)}."
        raise InputError(Fault("no_fit", "file", str(path), "JSON of osteon fit", "", text))
    return _fit(path.name, raw)


def _fit(name: str, raw: dict[str, Any]) -> Fit:
    about = {k: v for k, v in raw.items() if k not in ("values", "names", "transform", "covariance")}
    values = {current_name(n): v for n, v in raw["values"].items()}
    return Fit(
        name,
        values,
        tuple(current_name(n) for n in raw.get("names", ())),
        tuple(raw.get("transform", ())),
        raw.get("covariance"),
        about,
    )


def shifts(fit: Fit, values: Mapping[str, float]) -> dict[str, float]:
    """How far values lie from a fit, in its posterior standard deviations, on the scale of each parameter."""
    if fit.covariance is None:
        return {}
    sd = np.sqrt(np.diag(np.asarray(fit.covariance)))
    found = {}
    for i, (name, kind) in enumerate(zip(fit.names, fit.transform, strict=True)):
        if name in values and sd[i] > 0:
            moved = np.log(values[name] / fit.values[name]) if kind == "log" else values[name] - fit.values[name]
            found[name] = float(moved / sd[i])
    return found


def values_hash(fit: Fit) -> str:
    """Hash of a fit's values: what was made with a fit says so, and is told stale when the fit moves."""
    lines = sorted(f"{k} {v!r}" for k, v in fit.values.items())
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


@cache
def joined(name: str = DEFAULT) -> Fit:
    """A shipped fit of the bone with the overlays of outcomes: what persons are simulated with.

    Draws of the bone are those of the fit alone: the overlays' parameters stand behind them, independent of them.
    """
    parts = [load_fit(name), *(load_fit(o) for o in OVERLAYS if o in fit_ids())]
    values = {k: v for part in parts for k, v in part.values.items()}
    names = tuple(n for part in parts for n in part.names)
    transform = tuple(t for part in parts for t in part.transform)
    return Fit(
        name,
        values,
        names,
        transform,
        _blocks([p.covariance for p in parts if p.names]),
        parts[0].about,
        parts[0].draws,
    )


def values_of_draws(
    fit: Fit,
    seed: int,
    draws: NDArray[np.int64],
    defaults: Mapping[str, float],
    bounds: Mapping[str, tuple[float, float]],
) -> dict[str, NDArray[np.float64]]:
    """Fitted parameters in numbered draws, (len(draws),) each: draw 0 is the fit's values, draw w its ensemble's member w - 1."""
    if not np.any(draws):
        return {}
    kinds, which = np.unique(draws, return_inverse=True)
    drawn = fit.ensemble(seed, np.maximum(kinds - 1, 0), bounds)
    return {k: np.where(kinds == 0, defaults[k], v)[which] for k, v in drawn.items() if k in defaults}


def _blocks(covariances: Sequence[Any]) -> Any:
    """Covariances of independent groups as one."""
    if not covariances:
        return None
    blocks = [np.asarray(c) for c in covariances]
    ends = np.cumsum([0, *(len(b) for b in blocks)])
    whole = np.zeros((ends[-1], ends[-1]))
    for first, last, block in zip(ends[:-1], ends[1:], blocks, strict=True):
        whole[first:last, first:last] = block
    return whole


def ensemble_draws(model: Model, n: int, seed: int, taken: set[str]) -> dict[str, Any]:
    """Values of fitted parameters, (n,) each: member 0 typical, the others from the fit's ensemble."""
    if n == 1:
        return {}
    bounds = {p.name: p.bounds for p in model.parameters.values() if p.bounds}
    drawn = joined().ensemble(seed, np.arange(n - 1), bounds)
    return {
        name: np.concatenate([[model.defaults[name]], values])
        for name, values in drawn.items()
        if name in model.parameters and name not in taken
    }
