"""The front door: JSON envelope, exit codes, no traceback, nothing written on bad input, instant help."""

import json
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from osteon.cli import main

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def call(capsys, *words):
    code = main(list(words))
    out, err = capsys.readouterr()
    assert "Traceback" not in out + err
    return code, out, err


def as_json(capsys, *words):
    code, out, _ = call(capsys, *words, "--json")
    body = json.loads(out, parse_constant=lambda c: pytest.fail(f"{c} in JSON"))
    assert set(body) >= {"command", "version", "ok", "rows", "errors"} and out.count("\n") == 1
    assert body["ok"] == (code == 0) and bool(body["errors"]) == (code > 1)
    return code, body


def test_help_is_instant():
    began = time.perf_counter()
    done = subprocess.run([sys.executable, "-m", "osteon", "--help"], capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0 and "replicate" in done.stdout and time.perf_counter() - began < 1.5
    loaded = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "osteon", "--help"], capture_output=True, text=True, encoding="utf-8"
    ).stderr
    assert not [m for m in ("numba", "scipy", "pandas", "pydantic", "altair", "duckdb", "numpy") if f" {m}\n" in loaded]


@pytest.mark.parametrize(
    "words, code, part",
    [
        (["replicat"], 2, "Did you mean 'replicate'"),
        (["show", "denosumap"], 2, "Did you mean 'denosumab'"),
        (["list", "drug"], 2, "Did you mean 'drugs'"),
        (["show", "adipos"], 2, "Did you mean 'adipose'"),
        (["simulate", "nowhere.toml"], 2, "cannot be read"),
        (["simulate"], 2, "Missing argument"),
        (["replicate", "dmab"], 2, "Did you mean"),
        (["replicate"], 2, "No cohort"),
        (["claims"], 2, "No claim"),
        (["claims", "C999"], 2, "C999"),
        (["experiment"], 2, "No experiment"),
        (["experiment", "T1-99"], 2, "T1-9"),
        (["export", "sbml", "--with", "aspirin"], 2, "no drug"),
        (["verify", "nowhere"], 2, "not a run folder"),
        (["hash", "nowhere"], 2, "not a run folder"),
        (["run", "x.toml"], 2, "--out"),
        (["fit", "--iterations", "0"], 2, "range"),
    ],
)
def test_a_wrong_call_is_answered_and_not_dumped(capsys, words, code, part):
    found, body = as_json(capsys, *words)
    assert found == code and part in json.dumps(body["errors"], ensure_ascii=False)


