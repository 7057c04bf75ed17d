"""Measurements: one published number a row, with its reference, confidence and role."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, fields
from functools import cache

from osteon.additions import cached, text_of
from osteon.errors import Fault
from osteon.evidence.lint import CONFIDENCES, ROLES, Row, a_number, filled, interval, linted, load, number, one_of
from osteon.evidence.outcome import in_points

UNC_TYPES = (
    "", "SD", "SE", "SE_derived", "SE_probable", "CI95", "CI95_derived", "CI95_probable", "IQR", "IQR_probable", "range",
    "error_bar_as_drawn",
)  # _derived: worked out, the spread between persons that it implies is what such trials show; _probable: a guess  # fmt: skip


def width_of(unc_type: str) -> str:
    """What an uncertainty is the width of: SD, SE, CI95, IQR, range …, whether published, worked out or a guess.

    >>> width_of("CI95_derived"), width_of("SE")
    ('CI95', 'SE')
    """
    return unc_type.removesuffix("_derived").removesuffix("_probable")


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


MEASUREMENT_COLUMNS = tuple(f.name for f in fields(Measurement))
_NUMBERS = ("months", "value", "lo", "hi", "sd")
_CHECKS = (
    filled("cohort", "endpoint", "unit", "reference"),
    *(a_number(c) for c in (*_NUMBERS, "from_month")),
    a_number("sd", low=0),
    one_of("unc_type", UNC_TYPES),
    one_of("confidence", CONFIDENCES),
    one_of("role", ROLES),
    interval,
)


def rows_of(raw: Iterable[Row]) -> tuple[Measurement, ...]:
    """Records of linted rows."""
    made = []
    for row in raw:
        values: dict[str, object] = dict(row)
        values |= {k: number(row[k]) for k in _NUMBERS} | {"from_month": number(row["from_month"], 0.0)}
        made.append(Measurement(**values))  # type: ignore[arg-type]
    return tuple(made)


@cache
def shipped_measurements() -> tuple[Measurement, ...]:
    """Rows of the table that is shipped."""
    return rows_of(load("measurements.csv", MEASUREMENT_COLUMNS, _CHECKS))


@cached
def own_measurements() -> tuple[Measurement, ...]:
    """Rows of the own folder in force. Raises CorruptData with every fault of its table, ids that are taken among them."""
    text = text_of("measurements.csv")
    taken = {m.id for m in shipped_measurements()}

    def ids(rows: list[Row]) -> list[Fault]:
        return [
            Fault(
                "taken",
                row[""],
                row["id"],
                "",
                "Take another id.",
                f"{row['']}: the id '{row['id']}' is shipped already.",
            )
            for row in rows
            if row["id"] in taken
        ]

    return rows_of(linted(text, "measurements.csv", MEASUREMENT_COLUMNS, _CHECKS, ids)) if text else ()


@cached
def _all() -> tuple[Measurement, ...]:
    return (*shipped_measurements(), *own_measurements())


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
    return sample_size_in(f"{m.population} {m.note}")


def sample_size_in(text: str) -> float:
    """Number of persons that a text names, as in "n=94", else NaN."""
    found = re.search(r"\bn ?= ?(\d+)", text)
    return float(found.group(1)) if found else math.nan


def measurement_sd(m: Measurement) -> float:
    """Standard deviation of a published mean, in the row's unit.

    From its interval (SD: over the root of the arm's persons, 40 where not given; SE: half width; CI: width / 3.92; IQR: width / 1.35 / sqrt(45)); digitised rows get 0.2 points
    (BMD) or 3 points (markers) on top. Where nothing is given: 0.6 points for BMD, 8 for markers. Source: assumed.
    """
    bmd = in_points(m.endpoint)
    width = m.hi - m.lo
    if m.unc_type == "SD" and math.isfinite(m.sd):
        size = sample_size(m)
        base = m.sd / math.sqrt(size if math.isfinite(size) else 40.0)
    elif not math.isfinite(width):
        base = 0.6 if bmd else 8.0
    elif width_of(m.unc_type) == "SE":
        base = width / 2
    elif width_of(m.unc_type) == "CI95":
        base = width / 3.92
    elif width_of(m.unc_type) == "IQR":
        base = width / 1.35 / math.sqrt(45)
    else:
        base = width / 2
    extra = (0.2 if bmd else 3.0) if m.confidence == "digitised" else 0.0
    return math.hypot(base, extra)
