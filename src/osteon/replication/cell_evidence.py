"""Cells beside what was published: kinetics, harms, effects on bone, the review's experiments; each row in its role.

Rows come from three places. Kinetics and harms: `cell_kinetics` (rows of cells.csv). Effects on bone: data/cell_effects.toml.
The experiments of the review's Table 1: their findings. A finding that repeats an edge which was typed in, or a bound that the
model was given, is `entailed`: shown, and never counted as evidence.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from osteon.additions import cached
from osteon.errors import OsteonError
from osteon.inputs.scenario import read_scenario
from osteon.replication import cell_kinetics
from osteon.replication.effect_rows import EffectRow, between_studies, direction_of
from osteon.replication.experiments import (
    DRAWS,
    Experiment,
    Finding,
    experiment_ids,
    load_experiment,
    run_experiment,
)
from osteon.simulation.animal_trajectories import animal_trajectory
from osteon.streams import normal

Array = NDArray[np.float64]
SEED = 1
TYPED_IN = (
    ("Thompson 2020", "fever"),
    ("Thompson 2020", "infection"),
    ("Thompson 2020", "thrombotic"),
    ("Thompson 2020", "malignancy"),
    ("Sanabria 2021", ""),
    ("Sanghani-Kerai 2018", ""),
)  # rows of cells.csv that the model was given as they stand


def cell_rows(draws: int = DRAWS, seed: int = SEED) -> tuple[EffectRow, ...]:
    """Every row: kinetics and harms, effects on bone, findings of experiments."""
    return (*kinetic_rows(), *effect_rows(draws, seed), *experiment_rows(draws, seed))


# ---- kinetics and harms ------------------------------------------------------------------------------------------------


@cached
def kinetic_rows() -> tuple[EffectRow, ...]:
    """Where cells go, how long they live, what they risk."""
    return tuple(_kinetic(r) for r in cell_kinetics.table())


def _kinetic(row: cell_kinetics.Row) -> EffectRow:
    told = any(row.study.startswith(s) and row.what.startswith(w) for s, w in TYPED_IN)
    low, high = _ends(row.published)
    value = _plain(row.published)
    return EffectRow(
        id=f"cells.csv:{row.row}", study=row.study, species=_species(row.row), intervention="kinetics or harm",
        endpoint=row.what, contrast="", days=None, role="entailed" if told else row.role, published=value,
        published_lo=low, published_hi=high, expected="", simulated=row.typical, lo90=row.low, hi90=row.high,
        unit=row.unit, direction="", inside=row.inside, reason="", note=f"published: {row.published}",
    )  # fmt: skip


def _species(line: int) -> str:
    """Species of a row of cells.csv in one word; what was looked at outside a body is a dish."""
    word = re.split(r"[ ,;(]", _cells()[line - 2]["species"].strip())[0]
    return word if word in ("mouse", "rat", "rabbit", "dog", "human") else "dish"


@cached
def _cells() -> list[dict[str, str]]:
    import csv

    with (files("osteon") / "data" / "cells.csv").open(encoding="utf-8") as f:
        return list(csv.DictReader(f))


def _plain(text: str) -> float | None:
    """The number that a published text begins with, where it is one number.

    >>> _plain("0.92 fraction"), _plain("27.0-33.5 %"), _plain("<1000 cells")
    (0.92, None, None)
    """
    first = text.split(" ")[0]
    return float(first) if re.fullmatch(r"[+-]?\d+(\.\d+)?(e[+-]?\d+)?", first) else None


def _ends(text: str) -> tuple[float | None, float | None]:
    """Ends of a published range or bound.

    >>> _ends("27.0-33.5 %"), _ends("<1000 cells")
    ((27.0, 33.5), (None, 1000.0))
    """
    if found := re.match(r"(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)(?: |$)", text):
        return float(found[1]), float(found[2])
    if found := re.match(r"<(\d+(?:\.\d+)?)(?: |$)", text):
        return None, float(found[1])
    return None, None


# ---- effects on bone ---------------------------------------------------------------------------------------------------


@cached(last=4)
def effect_rows(draws: int = DRAWS, seed: int = SEED) -> tuple[EffectRow, ...]:
    """Effects of cells on bone of animals, in the order of data/cell_effects.toml."""
    return tuple(_effect(e, draws, seed) for e in effects())


@cached
def effects() -> tuple[Mapping[str, Any], ...]:
    """The table of effects."""
    text = (files("osteon") / "data" / "cell_effects.toml").read_text(encoding="utf-8")
    return tuple(tomllib.loads(text)["effect"])


def percent_of(effect: Mapping[str, Any]) -> tuple[float | None, float | None, float | None]:
    """Published percent and its interval; None where there is none.

    >>> percent_of({"smd": 1.0, "smd_lo": 0.0, "smd_hi": 2.0, "cv": 0.1})[1:]
    (0.0, 22.140275816016985)
    """
    if "smd" in effect:
        value, low, high = (100 * math.expm1(effect[k] * effect["cv"]) for k in ("smd", "smd_lo", "smd_hi"))
        return value, low, high
    return effect.get("value"), effect.get("lo"), effect.get("hi")


def _effect(effect: Mapping[str, Any], draws: int, seed: int) -> EffectRow:
    value, published_low, published_high = percent_of(effect)
    ratio, reason = None, ""
    try:
        ratio = _ratio(effect, draws, seed)
    except OsteonError as error:
        reason = str(error)
    typical = low = high = inside = None
    direction = ""
    if ratio is not None:
        noise = between_studies(effect["endpoint"]) * normal(SEED, np.arange(1, len(ratio)), f"study:{effect['study']}")
        low, high = (float(100 * (x - 1)) for x in np.nanquantile(ratio[1:] * np.exp(noise), [0.05, 0.95]))
        typical, direction = float(100 * (ratio[0] - 1)), direction_of(float(ratio[0]), effect["endpoint"])
        inside = direction == effect["expect"] if value is None else low <= value <= high
    given = effect["cells"]
    return EffectRow(
        id=effect["id"], study=effect["study"], species=effect["animal"]["species"],
        intervention=f"{given['source']} {given.get('product', 'cells')} {given['route']}", endpoint=effect["endpoint"],
        contrast=f"percent_vs_{effect['contrast']}" if value is not None else f"direction_vs_{effect['contrast']}",
        days=7 * effect["weeks"], role=effect["role"], published=value, published_lo=published_low,
        published_hi=published_high, expected=effect.get("expect", ""), simulated=typical, lo90=low, hi90=high,
        unit="percent", direction=direction, inside=inside, reason=reason, note=effect.get("note", ""),
    )  # fmt: skip


def _ratio(effect: Mapping[str, Any], draws: int, seed: int) -> Array:
    treated = _end(effect, dict(effect["animal"]), [effect["cells"]], draws, seed)
    other = dict(effect["animal"])
    if effect["contrast"] == "sham":
        other = {k: v for k, v in other.items() if k != "condition_from"} | {"condition": "intact"}
    given = [effect["other"]] if effect["contrast"] == "other" else []
    return treated / np.maximum(_end(effect, other, given, draws, seed), 1e-12)


def _end(effect: Mapping[str, Any], animal: dict[str, Any], cells: list[Any], draws: int, seed: int) -> Array:
    end = f"{7 * effect['weeks']:g} days"
    output = {"end": end, "at": ["0 days", end], "of": [effect["endpoint"]]}
    got = animal_trajectory(
        read_scenario({"format": 1, "animal": animal, "cells": cells, "output": output}), draws, seed
    )
    return np.asarray(got.values[effect["endpoint"]][:, -1])


# ---- the review's experiments ------------------------------------------------------------------------------------------


@cached(last=4)
def experiment_rows(draws: int = DRAWS, seed: int = SEED) -> tuple[EffectRow, ...]:
    """Findings of the review's Table 1."""
    found: list[EffectRow] = []
    for id in experiment_ids():
        experiment = load_experiment(id)
        try:
            findings = run_experiment(experiment, draws, seed)
        except OsteonError as error:
            found += [_not_run(experiment, str(error))]
            continue
        found += [_finding(experiment, f, i) for i, f in enumerate(findings, 1)]
    return tuple(found)


