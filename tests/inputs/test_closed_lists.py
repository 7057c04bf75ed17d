"""Texts that are codes: each is of a closed list, and a word outside it is refused with the nearest right one."""

import pytest

from osteon.cells.product import DISEASES, VEHICLES, CellDose, bag_loss, homing
from osteon.errors import InputError
from osteon.inputs import FILE_KINDS, read_scenario
from osteon.inputs.record import Record

CELLS = {"source": "umbilical_cord", "dose": "2e6 cells/kg", "route": "intravenous", "at": ["0 months"]}
FREE = {
    "title",
    "question",
    "strain",  # compared with those that have figures of their own; another is named in a note
    "events",  # a file
    "compartments",  # drugs and routes of that file, checked when it is read
    "compare",  # an arm of the same file
    "cohort",
    "parameter",
    "of",
    "kind",
    "name",  # of an arm, or checked against the habits, outputs or parameters that exist
    "allocation",
    "dose",
    "rate",
    "stop_when",
    "hold_when",
    "eligible",
    "doses",  # names of arms of the same file
    "start",  # one of them
    "value",  # a quantity of the marker that stands beside it
    "today",  # a date
    "next_measurement",  # outputs, checked against the model
}  # fields whose text is no code of a list here, or is checked elsewhere against what exists


def scenario(**more):
    return read_scenario({"format": 1, "output": {"end": "1 month", "of": ["bmd_total_hip"]}, **more})


def faults(**more):
    with pytest.raises(InputError) as caught:
        scenario(**more)
    return caught.value.faults


@pytest.mark.parametrize(
    ("cells", "place", "nearest"),
    [
        ({"donor": {"disease": "osteoperosis"}}, "[cells.1.donor] disease", "osteoporosis"),
        ({"donor": {"disease": "Osteoporosis"}}, "[cells.1.donor] disease", "osteoporosis"),
        ({"donor": {"match": "autologus"}}, "[cells.1.donor] match", "autologous"),
        ({"vehicle": "saline without albumine"}, "[cells.1] vehicle", "saline without albumin"),
        ({"vehicle": "plasmalyte"}, "[cells.1] vehicle", "plasma-lyte"),
        ({"source": "bone marow"}, "[cells.1] source", "bone_marrow"),
        ({"pretreatment": ["zink"]}, "[cells.1] pretreatment[1]", "zinc"),
    ],
)
def test_a_word_outside_the_list_is_refused_with_the_nearest(cells, place, nearest):
    found = faults(person={"age": "66 years"}, cells=[CELLS | cells])
    assert len(found) == 1 and found[0].place.endswith(place)
    assert found[0].hint == f"Did you mean '{nearest}'?"


@pytest.mark.parametrize(
    ("vehicle", "albumin"),
    [("saline", False), ("saline without albumin", False), ("plasma-lyte", False), ("saline with 5 % albumin", True)],
)
def test_only_albumin_counts_as_albumin(vehicle, albumin):
    line = CellDose("umbilical_cord", 1.0, "cells", "intravenous", (0.0,), vehicle=vehicle)
    early, late = bag_loss(line)
    assert (early == late) is albumin
    assert VEHICLES[vehicle] is albumin


def test_a_donor_with_osteoporosis_has_weaker_cells_by_every_word_for_it():
    for word, sick in DISEASES.items():
        line = CellDose("bone_marrow", 1.0, "cells", "intravenous", (0.0,), donor_age=60.0, donor_disease=word)
        assert homing(line) == (0.25 if sick else 0.5)


def test_the_same_lists_hold_for_a_product_made_in_python():
    with pytest.raises(InputError, match="osteoporosis") as caught:
        CellDose("bone_marrow", 1.0, "cells", "intravenous", (0.0,), donor_disease="osteoperosis", vehicle="water")
    assert [f.code for f in caught.value.faults] == ["unknown_donor_disease", "unknown_vehicle"]


def test_a_strain_that_is_almost_one_with_figures_is_refused_and_another_is_not():
    mouse = {"species": "mouse", "age": "120 days"}
    found = faults(animal=mouse | {"strain": "C3H/Hej"})
    assert found[0].hint == "Did you mean 'C3H/HeJ'?"
    assert scenario(animal=mouse | {"strain": "BALB/c"}).animal.strain == "BALB/c"


def records(record, seen):
    """Every record type that stands inside a record."""
    if record in seen:
        return
    seen.add(record)
    for field in record.model_fields.values():
        for inner in inside(field.annotation):
            records(inner, seen)


def inside(annotation):
    if isinstance(annotation, type):
        return [annotation] if issubclass(annotation, Record) else []
    return [r for a in getattr(annotation, "__args__", ()) for r in inside(a)]


def test_every_text_of_every_file_kind_is_a_closed_list_or_known_to_be_free():
    """A new field that takes any text has to be thought about here."""
    every = set()
    for record in FILE_KINDS.values():
        records(record, every)
    loose = set()
    for record in every:
        schema = record.model_json_schema(by_alias=True)
        for name, field in schema.get("properties", {}).items():
            loose |= {name} if any_text(field) else set()
    assert "title" in loose and loose <= FREE, loose - FREE


def any_text(field):
    if field.get("type") == "string":
        return not ({"enum", "pattern", "const"} & set(field))
    parts = [*field.get("anyOf", ()), *field.get("oneOf", ()), *([field["items"]] if "items" in field else ())]
    return any(any_text(p) for p in parts) or ("type" not in field and not parts and not {"$ref", "enum"} & set(field))
