"""An own folder beside what is shipped: the example, every command, faults all at once, no leak, workers, the hash in a run."""

import json
import re
import shutil
from pathlib import Path

import pytest

import osteon as ost
from osteon import additions
from osteon.app.own_folder import card_faults, in_force
from osteon.cli import main
from osteon.interventions import CARDS, SHIPPED, Usual, antibody, card, class_member, small_molecule
from osteon.io.run_identity import fingerprint, identity
from osteon.model import assemble
from osteon.simulation.assembly import human_model

ROOT = Path(__file__).resolve().parents[2]
LAB = ROOT / "examples" / "my_lab"
OWN = {
    "drugs": "exumab", "cohorts": "MADE_UP", "harms": "lab_itch", "sources": "example_pulp", "regulators": "example_peptide", "claims": "LAB1",
    "references": "made_up_2026", "parameters": "exumab_effect_kd",
}  # fmt: skip


@pytest.fixture(autouse=True)
def nothing_is_left():
    yield
    assert additions.active() is None


def asked(capsys, *words):
    code = main([*map(str, words), "--json"])
    return code, json.loads(capsys.readouterr().out)


@pytest.fixture
def lab(tmp_path):
    """A copy that may be broken."""
    return Path(shutil.copytree(LAB, tmp_path / "lab"))


@pytest.mark.parametrize(("kind", "name"), OWN.items())
def test_every_kind_is_listed_and_has_a_card_with_the_folder_and_not_without(kind, name, capsys):
    code, found = asked(capsys, "--with", LAB, "list", kind)
    assert code == 0 and name in {r["name"] for r in found["rows"]}
    assert asked(capsys, "show", name, "--with", LAB)[0] == 0
    code, found = asked(capsys, "list", kind)
    assert code == 0 and name not in {r["name"] for r in found["rows"]}
    assert asked(capsys, "show", name)[0] == 2


def test_its_scenario_is_simulated_and_unknown_without_it(capsys):
    file = LAB / "scenario.toml"
    assert asked(capsys, "--with", LAB, "validate", file)[0] == 0
    code, found = asked(capsys, "--with", LAB, "simulate", file)
    rows = [r for r in found["rows"] if r["output"] == "ctx" and r["months"] == 6]
    assert code == 0 and rows[0]["value"] < -30 and rows[0]["evidence"] == "assumed"
    code, found = asked(capsys, "simulate", file)
    assert code == 2 and found["errors"][0]["code"] == "unknown_drug"


def test_the_environment_names_it_too(capsys, monkeypatch):
    monkeypatch.setenv("OSTEON_WITH", str(LAB))
    assert "exumab" in {r["name"] for r in asked(capsys, "list", "drugs")[1]["rows"]}


def test_its_claim_is_judged_and_its_cohort_replayed(capsys):
    code, found = asked(capsys, "--with", LAB, "claims", "LAB1")
    assert code == 0 and found["rows"][0]["verdict"] == "holds"
    code, found = asked(capsys, "--with", LAB, "replicate", "made_up", "--patients", "2")
    assert code == 0 and {r["arm"] for r in found["rows"]} >= {"placebo", "exumab 100 mg"}
    assert all(r["simulated"] is not None for r in found["rows"] if r["unit"] == "pct_change_baseline")


def test_cells_of_its_source_primed_with_its_regulator_are_accepted(capsys, tmp_path):
    text = (ROOT / "examples" / "study.toml").read_text(encoding="utf-8")
    text = text.replace(
        'source = "umbilical_cord"\nsubtype = "wharton_jelly"',
        'source = "example_pulp"\npretreatment = ["example_peptide"]',
    )
    file = tmp_path / "study.toml"
    file.write_text(text, encoding="utf-8")
    assert asked(capsys, "--with", LAB, "validate", file)[0] == 0
    code, found = asked(capsys, "validate", file)
    assert code == 2 and {e["code"] for e in found["errors"]} >= {"unknown_cell_source", "unknown_regulator"}


