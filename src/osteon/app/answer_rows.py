"""The rows of every `--json` answer, a record a kind of row: what stands in them, in which unit, and what may be absent.

A key that is not in a row is not known of it; one that may be `None` could not be computed, and another key says why.
Months count from month 0; `lo`, `hi` and `lo90`, `hi90` are ends of intervals.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field, RootModel

from osteon.inference.cell_kinetics import KineticEstimate
from osteon.inference.evidence_synthesis import Synthesis
from osteon.simulation.dish_file import DishRow, PotencyUpdate
from osteon.simulation.dose_ledger import DoseRecord
from osteon.simulation.product_release import Criterion
from osteon.trial.first_in_human import FirstInHumanPlan, Level

Number = float | None


@dataclass(frozen=True)
class FileCheck:
    """`validate`: a file that can be read.   unsupported : features that this version cannot run"""

    file: str
    kind: str
    ok: bool
    unsupported: list[str]


@dataclass(frozen=True)
class PlanLine:
    """`simulate --plan`: a line of the timeline."""

    line: str


@dataclass(frozen=True)
class DoseRow(DoseRecord):
    """The ledger of doses: requested = given + skipped + held + cancelled + beyond_horizon; amounts in `unit`.

    arm, words : of a study
    """

    arm: str | None = None
    words: str | None = None


@dataclass(frozen=True)
class EndpointRow:
    """`run`, `resume`, `join`: an endpoint in an arm at a visit; its comparison with `compare` where the study asks for one.

    mean, lo, hi : in the form `as`; expected_… : without the chance of who was drawn; uncertainty_sd, sampling_sd : parts
    results_… : over the trials of a study with several; shown : whether the interval clears the margin of the hypothesis
    """

    endpoint: str
    visit_months: float
    as_: Annotated[str, Field(alias="as")]
    arm: str
    n: int
    observed: int
    mean: Number
    lo: Number
    hi: Number
    alpha: float
    evidence: str
    trials: int
    parameter_draws: int
    interval_levels: str
    sd: Number = None
    events: int | None = None
    expected: Number = None
    replicate: int | None = None
    compare: str | None = None
    difference: Number = None
    difference_lo: Number = None
    difference_hi: Number = None
    se: Number = None
    ratio: Number = None
    ratio_lo: Number = None
    ratio_hi: Number = None
    p: Number = None
    analysis: str | None = None
    expected_difference: Number = None
    expected_ratio: Number = None
    expected_events: Number = None
    uncertainty_sd: Number = None
    sampling_sd: Number = None
    uncertainty_share: Number = None
    prediction_lo: Number = None
    prediction_hi: Number = None
    prediction_levels: str | None = None
    power: Number = None
    assurance: Number = None
    patients_needed_90: int | None = None
    events_needed_90: Number = None
    significant: Number = None
    results_sd: Number = None
    results_lo: Number = None
    results_hi: Number = None
    results_levels: str | None = None
    responders: int | None = None
    responders_comparator: int | None = None
    number_needed_to_treat: str | None = None
    hypothesis: str | None = None
    margin: Number = None
    shown: bool | None = None
    estimand: str | None = None
    missing: str | None = None
    covariates: tuple[str, ...] = ()
    variance_left: Number = None
    power_without_forecast: Number = None
    patients_needed_90_without_forecast: int | None = None
    looks: tuple[dict[str, Any], ...] = ()
    looks_of: str | None = None
    spending: str | None = None
    power_sequential: Number = None
    expected_information: Number = None


@dataclass(frozen=True)
class FolderHash:
    """`hash`: of a run, and what computed it."""

    folder: str
    hash: str
    cpu_class: str
    fingerprint: str


@dataclass(frozen=True)
class VerifiedFile:
    """`verify`: a file of a run; the last row also says what computed the run."""

    file: str
    ok: bool
    cpu_class: str | None = None
    fingerprint: str | None = None


@dataclass(frozen=True)
class WrittenFile:
    """`page`, `export --out`: a file that was written."""

    file: str
    bytes: int | None = None
    characters: int | None = None
    model: str | None = None


@dataclass(frozen=True)
class ModelText:
    """`export`: the model in another language."""

    form: str
    text: str


@dataclass(frozen=True)
class FittedRow:
    """`fit`: a fitted value, which share of it the data know, and its shift from the shipped fit in posterior SD."""

    parameter: str
    value: float
    known_from_data: float
    shift_sd: Number


@dataclass(frozen=True)
class FaultRow:
    """`errors` of every answer: what is wrong, where, what is allowed, the nearest right answer."""

    code: str
    place: str
    value: Any
    allowed: str
    hint: str
    message: str


@dataclass(frozen=True)
class CriterionRow(Criterion):
    """`release`: a criterion with its limit, its standard and what was measured."""


@dataclass(frozen=True)
class PotencyRow(PotencyUpdate):
    """`release`: what a potency assay says of how osteogenic the lot is."""


@dataclass(frozen=True)
class CultureRow(DishRow):
    """`culture`: an output of a dish on its last day, and against another."""


@dataclass(frozen=True)
class LevelRow(Level):
    """`first-in-human`: a dose level with its margins.   part : "level"; the whole plan stands under `plan`"""

    part: str = "level"


@dataclass(frozen=True)
class FirstInHumanRow(FirstInHumanPlan):
    """`first-in-human`: the whole plan, as in plan.json."""


@dataclass(frozen=True)
class KineticRow(KineticEstimate):
    """`fit --what kinetics`: a parameter after the data, beside its prior."""


@dataclass(frozen=True)
class SynthesisRow(Synthesis):
    """`synthesis`: what trials of cells say of an endpoint in a condition."""


@dataclass(frozen=True)
class AnalysedRow(EndpointRow):
    """`analyse`: as a row of `run`, with what the plan adds."""

    p_adjusted: Number = None
    multiplicity: str | None = None


class Card(RootModel[dict[str, Any]]):
    """`show`: what is known of a name; which keys it has follows from what the name stands for."""


class Schema(RootModel[dict[str, Any]]):
    """`schema`: a JSON Schema."""
