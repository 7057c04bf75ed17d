"""Study files: names, numbers and visits must agree across the tables; every fault at once, each at its place."""

import copy
import json
import tomllib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from osteon.errors import InputError
from osteon.inputs import (
    UNBUILT,
    Scenario,
    Study,
    features_used,
    load_dish,
    load_dose_response,
    load_product,
    load_scenario,
    load_study,
    names,
    number_fault,
    read_scenario,
    read_study,
    schema,
)
from osteon.inputs.person_history import load_person_history
from osteon.inputs.studied_range import LARGEST_CELLS
from osteon.interventions import CARDS
from osteon.io.conditions import UNIT_OF
from osteon.units import convert

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
STUDY = tomllib.loads(
    """
format = 1
title = "Cells against an antibody"
question = "What is gained, what is risked?"
[population]
cohort = "postmenopausal_osteoporosis"
patients_per_arm = 40
eligible = ["age >= 60 years and age < 85 years", "t_total_hip <= -2"]
[design]
allocation = "2:1:1"
strata = ["prior_fractures", "age"]
duration = "18 months"
visits = ["0 months", "6 months", "18 months"]
dropout = "1 percent/month"
background = [{ name = "calcium", dose = "600 mg/day" }]
[[arm]]
name = "placebo"
[[arm]]
name = "cells"
[[arm.cells]]
source = "adipose"
dose = "1e6 cells/kg"
route = "intravenous"
infusion_time = "40 min"
at = ["0 months", "6 months"]
[[arm]]
name = "antibody"
[[arm.regimen]]
drug = "denosumab"
dose = "60 mg"
route = "subcutaneous"
every = "6 months"
[[endpoint]]
name = "bmd_total_hip"
visit = "18 months"
compare = "placebo"
[[endpoint]]
name = "ctx"
visit = "6 months"
as = "ratio"
analysis = "t_test"
compare = "placebo"
alpha = 0.01
[uncertainty]
parameters = "none"
replicates = 1
"""
)


def changed(table, *changes):
    table = copy.deepcopy(table)
    for path, value in changes:
        place = table
        for key in path[:-1]:
            place = place[key]
        if value is ...:
            del place[path[-1]]
        else:
            place[path[-1]] = value
    return table


def faults(*changes):
    with pytest.raises(InputError) as caught:
        read_study(changed(STUDY, *changes), "study.toml")
    return [(f.place.removeprefix("study.toml").strip(), f) for f in caught.value.faults]


def test_every_key_is_read_as_a_canonical_number():
    s = read_study(STUDY)
    assert s.ratio() == [2, 1, 1]
    assert s.design.visits == [0.0, 6 * 30.4375, 18 * 30.4375]
    assert s.design.dropout == pytest.approx(1 - 0.99**12, rel=1e-12)
    assert [(c.quantity, c.operator, c.level) for c in s.population.eligible] == [
        ("age", ">=", 60.0),
        ("age", "<", 85.0),
        ("t_total_hip", "<=", -2.0),
    ]
    assert s.arm[1].cells[0].infusion_time == pytest.approx(40 / 1440)
    assert (s.endpoint[0].as_, s.endpoint[0].analysis, s.endpoint[0].alpha) == ("percent_change", "ancova", 0.05)
    assert s.uncertainty.replicates == 1
    assert s.features() == ()


def test_a_share_lost_each_year_or_month():
    assert read_study(changed(STUDY, (["design", "dropout"], "10 percent/year"))).design.dropout == pytest.approx(0.1)
    assert read_study(changed(STUDY, (["design", "dropout"], "0 percent/year"))).design.dropout == 0.0


