"""What virtual people are drawn with goes together as published, in women and in men; nobody's draw hangs on the others."""

import numpy as np
import pytest

from osteon.evidence import load_cohort, reference_populations, unresolved
from osteon.population import of_person, sample
from osteon.population.correlations import SEXES, VARIABLES, correlation_matrix, correlations, latent, stated_matrix
from osteon.simulation.assembly import human_model

N = 20_000
ADULTS = load_cohort("us_adults_50").population
OBSERVED = {"turnover": "turnover_scale"}  # variable -> covariate; those that are cut (yes or no) are left out below
CONTINUOUS = ("age", "bmi", "t_total_hip", "t_femoral_neck", "t_lumbar_spine", "turnover", "vitamin_d")


@pytest.fixture(scope="module")
def people():
    return sample(ADULTS, human_model(), N, 1, between=False, joint=True).covariates


@pytest.mark.parametrize("female", [1.0, 0.0])
def test_20000_people_go_together_as_the_table_says(people, female):
    who = people["female"] == female
    sex = "female" if female else "male"
    for c in correlations():
        if c.first in CONTINUOUS and c.second in CONTINUOUS:
            a, b = (people[OBSERVED.get(name, name)][who] for name in (c.first, c.second))
            published = c.women if sex == "female" else c.men
            assert np.corrcoef(a, b)[0, 1] == pytest.approx(published, abs=0.05), (sex, c.first, c.second)


def test_those_with_fractures_are_older_and_have_less_bone(people):
    for female in (1.0, 0.0):
        who = people["female"] == female
        for kind in ("vertebral", "hip", "nonvertebral"):
            had = who & (people[f"prior_{kind}_fractures"] > 0)
            not_had = who & (people[f"prior_{kind}_fractures"] == 0)
            assert people["t_total_hip"][had].mean() < people["t_total_hip"][not_had].mean() - 0.2
            assert people["age"][had].mean() > people["age"][not_had].mean() + 1


def test_every_correlation_is_of_known_quantities_and_says_where_it_is_from():
    seen = set()
    for c in correlations():
        assert c.first in VARIABLES and c.second in VARIABLES and c.first != c.second
        assert -1 < c.women < 1 and -1 < c.men < 1 and c.note
        assert {c.kind_women, c.kind_men} <= {"measured", "derived", "assumed"}
        assert not list(unresolved(c.source)), c.source
        assert (c.kind_women == "assumed") == (c.source == "assumed")
        assert frozenset((c.first, c.second)) not in seen
        seen.add(frozenset((c.first, c.second)))


@pytest.mark.parametrize("sex", SEXES)
def test_the_matrix_in_use_is_the_stated_one(sex):
    matrix = correlation_matrix(sex)
    assert np.linalg.eigvalsh(matrix).min() > 0 and np.allclose(np.diag(matrix), 1)
    assert np.abs(matrix - stated_matrix(sex)).max() < 0.01


def test_what_follows_from_age_already_is_not_taken_from_age_again():
    z = latent(1, np.arange(N), 0, None, frozenset({"t_total_hip"}))
    assert abs(np.corrcoef(z["age"], z["t_total_hip"])[0, 1]) < 0.03
    assert np.corrcoef(z["age"], z["t_femoral_neck"])[0, 1] == pytest.approx(-0.25, abs=0.03)
    assert z["t_total_hip"].std() == pytest.approx(1, abs=0.03)


@pytest.mark.parametrize("name", reference_populations())
def test_a_person_is_the_same_in_any_crowd(name):
    population = load_cohort(name).population
    many = sample(population, human_model(), 300, 5, between=False, joint=True)
    few = sample(population, human_model(), 3, 5, first=200, between=False, joint=True)
    for k, v in few.covariates.items():
        assert np.array_equal(v, many.covariates[k][200:203], equal_nan=True), k


def test_marginals_are_those_of_people_drawn_one_quantity_at_a_time():
    own = {"age": 70.0, "age_sd": 6.0, "t_total_hip": -1.5, "smoking_percent": 20.0, "prior_vertebral_percent": 30.0}
    apart = sample(own, human_model(), N, 1, between=False).covariates
    together = sample(own, human_model(), N, 1, between=False, joint=True).covariates
    for name, values in apart.items():
        error = 5 * values.std() / np.sqrt(N)
        assert together[name].mean() == pytest.approx(values.mean(), abs=max(error, 1e-9)), name
        if len(set(values.tolist())) > 2:
            assert together[name].std() == pytest.approx(values.std(), rel=0.03), name


