"""Lines over time (or dose), panel by panel: the mean, and the three kinds of spread, each drawn in its own way."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from osteon.charts.drawing import DASHES, Drawing, arm_class, arm_place, fitted, width_of
from osteon.charts.scales import Scale, log_ticks, moved_apart, plain, round_ticks

Values = Sequence[float]
Band = tuple[Values, Values]


@dataclass(frozen=True)
class Line:
    """One arm in a panel.

    arm         : its place in the study, which is its colour
    person      : how persons differ (pale);  know : parameter uncertainty (dark);  chance : of this trial (whiskers)
    points      : published values (x, y, low, high), the last two NaN where none is published
    ghost       : a thin line for comparison;  label : at its end;  marked : whether its points have markers
    """

    arm: int
    name: str
    x: Values
    y: Values
    person: Band | None = None
    know: Band | None = None
    chance: Band | None = None
    points: Sequence[tuple[float, float, float, float]] = ()
    ghost: bool = False
    label: str = ""
    marked: bool = True
    dash: str | None = None


@dataclass(frozen=True)
class Panel:
    """title : of what, with its unit;  shared : name of the group whose panels have one scale of y;  arm : whose colour the title has

    log : whether equal ratios of y are equally far apart
    """

    title: str
    lines: Sequence[Line]
    shared: str = ""
    arm: int | None = None
    log: bool = False


@dataclass(frozen=True)
class Axes:
    """x_title : unit of x;  ticks : of x, with other words where numbers are long;  columns : on a wide page;

    ceiling : highest end of y;  height : of a panel;  zero : whether y holds 0
    """

    x_title: str
    ticks: Values
    columns: int = 3
    log_x: bool = False
    ceiling: float = math.inf
    height: float = 150.0
    zero: bool = True
    words: dict[float, str] = field(default_factory=dict)


def draw(panels: Sequence[Panel], axes: Axes, narrow: bool) -> Drawing:
    """All panels, in rows of `axes.columns`; one below the other on a phone."""
    d = Drawing(narrow)
    columns = 1 if narrow else min(axes.columns, max(len(panels), 1))
    gap = 30.0
    scales = [_ends(p, panels, axes) for p in panels]
    pad = max([46.0, *(width_of(_tick(v, ticks), 13) + 14 for ticks in scales for v in ticks)])
    room = _label_room(panels, narrow)
    each = (d.width - gap * (columns - 1)) / columns
    top = 0.0
    for first in range(0, len(panels), columns):
        row = panels[first : first + columns]
        for i, panel in enumerate(row):
            left = i * (each + gap)
            box = (left + pad, top + 30.0, left + each - room, top + 30.0 + axes.height)
            _title(d, panel, left + pad, top + 16.0, each - pad)
            _panel(d, panel, axes, box, scales[first + i])
        top += axes.height + 86.0
    d.height = top - 8.0
    return d


def _label_room(panels: Sequence[Panel], narrow: bool) -> float:
    """Pixels for names at the ends of lines; none where every panel has one line or there is no room."""
    labels = [line.label for p in panels for line in p.lines if line.label and not line.ghost]
    widest = max((width_of(text, 12.5, True) for text in labels), default=0.0)
    return min(widest + 14.0, 150.0 if narrow else 190.0) if labels else 10.0


def _ends(panel: Panel, panels: Sequence[Panel], axes: Axes) -> list[float]:
    """Ticks of y: of all panels that share a scale."""
    alike = [p for p in panels if panel.shared and p.shared == panel.shared] or [panel]
    values = [v for p in alike for line in p.lines for v in _all_values(line) if math.isfinite(v)]
    if panel.log:
        low = min((v for v in values if v > 0), default=1.0)
        return log_ticks(low, max([*values, low * 10]))
    values = values or [0.0, 1.0]
    low, high = (min(0.0, *values), max(0.0, *values)) if axes.zero else (min(values), max(values))
    high = high if high > low else low + 1.0
    return round_ticks(low, min(high, axes.ceiling), 6)


def _all_values(line: Line) -> list[float]:
    bands = [v for band in (line.person, line.know, line.chance) if band for side in band for v in side]
    return [*line.y, *bands, *(v for p in line.points for v in p[1:])]


def _title(d: Drawing, panel: Panel, x: float, y: float, room: float) -> None:
    role = "h" if panel.arm is None else f"name {arm_class(panel.arm)}"
    d.text(x if panel.arm is not None else x - 4, y, fitted(panel.title, room, True, 13.5), role)


def _panel(d: Drawing, panel: Panel, axes: Axes, box: tuple[float, float, float, float], ticks: list[float]) -> None:
    left, top, right, bottom = box
    y = Scale(ticks[0], ticks[-1], bottom, top, panel.log)
    inside = [v for line in panel.lines for v in line.x]
    low, high = min([*axes.ticks, *inside]), max([*axes.ticks, *inside])
    x = Scale(low, high, left, right, axes.log_x)
    for value in ticks:
        zero = abs(value) < 1e-12 and not panel.log
        d.line(left, y(value), right, y(value), "ax0" if zero else "ax")
        d.text(left - 7, y(value) + 4, _tick(value, ticks), anchor="end")
    for value in axes.ticks:
        d.line(x(value), bottom, x(value), bottom + 4, "ax0")
    for value in _spaced(axes, x):
        d.text(x(value), bottom + 19, axes.words.get(value, plain(value)), anchor="middle")
    d.text((left + right) / 2, bottom + 36, axes.x_title, anchor="middle")
    for line in sorted(panel.lines, key=lambda one: not one.ghost):
        _line(d, line, x, y)
    _labels(d, panel, x, y, right, (top, bottom))


def _tick(value: float, ticks: list[float]) -> str:
    signs = ticks[0] < 0 < ticks[-1] or ticks[-1] <= 0
    text = plain(value)
    return f"+{text}" if signs and value > 0 else text


def _spaced(axes: Axes, x: Scale) -> list[float]:
    """Ticks of x whose numbers do not touch."""
    shown: list[float] = []
    edge = -math.inf
    for value in axes.ticks:
        half = width_of(axes.words.get(value, plain(value))) / 2
        if x(value) - half > edge + 4:
            shown.append(value)
            edge = x(value) + half
    return shown


def _line(d: Drawing, line: Line, x: Scale, y: Scale) -> None:
    colour = arm_class(line.arm)
    dash = DASHES[arm_place(line.arm)] if line.dash is None else line.dash
    xs = [x(v) for v in line.x]
    for band, role in ((line.person, "person"), (line.know, "know")):
        if band:
            seen = [i for i in range(len(xs)) if math.isfinite(band[0][i]) and math.isfinite(band[1][i])]
            if len(seen) > 1:
                d.band(
                    [xs[i] for i in seen],
                    [y(band[0][i]) for i in seen],
                    [y(band[1][i]) for i in seen],
                    f"{colour} {role}",
                )
    points = [(px, y(v)) for px, v in zip(xs, line.y, strict=True) if math.isfinite(v)]
    if len(points) > 1:
        d.path(points, f"{colour} {'gh' if line.ghost else 'ln'}", dash)
    if line.chance and not line.ghost:
        for px, low, high in zip(xs, *line.chance, strict=True):
            if math.isfinite(low) and math.isfinite(high) and abs(y(low) - y(high)) > 1:
                d.line(px, y(low), px, y(high), f"{colour} thick")
    if line.marked and not line.ghost and len(points) <= 16:
        for px, py in points:
            d.marker(line.arm, px, py)
    for at, value, low, high in line.points:
        if math.isfinite(low) and math.isfinite(high):
            d.line(x(at), y(low), x(at), y(high), f"{colour} cap")
        d.diamond(x(at), y(value), f"{colour} hollow")


def _labels(d: Drawing, panel: Panel, x: Scale, y: Scale, right: float, ends: tuple[float, float]) -> None:
    """Names at the ends of lines, moved apart."""
    named = [line for line in panel.lines if line.label and not line.ghost and any(map(math.isfinite, line.y))]
    last = [next(v for v in reversed(line.y) if math.isfinite(v)) for line in named]
    places = moved_apart([y(v) for v in last], 17, ends[0], ends[1] + 8)
    for line, place in zip(named, places, strict=True):
        room = d.width - right - 8 if d.narrow else 190
        words = fitted(line.label, room, True, 13 if d.narrow else 12.5)
        d.text(right + 8, place + 4, words, f"name {arm_class(line.arm)}")
