"""The files people write: good ones load, bad ones tell every fault and where it stands."""

import copy
import tomllib
from pathlib import Path

import pytest

from osteon.errors import InputError
from osteon.trial.check import check_scenario, check_study
from osteon.trial.files import load_scenario, load_study, read_scenario, read_study

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
WOMAN = tomllib.loads((EXAMPLES / "scenario_woman.toml").read_text())
STUDY = tomllib.loads((EXAMPLES / "stopping_denosumab.toml").read_text())
RAT = tomllib.loads(
    """
format = 1
[animal]
species = "rat"
strain = "Wistar"
age = "16 weeks"
condition = "ovx"
condition_from = "-90 days"
[[cells]]
source = "bone_marrow"
donor = { age = "8 weeks", disease = "none", match = "allogeneic" }
passage = 3
viability = 0.92
dose = "2e6 cells"
route = "intramedullary"
site = "femur_left"
volume = "0.1 mL"
infusion_time = "1 min"
at = ["0 days"]
[output]
end = "168 days"
at = "7 days"
of = ["bvtv_femur_left"]
"""
)


def change(table, path, value):
    table = copy.deepcopy(table)
    place = table
    for key in path[:-1]:
        place = place[key]
    if value is ...:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return table


def test_the_examples_load():
    for path in EXAMPLES.glob("*.toml"):
        load = load_study if "[design]" in path.read_text() else load_scenario
        load(path)
    assert check_scenario(load_scenario(EXAMPLES / "scenario_woman.toml")) == ()
    assert check_study(load_study(EXAMPLES / "stopping_denosumab.toml")) == ()


def test_animals_and_cells_are_read_and_named_as_not_built():
    assert set(read_scenario(RAT).features()) == {"cells", "animal"}


REGIMEN = ["regimen", 1]
BAD_SCENARIOS = [
    ([*REGIMEN, "dose"], 60, "missing_unit"),
    ([*REGIMEN, "dose"], "-60 mg", "out_of_range"),
    ([*REGIMEN, "dose"], "nan mg", "bad_quantity"),
    ([*REGIMEN, "dose"], "1,5 mg", "bad_quantity"),
    ([*REGIMEN, "dose"], "60 days", "wrong_dimension"),
    ([*REGIMEN, "dose"], "1000000 mg", "extreme_dose"),
    ([*REGIMEN, "drug"], "denosumap", "unknown_drug"),
    ([*REGIMEN, "drug"], "denоsumab", "unknown_drug"),  # a Cyrillic letter
    ([*REGIMEN, "route"], "oral", "unknown_denosumab_route"),
    ([*REGIMEN, "until"], "-1 months", "reversed_range"),
    ([*REGIMEN, "from"], "2024-01-01", "bad_quantity"),
    ([*REGIMEN, "adherence"], 1.5, "bad_value"),
    ([*REGIMEN, "evry"], "6 months", "unknown_key"),
    ([*REGIMEN, "stop_when"], "__import__('os')", "bad_condition"),
    ([*REGIMEN, "duration"], "7 months", "overlap"),
    (["person", "age"], "7 years", "out_of_range"),
    (["person", "age"], ..., "missing_key"),
    (["person", "years_since_menopause"], "60 years", "contradiction"),
    (["person", "sex"], "femal", "unknown_sex"),
    (["person", "baseline", "t_total_hip"], float("nan"), "not_finite"),
    (["output", "of"], [], "bad_value"),
    (["output", "of"], ["../../etc/passwd"], "bad_name"),
    (["output", "as"], "percent", "unknown_form"),
    (["output", "at"], "1 s", "too_many_times"),
    (["output", "draws"], -3, "bad_value"),
    (["override"], [{"parameter": "k_dkk1"}], "missing_key"),
    (["animal"], RAT["animal"], "who"),
    (["person"], ..., "who"),
]


@pytest.mark.parametrize("path, value, code", BAD_SCENARIOS, ids=lambda v: str(v)[:40])
def test_a_bad_scenario_is_refused(path, value, code):
    with pytest.raises(InputError) as caught:
        read_scenario(change(WOMAN, path, value), "woman.toml")
    assert code in {f.code for f in caught.value.faults}, caught.value.faults
    assert all(f.place.startswith("woman.toml") and f.message for f in caught.value.faults)


BAD_STUDIES = [
    (["population", "patients_per_arm"], 0, "bad_number"),
    (["population", "patients_per_arm"], -5, "bad_number"),
    (["population", "patients_per_arm"], 10**12, "bad_number"),
    (["population", "eligible"], ["agee >= 55 years"], "unknown_quantity"),
    (["design", "allocation"], "nan:1", "bad_allocation"),
    (["design", "allocation"], "1:1:1", "bad_allocation"),
    (["design", "visits"], ["0 months", "61 months"], "visit_outside"),
    (["design", "visits"], ["12 months", "0 months"], "visits_order"),
    (["design", "dropout"], "10 percent", "wrong_dimension"),
    (["endpoint", 0, "alpha"], 5, "bad_value"),
    (["endpoint", 0, "visit"], "7 months", "no_such_visit"),
    (["endpoint", 0, "compare"], "stopp", "unknown_arm"),
    (["arm", 1, "name"], "stop", "duplicate_name"),
    (["arm"], [], "bad_value"),
    (["format"], 1.0, "bad_value"),
    (["titel"], "x", "unknown_key"),
    (["uncertainty", "parameters"], "some", "unknown_parameter_source"),
]


@pytest.mark.parametrize("path, value, code", BAD_STUDIES, ids=lambda v: str(v)[:40])
def test_a_bad_study_is_refused(path, value, code):
    with pytest.raises(InputError) as caught:
        read_study(change(STUDY, path, value), "study.toml")
    assert code in {f.code for f in caught.value.faults}, caught.value.faults


def test_all_faults_of_a_file_are_told_at_once():
    table = change(
        change(change(WOMAN, ["person", "age"], "660 years"), ["regimen", 0, "drug"], "x"), ["output", "offf"], 1
    )
    with pytest.raises(InputError) as caught:
        read_scenario(table)
    assert len(caught.value.faults) == 3


def test_a_thousandfold_dose_needs_to_be_meant_and_a_large_one_is_labelled():
    meant = change(change(WOMAN, [*REGIMEN, "dose"], "300000 mg"), [*REGIMEN, "allow_extreme"], True)
    assert read_scenario(meant).regimen[1].extrapolated
    assert read_scenario(change(WOMAN, [*REGIMEN, "dose"], "240 mg")).regimen[1].extrapolated
    assert not read_scenario(WOMAN).regimen[1].extrapolated


def test_cells_need_a_basis():
    with pytest.raises(InputError, match="needs its basis"):
        read_scenario(change(RAT, ["cells", 0, "dose"], "2 mg"))
    with pytest.raises(InputError, match="Did you mean 'adipose'"):
        read_scenario(change(RAT, ["cells", 0, "source"], "adipos"))


def test_names_the_model_lacks_are_refused_before_anything_runs():
    with pytest.raises(InputError, match="Did you mean 'p1np'"):
        check_scenario(read_scenario(change(WOMAN, ["output", "of"], ["p1npp"])))
    with pytest.raises(InputError, match="sclerostin_secretion"):
        check_scenario(
            read_scenario(change(WOMAN, ["override"], [{"parameter": "sclerostin_secretio", "factor": 0.5}]))
        )
    with pytest.raises(InputError, match="no cohort"):
        check_study(read_study(change(STUDY, ["population", "cohort"], "nobody")))
