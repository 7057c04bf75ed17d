"""How much of what cells do in animals they do in people: two priors, and the bias of small studies as a factor of its own.

`drugs_in_animals` is measured as far as it can be: drugs that were given to animals and to women, what they did in women over
what they did in animals, at the driver that cells act on (data/animal_human_drivers.csv: geometric mean 0.69, log-SD 0.65). For
cells it is set lower and wider (median 0.5, log-SD 0.8, at most 1.5), and with the chance that nothing translates, which drugs
that reached women say nothing of: Beta(3, 7), a judgement. `log_uniform` is the prior that stood before: nothing with chance
0.3, else every order of magnitude from 0.02 to 1 alike.

A factor is one draw for everybody in a trial, not one a patient. It multiplies beneficial effects in people; harms never.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

Array = NDArray[np.float64]
NOTHING = (
    0.3  # probability that nothing translates, mean of Beta(3, 7).  Source: assumed; Shim 2021 saw no difference in BMD
)
MEDIAN, LOG_SD, MAX_SHARE = 0.5, 0.8, 1.5  # where something does.  Source: assumed, after data/animal_human_drivers.csv
OF_DRUGS = (0.69, 0.65)  # median and log-SD of drugs.  Source: data/animal_human_drivers.csv
LOWEST, HIGHEST = 0.02, 1.0  # of the older prior
SMALL_STUDIES = (
    0.7,
    0.35,
)  # share of a published effect of cells in animals that larger studies leave: median, log-SD.  Source: assumed
USUAL = "drugs_in_animals"


def translation_at(u: NDArray[np.float64], prior: str = USUAL) -> Array:
    """Factors at uniform places u, (n,).  [1]   prior : a name of PRIORS

    >>> [round(float(x), 2) for x in translation_at(np.array([0.2, 0.5, 0.999]))]
    [0.0, 0.3, 1.49]
    """
    scaled = np.clip((np.asarray(u, float) - NOTHING) / (1 - NOTHING), 0.0, 1.0)
    return np.where(np.asarray(u) < NOTHING, 0.0, PRIORS[prior](scaled))


def small_study_share_at(u: NDArray[np.float64]) -> Array:
    """Share of a published effect that is left without small-study bias, at uniform places, (n,); at most 1.  [1]"""
    median, spread = SMALL_STUDIES
    return np.asarray(np.minimum(1.0, median * np.exp(spread * ndtri(np.clip(u, 1e-9, 1 - 1e-9)))))


def _truncated(scaled: Array) -> Array:
    roof = ndtr(math.log(MAX_SHARE / MEDIAN) / LOG_SD)
    return np.asarray(MEDIAN * np.exp(LOG_SD * ndtri(np.clip(scaled * roof, 1e-12, roof))))


def _log_uniform(scaled: Array) -> Array:
    return np.asarray(LOWEST * (HIGHEST / LOWEST) ** scaled)


PRIORS: dict[str, Callable[[Array], Array]] = {"drugs_in_animals": _truncated, "log_uniform": _log_uniform}


def in_words(prior: str) -> str:
    """A prior in one sentence: chance of nothing, median and 90 % of the rest."""
    low, mid, high = (float(PRIORS[prior](np.array([q]))[0]) for q in (0.05, 0.5, 0.95))
    return f"nothing with chance {NOTHING:g}, else {mid:.2g} of the effect in animals (90 %: {low:.2g} to {high:.2g})"
