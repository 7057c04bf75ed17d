"""The between-study offset is one draw a trial and arm, apart from persons and measurement; the central draw has none."""

import numpy as np
import pytest

from osteon.simulation.between_study import between, fracture_between
from osteon.trial.study_offset import OF_TRIAL, Place, with_offset

DAYS = np.array([0.0, 365.25, 730.5])
DRAWS = np.arange(1, 4001)


def moved(name, values, arm="a", draws=DRAWS, seed=1):
    """Outcomes of one output with the offset of each draw, (draws, days)."""
    tall = np.tile(np.asarray(values, float), (len(draws), 1))[:, :, None]
    return with_offset(tall, tall[:, 0, :], [name], DAYS, Place(draws, arm, seed))[:, :, 0]


def change(values):
    return 100 * (values / values[:, :1] - 1)


def test_the_central_draw_and_the_first_day_have_no_offset():
    still = moved("bmd_total_hip", [0.7, 0.72, 0.73], draws=np.zeros(5, np.int64))
    assert np.array_equal(still, np.tile([0.7, 0.72, 0.73], (5, 1)))
    assert np.all(moved("bmd_total_hip", [0.7, 0.72, 0.73])[:, 0] == 0.7)


def test_its_spread_is_the_one_between_studies_and_grows_with_the_change():
    for end in (0.7, 0.77):
        got = change(moved("bmd_total_hip", [0.7, 0.7, end]))[:, 2]
        assert got.std() == pytest.approx(between("bmd_total_hip").sd(100 * (end / 0.7 - 1)), rel=0.06)
        assert got.mean() == pytest.approx(100 * (end / 0.7 - 1), abs=4 * got.std() / np.sqrt(len(DRAWS)))
    fold = np.log(moved("ctx", [0.4, 0.2, 0.2])[:, 2] / 0.4)
    assert fold.std() == pytest.approx(between("ctx").sd(np.log(0.5)), rel=0.06)


def test_arms_share_a_part_of_it_and_patients_of_an_arm_all():
    a, b = (change(moved("bmd_lumbar_spine", [1.0, 1.05, 1.08], arm))[:, 2] for arm in ("a", "b"))
    assert np.corrcoef(a, b)[0, 1] == pytest.approx(OF_TRIAL, abs=0.06)
    same = moved("bmd_lumbar_spine", [1.0, 1.05, 1.08], draws=np.full(6, 3))
    assert np.all(same == same[0])


def test_t_scores_move_with_the_bmd_behind_them():
    from osteon.outcomes.bmd import REFERENCE

    mean, sd = REFERENCE["total_hip"]
    bmd = moved("bmd_total_hip", [0.7, 0.72, 0.73])
    t = moved("t_total_hip", (np.array([0.7, 0.72, 0.73]) - mean) / sd)
    assert mean + sd * t == pytest.approx(bmd, rel=1e-12)


def test_ratios_of_fracture_hazards_spread_as_trials_do():
    a, b = (np.log(moved("hazard_hip", [0.01, 0.01, 0.01], arm))[:, 1] for arm in ("a", "b"))
    assert (a - b).std() == pytest.approx(fracture_between("ratio").constant, rel=0.06)
    assert np.array_equal(moved("hazard_death", [0.01] * 3), np.full((len(DRAWS), 3), 0.01))


def test_another_arm_or_output_moves_nobody():
    alone = moved("bmd_total_hip", [0.7, 0.72, 0.73])
    tall = np.tile(np.array([[0.7, 0.4], [0.72, 0.3], [0.73, 0.3]]), (len(DRAWS), 1, 1))
    both = with_offset(tall, tall[:, 0, :], ["bmd_total_hip", "ctx"], DAYS, Place(DRAWS, "a", 1))
    assert np.array_equal(both[:, :, 0], alone)


def test_what_no_study_measures_stays():
    assert np.array_equal(moved("calcium", [2.4, 2.3, 2.3]), np.tile([2.4, 2.3, 2.3], (len(DRAWS), 1)))
