"""Analyses against statsmodels, scipy and published examples."""

import math
import warnings

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats
from statsmodels.stats.multitest import multipletests

from osteon.statistics.missing import multiply_imputed, pooled
from osteon.statistics.multiplicity import adjusted_p, hochberg, holm
from osteon.statistics.proportions import number_needed, rate_ratio, responders, share_difference, wilson
from osteon.statistics.regression import adjusted_difference, effect_of, ratio_of_markers, variance_left
from osteon.statistics.repeated_measures import repeated_measures
from osteon.statistics.time_to_event import cox, cumulative_incidence, kaplan_meier, log_rank


def survival(seed=1, n=300):
    rng = np.random.default_rng(seed)
    group = (np.arange(n) % 2).astype(float)
    x = rng.normal(size=n)
    first = rng.exponential(40 * np.exp(0.5 * group - 0.3 * x))
    death, leave = rng.exponential(150, n), rng.uniform(10, 60, n)
    time = np.ceil(np.minimum(np.minimum(first, death), leave))  # whole months: many ties
    event = np.where(first <= np.minimum(death, leave), 1, np.where(death <= leave, 2, 0))
    return time, event, group, x


def test_log_rank_equals_statsmodels_and_scipy():
    time, event, group, _ = survival()
    found = log_rank(time, event, group)
    chi2, p = sm.duration.survdiff(time, event == 1, group)
    assert found.p == pytest.approx(p, rel=1e-9)
    sets = [
        stats.CensoredData(time[(group == k) & (event == 1)], right=time[(group == k) & (event != 1)]) for k in (1, 0)
    ]
    assert found.p == pytest.approx(stats.logrank(*sets).pvalue, rel=1e-9)
    assert found.lo < found.ratio < found.hi


@pytest.mark.parametrize("with_covariate", [False, True])
def test_cox_equals_statsmodels_with_ties(with_covariate):
    time, event, group, x = survival()
    table = np.column_stack([group, x]) if with_covariate else group[:, None]
    reference = sm.PHReg(time, table, status=(event == 1).astype(int), ties="efron").fit()
    found = cox(time, event, group, x[:, None] if with_covariate else None)
    assert math.log(found.ratio) == pytest.approx(reference.params[0], abs=1e-6)
    assert found.log_se == pytest.approx(reference.bse[0], rel=1e-5)


def test_kaplan_meier_equals_statsmodels():
    time, event, _, _ = survival()
    at = np.array([0.0, 12, 24, 36])
    curve = kaplan_meier(time, event, at)
    reference = sm.SurvfuncRight(time, event == 1)
    for t, share, risk in zip(at, curve.share, curve.at_risk, strict=True):
        k = np.searchsorted(reference.surv_times, t, side="right") - 1
        assert share == pytest.approx(1 - reference.surv_prob[k] if k >= 0 else 0.0, abs=1e-12)
        assert risk == np.sum(time >= t)
    assert np.all((curve.lo <= curve.share) & (curve.share <= curve.hi))


def test_cumulative_incidence_equals_statsmodels():
    from statsmodels.duration.survfunc import CumIncidenceRight

    time, event, _, _ = survival()
    reference = CumIncidenceRight(time, event)
    at = reference.times[[5, 15, 30]]
    curve = cumulative_incidence(time, event, at)
    k = [5, 15, 30]
    assert curve.share == pytest.approx(reference.cinc[0][k], abs=1e-12)
    assert np.all(curve.share < kaplan_meier(time, event, at).share)  # death takes some away


def test_the_interval_of_cumulative_incidence_covers():
    rng, hits = np.random.default_rng(0), 0
    truth = 0.02 / 0.05 * -math.expm1(-0.05 * 12)
    for _ in range(400):
        one, two = rng.exponential(50, 150), rng.exponential(1 / 0.03, 150)
        time = np.minimum(np.minimum(one, two), 20)
        event = np.where(time >= 20, 0, np.where(one < two, 1, 2))
        curve = cumulative_incidence(time, event, np.array([12.0]))
        hits += bool(curve.lo[0] <= truth <= curve.hi[0])
    assert hits / 400 == pytest.approx(0.95, abs=4 * math.sqrt(0.05 * 0.95 / 400))


def trial(seed=0, n=160, visits=3, lost=0.25):
    rng = np.random.default_rng(seed)
    group, base = (np.arange(n) % 2).astype(float), rng.normal(size=n)
    cov = 0.5 + 0.5 * np.eye(visits) + np.diag(np.arange(visits) * 0.4)
    y = rng.multivariate_normal(np.arange(visits), cov, n) + 0.6 * base[:, None]
    y += group[:, None] * np.linspace(0.3, 0.9, visits)
    gone = rng.uniform(size=n) / lost * visits
    for v in range(visits):
        y[gone < v, v] = np.nan
    return y, group, base


