"""Evidence: whole tables, an untouched split, arms that can be run."""

import math

import pytest

from osteon.errors import CheckFailed, InputError
from osteon.evidence import (
    assert_no_holdout,
    calibration_rows,
    cohort_ids,
    load_claims,
    load_cohort,
    load_measurements,
    measurement_sd,
    split_hash,
)
from osteon.evidence.measurement import CONFIDENCES, ROLES
from osteon.evidence.split import frozen_hash
from osteon.io.tables import read_packaged
from osteon.trial.files import DrugRegimen

EVERYTHING = load_measurements(include_unverified=True)


def test_the_tables_are_whole():
    assert len(EVERYTHING) == 1091 and len({m.id for m in EVERYTHING}) == 1091
    assert len(load_claims()) == 212 and len(read_packaged("cells.csv")) == 290


def test_the_split_is_the_one_that_was_frozen():
    assert split_hash() == frozen_hash()


def test_every_row_has_role_confidence_unit_and_reference():
    for m in EVERYTHING:
        assert m.role in ROLES and m.confidence in CONFIDENCES and m.unit and m.endpoint, m.id
        assert m.reference, m.id


def test_unverified_rows_are_left_out_unless_asked_for():
    assert not [m for m in load_measurements() if m.confidence == "unverified"]
    assert len(load_measurements()) == len(EVERYTHING) - 136


def test_calibration_rows_hold_nothing_else_and_the_guard_bites():
    rows = calibration_rows(include_unverified=True)
    assert rows and {m.role for m in rows} == {"calibrate"}
    holdout = load_measurements(["holdout"])[0]
    with pytest.raises(CheckFailed, match="not for calibration"):
        assert_no_holdout([*rows, holdout])


@pytest.mark.parametrize("name", cohort_ids())
def test_every_arm_of_a_cohort_can_be_run(name):
    cohort = load_cohort(name)
    assert cohort.arms and len({a.name for a in cohort.arms}) == len(cohort.arms)
    for arm in cohort.arms:
        for row in arm.regimen:
            assert DrugRegimen.model_validate(dict(row)).amount > 0


def test_published_changes_belong_to_arms_that_exist():
    changes = [m for m in EVERYTHING if m.unit.startswith("pct_change") and m.cohort.lower() in cohort_ids()]
    known = {m.cohort: {a.name for a in load_cohort(m.cohort).arms} for m in changes}
    loose = {(m.cohort, m.arm) for m in changes if math.isfinite(m.value) and m.arm not in known[m.cohort]}
    assert loose == {("DMAB_PH2", "all denosumab arms")}  # a range over arms, no arm


def test_measurement_errors_are_positive():
    assert all(measurement_sd(m) > 0 for m in EVERYTHING)


def test_an_unknown_cohort_is_answered_with_the_nearest():
    with pytest.raises(InputError, match="Did you mean 'freedom'"):
        load_cohort("fredom")
