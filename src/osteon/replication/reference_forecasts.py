"""Naive forecasts that any model must beat: no change at all, and the mean curve of the drug class.

The class of an arm at a month is what its women were given until then, one phase after the other, as classes of drugs:
"romosozumab > denosumab", "denosumab > none". The mean curve of such a history runs over the months of its last phase; it is drawn from calibration rows
alone, each cohort counted once, other cohorts before the row's own.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from osteon.additions import cached
from osteon.evidence import Measurement, calibration_rows, cohort_ids, load_cohort
from osteon.evidence.outcome import in_points
from osteon.replication.published import regimens_of
from osteon.units import DAYS_PER_MONTH

Point = tuple[float, float, str]  # month of the last phase, change since baseline (share; markers log fold), cohort
DRUG_CLASSES = {"bisphosphonate": ("alendronate", "risedronate", "ibandronate", "zoledronate")}
GAP = 20.0  # days without a drug, or with two that follow each other, that are no phase of their own.  Source: assumed


@cached
def history(cohort: str, arm: str, month: float) -> tuple[str, float]:
    """Drug classes of an arm up to a month, one phase after the other, and the months that the last one has lasted.

    "none" where nothing was given. A dose lasts until the next would be due.
    """
    given = []
    for r in regimens_of(cohort, arm):
        kind = next((k for k, members in DRUG_CLASSES.items() if r.target in members), r.target)
        until = r.until if r.until is not None else math.inf
        count = max(1, math.ceil((until - r.start) / r.every - 1e-9)) if r.every and until < math.inf else 1
        end = r.start + count * r.every if r.every and until < math.inf else math.inf
        given.append((r.start, end, kind))
    end_of_time = month * DAYS_PER_MONTH
    marks = sorted({min(0.0, end_of_time), end_of_time, *(t for a, b, _ in given for t in (a, b) if t < end_of_time)})
    phases: list[tuple[str, float]] = []
    for a, b in zip(marks, marks[1:], strict=False):
        active = sorted({kind for start, end, kind in given if start <= a and end >= b})
        name = " + ".join(active) or "none"
        if (not phases or phases[-1][0] != name) and (b - a > GAP or (b == end_of_time and name != "none")):
            phases.append((name, a))
    began = phases[-1][1] if phases else 0.0
    return " > ".join(name for name, _ in phases) or "none", month - began / DAYS_PER_MONTH


@cached
def _curves() -> dict[tuple[str, str], tuple[Point, ...]]:
    found: dict[tuple[str, str], list[Point]] = {}
    for m in calibration_rows():
        known = m.unit == "pct_change_baseline" and m.cohort.lower() in cohort_ids() and m.value > -100
        if known and m.months > 0 and m.arm in {a.name for a in load_cohort(m.cohort).arms}:
            value = m.value / 100 if in_points(m.endpoint) else math.log(1 + m.value / 100)
            name, since = history(m.cohort, m.arm, m.months)
            found.setdefault((name, m.endpoint), []).append((since, value, m.cohort))
    return {k: tuple(v) for k, v in found.items()}


def _mean(points: Sequence[Point]) -> float:
    """Mean over cohorts of their means: a cohort with many visits counts once."""
    by: dict[str, list[float]] = {}
    for _, value, cohort in points:
        by.setdefault(cohort, []).append(value)
    return float(np.mean([np.mean(v) for v in by.values()]))


def _at(points: Sequence[Point], month: float, start: float) -> float:
    """The mean curve at a month of the phase: points near it, else a line between those before and after, else the last.

    Near: within a quarter of the month, at least 1.5 months. start: the curve's value at month 0 (NaN: not known).
    """
    near = [p for p in points if abs(p[0] - month) <= max(1.5, 0.25 * month)]
    if near or not points:
        return _mean(near) if near else math.nan
    before = max((p[0] for p in points if p[0] < month), default=0.0)
    after = min((p[0] for p in points if p[0] > month), default=math.inf)
    low = _mean([p for p in points if p[0] == before]) if before else start
    if after == math.inf:
        return low
    high = _mean([p for p in points if p[0] == after])
    if math.isnan(low):
        return high
    return low + (high - low) * (month - before) / (after - before)


def _change(m: Measurement, arm: str, month: float) -> float:
    if month == 0:
        return 0.0
    name, since = history(m.cohort, arm, month)
    points = _curves().get((name, m.endpoint), ())
    others = [p for p in points if p[2] != m.cohort]
    return _at(others or ([] if m.role == "calibrate" else points), since, math.nan if ">" in name else 0.0)


def class_mean(m: Measurement) -> float:
    """The class's forecast of a row, in the row's unit (percent); NaN where the calibration rows have no such class.

    A row that is a difference between arms gets the difference of two class means; one from a later baseline, the change
    since then. A calibrated row is forecast from other cohorts only.
    """

    def fold(arm: str) -> float:
        late, early = _change(m, arm, m.months), _change(m, arm, m.from_month)
        return (1 + late) / (1 + early) if in_points(m.endpoint) else math.exp(late - early)

    own = fold(m.arm)
    if m.unit != "pct_diff_vs_comparator":
        return 100 * (own - 1)
    other = fold(m.comparator)
    return 100 * (own - other) if in_points(m.endpoint) else 100 * (own / other - 1)


@cached
def _ratios() -> dict[tuple[str, str], tuple[tuple[str, float], ...]]:
    """(class, endpoint) -> (cohort, log ratio against no drug), from calibration rows."""
    from osteon.replication.fracture_incidence import RATIOS, comparable, on_log

    found: dict[tuple[str, str], list[tuple[str, float]]] = {}
    for m in calibration_rows():
        if (
            comparable(m)
            and m.unit in RATIOS
            and not m.from_month
            and history(m.cohort, m.comparator, m.months)[0] == "none"
        ):
            name = history(m.cohort, m.arm, m.months)[0]
            found.setdefault((name, m.endpoint), []).append((m.cohort, float(on_log(m, m.value))))
    return {k: tuple(v) for k, v in found.items()}


def class_ratio(m: Measurement) -> float:
    """The class's log ratio of a fracture row; NaN for incidences and where calibration rows have no such class.

    Against an active comparator, the difference of two class means. A calibrated row is forecast from other cohorts only.
    """
    from osteon.replication.fracture_incidence import OWN_EARLIER, RATIOS

    def mean(arm: str) -> float:
        name, _ = history(m.cohort, arm, m.months)
        if name == "none":
            return 0.0
        points = _ratios().get((name, m.endpoint), ())
        others = [p for p in points if p[0] != m.cohort] or ([] if m.role == "calibrate" else points)
        by: dict[str, list[float]] = {}
        for cohort, value in others:
            by.setdefault(cohort, []).append(value)
        return float(np.mean([np.mean(v) for v in by.values()])) if by else math.nan

    if m.unit not in RATIOS or m.comparator == OWN_EARLIER:
        return math.nan
    return mean(m.arm) - mean(m.comparator)
