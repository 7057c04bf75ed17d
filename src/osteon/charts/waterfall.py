"""Every patient as a bar, the largest gain first: how much persons differ, which a mean hides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from osteon.charts.drawing import Drawing, arm_class, fitted
from osteon.charts.scales import Scale, plain, round_ticks

MAX_BARS = 240  # bars an arm that can be drawn apart; of more, each bar is the middle of its share


@dataclass(frozen=True)
class ArmChanges:
    """values : one a patient, any order;  words : under the name"""

    name: str
    arm: int
    values: Sequence[float]
    words: str


def draw(arms: Sequence[ArmChanges], narrow: bool) -> Drawing:
    """One panel an arm on one scale; at most three in a row."""
    d = Drawing(narrow)
    columns = 1 if narrow else min(3, len(arms))
    gap, pad, height = 26.0, 46.0, 130.0
    each = (d.width - gap * (columns - 1)) / columns
    values = [v for a in arms for v in a.values] or [0.0]
    ticks = round_ticks(min(0.0, *values), max(0.0, *values), 6)
    top = 0.0
    for first in range(0, len(arms), columns):
        for i, arm in enumerate(arms[first : first + columns]):
            left = i * (each + gap)
            _panel(d, arm, ticks, (left + pad, top + 44.0, left + each - 4.0, top + 44.0 + height))
        top += height + 66.0
    d.height = top - 12.0
    return d


def _panel(d: Drawing, arm: ArmChanges, ticks: list[float], box: tuple[float, float, float, float]) -> None:
    left, top, right, bottom = box
    y = Scale(ticks[0], ticks[-1], bottom, top)
    d.text(left, top - 28, fitted(arm.name, right - left), f"name {arm_class(arm.arm)}")
    d.text(left, top - 11, arm.words)
    signs = ticks[0] < 0 < ticks[-1]
    for value in ticks:
        d.line(left, y(value), right, y(value), "ax0" if abs(value) < 1e-12 else "ax")
        d.text(left - 7, y(value) + 4, ("+" if signs and value > 0 else "") + plain(value), anchor="end")
    bars = _bars(arm.values)
    wide = (right - left) / max(len(bars), 1)
    for i, value in enumerate(bars):
        at, zero = y(value), y(0.0)
        d.rect(
            left + i * wide,
            min(at, zero),
            max(wide - (0.6 if wide > 2 else 0.0), 0.5),
            abs(at - zero),
            f"{arm_class(arm.arm)} bar",
        )


def _bars(values: Sequence[float]) -> list[float]:
    """Sorted from the largest; of many, the middle of each share."""
    ordered = sorted(values, reverse=True)
    if len(ordered) <= MAX_BARS:
        return ordered
    return [ordered[int((i + 0.5) * len(ordered) / MAX_BARS)] for i in range(MAX_BARS)]
