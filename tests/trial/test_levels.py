"""Three levels of chance kept apart: parameters are one draw a trial, persons and measurement are each patient's own."""

import json
import math

import numpy as np
import pytest

from osteon.cells.translation import translation_at
from osteon.errors import InputError
from osteon.inputs import load_study
from osteon.inputs.population import MAX_PATIENTS
from osteon.io.outcome_store import read_parquet
from osteon.simulation.assembly import human_model
from osteon.simulation.cell_products import cell_doses, cell_modules, cell_product_draws, human_bones
from osteon.statistics.sample_size import power_of_means
from osteon.trial.power import Hypothesis, Spread, power_of_difference
from osteon.trial.run import contents, resume, run
from osteon.trial.trials import draws_of, levels_sentence, trials_of

STUDY = """
format = 1
title = "Two drugs"
[population]
cohort = "postmenopausal_osteoporosis"
patients_per_arm = {patients}
[design]
duration = "24 months"
visits = [{visits}]
[[arm]]
name = "zoledronate"
[[arm.regimen]]
drug = "zoledronate"
dose = "5 mg"
route = "intravenous"
duration = "15 min"
every = "12 months"
[[arm]]
name = "denosumab"
[[arm.regimen]]
drug = "denosumab"
dose = "60 mg"
route = "subcutaneous"
every = "6 months"
{more}
[[endpoint]]
name = "bmd_total_hip"
visit = "24 months"
compare = "zoledronate"
[uncertainty]
{levels}
"""
VISITS = '"0 months", "12 months", "24 months"'


def written(folder, patients=20, levels="replicates = 1", visits=VISITS, more="", name="study"):
    path = folder / f"{name}.toml"
    path.write_text(STUDY.format(patients=patients, levels=levels, visits=visits, more=more))
    return path


def of_denosumab(result):
    return next(r for r in result["endpoints"] if r["arm"] == "denosumab")


def outcomes(folder):
    table = read_parquet(sorted((folder / "outcomes").glob("*.parquet")), "patient, visit, output")
    return {
        (r.patient, round(r.visit, 6), r.output): r.value for r in table.itertuples() if r.output == "bmd_total_hip"
    }


@pytest.fixture(scope="module")
def eight(tmp_path_factory):
    """The example of eight draws: 150 patients an arm, one draw of the parameters shared by all of a trial."""
    folder = tmp_path_factory.mktemp("eight")
    return run(written(folder, 150, "parameter_draws = 8"), folder / "run")


def test_by_default_one_trial_in_the_central_draw_and_it_is_said(tmp_path):
    study = load_study(written(tmp_path))
    assert draws_of(study) == [0] and [t.number for t in trials_of(study, 20)] == [0]
    result = run(written(tmp_path), tmp_path / "run")
    assert "central draw" in result["levels"] and result["trials"] == []
    row = of_denosumab(result)
    assert row["trials"] == 1 and row["interval_levels"] == "persons, measurement"
    assert row["prediction_levels"] == "parameters, between-study offset, persons, measurement"
    assert row["prediction_hi"] - row["prediction_lo"] > row["difference_hi"] - row["difference_lo"] - 0.2
    assert {"power", "assurance", "uncertainty_share", "patients_needed_90"} <= set(row)


def test_eight_draws_differ_by_more_than_one_trial_can_tell(eight):
    row = of_denosumab(eight)
    trials = [t for t in eight["trials"] if t["arm"] == "denosumab"]
    assert len(trials) == row["trials"] == 8 and [t["draw"] for t in trials] == list(range(1, 9))
    results = np.array([t["difference"] for t in trials])
    assert row["results_sd"] == pytest.approx(results.std(ddof=1))
    # results vary by unknown parameters and by sampling; eight draws estimate the sum within the 99.9 % limits of chi-square
    both = math.hypot(row["uncertainty_sd"], row["sampling_sd"])
    assert 0.29 < (row["results_sd"] / both) ** 2 < 3.5
    assert row["sampling_sd"] == pytest.approx(np.mean([t["se"] for t in trials]), rel=0.15)
    half = 0.5 * (row["difference_hi"] - row["difference_lo"])
    assert half == pytest.approx(np.mean([t["difference_hi"] - t["difference_lo"] for t in trials]) / 2)
    assert row["uncertainty_share"] > 0.2


