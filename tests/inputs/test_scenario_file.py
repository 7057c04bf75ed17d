"""Scenario files: every key is read, every fault is told where it stands, also between fields."""

import copy
import dataclasses
import datetime
import tomllib

import pytest

from osteon.errors import InputError
from osteon.inputs import Scenario, features_used, load_scenario, read_scenario

WOMAN = tomllib.loads(
    """
format = 1
title = "One woman"
[person]
sex = "female"
age = "64 years"
years_since_menopause = "14 years"
bmi = "24 kg/m^2"
weight = "62 kg"
smoking = "former"
alcohol = "2 units/day"
prior_fractures = ["vertebral", "hip"]
[person.baseline]
t_lumbar_spine = -2.7
t_total_hip = -2
turnover = 1.1
vitamin_d = "55 nmol/L"
calcium_intake = "800 mg/day"
[[regimen]]
drug = "zoledronate"
dose = "5 mg"
route = "intravenous"
every = "1 year"
from = "-24 months"
until = "0 months"
duration = "15 min"
rate = "480 mg/day"
[[regimen]]
drug = "teriparatide"
dose = "20 ug"
route = "subcutaneous"
every = "1 day"
adherence = 0.9
stop_when = "t_lumbar_spine > -1.5"
[[habit]]
name = "exercise"
kind = "impact"
until = "12 months"
[[habit]]
name = "vitamin_d"
dose = "800 IU/day"
[[override]]
parameter = "sclerostin_secretion"
value = 0.5
from = "6 months"
until = "12 months"
[output]
end = "24 months"
at = ["0 months", "0.5 months", "24 months"]
of = ["bmd_total_hip", "t_lumbar_spine", "ctx"]
as = "ratio"
draws = 10
"""
)
RABBIT = tomllib.loads(
    """
format = 1
[animal]
species = "rabbit"
strain = "New Zealand"
sex = "female"
age = "30 weeks"
condition = "ovx"
condition_from = "-60 days"
[[cells]]
source = "umbilical_cord"
subtype = "wharton_jelly"
donor = { age = "0 days", disease = "none", match = "xenogeneic" }
passage = 4
viability = 0.95
pretreatment = ["simvastatin"]
product = "exosomes"
dose = "1e9 particles"
route = "local"
site = "tibia_left"
volume = "0.2 mL"
infusion_time = "2 min"
at = ["0 days", "7 days"]
heparin = true
vehicle = "saline with albumin"
[output]
end = "84 days"
of = ["bvtv_tibia_left"]
"""
)


def changed(table, path, value=...):
    table = copy.deepcopy(table)
    place = table
    for key in path[:-1]:
        place = place[key]
    if value is ...:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return table


def faults(table):
    with pytest.raises(InputError) as caught:
        read_scenario(table, "s.toml")
    for fault in caught.value.faults:
        assert fault.place.startswith("s.toml")
        assert fault.message
    return {f.place.removeprefix("s.toml").strip(): f for f in caught.value.faults}


def only(table):
    found = faults(table)
    assert len(found) == 1, found
    return next(iter(found.items()))


def test_every_key_is_read_as_a_canonical_number():
    s = read_scenario(WOMAN)
    assert (s.person.age, s.person.years_since_menopause, s.person.alcohol) == (64.0, 14.0, 2.0)
    assert s.person.baseline.t_total_hip == -2.0
    first, second = s.regimen
    assert (first.start, first.until, first.every) == (-24 * 30.4375, 0.0, 365.25)
    assert first.duration == pytest.approx(15 / 1440)
    assert second.amount == pytest.approx(20.0)
    assert (second.stop_when.quantity, second.stop_when.level) == ("t_lumbar_spine", -1.5)
    assert (s.override[0].value, s.override[0].start) == (0.5, 6 * 30.4375)
    assert s.output.days() == [0.0, 0.5 * 30.4375, 24 * 30.4375]
    assert s.features() == ()


