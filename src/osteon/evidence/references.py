"""Where numbers come from: every `source` word of a parameter or law, and the record behind it."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from importlib.util import find_spec

from osteon.evidence.measurement import load_measurements

PLAIN = {
    "assumed": "assumed: no source, a choice of the model",
    "definition": "definition",
    "derived": "derived: follows from other quantities",
    "reference adult": "so that the reference adult stands still",
}  # births without a paper
_REGISTERED = re.compile(r"(PMID|PMC|DOI|NCT) ?\d+|10\.\d{4,9}/\S+")


@dataclass(frozen=True)
class Reference:
    """A publication. gives: what is taken from it."""

    key: str
    text: str
    gives: str


@dataclass(frozen=True)
class Origin:
    """One word of a source and the record behind it; an empty record means that there is none."""

    word: str
    record: str


@lru_cache(maxsize=1)
def load_references() -> dict[str, Reference]:
    """All references by key."""
    text = (files("osteon") / "data" / "references.toml").read_text(encoding="utf-8")
    return {k: Reference(k, v["text"], v["gives"]) for k, v in tomllib.loads(text).items()}


@cache
def origins(source: str) -> tuple[Origin, ...]:
    """Records behind a source, one for each of its parts (joined by `;`; what follows a colon is remark).

    >>> origins("assumed")[0].record
    'assumed: no source, a choice of the model'
    >>> origins("nobody1900")[0].record
    ''
    """
    words = [part.partition(":")[0].strip() for part in source.split(";")]
    return tuple(Origin(w, _record(w)) for w in words)


def unresolved(source: str) -> tuple[str, ...]:
    """Words of a source that no record stands behind; ("",) for an empty source."""
    return tuple(o.word for o in origins(source) if not o.record)


def _record(word: str) -> str:
    key = word.lower().split(" (")[0]
    if key in PLAIN:
        return PLAIN[key]
    known = load_references()
    if key in known:
        return f"{known[key].text}; gives {known[key].gives}"
    if key in _cohorts():
        return f"{_cohorts()[key]} rows of {key.upper()} among the published measurements"
    if key in _cell_studies():
        return f"{_cell_studies()[key]}, among the published cell studies"
    if _REGISTERED.fullmatch(word):
        return word
    return _part_of_product(word)


def _part_of_product(word: str) -> str:
    """A data file or a module that gives the birth of its figures itself."""
    if word.startswith("data/") and ".." not in word:
        return f"{word}, with a birthplace for each figure" if (files("osteon") / word).is_file() else ""
    if re.fullmatch(r"osteon(\.[a-z_]+)+", word):
        return f"worked out in {word}" if find_spec(word) else ""
    return ""


@lru_cache(maxsize=1)
def _cohorts() -> dict[str, int]:
    counts: dict[str, int] = {}
    for m in load_measurements(include_unverified=True):
        counts[m.cohort.lower()] = counts.get(m.cohort.lower(), 0) + 1
    return counts


@lru_cache(maxsize=1)
def _cell_studies() -> dict[str, str]:
    """First author and year of every cell study -> the study and its identifier."""
    import csv

    found: dict[str, str] = {}
    lines = (files("osteon") / "data" / "cells.csv").read_text(encoding="utf-8").splitlines()
    for row in csv.DictReader(lines):
        parts = re.search(r"([A-Za-z]+)\D*((?:19|20)\d{2}[a-z]?)", row["study"])
        if parts:
            found.setdefault(f"{parts[1].lower()}{parts[2]}", f"{row['study']} ({row['source_pmid_doi']})")
    return found
