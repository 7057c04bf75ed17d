"""Simulate a scenario: one typical person, what is given, what is looked at; with draws, an interval."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from osteon.biology.species import body_of
from osteon.cells.kinetics import tracked_outputs
from osteon.cells.product import CellDose
from osteon.engine import Events, Schedule
from osteon.errors import Fault, InputError, RunFailed, Unsupported, unknown
from osteon.inputs import Person, Scenario, load_scenario
from osteon.inputs.features import WHY_NOT
from osteon.inputs.names import SITES as SITES_OF_CELLS
from osteon.interventions import CARDS
from osteon.interventions.animal_drugs import ANIMAL_CARDS, animal_drug
from osteon.interventions.labels import Warned, warnings
from osteon.io.rows import Row
from osteon.model import Model
from osteon.outcomes.harms import harms_of, harms_requested, hazards
from osteon.simulation.animal import animal_case, animal_model, animal_notes
from osteon.simulation.arm import ArmCase, schedule_of, simulate
from osteon.simulation.assembly import human_model, plugged_by
from osteon.simulation.assumptions import assumed_in_scenario
from osteon.simulation.cell_products import (
    cell_doses,
    cell_modules,
    cell_notes,
    cell_product_draws,
    human_bones,
    modules_without_cells,
)
from osteon.simulation.dose_ledger import DoseRecord, refuse_unstudied, scenario_ledger
from osteon.simulation.dosing import regimen_of
from osteon.simulation.event_tables import add_table, attach_events, table_notes, table_regimens
from osteon.simulation.fits import ensemble_draws
from osteon.simulation.fracture_risk import RISKS, instants, needed, with_risks
from osteon.simulation.harms import evidence_of, harm_draws, named_in
from osteon.simulation.person import (
    add_onsets,
    before_onset,
    label_of,
    match_baseline,
    onsets,
    parameters_of,
    treated,
)
from osteon.simulation.run_in import history_start, run_in
from osteon.simulation.treatment import Treatment
from osteon.units import DAYS_PER_MONTH, DAYS_PER_YEAR

SCENARIO_ROW_COLUMNS = ("months", "output", "value", "lo90", "hi90", "unit", "evidence")
Array = NDArray[np.float64]
RTOL, EXPLORE = 1e-6, 1e-4  # relative tolerance of what is reported, and of what is moved by a slider
CELL_DRAWS = 200  # parameter sets behind the interval of a person who is given cells
FROM_ANIMALS = tracked_outputs(SITES_OF_CELLS) | {"embolism_risk", "death_risk"}  # the rest is carried over
FROM_HUMANS = frozenset({"fever_risk"})
MINERALS = ("calcium", "pth", "vitamin_d", "calcitriol", "phosphate", "urinary_calcium", "gfr")
LACKING = dict.fromkeys(
    MINERALS, "is of persons: animals have no mineral axis here"
)  # outputs that some model or all lack, and why


@dataclass(frozen=True)
class ScenarioRow(Row):
    """`simulate`: an output at a time, in `unit`; the 90 % interval is empty without draws.   evidence : human, animal, assumed"""

    months: float
    output: str
    value: float
    lo90: float | None
    hi90: float | None
    unit: str
    evidence: str


@dataclass(frozen=True)
class Simulated:
    """rows as in the contract (see COLUMNS); notes for people; doses: the ledger of what was given."""

    rows: list[ScenarioRow]
    notes: tuple[str, ...]
    doses: tuple[DoseRecord, ...] = ()


def refuse_unbuilt(features: tuple[str, ...]) -> None:
    """Raise Unsupported naming every feature that the file needs and this version lacks."""
    if features:
        faults = [
            Fault("unsupported", f, f, "", "", WHY_NOT.get(f, f"The feature '{f}' is not built in this version."))
            for f in features
        ]
        raise Unsupported(faults)


def simulate_scenario(scenario: Scenario, seed: int = 1, rtol: float = RTOL, full: bool = False) -> Simulated:
    """Run a scenario. Raises InputError, Unsupported or RunFailed.

    rtol : relative tolerance, of the life before month 0 too; a looser one (EXPLORE) is for sliders, and the notes say so:
           what lies before month 0 is then solved to the usual one, once for all settings of a slider
    full : with the model of every drug and harm, as the page has it, instead of what the scenario needs: the same answer
           by other steps, so that the page's numbers are met to rounding
    """
    days = np.array(scenario.output.days())
    case = case_of(scenario, seed, full, min(rtol, RTOL))
    outputs = needed(scenario.output.of)
    grid = np.unique(np.concatenate([[min(0.0, days[0])], [0.0], instants(days, scenario.output.of)]))
    got = simulate(case, grid[grid >= case.begin], outputs, rtol, atol=1e-3 * rtol)
    if got.failed[0]:
        raise RunFailed(Fault("patient_failed", "person", "", "", "", f"The simulation failed: it {got.reasons[0]}."))
    values = with_risks(scenario.output.of, outputs, got.values[~got.failed], got.times)
    rows = _rows(case.model, scenario, got.times, values, days)
    loose = () if rtol <= RTOL else (f"Solved for exploration, to a relative tolerance of {rtol:g} (usual: {RTOL:g}).",)
    doses = scenario_ledger(scenario, case.model, got.doses[0])
    return Simulated(rows, (*_notes(scenario, got.failed, doses, got.settling[0]), *loose), doses)


def case_of(scenario: Scenario, seed: int = 1, full: bool = False, rtol: float = RTOL) -> ArmCase:
    """The person or animal of a scenario, ready to run. Raises InputError, Unsupported.   full : as in `simulate_scenario`"""
    refuse_unbuilt(scenario.features())
    n = _lane_count(scenario)
    if full and scenario.animal:
        text = "The full model is of people; an animal has a model of its own."
        raise Unsupported(Fault("unsupported", "--model", "full", "needed", "", text))
    case = animal_case(scenario, n, seed) if scenario.animal else _person_case(scenario, n, seed, full, rtol)
    _check_outputs(case.model, scenario.output.of)
    refuse_unstudied(scenario_ledger(scenario, case.model), meant(scenario))
    return case


def case_of_values(
    scenario: Scenario, values: Mapping[str, Any], n: int, rtol: float = RTOL, hers: Collection[str] = ()
) -> ArmCase:
    """The typical person or animal of a scenario in n lanes whose parameters differ as `values`, (n,) each, says.

    What is known of a person (age, weight, T-scores) stays hers in every lane: month 0 is met in each.
    hers : names of values that count before what a file says or leaves to what is usual
    """
    refuse_unbuilt(scenario.features())
    if scenario.animal:
        return animal_case(scenario, n, 1, values)
    assert scenario.person is not None
    lines, model = cell_doses(scenario.cells), model_of(scenario)
    _check_outputs(model, scenario.output.of)
    parameters = dict(values) | {k: v for k, v in parameters_of(scenario.person).items() if k not in hers}
    if lines:
        weight, typical = parameters["body_weight"], np.zeros(n, np.int64)
        parameters |= cell_product_draws(model, lines, weight, typical, 1, human=True, values=values)
    own = {k: v for k, v in parameters.items() if k in model.parameters}
    return _ready(scenario, scenario.person, model, own, lines, n, rtol, match_and_run_in)


def case_of_file(path: str | Path, seed: int = 1, full: bool = False) -> tuple[Scenario, ArmCase]:
    """A scenario file and its case, ready to run."""
    scenario = attach_events(load_scenario(path), Path(path).parent)
    return scenario, case_of(scenario, seed, full)


def meant(scenario: Scenario) -> bool:
    """Whether the file says that a dose far beyond what was studied is meant."""
    return scenario.allow_unstudied_dose or any(r.allow_unstudied_dose or r.allow_extreme for r in scenario.regimen)


def simulate_file(path: str | Path, seed: int = 1, full: bool = False) -> Simulated:
    """Read and run a scenario file.   full : as in `simulate_scenario`"""
    return simulate_scenario(attach_events(load_scenario(path), Path(path).parent), seed, full=full)


def _check_outputs(model: Model, names: list[str]) -> None:
    known = {*model.outputs, *model.parameters, *(r for r, h in RISKS.items() if h in model.outputs)}
    lacking = [
        Fault("unsupported", "output", n, "", "", f"The output '{n}' {LACKING[n]}.")
        for n in names
        if n in LACKING and n not in known
    ]
    if lacking:
        raise Unsupported(lacking)
    refuse_harms([n for n in names if n not in known])
    wrong = [unknown("output", n, {*known, *hazards()}, "output of") for n in names if n not in known]
    if wrong:
        raise InputError(wrong)


def _lane_count(scenario: Scenario) -> int:
    """Member 0 is the typical parameter set. What cells do in a person is never told without an interval."""
    draws = scenario.output.draws or (CELL_DRAWS if scenario.cells and scenario.person else 0)
    return draws + 1


def model_of(scenario: Scenario, full: bool = False) -> Model:
    """The model that a scenario runs; `full` has every drug and harm. Raises Unsupported for what an animal cannot be given."""
    if scenario.animal:
        refuse_harms(scenario.output.of)
        return animal_model(scenario, lines_of(scenario))
    harms = harms_requested([*scenario.asked_for(), *named_in(scenario)])
    lines = lines_of(scenario)
    modules = cell_modules(lines, human_bones) or modules_without_cells(scenario.asked_for())
    if full:
        harms = tuple(dict.fromkeys((*harms_of(plugged_by(CARDS)), *harms)))
    return human_model(CARDS if full else scenario.drugs(), modules=modules, harms=harms)


def lines_of(scenario: Scenario) -> tuple[CellDose, ...]:
    """Lines of cells of a scenario, donors on their own clocks."""
    if scenario.animal:
        return cell_doses(scenario.cells, scenario.animal.species, scenario.animal.age)
    person = scenario.person
    return cell_doses(scenario.cells, age=person.age * DAYS_PER_YEAR if person else None)


def refuse_harms(names: list[str]) -> None:
    """Raise Unsupported for a harm of an animal: their rates are those of people."""
    text = "The hazard '{}' is known of people only."
    faults = [Fault("unsupported", "output", n, "", "", text.format(n)) for n in names if harms_requested([n])]
    if faults:
        raise Unsupported(faults)


def _person_case(scenario: Scenario, n: int, seed: int, full: bool, rtol: float) -> ArmCase:
    assert scenario.person is not None
    lines = lines_of(scenario)
    model = model_of(scenario, full)
    _check_outputs(model, scenario.output.of)
    parameters = _lanes(model, scenario.person, lines, n, seed)
    return _ready(scenario, scenario.person, model, parameters, lines, n, rtol, _started)


def _ready(
    scenario: Scenario,
    person: Person,
    model: Model,
    parameters: dict[str, Any],
    lines: tuple[CellDose, ...],
    n: int,
    rtol: float,
    start: Callable[..., tuple[dict[str, Any], Array]],
) -> ArmCase:
    """The case of a person: everything that happens to her, matched to month 0.   start : matches and runs in"""
    begin = _begin(scenario)
    schedule = add_onsets(Schedule(), person, begin)
    until = scenario.output.days()[-1]
    treatment = treatment_of(scenario, lines)
    schedule_of(treatment, model, begin, until, schedule, lambda s: add_table(s, scenario, model))
    events = Events((schedule,))
    matched, states = start(person, model, parameters, n, events, begin, rtol)
    return ArmCase(model, matched, events, begin, states, treatment, label_of(person), until)


def treatment_of(scenario: Scenario, lines: tuple[CellDose, ...]) -> Treatment:
    """What the person or animal of a scenario is given, but for rows of an event table."""
    regimens = tuple(regimen_of(r) for r in scenario.regimen)
    return Treatment("", regimens, lines, tuple(scenario.habit), tuple(scenario.override))


def match_and_run_in(
    person: Person,
    model: Model,
    parameters: dict[str, Any],
    n: int,
    events: Events,
    begin: float,
    rtol: float,
) -> tuple[dict[str, Any], Array]:
    """Parameters matched to month 0, and states on day `begin`."""
    matched = match_baseline(person, model, parameters, n, events, begin, rtol)
    return matched, run_in(model, before_onset(person, matched), n, begin, rtol)


_starts: dict[Any, tuple[dict[str, Any], Array]] = {}  # lives until month 0 that were asked for last
KEPT = 32


def _started(
    person: Person,
    model: Model,
    parameters: dict[str, Any],
    n: int,
    events: Events,
    begin: float,
    rtol: float,
) -> tuple[dict[str, Any], Array]:
    """Parameters matched to month 0, and states on day `begin`; remembered, as what comes later changes neither."""
    before = tuple(e for e in events.schedules[0].rows if e.time < 0) + tuple(events.schedules[0].guards)
    steady = tuple(s for s in events.schedules[0].steady if s.time < 0)
    values = tuple((k, np.asarray(v, float).tobytes()) for k, v in sorted(parameters.items()))
    key = (
        person.model_dump_json(),
        model.traced.fingerprint,
        tuple(model.defaults.items()),
        values,
        n,
        before,
        steady,
        begin,
        rtol,
    )
    if key not in _starts:
        matched, states = match_and_run_in(person, model, parameters, n, events, begin, rtol)
        while len(_starts) >= KEPT:
            _starts.pop(next(iter(_starts)))
        _starts[key] = matched, states
    matched, states = _starts[key]
    return dict(matched), states.copy()


def _lanes(model: Model, person: Person, lines: tuple[CellDose, ...], n: int, seed: int) -> dict[str, Any]:
    """Member 0 is the typical parameter set, the others are drawn from the fit's ensemble and the priors of cells."""
    parameters: dict[str, Any] = dict(parameters_of(person))
    if lines:
        weight = parameters["body_weight"]
        parameters |= cell_product_draws(model, lines, weight, np.arange(n), seed, human=True)
    return parameters | ensemble_draws(model, n, seed, set(parameters)) | harm_draws(model, np.arange(n), seed, True)


