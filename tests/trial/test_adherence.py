"""Adherence differs between persons: shares of the file's mean and spread, one place a person, more effect where more is taken."""

import numpy as np
import pytest

from osteon.errors import InputError
from osteon.inputs import DrugRegimen, read_scenario, read_study
from osteon.io.outcome_store import read_parquet
from osteon.simulation.dosing import ADHERENCE_LEVELS, adherence_levels, dose_times
from osteon.trial.run import run
from osteon.trial.treatment import adherence_level

WEEKLY = {"drug": "alendronate", "dose": "70 mg", "route": "oral", "every": "1 week"}
DAILY = {"drug": "teriparatide", "dose": "20 ug", "route": "subcutaneous", "every": "1 day"}


TEXT = """
format = 1
title = "Adherence"
[population]
cohort = "postmenopausal_osteoporosis"
patients_per_arm = 40
[design]
duration = "12 months"
visits = ["0 months", "12 months"]
[[arm]]
name = "alendronate"
[[arm.regimen]]
drug = "alendronate"
dose = "70 mg"
route = "oral"
every = "1 week"
adherence = 0.6
adherence_sd = 0.35
[[endpoint]]
name = "ctx"
visit = "12 months"
[uncertainty]
parameters = "none"
"""


def study(**more):
    return {
        "format": 1,
        "title": "Adherence",
        "population": {"cohort": "postmenopausal_osteoporosis", "patients_per_arm": 40},
        "design": {"duration": "12 months", "visits": ["0 months", "12 months"]},
        "arm": [{"name": "alendronate", "regimen": [WEEKLY | more]}],
        "endpoint": [{"name": "ctx", "visit": "12 months"}],
        "uncertainty": {"parameters": "none"},
    }


def test_levels_have_the_mean_and_the_spread_of_the_file_and_one_place_for_every_drug():
    rows = [
        DrugRegimen.model_validate(WEEKLY | {"adherence": 0.7, "adherence_sd": 0.25}),
        DrugRegimen.model_validate(DAILY | {"adherence": 0.8, "adherence_sd": 0.1}),
    ]
    levels = adherence_levels(rows)
    shares = np.array([[r.adherence for r in level] for level in levels])
    assert shares.shape == (ADHERENCE_LEVELS, 2) and np.all(np.diff(shares, axis=0) > 0)
    assert shares.mean(axis=0) == pytest.approx([0.7, 0.8], abs=0.01)
    assert shares.std(axis=0) == pytest.approx([0.25, 0.1], rel=0.1)
    taken = [len(dose_times(level[1], 1000.0)) / 1000 for level in levels]
    assert taken == pytest.approx(shares[:, 1], abs=0.002)
    assert adherence_levels([DrugRegimen.model_validate(WEEKLY | {"adherence": 0.7})]) == ()


def test_those_who_take_more_respond_more_and_the_same_person_is_the_same_in_any_batch(tmp_path):
    path = tmp_path / "s.toml"
    path.write_text(TEXT)
    result = run(path, tmp_path / "out", batch=7)
    arm = read_study(study(adherence=0.6, adherence_sd=0.35)).arm[0]
    rows = read_parquet(sorted((tmp_path / "out" / "outcomes").glob("*.parquet")), "patient, visit", "output = 'ctx'")
    table = rows.pivot(index="patient", columns="visit", values="value")
    change = np.log(table.iloc[:, 1] / table.iloc[:, 0])
    level = adherence_level(arm, 1, table.index.to_numpy())
    assert np.corrcoef(level, change)[0, 1] < -0.4
    (dose,) = [d for d in result["doses"] if d["drug"] == "alendronate"]
    assert dose["given"] == pytest.approx(0.6 * dose["requested"], rel=0.2)
    assert dose["given"] + dose["skipped"] == pytest.approx(dose["requested"] - dose["beyond_horizon"])
    whole = run(path, tmp_path / "whole")
    assert whole["endpoints"] == result["endpoints"]


@pytest.mark.parametrize(
    ("mean", "sd", "words"), [(1.0, 0.1, "below 1"), (0.9, 0.4, "cannot differ"), (0.5, 0.7, "0.5")]
)
def test_a_spread_that_no_share_can_have_is_refused(mean, sd, words):
    with pytest.raises(InputError, match=words):
        read_study(study(adherence=mean, adherence_sd=sd))


def test_a_scenario_is_one_person():
    table = {
        "format": 1,
        "person": {"age": "68 years"},
        "regimen": [WEEKLY | {"adherence": 0.7, "adherence_sd": 0.2}],
        "output": {"of": ["bmd_total_hip"], "times": ["12 months"]},
    }
    with pytest.raises(InputError, match="one person"):
        read_scenario(table)
