"""Terms of ontologies for names of the product, where the term was seen under its label (data/ontology.csv); none is from memory.

Mesenchymal stem cells have none here: texts disagree on whether CL:0000134 is *mesenchymal stem cell* or *mesenchymal cell*.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from osteon.additions import cached
from osteon.errors import Fault
from osteon.evidence.lint import Row, filled, load

COLUMNS = ("id", "identifier", "label", "seen_in", "read_on")
FORM = re.compile(r"(?:CL|UBERON):\d{7}|DOID:\d+")


@dataclass(frozen=True)
class Term:
    """A term of an ontology. id : the product's name for it;  label : the ontology's;  seen_in, read_on : where and when it was looked at"""

    id: str
    identifier: str
    label: str
    seen_in: str
    read_on: str


@cached
def terms() -> dict[str, Term]:
    """Terms by the product's name. Raises CorruptData with every fault of the table."""
    return {r["id"]: Term(**r) for r in load("ontology.csv", COLUMNS, (filled("label", "seen_in", "read_on"), _formed))}


def names_of_term(identifier: str) -> list[str]:
    """Names of the product that a term stands for."""
    return [t.id for t in terms().values() if t.identifier == identifier.upper()]


def _formed(place: str, row: Row) -> Iterable[Fault]:
    if not FORM.fullmatch(row["identifier"]):
        text = f"{place}: {row['identifier']!r} is no term."
        yield Fault("bad_identifier", place, row["identifier"], "CL:…, UBERON:… or DOID:…", "", text)