BAD = [
    (["population", "patients_per_arm"], 0, "[population] patients_per_arm", "bad_number", "1 to 10000000"),
    (["population", "patients_per_arm"], -5, "[population] patients_per_arm", "bad_number", "1 to 10000000"),
    (["population", "patients_per_arm"], 10**12, "[population] patients_per_arm", "bad_number", "core hours"),
    (["population", "patients_per_arm"], 1e12, "[population] patients_per_arm", "bad_number", "GB of memory"),
    (["population", "patients_per_arm"], 40.0, "[population] patients_per_arm", "bad_number", "Write 40."),
    (["population", "patients_per_arm"], 40.5, "[population] patients_per_arm", "bad_number", "whole number"),
    (["population", "patients_per_arm"], float("nan"), "[population] patients_per_arm", "bad_number", "nan"),
    (["population", "patients_per_arm"], "40", "[population] patients_per_arm", "bad_number", "without quotes"),
    (["population", "patients_per_arm"], True, "[population] patients_per_arm", "bad_number", "whole number"),
    (["population", "patients_per_arm"], 9_000_000, "[population] patients_per_arm", "bad_number", "in all arms"),
    (["population", "cohort"], "../../etc/passwd", "[population] cohort", "bad_name", "ASCII"),
    (["population", "cohort"], "C:\\x", "[population] cohort", "bad_name", "ASCII"),
    (["population", "cohort"], {"age": 66}, "[population.cohort] age", "missing_unit", '"66 years"'),
    (["population", "cohort"], {"agee": "66 years"}, "[population.cohort] agee", "unknown_key", "'age'"),
    (["population", "eligible"], ["agee >= 55 years"], "[population] eligible[1]", "unknown_quantity", "'age'"),
    (["population", "eligible"], ["age >= 55"], "[population] eligible[1]", "missing_unit", "years"),
    (["population", "eligible"], ["age.real >= 55 years"], "[population] eligible[1]", "bad_condition", "Attribute"),
    (["population", "eligible"], "age >= 55 years", "[population] eligible", "bad_value", "a list"),
    (["design", "allocation"], "1:1", "[design] allocation", "bad_allocation", '"1:1:1"'),
    (["design", "allocation"], "nan:1:1", "[design] allocation", "bad_allocation", "not an allocation"),
    (["design", "allocation"], float("nan"), "[design] allocation", "bad_allocation", "not an allocation"),
    (["design", "allocation"], [1, 1, 1], "[design] allocation", "bad_allocation", "not an allocation"),
    (["design", "allocation"], "0:1:1", "[design] allocation", "bad_allocation", "not an allocation"),
    (["design", "allocation"], "1: 1:1", "[design] allocation", "bad_allocation", "not an allocation"),
    (["design", "allocation"], "١:1:1", "[design] allocation", "bad_allocation", "not an allocation"),
    (["design", "strata"], ["shoe_size"], "[design] strata[1]", "unknown_stratum", "prior_fractures"),
    (["design", "strata"], ["age", "age"], "[design] strata", "duplicate_name", "twice"),
    (["design", "visits"], ["0 months", "18 months", "6 months"], "[design] visits", "visits_order", "rise"),
    (["design", "visits"], ["0 months", "6 months", 18], "[design] visits[3]", "missing_unit", '"18 months"'),
    (["design", "duration"], "18", "[design] duration", "missing_unit", '"18 months"'),
    (["design", "dropout"], "100 percent/year", "[design] dropout", "out_of_range", "below 100"),
    (["design", "dropout"], "-1 percent/year", "[design] dropout", "out_of_range", "at least 0"),
    (["design", "dropout"], "10 percent", "[design] dropout", "wrong_dimension", "1/year"),
    (["design", "dropout"], 0.1, "[design] dropout", "missing_unit", "no unit"),
    (["design", "background"], [{"name": "calcium", "dose": "600 mg"}], "[design.background.1] dose", "wrong_dimension", "mg/day"),
    (["design", "background"], [{"name": "calcium"}], "[design.background.1] dose", "missing_key", "needed"),
    (["design", "background"], [{"name": "magnesium", "dose": "1 mg/day"}], "[design.background.1] name", "unknown_background", "calcium"),
    (["design", "background"], [{"name": "calcium", "dose": "1 g/day"}] * 2, "[design.background.2] name", "duplicate_name", "twice"),
    (["arm", 2, "name"], "placebo", "[arm.3] name", "duplicate_name", "named 'placebo'"),
    (["arm", 1, "name"], "рlасеbо", "[arm.2] name", "look_alike_name", "mixes alphabets"),
    (["arm", 1, "name"], "PLACEBO", "[arm.2] name", "duplicate_name", "told apart"),
    (["arm", 1, "name"], " cells", "[arm.2] name", "bad_name", "no space"),
    (["arm", 1, "name"], "cells\N{RIGHT-TO-LEFT OVERRIDE}", "[arm.2] name", "bad_name", "printable"),
    (["arm", 1, "name"], "", "[arm.2] name", "bad_name", "1 to 120"),
    (["arm", 1, "name"], ..., "[arm.2] name", "missing_key", "'name'"),
    (["arm", 1, "habit"], [{"name": "calcium"}], "[arm.2.habit.1] name", "overlap", "background"),
    (["arm", 2, "regimen", 0, "dose"], 60, "[arm.3.regimen.1] dose", "missing_unit", '"60 mg"'),
    (["arm", 2, "regimen", 0, "route"], "oral", "[arm.3.regimen.1] route", "unknown_denosumab_route", "subcutaneous"),
    (["arm", 2, "regimen"], STUDY["arm"][2]["regimen"][0], "[arm.3] regimen", "bad_value", "[[regimen]]"),
    (["endpoint", 0, "compare"], "placebbo", "[endpoint.1] compare", "unknown_arm", "'placebo'"),
    (["endpoint", 0, "visit"], "12 months", "[endpoint.1] visit", "no_such_visit", "month 0, 6, 18"),
    (["endpoint", 0, "visit"], "0 months", "[endpoint.1] visit", "no_such_visit", "every change is nil"),
    (["endpoint", 0, "alpha"], 5, "[endpoint.1] alpha", "bad_value", "less than 1"),
    (["endpoint", 0, "alpha"], 0.0, "[endpoint.1] alpha", "bad_value", "more than 0"),
    (["endpoint", 0, "alpha"], float("nan"), "[endpoint.1] alpha", "bad_value", "out of range"),
    (["endpoint", 0, "name"], "bmd total hip", "[endpoint.1] name", "bad_name", "ASCII"),
    (["endpoint", 0, "analysis"], "anova", "[endpoint.1] analysis", "unknown_analysis", "'ancova'"),
    (["uncertainty", "parameters"], "fit", "[uncertainty] parameters", "unknown_parameter_source", "fit_ensemble"),
    (["uncertainty", "replicates"], 0, "[uncertainty] replicates", "bad_value", "at least 1"),
    (["uncertainty", "replicates"], 10**9, "[uncertainty] replicates", "bad_value", "at most 10000"),
    (["format"], 1.0, "format", "bad_value", "whole number"),
    (["title"], ..., "title", "missing_key", "'title'"),
    (["population"], ..., "population", "missing_key", "[population]"),
    (["endpoint"], ..., "endpoint", "missing_key", "[[endpoint]]"),
    (["endpoint"], [], "endpoint", "bad_value", "empty"),
    (["desing"], {}, "desing", "unknown_key", "'design'"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "value", "place", "code", "word"), BAD, ids=range(len(BAD)))
