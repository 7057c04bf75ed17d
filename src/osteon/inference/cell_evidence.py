"""Evidence on cells as likelihoods: published effects in animals and measured kinetics, each with how far it is to be trusted.

A published effect is held against the model on the log scale of a ratio: own error, spread between studies (its size is
sampled), uncertainty of the host, a dose that may be off where it was assumed, and the share of an effect that small studies
add. A direction is a chance to see it. A measured figure of kinetics is a figure with its error, or a bound. Rows whose role
is holdout, and entailed ones, are predicted and never weighed.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from osteon.additions import cached
from osteon.cells.action import SYSTEMIC
from osteon.cells.hazards import HAZARDS_LETHAL, LETHAL_GSD, half_diameter
from osteon.cells.immune import IMMUNE
from osteon.cells.kinetics import SHARED
from osteon.cells.posterior import imposed
from osteon.cells.translation import small_study_share_at
from osteon.engine import simulate
from osteon.engine.simulate import initial_states, parameter_matrix
from osteon.inputs.scenario import Scenario, read_scenario
from osteon.replication.cell_evidence import effects, percent_of
from osteon.replication.effect_rows import between_studies
from osteon.simulation.animal import animal_case
from osteon.simulation.arm import ArmCase
from osteon.simulation.cell_products import cell_doses, cell_product_draws, drawn_parameter

Array = NDArray[np.float64]
GRADES = {"a": (1.0, 0.02), "b": (1.0, 0.05), "c": (1.5, 0.1), "d": (2.0, 0.2)}  # times spread between studies; chance
# that a direction is a coin's throw.  Source: assumed
SPREAD_OF_ANIMALS = {"bmd": 0.07, "bvtv": 0.25}  # log-SD between animals of an arm.  Source: assumed
USUAL_SPREAD = 0.35  # of markers, modulus and rates.  Source: assumed
USUAL_ARM = 8  # animals; what a small study is, for `small_study_share`.  Source: assumed
SPREAD_SD = 0.3  # log-SD of the prior of how far studies differ, against what the scorecards assume.  Source: assumed
HOST_DRAWS = 32
WIDER = 2.0  # prior SD of places of parameters whose own prior was made from rows that are weighed here
FROM_ROWS = ("k_cell_loss", "organ_arrest", "lung_arrest", "k_debris", "bone_marrow:hazard", "adipose:hazard")
SHARED_EFFECTS = (
    "umbilical_cord:secretome", "umbilical_cord:osteogenic", "adipose:secretome", "adipose:osteogenic",
    "bone_marrow:osteogenic", "bone_marrow:hazard", "adipose:hazard",
)  # fmt: skip
UNMOVED = ("marrow_flow", "marrow_extraction")  # stand with others in one product
FLOOR = 1e-12


@dataclass(frozen=True)
class EvidenceRow:
    """A row of evidence. y, sd: on the scale of the model's prediction (log ratio, or that of its law); None for a direction.

    expect : up, down or same, for directions; upper : y is a bound from above; grade : a to d, see data/cell_effects.toml
    """

    id: str
    study: str
    species: str
    endpoint: str
    role: str
    grade: str
    y: float | None
    sd: float
    expect: str = ""
    upper: bool = False
    per_arm: int = USUAL_ARM
    spread: float = 0.0


@dataclass(frozen=True)
class Measure:
    """A measured figure of kinetics or harm, and what the model says of it.   law : parameter values -> (n,)"""

    row: EvidenceRow
    law: Callable[[Mapping[str, Array]], Array]


# ---- parameters --------------------------------------------------------------------------------------------------------


@cached
def sampled_parameters() -> dict[str, float]:
    """Names of sampled places, with the SD of their prior."""
    shared = [
        p.name
        for m in (SHARED, SYSTEMIC, IMMUNE)
        for p in m.parameters
        if p.uncertainty is not None and p.name not in UNMOVED
    ]
    doses = [f"dose:{e['study']}" for e in effects() if e.get("dose_fold", 1) > 1]
    names = [*shared, *SHARED_EFFECTS, "small_study_share", "study_spread", *dict.fromkeys(doses)]
    return {n: WIDER if n in FROM_ROWS else 1.0 for n in names}


def parameter_values(places: Mapping[str, Array]) -> dict[str, Array]:
    """Values of the shared parameters at places, (n,) each."""
    n = len(next(iter(places.values())))
    with imposed(places):
        return {p.name: drawn_parameter(p, np.arange(n), 1) for m in (SHARED, SYSTEMIC, IMMUNE) for p in m.parameters}


# ---- kinetics and harms ------------------------------------------------------------------------------------------------


def _stays(v: Mapping[str, Array], days: float) -> Array:
    """Share of cells put into bone that lives there after some days."""
    stay = v["resident_share"]
    return (1 - stay) * np.exp(-days * v["k_cell_loss"]) + stay * np.exp(-days * v["k_resident_loss"])


def _measure(
    line: str,
    study: str,
    species: str,
    endpoint: str,
    y: float,
    sd: float,
    law: Callable[..., Array],
    upper: bool = False,
) -> Measure:
    return Measure(
        EvidenceRow(f"cells.csv:{line}", study, species, endpoint, "calibrate", "b", y, sd, upper=upper), law
    )


def _log(law: Callable[[Mapping[str, Array]], Array]) -> Callable[[Mapping[str, Array]], Array]:
    return lambda v: np.log(np.maximum(law(v), FLOOR))


def _logit(name: str) -> Callable[[Mapping[str, Array]], Array]:
    return lambda v: np.log(v[name] / (1 - v[name]))


MEASURES = (
    _measure("6", "Toma 2009", "rat", "first-pass arrest, logit", 2.44, 1.0, _logit("organ_arrest")),
    _measure("7", "Toma 2009", "rat", "left after 72 h, log", math.log(0.14), 0.4, _log(lambda v: v["organ_arrest"] * np.exp(-3 * v["k_cell_loss"]))),
    _measure("14", "Lee 2009", "mouse", "half-life in the lung in days, log", 0.0, 0.35, _log(lambda v: math.log(2) / v["k_cell_loss"])),
    _measure("15", "Lee 2009", "mouse", "share outside the lung, log, bound", math.log(2e-3), 0.5, _log(lambda v: 1 - v["lung_arrest"] + v["release_share"]), True),
    _measure("17", "Lee 2009", "mouse", "share released alive, log, bound", math.log(5.3e-3), 0.5, _log(lambda v: v["release_share"]), True),
    _measure("22", "Fischer 2009", "rat", "share that passes the lung, log, bound", math.log(0.033), 0.5, _log(lambda v: 1 - v["lung_arrest"]), True),
    _measure("28", "Gholamrezanezhad 2011", "human", "label of the lung, 10 days against the first, log", math.log(3.3 / 30), 0.5, _log(lambda v: np.exp(-10 * v["k_debris"]))),
    _measure("34", "Huang 2015 [124]", "mouse", "alive at the fracture after 13 days, log", math.log(2e-3), 1.0, _log(lambda v: _stays(v, 13.0))),
    _measure("35", "Huang 2015 [124]", "mouse", "alive in the lung after 8.5 days, log", math.log(2e-3), 1.0, _log(lambda v: np.exp(-8.5 * v["k_cell_loss"]))),
    _measure("36", "Huang 2015 [124]", "mouse", "left at the fracture after 5 weeks, log, bound", math.log(0.03), 0.5, _log(lambda v: _stays(v, 35.0)), True),
    _measure("55", "rabbit intramedullary study", "rabbit", "alive in the metaphysis after 4 weeks, log", math.log(3.5e-4), 0.9, _log(lambda v: _stays(v, 28.0))),
    _measure("56", "rabbit intramedullary study", "rabbit", "alive in the shaft after 4 weeks, log", math.log(3e-3), 1.2, _log(lambda v: _stays(v, 28.0))),
    _measure("92-94", "Ge 2014", "rat", "diameter of half of infarcts, log um", math.log(20.6), 0.12, lambda v: np.log(half_diameter(v["bone_marrow:hazard"]))),
    _measure("101", "Kwon 2024", "mouse", "dose lethal to half, log cells/kg", math.log(HAZARDS_LETHAL), 0.42, lambda v: math.log(HAZARDS_LETHAL) + math.log(LETHAL_GSD) * v["adipose:hazard"]),
    _measure("li2016, trim and fill", "Li 2016", "rat", "share of the effect left after trim and fill", 1.24 / 1.29, 0.36, lambda v: small_study_share_at(ndtr(v["small_study_share"]))),
)  # fmt: skip


# ---- effects on bone ---------------------------------------------------------------------------------------------------


@cached
def effect_rows() -> tuple[EvidenceRow, ...]:
    """Every published effect as a row of evidence, in the order of data/cell_effects.toml."""
    return tuple(_row(e) for e in effects())


def _row(e: Mapping[str, Any]) -> EvidenceRow:
    kind = e["endpoint"].partition("_")[0]
    spread = float(e.get("cv", SPREAD_OF_ANIMALS.get(kind, USUAL_SPREAD)))
    value, low, high = percent_of(e)
    n = int(e.get("per_arm", USUAL_ARM))
    sd = spread * math.sqrt(2 / n)
    if low is not None and high is not None:
        sd = math.log((1 + high / 100) / (1 + low / 100)) / 3.92
    return EvidenceRow(
        e["id"], e["study"], e["animal"]["species"], e["endpoint"], e["role"], e.get("grade", "c"),
        None if value is None else math.log1p(value / 100), sd, "" if value is not None else e["expect"], False, n, spread,
    )  # fmt: skip


@cached
def evidence_rows() -> tuple[EvidenceRow, ...]:
    """Kinetics and harms, then effects on bone."""
    return (*(m.row for m in MEASURES), *effect_rows())


def evidence_key() -> str:
    """Hash of everything that is weighed: rows, priors, and how they are weighed."""
    rows = [r.__dict__ for r in evidence_rows()]
    priors = [repr(p) for m in (SHARED, SYSTEMIC, IMMUNE) for p in m.parameters]
    text = json.dumps(
        [rows, [dict(e) for e in effects()], priors, sampled_parameters(), GRADES], default=str, sort_keys=True
    )
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def predictions(places: Mapping[str, Array]) -> Array:
    """What the model says of every row at places, (n, rows), on the scales of the rows.   NaN where an animal failed"""
    share = small_study_share_at(ndtr(places["small_study_share"]))
    columns = list(measured(places).T)
    columns += [_predicted(e, r, places, share) for e, r in zip(effects(), effect_rows(), strict=True)]
    return np.stack(columns, axis=1)


def measured(places: Mapping[str, Array]) -> Array:
    """What the laws of the measured figures say at places, (n, measures)."""
    values = parameter_values(places) | {k: v for k, v in places.items() if ":" in k or k == "small_study_share"}
    return np.stack([m.law(values) for m in MEASURES], axis=1)


def _predicted(e: Mapping[str, Any], row: EvidenceRow, places: Mapping[str, Array], share: Array) -> Array:
    """Log ratio of an effect, with what a study of its size adds.  (n,)"""
    factor = _dose_factor(e, places)
    treated = _log_end(e, e["animal"], e["cells"], places, factor)
    left = share + (1 - share) * min(1.0, math.sqrt(USUAL_ARM / row.per_arm))
    if e["contrast"] == "other":
        return np.asarray(left * (treated - _log_end(e, e["animal"], e["other"], places, factor)))
    plain = _untreated(e["id"], "")
    shift = 0.0 if e["contrast"] == "untreated" else plain - _untreated(e["id"], "intact")
    return np.asarray(left * (treated - plain) + shift)


def _dose_factor(e: Mapping[str, Any], places: Mapping[str, Array]) -> Array:
    fold, name = float(e.get("dose_fold", 1.0)), f"dose:{e['study']}"
    n = len(next(iter(places.values())))
    return np.exp(math.log(fold) / 1.645 * places[name]) if fold > 1 else np.ones(n)


@cached
def _untreated(id: str, condition: str) -> float:
    """Log of the endpoint without cells, in the typical host; intact where asked."""
    e = next(x for x in effects() if x["id"] == id)
    animal = dict(e["animal"])
    if condition:
        animal = {k: v for k, v in animal.items() if k != "condition_from"} | {"condition": condition}
    return float(_log_end(e, animal, None, {"small_study_share": np.zeros(1)}, np.ones(1))[0])


def _log_end(
    e: Mapping[str, Any],
    animal: Mapping[str, Any],
    cells: Any,
    places: Mapping[str, Array],
    factor: Array,
    hosts: bool = False,
) -> Array:
    """Log of the endpoint at the end of a course, (n,): typical hosts with cells at places, or drawn hosts with typical cells."""
    n = HOST_DRAWS + 1 if hosts else len(factor)
    scenario, case = _case(e["id"], _frozen(animal), _frozen(cells), n, hosts)
    parameters = dict(case.parameters)
    if cells is not None:
        lines = cell_doses(scenario.cells, animal["species"], scenario.animal.age if scenario.animal else None)
        members = np.zeros(n, np.int64) if hosts else np.arange(n)
        with imposed({k: np.zeros(1) for k in places} if hosts else places):
            drawn = cell_product_draws(case.model, lines, case.model.defaults["body_weight"], members, 1, human=False)
        competence = parameters.get("immune_competence", 1.0)
        parameters |= _rescaled(drawn, factor if not hosts else np.ones(n))
        parameters["immune_competence"] = competence
    known = {k: v for k, v in parameters.items() if k in case.model.parameters}
    states = initial_states(case.model, parameter_matrix(case.model, known, n))
    got = simulate(
        case.model, known, n=n, times=np.unique([case.begin, 0.0, 7.0 * e["weeks"]]), outputs=[e["endpoint"]],
        start=case.begin, events=case.events, initial=states,
    )  # fmt: skip
    ends = np.where(got.failed, np.nan, got.of(e["endpoint"])[:, -1])
    return np.asarray(np.log(np.maximum(ends, FLOOR)))


def _frozen(table: Any) -> str:
    return "" if table is None else json.dumps(table, sort_keys=True)


@cached(last=200)
def _case(id: str, animal: str, cells: str, n: int, hosts: bool) -> tuple[Scenario, ArmCase]:
    """An arm of an effect ready to run: n typical hosts, or drawn ones."""
    e = next(x for x in effects() if x["id"] == id)
    end = f"{7 * e['weeks']:g} days"
    output = {"end": end, "at": ["0 days", end], "of": [e["endpoint"]]}
    given = [json.loads(cells)] if cells else []
    scenario = read_scenario({"format": 1, "animal": json.loads(animal), "cells": given, "output": output})
    return scenario, animal_case(scenario, n, 1, values=None if hosts else {})


def _rescaled(drawn: Mapping[str, Array], factor: Array) -> dict[str, Array]:
    """Values of a dose that is `factor` times as large."""
    found = dict(drawn)
    for name, value in drawn.items():
        if name.startswith("dose_to_"):
            found[name] = value * factor
        elif name.startswith("memory_of_"):
            scale = 2 * drawn["k_cell_loss"] / drawn["k_trophic_fill"]
            found[name] = np.log1p(np.expm1(np.minimum(value * scale, 500.0)) * factor**2) / scale
    return found


@cached
def host_spread() -> Array:
    """Log-SD of every prediction by what is not known of the animal, typical cells; (rows,)."""
    sds = [0.0] * len(MEASURES)
    zero = {n: np.zeros(1) for n in sampled_parameters()}
    for e in effects():
        treated = _log_end(e, e["animal"], e["cells"], zero, np.ones(1), hosts=True)
        other = e["other"] if e["contrast"] == "other" else None
        animal = dict(e["animal"])
        if e["contrast"] == "sham":
            animal = {k: v for k, v in animal.items() if k != "condition_from"} | {"condition": "intact"}
        plain = _log_end(e, animal, other, zero, np.ones(1), hosts=True)
        sds.append(float(np.nanstd((treated - plain)[1:])))
    return np.array(sds)


# ---- likelihood --------------------------------------------------------------------------------------------------------


def spreads(row: EvidenceRow, host: float, places: Mapping[str, Array]) -> Array:
    """SD of what a study would show about the prediction, (n,): own error, studies, host."""
    if not row.spread:
        return np.full(len(places["study_spread"]), row.sd)
    between = GRADES[row.grade][0] * between_studies(row.endpoint) * np.exp(SPREAD_SD * places["study_spread"])
    return np.asarray(np.sqrt(row.sd**2 + between**2 + host**2))


def row_likelihoods(predicted: Array, places: Mapping[str, Array], errors: Array | None = None) -> Array:
    """Log likelihood of every row, (n, rows); 0 for rows that are not weighed, -inf where the model failed.

    errors : SD of what stands in for the model, (rows,)
    """
    missed = np.zeros(predicted.shape[1]) if errors is None else errors
    found = np.zeros_like(predicted)
    for i, (row, host) in enumerate(zip(evidence_rows(), host_spread(), strict=True)):
        if row.role == "calibrate":
            sd = np.hypot(spreads(row, float(host), places), missed[i])
            found[:, i] = row_likelihood(row, predicted[:, i], sd)
    return np.where(np.isfinite(found), found, -np.inf)


def row_likelihood(row: EvidenceRow, predicted: Array, sd: Array) -> Array:
    """Log likelihood of one row at predictions, (n,).

    >>> row = EvidenceRow("x", "x", "rat", "bmd", "calibrate", "b", 0.1, 0.05)
    >>> bool(np.diff(row_likelihood(row, np.array([0.1, 0.3]), np.array([0.05, 0.05])))[0] < 0)
    True
    """
    if row.y is not None and row.upper:
        return np.asarray(np.log(ndtr((row.y - predicted) / sd)))
    if row.y is not None:
        return np.asarray(-0.5 * ((row.y - predicted) / sd) ** 2 - np.log(sd))
    coin = GRADES[row.grade][1]
    return np.asarray(np.log((1 - coin) * chance_of_direction(row, predicted, sd) + coin / 3))


def chance_of_direction(row: EvidenceRow, predicted: Array, sd: Array) -> Array:
    """Chance that a study of this size shows the published direction: beyond, or within, 1.64 of its standard errors.  [1]"""
    seen = 1.645 * row.sd
    chances = {
        "up": ndtr((predicted - seen) / sd),
        "down": ndtr((-seen - predicted) / sd),
        "same": ndtr((seen - predicted) / sd) - ndtr((-seen - predicted) / sd),
    }
    return np.asarray(chances[row.expect])
