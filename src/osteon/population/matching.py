"""Bring a population to a published baseline table: entropy balancing, and patients let in with their weight as chance.

The weights of a pool of people are the least uneven ones (in entropy) at which its weighted means are those of the table:
w = exp(lambda · x). A patient is then drawn again until she is let in, with the chance w / largest w, so that each patient
stays a function of her own number and no weights are left over for any analysis. What it costs is told by the effective sample size of
the pool: (sum w)² / sum w².
Source: Hainmueller 2012 (entropy balancing); Kish 1965 (effective sample size).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from osteon.errors import Fault, InputError

Array = NDArray[np.float64]
POOL = 20_000  # people whose weights are found
FEWEST = 100.0  # effective people of the pool, below which a population is not the table's
MATCHING_SHARES = {
    "smoking_percent": "smoking",
    "falls_percent": "falls",
    "prior_vertebral_percent": "prior_vertebral_fractures",
    "prior_hip_percent": "prior_hip_fractures",
    "prior_nonvertebral_percent": "prior_nonvertebral_fractures",
    "men_percent": "female",
}  # figure of a table -> covariate that some people have


@dataclass(frozen=True)
class Tilt:
    """Weights exp(slopes · (x - centre) / scale), of columns by name of the table's figures.

    top : log of the largest weight in the pool; effective : effective sample size of the pool of POOL people;
    before, after : means of the pool by figure, unweighted and weighted
    """

    figures: tuple[str, ...]
    targets: Mapping[str, float]
    centre: Array
    scale: Array
    slopes: Array
    top: float
    effective: float
    before: Mapping[str, float]
    after: Mapping[str, float]

    def chance(self, table: Mapping[str, Array]) -> Array:
        """Chance of each person to be let in, (n,); 1 for those heavier than anybody in the pool."""
        x = _columns(self.figures, self.targets, table)
        row = np.zeros(len(x))
        for j in range(x.shape[1]):  # term by term: a matrix product would round differently in another batch
            row = row + self.slopes[j] * (x[:, j] - self.centre[j]) / self.scale[j]
        return np.asarray(np.exp(np.minimum(row - self.top, 0.0)))

    def rows(self) -> list[dict[str, Any]]:
        """The published figure beside the population's, before and after, one row each."""
        return [
            {"figure": f, "published": self.targets[f], "before": self.before[f], "after": self.after[f]}
            for f in self.figures
        ]


def tilt_of(table: Mapping[str, Array], targets: Mapping[str, float]) -> Tilt:
    """Weights of a pool of people. table : covariates (people,); targets : figures of a baseline table (means, …_sd, …_percent).

    Raises InputError with every figure that the pool cannot reach, or where too few of its people are left.
    """
    figures = tuple(targets)
    x = _columns(figures, targets, table)
    aims = np.array([_aim(f, targets) for f in figures])
    faults = [
        _out_of_reach(f, targets, x[:, j]) for j, f in enumerate(figures) if not x[:, j].min() < aims[j] < x[:, j].max()
    ]
    if faults:
        raise InputError(faults)
    scale = np.maximum(x.std(axis=0), 1e-9)
    slopes = _balanced((x - aims) / scale)
    if slopes is None:
        raise InputError([_together(figures)])
    score = ((x - aims) / scale) @ slopes
    weight = np.exp(score - score.max())
    effective = float(weight.sum() ** 2 / (weight**2).sum())
    if effective < FEWEST:
        raise InputError([_together(figures)])
    share = weight / weight.sum()
    before, after = _means(figures, targets, x.mean(axis=0)), _means(figures, targets, share @ x)
    return Tilt(figures, dict(targets), aims, scale, slopes, float(score.max()), effective, before, after)


def _balanced(z: Array, steps: int = 200) -> Array | None:
    """Slopes at which the weighted mean of z is 0, by Newton's method on the convex dual; None where there are none."""
    slopes = np.zeros(z.shape[1])
    for _ in range(steps):
        score = z @ slopes
        weight = np.exp(score - score.max())
        weight /= weight.sum()
        mean = weight @ z
        if np.abs(mean).max() < 1e-9:
            return slopes
        spread = (z * weight[:, None]).T @ z - np.outer(mean, mean) + 1e-10 * np.eye(len(mean))
        step = np.linalg.solve(spread, mean)
        slopes = slopes - step * min(1.0, 1.0 / max(np.abs(step).max(), 1e-12))
        if np.abs(slopes).max() > 50:
            return None
    return None


def _columns(figures: tuple[str, ...], targets: Mapping[str, float], table: Mapping[str, Array]) -> Array:
    """What is averaged of each person for every figure, (people, figures)."""
    return np.stack([_column(f, targets, table) for f in figures], axis=1)


def _column(figure: str, targets: Mapping[str, float], table: Mapping[str, Array]) -> Array:
    if figure == "men_percent":
        return (table["female"] == 0).astype(float) if "female" in table else np.zeros(len(table["age"]))
    if figure in MATCHING_SHARES:
        return (table[MATCHING_SHARES[figure]] > 0).astype(float)
    if figure.endswith("_sd"):
        name = figure.removesuffix("_sd")
        return np.asarray((table[name] - targets[name]) ** 2)
    return np.nan_to_num(table[figure], nan=float(targets[figure]))


def _aim(figure: str, targets: Mapping[str, float]) -> float:
    value = float(targets[figure])
    return value / 100 if figure in MATCHING_SHARES else value**2 if figure.endswith("_sd") else value


def _means(figures: tuple[str, ...], targets: Mapping[str, float], means: Array) -> dict[str, float]:
    """Means of the columns as figures of the table."""
    found = {}
    for f, m in zip(figures, means, strict=True):
        found[f] = 100 * float(m) if f in MATCHING_SHARES else float(np.sqrt(m)) if f.endswith("_sd") else float(m)
    return found


def _out_of_reach(figure: str, targets: Mapping[str, float], values: Array) -> Fault:
    low, high = (float(v) for v in (values.min(), values.max()))
    if figure in MATCHING_SHARES:
        low, high = 100 * low, 100 * high
    elif figure.endswith("_sd"):
        low, high = low**0.5, high**0.5
    message = f"Nobody in the population is like '{figure}' = {targets[figure]:g}: its people lie between {low:.3g} and {high:.3g}."
    hint = "Choose another population, or leave this figure out."
    return Fault(
        "cannot_match", f"population.match.{figure}", targets[figure], f"{low:.3g} to {high:.3g}", hint, message
    )


def _together(figures: tuple[str, ...]) -> Fault:
    message = f"The population cannot be brought to {', '.join(figures)} together: fewer than {FEWEST:g} of {POOL} people would be left."
    hint = "Match fewer figures, or choose a population nearer to the table."
    return Fault("cannot_match", "population.match", "", "", hint, message)
