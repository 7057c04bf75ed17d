"""Signs of every regulator, each with its blocker and with its edge turned round."""

import csv
from dataclasses import replace
from importlib.resources import files

import numpy as np
import pytest
from tests.cells.dishes import simulate_culture

from osteon.biology.fate import pparg, runx2
from osteon.cells.product import CellDose, potency
from osteon.cells.regulators import activities, basis, drives, edges, folds_at, host_niche, lean, nodes, regulators
from osteon.cells.sources import source_names, source_of
from osteon.errors import InputError
from osteon.inputs.names import NAMES_SOURCES, REGULATORS, SUBTYPES
from osteon.simulation.culture import Dish, against_control, effect

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
STUDIED_IN = {
    "zinc": "adipose",
    "emf_50hz": "adipose",
    "let_7c": "adipose",
    "prf": "adipose",
    "wnt": "umbilical_cord",
    "akt": "umbilical_cord",
}  # marrow cells where nothing is named
CASES = [(r, STUDIED_IN.get(r, "bone_marrow"), s) for r, s in SIGNS.items()]
CASES += [(r, c, s) for (r, c), s in BY_SOURCE.items()]


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


@pytest.mark.parametrize("regulator", ["let_7c", "tnf_alpha"])
def test_a_push_off_bone_alone_makes_fat_through_the_balance(regulator):
    """These nodes do not act on fat in the table: the fat is emergent, and gone when the two masters are apart."""
    table = nodes("bone_marrow")
    assert all(table[e.node].adipogenesis == 0 for e in edges(regulator, "bone_marrow"))
    assert against_control(Dish("bone_marrow", regulators={regulator: 1.0}), "fat_cells") > 1.05


def test_the_sign_of_ppar_gamma_is_emergent_every_other_sign_is_entailed():
    found = {(r, s): basis(r, s) for r, s, _ in CASES}
    assert [r for (r, _), b in found.items() if b == "emergent"] == ["pparg"]
    assert all(b != "none" for b in found.values())
    assert basis("notch_inhibition", "adipose") == "none"


def test_ppar_gamma_holds_runx2_back_through_the_balance_alone():
    pushed = drives(activities({"pparg": 1.0}, "bone_marrow"), "bone_marrow")
    assert pushed.osteo == 1.0 and pushed.adipo > 1.5
    assert runx2(pushed.osteo, pushed.adipo) < 0.8


def test_exosomes_raise_proliferation_first_and_a_blocker_of_mapk_takes_it_away():
    dish = Dish("bone_marrow", regulators={"exosomes": 1.0}, days=3)
    cells, mineral = (effect(dish, output, draws=0).typical for output in ("cultured_cells", "mineral"))
    assert cells > 1.2 and cells > mineral
    blocked = replace(dish, blocked=("erk",))
    assert against_control(blocked, "cultured_cells") == pytest.approx(1.0, abs=1e-9)


def test_zinc_with_the_field_does_more_than_either_and_each_inhibitor_costs_some():
    def mineral(**given):
        return simulate_culture(Dish("adipose", **given))["mineral"][-1]

    both = {"zinc": 1.0, "emf_50hz": 1.0}
    assert mineral(regulators=both) > max(mineral(regulators={r: 1.0}) for r in both)
    assert all(mineral(regulators=both, blocked=(node,)) < 0.9 * mineral(regulators=both) for node in ("erk", "pka"))


def test_methylation_lowers_pten_and_bone_without_touching_akt():
    assert activities({"methylation": 1.0}, "bone_marrow")["pten"] < 1
    assert activities({"methylation": 1.0, "pten": 1.0}, "bone_marrow")["akt"] == 1
    assert against_control(Dish("bone_marrow", regulators={"methylation": 1.0})) < 0.9


def test_the_host_hears_regulators_through_the_same_nodes():
    assert host_niche({}) == {"regulated_osteo": 1.0, "regulated_adipo": 1.0, "regulated_opg": 1.0}
    off = host_niche({"p38a": -1.0})
    assert off["regulated_osteo"] < 1 < off["regulated_adipo"] and off["regulated_opg"] < 1
    assert host_niche({"p38a": -1.0}, blocked=("tak1",)) == host_niche({}, blocked=("tak1",))


def test_the_table_holds_every_name_that_files_may_use_and_every_row_has_a_reference():
    assert set(REGULATORS) <= set(regulators())
    for name in ("regulators.csv", "nodes.csv"):
        with (files("osteon") / "data" / "cells" / name).open(encoding="utf-8") as file:
            assert all(r["reference"].strip() for r in csv.DictReader(file))
    for regulator in regulators():
        assert all(e.node in nodes(s) for s in NAMES_SOURCES for e in edges(regulator, s))


