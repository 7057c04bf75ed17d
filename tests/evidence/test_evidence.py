"""Evidence: whole tables, an untouched split, arms that can be run."""

import json
import math
from importlib.resources import files

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
from osteon.inputs import DrugRegimen
from osteon.io.tables import read_packaged

EVERYTHING = load_measurements(include_unverified=True)


def test_the_tables_are_whole():
    frozen = json.loads(files("osteon").joinpath("data/split.json").read_text(encoding="utf-8"))["rows"]
    assert len(EVERYTHING) == len({m.id for m in EVERYTHING}) == frozen >= 1171
    assert len(load_claims()) == 212 and len(read_packaged("cells.csv")) == 290


def test_the_split_is_the_one_that_was_frozen():
    assert split_hash() == frozen_hash()


def test_every_row_has_role_confidence_unit_and_reference():
    for m in EVERYTHING:
        assert m.role in ROLES and m.confidence in CONFIDENCES and m.unit and m.endpoint, m.id
        assert m.reference, m.id


def test_unverified_rows_are_left_out_unless_asked_for():
    assert not [m for m in load_measurements() if m.confidence == "unverified"]
    assert len(load_measurements()) == len(EVERYTHING) - 117
    assert not [m for m in calibration_rows() if m.confidence == "unverified"]


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


def doses_until(arm, month):
    rows = [(r["drug"], r["dose"], r["every"], r["from"], r.get("adherence")) for r in arm.regimen]
    return [r for r in rows if float(r[3].split()[0]) < month]


@pytest.mark.parametrize(
    ("cohort", "one", "other", "month"),
    [
        ("fit_flex", "alendronate 10 years", "alendronate 5 years, then placebo", 72),
        ("horizon", "zoledronate 6 years", "zoledronate 3 years, then off", 36),
        ("romo_ph2", "romosozumab then denosumab", "romosozumab then placebo", 24),
        ("romo_ph2", "alendronate, romosozumab, denosumab", "alendronate, romosozumab, placebo", 24),
    ],
)
def test_arms_with_a_shared_lead_in_take_the_same_doses_until_they_part(cohort, one, other, month):
    arms = load_cohort(cohort)
    assert doses_until(arms.arm(one), month) == doses_until(arms.arm(other), month) != []


def test_the_longest_published_visit_of_continued_treatment_is_still_on_treatment():
    for cohort, name in (("FIT_FLEX", "alendronate 10 years"), ("FREEDOM", "denosumab 10 years")):
        last = max(m.months for m in EVERYTHING if (m.cohort, m.arm) == (cohort, name))
        end = max(float(r["until"].split()[0]) for r in load_cohort(cohort).arm(name).regimen)
        assert last <= end + 1, name


def test_troughs_are_read_before_the_dose_of_their_day():
    """Denosumab marker visits at re-dosing are troughs; a figure read 0.1 month late would put them after the dose."""
    late = {
        (m.arm, m.months) for m in EVERYTHING if m.cohort == "DMAB_PH2" and 0 < m.months % 3 < 0.2 and m.months < 12
    }
    late = {(arm, month) for arm, month in late if arm.endswith("q3m") or 6 < month < 7}
    assert late == {("denosumab 14 mg q6m", 6.1)}  # that one has its trough at month 6 beside it


def test_later_periods_of_a_trial_start_where_the_period_starts():
    flex = [m for m in EVERYTHING if "FLEX year 5" in m.note]
    assert len(flex) == 9 and {(m.from_month, m.months) for m in flex} == {(72.0, 132.0)}


def test_comparators_are_names_and_references_name_the_trial_beside_the_digitiser():
    assert not [m.id for m in EVERYTHING if m.comparator[:1].isdigit()]
    digitised = [m.reference for m in EVERYTHING if "Jörg" in m.reference]
    assert digitised and not [r for r in digitised if r.startswith(("figure", "digitised"))]


def test_kinds_of_error_bars_that_were_worked_out_imply_a_spread_between_persons_as_trials_show():
    """BMD: 1.5 to 6 percent of persons of an arm; the other kind would imply half or twice as much."""
    size = {"DATA": 31, "DMAB_PH2": 46, "DEFEND": 128, "ROMO_PH2": 50, "FRAME": 62}
    late = [m for m in EVERYTHING if m.unc_type.endswith("_derived") and 6 <= m.months <= 24]
    assert {m.cohort for m in late} == set(size)
    for cohort, n in size.items():
        half = [(m.hi - m.lo) / 2 / (1 if m.unc_type[0] == "S" else 1.96) for m in late if m.cohort == cohort]
        assert 1.5 < sorted(half)[len(half) // 2] * math.sqrt(n) < 6.0, cohort


def test_a_spread_between_persons_is_divided_by_the_persons_of_the_arm():
    row = next(m for m in EVERYTHING if m.cohort == "DATA" and m.unc_type == "SD" and m.endpoint == "bmd_lumbar_spine")
    assert measurement_sd(row) == pytest.approx(row.sd / math.sqrt(31))


def test_measurement_errors_are_positive():
    assert all(measurement_sd(m) > 0 for m in EVERYTHING)


def test_an_unknown_cohort_is_answered_with_the_nearest():
    with pytest.raises(InputError, match="Did you mean 'freedom'"):
        load_cohort("fredom")
