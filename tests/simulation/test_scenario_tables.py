"""Doses of a scenario from an event table beside it."""

import json

import numpy as np
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


def curve(folder, text, end, at, of, more="", form="value"):
    """Values of one output over time, of a table of its own."""
    (folder / "t.csv").write_text(text, encoding="utf-8")
    path = folder / "s.toml"
    path.write_text(
        f'format = 1\nevents = "t.csv"\n{more}\n[person]\nage = "66 years"\n[output]\nend = "{end}"\nat = "{at}"\n'
        f'of = ["{of}"]\nas = "{form}"\n'
    )
    return [r["value"] for r in simulate_file(path).rows]


def test_a_number_for_a_drug_is_refused_or_read_by_the_file_s_own_list(tmp_path):
    """h1: a denosumab table with CMT 4 gave zoledronate."""
    text = "ID,TIME[month],EVID,CMT,AMT[mg],II,ADDL\n1,0,1,{},60,6,3"
    for number in ("4", "2", "16", "1.0"):
        with pytest.raises(InputError, match="no list says which compartment"):
            curve(tmp_path, text.format(number), "24 months", "12 months", "ctx")
    listed = curve(
        tmp_path, text.format(2), "24 months", "12 months", "ctx", 'compartments = ["zoledronate", "denosumab"]'
    )
    assert listed == curve(tmp_path, text.format("denosumab"), "24 months", "12 months", "ctx")
    with pytest.raises(InputError, match="Did you mean 'denosumab'"):
        curve(tmp_path, text.format(1), "24 months", "12 months", "ctx", 'compartments = ["denosumabb"]')


def test_a_reset_with_a_steady_state_leaves_the_steady_state(tmp_path):
    """h2: 1.859 mg on day 1, as if nothing had been given before; 2.660 mg is right, as with EVID 1."""
    head = "ID,TIME[month],EVID,CMT,AMT[mg],II,ADDL,SS\n"
    dose = "raloxifene,60,0.0328542094,60,1"
    one = curve(tmp_path, f"{head}1,0,1,{dose}", "10 days", "1 day", "raloxifene_body")
    for rows in (f"1,0,4,{dose}", f"1,0,3,.,.,.,.,.\n1,0,1,{dose}"):
        got = curve(tmp_path, head + rows, "10 days", "1 day", "raloxifene_body")
        assert got == pytest.approx(one, rel=1e-9)
        assert got[1:] == pytest.approx([2.660] * 10, abs=0.0005)


def test_a_rate_stays_and_its_duration_follows_bioavailability(tmp_path):
    """h3: 60 mg at 1 mg a day with F = 0.638 run 38.3 days (NONMEM, mrgsolve, rxode2); with DUR the rate scales."""
    head = "ID,TIME[day],EVID,CMT,AMT[mg],"
    rate = curve(tmp_path, f"{head}RATE[mg/day]\n1,0,1,denosumab,60,1", "80 days", "10 days", "denosumab_depot")
    assert rate[3] == pytest.approx(4.71, abs=0.02) and rate[6] < 0.05
    dur = curve(tmp_path, f"{head}DUR[day]\n1,0,1,denosumab,60,60", "80 days", "10 days", "denosumab_depot")
    assert dur[3] == pytest.approx(dur[6], rel=0.01) and dur[3] == pytest.approx(3.009, abs=0.005)
    from osteon.simulation.assembly import human_model

    share = human_model(["denosumab"]).defaults["denosumab_f"]
    assert rate[3] / dur[3] == pytest.approx(1 / share, rel=0.01)


def test_a_very_short_infusion_arrives_late_in_life_too(tmp_path):
    """h4, h5: 0.1 ms at month 120 gave nothing, 10 ns gave 3.8e15 mg."""
    head = "ID,TIME[month],EVID,CMT,AMT[mg],DUR[s]\n1,120,1,zoledronate,5,"
    usual = curve(tmp_path, f"{head}900", "132 months", "12 months", "zoledronate_buried")
    assert usual[-1] > 1
    for seconds in ("0.0001", "0.00000001"):
        got = curve(tmp_path, head + seconds, "132 months", "12 months", "zoledronate_buried")
        assert got == pytest.approx(usual, rel=1e-3)


