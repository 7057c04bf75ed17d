"""Group-sequential boundaries, futility, sample size and re-estimation against published tables and analytic values."""

import math

import numpy as np
import pytest

from osteon.errors import InputError
from osteon.statistics.futility import conditional_power, predictive_power, with_futility
from osteon.statistics.group_sequential import (
    boundaries,
    crossing,
    inflation,
    sequential_power,
    spending_boundaries,
)
from osteon.statistics.re_estimation import blinded_variance, re_estimated
from osteon.statistics.sample_size import (
    SampleSize,
    events_needed,
    margin_shift,
    power_of_means,
    power_with_margin,
    sample_size_of_events,
    sample_size_of_means,
)

# Final critical z of equally spaced looks, alpha 0.05 on two sides: Jennison and Turnbull 2000, tables 2.1 and 2.3, from memory;
# recomputed below by another way (a multivariate normal), and held against what other programs print
POCOCK = {2: 2.178, 3: 2.289, 4: 2.361, 5: 2.413, 10: 2.555}
OBRIEN_FLEMING = {2: 1.977, 3: 2.004, 4: 2.024, 5: 2.040, 10: 2.087}
# Largest sample size against one look, power 0.9: tables 2.2 and 2.4
POCOCK_SIZE = {2: 1.100, 3: 1.151, 4: 1.183, 5: 1.207}
OBRIEN_FLEMING_SIZE = {2: 1.007, 3: 1.016, 4: 1.022, 5: 1.026}


def equal(looks):
    return [(k + 1) / looks for k in range(looks)]


@pytest.mark.parametrize("looks", POCOCK)
def test_constants_of_equal_looks_are_those_of_the_tables(looks):
    assert boundaries(equal(looks), kind="pocock").upper[-1] == pytest.approx(POCOCK[looks], abs=1e-3)
    assert boundaries(equal(looks)).upper[-1] == pytest.approx(OBRIEN_FLEMING[looks], abs=1e-3)


@pytest.mark.parametrize("looks", POCOCK_SIZE)
def test_looks_cost_the_patients_of_the_tables(looks):
    assert inflation(boundaries(equal(looks), kind="pocock")) == pytest.approx(POCOCK_SIZE[looks], abs=1e-3)
    assert inflation(boundaries(equal(looks))) == pytest.approx(OBRIEN_FLEMING_SIZE[looks], abs=1e-3)


@pytest.mark.parametrize("looks", [2, 3, 4])
@pytest.mark.parametrize(("table", "power"), [(POCOCK, 0.0), (OBRIEN_FLEMING, -0.5)])
def test_constants_follow_from_the_joint_distribution_of_the_looks(looks, table, power):
    """Chance that no look crosses, from the multivariate normal of the z of equally spaced looks; no walk is integrated."""
    from scipy.optimize import brentq
    from scipy.stats import multivariate_normal

    t = np.array(equal(looks))
    together = np.sqrt(np.minimum.outer(t, t) / np.maximum.outer(t, t))
    law = multivariate_normal(np.zeros(looks), together, seed=1, maxpts=2_000_000 * looks, abseps=1e-7, releps=1e-7)

    def crossed(c):
        bound = c * t**power
        return 1 - law.cdf(bound, lower_limit=-bound) - 0.05

    assert brentq(crossed, 1.5, 3.5, xtol=1e-5) == pytest.approx(table[looks], abs=1e-3)


def test_other_programs_print_the_same():
    """SAS/STAT SEQDESIGN, example "Two-Sided Pocock and O'Brien-Fleming Designs"; Wang and Tsiatis's bounds in R (K = 3, delta 0)."""
    pocock = boundaries(equal(4), kind="pocock")
    size = inflation(pocock)
    assert 100 * size == pytest.approx(
        118.3143, abs=0.01
    )  # maximum information, percent of one look; it counts the right side alone
    drift = math.sqrt(size) * (1.959964 + 1.281552)
    assert 100 * size * sequential_power(pocock, drift)[1] == pytest.approx(
        69.74805, abs=0.01
    )  # on average, at the alternative
    assert 100 * size * sequential_power(pocock, 0.0)[1] == pytest.approx(115.6074, abs=0.01)  # on average, at the null
    assert boundaries(equal(3)).upper == pytest.approx([3.471086, 2.454429, 2.004033], abs=1e-5)


