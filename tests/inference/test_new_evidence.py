"""A new trial beside the posterior: what agrees moves little, what disagrees is surprising, and weights that cannot carry it say so."""

import json
from dataclasses import replace

import numpy as np
import pytest

from osteon.cli import main
from osteon.inference import new_evidence
from osteon.inference.coordinates import Coordinates
from osteon.inference.errors_model import ErrorModel, Group
from osteon.inference.new_evidence import Base, update
from osteon.inference.sampler import Problem, sample
from osteon.simulation.assembly import human_model
from osteon.simulation.fits import load_fit
from osteon.simulation.posterior_draws import PosteriorDraws
from osteon.statistics.importance import TRUSTED, Weights

WHERE = Coordinates(("a", "b"), ("plain", "plain"), np.zeros(2), np.ones(2), np.full(2, -8.0), np.full(2, 8.0))
SLOPE = np.array([[1.0, 0.0], [0.8, 0.3], [0.2, 1.0], [1.0, -0.5]])


def model():
    groups = (Group("OLD", "OLD x", 0, np.arange(4), np.full(4, 0.25), np.ones(4), np.ones(4)),)
    return ErrorModel(groups, ("bmd", "marker"), np.array([0.3, 0.2]), np.array([0.3, 0.2]), (), False)


def weighed(monkeypatch, seen, count=4000):
    """An update of a standard normal by rows `seen`, the new trial's simulator a plane."""
    theta = np.random.default_rng(1).standard_normal((count, 2))
    base = Base(WHERE, theta, None, None, "test")
    monkeypatch.setattr(new_evidence, "blocks", lambda arms: ())
    monkeypatch.setattr(new_evidence, "error_model", lambda made: model())
    monkeypatch.setattr(new_evidence, "simulator", lambda arms, made, where: lambda t: t @ SLOPE.T - seen)
    monkeypatch.setattr(new_evidence, "_rows", lambda data, made, errors, weights: ())
    return update(base, type("Data", (), {"arms": ()})())


def test_reweighting_is_the_posterior_that_a_refit_gives(monkeypatch):
    seen = SLOPE @ np.array([0.4, -0.2]) + 0.05
    found = weighed(monkeypatch, seen)
    problem = Problem(WHERE, model(), lambda t: np.atleast_2d(t) @ SLOPE.T - seen, np.zeros(2), np.eye(2))
    draws, _ = sample(problem, 3, 8, 8, seed=2)
    flat = draws.theta.reshape(-1, 2)
    assert found.weights.trusted
    assert np.all(np.abs(found.weights.weight @ found.base.theta - flat.mean(axis=0)) < 0.2 * flat.std(axis=0))
    assert np.allclose(found.spreads * found.base.theta.std(axis=0), flat.std(axis=0), rtol=0.2)


def test_a_trial_far_off_is_surprising_and_its_weights_are_not_trusted(monkeypatch):
    near = weighed(monkeypatch, np.zeros(4))
    far = weighed(monkeypatch, SLOPE @ np.array([7.0, 7.0]), count=300)
    assert near.surprise > 0.5 and np.abs(near.shifts).max() < 0.1
    assert far.surprise < 1e-3
    assert far.weights.pareto_k > TRUSTED or far.weights.effective < 20


def test_a_draw_that_cannot_be_run_counts_nothing(monkeypatch):
    theta = np.zeros((50, 2))
    theta[0] = 1.0
    monkeypatch.setattr(new_evidence, "blocks", lambda arms: ())
    monkeypatch.setattr(new_evidence, "error_model", lambda made: model())
    broken = lambda t: np.where(t[:, :1] > 0.5, 50.0, t @ SLOPE.T)  # noqa: E731
    monkeypatch.setattr(new_evidence, "simulator", lambda arms, made, where: broken)
    monkeypatch.setattr(new_evidence, "_rows", lambda data, made, errors, weights: ())
    found = update(Base(WHERE, theta, None, None, ""), type("Data", (), {"arms": ()})())
    assert found.weights.weight[0] == 0 and found.weights.weight.sum() == pytest.approx(1)


def test_claims_turn_with_values_that_turn_them_and_with_no_others(monkeypatch):
    from osteon.app.new_evidence import claims_that_turn
    from osteon.checks import claims

    one = {i: c for i, c in claims.CHECKED.items() if i == "C65"}
    monkeypatch.setattr(claims, "CHECKED", one)
    kd = {"denosumab_effect_kd": human_model(["denosumab"]).defaults["denosumab_effect_kd"]}
    assert claims_that_turn(kd, kd) == []
    turned = claims_that_turn(kd, {"denosumab_effect_kd": 1e6})  # a drug that binds nothing
    assert [t["id"] for t in turned] == ["C65"] and turned[0]["before"] != turned[0]["after"]


def test_the_command_weighs_a_trial_and_says_every_fault(tmp_path, capsys):
    file = tmp_path / "rows.csv"
    file.write_text("arm,endpoint,months,value,unit\ndenosumab,ctx,1,-86,pct_change_baseline\n", encoding="utf-8")
    assert main(["evidence", "add", "freedom", str(file), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    (row,) = answer["rows"]
    assert row["trial"] == "FREEDOM" and row["rows"] == 1 and 0 <= row["surprise"] <= 1 and answer["predicted"]
    assert any(n.startswith("Weighed against") for n in answer["notes"])
    file.write_text("arm,endpoint,months,value,unit\ndenosumap,ctx,1,low,pct_change_baseline\n", encoding="utf-8")
    assert main(["evidence", "add", "freedom", str(file)]) == 2
    said = capsys.readouterr().err
    assert "Did you mean 'denosumab'" in said and "'low'" in said
    assert main(["evidence", "add", "freedom", str(file), "--posterior", str(tmp_path)]) == 2


def test_a_trial_is_weighed_against_the_shipped_posterior(monkeypatch):
    fit, name = load_fit(), "nuclear_steepness"
    rng, middle = np.random.default_rng(4), human_model().defaults[name]
    values = np.array([*fit.values.values(), middle]) * np.exp(0.02 * rng.standard_normal((30, len(fit.values) + 1)))
    about = {"assumed": [name], "row_endpoints": ["ctx", "ctx", "bmd_total_hip"]}
    errors, spreads = rng.standard_normal((30, 3)), np.full((30, 4), 0.3)
    draws = PosteriorDraws((*fit.values, name), values, about, spreads, errors)
    monkeypatch.setattr(new_evidence, "load_fit", lambda: replace(fit, draws=draws))
    base = new_evidence.base_of(None, count=20)
    assert base.where.names == (*fit.names, name) and "shipped posterior" in base.about
    back = base.where.values(base.theta)
    assert np.allclose(back["ctx_floor"], draws.values[:20, draws.names.index("ctx_floor")], rtol=1e-6)
    weights = Weights(np.full(20, 0.05), 0.1, 20.0)
    cards = new_evidence.scorecard(base, weights)
    assert [c["outcome"] for c in cards] == ["ctx", "bmd_total_hip"] and cards[0]["rows"] == 2
    assert all(c["rmse_before"] == pytest.approx(c["rmse_after"]) for c in cards)
