"""The host's marrow: neutral at reference, leaning to fat with age, and felt by bone."""

import numpy as np
import pytest

from osteon.cells.regulators import host_niche
from osteon.engine import simulate
from osteon.simulation.assembly import human_model

DECADES = np.array([0, 20, 35, 50]) * 365.25


def _course(**parameters):
    outputs = ["marrow_fat_fraction", "progenitor_supply", "bmd_total_hip", "marrow_runx2", "colony_cells", "opg"]
    given = {"age_at_start": 30.0, "menopause_age": 50.0} | parameters
    got = simulate(human_model(), given, n=1, times=DECADES, outputs=outputs)
    return {name: got.of(name)[0] for name in outputs}


def test_marrow_fills_with_fat_and_sends_fewer_progenitors_as_people_age():
    trajectory = _course()
    assert trajectory["marrow_fat_fraction"][0] == pytest.approx(0.35)
    assert 0.45 < trajectory["marrow_fat_fraction"][3] < 0.7
    assert np.all(np.diff(trajectory["progenitor_supply"]) < 0)


def test_without_the_lean_to_fat_the_supply_stays_and_more_bone_is_kept():
    plain, spared = _course(), _course(adipo_ageing=0.0)
    assert spared["progenitor_supply"][3] == pytest.approx(1.0, abs=1e-6)
    assert spared["bmd_total_hip"][3] > plain["bmd_total_hip"][3]


def test_menopause_adds_marrow_fat_beyond_age():
    assert _course()["marrow_fat_fraction"][2] > _course(menopause_age=1000.0)["marrow_fat_fraction"][2] + 0.02


def test_wnt_keeps_fat_out_of_the_marrow():
    plain, free = _course(), _course(sclerostin_secretion=0.0)
    assert free["marrow_fat_fraction"][1] < plain["marrow_fat_fraction"][1] - 0.02
    deaf = [_course(fat_wnt=0.0, **given)["marrow_fat_fraction"][1] for given in ({}, {"sclerostin_secretion": 0.0})]
    assert deaf[1] == pytest.approx(deaf[0], abs=1e-6)


def test_colony_cells_fall_with_age_between_the_reports_of_none_and_of_eightfold():
    seen = _course()["colony_cells"]
    assert seen[0] == pytest.approx(1.0)
    assert 1 / 8 < seen[3] < 1


@pytest.mark.parametrize(
    ("regulator", "dose", "sign"), [("simvastatin", 1.0, 1), ("foxf1", -1.0, 1), ("p38a", -1.0, -1)]
)
def test_a_regulator_of_the_hosts_progenitors_moves_bone_and_fat_through_its_node(regulator, dose, sign):
    plain, treated = _course(), _course(**host_niche({regulator: dose}))
    assert sign * (treated["bmd_total_hip"][2] / plain["bmd_total_hip"][2] - 1) > 0.005
    assert sign * (treated["marrow_fat_fraction"][2] - plain["marrow_fat_fraction"][2]) < -0.005
    turned = _course(**host_niche({regulator: dose}, flipped=regulator))
    assert sign * (turned["bmd_total_hip"][2] / plain["bmd_total_hip"][2] - 1) < -0.005


def test_marrow_cells_without_p38_alpha_make_less_opg():
    assert _course(**host_niche({"p38a": -1.0}))["opg"][1] < 0.95 * _course()["opg"][1]
