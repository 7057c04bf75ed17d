"""The evidence ledger: every key that a source may name, and the row behind every quantity that is called measured.

A parameter may be called *measured* only where one row of the published tables holds just that quantity
(data/parameter_evidence.csv names the row and the factor between the units); its confidence is that of the row.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from osteon.additions import cached, text_of
from osteon.evidence.measurement import Measurement, load_measurements
from osteon.evidence.references import (
    cell_keys,
    cell_rows,
    identifiers,
    load_references,
)
from osteon.evidence.tissue import load_tissue
from osteon.evidence.used_rows import Row, used_rows
from osteon.io.tables import parse_table, read_packaged


@dataclass(frozen=True)
class EvidenceKey:
    """What a key of a source stands for: a publication, published rows, or both.

    rows: how many rows of which confidence; references: what those rows cite; status: as of a reference, the best of them
    """

    key: str
    kind: str
    text: str
    status: str
    identifier: str
    rows: tuple[tuple[str, int], ...]
    references: tuple[str, ...]


@cached
def evidence_keys() -> dict[str, EvidenceKey]:
    """Every key of the table of references, of the published measurements and of the cell studies."""
    found: dict[str, EvidenceKey] = {}
    measured: dict[str, list[tuple[str, str]]] = {}
    for m in load_measurements(include_unverified=True):
        measured.setdefault(m.cohort.lower(), []).append((m.reference, m.confidence))
    cells: dict[str, list[tuple[str, str]]] = {}
    for row in cell_rows():
        for key in cell_keys(row["study"]):
            cells.setdefault(key, []).append((row["source_pmid_doi"], row["confidence"]))
    for r in load_references().values():
        kind = "reference of the review" if r.number else "reference"
        found[r.key] = EvidenceKey(r.key, kind, r.text, r.status, r.identifier, (), ())
    for kind, table in (("published rows", measured), ("cell study", cells)):
        for key, rows in table.items():
            found[key] = _with_rows(found.get(key), key, kind, rows)
    return found


def _with_rows(known: EvidenceKey | None, key: str, kind: str, rows: list[tuple[str, str]]) -> EvidenceKey:
    cited = tuple(dict.fromkeys(text for text, _ in rows))
    counts = tuple(sorted(Counter(c for _, c in rows).items()))
    if known:
        return EvidenceKey(key, f"{known.kind}, {kind}", known.text, known.status, known.identifier, counts, cited)
    ids = next((i for i in map(identifiers, cited) if i), {})
    named = ", ".join(f"{k}:{v}" if k == "doi" else f"PMID {v}" if k == "pmid" else v for k, v in ids.items())
    text = f"{len(rows)} rows of {key.upper()}: {cited[0]}" + (f" and {len(cited) - 1} more" if len(cited) > 1 else "")
    return EvidenceKey(key, kind, text, "listed" if ids else "unknown", named, counts, cited)


@dataclass(frozen=True)
class Support:
    """The row behind a parameter: its value times factor is the parameter's; relation says what was done to it."""

    parameter: str
    row: str
    factor: float
    relation: str


@cached
def supports() -> dict[str, tuple[Support, ...]]:
    """Rows behind parameters, by parameter."""
    found: dict[str, tuple[Support, ...]] = {}
    own = text_of("parameter_evidence.csv")
    for raw in (*read_packaged("parameter_evidence.csv"), *parse_table(own, "parameter_evidence.csv")):
        s = Support(raw["parameter"], raw["row"], float(raw["factor"] or "nan"), raw["relation"])
        found[s.parameter] = (*found.get(s.parameter, ()), s)
    return found


@cached
def published_rows() -> dict[str, Row]:
    """Rows of measurements.csv and tissue.csv by id, numeric rows of cells.csv by `cells.csv/study/endpoint`, and `used_rows`."""
    found = {m.id: _of_measurement(m) for m in load_measurements(include_unverified=True)}
    for t in load_tissue(include_unverified=True):
        cited = f"{t.reference}, {t.doi_or_pmid}" if t.doi_or_pmid else t.reference
        found.setdefault(t.id, Row(t.id, t.value, t.confidence, cited, t.endpoint, t.unit))
    for raw in cell_rows():
        try:
            value = float(raw["value"])
        except ValueError:
            continue
        id = f"cells.csv/{raw['study']}/{raw['cell_source']}/{raw['endpoint']}"
        row = Row(id, value, raw["confidence"], raw["source_pmid_doi"], raw["endpoint"], raw["unit"])
        found.setdefault(id, row)
    for used in used_rows():
        found.setdefault(used.id, used)
    return found


def _of_measurement(m: Measurement) -> Row:
    return Row(m.id, m.value, m.confidence, m.reference, m.endpoint, m.unit)


def confidence_of(parameter: str) -> str:
    """The worst confidence among the rows behind a parameter; empty where no row is named."""
    order = ("read", "digitised", "secondary", "derived", "unverified")
    rows = [published_rows()[s.row].confidence for s in supports().get(parameter, ()) if s.row in published_rows()]
    return max(rows, key=order.index) if rows else ""
