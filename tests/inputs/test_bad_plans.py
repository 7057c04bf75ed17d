"""Plans that say something a trial cannot do: each answered by a sentence at its place, all of a file at once."""

import copy
import tomllib

import pytest

from osteon.errors import InputError
from osteon.inputs import read_study
from osteon.trial.check import check_study, read_whole_study

PLAN = tomllib.loads(
    """
format = 1
title = "A plan"
[population]
cohort = "postmenopausal_osteoporosis"
patients_per_arm = 50
[design]
duration = "24 months"
visits = ["0 months", "12 months", "24 months"]
[[arm]]
name = "placebo"
[[arm]]
name = "denosumab"
regimen = [{ drug = "denosumab", dose = "60 mg", route = "subcutaneous", every = "6 months" }]
[[endpoint]]
name = "bmd_total_hip"
visit = "24 months"
compare = "placebo"
"""
)
HIP, ALONE = PLAN["endpoint"][0], {"name": "bmd_total_hip", "visit": "24 months"}
SCORE = {"name": "t_total_hip", "visit": "24 months", "compare": "placebo"}
BREAKS = {"name": "hip_fracture", "visit": "24 months", "as": "incidence", "analysis": "cox", "compare": "placebo"}
FAULTS = [
    ({"endpoint": [ALONE | {"hypothesis": "non_inferiority", "margin": 1.0}]}, "endpoint.1] hypothesis: .*comparator"),
    ({"endpoint": [ALONE | {"missing": "jump_to_reference"}]}, "endpoint.1] missing: .*comparator"),
    ({"endpoint": [HIP, HIP]}, "endpoint.2] name: .*the same as endpoint 1"),
    ({"endpoint": [SCORE]}, "endpoint.1] as: A T-score has a zero of its own"),
    ({"endpoint": [SCORE | {"as": "value", "analysis": "ratio"}]}, "endpoint.1] as: A T-score"),
    ({"arm": PLAN["arm"][:1]}, "endpoint.1] compare: 'placebo' is the only arm"),
    ({"endpoint": [ALONE], "looks": {"information": [0.5, 1.0]}}, "looks: No endpoint of this file"),
    ({"endpoint": [BREAKS], "looks": {"information": [0.5, 1.0]}}, "looks: .*no fracture"),
    ({"population": {"cohort": "jp_women_50"}}, "population] cohort: .*others can be written out"),
    ({"population": {"cohort": "fredom"}}, "population] cohort: There is no cohort 'fredom'. Did you mean 'freedom'"),
]
NOBODY = [["age > 95 years"], ["age > 80 years", "bmi > 25 kg/m^2", "age < 80 years"], ["age < 45 years"]]
SOMEBODY = [["age >= 80 years", "age <= 80 years"], ["age > 60 years", "age >= 70 years", "age <= 70 years"]]


def faults(changes):
    with pytest.raises(InputError) as error:
        read_study(copy.deepcopy(PLAN) | changes, "plan.toml")
    return "\n".join(f.sentence() for f in error.value.faults)


@pytest.mark.parametrize(("changes", "sentence"), FAULTS)
def test_a_plan_that_cannot_be_carried_out(changes, sentence):
    import re

    assert re.search(sentence.replace("]", r"\]", 1) if "]" in sentence else sentence, faults(changes))


@pytest.mark.parametrize("conditions", NOBODY)
def test_conditions_that_exclude_each_other(conditions):
    assert "Nobody meets" in faults({"population": PLAN["population"] | {"eligible": conditions}})


@pytest.mark.parametrize("conditions", SOMEBODY)
def test_conditions_that_meet_in_one_point_are_none_of_these(conditions):
    assert read_study(copy.deepcopy(PLAN) | {"population": PLAN["population"] | {"eligible": conditions}})


def test_a_score_as_value_is_a_plan():
    check_study(read_study(copy.deepcopy(PLAN) | {"endpoint": [SCORE | {"as": "value"}]}))


def test_ten_faults_are_told_at_once():
    plan = copy.deepcopy(PLAN)
    plan["population"] |= {"patients_per_arm": 0, "cohort": "nowhere", "eligible": ["age > 99 years"]}
    plan["design"]["dropout"] = "-5 percent/year"
    plan["arm"][1]["name"] = "placebo"
    plan["endpoint"][0] |= {"name": "bmd_hip", "hypothesis": "superiority", "margin": -1.0, "covariates": ["agee"]}
    plan["looks"] = {"information": [0.5, 1.2]}
    plan["escalation"] = {"rule": "boin"}
    with pytest.raises(InputError) as error:
        read_whole_study(plan, "plan.toml")
    told = "\n".join(f.sentence() for f in error.value.faults)
    for part in (
        "0 patients",
        "'nowhere'",
        "age > 99",
        "-5 percent",
        "Two arms",
        "wrong sign",
        "'agee'",
        "none comes after the end",
        "has no cells",
        "'bmd_hip'",
    ):
        assert part in told, part


def test_looks_of_a_plan_at_fractures_alone():
    from osteon.inputs.analysis_plan import read_analysis_plan

    with pytest.raises(InputError, match="no fracture"):
        read_analysis_plan(
            {"format": 1, "endpoint": [BREAKS], "looks": {"information": [0.5, 1.0]}}, copy.deepcopy(PLAN)
        )
