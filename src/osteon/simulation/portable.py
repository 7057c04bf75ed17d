"""The model of persons as plain data and WebAssembly: what a program that is not Python needs to simulate a scenario.

Laws, outcomes, start states and the driver are in the module. The data hold names, default values, where doses land, what
habits change, how a person becomes parameters, and draws of what is not known: every number that such a program needs, so
that it holds none itself. A fingerprint of model and fit says which numbers these are.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from osteon.additions import cached
from osteon.biology import SITES
from osteon.biology.body import usual_share_law
from osteon.biology.kidney import usual_gfr_law
from osteon.biology.person import NEVER
from osteon.engine import simulate
from osteon.engine.integrate import Task
from osteon.engine.lanes import work_rows
from osteon.engine.wasm import WebModule, description, web_module
from osteon.errors import Fault, Unsupported
from osteon.evidence import load_cohort
from osteon.inputs import Scenario
from osteon.inputs.names import FRACTURES, STANDARD_OUTPUTS
from osteon.interventions import CARDS
from osteon.interventions.card import Card
from osteon.model import Expr, Model
from osteon.model.expressions import symbol
from osteon.outcomes.bmd import REFERENCE
from osteon.outcomes.fracture import KINDS as FRACTURE_KINDS
from osteon.outcomes.harms import harms_of
from osteon.population import Patients
from osteon.population.covariates import DEFAULTS, PEAK_OF_MEN, SPREADS
from osteon.population.sampling import between_persons, sample
from osteon.simulation import dosing, person, run_in
from osteon.simulation.assembly import arm_model, human_model, plugged_by
from osteon.simulation.fits import ensemble_draws, joined, values_hash
from osteon.simulation.fracture_risk import DEATH
from osteon.simulation.harms import cumulated, harm_draws
from osteon.streams import normal
from osteon.units import DAYS_PER_MONTH

DRAWS = 64  # parameter sets behind an interval
SEED = 1  # of the draws: those of `osteon simulate --seed 1`
COHORT, COHORT_SIZE = "postmenopausal_osteoporosis", 200  # persons of the cohort mode
ABSOLUTE_SHARE = 1e-3  # absolute tolerance of a state of scale 1, of the relative one
SKETCH_SHARE = 1.0  # the same while a slider moves: a third fewer steps, within 0.6 % of what is shown (decision 40)
FORMULAS: dict[str, Expr] = {
    "usual_gfr": usual_gfr_law(symbol("age_at_start")),
    "usual_share": usual_share_law(symbol("age_at_start"), symbol("female"), symbol("bmi")),
}


@dataclass(frozen=True)
class UsualRegimen:
    """Dose, route and interval as on a label.   every, duration : days;  months : how long at most, NaN if not said"""

    route: str
    amount: float
    unit: str
    every: float
    duration: float
    months: float


def usual_regimen(card: Card) -> UsualRegimen:
    """What the card of a drug calls usual, as numbers."""
    every, duration, last = card.regimen.days()
    amount = card.regimen.amount(card.unit)
    return UsualRegimen(card.regimen.route, amount, card.unit, every, duration, last / DAYS_PER_MONTH)


@dataclass(frozen=True)
class PortableModel:
    """data : as in `model_data`;  module, run_in : WebAssembly of the model and of the undrugged one of the years before."""

    data: dict[str, Any]
    module: bytes
    run_in: bytes


def outputs_of(model: Model) -> tuple[str, ...]:
    """What a portable model tells: outcomes that people ask for, hazards of fractures and harms, every state of biology."""
    harms = cumulated(harms_of(plugged_by(CARDS)))
    hazards = [*(f"hazard_{kind}" for kind in FRACTURE_KINDS), DEATH]
    plain = human_model(()).states
    names = (*STANDARD_OUTPUTS, "resorption", *hazards, *harms, *plain)
    return tuple(n for n in dict.fromkeys(names) if n in model.outputs)


def portable_model(
    drugs: Iterable[str] | None = None, draws: int = DRAWS, persons: tuple[str, Patients] | None = None
) -> PortableModel:
    """The model of these drugs (none named: of all) in portable form.

    draws : parameter sets beside the typical one; people : whose cohort it holds in words, and they; None: the usual one
    """
    names = frozenset(CARDS if drugs is None else drugs)
    found = _portable(names, draws)
    if persons is None:
        return found
    words, patients = persons
    return replace(found, data=found.data | {"cohort": _cohort(arm_model(names), patients, words)})


@cached(last=4)
def _portable(drugs: frozenset[str], draws: int) -> PortableModel:
    model, plain = arm_model(drugs), human_model(())
    bmd = tuple(f"bmd_{site}" for site in SITES)
    main = web_module(model.traced, outputs_of(model), FORMULAS)
    before = web_module(plain.traced, bmd, {})
    data = _compiled_data(model, main, outputs_of(model), tuple(FORMULAS))
    data |= {
        "run_in": _compiled_data(plain, before, bmd, ()),
        "entries": _entries(model),
        "recipe": recipe(),
        "draws": _draws(model, draws),
        "people": _people(model, draws),
        "cohort": _cohort(model, *_usual_cohort()),
        "fingerprint": fingerprint(model),
    }
    return PortableModel(data, main.code, before.code)


def _compiled_data(
    model: Model, module: WebModule, outputs: tuple[str, ...], formulas: tuple[str, ...]
) -> dict[str, Any]:
    """Names in the order of the module's vectors, and sizes of its work space."""
    traced, sizes = model.traced, module.sizes
    rows = work_rows(*(sizes[n] for n in ("states", "static", "static_readouts", "entries", "stages")))
    return {
        "states": traced.states,
        "parameters": traced.parameters,
        "defaults": [model.defaults[p] for p in traced.parameters],
        "scale": [model.states[s].scale for s in traced.states],
        "outputs": outputs,
        "units": [model.unit(o) for o in outputs],
        "formulas": formulas,
        "sizes": sizes,
        "work": rows,
        "engine": description() | {"absolute_share": ABSOLUTE_SHARE, "sketch_share": SKETCH_SHARE, "rtol": Task.rtol},
    }


