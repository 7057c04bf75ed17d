"""Ablations: what is off stays off, the rest moves where a refit would, every mechanism is one of the fit."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from tests.inference.test_between import Straight, straight

from osteon.errors import InputError
from osteon.inference.linear import Linear
from validation import ablate


class StraightAblated(ablate.Ablated):
    """Errors that are straight in the parameters, about where the slopes were taken."""

    def run(self, points):
        base = straight()
        return base.errors + (np.atleast_2d(points) - base.point) @ base.slopes.T


def _off(k: int) -> StraightAblated:
    base = straight()
    fixed = tuple(i == k for i in range(len(base.point)))
    point = base.point + np.where(fixed, 0.5, 0.0)
    at = StraightAblated(**{f.name: getattr(base, f.name) for f in fields(Linear)}, fixed=fixed)
    return ablate._sloped(at, point)


def test_what_is_off_stays_off_and_the_rest_reaches_the_least_squares_without_it():
    start = _off(1)
    at = ablate.refitted(start)
    assert at.point[1] == start.point[1]
    free = [0, 2]
    information, side = start.information(), start.gradient(start.errors, start.point)
    best = start.point.copy()
    best[free] -= np.linalg.solve(information[np.ix_(free, free)], side[free])
    assert at.point[free] == pytest.approx(start.where.clip(best)[free], abs=0.02)
    assert at.cost(at.errors, at.point) < start.cost(start.errors, start.point)


def test_the_prior_of_what_is_off_costs_nothing_and_it_adds_no_spread():
    start = _off(0)
    assert start.prior(start.point)[0] == 0.0 and start.gradient(start.errors, start.point)[0] == 0.0
    assert np.linalg.inv(start.information())[0, 0] < 1e-6
    assert (start.slopes[:, 0] == 0).all() and np.abs(start.slopes[:, 1]).max() > 0


def test_every_mechanism_switches_fitted_parameters_within_their_bounds():
    found = ablate.ablations()
    where = straight().where
    assert len(found) >= 10 and isinstance(straight(), Straight) and where.names
    from osteon.inference.fit import space

    known = {p.name: p for p in space().parameters}
    for name, mechanism in found.items():
        assert mechanism["words"] and mechanism["set"], name
        for parameter, value in mechanism["set"].items():
            low, high = known[parameter].bounds
            assert low <= value <= high, f"{name}: {parameter}"


def test_a_mechanism_that_nobody_knows_is_refused_with_the_nearest():
    with pytest.raises(InputError, match="blunting"):
        ablate.ablate(["bluntin"])


def test_the_table_tells_the_rise_of_the_cost_and_errors_that_move_by_a_tenth():
    whole = {"cost": 100.0, "rmse": {"PTH analogue": {"ctx": 0.2, "p1np": 0.2}}, "absurd": {}}
    done = {
        "one": {"cost": 112.0, "rmse": {"PTH analogue": {"ctx": 0.3, "p1np": 0.205}}, "absurd": {"PTH analogue": 1.4}}
    }
    text = ablate.table({"whole": whole, "done": done})
    assert "one: cost +12.0; no forecast of PTH analogue" in text
    assert "PTH analogue ctx: 0.20 → 0.30" in text and "p1np" not in text
