"""Conformance of analysis datasets: our own rules over variables, labels, types, keys, terms and derivations."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from osteon.errors import Fault
from osteon.trial.analysis_variables import DATASETS, Dataset, Variable

NAME = re.compile(r"[A-Z][A-Z0-9_]{0,7}")
MAX_LABEL, MAX_TEXT, ANALYSIS_CONFORMANCE_SHOWN = 40, 200, 5
ANALYSIS_CONFORMANCE_KINDS: dict[str, tuple[type, ...]] = {"text": (str,), "integer": (int,), "float": (int, float)}


def faults_of_datasets(tables: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[Fault]:
    """Every fault of the six datasets; at most SHOWN of one kind in a variable."""
    found: list[Fault] = []
    for d in DATASETS:
        if d.name not in tables:
            found.append(_fault(d.name, "", "The dataset is missing."))
            continue
        rows = tables[d.name]
        found += _of_record(d)
        for v in d.variables:
            found += _of_variable(d, v, rows)
        found += _of_keys(d, rows)
    subjects = {r["USUBJID"] for r in tables.get("ADSL", ())}
    for name, rows in tables.items():
        strangers = {r.get("USUBJID") for r in rows} - subjects
        if strangers:
            found.append(
                _fault(f"{name}.USUBJID", sorted(map(str, strangers))[:3], "Subjects that ADSL does not have.")
            )
        found += [_fault(f"{name}", k, "A variable without metadata.") for k in _unlisted(name, rows)]
    return found + _derived(tables)


def _of_record(d: Dataset) -> list[Fault]:
    wrong = [v for v in d.variables if not NAME.fullmatch(v.name) or not 0 < len(v.label) <= MAX_LABEL]
    return [
        _fault(f"{d.name}.{v.name}", v.label, "Names have 1 to 8 capitals, labels 1 to 40 characters.") for v in wrong
    ]


def _of_variable(d: Dataset, v: Variable, rows: Sequence[Mapping[str, Any]]) -> list[Fault]:
    found: list[Fault] = []
    for i, row in enumerate(rows):
        value = row.get(v.name)
        if value is None or (isinstance(value, float) and math.isnan(value)):
            message = "A required value is missing." if v.required else ""
        elif not isinstance(value, ANALYSIS_CONFORMANCE_KINDS[v.kind]) or isinstance(value, bool):
            message = f"This is no {v.kind}."
        elif isinstance(value, str) and len(value) > MAX_TEXT:
            message = f"A text is longer than {MAX_TEXT}."
        elif v.terms and value not in v.terms:
            message = f"Not one of the controlled terms {', '.join(t or '(empty)' for t in v.terms)}."
        else:
            message = "A required text is empty." if v.required and value == "" else ""
        if message:
            found.append(_fault(f"{d.name}.{v.name} row {i + 1}", value, message))
        if len(found) >= ANALYSIS_CONFORMANCE_SHOWN:
            break
    return found


def _of_keys(d: Dataset, rows: Sequence[Mapping[str, Any]]) -> list[Fault]:
    seen: set[tuple[Any, ...]] = set()
    for row in rows:
        key = tuple(row.get(k) for k in d.keys)
        if key in seen:
            return [_fault(d.name, key, f"Two records have the same key ({', '.join(d.keys)}).")]
        seen.add(key)
    return []


def _unlisted(name: str, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    known = {v.name for d in DATASETS if d.name == name for v in d.variables}
    return sorted({k for r in rows for k in r} - known)


def _derived(tables: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[Fault]:
    """CHG and PCHG follow from AVAL and BASE; a first event lies within the time of follow-up."""
    found = []
    for name in ("ADBMD", "ADLB"):
        for i, r in enumerate(tables.get(name, ())):
            value, base, change = r.get("AVAL"), r.get("BASE"), r.get("CHG")
            if change is None or value is None or base is None:
                continue
            if abs(change - (value - base)) > 1e-9 * max(1.0, abs(value)):
                found.append(_fault(f"{name}.CHG row {i + 1}", change, "CHG is not AVAL less BASE."))
    ends = {r["USUBJID"]: r["EOSDY"] for r in tables.get("ADSL", ())}
    for i, r in enumerate(tables.get("ADTTE", ())):
        if not 0 <= r["AVAL"] <= ends.get(r["USUBJID"], math.inf) + 1e-3:
            found.append(_fault(f"ADTTE.AVAL row {i + 1}", r["AVAL"], "The time lies outside the follow-up."))
    return found[:ANALYSIS_CONFORMANCE_SHOWN]


def _fault(place: str, value: Any, message: str) -> Fault:
    return Fault("not_conformant", place, value, "", "", message)