def test_a_run_keeps_its_hash_workers_see_it_and_a_changed_one_is_refused(capsys, lab, tmp_path):
    study = lab / "study.toml"
    for name, workers in (("one", 1), ("two", 2)):
        words = ("run", study, "--out", tmp_path / name, "--patients", 6, "--batch", 3, "--workers", workers)
        assert asked(capsys, "--with", lab, *words)[0] == 0
    code, found = asked(capsys, "hash", tmp_path / "one", tmp_path / "two")
    assert code == 0 and found["ok"]
    kept = json.loads((tmp_path / "one" / "manifest.json").read_text(encoding="utf-8"))["identity"]["own_folder"]
    assert kept == additions.read(lab).record()
    code, found = asked(capsys, "--with", lab, "resume", tmp_path / "one")
    assert code == 0, found
    assert asked(capsys, "verify", tmp_path / "one")[0] == 0  # its files are what was written; a note says the rest
    with (lab / "drugs" / "exumab.py").open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    for words in (
        ("--with", lab, "resume", tmp_path / "one"),
        ("--with", lab, "verify", tmp_path / "one"),
        ("resume", tmp_path / "one"),
    ):
        code, found = asked(capsys, *words)
        assert code == 2 and found["errors"][0]["code"] == "other_folder"
    with pytest.raises(ost.InputError, match="own folder"):
        ost.read_run(tmp_path / "one")


def test_without_a_folder_a_run_is_what_it_was():
    assert "own_folder" not in identity({})
    with in_force(LAB):
        inside = identity({})
    assert inside["own_folder"]["name"] == "my_lab" and inside["fingerprint"] != identity({})["fingerprint"]
    assert fingerprint({k: v for k, v in inside.items() if k != "own_folder"}) == identity({})["fingerprint"]


def test_two_folders_in_one_process_do_not_mix(lab):
    file = lab / "drugs" / "exumab.py"
    file.write_text(file.read_text(encoding="utf-8").replace("kd=0.03", "kd=0.3"), encoding="utf-8")
    for _ in range(2):
        for folder, kd in ((LAB, 0.03), (lab, 0.3)):
            with ost.use(folder):
                assert human_model({"exumab"}).defaults["exumab_effect_kd"] == kd
                assert (
                    "exumab" in human_model(CARDS).modules[-1].name
                    or "exumab_effect_kd" in human_model(CARDS).parameters
                )
        assert "exumab" not in CARDS and "exumab_effect_kd" not in human_model(CARDS).parameters


def test_use_lasts_until_another_and_a_refused_one_changes_nothing(lab):
    ost.use(LAB)
    try:
        (lab / "claims.csv").write_text("id\nX\n", encoding="utf-8")
        with pytest.raises(ost.InputError):
            ost.use(lab)
        assert "exumab" in CARDS
    finally:
        ost.use(None)
    assert "exumab" not in CARDS


BROKEN = {
    "drugs/exumab.py": ('"rankl"', '"rankel"', "Did you mean 'rankl'"),
    "references.toml": ('"unknown"', '"unknwn"', "Did you mean 'unknown'"),
    "measurements.csv": ("holdout", "holdoutt", "Did you mean 'holdout'"),
    "cohorts/made_up.toml": ("bmi = 26", "bmi = 260", "from 12 to 60"),
    "harms.toml": ('driver = "rankl_block"', 'driver = "rankl_blok"', "Did you mean 'rankl_block'"),
    "cells/sources.toml": ('unit = "h"', 'unit = "days"', "Allowed: h."),
    "cells/regulators.csv": (",bmp,", ",bpm,", "Did you mean 'bmp'"),
    "claims.csv": ("LAB1", "C1", "shipped already"),
    "checks/exumab.py": ("CHECKS =", "CHECK =", "no CHECKS"),
}


