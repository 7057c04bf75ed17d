"""Quantities as people write them: a number, one space, a unit from a closed list. Nothing else is read.

Never hand user text to a general unit parser: some read `1,5 mg` as 15 mg and hang on `9**9**9`. What is almost right is
refused with the right way to write it; it is never guessed at.
"""

from __future__ import annotations

import datetime
import math
import re
from dataclasses import dataclass

from osteon.errors import Fault, InputError, OsteonError, latin_look, nearest, shown
from osteon.units import Unit, parse_unit

_WORDS = [
    "kg",
    "g",
    "mg",
    "ug",
    "ng",
    "IU",
    "cells",
    "particles",
    "L",
    "mL",
    "uL",
    "m",
    "cm",
    "mm",
    "um",
    "s",
    "min",
    "h",
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
    "mL/min",
    "mg/kg",
    "ug/kg",
    "g/kg",
    "cells/kg",
    "particles/kg",
    "units",
    "MPa",
]
_BASES = [
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
]
_SPANS = ("min", "h", "day", "week", "month", "year")
UNITS: frozenset[str] = frozenset(
    [*_WORDS, "ug protein", "ug protein/kg", *(f"{base}/{span}" for base in _BASES for span in _SPANS)]
)
_MEANT = {
    "%": "percent",
    "pct": "percent",
    "mcg": "ug",
    "hr": "h",
    "hour": "h",
    "hours": "h",
    "minute": "min",
    "minutes": "min",
    "sec": "s",
    "seconds": "s",
    "d": "days",
    "wk": "weeks",
    "mo": "months",
    "yr": "years",
    "y": "years",
    "unit": "units",
    "unit/day": "units/day",
    "cell": "cells",
    "ml": "mL",
}  # told as a hint, never read
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}.*|\d{1,2}:\d{2}.*")
_LONGEST = 64  # characters
_FORM = 'a number, one space and a unit, as in "60 mg", "2e6 cells/kg", "24 months"'
_KNOWN = "mg, ug, g, IU, cells, cells/kg, particles, mL, min, h, days, weeks, months, years, percent, nmol/L, kg/m^2, mg/day …"


@dataclass(frozen=True)
class Quantity:
    """value in `unit` as written; `convert` gives it in another unit of the same dimension."""

    value: float
    unit: str

    @property
    def parsed(self) -> Unit:
        """The unit as size and powers of dimensions."""
        return parse_unit(self.unit.replace("ug protein", "ug"))

    @property
    def dimension(self) -> str:
        """The dimension in words, as `mass` or `cells/mass`."""
        return self.parsed.dimension

    @property
    def canonical(self) -> float:
        """The number in the canonical unit of its dimension (days, mg, cells …).

        >>> Quantity(2.0, "weeks").canonical
        14.0
        """
        return self.value * self.parsed.factor / self.parsed.canonical.factor

    def convert(self, unit: str) -> float:
        """The number in another unit; the dimension was checked when it was read."""
        return self.value * self.parsed.factor / parse_unit(unit).factor

    def __str__(self) -> str:
        return f"{self.value:g} {self.unit}"


def parse(text: object, unit: str, place: str = "", low: float = -math.inf, high: float = math.inf) -> Quantity:
    """Read a quantity of the same dimension as `unit`, between `low` and `high` (in `unit`).

    Raises InputError that says what is wrong and how to write it.

    >>> parse("60 mg", "mg").value
    60.0
    """
    if not isinstance(text, str):
        raise _fault(place, text, *_no_text(text, unit))
    quantity = _read(text, unit, place)
    value = quantity.convert(unit)
    if not (math.isfinite(value) and math.isfinite(quantity.canonical)):
        raise _fault(place, text, f"'{shown(text)}' is too large for a number.")
    if not low <= value <= high:
        span = f"{low:g} to {high:g} {unit}" if math.isfinite(high) else f"at least {low:g} {unit}"
        raise _fault(place, text, f"'{text}' is out of range.", allowed=span, code="out_of_range")
    return quantity


