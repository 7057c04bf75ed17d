"""The between-study offset: how far one trial lies from the model for reasons that its parameters do not hold.

It is part of a trial's parameter draw, apart from how persons differ and from measurement: draw 0 has none, every other
draw one for the whole trial (clinics, densitometers, assays, who volunteers) and one for each arm, shared by all patients of the arm.
Its size is the spread between studies around forecasts that had not seen them (data/between_study.json, decision 8):

    BMD        change + constant * z1 * ramp + share * change * z2      points of percent
    markers    the same of the logarithm of the fold change
    hazards    times exp(z), where the fit of the hazards saw how ratios and incidences differ

`ramp` rises over the first year: two scans on one day do not differ by it. What is shared by a trial cancels between its arms.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from osteon.biology import SITES
from osteon.outcomes.bmd import REFERENCE
from osteon.outcomes.registry import kind_of
from osteon.simulation.between_study import between, between_quantities, fracture_between
from osteon.streams import normal
from osteon.units import DAYS_PER_YEAR

Array = NDArray[np.float64]
OF_TRIAL = (
    0.375  # of the variance, shared by all arms of a trial: the middle of what is plausible (inference/spread.py)
)
RAMP = DAYS_PER_YEAR  # days until the constant part is whole.  Source: assumed
STUDY_OFFSET_BMD = frozenset(f"bmd_{s}" for s in SITES)
STUDY_OFFSET_T_SCORES = {f"t_{s}": s for s in SITES}


@dataclass(frozen=True)
class Place:
    """Which draws and arm: draws (patients,) by number, the arm's name, the seed of the run."""

    draws: NDArray[np.int64]
    arm: str
    seed: int

    def z(self, purpose: str) -> Array:
        """A standard normal of each patient's trial and arm, (patients,); the same for all patients of an arm and a draw."""
        shared = normal(self.seed, self.draws, f"study_offset:{purpose}")
        own = normal(self.seed, self.draws, f"study_offset:{purpose}:arm:{self.arm}")
        return math.sqrt(OF_TRIAL) * shared + math.sqrt(1 - OF_TRIAL) * own


def with_offset(values: Array, start: Array, names: Sequence[str], days: Array, place: Place) -> Array:
    """Outcomes with the offset of their trial, (patients, days, outputs).   start : the same at month 0, (patients, outputs)"""
    if not place.draws.any():
        return values
    found = values.copy()
    some = place.draws != 0
    for k, name in enumerate(names):
        moved = _moved(name, values[:, :, k], start[:, k], days, place)
        if moved is not None:
            found[some, :, k] = moved[some]
    return found


def offset_quantities() -> frozenset[str]:
    """Names of the outputs that an offset moves by their change since month 0."""
    return frozenset(between_quantities()) | frozenset(STUDY_OFFSET_T_SCORES)


def _moved(name: str, values: Array, start: Array, days: Array, place: Place) -> Array | None:
    if kind_of(name) == "hazard" and name != "hazard_death":
        return values * np.exp(_of_hazard(place))[:, None]
    if name in STUDY_OFFSET_T_SCORES:
        mean, sd = REFERENCE[STUDY_OFFSET_T_SCORES[name]]
        bmd = _moved_bmd(f"bmd_{STUDY_OFFSET_T_SCORES[name]}", mean + sd * values, mean + sd * start, days, place)
        return (bmd - mean) / sd
    if name not in between_quantities():
        return None
    return (_moved_bmd if name in STUDY_OFFSET_BMD else _moved_marker)(name, values, start, days, place)


def _moved_bmd(name: str, values: Array, start: Array, days: Array, place: Place) -> Array:
    change = 100 * (values / start[:, None] - 1)
    return np.asarray(start[:, None] * (1 + (change + _offset(name, change, days, place)) / 100))


def _moved_marker(name: str, values: Array, start: Array, days: Array, place: Place) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        fold = np.log(values / start[:, None])
    moved = start[:, None] * np.exp(fold + _offset(name, fold, days, place))
    return np.where(np.isfinite(fold), moved, values)


def _offset(name: str, change: Array, days: Array, place: Place) -> Array:
    spread = between(name)
    ramp = np.clip(days / RAMP, 0.0, 1.0)
    constant = spread.constant * place.z(f"{name}:constant")
    return np.asarray(constant[:, None] * ramp + spread.share * change * place.z(f"{name}:share")[:, None])


def _of_hazard(place: Place) -> Array:
    """Log factor of every hazard of fracture: one of the trial, one of the arm, as incidences and ratios differ."""
    of_arm = fracture_between("ratio").constant / math.sqrt(2)
    of_trial = math.sqrt(max(fracture_between("incidence").constant ** 2 - of_arm**2, 0.0))
    shared = normal(place.seed, place.draws, "study_offset:hazard")
    own = normal(place.seed, place.draws, f"study_offset:hazard:arm:{place.arm}")
    return np.asarray(np.where(place.draws != 0, of_trial * shared + of_arm * own, 0.0))
