"""Check a file against the model it would build: outputs, parameters, strata; and what this version cannot run yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from osteon.engine import Schedule
from osteon.errors import Fault, InputError, Unsupported, unknown
from osteon.evidence import load_cohort
from osteon.inputs import DrugRegimen, Scenario, Study, read_study
from osteon.inputs.names import FRACTURE_ENDPOINTS, SCORES
from osteon.interventions import CARDS
from osteon.outcomes.harms import hazards
from osteon.simulation.assembly import human_model
from osteon.simulation.cell_products import cell_doses, cell_modules, human_bones
from osteon.simulation.dose_ledger import arm_ledger, refuse_unstudied, scenario_ledger
from osteon.simulation.dosing import add_habits, add_overrides
from osteon.simulation.fracture_risk import RISKS
from osteon.simulation.harms import harms_in
from osteon.simulation.scenario import LACKING, meant, model_of


def check_scenario(scenario: Scenario) -> tuple[str, ...]:
    """Names of features that this version cannot run. Raises InputError for names that do not exist."""
    waits = list(scenario.features())
    if waits:
        return tuple(waits)
    model = model_of(scenario)
    known = {*model.outputs, *model.parameters, *RISKS}
    waits += [f"output '{n}'" for n in scenario.output.of if n in LACKING and n not in known]
    faults = [
        unknown("output", n, {*known, *hazards()}, "[output] of")
        for n in scenario.output.of
        if n not in known and n not in LACKING
    ]
    faults += _rules(scenario.regimen, known, "regimen")
    faults += _faults(lambda: add_overrides(Schedule(), model, scenario.override, 0.0))
    faults += _faults(lambda: refuse_unstudied(scenario_ledger(scenario, model), meant(scenario)))
    waits += _waits(lambda: add_habits(Schedule(), model, scenario.habit))
    if faults:
        raise InputError(faults)
    return tuple(waits)


def read_whole_study(table: dict[str, Any], name: str = "study") -> Study:
    """A study from a parsed table. Raises InputError with every fault of form and, with them, outputs that no model has."""
    try:
        return read_study(table, name)
    except InputError as error:
        raise InputError([*error.faults, *_unknown_outputs(table, name)]) from None


def _unknown_outputs(table: Mapping[str, Any], name: str) -> Iterator[Fault]:
    """Endpoints of a table with faults whose outputs do not exist, whatever its arms are given."""
    rows = table.get("endpoint")
    asked = [(k, e.get("name")) for k, e in enumerate(rows if isinstance(rows, list) else [], 1) if isinstance(e, dict)]
    if not asked:
        return
    known = {*human_model(set(CARDS)).outputs, *hazards(), *FRACTURE_ENDPOINTS, *SCORES}
    for k, output in asked:
        if isinstance(output, str) and output.isidentifier() and output not in known:
            yield unknown("output", output, known, f"{name} [endpoint.{k}] name")


def check_study(study: Study) -> tuple[str, ...]:
    """Names of features that this version cannot run. Raises InputError for names that do not exist."""
    waits, cohort = study.features(), study.population.cohort
    faults: list[Fault] = _faults(lambda: load_cohort(cohort)) if isinstance(cohort, str) else []
    outputs: list[set[str]] = []
    for i, arm in enumerate(study.arm, 1):
        model = human_model(
            {r.drug for r in arm.regimen},
            modules=cell_modules(cell_doses(arm.cells), human_bones),
            harms=harms_in(study),
        )
        outputs.append({*model.outputs, *FRACTURE_ENDPOINTS, *SCORES})
        known = {*model.outputs, *model.parameters}
        faults += _rules(arm.regimen, known, f"arm.{i}.regimen")
        faults += _faults(lambda m=model, a=arm: add_overrides(Schedule(), m, a.override, 0.0))
        allowed = study.allow_unstudied_dose or arm.allow_unstudied_dose
        allowed = allowed or any(r.allow_unstudied_dose or r.allow_extreme for r in arm.regimen)
        planned = arm_ledger(arm.regimen, arm.cells, study.design.visits[-1])
        faults += _faults(lambda p=planned, a=allowed, n=arm.name: refuse_unstudied(p, a, f"arm '{n}'"))
    shared = set.intersection(*outputs)  # what every arm's model shows
    faults += [
        unknown("output", e.name, {*shared, *hazards()}, f"[endpoint.{k}] name")
        for k, e in enumerate(study.endpoint, 1)
        if e.name not in shared
    ]
    if faults:
        raise InputError(dict.fromkeys(faults))
    return waits


def _rules(regimens: Sequence[DrugRegimen], known: set[str], where: str) -> list[Fault]:
    """Names in rules of regimens that the model does not have."""
    named = [(i, q) for i, r in enumerate(regimens, 1) for q in r.quantities()]
    return [
        unknown("quantity", q, known, f"[{where}.{i}] stop_when, hold_when")
        for i, q in named
        if q not in known and q != "time"  # which the solver knows
    ]


def _faults(try_it) -> list[Fault]:  # type: ignore[no-untyped-def]
    try:
        try_it()
    except InputError as error:
        return list(error.faults)
    return []


def _waits(try_it) -> list[str]:  # type: ignore[no-untyped-def]
    try:
        try_it()
    except Unsupported as error:
        return [f"{f.place}" for f in error.faults]
    return []
