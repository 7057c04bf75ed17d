"""The fit: only calibration rows, a shipped result that can be reproduced, a descent that descends."""

import json

import numpy as np
import pytest

from osteon.errors import CheckFailed
from osteon.evidence import load_measurements, split_hash
from osteon.inference.fit import FITTED, UNREAD, Objective, data_hash, fit, space
from osteon.inference.score import pooled, score
from osteon.inference.targets import calibration_arms
from osteon.inference.tissue import observations
from osteon.outcomes.fracture import FITTED as OF_FRACTURES
from osteon.replication.published import arms_of, usable
from osteon.simulation.assembly import human_model
from osteon.simulation.fits import load_fit, shifts


def test_no_holdout_row_can_enter_an_objective():
    rows = [m for m in load_measurements(["holdout"], include_unverified=True) if usable(m)]
    assert rows
    with pytest.raises(CheckFailed, match="not for calibration"):
        Objective(arms_of(rows), space())


def test_the_shipped_fit_is_of_these_data_and_this_split():
    about = load_fit().about
    assert about["data_hash"] == data_hash(calibration_arms(), observations()) and about["split"] == split_hash()
    assert set(load_fit().values) == set(FITTED) and len(FITTED) <= 52


@pytest.fixture(scope="module")
def calibrated():
    return {k[0]: v for k, v in pooled(score(calibration_arms())).items()}


def test_the_shipped_fit_meets_its_bars_on_calibrated_rows(calibrated):
    assert calibrated["bmd_total_hip"] < 0.8
    assert calibrated["ctx"] < 0.35 and calibrated["p1np"] < 0.25


@pytest.mark.xfail(
    strict=True,
    reason="1.3 points at the spine, 1.7 at the neck (QCT and DXA of one drug ask for other cancellous shares); BSAP 0.16, CTX 0.24, P1NP 0.19",
)
@pytest.mark.parametrize(
    "endpoint, asked",
    [("bmd_lumbar_spine", 1.0), ("bmd_femoral_neck", 0.7), ("ctx", 0.22), ("p1np", 0.18), ("bsap", 0.12)],
)
def test_what_was_asked_of_the_fit_and_is_missed(calibrated, endpoint, asked):
    assert calibrated[endpoint] < asked


def test_fitted_values_lie_inside_their_bounds_and_say_fitted():
    for name, value in load_fit().values.items():
        p = human_model(_all()).parameters[name]
        assert (
            p.kind == ("assumed" if name in UNREAD else "fitted") and p.bounds and p.bounds[0] <= value <= p.bounds[1]
        ), name
    fitted = {p.name for p in human_model(_all()).parameters.values() if p.kind == "fitted"}
    assert fitted == (set(FITTED) - set(UNREAD)) | set(OF_FRACTURES)


def _all():
    from osteon.interventions import CARDS

    return CARDS


def test_the_gaussian_is_centred_on_the_fit_and_spread_by_it():
    fitted = load_fit()
    drawn = fitted.gaussian(1, np.arange(400), {})
    name = "turnover_cancellous_hip"
    logs = np.log(drawn[name] / fitted.values[name])
    wanted = np.sqrt(np.asarray(fitted.covariance)[fitted.names.index(name)][fitted.names.index(name)])
    assert abs(logs.mean()) < 4 * wanted / 20 and abs(logs.std() / wanted - 1) < 0.2


@pytest.mark.slow
def test_a_fit_from_the_code_defaults_descends_and_resumes(tmp_path):
    told = []
    first = fit(tmp_path / "fit.json", 2, on_progress=told.append)
    again = fit(tmp_path / "fit.json", 1, on_progress=told.append)
    assert again["cost"] < first["cost"] and "resumed from the stored values" in told
    assert json.loads((tmp_path / "fit.json").read_text(encoding="utf-8"))["data_hash"] == first["data_hash"]


@pytest.mark.slow
def test_two_more_steps_leave_the_shipped_fit_where_it_is(tmp_path):
    """Within a tenth of a posterior standard deviation in every number; a fit from the code's values takes thirty steps (./dev refit)."""
    again = fit(tmp_path / "fit.json", 2, start=load_fit().values)
    assert again["cost"] == pytest.approx(load_fit().about["cost"], abs=0.3)
    assert max(map(abs, shifts(load_fit(), again["values"]).values())) < 0.1
