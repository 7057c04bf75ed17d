"""What cells were treated with before they were given reaches the animal, through what they secrete and become."""

import pytest

from osteon.inputs import read_scenario
from osteon.replication.experiments import load_experiment, run_experiment
from osteon.simulation.scenario import simulate_scenario


def bone(pretreatment=(), route="intravenous"):
    cells = {
        "source": "bone_marrow",
        "dose": "5e6 cells/kg",
        "route": route,
        "at": ["0 days"],
        "donor": {"age": "8 weeks"},
    }
    cells |= {"pretreatment": list(pretreatment)} | ({"site": "femur_left"} if route != "intravenous" else {})
    animal = {"species": "rat", "age": "180 days", "condition": "ovx", "condition_from": "-42 days"}
    table = {
        "format": 1,
        "animal": animal,
        "cells": [cells],
        "output": {"end": "6 weeks", "at": ["6 weeks"], "of": ["bvtv_femur_left"]},
    }
    return simulate_scenario(read_scenario(table)).rows[0]["value"]


@pytest.mark.parametrize("route", ["intravenous", "intramedullary"])
def test_cells_treated_towards_bone_do_more_and_those_under_tnf_do_less(route):
    plain = bone(route=route)
    assert bone(["simvastatin"], route) > 1.005 * plain and bone(["tnf_alpha"], route) < 0.998 * plain


def test_fibrin_reaches_the_defect_without_an_override_and_its_edges_turned_round_lose_it():
    experiment = load_experiment("T1-14")
    assert not experiment.scenarios["cells_fibrin"].override
    assert all(f.holds for f in run_experiment(experiment, 2))


def test_fibrin_with_its_edges_turned_round_would_be_seen(monkeypatch):
    import osteon.cells.product as product

    usual = product.lean
    monkeypatch.setattr(product, "lean", lambda *a, **k: tuple(1 / x for x in usual(*a, **k)))
    found = run_experiment(load_experiment("T1-14"), 2)
    assert not found[1].holds


def test_a_blocker_of_akt_works_through_the_given_cells_and_the_hosts_own_progenitors():
    experiment = load_experiment("T1-16")
    names = [o.parameter for o in experiment.scenarios["cells_blocker"].override]
    assert names == ["regulated_osteo"] and experiment.scenarios["cells_blocker"].cells[0].knocked_down == ["akt"]
    assert all(f.holds for f in run_experiment(experiment, 2))


def test_what_is_raised_cannot_be_knocked_down_at_once():
    from osteon.errors import InputError

    with pytest.raises(InputError, match="at once"):
        bone_table = {"species": "rat", "age": "180 days"}
        cells = {"source": "adipose", "dose": "1e6 cells", "route": "intravenous", "at": ["0 days"]}
        cells |= {"pretreatment": ["akt"], "knocked_down": ["akt"]}
        read_scenario({"format": 1, "animal": bone_table, "cells": [cells], "output": {"end": "1 day", "of": ["ctx"]}})
