"""Record: the base of everything in a file. Strict, frozen, no unknown keys; every fault told, also between fields.

A rule between fields (`until` before `from`) is looked at even where another field is wrong: it reads the table leniently
through `Given`, where what is missing or wrong is None, its own fault being told where it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError, model_validator
from pydantic_core import InitErrorDetails

from osteon.additions import cached
from osteon.errors import Fault
from osteon.inputs.fields import Wrong

CONFIG = ConfigDict(extra="forbid", frozen=True, strict=True, arbitrary_types_allowed=True)
Disagreement = tuple[tuple[str | int, ...], Fault]  # where, from the record on, and what


def at(
    *where: str | int, code: str, message: str, value: object = "", allowed: str = "", hint: str = ""
) -> Disagreement:
    """A fault between fields, at the key that had better be changed."""
    text = message if hint in message else f"{message} {hint}"
    return where, Fault(code=code, value=value, allowed=allowed, hint=hint, message=text)


class RawTable:
    """A table as it was written. `get` gives the value of a field, its default where absent, None where it is wrong."""

    def __init__(self, table: Any, record: type[Record]) -> None:
        self.table, self.record = table, record
        self._names = {f.alias or n: n for n, f in record.model_fields.items()}

    def __contains__(self, key: str) -> bool:
        return key in self.table if isinstance(self.table, dict) else self._names[key] in self.table.model_fields_set

    def get(self, key: str) -> Any:
        """The value of a field, as the record would hold it."""
        name = self._names[key]
        if not isinstance(self.table, dict):
            return getattr(self.table, name)
        field = self.record.model_fields[name]
        if key not in self.table:
            return None if field.is_required() else field.get_default(call_default_factory=True)
        try:
            return _adapter(self.record, name).validate_python(self.table[key], strict=True)
        except ValidationError:
            return None

    def one(self, key: str, record: type[Record]) -> RawTable | None:
        """A table inside this one."""
        inner = self.table.get(key) if isinstance(self.table, dict) else getattr(self.table, self._names[key])
        return RawTable(inner, record) if isinstance(inner, (dict, Record)) else None

    def many(self, key: str, record: type[Record]) -> list[tuple[int, RawTable]]:
        """The tables of a list inside this one, with their places counted from 0."""
        inner = self.table.get(key) if isinstance(self.table, dict) else getattr(self.table, self._names[key])
        items = inner if isinstance(inner, list) else []
        return [(i, RawTable(t, record)) for i, t in enumerate(items) if isinstance(t, (dict, Record))]


@cached
def _adapter(record: type[Record], name: str) -> TypeAdapter[Any]:
    return TypeAdapter(record.model_fields[name].rebuild_annotation())


class Record(BaseModel):
    """Base of every record."""

    model_config = CONFIG

    @classmethod
    def disagreements(cls, given: RawTable) -> Iterator[Disagreement]:
        """Faults between the fields of this record."""
        yield from ()

    @classmethod
    def prepared(cls, table: Any) -> Any:
        """The table with what its head says for the tables in it; the table itself where it says nothing."""
        return table

    @model_validator(mode="wrap")
    @classmethod
    def _all_at_once(cls, table: Any, handler: Callable[[Any], Any]) -> Any:
        table = cls.prepared(table)
        found = list(cls.disagreements(RawTable(table, cls))) if isinstance(table, dict) else []
        if not found:
            return handler(table)
        lines: list[InitErrorDetails] = []
        try:
            handler(table)
        except ValidationError as error:
            lines = [_line(e) for e in error.errors(include_url=False)]
        lines += [
            InitErrorDetails(type="value_error", loc=where, input=fault.value, ctx={"error": Wrong(fault)})
            for where, fault in found
        ]
        raise ValidationError.from_exception_data(cls.__name__, lines)


def _line(error: Any) -> InitErrorDetails:
    return InitErrorDetails(type=error["type"], loc=error["loc"], input=error["input"], ctx=error.get("ctx", {}))