def test_a_bad_study_is_told_with_place_code_and_help(path, value, place, code, word):
    found = [f for p, f in faults((path, value)) if (p, f.code) == (place, code)]
    assert len(found) == 1
    assert word in found[0].sentence()


def test_a_visit_outside_the_study_is_told_at_its_place():
    visits = ["0 months", "18 months", "24 months"]
    (place, fault), second = faults((["design", "visits"], visits))
    assert (place, fault.code, fault.value) == ("[design] visits[3]", "visit_outside", 24.0)
    assert second[0] == "[endpoint.2] visit"


def test_a_change_needs_a_visit_at_month_zero():
    late = (["design", "visits"], ["6 months", "18 months"])
    assert {f.code for _, f in faults(late)} == {"no_baseline_visit"}
    plain = [
        ([*e, k], v) for e in (["endpoint", 0], ["endpoint", 1]) for k, v in (("as", "value"), ("analysis", "t_test"))
    ]
    assert read_study(changed(STUDY, late, *plain)).design.visits[0] > 0


def test_every_fault_is_told_at_once_also_across_tables():
    found = {
        p
        for p, _ in faults(
            (["population", "patients_per_arm"], "many"),
            (["design", "duration"], "18"),
            (["design", "allocation"], "1:1"),
            (["arm", 2, "name"], "placebo"),
            (["arm", 1, "cells", 0, "dose"], 2e6),
            (["endpoint", 0, "visit"], "7 months"),
            (["endpoint", 1, "compare"], "nobody"),
            (["endpoint", 1, "alpha"], 5),
            (["titel"], "x"),
        )
    }
    assert found == {
        "[population] patients_per_arm",
        "[design] duration",
        "[design] allocation",
        "[arm.3] name",
        "[arm.2.cells.1] dose",
        "[endpoint.1] visit",
        "[endpoint.2] compare",
        "[endpoint.2] alpha",
        "titel",
    }


