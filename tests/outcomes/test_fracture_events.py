"""Drawn fractures: thinning gives the expected incidence, arms share chance, a fracture makes the next more likely."""

from __future__ import annotations

import numpy as np
import pytest

from osteon.outcomes.consequences import COSTS, loss, scores, usual_utility
from osteon.outcomes.fracture_events import CEILING, History, draw_fractures

KINDS = ("vertebral", "nonvertebral", "hip")
DAYS = np.arange(0.0, 3 * 365.25 + 1, 30.4375)


def history(n, vertebral=0.0, other=0.0, excess=0.0):
    return History(
        {k: np.ones(n) for k in KINDS}, dict.fromkeys(KINDS, vertebral), dict.fromkeys(KINDS, other),
        {"vertebral": 1.0, "hip": 0.3, "nonvertebral": 0.6}, excess, 2.5, 0.4,
    )  # fmt: skip


def flat(n, vertebral=0.05, nonvertebral=0.03, hip=0.01):
    return {k: np.full((n, len(DAYS)), v) for k, v in zip(KINDS, (vertebral, nonvertebral, hip), strict=True)}


def draw(hazards, past, seed=1, ids=None):
    n = len(hazards["vertebral"])
    return draw_fractures(hazards, DAYS, past, seed, np.arange(n) if ids is None else ids)


def share(found, what, n):
    return len(np.unique(found.who[what])) / n


@pytest.mark.parametrize("kind", KINDS)
def test_thinning_reproduces_the_expected_incidence(kind):
    n = 20_000
    found, lost = draw(flat(n), history(n))
    what = {"vertebral": found.vertebral, "nonvertebral": ~found.vertebral, "hip": found.hip}[kind]
    wanted = -np.expm1(-flat(1)[kind][0, 0] * DAYS[-1] / 365.25)
    assert not lost.any() and abs(share(found, what, n) - wanted) < 4 * np.sqrt(wanted * (1 - wanted) / n)


def test_a_hazard_that_changes_in_time_is_followed():
    n = 20_000
    rising = flat(n, nonvertebral=0.0, hip=0.0)
    rising["vertebral"] = np.broadcast_to(np.linspace(0.0, 0.2, len(DAYS)), (n, len(DAYS)))
    found, _ = draw(rising, history(n))
    first = found.day < DAYS[-1] / 2
    assert np.sum(~first) / np.sum(first) == pytest.approx(3.0, rel=0.15)


def test_patient_seven_breaks_the_same_bones_alone_and_in_a_crowd():
    crowd, _ = draw(flat(400, 0.5), history(400))
    alone, _ = draw(flat(1, 0.5), history(1), ids=np.array([7]))
    assert np.array_equal(alone.day, crowd.day[crowd.who == 7]) and len(alone.day)


def test_a_lower_hazard_only_takes_fractures_away():
    n = 3000
    much, _ = draw(flat(n, 0.2), history(n))
    little, _ = draw(flat(n, 0.08), history(n))
    all_days = {(w, d) for w, d in zip(much.who, much.day, strict=True)}
    assert {(w, d) for w, d in zip(little.who, little.day, strict=True)} < all_days
    others = {(w, d) for w, d, v in zip(much.who, much.day, much.vertebral, strict=True) if not v}
    assert others == {(w, d) for w, d, v in zip(little.who, little.day, little.vertebral, strict=True) if not v}


def test_a_fracture_makes_the_next_more_likely_while_it_is_fresh():
    n = 20_000
    without, _ = draw(flat(n), history(n))
    with_memory, _ = draw(flat(n), history(n, vertebral=2.0, other=0.6, excess=2.0))
    several = [np.sum(np.bincount(f.who, minlength=n) > 1) for f in (without, with_memory)]
    first = [len(np.unique(f.who)) for f in (without, with_memory)]
    assert first[0] == first[1] and several[1] > 2.5 * several[0]


def test_whoever_is_beyond_the_ceiling_or_has_no_hazard_is_told():
    hazards = flat(3)
    hazards["vertebral"][1] = np.nan
    hazards["vertebral"][2] = CEILING + 1
    past = history(3)
    past = History(past.before, past.after_vertebral, past.after_other, dict.fromkeys(KINDS, 100.0), 0.0, 2.5, 0.4)
    found, lost = draw(hazards, past)
    assert list(lost) == [False, True, True] and set(found.who) <= {0}


def test_utility_falls_with_a_hip_fracture_by_the_published_mean_and_recovers_in_part():
    days = np.arange(0.0, 366.0)
    assert loss(COSTS["hip"], days / 365.25).mean() == pytest.approx(1 - 0.797, abs=0.002)
    assert loss(COSTS["hip"], np.array([10.0]))[0] == pytest.approx(1 - 0.899, abs=1e-6)
    assert np.all(np.diff(loss(COSTS["vertebral"], days / 365.25)) < 0)


def test_silent_vertebral_fractures_cost_nothing_and_pain_fades():
    from osteon.outcomes.fracture_events import Drawn

    made = {"who": np.array([0, 1]), "day": np.array([100.0, 100.0]), "vertebral": np.array([True, True])}
    drawn = Drawn(**made, hip=np.array([False, False]), clinical=np.array([False, True]), major=np.array([False, True]))
    visits, age = np.array([0.0, 110.0, 700.0]), np.array([70.0, 70.0])
    found = scores(drawn, 2, visits, age)
    assert np.allclose(found["utility"][0], usual_utility(70 + visits / 365.25)) and not found["pain"][0].any()
    assert found["pain"][1, 0] == 0 and found["pain"][1, 1] > 4 > 1 > found["pain"][1, 2] > 0
    assert found["utility"][1, 1] < 0.6 * found["utility"][1, 0] < found["utility"][1, 2]


def test_major_fractures_are_hips_clinical_vertebrae_and_a_share_of_the_others():
    n, days = 3000, np.linspace(0.0, 3652.5, 121)
    flat = {k: np.full((n, len(days)), h) for k, h in (("vertebral", 0.02), ("nonvertebral", 0.04), ("hip", 0.01))}
    none = dict.fromkeys(KINDS, 0.0)
    past = History(dict.fromkeys(KINDS, np.ones(n)), none, none, dict.fromkeys(KINDS, 1e6), 0.0, 2.5, 0.4, 0.5)
    drawn, lost = draw_fractures(flat, days, past, 3, np.arange(n))
    assert not lost.any() and np.all(drawn.major[drawn.hip]) and np.all(drawn.clinical[drawn.major])
    count = drawn.major.sum() / n / 10
    assert count == pytest.approx(0.4 * 0.02 + 0.01 + 0.5 * 0.03, abs=4 * np.sqrt(0.033 / n / 10))