def _begin(scenario: Scenario) -> float:
    """First day that is run with drugs, habits and overrides in force, or looked at."""
    starts = (
        [r.start for r in scenario.regimen]
        + [d for c in scenario.cells for d in c.at]
        + [h.start for h in scenario.habit]
        + scenario.output.days()[:1]
    )
    starts += [history_start() if o.start is None else o.start for o in scenario.override]
    starts += onsets(scenario.person).values() if scenario.person else ()
    starts += [r.time for r in scenario.table()]
    return min([0.0, *starts])


def _rows(model: Model, scenario: Scenario, times: Array, values: Array, days: Array) -> list[ScenarioRow]:
    rows = []
    at_zero = int(np.searchsorted(times, 0.0))
    kept = np.searchsorted(times, days)
    for k, name in enumerate(scenario.output.of):
        unit_of = "percent" if name in RISKS else model.unit(name)
        curve, unit = _as(scenario.output.as_, values[:, :, k], at_zero, unit_of, name)
        low, high = _interval(curve)
        evidence = _evidence(scenario, name)
        for day, i in zip(days, kept, strict=True):
            value, months = float(curve[0, i]), float(day) / DAYS_PER_MONTH
            rows.append(ScenarioRow(months, name, value, low[i], high[i], unit, evidence))
    return rows


