"""Cards of sources: a reference, a set of published rows, one row, an identifier, a plain word; and the list of them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable
from dataclasses import asdict
from importlib import import_module
from typing import Any

from osteon.evidence import load_claims, load_measurements, origins
from osteon.evidence.ledger import EvidenceKey, evidence_keys, published_rows, supports
from osteon.evidence.reading_counts import STANDINGS, standing_of, use_of
from osteon.evidence.readings import EvidenceRecord, evidence_records, record_of
from osteon.evidence.references import PLAIN, STATUSES, identifiers, load_references, review_key, review_numbers
from osteon.evidence.used_rows import Row
from osteon.model import Model
from osteon.report.name_rows import EvidenceNameRow, ReferenceNameRow

Made = tuple[dict[str, Any], str]
MAX_NAMES = 12  # names listed on a card
_NUMBER = re.compile(r"(?:seed )?(?:review )?refs? (\d+)|\[?(\d{1,3})\]?")


def reference_rows() -> list[ReferenceNameRow]:
    """Every key that a source may name, with its identifier and whether that was confirmed against the title."""
    return [ReferenceNameRow(k.key, k.text, k.status, k.identifier, k.kind) for k in evidence_keys().values()]


def record_rows() -> list[EvidenceNameRow]:
    """The record of every published number; `missing` names the fields that nobody has filled yet."""
    return [_record(r) for r in evidence_records()]


def _record(r: EvidenceRecord) -> EvidenceNameRow:
    standing = standing_of(r)
    about = (
        f"{r.endpoint} = {r.value:g} {r.unit}; {r.confidence}; {standing}; missing: {', '.join(r.missing) or 'nothing'}"
    )
    return EvidenceNameRow(r.row, about, **asdict(r), missing=list(r.missing), standing=standing, use=use_of(r))


def source_names() -> list[str]:
    """Names of sources that a card answers to, for the nearest right answer."""
    return [*evidence_keys(), *PLAIN]


def source_card(name: str, model: Model) -> Made | None:
    """The card of whatever a source, a claim or a list may name; None where no record stands behind the name."""
    key = name.strip().lower()
    number = _NUMBER.fullmatch(key)
    if number:
        key = review_key(int(number[1] or number[2]))
    if key in evidence_keys():
        return _key_card(evidence_keys()[key], model)
    if name in published_rows():
        return _row_card(published_rows()[name])
    word = key if key in PLAIN else name.strip()
    record = origins(word)[0].record if word and ";" not in word and word not in ("assumed:",) else ""
    if not record:
        return None
    users = _users(model, [word.lower()])
    row: dict[str, Any] = {"name": name, "kind": "source", "text": record, "rests_on_it": users}
    if re.fullmatch(r"osteon(\.[a-z_]+)+", word):
        row["text"] = f"{record}: {inspect.getdoc(import_module(word)) or ''}".strip()
    same = _with_identifier(identifiers(word))
    row["cited_by_rows"] = same
    lines = [f"{name}  (source)", row["text"], *_listed("rests on it", users), *_listed("rows", same)]
    return row, "\n".join(lines)


def _key_card(k: EvidenceKey, model: Model) -> Made:
    reference = load_references().get(k.key)
    claims = _claims(reference.number) if reference and reference.number else []
    users = _users(model, [k.key])
    row = {
        "name": k.key,
        "kind": k.kind,
        "text": k.text,
        "gives": reference.gives if reference else "",
        "status": k.status,
        "identifier": k.identifier,
        "rows_by_confidence": dict(k.rows),
        "references": list(k.references),
        "rests_on_it": users,
        "claims": claims,
    }
    lines = [f"{k.key}  ({k.kind})", k.text]
    lines += [f"gives {reference.gives}"] if reference else []
    lines += [f"identifier  {k.identifier or 'none'}  ({k.status}: {STATUSES[k.status]})"]
    if k.rows:
        lines += ["rows by confidence: " + ", ".join(f"{c} {n}" for c, n in k.rows)]
        lines += [f"  cites {text}" for text in k.references[:MAX_NAMES]]
        lines += [f"  {m.id} = {m.value:g} {m.unit}; {m.confidence}; {m.role}" for m in _measured(k.key)[:MAX_NAMES]]
    lines += _listed("cited by", claims) + _listed("rests on it", users)
    return row, "\n".join(lines)


def _row_card(r: Row) -> Made:
    of = [s.parameter for group in supports().values() for s in group if s.row == r.id]
    record = record_of(r)
    row = {
        **_record(record),
        "kind": "published row",
        "reference": r.reference,
        "identifiers": identifiers(r.reference),
        "rests_on_it": of,
    }
    lines = [
        f"{r.id}  (published row, {r.confidence})",
        f"{r.endpoint} = {r.value:g} {r.unit}",
        f"source  {r.reference} (read through: {record.read_through})",
        f"where   {record.place or 'not recorded'}  ({record.identifier or 'no identifier'})",
        f"quote   {record.quote or 'none recorded'}",
        f"how far {standing_of(record)}: {STANDINGS[standing_of(record)]}",
        f"read    {f'by {record.reader} on {record.read_on}; agrees: {record.agrees}' if record.reader else 'by whom and when is not recorded'}",
    ]
    return row, "\n".join(lines + _listed("rests on it", of))


def _measured(key: str) -> list[Any]:
    return [m for m in load_measurements(include_unverified=True) if m.cohort.lower() == key]


def _claims(number: int) -> list[str]:
    return [c.id for c in load_claims() if number in review_numbers(c.refs)]


def _users(model: Model, keys: Iterable[str]) -> list[str]:
    wanted = set(keys)
    of = [p.name for p in model.parameters.values() if wanted & _words(p.source)]
    return of + [f.name for f in model.formulas.values() if f.source and wanted & _words(f.source)]


def _words(source: str) -> set[str]:
    return {o.word.lower() for o in origins(source)}


def _with_identifier(own: dict[str, str]) -> list[str]:
    if not own:
        return []
    return [r.id for r in published_rows().values() if own.items() & identifiers(r.reference).items()][:MAX_NAMES]


def _listed(what: str, names: list[str]) -> list[str]:
    more = f" and {len(names) - MAX_NAMES} more" if len(names) > MAX_NAMES else ""
    return [f"{what}: {', '.join(names[:MAX_NAMES])}{more}"] if names else []