def test_an_animal_with_cells_is_read_whole():
    s = read_scenario(RABBIT)
    assert (s.animal.age, s.animal.condition_from) == (210.0, -60.0)
    product = s.cells[0]
    assert (product.dose.value, product.dose.unit, product.site) == (1e9, "particles", "tibia_left")
    assert product.donor.age == 0.0
    assert product.at == [0.0, 7.0]
    assert product.infusion_time == pytest.approx(2 / 1440)


def test_what_is_left_out_has_its_default():
    s = read_scenario({"format": 1, "person": {"age": "70 years"}, "output": {"end": "1 year", "of": ["ctx"]}})
    assert (s.person.sex, s.output.as_, s.output.draws, s.regimen) == ("female", "value", 0, [])
    assert len(s.output.days()) == 13


def test_a_read_file_cannot_be_changed():
    s = read_scenario(WOMAN)
    with pytest.raises(ValueError, match="frozen"):
        s.person.age = 50.0
    with pytest.raises(dataclasses.FrozenInstanceError):
        s.regimen[0].dose.value = 50.0


def test_every_fault_is_told_at_once_each_at_its_place():
    table = changed(WOMAN, ["person", "age"], 66)
    table = changed(table, ["person", "surgical_menopause_at"], "40 years")
    table = changed(table, ["regimen", 0, "route"], "oral")
    table = changed(table, ["regimen", 0, "until"], "-25 months")
    table = changed(table, ["regimen", 1, "dose"], "20 IU")
    table = changed(table, ["regimen", 1, "evry"], "1 day")
    table = changed(table, ["habit", 0, "kind"], "swimming")
    table = changed(table, ["output", "at"], ["0 months", "25 months", 3])
    table = changed(table, ["animal"], {"species": "horse"})
    assert set(faults(table)) == {
        "",
        "[person] age",
        "[person] surgical_menopause_at",
        "[regimen.1] route",
        "[regimen.1] until",
        "[regimen.1] duration",
        "[regimen.2] dose",
        "[regimen.2] evry",
        "[habit.1] kind",
        "[output] at[3]",
        "[animal] species",
        "[animal] age",
    }


