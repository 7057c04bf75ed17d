"""Claims: the statements of the review, each with its kind and how it is tested."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from osteon.io.tables import read_packaged


@dataclass(frozen=True)
class Claim:
    """One statement. source_says and implement are filled where the printed sentence and its own source differ."""

    id: str
    section: str
    paraphrase: str
    refs: str
    kind: str
    system: str
    test_idea: str
    source_says: str
    implement: str


@lru_cache(maxsize=1)
def load_claims() -> tuple[Claim, ...]:
    """All claims, in the order of the review."""
    return tuple(Claim(**row) for row in read_packaged("claims.csv"))
