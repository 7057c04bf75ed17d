"""Figures of a dose-response study: intervals over the dose, never a line of middles alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from osteon.charts import courses
from osteon.charts.scales import log_ticks, power_of_ten
from osteon.report.blocks import Figure, arm_name, joined

Rows = Sequence[dict[str, Any]]
PANELS = (
    ("benefit", "change, %"),
    ("embolism", "embolus, %"),
    ("death", "death, %"),
)
BANDS = (
    "Bands: 90 % of parameter draws at the first infusion time of the file; thin lines: upper ends at the other infusion times. A slow drip "
    "spreads the load on the lung and lets cells die in the bag. Into arteries the opposite was seen in rats: slower was worse."
)
MIN_HARM_DRAWN = 0.01  # percent; a smaller chance of harm is drawn here


def by_dose(rows: Rows, route: str) -> Figure:
    """One panel a species for the effect and for each harm; colour = source; the slow drips as thin upper ends."""
    species = list(dict.fromkeys(r["species"] for r in rows))
    panels = [_panel(rows, name, panel, words) for panel, words in PANELS for name in species]
    ticks = _doses(rows, "dose_per_kg")
    axes = courses.Axes(
        "cells/kg",
        ticks,
        len(species),
        log_x=True,
        height=130,
        words={t: _small(t) for t in ticks},
    )
    return Figure(
        f"Effect and harm over the dose, {route.replace('_', ' ')}",
        lambda narrow: courses.draw(panels, axes, narrow),
        _described(rows),
        joined([_sources(rows), BANDS]),
        "Chances of harm on a logarithmic axis; below 0.01 % they are drawn at 0.01 %",
        [("know", "90 % of parameter draws"), ("ghost", "upper end at slower infusions")],
        [{k: v for k, v in r.items() if not isinstance(v, list | dict)} for r in rows],
    )


def _sources(rows: Rows) -> Markup:
    """Names of the cells in their colours."""
    sources = list(dict.fromkeys(r["source"] for r in rows))
    names = [arm_name(s.replace("_", " "), i + 1) for i, s in enumerate(sources)]
    return joined([joined(["Cells of", joined(names, ", ")]), "."], "")


def _doses(rows: Rows, key: str) -> list[float]:
    values = [r[key] for r in rows if r[key] and r[key] > 0]
    return log_ticks(min(values), max(values))


def _panel(rows: Rows, species: str, panel: str, words: str) -> courses.Panel:
    """Bands of the first infusion time, upper ends of the others."""
    own = [r for r in rows if r["species"] == species]
    sources = list(dict.fromkeys(r["source"] for r in rows))
    first = own[0]["infusion_minutes"]
    lines = []
    for source in sources:
        for minutes in dict.fromkeys(r["infusion_minutes"] for r in own):
            some = sorted(
                (r for r in own if r["source"] == source and r["infusion_minutes"] == minutes),
                key=lambda r: r["dose_per_kg"],
            )
            some = [r for r in some if r["dose_per_kg"] > 0]
            if not some:
                continue
            x = [r["dose_per_kg"] for r in some]
            low, high = ([_shown(panel, r[f"{panel}_{end}90"]) for r in some] for end in ("lo", "hi"))
            number = sources.index(source) + 1
            if minutes == first:
                lines.append(courses.Line(number, source, x, [float("nan")] * len(x), know=(low, high)))
                lines.append(
                    courses.Line(number, source, x, high, label=source.replace("_", " "), marked=False, dash="")
                )
            else:
                lines.append(courses.Line(number, source, x, high, ghost=True))
    outcome = "BMD" if species == "human" else "BV/TV"
    title = (
        f"{species.capitalize()}: {outcome}, change in %" if panel == "benefit" else f"{species.capitalize()}: {words}"
    )
    return courses.Panel(title, lines, panel + (outcome if panel == "benefit" else ""), log=panel != "benefit")


def _shown(panel: str, value: float) -> float:
    return float(value) if panel == "benefit" else max(100 * value, MIN_HARM_DRAWN)


def _described(rows: Rows) -> str:
    parts = []
    for species in dict.fromkeys(r["species"] for r in rows):
        own = [r for r in rows if r["species"] == species]
        top = max(own, key=lambda r: r["dose_per_kg"])
        parts.append(
            f"{species} at {power_of_ten(top['dose_per_kg'])} cells/kg ({top['source'].replace('_', ' ')}): effect {top['benefit_lo90']:.2g} to {top['benefit_hi90']:.2g} %, "
            f"embolus up to {100 * top['embolism_hi90']:.2g} %, death up to {100 * top['death_hi90']:.2g} %"
        )
    return "; ".join(parts) + "."


def by_capillary(rows: Rows) -> Figure:
    """All species in one panel over cells for each capillary of the lung: the widest interval of all sources and times."""
    species = list(dict.fromkeys(r["species"] for r in rows))
    panels, data = [], []
    for panel, words in PANELS[1:]:
        lines = []
        for i, name in enumerate(species):
            points = _pooled(rows, panel, name)
            x = [p["capillary"] for p in points]
            low, high = (
                [max(p["low"], MIN_HARM_DRAWN) for p in points],
                [max(p["high"], MIN_HARM_DRAWN) for p in points],
            )
            lines.append(courses.Line(i + 1, name, x, [float("nan")] * len(x), know=(low, high)))
            lines.append(courses.Line(i + 1, name, x, high, label=name, marked=False, dash=""))
            data += [{"harm": panel, "species": name, **p} for p in points]
        panels.append(courses.Panel(f"{words[0].upper()}{words[1:]}", lines, "harm", log=True))
    ticks = log_ticks(min(d["capillary"] for d in data), max(d["capillary"] for d in data))
    axes = courses.Axes("cells a capillary", ticks, 2, log_x=True, height=160, words={t: _small(t) for t in ticks})
    words = "; ".join(
        f"{d['species']} at {d['capillary']:.1g} cells a capillary: {d['harm']} up to {d['high']:.2g} %"
        for d in data[-3:]
    )
    return Figure(
        "The same doses over cells a capillary of the lung", lambda narrow: courses.draw(panels, axes, narrow), words + ".",
        "If cells a kilogram set the harm, the bands of the species lie apart here; if capillaries set it, they lie on the mouse's.",
        "Widest interval of all sources and infusion times; doses into a vein where there are any", [("know", "90 % of parameter draws, widest")], data,
    )  # fmt: skip


def _small(value: float) -> str:
    """A power of ten as a number of an axis.

    >>> _small(1e-5), _small(10.0), _small(1e7)
    ('10⁻⁵', '10', '10⁷')
    """
    if 0.01 <= value < 1e4:
        return f"{value:g}"
    if value >= 1e4:
        return power_of_ten(value).removeprefix("1\u00a0×\u00a0")
    power = f"{value:.0e}".split("e")[1].lstrip("-0")
    return "10⁻" + power.translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))


def _pooled(rows: Rows, panel: str, species: str) -> list[dict[str, float]]:
    """Lowest and highest end at each load of the lung, of doses into a vein where there are any."""
    veins = [r for r in rows if r["route"] == "intravenous"] or list(rows)
    found: dict[float, list[float]] = {}
    for r in veins:
        if r["species"] == species and r["cells_per_capillary"] and r["cells_per_capillary"] > 0:
            found.setdefault(r["cells_per_capillary"], []).extend(
                [100 * (r[f"{panel}_lo90"] or 0.0), 100 * r[f"{panel}_hi90"]]
            )
    return [{"capillary": c, "low": min(v), "high": max(v)} for c, v in sorted(found.items())]
