"""Claims about harms: each holds on the model, and none would hold on a model without its harm."""

import numpy as np
import pytest
from scipy.stats import poisson

from osteon.checks.claims import CHECKED
from osteon.checks.harms import CASES, EXTENSION, HARM_CHECKS, counts
from osteon.checks.lab import DAYS, OUTPUTS, SimulatedValues, observe
from osteon.checks.verdict import verdict

FAILS = {"C64", "C67"}  # the review on breast cancer; the model on how often calcium is low


@pytest.fixture(scope="module")
def seen():
    return observe([run for check in HARM_CHECKS for run in check.runs.values()])


def judged(check, seen):
    return check.judge({name: seen[run] for name, run in check.runs.items()})


@pytest.mark.parametrize("check", HARM_CHECKS, ids=lambda c: c.id)
def test_a_claim_holds(check, seen):
    told = judged(check, seen)
    assert verdict(told) == ("fails" if check.id in FAILS else "holds"), [p.words for p in told]
    assert CHECKED[check.id] is check


@pytest.mark.parametrize("check", HARM_CHECKS, ids=lambda c: c.id)
def test_a_claim_fails_where_no_drug_does_anything(check, seen):
    still = {}
    for name, run in check.runs.items():
        values = seen[run].values.copy()
        for k, output in enumerate(OUTPUTS):
            values[:, k] = 1e-4 * DAYS / 365.25 if output.startswith("cumulative") else 1e-3
        still[name] = SimulatedValues(values)
    told = check.judge(still)
    assert verdict(told) == "fails", [p.words for p in told]


def test_cases_of_a_rate_that_is_known_are_those_of_poisson():
    low, high = counts(7.0, 1.000001)
    assert poisson.cdf(low - 1, 7) < 0.05 <= poisson.cdf(low, 7) and poisson.cdf(high, 7) >= 0.95
    wide = counts(7.0, 2.0)
    assert wide[0] < low and high < wide[1]


def test_ten_times_the_rate_would_miss_the_printed_number():
    low, _ = counts(EXTENSION * 1.7e-2, 1.28)
    assert low > CASES
    assert np.isfinite(low)