def test_ancova_equals_statsmodels():
    y, group, base = trial(lost=1e-9)
    found = adjusted_difference(y[:, -1], group, np.column_stack([base, base**2]))
    reference = sm.OLS(y[:, -1], sm.add_constant(np.column_stack([group, base, base**2]))).fit()
    assert (found.estimate, found.se, found.p) == pytest.approx(
        (reference.params[1], reference.bse[1], reference.pvalues[1])
    )


def test_mixed_model_with_a_random_intercept_equals_statsmodels():
    y, group, base = trial()
    found = repeated_measures(y, group, base, structure="compound_symmetry")
    centred = base - base.mean()
    rows = [(i, v) for i in range(len(y)) for v in range(3) if np.isfinite(y[i, v])]
    who, visit = np.array(rows).T
    at = np.eye(3)[visit]
    x = np.column_stack([at, at * group[who, None], at * centred[who, None]])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        reference = sm.MixedLM(y[who, visit], x, groups=who).fit(reml=True, method="bfgs", gtol=1e-9)
    assert found.converged
    assert [e.estimate for e in found.effects] == pytest.approx(reference.params[3:6].tolist(), abs=1e-4)
    assert [e.se for e in found.effects] == pytest.approx(reference.bse[3:6].tolist(), rel=2e-3)
    assert found.covariance[0, 1] == pytest.approx(float(reference.cov_re[0, 0]), rel=2e-3)


def test_unstructured_mixed_model_without_missing_values_is_ancova_at_each_visit():
    y, group, base = trial(lost=1e-9)
    found = repeated_measures(y, group, base)
    for v, effect in enumerate(found.effects):
        alone = adjusted_difference(y[:, v], group, base[:, None])
        assert (effect.estimate, effect.se, effect.p) == pytest.approx((alone.estimate, alone.se, alone.p), rel=1e-6)


def test_unstructured_mixed_model_with_missing_values_lies_at_its_maximum():
    """Its covariance maximises the restricted likelihood: an optimiser of scipy's finds nothing better."""
    from scipy.optimize import minimize

    from osteon.statistics.repeated_measures import _basis, _evaluate, _patterns

    y, group, base = trial(visits=2)
    found = repeated_measures(y, group, base)
    z = np.column_stack([np.ones(len(y)), group, base - base.mean()])
    patterns, basis = _patterns(y, z), _basis(2, "unstructured")

    def cost(theta):
        state = _evaluate(patterns, basis, theta)
        return 1e9 if state is None else -state.log_likelihood

    best = minimize(cost, np.array([1.0, 0.3, 1.5]), method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-10})
    assert found.log_likelihood == pytest.approx(-best.fun, abs=1e-7)


def test_ratio_of_markers_is_ancova_of_logarithms():
    y, group, base = trial(lost=1e-9)
    found = ratio_of_markers(np.exp(y[:, 0] / 5), np.exp(base), group)
    log = adjusted_difference(y[:, 0] / 5, group, base[:, None])
    assert (found.estimate, found.lo, found.p) == pytest.approx((math.exp(log.estimate), math.exp(log.lo), log.p))
    assert variance_left(y[:, 0], group, base[:, None]) < 0.9


def test_imputation_at_random_agrees_with_the_mixed_model():
    y, group, base = trial(n=600)
    ids = np.arange(600)
    mar = multiply_imputed(y, base, group, ids, seed=3, imputations=50)
    model = repeated_measures(y, group, base).effects[-1]
    assert mar.estimate == pytest.approx(model.estimate, abs=0.25 * model.se)
    assert mar.se == pytest.approx(model.se, rel=0.1)


def test_reference_based_imputation_moves_towards_the_comparator():
    y, group, base = trial(n=2000, lost=1.0)
    found = {
        m: multiply_imputed(y, base, group, np.arange(2000), 3, m, 20).estimate
        for m in ("mar", "copy_increments", "jump_to_reference", "copy_reference")
    }
    assert found["jump_to_reference"] < found["copy_increments"] < found["mar"]
    assert found["jump_to_reference"] < found["copy_reference"] + 0.05 < found["mar"]
    # jump to reference: whoever left has the comparator's mean, so the effect shrinks by the share that stayed
    stayed = np.mean(np.isfinite(y[group == 1, -1]))
    complete = adjusted_difference(y[:, -1], group, base[:, None]).estimate
    assert found["jump_to_reference"] == pytest.approx(stayed * complete, abs=0.15)


def test_imputation_depends_on_patients_not_on_their_order():
    y, group, base = trial(n=80)
    ids, order = np.arange(80), np.random.default_rng(9).permutation(80)
    one = multiply_imputed(y, base, group, ids, 3, imputations=5)
    other = multiply_imputed(y[order], base[order], group[order], ids[order], 3, imputations=5)
    assert one.estimate == pytest.approx(other.estimate, abs=1e-9)