def _as(form: str, values: Array, at_zero: int, unit: str, name: str) -> tuple[Array, str]:
    base = values[:, at_zero : at_zero + 1]
    if form == "value":
        return values, unit
    if np.any(base == 0.0):
        text = f"'{name}' is 0 at month 0, so it has no {form.replace('_', ' ')}. Ask for it as a value."
        raise InputError(Fault("zero_baseline", "[output] as", form, "value", "", text))
    return (100 * (values / base - 1), "percent") if form == "percent_change" else (values / base, "1")


def outputs_on_day(scenario: Scenario, case: ArmCase, day: float, rtol: float = RTOL) -> tuple[Array, tuple[str, ...]]:
    """What a scenario looks at on one day in the form it asks for, (n, outputs), and the units; NaN where a lane failed."""
    outputs = needed(scenario.output.of)
    grid = np.unique(np.concatenate([[min(0.0, day)], [0.0], instants(np.array([day]), scenario.output.of)]))
    got = simulate(case, grid[grid >= case.begin], outputs, rtol, atol=1e-3 * rtol)
    values = with_risks(scenario.output.of, outputs, got.values, got.times)
    at_zero, place = int(np.searchsorted(got.times, 0.0)), int(np.searchsorted(got.times, day))
    columns, units = [], []
    for k, name in enumerate(scenario.output.of):
        unit_of = "percent" if name in RISKS else case.model.unit(name)
        curve, unit = _as(scenario.output.as_, values[:, :, k], at_zero, unit_of, name)
        columns.append(np.where(got.failed, np.nan, curve[:, place]))
        units.append(unit)
    return np.stack(columns, axis=1), tuple(units)


