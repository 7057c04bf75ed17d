"""Every study that the product ships runs with a few patients; workflows join parts into the run in one go."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from osteon.inputs import load_study
from osteon.io import toml
from osteon.trial.run import contents, join, run

EXAMPLES = Path(__file__).parents[2] / "examples"
STUDIES = sorted(p for p in EXAMPLES.glob("*.toml") if "arm" in toml.read(p))
SLOW = {
    "uc_msc_vs_denosumab",
    "romosozumab_then_antiresorptive",
    "escalation_cells",
    "assurance_two_drugs",
}
ASKED = (
    "denosumab_vs_alendronate",
    "romosozumab_then_antiresorptive",
    "stopping_denosumab",
    "fractures_denosumab",
    "escalation_cells",
    "subgroup_old",
    "enrichment_turnover",
    "men",
)  # what somebody looks for first


def marked(path):
    return pytest.param(path, id=path.stem, marks=[pytest.mark.slow] if path.stem in SLOW else [])


def test_what_somebody_looks_for_first_is_there():
    assert set(ASKED) <= {p.stem for p in STUDIES}


@pytest.mark.parametrize("path", STUDIES, ids=lambda p: p.stem)
def test_an_example_says_how_it_is_run_and_is_valid(path):
    text = path.read_text(encoding="utf-8")
    assert f"osteon run examples/{path.name} --out runs/" in text
    study = load_study(path)
    assert study.question and study.title


@pytest.mark.parametrize("path", [marked(p) for p in STUDIES])
def test_an_example_runs_with_a_few_patients(path, tmp_path):
    result = run(path, tmp_path / "run", patients=4)
    assert result["failed"] == 0 and result["patients"] > 0
    rows = result["endpoints"]
    assert rows and all(r["observed"] <= r["n"] for r in rows)
    assert json.loads((tmp_path / "run" / "endpoints.json").read_text(encoding="utf-8"))["title"] == result["title"]
    study = load_study(path)
    assert ("escalation" in result) == (study.escalation is not None)
    assert ("matched" in result) == (study.population.match is not None)


def test_women_who_are_let_in_are_those_of_the_design():
    from osteon.trial.enrol import drawn

    old = drawn(load_study(EXAMPLES / "subgroup_old.toml"), 1, 0, 30).covariates
    assert old["age"].min() >= 75 and old["prior_vertebral_fractures"].min() >= 1
    everybody = drawn(load_study(EXAMPLES / "men.toml"), 1, 0, 30).covariates
    assert everybody["female"].max() == 0 and everybody["t_femoral_neck"].max() <= -1.5


def commands(text):
    """osteon commands of a workflow, their variables filled in as for part 1 of 2."""
    found = re.findall(r'"(osteon (?:run|join)[^"]*)"', text)
    names = {
        "{STUDY}": "S",
        "{wildcards.k}": "1",
        "{PARTS}": "2",
        "$(dirname {input})": "A B",
        "${params.study}": "S",
        "${params.parts}": "2",
        "${k}": "1",
        "${parts}": "A B",
    }
    for name, value in names.items():
        found = [f.replace(name, value) for f in found]
    return found


@pytest.mark.parametrize("name", ["Snakefile", "main.nf"])
def test_workflows_ask_for_commands_that_exist(name):
    from osteon.cli.commands import command

    text = (EXAMPLES / "workflows" / name).read_text(encoding="utf-8")
    assert len([line for line in text.splitlines() if line.strip()]) <= 14
    told = commands(text)
    assert len(told) == 2
    for line in told:
        words = line.split()
        known = {o for p in command(words[1]).params for o in p.opts}
        assert {w for w in words if w.startswith("--")} <= known, line


def test_parts_in_batches_join_to_the_run_in_one_go(tmp_path):
    study = EXAMPLES / "men.toml"
    run(study, tmp_path / "whole", patients=4, batch=3)
    for k in (1, 2):
        run(study, tmp_path / f"part{k}", patients=4, batch=3, part=f"{k}/2")
    join(tmp_path / "joined", [tmp_path / "part1", tmp_path / "part2"])
    assert contents(tmp_path / "joined") == contents(tmp_path / "whole")


@pytest.mark.skipif(shutil.which("snakemake") is None, reason="snakemake is not installed")
def test_snakemake_plans_the_parts(tmp_path):
    asked = ["snakemake", "--snakefile", str(EXAMPLES / "workflows" / "Snakefile"), "--cores", "1", "--dry-run"]
    done = subprocess.run(asked, cwd=tmp_path, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    told = done.stdout + done.stderr
    assert re.search(r"part\s+4", told) and re.search(r"joined\s+1", told)
