"""From what pydantic collected to faults that a person can act on: place, what is allowed, the nearest right answer."""

from __future__ import annotations

from typing import Any

from annotated_types import Ge, Gt, Le, Lt
from pydantic import BaseModel, ValidationError

from osteon.errors import Fault, nearest, shown
from osteon.inputs.fields import Wrong

_NEEDED = {
    "string_type": "a text in quotes",
    "int_type": "a whole number, without quotes",
    "int_from_float": "a whole number",
    "float_type": "a plain number, without quotes",
    "bool_type": "true or false, without quotes",
    "list_type": "a list in square brackets",
    "model_type": "a table",
    "model_attributes_type": "a table",
    "dict_type": "a table",
}


def faults_of(error: ValidationError, name: str, record: type[BaseModel]) -> list[Fault]:
    """Every fault of a file, each once. name : of the file; record : the type that was to be read."""
    return list(dict.fromkeys(_fault(e, name, record) for e in error.errors(include_url=False)))


def _fault(found: Any, name: str, record: type[BaseModel]) -> Fault:
    loc = tuple(p for p in found["loc"] if not str(p).startswith("("))  # tags of a choice
    place = place_of(name, loc)
    inner = found.get("ctx", {}).get("error")
    if isinstance(inner, Wrong):
        f = inner.fault
        return Fault(f.code, place, f.value, f.allowed, f.hint, f.message)
    if found["type"] == "extra_forbidden":
        return _unknown_key(place, shown(str(loc[-1])), _fields_at(record, loc[:-1]))
    if found["type"] == "missing":
        return _missing(place, str(loc[-1]), _field_at(record, loc))
    return _bad_value(found, place, _field_at(record, loc))


def _unknown_key(place: str, key: str, known: list[str]) -> Fault:
    close = nearest(key, known)
    hint = f"Did you mean '{close}'?" if close else ""
    odd = "" if key.isascii() else " It holds letters that are not plain ASCII."
    message = f"There is no key '{key}' here.{odd} {hint}".strip()
    return Fault("unknown_key", place, key, ", ".join(known), hint, message)


def _missing(place: str, key: str, field: Any) -> Fault:
    if field is not None and _record_in(field.annotation) is not None:
        written = f"[[{key}]]" if _is_list(field.annotation) else f"[{key}]"
        return Fault("missing_key", place, "", written, "", f"The table {written} is needed and missing.")
    examples = getattr(next(iter(getattr(field, "metadata", ())), None), "schema", {}).get("examples", ())
    hint = f'Write {key} = "{examples[0]}", with your own value.' if examples else ""
    return Fault("missing_key", place, "", "", hint, f"The key '{key}' is needed and missing. {hint}".strip())


def _bad_value(found: Any, place: str, field: Any) -> Fault:
    value, kind = found.get("input"), found["type"]
    seen = shown(value) if isinstance(value, (str, int, float, bool)) else f"a {type(value).__name__}"
    if kind == "list_type" and field is not None and _record_in(field.annotation) is not None:
        key = place.rsplit(" ", 1)[-1]
        hint = f"Write the heading in double brackets, as [[{key}]]."
        return Fault(
            "bad_value", place, seen, "a list of tables", hint, f"One table stands where a list is read. {hint}"
        )
    if kind in _NEEDED:
        needed = _NEEDED[kind]
        return Fault("bad_value", place, seen, needed, "", f"'{seen}' cannot stand here: {needed} is needed.")
    if kind == "too_short":
        return Fault(
            "bad_value", place, seen, "at least one entry", "", "This list is empty; at least one entry is needed."
        )
    if kind == "too_long":
        most = found["ctx"]["max_length"]
        return Fault(
            "bad_value", place, seen, f"at most {most}", "", f"This list is too long: {most} entries are the most."
        )
    allowed = _span(field) or found["msg"]
    return Fault("bad_value", place, value, allowed, "", f"{seen} is out of range.")


def _span(field: Any) -> str:
    words = []
    for bound in getattr(field, "metadata", ()):
        words += [f"at least {bound.ge:g}"] if isinstance(bound, Ge) else []
        words += [f"more than {bound.gt:g}"] if isinstance(bound, Gt) else []
        words += [f"at most {bound.le:g}"] if isinstance(bound, Le) else []
        words += [f"less than {bound.lt:g}"] if isinstance(bound, Lt) else []
    return " and ".join(words)


def place_of(name: str, loc: tuple[Any, ...]) -> str:
    """`study.toml [arm.2.regimen.1] dose` from a location; tables and entries are counted from 1.

    >>> place_of("study.toml", ("arm", 1, "regimen", 0, "dose"))
    'study.toml [arm.2.regimen.1] dose'
    >>> place_of("study.toml", ("design", "visits", 2))
    'study.toml [design] visits[3]'
    """
    parts = [p + 1 if isinstance(p, int) else shown(str(p)) for p in loc]
    entry = ""
    if parts and isinstance(parts[-1], int):
        entry = f"[{parts.pop()}]"
    if not parts:
        return name
    table = ".".join(str(p) for p in parts[:-1])
    return f"{name} [{table}] {parts[-1]}{entry}" if table else f"{name} {parts[-1]}{entry}"


def _fields_at(record: Any, loc: tuple[Any, ...]) -> list[str]:
    """Keys of the table at a location."""
    inner = record
    for part in loc:
        field = _field_of(inner, part)
        inner = inner if isinstance(part, int) else _record_in(field.annotation) if field else None
    return [f.alias or n for n, f in getattr(inner, "model_fields", {}).items()]


def _field_at(record: Any, loc: tuple[Any, ...]) -> Any:
    """The field at a location; for an entry of a list, the list's."""
    inner, field = record, None
    for part in loc:
        if isinstance(part, int):
            continue
        field = _field_of(inner, part)
        inner = _record_in(field.annotation) if field else None
    return field


def _field_of(record: Any, key: Any) -> Any:
    fields = getattr(record, "model_fields", {})
    return next((f for n, f in fields.items() if (f.alias or n) == key), None)


def _record_in(annotation: Any) -> Any:
    """The record type inside an annotation such as `list[Arm]` or `Person | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((r for a in getattr(annotation, "__args__", ()) if (r := _record_in(a)) is not None), None)


def _is_list(annotation: Any) -> bool:
    return getattr(annotation, "__origin__", None) is list
