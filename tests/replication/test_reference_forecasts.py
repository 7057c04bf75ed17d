"""The class mean: drawn from calibration rows only, by what women were given until then, honest about differences."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace

import pytest

from osteon.evidence import Measurement, calibration_rows, load_measurements
from osteon.replication import reference_forecasts as naive
from osteon.replication.published import usable
from osteon.replication.trials import summary
from osteon.report.tables import reference_forecast_verdict


def rows(cohort: str, endpoint: str, arm: str | None = None) -> list[Measurement]:
    found = load_measurements(cohort=cohort, include_unverified=True)
    return [m for m in found if m.endpoint == endpoint and usable(m) and arm in (None, m.arm)]


@pytest.mark.parametrize(
    ("cohort", "arm", "month", "wanted"),
    [
        ("DEFEND", "denosumab", 24, "denosumab"),
        ("DEFEND", "denosumab", 36, "denosumab > none"),
        ("FRAME", "placebo then denosumab", 6, "none"),
        ("FRAME", "placebo then denosumab", 18, "none > denosumab"),
        ("DATA", "combination", 12, "denosumab + teriparatide"),
        ("ROMO_PH2", "alendronate, romosozumab, placebo", 30, "bisphosphonate > romosozumab > none"),
    ],
)
def test_a_history_names_the_classes_given_until_then(cohort, arm, month, wanted):
    assert naive.history(cohort, arm, month)[0] == wanted


def test_the_curve_of_a_switch_runs_from_the_switch():
    assert naive.history("FRAME", "romosozumab then denosumab", 24)[1] == pytest.approx(12, abs=0.1)


def test_only_calibration_rows_are_in_the_curves():
    allowed = Counter(m.cohort for m in calibration_rows(include_unverified=True))
    used = Counter(c for points in naive._curves().values() for _, _, c in points)
    assert used and all(used[c] <= allowed[c] for c in used)
    assert not {"FRAME", "DECIDE", "STAND", "LOFT", "LIBERMAN_10Y"} & set(used)


def test_a_hold_out_value_does_not_change_its_own_forecast():
    row = rows("FRAME", "bmd_total_hip", "romosozumab then denosumab")[0]
    assert naive.class_mean(replace(row, value=row.value + 50)) == naive.class_mean(row)


def test_a_difference_between_arms_is_forecast_as_a_difference():
    row = next(m for m in load_measurements(["calibrate"], "HORIZON", True) if m.endpoint == "bmd_total_hip")
    row = replace(row, cohort="NEER", arm="teriparatide 20 ug daily", comparator="placebo", months=18.0, from_month=0.0)
    alone = naive.class_mean(replace(row, unit="pct_change_baseline"))
    other = naive.class_mean(replace(row, arm="placebo", unit="pct_change_baseline"))
    both = naive.class_mean(replace(row, unit="pct_diff_vs_comparator"))
    assert math.isfinite(both) and both == pytest.approx(alone - other) and abs(other) > 0.1


def test_a_cohort_with_many_visits_counts_once():
    points = [(12.0, 0.0, "dense")] * 9 + [(12.0, 1.0, "thin")]
    assert naive._mean(points) == 0.5


def test_the_summary_gives_the_skill_against_both_and_names_what_loses():
    row = {"role": "holdout", "endpoint": "bmd_total_hip", "simulated": 1.0, "inside": True}
    good = row | {"error": 1.0, "error_no_change": 4.0, "error_class": 2.0}
    bad = row | {"endpoint": "ctx", "error": 3.0, "error_no_change": 4.0, "error_class": 2.0}
    scores = {s["endpoint"]: s for s in summary([good, bad])}
    assert scores["bmd_total_hip"]["skill_no_change"] == 0.75 and scores["bmd_total_hip"]["skill"] == 0.5
    assert scores["ctx"]["skill"] == -0.5
    assert (
        reference_forecast_verdict(list(scores.values()))
        == "1 of 2 tables beat both reference forecasts; not: held out CTX."
    )