def _interval(curve: Array) -> tuple[list[float | None], list[float | None]]:
    if len(curve) < 2:
        return [None] * curve.shape[1], [None] * curve.shape[1]
    low, high = np.quantile(curve[1:], [0.05, 0.95], axis=0)
    return [float(v) for v in low], [float(v) for v in high]


def _evidence(scenario: Scenario, output: str) -> str:
    """What an output rests on: human data, animal data, or assumption."""
    if scenario.override or any(ANIMAL_CARDS[d].evidence != "human" for d in scenario.drugs()):
        return "assumed"
    if scenario.animal:
        animal = scenario.animal
        exposures = [animal_drug(d, animal.species, animal.strain).exposure for d in sorted(scenario.drugs())]
        return "animal" if all(e == "derived" for e in exposures) else "assumed"
    if harms_requested([output]):
        return evidence_of(harms_requested([output])[0], scenario.drugs())
    if scenario.cells:
        return "human" if output in FROM_HUMANS else "animal" if output in FROM_ANIMALS else "assumed"
    return "human"


def label_warnings(scenario: Scenario) -> tuple[Warned, ...]:
    """What labels say of the regimens of a person."""
    if scenario.person is None:
        return ()
    regimens = [*(regimen_of(r) for r in scenario.regimen), *table_regimens(scenario)]
    return warnings(regimens, treated(scenario.person), scenario.output.days()[-1])


