"""A row of a replayed cohort, and of what a table of them comes to."""

from __future__ import annotations

from dataclasses import dataclass

from osteon.io.rows import Row

Number = float | None


@dataclass(frozen=True)
class CohortRow(Row):
    """`replicate`: a published number beside the simulated one, in `unit`; without `simulated`, `reason` says why.

    sd_… : parts of the interval; inside : whether the published value lies in it; naive_class : mean curve of the drug class
    """

    cohort: str
    role: str
    arm: str
    endpoint: str
    published: Number
    simulated: Number
    lo90: Number
    hi90: Number
    unit: str
    confidence: str
    reason: str
    months: Number = None
    id: str | None = None
    from_month: Number = None
    sd_parameters: Number = None
    sd_between_person: Number = None
    sd_measurement: Number = None
    sd_between_study: Number = None
    sd_chance: Number = None
    difference: Number = None
    inside: bool | None = None
    error: Number = None
    naive_class: Number = None
    error_class: Number = None
    error_no_change: Number = None
    comparator: str | None = None
    published_lo: Number = None
    published_hi: Number = None
    metric: str | None = None
    in_trial_interval: bool | None = None
    harm: str | None = None
    used: str | None = None


@dataclass(frozen=True)
class CurvePoint(Row):
    """Percent change of an endpoint in an arm at a month: mean and the middle 90 % of virtual patients."""

    cohort: str
    arm: str
    endpoint: str
    months: float
    mean: float
    lo: float
    hi: float


@dataclass(frozen=True)
class ErrorSummary(Row):
    """Errors of a role and an endpoint: root mean squares beside those of two forecasts that know nothing of the model."""

    role: str
    endpoint: str
    rows: int
    rmse: Number
    rmse_no_change: Number
    skill_no_change: Number
    rmse_class_mean: Number
    rmse_same_rows: Number
    rows_class_mean: int
    skill: Number
    inside_90: float
    metric: str
    in_trial_interval: Number = None
    mean_absolute: Number = None
    mean_absolute_no_change: Number = None
    mean_absolute_class: Number = None
    mean_absolute_same_rows: Number = None
