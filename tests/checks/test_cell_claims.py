"""Claims on cells: every judge of dishes fails when no dish is treated, edges turned round show, numbers can be wrong."""

from dataclasses import replace

import pytest

from osteon.cells import sources
from osteon.checks.cells import CELLS, IN_DISHES, OF_TABLE_1
from osteon.checks.claims import check_claims
from osteon.checks.verdict import verdict
from osteon.evidence.claim import load_claims
from osteon.replication.experiments import experiment_ids, load_experiment


@pytest.mark.parametrize("check", IN_DISHES, ids=lambda c: c.id)
def test_a_claim_on_dishes_holds_and_fails_when_all_dishes_are_alike(check):
    assert verdict(check.judge(check.dishes)) == ("fails" if check.at_fault == "review" else "holds")
    plain = next(iter(check.dishes.values()))
    assert verdict(check.judge(dict.fromkeys(check.dishes, plain))) == "fails"


@pytest.mark.parametrize(
    "check",
    [c for c in IN_DISHES if c.at_fault == "model" and any(d.regulators for d in c.dishes.values())],
    ids=lambda c: c.id,
)
def test_it_fails_when_the_edges_are_turned_round(check):
    turned = {n: replace(d, flipped=next(iter(d.regulators), "")) for n, d in check.dishes.items()}
    assert verdict(check.judge(turned)) == "fails"


def test_where_the_review_is_wrong_the_model_shows_the_opposite():
    checks = {c.id: c for c in IN_DISHES if c.at_fault == "review"}
    assert set(checks) == {"C19", "C145"}
    assert all(p.holds is False for p in checks["C19"].judge(checks["C19"].dishes))
    turned = {n: replace(d, flipped=next(iter(d.regulators), "")) for n, d in checks["C145"].dishes.items()}
    assert verdict(checks["C145"].judge(turned)) == "holds"  # as printed, if TNF-alpha had the sign of the review


def test_every_row_of_table_1_is_a_claim_of_its_own_experiment():
    assert tuple(OF_TABLE_1.values()) == experiment_ids()
    assert all(load_experiment(e).claim == claim for claim, e in OF_TABLE_1.items())


def test_ids_are_once_each_and_in_the_review():
    ids = [c.id for c in CELLS]
    assert len(ids) == len(set(ids)) and set(ids) <= {c.id for c in load_claims()}


def test_a_claim_on_sources_fails_when_the_figures_are_others(monkeypatch):
    ids = ["C88", "C89", "C124", "C125", "C141", "C142", "C147", "C157"]
    assert all(r["verdict"] == "vacuous" for r in check_claims(ids))
    table = sources._tables()
    swapped = {**table, "bone_marrow": table["umbilical_cord"], "umbilical_cord": table["bone_marrow"]}
    monkeypatch.setattr(sources, "_tables", lambda: swapped)
    found = {r["id"]: r["verdict"] for r in check_claims(ids)}
    assert all(found[i] == "fails" for i in ("C89", "C141", "C142", "C147", "C157"))
