"""The sampler on problems whose answer is known: a Gaussian in closed form, calibration by simulation, resuming to the bit."""

from dataclasses import replace

import numpy as np
import pytest

from osteon.errors import CorruptData, InputError, Unsupported
from osteon.inference import posterior as store
from osteon.inference.coordinates import Coordinates, of_priors
from osteon.inference.errors_model import ErrorModel, Group, huber
from osteon.inference.priors import priors_of
from osteon.inference.sampler import BLOCK, Problem, begin, run_block, sample
from osteon.interventions import CARDS
from osteon.simulation.assembly import human_model
from osteon.statistics.convergence import convergence, rank_uniformity

ROWS, GROUPS = 24, 4


def groups(measured=0.04):
    rows = ROWS // GROUPS
    return tuple(
        Group(
            f"T{k // 2}",
            f"T{k // 2} {k}",
            k % 2,
            np.arange(rows * k, rows * (k + 1)),
            np.full(rows, measured),
            np.ones(rows),
            np.ones(rows),
        )
        for k in range(GROUPS)
    )


def a_problem(rng, bend=0.3, free=True, d=3, sharp=0.04):
    """A problem whose parameters, spreads and data are drawn from their own prior; and that truth."""
    where = Coordinates(
        tuple(f"k{i}" for i in range(d)), ("log",) * d, np.zeros(d), np.full(d, 0.5), np.full(d, -1.5), np.full(d, 1.5)
    )
    design = np.random.default_rng(99).normal(size=(ROWS, d))
    square = np.random.default_rng(98).normal(size=(ROWS, d, d)) * bend
    model = ErrorModel(groups(sharp), ("bmd", "marker"), np.array([0.3, 0.2]), np.array([0.3, 0.2]), (), free)

    def curves(t):
        return t @ design.T + np.einsum("ni,rij,nj->nr", t, square, t) + 0.3 * bend * np.sin(3 * t[:, :1])

    theta = where.draw_prior(1, rng)
    scales = model.usual() + (np.log(1.6) * rng.standard_normal(4) if free else 0.0)
    seen = curves(theta)[0]
    for g in model.groups:
        own = np.sqrt(g.measured + np.exp(2 * scales[g.family])) * rng.standard_normal(len(g.rows))
        seen[g.rows] += own + np.exp(scales[2 + g.family]) * rng.standard_normal()
    return (
        Problem(where, model, lambda t: curves(np.atleast_2d(t)) - seen, where.centre.copy(), np.diag(where.width**2)),
        theta[0],
        scales,
    )


def test_a_linear_problem_gives_the_posterior_of_its_closed_form():
    problem, _, _ = a_problem(np.random.default_rng(1), bend=0.0, free=False)
    wide = Coordinates(
        *(getattr(problem.where, k) for k in ("names", "forms", "centre", "width")), np.full(3, -9.0), np.full(3, 9.0)
    )
    problem = replace(problem, where=wide)
    base, model = problem.simulate(np.zeros((1, 3)))[0], problem.model
    slope = problem.simulate(np.eye(3)) - base
    root = model.roots(model.usual()[None])
    j = np.concatenate([r[0] @ slope[:, g.rows].T for g, r in zip(model.groups, root, strict=True)])
    e = np.concatenate([r[0] @ base[g.rows] for g, r in zip(model.groups, root, strict=True)])
    assert np.abs(e + j @ np.zeros(3)).max() < 20
    covariance = np.linalg.inv(j.T @ j + np.diag(wide.width**-2.0))
    mean = -covariance @ j.T @ e
    draws, _ = sample(problem, 4, 10, 8, seed=3)
    flat = draws.theta.reshape(-1, 3)
    far = np.abs(e + j @ mean).max()
    assert far < 2.5, "rows in the straight part of the loss: the closed form would not hold"
    assert np.allclose(flat.mean(axis=0), mean, atol=5 * np.sqrt(np.diag(covariance) / 300))
    assert np.allclose(flat.std(axis=0), np.sqrt(np.diag(covariance)), rtol=0.15)


