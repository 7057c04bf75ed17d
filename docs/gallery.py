"""Figures of the site: each as a file for a light and for a dark page, wide and narrow; and the gallery of what the example files show."""

from __future__ import annotations

import colorsys
import re
import tomllib
from collections.abc import Mapping
from html import escape
from pathlib import Path

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
_COLOUR = re.compile(r'(?<=")(#[0-9a-fA-F]{6}|#[0-9a-fA-F]{3}|white|black)(?=")')
_PLAIN = {"white": "#ffffff", "black": "#000000"}
CARD, INK = 0.135, 0.92  # lightness of a dark card and of its text
GREY = 0.12  # difference of the strongest and the weakest of red, green, blue below which a colour is a grey


def dark(svg: str) -> str:
    """A figure for a dark page: greys are turned round, colours are lightened until they stand out on the card.

    >>> dark('<rect fill="white"/><text fill="#000000"/><path stroke="#006154"/>')
    '<rect fill="#1e2227"/><text fill="#e8ebed"/><path stroke="#74dcce"/>'
    """
    return _COLOUR.sub(lambda m: _darkened(m[1]), svg)


def _darkened(colour: str) -> str:
    text = _PLAIN.get(colour, colour)[1:]
    text = "".join(2 * c for c in text) if len(text) == 3 else text
    red, green, blue = (int(text[i : i + 2], 16) / 255 for i in (0, 2, 4))
    hue, light, strength = colorsys.rgb_to_hls(red, green, blue)
    if max(red, green, blue) - min(red, green, blue) < GREY:
        hue, light, strength = 0.585, INK - light * (INK - CARD), 0.12
    else:
        light, strength = max(light, 0.66), min(strength, 0.6)
    return "#" + "".join(f"{round(255 * v):02x}" for v in colorsys.hls_to_rgb(hue, light, strength))


def picture(figures: dict[str, str], name: str, svg: str, alt: str, root: str, narrow: str = "") -> str:
    """Keep a figure as files under its name, and give the HTML that shows the one that fits the page. root : way to the top of the site."""
    kinds = {name: svg, f"{name}-dark": dark(svg)}
    kinds |= {f"{name}-narrow": narrow, f"{name}-narrow-dark": dark(narrow)} if narrow else {}
    figures.update({f"{k}.svg": v for k, v in kinds.items()})
    small, night = "(max-width:620px)", "(prefers-color-scheme:dark)"
    asked = [(f"{name}-narrow-dark", f"{small} and {night}"), (f"{name}-narrow", small)] if narrow else []
    sources = "".join(
        f'<source media="{media}" srcset="{root}figures/{k}.svg">' for k, media in (*asked, (f"{name}-dark", night))
    )
    return f'<picture>{sources}<img src="{root}figures/{name}.svg" alt="{escape(alt)}"></picture>'


def examples() -> Mapping[str, str]:
    """Example files that one run shows: name -> title. Studies of many patients have reports of their own."""
    found = {}
    for path in sorted(EXAMPLES.glob("*.toml")):
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        if ("person" in table or "animal" in table) and "output" in table:
            found[path.stem] = str(table.get("title", path.stem.replace("_", " ")))
    return found


def gallery(figures: dict[str, str], others: Mapping[str, str]) -> str:
    """The page: every example that one run shows, with its command; then the other figures of the site (name -> words)."""
    from osteon.app.scenarios import simulate_table
    from osteon.report.scenario_figures import sentences
    from osteon.report.scenario_page import figure

    parts = ['<p class="lead">Every figure is made from the files of the product when the site is built.</p>']
    for name, title in examples().items():
        path = EXAMPLES / f"{name}.toml"
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        rows = simulate_table(table, path.name, EXAMPLES, 1, full=False).rows
        shown, said = figure(rows), sentences([dict(r) for r in rows])
        drawn = [shown.drawing(narrow).file(title, shown.description) for narrow in (False, True)]
        pictured = picture(figures, f"example_{name}", drawn[0], shown.description, "", drawn[1])
        parts.append(
            f"<h2>{escape(title)}</h2><figure>{pictured}<figcaption>{escape(' '.join(said[:2]))}</figcaption></figure>"
            f"<pre>osteon simulate examples/{name}.toml --figure {name}.svg</pre>"
        )
    parts += ["<h2>Model beside data</h2>"]
    for name, words in others.items():
        parts.append(
            f"<figure>{picture(figures, name, figures[f'{name}.svg'], words, '')}<figcaption>{escape(words)}</figcaption></figure>"
        )
    return "".join(parts)
