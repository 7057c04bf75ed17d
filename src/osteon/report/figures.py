"""Figures as Vega-Lite specifications, drawn to SVG so that a page needs nothing from outside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from osteon.replication.cohort_rows import CohortRow, CurvePoint
from osteon.report.tables import NAMES

INK, GRID, OURS, SEEN = "#1f2933", "#e4e7eb", "#1f6f78", "#c8553d"
PALETTE = ("#1f6f78", "#c8553d", "#7a5195", "#ef9b20", "#3b7dd8", "#5c8a3a", "#a0522d", "#8a8d91")


def svg(chart: Any) -> str:
    """A chart as SVG text."""
    import vl_convert

    return str(vl_convert.vegalite_to_svg(chart.to_json()))


def _style(chart: Any) -> Any:
    return (
        chart.configure(font="Helvetica, Arial, sans-serif", background="white")  # first: it clears the others
        .configure_view(stroke=None)
        .configure_axis(
            gridColor=GRID,
            domainColor="#9aa5b1",
            tickColor="#9aa5b1",
            labelColor=INK,
            titleColor=INK,
            titleFontWeight="normal",
        )
        .configure_legend(labelColor=INK, titleColor=INK, labelLimit=320)
        .configure_title(color=INK, anchor="start", fontSize=13, fontWeight="normal")
    )


def trajectory(
    curves: Sequence[CurvePoint], points: Sequence[CohortRow], endpoint: str, arm: str, width: int = 330
) -> Any:
    """One arm and outcome: mean and middle 90 % of virtual women as line and band, published values as points."""
    import altair as alt
    import pandas as pd

    ours = pd.DataFrame([c for c in curves if c["arm"] == arm and c["endpoint"] == endpoint])
    seen = pd.DataFrame(
        [p for p in points if p["arm"] == arm and p["endpoint"] == endpoint], columns=["months", "published"]
    )
    x = alt.X("months:Q", title="month", scale=alt.Scale(nice=False))
    title = f"{NAMES.get(endpoint, endpoint)}, change (%)"
    band = alt.Chart(ours).mark_area(color=OURS, opacity=0.16).encode(x=x, y=alt.Y("lo:Q", title=title), y2="hi:Q")
    line = alt.Chart(ours).mark_line(color=OURS, strokeWidth=2).encode(x=x, y="mean:Q")
    dots = alt.Chart(seen).mark_point(color=SEEN, filled=True, size=46, opacity=0.95).encode(x=x, y="published:Q")
    zero = alt.Chart(pd.DataFrame({"y": [0]})).mark_rule(color="#9aa5b1", strokeDash=[3, 3]).encode(y="y:Q")
    return (zero + band + line + dots).properties(width=width, height=150, title=arm)


def grid(charts: Sequence[Any], columns: int = 3) -> str:
    """Small multiples as one SVG."""
    import altair as alt

    return svg(_style(alt.concat(*charts, columns=columns).resolve_scale(x="independent", y="independent")))


def arms(rows: Sequence[dict[str, Any]]) -> str:
    """Arms of an experiment, one panel an output: typical line and 90 % band over days.

    rows : output, arm, day, value, lo, hi
    """
    import altair as alt
    import pandas as pd

    frame = pd.DataFrame(rows)
    colour = alt.Color("arm:N", title=None, scale=alt.Scale(range=list(PALETTE)))
    charts = []
    for output in dict.fromkeys(frame["output"]):
        base = alt.Chart(frame[frame["output"] == output]).encode(x=alt.X("day:Q", title="day"), color=colour)
        band = base.mark_area(opacity=0.08).encode(y=alt.Y("lo:Q", title=None, scale=alt.Scale(zero=False)), y2="hi:Q")
        line = base.mark_line(strokeWidth=1.8).encode(y=alt.Y("value:Q", title=None))
        charts.append((band + line).properties(width=300, height=140, title=output))
    return grid(charts)
