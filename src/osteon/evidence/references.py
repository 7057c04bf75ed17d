"""Where numbers come from: the one table of references, and the record behind every `source` word of a parameter or law."""

from __future__ import annotations

import csv
import re
import tomllib
from dataclasses import dataclass
from importlib.resources import files
from importlib.util import find_spec

from osteon.additions import cached, text_of
from osteon.errors import Fault, InputError
from osteon.evidence.claim import load_claims, shipped_claims
from osteon.evidence.measurement import load_measurements
from osteon.io.table_fields import Field, collisions, field_faults, parsed

PLAIN = {
    "assumed": "assumed: no source, a choice of the model",
    "definition": "definition",
    "derived": "derived: follows from other quantities",
    "reference adult": "so that the reference adult stands still",
}  # provenance without a publication
STATUSES = {
    "confirmed": "an identifier was looked up and carries this title",
    "listed": "an identifier is written with it; nobody looked whether it carries this title",
    "unknown": "no identifier is known",
}
_IDENTIFIERS = {
    "doi": re.compile(r"10\.\d{4,9}/[^\s;,]+"),
    "pmid": re.compile(r"\bPMID:? ?(\d+)"),
    "pmc": re.compile(r"\bPMC ?(\d+)"),
    "nct": re.compile(r"\bNCT ?(\d{8})"),
}
_REGISTERED = re.compile(r"(PMID|PMC|DOI|NCT) ?\d+|10\.\d{4,9}/\S+")
_OF_REVIEW = re.compile(r"(?:seed )?(?:review )?refs? ([\d,-]+)")
_CLAIM = re.compile(r"review (c\d+)")


@dataclass(frozen=True)
class Reference:
    """A publication. gives: what is taken from it; status: see STATUSES; number: place in the review's list, 0 elsewhere."""

    key: str
    text: str
    gives: str
    doi: str = ""
    pmid: str = ""
    pmc: str = ""
    status: str = "unknown"
    number: int = 0

    @property
    def identifier(self) -> str:
        """Its identifiers in words, empty where none is known."""
        named = (self.doi and f"doi:{self.doi}", self.pmid and f"PMID {self.pmid}", self.pmc)
        return ", ".join(w for w in named if w)


@dataclass(frozen=True)
class Origin:
    """One word of a source and the record behind it; an empty record means that there is none."""

    word: str
    record: str


FIELDS = {
    "text": Field(str, needed=True), "gives": Field(str, needed=True), "doi": Field(str), "pmid": Field(str), "pmc": Field(str),
    "status": Field(str, allowed=tuple(STATUSES)),
}  # fmt: skip


@cached
def own_references() -> dict[str, Reference]:
    """References of the own folder in force by key. Raises InputError with every fault of its table."""
    faults: list[Fault] = []
    table = parsed(text_of("references.toml"), "references.toml", faults)
    for key, row in table.items():
        faults += field_faults(row, f"references.toml {key}", FIELDS)
    faults += collisions(list(table), _shipped(), "reference", "references.toml")
    if faults:
        raise InputError(faults)
    return {k: Reference(k, **v) for k, v in table.items()}


@cached
def load_references() -> dict[str, Reference]:
    """All references by key; those of the own folder in force come last."""
    return {**_shipped(), **own_references()}


@cached
def _shipped() -> dict[str, Reference]:
    text = (files("osteon") / "data" / "references.toml").read_text(encoding="utf-8")
    cited = _cited_by()
    return {
        k: Reference(k, **{"gives": f"cited by {', '.join(cited.get(v.get('number', 0), ['no claim']))}"} | v)
        for k, v in tomllib.loads(text).items()
    }


def review_key(number: int) -> str:
    """Key of a reference of the review by its number there.

    >>> review_key(61)
    'review_061'
    """
    return f"review_{number:03d}"


def review_numbers(text: str) -> tuple[int, ...]:
    """Numbers that a field of references names.

    >>> review_numbers("79,81-83"), review_numbers("-")
    ((79, 81, 82, 83), ())
    """
    found: list[int] = []
    for part in text.split(","):
        ends = [int(x) for x in part.strip().split("-") if x.strip().isdigit()]
        found += range(ends[0], ends[-1] + 1) if ends else []
    return tuple(found)


@cached
def _cited_by() -> dict[int, list[str]]:
    cited: dict[int, list[str]] = {}
    for claim in shipped_claims():
        for n in review_numbers(claim.refs):
            cited.setdefault(n, []).append(claim.id)
    return cited


