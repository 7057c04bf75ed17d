"""Effective draws, R-hat and Pareto k against ArviZ's numbers for the same draws, and against what is known in closed form."""

import numpy as np
import pytest

from osteon.statistics.convergence import convergence, rank_uniformity
from osteon.statistics.importance import fit_pareto, pareto_smoothed


def draws():
    """Four chains of an autoregression, one of them shifted; four chains with heavy tails; two sets of log ratios."""
    rng = np.random.default_rng(7)
    n, m = 400, 4
    e, x = rng.normal(size=(m, n)), np.zeros((m, n))
    for t in range(1, n):
        x[:, t] = 0.7 * x[:, t - 1] + e[:, t]
    x[3] += 0.4
    return x, rng.standard_t(3, size=(m, n)), rng.standard_t(4, size=1000) * 0.9, rng.normal(size=1000) * 2.2


def test_the_numbers_are_those_of_arviz():  # arviz-stats 0.8.0: rhat "rank", ess "bulk" and "tail" at 5 and 95 %, psislw
    x, heavy, ratio, wide = draws()
    found = [convergence(x), convergence(heavy)]
    assert [c.r_hat for c in found] == pytest.approx([1.0483433171, 0.9998047416], abs=1e-9)
    assert [c.ess_bulk for c in found] == pytest.approx([141.714289, 1500.479922], rel=5e-3)
    assert [c.ess_tail for c in found] == pytest.approx([485.213811, 1429.806845], rel=5e-3)
    weights = [pareto_smoothed(-ratio), pareto_smoothed(-wide)]
    assert [w.pareto_k for w in weights] == pytest.approx([1.1727902644, 0.6432298836], abs=1e-8)
    assert [w.effective for w in weights] == pytest.approx([11.3658989, 55.9726621], rel=1e-6)
    assert not weights[0].trusted and weights[1].trusted


def test_arviz_agrees_where_it_is_installed():
    stats = pytest.importorskip("arviz_stats.base").array_stats
    for d in draws()[:2]:
        own = convergence(d)
        assert own.r_hat == pytest.approx(float(stats.rhat(d, chain_axis=0, draw_axis=1, method="rank")), abs=1e-9)
        assert own.ess_bulk == pytest.approx(float(stats.ess(d, chain_axis=0, draw_axis=1, method="bulk")), rel=1e-2)


def test_independent_draws_are_worth_their_number_and_a_stuck_chain_nothing():
    rng = np.random.default_rng(1)
    own = convergence(rng.normal(size=(8, 500)))
    assert own.r_hat < 1.01 and 3000 < own.ess_bulk < 5000
    apart = rng.normal(size=(4, 200)) + 3 * np.arange(4)[:, None]
    assert convergence(apart).r_hat > 1.5 and convergence(apart).ess_bulk < 20
    assert np.isnan(convergence(np.ones((4, 100))).r_hat) and np.isnan(convergence(rng.normal(size=(4, 3))).ess_bulk)


def test_effective_draws_of_an_autoregression_follow_its_correlation():
    rng, r, n = np.random.default_rng(3), 0.9, 20_000
    x = np.zeros((4, n))
    for t in range(1, n):
        x[:, t] = r * x[:, t - 1] + rng.normal(size=4)
    assert convergence(x).ess_bulk == pytest.approx(4 * n * (1 - r) / (1 + r), rel=0.12)


def test_the_shape_of_a_pareto_tail_is_found():
    rng = np.random.default_rng(2)
    u = np.sort(rng.random(4000))
    for k in (0.2, 0.7, 1.2):
        assert fit_pareto((u[::-1] ** -k - 1)[np.argsort(u[::-1] ** -k - 1)] / k)[0] == pytest.approx(k, abs=0.06)


def test_equal_weights_stay_equal_and_a_lost_draw_counts_nothing():
    own = pareto_smoothed(np.zeros(100))
    assert own.effective == pytest.approx(100) and own.trusted
    some = pareto_smoothed(np.concatenate([np.zeros(99), [np.nan]]))
    assert some.weight[-1] == 0 and some.weight.sum() == pytest.approx(1)


def test_ranks_that_are_uniform_pass_and_others_do_not():
    rng = np.random.default_rng(5)
    assert rank_uniformity(rng.integers(0, 100, 400), 99) > 0.01
    assert rank_uniformity(rng.binomial(99, 0.5, 400), 99) < 1e-6
