"""Surface files: strict, every fault at once, with the nearest right answer."""

import tomllib
from pathlib import Path

import pytest

from osteon.errors import InputError
from osteon.inputs import load_surface, read_surface, schema

EXAMPLE = Path(__file__).parents[2] / "examples" / "msc_dose_surface.toml"
GOOD = {
    "species": ["mouse"],
    "sources": ["adipose"],
    "routes": ["intravenous"],
    "doses": ["1e6 cells/kg"],
    "infusion_times": ["1 min"],
}


def surface(**changed):
    return {"format": 1, "title": "t", "surface": {**GOOD, **changed}}


def test_the_example_is_valid_and_its_schema_is_published():
    read = load_surface(EXAMPLE).surface
    assert read.species == ["mouse", "rat", "human"] and read.doses[1] == 1e6
    assert set(tomllib.loads(EXAMPLE.read_text())["surface"]) <= set(
        schema("surface")["$defs"]["Surface"]["properties"]
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
        ({"doses": ["1e10 cells/kg"]}, "extreme_dose", "allow_extreme"),
        ({"infusion_times": ["60"]}, "missing_unit", "min"),
        ({"site": "fracture"}, "unknown_site", "site"),
        ({"condition": "ovariectomy"}, "unknown_condition", "ovx"),
        ({"worlds": 5}, "bad_value", "out of range"),
        (
            {
                "worlds": 90_000,
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
        read_surface(surface(**changed), "s.toml")
    fault = told.value.faults[0]
    assert fault.code == code and fault.place.startswith("s.toml [surface]"), fault
    assert words in fault.sentence() or words in fault.allowed


def test_all_faults_are_told_at_once():
    with pytest.raises(InputError) as told:
        read_surface(surface(species=["mice"], doses=["5 mg"], worlds=0))
    assert len(told.value.faults) == 3
