"""The blocks of the tutorials run as they stand, in the repository, through the command line itself."""

import re
import shlex
from pathlib import Path

import pytest

from osteon.cli import main

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "tutorials.md").read_text(encoding="utf-8")
LINES = [line for block in re.findall(r"```console\n(.*?)```", TEXT, re.S) for line in block.strip().splitlines()]


def test_there_is_a_tutorial_for_each_kind_of_user():
    assert len(re.findall(r"^## For a ", TEXT, re.M)) == 5 and len(LINES) >= 12


@pytest.mark.parametrize("line", LINES)
def test_a_line_of_a_tutorial_runs(line, monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(ROOT)
    words = shlex.split(line)
    if "--out" in words:
        (tmp_path / "out").mkdir()
        words[words.index("--out") + 1] = str(tmp_path / "out" / "file.txt")
    assert words[0] == "osteon"
    with pytest.raises(SystemExit) as ended:
        raise SystemExit(main(words[1:]))
    shown = capsys.readouterr()
    assert ended.value.code in (0, None), shown.err
    assert len(shown.out) > 20
