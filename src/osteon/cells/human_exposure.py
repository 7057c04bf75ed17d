"""What infused patients say of emboli: how far the lung of a person bears more cells than that of a mouse.

The lethal dose is known from mice. Carried over by cells a kilogram it is one figure, by cells a capillary a tenth of it;
either is a prior, wide on purpose. Patients who were infused and did not have an embolus (data/cells/human_exposure.csv)
update it. What comes out is a distribution with an upper end, and a count of how few patients stand behind it.
"""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
BY_WEIGHT = 1.0  # tolerance of people against mice if what counts is cells a kilogram: the same
GSD = 3.0  # of the prior about it.  Source: assumed
DETECTED = 0.5  # share of emboli that a trial would have noticed and reported.  Source: assumed
BACKGROUND = 0.01  # of patients with a thrombosis or an infarct in a trial whatever they were given.  Source: assumed
HUMAN_EXPOSURE_GRID = np.exp(np.linspace(math.log(1e-3), math.log(1e3), 601))


@dataclass(frozen=True)
class Exposure:
    """Infused patients of one study arm. events: emboli; None where not seen, then at most `at_most`."""

    study: str
    source: str
    patients: int
    cells_per_kg: float
    doses: int
    infusion_minutes: float
    events: int | None
    at_most: int
    confidence: str
    reference: str
    note: str


@cache
def exposures() -> tuple[Exposure, ...]:
    """Infused patients, by study arm."""
    text = (files("osteon") / "data" / "cells" / "human_exposure.csv").read_text(encoding="utf-8")
    return tuple(
        Exposure(
            r["study"], r["source"], int(r["patients"]), float(r["cells_per_kg"]), int(r["doses"]),
            float(r["infusion_minutes"]), int(r["events"]) if r["events"] else None, int(r["at_most"]),
            r["confidence"], r["reference"], r["note"],
        )
        for r in csv.DictReader(text.splitlines())
    )  # fmt: skip


def log_likelihood(chance: Array, seen: Exposure) -> Array:
    """Of one study arm at a chance of an embolus for each patient, (n,)."""
    from scipy.stats import binom

    noticed = 1 - (1 - BACKGROUND) * (1 - DETECTED * np.clip(chance, 0.0, 1.0))
    if seen.events is None:
        return np.asarray(binom.logcdf(seen.at_most, seen.patients, noticed))
    return np.asarray(binom.logpmf(seen.events, seen.patients, noticed))


def prior(centre: float) -> Array:
    """Weights of GRID before any patient.   centre : tolerance of people against mice"""
    weight = np.exp(-0.5 * (np.log(HUMAN_EXPOSURE_GRID / centre) / math.log(GSD)) ** 2)
    return np.asarray(weight / weight.sum())


def updated(centre: float, log_likelihoods: Array) -> Array:
    """Weights of GRID after them.   log_likelihoods : (studies, grid)"""
    log = np.log(prior(centre) + 1e-300) + np.sum(log_likelihoods, axis=0)
    weight = np.exp(log - log.max())
    return np.asarray(weight / weight.sum())


def tolerance_at(u: Array, weights: Array) -> Array:
    """Tolerance at uniform places u, (n,).  [1]"""
    return np.asarray(np.exp(np.interp(u, np.cumsum(weights) - 0.5 * weights, np.log(HUMAN_EXPOSURE_GRID))))


def counted_upper(cells_per_kg: float) -> tuple[int, int, float | None]:
    """(patients given one dose of at least this much and looked at, emboli among them, upper 95 % end of the chance).

    The exact binomial end (Clopper and Pearson); None where nobody was. Arms whose events were not seen do not count.

    >>> counted_upper(1e7)[:2]
    (40, 0)
    """
    from scipy.stats import beta

    rows = [e for e in exposures() if e.events is not None and e.cells_per_kg >= cells_per_kg * (1 - 1e-9)]
    n, x = sum(e.patients for e in rows), sum(e.events or 0 for e in rows)
    return n, x, float(beta.ppf(0.95, x + 1, n - x)) if n else None
