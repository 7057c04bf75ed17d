"""A user's own imaging: known values come back from simulated data, limits count, bad rows are told all at once."""

import json
from pathlib import Path

import numpy as np
import pytest

from osteon.cells.kinetics import SHARED
from osteon.cells.product import CellDose
from osteon.cli import main
from osteon.errors import InputError
from osteon.inference.cell_kinetics import fit_kinetics, fitted_parameters
from osteon.inputs.imaging import ImagingRow, load_imaging, read_imaging
from osteon.simulation.organ_kinetics import organ_courses

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "imaging_mouse.csv"
VEIN = CellDose("bone_marrow", 5e5, "cells", "intravenous", (0.0,), viability=1.0)
DAYS = [1 / 24, 0.5, 1.0, 2.0, 3.0, 7.0, 14.0]
TRUE = {"k_cell_loss": 0.9, "k_debris": 0.35, "debris_to_liver": 0.12, "debris_to_spleen": 0.30}


def simulated(seed, noise=0.04, given=VEIN, **true):
    """Rows of one animal with known values: shares with log-normal noise."""
    shared = {p.name: np.full(1, p.value) for p in SHARED.parameters} | {
        k: np.full(1, v) for k, v in (TRUE | true).items()
    }
    found = organ_courses(given, shared, 0.02, DAYS)
    rng, rows = np.random.default_rng(seed), []
    for measure, organ in (("label", "lung"), ("viable", "lung"), ("label", "liver"), ("label", "spleen")):
        for day, share in zip(DAYS, found[measure, organ][0], strict=True):
            if share > 1e-4:
                value = float(share * 10 ** (noise * rng.standard_normal()))
                rows.append(
                    ImagingRow(len(rows) + 2, day, organ, value, False, np.log(10) * noise * value, measure, "1")
                )
    return rows


def of(fit, name):
    return next(e for e in fit.estimates if e.parameter == name)


def test_known_values_come_back_within_their_intervals():
    inside = dict.fromkeys(TRUE, 0)
    for seed in range(8):
        fit = fit_kinetics(VEIN, simulated(seed), 0.02)
        for name, value in TRUE.items():
            e = of(fit, name)
            inside[name] += e.lo90 <= value <= e.hi90
            assert e.value == pytest.approx(value, rel=0.25) and e.known_from_data > 0.7
    assert min(inside.values()) >= 5 and sum(inside.values()) >= 25  # of 8 and of 32, nine in ten expected


def test_what_the_data_do_not_say_stays_as_wide_as_the_prior():
    fit = fit_kinetics(VEIN, simulated(1), 0.02)
    e = of(fit, "release_share")
    assert e.known_from_data < 0.2
    assert np.log(e.hi90 / e.lo90) == pytest.approx(np.log(e.prior_hi90 / e.prior_lo90), rel=0.25)
    assert set(fitted_parameters(VEIN)) == {
        e.parameter for e in fit.estimates if not e.parameter.startswith("half_life")
    }


def test_half_lives_are_those_of_the_rates_and_more_data_narrow_them():
    wide, narrow = (fit_kinetics(VEIN, simulated(3, noise), 0.02) for noise in (0.2, 0.02))
    for fit in (wide, narrow):
        rate, half = of(fit, "k_cell_loss"), of(fit, "half_life_cell_loss")
        assert half.value == pytest.approx(np.log(2) / rate.value)
    assert (
        of(narrow, "k_cell_loss").hi90 - of(narrow, "k_cell_loss").lo90
        < of(wide, "k_cell_loss").hi90 - of(wide, "k_cell_loss").lo90
    )


def test_a_limit_of_detection_pulls_a_release_down_and_says_nothing_where_it_is_met():
    rows = simulated(1)
    met = ImagingRow(99, 3.0, "marrow", 0.5, True, np.nan, "label", "1")
    same, plain = fit_kinetics(VEIN, [*rows, met], 0.02), fit_kinetics(VEIN, rows, 0.02)
    assert of(same, "release_share").value == pytest.approx(of(plain, "release_share").value, rel=1e-3)
    tight = ImagingRow(99, 3.0, "other", 1e-5, True, np.nan, "label", "1")
    low = fit_kinetics(VEIN, [*rows, tight], 0.02)
    assert of(low, "lung_arrest").value > of(plain, "lung_arrest").value


def test_a_site_is_fitted_with_what_stays_there():
    bone = CellDose("bone_marrow", 1e6, "cells", "intramedullary", (0.0,), viability=1.0, site="femur_left")
    shared = {p.name: np.full(1, p.value) for p in SHARED.parameters} | {"resident_share": np.full(1, 0.02)}
    found = organ_courses(bone, shared, 0.25, [1.0, 7.0, 28.0, 56.0])["viable", "femur_left"][0]
    rows = [
        ImagingRow(i, d, "femur_left", float(v), False, 0.1 * float(v), "viable", "")
        for i, (d, v) in enumerate(zip([1.0, 7.0, 28.0, 56.0], found, strict=True))
    ]
    fit = fit_kinetics(bone, rows, 0.25)
    e = of(fit, "resident_share")
    assert e.lo90 < 0.02 < e.hi90 and e.known_from_data > 0.5
    with pytest.raises(InputError, match="femur_left"):
        fit_kinetics(VEIN, rows, 0.02)


def test_every_bad_row_is_told_at_once_with_its_line_and_the_nearest_organ():
    text = 'day,organ,value,unit\n1,lng,50,percent\nx,lung,-3,percent\n2,liver,"1,5",pct\n3,lung,0,percent\n4,lung\n'
    with pytest.raises(InputError) as caught:
        read_imaging(text)
    found = [(f.place, f.code) for f in caught.value.faults]
    assert {p for p, _ in found} == {f"imaging.csv line {n}" for n in (2, 3, 4, 5, 6)} and len(found) == 7
    assert any(f.hint == "Did you mean 'lung'?" for f in caught.value.faults)


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("organ,value", "missing_key"),
        ("day,hour,organ,value", "missing_key"),
        ("day,organ", "missing_key"),
        ("day,organ,value,colour", "unknown_column"),
    ],
)
def test_a_header_that_does_not_do_is_refused(header, code):
    with pytest.raises(InputError) as caught:
        read_imaging(header + "\n" + ",".join("1" for _ in header.split(",")) + "\n")
    assert code in {f.code for f in caught.value.faults}


def test_cells_need_a_dose_and_shares_do_not():
    text = "day,organ,value,unit\n1,lung,250000,cells\n"
    with pytest.raises(InputError, match="dose"):
        read_imaging(text)
    assert read_imaging(text, dose=5e5)[0].share == pytest.approx(0.5)
    assert load_imaging(EXAMPLE)[0].day == pytest.approx(1 / 24) and load_imaging(EXAMPLE)[-1].below


def test_the_command_fits_writes_and_refuses(tmp_path, capsys):
    out = tmp_path / "kinetics.json"
    assert main(["fit", "--what", "kinetics", "--data", str(EXAMPLE), "--out", str(out), "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert {"k_cell_loss", "half_life_cell_loss", "debris_to_liver"} <= {r["parameter"] for r in rows}
    assert json.loads(out.read_text(encoding="utf-8"))["kind"] == "cell_kinetics"
    assert main(["fit", "--what", "kinetics"]) == 2
    assert main(["fit", "--what", "bone", "--data", str(EXAMPLE)]) == 2
    assert (
        main(["fit", "--what", "kinetics", "--data", str(EXAMPLE), "--source", "marow", "--species", "elephant"]) == 2
    )
    assert "marow" in (err := capsys.readouterr().err) and "elephant" in err
