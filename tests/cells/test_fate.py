"""Signs of every regulator, each with its blocker and with its edge turned round."""

import csv
from dataclasses import replace
from importlib.resources import files

import pytest

from osteon.biology.fate import pparg, runx2
from osteon.cells.regulators import activities, edges, lean, nodes, regulators
from osteon.cells.sources import source_names, source_of
from osteon.errors import InputError
from osteon.trial.culture import Dish, against_control, simulate_culture
from osteon.trial.files.names import REGULATORS, SOURCES, SUBTYPES

SIGNS = {
    "mots_c": 1, "ggcx": 1, "pilose_antler_extract": 1, "simvastatin": 1, "exosomes": 1, "snhg1": -1, "hotair": -1,
    "pparg": -1, "foxf1": -1, "p38a": 1, "mir_1297": -1, "xipt": 1, "zinc": 1, "emf_50hz": 1, "let_7c": -1, "prf": 1,
    "wnt": 1, "akt": 1, "tnf_alpha": -1, "pten": 1,
}  # fmt: skip
BY_SOURCE = {
    ("hspb7", "adipose"): -1,
    ("hspb7", "bone_marrow"): 1,
    ("notch_inhibition", "umbilical_cord"): -1,
    ("notch_inhibition", "bone_marrow"): 1,
}
CASES = [(r, "bone_marrow", s) for r, s in SIGNS.items()] + [(r, c, s) for (r, c), s in BY_SOURCE.items()]


def test_the_balance_rests_at_one_and_solves_its_own_equations():
    assert runx2(1.0, 1.0) == pytest.approx(1.0)
    for osteo, adipo in [(0.3, 2.0), (2.0, 0.4), (1.5, 1.5)]:
        r, p = runx2(osteo, adipo), pparg(osteo, adipo)
        assert r == pytest.approx(2 * osteo / (1 + p))
        assert p == pytest.approx(2 * adipo / (1 + r))


@pytest.mark.parametrize(("regulator", "source", "sign"), CASES)
def test_a_regulator_has_its_sign_its_blocker_and_a_check_that_can_fail(regulator, source, sign):
    dish = Dish(source, regulators={regulator: 1.0})
    effect = against_control(dish) - 1
    assert effect * sign > 0.05
    blocked = replace(dish, blocked=tuple({e.node for e in edges(regulator, source)}))
    assert against_control(blocked) == pytest.approx(1.0, abs=1e-9)
    assert (against_control(replace(dish, flipped=regulator)) - 1) * sign < -0.05


def test_knocking_a_regulator_down_turns_its_sign():
    assert against_control(Dish("adipose", regulators={"hspb7": -1.0})) > 1.05
    assert against_control(Dish("bone_marrow", regulators={"foxf1": -1.0})) > 1.05


def test_what_lowers_bone_raises_fat_at_the_shared_nodes():
    osteo, adipo = lean({"foxf1": 1.0}, "bone_marrow")
    assert osteo < 0.9 and adipo > 1.1


def test_the_table_holds_every_name_that_files_may_use_and_every_row_has_a_reference():
    assert set(REGULATORS) <= set(regulators())
    for name in ("regulators.csv", "nodes.csv"):
        with (files("osteon") / "data" / "cells" / name).open(encoding="utf-8") as file:
            assert all(r["reference"].strip() for r in csv.DictReader(file))
    for regulator in regulators():
        assert all(e.node in nodes(s) for s in SOURCES for e in edges(regulator, s))


def test_an_unknown_regulator_or_blocked_node_is_named():
    with pytest.raises(InputError, match="simvastatin"):
        edges("simvastatine", "adipose")
    with pytest.raises(InputError, match="wnt"):
        activities({}, "adipose", ["wnd"])


def test_sources_are_the_same_as_the_names_of_files_and_complete():
    assert set(source_names()) == set(SOURCES)
    assert source_of("umbilical_cord", "cord_blood")["yield"].typical < source_of("umbilical_cord")["yield"].typical
    assert all(source_of("umbilical_cord", s).figures for s in SUBTYPES)
    with pytest.raises(InputError, match="adipose"):
        source_of("adipos")


def test_fat_cells_double_below_70_h_old_or_young_and_marrow_cells_slow_down():
    for age in (36.4, 71.4):
        assert all(source_of("adipose").doubling_time(p, age) < 70 for p in (3, 4, 5, 6))
    marrow = [float(source_of("bone_marrow").doubling_time(p, 40)) for p in (3, 4, 5, 6)]
    assert marrow == sorted(marrow) and marrow[-1] > 1.2 * marrow[0]


def test_age_of_the_donor_costs_marrow_cells_more_mineral_than_fat_cells():
    def old_over_young(source):
        young, old = (simulate_culture(Dish(source, donor_age=a))["mineral"][-1] for a in (36.4, 71.4))
        return old / young

    assert old_over_young("adipose") > 0.75
    assert old_over_young("bone_marrow") < 0.6


def test_secretion_factors_do_nothing_at_10_and_start_mineral_at_20_ug_per_mL_without_induction_medium():
    dish = Dish("bone_marrow", induction=False, days=11)
    effect = {c: against_control(replace(dish, secretion=c)) for c in (5, 10, 20)}
    assert effect[5] < 1.02 and effect[10] < 1.1 and effect[20] > 2
    grown = simulate_culture(replace(dish, secretion=20.0))["cultured_cells"][-1]
    assert grown == pytest.approx(simulate_culture(dish)["cultured_cells"][-1])