def test_steady_infusions_that_overlap_are_built(tmp_path):
    """h13: 60 mg over 36 h, the table's interval in its unit of time: one day."""
    text = "ID,TIME[day],EVID,CMT,AMT[mg],DUR[h],II,ADDL,SS\n1,{},1,raloxifene,60,36,1,{},{}"
    steady = curve(tmp_path, text.format(0, 20, 1), "20 days", "5 days", "raloxifene_body")
    long = curve(tmp_path, text.format(-60, 80, 0), "20 days", "5 days", "raloxifene_body")
    assert steady[1:] == pytest.approx(long[1:], rel=1e-5)


def test_the_steady_state_of_what_never_settles_is_refused_with_its_years(tmp_path, capsys):
    """h14: 196 mg of zoledronate stood on bone at once."""
    (tmp_path / "doses ü.csv").write_text("ID,TIME[month],EVID,CMT,AMT[mg],II,ADDL,SS\n1,0,1,zoledronate,5,12,1,1")
    path = tmp_path / "scenario.toml"
    path.write_text(SCENARIO.format(events='events = "doses ü.csv"', regimen=""), encoding="utf-8")
    assert main(["simulate", str(path)]) == 4
    assert "years of dosing" in capsys.readouterr().err


def test_a_dose_a_hundred_times_what_was_studied_needs_permission(tmp_path, capsys):
    row = "ID,TIME[month],CMT,AMT[mg]\n1,0,denosumab,{}"
    with pytest.raises(InputError, match="allow_unstudied_dose = true"):
        curve(tmp_path, row.format(60000), "1 month", "1 month", "ctx")
    assert curve(tmp_path, row.format(60000), "1 month", "1 month", "ctx", "allow_unstudied_dose = true")
    assert curve(tmp_path, row.format(20000), "1 month", "1 month", "ctx")  # 95 times
    many = "ID,TIME[month],CMT,AMT[mg],II,ADDL\n1,0,denosumab,210,0.0001,150"
    with pytest.raises(InputError, match="times what was studied"):  # the same in many small doses
        curve(tmp_path, many, "1 month", "1 month", "ctx")


def ledger(folder, text, end="24 months", regimen="", more=""):
    (folder / "t.csv").write_text(text, encoding="utf-8")
    events = 'events = "t.csv"' if text else ""
    path = folder / "s.toml"
    path.write_text(
        f'format = 1\n{events}\n{more}\n[person]\nage = "66 years"\n{regimen}\n[output]\nend = "{end}"\nat = "{end}"\nof = ["ctx"]\n'
    )
    return simulate_file(path).doses


def test_every_dose_is_accounted_for(tmp_path):
    """requested = given + skipped + held + cancelled + beyond the horizon, for regimens, rules and tables."""
    head = "ID,TIME[month],EVID,CMT,AMT[mg],II,ADDL\n"
    table = f"{head}1,0,1,raloxifene,60,1,30\n1,3,1,zoledronate,5,.,.\n1,3,1,zoledronate,5,.,.\n1,12.5,3,.,.,.,.\n1,30,1,zoledronate,4,.,."
    regimens = (
        '[[regimen]]\ndrug = "denosumab"\nroute = "subcutaneous"\ndose = "60 mg"\nevery = "6 months"\nuntil = "48 months"\nadherence = 0.5\n'
        '[[regimen]]\ndrug = "alendronate"\nroute = "oral"\ndose = "70 mg"\nevery = "1 week"\nuntil = "1 year"\nhold_when = "time > 100"\n'
        '[[regimen]]\ndrug = "denosumab"\nroute = "subcutaneous"\ndose = "60 mg"\nfrom = "30 months"\n'
    )
    rows = ledger(tmp_path, table, regimen=regimens)
    for r in rows:
        assert r.requested == r.given + r.skipped + r.held + r.cancelled + r.beyond_horizon
    twice, weekly, late, oral, vein = rows
    assert (twice.requested, twice.given, twice.skipped, twice.beyond_horizon, twice.amount) == (8, 2, 2, 4, 120)
    assert (weekly.requested, weekly.given, weekly.held) == (53, 15, 38)
    assert (late.given, late.beyond_horizon, late.first) == (0, 1, None)
    assert late.sentence() == "Not given: denosumab 60 mg subcutaneous (regimen 3); 1 due after the end."
    assert (oral.requested, oral.given, oral.cancelled, oral.amount) == (31, 13, 18, 780)
    assert (vein.requested, vein.given, vein.duplicate_rows, vein.beyond_horizon, vein.dose) == (3, 2, 1, 1, None)
    assert "1 row of the table stands twice and is given twice" in vein.sentence()
    assert vein.times_studied == pytest.approx(2.0)


