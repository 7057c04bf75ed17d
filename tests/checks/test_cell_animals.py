"""Claims on cells in animals, on harms and open questions: each judge can fail, and what is open stays open."""

import dataclasses

import pytest

from osteon.cells import hazards
from osteon.checks import cell_harms
from osteon.checks.cell_animals import IN_ANIMALS, LETHAL, ONLY_THERE, SLOWER
from osteon.checks.cell_harms import HARMS_OF_CELLS
from osteon.checks.cell_questions import QUESTIONS
from osteon.checks.claims import check_claims
from osteon.checks.verdict import Check, verdict
from osteon.evidence.claim import load_claims

UNTESTABLE: set[str] = set()
FAILS = {"C99"}  # bone of SAMP6 rises too little
KIND = {c.id: c.kind for c in load_claims()}


@pytest.mark.parametrize("check", [*IN_ANIMALS, SLOWER, ONLY_THERE, LETHAL], ids=lambda c: c.id)
def test_a_claim_on_animals_holds_and_fails_when_all_arms_are_alike(check):
    wanted = "unknown" if check.id in UNTESTABLE else "fails" if check.id in FAILS else "holds"
    assert verdict(check.judged(check.arms)) == wanted
    assert verdict(check.judged(dict.fromkeys(check.arms, check.arms["untreated"]))) == "fails"


def test_harms_hold_and_a_hazard_turned_round_is_found_out(monkeypatch):
    checks = {c.id: c for c in HARMS_OF_CELLS}
    for id, check in checks.items():
        if not check.recorded and not check.twin:
            wanted = "unknown" if id in {"C135", "C163", "C167", "C169"} else "holds"
            assert verdict(check.judge({})) == wanted, id
    monkeypatch.setattr(hazards, "SPEED_POWER", -0.5)
    monkeypatch.setattr(hazards, "DENSITY_POWER", 0.0)
    assert verdict(checks["C170"].judge({})) == "fails"
    monkeypatch.setattr(hazards, "DOSE_POWER", -1.0)
    assert verdict(checks["C169"].judge({})) == "fails"
    monkeypatch.setattr(hazards, "DIAMETER_SCALE", 12.0)
    assert verdict(checks["C164"].judge({})) == "fails"
    monkeypatch.setattr(hazards, "ANY_EVENT", ((2, 20), *hazards.ANY_EVENT[1:]))
    assert verdict(checks["C171"].judge({})) == "fails"


def test_a_tumour_without_an_upper_end_above_one_is_found_out(monkeypatch):
    bounds = tuple(dataclasses.replace(b, high=0.9) if b.event == "malignancy" else b for b in hazards.BOUNDS)
    monkeypatch.setattr(hazards, "BOUNDS", bounds)
    monkeypatch.setattr("osteon.cells.harms.BOUNDS", bounds)
    checks = {c.id: c for c in HARMS_OF_CELLS}
    assert verdict(checks["C172"].judge({})) == verdict(checks["C168"].judge({})) == "fails"
    assert not cell_harms.harms()["tumour"].high > 1


def test_what_is_open_is_answered_unknown_with_an_interval():
    rows = {r["id"]: r for r in check_claims([c.id for c in QUESTIONS])}
    for check in QUESTIONS:
        row = rows[check.id]
        assert row["verdict"] in {"unknown", "recorded"}, check.id
        if KIND[check.id] == "open" and row["verdict"] == "unknown" and "Registries" not in row["figure"]:
            assert " to " in row["figure"] or "%" in row["figure"], check.id


def test_every_claim_on_cells_has_a_check_of_its_own():
    from osteon.checks.claims import CHECKED

    asked = [f"C{i}" for i in (4, 5, 6, 18, 19, 20, 21, *range(77, 91), *range(92, 185), *range(187, 213))]
    assert not [i for i in asked if i not in CHECKED]
    assert all(isinstance(c, Check) for c in CHECKED.values())
