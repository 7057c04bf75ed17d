"""The rows of `--json` answers about numbers and data: sensitivity, posterior, own rows, one person, a new trial."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from osteon.inference.posterior import ParameterRow
from osteon.inference.sensitivity import Effect
from osteon.io.rows import Row

Number = float | None


@dataclass(frozen=True)
class SensitivityRow(Effect):
    """`sensitivity`: what an uncertain number does to an output, ranked; measures that the method does not give are null."""


@dataclass(frozen=True)
class DistanceRow(Row):
    """`evidence` of `person`: how far she lies from what stands behind the model."""

    what: str
    asked: Any
    behind: list[float]
    outside: bool
    words: str


@dataclass(frozen=True)
class UserDataEstimate(ParameterRow):
    """`fit --data`: a number fitted to one's own rows, with its mode (spreads of studies have none)."""

    mode: Number


@dataclass(frozen=True)
class ProfilePoint:
    """`profiles` of `fit --data`: how far half the objective rises with a number there, the others moved along to first order."""

    parameter: str
    value: float
    rise: float


@dataclass(frozen=True)
class PredictiveRow:
    """`predictive` of `fit --data`: a row beside what the posterior would show again, measurement and study in it."""

    row: str
    arm: str
    endpoint: str
    months: float
    unit: str
    value: float
    predicted: float
    lo90: float
    hi90: float
    inside: bool


@dataclass(frozen=True)
class UserDataSummary:
    """`summary` of `fit --data`."""

    effective_draws: Number
    max_rhat: Number
    pareto_k: Number
    parameters: int
    rows: int
    trials: int
    draws: int


@dataclass(frozen=True)
class PosteriorSummary:
    """`posterior`: how far a posterior can be trusted. effective_draws: smallest bulk or tail ESS; pareto_k: largest PSIS-LOO k over trials"""

    effective_draws: Number
    max_rhat: Number
    pareto_k: Number
    share_k_below_limit: float
    parameters: int
    rows: int
    trials: int
    draws: int
    chains: int
    acceptance: Number
    minutes: float
    effective_draws_per_hour: Number
    data_hash: str
    meets_targets: bool
