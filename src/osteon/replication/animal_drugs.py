"""Drugs in animals beside what was published: each comparison simulated with its own untreated and intact animals.

The interval of a row is predictive: parameters of the model, exposure and potency of a dose in that species, and how far two
studies of one thing differ (BETWEEN_STUDIES). Arms of a row share their draws.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from osteon.additions import cached
from osteon.errors import OsteonError
from osteon.evidence.animal_effects import AnimalEffect, load_animal_effects
from osteon.inputs.scenario import read_scenario
from osteon.replication.effect_rows import DIRECTIONS, EffectRow, between_studies, direction_of
from osteon.simulation.animal_trajectories import animal_trajectory
from osteon.streams import normal

Array = NDArray[np.float64]
ANIMAL_DRUGS_DRAWS, SEED = 40, 1
GAPS = ("weight", "delay_weeks", "every_days", "stop_week")  # numbers that a design may lack


def animal_rows(
    draws: int = ANIMAL_DRUGS_DRAWS, seed: int = SEED, species: Iterable[str] = ()
) -> tuple[EffectRow, ...]:
    """Every comparison, in the order of the file.   species : only these; all where none is named"""
    kept = set(species)
    return tuple(scored(e, draws, seed) for e in load_animal_effects() if not kept or e.species in kept)


def scored(effect: AnimalEffect, draws: int = ANIMAL_DRUGS_DRAWS, seed: int = SEED) -> EffectRow:
    """One comparison beside its simulation."""
    try:
        ratio = _ratio(effect, draws, seed)
    except OsteonError as error:
        return _made(effect, None, str(error))
    return _made(effect, ratio, "")


def _ratio(effect: AnimalEffect, draws: int, seed: int) -> Array:
    """(draws + 1,) of what the arm shows over what it is held against; member 0 is typical."""
    treated = _arm(effect, effect.drug, effect.condition, draws, seed)
    against = effect.contrast.partition("_vs_")[2]
    if against == "baseline":
        return np.asarray(treated[1] / treated[0])
    condition = "intact" if against == "sham" else effect.condition
    other = _arm(effect, "", condition, draws, seed)
    return np.asarray(treated[1] / np.maximum(other[1], 1e-12))


def _arm(effect: AnimalEffect, drug: str, condition: str, draws: int, seed: int) -> Array:
    e = replace(effect, id="", row="", study="", contrast="", value=0.0, lo=0.0, hi=0.0, role="", note="")
    e = replace(e, drug=drug, condition=condition)
    if not drug:
        e = replace(e, dose="", route="", every_days=0.0, stop_week=0.0)
    if condition == "intact":
        e = replace(e, delay_weeks=0.0)
    return _simulated(without_gaps(e), draws, seed)


def without_gaps(effect: AnimalEffect) -> AnimalEffect:
    """The same with 0 for what does not stand in the file, so that equal designs are equal."""
    each = {k: 0.0 if math.isnan(getattr(effect, k)) else getattr(effect, k) for k in GAPS}
    return replace(
        effect,
        weight=each["weight"],
        delay_weeks=each["delay_weeks"],
        every_days=each["every_days"],
        stop_week=each["stop_week"],
    )


@cached(last=512)
def _simulated(effect: AnimalEffect, draws: int, seed: int) -> Array:
    """(2, draws + 1) of the output on day 0 and at the end."""
    got = animal_trajectory(read_scenario(table_of(effect)), draws, seed)
    values = got.values[effect.output]
    place = int(np.searchsorted(got.days, 0.0))
    return np.stack([values[:, place], values[:, -1]])


def table_of(effect: AnimalEffect) -> dict[str, Any]:
    """The arm of a comparison as a scenario file would write it."""
    effect = without_gaps(effect)
    animal: dict[str, Any] = {"species": effect.species, "sex": effect.sex, "condition": effect.condition}
    animal["age"] = f"{7 * effect.age_weeks + 7 * effect.delay_weeks:g} days"
    if effect.strain:
        animal["strain"] = effect.strain
    if effect.weight:
        animal["weight"] = f"{effect.weight:g} kg"
    if effect.condition != "intact":
        animal["condition_from"] = f"{-7 * effect.delay_weeks:g} days"
    end = f"{7 * effect.weeks:g} days"
    table = {"format": 1, "animal": animal, "output": {"end": end, "at": ["0 days", end], "of": [effect.output]}}
    if effect.drug:
        row: dict[str, Any] = {"drug": effect.drug, "dose": effect.dose, "route": effect.route}
        if effect.every_days:
            row["every"] = f"{effect.every_days:g} days"
        if effect.stop_week:
            row["until"] = f"{7 * effect.stop_week:g} days"
        table["regimen"] = [row]
    return table


def _made(effect: AnimalEffect, ratio: Array | None, reason: str) -> EffectRow:
    numeric = effect.contrast.startswith("percent")
    low = high = typical = None
    inside: bool | None = None
    direction = ""
    expected = "" if numeric else DIRECTIONS[effect.value]
    if ratio is not None:
        typical = float(100 * (ratio[0] - 1))
        noisy = ratio[1:] * np.exp(
            between_studies(effect.output) * normal(SEED, np.arange(1, len(ratio)), f"study:{effect.study}")
        )
        low, high = (float(100 * (x - 1)) for x in np.nanquantile(noisy, [0.05, 0.95]))
        direction = direction_of(float(ratio[0]), effect.output)
        inside = low <= effect.value <= high if numeric else direction == expected
    return EffectRow(
        id=effect.id, study=effect.study, species=effect.species, intervention=effect.drug or "none", endpoint=effect.output,
        contrast=effect.contrast, days=7 * effect.weeks, role=effect.role, published=effect.value if numeric else None,
        published_lo=_finite(effect.lo), published_hi=_finite(effect.hi), expected=expected, simulated=typical, lo90=low,
        hi90=high, unit="percent", direction=direction, inside=inside, reason=reason, note=effect.note,
    )  # fmt: skip


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


MIN_EFFECT = 0.02  # log ratio below which a published or simulated effect says nothing of its size.  Source: assumed


@dataclass(frozen=True)
class BridgeRow:
    """What a drug does in women over what it does in a species, at the driver: the model holds the potency of women.

    ratio : simulated over published log effect, geometric mean of `rows` figures of the role calibrate
    """

    drug: str
    species: str
    rows: int
    ratio: float

    def row(self) -> dict[str, Any]:
        """As a row of JSON."""
        return asdict(self)


def bridge(rows: Sequence[EffectRow]) -> tuple[BridgeRow, ...]:
    """Drugs of which figures against untreated animals, or against their own day 0, can be compared; in order of the rows."""
    logs: dict[tuple[str, str], list[float]] = {}
    for r in rows:
        if r.role != "calibrate" or r.intervention == "none" or r.published is None or r.simulated is None:
            continue
        if r.contrast not in ("percent_vs_untreated", "percent_vs_baseline"):
            continue
        seen, made = math.log1p(r.published / 100), math.log1p(max(r.simulated, -99.0) / 100)
        if min(abs(seen), abs(made)) >= MIN_EFFECT and seen * made > 0:
            logs.setdefault((r.intervention, r.species), []).append(math.log(made / seen))
    return tuple(BridgeRow(d, s, len(v), math.exp(sum(v) / len(v))) for (d, s), v in logs.items())


def bridge_spread(found: Sequence[BridgeRow]) -> tuple[float, float]:
    """Geometric mean and log-SD over drugs and species; NaN for fewer than two."""
    logs = np.log([b.ratio for b in found])
    return (float(np.exp(logs.mean())), float(logs.std(ddof=1))) if len(logs) > 1 else (math.nan, math.nan)
