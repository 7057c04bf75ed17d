"""What is not known of an arm with cells: the effect over many parameter draws, what it hangs on, what it risks, what it needs.

A world is one draw of everything uncertain: the fit's ensemble, every prior of the cells, and how animals translate. The
typical woman of the cohort lives in each, with the arm and with the same arm without its cells, so that the difference is
what the cells do in that world. No field here can hold a point estimate of fewer fractures, a best dose, absence of tumour risk or the rank
of a source: there is none to be had.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from osteon.biology.species import body_of
from osteon.cells.feasibility import plan
from osteon.cells.harms import CellHarm, harms_of_line
from osteon.cells.hazards import ANTIBODIES, BOUNDS, any_event, cells_per_capillary, fever_risk, line_chances
from osteon.cells.product import CellDose, bag_survival
from osteon.evidence.outcome import outcome
from osteon.inputs import Arm, Endpoint, Study
from osteon.io.rows import Row
from osteon.outcomes.harms import harms_requested
from osteon.simulation.arm import prepare, simulate
from osteon.simulation.assembly import human_model
from osteon.simulation.cell_products import (
    cell_doses,
    cell_modules,
    cell_notes,
    cell_product_draws,
    human_bones,
    human_tolerance_draws,
    line_draws,
)
from osteon.simulation.fits import DEFAULT, ensemble_draws
from osteon.simulation.treatment import Subjects
from osteon.simulation.typical import cohort_of, person_of, typical
from osteon.statistics.two_arms import Group, change, patients_needed
from osteon.trial.endpoints import of_fractures
from osteon.trial.treatment import treatment_of
from osteon.units import DAYS_PER_YEAR

Array = NDArray[np.float64]
N_PARAMETER_DRAWS = 200
DRIVERS = 5
BEYOND_CHANCE = 3.5  # standard errors; among some 80 parameters chance shows one at 2.5


@dataclass(frozen=True)
class EffectUncertainty(Row):
    """An effect over all parameter draws. difference in the endpoint's form; drivers: (parameter, rank correlation)."""

    arm: str
    endpoint: str
    visit_months: float
    as_: str
    worlds: int  # parameter draws; the key of run folders
    median: float
    lo90: float
    hi90: float
    chance_nothing: float
    chance_noticeable: float
    noticeable: float
    drivers: tuple[tuple[str, float], ...]
    patients_if_median: int
    patients_if_high: int
    evidence: str = "assumed"


@dataclass(frozen=True)
class CellProductProfile(Row):
    """One line of cells in an arm: risks as intervals and bounds, what it takes to make it."""

    arm: str
    product: str
    dose: float
    basis: str
    doses: int
    cells_per_kg: float | None
    cells_per_capillary: float | None
    bag_survival: float
    embolism_lo90: float
    embolism_hi90: float
    death_hi90: float
    fever_risk: float
    antibodies: float
    any_event_lo90: float
    any_event_hi90: float
    bounds: tuple[tuple[str, float, float, float, str], ...]
    harms: tuple[CellHarm, ...]
    passage: int
    donors_for_trial: int
    culture_days: float
    warning: str


def effect_uncertainty(
    study: Study, seed: int, fit: str = DEFAULT, parameter_draws: int = N_PARAMETER_DRAWS
) -> list[EffectUncertainty]:
    """A record for every endpoint of every arm that is given cells; none for fractures."""
    rows = []
    plain: dict[str, dict[str, Array]] = {}  # arms alike but for their cells share what happens without them
    for arm in (a for a in study.arm if a.cells):
        told = [e for e in study.endpoint if not of_fractures(e.name)]
        if not told:
            continue
        with_cells, drawn = _simulate_draws(study, arm, seed, fit, parameter_draws)
        bare = arm.model_copy(update={"cells": []})
        rest = repr(bare.model_copy(update={"name": ""}))
        if rest not in plain:
            plain[rest] = _simulate_draws(study, bare, seed, fit, parameter_draws)[0]
        rows += [_effect_uncertainty(arm, e, study, with_cells, plain[rest], drawn) for e in told]
    return rows


def _simulate_draws(
    study: Study, arm: Arm, seed: int, fit: str, parameter_draws: int
) -> tuple[dict[str, Array], dict[str, Any]]:
    """Outputs (draws, visits) of the typical woman in an arm, and the parameters of every draw."""
    lines = cell_doses(arm.cells)
    harms = harms_requested(e.name for e in study.endpoint)
    model = human_model({r.drug for r in arm.regimen}, fit, cell_modules(lines, human_bones), harms)
    cohort = cohort_of(study)
    person = person_of(cohort)
    drawn: dict[str, Any] = dict(ensemble_draws(model, parameter_draws, seed, set(person)))
    if lines:
        drawn |= cell_product_draws(model, lines, person["body_weight"], np.arange(parameter_draws), seed, human=True)
    parameters = typical(cohort, drawn, parameter_draws)
    days = np.array(study.design.visits)
    names = sorted({e.name for e in study.endpoint if not of_fractures(e.name)})
    typical_woman = Subjects(parameter_draws, parameters, label="typical woman of the cohort")
    case = prepare(treatment_of(study, arm), typical_woman, model, float(days[-1]) + 1)
    got = simulate(case, days, names)
    landing = {
        p.name for p in model.parameters.values() if p.unit == "cells"
    }  # where a dose lands follows from the rest
    return {n: got.of(n) for n in names}, {n: v for n, v in drawn.items() if n not in landing}


