"""The base of what a user writes down in Python: frozen, checked when made, and the same table as in a TOML file.

An object holds nothing but that table, in its own words and units, so that no way from Python to a file and back can lose
or change a number. Arguments are the keys of the file; where a key is a word of Python, `from` and `as`, it is `start` and `as_`.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Self

from osteon.app.scenarios import check_record, unknown_key
from osteon.io.toml_out import to_toml

Path_ = tuple[str, ...]


class Record:
    """Base of Person, Regimen, Scenario and the like. Equal where their tables are; `replace` gives a changed copy."""

    _kind: ClassVar[type[Any]]
    _word: ClassVar[str]
    _keys: ClassVar[dict[str, Path_]]  # argument to its place in the table, in the order of the arguments
    _aliases: ClassVar[dict[str, str]] = {}  # other names of arguments
    __slots__ = ("_table",)
    _table: dict[str, Any]

    def __init__(self, *values: Any, **named: Any) -> None:
        table = self._from(self._named(values, named))
        check_record(table, self._word, self._kind)
        object.__setattr__(self, "_table", table)

    def __init_subclass__(cls) -> None:
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        parameters = [inspect.Parameter(n, kind, default=None) for n in cls._keys]
        cls.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]

    @classmethod
    def _named(cls, values: tuple[Any, ...], named: dict[str, Any]) -> dict[str, Any]:
        """Arguments by name. Raises InputError for one that does not exist."""
        names = list(cls._keys)
        if len(values) > len(names):
            raise TypeError(f"{cls.__name__} takes at most {len(names)} arguments, not {len(values)}.")
        found = dict(zip(names, values, strict=False))
        for name, value in named.items():
            known = cls._aliases.get(name, name)
            if known not in cls._keys:
                raise unknown_key(cls._word, name, [*names, *cls._aliases])
            if known in found:
                raise TypeError(f"{cls.__name__} got '{known}' twice.")
            found[known] = value
        return found

    @classmethod
    def _from(cls, named: Mapping[str, Any]) -> dict[str, Any]:
        """The table of arguments; None is left out."""
        table: dict[str, Any] = {}
        for name, value in named.items():
            if value is not None:
                _put(table, cls._keys[name], _plain(value))
        return table

    @classmethod
    def _of(cls, table: Mapping[str, Any]) -> Self:
        """From a table that was checked."""
        made = object.__new__(cls)
        object.__setattr__(made, "_table", _plain(table))
        return made

    def replace(self, **changes: Any) -> Self:
        """A copy with other values; None takes one away. Raises InputError like the constructor."""
        table = _plain(self._table)
        for name, value in self._named((), changes).items():
            _put(table, self._keys[name], None if value is None else _plain(value))
        check_record(table, self._word, self._kind)
        return self._of(table)

    def to_dict(self) -> dict[str, Any]:
        """The table as in TOML, a copy."""
        table: dict[str, Any] = _plain(self._table)
        return table

    def to_toml(self) -> str:
        """As text of a TOML file."""
        return to_toml(self._table)

    def __getattr__(self, name: str) -> Any:
        name = self._aliases.get(name, name)
        if name.startswith("_") or name not in self._keys:
            raise AttributeError(f"{type(self).__name__} has no '{name}'.")
        value: Any = self._table
        for key in self._keys[name]:
            value = value.get(key) if isinstance(value, dict) else None
        return self._shown(name, value)

    def _shown(self, name: str, value: Any) -> Any:
        """A value as it is given out: nothing of it can change the record."""
        return tuple(value) if isinstance(value, list) else _plain(value)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"A {type(self).__name__} is frozen: use .replace({name}=…).")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"A {type(self).__name__} is frozen: use .replace({name}=None).")

    def __dir__(self) -> list[str]:
        return [*self._keys, "replace", "to_dict", "to_toml"]

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self._table == other._table

    def __hash__(self) -> int:
        return hash((type(self), self.to_toml()))

    def __reduce__(self) -> Any:
        return _made, (type(self), self._table)

    def __repr__(self) -> str:
        values = {n: v for n in self._keys if (v := getattr(self, n)) is not None and v != ()}
        return f"{type(self).__name__}({', '.join(f'{n}={v!r}' for n, v in values.items())})"


def _made(kind: type[Record], table: dict[str, Any]) -> Record:
    return kind._of(table)


def _put(table: dict[str, Any], path: Path_, value: Any) -> None:
    """Set a value in a table of tables; None takes it away, and a table that is empty then."""
    head, *rest = path
    if not rest:
        if value is None:
            table.pop(head, None)
        else:
            table[head] = value
        return
    inner = table.setdefault(head, {})
    _put(inner, tuple(rest), value)
    if not inner:
        del table[head]


def _plain(value: Any) -> Any:
    """Records, tuples, paths and numbers of NumPy as a TOML table holds them; a copy all through."""
    if isinstance(value, Record):
        return _plain(value._table)
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(v) for v in value]
    if isinstance(value, Path):
        return str(value)
    return value.item() if hasattr(value, "item") and getattr(value, "shape", None) == () else value
