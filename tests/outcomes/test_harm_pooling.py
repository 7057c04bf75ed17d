"""Harms pooled over trials: the textbook's numbers, zero cells, the widest source, backgrounds from placebo arms."""

import math

import pytest

from osteon.outcomes.harm_table import Z95, harm, load_harms
from osteon.outcomes.pooling import Trial, of_expected, of_rate, of_ratio_counts, pool
from osteon.report.cards import card_of


def test_random_effects_are_those_of_dersimonian_and_laird_by_hand():
    trials = [Trial("a", 2.0, 1.0, 4.0), Trial("b", 1.0, 0.5, 2.0), Trial("c", 0.8, 0.6, 1.0667)]
    w = [1 / t.variance for t in trials]
    y = [math.log(t.estimate) for t in trials]
    fixed = sum(a * b for a, b in zip(w, y, strict=True)) / sum(w)
    q = sum(a * (b - fixed) ** 2 for a, b in zip(w, y, strict=True))
    tau2 = max(0.0, (q - 2) / (sum(w) - sum(a * a for a in w) / sum(w)))
    own = [1 / (t.variance + tau2) for t in trials]
    mean = sum(a * b for a, b in zip(own, y, strict=True)) / sum(own)
    found = pool(trials)
    assert found.estimate == pytest.approx(math.exp(mean)) and found.between == pytest.approx(math.sqrt(tau2))
    assert found.upper == 4.0  # of the widest source


def test_trials_that_agree_are_pooled_as_one_and_one_trial_is_itself():
    alike = pool([Trial("a", 1.5, 1.0, 2.25), Trial("b", 1.5, 1.0, 2.25)])
    assert alike.between == 0 and alike.estimate == pytest.approx(1.5) and alike.high < 2.25 == alike.upper
    one = pool([Trial("a", 1.5, 1.0, 2.25)])
    assert (one.estimate, one.low, one.high) == pytest.approx((1.5, 1.0, 2.25))


def test_no_event_is_a_bound_and_not_a_zero():
    none = of_ratio_counts("x", 0, 1000, 3, 1000)
    assert 0 < none.estimate < 1 < none.high
    both = of_ratio_counts("x", 0, 1000, 0, 1000)
    assert both.estimate == pytest.approx(1.0) and both.high > 50
    assert 0 < of_rate("x", 0, 5000).estimate < 2e-4 and of_expected("x", 0, 1.0).high > 3
    with pytest.raises(ValueError, match="No trial"):
        pool([Trial("x", 1.0, 0.3, 3.2, centred=False)])


def test_an_upper_end_alone_bounds_and_does_not_move_the_centre():
    base = [Trial("a", 1.2, 0.8, 1.8)]
    wider = pool([*base, Trial("b", 1.0, 0.1, 9.0, centred=False)])
    assert wider.estimate == pytest.approx(1.2) and wider.upper == 9.0


def test_raloxifene_and_the_breast_osteosarcoma_and_the_bounds():
    (breast,) = harm("breast_cancer").causes
    assert breast.effect == pytest.approx(0.38, abs=0.01)
    assert breast.bound(False, Z95) < 0.24 < 0.56 < 0.83 < breast.bound(True, Z95)
    (bone,) = harm("osteosarcoma").causes
    assert bone.effect == 1.0 and bone.bound(True, Z95) == pytest.approx(5.1)  # not shown: never below none
    for h in load_harms().values():
        for c in h.causes:
            for t in c.trials:
                assert c.bound(True, Z95) >= t.high - 1e-9, (h.name, t.study)


def test_backgrounds_are_of_placebo_arms_carried_to_one_age():
    for name in ("vte", "fatal_stroke", "stroke", "mace", "breast_cancer"):
        h = harm(name)
        assert h.placebo and min(t.low for t in h.placebo) < h.background < max(t.high for t in h.placebo), name
    loft = next(t for t in harm("stroke").placebo if t.study == "LOFT")
    assert loft.estimate == pytest.approx(104 / 24418 * math.exp(0.09 * (70 - 72.8)))


def test_a_card_shows_its_forest():
    row, text = card_of("breast_cancer")
    (cause,) = row["causes"]
    assert [t["study"] for t in cause["trials"]] == ["RUTH", "MORE"] and cause["pooled"]["upper"] > 0.83
    assert "RUTH: 0.56 (0.38 to 0.83)" in text and "random effects 0.38" in text
    assert {t["study"] for t in card_of("stroke")[0]["placebo_arms"]} == {"LOFT", "RUTH"}
