"""The page of experiments: what was done, what the source says, what the model shows over time, verdict and basis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from osteon.checks.experiments import WORDS, judged, not_run
from osteon.errors import RunFailed
from osteon.io.files import write_atomic
from osteon.replication.experiments import (
    DRAWS,
    Experiment,
    Finding,
    Trajectory,
    arm_trajectories,
    findings_of,
    load_experiment,
)
from osteon.report import figures
from osteon.report.page import provenance, render


def write_experiment_report(path: Path, ids: Sequence[str], draws: int = DRAWS, seed: int = 1) -> list[dict[str, Any]]:
    """Run experiments, write their page, give back their rows as `check_experiments` does."""
    rows, shown = [], []
    for id in ids:
        courses: dict[str, Trajectory] = {}
        findings: tuple[Finding, ...] = ()
        experiment = load_experiment(id)
        try:
            courses = arm_trajectories(experiment, draws, seed)
        except RunFailed as error:
            row = not_run(experiment, error)
        else:
            findings = findings_of(experiment, courses)
            row = judged(experiment, findings)
        rows.append(row)
        looks = [
            {
                "words": f.look.words,
                "typical": f.typical,
                "low": f.low,
                "high": f.high,
                "unit": "fold" if f.look.unit == "1" else f.look.unit,
                "asked": WORDS[f.look.expect].format(*f.look.limits),
                "holds": f.holds,
                "basis": f.look.basis,
            }
            for f in findings
        ]
        figure = figures.arms(points(experiment, courses)) if courses else ""
        shown.append({"row": rows[-1], "design": experiment.design, "reference": experiment.reference} | {
            "looks": looks, "figure": figure
        })  # fmt: skip
    page = render(
        "experiment.html",
        experiments=shown,
        counts=_counts(rows),
        draws=draws,
        provenance=provenance(seed, {"parameter sets an arm": draws}),
    )
    write_atomic(path, page)
    return rows


def points(experiment: Experiment, courses: Mapping[str, Trajectory]) -> list[dict[str, Any]]:
    """Typical value and 90 % interval over time of every output that is looked at, arm by arm."""
    rows = []
    for output in dict.fromkeys(look.output for look in experiment.looks):
        for arm, trajectory in courses.items():
            curve = trajectory.values[output]
            low, high = np.nanquantile(curve[1:] if len(curve) > 1 else curve, [0.05, 0.95], axis=0)
            rows += [
                {"output": output.replace("_", " "), "arm": arm.replace("_", " "), "day": float(day)}
                | {"value": float(curve[0, i]), "lo": float(low[i]), "hi": float(high[i])}
                for i, day in enumerate(trajectory.days)
            ]
    return rows


def _counts(rows: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    return {
        "experiments": len(rows),
        "hold": sum(r["verdict"] == "holds" for r in rows),
        **{basis: sum(r[basis] for r in rows) for basis in ("emergent", "entailed", "fitted")},
    }