def _effect_uncertainty(
    arm: Arm, e: Endpoint, study: Study, values: dict[str, Array], without: dict[str, Array], drawn: dict[str, Any]
) -> EffectUncertainty:
    visit = int(np.argmin(np.abs(np.array(study.design.visits) - e.visit)))

    def of(curves: dict[str, Array]) -> Array:
        return change(curves[e.name][:, visit], curves[e.name][:, 0], e.as_)

    effect = (of(values) - of(without))[1:]
    record = outcome(e.name)
    stays = (1 - study.design.dropout) ** (e.visit / DAYS_PER_YEAR)
    shares = dict(zip((a.name for a in study.arm), study.ratio(), strict=True))
    own = Group(record.spread, float(shares[arm.name]), stays)
    other = Group(record.spread, float(shares.get(e.compare or "", shares[arm.name])), stays)
    low, middle, high = (float(v) for v in np.nanquantile(effect, [0.05, 0.5, 0.95]))
    return EffectUncertainty(
        arm=arm.name,
        endpoint=e.name,
        visit_months=e.visit / 30.4375,
        as_=e.as_,
        worlds=len(effect),
        median=middle,
        lo90=low,
        hi90=high,
        chance_nothing=float(np.mean(np.abs(effect) < record.equivalence_margin)),
        chance_noticeable=float(np.mean(np.abs(effect) > record.minimal_important_difference)),
        noticeable=record.minimal_important_difference,
        drivers=_drivers(effect, drawn),
        patients_if_median=patients_needed(middle, own, other) or 0,
        patients_if_high=patients_needed(high if abs(high) > abs(low) else low, own, other) or 0,
    )


def _drivers(effect: Array, drawn: dict[str, Any]) -> tuple[tuple[str, float], ...]:
    """Uncertain parameters whose rank goes with the effect's beyond chance; translation first, the rest given it."""
    parameter_draws = {n: np.asarray(v)[1:] for n, v in drawn.items() if np.ndim(v)}
    parameter_draws = {n: v for n, v in parameter_draws.items() if len(v) == len(effect)}
    carried = parameter_draws.pop("translation", None)
    if carried is None or np.ptp(carried) == 0:
        return _ranked(effect, parameter_draws)
    some = carried > 0
    rest = _ranked(effect[some] / carried[some], {n: v[some] for n, v in parameter_draws.items()})
    return (*_ranked(effect, {"translation": carried}), *rest)[:DRIVERS]


def _ranked(effect: Array, parameter_draws: dict[str, Array]) -> tuple[tuple[str, float], ...]:
    """(parameter, rank correlation), the strongest first, without those that chance alone would show."""
    from scipy.stats import spearmanr

    if np.ptp(effect) == 0:
        return ()
    found = [(n, float(spearmanr(v, effect).statistic)) for n, v in parameter_draws.items() if np.ptp(v) > 0]
    beyond = [f for f in found if abs(f[1]) > BEYOND_CHANCE / np.sqrt(len(effect))]
    return tuple(sorted(beyond, key=lambda f: -abs(f[1])))


def cell_product_profiles(study: Study, patients: int, seed: int) -> list[CellProductProfile]:
    """A record for every line of cells in the study."""
    weight = person_of(cohort_of(study))["body_weight"] if any(a.cells for a in study.arm) else 66.0
    ratio = dict(zip((a.name for a in study.arm), study.ratio(), strict=True))
    return [
        _cell_product_profile(arm.name, given, weight, patients * ratio[arm.name], seed)
        for arm in study.arm
        for given in cell_doses(arm.cells)
    ]


def _line_harms(given: CellDose, weight: float, seed: int) -> tuple[CellHarm, ...]:
    """Harms of a line over all parameter draws."""
    lanes = np.arange(1, N_PARAMETER_DRAWS)
    diameter, z = line_draws(given, lanes, seed)
    return harms_of_line(given, weight, diameter, z, human_tolerance_draws(lanes, seed))


def _cell_product_profile(arm: str, given: CellDose, weight: float, patients: int, seed: int) -> CellProductProfile:
    from scipy.stats import beta

    lanes = np.arange(1, N_PARAMETER_DRAWS)
    risk = line_chances(given, weight, *line_draws(given, lanes, seed), human_tolerance_draws(lanes, seed))
    cells = given.product == "cells"
    total = float(given.total(weight)) * len(given.days)
    made = plan(given.origin, total * patients if cells else 1.0, given.passage, given.donor_age)
    dosed = any_event()[0]
    return CellProductProfile(
        arm=arm,
        product=f"{given.product} of {given.origin.label}, {given.route.replace('_', ' ')}",
        dose=given.amount,
        basis=given.basis,
        doses=len(given.days),
        cells_per_kg=float(given.total(weight)) / weight if cells else None,
        cells_per_capillary=float(cells_per_capillary(given, weight, body_of("human").lung_capillaries))
        if cells
        else None,
        bag_survival=bag_survival(given) if cells else 1.0,
        embolism_lo90=float(np.quantile(risk["embolism"], 0.05)),
        embolism_hi90=float(np.quantile(risk["embolism"], 0.95)),
        death_hi90=float(np.quantile(risk["death"], 0.95)),
        fever_risk=fever_risk(len(given.days)) if cells and total else 0.0,
        antibodies=ANTIBODIES if cells and given.match == "allogeneic" else 0.0,
        any_event_lo90=float(beta.ppf(0.05, *dosed)),
        any_event_hi90=float(beta.ppf(0.95, *dosed)),
        bounds=tuple((b.event, b.ratio, b.low, b.high, b.source) for b in BOUNDS) if cells else (),
        harms=_line_harms(given, weight, seed),
        passage=given.passage,
        donors_for_trial=made.donors if cells else 0,
        culture_days=made.days if cells else 0.0,
        warning=" ".join(
            (*cell_notes(given, weight, human=True), *((made.warning,) if cells and made.warning else ()))
        ),
    )