R1, R2 = ["regimen", 0], ["regimen", 1]
BAD = [
    (["person", "age"], 66.0, "[person] age", "missing_unit", '"66 years"'),
    (["person", "age"], "17 years", "[person] age", "out_of_range", "18 to 110"),
    (["person", "age"], "111 years", "[person] age", "out_of_range", "18 to 110"),
    (["person", "age"], datetime.date(1960, 1, 1), "[person] age", "bad_quantity", "date"),
    (["person", "age"], ..., "[person] age", "missing_key", 'age = "66 years"'),
    (["person", "bmi"], "24 kg", "[person] bmi", "wrong_dimension", "kg/m^2"),
    (["person", "weight"], "150 kg", "[person] weight", "contradiction", "height of 2.50 m"),
    (["person", "sex"], "male", "[person] sex", "contradiction", "no menopause"),
    (["person", "sex"], "Female", "[person] sex", "unknown_sex", "'female'"),
    (["person", "years_since_menopause"], "50 years", "[person] years_since_menopause", "contradiction", "before 18"),
    (["person", "smoking"], True, "[person] smoking", "unknown_smoking_habit", "never"),
    (["person", "prior_fractures"], "hip", "[person] prior_fractures", "bad_value", "a list"),
    (["person", "prior_fractures"], ["hip", "toe"], "[person] prior_fractures[2]", "unknown_fracture", "hip"),
    (["person", "baseline", "t_total_hip"], float("nan"), "[person.baseline] t_total_hip", "not_finite", "finite"),
    (["person", "baseline", "t_total_hip"], -25, "[person.baseline] t_total_hip", "bad_value", "at least -8"),
    (["person", "baseline", "t_total_hip"], "-2.5", "[person.baseline] t_total_hip", "bad_value", "plain number"),
    (["person", "baseline", "t_hip"], -2.5, "[person.baseline] t_hip", "unknown_key", "'t_total_hip'"),
    (["person"], [WOMAN["person"]], "person", "bad_value", "a table"),
    (["person"], "a woman", "person", "bad_value", "a table"),
    ([*R2, "drug"], "teriparatid", "[regimen.2] drug", "unknown_drug", "'teriparatide'"),
    ([*R2, "drug"], "tеriparatidе", "[regimen.2] drug", "unknown_drug", "not plain ASCII"),
    ([*R2, "drug"], ["teriparatide"], "[regimen.2] drug", "unknown_drug", "teriparatide"),
    ([*R2, "dose"], 20, "[regimen.2] dose", "missing_unit", '"20 mg" or "20 ug"'),
    ([*R2, "dose"], "-20 ug", "[regimen.2] dose", "out_of_range", "at least 0"),
    ([*R2, "dose"], float("nan"), "[regimen.2] dose", "missing_unit", "not a number"),
    ([*R2, "dose"], "1,5 ug", "[regimen.2] dose", "bad_quantity", '"1.5 ug"'),
    ([*R2, "dose"], "20 µg", "[regimen.2] dose", "bad_quantity", '"20 ug"'),
    ([*R2, "dose"], "9**9**9 ug", "[regimen.2] dose", "bad_quantity", "plain number"),
    ([*R2, "dose"], "20 ug/kg", "[regimen.2] dose", "wrong_dimension", "'ug'"),
    ([*R2, "dose"], "50 mg", "[regimen.2] dose", "extreme_dose", "allow_unstudied_dose = true"),
    ([*R2, "dose"], "1e308 g", "[regimen.2] dose", "bad_quantity", "too large"),
    ([*R2, "every"], "1 s", "[regimen.2] dose", "extreme_dose", "allow_unstudied_dose = true"),
    ([*R2, "every"], 1, "[regimen.2] every", "missing_unit", '"1 months" or "1 days"'),
    ([*R2, "every"], "0 days", "[regimen.2] every", "out_of_range", "40000"),
    ([*R2, "every"], ..., "[regimen.2] adherence", "contradiction", "single dose"),
    ([*R2, "adherence"], "90 percent", "[regimen.2] adherence", "bad_value", "plain number"),
    ([*R2, "adherence"], 1.5, "[regimen.2] adherence", "bad_value", "at most 1"),
    ([*R2, "from"], datetime.date(2024, 1, 1), "[regimen.2] from", "bad_quantity", "count from month 0"),
    ([*R2, "from"], "2024-01-01", "[regimen.2] from", "bad_quantity", "count from month 0"),
    ([*R2, "stop_when"], "t_lumbar_spine == -1.5", "[regimen.2] stop_when", "bad_condition", "=="),
    ([*R2, "stop_when"], "model.t > 1", "[regimen.2] stop_when", "bad_condition", "Attribute access"),
    ([*R2, "allow_extreme"], "yes", "[regimen.2] allow_extreme", "bad_value", "true or false"),
    ([*R1, "rate"], "400 mg/day", "[regimen.1] rate", "disagreement", "the dose is 5 mg"),
    ([*R1, "rate"], "400 mg", "[regimen.1] rate", "wrong_dimension", "mg/day"),
    ([*R1, "duration"], ..., "[regimen.1] rate", "missing_key", 'duration = "15 min"'),
    ([*R1, "until"], "-24 months", "[regimen.1] until", "reversed_range", "after"),
    ([*R1, "route"], "intravenos", "[regimen.1] route", "unknown_route", "'intravenous'"),
    ([*R1, "route"], "subcutaneous", "[regimen.1] route", "unknown_zoledronate_route", "intravenous"),
    (["regimen"], WOMAN["regimen"][0], "regimen", "bad_value", "[[regimen]]"),
    (["regimen"], [WOMAN["regimen"][0]] * 300, "regimen", "bad_value", "200"),
    (["habit", 0, "name"], "yoga", "[habit.1] name", "unknown_habit", "exercise"),
    (["habit", 0, "dose"], "1 mg/day", "[habit.1] dose", "unknown_key", "no dose"),
    (["habit", 0, "until"], "-1 months", "[habit.1] until", "reversed_range", "after"),
    (["habit", 1, "kind"], "D3", "[habit.2] kind", "unknown_key", "no kind"),
    (["habit", 1, "dose"], "800 IU", "[habit.2] dose", "wrong_dimension", "IU/day"),
    (["habit", 1, "dose"], 800, "[habit.2] dose", "missing_unit", '"800 IU/day"'),
    (["habit", 1, "dose"], "1e9 IU/day", "[habit.2] dose", "out_of_range", "100000"),
    (["override", 0, "factor"], 2.0, "[override.1] factor", "missing_key", "either a factor or a value"),
    (["override", 0, "value"], ..., "[override.1] factor", "missing_key", "either a factor or a value"),
    (["override", 0, "value"], float("inf"), "[override.1] value", "not_finite", "finite"),
    (["override", 0, "parameter"], "os.system", "[override.1] parameter", "bad_name", "ASCII"),
    (["override", 0, "until"], "3 months", "[override.1] until", "reversed_range", "after"),
    (["output", "of"], ["ctx", "ctx"], "[output] of[2]", "duplicate_name", "twice"),
    (["output", "of"], ["../../etc/passwd"], "[output] of[1]", "bad_name", "ASCII"),
    (["output", "of"], ["сtx"], "[output] of[1]", "bad_name", "'ctx'"),
    (["output", "of"], [], "[output] of", "bad_value", "empty"),
    (["output", "at"], [], "[output] at", "bad_value", "empty"),
    (["output", "at"], ["30 months"], "[output] at[1]", "bad_times", "after the end"),
    (["output", "at"], "1 min", "[output] at", "too_many_times", "20000"),
    (["output", "at"], 1, "[output] at", "missing_unit", '"1 months"'),
    (["output", "as"], "percent", "[output] as", "unknown_form", "percent_change"),
    (["output", "draws"], -1, "[output] draws", "bad_value", "at least 0"),
    (["output", "draws"], 10**12, "[output] draws", "bad_value", "at most 100000"),
    (["output", "draws"], 10.5, "[output] draws", "bad_value", "whole number"),
    (["output", "end"], "-1 months", "[output] end", "out_of_range", "days"),
    (["output"], ..., "output", "missing_key", "[output]"),
    (["person"], ..., "", "who", "neither"),
    (["animal"], RABBIT["animal"], "", "who", "both"),
    (["title"], "a\x1b[31mb", "title", "bad_name", "printable"),
    (["регимен"], 1, "регимен", "unknown_key", "not plain ASCII"),
    (["regimens"], 1, "regimens", "unknown_key", "'regimen'"),
]


