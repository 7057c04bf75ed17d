"""The fit of fracture hazards: no hold-out row, a shipped result of these data and this bone, what the data know."""

from __future__ import annotations

import numpy as np
import pytest

from osteon.errors import CheckFailed
from osteon.evidence import load_measurements, split_hash
from osteon.inference import fractures as room
from osteon.inference.fit import space
from osteon.outcomes.fracture import FITTED, FRACTURE
from osteon.replication.fracture_incidence import RATIOS, comparable
from osteon.simulation.fits import joined, load_fit, values_hash


def test_no_holdout_row_reaches_the_objective():
    rows = tuple(m for m in load_measurements(["holdout"], include_unverified=True) if comparable(m))
    assert rows
    with pytest.raises(CheckFailed, match="not for calibration"):
        room.Objective(rows, {}, space(FITTED), {}, {})
    assert {m.role for m in room.fracture_rows()} == {"calibrate"}


def test_incidences_of_arms_are_left_to_check_the_fit():
    assert all(m.unit in RATIOS for m in room.fracture_rows())


def test_the_shipped_fit_is_of_these_rows_this_split_and_this_bone():
    about = load_fit("fractures").about
    assert about["data_hash"] == room.data_hash(room.fracture_rows()) and about["split"] == split_hash()
    assert about["bone_hash"] == values_hash(load_fit()), "run: osteon fit --what fractures"


def test_the_shipped_values_are_a_minimum_and_inside_their_bounds():
    found = load_fit("fractures")
    for p in FRACTURE.parameters:
        if p.bounds and p.name in found.values:
            assert p.bounds[0] <= found.values[p.name] <= p.bounds[1], p.name
    objective = room.objective()
    point = objective.where.to_point(found.values)
    cost = float((objective(point) ** 2).sum())
    assert cost == pytest.approx(found.about["cost"], rel=0.02)
    assert cost < float((objective(objective.where.to_point({})) ** 2).sum())
    moved = objective(point + 0.2 * np.eye(len(point)))
    assert np.all((moved**2).sum(axis=1) > cost - 0.05)


def test_the_overlay_stands_behind_the_bone_and_leaves_its_draws_alone():
    both, bone = joined(), load_fit()
    members = np.arange(5)
    mixed, own = both.ensemble(1, members, {}), bone.ensemble(1, members, {})
    assert all(np.allclose(mixed[n], own[n]) for n in own)
    assert set(FITTED) <= set(mixed) and np.std(mixed["bmd_gradient_vertebral"]) > 0