def _cell_notes(scenario: Scenario) -> list[str]:
    """What a reader must know of every line of cells."""
    body = body_of(scenario.animal.species if scenario.animal else "human")
    person = scenario.person
    weight = parameters_of(person)["body_weight"] if person else body.weight
    lines = lines_of(scenario)
    return [note for line in lines for note in cell_notes(line, weight, scenario.animal is None)]


def _notes(
    scenario: Scenario, failed: NDArray[np.bool_], doses: tuple[DoseRecord, ...], settling: float
) -> tuple[str, ...]:
    notes = [
        f"{r.drug} {r.dose} is beyond the largest studied dose: extrapolated."
        for r in scenario.regimen
        if r.extrapolated
    ]
    each = {r.drug for r in scenario.regimen if r.extrapolated}
    notes += [
        f"{d.drug} of {d.source} is beyond the largest studied dose ({d.times_studied:.3g} times): extrapolated."
        for d in doses
        if d.times_studied > 1 + 1e-9 and d.drug not in each and d.drug in scenario.drugs()
    ]
    notes += table_notes(scenario, {d.drug for d in doses if d.times_studied > 1 + 1e-9})
    if settling > DAYS_PER_YEAR:
        notes.append(
            f"The steady state is reached, to nine tenths, after {settling / DAYS_PER_YEAR:.2g} years of dosing."
        )
    notes += assumed_in_scenario(scenario)
    notes += [w.text for w in label_warnings(scenario) if w.kind != "ask"]
    notes += animal_notes(scenario)
    notes += _cell_notes(scenario)
    if failed.any():
        notes.append(f"{int(failed.sum())} of {len(failed)} draws failed and are left out of the interval.")
    return tuple(notes)
