"""Unit words that files may use, and the nearest of them to a word that they may not.

What is offered in place of a word is of the same size: another spelling of the same unit, or the number converted. A word
that could mean two sizes is offered nothing.
"""

from __future__ import annotations

import difflib
import re
import unicodedata

from osteon.errors import InputError, latin_look
from osteon.units import DAYS_PER_MONTH, DAYS_PER_WEEK, DAYS_PER_YEAR, SURFACE, Unit, parse_unit, sizes, words

_LISTED = (
    "kg g mg ug ng lb IU cells particles L mL uL m cm mm um inch inches s min minute minutes h hour hours day days "
    "week weeks month months year years percent nmol/L pmol/L mmol/L ug/L ng/mL pg/mL mg/dL nmol/mmol g/cm^2 kg/m^2 "
    "EU/mL ug/mL mL/min mL/min/1.73m^2 mg/kg ug/kg g/kg cells/kg particles/kg units MPa"
)
_RATED = "mg ug g IU cells particles mL units percent mg/kg ug/kg g/kg cells/kg particles/kg"  # each also in a time
_SPANS = ("min", "h", "hour", "day", "week", "month", "year")
PROTEIN_WORDS = ("ug protein", "ug protein/kg")
UNITS: frozenset[str] = frozenset(
    [*_LISTED.split(), *PROTEIN_WORDS, *(f"{base}/{span}" for base in _RATED.split() for span in _SPANS)]
)
PERCENT = {"1": "percent", "1/year": "percent/year", "1/month": "percent/month"}  # how a share is written

SPELLED = {
    "%": "percent",
    "pct": "percent",
    "mcg": "ug",
    "microgram": "ug",
    "micrograms": "ug",
    "milligram": "mg",
    "milligrams": "mg",
    "gram": "g",
    "grams": "g",
    "kilogram": "kg",
    "kilograms": "kg",
    "kgs": "kg",
    "lbs": "lb",
    "pound": "lb",
    "pounds": "lb",
    "in": "inch",
    "hr": "h",
    "hrs": "h",
    "mins": "min",
    "sec": "s",
    "secs": "s",
    "second": "s",
    "seconds": "s",
    "d": "day",
    "wk": "week",
    "wks": "weeks",
    "mo": "month",
    "mos": "months",
    "mth": "month",
    "mths": "months",
    "yr": "year",
    "yrs": "years",
    "y": "year",
    "unit": "units",
    "cell": "cells",
    "particle": "particles",
    "l": "L",
    "dl": "dL",
    "ml": "mL",
    "ul": "uL",
    "cc": "mL",
    "litre": "L",
    "litres": "L",
    "liter": "L",
    "liters": "L",
    "IE": "IU",
    "UI": "IU",
}  # other spellings of the same units: offered, never read
_PLURAL = {"day": "days", "week": "weeks", "month": "months", "year": "years"}
_ELSEWHERE: dict[str, tuple[float, str]] = {
    "oz": (28.349523125, "g"),
    "stone": (6350.29318, "g"),
    "tonne": (1e6, "g"),
    "ft": (0.3048, "m"),
    "foot": (0.3048, "m"),
    "feet": (0.3048, "m"),
    "yard": (0.9144, "m"),
    "fortnight": (2 * DAYS_PER_WEEK, "day"),
    "fortnights": (2 * DAYS_PER_WEEK, "day"),
    "quarter": (3 * DAYS_PER_MONTH, "day"),
    "quarters": (3 * DAYS_PER_MONTH, "day"),
    "decade": (10 * DAYS_PER_YEAR, "day"),
    "decades": (10 * DAYS_PER_YEAR, "day"),
    "l": (1.0, "L"),
}  # units of other sizes: converted in what is offered
_PREFIXES = {"P": 1e15, "T": 1e12, "G": 1e9, "M": 1e6, "k": 1e3, "d": 0.1, "c": 1e-2} | {
    "m": 1e-3,
    "u": 1e-6,
    "n": 1e-9,
    "p": 1e-12,
    "f": 1e-15,
}
_LONG = tuple(w for w in (*_LISTED.split(), "week") if len(w) > 3 and w.isalpha() and w != "inch")
_ALIKE = 0.8  # how alike two long words are when one is taken for a slip of the other
_KNOWN = {part for word in UNITS if word not in PROTEIN_WORDS for part in re.split(r"[/*]", word)}
_NUMBER = r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)"
_TIMES_TEN = re.compile(rf"(?:({_NUMBER})\s*[x×*·]\s*)?10\s*(?:\^|\*\*)\s*([+-]?\d{{1,2}})(?=\s|$)")
_WRITTEN = re.compile(rf"({_NUMBER}(?:[eE][+-]?\d{{1,3}})?)(?![\d.])\s*([^\d\s].*)?")
_RAISED = {d: str(unicodedata.digit(d)) for d in "⁰¹²³⁴⁵⁶⁷⁸⁹"} | {"⁻": "-", "⁺": "+"}


