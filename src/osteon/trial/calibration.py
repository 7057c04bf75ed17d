"""Do the analyses keep what they promise: type I error, coverage and power over trials drawn in memory, no simulation.

The data are those the analyses assume (or, where marked conservative, less), so that a deviation is the analysis's own.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from osteon.errors import Fault, InputError
from osteon.statistics.group_sequential import boundaries
from osteon.statistics.missing import multiply_imputed
from osteon.statistics.proportions import share_difference
from osteon.statistics.regression import adjusted_difference, ratio_of_markers
from osteon.statistics.repeated_measures import repeated_measures
from osteon.statistics.sample_size import power_of_events, power_of_means, power_with_margin
from osteon.statistics.time_to_event import cox, log_rank
from osteon.statistics.two_arms import ancova, t_test

Array = NDArray[np.float64]
ALPHA, TRIALS, CALIBRATION_FEW = 0.05, 20_000, 2_000
Z = 3.0  # standard errors that a type I error may lie off: 0.0046 over 20,000 trials
N = 60  # patients an arm, but for events


@dataclass(frozen=True)
class Calibration:
    """One analysis: share of trials with p < 0.05, what was expected, how far off is allowed, coverage of its 95 % interval."""

    check: str
    analysis: str
    trials: int
    share: float
    expected: float
    tolerance: float
    coverage: float | None
    conservative: bool
    holds: bool


Outcome = tuple[float, float, float]  # p, lower and upper end of the interval
Draw = Callable[[np.random.Generator, float], Outcome]


def _group(n: int, m: int) -> Array:
    return np.concatenate([np.ones(n), np.zeros(m)])


def _means(rng: np.random.Generator, effect: float) -> Outcome:
    e = t_test(rng.normal(effect, 1, N), rng.normal(0, 1, N))
    return e.p, e.lo, e.hi


def _unequal(rng: np.random.Generator, effect: float) -> Outcome:
    e = t_test(rng.normal(effect, 1, 2 * N), rng.normal(0, 1, N))
    return e.p, e.lo, e.hi


def _with_baseline(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
    base = rng.normal(size=n)
    return base, 0.6 * base + rng.normal(0, 0.8, n)


def _ancova(rng: np.random.Generator, effect: float) -> Outcome:
    (a, y), (b, z) = _with_baseline(rng, N), _with_baseline(rng, N)
    e = ancova(y + effect, z, a, b)
    return e.p, e.lo, e.hi


def _ratio(rng: np.random.Generator, effect: float) -> Outcome:
    base, y = _with_baseline(rng, 2 * N)
    e = ratio_of_markers(np.exp(0.4 * (y + effect * _group(N, N))), np.exp(0.4 * base), _group(N, N))
    return e.p, math.log(e.lo) / 0.4, math.log(e.hi) / 0.4


def _survival(rng: np.random.Generator, effect: float) -> tuple[Array, Array, Array]:
    group = _group(300, 300)
    time = rng.exponential(1 / (0.01 * np.exp(effect * group)))
    death = rng.exponential(200.0, 600)
    end = np.minimum(np.minimum(time, death), 36.0)
    return end, np.where(end >= 36, 0, np.where(time <= death, 1, 2)).astype(float), group


def _log_rank(rng: np.random.Generator, effect: float) -> Outcome:
    found = log_rank(*_survival(rng, effect))
    return found.p, math.log(found.lo), math.log(found.hi)


def _cox(rng: np.random.Generator, effect: float) -> Outcome:
    found = cox(*_survival(rng, effect))
    return found.p, math.log(found.lo), math.log(found.hi)


def _responders(rng: np.random.Generator, effect: float) -> Outcome:
    a, b = rng.binomial(200, 0.4 + effect), rng.binomial(200, 0.4)
    found = share_difference(int(a), 200, int(b), 200)
    return found.p, found.lo, found.hi


def _repeated(rng: np.random.Generator, effect: float) -> tuple[Array, Array, Array]:
    """Three visits, their slopes differing between patients; one in five leaves, the more often the lower her last value."""
    group, base = _group(N, N), rng.normal(size=2 * N)
    slope = rng.normal(0, 0.5, 2 * N)
    y = 0.5 * base[:, None] + slope[:, None] * np.arange(1, 4) / 3 + rng.normal(0, 0.8, (2 * N, 3))
    y += effect * group[:, None] * np.arange(1, 4) / 3
    for v in (1, 2):
        left = rng.uniform(size=2 * N) < 0.2 / (1 + np.exp(y[:, v - 1]))
        y[left, v:] = np.nan
        y[np.isnan(y[:, v - 1]), v] = np.nan
    return y, group, base


def _mixed(rng: np.random.Generator, effect: float) -> Outcome:
    e = repeated_measures(*_repeated(rng, effect)).effects[-1]
    return e.p, e.lo, e.hi


def _imputed(rng: np.random.Generator, effect: float) -> Outcome:
    y, group, base = _repeated(rng, effect)
    e = multiply_imputed(y, base, group, np.arange(2 * N), int(rng.integers(2**31)), "mar", 10)
    return e.p, e.lo, e.hi


def _sequential(rng: np.random.Generator, effect: float) -> Outcome:
    """Three equal looks after O'Brien and Fleming: p is 0 where a bound was crossed."""
    a, b = rng.normal(effect, 1, N), rng.normal(0, 1, N)
    upper = _BOUNDS.upper
    for k, bound in enumerate(upper, 1):
        n = N * k // 3
        z = (a[:n].mean() - b[:n].mean()) / math.sqrt(2 / n)
        if abs(z) >= bound:
            return 0.0, math.nan, math.nan
    return 1.0, math.nan, math.nan


