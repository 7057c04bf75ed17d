"""Figures of the scorecard: errors beside naive forecasts, published against simulated, how often intervals hold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from osteon.replication.cohort_rows import CohortRow, ErrorSummary
from osteon.report.figures import GRID, INK, OURS, PALETTE, SEEN, _style, svg
from osteon.report.tables import NAMES, ROLES

WHO = ("this model", "published model", "class mean", "no change")
COLOURS = (OURS, "#7a5195", "#ef9b20", "#8a8d91")


def error_dots(rows: Sequence[dict[str, Any]]) -> str:
    """RMSE by table, one dot a forecaster. rows: role, endpoint, metric, who, rmse."""
    import altair as alt
    import pandas as pd

    frame = pd.DataFrame([{**r, "outcome": NAMES.get(r["endpoint"], r["endpoint"])} for r in rows])
    charts = []
    for role in [r for r in ROLES if r in set(frame["role"])]:
        for metric, unit in (("points", "RMSE (points)"), ("log fold", "RMSE (log of fold change)")):
            own = frame[(frame["role"] == role) & (frame["metric"] == metric)]
            if own.empty:
                continue
            y = alt.Y("outcome:N", title=None, sort=None)
            colour = alt.Color("who:N", title=None, scale=alt.Scale(domain=list(WHO), range=list(COLOURS)))
            dots = alt.Chart(own).mark_point(filled=True, size=90, opacity=0.9)
            dots = dots.encode(y=y, x=alt.X("rmse:Q", title=unit, scale=alt.Scale(zero=True)), color=colour)
            charts.append(dots.properties(width=330, height=26 * own["outcome"].nunique() + 12, title=ROLES[role]))
    return svg(_style(alt.concat(*charts, columns=2).resolve_scale(x="independent")))


def against_published(rows: Sequence[CohortRow]) -> str:
    """Published values against forecasts with their 90 % interval, one panel an outcome."""
    import altair as alt
    import pandas as pd

    frame = pd.DataFrame([{**r, "table": ROLES.get(r["role"], r["role"])} for r in rows])
    charts = []
    for endpoint in [e for e in NAMES if e in set(frame["endpoint"])]:
        own = frame[frame["endpoint"] == endpoint]
        ends = [float(own[["published", "lo90"]].min().min()), float(own[["published", "hi90"]].max().max())]
        line = (
            alt.Chart(pd.DataFrame({"a": ends})).mark_line(color="#9aa5b1", strokeDash=[3, 3]).encode(x="a:Q", y="a:Q")
        )
        colour = alt.Color("table:N", title=None, scale=alt.Scale(range=list(PALETTE)))
        x = alt.X("published:Q", title="published change (%)")
        bars = (
            alt.Chart(own)
            .mark_rule(opacity=0.35)
            .encode(x=x, y=alt.Y("lo90:Q", title="forecast (%)"), y2="hi90:Q", color=colour)
        )
        dots = alt.Chart(own).mark_point(filled=True, size=40).encode(x=x, y="simulated:Q", color=colour)
        charts.append((line + bars + dots).properties(width=230, height=200, title=NAMES[endpoint]))
    return svg(_style(alt.concat(*charts, columns=3)))


def coverage(scores: Sequence[ErrorSummary], low: float = 0.80, high: float = 0.97) -> str:
    """Share of published values inside the 90 % interval; the shaded band is what is asked for."""
    import altair as alt
    import pandas as pd

    frame = pd.DataFrame(
        [
            {
                "table": f"{ROLES.get(s['role'], s['role'])}: {NAMES.get(s['endpoint'], s['endpoint'])} ({s['rows']})",
                **s,
            }
            for s in scores
        ]
    )
    band = alt.Chart(pd.DataFrame({"a": [low], "b": [high]})).mark_rect(color=GRID).encode(x="a:Q", x2="b:Q")
    dots = alt.Chart(frame).mark_point(filled=True, size=80)
    dots = dots.encode(
        y=alt.Y("table:N", title=None, sort=None, axis=alt.Axis(labelLimit=320)),
        x=alt.X(
            "inside_90:Q",
            title="share inside the 90 % interval",
            scale=alt.Scale(domain=[0, 1]),
            axis=alt.Axis(format="%"),
        ),
        color=alt.condition(f"datum.inside_90 < {low}", alt.value(SEEN), alt.value(OURS)),
    )
    ninety = alt.Chart(pd.DataFrame({"a": [0.9]})).mark_rule(color=INK, strokeDash=[3, 3]).encode(x="a:Q")
    return svg(_style((band + ninety + dots).properties(width=420, height=20 * len(frame))))


def fracture_ratios(rows: Sequence[CohortRow]) -> str:
    """Published and expected ratios of fractures, one line a comparison, on a log axis; open: published with its 95 %."""
    import altair as alt
    import pandas as pd

    made = [
        {
            **r,
            "what": f"{r['cohort']}: {r['arm']}, {r['endpoint'].removeprefix('fracture_').replace('_', ' ')}, month {r['months']:g}",
        }
        for r in rows
    ]
    frame = pd.DataFrame(made)
    charts = []
    for role in [r for r in ROLES if r in set(frame["role"])]:
        own = frame[frame["role"] == role]
        y = alt.Y("what:N", title=None, sort=None, axis=alt.Axis(labelLimit=420))
        scale = alt.Scale(type="log", domain=[0.05, 2.0], clamp=True)
        base = alt.Chart(own).encode(y=y)
        told = base.mark_rule(color=SEEN, strokeWidth=1.5).encode(
            x=alt.X("published_lo:Q", scale=scale), x2="published_hi:Q"
        )
        points = base.mark_point(color=SEEN, size=55).encode(x=alt.X("published:Q", title="ratio", scale=scale))
        ours = base.mark_point(color=OURS, filled=True, size=55).encode(x=alt.X("simulated:Q", scale=scale))
        band = base.mark_rule(color=OURS, opacity=0.25, strokeWidth=6).encode(
            x=alt.X("lo90:Q", scale=scale), x2="hi90:Q"
        )
        one = (
            alt.Chart(pd.DataFrame({"a": [1.0]}))
            .mark_rule(color=INK, strokeDash=[3, 3])
            .encode(x=alt.X("a:Q", scale=scale))
        )
        charts.append(
            (one + band + told + points + ours).properties(width=320, height=18 * len(own), title=ROLES[role])
        )
    return svg(_style(alt.vconcat(*charts)))