def test_assurance_lies_below_power_and_both_follow_n(eight):
    curve = [c for c in eight["power"] if c["arm"] == "denosumab"]
    power, assurance = [c["power"] for c in curve], [c["assurance"] for c in curve]
    row = of_denosumab(eight)
    assert row["power"] == pytest.approx(power[3]) and row["assurance"] == pytest.approx(assurance[3])
    assert row["assurance"] < row["power"]
    assert power == sorted(power) and assurance == sorted(assurance) and power[-1] > 0.9
    slope = [(a[5] - a[3]) for a in (power, assurance)]
    assert slope[0] > 0 and slope[1] > 0  # more patients help both


def test_ten_patients_an_arm_have_little_power_and_160_have_most_of_it(tmp_path):
    result = run(written(tmp_path, 40), tmp_path / "run")
    curve = [c for c in result["power"] if c["arm"] == "denosumab"]
    assert [c["n"] for c in curve][::7] == [10, 160]
    assert curve[0]["power"] < 0.7 and curve[-1]["power"] > 0.9


def test_the_share_of_uncertainty_grows_with_n(tmp_path):
    few = of_denosumab(run(written(tmp_path, 10), tmp_path / "few"))
    many = of_denosumab(run(written(tmp_path, 80), tmp_path / "many"))
    assert few["expected_difference"] == many["expected_difference"]  # what is to be expected does not hang on n
    assert few["uncertainty_sd"] == many["uncertainty_sd"]
    assert few["uncertainty_share"] < many["uncertainty_share"]
    assert few["sampling_sd"] > many["sampling_sd"]


def test_sampling_falls_with_the_root_of_n_and_uncertainty_does_not():
    draws = np.array([0.5, 1.0, 1.5, 2.0])
    few, many = (power_of_difference(1.2, draws, Spread(2.0, n, n), Spread(2.0, n, n), 0.05, 0.0) for n in (50, 200))
    assert few["sampling_sd"] == pytest.approx(2 * many["sampling_sd"])
    assert few["uncertainty_sd"] == many["uncertainty_sd"] == pytest.approx(draws.std(ddof=1))
    share = draws.var(ddof=1) / (draws.var(ddof=1) + 2 * 4.0 / 50)
    assert few["uncertainty_share"] == pytest.approx(share)
    assert few["assurance"] < few["power"] < many["power"] and few["assurance"] < many["assurance"]


