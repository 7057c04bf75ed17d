"""A population is brought to a published baseline table by weights, and says what that costs."""

import numpy as np
import pytest

from osteon.errors import InputError
from osteon.evidence import load_cohort
from osteon.io.conditions import parse_condition
from osteon.population import match, sample
from osteon.population.matching import POOL
from osteon.simulation.assembly import human_model

WOMEN = load_cohort("us_women_50").population
TABLE = {"age": 70.0, "age_sd": 6.0, "bmi": 26.0, "t_total_hip": -1.6, "prior_vertebral_percent": 20.0}


def test_weighted_people_have_the_means_of_the_table():
    tilt = match(WOMEN, TABLE, 1)
    assert all(r["after"] == pytest.approx(r["published"], rel=1e-6) for r in tilt.rows())
    assert 100 < tilt.effective < POOL
    people = sample(WOMEN, human_model(), 3000, 2, between=False, joint=True, tilt=tilt).covariates
    error = 5 * (1 / np.sqrt(3000) + 1 / np.sqrt(tilt.effective))
    assert people["age"].mean() == pytest.approx(70, abs=6 * error) and people["age"].std() == pytest.approx(
        6, rel=0.08
    )
    assert people["t_total_hip"].mean() == pytest.approx(-1.6, abs=1.1 * error)
    assert (people["prior_vertebral_fractures"] > 0).mean() == pytest.approx(0.2, abs=0.4 * error)


def test_what_is_not_in_the_table_follows_as_it_goes_together():
    tilt = match(WOMEN, {"t_total_hip": -1.8}, 1)
    people = sample(WOMEN, human_model(), 1500, 2, between=False, joint=True, tilt=tilt).covariates
    assert people["t_femoral_neck"].mean() < -1.6 and people["age"].mean() > 66 and people["bmi"].mean() < 27.5


def test_a_table_of_those_who_are_eligible():
    eligible = [parse_condition("age >= 65 years")]
    tilt = match(WOMEN, {"bmi": 27.0}, 1, eligible)
    people = sample(WOMEN, human_model(), 800, 2, eligible, between=False, joint=True, tilt=tilt).covariates
    assert people["age"].min() >= 65 and people["bmi"].mean() == pytest.approx(27.0, abs=0.9)


def test_a_weighted_patient_is_the_same_in_any_crowd():
    tilt = match(WOMEN, TABLE, 1)
    many = sample(WOMEN, human_model(), 60, 3, between=False, joint=True, tilt=tilt).covariates
    few = sample(WOMEN, human_model(), 2, 3, first=40, between=False, joint=True, tilt=tilt).covariates
    assert all(np.array_equal(v, many[k][40:42]) for k, v in few.items())


def test_every_figure_out_of_reach_is_named():
    with pytest.raises(InputError) as error:
        match(WOMEN, {"age": 120.0, "men_percent": 30.0, "bmi": 27.0}, 1)
    assert [f.place for f in error.value.faults] == ["population.match.age", "population.match.men_percent"]


def test_a_table_that_hardly_anybody_is_like_is_refused():
    with pytest.raises(InputError, match="together"):
        match(WOMEN, {"t_total_hip": -4.5, "bmi": 38.0, "age": 52.0}, 1)


def test_a_condition_on_sex_selects_nobody_else():
    from osteon.errors import RunFailed

    eligible = [parse_condition("female == 1")]
    both = sample(load_cohort("us_adults_50").population, human_model(), 60, 2, eligible, between=False, joint=True)
    assert both.covariates["female"].min() == 1
    women = sample(WOMEN, human_model(), 30, 2, eligible, between=False, joint=True)
    assert len(women) == 30 and "female" not in women.parameters
    with pytest.raises(RunFailed, match="female"):
        sample(WOMEN, human_model(), 30, 2, [parse_condition("female == 0")], between=False, joint=True)
