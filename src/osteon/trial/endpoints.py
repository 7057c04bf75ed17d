"""Endpoints of a run: every trial analysed by itself, a summary over trials, and what a planner asks of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from osteon.inputs import Endpoint, Study
from osteon.inputs.names import FRACTURE_ENDPOINTS, SCORES
from osteon.io.outcome_store import visit_values
from osteon.outcomes import FRACTURE
from osteon.statistics.missing import METHODS as IMPUTATIONS
from osteon.trial.covariates import baseline_of, forecast_of
from osteon.trial.endpoint_analysis import ArmValues, arm_row, spreads, tested_row
from osteon.trial.expected_effects import Expected
from osteon.trial.fracture_endpoints import fracture_rows
from osteon.trial.power import (
    Hypothesis,
    Shares,
    Spread,
    power_curve_of_difference,
    power_curve_of_ratio,
    power_of_difference,
    power_of_ratio,
)
from osteon.trial.trials import Trial, levels_sentence
from osteon.units import DAYS_PER_MONTH, DAYS_PER_YEAR

Effects = Mapping[tuple[str, int], Expected]
WITHIN = "persons, measurement"  # levels that an interval holds
ACROSS = "parameters, between-study offset, persons, measurement"


@dataclass(frozen=True)
class Row:
    """A row of one trial: endpoint's number, its fields, and how patients of the arm and its comparator vary."""

    number: int
    fields: dict[str, Any]
    spread: tuple[Spread, Spread] | None
    without_forecast: tuple[Spread, Spread] | None = None


@dataclass(frozen=True)
class Results:
    """rows: one an endpoint and arm, over all trials; trials: one a trial, endpoint and arm; power: curves over n."""

    rows: list[dict[str, Any]]
    trials: list[dict[str, Any]]
    power: list[dict[str, Any]]
    levels: str


def results_of(
    study: Study, trials: Sequence[Trial], files: Mapping[int, Sequence[Path]], expected: Effects, seed: int
) -> Results:
    """Endpoints of a run. files : outcome files of each trial, by its number."""
    found = [trial_rows(study, files[t.number], seed) for t in trials]
    rows, curves = [], []
    for same in zip(*found, strict=True):
        row, curve = _summary(study, trials, same, expected)
        rows.append(_labelled(row, _cells(study, row)))
        curves += curve
    each = []
    if len(trials) > 1:
        where = [{"trial": t.number, "draw": t.draw, "replicate": t.replicate} for t in trials]
        each = [
            w | _labelled(_finite(r.fields), _cells(study, r.fields))
            for w, rs in zip(where, found, strict=True)
            for r in rs
        ]
    return Results(rows, each, curves, levels_sentence(study))


def trial_rows(study: Study, files: Sequence[Path], seed: int) -> list[Row]:
    """One row per endpoint and arm, from the outcome files of one trial; only the visits that are needed are read."""
    return [
        row
        for k, e in enumerate(study.endpoint)
        for row in (_fracture_rows if e.name in FRACTURE_ENDPOINTS else _rows)(study, k, e, files, seed)
    ]


def _fracture_rows(study: Study, k: int, endpoint: Endpoint, files: Sequence[Path], seed: int) -> list[Row]:
    return [Row(k, r, None) for r in fracture_rows(study, endpoint, files)]


def _rows(study: Study, k: int, endpoint: Endpoint, files: Sequence[Path], seed: int) -> list[Row]:
    values = {a.name: arm_values(study, endpoint, files, a.name) for a in study.arm}
    found = []
    for arm in study.arm:
        own = values[arm.name]
        fields, spread, without = arm_row(endpoint, arm.name, own, endpoint.visit / DAYS_PER_MONTH), None, None
        if endpoint.compare and arm.name != endpoint.compare:
            other = values[endpoint.compare]
            fields |= tested_row(endpoint, own, other, seed)
            spread = spreads(endpoint, own, other)
            without = spreads(endpoint, own, other, forecast=False) if endpoint.prognostic else None
        found.append(Row(k, fields, spread, without))
    return found


def arm_values(study: Study, endpoint: Endpoint, files: Sequence[Path], arm: str) -> ArmValues:
    """Measured values of an arm: the first visit and the endpoint's, or all up to it where the analysis uses them."""
    months = [v / DAYS_PER_MONTH for v in study.design.visits if v <= endpoint.visit + 1e-6]
    every = endpoint.analysis == "mixed_model" or endpoint.missing in IMPUTATIONS
    visits = months if every or len(months) < 2 else [months[0], months[-1]]
    table = visit_values(files, endpoint.name, visits, arm)
    ids = table["patient"]
    covariates = baseline_of(files, ids, endpoint.covariates) if endpoint.covariates else None
    forecast = forecast_of(files, ids, endpoint) if endpoint.prognostic else None
    return ArmValues(ids, table["values"], covariates, forecast)


