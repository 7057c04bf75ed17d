"""Rows of what one person's history says: her course under each option, its chances, her biology, what to measure next."""

from __future__ import annotations

from dataclasses import dataclass

from osteon.io.rows import Row


@dataclass(frozen=True)
class CourseRow(Row):
    """`person`: an option's course: level, and percent change from today, as median and 90 %."""

    option: str
    output: str
    months: float
    value: float
    lo90: float
    hi90: float
    change: float
    change_lo90: float
    change_hi90: float


@dataclass(frozen=True)
class ChanceRow(Row):
    """`chances` of `person`: what may happen under an option, with the standard error of so few draws."""

    option: str
    what: str
    name: str
    chance: float
    error: float


@dataclass(frozen=True)
class BiologyRow(Row):
    """`biology` of `person`: a number before and after her measurements; moved in prior SD, learned: share of the spread."""

    parameter: str
    prior_mean: float
    prior_sd: float
    mean: float
    sd: float
    moved: float
    learned: float


@dataclass(frozen=True)
class NextMeasurementRow(Row):
    """`next_measurements` of `person`: what one at that month would tell of the target, in nats and as explained variance."""

    option: str
    measurement: str
    months: float
    target: str
    nats: float
    explained: float


@dataclass(frozen=True)
class PersonSummary(Row):
    """`summary` of `person`: virtual persons, how many draws they are worth, Pareto k of their weights, p of her measurements."""

    members: int
    effective_draws: float
    pareto_k: float | None
    trusted: bool
    surprise: float
    failed: int