def _entries(model: Model) -> list[dict[str, Any]]:
    """Where doses land: places of the state and of the bioavailability, unit of the amount, lag in days."""
    states, parameters = list(model.traced.states), list(model.traced.parameters)
    return [
        {
            "drug": e.target,
            "route": e.route,
            "state": states.index(e.state),
            "unit": e.unit,
            "share": parameters.index(e.bioavailability) if e.bioavailability else -1,
            "lag": model.parameters[e.lag].value if e.lag else 0.0,
        }
        for e in model.entries
    ]


def _draws(model: Model, draws: int) -> dict[str, list[float]]:
    """Values of parameters that are not known, by name: the typical one, then those drawn, as `simulate` draws them."""
    lanes = ensemble_draws(model, draws + 1, SEED, set()) | harm_draws(model, np.arange(draws + 1), SEED, True)
    return {name: [float(values[0]), *(_shared(v) for v in values[1:])] for name, values in lanes.items()}


def _people(model: Model, draws: int) -> dict[str, list[float]]:
    """How persons of one description differ: values of what differs between persons, the typical one first."""
    ids = np.arange(draws)
    found = between_persons(model, ids, SEED, set())
    sd = SPREADS["turnover"]
    found["turnover_scale"] = np.exp(sd * normal(SEED, ids, "turnover", 0) - sd**2 / 2)
    return {name: [model.defaults[name], *(_short(v) for v in values)] for name, values in found.items()}


def _usual_cohort() -> tuple[Patients, str]:
    drawn = sample(load_cohort(COHORT).population, human_model(()), COHORT_SIZE, SEED, between=False)
    age = drawn.covariates["age"].mean()
    return drawn, f"{COHORT_SIZE} virtual women of the cohort '{COHORT}', mean age {age:.0f}"


def _cohort(model: Model, drawn: Patients, words: str) -> dict[str, Any]:
    """People, matched to their T-scores and run up to month 0: parameters and states of biology."""
    size = len(drawn)
    parameters: dict[str, Any] = dict(drawn.parameters)
    parameters |= between_persons(model, drawn.ids, SEED, set(parameters))
    t_scores = {s: drawn.covariates[f"t_{s}"] for s in SITES}
    parameters |= run_in.specific_surface_for_t_score(parameters, t_scores, size)
    states = run_in.run_in(human_model(()), _plain_values(parameters), size)
    names = [f"bmd_{s}" for s in SITES]
    plain = human_model(())
    got = simulate(plain, _plain_values(parameters), n=size, times=[0.0], outputs=names, initial=states)
    reached = {s: got.of(f"bmd_{s}")[:, 0] for s in SITES}
    parameters |= run_in.peak_bmd_for_t_score(t_scores, reached, parameters, model.defaults)
    return {
        "words": words,
        "size": size,
        "parameters": {k: [_short(v) for v in np.broadcast_to(c, (size,))] for k, c in parameters.items()},
        "states": {name: [_short(v) for v in states[:, i]] for i, name in enumerate(plain.traced.states)},
    }


