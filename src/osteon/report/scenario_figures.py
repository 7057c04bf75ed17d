"""A scenario as a figure and in sentences, from its rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from osteon.evidence.outcome import MEASURED
from osteon.report.figures import OURS, _style
from osteon.simulation.scenario import ScenarioRow

Rows = Sequence[ScenarioRow]
CHANGES = {"percent": "change (%)", "1": "ratio"}
STEADY = 0.05  # smallest change in percent that is told as one


def scenario_figure(rows: Rows, width: int = 420, height: int = 220) -> Any:
    """An Altair chart, one panel an output: the typical person as a line, 90 % of parameter draws as a band.

    rows : months, output, value, lo90, hi90, unit, evidence; no interval, no band
    """
    import altair as alt

    charts = [
        _panel(alt, [r for r in rows if r["output"] == o], width, height)
        for o in dict.fromkeys(r["output"] for r in rows)
    ]
    return _style(charts[0] if len(charts) == 1 else alt.concat(*charts, columns=2))


def _panel(alt: Any, rows: Rows, width: int, height: int) -> Any:
    import pandas as pd

    frame = pd.DataFrame(rows)
    unit = rows[0]["unit"]
    x = alt.X("months:Q", title="month", scale=alt.Scale(nice=False))
    y = alt.Y("value:Q", title=CHANGES.get(unit, unit), scale=alt.Scale(zero=unit == "percent"))
    tips = ["months", "value", "lo90", "hi90"]
    layers = [alt.Chart(frame).mark_line(color=OURS, strokeWidth=2).encode(x=x, y=y, tooltip=tips)]
    if rows[0]["lo90"] is not None:
        band = alt.Chart(frame).mark_area(color=OURS, opacity=0.16)
        layers.insert(0, band.encode(x=x, y=alt.Y("lo90:Q", title=CHANGES.get(unit, unit)), y2="hi90:Q"))
    title = f"{label(rows[0]['output'])} · {rows[0]['evidence']} data"
    return alt.layer(*layers).properties(width=width, height=height, title=title)


def label(output: str) -> str:
    """An output in words.

    >>> label("bmd_total_hip"), label("t_total_hip"), label("pth")
    ('total hip BMD', 'total hip T-score', 'PTH')
    """
    record = MEASURED.get(output)
    if record and record.scale == "score":
        return f"{output.removeprefix('t_').replace('_', ' ')} T-score"
    if record:
        return record.words
    words = output.replace("bvtv", "BV/TV", 1)
    return words.upper() if len(words) <= 4 else words.replace("_", " ")


def sentences(rows: Rows) -> list[str]:
    """What happens to each output, a sentence each: its extreme, where it ends, how sure that is, what it rests on."""
    return [_sentence([r for r in rows if r["output"] == o]) for o in dict.fromkeys(r["output"] for r in rows)]


def _sentence(rows: Rows) -> str:
    name, unit, last = label(rows[0]["output"]), rows[0]["unit"], rows[-1]
    text = f"{name[0].upper()}{name[1:]}"
    if unit == "percent":
        far = max(rows, key=lambda r: abs(r["value"]))
        if abs(far["value"]) < STEADY:
            text += f" stays within {STEADY:g} % of month 0 until month {last['months']:.4g}"
        else:
            text += f" {_moved(last['value'])} by month {last['months']:.4g}"
            if abs(abs(far["value"]) - abs(last["value"])) >= STEADY:
                text += f", after {_change(far['value'])} at month {far['months']:.4g}"
    else:
        shown = "" if unit == "1" else f" {unit}"
        text += f" goes from {rows[0]['value']:.4g} at month {rows[0]['months']:.4g} to {last['value']:.4g}{shown}"
        text += f" at month {last['months']:.4g}"
    if last["lo90"] is not None:
        percent = " %" if unit == "percent" else ""
        text += f" (90 % of parameter draws: {last['lo90']:.3g} to {last['hi90']:.3g}{percent})"
    return f"{text}. It rests on {_basis(last['evidence'])}."


def _moved(value: float) -> str:
    return (
        f"is {abs(value):.1f} % {'higher' if value > 0 else 'lower'}"
        if abs(value) >= STEADY
        else "is back at month 0's level"
    )


def _change(value: float) -> str:
    return f"{value:+.1f} %"


def _basis(evidence: str) -> str:
    return {"human": "human data", "animal": "animal data", "assumed": "assumption"}.get(evidence, evidence)
