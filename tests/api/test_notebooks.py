"""The notebooks run from top to bottom, each in a fresh process, and what a cell ends in can be shown.

The cells are run with `exec`, as a kernel would, so that no kernel is needed: they use no magics.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import osteon as ost

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
RUNNER = """
import ast, json, sys
names = {}
for cell in json.load(open(sys.argv[1], encoding="utf-8"))["cells"]:
    if cell["cell_type"] != "code":
        continue
    tree = ast.parse("".join(cell["source"]), cell["id"])
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, cell["id"], "exec"), names)
    if last:
        shown = eval(compile(ast.Expression(last.value), cell["id"], "eval"), names)
        forms = [getattr(shown, f, None) for f in ("_repr_html_", "_repr_latex_", "_repr_mimebundle_")]
        assert any(form() for form in forms if form) or not any(forms), cell["id"]
        if shown is not None:
            print(cell["id"], repr(shown))
"""


def test_there_are_four_and_they_hold_no_results() -> None:
    assert [p.stem for p in NOTEBOOKS] == ["cells_and_evidence", "own_drug_own_data", "person", "trial"]
    for path in NOTEBOOKS:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        assert len({c["id"] for c in cells}) == len(cells)
        assert not any(c.get("outputs") or c.get("execution_count") for c in cells)


def test_the_page_on_python_names_what_there_is() -> None:
    text = (FOLDER.parent / "python.md").read_text(encoding="utf-8")
    named = set(re.findall(r"ost\.(\w+)", text)) | {"Animal", "Cells", "Habit", "Override"}
    assert named == set(ost.__all__)
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=FOLDER.parents[1], capture_output=True, text=True, encoding="utf-8"
    )
    assert "Total hip BMD is" in done.stdout, done.stderr
    assert all((FOLDER.parent / link).is_file() for link in re.findall(r"\]\(([^)]+)\)", text))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_notebook_runs(path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", RUNNER, path.name], cwd=FOLDER, capture_output=True, text=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr
    print(done.stdout)
