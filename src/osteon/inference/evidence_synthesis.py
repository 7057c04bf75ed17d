"""Conditions that no mechanism here carries: what trials of cells say, with honest intervals, or that there is none to give.

Risk ratios of randomised trials in people are pooled by a normal random-effects model with a sceptical prior (no effect is
its middle). One trial is not enough to know how trials differ, so the interval of a next trial rests on a prior for that and
is wide. Single arms, animals and directions are listed and never pooled.
"""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from osteon.errors import InputError, unknown

Array = NDArray[np.float64]
SCEPTICAL_SD = 0.7  # of a log risk ratio before any trial: 90 % within 0.3 to 3.2.  Source: assumed
BETWEEN_SD = 0.5  # of the half-normal prior of how trials differ, log scale.  Source: assumed
CONTINUITY = 0.5  # added to counts where one is 0


@dataclass(frozen=True)
class ConditionStudy:
    """One study of cells in a condition, as it was read."""

    condition: str
    study: str
    design: str
    species: str
    cells: str
    patients: int | None
    endpoint: str
    measure: str
    counts: tuple[int, int, int, int] | None
    estimate: float | None
    lo95: float | None
    hi95: float | None
    direction: int
    confidence: str
    source: str
    note: str


@dataclass(frozen=True)
class Synthesis:
    """What is known of one endpoint. ratio_: risk ratio of cells, posterior; next_: of another trial, 90 % intervals.

    All of them None where no randomised trial in people gives numbers.
    """

    condition: str
    endpoint: str
    studies: tuple[str, ...]
    randomised_patients: int
    ratio: float | None
    ratio_lo90: float | None
    ratio_hi90: float | None
    next_lo90: float | None
    next_hi90: float | None
    chance_better: float | None
    evidence: str
    words: str


@cache
def condition_studies() -> tuple[ConditionStudy, ...]:
    """Every study of the table."""
    text = (files("osteon") / "data" / "cells" / "conditions.csv").read_text(encoding="utf-8")
    return tuple(_study(r) for r in csv.DictReader(text.splitlines()))


def _study(r: dict[str, str]) -> ConditionStudy:
    counts = tuple(int(r[k]) for k in ("treated_events", "treated_n", "control_events", "control_n") if r[k])
    estimate, low, high = (float(r[k]) if r[k] else None for k in ("estimate", "lo95", "hi95"))
    full = (counts[0], counts[1], counts[2], counts[3]) if len(counts) == 4 else None
    return ConditionStudy(
        r["condition"], r["study"], r["design"], r["species"], r["cells"], int(r["patients"]) if r["patients"] else None,
        r["endpoint"], r["measure"], full, estimate, low, high, int(r["direction"]), r["confidence"], r["source"], r["note"],
    )  # fmt: skip


def conditions() -> tuple[str, ...]:
    """Conditions of the table."""
    return tuple(dict.fromkeys(s.condition for s in condition_studies()))


def synthesis(condition: str) -> tuple[Synthesis, ...]:
    """What is known of a condition, an endpoint each. Raises InputError with the nearest name."""
    if condition not in conditions():
        raise InputError(unknown("condition", condition, conditions()))
    own = [s for s in condition_studies() if s.condition == condition]
    return tuple(
        _of_endpoint(condition, e, [s for s in own if s.endpoint == e]) for e in dict.fromkeys(s.endpoint for s in own)
    )


def _of_endpoint(condition: str, endpoint: str, own: list[ConditionStudy]) -> Synthesis:
    names = tuple(s.study for s in own)
    numbers = [s.counts for s in own if s.counts and s.design == "randomised" and s.species == "human"]
    evidence = "human" if any(s.species == "human" for s in own) else "animal"
    if not numbers:
        words = f"{'; '.join(_as_read(s) for s in own)}. No randomised trial in people gives numbers: no interval is offered."
        return Synthesis(condition, endpoint, names, 0, None, None, None, None, None, None, evidence, words)
    mean, low, high, least, most, better = pooled_ratio([log_risk_ratio(*c) for c in numbers])
    patients = sum(c[1] + c[3] for c in numbers)
    words = (
        f"{len(numbers)} randomised trial{'s' if len(numbers) > 1 else ''}, {patients} treated or controls: risk ratio {mean:.2f} "
        f"({low:.2f} to {high:.2f}); another trial may show {least:.2f} to {most:.2f}. {'; '.join(s.note for s in own)}."
    )
    return Synthesis(condition, endpoint, names, patients, mean, low, high, least, most, better, evidence, words)


def _as_read(s: ConditionStudy) -> str:
    if s.estimate is not None:
        return f"{s.study} ({s.design}): {s.estimate:g} {s.measure} ({s.lo95:g} to {s.hi95:g})"
    way = {-1: "lower", 0: "no difference", 1: "higher"}[s.direction]
    return f"{s.study} ({s.design}): {way}{', not looked up' if s.confidence != 'read' else ''}"


def log_risk_ratio(a: int, n: int, b: int, m: int) -> tuple[float, float]:
    """(log risk ratio, standard error) of a of n against b of m.

    >>> log_risk_ratio(10, 100, 10, 100)[0]
    0.0
    """
    more = CONTINUITY if 0 in (a, b) else 0.0
    p, q, n1, m1 = a + more, b + more, n + 2 * more, m + 2 * more
    return math.log(p / n1 / (q / m1)), math.sqrt(1 / p - 1 / n1 + 1 / q - 1 / m1)


def pooled_ratio(studies: list[tuple[float, float]]) -> tuple[float, float, float, float, float, float]:
    """(median, 90 % interval, 90 % interval of a next trial's true ratio, chance below 1) of risk ratios.

    studies : (log ratio, standard error) each
    """
    rng = np.random.default_rng(1)
    mu = SCEPTICAL_SD * rng.standard_normal(200_000)
    tau = np.abs(BETWEEN_SD * rng.standard_normal(mu.size))
    log = np.zeros_like(mu)
    for y, se in studies:
        variance = se**2 + tau**2
        log -= 0.5 * ((y - mu) ** 2 / variance + np.log(variance))
    weight = np.exp(log - log.max())
    following = mu + tau * rng.standard_normal(mu.size)
    middle, low, high = _quantiles(mu, weight, (0.5, 0.05, 0.95))
    least, most = _quantiles(following, weight, (0.05, 0.95))
    return (
        math.exp(middle),
        math.exp(low),
        math.exp(high),
        math.exp(least),
        math.exp(most),
        float(weight[mu < 0].sum() / weight.sum()),
    )


def _quantiles(values: Array, weight: Array, places: tuple[float, ...]) -> list[float]:
    order = np.argsort(values)
    share = np.cumsum(weight[order]) / weight.sum()
    return [float(values[order][int(np.searchsorted(share, q))]) for q in places]
