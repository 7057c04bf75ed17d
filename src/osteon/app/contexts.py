"""Contexts of use: those that are shipped, and those of a reader's own file, with every fault of it at once."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from osteon.additions import cached
from osteon.errors import Fault, InputError, nearest, unknown
from osteon.evidence import load_claims
from osteon.io import toml
from osteon.io.table_fields import Field, collisions, field_faults

Row = dict[str, Any]
_NAME = re.compile(r"[a-z][a-z0-9_]{0,60}")
LEVELS = ("low", "medium", "high")
NO_EVIDENCE = {
    "never_looked_at": "every cohort in the repository was looked at between designs; a blind test needs new rows",
    "human_cells": "no trial of cells in people with osteoporosis is among the rows; NCT05152381 and others are registered",
    "other_animals": "all animal experiments here are those of the review, or were used for priors",
}
METRICS = {
    "rmse": "rmse/TABLE/OUTCOME",
    "skill": "skill/TABLE/OUTCOME",
    "ratio": "ratio/TABLE/OUTCOME",
    "inside": "inside/holdout",
    "claims": "claims/ID,ID or claims/class/emergent or claims/class/moved",
    "evidence": "evidence/KIND",
}
_CONTEXT = {
    **{k: Field(str, needed=True) for k in ("title", "question", "use", "why", "fixed")},
    "influence": Field(str, needed=True, allowed=LEVELS),
    "consequence": Field(str, needed=True, allowed=LEVELS),
    "drug": Field(str),
    "outcome": Field(str),
    "months": Field(float, low=0.0, high=600.0),
    "sha256": Field(str),
    "limits": Field(list, needed=True),
    "acceptance": Field(list, needed=True),
}
_LIMIT = {
    "metric": Field(str, needed=True),
    "why": Field(str, needed=True),
    "at_least": Field(float),
    "at_most": Field(float),
}


@cached
def table() -> dict[str, Any]:
    """The shipped table: contexts by name, and `evidence`."""
    return tomllib.loads((files("osteon") / "data" / "credibility.toml").read_text(encoding="utf-8"))


@cached
def scorecard_figures() -> Row:
    """Figures of the last scorecard; empty where none was shipped."""
    path = files("osteon") / "data" / "validation.json"
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else {}


def contexts() -> dict[str, Row]:
    """Shipped contexts of use by name."""
    return {k: v for k, v in table().items() if k != "evidence"}


def chosen(names: Sequence[str]) -> dict[str, Row]:
    """Contexts by name; a name that ends with .toml is a file of own ones. No names: all that are shipped.

    Raises InputError with every fault: unknown names, files that cannot be read, and what is wrong in them.
    """
    found, faults = dict[str, Row](), list[Fault]()
    for name in names or contexts():
        if name.endswith(".toml"):
            try:
                found |= read_contexts(name)
            except InputError as error:
                faults += error.faults
        elif name in contexts():
            found[name] = contexts()[name]
        else:
            faults.append(unknown("context", name, contexts(), "contexts"))
    if faults:
        raise InputError(faults)
    return found


def read_contexts(path: str) -> dict[str, Row]:
    """Contexts of a file, by name. Raises InputError with every fault of it."""
    faults: list[Fault] = []
    name = Path(path).name
    read = toml.parse(toml.read_bytes(path), name, versioned=False)
    if not read:
        faults.append(Fault("empty", name, "", "[NAME] with its fields", "", f"{name} holds no context of use."))
    faults += collisions(list(read), contexts(), "context of use", name)
    for key, row in read.items():
        faults += _context_faults(name, key, row)
    if faults:
        raise InputError(faults)
    return {k: {"drug": "", "outcome": "", "months": 0, **v} for k, v in read.items()}


def _context_faults(file: str, name: str, row: Any) -> Iterator[Fault]:
    place = f"{file} {name}"
    if not _NAME.fullmatch(name):
        text = f"{place}: a context is named by small letters, digits and underscores; its reports take that name."
        yield Fault("bad_name", place, name, "small letters, digits, underscores", "", text)
    yield from field_faults(row, place, _CONTEXT)
    if not isinstance(row, dict):
        return
    yield from _subject_faults(place, row)
    limits = row.get("acceptance")
    if limits == []:
        hint = "A context without a limit cannot be missed."
        yield Fault("no_limits", f"{place}.acceptance", "", "at least one limit", hint, f"{place} has no limit. {hint}")
    for i, limit in enumerate(limits if isinstance(limits, list) else (), 1):
        yield from _limit_faults(f"{place}.acceptance {i}", limit)
    for i, text in enumerate(row["limits"] if isinstance(row.get("limits"), list) else (), 1):
        if not isinstance(text, str) or not text.strip():
            yield Fault("bad_kind", f"{place}.limits {i}", text, "a text", "", f"{place}.limits {i} is no text.")


def _subject_faults(place: str, row: Mapping[str, Any]) -> Iterator[Fault]:
    """The drug, outcome and month that influence is asked of: all or none, and known here."""
    from osteon.checks.lab import DRUGS, OUTPUTS

    drug, outcome, months = row.get("drug", ""), row.get("outcome", ""), row.get("months", 0)
    for key, value, known in (("drug", drug, DRUGS), ("outcome", outcome, OUTPUTS)):
        if isinstance(value, str) and value and value not in known:
            close = nearest(value, known)
            hint = f"Did you mean '{close}'?" if close else ""
            text = f"{place}.{key} is '{value}', which a context cannot ask of. {hint}".strip()
            yield Fault("unknown_word", f"{place}.{key}", value, ", ".join(sorted(known)), hint, text)
    if drug and (not outcome or not months):
        text = f"{place} names a drug: it needs an outcome and a month to ask of."
        yield Fault("missing", f"{place}.outcome", "", "outcome and months", "", text)


def _limit_faults(place: str, limit: Any) -> Iterator[Fault]:
    yield from field_faults(limit, place, _LIMIT)
    if not isinstance(limit, dict):
        return
    if ("at_least" in limit) == ("at_most" in limit):
        text = f"{place} has {'both at_least and' if 'at_least' in limit else 'neither at_least nor'} at_most."
        yield Fault("bad_limit", place, "", "one of at_least, at_most", "", text)
    metric = limit.get("metric")
    if isinstance(metric, str) and metric:
        yield from _metric_faults(f"{place}.metric", metric)


def _metric_faults(place: str, metric: str) -> Iterator[Fault]:
    kind, _, rest = metric.partition("/")
    if kind not in METRICS:
        close = nearest(kind, METRICS)
        hint = f"Did you mean '{close}'?" if close else ""
        text = f"{place} is '{metric}', which nothing measures. {hint}".strip()
        yield Fault("unknown_metric", place, metric, "; ".join(METRICS.values()), hint, text)
        return
    scores = scorecard_figures().get("scores", ())
    roles, outcomes = {s["role"] for s in scores}, {s["endpoint"] for s in scores}
    parts = rest.split("/")
    if kind in ("rmse", "skill", "ratio"):
        if len(parts) != 2:
            yield Fault("bad_metric", place, metric, METRICS[kind], "", f"{place} is '{metric}', not {METRICS[kind]}.")
        else:
            yield from _words(place, "table", parts[:1], roles)
            yield from _words(place, "outcome", parts[1:], outcomes)
    elif kind == "inside":
        yield from _words(place, "table", [rest], {"holdout"})
    elif kind == "evidence":
        yield from _words(place, "kind of evidence", [rest], NO_EVIDENCE)
    elif rest not in ("class/emergent", "class/moved"):
        yield from _words(place, "claim", rest.split(","), {c.id for c in load_claims()})


def _words(place: str, what: str, words: Sequence[str], known: Any) -> Iterator[Fault]:
    yield from (unknown(what, w, known, place) for w in words if w not in known)
