"""Dose escalation: 3+3, BOIN and the continual reassessment method, as rules on counts of dose-limiting toxicities.

A rule sees (treated, toxicities) of every dose, (doses,) each, and the current dose, and says what to do next.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from osteon.errors import Fault, InputError

Counts = NDArray[np.int64]
RULES = ("three_plus_three", "boin", "crm")
ESCALATION_NODES = 401  # quadrature points of the CRM's posterior


@dataclass(frozen=True)
class Decision:
    """dose: index of the next cohort's dose, or None to stop; reason: one sentence; recommended: the MTD, or None (none is tolerable)."""

    dose: int | None
    reason: str
    recommended: int | None = None


@dataclass(frozen=True)
class Escalation:
    """An escalation plan: rule, target share with a dose-limiting toxicity, cohort, when to stop."""

    rule: str
    doses: int
    target: float = 0.25
    cohort: int = 3
    max_patients: int = 30
    max_at_one_dose: int = 12
    skeleton: tuple[float, ...] = ()
    start: int = 0
    too_toxic: float = 0.95

    def __post_init__(self) -> None:
        faults = list(_faults(self))
        if faults:
            raise InputError(faults)


def _faults(e: Escalation) -> list[Fault]:
    from osteon.errors import unknown

    found = [] if e.rule in RULES else [unknown("escalation rule", e.rule, RULES)]
    checks = [
        ("doses", e.doses, e.doses >= 1, "at least 1"),
        ("target", e.target, 0 < e.target < 0.7, "above 0 and below 0.7"),
        ("cohort", e.cohort, e.cohort >= 1, "at least 1"),
        ("max_patients", e.max_patients, e.max_patients >= e.cohort, "at least one cohort"),
        ("max_at_one_dose", e.max_at_one_dose, e.max_at_one_dose >= e.cohort, "at least one cohort"),
        ("start", e.start, 0 <= e.start < max(e.doses, 1), "one of the doses"),
        ("too_toxic", e.too_toxic, 0.5 < e.too_toxic < 1, "above 0.5 and below 1"),
    ]
    found += [
        _fault(name, value, allowed, f"{name} = {value} is not possible.")
        for name, value, ok, allowed in checks
        if not ok
    ]
    rising = all(0 < a < 1 for a in e.skeleton) and list(e.skeleton) == sorted(set(e.skeleton))
    if e.rule == "crm" and (len(e.skeleton) != e.doses or not rising):
        text = f"The CRM needs a skeleton: {e.doses} rising first guesses between 0 and 1, one a dose."
        found.append(_fault("skeleton", list(e.skeleton), "rising, between 0 and 1", text))
    return found


def _fault(place: str, value: object, allowed: str, message: str) -> Fault:
    return Fault("bad_escalation", place, value, allowed, "", message)


def next_dose(plan: Escalation, treated: Counts, toxicities: Counts, current: int) -> Decision:
    """What a plan does after a cohort at dose `current` was seen."""
    if plan.rule == "three_plus_three":
        return three_plus_three(treated, toxicities, current)
    if plan.rule == "boin":
        return boin(plan, treated, toxicities, current)
    return crm(plan, treated, toxicities, current)


def three_plus_three(treated: Counts, toxicities: Counts, current: int) -> Decision:
    """Escalate on 0 of 3 or at most 1 of 6; the MTD is the highest dose with at most 1 of 6.  Source: Storer 1989.

    >>> three_plus_three(np.array([3, 0]), np.array([0, 0]), 0).dose
    1
    """
    n, x, top = int(treated[current]), int(toxicities[current]), len(treated) - 1
    if n < 6 and x == 1:
        return Decision(current, "1 of 3 with a dose-limiting toxicity: three more at this dose.")
    if x >= 2:
        if current == 0:
            return Decision(None, "Two or more at the lowest dose: no dose is tolerable.", None)
        if treated[current - 1] >= 6:
            return Decision(None, "Two or more here, at most 1 of 6 one dose below.", current - 1)
        return Decision(current - 1, "Two or more: three more at the dose below.")
    if current < top and treated[current + 1] == 0:
        return Decision(current + 1, f"{x} of {n}: the next dose.")
    if n < 6:
        return Decision(current, f"{x} of {n}, nothing above to go to: three more at this dose.")
    return Decision(None, f"{x} of {n}, and no dose above is open.", current)


def boin_boundaries(target: float, safe: float | None = None, toxic: float | None = None) -> tuple[float, float]:
    """Observed shares at or below which BOIN escalates, and at or above which it de-escalates.  Source: Liu and Yuan 2015.

    >>> tuple(round(x, 3) for x in boin_boundaries(0.3))
    (0.236, 0.359)
    """
    low, high = 0.6 * target if safe is None else safe, 1.4 * target if toxic is None else toxic

    def edge(a: float, b: float) -> float:
        return math.log((1 - a) / (1 - b)) / math.log(b * (1 - a) / (a * (1 - b)))

    return edge(low, target), edge(target, high)


def exceeds(treated: int, toxicities: int, target: float) -> float:
    """Posterior chance that a dose's toxicity is above the target, from a flat prior."""
    from scipy.stats import beta

    return float(beta.sf(target, 1 + toxicities, 1 + treated - toxicities))


