"""Files that were once answered wrongly without a word, each with its right answer."""

import json
import re
from pathlib import Path

import pytest

from osteon.cli import main

CASES = Path(__file__).parent.parent / "cases"


@pytest.fixture
def answer(tmp_path, capsys):
    def run(name, patients=40, command="run"):
        more = ["--out", str(tmp_path / name), "--patients", str(patients)] if command == "run" else []
        code = main([command, str(CASES / f"{name}.toml"), *more, "--json"])
        return code, json.loads(capsys.readouterr().out)

    return run


def value(found, endpoint, key, arm=None):
    rows = [r for r in found[1]["rows"] if r["endpoint"] == endpoint and arm in (None, r["arm"]) and key in r]
    return rows[0][key]


def test_twenty_replicates_are_twenty_trials_and_not_a_large_one(answer):
    code, found = answer("replicates", 20)
    row = next(r for r in found["rows"] if "difference" in r)
    assert (
        code == 0 and row["n"] == 20 and row["difference_hi"] - row["difference_lo"] > 0.8
    )  # it was 0.31 for one of 400
    assert "20 trials" in found["notes"][0]


def test_patients_needed_both_ways_and_with_dropout(answer):
    ways = [value(answer(f"patients_needed_{n}"), "bmd_total_hip", "patients_needed_90") for n in "ab"]
    assert ways[0] == ways[1] >= 2
    assert value(answer("patients_needed_dropout"), "bmd_total_hip", "patients_needed_90") > ways[0] / 0.6


def test_a_population_of_an_age_is_one_of_that_age(answer):
    alone, both = answer("population_age_only", 300), answer("population_age_and_t", 300)
    assert value(alone, "t_total_hip", "mean") == pytest.approx(value(both, "t_total_hip", "mean"), abs=0.5)
    assert value(alone, "hip_fracture", "expected") < 2.5 * value(both, "hip_fracture", "expected")
    told = " ".join(alone[1]["notes"])
    hip = float(re.search(r"T-score of the hip (-?[\d.]+)", told)[1])
    assert hip == pytest.approx(value(alone, "t_total_hip", "mean"), abs=0.4) and hip < 0
    assert "earlier vertebral fractures 9" in told


def test_one_more_visit_changes_nothing_else(answer):
    assert answer("a_visit_more")[1]["rows"] == answer("a_visit_less")[1]["rows"]


def test_a_donor_with_a_word_nobody_knows_is_refused(answer):
    code, found = answer("donor_typo")
    assert code == 2 and found["errors"][0]["hint"] == "Did you mean 'osteoporosis'?"


def test_a_unit_that_is_not_read_is_offered_at_its_size(answer):
    code, found = answer("unit_hint", command="simulate")
    assert code == 2 and found["errors"][0]["hint"] == 'Write "45 mL/min".'
