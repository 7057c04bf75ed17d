"""Figures of a dose-response study: intervals over the dose, never a line of middles alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from osteon.report.figures import PALETTE, grid

Rows = Sequence[dict[str, Any]]
PANELS = (
    ("benefit", "change over none (%)"),
    ("embolism", "chance of an embolus (%)"),
    ("death", "chance of death (%)"),
)
LEAST = 0.01  # percent; a smaller chance of harm is drawn here
SPECIES_COLOURS = ("#7a5195", "#ef9b20", "#1f6f78", "#c8553d", "#3b7dd8")


def by_dose(rows: Rows) -> str:
    """One column a species, one row for the effect and one for each harm; colour = source, dashes = infusion time."""
    species = list(dict.fromkeys(r["species"] for r in rows))
    charts = [_panel(_long(rows, name, panel), title, name) for panel, title in PANELS for name in species]
    return grid(charts, columns=len(species))


def by_capillary(rows: Rows) -> str:
    """All species in one panel over cells for each capillary of the lung: the widest interval of all sources and times."""
    import altair as alt
    import pandas as pd

    charts = []
    for panel, title in PANELS:
        if panel == "benefit":
            continue
        frame = pd.DataFrame(_pooled(rows, panel))
        base = alt.Chart(frame).encode(
            x=alt.X("capillary:Q", title="cells a capillary", scale=alt.Scale(type="log")),
            color=alt.Color("species:N", title=None, sort=None, scale=alt.Scale(range=list(SPECIES_COLOURS))),
        )
        y = alt.Y("low:Q", title=title, scale=alt.Scale(domain=[0, 100]))
        charts.append((base.mark_area(opacity=0.25).encode(y=y, y2="high:Q") + base.mark_line().encode(
            y=alt.Y("high:Q"))).properties(width=420, height=180))  # fmt: skip
    return grid(charts, columns=2)


def _pooled(rows: Rows, panel: str) -> list[dict[str, Any]]:
    """Lowest and highest end at each load of the lung, of doses into a vein where there are any."""
    veins = [r for r in rows if r["route"] == "intravenous"] or list(rows)
    found: dict[tuple[str, float], list[float]] = {}
    for r in veins:
        ends = found.setdefault((r["species"], r["cells_per_capillary"]), [])
        ends += [100 * r[f"{panel}_lo90"], 100 * r[f"{panel}_hi90"]]
    return [{"species": s, "capillary": c, "low": min(v), "high": max(v)} for (s, c), v in found.items()]


def _long(rows: Rows, species: str, panel: str) -> list[dict[str, Any]]:
    own = [r for r in rows if r["species"] == species]
    scale = 1.0 if panel == "benefit" else 100.0
    return [
        {
            "source": r["source"].replace("_", " "),
            "minutes": f"{r['infusion_minutes']:g} min",
            "dose": r["dose_per_kg"],
            "low": _shown(panel, scale * r[f"{panel}_lo90"]),
            "high": _shown(panel, scale * r[f"{panel}_hi90"]),
        }
        for r in own
    ]


def _shown(panel: str, value: float) -> float:
    return value if panel == "benefit" else max(value, LEAST)


def _panel(rows: list[dict[str, Any]], title: str, species: str) -> Any:
    """Band of the first infusion time, upper ends of all: a drip moves harm, and the effect little."""
    import altair as alt
    import pandas as pd

    frame = pd.DataFrame(rows)
    first = frame["minutes"].iloc[0]
    colour = alt.Color("source:N", title=None, sort=None, scale=alt.Scale(range=list(PALETTE)))
    x = alt.X("dose:Q", title="cells/kg", scale=alt.Scale(type="log"), axis=alt.Axis(format=".0e", tickCount=4))
    dash = alt.StrokeDash("minutes:N", title="upper end, given in", sort=None)
    scale = alt.Scale() if "change" in title else alt.Scale(type="log", domain=[LEAST, 100])
    axis = alt.Axis() if "change" in title else alt.Axis(values=[0.01, 0.1, 1, 10, 100], format="~g")
    y: dict[str, Any] = {"title": title, "scale": scale, "axis": axis}
    band = alt.Chart(frame[frame["minutes"] == first]).mark_area(opacity=0.18).encode(
        x=x, y=alt.Y("low:Q", **y), y2="high:Q", color=colour
    )  # fmt: skip
    line = alt.Chart(frame).mark_line(strokeWidth=1.5).encode(
        x=x, y=alt.Y("high:Q", **y), color=colour, strokeDash=dash
    )  # fmt: skip
    outcome = "BMD" if species == "human" else "BV/TV"
    head = f"{species}: {outcome}" if "change" in title else species
    return (band + line).properties(width=250, height=130, title=head)
