"""What a finished run holds, as rows and frames; nothing is computed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from osteon.errors import Fault, InputError

PLAN = ("endpoint", "visit_months", "arm", "compare", "n", "difference", "p", "alpha", "patients_needed_90")


def results_of(folder: Path) -> dict[str, Any]:
    """endpoints.json of a finished run. Raises InputError where there is none or it is not finished, CorruptData."""
    from osteon.io.run_folder import read_manifest

    manifest = read_manifest(folder)
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
    """Patients needed and power, one row an endpoint and compared arm; power curves where the run has them."""
    rows = result.get("power") or [r for r in result["endpoints"] if r.get("compare")]
    if result.get("power"):
        return list(rows)
    return [{k: r[k] for k in PLAN if k in r} for r in rows]
