"""Conditions in files: `age >= 55 years`, `t_total_hip > -1.5`. A closed grammar, read by us, never run as code."""

from __future__ import annotations

import re
from dataclasses import dataclass

from osteon.errors import Fault, InputError
from osteon.io.quantities import parse

_FORM = re.compile(r"([A-Za-z_][A-Za-z0-9_]*) (<=|>=|<|>|==) ([^ ]+)(?: ([^ ]+))?")
UNIT_OF = {
    "age": "years",
    "years_since_menopause": "years",
    "bmi": "kg/m^2",
    "calcium": "mmol/L",
    "vitamin_d": "nmol/L",
    "body_weight": "kg",
}


@dataclass(frozen=True)
class Condition:
    """quantity operator level, with the level in the unit of the quantity."""

    quantity: str
    operator: str
    level: float
    text: str

    def holds(self, value: float) -> bool:
        """Whether a value meets the condition."""
        return {
            "<": value < self.level,
            "<=": value <= self.level,
            ">": value > self.level,
            ">=": value >= self.level,
            "==": value == self.level,
        }[self.operator]


def parse_condition(text: object, place: str = "", known: frozenset[str] | None = None) -> Condition:
    """Read one condition. Raises InputError for anything outside the grammar or an unknown quantity.

    >>> parse_condition("t_total_hip > -1.5").level
    -1.5
    """
    from osteon.errors import unknown

    if not isinstance(text, str) or len(text) > 120 or not text.isascii() or not (found := _FORM.fullmatch(text)):
        form = 'a name, an operator (< <= > >=) and a level, as in "age >= 55 years" or "t_total_hip > -1.5"'
        message = f"{text!r} is not a condition that is read here."
        raise InputError(Fault(code="bad_condition", place=place, value=str(text)[:120], allowed=form, message=message))
    name, operator, number, unit = found.groups()
    if known is not None and name not in known:
        raise InputError(unknown("quantity", name, known, place))
    wanted = UNIT_OF.get(name, "1")
    level = parse(f"{number} {unit or ('1' if wanted == '1' else '')}".strip(), wanted, place).convert(wanted)
    return Condition(name, operator, level, text)