def read_number(text: str, place: str = "") -> float:
    """A plain decimal number, as `2`, `-2.5` or `2e6`; finite, and not so small that it would become zero.

    Raises InputError for anything else: commas, inf, nan, hexadecimal, underscores, other alphabets.

    >>> read_number("2e6")
    2000000.0
    """
    if len(text) > _LONGEST or not _NUMBER.fullmatch(text):
        hint = _comma(text) if "," in text else ""
        raise _fault(place, text, f"'{shown(text)}' is not a plain number. {hint}".strip(), hint)
    value = float(text) + 0.0  # -0 becomes 0
    if not math.isfinite(value):
        raise _fault(place, text, f"'{text}' is too large for a number.")
    if value == 0.0 and re.search("[1-9]", text.lower().partition("e")[0]):
        raise _fault(place, text, f"'{text}' is too small for a number.")
    return value


def _read(text: str, unit: str, place: str) -> Quantity:
    number, space, word = text.partition(" ")
    if len(text) > _LONGEST or not text.isascii() or not _NUMBER.fullmatch(number) or (space and word not in UNITS):
        raise _unreadable(text, unit, place)
    if not space:
        hint = f'Write "{number} {unit}".'
        raise _fault(place, text, f"'{text}' has no unit. {hint}", hint, code="missing_unit")
    quantity = Quantity(read_number(number, place), word)
    if quantity.parsed.exponents != parse_unit(unit).exponents:
        message = f"'{text}' measures something else: a unit like '{unit}' is needed here."
        raise _fault(place, text, message, allowed=unit, code="wrong_dimension")
    return quantity


def _fault(
    place: str, value: object, message: str, hint: str = "", code: str = "bad_quantity", allowed: str = _FORM
) -> InputError:
    return InputError(Fault(code=code, place=place, value=value, allowed=allowed, hint=hint, message=message))


def _no_text(found: object, unit: str) -> tuple[str, str, str]:
    """Message, hint and code for a bare number, a date, a list or the like."""
    if isinstance(found, (datetime.date, datetime.time)):
        return f"{found} is a date. {_NO_DATES}", _NO_DATES, "bad_quantity"
    if isinstance(found, bool) or not isinstance(found, (int, float)):
        return f"{shown(found)} is not a quantity.", "", "missing_unit"
    if not abs(found) < 1e30:
        return f"{shown(found)} is not a number that can be used, and has no unit.", "", "missing_unit"
    hint = f'Write "{found:g} {unit}".' if float(f"{found:g}") == found else f'Write "{found} {unit}".'
    return f"{found} has no unit. {hint}", hint, "missing_unit"


_NO_DATES = 'Dates are not read here; count from month 0, as in "6 months" or "-90 days".'


def _unreadable(text: str, unit: str, place: str) -> InputError:
    """What is wrong with a text outside the grammar, and the nearest text inside it."""
    number, space, word = text.partition(" ")
    if len(text) > _LONGEST:
        return _fault(place, text, "This is too long for a quantity.")
    if _DATE.fullmatch(text):
        return _fault(place, text, f"'{text}' is a date. {_NO_DATES}", _NO_DATES)
    hint = _comma(text) if "," in text else _repaired(text, unit)
    if not text.isascii():
        return _fault(place, text, f"'{text}' holds a character that is not plain ASCII. {hint}".strip(), hint)
    if not _NUMBER.fullmatch(number):
        return _fault(place, text, f"'{shown(text)}' does not begin with a plain number. {hint}".strip(), hint)
    message = f"'{shown(word)}' is not a unit that is known here. {hint}".strip()
    return _fault(place, text, message, hint, "unknown_unit", _KNOWN)


def _comma(text: str) -> str:
    point = text.replace(",", ".")
    if re.match(r"[+-]?\d{1,3}(,\d{3})+(?!\d)", text):
        return f'Write "{text.replace(",", "")}", or "{point}" if a decimal point is meant.'
    return f'Write "{point}".'


def _repaired(text: str, unit: str) -> str:
    """The quantity that was probably meant, as a hint; empty when it is not clear."""
    found = re.fullmatch(r"([+-]?[\d.]+(?:[eE][+-]?\d+)?)\s*([^\d\s].*)?", latin_look(text).strip())
    if not found:
        return ""
    number, word = found[1], " ".join((found[2] or unit).split())
    word = _MEANT.get(word.lower(), word)
    if word not in UNITS:
        word = nearest(word, UNITS) or "" if re.fullmatch(r"[A-Za-z/^2]+", word) else ""
    candidate = f"{number} {word}"
    try:
        parse_unit(word.replace("ug protein", "ug"))
        read_number(number)
    except OsteonError:
        return ""
    return f'Write "{candidate}".'
