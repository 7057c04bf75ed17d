"""Identifiers of citations that carry none: which publication a citation means, as somebody saw it under its title.

A line (data/citations.csv) says which identifier belongs to a citation of the published tables, the title that was seen with it, and when.
A citation that carries an identifier itself needs no line; none is from memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from osteon.additions import cached
from osteon.errors import Fault, nearest
from osteon.evidence.ledger import published_rows
from osteon.evidence.lint import Row as Line
from osteon.evidence.lint import filled, load
from osteon.evidence.references import identifiers

COLUMNS = ("id", "identifier", "title", "place", "read_on")
FORMS = re.compile(
    r"doi:10\.\d{4,9}/\S+|PMID \d+|PMC\d+|NCT\d{8}|DailyMed set id [0-9a-f-]{36}|github [\w.-]+/[\w.-]+ [0-9a-f]{7,40}"
)
DATE = re.compile(r"20\d\d-[01]\d-[0-3]\d")


@dataclass(frozen=True)
class Citation:
    """A citation of the tables and what it is. id : the citation, word for word; place : table or figures, where it does not say."""

    id: str
    identifier: str
    title: str
    place: str
    read_on: str


@cached
def load_citations() -> dict[str, Citation]:
    """Citations by their text. Raises CorruptData with every fault of the table."""
    return {
        r["id"]: Citation(**r)
        for r in load("citations.csv", COLUMNS, (filled("title"), well_formed, dated, of_a_citation))
    }


def well_formed(place: str, row: Line) -> Iterable[Fault]:
    """Every part of the identifier has the form of one."""
    for part in row["identifier"].split(", "):
        if not FORMS.fullmatch(part):
            allowed = "doi:…, PMID …, PMC…, NCT…, DailyMed set id …, github OWNER/NAME COMMIT"
            yield Fault("bad_identifier", place, part, allowed, "", f"{place}: {part!r} is no identifier.")


def dated(place: str, row: Line) -> Iterable[Fault]:
    """The day it was looked at is a date."""
    if not DATE.fullmatch(row["read_on"]):
        text = f"{place}: read_on is {row['read_on']!r}."
        yield Fault("bad_read_on", place, row["read_on"], "a date such as 2026-11-30", "", text)


def of_a_citation(place: str, row: Line) -> Iterable[Fault]:
    """The citation is one of the tables', and carries no identifier of its own."""
    known = {r.reference for r in published_rows().values()}
    if row["id"] not in known:
        text = f"{place}: no published row cites {row['id']!r}."
        yield Fault(
            "unknown_citation", place, row["id"], "a citation, word for word", nearest(row["id"], known) or "", text
        )
    elif identifiers(row["id"]):
        text = f"{place}: {row['id']!r} carries an identifier itself."
        yield Fault("needless", place, row["id"], "", "Take the line out.", text)
