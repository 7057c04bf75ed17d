"""Harms of a line of cells: every one of the review is there, with an upper end; what was seen elsewhere does not apply."""

import dataclasses

import numpy as np
import pytest

from osteon.cells.harms import CellHarm, harms_of_line
from osteon.cells.hazards import KINDS, hazards_of
from osteon.cells.product import CellDose

Z = np.random.default_rng(1).standard_normal(400)
DIAMETER = 18 + 2.5 * Z
VEIN = CellDose("umbilical_cord", 2e6, "cells/kg", "intravenous", (0.0, 30.0), infusion=1 / 24)
NAMED = {
    *KINDS,
    "embolism_counted",
    "infection",
    "thrombosis",
    "immune",
    "tumour",
    "tumour_if_hidden",
    "vascular_injury",
    "amyloid",
}


def of(given, name):
    return next(h for h in harms_of_line(given, 66.0, DIAMETER, Z) if h.name == name)


def but(**changed):
    return dataclasses.replace(VEIN, **changed)


def test_every_harm_of_the_review_is_there_and_none_is_called_absent():
    found = harms_of_line(VEIN, 66.0, DIAMETER, Z)
    assert {h.name for h in found} == NAMED
    for h in found:
        assert h.evidence in {"human", "animal", "assumed"} and h.source
        assert not h.applies or h.high is None or h.high > 0


def test_tumours_lead_with_what_is_not_excluded_and_a_hidden_cancer_turns_the_sign():
    well, hidden = of(VEIN, "tumour"), of(VEIN, "tumour_if_hidden")
    assert (well.low, well.high) == (0.60, 1.45) and well.low < 1
    assert hidden.low >= 1 and hidden.high is None


@pytest.mark.parametrize("name", ["vascular_injury", "amyloid"])
@pytest.mark.parametrize("route", ["intravenous", "intra_arterial", "intramedullary", "local", "scaffold"])
def test_what_was_seen_in_eyes_and_strokes_applies_on_no_route_here(name, route):
    assert not of(but(route=route), name).applies and of(but(route=route), name).note


def test_clotting_follows_cells_in_blood_source_and_passage_and_heparin_calms_it():
    plain = of(VEIN, "procoagulant").high
    assert of(but(heparin=True), "procoagulant").high < plain < of(but(amount=1e7), "procoagulant").high
    assert of(but(passage=9), "procoagulant").high > plain > of(but(source="bone_marrow"), "procoagulant").high
    assert of(but(route="local", site="femur_left"), "procoagulant").high < 0.2 * plain


def test_fever_is_as_often_as_trials_say_and_adds_up_over_doses():
    one = hazards_of(but(days=(0.0,)), np.full(1, 66.0), np.full(1, 18.0), np.zeros(1))["fever"]
    assert 0.05 + (1 - 0.05) * (1 - np.exp(-one[0])) == pytest.approx(0.05 * 2.48, abs=0.005)
    assert of(but(days=(0.0, 1.0, 2.0)), "fever").high > of(but(days=(0.0,)), "fever").high


def test_a_product_without_cells_cannot_lodge_clot_or_grow_and_own_cells_raise_no_antibodies():
    vesicles = but(product="exosomes", amount=1e9, basis="particles/kg")
    assert not [h.name for h in harms_of_line(vesicles, 66.0, DIAMETER, Z) if h.applies]
    assert of(vesicles, "embolism").high == of(vesicles, "procoagulant").high == 0
    assert of(VEIN, "immune").applies and not of(but(match="autologous"), "immune").applies


def test_no_field_can_call_a_harm_absent():
    assert not {f.name for f in dataclasses.fields(CellHarm)} & {"absent", "safe", "excluded"}
