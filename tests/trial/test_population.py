"""Who takes part: cohorts written out in the study, and conditions on every covariate that people are drawn with."""

import numpy as np
import pytest

from osteon.errors import InputError, RunFailed
from osteon.io.outcome_store import read_parquet
from osteon.population import of_person, sample
from osteon.simulation.assembly import human_model
from osteon.trial.run import run

STUDY = """
format = 1
title = "Own population"

[population]
patients_per_arm = 60
eligible = [{eligible}]
[population.cohort]
age = "70 years"
age_sd = "4 years"
bmi = "31 kg/m^2"
t_total_hip = -1.0
t_lumbar_spine = -1.5
t_femoral_neck = -1.2
smoking = "40 percent"
prior_hip_fractures = "30 percent"
vitamin_d = "55 nmol/L"

[design]
duration = "6 months"
visits = ["0 months", "6 months"]

[[arm]]
name = "placebo"

[[endpoint]]
name = "bmd_total_hip"
visit = "6 months"

[uncertainty]
parameters = "none"
"""


def people(folder, eligible=""):
    """Covariates of the patients of a run, and its result."""
    file = folder / "study.toml"
    file.write_text(STUDY.format(eligible=eligible))
    result = run(file, folder / "out")
    frame = read_parquet([folder / "out" / "patients.parquet"])
    return {name: frame[name].to_numpy() for name in frame.columns}, result


def test_a_population_written_as_a_table_is_drawn_and_run(tmp_path):
    table, result = people(tmp_path)
    assert result["patients"] == 60 and result["failed"] == 0
    assert np.mean(table["age"]) == pytest.approx(70, abs=1.6)
    assert np.mean(table["bmi"]) == pytest.approx(31, abs=1.6)
    assert np.mean(table["smoking"]) == pytest.approx(0.4, abs=0.19)
    assert np.mean(table["vitamin_d"]) == pytest.approx(55, abs=7)
    assert "years_since_menopause" not in result["assumed"] and "menopause_age" in result["assumed"]
    assert "vitamin_d" not in result["assumed"] and "prior_vertebral_percent" in result["assumed"]


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("vitamin_d >= 60 nmol/L", lambda t: t["vitamin_d"] >= 60),
        ("smoking == 0", lambda t: t["smoking"] == 0),
        ("prior_hip_fractures >= 1", lambda t: t["prior_hip_fractures"] == 1),
        ("prior_nonvertebral_fractures < 1", lambda t: t["prior_nonvertebral_fractures"] == 0),
        ("turnover > 2.4", lambda t: t["turnover"] > 2.4),
    ],
)
def test_a_condition_on_a_covariate_lets_in_only_those_who_meet_it(tmp_path, condition, holds):
    table, _ = people(tmp_path, f'"{condition}"')
    assert len(table["age"]) == 60 and np.all(holds(table))


def test_turnover_of_the_eligible_is_that_of_their_own_lives(tmp_path):
    from osteon.simulation.run_in import turnover_at_start

    table, _ = people(tmp_path, '"turnover > 2.4"')
    values = of_person({k: v for k, v in table.items() if k not in ("patient", "arm", "turnover")})
    assert turnover_at_start(values) == pytest.approx(table["turnover"], rel=1e-4)


def test_conditions_that_nobody_meets_are_told_with_what_they_removed(tmp_path):
    with pytest.raises(RunFailed, match="smoking"):
        people(tmp_path, '"smoking == 1", "t_total_hip > 5"')


def test_women_counted_from_their_own_final_period_share_it():
    own = {"age": 50.0, "age_sd": 2.0, "years_since_menopause": -2.0}
    one = sample({**own, "years_since_menopause_sd": 0.0}, human_model(), 200, 3).covariates["years_since_menopause"]
    many = sample(own, human_model(), 200, 3).covariates["years_since_menopause"]
    assert np.allclose(one, -2.0) and many.std() > 2


def test_smokers_enter_with_their_habit_in_their_bone():
    drawn = sample({"smoking_percent": 50.0}, human_model(), 40, 3)
    assert np.array_equal(drawn.parameters["smoking"], drawn.covariates["smoking"])
    assert 0.2 < drawn.covariates["smoking"].mean() < 0.8
    assert "vitamin_d" in drawn.assumed and "smoking_percent" not in drawn.assumed


