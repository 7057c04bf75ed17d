"""Measurements: one published number a row, with its reference, confidence and role."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from osteon.io.tables import read_packaged

ROLES = (
    "calibrate", "holdout", "holdout_temporal", "PK_input", "fracture_hazard", "safety", "reference", "prior_or_check",
    "same_cohort_check", "measurement_error",
)  # fmt: skip
CONFIDENCES = ("read", "digitised", "secondary", "derived", "unverified")


@dataclass(frozen=True)
class Measurement:
    """One number. months: visit; from_month: its baseline; value in `unit`; lo, hi, sd as `unc_type` says; NaN = not given."""

    id: str
    cohort: str
    arm: str
    drug: str
    regimen: str
    endpoint: str
    months: float
    from_month: float
    value: float
    unit: str
    stat: str
    unc_type: str
    lo: float
    hi: float
    sd: float
    comparator: str
    population: str
    age: str
    reference: str
    confidence: str
    role: str
    note: str


def _number(text: str, empty: float = math.nan) -> float:
    try:
        return float(text)
    except ValueError:
        return empty


_NUMBERS = ("months", "value", "lo", "hi", "sd")


@lru_cache(maxsize=1)
def _all() -> tuple[Measurement, ...]:
    rows = []
    for raw in read_packaged("measurements.csv"):
        fields: dict[str, object] = dict(raw)
        fields |= {k: _number(raw[k]) for k in _NUMBERS}
        fields["from_month"] = _number(raw["from_month"], 0.0)
        rows.append(Measurement(**fields))  # type: ignore[arg-type]
    return tuple(rows)


def load_measurements(
    roles: Iterable[str] | None = None, cohort: str | None = None, include_unverified: bool = False
) -> tuple[Measurement, ...]:
    """Rows by role and cohort. Rows whose confidence is *unverified* are left out unless asked for."""
    wanted = set(roles) if roles is not None else set(ROLES)
    return tuple(
        m
        for m in _all()
        if m.role in wanted
        and (cohort is None or m.cohort == cohort)
        and (include_unverified or m.confidence != "unverified")
    )


def calibration_rows(include_unverified: bool = False) -> tuple[Measurement, ...]:
    """The only rows that a fit may see."""
    return load_measurements(["calibrate"], include_unverified=include_unverified)


def sample_size(m: Measurement) -> float:
    """Number of persons behind a row where its text says so, else NaN."""
    found = re.search(r"n ?= ?(\d+)", f"{m.population} {m.note}")
    return float(found.group(1)) if found else math.nan


def measurement_sd(m: Measurement) -> float:
    """Standard deviation of a published mean, in the row's unit.

    From its interval (SD: over the root of the arm's persons, 40 where not given; SE: half width; CI: width / 3.92; IQR: width / 1.35 / sqrt(45)); digitised rows get 0.2 points
    (BMD) or 3 points (markers) on top. Where nothing is given: 0.6 points for BMD, 8 for markers. Source: assumed.
    """
    bmd = m.endpoint.startswith("bmd")
    width = m.hi - m.lo
    if m.unc_type == "SD" and math.isfinite(m.sd):
        size = sample_size(m)
        base = m.sd / math.sqrt(size if math.isfinite(size) else 40.0)
    elif not math.isfinite(width):
        base = 0.6 if bmd else 8.0
    elif m.unc_type.startswith("SE"):
        base = width / 2
    elif m.unc_type.startswith("CI"):
        base = width / 3.92
    elif m.unc_type.startswith("IQR"):
        base = width / 1.35 / math.sqrt(45)
    else:
        base = width / 2
    extra = (0.2 if bmd else 3.0) if m.confidence == "digitised" else 0.0
    return math.hypot(base, extra)
