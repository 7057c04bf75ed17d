"""Fractures drawn after a run: thinning of one stream of candidates a patient, so that the equations stay deterministic.

Candidates come at a fixed rate, the same days for a patient in every arm; each becomes a vertebral or another fracture where
her hazard of that day says so, by a number of her own. An event makes the next more likely, most while it is fresh.
A lower hazard can only turn fractures into none until the first one differs: arms share all that chance decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from osteon.streams import uniform
from osteon.units import DAYS_PER_YEAR

Array = NDArray[np.float64]
CEILING = 2.0  # candidates a year; a hazard above it cannot be drawn (the hazards level off below)
DRAWN = ("vertebral", "nonvertebral", "hip")  # hazards a drawing needs; hips are among the nonvertebral


@dataclass(frozen=True)
class History:
    """What earlier and new fractures do to hazards. Each value (patients,) or a number.

    before          : by kind, the factor of history already in the hazard
    after_vertebral, after_other : by kind, what one fracture adds to that factor
    most            : by kind, where a hazard levels off
    """

    before: Mapping[str, Array]
    after_vertebral: Mapping[str, Array | float]
    after_other: Mapping[str, Array | float]
    most: Mapping[str, Array | float]
    excess: Array | float
    years: Array | float
    clinical_share: Array | float
    major_share: Array | float = 0.5


@dataclass(frozen=True)
class Drawn:
    """Fractures in the order of their days: who (row of the patients), day, vertebral, hip, whether it came to notice.

    major : a major osteoporotic fracture: hip, wrist, upper arm, or a vertebral one that came to notice
    """

    who: NDArray[np.int64]
    day: Array
    vertebral: NDArray[np.bool_]
    hip: NDArray[np.bool_]
    clinical: NDArray[np.bool_]
    major: NDArray[np.bool_]


def draw_fractures(
    hazards: Mapping[str, Array], days: Array, history: History, seed: int, patients: NDArray[np.int64]
) -> tuple[Drawn, NDArray[np.bool_]]:
    """Fractures between the first and the last day, and who could not be drawn (hazard above CEILING or none).

    hazards : 1/year by DRAWN, (patients, days), linear between the days
    """
    n, end = len(patients), days[-1]
    now, memory = np.full(n, float(days[0])), _Memory(n)
    lost, found, index = np.zeros(n, bool), [], 0
    while np.any(now < end):
        wait = -np.log(uniform(seed, patients, "fracture:wait", index)) / CEILING * DAYS_PER_YEAR
        memory.pass_days(wait, history.years)
        now = now + wait
        rate = {k: memory.raised(k, _at(h, days, now), history) for k, h in hazards.items()}
        lost |= (now < end) & ~(rate["vertebral"] + rate["nonvertebral"] <= CEILING)
        event = _accepted(rate, history, seed, patients, index)
        kept = (event.vertebral | event.other) & (now < end) & ~lost
        memory.add(event.vertebral & kept, event.other & kept)
        found.append((np.flatnonzero(kept), now, event))
        index += 1
    return _sorted(found), lost


@dataclass(frozen=True)
class _Event:
    vertebral: NDArray[np.bool_]
    other: NDArray[np.bool_]
    hip: NDArray[np.bool_]
    clinical: NDArray[np.bool_]
    major: NDArray[np.bool_]


def _accepted(
    rate: Mapping[str, Array], history: History, seed: int, patients: NDArray[np.int64], index: int
) -> _Event:
    """Vertebral fractures from the low end of a uniform number, others from its high end: neither moves the other."""
    u = uniform(seed, patients, "fracture:kind", index)
    other = u > 1 - rate["nonvertebral"] / CEILING
    hip = other & (uniform(seed, patients, "fracture:hip", index) * rate["nonvertebral"] < rate["hip"])
    vertebral = u < rate["vertebral"] / CEILING
    noticed = uniform(seed, patients, "fracture:noticed", index) < history.clinical_share
    arm = uniform(seed, patients, "fracture:major", index) < history.major_share
    spine = vertebral & noticed
    return _Event(vertebral, other, hip, other | spine, hip | (other & arm) | spine)


class _Memory:
    """New fractures of every patient: how many, and how fresh they are together."""

    def __init__(self, n: int) -> None:
        self.count = {"vertebral": np.zeros(n), "other": np.zeros(n)}
        self.fresh = {"vertebral": np.zeros(n), "other": np.zeros(n)}

    def pass_days(self, wait: Array, years: Array | float) -> None:
        for kind in self.fresh:
            self.fresh[kind] = self.fresh[kind] * np.exp(-wait / DAYS_PER_YEAR / years)

    def add(self, vertebral: NDArray[np.bool_], other: NDArray[np.bool_]) -> None:
        for kind, event in (("vertebral", vertebral), ("other", other)):
            self.count[kind] = self.count[kind] + event
            self.fresh[kind] = self.fresh[kind] + event

    def raised(self, kind: str, hazard: Array, history: History) -> Array:
        """A hazard after the new fractures; it levels off where the law of the hazard does."""
        free = hazard / (1 - hazard / history.most[kind]) * self.factor(kind, history)
        return np.asarray(free / (1 + free / history.most[kind]))

    def factor(self, kind: str, history: History) -> Array:
        """What new fractures make of the factor of history."""
        added = history.after_vertebral[kind] * (self.count["vertebral"] + history.excess * self.fresh["vertebral"])
        added = added + history.after_other[kind] * (self.count["other"] + history.excess * self.fresh["other"])
        return np.asarray(1 + added / history.before[kind])


def _at(hazard: Array, days: Array, when: Array) -> Array:
    """Each patient's hazard on her own day, linear between the days."""
    right = np.clip(np.searchsorted(days, when), 1, len(days) - 1)
    share = np.clip((when - days[right - 1]) / (days[right] - days[right - 1]), 0, 1)
    rows = np.arange(len(hazard))
    return np.asarray(hazard[rows, right - 1] * (1 - share) + hazard[rows, right] * share)


def _sorted(found: list[tuple[NDArray[np.int64], Array, _Event]]) -> Drawn:
    who = np.concatenate([rows for rows, _, _ in found])
    day = np.concatenate([now[rows] for rows, now, _ in found])

    def of(name: str) -> NDArray[np.bool_]:
        return np.concatenate([getattr(event, name)[rows] for rows, _, event in found])

    order = np.lexsort((day, who))
    parts = (of(name)[order] for name in ("vertebral", "hip", "clinical", "major"))
    return Drawn(who[order], day[order], *parts)
