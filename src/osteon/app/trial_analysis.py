"""osteon analyse, compare, calibrate and join: what is asked of runs that are finished, and of the analyses themselves."""

from __future__ import annotations

from typing import Any

from osteon.app.command_result import CommandResult
from osteon.trial.reanalysis import ComparedRow


def analyse(folder: str, plan: str) -> CommandResult:
    """Endpoints of a finished run recomputed as a plan asks; nothing is simulated."""
    from osteon.report.tables import endpoint_table
    from osteon.trial.reanalysis import reanalyse

    rows = reanalyse(folder, plan)
    text = endpoint_table(rows)
    adjusted = [r for r in rows if r.get("p_adjusted") is not None]
    if adjusted:
        lines = [f"  {r['endpoint']}, {r['arm']}: {r['p_adjusted']:.2g}" for r in adjusted]
        text += f"\n\np adjusted over all comparisons ({adjusted[0]['multiplicity']}):\n" + "\n".join(lines)
    for r in rows:
        for look in r.get("looks", []):
            said = "crossed" if look["crossed"] else "not crossed"
            text += f"\n{r['endpoint']}, {r['arm']}, look at {look['information']:g} of {r['looks_of']}: z {look['z']:+.2f}, bound {look['bound']:.2f}, {said}"
    return CommandResult(rows, True, text)


def compare(runs: tuple[str, ...]) -> CommandResult:
    """What differs between runs, and their effects side by side."""
    from osteon.report.tables import effect_of, grid, mean_of
    from osteon.trial.reanalysis import compare_runs

    differs, side_by_side = compare_runs(runs)
    settings = [[r.place, *(_short(r.values[run]) for run in runs)] for r in differs]
    effects = [
        [r.endpoint, f"{r.visit_months:g}", r.arm, *(_effect(r, run, effect_of, mean_of) for run in runs)]
        for r in side_by_side
    ]
    rows = [
        *({"kind": r.kind, "place": r.place, "values": r.values} for r in differs),
        *(r.row() for r in side_by_side),
    ]
    parts = [
        grid(["differs", *runs], settings) if settings else "The study files and settings are the same.",
        grid(["endpoint", "month", "arm", *runs], effects),
    ]
    return CommandResult(rows, True, "\n\n".join(parts))


def _effect(row: ComparedRow, run: str, effect_of: Any, mean_of: Any) -> str:
    own = row.runs.get(run)
    if own is None:
        return "not in this run"
    whole = {"mean": None, "as": row.as_, "events": 0, **own}
    return str(effect_of(whole) or mean_of(whole))


def _short(value: Any) -> str:
    return "(absent)" if value is None else str(value)[:60]


def calibrate(what: str, trials: int | None, seed: int) -> CommandResult:
    """Type I error or power of the analyses over trials drawn in memory: exit 1 where one does not hold."""
    from osteon.report.tables import grid
    from osteon.trial.calibration import power, type_one

    rows: list[dict[str, Any]] = (type_one if what == "type1" else power)(trials, seed)
    body = [
        [
            str(r["analysis"]),
            str(r["trials"]),
            f"{r['share']:.4f}",
            f"{r['expected']:.4f}",
            f"{r['tolerance']:.4f}",
            "" if r["coverage"] is None else f"{r['coverage']:.4f}",
            "holds" if r["holds"] else "does not hold",
        ]
        for r in rows
    ]
    head = ["analysis", "trials", "share p < 0.05", "expected", "tolerance", "coverage of 95 %", "verdict"]
    return CommandResult(rows, all(bool(r["holds"]) for r in rows), grid(head, body))


def join(out: str, parts: tuple[str, ...]) -> CommandResult:
    """One run of its parts, and its report."""
    from osteon.app.actions import finished_run
    from osteon.trial.run import join as join_run

    return finished_run(out, join_run(out, parts))
