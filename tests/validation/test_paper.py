"""The files that others read: versions agree, citations of the draft resolve, no identifier that was not confirmed."""

import json
import re
import tomllib
from pathlib import Path

from osteon import __version__
from osteon.evidence import load_references

ROOT = Path(__file__).resolve().parents[2]


def test_one_version_and_one_licence_everywhere():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    meta = json.loads((ROOT / "codemeta.json").read_text(encoding="utf-8"))
    cff = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert meta["version"] == __version__ and f"version: {__version__}\n" in cff
    assert project["license"] in meta["license"] and f"license: {project['license']}" in cff


def test_citations_of_the_draft_resolve_and_its_identifiers_were_confirmed():
    text = (ROOT / "paper" / "paper.md").read_text(encoding="utf-8")
    bib = (ROOT / "paper" / "paper.bib").read_text(encoding="utf-8")
    cited = {k for group in re.findall(r"\[(@[^\]]+)\]", text) for k in re.findall(r"@(\w+)", group)}
    entries = set(re.findall(r"^@\w+\{(\w+),", bib, re.M))
    assert cited == entries
    confirmed = {r.doi for r in load_references().values() if r.status == "confirmed"}
    assert set(re.findall(r"doi = \{([^}]+)\}", bib)) <= confirmed
