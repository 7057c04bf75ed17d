"""Units: the closed list of unit words, their size and their dimension.

Time is counted in days; a month is 30.4375 days and a year 365.25. What a person writes in a file becomes a number in
the canonical unit of its dimension (CANONICAL): mg for a mass, days for a time, cells for cells. The algebra knows
products of powers of base dimensions and nothing more; it reads unit words, never user text of another kind.

An IU has a size only for a named substance, a "unit" of alcohol is a drink: both are dimensions of their own, so that
neither is ever added to a mass. Of a named substance (SUBSTANCES) a mass, an amount and an IU are the same thing in other
words, and are converted.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

from osteon.errors import InputError, unknown

DAYS_PER_WEEK = 7.0
DAYS_PER_MONTH = 30.4375
DAYS_PER_YEAR = 365.25

_BASE: dict[str, tuple[float, dict[str, int]]] = {
    "1": (1.0, {}),
    "percent": (0.01, {}),
    "day": (1.0, {"time": 1}),
    "days": (1.0, {"time": 1}),
    "h": (1 / 24, {"time": 1}),
    "hour": (1 / 24, {"time": 1}),
    "hours": (1 / 24, {"time": 1}),
    "min": (1 / 1440, {"time": 1}),
    "minute": (1 / 1440, {"time": 1}),
    "minutes": (1 / 1440, {"time": 1}),
    "s": (1 / 86400, {"time": 1}),
    "week": (DAYS_PER_WEEK, {"time": 1}),
    "weeks": (DAYS_PER_WEEK, {"time": 1}),
    "month": (DAYS_PER_MONTH, {"time": 1}),
    "months": (DAYS_PER_MONTH, {"time": 1}),
    "year": (DAYS_PER_YEAR, {"time": 1}),
    "years": (DAYS_PER_YEAR, {"time": 1}),
    "kg": (1e3, {"mass": 1}),
    "g": (1.0, {"mass": 1}),
    "mg": (1e-3, {"mass": 1}),
    "ug": (1e-6, {"mass": 1}),
    "ng": (1e-9, {"mass": 1}),
    "pg": (1e-12, {"mass": 1}),
    "lb": (453.59237, {"mass": 1}),
    "kDa": (1e3, {"mass": 1, "amount": -1}),
    "m": (1.0, {"length": 1}),
    "cm": (1e-2, {"length": 1}),
    "mm": (1e-3, {"length": 1}),
    "um": (1e-6, {"length": 1}),
    "inch": (2.54e-2, {"length": 1}),
    "inches": (2.54e-2, {"length": 1}),
    "L": (1e-3, {"length": 3}),
    "dL": (1e-4, {"length": 3}),
    "mL": (1e-6, {"length": 3}),
    "uL": (1e-9, {"length": 3}),
    "mol": (1.0, {"amount": 1}),
    "mmol": (1e-3, {"amount": 1}),
    "umol": (1e-6, {"amount": 1}),
    "nmol": (1e-9, {"amount": 1}),
    "pmol": (1e-12, {"amount": 1}),
    "IU": (1.0, {"activity": 1}),
    "EU": (1.0, {"endotoxin": 1}),
    "cells": (1.0, {"cells": 1}),
    "cell": (1.0, {"cells": 1}),
    "particles": (1.0, {"particles": 1}),
    "units": (1.0, {"drinks": 1}),
    "MPa": (1.0, {"pressure": 1}),
    "N": (1.0, {"force": 1}),
}
SURFACE = "1.73m^2"  # below a fraction: per body surface of the reference adult, for whom the model counts anyway
LARGEST_POWER = 9  # more than any law or file needs; a size stays a finite number
CANONICAL: dict[str, str] = {
    "time": "day",
    "mass": "mg",
    "amount": "nmol",
    "length": "m",
    "length^3": "mL",
    "activity": "IU",
    "cells": "cells",
    "endotoxin": "EU",
    "particles": "particles",
    "drinks": "units",
    "pressure": "MPa",
    "force": "N",
}


@dataclass(frozen=True)
class Substance:
    """What a mass, an amount and an IU of one substance have to do with each other.

    molar_mass : g/mol; grams_per_iu : g/IU, NaN where it has no IU
    """

    name: str
    molar_mass: float
    grams_per_iu: float = math.nan


SUBSTANCES: dict[str, Substance] = {
    s.name: s
    for s in (
        Substance("25-OH-D", 400.64),  # calcifediol, C27H44O2.  Source: IUPAC atomic masses
        Substance("vitamin D", 384.64, 0.025e-6),  # cholecalciferol, C27H44O; 40 IU are 1 ug.  Source: WHO definition
        Substance("calcium", 40.078),  # Source: IUPAC atomic masses
        Substance("phosphate", 30.974),  # told as phosphorus.  Source: IUPAC atomic masses
        Substance("calcitriol", 416.64),  # C27H44O3.  Source: IUPAC atomic masses
        Substance("PTH", 9424.6),  # the whole hormone, 84 amino acids.  Source: sequence
    )
}


@dataclass(frozen=True)
class Unit:
    """Size in base units (`factor`) and powers of the base dimensions, sorted by name."""

    text: str
    factor: float
    exponents: tuple[tuple[str, float], ...]

    def __mul__(self, other: Unit) -> Unit:
        powers = dict(self.exponents)
        for base, power in other.exponents:
            powers[base] = powers.get(base, 0) + power
        return _unit(f"{self.text} {other.text}", self.factor * other.factor, powers)

    def __str__(self) -> str:
        return self.text

    @property
    def dimension(self) -> str:
        """The dimension in words, as `mass/length^3`; `1` for a plain number.

        >>> parse_unit("mg/day").dimension
        'mass/time'
        """
        above = [_power(b, p) for b, p in self.exponents if p > 0]
        below = [_power(b, -p) for b, p in self.exponents if p < 0]
        return "/".join(["*".join(above) or "1", *below])

    @property
    def canonical(self) -> Unit:
        """The unit in which the product keeps a number of this dimension.

        >>> parse_unit("g/kg/week").canonical.text
        '1/day'
        >>> parse_unit("IU/week").canonical.text
        'IU/day'
        """
        return _canonical(self.exponents)


def _unit(text: str, factor: float, powers: dict[str, float]) -> Unit:
    return Unit(text, factor, tuple(sorted((b, p) for b, p in powers.items() if p)))


def _power(base: str, power: float) -> str:
    return base if power == 1 else f"{base}^{power:g}"


@cache
def _canonical(exponents: tuple[tuple[str, float], ...]) -> Unit:
    above: list[str] = []
    below: list[str] = []
    for base, power in exponents:
        whole = f"{base}^{abs(power):g}"
        word, times = (CANONICAL[whole], 1) if whole in CANONICAL else (CANONICAL[base], int(abs(power)))
        (above if power > 0 else below).extend([word] * times)
    return parse_unit("/".join(["*".join(above) or "1", *below]))


def words() -> tuple[str, ...]:
    """Every unit word that is known."""
    return tuple(_BASE)


_DIGITS = tuple(str(d) for d in range(1, LARGEST_POWER + 1))


@cache
def parse_unit(text: str) -> Unit:
    """Read a unit such as `L/pmol/day`, `g/cm^2` or `mg/kg`. Raises InputError for a word that is not known.

    >>> parse_unit("mL/h").exponents
    (('length', 3), ('time', -1))
    """
    factor = 1.0
    powers: dict[str, float] = {}
    for place, part in enumerate(text.split("/")):
        if place and part == SURFACE:
            continue
        for word in part.split("*"):
            name, raised, digits = word.partition("^")
            if name not in _BASE or (raised and digits not in _DIGITS):
                raise InputError(unknown("unit", word, _BASE, place=text))
            power = (int(digits) if raised else 1) * (1 if place == 0 else -1)
            size, base = _BASE[name]
            factor *= size**power
            for dimension, exponent in base.items():
                powers[dimension] = powers.get(dimension, 0) + exponent * power
    return _unit(text, factor, powers)


_LARGEST_DENOMINATOR = 10**15  # of a size as a fraction: 1e-12 g, 1/86400 day and 453.59237 g come out exactly


@cache
def exact_size(text: str) -> Fraction:
    """Size of a unit without rounding, so that a number is the same from whatever unit it was written in.

    >>> exact_size("ug") / exact_size("mg")
    Fraction(1, 1000)
    """
    parse_unit(text)
    size = Fraction(1)
    for place, part in enumerate(text.split("/")):
        for word in part.split("*") if part != SURFACE else ():
            name, _, digits = word.partition("^")
            power = (int(digits) if digits else 1) * (1 if place == 0 else -1)
            size *= Fraction(_BASE[name][0]).limit_denominator(_LARGEST_DENOMINATOR) ** power
    return size


def sizes(have: Unit, want: Unit, substance: str = "") -> tuple[float, float] | None:
    """Sizes of two units in one measure: a number in `have` times the first over the second stands in `want`.

    None where they measure different things. substance : a name of SUBSTANCES, of which mass, amount and IU are the same.

    >>> a, b = sizes(parse_unit("ng/mL"), parse_unit("nmol/L"), "25-OH-D")
    >>> round(a / b, 3)
    2.496
    """
    if have.exponents == want.exponents:
        return have.factor, want.factor
    if substance not in SUBSTANCES:
        return None
    a, b = (_weighed(u, SUBSTANCES[substance]) for u in (have, want))
    known = a.exponents == b.exponents and math.isfinite(a.factor) and math.isfinite(b.factor)
    return (a.factor, b.factor) if known else None


def _weighed(unit: Unit, substance: Substance) -> Unit:
    """The unit with amounts and IU of the substance as masses."""
    powers, size = dict(unit.exponents), unit.factor
    for base, grams in (("amount", substance.molar_mass), ("activity", substance.grams_per_iu)):
        power = powers.pop(base, 0)
        size *= grams**power if power else 1.0
        powers["mass"] = powers.get("mass", 0) + power
    return _unit(unit.text, size, powers)


def convert(value: float, have: str, want: str, substance: str = "") -> float:
    """A value in another unit of the same dimension. Raises InputError where dimensions differ.

    substance : a name of SUBSTANCES, of which mass, amount and IU are converted into each other

    >>> convert(1.0, "week", "day")
    7.0
    >>> round(convert(10.0, "mg/dL", "mmol/L", "calcium"), 3)
    2.495
    """
    both = sizes(parse_unit(have), parse_unit(want), substance)
    if both is None:
        raise InputError(f"'{have}' and '{want}' measure different things.")
    return value * both[0] / both[1]
