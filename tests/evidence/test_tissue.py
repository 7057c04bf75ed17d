"""Tissue rows: whole studies in or out, an error for each kind, every fault of a file at once."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import replace

import pytest

from osteon.errors import CheckFailed, CorruptData
from osteon.evidence import load_tissue, tissue_sd, tissue_split_hash
from osteon.evidence import measurement as published
from osteon.evidence import tissue as room
from osteon.evidence.lint import linted
from osteon.evidence.split import assert_no_holdout, frozen_hash
from osteon.io.tables import read_packaged

EVERY = load_tissue(include_unverified=True)


def test_the_split_of_tissue_is_the_one_that_was_frozen_and_is_by_whole_study():
    assert tissue_split_hash() == frozen_hash("tissue")
    roles: dict[str, set[str]] = {}
    for r in EVERY:
        roles.setdefault(r.study, set()).add(r.role)
    assert not [s for s, found in roles.items() if {"calibrate", "holdout"} <= found]
    held = {s for s, found in roles.items() if "holdout" in found}
    assert {"RECKER2018", "AVA", "PATH_FEA", "PTH_MEN_IDIO", "TPTD_BPFAIL_BX", "SPINE_DEGEN4", "JIN2017"} <= held


def test_held_out_tissue_cannot_enter_an_objective():
    assert_no_holdout(load_tissue(["calibrate"]))
    with pytest.raises(CheckFailed, match="not for calibration"):
        assert_no_holdout(load_tissue(["holdout"])[:1])


def test_recalled_tissue_is_left_out_unless_asked_for():
    assert {r.confidence for r in EVERY} >= {"unverified"} and "unverified" not in {r.confidence for r in load_tissue()}


def test_every_row_has_an_error_on_its_scale():
    for r in EVERY:
        assert 0 < tissue_sd(r) < 90 and math.isfinite(room.on_scale(r, r.value)), r.id


@pytest.mark.parametrize(
    ("study", "endpoint", "name", "scale"),
    [
        ("RECKER2004", "activation_frequency", "turnover rate", "log"),
        ("HORIZON_BMDD", "CaMean_change", "mineralisation", "points"),
        ("EFFECT", "vBMD_change", "density", "points"),
        ("SHOTZ", "MS/BS", "level", "log"),
    ],
)
def test_kinds_are_told_apart(study, endpoint, name, scale):
    row = next(r for r in EVERY if r.study == study and r.endpoint == endpoint)
    assert (room.kind_of(row).name, room.kind_of(row).scale) == (name, scale)


def test_cortical_sites_are_measured_more_closely_than_trabecular_ones():
    rows = [r for r in EVERY if r.study == "EFFECT" and r.endpoint == "vBMD_change" and not r.spread]
    by = {("cort" in r.site): tissue_sd(r) for r in rows}
    assert by == {True: 0.7, False: 1.0}


def test_a_published_spread_is_used_with_a_floor_for_method():
    row = next(r for r in EVERY if r.endpoint == "activation_frequency")
    wide = replace(row, value=0.2, lo=0.1, hi=0.4, spread="CI95")
    assert tissue_sd(wide) == pytest.approx(math.log(4) / 3.92)
    assert tissue_sd(replace(wide, lo=0.199, hi=0.201)) == pytest.approx(0.35 / 3)
    persons = replace(wide, spread="SD", population="women, n=4", note="")
    assert tissue_sd(replace(persons, population="women, n=16")) == pytest.approx(tissue_sd(persons) / 2)


def test_changes_are_logs_of_what_is_left():
    row = next(r for r in EVERY if r.study == "FREEDOM_BX" and r.endpoint == "BFR_change")
    assert room.on_scale(row, row.value) == pytest.approx(math.log(0.03)) and tissue_sd(row) == 0.35
    assert next(r for r in EVERY if r.endpoint == "ES/BS_change").bound == "upper"


def broken(name, columns, changes):
    """A table's text with cells changed: (row, column, value); row None: the header."""
    rows = read_packaged(name)
    for i, column, value in changes:
        rows[i][column] = value
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def test_a_faulty_tissue_file_answers_with_every_fault_at_once():
    changes = [
        (0, "value", "0,13"), (1, "role", "calibrat"), (2, "unit", "perc"), (3, "confidence", ""), (4, "reference", " "),
        (5, "id", read_packaged("tissue.csv")[6]["id"]), (7, "lo", "5"), (8, "kind_of_spread", "sem"), (9, "months", "soon"),
        (10, "lo", "3"), (10, "hi", "2"),
    ]  # fmt: skip
    text = broken("tissue.csv", room.TISSUE_COLUMNS, changes) + "a,line,too,short\n"
    with pytest.raises(CorruptData) as caught:
        linted(text, "tissue.csv", room.TISSUE_COLUMNS, room._CHECKS, room.split_faults)
    codes = {f.code for f in caught.value.faults}
    assert codes >= {
        "bad_value", "bad_role", "bad_unit", "bad_confidence", "no_reference", "double_id", "half_interval",
        "bad_kind_of_spread", "bad_months", "reversed_interval", "bad_row",
    }  # fmt: skip
    said = str(caught.value)
    assert "Did you mean 'calibrate'?" in said and "tissue.csv line 2" in said and "'0,13'" in said


def test_a_study_that_is_fitted_and_held_out_is_a_fault():
    first = next(i for i, r in enumerate(read_packaged("tissue.csv")) if r["study"] == "HRT_BX")
    with pytest.raises(CorruptData, match="HRT_BX has rows to calibrate"):
        text = broken("tissue.csv", room.TISSUE_COLUMNS, [(first, "role", "holdout")])
        linted(text, "tissue.csv", room.TISSUE_COLUMNS, room._CHECKS, room.split_faults)


def test_a_faulty_table_of_measurements_answers_with_every_fault_at_once():
    changes = [
        (0, "value", "abc"),
        (1, "role", "fit"),
        (2, "confidence", "sure"),
        (3, "sd", "-1"),
        (4, "reference", ""),
    ]
    with pytest.raises(CorruptData) as caught:
        linted(
            broken("measurements.csv", published.MEASUREMENT_COLUMNS, changes),
            "m.csv",
            published.MEASUREMENT_COLUMNS,
            published._CHECKS,
        )
    assert len(caught.value.faults) == 5


def test_a_missing_and_a_misspelt_column_are_named():
    with pytest.raises(CorruptData) as caught:
        linted("id,valeu\nx,1\n", "t.csv", ("id", "value"), ())
    assert {f.code for f in caught.value.faults} == {"missing_column", "unknown_column"}
    assert "Did you mean 'value'?" in str(caught.value)
