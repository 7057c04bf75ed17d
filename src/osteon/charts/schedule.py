"""Doses and visits of every arm on one time line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from osteon.charts.drawing import DASHES, Drawing, arm_class, arm_place, fitted, width_of
from osteon.charts.scales import Scale, month_ticks, plain

MANY = 40  # doses on a line that can be drawn apart; of more a bar is drawn


@dataclass(frozen=True)
class ScheduleRow:
    """What one arm is given in one row of the figure.   doses : months;  words : in the row"""

    name: str
    arm: int
    doses: Sequence[float]
    words: str


def draw(rows: Sequence[ScheduleRow], visits: Sequence[float], last: float, narrow: bool) -> Drawing:
    """A row for each thing that is given; grey lines are visits."""
    d = Drawing(narrow)
    names = 0.0 if narrow else min(max((width_of(r.name, 12.5, True) for r in rows), default=0.0), 230.0) + 18
    left, right = names + 8, d.width - 12.0
    x = Scale(min(0.0, *visits), last, left, right)
    y, before, places = 8.0, None, []
    for row in rows:
        y += 36.0 if narrow or row.words else 26.0
        places.append(y)
    bottom = y + 16
    for month in visits:
        d.line(x(month), 6, x(month), bottom, "ax")
    for row, at in zip(rows, places, strict=True):
        _row(d, row, at, x, (left, right), row.name != before)
        before = row.name
    ticks = month_ticks(list(visits) or [0.0, last], 5 if narrow else 10)
    for month in ticks:
        d.text(min(x(month), d.width - 8), bottom + 17, plain(month), anchor="middle")
    d.text((left + right) / 2, bottom + 34, "month; upright lines are visits", anchor="middle")
    d.height = bottom + 42
    return d


def _row(d: Drawing, row: ScheduleRow, y: float, x: Scale, ends: tuple[float, float], first: bool) -> None:
    colour = arm_class(row.arm)
    name = fitted(row.name, 234.0)
    if d.narrow:
        d.text(0, y - 12, name if first else "", f"name {colour}")
        after = width_of(name, 13, True) + 10 if first else 0.0
        words = row.words if after + width_of(row.words, 13) < d.width else ""
        d.text(after, y - 12, words, "halo")
    else:
        if first:
            d.text(0, y + 4, name, f"name {colour}")
        d.text(ends[0] + 6, y - 9, row.words, "halo")
    d.line(ends[0], y, ends[1], y, f"{colour} gh", DASHES[arm_place(row.arm)])
    if len(row.doses) > MANY:
        d.rect(x(row.doses[0]), y - 4, x(row.doses[-1]) - x(row.doses[0]), 8, f"{colour} bar")
        return
    for month in row.doses:
        d.marker(row.arm, x(month), y, 4.2)
