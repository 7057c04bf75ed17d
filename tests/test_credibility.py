"""Credibility: limits fixed by their hash, facts apart from judgement, what has no evidence is listed, reports can be compared."""

import json
import re
from pathlib import Path

import pytest

from osteon.app import credibility
from osteon.checks.sensitivity import up
from osteon.errors import InputError
from osteon.model import LogitNormal, LogNormal, LogUniform, Normal, Uniform

ROOT = Path(__file__).resolve().parents[1]
CLAIMS = tuple(
    {"id": f"C{i}", "verdict": "fails" if i == 70 else "holds", "status": "x", "basis": "fitted", "mutation_score": 0.1, "because": "", "figure": "y"}
    for i in range(1, 213)
)  # fmt: skip


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(credibility, "claim_rows", lambda: CLAIMS)
    monkeypatch.setattr(credibility, "influence", lambda c: {"rows": [], "reason": "not looked at"})
    monkeypatch.setattr(credibility, "assumed_numbers", lambda c: {"rows": [], "reason": "not looked at"})


def test_acceptance_limits_stand_as_they_were_fixed():
    for name, c in credibility.contexts().items():
        assert credibility.acceptance_hash(c) == c["sha256"], name
        assert (c["influence"], c["consequence"]) in credibility.RISK
        for a in c["acceptance"]:
            assert ("at_least" in a) != ("at_most" in a) and a["why"], (name, a["metric"])
    moved = {**credibility.contexts()["teach"], "acceptance": [{"metric": "x", "at_least": 0.1, "why": ""}]}
    assert credibility.acceptance_hash(moved) != moved["sha256"]


def test_every_test_that_is_named_as_evidence_is_there():
    for item in credibility.evidence_items():
        assert (ROOT / item["test"]).is_file() and item["what"] and item["factor"]


def test_what_has_no_evidence_is_listed_and_is_never_met(quick):
    found = {a["context"]: a for a in credibility.assess()}
    assert set(found) == set(credibility.contexts())
    for a in found.values():
        bare = [m for m in a["acceptance"] if m["met"] is None]
        assert len(a["no_evidence"]) == len(bare) and all(m["reason"] for m in a["acceptance"])
        assert a["adequate"] == all(m["met"] for m in a["acceptance"])
        assert "not validated" in a["adequacy"] or not a["adequate"]
        assert a["validation"]["sets"]["never looked at"] == [] and a["validation"]["never_looked_at"]
    claims = next(m for m in found["sequence_bmd"]["acceptance"] if m["metric"].startswith("claims/"))
    assert claims["met"] is False and "C70" in claims["reason"]
    with pytest.raises(InputError, match="teach"):
        credibility.assess(["teech"])


def test_reports_are_written_and_say_what_changed_since_the_last(quick, tmp_path, monkeypatch):
    out = tmp_path / "reports"
    rows = credibility.write_reports(str(out))
    assert len(rows) == 4 and all(Path(r.page).is_file() and r.changed == [] for r in rows)
    page = (out / "sequence_bmd.html").read_text(encoding="utf-8")
    assert "never_looked_at" in page and "Risk tier" in page and ">None<" not in page
    for r in rows:
        assert not re.findall(r"<t[dh][^>]*>\s*</t[dh]>", Path(r.page).read_text(encoding="utf-8")), r.context
    monkeypatch.setattr(credibility, "claim_rows", lambda: tuple({**r, "verdict": "holds"} for r in CLAIMS))
    again = {r.context: r for r in credibility.write_reports(str(out))}
    assert any("C70" in line and "missed" in line for line in again["sequence_bmd"].changed)
    assert (
        "C70: no longer fails" in again["teach"].changed and "claims, fails: 1 before, 0 now" in again["teach"].changed
    )
    assert [line for line in again["teach"].changed if line.startswith("claims/")] == [] or "C70" in again[
        "teach"
    ].changed[0]
    stored = json.loads((out / "teach.json").read_text(encoding="utf-8"))
    assert stored["context"] == "teach" and stored["acceptance"]


def test_one_standard_deviation_up_stays_inside_the_bounds():
    assert up(2.0, LogNormal(1.5), None) == pytest.approx(3.0)
    assert up(2.0, Normal(0.5), (0.0, 2.2)) == 2.2
    assert up(0.5, LogitNormal(1.0), None) == pytest.approx(0.731, abs=1e-3)
    assert 1.0 < up(1.0, LogUniform(0.1, 10.0), None) <= 10.0 and up(0.9, Uniform(0.0, 1.0), None) == 1.0


def test_the_distance_of_a_study_says_what_lies_outside(tmp_path):
    from osteon.app.applicability import distance, distance_text

    rows = {r["what"]: r for r in distance(str(ROOT / "examples" / "study.toml"))}
    assert rows["mean age"]["outside"] is False and rows["dose of denosumab"]["outside"] is False
    assert (
        rows["cells of cord cells, three infusions"]["outside"] is True and rows["bmd_lumbar_spine"]["outside"] is False
    )
    text = (ROOT / "examples" / "study.toml").read_text(encoding="utf-8").replace('"24 months"', '"400 months"')
    long = tmp_path / "long.toml"
    long.write_text(text, encoding="utf-8")
    found = {r["what"]: r for r in distance(str(long))}
    assert found["bmd_lumbar_spine"]["outside"] is True and "400 months" in distance_text(list(found.values()))