def _finding(experiment: Experiment, finding: Finding, place: int) -> EffectRow:
    look = finding.look
    basis = look.basis or experiment.basis
    role = {"entailed": "entailed", "fitted": "calibrate"}.get(basis, "holdout")
    fold = look.unit == "1" and bool(look.against)

    def scale(x: float) -> float:
        return 100 * (x - 1) if fold else x

    return EffectRow(
        id=f"{experiment.id}.{place}", study=experiment.study, species=_host(experiment, look.of),
        intervention="experiment", endpoint=look.words, contrast=f"{look.of} against {look.against}".removesuffix(" against "),
        days=look.day, role=role, published=None, published_lo=None, published_hi=None, expected=look.expect,
        simulated=scale(finding.typical), lo90=scale(finding.low), hi90=scale(finding.high),
        unit="percent" if fold else look.unit, direction="", inside=finding.holds, reason="", note=f"basis: {basis}",
    )  # fmt: skip


def _host(experiment: Experiment, arm: str) -> str:
    scenario = experiment.scenarios.get(arm)
    return scenario.animal.species if scenario is not None and scenario.animal is not None else "dish"


def _not_run(experiment: Experiment, reason: str) -> EffectRow:
    return EffectRow(
        id=experiment.id, study=experiment.study, species="", intervention="experiment", endpoint="", contrast="",
        days=None, role="entailed", published=None, published_lo=None, published_hi=None, expected="", simulated=None,
        lo90=None, hi90=None, unit="", direction="", inside=None, reason=reason, note="",
    )  # fmt: skip
