"""Doses of a scenario from an event table beside it."""

import pytest

from osteon.cli.front import main
from osteon.errors import InputError
from osteon.inputs import read_scenario
from osteon.simulation.scenario import simulate_file, simulate_scenario

HEAD = "ID,TIME[month],CMT,AMT[mg],II,ADDL,SS,RATE[mg/day]"
SCENARIO = """
format = 1
{events}
[person]
age = "66 years"
{regimen}
[output]
end = "24 months"
at = "3 months"
of = ["bmd_total_hip", "ctx"]
as = "percent_change"
"""
DENOSUMAB = '[[regimen]]\ndrug = "denosumab"\nroute = "subcutaneous"\ndose = "60 mg"\nevery = "6 months"\n'


def write(folder, *rows, events="doses ü.csv", head=HEAD, regimen=""):
    (folder / "doses ü.csv").write_text("\n".join([head, *rows]), encoding="utf-8")
    path = folder / "scenario.toml"
    path.write_text(SCENARIO.format(events=f'events = "{events}"' if events else "", regimen=regimen), encoding="utf-8")
    return path


def values(path):
    return [r["value"] for r in simulate_file(path).rows]


def test_a_table_gives_what_a_regimen_gives(tmp_path):
    by_regimen = values(write(tmp_path, events="", regimen=DENOSUMAB))
    for name in ("denosumab", "denosumab_depot"):
        by_table = values(write(tmp_path, f"007,0,{name},60,6,3,.,."))
        assert by_table == pytest.approx(by_regimen, rel=1e-6, abs=1e-9)


def test_a_table_adds_to_a_regimen(tmp_path):
    both = values(write(tmp_path, "1,0,zoledronate,5,.,.,.,480", regimen=DENOSUMAB))
    assert both[8] > values(write(tmp_path, events="", regimen=DENOSUMAB))[8]


def test_a_steady_state_is_where_years_of_doses_lead(tmp_path):
    """A body holds still at a steady state; a drug that leaves within weeks is there after months."""
    rows = simulate_file(write(tmp_path, "1,0,raloxifene,60,0.0328542094,730,1,.")).rows
    assert all(r["value"] == r["value"] for r in rows)
    started = values(write(tmp_path, "1,0,raloxifene,60,0.0328542094,730,.,."))
    assert [r["value"] for r in rows][-1] == pytest.approx(started[-1], rel=0.05)


@pytest.mark.parametrize(
    "name", ["../doses.csv", "/etc/hostname", "none.csv", "a/../doses ü.csv", ".", "x\\u0000y", "link.csv"]
)
def test_a_path_that_leaves_the_folder_or_is_no_file_is_refused(tmp_path, name):
    (tmp_path / "doses.csv").write_text(f"{HEAD}\n1,0,denosumab,60,.,.,.,.")
    folder = tmp_path / "inner"
    folder.mkdir()
    (folder / "link.csv").symlink_to(tmp_path / "doses.csv")
    with pytest.raises(InputError, match="folder of the scenario"):
        simulate_file(write(folder, "1,0,denosumab,60,.,.,.,.", events=name))


def test_what_a_table_cannot_mean_is_told(tmp_path, capsys):
    cases = {
        ("1,0,denosumab,60,.,.,.,.", "2,0,denosumab,60,.,.,.,."): (2, "is one person"),
        ("1,0,denosumabb,60,.,.,.,.",): (2, "Did you mean 'denosumab'"),
        ("1,0,osteoclasts,60,.,.,.,.",): (2, "compartment"),
        ("1,0,denosumab,600000,.,.,.,.",): (2, "times what was studied"),
        ("1,0,romosozumab,210,.,.,.,.",): (2, "compartment"),  # given in two ways
        ("1,0,denosumab,60,6,.,3,.",): (4, "SS 3"),
    }
    for rows, (code, word) in cases.items():
        assert main(["simulate", str(write(tmp_path, *rows))]) == code, rows
        assert word in capsys.readouterr().err


def test_a_table_is_checked_by_validate(tmp_path, capsys):
    assert main(["validate", str(write(tmp_path, "1,0,denosumab,60,.,.,.,."))]) == 0
    assert main(["validate", str(write(tmp_path, "1,0,denosumab,-60,.,.,.,."))]) == 2
    assert "line 2" in capsys.readouterr().err


def test_a_scenario_without_a_folder_has_no_table():
    raw = {
        "format": 1,
        "events": "doses.csv",
        "person": {"age": "70 years"},
        "output": {"end": "1 year", "of": ["ctx"]},
    }
    with pytest.raises(InputError, match="has no folder"):
        simulate_scenario(read_scenario(raw))


def test_a_dose_beyond_what_was_studied_is_labelled(tmp_path):
    assert any("extrapolated" in n for n in simulate_file(write(tmp_path, "1,0,denosumab,2000,.,.,.,.")).notes)
