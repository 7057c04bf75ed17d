"""What stands in the schema of an answer stands in the answer, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from pydantic import TypeAdapter

from osteon.app.answer_rows import FaultRow
from osteon.app.answer_schema import MORE, ROWS, answer_schema
from osteon.cli import main
from osteon.cli.commands import HELP

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
ASKED = {
    "validate": ("validate", str(EXAMPLES / "study.toml")),
    "simulate": ("simulate", str(EXAMPLES / "scenario_woman.toml")),
    "plan": ("simulate", str(EXAMPLES / "scenario_woman.toml"), "--plan"),
    "claims": ("claims", "C65"),
    "experiment": ("experiment", "T1-02"),
    "list": ("list", "drugs"),
    "lists": ("list",),
    "parameters": ("list", "parameters"),
    "harms": ("list", "harms"),
    "outputs": ("list", "outputs"),
    "references": ("list", "references"),
    "evidence": ("list", "evidence"),
    "export": ("export", "latex"),
    "replicate": ("replicate", "freedom", "--patients", "2"),
    "show": ("show", "denosumab"),
    "claim": ("show", "C65"),
    "schema": ("schema", "scenario"),
    "calibrate": ("calibrate", "power", "--trials", "3"),
    "fault": ("simulate", "no_such_file.toml"),
}


def asked(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    capsys.readouterr()
    main([*words, "--json"])
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer


def valid(answer: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    """The answer as it was printed, against the schema as it is printed."""
    (schema,) = asked(capsys, "schema", answer["command"])["rows"]
    jsonschema.validate(answer, schema)


def conforms(row: dict[str, Any], kinds: tuple[type[Any], ...]) -> bool:
    """Whether a row is read as one of the kinds, with no key that the kind does not know."""
    for kind in kinds:
        adapter = TypeAdapter(kind)
        if "properties" not in adapter.json_schema():  # a card, a schema: keys follow from what was asked
            return isinstance(row, dict)
        if set(row) <= set(adapter.json_schema(by_alias=True)["properties"]):
            adapter.validate_python(row)
            return True
    return False


def check(answer: dict[str, Any]) -> None:
    command = answer["command"]
    assert set(answer) - {"command", "version", "ok", "rows", "errors", "notes"} <= set(MORE.get(command, {}))
    lists = {"rows": ROWS[command], "errors": (FaultRow,)} | {k: (v,) for k, v in MORE.get(command, {}).items()}
    for key, kinds in lists.items():
        wrong = [r for r in answer.get(key, []) if not conforms(r, kinds)]
        assert not wrong, (key, sorted(wrong[0]))
    assert set(answer_schema(command)["properties"]) >= set(answer)


@pytest.mark.parametrize("name", ASKED)
def test_answers_are_as_their_schema_says(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    answer = asked(capsys, *ASKED[name])
    check(answer)
    valid(answer, capsys)


def test_a_run_holds_its_harms_and_doses(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    study, out = str(EXAMPLES / "fractures_denosumab.toml"), str(tmp_path / "run")
    ran = asked(capsys, "run", study, "--out", out, "--patients", "2")
    assert ran["harms"] and {h["arm"] for h in ran["harms"]} >= {"denosumab"}
    plan = str(next((EXAMPLES / "plans").glob("*.toml")))
    again = asked(capsys, "run", study, "--out", f"{out}2", "--patients", "3")
    answers = [ran, again, *(asked(capsys, *words) for words in (
        ("hash", out), ("verify", out), ("resume", out), ("analyse", out, "--plan", plan), ("compare", out, f"{out}2"),
        ("export-run", out, "--out", str(tmp_path / "tables")),
    ))]  # fmt: skip
    for answer in answers:
        check(answer)
        valid(answer, capsys)


def test_every_command_has_a_schema() -> None:
    assert set(HELP) - set(ROWS) == {"web"}  # which answers on a page


def test_schema_prints_them_and_says_which_it_has(capsys: pytest.CaptureFixture[str]) -> None:
    for command in ROWS:
        assert command in HELP
        (schema,) = asked(capsys, "schema", command)["rows"]
        assert schema["$id"] == f"osteon:answer:{command}:1"
        assert {"rows", "errors", "notes"} <= set(schema["properties"])
