"""The report and the figure of a simulated scenario, written where they are asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def pictured(file: str, result: Any, seed: int, report: str | None, figure: str | None, live: bool) -> str:
    """Write the report and the figure of a scenario that are asked for; where they are, as lines."""
    if not (report or figure):
        return ""
    from osteon.inputs import load_scenario
    from osteon.io.files import write_atomic
    from osteon.report.scenario_page import scenario_svg, write_scenario_report

    scenario, lines = load_scenario(file), ""
    if figure:
        write_atomic(figure, scenario_svg(result.rows, scenario.title or Path(file).stem))
        lines += f"\nFigure: {figure}"
    if report:
        from osteon.report.live_section import live_of_scenario

        doses = [d.sentence() for d in result.doses]
        alive = live_of_scenario(scenario) if live else None
        title = scenario.title or Path(file).stem
        write_scenario_report(Path(report), title, result.rows, result.notes, doses, seed, Path(file).name, alive)
        lines += f"\nReport: {report}"
    return lines
