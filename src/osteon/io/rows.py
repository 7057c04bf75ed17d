"""Rows of results: frozen records that read as rows of a table too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from functools import cache
from typing import Any, Self


@cache
def _names(kind: type[Any]) -> tuple[str, ...]:
    return tuple(f.name for f in fields(kind))


@dataclass(frozen=True)
class Row(Mapping[str, Any]):
    """A result record. Its fields are attributes, and keys as of a row of a table; `dict(row)` is what `--json` prints.

    >>> @dataclass(frozen=True)
    ... class Point(Row):
    ...     months: float
    ...     value: float | None = None
    >>> p = Point(12.0)
    >>> p.months, p["months"], p.get("value", 0.0), dict(p.but(value=1.0))
    (12.0, 12.0, 0.0, {'months': 12.0, 'value': 1.0})
    """

    def __getitem__(self, key: str) -> Any:
        if key not in _names(type(self)):
            raise KeyError(key)
        return getattr(self, key)

    def __iter__(self) -> Iterator[str]:
        return iter(_names(type(self)))

    def __len__(self) -> int:
        return len(_names(type(self)))

    def get(self, key: str, default: Any = None) -> Any:
        """A field, or the default where it is not known."""
        value = getattr(self, key) if key in _names(type(self)) else None
        return default if value is None else value

    def __or__(self, more: Mapping[str, Any]) -> dict[str, Any]:
        return {**self, **more}

    @classmethod
    def read(cls, row: Mapping[str, Any]) -> Self:
        """A record from a row of a file; keys that it does not know are left out. Raises TypeError where one is missing."""
        return cls(**{k: row[k] for k in _names(cls) if k in row})

    def but(self, **values: Any) -> Self:
        """The same row with other values."""
        return replace(self, **values)
