"""The shipped posterior: draws by number, only beside the fit they belong to, the Gaussian where it is asked for."""

import json

import numpy as np
import pytest

from osteon.errors import CorruptData, InputError
from osteon.interventions import CARDS
from osteon.simulation import fits, posterior_draws
from osteon.simulation.assembly import human_model
from osteon.simulation.fits import Fit, ensemble_draws, joined, load_fit, values_hash
from osteon.simulation.posterior_draws import PosteriorDraws, draws_for, shipped


def some(count=50):
    rng = np.random.default_rng(1)
    names = ("denosumab_effect_kd", "ctx_floor", "nuclear_steepness")
    return PosteriorDraws(names, rng.uniform(0.1, 0.4, (count, 3)).astype(np.float32), {"fit_hash": "x"})


def test_a_member_is_the_same_whoever_else_is_drawn_and_none_comes_twice():
    draws = some()
    few, many = draws.members(3, np.array([7, 8])), draws.members(3, np.arange(50))
    for name in draws.names:
        assert np.array_equal(few[name], many[name][7:9])
        assert np.array_equal(np.sort(many[name]), np.sort(draws.values[:, draws.names.index(name)].astype(float)))
    assert not np.array_equal(draws.members(4, np.arange(3))["ctx_floor"], many["ctx_floor"][:3])


def test_what_the_posterior_does_not_hold_comes_from_the_covariance_as_before():
    fit = Fit("t", {"ctx_floor": 0.2, "x": 2.0}, ("ctx_floor", "x"), ("log", "log"), [[0.01, 0.0], [0.0, 0.04]])
    mixed = Fit(fit.id, fit.values, fit.names, fit.transform, fit.covariance, draws=some())
    members = np.arange(9)
    plain, drawn = fit.ensemble(1, members, {}), mixed.ensemble(1, members, {"ctx_floor": (0.2, 0.3)})
    assert np.array_equal(plain["x"], drawn["x"]) and "nuclear_steepness" in drawn
    assert drawn["ctx_floor"].min() >= 0.2 and drawn["ctx_floor"].max() <= 0.3


@pytest.fixture
def fresh(monkeypatch):
    """Caches empty before and after."""

    def clear():
        for kept in (fits.load_fit, fits.joined, posterior_draws.shipped):
            kept.cache_clear()

    clear()
    yield monkeypatch
    monkeypatch.undo()
    clear()


def test_draws_of_another_fit_are_not_used_and_the_gaussian_can_be_asked_for(fresh):
    fresh.setattr(posterior_draws, "shipped", lambda name: some())
    assert draws_for("default", "x").names == some().names and draws_for("default", "y") is None
    fresh.setenv("OSTEON_DRAWS", "gaussian")
    assert draws_for("default", "x") is None
    fresh.setenv("OSTEON_DRAWS", "gausian")
    with pytest.raises(InputError, match="gaussian"):
        draws_for("default", "x")


def test_a_damaged_file_is_told(fresh, tmp_path):
    folder = tmp_path / "data" / "posterior"
    folder.mkdir(parents=True)
    fresh.setattr(posterior_draws, "files", lambda package: tmp_path)
    assert shipped.__wrapped__("default") is None
    (folder / "default.json").write_text("{}", encoding="utf-8")
    (folder / "default.npz").write_bytes(b"not draws")
    with pytest.raises(CorruptData, match="Install Osteon anew"):
        shipped.__wrapped__("default")
    np.savez(folder / "default.npz", names=np.array(["a", "b"]), values=np.full((4, 3), 1.0))
    with pytest.raises(CorruptData, match="not of its names"):
        shipped.__wrapped__("default")


def test_persons_and_animals_are_drawn_with_it(fresh):
    fit = load_fit()
    draws = PosteriorDraws(some().names, some().values, {"fit_hash": values_hash(fit)})
    fresh.setattr(posterior_draws, "shipped", lambda name: draws)
    fits.load_fit.cache_clear()
    fits.joined.cache_clear()
    model = human_model(CARDS)
    drawn = ensemble_draws(model, 5, 1, set())
    assert np.array_equal(drawn["ctx_floor"][1:], draws.members(1, np.arange(4))["ctx_floor"])
    assert drawn["nuclear_steepness"][0] == model.defaults["nuclear_steepness"]
    assert set(joined().names) <= set(drawn) | {n for n in joined().names if n not in model.parameters}


def test_what_is_shipped_is_of_the_shipped_fit_and_says_how_well_it_was_sampled():
    found = shipped("default")
    if found is None:
        pytest.skip("no posterior is shipped: draws are the Gaussian's")
    assert found.about["fit_hash"] == values_hash(load_fit()), "the fit has moved: sample the posterior anew"
    assert {"effective_draws", "max_rhat", "pareto_k", "minutes", "data_hash"} <= set(found.about["row"])
    model = human_model(CARDS)
    for name, values in zip(found.names, found.values.T, strict=True):
        low, high = model.parameters[name].bounds or (-np.inf, np.inf)
        assert low * (1 - 1e-5) <= values.min() and values.max() <= high * (1 + 1e-5), name
    assert json.dumps(found.about)
