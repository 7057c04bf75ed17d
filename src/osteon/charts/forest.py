"""Effects with their intervals, one row each: thick for chance and measurement, thin with caps for what nobody knows as well."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from osteon.charts.drawing import Drawing, arm_class, fitted, width_of, wrapped
from osteon.charts.scales import Scale, log_ticks, plain, round_ticks

ASIDE = 210.0  # pixels for the name of an outcome beside those of its arms; a longer one stands above them


@dataclass(frozen=True)
class Row:
    """group : outcome;  name : arm;  value, low, high : estimate and thick line;  outer : thin line with caps;

    published : open diamond;  shown : False draws a hatched bar to its upper end;  words : at the right
    """

    group: str
    name: str
    arm: int
    value: float
    low: float
    high: float
    words: str
    outer: tuple[float, float] | None = None
    published: float | None = None
    shown: bool = True


@dataclass(frozen=True)
class Group:
    """One axis.   title : of what against what;  unit : at its right end;  left, right : words under the axis;

    base : of a log axis;  zero : line of no difference;  floor : lowest end of a log axis;  ends : of the axis, where given
    """

    title: str
    rows: Sequence[Row]
    unit: str = ""
    log: bool = False
    base: float = 2.0
    zero: float | None = 0.0
    left: str = ""
    right: str = ""
    floor: float = 0.0
    sides: tuple[str, str] = ("cb", "ch")
    ends: tuple[float, float] | None = None


def draw(groups: Sequence[Group], narrow: bool) -> Drawing:
    """Groups below each other, each with its own axis."""
    d = Drawing(narrow)
    every = [r for g in groups for r in g.rows]
    one_name = len({r.name for r in every}) <= 1 and all(len({r.group for r in g.rows}) == len(g.rows) for g in groups)
    stacked = not narrow and not one_name and any(width_of(r.group, 12.5, True) > ASIDE for r in every)
    names = 0.0 if narrow else _column(every, one_name, stacked)
    numbers = 0.0 if narrow else min(max((width_of(r.words) for r in every), default=0.0) + 16, 250.0)
    top = 0.0
    for group in groups:
        top = _group(d, group, top, _Columns(one_name, stacked, names, numbers)) + 22.0
    d.height = max(top - 14.0, 20.0)
    return d


@dataclass(frozen=True)
class _Columns:
    """What stands beside the axis: whether all rows are one arm, whether outcomes stand above their arms, pixels of both sides."""

    one_name: bool
    stacked: bool
    names: float
    numbers: float


def _scale(group: Group, left: float, right: float) -> tuple[Scale, list[float]]:
    ends = [v for r in group.rows for v in (r.value, r.low, r.high, *(r.outer or ()), r.published) if v is not None]
    ends = [*(v for v in ends if math.isfinite(v)), *(group.ends or ())]
    if group.log:
        positive = [max(v, group.floor) for v in ends if max(v, group.floor) > 0] or [1.0]
        low, high = min(positive), max(positive)
        if group.zero is not None:
            low, high = min(low, group.zero), max(high, group.zero)
        low, high = max(low, high / 1e7), max(high, low * group.base)
        ticks = log_ticks(low, high, group.base)
        if len(ticks) == 1:
            ticks = [ticks[0], ticks[0] * group.base]
        return Scale(ticks[0], ticks[-1], left, right, True), ticks
    whole = [*ends, *([group.zero] if group.zero is not None else [])] or [0.0, 1.0]
    ticks = round_ticks(min(whole), max(max(whole), min(whole) + 1e-6), 6)
    return Scale(ticks[0], ticks[-1], left, right), ticks


def _group(d: Drawing, group: Group, top: float, columns: _Columns) -> float:
    """Draw one; the height where it ends."""
    narrow = d.narrow
    left, right = (16.0, d.width - 16.0) if narrow else (columns.names + 14, d.width - columns.numbers - 10)
    scale, ticks = _scale(group, left, right)
    titles = wrapped(group.title, d.width - 8, size=13.5) if narrow else [group.title]
    for i, line in enumerate(titles):
        d.text(0, top + 14 + 17 * i, line, "h")
    top += 17 * (len(titles) - 1)
    if group.unit and not narrow:
        d.text(d.width, top + 14, group.unit, anchor="end")
    y, before, begin = top + (26.0 if not narrow else 24.0), "", top + 24
    placed = []
    for row in group.rows:
        new = row.group != before
        lines = len(wrapped(row.group, d.width - 8)) if narrow else 1
        y += (10.0 if new else 0.0) + (19.0 if narrow else 0.0)
        y += 19.0 + 17 * (lines - 1) if new and (narrow or columns.stacked) else 0.0
        placed.append((row, y, new))
        y += 24.0
        before = row.group
    _grid(d, scale, ticks, group, (begin, y), left)
    for row, at, first in placed:
        _names(d, row, at, first, columns)
        _row(d, row, at + (9 if narrow else 6), scale, right)
    return _under(d, scale, ticks, group, y)


def _column(rows: Sequence[Row], one_name: bool, stacked: bool) -> float:
    """Pixels that names take at the left."""
    outcome = max((width_of(r.group, 12.5, True) for r in rows), default=0.0)
    if one_name:
        return min(outcome + 8, 320.0)
    if stacked:
        return min(max(width_of(r.name, 12.5, True) for r in rows) + 16, 240.0)
    return min(outcome, ASIDE) + 16 + min(max((width_of(r.name, 12.5, True) for r in rows), default=0.0), 200.0)


def _names(d: Drawing, row: Row, y: float, first: bool, columns: _Columns) -> None:
    colour = f"name {arm_class(row.arm)}"
    if d.narrow:
        if first:
            for i, line in enumerate(reversed(wrapped(row.group, d.width - 8))):
                d.text(0, y - 19 - 17 * i, line, "b")
        d.text(0, y - 2, fitted(row.name, d.width - 14 - width_of(row.words, 13), True, 13), colour)
        d.text(d.width, y - 2, row.words, anchor="end")
        return
    if first and columns.stacked:
        d.text(0, y - 8, row.group, "b halo")
    elif first:
        d.text(0, y + 10, fitted(row.group, columns.names + 6 if columns.one_name else ASIDE), "b")
    if columns.stacked:
        d.text(14, y + 10, fitted(row.name, columns.names - 10), colour)
    elif not columns.one_name:
        d.text(columns.names - min(width_of(row.name, 12.5, True), 200.0), y + 10, fitted(row.name, 206.0), colour)
    d.text(d.width, y + 10, row.words, "t", "end")


def _grid(d: Drawing, scale: Scale, ticks: list[float], group: Group, ends: tuple[float, float], left: float) -> None:
    for value in ticks:
        zero = group.zero is not None and abs(value - group.zero) < 1e-12
        d.line(scale(value), ends[0], scale(value), ends[1], "ax0" if zero else "ax")
    if group.zero is not None and not any(abs(v - group.zero) < 1e-12 for v in ticks):
        d.line(scale(group.zero), ends[0], scale(group.zero), ends[1], "ax0")


def _row(d: Drawing, row: Row, y: float, scale: Scale, right: float) -> None:
    colour = arm_class(row.arm)
    if not math.isfinite(row.high) and row.outer is None:
        d.rect(scale.start, y - 5, right - scale.start, 10, "hatch")
        return
    if not row.shown:
        d.rect(scale.start, y - 5, scale(row.high) - scale.start, 10, "hatch")
        return
    if row.outer and all(map(math.isfinite, row.outer)):
        low, high = (scale(v) for v in row.outer)
        d.line(low, y, high, y, f"{colour} cap")
        for end in (low, high):
            d.line(end, y - 4, end, y + 4, f"{colour} cap")
    if math.isfinite(row.low) and math.isfinite(row.high):
        low, high = scale(row.low), scale(row.high)
        d.line(min(low, high - 1), y, high, y, f"{colour} thick")
    if math.isfinite(row.value):
        d.marker(row.arm, scale(row.value), y, 4.6)
    if row.published is not None and math.isfinite(row.published):
        d.diamond(scale(row.published), y, f"{colour} hollow", 5.5)


def _under(d: Drawing, scale: Scale, ticks: list[float], group: Group, y: float) -> float:
    edge = -math.inf
    for value in ticks:
        words = _ratio(value) if group.log and group.base == 2.0 else plain(value)
        half = width_of(words, 13) * 0.6
        at = min(max(scale(value), half), d.width - half)
        if at - half > edge + 6:
            d.text(at, y + 16, words, anchor="middle")
            edge = at + half
    if not (group.left or group.right):
        return y + 22
    middle = scale(group.zero) if group.zero is not None else (scale.start + scale.end) / 2
    under = y + 34
    if group.left and middle - 6 >= width_of(group.left, 12.5, True):
        d.text(middle - 6, under, group.left, f"name {group.sides[0]}", "end")
    if group.right and middle + 6 + width_of(group.right, 12.5, True) <= d.width:
        d.text(middle + 6, under, group.right, f"name {group.sides[1]}")
    return y + 40


def _ratio(value: float) -> str:
    """A power of two as a fraction.

    >>> _ratio(0.25), _ratio(4.0)
    ('1/4', '4')
    """
    return f"1/{1 / value:g}" if value < 1 else f"{value:g}"
