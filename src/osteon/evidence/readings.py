"""The record behind every published number: where it stands, what stands there, who read it and when, and what is missing.

A reading (data/readings.csv) is one look at the publication for one row: identifier, table or figure, a quote of at most 15 words, reader, date,
and whether the value agrees; a quote that agrees holds the number. Rows without a reading keep what their citation says (citations.csv where it
carries no identifier); what is missing is named, never filled in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from osteon.errors import Fault
from osteon.evidence.citations import FORMS, dated, load_citations
from osteon.evidence.ledger import evidence_keys, published_rows
from osteon.evidence.lint import Row as Line
from osteon.evidence.lint import filled, load, one_of
from osteon.evidence.references import identifiers, read_through
from osteon.evidence.used_rows import Row

COLUMNS = ("id", "identifier", "place", "quote", "reader", "read_on", "agrees")
AGREES = ("yes", "differs", "not there")
MAX_WORDS = 15  # of a quote
_PLACE = re.compile(
    r"(?:suppl\w* )?(?:table \w+|fig(?:ure|s)?\.? ?\w+)|abstract|highlights|\btext\b|sec\. [\d.]+|section \d[\d.]*|\blabel\b",
    re.I,
)
_SET_ID = re.compile(r"DailyMed set id [0-9a-f-]{36}")
_NUMBER = re.compile(r"\d[\d,]*(?:[.·]\d+)?(?:e-?\d+)?")
_WORDS = {
    "none": 0, "no": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "double": 2, "doubled": 2, "doubling": 2, "twice": 2, "tripled": 3,
    "threefold": 3, "half": 0.5, "halved": 0.5,
}  # fmt: skip


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
    checks = (
        filled("identifier", "place", "reader"),
        one_of("agrees", AGREES),
        _short_quote,
        dated,
        _of_a_row,
        _quotes_the_number,
    )
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


def numbers_of(quote: str) -> list[float]:
    """Numbers that a quote holds, in figures and in words.

    >>> numbers_of("−0.40 and 1,433 women, doubled")
    [0.4, 1433.0, 2]
    """
    figures = [float(m[0].replace(",", "").replace("·", ".")) for m in _NUMBER.finditer(quote)]
    return [*figures, *(v for w, v in _WORDS.items() if re.search(rf"\b{w}\b", quote.lower()))]


def holds(quote: str, value: float, unit: str = "") -> bool:
    """Whether a quote holds a value: as printed; a ratio or a share as its percent; a rate in another power of ten.

    >>> holds("reduced by 25 %", 0.75, "HR"), holds("rates of 0.27 per 100", 27, "per_10k_py"), holds("6.6 %", 10.1, "%")
    (True, True, False)
    """
    size = abs(value)
    ratio, rate = unit.lower() in ("hr", "rr", "or", "ratio", "rate_ratio"), "per_" in unit.lower()
    forms = [size, *([10 * size, size / 10, 100 * size, size / 100] if rate else ())]
    forms += [abs(100 * (1 - size))] if ratio else [100 * size] if unit in ("fraction", "share") else []
    return any(abs(n - f) <= 0.0051 * max(f, 1e-9) for n in numbers_of(quote) for f in forms)


def _quotes_the_number(place: str, row: Line) -> Iterable[Fault]:
    published = published_rows().get(row["id"])
    if (
        published
        and row["agrees"] == "yes"
        and row["quote"]
        and not holds(row["quote"], published.value, published.unit)
    ):
        text = f"{place}: {row['id']} is {published.value:g}, and its quote does not hold that."
        hint = "Quote the number, or say that it differs."
        yield Fault("quote_without_number", place, row["quote"], f"a quote with {published.value:g}", hint, text)


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
    read, known = load_readings().get(row.id), load_citations().get(row.reference)
    through = read_through(row.reference)
    said = list(dict.fromkeys(m[0] for m in _PLACE.finditer(row.reference)))
    place = ", ".join([*said, "digitised"] if through == "digitised figure" else said)
    cited = known.identifier if known else _cited(row.reference)
    seen = (
        read.identifier if read else ""
    )  # where it was read: an identifier that stood there, or the address of a page
    named = seen if seen and all(FORMS.fullmatch(part) for part in seen.split(", ")) else cited or seen
    return EvidenceRecord(
        row.id, row.endpoint, row.value, row.unit, row.reference, named,
        read.place if read else place or (known.place if known else ""), read.quote if read else "", read.reader if read else "",
        read.read_on if read else "", read.agrees if read else "", row.confidence, through,
    )  # fmt: skip


def _cited(reference: str) -> str:
    """Identifiers that a citation carries, or those of the keys that it names."""
    named = identifiers(reference)
    registered = _SET_ID.search(reference)
    if named or registered:
        return format_identifiers(named) or (registered[0] if registered else "")
    words = (w.partition(":")[0].split(" (")[0].strip().lower() for w in reference.split(";"))
    keys = [evidence_keys()[w].identifier for w in words if w in evidence_keys()]
    return ", ".join(dict.fromkeys(k for k in keys if k))


def format_identifiers(named: dict[str, str]) -> str:
    """Identifiers by kind in words, as records write them."""
    return ", ".join(f"{k}:{v}" if k == "doi" else f"PMID {v}" if k == "pmid" else v for k, v in named.items())


def evidence_records() -> list[EvidenceRecord]:
    """Records of every published number, in the order of their tables."""
    return [record_of(r) for r in published_rows().values()]
