"""Write a table as TOML: plain keys first, then its tables, then its lists of tables; what is read back is the same table."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from osteon.errors import Fault, InputError

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}


def to_toml(table: Mapping[str, Any]) -> str:
    """A table of texts, numbers, booleans, lists and tables as TOML text. Raises InputError for any other value.

    >>> print(to_toml({"format": 1, "person": {"age": "66 years"}, "regimen": [{"drug": "denosumab"}]}), end="")
    format = 1
    <BLANKLINE>
    [person]
    age = "66 years"
    <BLANKLINE>
    [[regimen]]
    drug = "denosumab"
    """
    return "\n".join(_lines(table, ())).lstrip("\n") + "\n"


def _lines(table: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    tables = {k: v for k, v in table.items() if isinstance(v, Mapping)}
    lists = {k: v for k, v in table.items() if _tables(v)}
    for key, value in table.items():
        if key not in tables and key not in lists:
            yield f"{_key(key)} = {_value(value, '.'.join((*path, key)))}"
    for key, inner in tables.items():
        yield from ("", f"[{_path(*path, key)}]", *_lines(inner, (*path, key)))
    for key, items in lists.items():
        for item in items:
            yield from ("", f"[[{_path(*path, key)}]]", *_lines(item, (*path, key)))


def _tables(value: Any) -> bool:
    """Whether a value is a list of tables and nothing else."""
    return isinstance(value, (list, tuple)) and bool(value) and all(isinstance(v, Mapping) for v in value)


def _path(*keys: str) -> str:
    return ".".join(_key(k) for k in keys)


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _text(key)


def _value(value: Any, place: str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else str(value).replace("infinity", "inf")
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_value(v, place) for v in value) + "]"
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(k)} = {_value(v, place)}" for k, v in value.items()) + " }" if value else "{}"
    text = f"A {type(value).__name__} cannot stand in a TOML file."
    raise InputError(Fault("bad_value", place, value, "a text, a number, true or false, a list, a table", "", text))


def _text(text: str) -> str:
    return '"' + "".join(_ESCAPES.get(c, c if c.isprintable() else _escaped(c)) for c in text) + '"'


def _escaped(letter: str) -> str:
    code = ord(letter)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
