"""What arrested cells block of the capillary bed of the lung, over all doses of all products: a dose adds to what is there.

The burden of a cell rises with the cube of its diameter: the vessel it lodges in carries a share of the flow that grows so
(Murray's law). Half of a cell's burden eases within minutes, as flow finds other ways; the other half stays until the cell
is gone, half-life about a day. Hazard accrues while the burden rises. So a slow drip and a dose in parts are one law: parts
given at once are one dose, parts a week apart are doses of their own, and parts within the day stand between.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
REFERENCE_DIAMETER = (
    18.0  # um, of the fat-derived cells whose lethal dose was measured; kwon2024a, size as in sources.toml
)
SIZE_POWER = 3.0  # of diameter.  Source: derived from Murray's law; ge2014 (that large cells are worse)
EASED = 0.5  # share of a cell's burden that eases within minutes.  Source: assumed
EASING = 10.0 / 1440  # days, its time constant.  Source: assumed
WINDOW = 20.0  # days after which an earlier dose no longer counts: less than 1 in 10,000 of its cells are left
SHORTEST = 1.0 / 86400  # days; a dose given faster counts as one of a second


@dataclass(frozen=True)
class Pulse:
    """One dose. line: counted from 0; day: when it begins; duration in days, at least a second."""

    line: int
    day: float
    duration: float

    @property
    def end(self) -> float:
        """When it has all been given."""
        return self.day + self.duration


def obstruction(diameter: Array | float) -> Array:
    """Burden of a cell of a diameter in um against the reference cell.  [1]

    >>> round(float(obstruction(36.0)), 1)
    8.0
    """
    return np.asarray((np.asarray(diameter) / REFERENCE_DIAMETER) ** SIZE_POWER)


def pulses(days: Sequence[Sequence[float]], durations: Sequence[float]) -> tuple[Pulse, ...]:
    """Every dose of every line in the order of their beginning.   days, durations : of each line, in days"""
    made = [Pulse(i, d, max(t, SHORTEST)) for i, (own, t) in enumerate(zip(days, durations, strict=True)) for d in own]
    return tuple(sorted(made, key=lambda p: (p.day, p.line)))


def neighbours(every: Sequence[Pulse], one: Pulse) -> tuple[Pulse, ...]:
    """Doses that count for one: those of the window before it and those that overlap it, itself among them."""
    return tuple(p for p in every if p.end > one.day - WINDOW and p.day < one.end or p is one)


def histories(every: Sequence[Pulse]) -> dict[Pulse, tuple[tuple[int, float, float], ...]]:
    """What lies around each dose, in times since its beginning: doses of one line with one history carry one risk."""
    return {
        one: tuple((p.line, round(p.day - one.day, 6), round(p.duration, 9)) for p in neighbours(every, one))
        for one in every
    }


def burden(time: float, given: Sequence[Pulse], size: Sequence[Array], k_cell_loss: Array) -> Array:
    """Burden at a time.  [1]   size : of each line against the lethal one, (n,); k_cell_loss : 1/day, (n,)"""
    total = np.zeros_like(k_cell_loss)
    for p in given:
        if time <= p.day:
            continue
        for share, rate in ((EASED, np.full_like(k_cell_loss, 1 / EASING)), (1 - EASED, k_cell_loss)):
            lasted = min(time - p.day, p.duration)
            there = -np.expm1(-rate * lasted) / (rate * p.duration)
            total = total + share * size[p.line] * there * np.exp(-rate * (time - p.day - lasted))
    return total


def accrued(
    one: Pulse, given: Sequence[Pulse], size: Sequence[Array], k_cell_loss: Array, half: float, power: float
) -> Array:
    """Hazard that one dose adds: the rise of ln(1 + (burden / half) ^ power) while it runs, its part of it.  [1]"""
    around = neighbours(given, one)
    marks = sorted({t for p in around for t in (p.day, p.end) if one.day <= t <= one.end})
    total = np.zeros_like(k_cell_loss)
    before = _hazard(burden(marks[0], around, size, k_cell_loss), half, power)
    for start, end in zip(marks, marks[1:], strict=False):
        after = _hazard(burden(end, around, size, k_cell_loss), half, power)
        running = [p for p in around if p.day <= start and p.end >= end]
        rates = [size[p.line] / p.duration for p in running]
        part = rates[running.index(one)] / np.maximum(sum(rates), 1e-300)
        total = total + part * np.maximum(after - before, 0.0)
        before = after
    return total


def _hazard(load: Array, half: float, power: float) -> Array:
    return np.asarray(np.log1p((load / half) ** power))
