"""What a fit is compared with: calibration rows as residuals of typical patients, one virtual woman an arm.

Offsets of a study (calcium and vitamin D at entry, assay) are not parameters: they are a shared error of all rows of one
cohort and endpoint, put into the covariance, so that no cohort can buy a better score with a number of its own.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from osteon.engine import Events, Schedule, simulate
from osteon.evidence import Cohort, Measurement, assert_no_holdout, calibration_rows, cohort_ids, load_cohort, measurement_sd
from osteon.model import Regimen
from osteon.population.sampling import DEFAULTS
from osteon.trial.build import human_model
from osteon.trial.doses import add_regimens, regimen_of
from osteon.trial.files import DrugRegimen
from osteon.trial.life import lived
from osteon.units import DAYS_PER_MONTH

Array = NDArray[np.float64]
BMD_MODEL_SD, MARKER_MODEL_SD = 0.5, 0.12  # points; log units: what a typical patient cannot reproduce of a mean
BMD_STUDY_SD, MARKER_STUDY_SD = 0.5, 0.10  # shared by all rows of a cohort and endpoint
UNITS = ("pct_change_baseline", "pct_change_from_month", "pct_diff_vs_comparator")
UNUSABLE = {("ODN_PH2", "ctx"), ("LOFT", "ctx")}  # serum CTX rises paradoxically under odanacatib (assay)


@dataclass(frozen=True)
class Arm:
    """An arm to run: its regimens, the rows it must meet."""

    cohort: Cohort
    name: str
    regimens: tuple[Regimen, ...]
    rows: tuple[Measurement, ...]

    @property
    def drugs(self) -> frozenset[str]:
        return frozenset(r.target for r in self.regimens)


def person_of(cohort: Cohort) -> dict[str, float]:
    """Parameters of the typical woman of a cohort."""
    p = cohort.population
    age = float(p.get("age", DEFAULTS["age"][0]))
    since = float(p["years_since_menopause"]) if "years_since_menopause" in p else age - DEFAULTS["menopause_age"][0]
    bmi = float(p.get("bmi", DEFAULTS["bmi"][0]))
    return {"age_at_start": age, "menopause_age": age - since, "bmi": bmi, "body_weight": bmi * 1.61**2}


@lru_cache(maxsize=None)
def regimens_of(cohort: str, arm: str) -> tuple[Regimen, ...]:
    """Regimens of a published arm."""
    rows = load_cohort(cohort).arm(arm).regimen
    return tuple(regimen_of(DrugRegimen.model_validate(dict(r))) for r in rows)


def usable(m: Measurement) -> bool:
    """Whether a row is a change of BMD or a marker that a typical patient can be compared with."""
    outcomes = ("bmd_lumbar_spine", "bmd_total_hip", "bmd_femoral_neck", "ctx", "ntx", "p1np", "bsap")
    known = m.endpoint in outcomes and m.unit in UNITS and (m.cohort, m.endpoint) not in UNUSABLE
    return known and math.isfinite(m.value) and math.isfinite(m.months)


def calibration_arms(include_unverified: bool = True) -> tuple[Arm, ...]:
    """Arms with calibration rows. Raises CheckFailed if any other row slipped in."""
    rows = [m for m in calibration_rows(include_unverified) if usable(m) and m.cohort.lower() in cohort_ids()]
    assert_no_holdout(rows)
    return arms_of(rows)


def arms_of(rows: Sequence[Measurement]) -> tuple[Arm, ...]:
    """Group rows into arms; comparators become arms of their own."""
    names: dict[tuple[str, str], list[Measurement]] = {}
    for m in rows:
        cohort = load_cohort(m.cohort)
        if m.arm in {a.name for a in cohort.arms}:
            names.setdefault((m.cohort, m.arm), []).append(m)
            if m.comparator in {a.name for a in cohort.arms}:
                names.setdefault((m.cohort, m.comparator), [])
    return tuple(Arm(load_cohort(c), a, regimens_of(c, a), tuple(found)) for (c, a), found in sorted(names.items()))


Curves = dict[tuple[str, str, str], dict[float, Array]]


def run_arms(arms: Sequence[Arm], parameters: Mapping[str, Any], n: int, rtol: float = 1e-4, threads: int = 2) -> Curves:
    """Endpoint values (n lanes of parameters) by (cohort, arm, endpoint) and month, for every month that a row needs."""
    lives: dict[tuple[str, float, frozenset[str]], Array] = {}
    curves: Curves = {}
    for arm in arms:
        months = _months(arm, arms)
        if not months:
            continue
        model = human_model(arm.drugs)
        person = {k: v for k, v in {**person_of(arm.cohort), **parameters}.items() if k in model.parameters}
        begin = min([0.0, *(r.start for r in arm.regimens)])
        key = (arm.cohort.id, begin, arm.drugs)
        if key not in lives:
            lives[key] = lived(model, person, n, begin, rtol)
        events = Events((add_regimens(Schedule(), model, arm.regimens, months[-1] * DAYS_PER_MONTH + 1),))
        endpoints = sorted({m.endpoint for a in arms if a.cohort.id == arm.cohort.id for m in a.rows})
        days = np.array(months) * DAYS_PER_MONTH
        chunk = max(8, -(-n // threads // 8) * 8)
        got = simulate(
            model, person, n=n, times=days, outputs=endpoints, start=begin, events=events,
            initial=lives[key], rtol=rtol, threads=threads, chunk=chunk,
        )  # fmt: skip
        for endpoint in endpoints:
            curves[arm.cohort.id, arm.name, endpoint] = dict(zip(months, got.of(endpoint).T, strict=True))
    return curves


def _months(arm: Arm, arms: Sequence[Arm]) -> list[float]:
    own = {t for m in arm.rows for t in (m.months, m.from_month)}
    for other in arms:
        if other.cohort.id == arm.cohort.id:
            own |= {t for m in other.rows if m.comparator == arm.name for t in (m.months, m.from_month)}
    return sorted(own | {0.0}) if own else []


def predicted(m: Measurement, curves: Curves) -> Array:
    """A row's prediction in percent, (n,)."""
    change = _fold(m, m.arm, curves)
    if m.unit != "pct_diff_vs_comparator":
        return 100 * (change - 1)
    other = _fold(m, m.comparator, curves)
    return 100 * (change - other) if m.endpoint.startswith("bmd") else 100 * (change / other - 1)


