"""What stands on the pages of the docs site: plain HTML from the product's own cards, claims and figures."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from osteon.checks.cell_animals import IN_ANIMALS

Row = Mapping[str, Any]
COLUMNS = 4  # of a table of a card, at most
CELL_MODULES = (
    "cells_1",
    "cell_kinetics",
    "cell_action",
    "immune_host",
    "cell_hazards",
)  # behind claims tried on cells in animals


@dataclass(frozen=True)
class Page:
    """One page: place in the site, title, body as HTML, one line of what it is, whether the search finds it."""

    place: str
    title: str
    body: str
    about: str = ""

    @property
    def root(self) -> str:
        """From this page to the root of the site."""
        return "../" * self.place.count("/")


def slug(name: str) -> str:
    """A file name of a name: letters, digits, dots and dashes."""
    return re.sub(r"[^A-Za-z0-9.-]+", "_", name).strip("_") or "x"


def esc(text: object) -> str:
    """Text made safe for HTML."""
    return html.escape(str(text), quote=True)


def link(text: str, to: str) -> str:
    """A link whose text is escaped."""
    return f'<a href="{esc(to)}">{esc(text)}</a>'


def badge(verdict: str, words: str = "") -> str:
    """A verdict with its glyph: a colour never speaks alone."""
    glyph = {
        "holds": "✓",
        "fails": "✕",
        "recorded": "≡",
        "merged": "→",
        "vacuous": "∅",
        "circular": "↺",
        "unmoved": "○",
    }.get(verdict, "?")
    return f'<span class="badge {esc(verdict)}">{glyph} {esc(words or verdict)}</span>'


def table(
    head: Sequence[str], rows: Iterable[Sequence[str]], caption: str = "", marks: Sequence[str] = (), fold: bool = True
) -> str:
    """A table; cells are HTML. marks: data-v of each row, for filters. Below 620 px a row folds into a block."""
    cells = "".join(f'<th scope="col">{esc(h)}</th>' for h in head)
    body = []
    for i, row in enumerate(rows):
        mark = f' data-v="{esc(marks[i])}"' if marks else ""
        body.append(
            f"<tr{mark}>" + "".join(f'<td data-h="{esc(h)}">{c}</td>' for h, c in zip(head, row, strict=True)) + "</tr>"
        )
    title = f"<caption>{esc(caption)}</caption>" if caption else ""
    return f'<div class="wide"><table class="{"fold" if fold else ""}">{title}<thead><tr>{cells}</tr></thead><tbody>{"".join(body)}</tbody></table></div>'


def facts(pairs: Iterable[tuple[str, str]]) -> str:
    """Rows of a name and its HTML; what is empty is left out."""
    rows = "".join(f'<tr><th scope="row">{esc(k)}</th><td>{v}</td></tr>' for k, v in pairs if v)
    return f'<div class="wide"><table class="facts">{rows}</table></div>'


def linked(text: str, known: Callable[[str], str]) -> str:
    """Text as HTML, every word that has a page made a link. known: name -> place from here, or ""."""

    def one(match: re.Match[str]) -> str:
        to = known(html.unescape(match[0]))
        return f'<a href="{esc(to)}">{match[0]}</a>' if to else match[0]

    return re.sub(r"[A-Za-z][A-Za-z0-9_]{2,}", one, esc(text))


def card(text: str, known: Callable[[str], str], level: int = 2) -> str:
    """A card's text as headings, tables and paragraphs with links. known: as in `linked`; level: of the headings"""

    def words(line: str) -> str:
        return linked(line, known)

    made = ""
    parts = [
        list(part) for _, part in groupby(text.split("\n"), lambda line: line[:1] if line[:1] in ("", " ") else "x")
    ]
    for part, after in zip(parts, [*parts[1:], [""]], strict=True):
        if part[0].startswith(" "):
            made += _indented([line.strip() for line in part], words)
            continue
        head = part.pop() if after[0].startswith(" ") else ""
        made += "".join(f"<p>{words(line)}</p>" for line in part if line)
        made += f"<h{level}>{words(head)}</h{level}>" if head else ""
    return made


