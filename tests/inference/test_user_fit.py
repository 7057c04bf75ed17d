"""Rows of one's own: every fault at once; numbers come back from rows made with them; the command and Python answer alike."""

import csv
import json

import numpy as np
import pytest

import osteon as ost
from osteon.cli import main
from osteon.errors import InputError
from osteon.inference.targets import run_arms
from osteon.inference.user_fit import fit_to_user_data, free_priors
from osteon.inference.user_rows import user_data
from osteon.replication.published import Arm, months_of, predicted

COHORT = """
format = 1
id = "OWN"
n = 120
[population]
age = 66
years_since_menopause = 16
bmi = 25
t_total_hip = -1.8
[[arm]]
name = "placebo"
[[arm]]
name = "denosumab"
regimen = [{ drug = "denosumab", dose = "60 mg", route = "subcutaneous", every = "6 months", until = "23 months" }]
"""
PLACES = [(e, t) for e in ("bmd_total_hip", "bmd_lumbar_spine", "ctx") for t in (6, 12, 18, 24)]


@pytest.fixture
def cohort(tmp_path):
    file = tmp_path / "own.toml"
    file.write_text(COHORT, encoding="utf-8")
    return file


def blank(arm="denosumab"):
    return [{"arm": arm, "endpoint": e, "months": t, "value": 0.0, "unit": "pct_change_baseline"} for e, t in PLACES]


def made(cohort, values, noise=0.0, seed=1):
    """Rows as the model shows them with these values, with noise."""
    data = user_data(blank(), cohort)
    arms = tuple(Arm(a.cohort, a.name, a.regimens, a.rows) for a in data.arms)
    assert months_of(arms[0], arms)
    curves = run_arms(arms, {k: np.array([v]) for k, v in values.items()}, 1)
    rng = np.random.default_rng(seed)
    rows = []
    for m in data.rows:
        value = float(predicted(m, curves)[0])
        fold = (1 + value / 100) * np.exp(
            (0.003 if m.endpoint.startswith("bmd") else 0.06) * noise * rng.standard_normal()
        )
        row = {"arm": m.arm, "endpoint": m.endpoint, "months": m.months, "value": 100 * (fold - 1), "unit": m.unit}
        sd = 3.0 if m.endpoint.startswith("bmd") else 40.0
        rows.append(row | {"sd": sd, "unc_type": "SD", "n": 120})
    return rows


def test_every_fault_of_rows_cohort_and_names_is_told_at_once(tmp_path, cohort, capsys):
    rows = [
        dict(blank()[0], value="plenty"),
        dict(blank()[1], arm="denosumap"),
        dict(blank()[2], months=-3),
        dict(blank()[3], unit="percent"),
        dict(blank()[4], endpoint="bmd_hip"),
        dict(blank()[5], unit="pct_diff_vs_comparator"),
        dict(blank()[6], unit="pct_change_from_month"),
        blank()[7],
        blank()[7],
    ]
    with pytest.raises(InputError) as told:
        user_data(rows, cohort)
    text = "\n".join(f.sentence() for f in told.value.faults)
    for part in (
        "'plenty'",
        "Did you mean 'denosumab'",
        "months = -3",
        "unit of a change",
        "bmd_total_hip",
        "comparator",
        "from_month",
    ):
        assert part in text, (part, text)
    with pytest.raises(InputError, match="same arm, endpoint and month"):
        user_data([blank()[7], blank()[7]], cohort)
    with pytest.raises(InputError, match="'months' is missing"):
        user_data(
            [{"arm": "denosumab", "endpoint": "ctx", "month": 3, "value": 1, "unit": "pct_change_baseline"}], cohort
        )
    file = tmp_path / "rows.csv"
    file.write_text("arm,endpoint,months,value,unit\ndenosumab,ctx,6,-70\n", encoding="utf-8")
    assert main(["fit", "--data", str(file), "--free", "denosumab_cll,age_at_start", "--cohort", str(cohort)]) == 2
    said = capsys.readouterr().err
    assert "as many cells" in said and "denosumab_cl" in said and "covariate" in said
    assert main(["fit", "--free", "denosumab_cl"]) == 2 and "--data" in capsys.readouterr().err
    bad = tmp_path / "bad.toml"
    bad.write_text(COHORT.replace("age = 66", "agee = 66").replace('"placebo"', '"denosumab"'), encoding="utf-8")
    with pytest.raises(InputError) as both:
        user_data(blank(), bad)
    assert len(both.value.faults) == 2 and "Did you mean 'age'" in str(both.value)


def test_a_number_comes_back_from_rows_that_were_made_with_it(cohort):
    (prior,) = free_priors(["denosumab_effect_kd"])
    true = {prior.name: float(prior.at(np.array([0.97]))[0])}
    found = fit_to_user_data(user_data(made(cohort, true), cohort), list(true))
    row = found.summary.parameters[0]
    before, after = (abs(np.log(v / true[prior.name])) for v in (prior.parameter.value, row.mean))
    assert after < before, (true, row)
    assert found.profiles.shape == (1, 11) and found.profiles.min() == 0
    assert found.profiles[0, 0] > 0.5 or found.profiles[0, -1] > 0.5
    assert np.mean([r["inside"] for r in found.predictive]) > 0.8 and len(found.predictive) == len(PLACES)


def test_the_command_and_python_answer_alike(tmp_path, cohort, capsys):
    rows = made(cohort, {"denosumab_effect_kd": 0.5}, noise=1.0)
    file = tmp_path / "rows.csv"
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    words = ["fit", "--data", str(file), "--free", "denosumab_effect_kd", "--cohort", str(cohort), "--json"]
    assert main([*words, "--out", str(tmp_path / "fit.json")]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert {"profiles", "predictive", "pairs", "summary"} <= set(answer) and (tmp_path / "fit.json").is_file()
    assert answer["rows"][0]["parameter"] == "denosumab_effect_kd" and answer["rows"][0]["mode"] > 0
    again = ost.fit(str(file), ["denosumab_effect_kd"], str(cohort))
    assert again.df["mean"].tolist() == [r["mean"] for r in answer["rows"]]
    assert set(again.predictive["row"]) == {r["row"] for r in answer["predictive"]}
