"""The spread between studies: from calibration rows alone, each cohort forecast without itself."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from osteon.errors import CheckFailed
from osteon.evidence import calibration_rows, load_measurements, split_hash
from osteon.inference.between import Forecast, between_study, errors_of, leave_one_out, store, stored, wider
from osteon.inference.fit import data_hash, space
from osteon.inference.linear import Linear, of_cohorts
from osteon.inference.spread import family_spread
from osteon.inference.targets import blocks, calibration_arms
from osteon.inference.tissue import observations
from osteon.replication.trials import replicate
from osteon.simulation.between_study import between
from osteon.simulation.fits import load_fit, values_hash


class Straight(Linear):
    """A calibration problem that is exactly linear: no simulation."""

    def run(self, points):
        return self.errors + (np.atleast_2d(points) - self.point) @ self.slopes.T


def straight(seed: int = 1) -> Straight:
    arms, where = calibration_arms(), space(("k_lining", "k_precursor", "opg_pth"))
    made = tuple(blocks(arms))
    rng = np.random.default_rng(seed)
    n = sum(len(b.rows) for b in made)
    return Straight(arms, where, made, where.to_point({}), 0.3 * rng.normal(size=n), 0.3 * rng.normal(size=(n, 3)), 1.0)


def forecast(constant: float, share: float, measured: float, n: int = 400) -> Forecast:
    rng = np.random.default_rng(3)
    row = calibration_rows(include_unverified=True)[0]
    rows = tuple(replace(row, cohort=str(i), arm=str(i)) for i in range(n))
    change = rng.uniform(0, 8, n)
    sd = np.sqrt(constant**2 + (share * change) ** 2 + measured**2)
    return Forecast(rows, sd * rng.normal(size=n), change, np.full(n, measured), np.zeros(n))


def spread(f: Forecast, family: str = "bmd") -> tuple[float, float]:
    constants, share = family_spread([errors_of(f, range(len(f.rows)))], family)
    return constants[0], share


@pytest.mark.parametrize(("constant", "share"), [(0.6, 0.2), (0.9, 0.0), (0.4, 0.25)])
def test_a_known_spread_is_found_again_and_measurement_is_not_counted_twice(constant, share):
    assert spread(forecast(constant, share, 0.5)) == pytest.approx((constant, share), abs=0.13)


def test_errors_that_measurement_explains_leave_little_spread_between_studies():
    assert sum(spread(forecast(0.0, 0.0, 0.7))) < 0.25


def test_few_studies_are_told_a_wider_spread_than_many_with_the_same_errors():
    few, many = (spread(forecast(0.6, 0.0, 0.2, n)) for n in (6, 600))
    assert few[0] > many[0] and few[1] > many[1]


def test_a_dense_arm_is_not_many_studies():
    f = forecast(0.5, 0.0, 0.1, 40)
    loud = [replace(f.rows[0], cohort="loud", arm="loud")] * 60
    noise = 3.0 + 0.05 * np.random.default_rng(5).normal(size=60)
    dense = Forecast(
        (*f.rows, *loud),
        np.append(f.error, noise),
        np.append(f.change, np.zeros(60)),
        np.append(f.measured, np.full(60, 0.1)),
        np.append(f.parameters, np.zeros(60)),
    )
    assert spread(dense)[0] < 1.5  # counted by rows it would be near 2.4


def test_a_cohort_never_helps_to_forecast_itself():
    plain = straight()
    idx = np.array(
        [m.cohort == "NEER" and c == "PTH analogue" for m, c in zip(plain.rows, plain.classes, strict=False)]
    )
    shifted = Straight(
        plain.arms, plain.where, plain.blocks, plain.point, plain.errors + 4.0 * idx, plain.slopes, plain.inflation
    )
    moved = leave_one_out(shifted, 2).error - leave_one_out(plain, 2).error
    assert np.allclose(moved[idx], 4.0)  # its own miss is not explained away
    assert np.abs(moved[~idx]).max() > 1e-3  # the others' forecasts did see it


def test_the_stored_spread_rests_on_exactly_the_calibration_rows():
    stored = json.loads(files("osteon").joinpath("data").joinpath("between_study.json").read_text(encoding="utf-8"))
    assert stored["data_hash"] == data_hash(calibration_arms(), observations()) and stored["split"] == split_hash()
    assert stored["fit_hash"] == values_hash(load_fit()), "run: ./dev validate --between"
    endpoints = {m.endpoint for a in calibration_arms() for m in a.rows}
    assert set(stored["quantities"]) == endpoints
    assert all(q["studies"] >= 5 for q in stored["quantities"].values())


def test_the_estimate_never_meets_a_hold_out_row():
    found = leave_one_out(straight(), 1)
    held = {m.id for m in load_measurements(["holdout", "holdout_temporal"], include_unverified=True)}
    assert not held & {m.id for m in found.rows}


def test_the_stored_errors_give_the_stored_spread():
    file = files("osteon").joinpath("data").joinpath("between_study.json")
    each = [between_study(stored(Path("validation") / name)) for name in ("left_out.csv", "left_out_cohorts.csv")]
    told, found = json.loads(file.read_text(encoding="utf-8"))["quantities"], wider(*each)
    for endpoint, q in told.items():
        numbers = {k: v for k, v in q.items() if k != "of"}
        assert {k: found[endpoint][k] for k in numbers} == pytest.approx(numbers, abs=2e-3), endpoint


def test_trials_of_one_class_and_classes_are_both_heard():
    q = {"bmd_total_hip": {"constant": 0.3, "share_of_change": 0.1, "left_out_rmse": 1.0}}
    other = {"bmd_total_hip": {"constant": 0.2, "share_of_change": 0.2, "left_out_rmse": 0.8}}
    both = wider(q, other)["bmd_total_hip"]
    assert both == {"constant": 0.3, "share_of_change": 0.2, "left_out_rmse": 1.0, "cohort_left_out_rmse": 0.8}


def test_a_cohort_is_left_out_with_its_tissue_rows():
    found = of_cohorts(straight())
    assert set(found.classes) == {m.cohort for m in found.rows} and len(set(found.classes)) > 10


def test_errors_of_another_fit_are_refused(tmp_path):
    path = tmp_path / "left_out.csv"
    store(leave_one_out(straight(), 1), path)
    assert len(stored(path).rows) == len(straight().rows)
    path.write_text(path.read_text(encoding="utf-8").replace(values_hash(load_fit()), 64 * "0"))
    with pytest.raises(CheckFailed, match="another fit"):
        stored(path)


def test_the_spread_grows_with_the_change():
    assert between("bmd_lumbar_spine").sd(8.0) > between("bmd_lumbar_spine").sd(0.0) > 0


def test_an_interval_says_what_it_contains():
    row = next(
        r
        for r in replicate("decide", 12, 1, with_recalled=True).rows
        if r["endpoint"] == "bmd_total_hip" and r["simulated"]
    )
    parts = {k: row[f"sd_{k}"] for k in ("parameters", "between_person", "measurement", "between_study")}
    assert all(v > 0 for v in parts.values())
    half = (row["hi90"] - row["lo90"]) / 2
    total = float(np.sqrt(sum(v**2 for v in parts.values())))
    assert half == pytest.approx(1.645 * total)