def _indented(lines: Sequence[str], words: Callable[[str], str]) -> str:
    """Indented lines of a card: a table where columns stand apart, equations as they are, anything else a list."""
    rows = [[c for c in re.split(r" {2,}", line, maxsplit=COLUMNS - 1) if c] for line in lines]
    if all(" = " in line for line in lines):
        return f"<pre>{words(chr(10).join(lines))}</pre>"
    if min(map(len, rows)) < 2:
        return "<ul>" + "".join(f"<li>{words(line)}</li>" for line in lines) + "</ul>"
    wide = max(map(len, rows))
    filled = [[*row[:-1], *[""] * (wide - len(row)), row[-1]] for row in rows]
    cells = ("".join(f"<td>{words(c)}</td>" for c in row[1:]) for row in filled)
    body = (f'<tr><th scope="row">{words(row[0])}</th>{c}</tr>' for row, c in zip(filled, cells, strict=True))
    return f'<div class="wide"><table class="facts">{"".join(body)}</table></div>'


def forest(words: str, trials: Sequence[Row], pooled: Row | None, width: int, ratio: bool = True) -> str:
    """A forest on a log axis: each trial with its 95 % interval, an upper end alone dashed, the pooled mean as a diamond."""
    import math

    ends = [v for t in trials for v in (t["lo95"], t["estimate"], t["hi95"]) if v]
    ends += [1.0] if ratio else []
    low, high = min(ends) / 1.3, max(ends) * 1.3
    left, right, step = (150, 20, 34) if width > 500 else (12, 12, 52)
    top, rows = 26, len(trials) + (1 if pooled else 0)
    height = top + rows * step + 34

    def x(v: float) -> float:
        return left + (width - left - right) * math.log(v / low) / math.log(high / low)

    ticks = [v for v in (0.1, 0.25, 0.5, 1, 2, 4, 10, 20, 50, 100, 200) if low < v < high]
    parts = [f'<line class="grid" x1="{x(v):.1f}" x2="{x(v):.1f}" y1="{top - 8}" y2="{height - 28}"/>'
             f'<text x="{x(v):.1f}" y="{height - 10}" text-anchor="middle">{v:g}</text>' for v in ticks]  # fmt: skip
    for i, t in enumerate(trials):
        y = top + i * step + (0 if width > 500 else 20)
        name_y = y + 5 if width > 500 else y - 10
        parts.append(
            f'<text x="{left - 12 if width > 500 else left}" y="{name_y}" text-anchor="{"end" if width > 500 else "start"}">{esc(t["study"])}</text>'
        )
        if t["estimate"] is None:
            parts.append(f'<line class="open" x1="{left}" x2="{x(t["hi95"]):.1f}" y1="{y}" y2="{y}"/>')
        else:
            parts.append(
                f'<line class="ci" x1="{x(t["lo95"]):.1f}" x2="{x(t["hi95"]):.1f}" y1="{y}" y2="{y}"/><circle class="dot" cx="{x(t["estimate"]):.1f}" cy="{y}" r="4.5"/>'
            )
    if pooled:
        y = top + len(trials) * step + (0 if width > 500 else 20)
        a, b, c = x(max(pooled["low"], low)), x(pooled["estimate"]), x(min(pooled["high"], high))
        name_y = y + 5 if width > 500 else y - 12
        parts.append(
            f'<text x="{left - 12 if width > 500 else left}" y="{name_y}" text-anchor="{"end" if width > 500 else "start"}">random effects</text>'
        )
        parts.append(f'<polygon class="sum" points="{a:.1f},{y} {b:.1f},{y - 7} {c:.1f},{y} {b:.1f},{y + 7}"/>')
    told = "; ".join(
        f"{t['study']} {t['estimate']:.3g} ({t['lo95']:.2g} to {t['hi95']:.2g})"
        if t["estimate"]
        else f"{t['study']} up to {t['hi95']:g}"
        for t in trials
    )
    if pooled:
        told += f"; pooled {pooled['estimate']:.3g} ({pooled['low']:.2g} to {pooled['high']:.2g})"
    return f'<svg role="img" width="{width}" height="{height}" viewBox="0 0 {width} {height}"><title>{esc(words)}</title><desc>{esc(told)}</desc>{"".join(parts)}</svg>'


