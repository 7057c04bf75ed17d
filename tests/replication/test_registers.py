"""How often people of a country break bones: the hazards beside registers, by sex and age."""

from __future__ import annotations

import numpy as np
import pytest

from osteon.evidence import load_measurements
from osteon.inference import fractures as room
from osteon.replication.fracture_incidence import hazards
from osteon.replication.registers import (
    AGES,
    PEOPLE,
    SPREAD,
    about,
    population_rates,
    population_trajectories,
    registers,
)
from osteon.simulation.assembly import human_model


@pytest.fixture(scope="module")
def courses():
    return {sex: population_trajectories(sex) for sex in PEOPLE}


@pytest.fixture(scope="module")
def rates(courses):
    found = population_rates(registers(), courses, {})[0]
    return {(r.kind, r.sex, r.from_age, r.to_age): (x, r) for r, x in zip(registers(), found, strict=True)}


def test_figures_that_stand_in_the_measurements_too_are_the_same():
    known = {(m.cohort.lower(), m.value) for m in load_measurements(["fracture_hazard"])}
    for r in registers():
        assert r.source not in ("harstad", "cprd") or (r.source, r.rate) in known, r


def test_hip_fractures_of_women_are_near_those_that_registers_count(rates):
    """The registers themselves lie 1.6 apart (decision 17)."""
    hips = [(np.log(x / r.rate), r) for x, r in rates.values() if r.kind == "hip" and r.sex == "female"]
    assert np.mean([abs(error) for error, _ in hips]) < 0.45
    assert all(abs(error) < 0.75 for error, _ in hips), hips


MEN = "old men of this bone keep more BMD than men do; at equal T-scores they are held near women, as cohorts say"


@pytest.mark.xfail(strict=True, reason=MEN)
def test_hip_fractures_of_men_are_near_those_that_registers_count(rates):
    hips = [(np.log(x / r.rate), r) for x, r in rates.values() if r.kind == "hip" and r.sex == "male"]
    assert all(abs(error) < 0.75 for error, _ in hips), hips


def test_men_break_hips_a_quarter_to_two_thirds_as_often_as_women(rates):
    for ages in ((50.0, 74.0), (75.0, 99.0)):
        men, women = (rates["hip", sex, *ages][0] for sex in ("male", "female"))
        assert men / women == pytest.approx(0.4, abs=0.24), ages


@pytest.mark.xfail(strict=True, reason=MEN)
def test_men_break_vertebrae_half_as_often_as_women(rates):
    men, women = (rates["vertebral", sex, 50.0, 79.0][0] for sex in ("male", "female"))
    assert men / women == pytest.approx(0.5, abs=0.2)


def test_hip_fractures_rise_forty_to_two_hundred_fold_between_fifty_and_ninety(rates):
    assert 40 < rates["hip", "female", 90, 99][0] / rates["hip", "female", 50, 54][0] < 200


def test_one_standard_deviation_of_bmd_is_worth_what_cohorts_found(courses):
    at_seventy = courses["female"][int(np.argmin(np.abs(AGES - 67)))]
    people = about(at_seventy, "female")
    found = hazards(at_seventy, people, {})
    each = {k: np.log(found[f"hazard_{k}"][0, :, 0]) for k in ("hip", "vertebral", "nonvertebral")}
    per_sd = {k: np.exp(-np.polyfit(SPREAD, v, 1)[0]) for k, v in each.items()}
    assert per_sd["hip"] == pytest.approx(2.6, abs=0.5)  # marshall1996, 2.0 to 3.5
    assert 1.7 < per_sd["vertebral"] < 2.8 and 1.2 < per_sd["nonvertebral"] < 1.7


def test_women_of_trials_break_fewer_bones_than_their_neighbours(courses):
    c = courses["female"][4]
    people = about(c, "female")
    others, volunteers = (hazards(c, people | {"volunteer": v * np.ones(len(SPREAD))}, {}) for v in (0.0, 1.0))
    ratio = (volunteers["hazard_hip"] / others["hazard_hip"]).mean()
    assert 0.4 < ratio < 0.85
    assert human_model().defaults["volunteer"] == 0


def test_registers_enter_the_fit_and_its_hash():
    rows = room.fracture_rows()
    assert len(room.data_hash(rows)) == 64
    assert len(registers()) == 15 and {r.sex for r in registers()} == {"female", "male"}
