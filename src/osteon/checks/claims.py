"""Claims of the review, asked of the model: ids in, rows with verdicts out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from osteon.checks.cells import CELLS
from osteon.checks.fractures import FRACTURE_CHECKS
from osteon.checks.harms import HARM_CHECKS
from osteon.checks.lab import observe
from osteon.checks.people import PEOPLE
from osteon.checks.remodelling import REMODELLING
from osteon.checks.treatment import TREATMENT
from osteon.checks.verdict import Check, missing, verdict
from osteon.errors import InputError, unknown
from osteon.evidence.claim import Claim, load_claims

CHECKED: dict[str, Check] = {
    c.id: c for c in (*PEOPLE, *REMODELLING, *TREATMENT, *FRACTURE_CHECKS, *HARM_CHECKS, *CELLS)
}


def check_claims(ids: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Rows id, verdict, basis, figure, evidence, claim, differs; in the order of the review; no ids = every claim.

    basis is empty where nothing was tested. differs: where the printed sentence and its own source disagree.
    Raises InputError for an id that the review does not have.
    """
    claims = _chosen(ids)
    checks = [CHECKED.get(c.id, missing(c.id, "No check is written for this claim yet.")) for c in claims]
    seen = observe([run for check in checks for run in check.runs.values()])
    rows = []
    for claim, check in zip(claims, checks, strict=True):
        parts = check.judge({name: seen[run] for name, run in check.runs.items()})
        rows.append(
            {
                "id": claim.id,
                "verdict": "recorded" if check.recorded else verdict(parts),
                "basis": check.basis,
                "figure": "; ".join(p.words for p in parts),
                "evidence": check.evidence,
                "claim": claim.paraphrase,
                "differs": claim.source_says,
            }
        )
    return rows


def _chosen(ids: Sequence[str]) -> list[Claim]:
    claims = {c.id: c for c in load_claims()}
    asked = [i.strip().upper() for i in ids]
    wrong = [unknown("claim", i, claims, "claims") for i in asked if i not in claims]
    if wrong:
        raise InputError(wrong)
    return [c for c in claims.values() if not asked or c.id in asked]
