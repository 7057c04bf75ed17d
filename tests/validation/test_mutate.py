"""Broken mechanisms: each names something that exists, is laid on once, and turns what it should."""

import fnmatch
from importlib import import_module

import pytest
from tests.evidence.test_references import models

from osteon.checks.claims import CHECKED, Moved, mutation_scores
from osteon.interventions import CARDS
from osteon.outcomes.harm_table import load_harms
from osteon.simulation.assembly import human_model
from validation import mutate


def test_every_mechanism_names_parameters_code_and_changes_that_exist():
    known = {p for _, m in models() for p in m.parameters} | set(human_model(CARDS, harms=load_harms()).parameters)
    known |= {"secretion_gain", "k_healing"}  # of a dish and of a gap
    changed = {name for c in CHECKED.values() for r in c.runs.values() for name, _ in (*r.life, *r.changes)}
    for name, mutant in mutate.mutants().items():
        assert mutant["words"] and set(mutant) - {"words"}, name
        for pattern in (*mutant.get("set", {}), *mutant.get("scale", {})):
            assert any(fnmatch.fnmatchcase(p, pattern) for p in known), f"{name}: {pattern}"
        assert set(mutant.get("drop", ())) <= changed, name
        for path in mutant.get("code", {}):
            owner, _, attribute = path.rpartition(".")
            try:
                found = import_module(owner)
            except ModuleNotFoundError:
                module, _, cls = owner.rpartition(".")
                found = getattr(import_module(module), cls)
            assert hasattr(found, attribute), path


def test_a_factor_is_laid_on_once_and_a_value_is_set():
    broken = mutate.Broken({"set": {"*_excess": 0.0}, "scale": {"k_mineral": 0.001}})
    once = broken.of("k_mineral", 0.0043)
    assert once == pytest.approx(4.3e-6) and broken.of("k_mineral", once) == once
    assert broken.of("onj_rankl_block_excess", 5.0) == 0.0 and broken.of("bmi", 25.0) == 25.0
    assert broken.touches("k_mineral") and not broken.touches("bmi")
    assert broken.fixed_value("donor_gain", 2.0) == 2.0 and broken.fixed_value("aff_excess", 2.0) == 0.0


def test_what_breaks_is_not_counted_as_turned(monkeypatch):
    found = {"whole": {"C1": "holds", "C2": "holds", "C3": "fails"}, "a": {"C1": "fails", "C2": "broke"}, "b": {"C1": "holds", "C2": "holds"}}  # fmt: skip
    monkeypatch.setattr(mutate, "run_one", found.__getitem__)
    rows = mutate.scores(["a", "b"])
    assert rows == [{"claim": "C1", "tried": "2", "turned_by": "a"}, {"claim": "C2", "tried": "1", "turned_by": ""}]
    assert mutate.table(rows).splitlines()[0] == "claim,tried,turned_by"
    assert Moved(2, ("a",)).score == 0.5 and Moved(0, ()).score == 0.0


def test_the_stored_scores_are_of_claims_and_mechanisms_that_exist():
    names = set(mutate.mutants())
    for claim, moved in mutation_scores().items():
        assert claim in CHECKED and set(moved.by) <= names and len(moved.by) <= moved.tried, claim


@pytest.mark.slow
def test_opg_that_does_not_bind_turns_the_claims_about_opg():
    whole, broken = mutate.run_one(mutate.WHOLE), mutate.run_one("opg")
    turned = {i for i, v in broken.items() if whole[i] == "holds" and v == "fails"}
    assert {"C42", "C43", "C44", "C114"} <= turned and "C23" not in turned