def test_gradients_of_prior_and_likelihood_are_those_of_differences():
    problem, _, _ = a_problem(np.random.default_rng(2))
    rng, h = np.random.default_rng(3), 1e-6
    y = rng.normal(size=(2, 3))
    for i in range(3):
        step = np.zeros(3)
        step[i] = h
        number = (problem.where.log_prior(y + step) - problem.where.log_prior(y - step)) / (2 * h)
        assert np.allclose(problem.where.prior_slope(y)[:, i], number, rtol=1e-4)
    errors = rng.normal(size=(2, ROWS))
    roots = problem.model.roots(np.tile(problem.model.usual(), (2, 1)))
    _, slope = problem.model.cost_and_slope(errors, roots)
    for i in (0, 7, 23):
        step = np.zeros(ROWS)
        step[i] = h
        up, down = (problem.model.cost_and_slope(errors + s * step, roots)[0] for s in (1, -1))
        assert np.allclose(slope[:, i], (up - down) / (2 * h), atol=1e-5)


def test_the_stand_in_learns_and_its_gradient_is_its_own():
    problem, _, _ = a_problem(np.random.default_rng(4))
    state = begin(problem, 8, 1)
    for _ in range(4):
        run_block(problem, state, 1, keep=False)
    theta, h = problem.where.theta(state.y), 1e-4  # a cubic: a smaller step would show rounding
    e = state.emulator
    miss = np.abs(e.predict(theta) - problem.simulate(theta))
    assert np.median(miss) < 0.1
    slope = np.random.default_rng(5).normal(size=(8, ROWS))
    for i in range(3):
        step = np.zeros(3)
        step[i] = h
        number = ((e.predict(theta + step) - e.predict(theta - step)) / (2 * h) * slope).sum(axis=1)
        assert np.allclose(e.pull(theta, slope)[:, i], number, rtol=1e-4, atol=1e-4)


def test_a_wrong_stand_in_costs_acceptance_and_not_the_answer():
    """The same posterior where the stand-in is good and where it is spoilt on purpose."""
    rng = np.random.default_rng(6)
    problem, _, _ = a_problem(rng, bend=0.1, free=False)
    good, first = sample(problem, 4, 12, 8, seed=1)
    state = begin(problem, 8, 2)
    for _ in range(4):
        run_block(problem, state, 2, keep=False)
    spoilt = replace(state.emulator, weights=state.emulator.weights * 1.25, variance=state.emulator.variance + 0.02)
    state.emulator, state.frozen, state.tried = spoilt, True, np.zeros(4)
    bad = [run_block(problem, state, 2, keep=True) for _ in range(30)]
    wrong = np.concatenate([b.theta for b in bad], axis=1)
    assert state.tried[1] / state.tried[0] < first.tried[1] / first.tried[0]
    sd = good.theta.reshape(-1, 3).std(axis=0)
    worth = [convergence(wrong[..., i]).ess_bulk for i in range(3)]
    assert np.all(
        np.abs(wrong.reshape(-1, 3).mean(axis=0) - good.theta.reshape(-1, 3).mean(axis=0))
        < 4 * sd / np.sqrt(np.array(worth)) + 0.15 * sd
    )


def test_a_killed_run_goes_on_to_the_bit_and_another_problem_is_refused(tmp_path):
    problem, _, _ = a_problem(np.random.default_rng(7))

    def go(folder, stop_at, budget=1e9):
        seen = []

        def count(state):
            state.minutes = float(state.blocks)  # minutes that do not depend on the machine
            seen.append(state.blocks)
            if len(seen) == stop_at:
                raise KeyboardInterrupt

        return store.run(problem, folder, budget, "x", chains=6, seed=4, on_block=count)

    whole = go(tmp_path / "whole", 0, 9.5)
    with pytest.raises(KeyboardInterrupt):
        go(tmp_path / "cut", 6, 9.5)
    rest = go(tmp_path / "cut", 0, 9.5)
    assert np.array_equal(whole.theta, rest.theta) and np.array_equal(whole.scales, rest.scales)
    other, _, _ = a_problem(np.random.default_rng(8), d=2)
    with pytest.raises(InputError, match="another posterior"):
        store.run(other, tmp_path / "cut", 9.5, "x", chains=6, seed=4)
    (tmp_path / "cut" / "state.npz").write_bytes(b"not a state")
    with pytest.raises(CorruptData, match=r"state\.npz"):
        go(tmp_path / "cut", 0, 20.5)
    with pytest.raises(InputError, match="holds no posterior"):
        store.read_about(tmp_path / "nothing")