@pytest.mark.parametrize(("path", "value", "place", "code", "word"), BAD, ids=range(len(BAD)))
def test_a_bad_scenario_is_told_once_with_place_code_and_help(path, value, place, code, word):
    where, fault = only(changed(WOMAN, path, value))
    assert (where, fault.code) == (place, code)
    assert word in fault.sentence()


BAD_CELLS = [
    ("dose", 1e9, "missing_basis", "has no unit"),
    ("dose", "2e6", "missing_basis", '"2e6 cells/kg"'),
    ("dose", "2e6 cells", "missing_basis", "particles"),
    ("dose", "2e6 cells/kg", "missing_basis", "particles"),
    ("dose", "5 mg", "missing_basis", "particles"),
    ("dose", "5 mg/kg", "missing_basis", "ug protein"),
    ("dose", "-1 particles", "out_of_range", "at least 0"),
    ("dose", "1e16 particles", "extreme_dose", "allow_unstudied_dose"),
    ("source", "adipos", "unknown_cell_source", "'adipose'"),
    ("source", "bone_marrow", "contradiction", "umbilical cord"),
    ("subtype", "wharton", "unknown_cord_subtype", "wharton_jelly"),
    ("route", "oral", "unknown_cell_route", "intramedullary"),
    ("route", "intravenous", "contradiction", "no site"),
    ("site", "elbow", "unknown_site", "femur_left"),
    ("product", "exosome", "unknown_product", "'exosomes'"),
    ("pretreatment", ["simvastatine"], "unknown_regulator", "'simvastatin'"),
    ("pretreatment", "simvastatin", "bad_value", "a list"),
    ("viability", 92, "bad_value", "at most 1"),
    ("viability", -0.1, "bad_value", "at least 0"),
    ("passage", 3.5, "bad_value", "whole number"),
    ("passage", -1, "bad_value", "at least 0"),
    ("at", [], "bad_value", "empty"),
    ("at", "0 days", "bad_value", "a list"),
    ("at", ["0 days", "0 months"], "duplicate_name", "twice"),
    ("infusion_time", 2, "missing_unit", '"2 min" or "2 h"'),
    ("heparin", 1, "bad_value", "true or false"),
    ("doze", "1e9 particles", "unknown_key", "'dose'"),
]


