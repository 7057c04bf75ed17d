"""Simulate a scenario: one typical person, what is given, what is looked at; with draws, an interval."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from osteon.engine import Events, Schedule, simulate
from osteon.errors import Fault, InputError, RunFailed, Unsupported, unknown
from osteon.model import Model
from osteon.trial.build import human_model
from osteon.trial.doses import add_habits, add_overrides, add_regimens, regimen_of
from osteon.trial.files import Scenario, load_scenario
from osteon.trial.fits import load_fit
from osteon.trial.life import birth, lived
from osteon.trial.person import match_baseline, parameters_of
from osteon.units import DAYS_PER_MONTH

COLUMNS = ("months", "output", "value", "lo90", "hi90", "unit", "evidence")
Array = NDArray[np.float64]
AWAITED = {"calcium": "the calcium set point (mineral axis)"}


@dataclass(frozen=True)
class Simulated:
    """rows as in the contract (see COLUMNS); notes for people; doses beyond the studied range by drug."""

    rows: list[dict[str, Any]]
    notes: tuple[str, ...]


def refuse_unbuilt(features: tuple[str, ...]) -> None:
    """Raise Unsupported naming every feature that the file needs and this version lacks."""
    if features:
        faults = [
            Fault("unsupported", f, f, "", "", f"The feature '{f}' is not built in this version.") for f in features
        ]
        raise Unsupported(faults)


def simulate_scenario(scenario: Scenario, seed: int = 1) -> Simulated:
    """Run a scenario. Raises InputError, Unsupported or RunFailed."""
    refuse_unbuilt(scenario.features())
    assert scenario.person is not None
    model = human_model({r.drug for r in scenario.regimen})
    _check_outputs(model, scenario.output.of)
    days = np.array(scenario.output.days())
    draws = scenario.output.draws
    n = max(1, draws + 1 if draws else 1)
    parameters = _lanes(model, scenario, n, seed)
    begin = _begin(scenario)
    events = _events(scenario, model, begin, float(days[-1]))
    matched = match_baseline(scenario.person, model, parameters, n, events, begin)
    grid = np.unique(np.concatenate([[min(0.0, days[0])], [0.0], days]))
    states = lived(model, matched, n, begin)
    got = simulate(
        model,
        matched,
        n=n,
        times=grid[grid >= begin],
        outputs=scenario.output.of,
        start=begin,
        events=events,
        initial=states,
    )
    if got.failed[0]:
        raise RunFailed(Fault("patient_failed", "person", "", "", "", f"The simulation failed: it {got.reasons[0]}."))
    return Simulated(_rows(model, scenario, got.times, got.values[~got.failed], days), _notes(scenario, got.failed))


def simulate_file(path: str | Path, seed: int = 1) -> Simulated:
    """Read and run a scenario file."""
    return simulate_scenario(load_scenario(path), seed)


def _check_outputs(model: Model, names: list[str]) -> None:
    known = {*model.outputs, *model.parameters}
    awaited = [
        Fault("unsupported", "output", n, "", "", f"The output '{n}' waits for {AWAITED[n]}.")
        for n in names
        if n in AWAITED and n not in known
    ]
    if awaited:
        raise Unsupported(awaited)
    wrong = [unknown("output", n, known, "output of") for n in names if n not in known]
    if wrong:
        raise InputError(wrong)


def _lanes(model: Model, scenario: Scenario, n: int, seed: int) -> dict[str, Any]:
    """Lane 0 is the typical parameter set, the others are drawn from the fit's ensemble."""
    assert scenario.person is not None
    parameters: dict[str, Any] = dict(parameters_of(scenario.person))
    if n == 1:
        return parameters
    bounds = {p.name: p.bounds for p in model.parameters.values() if p.bounds}
    drawn = load_fit().ensemble(seed, np.arange(n - 1), bounds)
    for name, values in drawn.items():
        if name in model.parameters and name not in parameters:
            parameters[name] = np.concatenate([[model.defaults[name]], values])
    return parameters


def _begin(scenario: Scenario) -> float:
    """First day that is run with drugs, habits and overrides in force, or looked at."""
    starts = [r.start for r in scenario.regimen] + [h.start for h in scenario.habit] + scenario.output.days()[:1]
    starts += [birth() if o.start is None else o.start for o in scenario.override]
    return min([0.0, *starts])


def _events(scenario: Scenario, model: Model, begin: float, end: float) -> Events:
    schedule = Schedule()
    add_regimens(schedule, model, [regimen_of(r) for r in scenario.regimen], end)
    add_habits(schedule, model, scenario.habit)
    add_overrides(schedule, model, scenario.override, begin)
    return Events((schedule,))


def _rows(model: Model, scenario: Scenario, times: Array, values: Array, days: Array) -> list[dict[str, Any]]:
    rows = []
    at_zero = int(np.searchsorted(times, 0.0))
    kept = np.searchsorted(times, days)
    for k, name in enumerate(scenario.output.of):
        curve, unit = _as(scenario.output.as_, values[:, :, k], at_zero, model.unit(name), name)
        low, high = _interval(curve)
        for day, i in zip(days, kept, strict=True):
            row = {"months": float(day) / DAYS_PER_MONTH, "output": name, "value": float(curve[0, i])}
            row |= {"lo90": low[i], "hi90": high[i], "unit": unit, "evidence": _evidence(scenario)}
            rows.append(row)
    return rows


def _as(form: str, values: Array, at_zero: int, unit: str, name: str) -> tuple[Array, str]:
    base = values[:, at_zero : at_zero + 1]
    if form == "value":
        return values, unit
    if np.any(base == 0.0):
        text = f"'{name}' is 0 at month 0, so it has no {form.replace('_', ' ')}. Ask for it as a value."
        raise InputError(Fault("zero_baseline", "[output] as", form, "value", "", text))
    return (100 * (values / base - 1), "percent") if form == "percent_change" else (values / base, "1")


def _interval(curve: Array) -> tuple[list[float | None], list[float | None]]:
    if len(curve) < 2:
        return [None] * curve.shape[1], [None] * curve.shape[1]
    low, high = np.quantile(curve[1:], [0.05, 0.95], axis=0)
    return [float(v) for v in low], [float(v) for v in high]


def _evidence(scenario: Scenario) -> str:
    from osteon.interventions import CARDS

    assumed = any(CARDS[r.drug].evidence != "human" for r in scenario.regimen) or bool(scenario.override)
    return "assumed" if assumed else "human"


def _notes(scenario: Scenario, failed: NDArray[np.bool_]) -> tuple[str, ...]:
    notes = [
        f"{r.drug} {r.dose} is beyond the largest studied dose: extrapolated."
        for r in scenario.regimen
        if r.extrapolated
    ]
    if failed.any():
        notes.append(f"{int(failed.sum())} of {len(failed)} draws failed and are left out of the interval.")
    return tuple(notes)
