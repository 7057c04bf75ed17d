"""Expected fractures of published arms: incidences by hand, ratios of them, which rows can be compared and which cannot."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from osteon.evidence import load_measurements
from osteon.replication.fracture_incidence import (
    comparable,
    hazards,
    incidence,
    log_sd,
    of_row,
    on_log,
    ratio,
    sample_participants,
    trajectory,
)
from osteon.replication.fractures import fracture_rows, fracture_summary
from osteon.replication.reference_forecasts import class_ratio


def row(cohort, arm, endpoint, unit):
    found = [m for m in load_measurements(cohort=cohort, include_unverified=True) if m.arm == arm and m.unit == unit]
    return next(m for m in found if m.endpoint == endpoint)


def test_a_constant_hazard_gives_the_textbook_incidence():
    months = np.arange(0.0, 37.0)
    flat = np.full((2, 5, 37), 0.1)
    assert incidence(flat, months, 0, 36) == pytest.approx(1 - math.exp(-0.3))
    assert incidence(flat, months, 12, 24) == pytest.approx(1 - math.exp(-0.1))


def test_ratios_of_the_same_incidences_differ_as_they_must():
    own, other = np.array([0.1]), np.array([0.2])
    assert ratio("RR", own, other) == pytest.approx(0.5)
    assert ratio("RRR_pct", own, other) == pytest.approx(50)
    assert ratio("OR", own, other) == pytest.approx((0.1 / 0.9) / (0.2 / 0.8))
    assert ratio("HR", own, other) == pytest.approx(math.log(0.9) / math.log(0.8))


def test_women_differ_and_those_with_fractures_break_more():
    c = trajectory("FREEDOM", "placebo", 12.0, {})
    participants = sample_participants(c.cohort, 200)
    found = hazards(c, participants, {})["hazard_vertebral"][0, :, 0]
    before = participants["prior_vertebral_fractures"] > 0
    assert found[before].mean() > 2 * found[~before].mean()
    low = participants["t_lumbar_spine"] < np.median(participants["t_lumbar_spine"])
    assert found[low].mean() > found[~low].mean()


def test_a_row_of_women_without_a_fracture_is_compared_with_such_women():
    m = next(m for m in load_measurements(cohort="FIT_FLEX", include_unverified=True) if "no VFx" in m.population)
    participants = sample_participants(trajectory("FIT_FLEX", "placebo", 1.0, {}).cohort, 200)
    assert np.all(participants["prior_vertebral_fractures"][of_row(m, participants)] == 0)
    assert np.all(
        participants["prior_vertebral_fractures"][of_row(replace(m, population="prevalent VFx"), participants)] > 0
    )
    assert of_row(replace(m, population=""), participants).all()


def test_what_cannot_be_told_is_not_compared():
    m = row("FREEDOM", "denosumab", "fracture_vertebral", "RR")
    assert comparable(m)
    for change in ({"months": math.nan}, {"arm": "nobody"}, {"comparator": "nobody"}, {"endpoint": "fracture_wrist"}):
        assert not comparable(replace(m, **change)), change
    assert not comparable(replace(m, role="fracture_hazard"))


def test_a_replay_shows_fractures_with_interval_role_and_both_naive_errors():
    rows = [row("FREEDOM", "denosumab", "fracture_vertebral", u) for u in ("RR", "cum_incidence_pct")]
    found, share = fracture_rows(rows, 4, 1)
    assert found["role"] == "calibrate" and found["unit"] == "RR" and found["lo90"] < found["simulated"] < found["hi90"]
    assert found["error_no_change"] == pytest.approx(-math.log(0.32))
    assert found["in_trial_interval"] == (0.26 <= found["simulated"] <= 0.41)
    assert share["error_no_change"] is None and 0 < share["simulated"] < 100
    assert found["error"] == pytest.approx(math.log(found["simulated"] / 0.32))


def test_no_drug_gives_a_ratio_of_one():
    m = replace(row("FREEDOM", "denosumab", "fracture_hip", "HR"), arm="placebo")
    assert fracture_rows([m], 1, 1)[0]["simulated"] == pytest.approx(1.0)


def test_the_class_of_a_calibrated_row_is_that_of_other_cohorts_and_none_where_there_are_none():
    alone = row("FREEDOM", "denosumab", "fracture_vertebral", "RR")
    assert math.isnan(class_ratio(alone))
    risedronate = row("VERT_MN", "risedronate", "fracture_vertebral", "RR")
    other = replace(risedronate, value=0.01)  # its own value does not matter
    assert class_ratio(risedronate) == class_ratio(other) and -1.3 < class_ratio(other) < -0.5
    assert class_ratio(row("VERO", "teriparatide", "fracture_vertebral", "RR")) < 0


def test_a_summary_is_in_mean_absolute_logs():
    made = {
        "metric": "log ratio",
        "error": 0.2,
        "error_no_change": -1.0,
        "error_class": None,
        "inside": True,
        "in_trial_interval": True,
    }
    s = fracture_summary("holdout", "fracture_hip", [made, made | {"error": -0.4, "in_trial_interval": False}])
    assert s["mean_absolute"] == pytest.approx(0.3) and s["mean_absolute_no_change"] == 1.0
    assert s["skill_no_change"] == pytest.approx(0.7) and s["in_trial_interval"] == 0.5 and s["skill"] is None


def test_the_error_of_a_reduction_counts_what_is_left():
    m = replace(row("FREEDOM", "denosumab", "fracture_vertebral", "RR"), unit="RRR_pct", value=68.0)
    assert on_log(m, 68.0) == pytest.approx(math.log(0.32))
    assert log_sd(row("FREEDOM", "denosumab", "fracture_vertebral", "RR")) == pytest.approx(
        math.log(0.41 / 0.26) / 3.92
    )


def test_cavities_followed_beside_a_run_are_those_of_the_run():
    from osteon.replication import fracture_incidence as room
    from osteon.simulation.assembly import human_model

    c = trajectory("FREEDOM", "denosumab", 12.0, {})
    model = human_model()
    known = {k: np.asarray(v)[..., None, None] for k, v in model.defaults.items()}
    benefit_risk = room.cavities(c, "lumbar_spine", known)[0, np.searchsorted(c.instants, c.months - 1e-6)]
    own = _states("FREEDOM", "denosumab", c.months)
    assert np.allclose(benefit_risk, own, atol=0.02) and own.min() < 0.5 < own[0]


def _states(cohort, arm, months):
    from osteon.engine import Events, Schedule, simulate
    from osteon.evidence import load_cohort
    from osteon.replication.published import regimens_of
    from osteon.simulation.assembly import human_model
    from osteon.simulation.dosing import add_regimens
    from osteon.simulation.run_in import run_in
    from osteon.simulation.typical import person_of

    regimens, person = regimens_of(cohort, arm), person_of(load_cohort(cohort))
    model = human_model({r.target for r in regimens})
    events = Events((add_regimens(Schedule(), model, regimens, months[-1] * 30.4375 + 1),))
    states = run_in(model, person, 1)
    got = simulate(
        model, person, times=months * 30.4375, outputs=["cavities_lumbar_spine"], events=events, initial=states
    )
    return got.values[0, :, 0]
