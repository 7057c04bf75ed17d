"""The record behind every published number: where it stands, what stands there, who read it and when, and what is missing.

A reading (data/readings.csv) is one look at the publication for one row: identifier, table or figure, a quote of at most 15 words, reader, date,
and whether the value agrees. Rows without a reading keep what their citation says; what is missing is named, never filled in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from osteon.errors import Fault
from osteon.evidence.ledger import Row, published_rows
from osteon.evidence.lint import Row as Line
from osteon.evidence.lint import filled, load, one_of
from osteon.evidence.references import identifiers, read_through

COLUMNS = ("id", "identifier", "place", "quote", "reader", "read_on", "agrees")
AGREES = ("yes", "differs", "not there")
MAX_WORDS = 15  # of a quote
_PLACE = re.compile(
    r"(?:suppl\w* )?(?:table \w+|fig(?:ure|s)?\.? ?\w+)|abstract|highlights|\btext\b|sec\. [\d.]+|section \d[\d.]*|\blabel\b",
    re.I,
)
_SET_ID = re.compile(r"DailyMed set id [0-9a-f-]{36}")
_DATE = re.compile(r"20\d\d-[01]\d-[0-3]\d")


@dataclass(frozen=True)
class Reading:
    """One look at the publication behind a row. id : the row; agrees : yes, differs, or not there."""

    id: str
    identifier: str
    place: str
    quote: str
    reader: str
    read_on: str
    agrees: str


@dataclass(frozen=True)
class EvidenceRecord:
    """A published number with all that is known of its source. missing : fields that nobody has filled yet, by name."""

    row: str
    endpoint: str
    value: float
    unit: str
    citation: str
    identifier: str
    place: str
    quote: str
    reader: str
    read_on: str
    agrees: str
    confidence: str
    read_through: str

    @property
    def missing(self) -> tuple[str, ...]:
        """Names of the fields that are empty."""
        return tuple(n for n in ("identifier", "place", "quote", "reader", "read_on") if not getattr(self, n))


@lru_cache(maxsize=1)
def load_readings() -> dict[str, Reading]:
    """Readings by row. Raises CorruptData with every fault of the table."""
    checks = (filled("identifier", "place", "reader"), one_of("agrees", AGREES), _short_quote, _dated, _of_a_row)
    return {r["id"]: Reading(**r) for r in load("readings.csv", COLUMNS, checks)}


def _short_quote(place: str, row: Line) -> Iterable[Fault]:
    words = len(row["quote"].split())
    if words > MAX_WORDS:
        text = f"{place}: the quote has {words} words."
        yield Fault(
            "long_quote",
            place,
            row["quote"],
            f"at most {MAX_WORDS} words",
            "Quote the number and what it is of.",
            text,
        )


def _dated(place: str, row: Line) -> Iterable[Fault]:
    if not _DATE.fullmatch(row["read_on"]):
        yield Fault(
            "bad_read_on",
            place,
            row["read_on"],
            "a date such as 2026-11-30",
            "",
            f"{place}: read_on is {row['read_on']!r}.",
        )


def _of_a_row(place: str, row: Line) -> Iterable[Fault]:
    if row["id"] not in published_rows():
        yield Fault(
            "unknown_row",
            place,
            row["id"],
            "the id of a published row",
            "",
            f"{place}: there is no published row {row['id']!r}.",
        )


def record_of(row: Row) -> EvidenceRecord:
    """The record of a published row: its reading where there is one, else what its citation says of itself."""
    read = load_readings().get(row.id)
    named = identifiers(row.reference)
    cited = ", ".join(f"{k}:{v}" if k == "doi" else f"PMID {v}" if k == "pmid" else v for k, v in named.items())
    through = read_through(row.reference)
    registered = _SET_ID.search(row.reference)
    cited = cited or (registered[0] if registered else "")
    said = list(dict.fromkeys(m[0] for m in _PLACE.finditer(row.reference)))
    place = ", ".join([*said, "digitised"] if through == "digitised figure" else said)
    return EvidenceRecord(
        row.id, row.endpoint, row.value, row.unit, row.reference, read.identifier if read else cited, read.place if read else place,
        read.quote if read else "", read.reader if read else "", read.read_on if read else "", read.agrees if read else "",
        row.confidence, through,
    )  # fmt: skip


def evidence_records() -> list[EvidenceRecord]:
    """Records of every published number, in the order of their tables."""
    return [record_of(r) for r in published_rows().values()]