def test_doses_through_several_lines_count_together(tmp_path):
    many = '[[regimen]]\ndrug = "denosumab"\nroute = "subcutaneous"\ndose = "20 g"\n'
    head = "ID,TIME[month],CMT,AMT[mg]\n"
    assert ledger(tmp_path, "", regimen=many, end="1 month")[0].times_studied == pytest.approx(20_000 / 210)
    for text, regimen in (
        ("", 2 * many),
        (f"{head}1,0.001,denosumab,20000", many),
        (f"{head}{'1,0,denosumab,20000' + chr(10)}1,0,denosumab,20000", ""),
    ):
        with pytest.raises(InputError, match="together are 190 times what was studied"):
            ledger(tmp_path, text, regimen=regimen, end="1 month")
        assert ledger(tmp_path, text, regimen=regimen, end="1 month", more="allow_unstudied_dose = true")


def test_what_was_given_stands_beside_every_answer(tmp_path, capsys):
    path = str(
        write(
            tmp_path,
            "1,0,denosumab,60,6,3,.,.",
            regimen=DENOSUMAB.replace("denosumab", "raloxifene")
            .replace("subcutaneous", "oral")
            .replace("6 months", "1 day"),
        )
    )
    assert main(["simulate", path, "--csv", str(tmp_path / "out.csv")]) == 0
    out = capsys.readouterr().out
    assert "Given: denosumab 60 mg subcutaneous, 4 doses, 240 mg in all, months 0 to 18." in out
    assert all(len(line) <= 80 for line in out.splitlines() if line.startswith(("Given", "  ")))
    assert "Given: raloxifene 60 mg oral, 731 doses" in out
    assert main(["simulate", path, "--json"]) == 0
    doses = json.loads(capsys.readouterr().out)["doses"]
    assert [(d["drug"], d["given"], d["amount"], d["source"]) for d in doses] == [
        ("raloxifene", 731, 731 * 60.0, "regimen 1"),
        ("denosumab", 4, 240.0, "doses ü.csv"),
    ]


@pytest.mark.metamorphic
@pytest.mark.parametrize("seed", range(12))
def test_a_regimen_and_its_table_are_the_same_to_the_bit(tmp_path, seed):
    rng = np.random.default_rng(seed)
    drug, route, cmt, amount = [
        ("denosumab", "subcutaneous", "denosumab", 60),
        ("zoledronate", "intravenous", "zoledronate", 5),
        ("romosozumab", "subcutaneous", "romosozumab_depot", 210),
        ("odanacatib", "oral", "odanacatib", 50),
    ][seed % 4]
    every, count, start = int(rng.choice([1, 3, 6])), int(rng.integers(2, 6)), float(rng.choice([0, 0.5, 2, -5]))
    minutes = 0 if route == "oral" else int(rng.choice([0, 15, 90, 40_000]))
    regimen = (
        f'[[regimen]]\ndrug = "{drug}"\nroute = "{route}"\ndose = "{amount} mg"\nevery = "{every} months"\n'
        f'from = "{start} months"\nuntil = "{start + every * count} months"\n'
        + (f'duration = "{minutes} min"\n' if minutes else "")
    )
    head = "ID,TIME[month],CMT,AMT[mg],II,ADDL,DUR[min]"
    row = f"1,{start},{cmt},{amount},{every},{count - 1},{minutes or '.'}"
    assert values(write(tmp_path, row, head=head)) == values(write(tmp_path, events="", regimen=regimen))