def test_bad_files_are_refused_and_nothing_is_written(capsys, tmp_path):
    good = (EXAMPLES / "stopping_denosumab.toml").read_text(encoding="utf-8")
    cases = {
        "empty.toml": "",
        "binary.toml": "\0\1",
        "cut.toml": good[: len(good) // 2] + '"',
        "unit.toml": good.replace('"60 mg"', "60"),
        "drug.toml": good.replace("denosumab", "denosumap"),
        "many.toml": good.replace("patients_per_arm = 100", "patients_per_arm = 1000000000000"),
        "future.toml": good.replace("format = 1", "format = 9"),
        "visit.toml": good.replace('"60 months"]', '"99 months"]'),
        "alpha.toml": good.replace('compare = "stop"', 'compare = "stop"\nalpha = 5'),
        "key.toml": good.replace("duration =", "duratoin ="),
    }
    for name, text in cases.items():
        (tmp_path / name).write_text(text)
        code, body = as_json(capsys, "run", str(tmp_path / name), "--out", str(tmp_path / "out"))
        assert code == 2 and body["errors"][0]["place"].startswith(name), (name, body)
        assert not (tmp_path / "out").exists(), name


def test_nobody_eligible_is_exit_3_and_says_who_was_removed(capsys, tmp_path):
    text = (EXAMPLES / "stopping_denosumab.toml").read_text(encoding="utf-8")
    (tmp_path / "young.toml").write_text(text.replace("age <= 80 years", "age <= 20 years"))
    code, body = as_json(capsys, "run", str(tmp_path / "young.toml"), "--out", str(tmp_path / "out"))
    assert code == 2 and not (tmp_path / "out").exists(), "nobody is drawn below 45: seen before anything runs"
    (tmp_path / "s.toml").write_text(text.replace("age <= 80 years", "t_total_hip >= 6"))
    code, body = as_json(capsys, "run", str(tmp_path / "s.toml"), "--out", str(tmp_path / "out"))
    assert code == 3 and "removed" in body["errors"][0]["message"] and not (tmp_path / "out").exists()


def test_what_has_no_mechanism_is_exit_4_by_name(capsys, tmp_path):
    text = (EXAMPLES / "scenario_rat_cells.toml").read_text(encoding="utf-8")
    drug = '[[regimen]]\ndrug = "denosumab"\ndose = "60 mg"\nroute = "subcutaneous"\n\n[output]'
    (tmp_path / "s.toml").write_text(text.replace("[output]", drug, 1))
    code, body = as_json(capsys, "simulate", str(tmp_path / "s.toml"))
    assert code == 4 and "denosumab" in body["errors"][0]["place"] and "opg_fc" in body["errors"][0]["message"]


def test_validate_simulate_and_csv(capsys, tmp_path):
    assert as_json(capsys, "validate", str(EXAMPLES / "scenario_woman.toml"))[0] == 0
    csv = tmp_path / "out.csv"
    code, body = as_json(capsys, "simulate", str(EXAMPLES / "scenario_woman.toml"), "--csv", str(csv))
    lines = csv.read_text(encoding="utf-8").splitlines()
    assert (
        code == 0 and lines[0] == "months,output,value,lo90,hi90,unit,evidence" and len(lines) == len(body["rows"]) + 1
    )


def test_a_run_from_the_door_with_report_verify_and_hash(capsys, tmp_path):
    out = tmp_path / "run ü"
    code, body = as_json(capsys, "run", str(EXAMPLES / "stopping_denosumab.toml"), "--out", str(out), "--patients", "6")
    assert code == 0 and {"endpoint", "arm", "mean", "difference"} <= set(body["rows"][1])
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "Research use only" in page and "<svg" in page and "://" not in page.replace("http://www.w3.org", "")
    assert as_json(capsys, "verify", str(out))[0] == 0
    code, text, _ = call(capsys, "hash", str(out))
    assert code == 0 and len(text.strip()) == 64
    data = bytearray((out / "report.html").read_bytes())
    data[100] ^= 1
    (out / "report.html").write_bytes(bytes(data))
    assert as_json(capsys, "verify", str(out))[0] == 5
    assert as_json(capsys, "resume", str(out))[0] == 5


def test_replicate_gives_the_fields_of_the_contract(capsys, tmp_path):
    code, body = as_json(capsys, "replicate", "DEFEND", "--patients", "8", "--report", str(tmp_path / "r.html"))
    row = next(r for r in body["rows"] if r["simulated"] is not None)
    assert code == 0 and {
        "cohort",
        "role",
        "arm",
        "endpoint",
        "months",
        "published",
        "simulated",
        "lo90",
        "hi90",
        "unit",
    } <= set(row)
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "<svg" in page and "Content-Security-Policy" in page
    assert not re.findall(r'(?:src|href|action)="?(?:https?:)?//', page)  # nothing is asked of another machine


@pytest.mark.parametrize("name", ["denosumab", "blosozumab", "k_dkk1", "tcf_activity", "osteoclasts", "C66", "freedom"])
def test_show_knows_drugs_parameters_states_claims_and_cohorts(capsys, name):
    assert as_json(capsys, "show", name)[0] == 0


@pytest.mark.parametrize(
    "kind", ["drugs", "routes", "outputs", "claims", "cohorts", "parameters", "states", "habits", "fits"]
)
def test_lists_have_names(capsys, kind):
    code, body = as_json(capsys, "list", kind)
    assert code == 0 and body["rows"] and all(r["name"] for r in body["rows"])


@pytest.mark.parametrize("form", ["sbml", "antimony", "latex"])
def test_export_writes_text(capsys, form, tmp_path):
    code, body = as_json(capsys, "export", form, "--with", "denosumab,teriparatide")
    assert code == 0 and "denosumab" in body["rows"][0]["text"]


def test_schemas_are_json_schema(capsys):
    for kind in ("scenario", "study"):
        assert as_json(capsys, "schema", kind)[1]["rows"][0]["type"] == "object"


@pytest.mark.parametrize("kind, name", [("sources", "adipose"), ("regulators", "hspb7"), ("experiments", "T1-16")])
def test_cells_can_be_listed_and_every_name_in_a_list_shown(capsys, kind, name):
    code, body = as_json(capsys, "list", kind)
    assert code == 0 and name in [r["name"] for r in body["rows"]]
    code, body = as_json(capsys, "show", name)
    assert code == 0 and body["rows"][0]["name"] == name


def test_the_card_of_a_regulator_tells_where_its_sign_turns(capsys):
    code, out, _ = call(capsys, "show", "hspb7")
    assert code == 0 and "less bone (entailed)" in out and "more bone (entailed)" in out and "u0126" in out
    assert "by the balance alone (emergent)" in call(capsys, "show", "pparg")[1]
