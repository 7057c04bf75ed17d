"""Naive forecasts that any model must beat: no change at all, and the mean curve of the drug class."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from osteon.evidence import Cohort, Measurement, calibration_rows, cohort_ids, load_cohort
from osteon.interventions import CARDS

Point = tuple[float, float, str]


def drug_class(cohort: Cohort, arm: str) -> str:
    """The class of an arm: the kinds of its drugs, one after the other; "none" for placebo."""
    kinds = {"bisphosphonates": ("alendronate", "risedronate", "ibandronate", "zoledronate")}
    names = []
    for row in cohort.arm(arm).regimen:
        name = row["drug"]
        names.append(next((k for k, members in kinds.items() if name in members), name))
    return "+".join(dict.fromkeys(names)) or "none"


@lru_cache(maxsize=1)
def _curves() -> dict[tuple[str, str], tuple[Point, ...]]:
    found: dict[tuple[str, str], list[Point]] = {}
    for m in calibration_rows(include_unverified=True):
        if m.unit == "pct_change_baseline" and m.cohort.lower() in cohort_ids() and np.isfinite(m.value):
            cohort = load_cohort(m.cohort)
            if m.arm in {a.name for a in cohort.arms}:
                found.setdefault((drug_class(cohort, m.arm), m.endpoint), []).append((m.months, m.value, m.cohort))
    return {k: tuple(v) for k, v in found.items()}


def class_mean(m: Measurement) -> float:
    """Mean of the class's calibrated points near the same month, other cohorts first; NaN where there is none.

    Near: within a quarter of the month (at least 1.5 months). Source of the points: calibration rows only.
    """
    cohort = load_cohort(m.cohort)
    points = _curves().get((drug_class(cohort, m.arm), m.endpoint), ())
    near = [(t, v, c) for t, v, c in points if abs(t - m.months) <= max(1.5, 0.25 * m.months)]
    others = [v for _, v, c in near if c != m.cohort]
    values = others or ([] if m.role == "calibrate" else [v for _, v, _ in near])
    return float(np.mean(values)) if values else float("nan")


def known_drugs() -> tuple[str, ...]:
    """Names of all drugs, in the order of their list."""
    return tuple(CARDS)
