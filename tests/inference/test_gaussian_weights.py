"""Weights of the fit's Gaussian: a Gaussian posterior weighs its own draws alike, another one does not."""

import numpy as np

from osteon.inference.coordinates import Coordinates
from osteon.inference.errors_model import ErrorModel, Group
from osteon.inference.gaussian_weights import gaussian_weights
from osteon.inference.sampler import Problem
from osteon.simulation.fits import Fit

D, ROWS = 3, 6


def problem(bend=0.0):
    groups = (Group("T", "T x", 0, np.arange(ROWS), np.full(ROWS, 0.25), np.ones(ROWS), np.zeros(ROWS)),)
    model = ErrorModel(groups, ("bmd",), np.array([0.1]), np.array([0.3]), (), False)
    where = Coordinates(tuple("abc"), ("plain",) * D, np.zeros(D), np.ones(D), np.full(D, -9.0), np.full(D, 9.0))
    design = np.random.default_rng(1).normal(size=(ROWS, D))
    j = design / np.sqrt(0.26)
    covariance = np.linalg.inv(j.T @ j + np.eye(D))
    fit = Fit("t", dict.fromkeys("abc", 0.0), tuple("abc"), ("plain",) * D, covariance.tolist())
    return Problem(where, model, lambda t: t @ design.T + bend * t[:, :1] ** 2, np.zeros(D), covariance), fit


def test_a_gaussian_posterior_weighs_its_gaussian_alike():
    found = gaussian_weights(*problem(), 400)
    assert found["effective_draws"] > 380 and found["outside_bounds"] == 0


def test_a_bent_posterior_and_draws_outside_bounds_cost_draws():
    bent, fit = problem(bend=3.0)
    straight = gaussian_weights(*problem(), 400)["effective_draws"]
    assert gaussian_weights(bent, fit, 400)["effective_draws"] < 0.8 * straight
    narrow = Problem(
        Coordinates(*(getattr(bent.where, k) for k in ("names", "forms", "centre", "width")), np.full(D, -0.1), np.full(D, 9.0)),
        bent.model, bent.simulate, bent.start, bent.covariance,
    )  # fmt: skip
    assert gaussian_weights(narrow, fit, 400)["outside_bounds"] > 0.4


def test_a_failed_simulation_weighs_nothing():
    good, fit = problem()
    lost = Problem(good.where, good.model, lambda t: np.full((len(t), ROWS), 50.0), good.start, good.covariance)
    assert gaussian_weights(lost, fit, 40)["effective_draws"] == 0
