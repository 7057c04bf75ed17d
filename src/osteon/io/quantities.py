"""Quantities as people write them: a number, one space, a unit from a closed list. Nothing else is read.

Never hand user text to a general unit parser: some read `1,5 mg` as 15 mg and hang on `9**9**9`.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from osteon.errors import Fault, InputError, nearest
from osteon.units import Unit, parse_unit

_WORDS = [
    "mg",
    "ug",
    "g",
    "ng",
    "kg",
    "IU",
    "cells",
    "particles",
    "mL",
    "L",
    "uL",
    "mm",
    "cm",
    "m",
    "min",
    "h",
    "s",
    "day",
    "days",
    "week",
    "weeks",
    "month",
    "months",
    "year",
    "years",
    "percent",
    "nmol/L",
    "pmol/L",
    "mmol/L",
    "ug/L",
    "ng/mL",
    "pg/mL",
    "g/cm^2",
    "kg/m^2",
    "mg/kg",
    "ug/kg",
    "units",
    "um",
    "MPa",
    "1",
]
_BASES = (
    "mg",
    "ug",
    "g",
    "IU",
    "cells",
    "particles",
    "mL",
    "units",
    "percent",
    "mg/kg",
    "ug/kg",
    "g/kg",
    "cells/kg",
    "particles/kg",
)
_SPANS = ("min", "h", "day", "week", "month", "year")
UNITS: frozenset[str] = frozenset(
    [*_WORDS, "cells/kg", "particles/kg", "ug protein", "ug protein/kg", *(f"{b}/{s}" for b in _BASES for s in _SPANS)]
)
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?")
_FORM = 'a number, one space and a unit, as in "60 mg", "2e6 cells/kg", "24 months"'


@dataclass(frozen=True)
class Quantity:
    """value in `unit` as written; `convert` gives it in another unit of the same dimension."""

    value: float
    unit: str

    @property
    def parsed(self) -> Unit:
        return parse_unit(self.unit.replace("ug protein", "ug"))

    def convert(self, unit: str) -> float:
        """The number in another unit; the dimension was checked when it was read."""
        return self.value * self.parsed.factor / parse_unit(unit).factor

    def __str__(self) -> str:
        return f"{self.value:g} {self.unit}"


def _fault(
    place: str, text: object, message: str, hint: str = "", allowed: str = "", code: str = "bad_quantity"
) -> InputError:
    return InputError(Fault(code=code, place=place, value=text, allowed=allowed, hint=hint, message=message))


def parse(text: object, unit: str, place: str = "", low: float = -math.inf, high: float = math.inf) -> Quantity:
    """Read a quantity of the same dimension as `unit`, between `low` and `high` (in `unit`).

    Raises InputError that says what is wrong and how to write it.

    >>> parse("60 mg", "mg").value
    60.0
    """
    if isinstance(text, bool) or not isinstance(text, str):
        hint = f'Write "{text} {unit}".' if isinstance(text, (int, float)) and not isinstance(text, bool) else ""
        raise _fault(place, text, f"{text!r} has no unit. {hint}".strip(), hint, _FORM, "missing_unit")
    quantity = _read(text, unit, place)
    value = quantity.convert(unit)
    if not low <= value <= high:
        span = f"{low:g} to {high:g} {unit}" if math.isfinite(high) else f"at least {low:g} {unit}"
        raise _fault(place, text, f"'{text}' is out of range.", allowed=span, code="out_of_range")
    return quantity


def _read(text: str, unit: str, place: str) -> Quantity:
    if len(text) > 64:
        raise _fault(place, text[:64] + "…", "This is too long for a quantity.", allowed=_FORM)
    if not text.isascii():
        hint = "Write micrograms as 'ug'." if "g" in text else "Use plain ASCII letters and digits."
        raise _fault(place, text, f"'{text}' holds a character that is not plain ASCII. {hint}", hint, _FORM)
    number, space, word = text.partition(" ")
    if not _NUMBER.fullmatch(number):
        hint = f"Write '{text.replace(',', '.')}'." if "," in number else ""
        raise _fault(place, text, f"'{number}' is not a plain number. {hint}".strip(), hint, _FORM)
    if not space:
        raise _fault(
            place, text, f"'{text}' has no unit. Write \"{number} {unit}\".", allowed=_FORM, code="missing_unit"
        )
    if word not in UNITS:
        close = nearest(word, UNITS)
        hint = f"Did you mean '{number} {close}'?" if close else ""
        known = (
            "mg, ug, g, IU, cells, cells/kg, mL, min, h, days, weeks, months, years, percent, nmol/L, kg/m^2, mg/day …"
        )
        raise _fault(
            place, text, f"'{word}' is not a unit that is known here. {hint}".strip(), hint, known, "unknown_unit"
        )
    value = float(number)
    if not math.isfinite(value):
        raise _fault(place, text, f"'{number}' is too large for a number.", allowed=_FORM)
    quantity = Quantity(value, word)
    if quantity.parsed.exponents != parse_unit(unit).exponents:
        text_ = f"'{text}' measures something else: a unit like '{unit}' is needed here."
        raise _fault(place, text, text_, allowed=unit, code="wrong_dimension")
    return quantity
