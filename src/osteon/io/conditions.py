"""Conditions in files: `age >= 55 years`, `t_total_hip > -1.5 and age < 80 years`.

A closed grammar with a tokenizer and a parser of its own; nothing is ever run as code.

    conditions := condition { "and" condition }
    condition  := name operator number [ unit ]
    operator   := < | <= | > | >= | ==
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from osteon.errors import Fault, InputError, shown, unknown
from osteon.io.quantities import parse, read_number

UNIT_OF = {
    "age": "years",
    "years_since_menopause": "years",
    "bmi": "kg/m^2",
    "body_weight": "kg",
    "calcium": "mmol/L",
    "vitamin_d": "nmol/L",
    "pth": "pg/mL",
    "calcitriol": "pmol/L",
    "phosphate": "mmol/L",
    "gfr": "mL/min",
    "egfr": "mL/min",
    "bmd_lumbar_spine": "g/cm^2",
    "bmd_total_hip": "g/cm^2",
    "bmd_femoral_neck": "g/cm^2",
    "ctx": "ug/L",
    "p1np": "ug/L",
    "bsap": "ug/L",
    "ntx": "nmol/mmol",
}  # names that need a unit; every other level is a plain number in the unit of the quantity
SUBSTANCE_OF = {
    "calcium": "calcium",
    "vitamin_d": "25-OH-D",
    "pth": "PTH",
    "calcitriol": "calcitriol",
    "phosphate": "phosphate",
}  # names whose level may be a mass or an amount
COMPARISON_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
}
ORDERINGS = ("<", "<=", ">", ">=")
_LONGEST = 200  # characters
_TOKEN = re.compile(r" *(?:(?P<name>[A-Za-z_]\w*)|(?P<operator>[<>]=?|==)|(?P<number>[+-]?[\d.][^\s<>=]*))", re.ASCII)
_UNIT = re.compile(r" +(?!and\b)(?P<unit>(?:1/)?[A-Za-z%][A-Za-z0-9/^%.]*)(?= |$)", re.ASCII)
_FORM = 'a name, an operator (< <= > >=) and a level, as in "age >= 55 years" or "t_total_hip > -1.5"'


@dataclass(frozen=True)
class Condition:
    """quantity operator level, with the level in the unit of the quantity; `also` must hold too (joined by `and`)."""

    quantity: str
    operator: str
    level: float
    text: str
    also: tuple[Condition, ...] = ()

    def holds(self, value: float) -> bool:
        """Whether a value of this one quantity meets this one condition."""
        return bool(COMPARISON_OPERATORS[self.operator](value, self.level))


def parse_condition(
    text: object,
    place: str = "",
    known: Collection[str] | None = None,
    operators: Collection[str] = tuple(COMPARISON_OPERATORS),
) -> Condition:
    """Read a condition, or several joined by `and` (the first, with the others in `also`).

    known : the quantities that may be named; None for any name

    Raises InputError for anything outside the grammar, or for an unknown quantity or unit.

    >>> parse_condition("t_total_hip > -1.5").level
    -1.5
    >>> [c.text for c in parse_condition("age > 55 years and bmi < 30 kg/m^2").also]
    ['bmi < 30 kg/m^2']
    """
    first, *others = parse_conditions(text, place, known, operators)
    return Condition(first.quantity, first.operator, first.level, first.text, tuple(others))


def parse_conditions(
    text: object,
    place: str = "",
    known: Collection[str] | None = None,
    operators: Collection[str] = tuple(COMPARISON_OPERATORS),
) -> tuple[Condition, ...]:
    """Read conditions joined by `and`, one record each, in their order."""
    if not isinstance(text, str) or not text.strip():
        raise _fault(text, place, "A condition is a text in quotes.")
    if len(text) > _LONGEST:
        raise _fault(text, place, "This is too long for a condition.")
    _refuse_code(text, place)
    found, start = [], 0
    while True:
        condition, start = _one(text, start, place, known, operators)
        found.append(condition)
        if start == len(text):
            return tuple(found)
        start += len(" and")


def _one(
    text: str, start: int, place: str, known: Collection[str] | None, operators: Collection[str]
) -> tuple[Condition, int]:
    """One condition from `start` on, and where it ends: at the end of the text or before ` and`."""
    tokens = []
    end = start
    for kind in ("name", "operator", "number"):
        token = _TOKEN.match(text, end)
        if not token or token.lastgroup != kind:
            raise _fault(text, place, f"'{shown(text)}' is not a condition that is read here.", _hint(text))
        tokens.append(token[kind])
        end = token.end()
    unit = _UNIT.match(text, end)
    end = unit.end() if unit else end
    end = len(text) if not text[end:].strip() else end
    if end < len(text) and not re.match(r" and\b", text[end:]):
        raise _fault(text, place, f"'{shown(text)}' is not a condition that is read here.", _hint(text))
    name, sign, number = tokens
    if known is not None and name not in known:
        raise InputError(unknown("quantity", name, known, place))
    if sign not in operators:
        why = f"'{sign}' is hardly ever true of a number that changes smoothly. Use one of {' '.join(operators)}."
        raise _fault(text, place, why, "")
    return Condition(
        name, sign, _level(name, number, unit["unit"] if unit else "", place), text[start:end].strip()
    ), end


def _level(name: str, number: str, unit: str, place: str) -> float:
    wanted = UNIT_OF.get(name)
    if wanted:
        text = f"{number} {unit}".strip()
        return parse(text, wanted, place, substance=SUBSTANCE_OF.get(name, "")).convert(wanted)
    if unit:
        hint = f"Leave the unit out; 'osteon show {name}' prints it."
        message = f"The level of '{name}' is a plain number in its own unit, without '{unit}'."
        raise _fault(f"{number} {unit}", place, message, hint)
    return read_number(number, place)


_CODE = (
    (re.compile(r"[A-Za-z_)\]]\s*\.\s*[A-Za-z_]"), "Attribute access (a dot in a name) is not read here."),
    (re.compile(r"[\w\])]\s*[(\[]|[()\[\]{}`$@\\;:\"']"), "Calls, brackets and quotes are not read here."),
    (re.compile(r"\b(?:or|not|if|else|in|is|lambda)\b|[|&!~]"), "Conditions are joined by 'and' alone."),
    (
        re.compile(r"\*|/ |(?<![\w.])[A-Za-z_]\w*\s*[+-]|\d +[+-]"),
        "Arithmetic is not read here; write the level as a number.",
    ),
)


def _refuse_code(text: str, place: str) -> None:
    if not text.isascii():
        plain = text.replace("≥", ">=").replace("≤", "<=").replace("−", "-")
        hint = f'Write "{plain}".' if plain.isascii() else "Use plain ASCII letters and digits."
        raise _fault(text, place, "A condition holds plain ASCII characters only.", hint)
    for pattern, message in _CODE:
        if pattern.search(text):
            raise _fault(text, place, message, _hint(text))


def _hint(text: str) -> str:
    """The nearest right answer to the usual slips."""
    turned = re.fullmatch(r" *([\d.+-]\S*)( [A-Za-z/^2]+)? *([<>]=?) *([a-z_]\w*)(?: *([<>]=?) *(.+))?", text)
    if turned:
        low, unit, sign, name, second, high = turned.groups()
        mirrored = sign.translate(str.maketrans("<>", "><"))
        other = f" and {name} {second} {high}" if second else ""
        return f'Name the quantity first: "{name} {mirrored} {low}{unit or ""}{other}".'
    for wrong, right in (("=>", ">="), ("=<", "<="), (" or ", " and "), (" & ", " and ")):
        if wrong in text and wrong != " or ":
            return f'Write "{text.replace(wrong, right)}".'
    if re.search(r"(?<![<>=])=(?!=)", text):
        return "Use one of < <= > >= ==."
    return ""


def _fault(value: object, place: str, message: str, hint: str = "") -> InputError:
    text = f"{message} {hint}".strip()
    return InputError(Fault(code="bad_condition", place=place, value=value, allowed=_FORM, hint=hint, message=text))
