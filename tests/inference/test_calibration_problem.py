"""The joint problem: its rows are those of the fit, its density is that of the objective, influential numbers are those that move rows."""

import numpy as np
import pytest

from osteon.errors import CheckFailed
from osteon.evidence import load_measurements
from osteon.inference import calibration_problem
from osteon.inference.arm_problem import error_model, whitened
from osteon.inference.calibration_problem import assumed_priors, calibration, influential
from osteon.inference.fit import soft
from osteon.inference.posterior import run, summarise
from osteon.inference.targets import blocks, calibration_arms
from osteon.replication.published import arms_of, usable


def test_usual_spreads_give_the_covariance_of_the_fit():
    made = blocks(calibration_arms())
    model = error_model(made)
    for g, root, block in zip(model.groups, model.roots(model.usual()[None]), made, strict=True):
        assert g.trial == block.cohort and np.allclose(np.linalg.inv(root[0]), block.root, atol=1e-10)
    errors = np.random.default_rng(1).normal(size=(2, model.rows))
    usual = np.tile(model.usual(), (2, 1))
    size = sum(np.log(np.diag(b.root)).sum() for b in made)
    own = -0.5 * (soft(whitened(model, errors)) ** 2).sum(axis=1) - size
    assert np.allclose(model.by_trial(errors, usual).sum(axis=1), own)


def test_the_numbers_that_move_rows_most_are_chosen():
    priors = assumed_priors()[:6]
    model = error_model(blocks(calibration_arms()))
    weight = np.array([0.0, 3.0, 0.1, 2.0, 0.0, np.nan])

    def simulator(where):
        return lambda theta: ((theta / where.width) @ weight)[:, None] + np.zeros((1, model.rows))

    only = list(priors)
    weight[5] = 0.0
    assert influential(simulator, model, only, 2) == (priors[1].name, priors[3].name)
    assert influential(simulator, model, only, 0) == ()


def test_a_row_that_is_held_out_cannot_enter(monkeypatch):
    rows = [m for m in load_measurements(["holdout"], include_unverified=True) if usable(m)]
    monkeypatch.setattr(calibration_problem, "calibration_arms", lambda: arms_of(rows))
    with pytest.raises(CheckFailed, match="not for calibration"):
        calibration(0)


@pytest.mark.slow
def test_a_reduced_problem_of_the_real_model_is_sampled(tmp_path):
    found = calibration(0, cohorts=("DEFEND",), names=("ctx_floor", "denosumab_effect_kd"))
    problem = found.problem
    assert problem.where.names == ("ctx_floor", "denosumab_effect_kd") and problem.model.trials == ("DEFEND",)
    assert len(found.row_endpoints()) == problem.model.rows
    state = {}

    def count(now):
        now.minutes = float(now.blocks)
        state["share"] = now.tried[1] / max(now.tried[0], 1)

    draws = run(problem, tmp_path, 12.5, found.data_hash, chains=8, on_block=count)
    summary = summarise(draws, problem.where, problem.model, 1.0, found.data_hash)
    assert state["share"] > 0.5 and summary.row["effective_draws"] > 50
    assert {p.parameter for p in summary.parameters} >= set(problem.where.names)