def test_a_number_of_patients_has_a_price():
    assert number_fault(1) is None
    assert number_fault(10_000_000) is None
    assert "1.3e+05 GB of memory" in number_fault(10**12).message


def test_a_population_written_as_a_table_is_read_and_named():
    table = {
        "age": "70 years",
        "age_sd": "60 months",
        "bmi": "25 kg/m^2",
        "t_total_hip": -2,
        "prior_vertebral_fractures": "30 percent",
        "smoking": "20 percent",
    }
    study = read_study(changed(STUDY, (["population", "cohort"], table)))
    assert "cohort written as a table" in features_used(study)
    assert dict(study.population.cohort.table()) == {
        "age": 70.0, "age_sd": 5.0, "bmi": 25.0, "t_total_hip": -2.0, "prior_vertebral_percent": pytest.approx(30.0),
        "smoking_percent": pytest.approx(20.0),
    }  # fmt: skip


def test_eligible_on_what_nobody_is_drawn_with_is_refused_by_name():
    study = read_study(changed(STUDY, (["population", "eligible"], ["vitamin_d >= 50 nmol/L", "smoking < 1"])))
    assert study.features() == () and "eligible on 'vitamin_d'" in features_used(study)
    with pytest.raises(InputError, match="shoe_size"):
        read_study(changed(STUDY, (["population", "eligible"], ["shoe_size >= 40"])))


def test_features_of_a_study():
    assert {"cells", "strata", "dropout", "background", "cell route 'intravenous'"} <= features_used(read_study(STUDY))
    assert set(read_study(STUDY).features()) <= UNBUILT


def test_two_arms_may_share_nothing_but_may_share_everything_else():
    table = changed(STUDY, (["arm", 1, "name"], "cells α"), (["arm", 2, "name"], "NA"))
    assert [a.name for a in read_study(table).arm] == ["placebo", "cells α", "NA"]


words = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=12), st.sampled_from(["1 day", "60 mg"])
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)),
    max_leaves=6,
)


def places(table, path=()):
    yield from ((*path, k) for k in (table if isinstance(table, dict) else range(len(table))))
    for key, inner in table.items() if isinstance(table, dict) else enumerate(table):
        if isinstance(inner, (dict, list)):
            yield from places(inner, (*path, key))


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(st.tuples(st.sampled_from(sorted(places(STUDY), key=str)), words), min_size=1, max_size=4))
def test_any_value_anywhere_is_read_or_refused_and_never_crashes(changes):
    table = STUDY
    for path, value in changes:
        try:
            table = changed(table, (path, value))
        except (KeyError, IndexError, TypeError):
            continue
    try:
        read_study(table, "study.toml")
    except InputError as error:
        assert error.faults
        for fault in error.faults:
            assert fault.place.startswith("study.toml")
            assert fault.sentence().isprintable()
            json.dumps(fault.as_dict(), allow_nan=False)


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.toml")), ids=lambda p: p.name)
def test_the_examples_load_and_meet_their_schema(path):
    jsonschema = pytest.importorskip("jsonschema")
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    marks = {
        "design": "study",
        "dose_response": "dose_response",
        "option": "person_history",
        "product": "product",
        "dish": "dish",
    }
    kind = next((k for mark, k in marks.items() if mark in table), "scenario")
    readers = {
        "study": load_study,
        "dose_response": load_dose_response,
        "person_history": load_person_history,
        "product": load_product,
        "dish": load_dish,
        "scenario": load_scenario,
    }
    readers[kind](path)
    table = json.loads(json.dumps(table, default=str))  # dates as texts
    checker = jsonschema.Draft202012Validator(schema(kind))
    checker.check_schema(schema(kind))
    assert not list(checker.iter_errors(table))
    assert list(checker.iter_errors(table | {"titel": "x"}))


