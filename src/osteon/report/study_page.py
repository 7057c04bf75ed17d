"""The report of a study: the answer first, then what was done, to whom, what happened, what it costs, how far to trust it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from osteon.io.files import write_atomic
from osteon.io.run_folder import register
from osteon.report import study_answer, study_balance, study_design, study_limits, study_planning, study_results
from osteon.report.blocks import Report, Section, provenance_section
from osteon.report.live_section import live_of_study
from osteon.report.page import made_by, provenance, render_report
from osteon.report.study_data import StudyRun, load_run


def write_study_report(folder: Path, distance: Sequence[Mapping[str, Any]] = (), live: bool = False) -> Path:
    """Write report.html into a finished run folder and put it under its checksums.

    distance : how far the study lies from the evidence, row by row (what, words, outside); none: that part is left out
    live     : whether the living page of the study's drugs is inside (350 kB)
    """
    run = load_run(folder)
    report = study_report(run, distance)
    if live:
        report = report.with_section(Section("live", "Try it yourself", [live_of_study(run.study)]), "limits")
    write_atomic(folder / "report.html", render_report(report))
    register(folder, ["report.html"])
    return folder / "report.html"


def study_report(run: StudyRun, distance: Sequence[Mapping[str, Any]] = ()) -> Report:
    """The report of a finished run."""
    arms = len(run.arms)
    about = [
        "Virtual trial",
        f"{int(run.result['patients']):,} patients, {arms} arm{'s' if arms > 1 else ''}, {run.months:g} months",
        *([f"{run.trials:,} trials"] if run.trials > 1 else []),
        *(
            [f"{run.result['failed']} could not be simulated and are counted as missing"]
            if run.result["failed"]
            else []
        ),
    ]
    sections = [
        study_answer.answer(run),
        study_design.design(run),
        study_design.flow(run),
        study_design.baseline(run),
        study_planning.unknown(run),
        study_results.over_time(run),
        study_results.effects(run),
        study_results.fractures(run),
        study_results.single_patients(run),
        study_balance.balance(run),
        study_balance.cells(run),
        study_planning.power(run),
        study_limits.limits(run, distance, shipped_scorecard()),
        study_limits.methods(run),
        _provenance(run),
    ]
    return Report(run.study.title, about, [s for s in sections if s is not None])


def _provenance(run: StudyRun) -> Any:
    settings = run.manifest["settings"]
    more = {"study file (SHA-256)": run.manifest["study_sha256"], "relative tolerance": settings["rtol"]}
    again = f"osteon run study.toml --out again --seed {settings['seed']} --patients {settings['patients']}"
    return provenance_section(provenance(settings["seed"], more | made_by(run.manifest)), again)


def shipped_scorecard() -> dict[str, Any]:
    """Figures of the last scorecard; empty where none is shipped."""
    path = files("osteon") / "data" / "validation.json"
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else {}