def identifiers(text: str) -> dict[str, str]:
    """Identifiers that a text holds, by kind.

    >>> identifiers("PMID 21976317 / PMC3378821 (abstract)")
    {'pmid': '21976317', 'pmc': 'PMC3378821'}
    """
    found = {}
    for kind, pattern in _IDENTIFIERS.items():
        hit = pattern.search(text)
        if hit:
            found[kind] = (
                kind.upper() + hit[1] if kind in ("pmc", "nct") else (hit[1] if hit.lastindex else _bare(hit[0]))
            )
    return found


def _bare(doi: str) -> str:
    """A DOI without the punctuation of the sentence around it; its own brackets stay."""
    doi = doi.rstrip(".:")
    while doi.endswith(")") and doi.count(")") > doi.count("("):
        doi = doi[:-1]
    return doi


_THROUGH = {
    "digitised figure": r"digitised",
    "code": r"\brepo\b|github|\.cpp|\.mod\b|source \(female array\)|LGPL",
    "news": r"\bnews\b|press release|EurekAlert|BioCentury|marketscreener|pressdispensary|rheumatologyadvisor|rheumnow|empr\.com|research highlight",
    "copy": r"copy|copies|mirror|scribd|docslib|experts\.mcmaster|researchbank|scienceopen|healthscout|mims\.com|pharmamedix|drugs\.com|medicine\.com|"
    r"glowm|globalrph|drug guide|excerpt|fragment|researcher\.life|proquest|acpjc|aafp|unibo|pure\.elsevier|physiospot|public repos|seen in repo",
    "memory": r"ASSUMPTION|training knowledge|from memory|recalled",
}


def read_through(reference: str) -> str:
    """Through what a number was read: the publication, or a digitised figure, code, news, a copy, memory.

    >>> read_through("PMID 8634613; abstract"), read_through("BioCentury 22-Sep-2014")
    ('publication', 'news')
    """
    return next((kind for kind, pattern in _THROUGH.items() if re.search(pattern, reference, re.I)), "publication")


@cached
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
    said = [f"{known[key].text}; gives {known[key].gives}"] if key in known else []
    if key in _cohorts():
        said.append(f"{_cohorts()[key]} rows of {key.upper()} among the published measurements")
    if key in cell_studies():
        said.append(f"{cell_studies()[key]}, among the published cell studies")
    if said:
        return "; ".join(said)
    if key.startswith("assumed "):
        return f"{PLAIN['assumed']}, {word}"
    of_review, claim = _OF_REVIEW.fullmatch(key), _CLAIM.fullmatch(key)
    if of_review:
        return "; ".join(known[review_key(n)].text for n in review_numbers(of_review[1]) if review_key(n) in known)
    if claim:
        return next(
            (f"the review's statement {c.id}: {c.paraphrase}" for c in load_claims() if c.id.lower() == claim[1]), ""
        )
    if _REGISTERED.fullmatch(word):
        return word
    return _part_of_product(word)


def _part_of_product(word: str) -> str:
    """A data file or a module that gives the provenance of its figures itself."""
    if word.startswith("data/") and ".." not in word:
        return f"{word}, with a source for each figure" if (files("osteon") / word).is_file() else ""
    if re.fullmatch(r"osteon(\.[a-z_]+)+", word):
        return f"worked out in {word}" if find_spec(word) else ""
    return ""


@cached
def _cohorts() -> dict[str, int]:
    counts: dict[str, int] = {}
    for m in load_measurements(include_unverified=True):
        counts[m.cohort.lower()] = counts.get(m.cohort.lower(), 0) + 1
    return counts


@cached
def cell_rows() -> tuple[dict[str, str], ...]:
    """Rows of the table of cell studies."""
    lines = (files("osteon") / "data" / "cells.csv").read_text(encoding="utf-8").splitlines()
    return tuple(csv.DictReader(lines))


def cell_keys(study: str) -> tuple[str, ...]:
    """Keys of a cell study: first author and year, short and in full; none where the name holds no year.

    >>> cell_keys("Huang 2015 [124]"), cell_keys("Wang Q 2019"), cell_keys("Grau-Vorster 2019")
    (('huang2015',), ('wang2019', 'wangq2019'), ('grau2019', 'grauvorster2019'))
    """
    short = re.search(r"([A-Za-z]+)\D*((?:19|20)\d{2}[a-z]?)", study)
    full = re.match(r"(?:from )?([A-Za-z-]+(?: [A-Z]{1,2})?) ((?:19|20)\d{2}[a-z]?)\b", study)
    keys = [f"{m[1]}{m[2]}".lower() for m in (short, full) if m]
    return tuple(dict.fromkeys(re.sub("[^a-z0-9]", "", k) for k in keys))


@cached
def cell_studies() -> dict[str, str]:
    """Keys of every cell study -> the study and its identifier."""
    found: dict[str, str] = {}
    for row in cell_rows():
        for key in cell_keys(row["study"]):
            found.setdefault(key, f"{row['study']} ({row['source_pmid_doi']})")
    return found
