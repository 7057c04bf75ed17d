"""Cells against their host: the donor's own clock, relations that cannot be, sites that are not there, arms of nothing."""

import pytest

from osteon.errors import InputError
from osteon.inputs import read_scenario, read_study
from osteon.inputs.dosing import Cells
from osteon.simulation.cell_products import cell_doses

LINE = {"source": "bone_marrow", "dose": "1e6 cells/kg", "route": "intravenous", "at": ["0 days"]}
RAT = {"species": "rat", "age": "100 days"}


def cells(host="rat", age=None, **more):
    return cell_doses([Cells.model_validate(LINE | more)], host, age)[0]


def faults(**tables):
    with pytest.raises(InputError) as caught:
        read_scenario({"format": 1, "output": {"end": "1 day", "of": ["ctx"]}, **tables})
    return {(f.place.split(" ", 1)[-1], f.code) for f in caught.value.faults}


@pytest.mark.parametrize(
    "donor", [{"species": "human"}, {"match": "xenogeneic"}, {"species": "human", "match": "xenogeneic"}]
)
def test_a_human_donor_is_as_old_in_a_rat_as_at_home(donor):
    line = cells(donor={"age": "25 years", **donor})
    assert line.donor_age == pytest.approx(25.0) and line.match == "xenogeneic"
    assert cells("human", donor={"age": "25 years"}).donor_age == pytest.approx(25.0)


def test_an_animals_own_clock_meets_ours_at_maturity_and_runs_on_at_its_pace():
    ages = [cells(donor={"age": f"{d} days"}).donor_age for d in (42, 84, 449)]
    assert ages == pytest.approx([15.0, 30.0, 30 + 365 / 365.25 * 20])
    rat_in_woman = cells("human", donor={"species": "rat", "age": "84 days"})
    assert rat_in_woman.donor_age == pytest.approx(30.0) and rat_in_woman.match == "xenogeneic"


def test_a_cord_is_the_newborns_and_own_cells_are_as_old_as_the_host():
    assert cells(source="umbilical_cord", donor={"age": "30 years", "species": "human"}).donor_age == 0
    own = {"donor": {"match": "autologous"}}
    assert cells("human", 70 * 365.25, **own).donor_age == pytest.approx(70.0)
    assert cells("human", 70 * 365.25, **own | {"at": ["10 years"]}).donor_age == pytest.approx(80.0)
    assert cells("human", 70 * 365.25).donor_age == 30.0


@pytest.mark.parametrize(
    ("donor", "where", "code"),
    [
        ({"age": "25 years"}, "[cells.1.donor] age", "age_out_of_range"),
        ({"species": "human", "match": "allogeneic"}, "[cells.1.donor] match", "contradiction"),
        ({"species": "human", "match": "autologous"}, "[cells.1.donor] match", "contradiction"),
        ({"species": "rat", "match": "xenogeneic"}, "[cells.1.donor] match", "contradiction"),
        ({"match": "autologous", "age": "200 days"}, "[cells.1.donor] age", "contradiction"),
        ({"species": "rtt"}, "[cells.1.donor] species", "unknown_species"),
    ],
)
def test_donors_that_cannot_be_are_refused(donor, where, code):
    assert (where, code) in faults(animal=RAT, cells=[LINE | {"donor": donor}])


def test_a_xenogeneic_donor_of_a_person_needs_a_species():
    woman = {"person": {"age": "66 years"}}
    assert ("[cells.1.donor] match", "contradiction") in faults(
        **woman, cells=[LINE | {"donor": {"match": "xenogeneic"}}]
    )


@pytest.mark.parametrize("site", ["fracture", "bone_defect"])
def test_cells_at_a_gap_that_a_woman_does_not_have_are_refused_in_a_scenario_and_in_a_study(site):
    line = LINE | {"route": "local", "site": site}
    assert ("[cells.1] site", "no_such_site") in faults(person={"age": "66 years"}, cells=[line])
    study = {
        "format": 1, "title": "t", "question": "q", "population": {"cohort": "postmenopausal_osteoporosis", "patients": 2},
        "design": {"allocation": "1:1", "visits": ["0 months", "6 months"]},
        "arm": [{"name": "a"}, {"name": "b", "cells": [line]}],
        "endpoint": [{"name": "ctx", "visit": "6 months", "analysis": "ancova", "compare": "a"}],
    }  # fmt: skip
    with pytest.raises(InputError) as caught:
        read_study(study)
    assert any(f.code == "no_such_site" and "arm.2" in f.place for f in caught.value.faults)


def test_a_vehicle_needs_no_dose_and_holds_no_cells():
    vehicle = {k: v for k, v in LINE.items() if k != "dose"} | {"product": "vehicle", "vehicle": "plasma-lyte"}
    assert cells(**{"product": "vehicle"} | {"dose": "0 cells"}).amount == 0
    assert read_scenario({"format": 1, "animal": RAT, "cells": [vehicle], "output": {"end": "1 day", "of": ["ctx"]}})
    assert ("[cells.1] dose", "contradiction") in faults(animal=RAT, cells=[vehicle | {"dose": "1e6 cells"}])
    bare = {k: v for k, v in LINE.items() if k != "dose"}
    assert ("[cells.1] dose", "missing_key") in faults(animal=RAT, cells=[bare])


def test_a_cord_has_no_osteoporotic_donor_and_a_joint_is_no_bone():
    cord = LINE | {"source": "umbilical_cord", "donor": {"disease": "osteoporosis"}}
    assert ("[cells.1.donor] disease", "contradiction") in faults(animal=RAT, cells=[cord])
    joint = LINE | {"route": "intra_articular", "site": "femur_left"}
    assert ("[cells.1] site", "contradiction") in faults(animal=RAT, cells=[joint])
