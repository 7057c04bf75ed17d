"""Plots of the benchmark page, from what is kept."""

from __future__ import annotations

from typing import Any

from benchmarks.results import persons_of
from osteon.report.figures import INK, OURS, SEEN, _style, svg

ORDER = (
    "osteon",
    "CasADi, CVODES",
    "libRoadRunner",
    "libRoadRunner, SBML as exported",
    "diffrax Kvaerno5, vmap 64",
    "SciPy LSODA, Python model",
)


def speed_plot(kept: dict[str, Any]) -> str:
    """Patients a second of every engine on both workloads, on a logarithmic scale; "" where there is nothing."""
    import altair as alt
    import pandas as pd

    rows = _speeds(kept)
    if not rows:
        return ""
    charts = []
    for work in sorted({r["work"] for r in rows}):
        frame = pd.DataFrame([r for r in rows if r["work"] == work])
        y = alt.Y("engine:N", title=None, sort=list(ORDER), axis=alt.Axis(labelLimit=260))
        x = alt.X("rate:Q", title="patients a second, one core, rtol 1e-6", scale=alt.Scale(type="log"))
        colour = alt.condition(alt.datum.engine == "osteon", alt.value(OURS), alt.value(SEEN))
        dots = alt.Chart(frame).mark_point(filled=True, size=90, opacity=1).encode(x=x, y=y, color=colour)
        told = alt.Chart(frame).mark_text(align="left", dx=9, color=INK).encode(x=x, y=y, text="told:N")
        charts.append((dots + told).properties(width=380, height=alt.Step(24), title=work))
    return svg(_style(alt.vconcat(*charts)))


def _speeds(kept: dict[str, Any]) -> list[dict[str, Any]]:
    found: dict[tuple[str, str], float] = {}
    for name, piece in kept.items():
        if not name.endswith(("-a", "-b")) or name.startswith("builds"):
            continue
        for r in piece["found"]["rows"]:
            engine = (
                "libRoadRunner"
                if r["engine"].startswith("libRoadRunner, a") or "events" in r["engine"]
                else r["engine"]
            )
            if " at 0" in engine or " at 1e" in engine:
                continue
            key = (piece["found"]["workload"], engine)
            found[key] = max(found.get(key, 0.0), 1 / r["seconds"])
    return [{"work": w, "engine": e, "rate": r, "told": f"{r:.3g}"} for (w, e), r in found.items()]


def growth_plots(kept: dict[str, Any]) -> str:
    """Time against persons, states and doses, and memory against persons; "" where there is nothing."""
    import altair as alt

    charts = []
    rows = persons_of(kept)
    if rows:
        logs = {"x": "log", "y": "log"}
        charts.append(_line(rows, "persons", "seconds", "persons, workload A", "processor seconds", logs))
        charts.append(_line(rows, "persons", "memory_mb", "persons, workload A", "highest memory (MB)", {"x": "log"}))
    if "states" in kept:
        rows = [r | {"each": 1e6 * r["seconds"] / r["steps"]} for r in kept["states"]["found"]]
        charts.append(_line(rows, "states", "each", "states of the model", "µs a step of a patient"))
    if "doses" in kept:
        charts.append(
            _line(
                kept["doses"]["found"],
                "doses",
                "seconds",
                "daily doses within two years",
                "processor seconds, 64 persons",
            )
        )
    return svg(_style(alt.concat(*charts, columns=2))) if charts else ""


def _line(
    rows: list[dict[str, Any]], x: str, y: str, under: str, benefit_risk: str, scales: dict[str, str] | None = None
) -> Any:
    import altair as alt
    import pandas as pd

    kinds = {"x": "linear", "y": "linear", **(scales or {})}
    across = alt.X(
        f"{x}:Q", title=under, scale=alt.Scale(type=kinds["x"], zero=x != "states"), axis=alt.Axis(tickCount=5)
    )
    up = alt.Y(f"{y}:Q", title=benefit_risk, scale=alt.Scale(type=kinds["y"]))
    return (
        alt.Chart(pd.DataFrame(rows))
        .mark_line(point=alt.OverlayMarkDef(color=OURS, size=45), color=OURS)
        .encode(x=across, y=up)
        .properties(width=280, height=180)
    )