def test_the_schema_refuses_what_the_reader_refuses():
    jsonschema = pytest.importorskip("jsonschema")
    checker = jsonschema.Draft202012Validator(schema("study"))
    assert checker.is_valid(STUDY)
    for path, value in (
        (["design", "duration"], 18),
        (["design", "duration"], "18"),
        (["arm", 2, "regimen", 0, "drug"], "aspirin"),
        (["arm", 2, "regimen", 0, "dose"], "60"),
        (["population", "patients_per_arm"], 0),
        (["endpoint", 0, "alpha"], 5),
        (["title"], ...),
    ):
        assert not checker.is_valid(changed(STUDY, (path, value))), path


def test_another_kind_of_file_has_no_schema():
    with pytest.raises(InputError, match="Did you mean 'study'"):
        schema("studdy")
    assert json.loads(json.dumps(schema("scenario")))["title"] == "Scenario"
    assert {Scenario.__name__, Study.__name__} == {schema(k)["title"] for k in ("scenario", "study")}


def test_the_lists_of_names_are_those_of_the_rooms_that_run_them():
    from osteon.evidence import load_cohort
    from osteon.population import sample
    from osteon.simulation.assembly import human_model
    from osteon.simulation.dosing import AMOUNTS, DOSING_KINDS, EXERCISE
    from osteon.trial.allocate import CUTS
    from osteon.trial.allocate import STRATUM_BOUNDS as KNOWN

    model = human_model(CARDS)
    drawn = sample(load_cohort("postmenopausal_osteoporosis").population, human_model(), 2, 1, joint=True).covariates
    assert set(names.COVARIATES) == {*drawn, "turnover"}  # turnover is lived, where a condition asks for it
    assert set(names.STRATA) == {*KNOWN, *CUTS}
    assert set(names.EXERCISE_KINDS) == set(EXERCISE)
    assert {n: set(kinds) for n, (kinds, _, _) in names.HABITS.items() if kinds} == {
        n: set(k) for n, (_, k, _) in DOSING_KINDS.items()
    }
    assert {n: unit for n, (kinds, unit, _) in names.HABITS.items() if not kinds} == {
        n: a[1] for n, a in AMOUNTS.items()
    }
    assert {a[0] for a in (*AMOUNTS.values(), *DOSING_KINDS.values())} <= set(model.parameters)
    assert {r for card in CARDS.values() for r in card.routes} <= set(names.ROUTES)
    for card in CARDS.values():
        assert set(card.densest) == set(card.routes)
        for route, schedule in card.densest.items():
            assert 0 < schedule.amount <= card.largest[route]
            assert schedule.days > 0 and schedule.source
    assert all(source for _, source in LARGEST_CELLS.values())
    assert set(names.STANDARD_OUTPUTS) <= set(model.outputs)
    for name, unit in UNIT_OF.items():
        if name in {*model.outputs, *model.parameters}:
            assert convert(1.0, unit, model.unit(name)) == pytest.approx(1.0), name


def test_a_scenario_and_a_study_share_one_reading_of_a_regimen():
    row = STUDY["arm"][2]["regimen"][0]
    scenario = {
        "format": 1,
        "person": {"age": "70 years"},
        "regimen": [row],
        "output": {"end": "1 year", "of": ["ctx"]},
    }
    assert read_scenario(scenario).regimen[0] == read_study(STUDY).arm[2].regimen[0]


def test_a_stop_rule_on_what_the_model_lacks_is_refused_when_the_file_is_checked():
    from osteon.trial.check import check_study

    table = changed(STUDY, (["arm", 1, "cells"], ...), (["arm", 2, "regimen", 0, "stop_when"], "bmd_totl_hip > 3"))
    with pytest.raises(InputError, match="Did you mean 'bmd_total_hip'"):
        check_study(read_study(table))


def test_a_study_with_a_population_of_its_own_is_checked():
    from osteon.trial.check import check_study

    table = changed(STUDY, (["population", "cohort"], {"age": "70 years"}))
    assert check_study(read_study(table)) == ()
