"""First events over time (Kaplan–Meier), with the numbers at risk under the axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from osteon.charts.drawing import DASHES, Drawing, arm_class, arm_place, fitted, width_of
from osteon.charts.scales import Scale, moved_apart, plain, round_ticks


@dataclass(frozen=True)
class SurvivalCurve:
    """months, percent : of the steps, from (0, 0) to the end;  low, high : at the end;  at_risk : at each tick"""

    name: str
    arm: int
    months: Sequence[float]
    percent: Sequence[float]
    low: float
    high: float
    at_risk: Sequence[int]


def draw(curves: Sequence[SurvivalCurve], ticks: Sequence[float], narrow: bool) -> Drawing:
    """All arms in one panel, from 0 and from the day the study starts."""
    d = Drawing(narrow)
    widest = max((width_of(_end(c), 12.5, True) for c in curves), default=0.0)
    room = 16.0 if narrow else min(widest, 210.0) + 26
    left, right, top, bottom = 46.0, d.width - room, 12.0, 212.0 if narrow else 250.0
    highest = max([c.high for c in curves] + [v for c in curves for v in c.percent] + [1.0])
    values = round_ticks(0.0, highest, 6)
    x, y = Scale(ticks[0], ticks[-1], left, right), Scale(0.0, values[-1], bottom, top)
    for value in values:
        d.line(left, y(value), right, y(value), "ax0" if value == 0 else "ax")
        d.text(left - 7, y(value) + 4, plain(value), anchor="end")
    shown = [t for i, t in enumerate(ticks) if not narrow or len(ticks) <= 5 or i % 2 == 0]
    for value in ticks:
        d.line(x(value), bottom, x(value), bottom + 4, "ax0")
    for value in shown:
        d.text(x(value), bottom + 19, plain(value), anchor="middle")
    d.text((left + right) / 2, bottom + 36, "month", anchor="middle")
    for i, curve in enumerate(curves):
        _curve(d, curve, x, y, right + 4 + 4 * i)
    if not narrow:
        places = moved_apart([y(c.percent[-1]) for c in curves], 17, top, bottom)
        for curve, place in zip(curves, places, strict=True):
            d.text(right + 12 + 4 * len(curves), place + 4, fitted(_end(curve), 214.0), f"name {arm_class(curve.arm)}")
    d.height = _at_risk(d, curves, list(ticks), shown, x, bottom + 58)
    return d


def _end(curve: SurvivalCurve) -> str:
    return f"{curve.name} {plain(curve.percent[-1], 1)}\u00a0%"


def _curve(d: Drawing, curve: SurvivalCurve, x: Scale, y: Scale, whisker: float) -> None:
    colour, points = arm_class(curve.arm), []
    before = 0.0
    for month, value in zip(curve.months, curve.percent, strict=True):
        points += [(x(month), y(before)), (x(month), y(value))]
        before = value
    d.path(points, f"{colour} ln", DASHES[arm_place(curve.arm)])
    d.line(whisker, y(curve.low), whisker, y(curve.high), f"{colour} cap")
    d.marker(curve.arm, whisker, y(before))


def _at_risk(
    d: Drawing, curves: Sequence[SurvivalCurve], ticks: list[float], shown: Sequence[float], x: Scale, y: float
) -> float:
    d.text(0, y, "Still followed without one", "b")
    for curve in curves:
        y += 18.0
        if d.narrow:
            d.text(
                0,
                y,
                fitted(f"{curve.name} {plain(curve.percent[-1], 1)}\u00a0%", d.width - 10),
                f"name {arm_class(curve.arm)}",
            )
            y += 17.0
        for month in shown:
            number = f"{curve.at_risk[ticks.index(month)]:,}"
            half = width_of(number) / 2
            d.text(min(x(month), d.width - half), y, number, anchor="middle")
        if not d.narrow:
            d.text(d.width, y, fitted(curve.name, 204.0), f"name {arm_class(curve.arm)}", "end")
    return y + 8
