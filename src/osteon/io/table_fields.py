"""Fields of a TOML table that somebody else wrote: what is missing, unknown, of another kind or out of range, all at once."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from osteon.errors import Fault, InputError, nearest, shown
from osteon.io import toml

TABLE_FIELDS_WORDS = {
    str: "a text in quotes",
    float: "a number",
    bool: "true or false",
    list: "a list",
    dict: "a table",
}


@dataclass(frozen=True)
class Field:
    """What may stand in a field.   kind : str, float (whole numbers too), bool, list or dict;  low, high : of a number"""

    kind: type
    needed: bool = False
    allowed: Collection[str] = ()
    low: float = -math.inf
    high: float = math.inf


def parsed(text: str, name: str, faults: list[Fault]) -> dict[str, Any]:
    """TOML text as a table; what is wrong with it goes to `faults`, and nothing comes back."""
    try:
        return toml.parse(text.encode(), name, versioned=False) if text.strip() else {}
    except InputError as error:
        faults += error.faults
        return {}


def field_faults(table: Any, place: str, fields: Mapping[str, Field]) -> list[Fault]:
    """What is wrong with a table. Each fault says where, what stands there, what is allowed, and the nearest right name."""
    if not isinstance(table, dict):
        return [Fault("bad_table", place, shown(table), "a table", "", f"{place} is no table.")]
    found = [
        Fault("missing", f"{place}.{name}", "", _words(f), "", f"{place} has no '{name}'.")
        for name, f in fields.items() if f.needed and name not in table
    ]  # fmt: skip
    for name, value in table.items():
        if name not in fields:
            close = nearest(name, fields)
            hint = f"Did you mean '{close}'?" if close else ""
            text = f"{place} has a field '{shown(name)}' that nobody reads. {hint}".strip()
            found.append(Fault("unknown_key", f"{place}.{name}", name, ", ".join(fields), hint, text))
        else:
            found += _value_faults(value, f"{place}.{name}", fields[name])
    return found


def _value_faults(value: Any, place: str, field: Field) -> list[Fault]:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    right = number if field.kind is float else isinstance(value, field.kind)
    if not right:
        return [Fault("bad_kind", place, shown(value), _words(field), "", f"{place} is {shown(value)!r}.")]
    if number and not (math.isfinite(value) and field.low <= value <= field.high):
        return [Fault("out_of_range", place, value, _words(field), "", f"{place} is {value}.")]
    if field.allowed and value not in field.allowed:
        close = nearest(str(value), field.allowed)
        hint = f"Did you mean '{close}'?" if close else ""
        return [
            Fault(
                "unknown_word",
                place,
                shown(value),
                ", ".join(field.allowed),
                hint,
                f"{place} is '{shown(value)}'. {hint}".strip(),
            )
        ]
    if field.kind is str and field.needed and not value.strip():
        return [Fault("empty", place, "", "a text", "", f"{place} is empty.")]
    return []


def _words(field: Field) -> str:
    if field.allowed:
        return ", ".join(field.allowed)
    span = ""
    if field.kind is float and (field.low, field.high) != (-math.inf, math.inf):
        span = f" from {field.low:g} to {field.high:g}" if math.isfinite(field.high) else f" of at least {field.low:g}"
    return TABLE_FIELDS_WORDS[field.kind] + span


def collisions(names: Collection[str], known: Collection[str], what: str, place: str) -> list[Fault]:
    """Names that are taken already by what is shipped."""
    hint = "Take another name; what is shipped cannot be replaced from a folder."
    return [
        Fault("taken", f"{place} {n}", n, "", hint, f"There is a {what} '{n}' already.")
        for n in names
        if n in set(known)
    ]


def at(place: str, faults: Collection[Fault]) -> list[Fault]:
    """Faults with the file they were found in before their place."""
    return [f if place in f.place else replace(f, place=f"{place} {f.place}".strip()) for f in faults]