def boin(plan: Escalation, treated: Counts, toxicities: Counts, current: int) -> Decision:
    """BOIN with elimination of doses that are too toxic; the MTD by isotonic regression.  Source: Liu and Yuan 2015."""
    closed = [
        k
        for k in range(plan.doses)
        if treated[k] >= 3 and exceeds(int(treated[k]), int(toxicities[k]), plan.target) > plan.too_toxic
    ]
    limit = min(closed) if closed else plan.doses
    if limit == 0:
        return Decision(None, "The lowest dose is too toxic.", None)
    if treated.sum() >= plan.max_patients or treated[current] >= plan.max_at_one_dose:
        return Decision(
            None, "The patients planned have been treated.", isotonic_mtd(treated, toxicities, plan.target, limit)
        )
    low, high = boin_boundaries(plan.target)
    share = toxicities[current] / treated[current]
    step = 1 if share <= low else -1 if share >= high else 0
    chosen = min(max(current + step, 0), limit - 1)
    return Decision(chosen, f"{toxicities[current]} of {treated[current]} against {low:.3f} and {high:.3f}.")


def isotonic_mtd(treated: Counts, toxicities: Counts, target: float, limit: int) -> int | None:
    """The tried dose whose toxicity, made to rise with dose, lies nearest the target (from below where two are as near)."""
    tried = [k for k in range(limit) if treated[k] > 0]
    if not tried:
        return None
    shares = [(toxicities[k] + 0.05) / (treated[k] + 0.1) for k in tried]
    n, x = treated[tried] + 0.1, toxicities[tried] + 0.05
    weights = n**2 * (n + 1) / (x * (n - x))
    rising = pool_adjacent_violators(np.array(shares), np.asarray(weights))
    rising = rising + 1e-10 * np.arange(len(rising))
    distance = np.abs(rising - target)
    return int(tried[int(np.argmin(distance))])


def pool_adjacent_violators(values: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """The nearest non-falling sequence in weighted least squares."""
    blocks: list[list[float]] = []  # value, weight, length
    for v, w in zip(values, weights, strict=True):
        blocks.append([float(v), float(w), 1])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            b, a = blocks.pop(), blocks.pop()
            total = a[1] + b[1]
            blocks.append([(a[0] * a[1] + b[0] * b[1]) / total, total, a[2] + b[2]])
    return np.concatenate([np.full(int(length), value) for value, _, length in blocks])


def crm_posterior(
    skeleton: Sequence[float], treated: Counts, toxicities: Counts, sd: float = math.sqrt(1.34)
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """(mean toxicity of each dose (doses,), nodes of the slope, their weights) of p = skeleton ** exp(slope), slope normal (0, sd).

    Source: O'Quigley 1990; the prior of Cheung 2011. Integrated by Gauss-Hermite on the prior, so nothing is tuned to the data.
    """
    nodes, weights = np.polynomial.hermite_e.hermegauss(ESCALATION_NODES // 4)
    slope = sd * nodes
    p = np.asarray(skeleton, float)[:, None] ** np.exp(slope)[None, :]
    p = np.clip(p, 1e-12, 1 - 1e-12)
    log = (toxicities[:, None] * np.log(p) + (treated - toxicities)[:, None] * np.log1p(-p)).sum(axis=0)
    post = weights * np.exp(log - log.max())
    post = post / post.sum()
    return p @ post, slope, post


def crm(plan: Escalation, treated: Counts, toxicities: Counts, current: int) -> Decision:
    """The dose whose toxicity at the posterior mean slope is nearest the target, never skipping an untried dose.

    Stops where the lowest dose is too toxic with a chance above `too_toxic`, or the patients are used up.
    """
    _, slope, post = crm_posterior(plan.skeleton, treated, toxicities)
    typical = float(slope @ post)
    p = np.asarray(plan.skeleton) ** math.exp(typical)
    best = int(np.argmin(np.abs(p - plan.target)))
    lowest = plan.skeleton[0] ** np.exp(slope)
    if treated.sum() >= 3 and float(post[lowest > plan.target].sum()) > plan.too_toxic:
        return Decision(None, "The lowest dose is too toxic.", None)
    highest = int(np.flatnonzero(treated)[-1]) + 1 if treated.any() else plan.start
    chosen = min(best, highest, plan.doses - 1)
    if toxicities[current] / max(treated[current], 1) >= plan.target:
        chosen = min(chosen, current)  # coherent: no escalation straight after too many toxicities
    if treated.sum() >= plan.max_patients or (treated[chosen] >= plan.max_at_one_dose and chosen == current):
        return Decision(
            None,
            "The patients planned have been treated.",
            chosen if treated[chosen] else int(np.flatnonzero(treated)[-1]),
        )
    return Decision(chosen, f"Toxicity at this dose is estimated at {p[chosen]:.2f}.")


@dataclass(frozen=True)
class EscalationTrial:
    """One escalation as it went: the dose of each cohort, treated and toxicities of every dose, and the MTD (None: none)."""

    path: tuple[int, ...]
    treated: tuple[int, ...]
    toxicities: tuple[int, ...]
    recommended: int | None
    reason: str


def escalate(plan: Escalation, toxic: Callable[[int, int], bool]) -> EscalationTrial:
    """Run a plan. toxic(patient, dose) says whether the patient-th one would have a dose-limiting toxicity at a dose."""
    treated, toxicities = np.zeros(plan.doses, np.int64), np.zeros(plan.doses, np.int64)
    dose, path, patient = plan.start, [], 0
    for _ in range(10_000):
        path.append(dose)
        for _ in range(plan.cohort if plan.rule != "three_plus_three" else 3):
            treated[dose] += 1
            toxicities[dose] += int(toxic(patient, dose))
            patient += 1
        decision = next_dose(plan, treated, toxicities, dose)
        if decision.dose is None:
            return EscalationTrial(
                tuple(path), tuple(treated.tolist()), tuple(toxicities.tolist()), decision.recommended, decision.reason
            )
        dose = decision.dose
    raise AssertionError("an escalation that does not end")
