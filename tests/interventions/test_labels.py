"""Labels warn of treatments that are too long, of kidneys, of whom they are not for; and say what a file cannot."""

import pytest

from osteon.evidence import unresolved
from osteon.interventions import CARDS
from osteon.interventions.labels import Treated, months_on, warnings
from osteon.model import Regimen

MONTH = 30.4375


def trajectory(drug, months, start=0.0, every=1.0):
    return Regimen(drug, "subcutaneous", 1.0, start * MONTH, every, (start + months) * MONTH)


def kinds(regimens, who=None, end=60):
    return {(w.drug, w.kind) for w in warnings(regimens, who or Treated(), end * MONTH)}


@pytest.mark.parametrize(("drug", "most"), [("teriparatide", 24), ("abaloparatide", 24), ("romosozumab", 12)])
def test_a_treatment_longer_than_the_label_is_told(drug, most):
    assert (drug, "exceeded") not in kinds([trajectory(drug, most)])
    assert (drug, "exceeded") in kinds([trajectory(drug, most + 1)])


def test_courses_add_up_and_gaps_do_not_count():
    two = (trajectory("teriparatide", 14), trajectory("teriparatide", 14, start=30))
    assert months_on(two, 60 * MONTH) == pytest.approx(28)
    assert months_on((trajectory("x", 12), trajectory("x", 12, start=6)), 60 * MONTH) == pytest.approx(18)
    assert months_on((trajectory("x", 24),), 6 * MONTH) == pytest.approx(6)
    assert ("teriparatide", "exceeded") in kinds(list(two))


def test_kidneys():
    given = [Regimen("zoledronate", "intravenous", 5.0)]
    assert ("zoledronate", "contraindicated") in kinds(given, Treated(egfr=25))
    assert ("zoledronate", "contraindicated") not in kinds(given, Treated(egfr=60))
    assert any("eGFR" in w.text for w in warnings(given, Treated(), MONTH) if w.kind == "ask")


def test_whom_it_is_not_for():
    given = [trajectory("romosozumab", 12)]
    assert ("romosozumab", "contraindicated") in kinds(given, Treated(female=False))
    assert ("romosozumab", "contraindicated") not in kinds(given)
    assert ("odanacatib", "not_approved") in kinds([Regimen("odanacatib", "oral", 50.0, every=7.0)])


def test_every_drug_has_a_label_with_a_provenance():
    for name, card in CARDS.items():
        assert card.label is not None, name  # every drug that is shipped has one; a card without says so (tests/app)
        assert not unresolved(card.label.source), card.label.source