def test_shares_below_the_limits_are_those_of_the_united_states(people):
    """Shares low at each site alone are put in (looker2017); at either site they follow from how the sites go together."""
    lower = np.minimum(people["t_femoral_neck"], people["t_lumbar_spine"])
    women = people["female"] == 1
    assert (lower < -1).mean() == pytest.approx(0.54, abs=0.08)  # 53.6 of 99 million, wright2014
    assert (lower[women] < -1).mean() == pytest.approx(0.668, abs=0.05)
    assert (lower[~women] < -1).mean() == pytest.approx(0.395, abs=0.05)
    assert (lower <= -2.5).mean() == pytest.approx(0.103, abs=0.03)


def test_the_card_of_the_population_shows_published_and_simulated_side_by_side():
    from osteon.report.cards import card_of

    row, text = card_of("population")
    assert len(row["correlations"]) == len(correlations()) and "53" in text
    first = row["low_bone_mass"][0]
    assert first["osteoporosis"] == 10.3 and first["simulated_osteoporosis"] == pytest.approx(10.3, abs=3)
    older = [s for s in row["low_bone_mass"] if s["sex"] == "female"][1:]
    assert [s["simulated_osteoporosis"] for s in older] == sorted(s["simulated_osteoporosis"] for s in older)


def test_men_have_no_menopause_and_peaks_of_their_own(people):
    men = people["female"] == 0
    assert (
        np.isnan(people["years_since_menopause"][men]).all()
        and np.isfinite(people["years_since_menopause"][~men]).all()
    )
    parameters = of_person(people)
    assert set(parameters["menopause_age"][men]) == {1000.0}
    assert (parameters["peak_bmd_total_hip"][men] > parameters["peak_bmd_total_hip"][~men].max()).all()


def test_kidneys_filter_as_drawn(people):
    from osteon.biology.kidney import usual_gfr_law

    parameters = of_person(people)
    age_alone = usual_gfr_law(people["age"]) / usual_gfr_law(30.0)
    filtered = parameters["gfr_reference"] * (1 - parameters["kidney_damage"]) * age_alone
    assert filtered == pytest.approx(people["egfr"], rel=1e-9)


def test_a_population_at_large_has_nothing_to_replay():
    from osteon.errors import InputError
    from osteon.replication.trials import cohorts_for

    with pytest.raises(InputError, match="at large"):
        cohorts_for(["US_ADULTS_50"], False)


def test_as_many_europeans_have_osteoporosis_of_the_neck_as_the_scorecard_counts():
    """25.5 of about 115 million women and 6.5 of about 99 million men (scope2021)."""
    europe = sample(load_cohort("eu_adults_50").population, human_model(), N, 1, between=False, joint=True).covariates
    women = europe["female"] == 1
    low = europe["t_femoral_neck"] <= -2.5
    assert 100 * low[women].mean() == pytest.approx(100 * 25.5 / 115, abs=1.5)
    assert 100 * low[~women].mean() == pytest.approx(100 * 6.5 / 99, abs=1.0)
    assert (~women).mean() == pytest.approx(0.464, abs=0.012)


def test_replays_show_the_same_whether_people_are_drawn_together_or_not():
    """Replays draw covariates on their own, as the fits did: the mean change of the hip does not hang on it."""
    from osteon.evidence import load_cohort, load_measurements
    from osteon.replication.published import arms_of, usable
    from osteon.replication.trials import _people

    cohort = load_cohort("freedom")
    arm = next(a for a in arms_of([m for m in load_measurements(cohort=cohort.id) if usable(m)]) if a.rows)
    changes = []
    for joint in (False, True):
        persons = sample(cohort.population, human_model(), 40, 1, joint=joint)
        found, failed = _people(arm, persons, [0.0, 36.0], ["bmd_total_hip"], 1)
        start, end = found["bmd_total_hip"].T
        assert failed == 0
        changes.append(100 * (end / start - 1))
    assert changes[0].mean() == pytest.approx(changes[1].mean(), abs=0.15)
    assert changes[0].std(ddof=1) == pytest.approx(changes[1].std(ddof=1), rel=0.25)