@pytest.mark.parametrize(("key", "value", "code", "word"), BAD_CELLS, ids=range(len(BAD_CELLS)))
def test_a_bad_cell_product_is_told_once(key, value, code, word):
    _, fault = only(changed(RABBIT, ["cells", 0, key], value))
    assert fault.code == code
    assert word in fault.sentence()


@pytest.mark.parametrize(
    ("key", "value", "word"),
    [
        ("species", "mice", "mouse"),
        ("age", "3 kg", "days"),
        ("condition", "ovariectomised", "ovx"),
        ("condition_from", "-300 days", "210 days old"),
        ("sex", "male", "no ovaries"),
        ("condition", "intact", "intact animal"),
    ],
)
def test_a_bad_animal_is_told_once(key, value, word):
    assert word in only(changed(RABBIT, ["animal", key], value))[1].sentence()


def test_two_habits_of_one_name_may_follow_each_other_but_not_overlap():
    later = {"name": "exercise", "kind": "walking", "from": "12 months"}
    read_scenario(changed(WOMAN, ["habit"], [WOMAN["habit"][0], later]))
    where, fault = only(changed(WOMAN, ["habit"], [WOMAN["habit"][0], later | {"from": "11 months"}]))
    assert (where, fault.code) == ("[habit.2] name", "overlap")


def test_two_overrides_of_one_parameter_may_not_overlap():
    table = changed(WOMAN, ["override"], [{"parameter": "a", "factor": 2.0}, {"parameter": "a", "value": 1.0}])
    assert only(table)[0] == "[override.2] parameter"


@pytest.mark.parametrize("key", [[*R2, "allow_unstudied_dose"], [*R2, "allow_extreme"], ["allow_unstudied_dose"]])
def test_an_extreme_dose_runs_when_it_is_meant_and_is_labelled(key):
    table = changed(changed(WOMAN, [*R2, "dose"], "50 mg"), key, True)
    regimen = read_scenario(table).regimen[1]
    assert regimen.extrapolated
    assert regimen.times_studied == pytest.approx(1250.0)
    assert "extrapolated dose" in features_used(read_scenario(table))


def test_an_infusion_of_no_time_is_refused():
    for table, where in ((WOMAN, [*R1, "duration"]), (RABBIT, ["cells", 0, "infusion_time"])):
        with pytest.raises(InputError, match="An infusion of 0 min is none"):
            read_scenario(changed(table, where, "0 min"))


