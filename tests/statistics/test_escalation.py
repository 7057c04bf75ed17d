"""Escalation rules against published boundaries, exact chances and numerical integration."""

import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from osteon.errors import InputError
from osteon.statistics.escalation import (
    Escalation,
    boin_boundaries,
    crm_posterior,
    escalate,
    exceeds,
    isotonic_mtd,
    next_dose,
    pool_adjacent_violators,
)


def test_boin_boundaries_of_the_paper():
    """Liu and Yuan 2015, table 1 (from memory): target to (escalate, de-escalate); target 0.3 as the R package rpact tests it."""
    assert boin_boundaries(0.3) == pytest.approx((0.23649071181459, 0.358519502640613), abs=1e-6)
    table = {0.15: (0.118, 0.179), 0.2: (0.157, 0.238), 0.25: (0.197, 0.298), 0.3: (0.236, 0.359), 0.35: (0.276, 0.419)}
    for target, edges in table.items():
        assert boin_boundaries(target) == pytest.approx(edges, abs=1e-3)


def test_boin_decisions_by_number_treated():
    """Target 0.3: escalate at or below, de-escalate at or above, eliminate at or above (the table users of BOIN carry)."""
    table = {3: (0, 2, 3), 6: (1, 3, 4), 9: (2, 4, 5), 12: (2, 5, 7)}
    plan = Escalation("boin", 3, 0.3, max_patients=100, max_at_one_dose=100)
    for n, (up, down, out) in table.items():
        for x in range(n + 1):
            treated, seen = np.array([3, n, 0]), np.array([0, x, 0])
            found = next_dose(plan, treated, seen, 1).dose
            assert found == (2 if x <= up else 0 if x >= down else 1), (n, x)
            assert (exceeds(n, x, 0.3) > 0.95) == (x >= out)


def test_three_plus_three_escalates_as_often_as_its_arithmetic():
    """Past a dose of toxicity p with chance (1-p)^3 + 3p(1-p)^2 (1-p)^3."""
    rng, p = np.random.default_rng(1), 0.25
    plan = Escalation("three_plus_three", 2)
    passed = np.mean([escalate(plan, lambda i, d: bool(rng.uniform() < p)).treated[1] > 0 for _ in range(20_000)])
    exact = (1 - p) ** 3 + 3 * p * (1 - p) ** 2 * (1 - p) ** 3
    assert passed == pytest.approx(exact, abs=4 * math.sqrt(exact * (1 - exact) / 20_000))


def test_three_plus_three_needs_six_at_its_dose():
    plan = Escalation("three_plus_three", 3)
    found = escalate(plan, lambda i, d: d == 2)
    assert found.recommended == 1 and found.treated[1] == 6 and found.path == (0, 1, 2, 1)
    assert escalate(plan, lambda i, d: True).recommended is None
    top = escalate(plan, lambda i, d: False)
    assert top.recommended == 2 and top.treated == (3, 3, 6)


def test_crm_posterior_equals_numerical_integration():
    skeleton, n, x = [0.05, 0.12, 0.25, 0.4], np.array([3, 3, 6, 0]), np.array([0, 0, 2, 0])

    def weight(a):
        p = np.array(skeleton) ** math.exp(a)
        return float(np.prod(p**x * (1 - p) ** (n - x))) * norm.pdf(a, 0, math.sqrt(1.34))

    total = quad(weight, -8, 8, limit=400)[0]
    for k, mean in enumerate(crm_posterior(skeleton, n, x)[0]):
        exact = quad(lambda a, k=k: weight(a) * skeleton[k] ** math.exp(a), -8, 8, limit=400)[0] / total
        assert mean == pytest.approx(exact, abs=1e-6)


def test_crm_finds_the_dose_and_never_skips_one():
    rng, truth = np.random.default_rng(3), [0.02, 0.08, 0.25, 0.5]
    plan = Escalation("crm", 4, 0.25, max_patients=36, max_at_one_dose=36, skeleton=(0.05, 0.12, 0.25, 0.4))
    trials = [escalate(plan, lambda i, d: bool(rng.uniform() < truth[d])) for _ in range(200)]
    assert np.mean([t.recommended == 2 for t in trials]) > 0.5
    assert all(b <= max(t.path[: i + 1]) + 1 for t in trials for i, b in enumerate(t.path[1:]))
    none = [escalate(plan, lambda i, d: bool(rng.uniform() < 0.7)).recommended for _ in range(100)]
    assert np.mean([r is None for r in none]) > 0.95


def test_isotonic_estimates():
    assert pool_adjacent_violators(np.array([1.0, 3, 2, 4]), np.array([1.0, 1, 3, 1])).tolist() == [1, 2.25, 2.25, 4]
    assert isotonic_mtd(np.array([3, 6, 6]), np.array([0, 1, 3]), 0.25, 3) == 1


def test_bad_plans_with_every_fault():
    with pytest.raises(InputError) as error:
        Escalation("4+4", 0, 1.5, 0, -1, start=7)
    assert len(error.value.faults) >= 5
    with pytest.raises(InputError):
        Escalation("crm", 3, 0.25, skeleton=(0.1, 0.1, 0.3))
