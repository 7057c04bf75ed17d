"""Which number matters, as figures: a tornado or bars for one output, a heat map of numbers against outputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from osteon.report.figures import GRID, INK, OURS, SEEN, _style
from osteon.report.scenario_figures import CHANGES, label

Rows = Sequence[dict[str, Any]]
SENSITIVITY_FIGURES_MEASURES = {
    "shapley": "share of the variance (Shapley)",
    "total": "total share of the variance",
    "mu_star": "mu*",
}
BARS, SENSITIVITY_FIGURES_CELLS = 15, 20  # numbers shown
KIND_COLOURS = {"fitted": OURS, "assumed": SEEN, "derived": "#7a5195", "measured": "#8a8d91"}


def measure_of(row: dict[str, Any]) -> str:
    """The measure that a row is ranked by; "range" where each number was moved alone."""
    return next((m for m in SENSITIVITY_FIGURES_MEASURES if row.get(m) is not None), "range")


def size(row: dict[str, Any]) -> float:
    """What a row is ranked by."""
    name = measure_of(row)
    if name != "range":
        return float(row[name])
    return abs(row["high"] - row["low"]) if row["high"] is not None and row["low"] is not None else 0.0


def title_of(row: dict[str, Any]) -> str:
    """Output, arm and month in words."""
    where = f", {row['where']}" if row["where"] else ""
    return f"{label(row['output'])}{where}, month {row['months']:.3g}"


def tornado(rows: Rows, width: int = 420) -> Any:
    """Bars of one output, the largest on top: from the 5th to the 95th percentile of each prior, or shares of the variance."""
    import altair as alt
    import pandas as pd

    own = sorted((r for r in rows if r["rank"] <= BARS), key=lambda r: r["rank"])
    order = [r["parameter"] for r in own]
    name = measure_of(own[0])
    kinds = [k for k in KIND_COLOURS if k in {r["kind"] for r in own}]
    colour = alt.Color(
        "kind:N", title="kind of number", scale=alt.Scale(domain=kinds, range=[KIND_COLOURS[k] for k in kinds])
    ).legend(orient="bottom")
    y = alt.Y("parameter:N", sort=order, title=None, axis=alt.Axis(labelLimit=190))
    frame = pd.DataFrame(own)
    tips = ["parameter", "kind", "prior"]
    if name != "range":
        x = alt.X(f"{name}:Q", title=SENSITIVITY_FIGURES_MEASURES[name])
        bars = alt.Chart(frame).mark_bar().encode(x=x, y=y, color=colour, tooltip=[*tips, name])
        return _style(bars.properties(width=width, height=18 * len(own), title=title_of(own[0])))
    unit = CHANGES.get(own[0]["output_unit"], own[0]["output_unit"])
    x = alt.X("low:Q", title=unit, scale=alt.Scale(zero=False))
    bars = alt.Chart(frame).mark_bar().encode(x=x, x2="high:Q", y=y, color=colour, tooltip=[*tips, "low", "high"])
    middle = alt.Chart(frame.head(1)).mark_rule(color=INK).encode(x="typical:Q")
    # which end is the high value of the number: a dot there
    dots = alt.Chart(frame).mark_point(filled=True, color=INK, size=22, opacity=1).encode(x="high:Q", y=y)
    subtitle = "each number alone, 5th to 95th percentile of its prior; dot: its high value"
    title = alt.TitleParams(title_of(own[0]), subtitle=subtitle, subtitleColor=INK, subtitleFontSize=11)
    return _style((bars + middle + dots).properties(width=width, height=18 * len(own), title=title))


def heat_map(rows: Rows, width: int = 36) -> Any:
    """Numbers against outputs: each cell its size over the largest of its output."""
    import altair as alt
    import pandas as pd

    largest: dict[str, float] = {}
    for r in rows:
        largest[title_of(r)] = max(largest.get(title_of(r), 0.0), size(r))
    table = [
        {"parameter": r["parameter"], "output": title_of(r), "share": size(r) / largest[title_of(r)]}
        for r in rows
        if largest[title_of(r)] > 0
    ]
    most: dict[str, float] = {}
    for t in table:
        most[t["parameter"]] = max(most.get(t["parameter"], 0.0), t["share"])
    shown = sorted(most, key=lambda n: -most[n])[:SENSITIVITY_FIGURES_CELLS]
    frame = pd.DataFrame([t for t in table if t["parameter"] in shown])
    outputs = list(dict.fromkeys(t["output"] for t in table))
    x = alt.X("output:N", sort=outputs, title=None, axis=alt.Axis(labelAngle=-35, labelLimit=260))
    y = alt.Y("parameter:N", sort=shown, title=None, axis=alt.Axis(labelLimit=190))
    colour = alt.Color("share:Q", title="of the largest", scale=alt.Scale(range=[GRID, OURS], domain=[0, 1]))
    cells = alt.Chart(frame).mark_rect().encode(x=x, y=y, color=colour, tooltip=["parameter", "output", "share"])
    return _style(cells.properties(width=max(160, width * len(outputs)), height=16 * len(shown)))
