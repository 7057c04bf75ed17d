"""Two-sided bounds from published rows: what a study measured, give or take its own error and what lies between studies."""

from __future__ import annotations

import math

from osteon.additions import cached
from osteon.checks.verdict import Part
from osteon.evidence.measurement import Measurement, load_measurements, measurement_sd
from osteon.evidence.outcome import in_points
from osteon.simulation.between_study import between

WIDTH = 1.96  # standard deviations to either end: 95 % of studies like it


@cached
def _rows() -> dict[str, Measurement]:
    return {m.id: m for m in load_measurements()}


def bounds(id: str) -> tuple[float, float]:
    """Where 95 % of studies like the published one would lie, in its unit (percent). Raises KeyError for a row from memory."""
    row = _rows()[id]
    if in_points(row.endpoint):
        half = WIDTH * math.hypot(between(row.endpoint).sd(row.value), measurement_sd(row))
        return row.value - half, row.value + half
    fold = math.log1p(row.value / 100)
    own = measurement_sd(row) / (100 + row.value)
    half = WIDTH * math.hypot(between(row.endpoint).sd(fold), own)
    return 100 * math.expm1(fold - half), 100 * math.expm1(fold + half)


def near_published(id: str, words: str, value: float) -> Part:
    """A size that must lie where studies like the published one would.   value : percent, in the unit of the row"""
    low, high = bounds(id)
    row = _rows()[id]
    unit = "points" if in_points(row.endpoint) else "%"
    return Part(
        f"{words} {value:+.1f} {unit} ({low:.1f} to {high:.1f}; {row.cohort} {row.value:+g})",
        low < value < high,
        two_sided=True,
    )
