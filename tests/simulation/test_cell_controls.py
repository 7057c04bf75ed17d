"""Arms that must do nothing: no cells, dead cells, the vehicle alone; and dead cells still lodge where living ones would."""

import pytest

from osteon.inputs import read_scenario
from osteon.simulation.scenario import simulate_scenario

OF = [
    "label_joint",
    "label_subcutis",
    "ctx",
    "p1np",
    "bvtv_femur_left",
    "label_femur_left",
    "label_lung",
    "viable_cells_femur_left",
    "fever_risk",
]
LINE = {"source": "bone_marrow", "donor": {"age": "8 weeks"}, "dose": "1e6 cells", "at": ["0 days"]}


def last(**line):
    table = {
        "format": 1, "animal": {"species": "rat", "age": "200 days", "condition": "ovx"},
        "output": {"end": "28 days", "at": ["0 days", "1 hours", "28 days"], "of": OF}, "cells": [LINE | line],
    }  # fmt: skip
    got = simulate_scenario(read_scenario(table))
    rows = {n: [r["value"] for r in got.rows if r["output"] == n] for n in OF}
    return rows, " ".join(got.notes)


@pytest.fixture(scope="module")
def nothing():
    return last(dose="0 cells", route="intramedullary", site="femur_left")


@pytest.mark.parametrize(
    "line",
    [
        {"viability": 0.0, "route": "intramedullary", "site": "femur_left"},
        {"viability": 0.0, "route": "intravenous"},
        {"product": "vehicle", "dose": "0 cells", "vehicle": "saline", "route": "intravenous"},
        {"product": "exosomes", "dose": "0 particles", "route": "intravenous"},
        {"product": "fibroblasts", "route": "intramedullary", "site": "femur_left"},
    ],
)
def test_a_control_leaves_bone_as_no_cells_leave_it(nothing, line):
    rows, notes = last(**line)
    for name in ("ctx", "p1np", "bvtv_femur_left"):
        assert rows[name] == pytest.approx(nothing[0][name], rel=1e-6)
    assert "dead" in notes or "control" in notes or "Fibroblasts" in notes


def test_dead_cells_stay_where_living_ones_would_and_no_cells_bring_no_label(nothing):
    dead, _ = last(viability=0.0, route="intramedullary", site="femur_left")
    assert dead["label_femur_left"][1] > 0.9e6 > 1e5 > dead["label_lung"][1] > 0
    assert max(dead["viable_cells_femur_left"]) == 0
    assert max(nothing[0]["label_femur_left"] + nothing[0]["label_lung"]) == 0
    assert max(nothing[0]["fever_risk"]) == 0


def test_fibroblasts_lodge_and_live_as_other_cells_of_their_size_do():
    site = {"route": "intramedullary", "site": "femur_left"}
    cells, fibroblasts = last(**site)[0], last(product="fibroblasts", **site)[0]
    assert fibroblasts["viable_cells_femur_left"][1] == pytest.approx(cells["viable_cells_femur_left"][1], rel=1e-3)
    assert fibroblasts["fever_risk"] == cells["fever_risk"]


def test_vesicles_by_protein_are_vesicles_by_number():
    from osteon.cells.action import EXOSOMES_PER_MG

    number = f"{0.01 * EXOSOMES_PER_MG:g} particles"
    got = [
        last(product="exosomes", route="intravenous", dose=d)[0]["bvtv_femur_left"] for d in ("10 ug protein", number)
    ]
    assert got[0] == pytest.approx(got[1], rel=1e-6)
    assert got[0][-1] != last(dose="0 cells", route="intravenous")[0]["bvtv_femur_left"][-1]


@pytest.mark.parametrize(("route", "place"), [("subcutaneous", "subcutis"), ("intra_articular", "joint")])
def test_cells_under_the_skin_or_in_a_joint_stay_there_and_hardly_touch_bone(nothing, route, place):
    here, _ = last(route=route)
    vein, _ = last(route="intravenous")
    assert here[f"label_{place}"][1] > 0.95e6 > 2e4 > here["label_lung"][1]
    none, mine, systemic = (x["bvtv_femur_left"][-1] for x in (nothing[0], here, vein))
    assert abs(mine - none) < 0.2 * abs(systemic - none) + 1e-6 * none
    vesicles, _ = last(product="exosomes", dose="1e10 particles", route=route)
    assert vesicles["bvtv_femur_left"][-1] == pytest.approx(none, rel=1e-6)


def test_fresh_cells_outlast_thawed_ones_in_the_bag_and_albumin_keeps_both():
    from osteon.cells.product import CellDose, left_alive

    def left(state, vehicle="saline"):
        return left_alive(CellDose("adipose", 1.0, "cells", "intravenous", (0.0,), vehicle=vehicle, state=state), 0.25)

    assert left("fresh") > left("thawed")
    assert left("thawed", "saline with 5 % albumin") > left("fresh")
