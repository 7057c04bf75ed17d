"""A study with fractures as endpoints: incidence, log-rank, ratio of risks; what is refused; what cells may not claim."""

from __future__ import annotations

import json

import numpy as np
import pytest
from tests.trial.two_arms import endpoint, study_text

from osteon.errors import InputError
from osteon.inputs import read_study
from osteon.io.outcome_store import read_parquet
from osteon.trial.fracture_endpoints import FirstEvents, incidence, log_rank, risk_ratio
from osteon.trial.run import contents

CELLS = """[[arm]]
name = "cells"
[[arm.cells]]
source = "umbilical_cord"
subtype = "wharton_jelly"
dose = "1e6 cells/kg"
route = "intravenous"
infusion_time = "60 min"
at = ["0 months"]
"""
TEXT = study_text(
    "fractures",
    "vert_mn",
    60,
    (0, 12, 24),
    CELLS
    + endpoint("vertebral_fracture", "24 months", analysis="log_rank")
    + endpoint("clinical_fracture", "24 months", analysis="risk_ratio")
    + endpoint("utility", "24 months", as_="value", analysis="t_test")
    + endpoint("hazard_hip", "24 months", as_="ratio")
    + '[uncertainty]\nparameters = "none"\n',
    'dropout = "10 percent/year"\n',
)


@pytest.fixture(scope="module")
def done(finished):
    return finished(TEXT, r={"seed": 2, "batch": 1000}, again={"seed": 2, "batch": 37})


def test_drawn_fractures_do_not_hang_on_the_size_of_a_chunk(done):
    assert contents(done / "r") == contents(done / "again")


def rows_of(done, name):
    found = json.loads((done / "r" / "endpoints.json").read_text(encoding="utf-8"))["endpoints"]
    return {r["arm"]: r for r in found if r["endpoint"] == name}


def test_the_outcome_table_holds_every_fracture_once_and_in_time(done):
    table = read_parquet(sorted((done / "r" / "outcomes").glob("*.parquet")))
    broken = table[table["output"] == "vertebral_fracture"]
    assert len(broken) > 20 and (broken["value"] == 1).all() and broken["visit"].between(0, 24.01).all()
    followed = table[table["output"] == "followed"].set_index("patient")["value"]
    assert len(followed) == 180 and (broken["visit"].to_numpy() <= followed[broken["patient"]].to_numpy() + 1e-9).all()
    hips = table[table["output"] == "hip_fracture"][["patient", "visit"]]
    others = table[table["output"] == "nonvertebral_fracture"][["patient", "visit"]]
    assert len(hips.merge(others)) == len(hips)


def test_an_endpoint_gives_incidence_expectation_and_a_test(done):
    rows = rows_of(done, "vertebral_fracture")
    placebo, drug = rows["placebo"], rows["denosumab"]
    assert placebo["as"] == "incidence" and placebo["lo"] < placebo["mean"] < placebo["hi"] and placebo["events"] > 0
    assert drug["analysis"] == "log_rank" and drug["ratio_lo"] < drug["ratio"] < drug["ratio_hi"] and 0 < drug["p"] <= 1
    assert (
        drug["expected_ratio"] == pytest.approx(drug["expected"] / placebo["expected"]) and drug["expected_ratio"] < 0.6
    )
    assert rows_of(done, "clinical_fracture")["denosumab"]["analysis"] == "risk_ratio"
    assert 0.5 < rows_of(done, "utility")["placebo"]["mean"] < 0.85


def test_no_field_holds_a_point_estimate_of_fractures_under_cells(done):
    for name in ("vertebral_fracture", "clinical_fracture", "utility", "hazard_hip"):
        row = rows_of(done, name)["cells"]
        assert not {"ratio", "difference", "p", "expected_ratio", "patients_needed_90"} & set(row), name
        assert row["evidence"] == "assumed"
    assert (
        rows_of(done, "vertebral_fracture")["cells"]["ratio_lo"]
        < 1
        < rows_of(done, "vertebral_fracture")["cells"]["ratio_hi"]
    )
    assert json.loads((done / "r" / "endpoints.json").read_text(encoding="utf-8"))["knowledge"] == []


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('analysis = "log_rank"', 'analysis = "ancova"', "log_rank, risk_ratio"),
        ('analysis = "log_rank"', 'as = "percent_change"', "incidence"),
        ('name = "vertebral_fracture"', 'name = "bmd_total_hip"', "ancova, t_test"),
        ('name = "vertebral_fracture"', 'name = "vertebral_fractures"', "vertebral_fracture"),
    ],
)
def test_what_cannot_be_analysed_is_refused_by_name(old, new, told, tmp_path):
    import tomllib

    from osteon.trial.check import check_study

    with pytest.raises(InputError) as error:
        check_study(read_study(tomllib.loads(TEXT.replace(old, new, 1))))
    assert told in " ".join(f"{f.message} {f.allowed} {f.hint}" for f in error.value.faults)


def events(months, had):
    return FirstEvents(np.array(months, float), np.array(had, bool), np.full(len(had), 0.1))


def test_incidence_is_kaplan_meier():
    share, low, high = incidence(events([6, 10, 12, 24], [1, 0, 1, 0]), 24)
    assert share == pytest.approx(1 - 0.75 * 0.5) and low < share < high
    none = incidence(events([24] * 60, [0] * 60), 24)
    assert none[:2] == (0.0, 0.0) and none[2] == pytest.approx(1 - 0.025 ** (1 / 60), rel=1e-6)


def test_the_log_rank_test_is_that_of_scipy():
    from scipy.stats import CensoredData, logrank

    rng = np.random.default_rng(1)
    arms = []
    for scale in (20.0, 30.0):
        months = rng.exponential(scale, 200)
        arms.append(events(np.minimum(months, 24), months < 24))
    data = [CensoredData(uncensored=e.months[e.had], right=e.months[~e.had]) for e in arms]
    ratio, low, high, p = log_rank(arms[1], arms[0])
    assert p == pytest.approx(logrank(data[0], data[1]).pvalue, rel=1e-6)
    assert low < 20 / 30 < high and ratio < 1


def test_a_ratio_of_risks_by_hand():
    ratio, low, high, _ = risk_ratio(
        events([1] * 5 + [24] * 95, [1] * 5 + [0] * 95), events([1] * 10 + [24] * 90, [1] * 10 + [0] * 90)
    )
    assert ratio == pytest.approx(0.5) and low == pytest.approx(
        0.5 * np.exp(-1.96 * np.sqrt(0.2 - 0.01 + 0.1 - 0.01)), rel=1e-3
    )
    assert low < ratio < high


def test_equal_hazards_are_found_different_in_one_of_twenty():
    rng = np.random.default_rng(7)
    found = []
    for _ in range(2000):
        arms = []
        for _ in range(2):
            months = rng.exponential(100.0, 150)
            arms.append(events(np.minimum(months, 24), months < 24))
        found.append(log_rank(*arms)[3] < 0.05)
    assert abs(np.mean(found) - 0.05) < 4 * np.sqrt(0.05 * 0.95 / 2000)
