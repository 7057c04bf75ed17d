"""One failure is one row with its reason: the rest of a command goes on, and its exit code is not 0."""

import json

import numpy as np
import pytest

from osteon.cli.front import main
from osteon.errors import RunFailed


def answer(capsys, *words):
    code = main([*words, "--json"])
    return code, json.loads(capsys.readouterr().out)["rows"]


@pytest.fixture
def broken_experiment(monkeypatch):
    from osteon.checks import experiments
    from osteon.replication.experiments import arm_trajectories
    from osteon.report import experiment_page

    def fails(experiment, draws, seed):
        if experiment.id == ids[0]:
            raise RunFailed("The step became too small.")
        return arm_trajectories(experiment, draws, seed)

    from osteon.replication.experiments import findings_of

    ids = experiments.experiment_ids()[:2]
    monkeypatch.setattr(experiments, "run_experiment", lambda e, n, seed: findings_of(e, fails(e, 3, seed)))
    monkeypatch.setattr(experiment_page, "arm_trajectories", lambda e, n, seed: fails(e, 3, seed))
    return ids


def test_an_experiment_that_fails_is_a_row(broken_experiment, capsys, tmp_path):
    for more in ((), ("--report", str(tmp_path / "report.html"))):
        code, rows = answer(capsys, "experiment", *broken_experiment, *more)
        assert code == 1 and [r["id"] for r in rows] == list(broken_experiment)
        assert rows[0]["verdict"] == "unknown" and "too small" in rows[0]["figure"]
        assert rows[1]["figure"] and "its run failed" not in rows[1]["figure"]
    assert "too small" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_a_cohort_that_fails_is_rows_with_the_reason(monkeypatch, capsys):
    from osteon.replication import trials

    whole = trials.replicate

    def fails(name, *rest):
        if name == "dmab_ph2":
            raise RunFailed("A state runs away.")
        return whole(name, *rest)

    monkeypatch.setattr(trials, "replicate", fails)
    code, rows = answer(capsys, "replicate", "dmab_ph2", "defend", "--patients", "4")
    lost = [r for r in rows if r["cohort"].lower() == "dmab_ph2"]
    assert code == 1 and lost and all("A state runs away" in r["reason"] for r in lost)
    assert any(r["cohort"].lower() == "defend" and r.get("simulated") is not None for r in rows)


def test_a_drawn_dish_that_fails_is_left_out_and_a_typical_one_is_not(monkeypatch):
    from osteon.simulation import culture

    whole = culture.simulate

    def some(lane):
        def run(*args, **options):
            got = whole(*args, **options)
            got.failed[lane] = True
            return got

        return run

    dish = culture.Dish(source="bone_marrow")
    monkeypatch.setattr(culture, "simulate", some(3))
    got = culture.culture_trajectory(dish, np.arange(21), 1)
    name = culture.CULTURE_READOUTS[0]
    assert np.isnan(got[name][3]).all() and np.isfinite(np.delete(got[name], 3, axis=0)).all()
    assert np.isfinite(culture.effect(dish, draws=20).low)
    monkeypatch.setattr(culture, "simulate", some(0))
    with pytest.raises(RunFailed):
        culture.culture_trajectory(dish, np.arange(21), 1)
