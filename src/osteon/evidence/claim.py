"""Claims: the statements of the review, each with its kind and how it is tested."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache

from osteon.additions import cached, text_of
from osteon.errors import Fault
from osteon.evidence.lint import Row, filled, linted
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


CLAIM_COLUMNS = tuple(f.name for f in fields(Claim))


@cache
def shipped_claims() -> tuple[Claim, ...]:
    """The statements of the review."""
    return tuple(Claim(**row) for row in read_packaged("claims.csv"))


@cached
def own_claims() -> tuple[Claim, ...]:
    """Claims of the own folder in force. Raises CorruptData with every fault of its table."""
    text = text_of("claims.csv")
    taken = {c.id for c in shipped_claims()}

    def ids(rows: list[Row]) -> list[Fault]:
        odd = [r for r in rows if r["id"] != r["id"].upper() or not r["id"].isalnum()]
        found = [
            Fault(
                "bad_id", r[""], r["id"], "capitals and digits, as in LAB1", "", f"{r['']}: the id '{r['id']}' is none."
            )
            for r in odd
        ]
        return found + [
            Fault("taken", r[""], r["id"], "", "Take another id.", f"{r['']}: the claim '{r['id']}' is shipped already.")
            for r in rows if r["id"] in taken
        ]  # fmt: skip

    rows = (
        linted(text, "claims.csv", CLAIM_COLUMNS, (filled("section", "paraphrase", "kind", "test_idea"),), ids)
        if text
        else ()
    )
    return tuple(Claim(**row) for row in rows)


@cached
def load_claims() -> tuple[Claim, ...]:
    """All claims, in the order of the review; then those of the own folder in force."""
    return (*shipped_claims(), *own_claims())
