"""Findings that once held by construction: each fails when what it rests on is taken away."""

from dataclasses import replace

import numpy as np
import pytest

from osteon.checks.cell_animals import _on_surfaces
from osteon.inputs import read_scenario
from osteon.replication.experiments import Trajectory, findings_of, load_experiment
from osteon.simulation.animal_trajectories import animal_trajectory

OF = ("donor_osteoprogenitors_femur_left", "donor_osteoprogenitors_marrow")


def trajectory(route, **override):
    cells = {
        "source": "bone_marrow",
        "dose": "1e7 cells/kg",
        "route": route,
        "at": ["0 days"],
        "donor": {"age": "8 weeks"},
    }
    cells |= {} if route == "intravenous" else {"site": "femur_left"}
    animal = {"species": "rat", "age": "200 days", "condition": "ovx", "condition_from": "-84 days"}
    given = {
        "format": 1,
        "animal": animal,
        "cells": [cells],
        "output": {"end": "28 days", "at": ["0 days", "28 days"], "of": list(OF)},
    }
    return animal_trajectory(read_scenario(given), 0)


def test_donor_cells_on_surfaces_are_told_apart_by_where_they_were_put_not_by_construction():
    arms = {"into bone": trajectory("intramedullary"), "vein": trajectory("intravenous")}
    assert all(p.holds for p in _on_surfaces(arms))
    assert arms["vein"].values["donor_osteoprogenitors_marrow"][0, -1] > 0
    passing = arms["vein"].values["donor_osteoprogenitors_marrow"] * 1e3  # as if the lung let all by
    worse = {
        **arms,
        "vein": Trajectory(arms["vein"].days, {**arms["vein"].values, "donor_osteoprogenitors_marrow": passing}),
    }
    assert not any(p.holds for p in _on_surfaces(worse))


@pytest.mark.parametrize("idle", ["systemic", "local"])
def test_two_routes_that_do_the_same_must_both_do_something(idle):
    experiment = load_experiment("T1-03")
    look = next(k for k in experiment.looks if k.beyond)
    days = np.array([0.0, 35.0])
    course = {
        arm: Trajectory(days, {look.output: np.array([[0.0, v]])})
        for arm, v in (("untreated", 1.0), ("systemic", 1.3), ("local", 1.35))
    }
    only = replace(experiment, looks=(look,))
    assert findings_of(only, course)[0].holds
    course[idle] = course["untreated"]
    course["local" if idle == "systemic" else "systemic"] = course["untreated"]
    assert not findings_of(only, course)[0].holds
