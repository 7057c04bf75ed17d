"""The benchmark page: tables and plots, written by the command."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from benchmarks.workloads import a
from osteon.engine.printer import count_nodes
from osteon.engine.program import make_program
from osteon.io.files import write_atomic


def write_page(folder: Path, tables: dict[str, list[dict[str, Any]]], growth: dict[str, Any]) -> None:
    """docs/benchmarks.md and its figure."""
    folder.mkdir(parents=True, exist_ok=True)
    write_atomic(folder / "benchmarks_growth.svg", _figure(growth))
    lines = [
        "# Benchmarks",
        "",
        "Written by `./dev bench --page`. One core, the same exported model, relative tolerance 1e-6, medians of three interleaved repeats; the error is the largest",
        "relative difference of any output at any look from our own run at 1e-11. Ratios, not seconds, are what to compare: the machine is shared.",
        f"Load of the machine when it ended: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors.",
        "",
    ]
    for name, rows in tables.items():
        lines += [
            f"## {name}",
            "",
            "| engine | patients per second | ours is … times as fast | largest error | … times at equal error |",
            "|---|---|---|---|---|",
        ]
        lines += [_row(r) for r in rows] + [""]
    counts = count_nodes(make_program(a().model.traced, ()))
    told = ", ".join(f"{v} {k}" for k, v in sorted(counts.items(), key=lambda kv: -kv[1]))
    lines += [
        "## Growth",
        "",
        "![Seconds against persons and doses](benchmarks_growth.svg)",
        "",
        f"Two threads bring {growth['threads']['two_over_one']:.2f} times one.",
        "",
        "## What limits it",
        "",
        f"One evaluation of the right-hand side of workload A holds {told}. An exponential or logarithm costs about 20 fused operations, a division about ten "
        "cycles for eight lanes, so transcendental functions and divisions are most of the work; eight evaluations, one Jacobian and eight sparse solves make a step. "
        "What is left to gain: fewer steps after a dose, and fewer divisions by constants.",
        "",
    ]
    write_atomic(folder / "benchmarks.md", "\n".join(lines))


def _row(r: dict[str, Any]) -> str:
    even = f"{r['even']:.1f}" if r.get("even") else ""
    return f"| {r['engine']} | {r['per_second']:.2f} | {r['ratio']:.1f} | {r['error']:.1e} | {even} |"


def _figure(growth: dict[str, Any]) -> str:
    import altair as alt
    import pandas as pd

    from osteon.report.figures import OURS, _style, svg

    charts = []
    for name, title in (("persons", "persons, workload A"), ("doses", "daily doses, 64 persons")):
        frame = pd.DataFrame(growth[name])
        x = alt.X(f"{name}:Q", title=title)
        charts.append(
            alt.Chart(frame)
            .mark_line(point=True, color=OURS)
            .encode(x=x, y=alt.Y("seconds:Q", title="seconds"))
            .properties(width=300, height=180)
        )
    return svg(_style(alt.concat(*charts)))