def test_what_was_taken_before_month_0_counts_and_t_scores_are_those_of_month_0(tmp_path):
    arm = 'name = "placebo"'
    steroid = arm + '\n[[arm.habit]]\nname = "glucocorticoid"\ndose = "10 mg/day"\nfrom = "-24 months"'
    losses = {}
    for name, text in (("plain", arm), ("steroid", steroid)):
        file = tmp_path / f"{name}.toml"
        body = (
            STUDY.format(eligible="")
            .replace(arm, text)
            .replace('name = "bmd_total_hip"', 'name = "t_total_hip"\nas = "value"')
        )
        file.write_text(body)
        run(file, tmp_path / name)
        drawn = read_parquet([tmp_path / name / "patients.parquet"])
        rows = read_parquet(
            sorted((tmp_path / name / "outcomes").glob("*.parquet")), "patient", "output = 't_total_hip'"
        )
        start, end = (rows[rows.visit.round() == v].set_index("patient").value for v in (0, 6))
        error = start - drawn.set_index("patient").t_total_hip
        assert abs(error.mean()) < 0.06 and error.abs().max() < 1.0  # the scan's own error is left
        losses[name] = (end - start).mean()
    assert losses["steroid"] < losses["plain"] - 0.02


def test_a_country_with_more_fractures_has_higher_hazards_and_the_same_people(tmp_path):
    result, hazards = {}, {}
    for name, text in (("britain", ""), ("norway", "fracture_incidence = 1.5\n")):
        file = tmp_path / f"{name}.toml"
        body = STUDY.format(eligible="").replace("patients_per_arm", text + "patients_per_arm")
        file.write_text(
            body + '[[endpoint]]\nname = "hazard_hip"\nvisit = "6 months"\nas = "value"\nanalysis = "t_test"\n'
        )
        result[name] = run(file, tmp_path / name)
        rows = read_parquet(
            sorted((tmp_path / name / "outcomes").glob("*.parquet")), "patient, visit", "output = 'hazard_hip'"
        )
        hazards[name] = rows["value"].to_numpy()
    assert np.median(hazards["norway"] / hazards["britain"]) == pytest.approx(1.5, rel=0.02)
    bones = [next(r["mean"] for r in result[n]["endpoints"] if r["endpoint"] == "bmd_total_hip") for n in result]
    assert bones[0] == bones[1] and any("1.5 times" in a for a in result["norway"]["assumptions"])


def test_men_are_drawn_with_peaks_of_their_own_and_reach_their_t_scores(tmp_path):
    file = tmp_path / "men.toml"
    file.write_text(
        STUDY.format(eligible="")
        .replace('age = "70 years"', 'sex = "male"\nage = "70 years"')
        .replace('"bmd_total_hip"', '"t_total_hip"\nas = "value"')
    )
    result = run(file, tmp_path / "run")
    drawn = read_parquet([tmp_path / "run" / "patients.parquet"], "patient")
    assert set(drawn["female"]) == {0.0} and drawn["years_since_menopause"].isna().all()
    rows = read_parquet(
        sorted((tmp_path / "run" / "outcomes").glob("*.parquet")), "patient", "output = 't_total_hip' AND visit = 0"
    )
    assert abs((rows["value"].to_numpy() - drawn["t_total_hip"].to_numpy()).mean()) < 0.06
    assert result["failed"] == 0


@pytest.mark.parametrize(
    ("keys", "part"),
    [
        ('sex = "male"\nmen = "40 percent"', "both"),
        ('sex = "male"\nyears_since_menopause = "10 years"', "no years since menopause"),
        ('sex = "neuter"', "neuter"),
    ],
)
def test_a_sex_that_contradicts_itself_is_refused(tmp_path, keys, part):
    file = tmp_path / "s.toml"
    file.write_text(STUDY.format(eligible="").replace('age = "70 years"', keys + '\nage = "70 years"'))
    with pytest.raises(InputError, match=part):
        run(file, tmp_path / "r")


def test_a_baseline_table_that_cannot_be_matched_is_refused_before_anything_is_written(tmp_path):
    file = tmp_path / "s.toml"
    file.write_text(
        STUDY.format(eligible="").replace(
            "patients_per_arm", 'match = { men = "30 percent", age = "71 years" }\npatients_per_arm'
        )
    )
    with pytest.raises(InputError, match="men_percent"):
        run(file, tmp_path / "r")
    assert not (tmp_path / "r").exists()


def test_a_woman_whose_menopause_lies_ahead_can_be_written(tmp_path):
    file = tmp_path / "s.toml"
    text = STUDY.format(eligible="").replace(
        'age = "70 years"\nage_sd = "4 years"',
        'age = "47 years"\nage_sd = "1 years"\nyears_since_menopause = "-3 years"',
    )
    file.write_text(text)
    run(file, tmp_path / "r")
    drawn = read_parquet([tmp_path / "r" / "patients.parquet"], "patient")
    assert drawn["years_since_menopause"].median() < -1
