"""Quantities: the grammar is closed, and what is almost right is told how to be right."""

import datetime
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osteon.errors import InputError
from osteon.io.quantities import UNITS, Quantity, parse, read_number


def fault(text, unit="mg", **span):
    with pytest.raises(InputError) as caught:
        parse(text, unit, "study.toml [arm.2] dose", **span)
    found = caught.value.faults[0]
    assert found.place == "study.toml [arm.2] dose"
    assert found.allowed
    assert found.message
    return found


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("1,5 mg", '"1.5 mg"'),
        ("1,500 mg", '"1500 mg", or "1.500 mg"'),
        ("60mg", '"60 mg"'),
        (" 60 mg", '"60 mg"'),
        ("60 mg ", '"60 mg"'),
        ("60  mg", '"60 mg"'),
        ("60\tmg", '"60 mg"'),
        ("60\N{NO-BREAK SPACE}mg", '"60 mg"'),
        ("60 µg", '"60 ug"'),
        ("60 μg", '"60 ug"'),
        ("60 mcg", '"60 ug"'),
        ("５０ mg", '"50 mg"'),
        ("60 ԁays", '"60 days"'),  # a Cyrillic d
        ("60 MG", '"60 mg"'),
        ("5 pct", '"5 percent"'),
        ("5 %", '"5 percent"'),
        ("3 yrs", '"3 years"'),
        ("2e6 cell/kg", '"2e6 cells/kg"'),
        ("2e6 cells/Kg", '"2e6 cells/kg"'),
        ("60", '"60 mg"'),
        (60, '"60 mg"'),
        (0.1, '"0.1 mg"'),
        (123456789, '"123456789 mg"'),
    ],
)
def test_what_is_almost_right_is_told_how_to_be_right(wrong, right):
    assert right in fault(wrong).hint


@pytest.mark.parametrize(
    "text",
    ["1 e6 mg", "6O mg", "six mg", "9**9**9 mg", "1/2 mg", "1+1 mg", "0x10 mg", "-- 5 mg", "~60 mg", "60 blorks"],
)
def test_no_hint_is_given_where_the_meaning_is_not_clear(text):
    assert fault(text).hint == ""


@pytest.mark.parametrize("text", ["1e999 mg", "1e308 g", "-1e308 g", "9" * 63 + "e9"])
def test_too_large_is_refused_and_not_infinite(text):
    fault(text)


@pytest.mark.parametrize("text", ["1e-400 mg", "0.0001e-399 mg"])
def test_too_small_is_refused_and_not_zero(text):
    assert "too small" in fault(text).message


def test_zero_is_zero_and_has_no_sign():
    assert math.copysign(1.0, parse("-0 mg", "mg").value) == 1.0
    assert parse("0e-99 mg", "mg").value == 0.0


@pytest.mark.parametrize(
    "found", [datetime.date(2024, 3, 1), datetime.datetime(2024, 3, 1, 8), datetime.time(8), "2024-03-01", "1.3.2024"]
)
def test_a_date_is_answered_with_study_days(found):
    assert "count from month 0" in fault(found, "days").hint


@pytest.mark.parametrize("found", [None, True, [60], {"value": 60}, math.nan, -math.inf, [0x10**5000], b"60 mg"])
def test_what_is_no_text_is_refused(found):
    assert fault(found).code == "missing_unit"


def test_a_number_too_long_to_print_is_refused():
    assert fault(0x10**5000).code == "missing_unit"


@pytest.mark.parametrize(
    ("text", "unit"), [("60 days", "mg"), ("60 IU", "mg"), ("2e6 cells", "cells/kg"), ("5 percent", "1/year")]
)
def test_another_dimension_is_refused(text, unit):
    found = fault(text, unit)
    assert found.code == "wrong_dimension"
    assert found.allowed == unit


def test_a_range_is_told_in_the_unit_of_the_field():
    assert fault("7 years", "years", low=18, high=110).allowed == "18 to 110 years"
    assert fault("-60 mg", "mg", low=0).allowed == "at least 0 mg"
    assert parse("240 months", "years", low=18, high=110).convert("years") == pytest.approx(20.0)


def test_a_very_long_text_is_refused_quickly_and_shown_short():
    assert len(fault("9" * 1_000_000 + " mg").sentence()) < 600


@pytest.mark.parametrize(
    ("text", "unit", "value", "dimension"),
    [
        ("2 weeks", "days", 14.0, "time"),
        ("500 ug", "mg", 0.5, "mass"),
        ("2e6 cells/kg", "cells/kg", 2.0, "cells/mass"),
        ("20 ug protein", "mg", 0.02, "mass"),
        ("10 mL/min", "L/day", 14400.0, "length^3/time"),
    ],
)
def test_a_quantity_knows_its_canonical_number_and_dimension(text, unit, value, dimension):
    quantity = parse(text, unit)
    assert quantity.canonical == pytest.approx(value, rel=1e-12)
    assert quantity.dimension == dimension
    assert str(quantity) == f"{quantity.value:g} {quantity.unit}"


@given(st.floats(-1e200, 1e200, allow_subnormal=False), st.sampled_from(sorted(UNITS)))
def test_a_written_quantity_is_read_back_exactly(value, unit):
    quantity = Quantity(value, unit)
    assert parse(f"{value!r} {unit}", quantity.parsed.text) == Quantity(value + 0.0, unit)


@given(st.one_of(st.text(max_size=40), st.from_regex(r"[+-]?[0-9.,eE]{1,12} ?[a-zA-Z%/^2*]{0,9}", fullmatch=True)))
def test_every_hint_about_spelling_can_itself_be_read(text):
    try:
        parse(text, "mg")
    except InputError as error:
        found = error.faults[0]
        if found.hint.startswith('Write "') and " or " not in found.hint and "," not in text:
            written = found.hint.removeprefix('Write "').removesuffix('".')
            try:
                parse(written, "mg")
            except InputError as second:
                assert second.faults[0].code == "wrong_dimension", written


@pytest.mark.parametrize(
    "text", ["", " ", "1 ", "1,5", "inf", "nan", "-inf", "1e", "1e1000", "1_0", "0x1", "١", "1.2.3", "1d3"]
)
def test_a_plain_number_is_plain(text):
    with pytest.raises(InputError):
        read_number(text)


@given(st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False))
def test_every_finite_number_is_read_as_written(value):
    assert read_number(repr(value)) == value
