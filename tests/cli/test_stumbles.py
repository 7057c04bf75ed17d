"""What a new user trips over: words of the command line that help, and names that are found whatever their case."""

import json
import os
import subprocess
import sys
import warnings

import pytest

from osteon.app.completion import shown
from osteon.cli import main
from osteon.report.cards import KINDS, card_of, names_of
from osteon.report.tables import claim_table, cut


def test_list_alone_names_its_lists(capsys):
    assert main(["list"]) == 0
    out = capsys.readouterr().out
    assert all(f"{kind} " in out for kind in KINDS)
    assert main(["list", "--json"]) == 0
    assert [r["name"] for r in json.loads(capsys.readouterr().out)["rows"]] == list(KINDS)


@pytest.mark.parametrize(
    "name", ["Denosumab", "BMD_total_hip", "freedom", "c65", "Bone_Marrow", "t1-02", "DENOSUMAB_KINT"]
)
def test_show_ignores_case(name):
    row, text = card_of(name)
    assert row and name.casefold() in text.casefold()


@pytest.mark.parametrize("words", [["schema"], ["schema", "foo"], ["export"], ["export", "foo"], ["run", "x"]])
def test_an_error_of_words_is_one_plain_line(words, capsys):
    assert main(words) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1 and "\\n" not in told and "\\t" not in told and "  " not in told


def test_an_option_that_is_none_is_told_once(capsys):
    assert main(["simulate", "x.toml", "--sed", "3"]) == 2
    told = capsys.readouterr().err
    assert told == "osteon simulate: There is no option '--sed'. Did you mean '--seed'?\n"


def test_outputs_with_words_come_first():
    about = [bool(r["about"]) for r in names_of("outputs")]
    assert about == sorted(about, reverse=True) and about[0] and len(set(about)) == 2


def test_a_text_that_is_cut_says_so():
    row = {"id": "C1", "verdict": "holds", "basis": "emergent", "figure": "x" * 200, "status": "holds", "twin": ""}
    row |= {"at_fault": "", "because": "", "mutation_score": None}
    assert "x…" in claim_table([row]) and "…" not in claim_table([row | {"figure": "y" * 110}])
    assert len(cut("z" * 200, 110)) == 110


def test_two_patients_bring_no_warning_of_numpy(tmp_path):
    from tests.trial.test_study_numbers import table, written

    body = table(population={"patients_per_arm": 2}, design={"dropout": "60 percent/year"})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert main(["run", str(written(body, tmp_path / "s.toml")), "--out", str(tmp_path / "r"), "--json"]) == 0


def completed(*words):
    line = " ".join(("osteon", *words))
    env = {**os.environ, "_OSTEON_COMPLETE": "bash_complete", "COMP_WORDS": line, "COMP_CWORD": str(len(words))}
    done = subprocess.run(
        [sys.executable, "-m", "osteon"], env=env, capture_output=True, text=True, encoding="utf-8", timeout=60
    )
    return [row.partition(",")[2] for row in done.stdout.splitlines()]


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (("cla",), ["claims"]),
        (("list", "coh"), ["cohorts"]),
        (("replicate", "FREED"), ["freedom"]),
        (("show", "deno"), ["denosumab"]),
        (("claims", "c6"), ["C6", "C65"]),
    ],
)
def test_the_tab_key_knows_names(words, names):
    found = completed(*words)
    assert {n.casefold() for n in names} <= {f.casefold() for f in found}
    assert all(f.casefold().startswith(words[-1].casefold()) for f in found)


def test_every_name_of_the_tab_key_has_a_card():
    for name in shown()[::25]:
        assert card_of(name)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("schema", "studdy"), "'studdy' is none of the choices. Did you mean 'study'? Allowed: scenario, study,"),
        (("fit", "--what", "bones"), "'bones' is none of the choices of --what. Did you mean 'bone'? Allowed: bone, "),
        (("calibrate", "zzzzzz"), "'zzzzzz' is none of the choices. Allowed: type1, power."),
    ],
)
def test_a_word_that_is_no_choice_is_answered_once_with_the_nearest_one(words, said, capsys):
    assert main(list(words)) == 2
    told = capsys.readouterr().err
    assert said in told and told.count("Allowed: ") == 1 and "is not one of" not in told
