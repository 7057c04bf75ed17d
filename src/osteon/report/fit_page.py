"""The page of a fit: what it rests on, what the rows cannot tell, where the normal approximation fails."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from osteon.io.files import write_atomic
from osteon.report.page import provenance, render


def write_fit_report(folder: Path, report: Mapping[str, Any]) -> tuple[Path, Path]:
    """Write report.html and report.json into a folder; their paths.   report : as of osteon.inference.fit_report"""
    folder.mkdir(parents=True, exist_ok=True)
    page, data = folder / "report.html", folder / "report.json"
    write_atomic(data, json.dumps(report, indent=1, ensure_ascii=False) + "\n")
    left = [r for r in report["profiles"] if not r["cut_by_bound"]]
    write_atomic(
        page,
        render(
            "fit.html",
            r=report,
            shown=sorted(left, key=lambda p: -max(abs(p[s] / p["expected"] - 1) for s in ("below", "above"))),
            cut=[p["parameter"] for p in report["profiles"] if p["cut_by_bound"]],
            provenance=provenance(0, {})[:1] + provenance(0, {})[2:],
        ),
    )
    return page, data
