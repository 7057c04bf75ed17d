"""Every fault of a table of published numbers at once: one small check each, a sentence with place, value and what is allowed."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Iterable, Sequence
from importlib.resources import files

from osteon.errors import CorruptData, Fault, nearest

ROLES = (
    "calibrate", "holdout", "holdout_temporal", "PK_input", "fracture_hazard", "safety", "reference", "prior_or_check",
    "same_cohort_check", "measurement_error",
)  # fmt: skip
CONFIDENCES = ("read", "digitised", "secondary", "derived", "unverified")
Row = dict[str, str]
Check = Callable[[str, Row], Iterable[Fault]]


def number(text: str, empty: float = math.nan) -> float:
    """A cell as a number; `empty` where nothing stands there or no number does (lint says which)."""
    try:
        return float(text)
    except ValueError:
        return empty


def parse(text: str, name: str, columns: Sequence[str]) -> tuple[list[Row], list[Fault]]:
    """Rows of CSV text with the named columns, and what is wrong with its form; a row of another length is left out."""
    reader = csv.reader(io.StringIO(text))
    head = next(reader, [])
    faults = [
        _fault("missing_column", f"{name} line 1", c, f"{name} has no column '{c}'.") for c in columns if c not in head
    ]
    for c in head:
        if c not in columns:
            close = nearest(c, columns)
            hint = f"Did you mean '{close}'?" if close else "Take it out."
            faults.append(
                _fault(
                    "unknown_column", f"{name} line 1", c, f"{name} has a column '{c}' that nobody reads.", hint=hint
                )
            )
    rows = []
    for cells in reader:
        place = f"{name} line {reader.line_num}"
        if len(cells) != len(head):
            faults.append(
                _fault("bad_row", place, len(cells), f"{place} has {len(cells)} cells, the header has {len(head)}.")
            )
        elif not [f for f in faults if f.code == "missing_column"]:
            rows.append(dict(zip(head, cells, strict=True)) | {"": place})
    return rows, faults


def faults_of(rows: Sequence[Row], checks: Sequence[Check]) -> list[Fault]:
    """What the checks find, row by row; an id that stands twice is a fault too."""
    found, seen = [], dict[str, str]()
    for row in rows:
        place = row[""]
        if not row["id"]:
            found.append(_fault("no_id", place, "", f"{place} has no id."))
        elif row["id"] in seen:
            found.append(
                _fault("double_id", place, row["id"], f"{place}: the id {row['id']!r} stands on {seen[row['id']]} too.")
            )
        seen.setdefault(row["id"], place)
        for check in checks:
            found += check(place, row)
    return found


def one_of(column: str, allowed: Sequence[str]) -> Check:
    """A word of a list."""

    def check(place: str, row: Row) -> Iterable[Fault]:
        value = row[column]
        if value not in allowed:
            close = nearest(value, allowed)
            hint = f"Did you mean '{close}'?" if close else ""
            text = f"{place}: {column} is {value!r}."
            yield _fault(f"bad_{column}", place, value, text, ", ".join(a or "nothing" for a in allowed), hint)

    return check


def a_number(column: str, needed: bool = False, low: float = -math.inf, high: float = math.inf) -> Check:
    """A finite number between bounds, or nothing where it is not needed."""

    def check(place: str, row: Row) -> Iterable[Fault]:
        text, value = row[column], number(row[column])
        if not text and not needed:
            return
        if not math.isfinite(value):
            said = f"{place}: {column} is {text!r}, which is no number." if text else f"{place} has no {column}."
            yield _fault(f"bad_{column}", place, text, said, "a number such as 4.2")
        elif not low <= value <= high:
            yield _fault(f"bad_{column}", place, text, f"{place}: {column} is {text}.", f"{low:g} to {high:g}")

    return check


def filled(*columns: str) -> Check:
    """Something must stand there."""

    def check(place: str, row: Row) -> Iterable[Fault]:
        for c in columns:
            if not row[c].strip():
                yield _fault(f"no_{c}", place, "", f"{place} ({row['id']}) has no {c}.")

    return check


def interval(place: str, row: Row) -> Iterable[Fault]:
    """Both ends or none, in their order, about the value."""
    lo, hi, value = (number(row[k]) for k in ("lo", "hi", "value"))
    if bool(row["lo"]) != bool(row["hi"]):
        yield _fault(
            "half_interval",
            place,
            row["lo"] or row["hi"],
            f"{place} has one end of an interval.",
            "both lo and hi, or neither",
        )
    elif math.isfinite(lo) and math.isfinite(hi) and lo > hi:
        yield _fault(
            "reversed_interval", place, row["lo"], f"{place}: lo {row['lo']} is above hi {row['hi']}.", "lo at most hi"
        )
    elif math.isfinite(lo + hi + value) and not lo <= value <= hi:
        text = f"{place}: the value {row['value']} lies outside its interval {row['lo']} to {row['hi']}."
        yield _fault("value_outside", place, row["value"], text, "a value inside")


def load(
    name: str,
    columns: Sequence[str],
    checks: Sequence[Check],
    more: Callable[[list[Row]], list[Fault]] = lambda rows: [],
) -> list[Row]:
    """Rows of a shipped table without a fault. Raises CorruptData with every fault of the file."""
    return linted(
        files("osteon").joinpath("data").joinpath(name).read_text(encoding="utf-8"), name, columns, checks, more
    )


def linted(
    text: str,
    name: str,
    columns: Sequence[str],
    checks: Sequence[Check],
    more: Callable[[list[Row]], list[Fault]] = lambda rows: [],
) -> list[Row]:
    """Rows of CSV text without a fault. Raises CorruptData with every fault of the text."""
    rows, faults = parse(text, name, columns)
    faults += faults_of(rows, checks) + more(rows)
    if faults:
        raise CorruptData(faults)
    return [{k: v for k, v in row.items() if k} for row in rows]


def _fault(code: str, place: str, value: object, text: str, allowed: str = "", hint: str = "") -> Fault:
    return Fault(code, place, value, allowed, hint, text)
