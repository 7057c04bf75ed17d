"""Rows of what a new trial does to the posterior (`evidence add`)."""

from __future__ import annotations

from dataclasses import dataclass

from osteon.io.rows import Row


@dataclass(frozen=True)
class NewTrialRow(Row):
    """`evidence add`: a new trial beside the posterior. surprise: p of rows at least as far off before it; pareto_k: of the weights"""

    trial: str
    rows: int
    draws: int
    surprise: float
    pareto_k: float | None
    effective_draws: float
    trusted: bool
    parameters_that_move: int


@dataclass(frozen=True)
class ShiftRow(Row):
    """`parameters` of `evidence add`: shift of a mean in posterior SD, spread after over before."""

    parameter: str
    shift_sd: float
    spread: float
    moves: bool


@dataclass(frozen=True)
class NewRow(Row):
    """`predicted` of `evidence add`: a new row beside what was expected before it, and is after."""

    arm: str
    endpoint: str
    months: float
    unit: str
    published: float
    expected: float
    lo90: float
    hi90: float
    after: float


@dataclass(frozen=True)
class TurnedClaim(Row):
    """`claims` of `evidence add`: a claim whose verdict turns."""

    id: str
    claim: str
    before: str
    after: str


@dataclass(frozen=True)
class ScoreShift(Row):
    """`scorecard` of `evidence add`: root mean square error of calibration rows before and after, points or log fold."""

    outcome: str
    rows: int
    rmse_before: float
    rmse_after: float
