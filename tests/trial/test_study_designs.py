"""Designs written in study files: looks with futility, re-estimation, escalation, covariates and the model's own forecast."""

import json
import tomllib

import numpy as np
import pytest

from osteon.errors import InputError
from osteon.inputs import load_study, read_study, schema
from osteon.io.outcome_store import read_parquet
from osteon.statistics.group_sequential import spending_boundaries
from osteon.trial.escalation_study import dose_names, most_patients, plan_of, toxicity
from osteon.trial.reanalysis import reanalyse
from osteon.trial.run import contents, join, resume, run

TWO = """
format = 1
title = "Two drugs"
[population]
cohort = "postmenopausal_osteoporosis"
patients_per_arm = 30
[design]
duration = "12 months"
visits = ["0 months", "6 months", "12 months"]
[[arm]]
name = "zoledronate"
[[arm.regimen]]
drug = "zoledronate"
dose = "5 mg"
route = "intravenous"
duration = "15 min"
[[arm]]
name = "denosumab"
[[arm.regimen]]
drug = "denosumab"
dose = "60 mg"
route = "subcutaneous"
every = "6 months"
[[endpoint]]
name = "bmd_lumbar_spine"
visit = "12 months"
compare = "zoledronate"
{endpoint}
{more}
"""
DOSES = ("1e6", "4e6", "1.6e7", "6.4e7")
CELLS = """
[[arm]]
name = "{dose}/kg"
[[arm.cells]]
source = "umbilical_cord"
subtype = "wharton_jelly"
donor = {{ age = "0 days", match = "allogeneic" }}
passage = 4
dose = "{dose} cells/kg"
route = "intravenous"
infusion_time = "60 min"
at = ["0 months"]
"""
ESCALATION = (
    """
format = 1
title = "Escalation"
[population]
cohort = "postmenopausal_osteoporosis"
[design]
duration = "3 months"
visits = ["0 months", "3 months"]
[escalation]
{steps}
[[endpoint]]
name = "p1np"
visit = "3 months"
"""
    + "".join(CELLS.format(dose=d) for d in DOSES).replace("{", "{{").replace("}", "}}")
    + "{more}"
)
STEPS = 'rule = "boin"\nmax_patients = 12\ntoxicity = ["embolism", "death", "procoagulant", "fever"]\nbackground = "5 percent"'


def written(folder, text):
    path = folder / "study.toml"
    path.write_text(text)
    return path


def denosumab(result):
    return next(r for r in result["endpoints"] if r["arm"] == "denosumab")


def test_looks_and_re_estimation_of_a_study_stand_in_its_result(tmp_path):
    more = (
        '[looks]\ninformation = [0.5, 1.0]\nfutility = "hwang_shih_decani"\n[re_estimation]\ndifference = 2.0\nsd = 1.0'
    )
    result = run(written(tmp_path, TWO.format(endpoint="", more=more)), tmp_path / "run")
    row = denosumab(result)
    first = row["looks"][0]
    assert first["information"] == 0.5 and first["futility_bound"] < first["bound"]
    assert row["looks"][-1]["stop"] in ("efficacy", "futility", "end")
    assert 0 < row["power_sequential"] <= 1 and 0.5 <= row["expected_information"] <= 1
    again = result["re_estimation"]
    assert again["sd_blinded"] > 1.0 and again["re_estimated"][0] > again["planned"][0]
    assert again["patients_seen"] == 30
    told = " ".join(result["design"])
    assert "Blinded look at 50%" in told and "denosumab" in told


def test_looks_without_futility_have_the_bounds_of_their_spending_function(tmp_path):
    more = '[looks]\ninformation = [0.4, 1.0]\nspending = "pocock"'
    row = denosumab(run(written(tmp_path, TWO.format(endpoint="", more=more)), tmp_path / "run"))
    bounds = spending_boundaries([0.4, 1.0], 0.05, "pocock").upper
    assert [x["bound"] for x in row["looks"]] == pytest.approx(bounds[: len(row["looks"])].tolist())


def test_covariates_and_forecast_adjust_and_their_gain_is_told(tmp_path):
    endpoint = 'covariates = ["age", "bmi", "egfr"]\nprognostic = true'
    result = run(written(tmp_path, TWO.format(endpoint=endpoint, more="")), tmp_path / "run")
    row = denosumab(result)
    assert row["covariates"] == ["age", "bmi", "egfr", "forecast"] and row["estimand"] == "hypothetical"
    assert 0.2 < row["variance_left"] < 1.2
    assert row["power"] is not None and row["power_without_forecast"] is not None
    forecast = read_parquet([tmp_path / "run" / "forecast.parquet"], "patient")
    drawn = read_parquet([tmp_path / "run" / "patients.parquet"], "patient")
    assert forecast["patient"].tolist() == drawn["patient"].tolist() and len(forecast.columns) == 2
    assert forecast.iloc[:, 1].std() > 0
    plan = tmp_path / "plan.toml"
    plan.write_text(
        'format = 1\n[[endpoint]]\nname = "bmd_lumbar_spine"\nvisit = "12 months"\ncompare = "zoledronate"\n' + endpoint
    )
    same = next(r for r in reanalyse(tmp_path / "run", plan) if r["arm"] == "denosumab")
    assert same["difference"] == row["difference"] and same["variance_left"] == row["variance_left"]
    plan.write_text(
        'format = 1\n[[endpoint]]\nname = "ctx"\nvisit = "12 months"\ncompare = "zoledronate"\nprognostic = true'
    )
    with pytest.raises(InputError, match="no forecast"):
        reanalyse(tmp_path / "run", plan)


