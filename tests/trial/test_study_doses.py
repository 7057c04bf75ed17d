"""The ledger of doses of a study's arms."""

import pytest

from osteon.errors import InputError
from osteon.trial.run import run

STUDY = """
format = 1
title = "Doses"
[population]
cohort = "postmenopausal_osteoporosis"
patients_per_arm = 6
[design]
duration = "12 months"
visits = ["0 months", "12 months"]
[[arm]]
name = "placebo"
[[arm]]
name = "both"
[[arm.regimen]]
drug = "denosumab"
dose = "{dose}"
route = "subcutaneous"
every = "6 months"
until = "24 months"
[[arm.regimen]]
drug = "alendronate"
dose = "70 mg"
route = "oral"
every = "1 week"
adherence = 0.5
hold_when = "time > 100"
[[arm.regimen]]
drug = "denosumab"
dose = "{dose}"
route = "subcutaneous"
from = "13 months"
[[endpoint]]
name = "bmd_total_hip"
visit = "12 months"
compare = "placebo"
"""


def test_every_dose_of_an_arm_is_accounted_for(tmp_path):
    path = tmp_path / "s.toml"
    path.write_text(STUDY.format(dose="60 mg"))
    rows = run(path, tmp_path / "out")["doses"]
    assert {r["arm"] for r in rows} == {"both"}
    for r in rows:
        assert r["requested"] == r["given"] + r["skipped"] + r["held"] + r["cancelled"] + r["beyond_horizon"]
    twice, weekly, late = rows
    assert (twice["given"], twice["beyond_horizon"], twice["amount"]) == (2, 2, 120)
    assert weekly["given"] == 7 and weekly["skipped"] == 27  # every second week, to day 100
    assert (late["given"], late["beyond_horizon"]) == (0, 1) and "Not given" in late["words"]


def test_lines_of_an_arm_count_together_against_what_was_studied(tmp_path):
    path = tmp_path / "s.toml"
    path.write_text(STUDY.format(dose="20 g").replace('from = "13 months"', 'from = "0 months"'))
    with pytest.raises(InputError, match="together are 190 times"):
        run(path, tmp_path / "out")
    assert not (tmp_path / "out").exists()