def test_all_faults_of_a_folder_at_once_each_with_its_place(lab, capsys):
    for name, (old, new, _) in BROKEN.items():
        file = lab / name
        text = file.read_text(encoding="utf-8")
        assert old in text, name
        file.write_text(text.replace(old, new, 1), encoding="utf-8")
    (lab / "measurement.csv").write_text("id\n", encoding="utf-8")
    code, found = asked(capsys, "--with", lab, "list", "drugs")
    assert code == 2 and found["errors"][0]["hint"] == "Did you mean 'measurements.csv'?"
    (lab / "measurement.csv").unlink()
    assert main(["--with", str(lab), "list", "drugs"]) == 2
    told = capsys.readouterr().err.splitlines()
    for name, (_, _, words) in BROKEN.items():
        assert [t for t in told if name in t and words in t], (name, words, told)
    assert len(told) == len(BROKEN), told  # and nothing that only follows from another fault


@pytest.mark.parametrize(("name", "old", "new", "told"), [
    ("drugs/exumab.py", "kd=0.03", "kd=", "This is not Python"),
    ("drugs/exumab.py", "kd=0.03", "kd=nothing", "NameError"),
    ("drugs/exumab.py", '"exumab",', '"denosumab",', "There is a drug 'denosumab' already"),
    ("drugs/exumab.py", '"exumab_next"', '"exumab"', "stands in drugs/exumab.py too"),
    ("drugs/exumab.py", 'kd_source="made_up_2026"', 'kd_source="made_up_2062"', "Did you mean 'made_up_2026'?"),
    ("drugs/exumab.py", '"onj"', '"onk"', "Did you mean 'onj'?"),
    ("drugs/exumab.py", '"subcutaneous", "4 months")', '"oral", "4 months")', "There is no route 'oral'"),
    ("drugs/exumab.py", 'kd_source=', 'kd_kind="measured", kd_source=', "is called measured"),
    ("harms.toml", "[lab_itch]", "[onj]", "There is a harm 'onj' already"),
    ("references.toml", "[made_up_2026]", "[freedom_bmd]", "Nothing stands behind the source 'made_up_2026'"),
    ("cells/sources.toml", "[example_pulp]", "[adipose]", "There is a cell source 'adipose' already"),
    ("cells/regulators.csv", "example_peptide", "zinc", "the regulator 'zinc' is shipped already"),
    ("cohorts/made_up.toml", 'id = "MADE_UP"', 'id = "OTHER"', "a cohort has the name of its file"),
    ("cohorts/made_up.toml", 'dose = "100 mg"', 'dose = "100"', "has no unit"),
    ("cohorts/made_up.toml", 'drug = "exumab"', 'drug = "exumap"', "Did you mean 'exumab'?"),
    ("measurements.csv", "exumab 100 mg", "exumab 10 mg", "Did you mean 'exumab 100 mg'?"),
    ("claims.csv", "LAB1", "lab-1", "capitals and digits"),
])  # fmt: skip
def test_a_fault_is_told_with_place_and_the_nearest_right_answer(lab, capsys, name, old, new, told):
    file = lab / name
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")
    assert main(["--with", str(lab), "list", "drugs"]) == 2
    said = capsys.readouterr().err
    assert told in said and "Traceback" not in said, said


