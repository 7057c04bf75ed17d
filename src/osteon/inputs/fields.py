"""Fields of the files people write: quantities, names, conditions; each knows how it is read and what its schema says.

A reader raises `Wrong`, which carries a fault; pydantic collects every one of them, and `faults` words them.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator
from pydantic_core import core_schema

from osteon.errors import Fault, InputError, latin_look, shown, unknown
from osteon.inputs.aliases import current_name
from osteon.io.conditions import COMPARISON_OPERATORS, Condition, parse_condition
from osteon.io.quantities import Quantity, parse

_QUANTITY = r"^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})? [A-Za-z]\S*( protein(/kg)?)?$"


class Wrong(ValueError):
    """A fault found by a reader."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__(fault.message)


@dataclass(frozen=True, eq=False)
class Reader:
    """read : the text of a field to its value, raising InputError or Wrong; schema : what a JSON Schema says of it."""

    read: Callable[[Any], Any]
    schema: Mapping[str, Any]

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(self._validate)

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> dict[str, Any]:
        return {k: list(v) if k == "enum" else v for k, v in self.schema.items()}

    def _validate(self, value: Any) -> Any:
        try:
            return self.read(value)
        except InputError as error:
            raise Wrong(error.faults[0]) from None


def quantity(unit: str, low: float, high: float, example: str, what: str, substance: str = "") -> Reader:
    """A text with a unit that becomes a number in `unit`, between low and high.   substance : see units.SUBSTANCES"""
    span = f"{low:g} to {high:g} {unit}"
    return Reader(
        lambda text: parse(text, unit, "", low, high, substance).convert(unit),
        {"type": "string", "pattern": _QUANTITY, "description": f"{what}; {span}", "examples": [example]},
    )


def days(low: float, high: float, example: str, what: str, meant: Collection[str] = ("months", "days")) -> Reader:
    """A time that becomes days; a bare number is answered with the units in which it may be meant."""
    plain = quantity("days", low, high, example, what)

    def read(text: Any) -> Any:
        try:
            return plain.read(text)
        except InputError as error:
            raise _reworded(error, "missing_unit", text, meant) from None

    return Reader(read, plain.schema)


def _reworded(error: InputError, code: str, text: Any, units: Collection[str]) -> InputError:
    """The fault of a bare number, with every way in which it may be meant."""
    fault = error.faults[0]
    untreated = isinstance(text, str) or (
        isinstance(text, (int, float)) and not isinstance(text, bool) and abs(text) < 1e30
    )
    if fault.code != "missing_unit" or not untreated:
        return error
    hint = "Write " + " or ".join(f'"{text} {unit}"' for unit in units) + "."
    return InputError(Fault(code, fault.place, fault.value, fault.allowed, hint, f"{text} has no unit. {hint}"))


def one_of(what: str, names: Collection[str]) -> Reader:
    """A name from a closed list."""

    def read(text: Any) -> str:
        if not isinstance(text, str) or text not in names:
            raise Wrong(unknown(what, shown(text), names))
        return text

    return Reader(read, {"enum": names})


def condition(known: Collection[str] | None = None, operators: Collection[str] = tuple(COMPARISON_OPERATORS)) -> Reader:
    """A condition of the closed grammar; what is joined to it by `and` stands in its `also`."""
    return Reader(
        lambda text: parse_condition(text, "", known, operators),
        {"type": "string", "description": "name operator level", "examples": ["age >= 55 years"]},
    )


def dose(units: Collection[str], example: str, code: str, basis: Collection[str]) -> Reader:
    """An amount in one of several dimensions, kept as it was written.

    code, basis : of the fault that a bare number is, and the units that it may be meant in
    """

    def read(text: Any) -> Quantity:
        for unit in units:
            try:
                return parse(text, unit, "", 0.0)
            except InputError as error:
                if error.faults[0].code != "wrong_dimension":
                    raise _reworded(error, code, text, basis) from None
        return parse(text, next(iter(units)), "", 0.0)

    return Reader(read, {"type": "string", "pattern": _QUANTITY, "description": "an amount", "examples": [example]})


def share(text: Any) -> float:
    """A share from 0 to below 1 lost in a year, from `10 percent/year` or `1 percent/month` (each month's own share)."""
    written = parse(text, "1/year", "", 0.0)
    span = written.unit.partition("/")[2]
    lost = written.convert(f"1/{span}")
    if not 0 <= lost < 1:
        raise Wrong(_fault("out_of_range", text, f"'{text}' is out of range.", "0 to below 100 percent"))
    return float(1 - (1 - lost) ** (1 / Quantity(1.0, span).convert("years")))


def _fault(code: str, value: object, message: str, allowed: str = "", hint: str = "") -> Fault:
    return Fault(code, "", value, allowed, hint, message)


def _plain(name: str) -> str:
    if not name.strip() or name != name.strip() or len(name) > 120 or not name.isprintable():
        allowed = "1 to 120 printable characters, no space at either end"
        raise Wrong(_fault("bad_name", name, f"'{shown(name)}' is not a usable name.", allowed))
    for word in name.split():
        alphabets = {_alphabet(c) for c in word if c.isalpha()}
        if len(alphabets) > 1 and latin_look(word).isascii() and not word.isascii():
            hint = f"Write '{latin_look(name)}' if plain letters are meant."
            message = f"'{word}' mixes alphabets that look alike. {hint}"
            raise Wrong(_fault("look_alike_name", name, message, "letters of one alphabet in a word", hint))
    return name


def _alphabet(letter: str) -> str:
    return unicodedata.name(letter, "?").partition(" ")[0]


def _identifier(name: str) -> str:
    if not (name.isascii() and name.isidentifier()) or len(name) > 80:
        look = latin_look(name)
        hint = f"Did you mean '{look}'?" if look != name and look.isascii() and look.isidentifier() else ""
        message = f"'{shown(name)}' is not a plain ASCII name. {hint}".strip()
        raise Wrong(_fault("bad_name", name, message, "ASCII letters, digits and _", hint))
    return name


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise Wrong(_fault("not_finite", value, f"{value} is not a number that can be used.", "a finite number"))
    return value + 0.0


Days = Annotated[float, days(-40000.0, 40000.0, "6 months", "a time, counted from month 0")]
Span = Annotated[float, days(1e-6, 40000.0, "24 months", "a length of time")]
Length = Annotated[float, days(0.0, 40000.0, "15 min", "a length of time, or none", ("min", "h"))]
DrugDose = Annotated[
    Quantity, dose(("mg", "mg/kg", "IU", "cells", "cells/kg", "particles"), "60 mg", "missing_unit", ("mg", "ug"))
]
_CELL_UNITS = ("cells", "cells/kg", "particles", "particles/kg", "mg", "mg/kg")
CellAmount = Annotated[Quantity, dose(_CELL_UNITS, "2e6 cells/kg", "missing_basis", ("cells", "cells/kg"))]
Drop = Annotated[float, Reader(share, {"type": "string", "pattern": _QUANTITY, "examples": ["10 percent/year"]})]
Name = Annotated[str, AfterValidator(_plain)]
Identifier = Annotated[str, AfterValidator(_identifier)]
ModelQuantity = Annotated[Identifier, AfterValidator(current_name)]  # of the model; an old name is read as today's
Finite = Annotated[float, AfterValidator(_finite)]
AnyCondition = Annotated[Condition, condition()]