def of_fractures(name: str) -> bool:
    """Whether an endpoint speaks of fractures: what cells do to it is never told as one figure."""
    return name in (*FRACTURE_ENDPOINTS, *SCORES) or name in FRACTURE_OUTPUTS


FRACTURE_OUTPUTS = frozenset(r.name for r in FRACTURE.rules)
OF_SIZE = ("patients_needed_90", "events_needed_90")
OF_EFFECT = (
    "difference",
    "difference_lo",
    "difference_hi",
    "p",
    "power",
    "assurance",
    "expected_difference",
    "significant",
)


def _cells(study: Study, row: Mapping[str, Any]) -> bool:
    """Whether the arm of a row, or its comparator, is given cells."""
    return any(a.cells for a in study.arm if a.name in (row["arm"], row.get("compare")))


def _labelled(row: dict[str, Any], cells: bool) -> dict[str, Any]:
    """What the row rests on. Beside cells the size of a real trial is told over all parameter draws (see uncertainty)."""
    if cells:
        row = {k: v for k, v in row.items() if k not in OF_SIZE}
    if cells and of_fractures(row["endpoint"]):
        row = {k: v for k, v in row.items() if k not in (*OF_EFFECT, "prediction_lo", "prediction_hi")}
    return row | {"evidence": "assumed" if cells else "human"}


def _finite(row: dict[str, Any]) -> dict[str, Any]:
    return {k: (None if isinstance(v, float) and not math.isfinite(v) else v) for k, v in row.items()}


AVERAGED = ("variance_left", "mean", "lo", "hi", "expected", "difference", "difference_lo", "difference_hi")
COUNTED = ("n", "observed", "events", "responders", "responders_comparator")
SQUARED = ("sd", "se")
MULTIPLIED = ("ratio", "ratio_lo", "ratio_hi", "expected_ratio")


