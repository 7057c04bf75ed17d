"""The report of a fit: residuals add up, profiles follow the cost, what the rows cannot tell is told, the page stands alone."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import numpy as np
import pytest
from tests.inference.test_between import straight

from osteon.cli import main
from osteon.errors import InputError
from osteon.inference.fit_report import CONFOUNDED, fit_report
from osteon.report.fit_page import write_fit_report
from osteon.simulation.fits import Fit, load_fit, read_fit


def _fit(linear, shift=0.0):
    names = linear.where.names
    values = {n: float(v[0]) for n, v in linear.where.from_points(linear.point + shift).items()}
    return Fit("made", values, names, ("log",) * len(names), (0.01 * np.eye(len(names))).tolist())


@pytest.fixture(scope="module")
def linear():
    return straight()


@pytest.fixture(scope="module")
def report(linear):
    return fit_report(linear, _fit(linear), _fit(linear, 0.2))


def test_shares_of_the_cost_add_up_to_the_rows_share_and_errors_are_those_of_the_rows(linear, report):
    whitened = linear.whitened(linear.errors)
    rows = whitened[: len(linear.rows)]
    assert sum(c["share_of_cost"] for c in report["cohorts"]) == pytest.approx(
        float(rows @ rows) / float(whitened @ whitened), abs=0.01
    )
    assert sum(c["rows"] for c in report["cohorts"]) == len(linear.rows) == report["rows"]
    square = sum(c["rows"] * c["rmse"] ** 2 for c in report["cohorts"])
    assert square == pytest.approx(float((linear.errors[: len(linear.rows)] ** 2).sum()), rel=0.01)


def test_on_straight_errors_a_profile_rises_as_the_normal_approximation_says(linear, report):
    at_best = np.linalg.solve(linear.information(), -linear.gradient(linear.errors, linear.point))
    best = replace(linear, point=linear.point + at_best, errors=linear.errors + linear.slopes @ at_best)
    for p in fit_report(best, _fit(best))["profiles"]:
        if not p["cut_by_bound"]:
            assert p["below"] == pytest.approx(p["above"], rel=0.05) == pytest.approx(p["expected"], rel=0.05)


def test_what_the_rows_do_not_move_is_a_weak_direction_and_not_known_from_data(linear):
    slopes = linear.slopes.copy()
    slopes[:, 1] = 0.0
    found = fit_report(replace(linear, slopes=slopes), _fit(linear))
    name = linear.where.names[1]
    assert found["directions"][0]["information"] < 1e-6 and list(found["directions"][0]["loads"]) == [name]
    assert next(p for p in found["prior_and_data"] if p["parameter"] == name)["known_from_data"] == pytest.approx(
        0, abs=0.01
    )


def test_parameters_that_move_the_rows_alike_are_a_confounded_pair(linear):
    slopes = linear.slopes.copy()
    slopes[:, 1] = slopes[:, 0] * 1.001
    found = fit_report(replace(linear, slopes=slopes), _fit(linear))["confounded"]
    assert found[0]["parameters"] == list(linear.where.names[:2]) and found[0]["correlation"] < -CONFOUNDED


def test_the_shift_is_in_standard_deviations_of_the_last_fit(report):
    assert {m["shift_sd"] for m in report["shift"]["moved"]} == {-2.0}


def test_the_page_stands_alone_and_the_data_can_be_read(tmp_path, report):
    page, data = write_fit_report(tmp_path / "r", report)
    text = page.read_text(encoding="utf-8")
    assert json.loads(data.read_text(encoding="utf-8"))["rows"] == report["rows"]
    assert report["cohorts"][0]["cohort"] in text
    assert not re.search(r"https?://(?!www\.w3\.org/)", text.split("<body>")[1]), (
        "but for the namespace of its drawings"
    )
    assert "Rise of the cost two standard deviations away" in text


def test_a_file_that_is_no_fit_is_refused_with_what_it_lacks(tmp_path):
    path = tmp_path / "f.json"
    path.write_text('{"values": {}}')
    with pytest.raises(InputError, match="names, transform, covariance"):
        read_fit(path)
    path.write_text(
        json.dumps({"values": {"a": 1.0}, "names": ["a"], "transform": ["log"], "covariance": [[1.0]], "cost": 3})
    )
    assert read_fit(path).about == {"cost": 3} and load_fit().names


def test_a_fit_of_another_law_is_refused_with_what_differs(tmp_path, capsys):
    path = tmp_path / "old.json"
    path.write_text(json.dumps({"values": {"a": 1.0}, "names": ["a"], "transform": ["log"], "covariance": [[1.0]]}))
    assert main(["fit", "--report", str(tmp_path / "r"), "--out", str(path)]) == 2
    told = capsys.readouterr()
    assert "another law" in told.out + told.err and not (tmp_path / "r").exists()