def test_the_summary_says_what_the_contract_asks(tmp_path):
    problem, _, _ = a_problem(np.random.default_rng(9))
    draws, _ = sample(problem, 4, 6, 6, seed=2)
    found = store.summarise(draws, problem.where, problem.model, 3.0, "hash")
    assert {"effective_draws", "max_rhat", "pareto_k", "parameters", "rows", "minutes", "data_hash"} <= set(found.row)
    assert found.row["rows"] == ROWS and found.row["parameters"] == 3 and found.row["draws"] == 6 * 6 * BLOCK
    assert found.row["effective_draws"] == min(min(p.ess_bulk, p.ess_tail) for p in found.parameters)
    assert found.row["pareto_k"] == max(t.pareto_k for t in found.trials)
    assert all(0 <= t.predictive_p <= 1 for t in found.trials) and len(found.offsets) == GROUPS
    about = store.about(problem, "hash", 6, 2)
    table = store.columns(draws, about)
    assert {len(v) for v in table.values()} == {6 * 6 * BLOCK} and np.allclose(
        np.log(table["k0"]), draws.theta[..., 0].ravel()
    )


def test_netcdf_is_read_back_or_refused_with_how_to_install_it(tmp_path):
    problem, _, _ = a_problem(np.random.default_rng(9))
    draws, _ = sample(problem, 2, 1, 4, seed=2)
    about = store.about(problem, "hash", 4, 2)
    try:
        import h5netcdf  # noqa: F401
        import h5py  # noqa: F401
        import xarray
    except ImportError:
        with pytest.raises(Unsupported, match=r"osteon\[arviz\]"):
            store.write_netcdf(draws, about, tmp_path / "draws.nc")
        return
    store.write_netcdf(draws, about, tmp_path / "draws.nc")
    with xarray.open_datatree(tmp_path / "draws.nc", engine="h5netcdf") as tree:
        assert np.allclose(np.log(tree["posterior"]["k0"].values), draws.theta[..., 0])


def test_bounds_hold_and_a_number_without_data_keeps_its_prior():
    problem, _, _ = a_problem(np.random.default_rng(10), d=3)
    wide = Coordinates(
        (*problem.where.names, "unknown"), (*problem.where.forms, "log"), np.append(problem.where.centre, 0.5),
        np.append(problem.where.width, 1.0), np.append(problem.where.low, 0.0), np.append(problem.where.high, 2.0),
    )  # fmt: skip
    alone = Problem(
        wide, problem.model, lambda t: problem.simulate(t[:, :3]), wide.centre.copy(), np.diag(wide.width**2)
    )
    draws, _ = sample(alone, 4, 20, 8, seed=5)
    own = draws.theta[..., 3].ravel()
    prior = wide.draw_prior(20_000, np.random.default_rng(0))[:, 3]
    assert own.min() >= 0 and own.max() <= 2
    assert abs(own.mean() - prior.mean()) < 0.12 and own.std() == pytest.approx(prior.std(), rel=0.15)
    rows = store.summarise(draws, wide, alone.model, 1.0, "").parameters
    assert next(r for r in rows if r.parameter == "unknown").prior_only


def test_coordinates_of_stated_priors_come_back():
    priors = priors_of(human_model(CARDS), ("assumed",))[:60]
    where = of_priors(priors)
    values = {p.name: p.parameter.value for p in priors}
    back = where.values(where.of_values(values)[None])
    for p in priors:
        assert back[p.name][0] == pytest.approx(values[p.name], rel=0.1, abs=1e-9), p.name
    y = where.place(where.draw_prior(50, np.random.default_rng(1)))
    assert np.allclose(where.place(where.theta(y)), y, atol=1e-6) and (where.low < where.high).all()


def test_the_loss_is_a_square_near_and_a_line_far():
    assert huber(np.array([1.0, -2.0])) == pytest.approx([1.0, 4.0])
    assert np.diff(huber(np.array([5.0, 6.0, 7.0])), 2) == pytest.approx([0.0])


@pytest.mark.slow
def test_ranks_of_the_truth_are_uniform():
    """Simulation-based calibration over all steps: parameters, spreads, warm-up, frozen proposals."""
    ranks, kept = [], 99
    for s in range(120):
        problem, theta, scales = a_problem(np.random.default_rng([5, s]))
        draws, _ = sample(problem, 3, 5, 8, seed=s)
        flat = np.concatenate([draws.theta, draws.scales], axis=2).reshape(-1, 7)
        own = flat[np.random.default_rng(s).choice(len(flat), kept, replace=False)]
        ranks.append((own < np.concatenate([theta, scales])).sum(axis=0))
    found = [rank_uniformity(r, kept, 10) for r in np.array(ranks).T]
    assert min(found) > 0.01 / len(found), found  # of seven, corrected for their number