@pytest.mark.parametrize(
    ("drug", "dose", "route", "every", "extrapolated"),
    [
        ("denosumab", "60 mg", "subcutaneous", "6 months", False),
        ("denosumab", "210 mg", "subcutaneous", "6 months", False),
        ("denosumab", "211 mg", "subcutaneous", None, True),
        ("denosumab", "60 mg", "subcutaneous", "1 week", True),
        ("alendronate", "70 mg", "oral", "1 week", False),
        ("alendronate", "70 mg", "oral", "1 day", True),
        ("alendronate", "10 mg", "oral", "1 day", False),
        ("romosozumab", "210 mg", "subcutaneous", "4 weeks", False),
        ("teriparatide", "80 ug", "subcutaneous", "1 day", True),
        ("zoledronate", "5 mg", "intravenous", "1 year", False),
        ("zoledronate", "5 mg", "intravenous", "3 months", True),
    ],
)
def test_beyond_the_studied_dose_or_schedule_is_extrapolated(drug, dose, route, every, extrapolated):
    row = {"drug": drug, "dose": dose, "route": route} | ({"every": every} if every else {})
    assert read_scenario(changed(WOMAN, ["regimen"], [row])).regimen[0].extrapolated == extrapolated


def test_features_are_named_so_that_they_can_be_refused():
    woman = features_used(read_scenario(WOMAN))
    assert {"person", "stop_when", "override", "infusion", "adherence", "draws", "habit 'exercise'"} <= woman
    rabbit = read_scenario(RABBIT)
    assert {"animal", "cells", "product 'exosomes'", "pretreatment", "condition 'ovx'"} <= features_used(rabbit)
    assert rabbit.features() == ()
    ill = read_scenario(changed(RABBIT, ["animal", "condition"], "glucocorticoid"))
    assert "glucocorticoid" in features_used(ill)


def test_joined_and_holding_rules_are_read_whole():
    both = "t_lumbar_spine > -1.5 and age > 70 years"
    row = read_scenario(changed(changed(WOMAN, [*R2, "stop_when"], both), [*R2, "hold_when"], "ctx < 0.1 ug/L"))
    assert row.regimen[1].quantities() == ("t_lumbar_spine", "age", "ctx")
    assert row.features() == () and {"stop_when with 'and'", "hold_when"} <= features_used(row)


def test_a_scenario_built_in_python_is_checked_too():
    s = read_scenario(WOMAN)
    again = Scenario.model_validate({"format": 1, "person": s.person, "regimen": s.regimen, "output": s.output})
    assert again.regimen == s.regimen
    with pytest.raises(ValueError, match="both"):
        Scenario.model_validate(
            {"format": 1, "person": s.person, "animal": read_scenario(RABBIT).animal, "output": s.output}
        )


def test_a_file_is_loaded_by_its_path_and_named_in_its_faults(tmp_path):
    path = tmp_path / "größe 1.toml"
    path.write_text('format = 1\n[person]\nage = "66 yeers"\n[output]\nend = "1 year"\nof = ["ctx"]\n')
    with pytest.raises(InputError) as caught:
        load_scenario(path)
    assert caught.value.faults[0].place == "größe 1.toml [person] age"
    assert caught.value.faults[0].hint == 'Write "66 years".'


def test_a_time_before_month_zero_is_looked_at_then_and_not_later():
    from osteon.simulation.scenario import simulate_scenario

    looks = {"end": "1 month", "at": ["-24 months", "0 months"], "of": ["age", "bmd_total_hip"]}
    s = read_scenario({"format": 1, "person": {"age": "66 years"}, "output": looks})
    value = {(r["output"], r["months"]): r["value"] for r in simulate_scenario(s).rows}
    assert value["age", -24.0] == pytest.approx(64.0)
    assert value["bmd_total_hip", -24.0] > value["bmd_total_hip", 0.0]
