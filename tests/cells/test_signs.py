"""Signs of turnover under cells in a vein: resorption falls through OPG, precursors and T cells, formation rises."""

import pytest

from osteon.inputs import read_scenario
from osteon.simulation.scenario import simulate_scenario

AGE = {"rat": "180 days", "mouse": "120 days"}
CELLS = {
    "source": "bone_marrow",
    "dose": "1e7 cells/kg",
    "route": "intravenous",
    "at": ["0 days"],
    "donor": {"age": "8 weeks"},
}


def ratio(species, of, weeks=3, condition="ovx", off=(), **animal):
    """What cells make of an output, against the same animal without them.   off : gains set to 0"""
    who = {"species": species, "age": AGE[species], "condition": condition, **animal}
    if condition == "ovx":
        who["condition_from"] = "-42 days"
    table = {"format": 1, "animal": who, "output": {"end": f"{weeks} weeks", "at": [f"{weeks} weeks"], "of": [of]}}
    table["override"] = [{"parameter": name, "value": 0.0} for name in off]
    treated, not_treated = (
        simulate_scenario(read_scenario(table | {"cells": c})).rows[0]["value"] for c in ([CELLS], [])
    )
    return treated / not_treated


@pytest.mark.parametrize("species", ["rat", "mouse"])
def test_after_ovariectomy_cells_lower_ctx_and_raise_p1np_while_their_memory_lasts(species):
    assert ratio(species, "ctx") < 0.98 and ratio(species, "p1np") > 1.02
    assert ratio(species, "opg") > 1.02 and ratio(species, "bvtv_tibia_left") > 1.02


def test_each_arm_against_resorption_counts_and_without_all_of_them_ctx_rises():
    whole = ratio("rat", "osteoclasts")
    arms = {"opg": ("opg_gain",), "precursors": ("precursor_gain",), "t_cells": ("tnf_share",)}
    for name, off in arms.items():
        assert ratio("rat", "osteoclasts", off=off) > 1.01 * whole, name
    assert ratio("rat", "ctx", off=("opg_gain", "precursor_gain", "tnf_share")) > 1.02


def test_t_cells_are_calmed_where_there_are_any_and_oestrogen_is_lost():
    nude = ratio("mouse", "rankl", immune_system="nude")
    assert ratio("mouse", "rankl") < 0.97 * nude
    assert ratio("mouse", "rankl", immune_system="nude", off=("tnf_share",)) == pytest.approx(nude, rel=1e-6)
    intact = ratio("rat", "rankl", condition="intact")
    assert ratio("rat", "rankl", condition="intact", off=("tnf_share",)) == pytest.approx(intact, rel=0.02)