def both(words: str, trials: Sequence[Row], pooled: Row | None, ratio: bool = True) -> str:
    """The forest drawn twice: wide, and narrow for a phone."""
    return f'<figure class="figure wide">{forest(words, trials, pooled, 760, ratio)}</figure><figure class="narrow">{forest(words, trials, pooled, 320, ratio)}</figure>'


def claim_page(
    r: Row,
    claim: Any,
    references: Mapping[str, Any],
    mutants: Mapping[str, Row],
    experiment: str,
    known: Callable[[str], str],
    figure: str = "",
) -> str:
    """A claim: what the review says, what its source says, what is run, what it shows, what breaks it.

    known : from a name to its page, relative;  figure : what its runs show, as HTML
    """
    cited = [
        f"{link(k, f'../references/{k}.html')} {esc(v.text)} ({esc(v.identifier or 'no identifier')}; {esc(v.status)})"
        for k, v in references.items()
    ]
    turned = ", ".join(esc(mutants[m]["words"]) for m in r["turned_by"] if m in mutants)
    score = (
        ""
        if r["mutation_score"] is None
        else f"{r['mutation_score']:.0%} of the broken mechanisms turn it" + (f": {turned}" if turned else "")
    )
    twin = link(r["twin"], f"{r['twin']}.html") if r["twin"] else ""
    in_animals = any(c.id == r["id"] for c in IN_ANIMALS)
    of_cells = in_animals and not r.get("looks_at") and r["verdict"] in ("holds", "fails", "unmoved")
    looks = ", ".join(
        link(n, known(n)) if known(n) else esc(n) for n in (CELL_MODULES if of_cells else r.get("looks_at", ()))
    )
    return (
        f'<p class="lead">{esc(r["claim"])}</p><p>{badge(r["verdict"], r["status"])} <span class="soft">basis: {esc(r["basis"] or "none")}; rests on {esc(r["evidence"])} data</span></p>'
        + facts([
            ("Where", esc(claim.section)),
            ("What its own source says", esc(r["differs"])),
            ("The test", esc(claim.test_idea)),
            ("What the model shows", esc(r["figure"])),
            ("Who is wrong", esc(r["at_fault"])),
            ("Why", esc(r["because"])),
            ("The same statement", twin),
            ("Bounds", bounded(r)),
            ("Equations of", looks),
            ("Numbers of the cells", link("prior and posterior", "../cells/posterior.html") if of_cells else ""),
            ("Experiment", link(experiment, f"../experiments/{experiment}.html") if experiment else ""),
            ("Broken mechanisms", score),
            ("Cites", "<br>".join(cited)),
        ])
        + (f'<h2>What the runs show</h2><figure>{figure}</figure>' if figure else "")
        + f'<p>Ask it yourself: <code>osteon claims {esc(r["id"])}</code></p>'
    )  # fmt: skip


def bounded(r: Row) -> str:
    """How many of the things looked at have a bound on either side; empty where nothing is looked at."""
    if not r.get("parts") or r["verdict"] not in ("holds", "fails", "unmoved"):
        return ""
    n, of = r["two_sided"], r["parts"]
    if not n:
        return "one-sided: directions only, no size is asked for"
    return f"{n} of {of} with a bound on either side" + ("" if n == of else "; the others are directions")


def explorer(rows: Sequence[Row]) -> str:
    """All claims in one table with a filter by verdict and words."""
    counts = Counter(r["verdict"] for r in rows)
    options = "".join(f'<option value="{esc(v)}">{esc(v)} ({n})</option>' for v, n in counts.most_common())
    controls = (
        f'<div class="find"><label>Verdict <select id="pick"><option value="">all ({len(rows)})</option>{options}</select></label>'
        '<label>Words <input id="word" type="search" aria-label="Words in a claim"></label><span id="count" class="soft"></span></div>'
    )
    body = table(
        ["claim", "statement", "verdict", "what the model shows"],
        [
            [
                link(r["id"], f"{r['id']}.html"),
                esc(r["claim"]),
                badge(r["verdict"], r["status"]),
                esc(str(r["figure"])[:160]),
            ]
            for r in rows
        ],
        "The review's statements on the model",
        [r["verdict"] for r in rows],
    )
    return controls + body