def size_of(word: str) -> Unit:
    """The unit of a word of UNITS."""
    return parse_unit(word.replace(" protein", ""))


def offered(text: str, unit: str, substance: str = "") -> str:
    """The quantity that a text almost writes, as it can be read, of the same size; empty where that is not clear.

    unit : of the field, in which a number of an unusual unit is offered; substance : see units.SUBSTANCES

    >>> offered("60mg", "mg"), offered("2.7 L/h", "mL/min"), offered("60 blorks", "mg")
    ('60 mg', '45 mL/min', '')
    """
    found = _WRITTEN.fullmatch(_plain(text))
    if not found:
        return ""
    number, word = found[1], " ".join((found[2] or PERCENT.get(unit, unit)).split())
    word = re.sub(r"/ ?1\.73 ?m\^?2$", f"/{SURFACE}", word)
    if word in UNITS:
        return f"{number} {word}"
    other = _spelled(word)
    if other:
        return f"{number} {other}"
    return _converted(number, word, unit, substance)


def _plain(text: str) -> str:
    """A text in plain letters and digits; raised digits as powers. Empty where a sign has another meaning."""
    text = re.sub(r"(?<=[A-Za-z])[²³]", lambda m: f"^{_RAISED[m[0]]}", text.strip())
    raised = "".join(_RAISED)
    text = re.sub(rf"(?<=10)[{raised}]+", lambda m: "^" + "".join(_RAISED[c] for c in m[0]), text)
    if any(unicodedata.category(c) == "No" for c in text):
        return ""
    text = latin_look(text).strip()
    return _TIMES_TEN.sub(lambda m: f"{m[1] or '1'}e{int(m[2])}", text, count=1)


def _spelled(word: str) -> str:
    """A word of UNITS of the same size, by another spelling, other capitals or one slip in a long word."""
    parts = [_part(p) for p in word.split("/")]
    if not all(parts):
        return ""
    joined = "/".join(str(p) for p in parts)
    joined = _PLURAL.get(joined, joined) if joined != word else joined
    return joined if joined in UNITS else ""


def _part(name: str) -> str:
    if name in _KNOWN:
        return name
    if name in SPELLED:
        return SPELLED[name]
    if _elsewhere(name) is not None:
        return ""
    folded = [k for k in (*_KNOWN, *SPELLED) if len(k) > 1 and k.lower() == name.lower()]
    if folded:
        return SPELLED.get(folded[0], folded[0])
    close = (
        difflib.get_close_matches(name.lower(), _LONG, n=4, cutoff=_ALIKE) if name.isalpha() and len(name) > 3 else []
    )
    return close[0] if close and len({parse_unit(c).factor for c in close}) == 1 else ""


def _elsewhere(name: str) -> Unit | None:
    """A unit of another list: one by itself, or a prefix before a word."""
    if name in words():
        return parse_unit(name)
    if name in _ELSEWHERE:
        times, base = _ELSEWHERE[name]
        return Unit(name, times * parse_unit(base).factor, parse_unit(base).exponents)
    base = SPELLED.get(name[1:], name[1:])
    if name[:1] in _PREFIXES and base in words() and base != "1":
        return Unit(name, _PREFIXES[name[0]] * parse_unit(base).factor, parse_unit(base).exponents)
    return None


def _converted(number: str, word: str, unit: str, substance: str) -> str:
    """The number in the unit of the field, where the word is a unit of that kind and could not be meant as another."""
    size, powers = 1.0, dict[str, float]()
    for place, part in enumerate(word.split("/")):
        name, _, digits = part.partition("^")
        plain = SPELLED.get(name, name)
        own = _elsewhere(plain)
        twin = any(k.lower() == name.lower() and k != name for k in _KNOWN) and name not in SPELLED
        if own is None or (digits and not digits.isdecimal()) or (twin and name not in words()):
            return ""
        power = (int(digits) if digits else 1) * (1 if place == 0 else -1)
        size *= own.factor**power
        for base, exponent in own.exponents:
            powers[base] = powers.get(base, 0) + exponent * power
    have = Unit(word, size, tuple(sorted((b, p) for b, p in powers.items() if p)))
    written = PERCENT.get(unit, unit)
    try:
        both = sizes(have, size_of(written), substance)
    except InputError:
        return ""
    return f"{float(number) * both[0] / both[1]:.12g} {written}" if both else ""
