"""One version, in `osteon.__version__`; the changelog's head, the citation and the package say the same."""

import re
import tomllib
from pathlib import Path

from osteon import __version__
from osteon.cli import main

ROOT = Path(__file__).resolve().parents[1]


def test_the_changelogs_head_is_this_version():
    assert re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)[1] == __version__


def test_the_citation_is_of_this_version():
    assert (
        re.search(r"^version: (\S+)$", (ROOT / "CITATION.cff").read_text(encoding="utf-8"), re.MULTILINE)[1]
        == __version__
    )


def test_the_package_reads_its_version_from_the_code():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert "version" not in project["project"] and project["project"]["dynamic"] == ["version"]
    assert project["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "osteon.__version__"}


def test_the_command_says_this_version(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"osteon {__version__}\n"


def test_what_is_fetched_is_pinned_by_its_hash():
    """Every lock holds hashes; pip can read them alone (an extra that is asked for is pinned with it)."""
    for lock in (
        "requirements.lock",
        "requirements-dev.lock",
        "requirements-bench.lock",
        "requirements-arviz.lock",
        "requirements-uv.lock",
    ):
        text = (ROOT / lock).read_text(encoding="utf-8")
        heads = re.findall(r"^\S[^\n]*", text, re.MULTILINE)
        assert heads and all("==" in h and h.endswith("\\") for h in heads), lock
        assert text.count("--hash=sha256:") >= len(heads)
    assert "coverage[toml]==" in (ROOT / "requirements-dev.lock").read_text(encoding="utf-8")
    assert "--require-hashes" in (ROOT / "dev").read_text(encoding="utf-8")


def test_no_library_is_required_that_nobody_imports():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    spelt = {"vl-convert-python": "vl_convert"}
    source = "\n".join(p.read_text(encoding="utf-8") for p in (ROOT / "src").rglob("*.py"))
    names = [re.split(r"[<>=]", d)[0] for d in project["dependencies"]]
    unused = [n for n in names if not re.search(rf"\b(import|from) {spelt.get(n, n)}\b", source)]
    assert not unused
