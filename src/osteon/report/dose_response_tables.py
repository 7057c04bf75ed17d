"""Table of a dose-response study for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from osteon.report.tables import grid


def dose_response_table(rows: Sequence[dict[str, Any]]) -> str:
    """Points of a dose-response study at its first infusion time: intervals of effect, emboli and deaths; at most 60 lines."""
    first = rows[0]["infusion_minutes"] if rows else 0.0
    body = [
        [
            r["species"],
            r["source"],
            r["route"],
            f"{r['dose_per_kg']:.2g}",
            f"{r['cells_per_capillary']:.1g}",
            f"{r['benefit_lo90']:+.2f} to {r['benefit_hi90']:+.2f}",
            f"{100 * r['embolism_lo90']:.2g} to {100 * r['embolism_hi90']:.2g}",
            f"{100 * r['death_lo90']:.2g} to {100 * r['death_hi90']:.2g}",
            r["evidence_benefit"],
        ]
        for r in rows
        if r["infusion_minutes"] == first
    ]
    head = [
        "species",
        "source",
        "route",
        "cells/kg",
        "a capillary",
        "effect %",
        "embolus %",
        "death %",
        "effect rests on",
    ]
    more = f"\n{len(body) - 60} more lines in the report." if len(body) > 60 else ""
    note = f"\n90 % of parameter draws, given in {first:g} min. No best dose is named: no evidence supports one."
    return grid(head, body[:60]) + more + note
