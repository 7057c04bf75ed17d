"""Cells beside what was measured: which rows are missed is known and told; priors keep what the evidence bounds."""

import numpy as np
import pytest

from osteon.cells import hazards
from osteon.cells.product import CellDose, bag_survival, left_alive
from osteon.replication import cell_kinetics

MISSED = {
    ("Eggenhofer 2012", "organ with most label 24 h"),  # label is in the liver by a day there, in patients by ten
    ("Gholamrezanezhad 2011", "spleen share of label 0 h"),  # nothing but first pass brings label there at once
}


@pytest.fixture(scope="module")
def found():
    return cell_kinetics.table()


def test_the_rows_that_are_missed_are_the_known_ones(found):
    assert {(r.study, r.what) for r in found if not r.inside} == MISSED
    assert len(found) > 50 and {r.role for r in found} == {"calibrate", "holdout"}
    for r in found:
        assert np.isfinite([r.typical, r.low, r.high]).all() and r.low <= r.high


def test_the_joint_prior_keeps_what_reaches_marrow_and_what_leaves_the_lung():
    assert all(kept for _, _, _, kept in cell_kinetics.priors())


def test_a_model_in_which_faster_is_worse_would_be_found_out(monkeypatch):
    row = {"value": "+1"}
    assert cell_kinetics._more_when_slow(row)[2] and cell_kinetics._more_with_dose(row)[2]
    monkeypatch.setattr(hazards, "SPEED_POWER", -0.5)
    monkeypatch.setattr(hazards, "DENSITY_POWER", 0.0)
    assert not cell_kinetics._more_when_slow(row)[2]
    monkeypatch.setattr(hazards, "DOSE_POWER", -1.0)
    assert not cell_kinetics._more_with_dose(row)[2]


def test_what_runs_in_from_a_bag_is_the_mean_of_what_is_alive_in_it():
    given = CellDose("umbilical_cord", 1.0, "cells", "intravenous", (0.0,), infusion=6 / 24)
    hours = np.linspace(0, 6, 4001)
    mean = np.trapezoid([left_alive(given, h / 24) for h in hours], hours) / 6
    assert bag_survival(given) == pytest.approx(mean, rel=1e-5)
    assert bag_survival(CellDose("adipose", 1.0, "cells", "intravenous", (0.0,))) == 1.0


def test_label_is_conserved_whatever_share_of_it_is_free():
    import numpy as np

    from osteon.inputs.scenario import read_scenario
    from osteon.simulation.scenario import simulate_scenario

    of = [f"label_{o}" for o in ("lung", "liver", "spleen", "marrow", "other")]

    def total(free):
        table = {
            "format": 1,
            "animal": {"species": "rat", "age": "100 days"},
            "cells": [{"source": "adipose", "dose": "1e6 cells", "route": "intravenous", "at": ["0 days"]}],
            "output": {"end": "10 days", "at": ["1 day", "10 days"], "of": of},
            "override": [{"parameter": "free_label", "value": free}],
        }
        rows = simulate_scenario(read_scenario(table)).rows
        return np.sum([[r["value"] for r in rows if r["output"] == n] for n in of], axis=0)

    assert total(0.7) == pytest.approx(total(0.0), rel=1e-9)
