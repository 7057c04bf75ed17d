"""Trials: streams, people, randomisation, runs that survive, replays, analysis."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from tests.trial.two_arms import endpoint, study_text

from osteon import streams
from osteon.errors import CorruptData, InputError, RunFailed, Unsupported
from osteon.evidence import load_cohort
from osteon.inputs import load_scenario, read_scenario
from osteon.io import run_folder as folder
from osteon.io.conditions import parse_condition
from osteon.io.outcome_store import read_parquet
from osteon.io.run_lock import locked
from osteon.model import Regimen
from osteon.population import sample
from osteon.replication.trials import replicate, summary
from osteon.simulation.assembly import human_model
from osteon.simulation.dosing import dose_times
from osteon.simulation.scenario import simulate_scenario
from osteon.statistics.two_arms import Group, ancova, patients_needed, t_test
from osteon.trial.allocate import allocate
from osteon.trial.run import contents, resume, run

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
STUDY = study_text(
    "Small",
    "postmenopausal_osteoporosis",
    12,
    (0, 6, 12),
    endpoint("bmd_total_hip", "12 months"),
    'allocation = "1:1"\nstrata = ["prior_fractures"]\ndropout = "10 percent/year"\n',
    'eligible = ["age >= 55 years", "t_lumbar_spine <= -2.0"]\n',
).replace('name = "denosumab"', 'name = "NA"')


@pytest.fixture
def study(tmp_path):
    path = tmp_path / "study ü.toml"
    path.write_text(STUDY)
    return path


def test_a_draw_depends_on_seed_patient_purpose_and_index_only():
    many = streams.uniform(1, np.arange(1000), "age")
    assert many[7] == streams.uniform(1, [7], "age")[0]
    others = [
        streams.uniform(2, [7], "age"),
        streams.uniform(1, [8], "age"),
        streams.uniform(1, [7], "bmi"),
        streams.uniform(1, [7], "age", 1),
    ]
    assert len({many[7], *(o[0] for o in others)}) == 5


def test_draws_are_those_of_philox():
    key = streams._key(1, "x")
    reference = np.random.Philox(key=[int(k) for k in key], counter=[6, 0, 0, 0]).random_raw(1)[0]
    assert streams.uniform(1, [7], "x")[0] == ((int(reference) >> 11) + 0.5) * 2.0**-53


def test_draws_are_uniform_and_independent():
    a, b = streams.uniform(3, np.arange(20_000), "a"), streams.uniform(3, np.arange(20_000), "b")
    assert abs(a.mean() - 0.5) < 0.01 and abs(a.var() - 1 / 12) < 0.002 and abs(np.corrcoef(a, b)[0, 1]) < 0.03


def test_twice_the_patients_same_first_patients():
    cohort, model = load_cohort("dmab_ph2"), human_model({"denosumab"})
    few, many = sample(cohort.population, model, 5, 9), sample(cohort.population, model, 50, 9)
    for name in few.covariates:
        assert np.array_equal(few.covariates[name], many.covariates[name][:5]), name
    for name in few.parameters:
        assert np.array_equal(few.parameters[name], many.parameters[name][:5]), name


def test_virtual_women_look_like_the_published_ones():
    people = sample(load_cohort("freedom").population, human_model(), 3000, 1).covariates
    assert abs(people["age"].mean() - 72.3) < 0.5 and abs(people["age"].std() - 5.2) < 0.3
    assert (
        abs(people["t_total_hip"].mean() + 1.9) < 0.06
        and 0.4 < np.corrcoef(people["t_total_hip"], people["t_lumbar_spine"])[0, 1] < 0.8
    )
    assert abs(people["prior_vertebral_fractures"].mean() - 0.23) < 0.03


def test_inclusion_holds_and_an_empty_one_says_what_removed_whom():
    cohort = load_cohort("freedom").population
    conditions = [parse_condition("age <= 70 years"), parse_condition("t_lumbar_spine <= -2.5")]
    people = sample(cohort, human_model(), 200, 1, conditions).covariates
    assert people["age"].max() <= 70 and people["t_lumbar_spine"].max() <= -2.5
    began = time.time()
    with pytest.raises(RunFailed, match="'age <= 20 years' removed"):
        sample(cohort, human_model(), 200, 1, [parse_condition("age <= 20 years")])
    assert time.time() - began < 10


def test_allocation_is_balanced_in_every_stratum():
    stratum = (streams.uniform(1, np.arange(400), "s") < 0.3).astype(int)
    arm = allocate(stratum, [2, 1], 5)
    for s in (0, 1):
        counts = np.bincount(arm[stratum == s], minlength=2)
        assert abs(counts[0] - 2 * counts[1]) <= 3


def test_dosing_days():
    assert dose_times(Regimen("d", "oral", 1.0, 0.0, 10.0, 30.0), 100.0).tolist() == [0.0, 10.0, 20.0]
    assert len(dose_times(Regimen("d", "oral", 1.0, 0.0, 1.0, None, 0.0, 0.8), 100.0)) == 80
    assert dose_times(Regimen("d", "oral", 1.0, 5.0), 100.0).tolist() == [5.0]


def test_a_scenario_matches_what_was_measured_at_month_zero():
    table = load_scenario(EXAMPLES / "scenario_woman.toml").model_dump(by_alias=True)
    rows = simulate_scenario(
        _plain(table, of=["t_lumbar_spine", "t_total_hip", "t_femoral_neck", "resorption", "turnover_scale"])
    ).rows
    first = {r["output"]: r["value"] for r in rows if r["months"] == 0}
    assert (first["t_lumbar_spine"], first["t_total_hip"], first["t_femoral_neck"]) == pytest.approx(
        (-2.5, -1.8, -2.1), abs=1e-6
    )
    assert first["resorption"] * first["turnover_scale"] == pytest.approx(1.2, rel=1e-5)


def _plain(table, **output):
    import tomllib

    raw = tomllib.loads((EXAMPLES / "scenario_woman.toml").read_text(encoding="utf-8"))
    raw["output"] |= {"as": "value", "draws": 0} | output
    return read_scenario(raw)


def test_a_habit_adds_to_what_the_person_has_and_gives_it_back():
    raw = {
        "format": 1,
        "person": {"age": "70 years", "bmi": "20 kg/m^2", "baseline": {"vitamin_d": "30 nmol/L"}},
        "habit": [{"name": "vitamin_d", "dose": "800 IU/day", "from": "1 month", "until": "13 months"}],
        "override": [{"parameter": "bmi", "factor": 1.2, "from": "1 month", "until": "13 months"}],
        "output": {"end": "25 months", "at": "1 month", "of": ["vitamin_d", "vitamin_d_supplement", "bmi"]},
    }
    rows = simulate_scenario(read_scenario(raw)).rows
    trajectory = {o: [r["value"] for r in rows if r["output"] == o] for o in raw["output"]["of"]}
    assert trajectory["bmi"] == pytest.approx([20] + [20] + [24] * 12 + [20] * 12, abs=4.1)
    assert (
        trajectory["vitamin_d_supplement"][2:13] == [800] * 11 and trajectory["vitamin_d_supplement"][14:] == [0] * 12
    )
    serum = trajectory["vitamin_d"]
    assert serum[:2] == pytest.approx([30, 30]) and 35 < serum[2] < 45  # 25-OH-D moves over weeks
    assert serum[13] == pytest.approx(50, abs=0.1) and serum[25] == pytest.approx(30, abs=0.1)


def test_a_regimen_is_held_while_its_rule_holds_and_stopped_when_it_holds_once():
    def trajectory(**rule):
        raw = {
            "format": 1,
            "person": {"age": "70 years"},
            "regimen": [
                {
                    "drug": "denosumab",
                    "dose": "60 mg",
                    "route": "subcutaneous",
                    "every": "6 months",
                    "until": "36 months",
                }
                | rule
            ],
            "output": {"end": "36 months", "at": "6 months", "of": ["bmd_total_hip"], "as": "percent_change"},
        }
        return [r["value"] for r in simulate_scenario(read_scenario(raw)).rows]

    always, never = trajectory(), trajectory(hold_when="age > 60 years")
    held = trajectory(hold_when="age > 70.9 years and age < 72.1 years")
    stopped = trajectory(stop_when="age > 70.9 years and age < 72.1 years")
    assert held[:3] == stopped[:3] == always[:3] and never[2] < 0 < always[2]
    assert held[5] == pytest.approx(stopped[5], rel=1e-6) and held[5] < always[5]
    assert held[6] > stopped[6]


def test_a_change_from_nothing_is_refused():
    raw = {
        "format": 1,
        "person": {"age": "70 years"},
        "output": {"end": "4 months", "of": ["exercise"], "as": "percent_change"},
    }
    with pytest.raises(InputError, match="is 0 at month 0"):
        simulate_scenario(read_scenario(raw))


def test_a_study_with_a_wrong_stop_rule_writes_nothing(study, tmp_path):
    study.write_text(STUDY.replace('every = "6 months"', 'every = "6 months"\nstop_when = "t_total_hipp > -1.5"'))
    with pytest.raises(InputError, match="t_total_hip"):
        run(study, tmp_path / "r")
    assert not (tmp_path / "r").exists()


def test_draws_give_an_interval_that_holds_the_typical_course():
    rows = [
        r
        for r in simulate_scenario(_plain({}, draws=20, of=["bmd_total_hip"], **{"as": "percent_change"})).rows
        if r["months"] in (12.0, 24.0)
    ]
    assert rows and all(r["lo90"] < r["value"] < r["hi90"] for r in rows)


def test_minerals_of_an_animal_are_refused_by_name():
    raw = {
        "format": 1,
        "animal": {"species": "rat", "age": "24 weeks"},
        "output": {"end": "4 weeks", "of": ["calcium"]},
    }
    with pytest.raises(Unsupported, match="no mineral axis"):
        simulate_scenario(read_scenario(raw))


def test_a_run_gives_the_same_hash_for_any_batch_and_worker_count(study, tmp_path):
    hashes = set()
    for i, (workers, batch) in enumerate([(1, 1000), (1, 5), (2, 7)]):
        run(study, tmp_path / f"run {i}", seed=3, workers=workers, batch=batch)
        hashes.add(contents(tmp_path / f"run {i}"))
    assert len(hashes) == 1
    run(study, tmp_path / "other", seed=4)
    assert contents(tmp_path / "other") not in hashes


def test_a_run_keeps_arms_and_counts_what_is_missing(study, tmp_path):
    result = run(study, tmp_path / "r", seed=1)
    table = read_parquet([tmp_path / "r" / "outcomes" / "chunk-00000000.parquet"])
    assert set(table["arm"]) == {"placebo", "NA"} and list(table.columns) == [
        "patient",
        "arm",
        "visit",
        "output",
        "value",
        "reason",
    ]
    assert (table["value"].isna() == (table["reason"] != "")).all()
    treated = next(e for e in result["endpoints"] if e["arm"] == "NA")
    assert treated["difference"] > 1 and treated["p"] < 0.01 and treated["patients_needed_90"] > 0


def test_a_stopped_run_is_resumed_to_the_same_hash(study, tmp_path, monkeypatch):
    run(study, tmp_path / "whole", seed=3, batch=6)
    count = {"n": 0}
    import osteon.trial.run as room

    real = room.chunk

    def stops(*job):
        count["n"] += 1
        if count["n"] == 3:
            raise KeyboardInterrupt
        return real(*job)

    monkeypatch.setattr(room, "chunk", stops)
    with pytest.raises(KeyboardInterrupt):
        run(study, tmp_path / "cut", seed=3, batch=6)
    with pytest.raises(InputError, match="not finished"):
        contents(tmp_path / "cut")
    resume(tmp_path / "cut", batch=1000)
    assert contents(tmp_path / "cut") == contents(tmp_path / "whole")


def test_a_run_killed_before_its_manifest_stands_can_be_started_again(study, tmp_path):
    place = tmp_path / "r"
    (place / "outcomes").mkdir(parents=True)
    (place / "study.toml").write_bytes(b"another study")
    with pytest.raises(InputError, match="not empty"):
        run(study, place, seed=3)
    (place / "study.toml").write_bytes(study.read_bytes())
    (place / ".manifest.json.0123456789ab.part").write_text("half")
    run(study, place, seed=3)
    run(study, tmp_path / "whole", seed=3)
    assert contents(place) == contents(tmp_path / "whole")


def test_a_killed_run_is_resumed_to_the_same_hash(study, tmp_path):
    run(study, tmp_path / "whole", seed=3, batch=2)
    script = f"from osteon.trial.run import run\nrun({str(study)!r}, {str(tmp_path / 'cut')!r}, seed=3, batch=2)\n"
    child = subprocess.Popen([sys.executable, "-c", script])
    deadline = time.time() + 60
    while time.time() < deadline and not list((tmp_path / "cut" / "outcomes").glob("chunk-*.parquet")):
        time.sleep(0.02)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    if folder.read_manifest(tmp_path / "cut")["state"] != "finished":
        resume(tmp_path / "cut")
    assert contents(tmp_path / "cut") == contents(tmp_path / "whole")


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_fifty_kills_at_random_moments_change_nothing(study, tmp_path):
    cut, killed = tmp_path / "cut", 0
    began, child = time.perf_counter(), _at_work(study, tmp_path / "whole", started=False)
    loaded = time.perf_counter() - began
    assert child.wait() == 0
    work = time.perf_counter() - began - loaded
    whole = contents(tmp_path / "whole")
    for moment in streams.uniform(1, np.arange(400), "kill"):
        started = (cut / "manifest.json").exists()
        if started and folder.read_manifest(cut)["state"] == "finished":  # nothing left to kill: begin anew
            assert contents(cut) == whole
            started = False
        if not started:
            shutil.rmtree(cut, ignore_errors=True)
        child = _at_work(study, cut, started)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(float(moment) * work / 3)
        killed += child.poll() is None
        child.kill()
        child.wait()
        if killed == 50:
            break
    assert killed == 50
    resume(cut)
    assert contents(cut) == whole


def _at_work(study, place, started):
    """A process that has loaded everything and begins, or goes on with, a run patient by patient."""
    script = "import sys\nfrom osteon.trial.run import run, resume\nprint(flush=True)\n"
    script += (
        f"resume({str(place)!r}, batch=1) if {started} else run({str(study)!r}, {str(place)!r}, seed=3, batch=1)\n"
    )
    child = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    child.stdout.readline()
    return child


def test_one_flipped_byte_anywhere_is_found(study, tmp_path):
    run(study, tmp_path / "r", seed=1)
    folder.verify(tmp_path / "r")
    for name in (
        "manifest.json",
        "study.toml",
        "patients.parquet",
        "endpoints.json",
        "outcomes/chunk-00000000.parquet",
    ):
        path = tmp_path / "r" / name
        good = path.read_bytes()
        bad = bytearray(good)
        bad[len(bad) // 2] ^= 1
        path.write_bytes(bytes(bad))
        with pytest.raises(CorruptData):
            folder.verify(tmp_path / "r")
        path.write_bytes(good)
    (tmp_path / "r" / "extra.txt").write_text("x")
    with pytest.raises(CorruptData, match="does not belong"):
        folder.verify(tmp_path / "r")


def test_an_edited_study_is_not_resumed(study, tmp_path):
    run(study, tmp_path / "r", seed=1)
    (tmp_path / "r" / "study.toml").write_text(STUDY.replace("60 mg", "61 mg"))
    with pytest.raises(CorruptData, match="study.toml"):
        resume(tmp_path / "r")


def test_a_folder_in_use_or_not_empty_is_refused(study, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").write_text("x")
    with pytest.raises(InputError, match="not empty"):
        run(study, tmp_path / "full")
    assert [p.name for p in (tmp_path / "full").iterdir()] == ["x"]  # nothing is left in a folder that is refused
    with locked(tmp_path / "held"), pytest.raises(RunFailed, match="Another run"):
        run(study, tmp_path / "held")


def test_a_replay_compares_every_row_or_says_why_not():
    replica = replicate("defend", 12, 1)
    compared = [r for r in replica.rows if r["simulated"] is not None]
    assert len(compared) > 50 and all(r["lo90"] < r["simulated"] < r["hi90"] for r in compared)
    assert all(r["reason"] for r in replica.rows if r["simulated"] is None)
    hip = next(s for s in summary(replica.rows) if s["endpoint"] == "ctx")
    assert hip["rmse"] < hip["rmse_no_change"]


def test_the_class_mean_of_a_calibrated_row_never_uses_its_own_cohort():
    from osteon.evidence import load_measurements
    from osteon.replication.reference_forecasts import class_mean

    rows = [m for m in load_measurements(["calibrate"], "DEFEND") if m.arm == "denosumab" and m.endpoint == "ctx"]
    assert np.isfinite(class_mean(rows[0])) and abs(class_mean(rows[0]) - rows[0].value) > 1e-9


def test_ancova_against_statsmodels():
    import statsmodels.api as sm

    rng = np.random.default_rng(1)
    base = rng.normal(size=80)
    group = np.repeat([1, 0], 40)
    y = 0.5 * group + 0.8 * base + rng.normal(size=80)
    ours = ancova(y[:40], y[40:], base[:40], base[40:])
    theirs = sm.OLS(y, sm.add_constant(np.column_stack([group, base]))).fit()
    assert ours.estimate == pytest.approx(theirs.params[1], rel=1e-10) and ours.p == pytest.approx(
        theirs.pvalues[1], rel=1e-8
    )
    assert (ours.lo, ours.hi) == pytest.approx(tuple(theirs.conf_int()[1]), rel=1e-8)


@pytest.mark.slow
@pytest.mark.parametrize("test", [t_test, lambda a, b: ancova(a[:, 0], b[:, 0], a[:, 1], b[:, 1])], ids=["t", "ancova"])
def test_type_one_error_over_20000_null_trials(test):
    rng = np.random.default_rng(7)
    shape = (20_000, 2, 30) if test is t_test else (20_000, 2, 30, 2)
    data = rng.normal(size=shape)
    rejected = np.mean([test(a, b).p < 0.05 for a, b in data])
    assert abs(rejected - 0.05) < 0.0046


def test_power_is_what_the_formula_says():
    rng = np.random.default_rng(2)
    n = patients_needed(0.5, Group(1.0), Group(1.0), 0.9)
    found = np.mean([t_test(rng.normal(0.5, 1, n), rng.normal(0, 1, n)).p < 0.05 for _ in range(2000)])
    assert abs(found - 0.9) < 3.5 * np.sqrt(0.09 / 2000) + 0.005


def test_enrolment_in_blocks_and_any_order_of_work_give_the_same_run(study, tmp_path, monkeypatch):
    """Bits: blocks of enrolment, batches, workers and the order in which chunks are computed change nothing."""
    from osteon.trial import enrol
    from osteon.trial import run as room

    run(study, tmp_path / "whole", seed=3)
    wanted = contents(tmp_path / "whole")
    real = room.ready

    @contextlib.contextmanager
    def shuffled(*where):
        with real(*where) as run_jobs:
            order = np.random.default_rng(5).permutation
            yield lambda f, jobs: run_jobs(f, [jobs[i] for i in order(len(jobs))])

    monkeypatch.setattr(enrol, "ENROL_BLOCK", 5)
    monkeypatch.setattr(room, "ready", shuffled)
    for batch in (1, 7, 64):
        run(study, tmp_path / f"b{batch}", seed=3, batch=batch)
        assert contents(tmp_path / f"b{batch}") == wanted, batch
    monkeypatch.undo()
    run(study, tmp_path / "three", seed=3, workers=3, batch=9)
    assert contents(tmp_path / "three") == wanted


def test_randomisation_counts_on_from_block_to_block():
    stratum = (np.arange(1000) * 7 % 5).astype(np.int64)
    seen: dict[int, int] = {}
    parts = [allocate(stratum[i : i + 130], [2, 1], 3, seen) for i in range(0, 1000, 130)]
    assert np.array_equal(np.concatenate(parts), allocate(stratum, [2, 1], 3))


def test_a_start_that_is_remembered_is_the_start_that_is_computed():
    from osteon.simulation import scenario as room

    def trajectory(dose):
        raw = {
            "format": 1,
            "person": {"age": "66 years", "baseline": {"t_total_hip": -2.2}},
            "regimen": [{"drug": "denosumab", "dose": dose, "route": "subcutaneous", "every": "6 months"}],
            "output": {"end": "12 months", "at": "6 months", "of": ["bmd_total_hip"]},
        }
        return [r["value"] for r in simulate_scenario(read_scenario(raw)).rows]

    room._starts.clear()
    trajectory("30 mg")
    warm = trajectory("60 mg")
    assert len(room._starts) == 1
    room._starts.clear()
    assert warm == trajectory("60 mg")
