"""How what people are drawn with goes together: a Gaussian copula, one correlation with its source for each pair.

Whoever is old, lean or had a fracture has lower T-scores; whoever is low at the hip is low at the spine. Each quantity keeps
the distribution that its population gives it (see covariates); the correlations say only how ranks go together. Those of a
yes or no (earlier fractures, falls, smoking) are of the latent normal that is cut at its share.

Data: data/population/correlations.csv, women and men apart, each row with kind and source. A pair without a row is taken as
independent. The matrix that is used is the nearest one that is positive definite.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from osteon.streams import normal

Array = NDArray[np.float64]
VARIABLES = (
    "age",
    "menopause",
    "bmi",
    "height",
    "t_total_hip",
    "t_femoral_neck",
    "t_lumbar_spine",
    "turnover",
    "vitamin_d",
    "egfr",
    "prior_vertebral",
    "prior_hip",
    "prior_nonvertebral",
    "falls",
    "smoking",
)  # in the order that they are drawn: age first, so that what follows from age can be left to it
SEXES = ("female", "male")
SMALLEST_EIGENVALUE = 1e-3


@dataclass(frozen=True)
class Correlation:
    """One pair: correlation in women and in men, each with its kind; where it is from."""

    first: str
    second: str
    women: float
    kind_women: str
    men: float
    kind_men: str
    source: str
    note: str


@cache
def correlations() -> tuple[Correlation, ...]:
    """Every pair that is not taken as independent."""
    text = files("osteon").joinpath("data").joinpath("population").joinpath("correlations.csv")
    rows = csv.DictReader(text.read_text(encoding="utf-8").splitlines())
    return tuple(
        Correlation(
            r["first"],
            r["second"],
            float(r["women"]),
            r["kind_women"],
            float(r["men"]),
            r["kind_men"],
            r["source"],
            r["note"],
        )
        for r in rows
    )


@cache
def stated_matrix(sex: str) -> Array:
    """Correlations as the table states them, (variables, variables)."""
    place = {name: i for i, name in enumerate(VARIABLES)}
    matrix = np.eye(len(VARIABLES))
    for c in correlations():
        i, j = place[c.first], place[c.second]
        matrix[i, j] = matrix[j, i] = c.women if sex == "female" else c.men
    return matrix


@cache
def correlation_matrix(sex: str) -> Array:
    """Correlations in use: the stated ones, with small eigenvalues lifted and the diagonal back at 1.  Source: Higham 2002 (form)."""
    values, vectors = np.linalg.eigh(stated_matrix(sex))
    lifted = vectors @ np.diag(np.maximum(values, SMALLEST_EIGENVALUE)) @ vectors.T
    scale = np.sqrt(np.diag(lifted))
    return np.asarray(lifted / np.outer(scale, scale))


@cache
def _root(sex: str) -> Array:
    return np.asarray(np.linalg.cholesky(correlation_matrix(sex)), float)


def latent(
    seed: int,
    ids: NDArray[np.int64],
    attempt: int | NDArray[np.int64],
    men: NDArray[np.bool_] | None = None,
    by_age: frozenset[str] = frozenset(),
) -> dict[str, Array]:
    """Correlated standard normals of people by variable, (n,) each, from places of their own.

    men    : who is a man, (n,); None: nobody
    by_age : variables whose distribution follows from age already; of them what age says is taken out
    """
    own = [normal(seed, ids, name, attempt) for name in VARIABLES]
    if men is None or not men.any():
        return _joined(own, _root("female"), by_age)
    if men.all():
        return _joined(own, _root("male"), by_age)
    women, of_men = (_joined(own, _root(sex), by_age) for sex in SEXES)
    return {name: np.where(men, of_men[name], women[name]) for name in VARIABLES}


def _joined(own: list[Array], root: Array, by_age: frozenset[str]) -> dict[str, Array]:
    """Term by term: a matrix product would round differently in another batch."""
    found = {}
    for i, name in enumerate(VARIABLES):
        apart = name in by_age
        row = np.zeros_like(own[0])
        for j in range(1 if apart else 0, i + 1):
            row = row + root[i, j] * own[j]
        found[name] = row / np.sqrt(1 - root[i, 0] ** 2) if apart else row
    return found
