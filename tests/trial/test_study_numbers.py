"""Numbers of a run that a planner takes further: patients needed, and what one more visit does to the others."""

import math

import numpy as np
import pytest

from osteon.errors import InputError
from osteon.inputs import read_study
from osteon.outcomes.fracture_events import History
from osteon.statistics.two_arms import Group, patients_needed, t_test
from osteon.trial.enrol import assumed_of, drawn
from osteon.trial.fracture_events import expected_at
from osteon.trial.run import run

DENOSUMAB = {"drug": "denosumab", "dose": "60 mg", "route": "subcutaneous", "every": "6 months"}


def table(**changes):
    body = {
        "format": 1,
        "title": "t",
        "population": {"cohort": "postmenopausal_osteoporosis", "patients_per_arm": 40},
        "design": {"duration": "24 months", "visits": ["0 months", "12 months", "24 months"]},
        "arm": [{"name": "placebo"}, {"name": "denosumab", "regimen": [DENOSUMAB]}],
        "endpoint": [{"name": "bmd_total_hip", "visit": "24 months", "compare": "placebo"}],
    }
    for key, value in changes.items():
        body[key] = {**body[key], **value} if isinstance(value, dict) else value
    return body


def written(body, path):
    def text(value):
        if isinstance(value, dict):
            return "{ " + ", ".join(f"{k} = {text(v)}" for k, v in value.items()) + " }"
        if isinstance(value, list):
            return "[" + ", ".join(text(v) for v in value) + "]"
        return f'"{value}"' if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)

    path.write_text("\n".join(f"{k} = {text(v)}" for k, v in body.items()), encoding="utf-8")
    return path


def endpoints(folder, name, **changes):
    return run(written(table(**changes), folder / f"{name}.toml"), folder / name)["endpoints"]


def needed(rows):
    return [r["patients_needed_90"] for r in rows if "patients_needed_90" in r]


def test_patients_needed_do_not_depend_on_which_arm_is_compared_with(tmp_path):
    ways = []
    for name in ("placebo", "denosumab"):
        endpoint = {"name": "bmd_total_hip", "visit": "24 months", "compare": name}
        ways += needed(endpoints(tmp_path, name, endpoint=[endpoint], design={"allocation": "2:1"}))
    assert ways[0] == ways[1] >= 2


def test_patients_needed_count_those_who_leave(tmp_path):
    stay = needed(endpoints(tmp_path, "stay"))[0]
    leave = needed(endpoints(tmp_path, "leave", design={"dropout": "40 percent/year"}))[0]
    assert leave > stay / 0.5  # 36 % are there after two years


@pytest.mark.parametrize(
    ("difference", "own", "other", "answer"),
    [
        (0.5, Group(1.0), Group(1.0), 86),  # Julious 2004, table of the noncentral t: 86
        (1.0, Group(1.0), Group(1.0), 23),  # 23
        (0.5, Group(1.0, retained=0.8), Group(1.0, retained=0.8), 108),  # 86 of 108 are left
        (100.0, Group(1.0), Group(1.0), 2),  # the analysis gives nothing below two in each arm
        (0.0, Group(1.0), Group(1.0), None),
        (0.5, Group(1.0, retained=0.0), Group(1.0), None),
        (math.nan, Group(1.0), Group(1.0), None),
    ],
)
def test_patients_needed_against_tables(difference, own, other, answer):
    assert patients_needed(difference, own, other) == answer
    assert patients_needed(-difference, other, own) == answer


def test_two_variances_and_an_allocation_reach_the_power_that_was_asked_for():
    own, other = Group(1.0, share=2), Group(3.0, share=1)
    n = patients_needed(1.0, own, other)
    rng = np.random.default_rng(5)
    seen = [t_test(rng.normal(1, 1, 2 * n), rng.normal(0, 3, n)).estimate for _ in range(10)]
    assert n == patients_needed(1.0, other, own) and np.isfinite(seen).all()
    both = math.sqrt(1 / (2 * n) + 9 / n)
    assert (1.96 + 1.2816) * both < 1.0 < (1.96 + 1.2816) * both * 1.06


@pytest.mark.metamorphic
def test_one_more_visit_changes_nothing_at_the_others(tmp_path):
    fracture = {"name": "clinical_fracture", "visit": "24 months", "as": "incidence", "analysis": "log_rank"}
    chosen = [*table()["endpoint"], fracture, {"name": "ctx", "visit": "12 months", "compare": "placebo"}]
    less = endpoints(tmp_path, "less", endpoint=chosen)
    more = ["0 months", "17 days", "100 days", "12 months", "20.3 months", "24 months"]
    assert endpoints(tmp_path, "more", endpoint=chosen, design={"visits": more}) == less


def test_the_expected_chance_of_a_fracture_is_the_integral_whatever_the_visits():
    days = np.array([0.0, 30.0, 60.0])
    rate = np.array([[0.1, 0.3, 0.3]])
    rates = dict.fromkeys(("hazard_vertebral", "hazard_hip", "hazard_nonvertebral"), rate)
    nobody = History({}, {}, {}, {}, 0.0, 1.0, clinical_share=np.array([0.5]), major_share=np.array([0.5]))
    found = expected_at(rates, days, np.array([-5.0, 0.0, 15.0, 30.0, 45.0, 60.0]), nobody)["expected_hip_fracture"]
    sums = np.array([0, 0, 15 * 0.15, 30 * 0.2, 30 * 0.2 + 15 * 0.3, 30 * 0.2 + 30 * 0.3]) / 365.25
    assert found[0] == pytest.approx(-np.expm1(-sums), rel=1e-12)