def test_an_unknown_regulator_or_blocked_node_is_named():
    with pytest.raises(InputError, match="simvastatin"):
        edges("simvastatine", "adipose")
    with pytest.raises(InputError, match="wnt"):
        activities({}, "adipose", ["wnd"])


def test_sources_are_the_same_as_the_names_of_files_and_complete():
    assert set(source_names()) == set(NAMES_SOURCES)
    assert source_of("umbilical_cord", "cord_blood")["yield"].typical < source_of("umbilical_cord")["yield"].typical
    assert all(source_of("umbilical_cord", s).figures for s in SUBTYPES)
    with pytest.raises(InputError, match="adipose"):
        source_of("adipos")


def test_fat_cells_double_below_70_h_old_or_young_and_marrow_cells_slow_down():
    for age in (36.4, 71.4):
        assert all(source_of("adipose").doubling_time(p, age) < 70 for p in (3, 4, 5, 6))
    marrow = [float(source_of("bone_marrow").doubling_time(p, 40)) for p in (3, 4, 5, 6)]
    assert marrow == sorted(marrow) and marrow[-1] > 1.2 * marrow[0]


def test_old_osteoporotic_marrow_cells_lay_down_least_of_the_four_groups_and_fat_cells_may_keep_all():
    groups = {
        (s, age): simulate_culture(Dish(s, donor_age=age, osteoporotic_donor=age > 60))["mineral"][-1]
        for s in ("bone_marrow", "adipose")
        for age in (36.4, 71.4)
    }
    assert min(groups, key=groups.get) == ("bone_marrow", 71.4)
    kept = {
        s: effect(Dish(s, donor_age=71.4, osteoporotic_donor=True), against=Dish(s, donor_age=36.4))
        for s in ("bone_marrow", "adipose")
    }
    assert kept["adipose"].low < 1 < kept["adipose"].high
    assert kept["bone_marrow"].high < 0.75 < 1


def test_marrow_cells_lose_mineral_after_their_last_good_passage_fat_cells_do_not():
    def late_over_early(source):
        return effect(Dish(source, passage=9), against=Dish(source, passage=3), draws=0).typical

    assert late_over_early("bone_marrow") < 0.7 and late_over_early("adipose") > 0.9


def test_sources_lie_within_what_reports_say_of_their_mineral():
    marrow = Dish("bone_marrow")
    fat, cord = (effect(Dish(s), against=marrow).typical for s in ("adipose", "umbilical_cord"))
    assert 0.3 < fat < 1.0 and 0.2 < cord < 1.0


def test_adipogenic_medium_makes_fat_and_less_bone():
    plain, fattened = (simulate_culture(Dish("bone_marrow", induction=False, fattening=f)) for f in (False, True))
    assert fattened["fat_cells"][-1] > 1.2 * plain["fat_cells"][-1]
    assert fattened["mineral"][-1] < 0.8 * plain["mineral"][-1]


def test_an_effect_has_an_interval_that_is_the_same_for_the_same_seed_and_a_dish_has_limits():
    dish = Dish("bone_marrow", regulators={"mots_c": 1.0})
    found = effect(dish, seed=4)
    assert found == effect(dish, seed=4) != effect(dish, seed=5)
    assert 1 < found.low < found.typical < found.high
    with pytest.raises(InputError, match="secretion"):
        Dish("bone_marrow", secretion=-1.0)
    with pytest.raises(InputError, match="mineral"):
        effect(dish, "minerals")


def test_secretion_factors_do_nothing_at_10_and_start_mineral_at_20_ug_per_mL_without_induction_medium():
    dish = Dish("bone_marrow", induction=False, days=11)
    found = {c: against_control(replace(dish, secretion=float(c))) for c in (5, 10, 20)}
    assert found[5] < 1.02 and found[10] < 1.1 and found[20] > 2
    assert effect(replace(dish, secretion=20.0)).low > 1.3
    grown = simulate_culture(replace(dish, secretion=20.0))["cultured_cells"][-1]
    assert grown == pytest.approx(simulate_culture(dish)["cultured_cells"][-1])


def test_secretion_factors_come_in_through_a_node_that_can_be_blocked():
    dish = Dish("bone_marrow", induction=False, days=11, secretion=20.0, blocked=("smad",))
    assert against_control(dish) == pytest.approx(1.0, abs=1e-9)


def test_what_a_pretreatment_does_to_a_product_is_as_unknown_as_the_edge():
    given = CellDose("adipose", 1e6, "cells", "intravenous", (0.0,), pretreatment=("simvastatin",))
    lanes = np.arange(200)
    raised = potency(given, np.zeros(200), folds_at(given.pretreatment, lanes, seed=1))
    raised = raised / potency(replace(given, pretreatment=()), np.zeros(200))
    assert raised[0] == pytest.approx(lean({"simvastatin": 1.0}, "adipose")[0])
    assert raised.min() < 1.1 and raised.max() > 2 and (raised >= 1).all()