def _fold(m: Measurement, arm: str, curves: Curves) -> Array:
    curve = curves[m.cohort, arm, m.endpoint]
    return curve[m.months] / curve[m.from_month]


def scaled_error(m: Measurement, value: Array) -> Array:
    """Error of a prediction: percentage points for BMD, log of fold change for markers."""
    if m.endpoint.startswith("bmd"):
        return value - m.value
    return np.log(np.maximum(1 + value / 100, 0.01)) - math.log(max(1 + m.value / 100, 0.01))


def error_sd(m: Measurement) -> float:
    """Standard deviation of one row's error, without the share it has in common with its study."""
    if m.endpoint.startswith("bmd"):
        return math.hypot(measurement_sd(m), BMD_MODEL_SD)
    return math.hypot(measurement_sd(m) / max(100 + m.value, 8.0), MARKER_MODEL_SD)


def residuals(arms: Sequence[Arm], curves: Curves, n: int) -> Array:
    """(n, rows) whitened residuals, the offset of each study and endpoint integrated out."""
    blocks: dict[tuple[str, str], list[Measurement]] = {}
    for m in (m for a in arms for m in a.rows):
        if m.unit != "pct_diff_vs_comparator" or m.comparator in {a.name for a in arms if a.cohort.id == m.cohort}:
            blocks.setdefault((m.cohort, m.endpoint), []).append(m)
    parts = []
    for (_, endpoint), rows in sorted(blocks.items()):
        error = np.stack([scaled_error(m, predicted(m, curves)) for m in rows], axis=1)
        shared = BMD_STUDY_SD if endpoint.startswith("bmd") else MARKER_STUDY_SD
        exposed = np.array([0.0 if m.unit == "pct_diff_vs_comparator" else shared for m in rows])
        covariance = np.diag([error_sd(m) ** 2 for m in rows]) + np.outer(exposed, exposed)
        root = np.linalg.cholesky(covariance)
        parts.append(np.linalg.solve(root, np.nan_to_num(error, nan=50.0).T).T)
    return np.concatenate(parts, axis=1).reshape(n, -1)