def test_ancova_with_covariates_is_least_squares(tmp_path):
    import statsmodels.api as sm

    endpoint = 'covariates = ["age", "t_total_hip"]'
    row = denosumab(run(written(tmp_path, TWO.format(endpoint=endpoint, more="")), tmp_path / "run"))
    people = read_parquet([tmp_path / "run" / "patients.parquet"], "patient").set_index("patient")
    table = read_parquet(
        sorted((tmp_path / "run" / "outcomes").glob("*.parquet")), "patient", "output = 'bmd_lumbar_spine'"
    )
    wide = table.pivot(index="patient", columns="visit", values="value")
    y = 100 * (wide.iloc[:, -1] / wide.iloc[:, 0] - 1)
    x = np.column_stack([people["arm"] == "denosumab", wide.iloc[:, 0], people["age"], people["t_total_hip"]]).astype(
        float
    )
    fit = sm.OLS(y.to_numpy(), sm.add_constant(x)).fit()
    assert row["difference"] == pytest.approx(fit.params[1], rel=1e-9) and row["p"] == pytest.approx(
        fit.pvalues[1], rel=1e-6
    )


def test_an_escalation_enrols_by_cohorts(tmp_path):
    path = written(tmp_path, ESCALATION.format(steps=STEPS, more=""))
    result = run(path, tmp_path / "run")
    course = result["escalation"]["trials"][0]
    people = read_parquet([tmp_path / "run" / "patients.parquet"], "patient")
    assert result["patients"] == len(people) == sum(course["treated"].values()) <= most_patients(load_study(path))
    assert people["arm"].tolist() == [arm for arm in course["path"] for _ in range(3)]
    assert {r["arm"]: r["n"] for r in result["endpoints"]} == course["treated"]
    assert "Escalation (boin)" in result["design"][0]
    assert json.loads(json.dumps(result["escalation"])) == result["escalation"]


def test_an_escalation_is_the_same_in_parts_and_resumed(tmp_path):
    path = written(tmp_path, ESCALATION.format(steps=STEPS, more="[uncertainty]\nparameter_draws = 3"))
    run(path, tmp_path / "whole", batch=5)
    for k in (1, 2):
        run(path, tmp_path / f"part{k}", batch=5, part=f"{k}/2")
    join(tmp_path / "joined", [tmp_path / "part1", tmp_path / "part2"])
    assert contents(tmp_path / "joined") == contents(tmp_path / "whole")
    before = contents(tmp_path / "whole")
    resume(tmp_path / "whole")
    assert contents(tmp_path / "whole") == before


def test_toxicities_rise_with_the_dose_and_are_a_draw_a_trial():
    from osteon.trial.enrol import drawn
    from osteon.trial.trials import trials_of

    study = read_study(tomllib.loads(ESCALATION.format(steps=STEPS, more="[uncertainty]\nparameter_draws = 30")))
    chances = np.stack([toxicity(study, drawn(study, 1, t.first, 6), 1) for t in trials_of(study, 1)])
    assert np.all(np.diff(chances, axis=2) >= 0) and chances.min() >= 0.05
    within, between = chances[:, :, 2].std(axis=1).mean(), chances[:, :, 2].mean(axis=1).std()
    assert between > 3 * within


def test_three_plus_three_needs_at_most_six_a_dose():
    study = read_study(tomllib.loads(ESCALATION.format(steps='rule = "three_plus_three"', more="")))
    assert most_patients(study) == 24 and plan_of(study).doses == 4 and dose_names(study)[0] == "1e6/kg"


def test_every_fault_of_a_design_at_once(tmp_path):
    steps = 'rule = "crm"\ncohort = 6\nmax_patients = 3\ntarget = 0.9\ndoses = ["1e6/kg", "none"]\nstart = "x"\ntoxicity = ["nausea"]'
    text = ESCALATION.format(
        steps=steps, more="[looks]\ninformation = [0.5, 1.2]\n[re_estimation]\nendpoint = 7\ndifference = 0\nsd = 1.0"
    )
    text = text.replace("[escalation]", 'allocation = "1:1:1:1"\n[escalation]')
    with pytest.raises(InputError) as error:
        load_study(written(tmp_path, text))
    told = " ".join(f"{f.place}: {f.message}" for f in error.value.faults)
    for part in (
        "skeleton", "max_patients", "target", "none", "start", "nausea", "allocation", "Looks must rise",
        "no endpoint 7", "difference of 0", "looks after every cohort",
    ):  # fmt: skip
        assert part in told, part


@pytest.mark.parametrize(
    ("endpoint", "part"),
    [
        ('analysis = "mixed_model"\nprognostic = true', "ancova"),
        ('covariates = ["shoe_size"]', "shoe_size"),
        ('covariates = ["age", "age"]', "twice"),
    ],
)
def test_adjustments_that_an_analysis_has_not_are_refused(tmp_path, endpoint, part):
    with pytest.raises(InputError, match=part):
        load_study(written(tmp_path, TWO.format(endpoint=endpoint, more="")))


def test_the_schema_knows_every_design():
    body = schema("study")
    assert {"escalation", "looks", "re_estimation"} <= set(body["properties"])
    assert {"rule", "doses", "skeleton", "toxicity", "within"} <= set(body["$defs"]["EscalationDesign"]["properties"])
    assert {"covariates", "prognostic"} <= set(body["$defs"]["Endpoint"]["properties"])
    assert {"match", "eligible"} <= set(body["$defs"]["Population"]["properties"])
