"""Rows of a scorecard of effects: what was published, what is simulated, in which role, and how many rows do well."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

MIN_CHANGE = {
    "bmd": 0.02
}  # share by which an arm must differ to be up or down; others: USUAL_MIN_CHANGE.  Source: assumed
USUAL_MIN_CHANGE = 0.05
BETWEEN_STUDIES = {"bmd": 0.05, "bvtv": 0.25}  # log-SD of a ratio between studies of one design.  Source: assumed
USUAL_BETWEEN = 0.35  # of markers, cells and rates.  Source: assumed
DIRECTIONS = {1.0: "up", 0.0: "same", -1.0: "down"}
EFFECT_ROWS_ROLES = (
    "calibrate",
    "holdout",
    "entailed",
)  # entailed: typed into the model, so no evidence for it; never counted


@dataclass(frozen=True)
class EffectRow:
    """A published effect beside its simulation.

    published, simulated, lo90, hi90 : in `unit`; published is None where the source gives a direction alone
    expected, direction : up, same or down, published and simulated (typical animal)
    inside : the published figure lies in the interval, or the direction is met; None where nothing was run (`reason`)
    """

    id: str
    study: str
    species: str
    intervention: str
    endpoint: str
    contrast: str
    days: float | None
    role: str
    published: float | None
    published_lo: float | None
    published_hi: float | None
    expected: str
    simulated: float | None
    lo90: float | None
    hi90: float | None
    unit: str
    direction: str
    inside: bool | None
    reason: str
    note: str

    def row(self) -> dict[str, Any]:
        """As a row of JSON."""
        return asdict(self)


def direction_of(ratio: float, output: str) -> str:
    """up, same or down.

    >>> direction_of(1.03, "bmd_lumbar_spine"), direction_of(1.03, "ctx")
    ('up', 'same')
    """
    least = 1 + MIN_CHANGE.get(output.partition("_")[0], USUAL_MIN_CHANGE)
    return "up" if ratio > least else "down" if ratio < 1 / least else "same"


def between_studies(output: str) -> float:
    """How far two studies of one design differ in the log of a ratio."""
    return BETWEEN_STUDIES.get(output.partition("_")[0], USUAL_BETWEEN)


@dataclass(frozen=True)
class EffectSummary:
    """How rows of one kind did.

    figures, inside : rows with a published number, and of them those in the 90 % interval; directions, right : the others
    error, error_no_effect, error_class_mean : mean absolute log error of the model, of "no effect", and of the mean of the
        other studies of the same class and endpoint; None without percentages
    """

    what: str
    rows: int
    figures: int
    inside: int
    directions: int
    right: int
    error: float | None
    error_no_effect: float | None
    error_class_mean: float | None
    skill_no_effect: float | None
    skill_class_mean: float | None

    def row(self) -> dict[str, Any]:
        """As a row of JSON."""
        return asdict(self)


def summaries(rows: Sequence[EffectRow]) -> tuple[EffectSummary, ...]:
    """By role, then by species, then by what was given. Entailed rows are not counted."""
    kept = [r for r in rows if r.role != "entailed"]
    kinds = [(f"{r}", [x for x in kept if x.role == r]) for r in ("calibrate", "holdout")]
    kinds += [(s, [x for x in kept if x.species == s]) for s in dict.fromkeys(x.species for x in kept)]
    kinds += [(d, [x for x in kept if x.intervention == d]) for d in dict.fromkeys(x.intervention for x in kept)]
    return tuple(_summary(what, some, kept) for what, some in kinds if some)


def _summary(what: str, rows: Sequence[EffectRow], every: Sequence[EffectRow]) -> EffectSummary:
    run = [r for r in rows if r.inside is not None]
    figures = [r for r in run if not r.expected]
    directions = [r for r in run if r.expected]
    ratios = [r for r in figures if r.unit == "percent" and r.published is not None]
    error = _mean([abs(_log(r.simulated) - _log(r.published)) for r in ratios])
    nothing = _mean([abs(_log(r.published)) for r in ratios])
    with_class = [(r, m) for r in ratios if (m := _class_mean(r, every)) is not None]
    of_class = _mean([abs(m - _log(r.published)) for r, m in with_class])
    same_rows = _mean([abs(_log(r.simulated) - _log(r.published)) for r, _ in with_class])
    return EffectSummary(
        what=what, rows=len(rows), figures=len(figures), inside=sum(bool(r.inside) for r in figures),
        directions=len(directions), right=sum(bool(r.inside) for r in directions), error=error, error_no_effect=nothing,
        error_class_mean=of_class, skill_no_effect=_skill(error, nothing), skill_class_mean=_skill(same_rows, of_class),
    )  # fmt: skip


def _class_mean(row: EffectRow, every: Sequence[EffectRow]) -> float | None:
    """Mean log ratio of other studies of the same intervention, contrast and kind of endpoint; None without one."""
    kind = row.endpoint.partition("_")[0]
    logs = [
        _log(r.published)
        for r in every
        if r.published is not None
        and r.unit == "percent"
        and r.study != row.study
        and (r.intervention, r.contrast, r.endpoint.partition("_")[0]) == (row.intervention, row.contrast, kind)
    ]
    return _mean(logs)


def _skill(error: float | None, other: float | None) -> float | None:
    return None if error is None or not other else 1 - error / other


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _log(percent: float | None) -> float:
    return math.log(max(1 + (percent or 0.0) / 100, 0.01))
