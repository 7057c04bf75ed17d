"""Pooling against a published example, and small-study bias where it was put in."""

import numpy as np
import pytest

from osteon.errors import InputError
from osteon.statistics.pooling import POOLING_ESTIMATORS, pool, small_study_bias

BCG = (
    (4, 119, 11, 128), (6, 300, 29, 274), (3, 228, 11, 209), (62, 13536, 248, 12619), (33, 5036, 47, 5761),
    (180, 1361, 372, 1079), (8, 2537, 10, 619), (505, 87886, 499, 87892), (29, 7470, 45, 7232), (17, 1699, 65, 1600),
    (186, 50448, 141, 27197), (5, 2493, 3, 2338), (27, 16886, 29, 17825),
)  # cases and others, vaccinated and not: Colditz 1994, JAMA 271:698  # fmt: skip


def bcg():
    a, b, c, d = (np.array(x, float) for x in zip(*BCG, strict=True))
    return np.log(a / (a + b) / (c / (c + d))), 1 / a - 1 / (a + b) + 1 / c - 1 / (c + d)


@pytest.mark.parametrize(
    ("method", "effect", "se", "tau2"),
    [
        ("reml", -0.7145, 0.1798, 0.3132),
        ("dersimonian_laird", -0.7141, 0.1787, 0.3088),
        ("paule_mandel", -0.7150, 0.1808, 0.3181),
    ],
)
def test_the_vaccine_trials_pool_as_published_software_pools_them(method, effect, se, tau2):
    got = pool(*bcg(), method)
    assert got.effect == pytest.approx(effect, abs=1e-4) and got.se == pytest.approx(se, abs=1e-4)
    assert got.tau2 == pytest.approx(tau2, abs=1e-4) and got.q == pytest.approx(152.233, abs=1e-3)
    if method == "reml":
        assert got.i2 == pytest.approx(0.9222, abs=1e-4)
    assert got.low_new < got.low < got.effect < got.high < got.high_new


def test_studies_that_agree_pool_to_themselves_and_a_wider_interval_comes_from_few():
    same = pool([0.4, 0.4, 0.4], [0.1, 0.2, 0.3])
    assert same.effect == pytest.approx(0.4) and same.tau2 == 0 and same.i2 == 0
    plain, knapp = pool([0.1, 0.6, 1.2], [0.1, 0.1, 0.1]), pool([0.1, 0.6, 1.2], [0.1, 0.1, 0.1], knapp_hartung=True)
    assert knapp.effect == plain.effect and knapp.high > plain.high


def test_the_pooled_interval_covers_the_truth_as_often_as_it_says():
    rng, hits, n = np.random.default_rng(1), 0, 400
    for _ in range(n):
        v = rng.uniform(0.05, 0.3, 12)
        got = pool(rng.normal(0.5, np.sqrt(v + 0.1)), v, knapp_hartung=True)
        hits += got.low <= 0.5 <= got.high
    assert 0.95 - 3 * np.sqrt(0.95 * 0.05 / n) < hits / n < 0.985


def test_missing_small_studies_are_seen_and_filling_them_in_lowers_the_effect():
    rng = np.random.default_rng(2)
    v = np.concatenate([np.full(8, 0.02), np.full(40, 0.4)])
    y = rng.normal(0.3, np.sqrt(v))
    seen = (v < 0.1) | (y / np.sqrt(v) > 1.0)
    biased, whole = small_study_bias(y[seen], v[seen]), small_study_bias(y, v)
    assert biased.p < 0.05 < whole.p and biased.intercept > 0
    assert biased.missing > 0 and biased.filled < pool(y[seen], v[seen]).effect
    mirrored = small_study_bias(-y[seen], v[seen])
    assert mirrored.filled == pytest.approx(-biased.filled) and mirrored.missing == biased.missing


def test_bad_input_is_a_sentence():
    for bad, match in (
        ((([1.0], [1.0])), "two studies"),
        (([1.0, 2.0], [1.0, 0.0]), "above 0"),
        (([1.0, float("nan")], [1.0, 1.0]), "number"),
    ):
        with pytest.raises(InputError, match=match):
            pool(*bad)
    with pytest.raises(InputError, match="reml"):
        pool([1.0, 2.0], [1.0, 1.0], "fixed")
    assert set(POOLING_ESTIMATORS) == {"reml", "dersimonian_laird", "paule_mandel"}
