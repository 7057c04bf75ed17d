"""Power, assurance and sample size of an endpoint: from what the arms should do and from how patients of the run vary.

power       chance of p < alpha at the central effect, with the patients who gave a value
assurance   the same averaged over the parameter draws, in the direction of the central effect (O'Hagan 2005)
uncertainty_share   variance of the effect over parameter draws, as a share of the variance of trial results
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from osteon.errors import InputError
from osteon.statistics.sample_size import (
    events_needed,
    margin_shift,
    power_of_events,
    power_of_means,
    power_with_margin,
    sample_size_of_events,
)
from osteon.statistics.two_arms import Group, patients_needed

Array = NDArray[np.float64]
CURVE = (0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0)  # multiples of the study's own size


@dataclass(frozen=True)
class Spread:
    """How patients of one arm vary: SD of the outcome left after adjustment, patients with a value, patients enrolled."""

    sd: float
    observed: int
    enrolled: int


@dataclass(frozen=True)
class Hypothesis:
    """What a trial is to show: a difference, or one beyond a margin (in the effect's unit); alpha is two-sided."""

    name: str = "difference"
    margin: float = 0.0
    higher_is_better: bool = True


def power_of_difference(
    central: float,
    draws: Array,
    own: Spread,
    other: Spread,
    alpha: float,
    dropout: float,
    shares: tuple[int, int] = (1, 1),
    aim: Hypothesis = Hypothesis(),
) -> dict[str, float | int | None]:
    """Keys of an endpoint's row for a difference of means (the endpoint's form).

    central, draws : effect in the central draw, and in each other, (draws,).  dropout : share without a value;
    shares : of the allocation. patients_needed_90 counts patients for one share of it.
    """
    power = _power(central, own, other, alpha, aim)
    variance = own.sd**2 / max(own.observed, 1) + other.sd**2 / max(other.observed, 1)
    unknown = float(np.var(draws, ddof=1)) if len(draws) > 1 else 0.0
    first, second = (Group(s.sd, float(k), 1 - dropout) for s, k in zip((own, other), shares, strict=True))
    return {
        "expected_difference": central,
        "uncertainty_sd": math.sqrt(unknown) if len(draws) else None,
        "sampling_sd": math.sqrt(variance),
        "power": power,
        "assurance": _assurance(central, draws, own, other, alpha, aim) if len(draws) else None,
        "uncertainty_share": unknown / (unknown + variance) if len(draws) and unknown + variance > 0 else None,
        "patients_needed_90": _needed(central, first, second, alpha, aim),
    }


def power_curve_of_difference(
    central: float, draws: Array, own: Spread, other: Spread, alpha: float, aim: Hypothesis = Hypothesis()
) -> list[dict[str, float | int | None]]:
    """Power and assurance where every arm had a multiple (CURVE) of its patients."""
    rows: list[dict[str, float | int | None]] = []
    for factor in CURVE:
        a, b = (Spread(s.sd, round(factor * s.observed), round(factor * s.enrolled)) for s in (own, other))
        assurance = _assurance(central, draws, a, b, alpha, aim) if len(draws) else None
        power = _power(central, a, b, alpha, aim)
        rows.append({"n": a.enrolled, "n_comparator": b.enrolled, "power": power, "assurance": assurance})
    return rows


def _power(difference: float, own: Spread, other: Spread, alpha: float, aim: Hypothesis) -> float:
    sizes = own.sd, other.sd, own.observed, other.observed
    return power_with_margin(aim.name, difference, aim.margin, *sizes, alpha, aim.higher_is_better)


def _assurance(central: float, draws: Array, own: Spread, other: Spread, alpha: float, aim: Hypothesis) -> float:
    """Mean power over draws; of a plain difference a result on the side that is not expected is no success."""
    if aim.name != "difference":
        return float(np.mean([_power(float(d), own, other, alpha, aim) for d in draws]))
    sign = -1.0 if central < 0 else 1.0
    sizes = own.sd, other.sd, own.observed, other.observed
    return float(np.mean([power_of_means(sign * d, *sizes, alpha / 2, 1) for d in draws]))


def _needed(central: float, own: Group, other: Group, alpha: float, aim: Hypothesis) -> int | None:
    """Patients for 90 % power; None where the expected effect lies on the wrong side of the margin, or on both."""
    if aim.name == "difference":
        return patients_needed(central, own, other, 0.9, alpha)
    room = margin_shift(aim.name, central, aim.margin, aim.higher_is_better)
    if room <= 0 or aim.name == "equivalence":
        return None
    return patients_needed(room, own, other, 0.9, alpha)


@dataclass(frozen=True)
class Shares:
    """Share with a first fracture by the end, nobody leaving: central and in each draw, (draws,); patients enrolled."""

    central: float
    draws: Array
    enrolled: int


def power_of_ratio(
    own: Shares, other: Shares, years: float, dropout: float, alpha: float, share: int = 1
) -> dict[str, float | int | None]:
    """Keys of an endpoint's row for a ratio of hazards. dropout : share who leave a year; share : the comparator's of the
    allocation (patients_needed_90 counts patients for one share).
    """
    central = hazard_ratio(own.central, other.central)
    draws = _ratios(own, other)
    events = _events(own, other, 1.0, years, dropout)
    sampling = sum(1 / e for e in events) if min(events) > 0 else math.nan
    unknown = float(np.var(np.log(draws), ddof=1)) if len(draws) > 1 else 0.0
    return {
        "expected_events": sum(events),
        "uncertainty_sd": math.sqrt(unknown) if len(draws) else None,
        "sampling_sd": math.sqrt(sampling),
        "power": _power_of(central, own, other, events, alpha),
        "assurance": _assurance_of(central, draws, own, other, events, alpha) if len(draws) else None,
        "uncertainty_share": unknown / (unknown + sampling) if len(draws) else None,
        **_needed_events(central, own, other, years, dropout, alpha, share),
    }


def power_curve_of_ratio(
    own: Shares, other: Shares, years: float, dropout: float, alpha: float
) -> list[dict[str, float | int | None]]:
    """Power and assurance where every arm had a multiple (CURVE) of its patients."""
    central, draws = hazard_ratio(own.central, other.central), _ratios(own, other)
    rows: list[dict[str, float | int | None]] = []
    for factor in CURVE:
        events = _events(own, other, factor, years, dropout)
        assurance = _assurance_of(central, draws, own, other, events, alpha) if len(draws) else None
        n, m = round(factor * own.enrolled), round(factor * other.enrolled)
        power = _power_of(central, own, other, events, alpha)
        rows.append({"n": n, "n_comparator": m, "power": power, "assurance": assurance})
    return rows


def hazard_ratio(share: Array | float, share_comparator: Array | float) -> float:
    """Ratio of cumulated hazards from two shares with an event."""
    return float(np.log1p(-np.asarray(share)) / np.log1p(-np.asarray(share_comparator)))


def _ratios(own: Shares, other: Shares) -> Array:
    n = min(len(own.draws), len(other.draws))
    return np.array([hazard_ratio(a, b) for a, b in zip(own.draws[:n], other.draws[:n], strict=True)])


def _events(own: Shares, other: Shares, factor: float, years: float, dropout: float) -> tuple[float, float]:
    """Events to be expected in the arm and in its comparator, patients leaving at a constant rate."""
    lost = -math.log1p(-min(dropout, 0.999)) * years

    def share(s: Shares) -> float:
        total = -math.log1p(-s.central)
        return total / (total + lost) * -math.expm1(-(total + lost)) if total + lost > 0 else 0.0

    return factor * own.enrolled * share(own), factor * other.enrolled * share(other)


def _power_of(
    ratio: float, own: Shares, other: Shares, events: tuple[float, float], alpha: float, sign: float = 0.0
) -> float:
    """Power of the log-rank test; sign -1 or 1 counts only results on that side of 1."""
    if sign and sign * math.log(ratio) < 0:
        return 0.0
    return power_of_events(sum(events), ratio, alpha, own.enrolled / max(other.enrolled, 1))


def _assurance_of(
    central: float, draws: Array, own: Shares, other: Shares, events: tuple[float, float], alpha: float
) -> float:
    sign = -1.0 if central < 1 else 1.0
    return float(np.mean([_power_of(float(r), own, other, events, alpha, sign) for r in draws]))


def _needed_events(
    central: float, own: Shares, other: Shares, years: float, dropout: float, alpha: float, share: int
) -> dict[str, float | int | None]:
    ratio = own.enrolled / max(other.enrolled, 1)
    try:
        size = sample_size_of_events(other.central, central, years, 0.9, alpha, ratio, dropout)
        events: int | None = events_needed(central, 0.9, alpha, ratio)
    except InputError:
        return {"patients_needed_90": None, "events_needed_90": None}
    return {"patients_needed_90": math.ceil(size.comparator / share), "events_needed_90": events}