def test_replicates_are_trials_of_their_own(tmp_path):
    one = run(written(tmp_path, 20), tmp_path / "one")
    three = run(written(tmp_path, 20, "replicates = 3"), tmp_path / "three")
    trials = [t for t in three["trials"] if t["arm"] == "denosumab"]
    assert len({t["difference"] for t in trials}) == 3 and all(t["n"] == 20 for t in trials)
    assert trials[0]["difference"] == of_denosumab(one)["difference"]  # the first trial is the one that runs alone
    width = [of_denosumab(r)["difference_hi"] - of_denosumab(r)["difference_lo"] for r in (one, three)]
    assert 0.6 < width[1] / width[0] < 1.6  # an interval is that of a trial, however many are run
    people = read_parquet([tmp_path / "three" / "patients.parquet"], "patient")
    assert sorted(people.trial.unique()) == [0, 1, 2] and (people.patient // MAX_PATIENTS == people.trial).all()
    assert people.groupby("trial").age.mean().nunique() == 3
    assert (people.groupby(["trial", "arm"]).size() == 20).all()


def test_all_patients_of_a_trial_share_its_draw(tmp_path):
    """Noise taken away, the patients of a draw move together: two trials in one draw differ by less than two draws."""
    result = run(written(tmp_path, 30, "parameter_draws = 4\nreplicates = 2"), tmp_path / "run")
    rows = [t for t in result["trials"] if t["arm"] == "zoledronate"]
    means = np.array([t["mean"] for t in rows]).reshape(4, 2)
    assert [t["draw"] for t in rows] == [1, 1, 2, 2, 3, 3, 4, 4]
    assert means.mean(axis=1).std(ddof=1) > 0  # draws differ
    assert all(t["n"] == 30 for t in rows)


def test_workers_chunks_and_a_stop_change_no_bit_of_several_trials(tmp_path):
    path = written(tmp_path, 12, "parameter_draws = 2\nreplicates = 2")
    run(path, tmp_path / "a", batch=1000)
    run(path, tmp_path / "b", batch=7, workers=2)
    assert contents(tmp_path / "a") == contents(tmp_path / "b")

    class Stop(Exception):
        pass

    def stop(done, total):
        if done >= 24:
            raise Stop

    with pytest.raises(Stop):
        run(path, tmp_path / "c", batch=8, on_progress=stop)
    resume(tmp_path / "c")
    assert contents(tmp_path / "c") == contents(tmp_path / "a")


def test_an_arm_a_visit_or_an_endpoint_more_changes_no_other_draw(tmp_path):
    base = written(tmp_path, 8, "parameter_draws = 2", name="base")
    run(base, tmp_path / "base")
    endpoint = '[[endpoint]]\nname = "ctx"\nvisit = "12 months"\n'
    run(written(tmp_path, 8, "parameter_draws = 2", more=endpoint, name="endpoint"), tmp_path / "endpoint")
    visits = '"0 months", "6 months", "12 months", "24 months"'
    run(written(tmp_path, 8, "parameter_draws = 2", visits=visits, name="visit"), tmp_path / "visit")
    run(written(tmp_path, 8, "parameter_draws = 3", name="draw"), tmp_path / "draw")
    run(written(tmp_path, 8, "parameter_draws = 2\nreplicates = 2", name="replicate"), tmp_path / "replicate")
    before = outcomes(tmp_path / "base")
    for other in ("endpoint", "draw", "replicate"):
        after = outcomes(tmp_path / other)
        assert before == {k: after[k] for k in before}, other
    covariates = [c for c in read_parquet([tmp_path / "base" / "patients.parquet"]).columns if c != "arm"]
    arm = '[[arm]]\nname = "nothing"\n'
    run(written(tmp_path, 8, "parameter_draws = 2", more=arm, name="arm"), tmp_path / "arm")
    few, many = (read_parquet([tmp_path / k / "patients.parquet"], "patient")[covariates] for k in ("base", "arm"))
    assert many[many.patient.isin(few.patient)].reset_index(drop=True).equals(few)
    # a visit more leaves truth and the other visits' noise: measured values agree where both were looked at
    after = outcomes(tmp_path / "visit")
    assert all(after[k] == pytest.approx(v, rel=1e-6) for k, v in before.items())


def test_what_cells_carry_over_is_one_draw_a_trial():
    """A hundred trials: no effect at all as often as the prior says, and the good ones too."""
    study = load_study("examples/study.toml")
    lines = cell_doses(next(a for a in study.arm if a.cells).cells)
    model = human_model((), modules=cell_modules(lines, human_bones))
    draws = np.repeat(np.arange(1, 1001), 3)
    carried = cell_product_draws(model, lines, np.full(3000, 66.0), draws, 1, human=True)["translation"].reshape(
        1000, 3
    )
    assert (np.ptp(carried, axis=1) == 0).all()  # the same for everybody of a trial
    prior = translation_at((np.arange(100_000) + 0.5) / 100_000)
    assert np.mean(carried[:, 0] == 0) == pytest.approx(np.mean(prior == 0), abs=4 * np.sqrt(0.3 * 0.7 / 1000))
    assert carried[:, 0].std() == pytest.approx(prior.std(), rel=0.12)
    for share in (0.5, 0.75, 0.9):  # middling and good trials too
        assert np.mean(carried[:, 0] > np.quantile(prior, share)) == pytest.approx(1 - share, abs=0.06)


def test_drawing_what_is_known_is_refused(tmp_path):
    with pytest.raises(InputError, match="nothing is unknown"):
        load_study(written(tmp_path, levels='parameters = "none"\nparameter_draws = 5'))
    study = load_study(written(tmp_path, levels="parameter_draws = 5\nreplicates = 2"))
    assert "5 draws" in levels_sentence(study) and "2 trials in each" in levels_sentence(study)


def test_where_parameters_are_known_no_assurance_is_told(tmp_path):
    row = of_denosumab(run(written(tmp_path, 8, 'parameters = "none"'), tmp_path / "run"))
    assert row["assurance"] is None and row["uncertainty_share"] is None and row["power"] > 0
    assert row["prediction_levels"] == "persons, measurement"


MARGINS = [
    ("margin = 1.0", "needs a hypothesis"),
    ('hypothesis = "non_inferiority"', "needs a margin"),
    ('hypothesis = "non_inferiority"\nmargin = -1.0', "wrong sign"),
    ('hypothesis = "superiority"\nmargin = 0.0', "wrong sign"),
    ('analysis = "responders"', "threshold"),
    ("threshold = 3.0", "responders"),
    ('analysis = "mixed_model"\nmissing = "mar"', "imputed"),
]


@pytest.mark.parametrize("keys, said", MARGINS)
def test_bad_plans_of_an_endpoint(tmp_path, keys, said):
    path = written(tmp_path)
    text = path.read_text(encoding="utf-8").replace('compare = "zoledronate"\n', f'compare = "zoledronate"\n{keys}\n')
    path.write_text(text)
    with pytest.raises(InputError, match=said):
        load_study(path)


def test_every_analysis_of_an_endpoint_runs(tmp_path):
    more = "".join(
        f'[[endpoint]]\nname = "bmd_total_hip"\nvisit = "24 months"\ncompare = "zoledronate"\n{keys}\n'
        for keys in (
            'analysis = "mixed_model"',
            'analysis = "ancova"\nmissing = "mar"',
            'analysis = "ancova"\nmissing = "jump_to_reference"',
            'analysis = "responders"\nthreshold = 3.0',
            'hypothesis = "non_inferiority"\nmargin = 1.0',
        )
    )
    more += (
        '[[endpoint]]\nname = "ctx"\nvisit = "12 months"\nas = "ratio"\nanalysis = "ratio"\ncompare = "zoledronate"\n'
    )
    path = written(tmp_path, 40, more=more)
    path.write_text(
        path.read_text(encoding="utf-8").replace(
            'duration = "24 months"', 'duration = "24 months"\ndropout = "15 percent/year"'
        )
    )
    rows = [r for r in run(path, tmp_path / "run")["endpoints"] if r["arm"] == "denosumab"]
    by = {r["analysis"]: r for r in rows}
    assert {
        "ancova",
        "mixed_model",
        "multiple_imputation_mar",
        "multiple_imputation_jump_to_reference",
        "responders",
        "ratio",
    } <= set(by)
    assert by["mixed_model"]["difference"] == pytest.approx(by["multiple_imputation_mar"]["difference"], abs=0.4)
    assert by["multiple_imputation_jump_to_reference"]["difference"] < by["multiple_imputation_mar"]["difference"] + 0.1
    assert by["ratio"]["difference_lo"] < by["ratio"]["difference"] < by["ratio"]["difference_hi"]
    assert (
        "treated for one more" in by["responders"]["number_needed_to_treat"]
        or "infinity" in by["responders"]["number_needed_to_treat"]
    )
    assert next(r for r in rows if "shown" in r)["hypothesis"] == "non_inferiority"
    json.dumps(rows, allow_nan=False)


def test_power_is_that_of_the_hypothesis():
    """Non-inferiority where nothing is expected: as one-sided superiority by the margin (power of 86 an arm by half an SD)."""
    spread, draws = Spread(1.0, 86, 86), np.zeros(3)
    row = power_of_difference(0.0, draws, spread, spread, 0.05, 0.0, aim=Hypothesis("non_inferiority", 0.5))
    assert row["power"] == row["assurance"] == pytest.approx(0.9032, abs=5e-4) and row["patients_needed_90"] == 86
    lower = power_of_difference(-0.6, draws, spread, spread, 0.05, 0.0, aim=Hypothesis("non_inferiority", 0.5))
    assert lower["power"] < 0.025 and lower["patients_needed_90"] is None
    falls = power_of_difference(-0.8, draws, spread, spread, 0.05, 0.0, aim=Hypothesis("superiority", 0.2, False))
    assert falls["power"] == pytest.approx(power_of_means(0.6, 1, 1, 86, 86, 0.025, 1))
