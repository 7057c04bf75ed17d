"""Quantities as people write them: a number, one space, a unit from a closed list. Nothing else is read.

Never hand user text to a general unit parser: some read `1,5 mg` as 15 mg and hang on `9**9**9`. What is almost right is
refused with the right way to write it; it is never guessed at.
"""

from __future__ import annotations

import datetime
import math
import re
from dataclasses import dataclass
from fractions import Fraction

from osteon.errors import Fault, InputError, OsteonError, shown
from osteon.io.unit_words import PERCENT, UNITS, offered, size_of
from osteon.units import Unit, exact_size, parse_unit, sizes

_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}.*|\d{1,2}:\d{2}.*")
_LONGEST = 64  # characters
_FORM = 'a number, one space and a unit, as in "60 mg", "2e6 cells/kg", "24 months"'
_KNOWN = "mg, ug, g, lb, IU, cells, cells/kg, particles, mL, min, h, days, weeks, months, years, percent, nmol/L, kg/m^2, mg/day …"


@dataclass(frozen=True)
class Quantity:
    """value in `unit` as written; `convert` gives it in another unit of the same dimension.

    substance : a name of units.SUBSTANCES, of which mass, amount and IU are converted into each other
    """

    value: float
    unit: str
    substance: str = ""

    @property
    def parsed(self) -> Unit:
        """The unit as size and powers of dimensions."""
        return size_of(self.unit)

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
        """The number in another unit, rounded once: 60000 ug and 60 mg are one number. Raises InputError where that
        measures something else.
        """
        both = sizes(self.parsed, parse_unit(unit), self.substance)
        if both is None:
            raise InputError(f"'{self.unit}' and '{unit}' measure different things.")
        if self.parsed.exponents != parse_unit(unit).exponents:
            return self.value * both[0] / both[1]
        try:
            return float(Fraction(repr(self.value)) * exact_size(self.parsed.text) / exact_size(unit))
        except OverflowError:
            return math.copysign(math.inf, self.value)

    def __str__(self) -> str:
        return f"{self.value:g} {self.unit}"


def parse(
    text: object,
    unit: str,
    place: str = "",
    low: float = -math.inf,
    high: float = math.inf,
    substance: str = "",
) -> Quantity:
    """Read a quantity of the same dimension as `unit`, between `low` and `high` (in `unit`).

    substance : a name of units.SUBSTANCES, of which a mass, an amount and an IU measure the same

    Raises InputError that says what is wrong and how to write it; what it offers is of the same size and in the range.

    >>> parse("60 mg", "mg").value
    60.0
    >>> parse("20 ug/day", "IU/day", substance="vitamin D").convert("IU/day")
    800.0
    """
    field = _Field(unit, place, low, high, substance)
    if not isinstance(text, str):
        raise _fault(place, text, *_no_text(text, field))
    quantity = _read(text, field)
    value = quantity.convert(unit)
    if not (math.isfinite(value) and math.isfinite(quantity.canonical)):
        raise _fault(place, text, f"'{shown(text)}' is too large for a number.")
    if not low <= value <= high:
        span = f"{low:g} to {high:g} {unit}" if math.isfinite(high) else f"at least {low:g} {unit}"
        raise _fault(place, text, f"'{text}' is out of range.", allowed=span, code="out_of_range")
    return quantity


@dataclass(frozen=True)
class _Field:
    """Where a quantity stands: the unit it is kept in, its place, its range, the substance it counts."""

    unit: str
    place: str = ""
    low: float = -math.inf
    high: float = math.inf
    substance: str = ""

    def readable(self, text: str) -> bool:
        """Whether a text can be read here, or measures something else."""
        try:
            quantity = Quantity(read_number(text.partition(" ")[0]), text.partition(" ")[2], self.substance)
        except OsteonError:
            return False
        if quantity.unit not in UNITS:
            return False
        both = sizes(quantity.parsed, parse_unit(self.unit), self.substance)
        return both is None or self.low <= quantity.value * both[0] / both[1] <= self.high

    def hint(self, *texts: str) -> str:
        """The texts that can be read here, as a hint."""
        found = [f'"{t}"' for t in dict.fromkeys(texts) if t and self.readable(t)]
        return f"Write {' or '.join(found)}." if found else ""


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