def _plain_values(parameters: dict[str, Any]) -> dict[str, Any]:
    """Those that the undrugged model has."""
    return {k: v for k, v in parameters.items() if k in human_model(()).parameters}


def _shared(value: float) -> float:
    """Twelve digits: ends of intervals stay within 1e-10 of those of the command."""
    return float(f"{value:.12g}")


def _short(value: float) -> float:
    """Seven digits: more than any such number has."""
    return float(f"{value:.7g}")


def recipe() -> dict[str, Any]:
    """How a person becomes parameters, and what is matched at month 0; see `person`, `run_in` and `dosing`."""
    return {
        "height": person.PERSON_HEIGHT,
        "bmi": person.BMI,
        "smoking": dosing.SMOKING,
        "fractures": FRACTURES,
        "peak_of_men": PEAK_OF_MEN,
        "exercise": dosing.EXERCISE,
        "rest": dosing.DOSING_REST,
        "arthritis": dosing.DOSING_INFLAMMATION["active_arthritis"],
        "never": NEVER,
        "menopause_age": DEFAULTS["menopause_age"][0],
        "burdens": person.PARAMETER,
        "usual_burden": person.USUAL_DURATION,
        "run_in_start": run_in.HISTORY_START,
        "sites": SITES,
        "reference": {site: {"mean": mean, "sd": sd} for site, (mean, sd) in REFERENCE.items()},
        "sparseness_range": run_in.SPARSENESS_RANGE,
        "sparse_as": run_in.SPARSE_AS,
        "turnover": {
            "passes": person.MATCHES,
            "power_range": person.POWER_RANGE,
            "scale_range": person.INTENSITY_RANGE,
        },
        "habits": {
            "kinds": {k: {"parameter": p, "values": v, "usual": u} for k, (p, v, u) in dosing.DOSING_KINDS.items()},
            "amounts": {k: {"parameter": p, "unit": u, "adds": a} for k, (p, u, _, a) in dosing.AMOUNTS.items()},
        },
    }


def fingerprint(model: Model) -> str:
    """SHA-256 of the laws, the values of parameters and the fit: other numbers, another fingerprint."""
    fit = joined()
    covariance = None if fit.covariance is None else np.asarray(fit.covariance).tolist()
    words = [model.traced.fingerprint, values_hash(fit), json.dumps([fit.names, fit.transform, covariance])]
    words += [fit.draws.fingerprint] if fit.draws else []
    words += [f"{name} {value!r}" for name, value in sorted(model.defaults.items())]
    return hashlib.sha256("\0".join(words).encode()).hexdigest()


def portable_scenario(scenario: Scenario) -> dict[str, Any]:
    """A scenario of a person as plain data: times in days, amounts in the units of the drugs' cards.

    Raises Unsupported for what a portable model does not hold: animals, cells, event tables.
    """
    beyond = {"animal": scenario.animal, "cells": scenario.cells, "events": scenario.table()}
    faults = [
        Fault(
            "unsupported", key, key, "person, regimen, habit, override", "", f"A page holds no '{key}' of a scenario."
        )
        for key, given in beyond.items()
        if given
    ]
    if faults:
        raise Unsupported(faults)
    assert scenario.person is not None
    return {
        "person": json.loads(scenario.person.model_dump_json()),
        "regimen": [regimen_row(r) for r in scenario.regimen],
        "habit": [habit_row(h) for h in scenario.habit],
        "override": [
            {"parameter": o.parameter, "factor": o.factor, "value": o.value, "start": o.start, "until": o.until}
            for o in scenario.override
        ],
        "days": scenario.output.days(),
    }


def regimen_row(row: Any) -> dict[str, Any]:
    """A regimen of a file as plain data."""
    regimen = dosing.regimen_of(row)
    rules = {name: _rule(getattr(regimen, name)) for name in ("stop_when", "hold_when")}
    plain = ("route", "amount", "start", "every", "until", "duration", "adherence")
    return {"drug": regimen.target, **{name: getattr(regimen, name) for name in plain}, **rules}


def _rule(conditions: Iterable[tuple[str, str, float]]) -> list[dict[str, Any]]:
    return [{"quantity": q, "operator": o, "level": level} for q, o, level in conditions]


def habit_row(habit: Any) -> dict[str, Any]:
    """A habit of a file as plain data."""
    _, value, _ = dosing.change_of(habit)
    return {"name": habit.name, "kind": habit.kind, "value": value, "start": habit.start, "until": habit.until}
