"""The model book: each module with who drives it, its equations as mathematics and as text, and its numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from docs.pages import esc, link, linked, slug, table

ROW, BOX, HIGH = 34, 178, 26  # px of a line of the diagram, of a box


def mathematics(latex: str) -> str:
    """One equation as MathML, which browsers draw without a script. latex: as `osteon.io.equations` writes it."""
    from latex2mathml.converter import convert

    words = re.sub(r"\\mathrm\{([^{}]*)\}", lambda m: rf"\text{{{m[1]}}}".replace(r"\_", "_"), latex)
    spaced = words.replace("} \\, \\", "} \\cdot \\").replace(" \\, ", " \\cdot ").replace("&=", "\\;=\\;")
    return str(convert(spaced, display="block"))


def neighbours(edges: Sequence[dict[str, str]], name: str) -> tuple[list[str], list[str]]:
    """What drives a module, and what it drives."""
    return [e["from"] for e in edges if e["to"] == name], [e["to"] for e in edges if e["from"] == name]


def diagram(name: str, sources: Sequence[str], targets: Sequence[str], words: Callable[[str], str]) -> str:
    """A module between what drives it and what it drives, drawn twice: wide, and narrow for a phone; boxes are links."""
    if not sources and not targets:
        return ""
    told = f"{words(name)} is driven by {_listed(sources, words)} and drives {_listed(targets, words)}."
    return (
        f'<figure class="figure wide">{_across(name, sources, targets, words, told)}</figure>'
        f'<figure class="narrow">{_down(name, sources, targets, words, told)}</figure>'
    )


def _listed(names: Sequence[str], words: Callable[[str], str]) -> str:
    return ", ".join(words(n) for n in names) or "nothing"


def _across(name: str, sources: Sequence[str], targets: Sequence[str], words: Callable[[str], str], told: str) -> str:
    lines = max(len(sources), len(targets), 1)
    height, left, middle, right = lines * ROW + 8, 4, 298, 592
    y = height / 2

    def column(names: Sequence[str], x: int, start: int, end: int, inward: bool) -> str:
        out = []
        for i, n in enumerate(names):
            at = 4 + (lines - len(names)) * ROW / 2 + i * ROW + HIGH / 2
            a, b = ((start, at), (end, y)) if inward else ((start, y), (end, at))
            bend = (a[0] + b[0]) / 2
            out.append(f'<path class="arrow" d="M{a[0]} {a[1]:.1f}C{bend} {a[1]:.1f} {bend} {b[1]:.1f} {b[0]} {b[1]:.1f}"/>')  # fmt: skip
            out.append(_box(n, x, at - HIGH / 2, words))
        return "".join(out)

    body = column(sources, left, left + BOX, middle - 3, True) + column(targets, right, middle + BOX, right - 3, False)
    return _svg(774, height, told, body + _box(name, middle, y - HIGH / 2, words, own=True))


def _down(name: str, sources: Sequence[str], targets: Sequence[str], words: Callable[[str], str], told: str) -> str:
    parts, y = [], 16
    for title, names in (("Driven by", sources), ("", (name,)), ("Drives", targets)):
        if title and names:
            parts.append(f'<text x="4" y="{y}">{title}</text>')
            y += 8
        for n in names:
            parts.append(_box(n, 4 if n == name else 34, y, words, own=n == name))
            y += ROW
        y += 16
    return _svg(320, y - 16, told, "".join(parts))


def _box(name: str, x: float, y: float, words: Callable[[str], str], own: bool = False) -> str:
    text = words(name)
    shown = text if len(text) <= 24 else f"{text[:23]}…"
    drawn = f'<rect class="{"own" if own else "part"}" x="{x}" y="{y:.1f}" width="{BOX}" height="{HIGH}" rx="6"/><text x="{x + 9}" y="{y + 18:.1f}">{esc(shown)}</text>'
    return drawn if own else f'<a href="{esc(slug(name))}.html">{drawn}</a>'


def _svg(width: int, height: float, told: str, body: str) -> str:
    return f'<svg role="group" aria-label="{esc(told)}" width="{width}" height="{height:.0f}" viewBox="0 0 {width} {height:.0f}">{_TIP}{body}</svg>'


_TIP = '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path class="tip" d="M0 0L8 4L0 8Z"/></marker></defs>'


def module_pages(model: Any, known: Callable[[str], Callable[[str], str]]) -> list[tuple[str, str, str, str, str]]:
    """Pages of all modules: (place, title, body, what it is, name), the index last. known: place -> (name -> link)."""
    from osteon.io.equations import module_equations
    from osteon.report.live_map import map_of

    drawn = map_of(model, ())
    edges, shown = drawn["edges"], {n["name"]: n["words"] for n in drawn["nodes"]}

    def words(name: str) -> str:
        return shown.get(name, name.replace("_", " "))

    pages, lines = [], []
    for m in model.modules:
        place = f"modules/{slug(m.name)}.html"
        sources, targets = neighbours(edges, m.name)
        body = f'<p class="lead">{esc(m.note)}</p>'
        plugs = ", ".join(f"{c.name} into {c.port}" for c in m.contributions)
        body += f"<p>Plugs {esc(plugs)}.</p>" if plugs else ""
        body += _section("Who drives whom", diagram(m.name, sources, targets, words))
        body += _section("Equations", _equations(module_equations(model, m.name).equations, known(place)))
        body += _section("Numbers", _numbers(model, m, known(place)))
        pages.append((place, words(m.name), body, f"module: {m.note}", m.name))
        several = [", ".join(link(words(n), f"{slug(n)}.html") for n in names) for names in (sources, targets)]
        size = f"{_count(len(m.states), 'state')}, {_count(len(m.parameters), 'number')}"
        lines.append([link(words(m.name), f"{slug(m.name)}.html"), esc(m.note), size, *several])
    index = table(["module", "what it is", "size", "driven by", "drives"], lines)
    lead = '<p class="lead">Every equation and number of the model. An arrow stands where an equation of one module reads a quantity of another.</p>'
    return [*pages, ("modules/index.html", "Model book", lead + index, "modules, equations, parameters", "")]


def _count(n: int, what: str) -> str:
    return f"{n} {what}" if n == 1 else f"{n} {what}s"


def _section(title: str, body: str) -> str:
    return f"<h2>{title}</h2>{body}" if body else ""


def _equations(equations: Sequence[Any], known: Callable[[str], str]) -> str:
    """Mathematics with the note in words, then the same as text whose names are links."""
    if not equations:
        return ""
    parts = []
    for e in equations:
        unit = "no unit" if e.unit == "1" else e.unit
        parts.append(
            f'<div class="math" tabindex="0" role="group" aria-label="{esc(e.left)}">{mathematics(e.latex)}</div>'
            f'<p class="soft">{esc(f"{e.note}, {unit}" if e.note else unit)}</p>'
        )
    text = linked("\n".join(e.text for e in equations), known)
    return (
        "".join(parts)
        + f"<details><summary>The same as text; a name leads to its module</summary><pre>{text}</pre></details>"
    )


def _numbers(model: Any, module: Any, known: Callable[[str], str]) -> str:
    rows = []
    for q in module.parameters:
        p = model.parameters[q.name]
        source = linked(p.source, known)
        unit = "" if p.unit == "1" else p.unit
        rows.append([f"<code>{esc(p.name)}</code>", f"{p.value:.6g} {esc(unit)}", esc(p.kind), source, esc(p.note)])
    return table(["name", "value", "kind", "source", "note"], rows) if rows else ""
