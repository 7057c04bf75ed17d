"""What a report is made of: sections of text, facts, tables and figures. One template draws them all, so all reports look alike."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import quote

from markupsafe import Markup, escape

from osteon.charts.drawing import Drawing
from osteon.io.csv_out import to_csv

Words = str | Markup
Block = Any  # one of the classes below


def bold(words: object) -> Markup:
    """Words in bold, escaped."""
    return Markup("<b>{}</b>").format(words)


def joined(parts: Sequence[Words], between: str = " ") -> Markup:
    """Parts in a row, each escaped unless it is markup already."""
    return Markup(escape(between)).join(parts)


def arm_name(words: str, number: int) -> Markup:
    """Name of an arm in its colour."""
    from osteon.charts.drawing import arm_class

    return Markup('<span class="arm {}">{}</span>').format(arm_class(number), words)


def badge(words: str, look: str = "plain") -> Markup:
    """A verdict or a basis.   look : good, bad, unk, warn or plain"""
    return Markup('<span class="badge b-{}">{}</span>').format(look, words)


def slug(words: str) -> str:
    """A name for files and places in a page.

    >>> slug("Total hip BMD, change (%)")
    'total-hip-bmd-change'
    """
    return re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")[:60] or "part"


def data_address(text: str, kind: str) -> str:
    """A file inside the page that a link can save."""
    return f"data:{kind};charset=utf-8," + quote(text, safe=" !*'(),;:@&=+$/?-_.~")


@dataclass(frozen=True)
class Text:
    """A paragraph.   look : "", lead, small, say or note"""

    words: Words
    look: str = ""
    kind: ClassVar[str] = "text"


@dataclass(frozen=True)
class Heading:
    """A heading inside a section."""

    words: Words
    kind: ClassVar[str] = "heading"


@dataclass(frozen=True)
class Bullets:
    """A list of sentences."""

    items: Sequence[Words]
    kind: ClassVar[str] = "bullets"


@dataclass(frozen=True)
class Facts:
    """Terms and what they are, as pairs."""

    rows: Sequence[tuple[str, Words]]
    kind: ClassVar[str] = "facts"


@dataclass(frozen=True)
class Columns:
    """Benefit, harm and what is unknown, side by side: look (benefit, harm, unk), title, paragraphs."""

    parts: Sequence[tuple[str, str, Sequence[Words]]]
    kind: ClassVar[str] = "columns"


@dataclass(frozen=True)
class Step:
    """A box of the flow of patients."""

    number: str
    words: str
    share: float | None = None


@dataclass(frozen=True)
class FlowArm:
    """An arm of the flow: who began, who was lost (words), who was seen."""

    name: str
    look: str
    began: Step
    lost: Sequence[str]
    seen: Step


@dataclass(frozen=True)
class Flow:
    """The flow of patients: everybody, then each arm."""

    everybody: Sequence[Step]
    arms: Sequence[FlowArm]
    kind: ClassVar[str] = "flow"


@dataclass(frozen=True)
class Head:
    """Head of a column.   unit : under it;  left : whether its cells are words"""

    words: Words
    unit: str = ""
    left: bool = False

    @property
    def plain(self) -> str:
        """As text, for the cells of a folded table."""
        between = " " if self.unit.startswith("(") else ", "
        return str(Markup(escape(self.words)).striptags()) + (between + self.unit if self.unit else "")


@dataclass(frozen=True)
class Band:
    """A row that names the rows below it."""

    words: Words


@dataclass(frozen=True)
class Table:
    """rows : cells as words, or a Band;  data : the rows with all digits, for the file, where the cells have fewer"""

    title: str
    heads: Sequence[Head]
    rows: Sequence[Sequence[Words] | Band]
    sub: str = ""
    note: Words = ""
    data: Sequence[Mapping[str, Any]] = ()
    marked: frozenset[int] = frozenset()
    kind: ClassVar[str] = "table"

    @property
    def folded(self) -> bool:
        """Whether it becomes a card a row on a phone."""
        words = sum(h.left for h in self.heads)
        return len(self.heads) > 4 or words > 2 or (len(self.heads) > 2 and words > 1)

    @property
    def name(self) -> str:
        """Of its file."""
        return slug(self.title)

    @property
    def address(self) -> str:
        """Its numbers as CSV."""
        if self.data:
            columns = list(dict.fromkeys(key for row in self.data for key in row))
            return data_address(to_csv(columns, [dict.fromkeys(columns) | dict(r) for r in self.data]), "text/csv")
        columns = _apart([h.plain for h in self.heads])
        rows, group = [], ""
        for row in self.rows:
            if isinstance(row, Band):
                group = str(Markup(row.words).striptags())
            else:
                cells = [str(Markup(escape(c)).striptags()) for c in row]
                rows.append(({"group": group} if group else {}) | dict(zip(columns, cells, strict=True)))
        columns = ["group", *columns] if group else columns
        return data_address(to_csv(columns, [dict.fromkeys(columns, "") | r for r in rows]), "text/csv")


def _apart(names: Sequence[str]) -> list[str]:
    """Names of columns, none twice.

    >>> _apart(["n", "n", ""])
    ['n', 'n 2', 'column 3']
    """
    found: list[str] = []
    for i, name in enumerate(names, 1):
        found.append(f"{name} {i}" if name in found else name or f"column {i}")
    return found


@dataclass(frozen=True)
class Figure:
    """title says what and the unit;  description : the result in numbers, for whoever does not see it;  data : its numbers

    keys : what the shades mean, as (name of a mark, words): person, know, chance, outer, published, hatch, mean, ghost, bar
    """

    title: str
    draw: Callable[[bool], Drawing]
    description: str
    caption: Words = ""
    sub: str = ""
    keys: Sequence[tuple[str, str]] = ()
    data: Sequence[Mapping[str, Any]] = ()
    kind: ClassVar[str] = "figure"
    _drawn: dict[bool, Drawing] = field(default_factory=dict, repr=False, compare=False)

    def drawing(self, narrow: bool) -> Drawing:
        """Drawn once for each width."""
        if narrow not in self._drawn:
            self._drawn[narrow] = self.draw(narrow)
        return self._drawn[narrow]

    @property
    def name(self) -> str:
        """Of its files."""
        return slug(self.title)

    def inline(self, name: str) -> Markup:
        """Both drawings for a page."""
        return Markup("".join(self.drawing(n).inline(name, self.title, self.description) for n in (False, True)))

    @property
    def file(self) -> str:
        """As an SVG file."""
        return self.drawing(False).file(self.title, self.description)

    @property
    def svg_address(self) -> str:
        """The wide drawing as an SVG file inside the page."""
        return data_address(self.file, "image/svg+xml")

    @property
    def csv_address(self) -> str:
        """Its numbers as CSV, empty where there are none."""
        if not self.data:
            return ""
        columns = list(dict.fromkeys(key for row in self.data for key in row))
        return data_address(to_csv(columns, [dict.fromkeys(columns) | dict(r) for r in self.data]), "text/csv")


@dataclass(frozen=True)
class Fold:
    """What opens when it is asked for."""

    summary: str
    blocks: Sequence[Block]
    kind: ClassVar[str] = "fold"


@dataclass(frozen=True)
class Card:
    """One of many of a kind, with its verdict.   name : of its place in the page"""

    name: str
    title: str
    badges: Sequence[Markup]
    blocks: Sequence[Block]
    kind: ClassVar[str] = "card"


@dataclass(frozen=True)
class Live:
    """The living page of some drugs inside the report.   openings : (words, state of the page or "")"""

    packed: str
    openings: Sequence[tuple[str, str]]
    words: Words = ""
    kind: ClassVar[str] = "live"


@dataclass(frozen=True)
class Section:
    """name : of its place in the page;  short : in the contents, where the title is long"""

    name: str
    title: str
    blocks: Sequence[Block]
    short: str = ""


@dataclass(frozen=True)
class Report:
    """A page.   about : short facts above the title"""

    title: str
    about: Sequence[str]
    sections: Sequence[Section]

    def with_section(self, section: Section, before: str = "") -> Report:
        """The same with one section more, at the end or before another."""
        rest = list(self.sections)
        at = next((i for i, s in enumerate(rest) if s.name == before), len(rest))
        return Report(self.title, self.about, [*rest[:at], section, *rest[at:]])

    @property
    def alive(self) -> bool:
        """Whether the living page is inside."""
        return any(isinstance(b, Live) for s in self.sections for b in s.blocks)


def provenance_section(rows: Sequence[tuple[str, str]], again: str = "") -> Section:
    """Where the numbers come from, and the line that makes them again."""
    facts = [(k[0].upper() + k[1:], Markup("<code>{}</code>").format(v)) for k, v in rows]
    blocks: list[Block] = [Facts(facts)]
    if again:
        blocks.append(Text(Markup("The same numbers again: <code>{}</code>").format(again), "small"))
    return Section("provenance", "Provenance", blocks)
