"""How far each published number has been read: one word for each, by what uses the number and by its confidence.

A number that was digitised from a figure has no sentence that could be quoted: the figure is its place. A direction (more, less) is no number.
What was read nowhere stays marked.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping

from osteon.additions import cached
from osteon.evidence.measurement import load_measurements
from osteon.evidence.readings import EvidenceRecord, evidence_records
from osteon.evidence.tissue import load_tissue

STANDINGS = {
    "quoted": "read again, and a quote holds the number",
    "differs": "read again, and the source says another number or none",
    "figure": "digitised from a figure that the record names: no sentence holds it",
    "derived": "worked out from other numbers",
    "direction": "more or less, no number",
    "no quote": "somebody read it in its source or in a text that cites it; no quote is recorded",
    "nowhere": "written down from memory or from a list: in no fit and in no score",
}
USES = {
    "calibrate": "fits see it",
    "holdout": "scores of predictions",
    "holdout_temporal": "scores of later years",
    "PK_input": "kinetics of drugs",
    "fracture_hazard": "fracture risks",
    "harms": "harms and registers of fractures",
    "cells": "stem cells, claims and Table 1",
    "tissue": "biopsies and tissue",
    "animals": "drugs in animals",
    "other": "references, checks, safety",
}
_TABLES = {"harms.toml": "harms", "incidence.csv": "harms", "cells.csv": "cells", "animal_drugs.csv": "animals"}


def standing_of(r: EvidenceRecord) -> str:
    """How far a number has been read: a word of STANDINGS."""
    if r.agrees:
        return "quoted" if r.agrees == "yes" else "differs"
    if r.confidence == "unverified":
        return "nowhere"
    if not math.isfinite(r.value) or r.unit == "direction":
        return "direction"
    return {"digitised": "figure", "derived": "derived"}.get(r.confidence, "no quote")


@cached
def _roles() -> dict[str, str]:
    measured = {m.id: m.role for m in load_measurements(include_unverified=True)}
    tissue = {t.id: "calibrate" if t.role == "calibrate" else "tissue" for t in load_tissue(include_unverified=True)}
    return tissue | measured


def use_of(r: EvidenceRecord) -> str:
    """What a number is for: a word of USES."""
    table = r.row.partition("/")[0]
    role = _TABLES.get(table) or _roles().get(r.row, "other")
    return role if role in USES else "other"


def counts_by_use(records: Iterable[EvidenceRecord] | None = None) -> dict[str, Counter[str]]:
    """Numbers by use and standing."""
    found: dict[str, Counter[str]] = {u: Counter() for u in USES}
    for r in evidence_records() if records is None else records:
        found[use_of(r)][standing_of(r)] += 1
    return found


def counts_by_confidence(records: Iterable[EvidenceRecord] | None = None) -> dict[str, Counter[str]]:
    """Numbers by the confidence of their row and standing."""
    found: dict[str, Counter[str]] = {}
    for r in evidence_records() if records is None else records:
        found.setdefault(r.confidence, Counter())[standing_of(r)] += 1
    return found


def sources_without_quote() -> list[tuple[str, int, Mapping[str, int]]]:
    """Sources whose numbers have no quote yet: citation, how many numbers, and by use; those that fits see come first."""
    found: dict[str, Counter[str]] = {}
    for r in evidence_records():
        if standing_of(r) in ("no quote", "nowhere"):
            found.setdefault(r.citation, Counter())[use_of(r)] += 1
    rows = [(c, uses.total(), dict(uses)) for c, uses in found.items()]
    return sorted(rows, key=lambda row: (-row[2].get("calibrate", 0), -row[1], row[0]))


def read_but_unverified() -> list[EvidenceRecord]:
    """Rows that no fit sees because they were unverified, and that were found in their source since: for the next fit."""
    return [r for r in evidence_records() if r.confidence == "unverified" and r.agrees == "yes"]
