"""Shapes with roles: what a class looks like is said once, for a page (by CSS and tokens) and for a file (by attributes)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from html import escape
from importlib.resources import files

WIDE, NARROW = 860, 340
DASHES = ("2 4", "", "8 4", "10 3 2 3", "5 3", "1 4")
SHAPE_KINDS = len(DASHES)  # arms that colour, dash and marker tell apart
CHARACTER = 0.54  # of the size of the type, mean width of a letter

# class -> attributes; "@x" is a token, "@c" the colour of the arm or side that stands in the same list of classes
SHAPE_ROLES: dict[str, dict[str, str]] = {
    "tx": {"fill": "@soft", "font-size": "12.5px"},
    "t": {"fill": "@ink"},
    "b": {"fill": "@ink", "font-weight": "650"},
    "h": {"fill": "@ink", "font-weight": "650", "font-size": "13.5px"},
    "name": {"fill": "@c", "font-weight": "650"},
    "ax": {"stroke": "@line", "stroke-width": "1"},
    "ax0": {"stroke": "@edge", "stroke-width": "1"},
    "ln": {"fill": "none", "stroke": "@c", "stroke-width": "2.25", "stroke-linejoin": "round", "stroke-linecap": "round"},
    "gh": {"fill": "none", "stroke": "@c", "stroke-width": "1.25", "stroke-opacity": "0.75"},
    "thick": {"stroke": "@c", "stroke-width": "5", "stroke-linecap": "butt"},
    "cap": {"fill": "none", "stroke": "@c", "stroke-width": "1.5"},
    "fi": {"fill": "@c"},
    "hollow": {"fill": "@bg", "stroke": "@c", "stroke-width": "1.8"},
    "person": {"fill": "@c", "fill-opacity": "@a-person"},
    "know": {"fill": "@c", "fill-opacity": "@a-know", "stroke": "@c", "stroke-width": "0.9", "stroke-opacity": "0.8"},
    "bar": {"fill": "@c", "fill-opacity": "0.55"},
    "hatch": {"fill": "url(#hatch)", "stroke": "@unknown", "stroke-width": "0.8", "stroke-dasharray": "3 2"},
    "halo": {"paint-order": "stroke", "stroke": "@bg", "stroke-width": "3", "stroke-linejoin": "round"},
}  # fmt: skip
SIDES = {"cb": "benefit", "ch": "harm", "cu": "unknown", "ci": "ink", "cs": "soft"}
HATCH = (
    '<pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<path d="M0 0V6" stroke="{}" stroke-width="1.6"/></pattern>'
)


def arm_class(number: int) -> str:
    """Class of an arm by its place in the study; the comparator is 0.

    >>> arm_class(0), arm_class(2), arm_class(6)
    ('c0', 'c2', 'c1')
    """
    return f"c{number if number < SHAPE_KINDS else 1 + (number - SHAPE_KINDS) % (SHAPE_KINDS - 1)}"


def arm_place(number: int) -> int:
    """The same as a number from 0 to KINDS - 1, for dashes and markers."""
    return int(arm_class(number)[1:])


def width_of(words: str, size: float = 12.5, bold: bool = False) -> float:
    """About how wide a text is drawn."""
    return len(words) * size * CHARACTER * (1.07 if bold else 1.0)


def fitted(words: str, room: float, bold: bool = True, size: float = 12.5) -> str:
    """A text that is no wider than some pixels; one that is cut ends in an ellipsis.

    >>> fitted("placebo", 200.0), fitted("cord cells into a vertebra", 100.0)
    ('placebo', 'cord cells i…')
    """
    if width_of(words, size, bold) <= room:
        return words
    while width_of(words + "…", size, bold) > room and len(words) > 4:
        words = words[:-1]
    return words.rstrip(" ,") + "…"


def wrapped(words: str, room: float, bold: bool = True, size: float = 13.0) -> list[str]:
    """A text as lines that are no wider than some pixels.

    >>> wrapped("Serious atrial fibrillation", 120.0)
    ['Serious atrial', 'fibrillation']
    """
    lines: list[str] = []
    for word in words.split(" "):
        if lines and width_of(f"{lines[-1]} {word}", size, bold) <= room:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return [fitted(line, room, bold, size) for line in lines]


class Drawing:
    """Shapes in pixels from the upper left.   narrow : whether it is the one for a phone"""

    def __init__(self, narrow: bool = False) -> None:
        self.narrow = narrow
        self.width = NARROW if narrow else WIDE
        self.height = 0.0
        self.parts: list[str] = []

    def line(self, x1: float, y1: float, x2: float, y2: float, role: str, dash: str = "") -> None:
        """A straight line."""
        self.path([(x1, y1), (x2, y2)], role, dash)

    def path(self, points: Iterable[tuple[float, float]], role: str, dash: str = "", closed: bool = False) -> None:
        """A line through points."""
        d = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) + ("Z" if closed else "")
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        self.parts.append(f'<path class="{role}"{dashed} d="{d}"/>')

    def band(self, xs: Sequence[float], low: Sequence[float], high: Sequence[float], role: str) -> None:
        """The area between two lines."""
        back = list(zip(xs, low, strict=True))[::-1]
        self.path([*zip(xs, high, strict=True), *back], role, closed=True)

    def rect(self, x: float, y: float, width: float, height: float, role: str) -> None:
        """A bar."""
        self.parts.append(
            f'<rect class="{role}" x="{x:.1f}" y="{y:.1f}" width="{max(width, 0.5):.1f}" height="{height:.1f}"/>'
        )

    def text(self, x: float, y: float, words: str, role: str = "", anchor: str = "start") -> None:
        """Words from, to or around a point."""
        place = "" if anchor == "start" else f' text-anchor="{anchor}"'
        self.parts.append(f'<text class="tx {role}" x="{x:.1f}" y="{y:.1f}"{place}>{escape(words)}</text>')

    def marker(self, arm: int, x: float, y: float, size: float = 3.6) -> None:
        """The sign of an arm: ring, disc, square, triangle, diamond, cross."""
        colour, s = arm_class(arm), size
        kind = arm_place(arm)
        if kind in (0, 1):
            role = "hollow" if kind == 0 else "fi"
            self.parts.append(f'<circle class="{colour} {role}" cx="{x:.1f}" cy="{y:.1f}" r="{s:.1f}"/>')
        elif kind == 2:
            self.rect(x - s * 0.95, y - s * 0.95, 1.9 * s, 1.9 * s, f"{colour} fi")
        elif kind == 3:
            self.path([(x, y - 1.2 * s), (x + 1.15 * s, y + s), (x - 1.15 * s, y + s)], f"{colour} fi", closed=True)
        elif kind == 4:
            self.diamond(x, y, f"{colour} fi", 1.3 * s)
        else:
            self.path([(x - s, y - s), (x + s, y + s)], f"{colour} ln")
            self.path([(x - s, y + s), (x + s, y - s)], f"{colour} ln")

    def diamond(self, x: float, y: float, role: str, size: float = 5.0) -> None:
        """A published value where it is open."""
        self.path([(x, y - size), (x + size, y), (x, y + size), (x - size, y)], role, closed=True)

    def inline(self, name: str, title: str, description: str) -> str:
        """As part of a page: colours follow its tokens.   name : an identifier of its own"""
        kind = "narrow" if self.narrow else "wide"
        own = f"{name}-{kind[0]}"
        return (
            f'<svg class="{kind}" viewBox="0 0 {self.width} {self.height:.0f}" role="img" '
            f'aria-labelledby="{own}t" aria-describedby="{own}d"><title id="{own}t">{escape(title)}</title>'
            f'<desc id="{own}d">{escape(description)}</desc>{"".join(self.parts)}</svg>'
        )

    def file(self, title: str, description: str) -> str:
        """As a file that any program draws: every colour is written out, on white."""
        body = _CLASS.sub(lambda m: attributes(m[1]), "".join(self.parts))
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-16 -16 {self.width + 32} {self.height + 32:.0f}" '
            f'width="{self.width + 32}" height="{self.height + 32:.0f}" font-family="Helvetica, Arial, sans-serif">'
            f"<title>{escape(title)}</title><desc>{escape(description)}</desc><defs>{HATCH.format(tokens()['unknown'])}</defs>"
            f'<rect x="-16" y="-16" width="100%" height="100%" fill="{tokens()["card"]}"/>{body}</svg>'
        )


_CLASS = re.compile(r'class="([^"]*)"')


def attributes(classes: str) -> str:
    """The roles in a list of classes as attributes with the light tokens.

    >>> attributes("c1 cap")
    'fill="none" stroke="#006154" stroke-width="1.5"'
    """
    names = classes.split()
    look: dict[str, str] = {}
    for name in names:
        look |= SHAPE_ROLES.get(name, {})
    colour = next((n for n in names if n in SIDES or re.fullmatch(r"c\d", n)), "cs")
    token = SIDES.get(colour) or f"arm-{colour[1:]}"
    return " ".join(f'{key}="{_value(value, token)}"' for key, value in look.items())


def _value(value: str, token: str) -> str:
    if not value.startswith("@"):
        return value
    name = token if value == "@c" else "card" if value == "@bg" else value[1:]
    return tokens()[name]


@cache
def tokens() -> dict[str, str]:
    """Values of the light tokens by name."""
    text = files("osteon").joinpath("report").joinpath("style").joinpath("tokens.css").read_text(encoding="utf-8")
    return dict(re.findall(r"--([\w-]+): ([^;]+);", text.split("@media")[0]))


@cache
def figure_css() -> str:
    """What every role looks like on a page."""
    arms = "".join(f".c{i}{{--c:var(--arm-{i})}}" for i in range(SHAPE_KINDS))
    sides = "".join(f".{name}{{--c:var(--{token})}}" for name, token in SIDES.items())
    rules = []
    for name, look in SHAPE_ROLES.items():
        body = ";".join(f"{k}:{_css(v)}" for k, v in look.items())
        rules.append(f"svg .{name}{{{body}}}")
    return arms + sides + "".join(rules)


def _css(value: str) -> str:
    return f"var(--{value[1:]})" if value.startswith("@") else value
