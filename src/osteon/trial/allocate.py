"""Randomisation: permuted blocks within strata, in the order of enrolment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from osteon.errors import InputError, unknown
from osteon.streams import uniform

STRATUM_BOUNDS = {
    "prior_fractures": "prior_vertebral_fractures",
    "prior_vertebral_fractures": "prior_vertebral_fractures",
}
CUTS = {
    "age": 70.0,
    "bmi": 25.0,
    "t_total_hip": -2.5,
    "t_lumbar_spine": -2.5,
    "t_femoral_neck": -2.5,
    "years_since_menopause": 10.0,
}


def strata(covariates: Mapping[str, NDArray[np.float64]], names: Sequence[str]) -> NDArray[np.int64]:
    """A stratum number for each patient: yes/no covariates as they are, others cut once (CUTS)."""
    known = {*STRATUM_BOUNDS, *CUTS}
    wrong = [unknown("stratum", n, known, "design strata") for n in names if n not in known]
    if wrong:
        raise InputError(wrong)
    size = len(next(iter(covariates.values())))
    number = np.zeros(size, np.int64)
    for name in names:
        high = covariates[STRATUM_BOUNDS[name]] > 0.5 if name in STRATUM_BOUNDS else covariates[name] > CUTS[name]
        number = 2 * number + high
    return number


def allocate(
    stratum: NDArray[np.int64],
    ratio: Sequence[int],
    seed: int,
    seen: dict[int, int] | None = None,
    first_block: int = 0,
) -> NDArray[np.int64]:
    """Arm of each patient: blocks of sum(ratio), each shuffled by a stream of its own.

    seen        : how many of each stratum were enrolled before these; counted on here
    first_block : number of the first block, so that every trial of a run is randomised by itself

    >>> sorted(allocate(np.zeros(6, int), [2, 1], 1).tolist())
    [0, 0, 0, 0, 1, 1]
    """
    block = np.repeat(np.arange(len(ratio)), ratio)
    arm = np.empty(len(stratum), np.int64)
    before = {} if seen is None else seen
    for s in np.unique(stratum):
        rows = np.flatnonzero(stratum == s)
        place = before.get(int(s), 0) + np.arange(len(rows))
        before[int(s)] = before.get(int(s), 0) + len(rows)
        which, within = first_block + place // len(block), place % len(block)
        keys = np.stack([uniform(seed, which, f"allocation:{s}", i) for i in range(len(block))], axis=1)
        order = np.argsort(keys, axis=1, kind="stable")
        arm[rows] = block[order[np.arange(len(rows)), within]]
    return arm
