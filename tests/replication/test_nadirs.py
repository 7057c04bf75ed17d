"""Nadirs: depth within ten points, in time within a visit; what has no nadir is left out."""

from osteon.replication.cohort_rows import CohortRow
from osteon.replication.nadirs import nadir_text, nadirs


def rows(published, simulated, **more):
    base = {"role": "holdout", "cohort": "X", "arm": "a", "endpoint": "ctx", "unit": "pct_change_baseline"} | more
    base |= {"lo90": None, "hi90": None, "confidence": "read", "reason": ""}
    return [
        CohortRow(**base, months=float(t), published=p, simulated=s)
        for t, (p, s) in enumerate(zip(published, simulated, strict=True))
    ]


def test_a_nadir_near_in_depth_and_time_is_met():
    (found,) = nadirs(rows([0, -85, -60, -20], [0, -80, -55, -25]))
    assert found["met"] and found["off"] == 5 and found["published_months"] == 1


def test_too_shallow_or_too_late_is_a_miss():
    assert not nadirs(rows([0, -94, -60, -20], [0, -83, -55, -25]))[0]["met"]
    late = nadirs(rows([0, -80, -60, -50, -20], [0, -5, -20, -78, -30]))[0]
    assert abs(late["off"]) <= 10 and not late["met"]
    assert "ours -78 % at 3 months" in nadir_text([late])


def test_a_plateau_is_in_time_whichever_visit_is_the_lowest():
    assert nadirs(rows([0, -79, -80, -79, -81], [0, -81, -80, -80, -79]))[0]["met"]


def test_what_hardly_falls_or_was_seen_twice_has_no_nadir():
    assert not nadirs(rows([0, -10, -12], [0, -5, -9])) and not nadirs(rows([0, -80], [0, -80]))
    assert not nadirs(rows([0, -80, -70], [0, -80, -60], endpoint="bmd_total_hip"))
