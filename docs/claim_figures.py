"""The figure of a claim: what its runs show over three years, in the outputs that its judge reads."""

from __future__ import annotations

from collections.abc import Mapping

from osteon.charts import courses
from osteon.charts.drawing import Drawing

MOST = 3  # panels
LINES = 5  # runs


def claim_figures() -> Mapping[str, tuple[str, str, str]]:
    """Claims that are judged on runs of a woman: id -> the figure wide, narrow, and what it shows in words. Takes a minute."""
    from osteon.checks.claims import CHECKED, judged
    from osteon.checks.lab import DAYS, attempt
    from osteon.checks.trace import looking
    from osteon.report.scenario_figures import label
    from osteon.units import DAYS_PER_MONTH

    checks = [c for c in CHECKED.values() if c.runs and not c.twin]
    seen, failed = attempt([run for c in checks for run in c.runs.values()])
    months, found = (DAYS / DAYS_PER_MONTH).tolist(), {}
    for check in checks:
        with looking() as looked:
            judged(check, seen, failed)
        runs = {name: seen[run] for name, run in list(check.runs.items())[:LINES] if run in seen}
        panels = [
            courses.Panel(
                label(output),
                [
                    courses.Line(
                        i + 1,
                        name.replace("_", " "),
                        months,
                        run.curve(output).tolist(),
                        label=name.replace("_", " "),
                        marked=False,
                    )
                    for i, (name, run) in enumerate(runs.items())
                ],
            )
            for output in list(looked)[:MOST]
        ]
        if not panels or not runs:
            continue
        axes = courses.Axes("month", [0, 12, 24, 36], min(2, len(panels)), height=150, zero=False)
        words = f"{check.id}: {', '.join(list(looked)[:MOST])} of the runs {', '.join(runs)} over 36 months"
        drawn: list[Drawing] = [courses.draw(panels, axes, narrow) for narrow in (False, True)]
        found[check.id] = (*(d.file(f"What {check.id} is judged on", words) for d in drawn), words)
    return found