def _read(text: str, field: _Field) -> Quantity:
    number, space, word = text.partition(" ")
    if len(text) > _LONGEST or not text.isascii() or not _NUMBER.fullmatch(number) or (space and word not in UNITS):
        raise _unreadable(text, field)
    if not space:
        hint = _with_unit(number, field)
        message = f"'{text}' has no unit. {hint}".strip()
        raise _fault(field.place, text, message, hint, code="missing_unit", allowed=_allowed(field))
    quantity = Quantity(read_number(number, field.place), word, field.substance)
    if sizes(quantity.parsed, parse_unit(field.unit), field.substance) is None:
        written = PERCENT.get(field.unit, field.unit)
        message = f"'{text}' measures something else: a unit like '{written}' is needed here."
        raise _fault(field.place, text, message, allowed=field.unit, code="wrong_dimension")
    return quantity


def _with_unit(number: str, field: _Field) -> str:
    """A number as it may be meant: in the unit of the field; a share below 1 as it stands or as percent."""
    unit = PERCENT.get(field.unit, field.unit)
    value = float(number)
    share = field.unit in PERCENT and 0 < value <= 1
    return field.hint(f"{number} {unit}", f"{100 * value:.12g} {unit}" if share else "")


def _allowed(field: _Field) -> str:
    return _FORM if field.unit in UNITS else f'a share with its unit, as in "10 {PERCENT.get(field.unit, field.unit)}"'


def _fault(
    place: str, value: object, message: str, hint: str = "", code: str = "bad_quantity", allowed: str = _FORM
) -> InputError:
    return InputError(Fault(code=code, place=place, value=value, allowed=allowed, hint=hint, message=message))


def _no_text(found: object, field: _Field) -> tuple[str, str, str]:
    """Message, hint and code for a bare number, a date, a list or the like."""
    if isinstance(found, (datetime.date, datetime.time)):
        return f"{found} is a date. {_NO_DATES}", _NO_DATES, "bad_quantity"
    if isinstance(found, bool) or not isinstance(found, (int, float)):
        return f"{shown(found)} is not a quantity.", "", "missing_unit"
    if not abs(found) < 1e30:
        return f"{shown(found)} is not a number that can be used, and has no unit.", "", "missing_unit"
    hint = _with_unit(f"{found:g}" if float(f"{found:g}") == found else str(found), field)
    return f"{found} has no unit. {hint}".strip(), hint, "missing_unit"


_NO_DATES = 'Dates are not read here; count from month 0, as in "6 months" or "-90 days".'


def _unreadable(text: str, field: _Field) -> InputError:
    """What is wrong with a text outside the grammar, and the nearest text inside it."""
    place = field.place
    number, space, word = text.partition(" ")
    if len(text) > _LONGEST:
        return _fault(place, text, "This is too long for a quantity.")
    if _DATE.fullmatch(text):
        return _fault(place, text, f"'{text}' is a date. {_NO_DATES}", _NO_DATES)
    hint = _comma(text, field) if "," in text else field.hint(offered(text, field.unit, field.substance))
    if not text.isascii():
        return _fault(place, text, f"'{text}' holds a character that is not plain ASCII. {hint}".strip(), hint)
    if not _NUMBER.fullmatch(number):
        return _fault(place, text, f"'{shown(text)}' does not begin with a plain number. {hint}".strip(), hint)
    message = f"'{shown(word)}' is not a unit that is known here. {hint}".strip()
    return _fault(place, text, message, hint, "unknown_unit", _KNOWN)


def _comma(text: str, field: _Field | None = None) -> str:
    """A number with a comma for its point, or between its thousands; both where it may be either."""
    point = text.replace(",", ".")
    if field:
        point = offered(point, field.unit, field.substance)
    good = (lambda t: t and field.readable(t)) if field else _plain_number
    point = f'"{point}"' if good(point) else ""
    if not re.match(r"[+-]?\d{1,3}(,\d{3})+(?!\d)", text):
        return f"Write {point}." if point else ""
    whole = offered(text.replace(",", ""), field.unit, field.substance) if field else text.replace(",", "")
    whole = f'"{whole}"' if good(whole) else ""
    if whole and point:
        return f"Write {whole}, or {point} if a decimal point is meant."
    return f"Write {whole or point}." if whole or point else ""


def _plain_number(text: str) -> bool:
    try:
        read_number(text)
    except OsteonError:
        return False
    return True
