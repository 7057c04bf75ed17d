"""docs/cell_products.md, run: files are written, commands run, and their answers hold what the page says."""

import re
import shlex
from pathlib import Path

import pytest

from osteon.cli import main

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "cell_products.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r"```toml file=(\S+)\n(.*?)```", TEXT, re.S))


def runs():
    """(words, exit code, phrases) of every command of the page."""
    for block in re.findall(r"```console\n(.*?)```", TEXT, re.S):
        for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
            line, *expected = part.strip().splitlines()
            code = next((int(e.split()[1]) for e in expected if e.startswith("exit ")), 0)
            yield pytest.param(shlex.split(line), code, [e for e in expected if not e.startswith("exit ")], id=line)


RUNS = list(runs())


def test_the_page_runs_every_command_of_cell_products():
    used = {p.values[0][1] for p in RUNS}
    assert (
        used == {"simulate", "release", "first-in-human", "culture", "fit", "synthesis", "schema"} and len(FILES) == 2
    )


@pytest.mark.parametrize(("words", "code", "phrases"), RUNS)
def test_a_command_of_the_page_answers_as_it_says(words, code, phrases, tmp_path, capsys):
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    there = [str(tmp_path / w) if w in FILES else str(tmp_path / "new") if w == "OUT" else w for w in words[1:]]
    there = [str(ROOT / w) if w.startswith("examples/") else w for w in there]
    assert main(there) == code
    shown = capsys.readouterr()
    answer = re.sub(r"\s+", " ", shown.out + shown.err)
    assert phrases and not [p for p in phrases if p not in answer]