def means(age, **more):
    study = read_study(table(population={"cohort": {"age": f"{age} years", "age_sd": "1 years", **more}}))
    people = drawn(study, 1, 0, 3000).covariates
    return {k: float(np.mean(v)) for k, v in people.items()}, assumed_of(study, 1)


def test_what_a_population_leaves_out_follows_from_its_age():
    young, told = means(55)
    old, _ = means(85)
    assert -1.2 < young["t_total_hip"] < -0.4 and -2.6 < old["t_total_hip"] < -1.8
    assert young["prior_vertebral_fractures"] < 0.12 < 0.25 < old["prior_vertebral_fractures"]
    assert young["prior_hip_fractures"] < old["prior_hip_fractures"]
    for name in ("t_total_hip", "t_lumbar_spine", "t_femoral_neck", "prior_vertebral_percent"):
        assert "follows from the age" in told[name]
    assert "age_sd" not in told and "bmi" in told


def test_what_is_given_stands_and_moves_the_other_sites():
    usual, _ = means(55)
    low, told = means(55, t_total_hip=-3.0, prior_vertebral_fractures="60 percent")
    assert low["t_total_hip"] == pytest.approx(-3.0, abs=0.06)
    assert low["t_lumbar_spine"] < usual["t_lumbar_spine"] - 1
    assert low["prior_vertebral_fractures"] == pytest.approx(0.6, abs=0.03)
    assert not {"t_total_hip", "prior_vertebral_percent"} & set(told)


def test_a_population_without_an_age_is_one_of_trials():
    study = read_study(table(population={"cohort": {"bmi": "25 kg/m^2"}}))
    assert "trial cohorts" in assumed_of(study, 1)["age"] and "such cohorts" in assumed_of(study, 1)["t_total_hip"]


def test_an_allocation_of_another_number_is_still_refused():
    with pytest.raises(InputError):
        read_study(table(design={"allocation": "1:1:1"}))


def values_of(body, folder, name):
    """Every stored outcome of a run, by patient, visit and output."""
    from osteon.io.outcome_store import read_parquet

    run(written(body, folder / f"{name}.toml"), folder / name)
    frame = read_parquet(sorted((folder / name / "outcomes").glob("*.parquet")), "patient, visit, output")
    return frame.sort_values(["patient", "visit", "output"]).reset_index(drop=True)


def small(**arm):
    body = table(
        population={"cohort": {"age": "66 years"}, "patients_per_arm": 5}, design={"visits": ["0 months", "12 months"]}
    )
    body["arm"] = [{"name": "a", **arm}]
    body["endpoint"] = [{"name": "bmd_total_hip", "visit": "12 months"}]
    return body


def doors():
    """Pairs of studies that say the same."""
    yearly = {"drug": "zoledronate", "dose": "5 mg", "route": "intravenous", "every": "12 months", "until": "13 months"}
    plain = {k: v for k, v in yearly.items() if k not in ("every", "until")}
    yield small(regimen=[yearly]), small(regimen=[plain, plain | {"from": "12 months"}])
    yield (
        small(regimen=[yearly]),
        small(regimen=[yearly | {"dose": "5000 ug", "every": "1 year", "until": "395.6875 days"}]),
    )
    smoker = {"name": "smoking", "kind": "former", "from": "2 months"}
    yield small(habit=[smoker]), small(override=[{"parameter": "smoking", "value": 0.3, "from": "2 months"}])
    pills = {"name": "vitamin_d", "dose": "800 IU/day"}
    background = small() | {"design": small()["design"] | {"background": [pills]}}
    yield small(habit=[pills]), background
    yield background, small() | {"design": small()["design"] | {"background": [pills | {"dose": "20 ug/day"}]}}
    drinks = {"name": "alcohol", "dose": "3 units/day", "from": "1 month", "until": "9 months"}
    set_to = {"parameter": "alcohol", "value": 3.0, "from": "1 month", "until": "9 months"}
    yield small(habit=[drinks]), small(override=[set_to])
    yield small(habit=[drinks, smoker]), small(habit=[smoker, drinks])


@pytest.mark.metamorphic
@pytest.mark.parametrize("pair", list(doors()), ids=lambda p: "pair")
def test_a_study_says_the_same_through_two_doors(pair, tmp_path):
    one, two = (values_of(body, tmp_path, name) for body, name in zip(pair, "ab", strict=True))
    assert len(one) and one.equals(two)


def test_an_override_without_a_first_day_holds_for_life_in_a_study_as_in_a_scenario(tmp_path):
    """It was the arm's first day in a study and the whole life in a scenario."""
    always = small(override=[{"parameter": "smoking", "value": 1.0}])
    late = small(override=[{"parameter": "smoking", "value": 1.0, "from": "0 months"}])
    early = small(override=[{"parameter": "smoking", "value": 1.0, "from": "-29220 days"}])
    runs = [values_of(b, tmp_path, n) for b, n in ((always, "x"), (late, "y"), (early, "z"))]
    assert runs[0].equals(runs[2]) and not runs[0].equals(runs[1])