def test_rubins_rules():
    one = [effect_of(e, 1.0, 97, 0.05, 50, 50, "x") for e in (1.0, 2.0, 3.0)]
    found = pooled(one, 0.05, "x")
    assert found.estimate == 2.0 and found.se == pytest.approx(math.sqrt(1 + 4 / 3))


def test_holm_and_hochberg_equal_statsmodels():
    rng = np.random.default_rng(0)
    for _ in range(50):
        p = rng.uniform(size=6) ** 3
        assert holm(p) == pytest.approx(multipletests(p, method="holm")[1])
        assert hochberg(p) == pytest.approx(multipletests(p, method="simes-hochberg")[1])


def test_families_wait_for_the_gate():
    p = [0.01, 0.3, 0.0001, 0.0001]
    assert adjusted_p(p, "gatekeeping", [[0, 1], [2, 3]]).tolist() == [0.02, 0.3, 0.3, 0.3]
    assert adjusted_p([0.01, math.nan], "holm")[0] == 0.02


def test_the_familywise_error_of_gatekeeping():
    rng, wrong = np.random.default_rng(4), 0
    for _ in range(4000):
        p = rng.uniform(size=4)
        p[0] = rng.uniform() * 1e-6  # the first is false, the others are true
        wrong += bool((adjusted_p(p, "gatekeeping", [[0], [1, 2], [3]])[1:] < 0.05).any())
    assert wrong / 4000 < 0.05 + 4 * math.sqrt(0.05 * 0.95 / 4000)


def test_differences_of_shares_as_newcombe_has_them():
    """Newcombe 1998, table II, method 10: cases (a) 56/70 and 48/80, (h) 10/10 and 0/10."""
    a = share_difference(56, 70, 48, 80)
    assert (a.estimate, a.lo, a.hi) == pytest.approx((0.2, 0.0524, 0.3339), abs=1e-4)
    h = share_difference(10, 10, 0, 10)
    assert (h.lo, h.hi) == pytest.approx((0.6075, 1.0), abs=1e-4)
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)


def test_number_needed_with_an_interval_through_infinity():
    clear = number_needed(share_difference(30, 300, 60, 300), good=False)
    assert clear.kind == "benefit" and clear.opposite is None and clear.estimate == pytest.approx(10)
    assert clear.lo < 10 < clear.hi
    open_ = number_needed(share_difference(50, 300, 55, 300), good=False)
    assert open_.kind == "benefit" and math.isinf(open_.hi) and open_.opposite > 0
    assert "infinity" in open_.sentence()
    assert number_needed(share_difference(60, 300, 30, 300), good=False).kind == "harm"


def test_rates_by_exposure():
    found = rate_ratio(20, 1000, 10, 1000)
    assert found.ratio == 2 and found.lo == pytest.approx(0.90, abs=0.02) and found.hi == pytest.approx(4.77, abs=0.05)
    assert found.p == pytest.approx(stats.binomtest(20, 30, 0.5).pvalue, rel=1e-6)
    assert rate_ratio(0, 100, 4, 100).lo == 0 and math.isinf(rate_ratio(4, 100, 0, 100).hi)


def test_a_patient_without_a_value_is_no_responder():
    assert responders(np.array([3.0, np.nan, 5.0]), 4.0) == (1, 3)


def test_type_one_error_of_the_analyses():
    rng, n = np.random.default_rng(7), 4000
    hits = dict.fromkeys(("ancova", "ratio", "log_rank"), 0)
    for _ in range(n):
        group, base = (np.arange(60) % 2).astype(float), rng.normal(size=60)
        y = 0.5 * base + rng.normal(size=60)
        hits["ancova"] += adjusted_difference(y, group, base[:, None]).p < 0.05
        hits["ratio"] += ratio_of_markers(np.exp(y), np.exp(base), group).p < 0.05
        time = rng.exponential(20, 200)
        hits["log_rank"] += (
            log_rank(np.minimum(time, 24), (time < 24).astype(int), (np.arange(200) % 2).astype(float)).p < 0.05
        )
    for name, count in hits.items():
        assert count / n == pytest.approx(0.05, abs=4 * math.sqrt(0.05 * 0.95 / n)), name


def test_type_one_error_of_the_mixed_model():
    hits, n = 0, 200
    for seed in range(n):
        y, group, base = trial(seed, n=60)
        y = y - group[:, None] * np.linspace(0.3, 0.9, 3)
        hits += repeated_measures(y, group, base).effects[-1].p < 0.05
    assert hits / n == pytest.approx(0.05, abs=4 * math.sqrt(0.05 * 0.95 / n))
