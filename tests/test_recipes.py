"""The recipes of CONTRIBUTING, followed to the letter in a copy of the repository: their own code blocks, then their own commands."""

import os
import shlex
import shutil
import subprocess
import sys

import pytest
from docs import recipes
from docs.recipes import ROOT, Block, example_of, named, patched

RECIPES = recipes.recipes((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))
KINDS = ("drug", "study", "outcome", "regulator", "cell source", "claim")


@pytest.fixture
def copy(tmp_path):
    """What a recipe needs of the repository."""
    for name in ("src", "tests", "docs", "validation", "benchmarks", "examples"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    for name in ("CONTRIBUTING.md", "pyproject.toml", "dev"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def run(line, folder):
    """A command of a recipe with the code of the copy."""
    words = shlex.split(line)
    python = {"osteon": ["-m", "osteon"], "pytest": ["-m", "pytest", "-p", "no:cacheprovider"], "python": []}[words[0]]
    paths = os.pathsep.join((str(folder / "src"), str(folder)))
    env = {**os.environ, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(
        [sys.executable, *python, *words[1:]], cwd=folder, env=env, capture_output=True, text=True, encoding="utf-8"
    )


def test_the_document_has_a_recipe_for_each_kind():
    assert tuple(RECIPES) == KINDS
    for kind, blocks in RECIPES.items():
        actions = {b.action for b in blocks}
        assert "sh" in actions and actions & {"new", "append"}, kind
        assert all(example_of(kind) in "".join(b.path + b.text for b in blocks) for b in blocks)


@pytest.mark.parametrize("kind", KINDS)
def test_a_recipe_followed_to_the_letter_works(kind, copy):
    blocks = RECIPES[kind]
    assert recipes.apply(blocks, copy)
    where = run('python -c "import osteon; print(osteon.__file__)"', copy)
    assert str(copy) in where.stdout, where.stderr
    for line in (line for b in blocks if b.action == "sh" for line in b.text.splitlines()):
        done = run(line, copy)
        assert done.returncode == 0, f"{line}\n{done.stdout[-3000:]}\n{done.stderr[-2000:]}"
        if line.startswith("pytest"):
            assert done.stdout.lstrip().startswith("."), done.stdout  # tests ran, and were not only skipped
        if line.startswith("osteon show") or line.startswith("osteon --with"):
            assert example_of(kind).lower() in done.stdout.lower()


def test_the_scaffold_writes_the_recipe_under_another_name(copy):
    done = run("python -m docs.recipes drug mabnew", copy)
    assert done.returncode == 0, done.stderr
    leaf = (copy / "src/osteon/interventions/mabnew.py").read_text(encoding="utf-8")
    assert "MABNEW = antibody(" in leaf and "examplumab" not in leaf.lower()
    assert "osteon show mabnew" in done.stdout and "MABNEW," in (
        copy / "src/osteon/interventions/shipped.py"
    ).read_text(encoding="utf-8")
    shown = run("osteon show mabnew", copy)
    assert shown.returncode == 0 and "60 mg subcutaneous every 6 months" in shown.stdout
    again = run("python -m docs.recipes drug mabnew", copy)
    assert again.returncode == 2 and "is there already" in again.stderr


@pytest.mark.parametrize("words", [["drug", "Bad-Name"], ["potion", "x"], ["drug"], ["drug", "../x"]])
def test_a_scaffold_that_cannot_be_is_refused(words, capsys):
    assert recipes.main(words) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_lines_that_do_not_stand_there_are_refused_before_anything_is_written(tmp_path):
    (tmp_path / "a.py").write_text("x\ny\n", encoding="utf-8")
    blocks = (Block("new", "b.py", "1\n"), Block("diff", "a.py", " z\n+w\n"))
    with pytest.raises(ValueError, match="a.py does not hold"):
        recipes.apply(blocks, tmp_path)
    assert not (tmp_path / "b.py").exists()
    assert patched("x\ny\nx\n", " y\n-x\n+z\n", "a") == "x\ny\nz\n"
    assert named((Block("new", "examplumab.py", "EXAMPLUMAB examplumab Examplumab"),), "examplumab", "ab")[0] == Block(
        "new", "ab.py", "AB ab Ab"
    )
