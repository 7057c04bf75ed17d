"""What a planner reads first says what the rows say, and no more."""

import pytest

from osteon.report.trial_planning import counted, plain_name, plans

ROW = {
    "arm": "cells", "endpoint": "bmd_lumbar_spine", "visit_months": 24.0, "as_": "percent_change", "median": 0.1,
    "lo90": -0.01, "hi90": 1.5, "chance_nothing": 0.3, "chance_noticeable": 0.12, "noticeable": 1.0,
    "drivers": [("translation", 0.93), ("niche_gain", 0.8)], "patients_if_median": 27_000, "patients_if_high": 145,
}  # fmt: skip
MARKER = {**ROW, "endpoint": "p1np", "visit_months": 3.0, "noticeable": 10.0, "patients_if_high": 50}


def test_it_reads_the_rows():
    [plan] = plans([MARKER, ROW])
    assert (
        "88% of parameter draws" in plan["likely"]
        and "spine BMD at month 24" in plan["likely"]
        and "30%" in plan["likely"]
    )
    assert plan["unknown"].startswith("90 % of parameter draws: 0.0 to +1.5 points")
    assert (
        plan["matters"].startswith("Most: how much of what cells do in animals")
        and "marrow towards bone" in plan["matters"]
    )
    assert "145 an arm" in plan["patients"] and "27,000" in plan["patients"] and "P1NP at month 3" in plan["early"]


@pytest.mark.parametrize("hidden", [0, 10**6])
def test_a_number_that_no_trial_can_have_is_not_told_as_one(hidden):
    assert counted(hidden) == "over 100,000"
    assert plans([{**ROW, "patients_if_high": hidden}, {**MARKER, "patients_if_high": hidden}])[0]["early"] == ""


def test_without_a_driver_it_says_so_and_names_stay_readable():
    assert plans([{**ROW, "drivers": []}])[0]["matters"] == "No single unknown stands out."
    assert (
        plain_name("cell_secretome_3") == "how much the cells secrete"
        and plain_name("rank_survival") == "rank survival"
    )
