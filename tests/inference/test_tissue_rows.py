"""Tissue rows in the fit: whose they are, what they weigh, and that only rows to calibrate come in."""

from __future__ import annotations

import math

import numpy as np
import pytest

from osteon.errors import CorruptData
from osteon.evidence import load_cohort
from osteon.evidence.tissue import load_tissue
from osteon.inference import tissue
from osteon.inference.between import Forecast, absurd_folds, kept
from osteon.inference.fit import FIT_FAR, soft
from osteon.inference.linear import CLASSES, UNTREATED, class_of, row_class
from osteon.inference.targets import blocks, calibration_arms
from osteon.inference.tissue import observations, seen, tissue_errors
from osteon.interventions import CARDS
from osteon.simulation.assembly import human_model


def test_only_rows_to_calibrate_come_in_and_each_is_of_a_published_arm():
    held = {r.id for r in load_tissue(["holdout", "same_cohort_check"], include_unverified=True)}
    used = observations()
    assert len(used) > 25 and not held & {o.row.id for o in used}
    outputs = set(human_model(CARDS).outputs)
    for o in used:
        names = {a.name for a in load_cohort(o.cohort).arms}
        assert o.arm in names and (not o.comparator or o.comparator in names), o.row.id
        assert o.output in outputs and o.month > o.from_month and o.sd > 0.02, o.row.id


def test_a_percent_against_placebo_and_a_ratio_of_two_rows_are_logs():
    by = {o.row.id: o for o in observations()}
    zol = by["horizon_bx/zol_v_placebo/iliac_cancellous/activation_frequency_change/36"]
    assert zol.value == pytest.approx(math.log(0.37))
    recker = by["recker2004/12_mo_after_last_menses/iliac_cancellous/activation_frequency/12"]
    assert recker.value == pytest.approx(math.log(0.24 / 0.13))
    curves = {
        ("HORIZON", "zoledronate", "bfr_bv"): {0.0: np.array([0.2]), 36.0: np.array([0.08])},
        ("HORIZON", "placebo", "bfr_bv"): {0.0: np.array([0.2]), 36.0: np.array([0.16])},
    }
    assert seen(zol, curves) == pytest.approx(math.log(0.5))
    assert tissue_errors([zol], curves)[0, 0] == pytest.approx((math.log(0.5) - math.log(0.37)) / zol.sd)


def test_a_table_of_observations_that_is_off_tells_every_fault():
    raw = [
        {"row": "no/such", "over": "", "form": "percent"},
        {"row": "also/none", "over": "neither", "form": "guess"},
    ]
    with pytest.raises(CorruptData) as told:
        tissue._lint(raw, {})
    assert len(told.value.faults) == 4


def test_a_dense_curve_weighs_as_the_root_of_its_rows():
    dense = next(b for b in blocks(calibration_arms()) if b.cohort == "DMAB_PH2" and b.endpoint == "ctx")
    ones = np.linalg.solve(dense.root, np.ones(len(dense.rows)))
    assert float(ones @ ones) < 0.5 * len(dense.rows) / 0.12**2


def test_a_residual_far_out_counts_in_a_straight_line():
    r = soft(np.array([1.0, FIT_FAR, 10.0, -20.0]))
    assert r[0] == 1.0 and r[1] == pytest.approx(FIT_FAR)
    assert r[2] ** 2 == pytest.approx(FIT_FAR * (20 - FIT_FAR)) and r[3] == pytest.approx(
        -math.sqrt(FIT_FAR * (40 - FIT_FAR))
    )


def test_every_drug_is_of_one_class_and_a_sequence_leaves_with_its_first():
    members = [d for names in CLASSES.values() for d in names]
    assert sorted(members) == sorted(CARDS) and len(set(members)) == len(members)
    assert class_of(()) == UNTREATED
    assert class_of({"romosozumab", "denosumab"}) == "sclerostin antibody"
    assert class_of({"denosumab", "zoledronate"}) == "RANKL antibody"


def test_an_absurd_fold_is_told_and_not_pooled():
    rows = tuple(m for a in calibration_arms() for m in a.rows if m.endpoint == "bmd_total_hip")
    n = len(rows)
    error = np.where([row_class(m) == "RANKL antibody" for m in rows], 40.0, 0.3 * (-1.0) ** np.arange(n))
    change = np.abs(np.array([m.value for m in rows]) + error)
    f = Forecast(rows, error, change, np.full(n, 0.3), np.zeros(n))
    assert list(absurd_folds(f)) == ["RANKL antibody"] and absurd_folds(f)["RANKL antibody"] > 5
    left = kept(f)
    assert 0 < len(left.rows) < n and np.abs(left.error).max() < 1.0


def test_one_wild_row_counts_as_three_robust_deviations():
    rows = tuple(m for a in calibration_arms() for m in a.rows if m.endpoint == "bmd_total_hip")[:40]
    error = 0.5 * (-1.0) ** np.arange(40)
    error[7] = 30.0
    f = Forecast(rows, error, np.abs(error) + 5.0, np.full(40, 0.3), np.zeros(40))
    assert kept(f).error[7] == pytest.approx(3 * 1.4826 * 0.5)
