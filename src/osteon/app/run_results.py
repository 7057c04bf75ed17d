"""What a finished run holds, as rows and frames; nothing is computed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from osteon.errors import Fault, InputError
from osteon.simulation.harms import HarmRow

PLAN = (
    "endpoint", "visit_months", "arm", "compare", "n", "difference", "ratio", "p", "alpha",
    "power", "assurance", "uncertainty_share", "patients_needed_90", "events_needed_90",
)  # fmt: skip


def results_of(folder: Path) -> dict[str, Any]:
    """endpoints.json of a finished run. Raises InputError where there is none or it is not finished, CorruptData."""
    from osteon.io.run_folder import read_manifest
    from osteon.io.run_resume import refuse_other_folder

    manifest = read_manifest(folder)
    refuse_other_folder(manifest)
    if manifest["state"] != "finished":
        hint = f"Run 'osteon resume {folder}' first."
        text = f"The run is not finished. {hint}"
        raise InputError(Fault("not_finished", str(folder), manifest["state"], "finished", hint, text))
    result: dict[str, Any] = json.loads((folder / "endpoints.json").read_text(encoding="utf-8"))
    return result


def outcomes_of(folder: Path) -> Any:
    """Measured outcomes of all patients, a frame: patient, arm, visit (months), output, value, reason."""
    from osteon.io.outcome_store import read_parquet
    from osteon.io.run_folder import read_manifest

    return read_parquet([folder / c["file"] for c in read_manifest(folder)["chunks"]], "patient, visit, output")


def patients_of(folder: Path) -> Any:
    """Everybody who was enrolled, a frame: patient, arm, covariates at month 0."""
    from osteon.io.outcome_store import read_parquet

    return read_parquet([folder / "patients.parquet"], "patient")


def power_rows(result: dict[str, Any]) -> list[dict[str, Any]]:
    """Power, assurance and patients needed, one row an endpoint and compared arm."""
    return [{k: r[k] for k in PLAN if k in r} for r in result["endpoints"] if r.get("compare")]


def harms_of(result: Mapping[str, Any]) -> list[HarmRow]:
    """Harms of a run from its endpoints.json."""
    return [HarmRow.read(h) for h in result.get("harms", [])]


def run_notes(result: dict[str, Any]) -> tuple[str, ...]:
    """What a reader of a run must know: what is assumed, what labels say with the arms it is about, patients who failed."""
    arms: dict[str, list[str]] = {}
    for w in result.get("labels", []):
        if w["kind"] != "ask":
            arms.setdefault(w["text"], []).append(w["arm"])
    notes = [
        *result.get("design", ()),
        *result.get("assumptions", ()),
        *(f"{', '.join(dict.fromkeys(a))}: {text}" for text, a in arms.items()),
    ]
    if result["failed"]:
        count = f"{result['failed']} of {result['patients']}"
        notes.append(f"{count} patients failed; their reasons are in the outcome table.")
    return tuple(notes)
