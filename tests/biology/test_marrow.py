"""The host's marrow: neutral at reference, leaning to fat with age, and felt by bone."""

import numpy as np
import pytest

from osteon.engine import simulate
from osteon.trial.build import human_model

DECADES = np.array([0, 20, 35, 50]) * 365.25


def _course(**parameters):
    outputs = ["marrow_fat_fraction", "progenitor_supply", "bmd_total_hip", "marrow_runx2"]
    given = {"age_at_start": 30.0, "menopause_age": 50.0} | parameters
    got = simulate(human_model(), given, n=1, times=DECADES, outputs=outputs)
    return {name: got.of(name)[0] for name in outputs}


def test_marrow_fills_with_fat_and_sends_fewer_progenitors_as_people_age():
    course = _course()
    assert course["marrow_fat_fraction"][0] == pytest.approx(0.35)
    assert 0.45 < course["marrow_fat_fraction"][3] < 0.7
    assert np.all(np.diff(course["progenitor_supply"]) < 0)


def test_without_the_lean_to_fat_the_supply_stays_and_more_bone_is_kept():
    plain, spared = _course(), _course(adipo_ageing=0.0)
    assert spared["progenitor_supply"][3] == pytest.approx(1.0, abs=1e-6)
    assert spared["bmd_total_hip"][3] > plain["bmd_total_hip"][3]


def test_menopause_adds_marrow_fat_beyond_age():
    assert _course()["marrow_fat_fraction"][2] > _course(menopause_age=1000.0)["marrow_fat_fraction"][2] + 0.02