def test_spending_boundaries_of_five_looks():
    """As Lan and DeMets's functions give them (published tables, two sides of 0.025)."""
    assert spending_boundaries(equal(5)).upper == pytest.approx([4.877, 3.357, 2.680, 2.290, 2.031], abs=1e-3)
    assert spending_boundaries(equal(5), kind="pocock").upper == pytest.approx(
        [2.438, 2.427, 2.410, 2.397, 2.386], abs=1e-3
    )
    design = spending_boundaries([0.2, 0.7, 1.0], kind="kim_demets", gamma=1.0)
    assert design.spent == pytest.approx([0.01, 0.035, 0.05])


@pytest.mark.parametrize("kind", ["obrien_fleming", "pocock", "hwang_shih_decani"])
def test_a_simulated_walk_crosses_as_often_as_alpha(kind):
    design = spending_boundaries([0.3, 0.55, 1.0], kind=kind)
    rng = np.random.default_rng(5)
    steps = rng.normal(size=(400_000, 3)) * np.sqrt(np.diff([0, *design.information]))
    z = np.cumsum(steps, axis=1) / np.sqrt(design.information)
    crossed = float(np.mean((np.abs(z) >= design.upper).any(axis=1)))
    assert crossed == pytest.approx(0.05, abs=4 * math.sqrt(0.05 * 0.95 / 400_000))


def test_futility_has_its_power_and_keeps_alpha_if_ignored():
    design, drift = with_futility([0.5, 0.75, 1.0], 0.025, 0.9)
    assert sequential_power(design, drift)[0] == pytest.approx(0.9, abs=1e-6)
    ignored = crossing(design.information, design.upper, np.full(3, -np.inf), 0.0, 1)[0].sum()
    assert ignored == pytest.approx(0.025, abs=1e-8)
    assert crossing(design.information, design.upper, design.lower, 0.0, 1)[0].sum() < 0.025
    assert np.all(np.diff(design.lower) > 0) and design.lower[-1] == design.upper[-1]


def test_conditional_power_of_a_walk_equals_simulation():
    rng = np.random.default_rng(2)
    rest = 1.2 * math.sqrt(0.4) + rng.normal(2.0 * 0.6, math.sqrt(0.6), 400_000)
    assert conditional_power(1.2, 0.4, 1.96, drift=2.0) == pytest.approx(float(np.mean(rest > 1.96)), abs=0.003)
    effect = 1.2 / math.sqrt(0.4) + rng.normal(size=400_000) / math.sqrt(0.4)  # flat prior, information 0.4
    final = 1.2 * math.sqrt(0.4) + effect * 0.6 + rng.normal(0, math.sqrt(0.6), 400_000)
    assert predictive_power(1.2, 0.4, 1.96) == pytest.approx(float(np.mean(final > 1.96)), abs=0.003)


@pytest.mark.parametrize("looks", [[], [0.5], [0.5, 0.4, 1.0], [0.5, 1.2], [-0.1, 1.0], [0.5, math.nan, 1.0]])
def test_looks_that_are_none_are_refused(looks):
    with pytest.raises(InputError):
        boundaries(looks)


def test_sample_sizes_of_means_as_tables_have_them():
    """Exact by the noncentral t: 86 an arm for half an SD at 90 %, 26 for 0.8 SD at 80 % (Cohen 1988; G*Power)."""
    assert sample_size_of_means(0.5, 1.0).arm == 86
    assert sample_size_of_means(0.8, 1.0, power=0.8).arm == 26
    assert sample_size_of_means(-0.5, 1.0).arm == 86
    assert sample_size_of_means(0.5, 2.0, 1.0).comparator == sample_size_of_means(0.5, 1.0, 2.0).comparator
    assert sample_size_of_means(0.5, 1.0, dropout=0.2).arm == math.ceil(86 / 0.8)
    assert sample_size_of_means(0.5, 1.0, correlation=0.6).total < 0.68 * sample_size_of_means(0.5, 1.0).total
    two = sample_size_of_means(0.5, 1.0, ratio=2.0)
    assert two.arm == 2 * two.comparator and two.total == pytest.approx(172 * 9 / 8, abs=3)


