"""What a check answers: the row of a claim and that of an experiment of Table 1."""

from __future__ import annotations

from dataclasses import dataclass

from osteon.io.rows import Row


@dataclass(frozen=True)
class ClaimRow(Row):
    """`claims`: the verdict on a claim, what it rests on, and the mechanisms whose breaking turns it.

    basis     : empty where nothing was tested; differs : where the printed sentence and its own source disagree
    looks_at  : outputs that the judge read; parts, two_sided : how many things it looked at, and with a bound on either side
    """

    id: str
    verdict: str
    status: str
    basis: str
    figure: str
    evidence: str
    claim: str
    differs: str
    at_fault: str
    because: str
    twin: str
    mutation_score: float | None
    turned_by: list[str]
    looks_at: list[str]
    parts: int = 0
    two_sided: int = 0


@dataclass(frozen=True)
class ExperimentRow(Row):
    """`experiment`: the verdict on a study of Table 1; how many findings emerge, are entailed or fitted.

    status : says so where its run failed
    """

    id: str
    verdict: str
    at_fault: str
    because: str
    basis: str
    figure: str
    evidence: str
    study: str
    claim: str
    says: str
    emergent: int
    entailed: int
    fitted: int
    status: str | None = None