@pytest.mark.parametrize(
    "make",
    [lambda p: None, lambda p: p.mkdir(), lambda p: p.write_text("x"), lambda p: (p / "drugs").mkdir(parents=True)],
)
def test_no_folder_an_empty_one_and_a_file_are_refused(tmp_path, capsys, make):
    make(tmp_path / "x")
    assert main(["--with", str(tmp_path / "x"), "list"]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_bytes_that_are_no_text(lab, capsys):
    (lab / "harms.toml").write_bytes(b"\xff\xfe\x00")
    assert main(["--with", str(lab), "list", "drugs"]) == 2
    assert "no UTF-8 text" in capsys.readouterr().err


@pytest.mark.parametrize("name", SHIPPED)
def test_a_card_that_is_shipped_passes_the_same_checks(name):
    assert card_faults(card(name)) == []


@pytest.mark.parametrize("parent", [n for n, c in SHIPPED.items() if c.strength])
def test_a_class_member_as_strong_as_its_parent_is_its_parent(parent):
    """The same equations under another name: what it plugs into every port is equal, and it follows the parent's fit."""
    own = card(parent)
    member = class_member(own, "member", potency=1.0)
    model = assemble(*human_model({parent}).modules, *_without_shared(member, own))
    values = {**model.defaults, "time": 0.0, **model.initial_values()}
    own_states = [s.name for s in own.module.states]
    for i, state in enumerate(own_states):
        values[state] = values[member.module.states[i].name] = 10.0 * (i + 1)
    strength = own.strength.parameter
    for factor in (1.0, 3.0):
        known = model.evaluate({**values, strength: factor * values[strength]})
        for mine, parents in zip(member.module.contributions, own.module.contributions, strict=True):
            assert known[mine.name] == pytest.approx(known[parents.name], rel=1e-12), mine.name
    stronger = class_member(own, "member", potency=4.0)
    model = assemble(*human_model({parent}).modules, *_without_shared(stronger, own))
    effect = stronger.module.derived[
        -1 if stronger.module.derived[-1].name.endswith(strength.removeprefix(parent)) else 0
    ]
    known = model.evaluate({**model.defaults, "time": 0.0, **model.initial_values()})
    ratio = known[effect.name] / model.defaults[strength]
    assert ratio == pytest.approx(0.25 if own.strength.inverse else 4.0)


def _without_shared(member, own):
    from dataclasses import replace

    shared = {p.name for p in own.module.parameters}
    kept = tuple(p for p in member.module.parameters if p.name not in shared)
    return (replace(member.module, parameters=kept),)


def test_factories_say_everything_that_is_wrong_at_once():
    usual = Usual("60 mg", "subcutaneous", "6 months")
    with pytest.raises(ost.InputError) as raised:
        antibody("Ex", "rankel", usual=Usual("60", "oral", "6"), largest={"subcutaneous": "1 L"}, kd=-1, f=2)
    assert len(raised.value.faults) >= 7
    with pytest.raises(ost.InputError, match="Did you mean 'cathepsin_k'"):
        small_molecule("ex", "cathepsin", usual=Usual("5 mg", "oral", "day"), largest={"oral": "5 mg"}, half_effect=1)
    with pytest.raises(ost.InputError, match="Did you mean 'denosumab_cl'"):
        class_member(card("denosumab"), "ex", potency=1, usual=usual, values={"denosumab_clx": 1})


def test_what_is_kept_is_kept_for_each_folder():
    """Nothing that may depend on an own folder is kept by name alone: `functools` caches there are of what is shipped."""
    rooms = (
        "evidence",
        "interventions",
        "cells",
        "outcomes",
        "inputs",
        "population",
        "simulation",
        "replication",
        "trial",
        "checks",
        "report",
        "app",
    )
    of_what_is_shipped = {
        "fit_ids", "_read_ids", "load_animal_effects", "_text", "load_fit", "joined", "reference_populations", "load_readings", "exposures", "human_tolerance", "correlations",
        "stated_matrix", "correlation_matrix", "_root", "_table",
    }  # fmt: skip
    for file in (f for room in rooms for f in sorted((ROOT / "src" / "osteon" / room).rglob("*.py"))):
        text = file.read_text(encoding="utf-8")
        kept = re.findall(r"@(?:functools\.)?(?:lru_)?cache(?:\([^)]*\))?\n(?:async )?def (\w+)", text)
        assert not [n for n in kept if n not in of_what_is_shipped and not re.match("_?shipped", n)], file
