"""The scorecard page: misses first, tables kept apart, suspicions that name something measured."""

from __future__ import annotations

from pathlib import Path

import pytest
from validation.page import misses, rms, write_page
from validation.suspected import suspected

from osteon.errors import InputError
from osteon.evidence import load_measurements
from validation import joerg

PARTS = {"sd_parameters": 0.3, "sd_between_person": 0.2, "sd_measurement": 0.4, "sd_between_study": 0.6}


def row(**changed):
    made = {
        "id": "x", "cohort": "FRAME", "role": "holdout", "arm": "romosozumab then denosumab", "endpoint": "bmd_total_hip",
        "months": 12.0, "from_month": 0.0, "published": 6.0, "simulated": 5.0, "lo90": 3.0, "hi90": 7.0, "inside": True,
        "error": -1.0, "error_no_change": -6.0, "error_class": -2.0, "naive_class": 4.0, "unit": "pct_change_baseline",
        "reason": "", **PARTS,
    }  # fmt: skip
    return made | changed


def test_every_suspicion_names_a_measured_arm_and_outcome():
    known = {(m.cohort, m.arm, m.endpoint) for m in load_measurements(include_unverified=True)}
    assert set(suspected()) <= known and len(suspected()) > 20


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[FRAMEE.denosumab.ctx]\nmechanism = "a"', "FRAMEE"),
        ('[FRAME."romosozumab".ctx]\nmechanism = "a"', "romosozumab"),
        ('[FRAME."romosozumab then denosumab".cttx]\nmechanism = "a"', "cttx"),
        ('[FRAME."romosozumab then denosumab".ctx]\nmechanisms = "a"', "mechanism"),
        ('[FRAME."romosozumab then denosumab".ctx]\nmechanism = " "', "mechanism"),
    ],
)
def test_an_unknown_key_is_refused_by_name(tmp_path: Path, text: str, told: str):
    file = tmp_path / "suspected.toml"
    file.write_text(text)
    with pytest.raises(InputError, match=told):
        suspected(file)


def test_misses_come_held_out_first_and_the_worst_of_them_first():
    rows = [
        row(role="calibrate", cohort="DEFEND", arm="denosumab", error=-9.0, inside=False),
        row(endpoint="p1np", error=0.3),  # above the bar of an arm, though inside its interval
        row(error=-3.0, inside=False),
        row(endpoint="ctx", error=0.1),
    ]
    assert [(k[0], k[3]) for k, _ in misses(rows)] == [
        ("holdout", "bmd_total_hip"),
        ("holdout", "p1np"),
        ("calibrate", "bmd_total_hip"),
    ]


def test_the_page_keeps_roles_apart_and_shows_skill_comparator_and_what_is_left_out(tmp_path: Path):
    theirs = [r for r in joerg.errors() if r["arm"] == "romosozumab then denosumab" and r["cohort"] == "FRAME"]
    hip = next(r for r in theirs if r["endpoint"] == "bmd_total_hip")
    rows = [
        row(id=hip["id"], arm=hip["arm"], error=-3.0, inside=False),
        row(id="b", role="calibrate", error=0.5),
        row(id="c", role="calibrate", endpoint="fracture_vertebral", error=0.2, sd_between_study=None),
        row(id="d", simulated=None, reason="the row holds no number"),
    ]
    page = write_page(rows, tmp_path, {"frame": {"holdout/bmd_total_hip": 2.02}}, 50, 1).read_text(encoding="utf-8")
    assert page.index("## Misses") < page.index("## Tables") < page.index("## Every cohort")
    assert page.index("### held out") < page.index("### calibrated")
    assert "quarter too small" in page and f"{abs(hip['error']):.2f}" in page and "2.02" in page
    assert "fracture vertebral" in page and "the row holds no number" in page and "+50%" in page
    assert {p.name for p in tmp_path.iterdir()} == {
        "scorecard.md", "scorecard_errors.svg", "scorecard_coverage.svg", "scorecard_forecasts.svg",
    }  # fmt: skip


def test_a_miss_without_an_entry_is_said_to_be_unexplained(tmp_path: Path):
    rows = [row(cohort="STAND", arm="denosumab", endpoint="bmd_lumbar_spine", error=4.0, inside=False)]
    assert "not explained yet" in write_page(rows, tmp_path, {}, 50, 1).read_text(encoding="utf-8")


def test_rms_ignores_rows_without_the_error():
    assert rms([{"error": 3.0}, {"error": None}, {"error": 4.0}]) == pytest.approx((12.5) ** 0.5)
