"""Dose-response files: strict, every fault at once, with the nearest right answer."""

import tomllib
from pathlib import Path

import pytest

from osteon.errors import InputError
from osteon.inputs import is_dose_response, load_dose_response, read_dose_response, schema

EXAMPLE = Path(__file__).parents[2] / "examples" / "msc_dose_surface.toml"
GOOD = {
    "species": ["mouse"],
    "sources": ["adipose"],
    "routes": ["intravenous"],
    "doses": ["1e6 cells/kg"],
    "infusion_times": ["1 min"],
}


def dose_response(**changed):
    return {"format": 1, "title": "t", "dose_response": {**GOOD, **changed}}


def test_the_example_is_valid_and_its_schema_is_published():
    read = load_dose_response(EXAMPLE).dose_response
    assert read.species == ["mouse", "rat", "human"] and read.doses[1] == 1e6
    assert set(tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))["dose_response"]) <= set(
        schema("dose_response")["$defs"]["DoseResponse"]["properties"]
    )


@pytest.mark.parametrize(
    ("changed", "code", "words"),
    [
        ({"species": ["mice"]}, "unknown_species", "mouse"),
        ({"sources": ["umbilical cord"]}, "unknown_cell_source", "umbilical_cord"),
        ({"routes": ["oral"]}, "unknown_cell_route", "cell route"),
        ({"doses": ["1e6 cells"]}, "wrong_dimension", "cells/kg"),
        ({"doses": [1e6]}, "missing_unit", "cells/kg"),
        ({"doses": ["-1 cells/kg"]}, "out_of_range", "cells/kg"),
        ({"doses": ["1e6 cells/kg", "1e6 cells/kg"]}, "duplicate_name", "twice"),
        ({"doses": []}, "bad_value", "empty"),
        ({"doses": ["1e10 cells/kg"]}, "extreme_dose", "allow_unstudied_dose"),
        ({"infusion_times": ["60"]}, "missing_unit", "min"),
        ({"site": "fracture"}, "unknown_site", "site"),
        ({"condition": "ovariectomy"}, "unknown_condition", "ovx"),
        ({"parameter_draws": 5}, "bad_value", "out of range"),
        (
            {
                "parameter_draws": 90_000,
                "doses": [f"{k}e4 cells/kg" for k in range(1, 99)],
                "infusion_times": ["1 min", "2 min"],
            },
            "bad_number",
            "cannot be run",
        ),
        ({"best_dose": True}, "unknown_key", "best_dose"),
        ({"species": ["human"], "routes": ["local"], "site": "mandible"}, "contradiction", "Densitometry"),
    ],
)
def test_a_fault_is_told_with_place_and_what_is_allowed(changed, code, words):
    with pytest.raises(InputError) as told:
        read_dose_response(dose_response(**changed), "s.toml")
    fault = told.value.faults[0]
    assert fault.code == code and fault.place.startswith("s.toml [dose_response]"), fault
    assert words in fault.sentence() or words in fault.allowed


def test_all_faults_are_told_at_once():
    with pytest.raises(InputError) as told:
        read_dose_response(dose_response(species=["mice"], doses=["5 mg"], parameter_draws=0))
    assert len(told.value.faults) == 3


def test_old_keys_are_the_same_file():
    new = {"format": 1, "title": "t", "dose_response": {**GOOD, "parameter_draws": 50}}
    old = {"format": 1, "title": "t", "surface": {**GOOD, "worlds": 50}}
    assert read_dose_response(old) == read_dose_response(new) and is_dose_response(old) and is_dose_response(new)
    assert schema("surface") == schema("dose_response")


def test_a_fault_names_the_key_that_was_written():
    with pytest.raises(InputError) as error:
        read_dose_response({"format": 1, "title": "t", "surface": {**GOOD, "worlds": 5}}, "s.toml")
    assert [f.place for f in error.value.faults] == ["s.toml [surface] worlds"]


def test_a_key_under_both_its_names_is_refused():
    with pytest.raises(InputError, match="old name"):
        read_dose_response({"format": 1, "title": "t", "dose_response": {**GOOD, "worlds": 50, "parameter_draws": 60}})