def _summary(
    study: Study, trials: Sequence[Trial], same: Sequence[Row], expected: Effects
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """One row over all trials, and its power curve. Intervals of one trial are averaged, never narrowed by their number."""
    first = same[0]
    row = (
        dict(first.fields)
        if len(same) == 1
        else _averaged([r.fields for r in same], study.uncertainty.parameter_draws > 0)
    )
    row |= {"trials": len(trials), "parameter_draws": study.uncertainty.parameter_draws, "interval_levels": WITHIN}
    if "compare" not in row:
        return _finite(row), []
    planned, curve = _planned(study, first.number, row, same, expected)
    where = {k: row[k] for k in ("endpoint", "visit_months", "arm", "compare")}
    return _finite(row | planned), [where | c for c in curve]


def _averaged(rows: Sequence[dict[str, Any]], drawn: bool) -> dict[str, Any]:
    """Fields of a typical trial of several: means of estimates and of interval ends, the median p, the share significant.

    drawn : whether the trials lie in draws of the parameters
    """
    row = dict(rows[0])
    for key in rows[0]:
        values = np.array([r[key] for r in rows if isinstance(r.get(key), int | float)], float)
        values = values[np.isfinite(values)]
        if not len(values):
            continue
        if key in AVERAGED:
            row[key] = float(values.mean())
        elif key in COUNTED:
            row[key] = round(float(values.mean()))
        elif key in SQUARED:
            row[key] = math.sqrt(float(np.mean(values**2)))
        elif key in MULTIPLIED and np.all(values > 0):
            row[key] = math.exp(float(np.mean(np.log(values))))
        elif key == "p":
            row |= {"p": float(np.median(values)), "significant": float(np.mean(values < row["alpha"]))}
    key = "ratio" if "ratio" in row else "difference"
    results = [r[key] for r in rows if r.get(key) is not None and math.isfinite(r[key])]
    if len(results) > 1:
        row["results_sd"] = float(np.std(np.log(results) if key == "ratio" else results, ddof=1))
        row["results_lo"], row["results_hi"] = (float(q) for q in np.quantile(results, [0.025, 0.975]))
        row["results_levels"] = ACROSS if drawn else WITHIN
    row.pop("number_needed_to_treat", None)
    return row


def _planned(
    study: Study, number: int, row: dict[str, Any], same: Sequence[Row], expected: Effects
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Power, assurance, share of uncertainty, sample size; their keys are null where the model has no effect to expect."""
    none = {"power": None, "assurance": None, "uncertainty_share": None}
    own, other = expected.get((row["arm"], number)), expected.get((row["compare"], number))
    endpoint = study.endpoint[number]
    if own is None or other is None or endpoint.analysis == "responders":
        return none, []
    if endpoint.name in FRACTURE_ENDPOINTS:
        return _planned_ratio(study, endpoint, row, own, other)
    spread = _typical_spread([r.spread for r in same])
    if spread is None:
        return none, []
    ratio = dict(zip((a.name for a in study.arm), study.ratio(), strict=True))
    shares = ratio[row["arm"]], ratio[row["compare"]]
    found, curve = _planned_difference(study, endpoint, own, other, spread, shares)
    without = _typical_spread([r.without_forecast for r in same])
    if without:
        plain, _ = _planned_difference(study, endpoint, own, other, without, shares)
        found |= {f"{k}_without_forecast": plain[k] for k in ("power", "patients_needed_90")}
    return found, curve


def _planned_difference(
    study: Study,
    endpoint: Endpoint,
    own: Expected,
    other: Expected,
    spread: tuple[Spread, Spread],
    shares: tuple[int, int],
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    n = min(len(own.draws), len(other.draws))
    if endpoint.analysis == "ratio":
        central, draws = math.log(own.central / other.central), np.log(own.draws[:n] / other.draws[:n])
    else:
        central, draws = own.central - other.central, own.draws[:n] - other.draws[:n]
    years = endpoint.visit / DAYS_PER_YEAR
    lost = -math.expm1(years * math.log1p(-min(study.design.dropout, 0.999)))
    aim = _hypothesis(endpoint)
    found: dict[str, Any] = dict(power_of_difference(central, draws, *spread, endpoint.alpha, lost, shares, aim))
    middle = float(np.mean(draws)) if n else central
    half = 1.959964 * math.hypot(found["uncertainty_sd"] or 0.0, found["sampling_sd"])
    ends = {"prediction_lo": middle - half, "prediction_hi": middle + half}
    if endpoint.analysis == "ratio":
        ends = {k: math.exp(v) for k, v in ends.items()}
        found["expected_difference"] = math.exp(central)
    found |= ends | {"prediction_levels": ACROSS if n else WITHIN}
    return found, power_curve_of_difference(central, draws, *spread, endpoint.alpha, aim)


def _hypothesis(endpoint: Endpoint) -> Hypothesis:
    """What an endpoint is to show; of a ratio on the scale of the logarithm."""
    margin = endpoint.margin or 0.0
    if endpoint.analysis == "ratio" and margin > 0:
        margin = math.log(margin)
    return Hypothesis(endpoint.hypothesis, margin, endpoint.higher_is_better)


def _planned_ratio(
    study: Study, endpoint: Endpoint, row: dict[str, Any], own: Expected, other: Expected
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    ratio = dict(zip((a.name for a in study.arm), study.ratio(), strict=True))
    each = row["n"] / ratio[row["arm"]]
    mine, theirs = (
        Shares(e.central, e.draws, round(each * ratio[a])) for e, a in ((own, row["arm"]), (other, row["compare"]))
    )
    if not (0 < own.central < 1 and 0 < other.central < 1):
        return {"power": None, "assurance": None, "uncertainty_share": None}, []
    years = endpoint.visit / DAYS_PER_YEAR
    found = power_of_ratio(mine, theirs, years, study.design.dropout, endpoint.alpha, ratio[row["compare"]])
    return dict(found), power_curve_of_ratio(mine, theirs, years, study.design.dropout, endpoint.alpha)


def _typical_spread(spreads_of_trials: Sequence[tuple[Spread, Spread] | None]) -> tuple[Spread, Spread] | None:
    """Spreads over all trials; None where they are not known."""
    known = [pair for pair in spreads_of_trials if pair and all(math.isfinite(s.sd) and s.sd > 0 for s in pair)]
    if not known:
        return None

    def typical(side: int) -> Spread:
        some = [k[side] for k in known]
        sd = math.sqrt(float(np.mean([s.sd**2 for s in some])))
        return Spread(sd, round(float(np.mean([s.observed for s in some]))), some[0].enrolled)

    return typical(0), typical(1)