_BOUNDS = boundaries([1 / 3, 2 / 3, 1.0], ALPHA)
NULLS: tuple[tuple[str, Draw, float, int, bool], ...] = (
    ("t_test", _means, 0.0, TRIALS, False),
    ("t_test 2:1", _unequal, 0.0, TRIALS, False),
    ("ancova", _ancova, 0.0, TRIALS, False),
    ("ratio", _ratio, 0.0, TRIALS, False),
    ("log_rank", _log_rank, 0.0, TRIALS, False),
    ("cox", _cox, 0.0, TRIALS, False),
    ("responders", _responders, 0.0, TRIALS, False),
    ("obrien_fleming", _sequential, 0.0, TRIALS, False),
    ("mixed_model", _mixed, 0.0, CALIBRATION_FEW, False),
    ("multiple_imputation_mar", _imputed, 0.0, CALIBRATION_FEW, True),
)


def type_one(trials: int | None = None, seed: int = 1) -> list[dict[str, object]]:
    """Type I error and coverage of every analysis over null trials. Raises InputError below 100 trials."""
    return [
        asdict(_null(name, draw, effect, _count(trials, usual), seed, cautious))
        for name, draw, effect, usual, cautious in NULLS
    ]


def _count(trials: int | None, usual: int) -> int:
    if trials is not None and trials < 100:
        raise InputError(Fault("bad_number", "--trials", trials, "at least 100", "", "Too few trials for an estimate."))
    return min(usual, trials or usual)


def _null(name: str, draw: Draw, effect: float, trials: int, seed: int, conservative: bool) -> Calibration:
    share, coverage = _run(name, draw, effect, trials, seed)
    off = Z * math.sqrt(ALPHA * (1 - ALPHA) / trials)
    holds = share <= ALPHA + off and (conservative or share >= ALPHA - off)
    holds = holds and (coverage is None or coverage >= 1 - ALPHA - off)
    return Calibration("type1", name, trials, share, ALPHA, off, coverage, conservative, holds)


def _run(name: str, draw: Draw, effect: float, trials: int, seed: int) -> tuple[float, float | None]:
    rng = np.random.default_rng([seed, *name.encode()])
    found = np.array([draw(rng, effect) for _ in range(trials)])
    ends = np.isfinite(found[:, 1:]).all(axis=1)
    inside = (found[:, 1] <= effect) & (effect <= found[:, 2])
    return float(np.mean(found[:, 0] < ALPHA)), float(inside[ends].mean()) if ends.any() else None


def _non_inferior(rng: np.random.Generator, effect: float) -> Outcome:
    e = t_test(rng.normal(effect, 1, N), rng.normal(0, 1, N))
    return (0.0 if e.lo > -0.5 else 1.0), math.nan, math.nan


def _superior(rng: np.random.Generator, effect: float) -> Outcome:
    e = t_test(rng.normal(effect, 1, N), rng.normal(0, 1, N))
    return (0.0 if e.lo > 0.2 else 1.0), math.nan, math.nan


def _adjusted_many(rng: np.random.Generator, effect: float) -> Outcome:
    x = rng.normal(size=(2 * N, 2))
    y = x @ np.array([0.5, 0.4]) + rng.normal(size=2 * N) + effect * _group(N, N)
    e = adjusted_difference(y, _group(N, N), x)
    return e.p, e.lo, e.hi


def power(trials: int | None = None, seed: int = 1) -> list[dict[str, object]]:
    """Power of eight designs beside the analytic value. Raises InputError below 100 trials."""
    events = _expected_events(-0.5)
    left = math.sqrt(1 - 0.6**2)
    designs: tuple[tuple[str, Draw, float, float], ...] = (
        ("t_test", _means, 0.5, power_of_means(0.5, 1, 1, N, N)),
        ("t_test 2:1", _unequal, 0.4, power_of_means(0.4, 1, 1, 2 * N, N)),
        ("ancova", _ancova, 0.4, power_of_means(0.4, left, left, N, N)),
        ("ancova, two covariates", _adjusted_many, 0.5, power_of_means(0.5, 1, 1, N, N)),
        ("ratio", _ratio, 0.4, power_of_means(0.4, left, left, N, N)),
        ("non_inferiority", _non_inferior, 0.0, power_with_margin("non_inferiority", 0.0, 0.5, 1, 1, N, N)),
        ("superiority", _superior, 0.8, power_with_margin("superiority", 0.8, 0.2, 1, 1, N, N)),
        ("log_rank", _log_rank, -0.5, power_of_events(events, math.exp(-0.5))),
    )
    return [
        asdict(_powered(name, draw, effect, value, _count(trials, TRIALS), seed))
        for name, draw, effect, value in designs
    ]


def _powered(name: str, draw: Draw, effect: float, expected: float, trials: int, seed: int) -> Calibration:
    share, coverage = _run(name, draw, effect, trials, seed)
    off = 3.5 * math.sqrt(expected * (1 - expected) / trials) + 0.005
    return Calibration("power", name, trials, share, expected, off, coverage, False, abs(share - expected) <= off)


def _expected_events(effect: float) -> float:
    """Events of `_survival` in both arms."""
    total = 0.0
    for hazard in (0.01 * math.exp(effect), 0.01):
        both = hazard + 1 / 200
        total += 300 * hazard / both * -math.expm1(-both * 36)
    return total
