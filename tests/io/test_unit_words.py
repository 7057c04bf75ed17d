"""Units as people write them: what is read and what is offered instead keep the size of what was written."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osteon.errors import InputError
from osteon.io.conditions import parse_condition
from osteon.io.quantities import UNITS, Quantity, parse

pint = pytest.importorskip("pint")

SHARES = {"percent": 0.01, "%": 0.01, "pct": 0.01}
MASSES = {"kg": 1e3, "g": 1, "mg": 1e-3, "ug": 1e-6, "mcg": 1e-6, "µg": 1e-6, "ng": 1e-9, "pg": 1e-12, "lb": 453.59237}
MASSES |= {"lbs": 453.59237, "oz": 28.349523125, "stone": 6350.29318, "kgs": 1e3, "gram": 1, "milligrams": 1e-3}
VOLUMES = {"L": 1, "l": 1, "dL": 0.1, "dl": 0.1, "mL": 1e-3, "ml": 1e-3, "cc": 1e-3, "uL": 1e-6, "litre": 1, "nL": 1e-9}
TIMES = {"s": 1 / 86400, "sec": 1 / 86400, "min": 1 / 1440, "mins": 1 / 1440, "minutes": 1 / 1440, "h": 1 / 24}
TIMES |= {
    "hr": 1 / 24,
    "hour": 1 / 24,
    "hours": 1 / 24,
    "d": 1,
    "day": 1,
    "days": 1,
    "week": 7,
    "wk": 7,
    "fortnight": 14,
}
TIMES |= {
    "month": 30.4375,
    "mo": 30.4375,
    "quarter": 91.3125,
    "year": 365.25,
    "yr": 365.25,
    "decade": 3652.5,
    "ms": 1e-3 / 86400,
}
LENGTHS = {
    "m": 1,
    "cm": 1e-2,
    "mm": 1e-3,
    "km": 1e3,
    "in": 0.0254,
    "inch": 0.0254,
    "inches": 0.0254,
    "ft": 0.3048,
    "feet": 0.3048,
}
COUNTS = {"cells": 1, "cell": 1}
INTERNATIONAL = {"IU": 1, "iu": 1, "IE": 1, "kIU": 1e3, "mIU": 1e-3}
FIELDS = {
    "mg": MASSES,
    "kg": MASSES,
    "mL": VOLUMES,
    "days": TIMES,
    "years": TIMES,
    "m": LENGTHS,
    "cells": COUNTS,
    "IU": INTERNATIONAL,
    "1": SHARES,
    "mL/min": {f"{v}/{t}": VOLUMES[v] / TIMES[t] for v in VOLUMES for t in TIMES},
    "IU/day": {f"{v}/{t}": INTERNATIONAL[v] / TIMES[t] for v in INTERNATIONAL for t in TIMES},
    "mg/day": {f"{v}/{t}": MASSES[v] / TIMES[t] for v in MASSES for t in TIMES},
    "1/year": {f"{v}/{t}": SHARES[v] / TIMES[t] for v in SHARES for t in TIMES},
    "cells/kg": {f"{v}/{t}": COUNTS[v] / MASSES[t] for v in COUNTS for t in MASSES},
    "g/L": {f"{v}/{t}": MASSES[v] / VOLUMES[t] for v in MASSES for t in VOLUMES},
}  # field's unit -> words that people write there, with their size
WORDS = [(unit, word, size) for unit, table in FIELDS.items() for word, size in table.items()]


def size_in(table, text):
    number, _, word = text.partition(" ")
    return float(number) * table[word]


@given(st.sampled_from(WORDS), st.floats(1e-3, 1e6))
def test_accepting_or_hinting_never_changes_the_size(word, number):
    unit, name, size = word
    text = f"{number!r} {name}"
    try:
        kept = parse(text, unit).convert(unit)
    except InputError as error:
        offers = re.findall(r'"([^"]+)"', error.faults[0].hint)
        assert len(offers) <= 1
        for offer in offers:
            assert parse(offer, unit).convert(unit) == pytest.approx(number * size / own_size(unit), rel=1e-9)
    else:
        assert kept == pytest.approx(number * size / own_size(unit), rel=1e-12)


def own_size(unit):
    return {"1": 1.0, "1/year": 1 / 365.25}.get(unit) or FIELDS[unit].get(unit) or {"years": 365.25, "g/L": 1.0}[unit]


@given(st.from_regex(r"[A-Za-zµ%/]{1,12}", fullmatch=True), st.sampled_from(sorted(FIELDS)), st.floats(0.01, 1e5))
def test_whatever_is_offered_can_be_read_and_is_as_large_as_an_outside_library_says(word, unit, number):
    try:
        parse(f"{number!r} {word}", unit)
    except InputError as error:
        offers = re.findall(r'"([^"]+)"', error.faults[0].hint)
        for offer in offers:
            compare(outside(f"{number!r} {word}"), parse_any(offer, unit))


def parse_any(offer, unit):
    try:
        return outside(str(parse(offer, unit)).replace("IU", "cells"))
    except InputError as error:
        assert error.faults[0].code == "wrong_dimension", offer
        return None


REGISTRY = pint.UnitRegistry()
REGISTRY.define("cells = []")


def outside(text):
    """What pint makes of a text, or None where it makes nothing of it."""
    try:
        return REGISTRY.Quantity(text).to_base_units()
    except Exception:
        return None


def compare(written, offered):
    """Where the outside library reads both and takes them for the same kind of thing, they are equally large."""
    if written is not None and offered is not None and written.dimensionality == offered.dimensionality:
        calendar = 2e-2 * bool(written.dimensionality.get("[time]"))  # a month of 30 or of 30.4375 days
        assert offered.magnitude == pytest.approx(written.magnitude, rel=1e-5 + calendar)


@pytest.mark.parametrize(
    ("text", "unit", "substance", "value"),
    [
        ("150 lb", "kg", "", 68.0388555),
        ("65 inches", "m", "", 1.651),
        ("6 hours", "h", "", 6.0),
        ("90 minutes", "h", "", 1.5),
        ("20 ug/day", "IU/day", "vitamin D", 800.0),
        ("24 ng/mL", "nmol/L", "25-OH-D", 59.904),
        ("60 nmol/L", "nmol/L", "25-OH-D", 60.0),
        ("9.4 mg/dL", "mmol/L", "calcium", 2.3454),
        ("3.5 mg/dL", "mmol/L", "phosphate", 1.13),
        ("45 mL/min/1.73m^2", "mL/min", "", 45.0),
        ("8 percent/year", "1/year", "", 0.08),
    ],
)
def test_words_of_the_clinic_are_read_at_their_size(text, unit, substance, value):
    assert parse(text, unit, substance=substance).convert(unit) == pytest.approx(value, rel=1e-4)


@pytest.mark.parametrize(
    ("text", "unit", "hint"),
    [
        ("2.7 L/h", "mL/min", 'Write "45 mL/min".'),
        ("100000 IU/quarter", "IU/day", 'Write "1095.14031485 IU/day".'),
        ("11 stone", "kg", 'Write "69.85322498 kg".'),
        ("8", "1/year", 'Write "8 percent/year".'),
        ("0.08", "1/year", 'Write "0.08 percent/year" or "8 percent/year".'),
        ("15", "1", 'Write "15 percent".'),
        ("2×10⁶ cells/kg", "cells/kg", 'Write "2e6 cells/kg".'),
        ("2x10^6 cells/kg", "cells/kg", 'Write "2e6 cells/kg".'),
        ("45 mL/min/1.73 m²", "mL/min", 'Write "45 mL/min/1.73m^2".'),
        ("5 ML", "mL", ""),
        ("60 Mg", "mg", ""),
        ("1 M", "days", ""),
        ("1½ mg", "mg", ""),
        ("5² mg", "mg", ""),
        ("1.234,56 mg", "mg", ""),
        ("60 mg/quarter", "kg/m^2", ""),
    ],
)
def test_a_hint_keeps_the_size_or_is_not_given(text, unit, hint):
    with pytest.raises(InputError) as caught:
        parse(text, unit)
    assert caught.value.faults[0].hint == hint


def test_a_hint_lies_inside_the_range_of_the_field():
    with pytest.raises(InputError) as caught:
        parse("2000", "years", low=18, high=110)
    assert caught.value.faults[0].hint == ""


def test_a_substance_is_converted_only_where_it_is_named():
    for text, unit in (("24 ng/mL", "nmol/L"), ("20 ug/day", "IU/day"), ("9.4 mg/dL", "mmol/L")):
        with pytest.raises(InputError) as caught:
            parse(text, unit)
        assert caught.value.faults[0].code == "wrong_dimension"
    with pytest.raises(InputError):
        parse("800 IU/day", "nmol/day", substance="calcium")  # calcium has no IU
    with pytest.raises(InputError):
        Quantity(1.0, "mg").convert("days")


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("calcium < 8.5 mg/dL", 2.1209),
        ("vitamin_d < 20 ng/mL", 49.92),
        ("gfr < 30 mL/min/1.73m^2", 30.0),
        ("ntx > 50 nmol/mmol", 50.0),
        ("pth > 65 pg/mL and calcium >= 2.6 mmol/L", 65.0),
        ("phosphate < 2.5 mg/dL", 0.8071),
        ("body_weight > 150 lb", 68.0389),
    ],
)
def test_a_condition_reads_the_units_of_the_clinic(text, level):
    assert parse_condition(text).level == pytest.approx(level, rel=1e-4)


def test_every_unit_word_reads_as_itself():
    for word in UNITS:
        assert parse(f"3 {word}", Quantity(1.0, word).parsed.text).unit == word
