"""Sample size and power: means, events, margins, allocation, dropout.

Numbers are of the arm and of its comparator; `ratio` is comparator : arm is 1 : ratio. Dropout is a share who give no
value at the visit (means) or leave at a constant rate (events).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from osteon.errors import Fault, InputError

MAX_PATIENTS_NEEDED = 10_000_000
HYPOTHESES_SIZED = ("difference", "superiority", "non_inferiority", "equivalence")


@dataclass(frozen=True)
class SampleSize:
    """Patients to enrol in the arm and in its comparator; power that whole patients reach; what was assumed, in words."""

    arm: int
    comparator: int
    power: float
    assumptions: str

    @property
    def total(self) -> int:
        """Both arms together."""
        return self.arm + self.comparator


def power_of_means(
    difference: float,
    sd: float,
    sd_comparator: float,
    n: float,
    n_comparator: float,
    alpha: float = 0.05,
    sides: int = 2,
) -> float:
    """Power of a t test of two means, exactly by the noncentral t; unequal SDs with Welch's degrees of freedom.

    difference, sd : in the endpoint's unit; n : patients with a value.

    >>> round(power_of_means(0.5, 1, 1, 86, 86), 4)
    0.9032
    """
    from scipy.special import nctdtr, ndtr, stdtrit

    if min(n, n_comparator) < 2:
        return 0.0
    a, b = sd**2 / n, sd_comparator**2 / n_comparator
    se = math.sqrt(a + b)
    if se == 0:
        return float(difference != 0)
    left = n + n_comparator - 2
    if not math.isclose(sd, sd_comparator, rel_tol=1e-9):
        left = (a + b) ** 2 / (a**2 / (n - 1) + b**2 / (n_comparator - 1))
    critical, noncentral = float(stdtrit(left, 1 - alpha / sides)), difference / se
    if sides == 1 and noncentral < 0:
        return float(nctdtr(left, -noncentral, -critical)) if noncentral > -6 else 0.0
    noncentral = abs(noncentral)
    power = 1.0 - float(nctdtr(left, noncentral, critical))
    if not math.isfinite(power):  # beyond the routine's range the normal is as good
        power = float(ndtr(noncentral - critical))
    if sides == 2 and noncentral < 6:
        power += float(nctdtr(left, noncentral, -critical))
    return min(max(power, 0.0), 1.0)


def sample_size_of_means(
    difference: float,
    sd: float,
    sd_comparator: float | None = None,
    power: float = 0.9,
    alpha: float = 0.05,
    ratio: float = 1.0,
    dropout: float = 0.0,
    correlation: float = 0.0,
    sides: int = 2,
) -> SampleSize:
    """Patients to enrol for a difference of means.

    correlation : of outcome and baseline, whose square an ANCOVA takes off the variance.  Source: Borm 2007.
    dropout     : share without a value at the visit.  Raises InputError where no number reaches the power.

    >>> sample_size_of_means(0.5, 1.0).arm
    86
    """
    faults = [*_check_rates(power, alpha, ratio, dropout), *_check_effect(difference, sd, sd_comparator)]
    if faults:
        raise InputError(faults)
    rest = math.sqrt(1 - correlation**2)
    own, other = sd * rest, (sd if sd_comparator is None else sd_comparator) * rest

    def reached(n_comparator: int) -> float:
        return power_of_means(
            difference, own, other, max(2, math.ceil(ratio * n_comparator)), n_comparator, alpha, sides
        )

    n = _smallest(reached, power)
    arm = max(2, math.ceil(ratio * n))
    words = f"SD {own:.3g} and {other:.3g}, difference {difference:.3g}, alpha {alpha:g} on {sides} sides, {100 * dropout:.3g} % without a value"
    return SampleSize(math.ceil(arm / (1 - dropout) - 1e-9), math.ceil(n / (1 - dropout) - 1e-9), reached(n), words)


def margin_shift(hypothesis: str, difference: float, margin: float, higher_is_better: bool = True) -> float:
    """Distance of a true difference from the edge of its hypothesis, in the direction of success.

    margin : above 0. Non-inferiority: the difference may fall short by it; superiority: it must exceed it.
    Raises InputError where the margin has the wrong sign.
    """
    if hypothesis not in HYPOTHESES_SIZED:
        from osteon.errors import unknown

        raise InputError(unknown("hypothesis", hypothesis, HYPOTHESES_SIZED))
    if margin < 0 or (margin == 0 and hypothesis in ("non_inferiority", "equivalence")) or not math.isfinite(margin):
        raise InputError(
            _fault("margin", margin, "above 0", f"A margin of {margin:g} has the wrong sign for {hypothesis}.")
        )
    better = difference if higher_is_better else -difference
    if hypothesis == "equivalence":
        return margin - abs(difference)
    return better + margin if hypothesis == "non_inferiority" else better - margin


def power_with_margin(
    hypothesis: str,
    difference: float,
    margin: float,
    sd: float,
    sd_comparator: float,
    n: float,
    n_comparator: float,
    alpha: float = 0.05,
    higher_is_better: bool = True,
) -> float:
    """Power of a hypothesis with a margin; alpha two-sided, so one-sided alpha / 2.  Equivalence: two one-sided tests (normal)."""
    shift = margin_shift(hypothesis, difference, margin, higher_is_better)
    if hypothesis == "difference":
        return power_of_means(difference, sd, sd_comparator, n, n_comparator, alpha)
    if hypothesis != "equivalence":
        return power_of_means(shift, sd, sd_comparator, n, n_comparator, alpha / 2, 1)
    from scipy.stats import norm

    se = math.sqrt(sd**2 / n + sd_comparator**2 / n_comparator)
    z = norm.isf(alpha / 2)
    return max(0.0, float(norm.cdf((margin - difference) / se - z) - norm.cdf((-margin - difference) / se + z)))


def events_needed(
    hazard_ratio: float, power: float = 0.9, alpha: float = 0.05, ratio: float = 1.0, margin: float = 1.0
) -> int:
    """Events in both arms together for a log-rank test.  Source: Schoenfeld 1983.

    margin : hazard ratio of the null hypothesis (1; above 1 for non-inferiority, tested on one side of alpha / 2).

    >>> events_needed(0.5)
    88
    """
    from scipy.stats import norm

    faults = _check_rates(power, alpha, ratio, 0.0)
    if not (hazard_ratio > 0 and margin > 0) or abs(math.log(hazard_ratio / margin)) < 1e-9:
        message = (
            f"A hazard ratio of {hazard_ratio:g} against {margin:g} cannot be established by any number of events."
        )
        faults.append(_fault("hazard_ratio", hazard_ratio, f"above 0 and not {margin:g}", message))
    if faults:
        raise InputError(faults)
    z = norm.isf(alpha / 2) + norm.ppf(power)
    share = ratio / (1 + ratio)
    return int(math.ceil(z**2 / (share * (1 - share) * math.log(hazard_ratio / margin) ** 2) - 1e-9))


def power_of_events(
    events: float, hazard_ratio: float, alpha: float = 0.05, ratio: float = 1.0, margin: float = 1.0
) -> float:
    """Power of a log-rank test with a number of events in both arms.  Source: Schoenfeld 1983."""
    from scipy.stats import norm

    share = ratio / (1 + ratio)
    drift = math.sqrt(events * share * (1 - share)) * abs(math.log(hazard_ratio / margin))
    z = float(norm.isf(alpha / 2))
    return float(norm.sf(z - drift) + (norm.sf(z + drift) if margin == 1.0 else 0.0))


def sample_size_of_events(
    incidence: float,
    hazard_ratio: float,
    years: float,
    power: float = 0.9,
    alpha: float = 0.05,
    ratio: float = 1.0,
    dropout_per_year: float = 0.0,
    death_per_year: float = 0.0,
    margin: float = 1.0,
) -> SampleSize:
    """Patients to enrol so that the events needed for a log-rank test occur, everybody followed for `years`.

    incidence : share of the comparator with an event by the end, nobody leaving; a constant hazard is taken from it.
    dropout_per_year, death_per_year : shares a year who leave, or die first (a competing event).
    """
    faults = [*_check_rates(power, alpha, ratio, dropout_per_year)]
    if not 0 < incidence < 1:
        faults.append(_fault("incidence", incidence, "above 0 and below 1", "This is no share of patients."))
    if years <= 0:
        faults.append(_fault("years", years, "above 0", "A follow-up must last."))
    if faults:
        raise InputError(faults)
    events = events_needed(hazard_ratio, power, alpha, ratio, margin)
    base = -math.log1p(-incidence) / years
    lost = -math.log1p(-dropout_per_year) - math.log1p(-death_per_year)
    shares = [h / (h + lost) * -math.expm1(-(h + lost) * years) for h in (base, base * hazard_ratio)]
    n = math.ceil(events / (shares[0] + ratio * shares[1]) - 1e-9)
    words = f"{events} events; {100 * shares[0]:.3g} % and {100 * shares[1]:.3g} % of patients have one within {years:g} years"
    got = n * shares[0] + math.ceil(ratio * n) * shares[1]
    return SampleSize(math.ceil(ratio * n), n, power_of_events(got, hazard_ratio, alpha, ratio, margin), words)


def _smallest(power_at: Callable[[int], float], power: float) -> int:
    """Smallest n with power_at(n) >= power, by doubling and halving. Raises InputError above MAX_PATIENTS_NEEDED."""
    high = 2
    while power_at(high) < power:
        high *= 2
        if high > MAX_PATIENTS_NEEDED:
            message = f"More than {MAX_PATIENTS_NEEDED:,} patients an arm would be needed: so small an effect cannot be shown."
            raise InputError(_fault("difference", "", f"reached within {MAX_PATIENTS_NEEDED:,} patients", message))
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if power_at(middle) >= power else (middle, high)
    return high if high > 2 or power_at(2) < power else 2


def _fault(place: str, value: object, allowed: str, message: str) -> Fault:
    return Fault("bad_plan", place, value, allowed, "", message)


def _check_rates(power: float, alpha: float, ratio: float, dropout: float) -> list[Fault]:
    faults = []
    if not 0 < alpha < 1:
        faults.append(_fault("alpha", alpha, "above 0 and below 1", f"alpha {alpha:g} is no type I error."))
    if not alpha < power < 1:
        faults.append(_fault("power", power, "above alpha and below 1", f"{power:g} is no power."))
    if not (ratio > 0 and math.isfinite(ratio)):
        faults.append(_fault("ratio", ratio, "above 0", f"{ratio:g} is no allocation ratio."))
    if not 0 <= dropout < 1:
        faults.append(_fault("dropout", dropout, "0 up to, but not, 1", f"{dropout:g} is no share who leave."))
    return faults


def _check_effect(difference: float, sd: float, sd_comparator: float | None) -> list[Fault]:
    faults = []
    if not (difference and math.isfinite(difference)):
        faults.append(_fault("difference", difference, "not 0", "No number of patients shows a difference of 0."))
    for place, value in (("sd", sd), ("sd_comparator", sd if sd_comparator is None else sd_comparator)):
        if not (value > 0 and math.isfinite(value)):
            faults.append(_fault(place, value, "above 0", f"{value:g} is no standard deviation."))
    return faults
