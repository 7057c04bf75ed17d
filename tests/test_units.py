"""Units: sizes and dimensions agree with an outside library, and with the clinic's calendar."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osteon.errors import InputError
from osteon.units import CANONICAL, convert, parse_unit, words

OUTSIDE = {
    "1": "dimensionless",
    "cells": "dimensionless",
    "cell": "dimensionless",
    "particles": "dimensionless",
    "units": "dimensionless",
    "IU": "dimensionless",
    "kDa": "kg/mol",
    "day": "day",
    "days": "day",
    "h": "hour",
    "s": "second",
    "m": "meter",
    "min": "minute",
    "week": "week",
    "weeks": "week",
    "month": "(30.4375 * day)",
    "months": "(30.4375 * day)",
    "year": "(365.25 * day)",
    "years": "(365.25 * day)",
}  # words that the outside library spells otherwise, or does not count
MODEL_UNITS = (
    "1/day",
    "g/cm^2",
    "ug/L/day",
    "L/pmol/day",
    "L/day",
    "mL/h",
    "mmol/L",
    "nmol/mmol",
    "kDa*pmol/ug",
    "day/year",
    "mg/kg",
    "kg/m^2",
    "ng/mL",
    "pg/mL",
    "mL/min",
    "units/day",
    "g/kg/day",
    "m/s",
)

unit_texts = st.lists(
    st.tuples(st.sampled_from(sorted(set(words()) - {"1"})), st.integers(1, 3)), min_size=1, max_size=4
).map(lambda parts: "/".join(f"{w}^{p}" if p > 1 else w for w, p in parts))


@pytest.fixture(scope="module")
def pint_registry():
    return pytest.importorskip("pint").UnitRegistry()


def outside(registry, text):
    size = registry.Quantity(1.0)
    for place, part in enumerate(text.split("/")):
        for word in part.split("*"):
            name, _, digits = word.partition("^")
            factor = registry.Quantity(1.0, "") * registry.parse_expression(OUTSIDE.get(name, name))
            size = size * factor ** ((int(digits) if digits else 1) * (1 if place == 0 else -1))
    return size.to(registry.parse_expression("1").units) if size.dimensionless else size


def in_our_bases(quantity):
    """pint's SI: kilogram, metre, mole, second. Ours: gram, metre, mole, day."""
    base = quantity.to_base_units()
    powers = {str(k): v for k, v in base.dimensionality.items()}
    size = base.magnitude * 1000.0 ** powers.get("[mass]", 0) * 86400.0 ** -powers.get("[time]", 0)
    names = {"[mass]": "mass", "[length]": "length", "[time]": "time", "[substance]": "amount"}
    return size, {names[k]: v for k, v in powers.items()}


OURS_ALONE = {"cells", "particles", "drinks", "activity", "pressure", "force"}


ELSEWHERE = ("MPa", "N", "EU")  # EU there is an exa of another unit


@pytest.mark.parametrize("text", [*(w for w in words() if w not in ELSEWHERE), *MODEL_UNITS])
def test_sizes_and_dimensions_agree_with_an_outside_library(pint_registry, text):
    unit = parse_unit(text)
    size, powers = in_our_bases(outside(pint_registry, text))
    assert unit.factor == pytest.approx(size, rel=1e-12)
    assert {k: v for k, v in unit.exponents if k not in OURS_ALONE} == powers


@pytest.mark.parametrize(
    ("value", "have", "want", "expected"),
    [
        (1, "month", "day", 30.4375),
        (1, "year", "day", 365.25),
        (1, "year", "months", 12.0),
        (1, "week", "day", 7.0),
        (24, "h", "day", 1.0),
        (1, "mL/h", "L/day", 0.024),
        (1, "ng/mL", "ug/L", 1.0),
        (10, "percent/year", "1/day", 0.1 / 365.25),
        (60, "mL/min", "L/day", 86.4),
    ],
)
def test_conversions_of_the_clinic(value, have, want, expected):
    assert convert(value, have, want) == pytest.approx(expected, rel=1e-14)


@given(unit_texts)
def test_every_unit_has_a_finite_size_and_a_canonical_twin(text):
    unit = parse_unit(text)
    assert 0 < unit.factor < math.inf
    assert unit.canonical.exponents == unit.exponents
    assert unit.canonical.canonical == unit.canonical


@given(unit_texts, unit_texts)
def test_the_size_of_a_product_is_the_product_of_the_sizes(a, b):
    left, right = parse_unit(a), parse_unit(b)
    both = left * right
    assert both.factor == pytest.approx(left.factor * right.factor, rel=1e-12)
    powers = dict(left.exponents)
    for base, power in right.exponents:
        powers[base] = powers.get(base, 0) + power
    assert dict(both.exponents) == {b: p for b, p in powers.items() if p}


@given(st.floats(1e-9, 1e9), st.sampled_from(["mg", "ug", "g", "kg", "ng"]), st.sampled_from(["mg", "ug", "g"]))
def test_there_and_back_is_the_same_number(value, have, want):
    assert convert(convert(value, have, want), want, have) == pytest.approx(value, rel=1e-14)


def test_canonical_units_are_words_of_the_list():
    for dimension, word in CANONICAL.items():
        assert word in words()
        assert parse_unit(word).dimension == dimension


@pytest.mark.parametrize(
    "text", ["", "mgg", "mg/", "/day", "mg day", "m^", "m^0", "m^-1", "m^10", "m^²", "m^2.5", "µg", "mg**2", "kg;m"]
)
def test_what_is_not_a_unit_is_refused_with_the_list(text):
    with pytest.raises(InputError) as caught:
        parse_unit(text)
    assert caught.value.faults[0].code == "unknown_unit"
    assert "mg" in caught.value.faults[0].allowed


def test_different_dimensions_never_convert():
    for have, want in [("mg", "day"), ("IU", "mg"), ("cells", "particles"), ("cells/kg", "cells"), ("units", "1")]:
        with pytest.raises(InputError):
            convert(1.0, have, want)
