"""Field types of the files people write: quantities, names and conditions, each checked where it stands.

Every fault of a file is told at once: validators raise `Wrong`, pydantic collects them, `faults_of` turns them into
sentences with their place.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationError, WithJsonSchema

from osteon.errors import Fault, InputError, nearest, unknown
from osteon.io.conditions import parse_condition
from osteon.io.quantities import Quantity, parse


class Wrong(ValueError):
    """A fault found by a validator."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__(fault.message)


class Record(BaseModel):
    """Base of every record: frozen, strict, no unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, arbitrary_types_allowed=True)


def checked(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A reader whose InputError becomes a fault of the field."""

    def validate(value: Any) -> Any:
        try:
            return read(value)
        except InputError as error:
            raise Wrong(error.faults[0]) from None

    return validate


def _schema(example: str, what: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "description": what, "examples": [example]})


def number(unit: str, low: float, high: float, example: str, what: str) -> Any:
    """A quantity that becomes a float in `unit`."""
    read = checked(lambda text: text if isinstance(text, float) else parse(text, unit, "", low, high).convert(unit))
    return Annotated[float, BeforeValidator(read), _schema(example, what)]


def _dose(text: Any) -> Quantity:
    if isinstance(text, Quantity):
        return text
    for unit in ("mg", "cells", "particles", "mg/kg", "cells/kg", "particles/kg", "IU"):
        try:
            return parse(text, unit, "", 0.0)
        except InputError as error:
            if error.faults[0].code != "wrong_dimension":
                raise
    return parse(text, "mg", "", 0.0)


def one_of(what: str, names: Iterable[str]) -> Any:
    """A name from a closed list."""
    known = tuple(names)

    def read(text: Any) -> str:
        if text not in known:
            raise Wrong(unknown(what, str(text), known))
        return str(text)

    return Annotated[str, BeforeValidator(read), WithJsonSchema({"enum": list(known)})]


def condition(known: frozenset[str] | None = None) -> Any:
    """A condition of the closed grammar."""
    return Annotated[
        Any,
        BeforeValidator(checked(lambda t: parse_condition(t, "", known))),
        _schema("age >= 55 years", "name operator level"),
    ]


def _plain(name: str) -> str:
    if not name.strip() or len(name) > 120 or not name.isprintable():
        raise Wrong(Fault("bad_name", "", name, "1 to 120 printable characters", "", f"{name!r} is not a usable name."))
    return name


def _identifier(name: str) -> str:
    if not (name.isascii() and name.isidentifier()) or len(name) > 80:
        raise Wrong(
            Fault("bad_name", "", name, "ASCII letters, digits and _", "", f"{name!r} is not a plain ASCII name.")
        )
    return name


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise Wrong(
            Fault("not_finite", "", str(value), "a finite number", "", f"{value} is not a number that can be used.")
        )
    return value


Days = number("days", -40000.0, 40000.0, "6 months", "a time, counted from month 0")
Span = number("days", 1e-6, 40000.0, "24 months", "a length of time")
Dose = Annotated[Quantity, BeforeValidator(checked(_dose)), _schema("60 mg", "an amount")]
Name = Annotated[str, AfterValidator(_plain)]
Identifier = Annotated[str, AfterValidator(_identifier)]
Finite = Annotated[float, AfterValidator(_finite)]
Share = Annotated[float, AfterValidator(_finite)]


def faults_of(error: ValidationError, name: str, record: type[BaseModel]) -> list[Fault]:
    """Every fault of a file, with its place as a person would say it."""
    return [_fault(e, name, record) for e in error.errors(include_url=False)]


def _fault(found: Any, name: str, record: type[BaseModel]) -> Fault:
    place = place_of(name, found["loc"])
    inner = found.get("ctx", {}).get("error")
    if isinstance(inner, Wrong):
        f = inner.fault
        return Fault(f.code, place, f.value, f.allowed, f.hint, f.message)
    key = str(found["loc"][-1]) if found["loc"] else ""
    if found["type"] == "extra_forbidden":
        known = _fields_at(record, found["loc"][:-1])
        close = nearest(key, known)
        hint = f"Did you mean '{close}'?" if close else ""
        return Fault("unknown_key", place, key, ", ".join(known), hint, f"There is no key '{key}' here. {hint}".strip())
    if found["type"] == "missing":
        return Fault("missing_key", place, "", "", "", f"The key '{key}' is needed and missing.")
    value = found.get("input")
    shown = value if isinstance(value, (str, int, float, bool)) else type(value).__name__
    return Fault(
        "bad_value", place, shown, "", "", f"{shown!r} cannot stand here: {found['msg'][:1].lower()}{found['msg'][1:]}."
    )


def place_of(name: str, loc: tuple[Any, ...]) -> str:
    """`study.toml [arm.2.regimen.1] dose` from a location; tables are counted from 1."""
    parts = [str(p + 1) if isinstance(p, int) else str(p) for p in loc if p not in ("function-before",)]
    if not parts:
        return name
    table = ".".join(parts[:-1])
    return f"{name} [{table}] {parts[-1]}" if table else f"{name} {parts[-1]}"


def _fields_at(record: Any, loc: tuple[Any, ...]) -> list[str]:
    for part in loc:
        if isinstance(part, int):
            continue
        field = getattr(record, "model_fields", {}).get(part)
        record = _inner(field.annotation) if field else None
    return [f.alias or n for n, f in getattr(record, "model_fields", {}).items()]


def _inner(annotation: Any) -> Any:
    for part in getattr(annotation, "__args__", ()):
        found = _inner(part)
        if found is not None:
            return found
    return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None