def test_power_of_means_against_statsmodels():
    from statsmodels.stats.power import TTestIndPower

    for effect, n, ratio in ((0.3, 50, 1.0), (0.8, 10, 2.0), (0.1, 400, 0.5)):
        expected = TTestIndPower().power(effect, n, 0.05, ratio)
        found = power_of_means(effect, 1, 1, n * ratio, n)
        assert found == pytest.approx(expected, abs=1e-6)


def test_power_far_from_the_null_is_a_number():
    for difference in (-50.0, -3.0, 3.0, 8.2, 50.0):
        assert power_of_means(difference, 1, 1, 600, 600) == pytest.approx(1.0, abs=1e-9)
        assert power_of_means(difference, 1, 1, 600, 600, sides=1) == pytest.approx(float(difference > 0), abs=1e-9)
    assert power_of_means(0.0, 1, 1, 40, 40) == pytest.approx(0.05) == 2 * power_of_means(0.0, 1, 1, 40, 40, 0.025, 1)
    assert power_of_means(-0.1, 1, 1, 40, 40, sides=1) < 0.05 < power_of_means(0.1, 1, 1, 40, 40, sides=1)


def test_margins():
    assert margin_shift("non_inferiority", -0.5, 1.0) == 0.5
    assert margin_shift("superiority", 2.0, 1.0) == 1.0
    assert margin_shift("non_inferiority", 0.5, 1.0, higher_is_better=False) == 0.5
    # equal means and a margin of half an SD: as one-sided superiority by half an SD at 0.025
    assert power_with_margin("non_inferiority", 0.0, 0.5, 1, 1, 86, 86) == pytest.approx(0.9032, abs=5e-4)
    assert power_with_margin("equivalence", 0.0, 0.5, 1, 1, 105, 105) == pytest.approx(0.9, abs=0.01)
    for hypothesis, margin in (
        ("non_inferiority", -1.0),
        ("non_inferiority", 0.0),
        ("superiority", -1.0),
        ("better", 1),
    ):
        with pytest.raises(InputError):
            margin_shift(hypothesis, 0.0, margin)


def test_events_and_patients_for_fractures():
    assert events_needed(0.5) == 88 and events_needed(2.0) == 88
    assert events_needed(0.7, power=0.8) == math.ceil(4 * (1.959964 + 0.841621) ** 2 / math.log(0.7) ** 2)
    plan = sample_size_of_events(0.07, 0.6, 3.0)
    shares = [-math.expm1(h) for h in (math.log1p(-0.07), 0.6 * math.log1p(-0.07))]
    assert plan.comparator == math.ceil(events_needed(0.6) / sum(shares))
    assert sample_size_of_events(0.07, 0.6, 3.0, dropout_per_year=0.1).total > plan.total
    assert sample_size_of_events(0.07, 0.6, 3.0, death_per_year=0.02).total > plan.total


def test_every_fault_of_a_plan_at_once():
    with pytest.raises(InputError) as error:
        sample_size_of_means(0.0, -1.0, power=1.5, alpha=5, ratio=0, dropout=1.0)
    assert {f.place for f in error.value.faults} >= {"difference", "sd", "power", "alpha", "ratio", "dropout"}


def test_blinded_variance_is_that_within_arms():
    rng = np.random.default_rng(3)
    found = []
    for _ in range(400):
        y = rng.normal(0, 2, 100) + 1.5 * (np.arange(100) % 2)
        found.append((blinded_variance(y, 1.5), blinded_variance(y)))
    adjusted, plain = np.mean(found, axis=0)
    assert adjusted == pytest.approx(4.0, abs=0.1)
    assert plain == pytest.approx(4.0 + 100 / 99 * 1.5**2 / 4, abs=0.1)


def test_re_estimation_never_shrinks_and_has_a_ceiling():
    planned = SampleSize(50, 50, 0.9, "")
    rng = np.random.default_rng(4)
    assert re_estimated(rng.normal(0, 0.1, 60), 1.0, planned).arm == 50
    assert re_estimated(rng.normal(0, 50.0, 60), 1.0, planned).arm == 100
    assert 50 < re_estimated(rng.normal(0, 1.8, 600), 1.0, planned).arm < 100
