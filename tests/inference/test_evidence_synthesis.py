"""Conditions without a mechanism: intervals where randomised trials give numbers, none where they do not."""

import json

import numpy as np
import pytest

from osteon.cli import main
from osteon.errors import InputError
from osteon.inference.evidence_synthesis import condition_studies, conditions, log_risk_ratio, pooled_ratio, synthesis


def test_the_conditions_of_the_review_are_there_and_each_says_what_was_read():
    assert {"osteoarthritis", "rheumatoid arthritis", "osteonecrosis", "bone defect", "non-union"} <= set(conditions())
    assert all(s.source and s.confidence in {"read", "unverified"} for s in condition_studies())


def test_single_arms_animals_and_directions_give_no_interval():
    for condition in conditions():
        for row in synthesis(condition):
            own = [s for s in condition_studies() if s.condition == condition and s.endpoint == row.endpoint]
            numbers = any(s.counts and s.design == "randomised" and s.species == "human" for s in own)
            assert (row.ratio is not None) is numbers
            if not numbers:
                assert "no interval is offered" in row.words


def test_one_trial_is_drawn_towards_nothing_and_a_next_one_is_less_sure():
    row = next(r for r in synthesis("osteonecrosis") if r.ratio)
    raw = 3 / 48 / (9 / 41)
    assert raw < row.ratio < 1 and row.next_lo90 < row.ratio_lo90 < row.ratio < row.ratio_hi90 < row.next_hi90
    assert row.next_hi90 > 1 and 0.5 < row.chance_better < 1


def test_pooling_meets_the_conjugate_answer_when_trials_are_many_and_alike():
    y, se = -0.4, 0.1
    many = pooled_ratio([(y, se)] * 60)
    assert np.log(many[0]) == pytest.approx(y, abs=0.04)
    one = pooled_ratio([(y, 3.0)])
    assert one[0] == pytest.approx(1.0, abs=0.05) and one[5] == pytest.approx(0.5, abs=0.05)
    assert many[2] / many[1] < pooled_ratio([(y, se)] * 3)[2] / pooled_ratio([(y, se)] * 3)[1]


def test_zero_counts_and_equal_arms_are_handled():
    assert log_risk_ratio(5, 50, 5, 50)[0] == 0
    assert np.isfinite(log_risk_ratio(0, 50, 5, 50)).all()


def test_the_command_lists_one_or_all_and_refuses_others(capsys):
    assert main(["synthesis", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert {r["condition"] for r in rows} == set(conditions())
    assert main(["synthesis", "osteonecrosis"]) == 0
    assert "another trial may show" in capsys.readouterr().out
    assert main(["synthesis", "osteonecrossis"]) == 2
    assert "osteonecrosis" in capsys.readouterr().err
    with pytest.raises(InputError):
        synthesis("gout")
