"""Errors: faults that can be printed, hashed and written as strict JSON whatever a user wrote."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osteon.errors import (
    CheckFailed,
    CorruptData,
    Fault,
    InputError,
    OsteonError,
    RunFailed,
    Unsupported,
    latin_look,
    nearest,
    unknown,
)

anything = st.one_of(
    st.text(st.characters(codec=None)), st.integers(), st.floats(), st.booleans(), st.none(), st.lists(st.integers())
)


@pytest.mark.parametrize(
    ("family", "code"), [(CheckFailed, 1), (InputError, 2), (RunFailed, 3), (Unsupported, 4), (CorruptData, 5)]
)
def test_each_error_has_the_exit_code_of_the_contract(family, code):
    error = family(Fault("x", message="Something."))
    assert isinstance(error, OsteonError)
    assert error.exit_code == code


def test_an_error_holds_every_fault():
    error = InputError([Fault("a", "p", message="First."), Fault("b", "q", message="Second.")])
    assert [f.code for f in error.faults] == ["a", "b"]
    assert str(error) == "p: First.\nq: Second."


@given(anything, st.text(st.characters(codec=None)))
def test_any_value_becomes_strict_json_and_one_printable_line(value, words):
    fault = Fault("code", words, value, words, words, words)
    json.loads(json.dumps(fault.as_dict(), allow_nan=False).encode("utf-8"))
    json.dumps(fault.as_dict(), ensure_ascii=False).encode("utf-8")
    assert fault.sentence().isprintable()
    assert hash(fault) == hash(fault)


def test_numbers_that_json_does_not_know_become_text():
    assert Fault("x", value=math.nan).value == "nan"
    assert Fault("x", value=0x10**5000).value == "a whole number of more than 30 digits"


def test_control_characters_never_reach_the_terminal():
    assert "\x1b" not in Fault("x", message="\x1b[31mred\x1b[0m").sentence()


def test_a_long_name_is_cut():
    assert len(unknown("drug", "x" * 100_000, ["denosumab"]).message) < 500


def test_the_nearest_name_is_found_in_any_case_and_alphabet():
    assert nearest("RANKEL", ["rankl", "opg"]) == "rankl"
    assert nearest("dеnоsumab", ["denosumab", "teriparatide"]) == "denosumab"  # two letters are Cyrillic
    assert nearest("iu", ["IU", "mg"]) == "IU"
    assert nearest("coffee", ["denosumab"]) is None


def test_a_look_alike_is_named_as_such():
    fault = unknown("drug", "dеnosumab", ["denosumab"])  # one letter is Cyrillic
    assert "not plain ASCII" in fault.message
    assert fault.hint == "Did you mean 'denosumab'?"


@given(st.text(st.characters(codec="ascii", categories=["L", "N"])))
def test_plain_names_look_like_themselves(name):
    assert latin_look(name) == name
