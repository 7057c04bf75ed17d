"""The page of a dose-response study: effect beside emboli and deaths over the dose, in cells a kilogram and cells a capillary."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from osteon.inputs import read_dose_response
from osteon.io import toml
from osteon.io.files import write_atomic
from osteon.io.run_folder import read_manifest, register
from osteon.report.dose_response_figures import by_capillary, by_dose
from osteon.report.page import made_by, provenance, render

Rows = Sequence[dict[str, Any]]
HARM = 0.01  # chance of an embolus or of death whose upper end a line of the summary looks for


def write_dose_response_report(folder: Path) -> Path:
    """Write report.html into a finished run folder and put it under its checksums."""
    manifest = read_manifest(folder)
    file = read_dose_response(toml.read(folder / "study.toml"), "study.toml")
    result = json.loads((folder / "endpoints.json").read_text(encoding="utf-8"))
    rows = result["endpoints"]
    routes = list(dict.fromkeys(r["route"] for r in rows))
    page = render(
        "dose_response.html",
        title=file.title,
        question=file.question,
        dose_response=file.dose_response,
        parameter_draws=result["patients"],
        failed=result["failed"],
        rows=rows,
        spans=spans(rows),
        harm=HARM,
        figures=[(route, by_dose([r for r in rows if r["route"] == route])) for route in routes],
        capillary=by_capillary(rows),
        provenance=provenance(
            manifest["settings"]["seed"],
            {"file (SHA-256)": manifest["study_sha256"], "parameter draws": manifest["settings"]["patients"]}
            | made_by(manifest),
        ),
    )
    write_atomic(folder / "report.html", page)
    register(folder, ["report.html"])
    return folder / "report.html"


def spans(rows: Rows) -> list[dict[str, Any]]:
    """For each species, route and source: from which dose an effect may show, from which emboli and deaths may.

    `from` is the lowest dose of the grid (cells/kg) whose interval reaches it at any infusion time, None if none does.
    """
    found = []
    for key in dict.fromkeys((r["species"], r["route"], r["source"]) for r in rows):
        own = [r for r in rows if (r["species"], r["route"], r["source"]) == key]
        may = [r["dose_per_kg"] for r in own if r["chance_noticeable"] >= 0.05]
        found.append(
            dict(zip(("species", "route", "source"), key, strict=True))
            | {"effect_may_from": min(may, default=None)}
            | {f"{harm}_from": _from(own, f"{harm}_hi90") for harm in ("embolism", "death")}
            | {f"{harm}_from_by_capillary": _from(own, f"{harm}_hi90_by_capillary") for harm in ("embolism", "death")}
        )
    return found


def _from(rows: Rows, key: str) -> float | None:
    return min((r["dose_per_kg"] for r in rows if r[key] >= HARM), default=None)
