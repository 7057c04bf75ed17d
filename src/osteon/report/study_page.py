"""The page of a run: endpoints first, then courses, people, what it rests on, provenance."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from osteon.inputs import Study, read_study
from osteon.interventions import CARDS
from osteon.io import toml
from osteon.io.files import write_atomic
from osteon.io.outcome_store import mean_ratios, read_parquet
from osteon.io.run_folder import read_manifest, register
from osteon.report import figures
from osteon.report.benefit_risk import benefit_risk, harm_panels
from osteon.report.page import made_by, provenance, render
from osteon.report.tables import FRACTURE_LABELS, NAMES
from osteon.report.trial_planning import counted, plain_name, plans
from osteon.simulation.harms import N_EXPOSURE_PERSONS
from osteon.trial.run import STANDARD

SHOWN = 5_000  # patients who stand for all in the figure of covariates


def write_study_report(folder: Path) -> Path:
    """Write report.html into a finished run folder and put it under its checksums."""
    manifest = read_manifest(folder)
    study = read_study(toml.read(folder / "study.toml"), "study.toml")
    result = json.loads((folder / "endpoints.json").read_text(encoding="utf-8"))
    celled = [a.name for a in study.arm if a.cells]
    people = read_parquet([folder / "patients.parquet"], "patient").head(SHOWN)
    page = render(
        "study.html",
        title=study.title,
        question=study.question,
        patients=result["patients"],
        failed=result["failed"],
        rows=result["endpoints"],
        **_planning(result),
        knowledge=result.get("knowledge", []),
        plans=plans(result.get("knowledge", [])),
        plain_name=plain_name,
        counted=counted,
        unknown_bars=figures.unknown_bars(result["knowledge"]) if result.get("knowledge") else "",
        cells=result.get("cells", []),
        benefit_risk=benefit_risk(result),
        doses=result.get("doses", []),
        harms=result.get("harms", []),
        harm_persons=min(N_EXPOSURE_PERSONS, result["patients"]),
        harm_panels=harm_panels(result["harms"]) if any(h["causes"] for h in result.get("harms", [])) else "",
        labels=NAMES | FRACTURE_LABELS,
        broken=any(r["as"] == "incidence" for r in result["endpoints"]),
        bars=figures.endpoint_bars(result["endpoints"]),
        visits=figures.visits(_courses(folder, manifest, celled)) if len(celled) < len(study.arm) else "",
        celled=celled,
        people=figures.people(SimpleNamespace(covariates={c: people[c].to_numpy() for c in people.columns})),
        assumptions=result.get("assumptions", []),
        evidence=_evidence(study),
        provenance=provenance(
            manifest["settings"]["seed"],
            {"study file (SHA-256)": manifest["study_sha256"], "relative tolerance": manifest["settings"]["rtol"]}
            | made_by(manifest),
        ),
    )
    write_atomic(folder / "report.html", page)
    register(folder, ["report.html"])
    return folder / "report.html"


def _planning(result: dict[str, Any]) -> dict[str, Any]:
    """Power and what is unknown for everybody, where the run has them; and how several trials came out."""
    keys = (
        "expected_difference",
        "expected_ratio",
        "prediction_lo",
        "prediction_hi",
        "prediction_levels",
        "patients_needed_90",
    )
    rows = [r for r in result["endpoints"] if r.get("power") is not None]
    several = [r for r in result["endpoints"] if r.get("results_sd") is not None]
    return {
        "levels": result.get("levels", ""),
        "planned": [dict.fromkeys(keys) | r for r in rows],
        "curves": result.get("power", []),
        "trials": several,
        "trial_count": max((r["trials"] for r in several), default=1),
    }


def _courses(folder: Path, manifest: dict[str, Any], left_out: Sequence[str]) -> list[dict[str, Any]]:
    """Mean percent change of each arm, visit and standard output, but of arms left out."""
    means = mean_ratios([folder / c["file"] for c in manifest["chunks"]], STANDARD)
    return [
        {"arm": a, "visit": v, "output": o, "change": 100 * (m - 1)}
        for (o, a, v), m in means.items()
        if a not in left_out
    ]


def _evidence(study: Study) -> str:
    cells = any(a.cells for a in study.arm)
    drugs = sorted({r.drug for a in study.arm for r in a.regimen})
    parts = [f"{d}: {CARDS[d].evidence} data" for d in drugs]
    beyond = [
        f"{r.drug} {r.dose} lies beyond the largest studied dose (extrapolated)"
        for a in study.arm
        for r in a.regimen
        if r.extrapolated
    ]
    parts += ["what cells do in people: assumed, carried over from animals"] if cells else []
    return (
        "; ".join([*parts, *beyond]) + "."
        if parts or beyond
        else "No drug is given; natural history rests on human data."
    )
