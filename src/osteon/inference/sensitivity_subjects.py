"""What a sensitivity analysis is asked of: a scenario, the arms of a study, or a dose-response file, as functions of lanes.

A subject says which outputs it has, which numbers are uncertain in it (with their stated priors), and what n lanes of
values give. A scenario's person stays who she is; a study's arms are those of the typical woman of its cohort; a
dose-response file is asked at its largest dose and first infusion time for each species, source and route.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from osteon.cells.translation import translation_at
from osteon.errors import Fault, InputError, unknown
from osteon.inference.priors import PRIOR_KINDS, Prior, priors_of
from osteon.inputs import Scenario, Study, is_dose_response, load_dose_response, read_scenario, read_study
from osteon.inputs.dose_response import DoseResponse
from osteon.io import toml
from osteon.io.quantities import parse
from osteon.model import Model, Uniform
from osteon.outcomes.harms import harms_requested
from osteon.simulation.arm import prepare, simulate
from osteon.simulation.assembly import human_model
from osteon.simulation.cell_products import cell_doses, cell_modules, cell_product_draws, human_bones
from osteon.simulation.event_tables import attach_events
from osteon.simulation.person import parameters_of
from osteon.simulation.scenario import EXPLORE, case_of_values, model_of, outputs_on_day
from osteon.simulation.treatment import Subjects, Treatment
from osteon.simulation.typical import cohort_of, person_of, typical
from osteon.statistics.two_arms import change
from osteon.trial.dose_response import effect_of_values, groups, host_model
from osteon.trial.endpoints import of_fractures
from osteon.trial.treatment import treatment_of
from osteon.units import DAYS_PER_MONTH

Array = NDArray[np.float64]
Values = dict[str, Array]


@dataclass(frozen=True)
class LookedAt:
    """One output of a subject: its name, arm or group (empty of a scenario), month, unit."""

    output: str
    where: str
    months: float
    unit: str


@dataclass(frozen=True)
class Subject:
    """outputs : in the order of `evaluate`'s columns; evaluate : values by name, (n,) each -> (n, outputs), NaN where a lane failed"""

    title: str
    kind: str
    outputs: tuple[LookedAt, ...]
    priors: tuple[Prior, ...]
    evaluate: Callable[[Values, int], Array]

    def choose(self, outputs: Sequence[str]) -> Subject:
        """The subject with only the named outputs. Raises InputError for a name it does not have."""
        names = [o.output for o in self.outputs]
        wrong = [unknown("output", n, names, "--output") for n in outputs if n not in names]
        if wrong:
            raise InputError(wrong)
        kept = [i for i, n in enumerate(names) if not outputs or n in outputs]
        return replace(
            self,
            outputs=tuple(self.outputs[i] for i in kept),
            evaluate=lambda values, n: self.evaluate(values, n)[:, kept],
        )

    def only(self, names: Sequence[str]) -> Subject:
        """The subject with only these numbers uncertain. Raises InputError for one that is not among them."""
        known = {p.name: p for p in self.priors}
        wrong = [unknown("uncertain parameter", n, known, "--parameters") for n in names if n not in known]
        if wrong:
            raise InputError(wrong)
        return replace(self, priors=tuple(known[n] for n in names)) if names else self


def subject_of_file(path: str | Path, at: str = "", kinds: Collection[str] = PRIOR_KINDS) -> Subject:
    """The subject of a scenario, study or dose-response file.   at : the time of a scenario, as in "24 months"; else its end"""
    table, name = toml.read(path), Path(path).name
    if is_dose_response(table):
        _no_time(at, "a dose-response file")
        return of_dose_response(load_dose_response(path).dose_response, name, kinds)
    if "arm" in table or "design" in table or "population" in table:
        _no_time(at, "a study")
        return of_study(read_study(table, name), kinds)
    return of_scenario(attach_events(read_scenario(table, name), Path(path).parent), at, kinds)


def _no_time(at: str, what: str) -> None:
    if at:
        text = f"--at is for a scenario; {what} has its own times."
        raise InputError(Fault("usage", "--at", at, "", "Leave --at out.", text))


def of_scenario(
    scenario: Scenario, at: str = "", kinds: Collection[str] = PRIOR_KINDS, rtol: float = EXPLORE / 10
) -> Subject:
    """Outputs of a scenario on one day, its last one where none is said."""
    days = scenario.output.days()
    day = parse(at, "day", "--at", min(0.0, days[0]), days[-1]).convert("day") if at else days[-1]
    model = model_of(scenario)
    own = parameters_of(scenario.person) if scenario.person else {}
    changed = [o.parameter for o in scenario.override]
    priors = _with_translation(
        priors_of(model, kinds, {*own, *changed}), model, kinds, bool(scenario.cells and scenario.person)
    )
    _, units = outputs_on_day(scenario, case_of_values(scenario, {}, 1, rtol), day, rtol)

    def evaluate(values: Values, n: int) -> Array:
        return outputs_on_day(scenario, case_of_values(scenario, values, n, rtol), day, rtol)[0]

    seen = tuple(LookedAt(o, "", day / DAYS_PER_MONTH, u) for o, u in zip(scenario.output.of, units, strict=True))
    return Subject(scenario.title or "scenario", "scenario", seen, priors, evaluate)


def _with_translation(
    priors: tuple[Prior, ...], model: Model, kinds: Collection[str], human: bool
) -> tuple[Prior, ...]:
    """With the prior of how much of an animal's effect is seen in people, where cells are given to a person."""
    p = model.parameters.get("translation")
    if p is None or not human or p.kind not in kinds:
        return tuple(x for x in priors if x.name != "translation")
    own = Prior(p, Uniform(0.0, 1.0), "the translation prior of the cells", translation_at)
    return (*(x for x in priors if x.name != "translation"), own)


def of_study(study: Study, kinds: Collection[str] = PRIOR_KINDS, rtol: float = EXPLORE / 10) -> Subject:
    """Endpoints of a study's arms in the typical woman of its cohort; of an endpoint with a comparator, the difference too."""
    endpoints = [e for e in study.endpoint if not of_fractures(e.name)]
    if not endpoints:
        text = "This study has endpoints of fractures alone; they are counts of events, which depend on chance too."
        raise InputError(Fault("no_output", "endpoint", "", "BMD, markers", "", text))
    cohort = cohort_of(study)
    harms = harms_requested(e.name for e in study.endpoint)
    lines = {a.name: cell_doses(a.cells) for a in study.arm}
    models = {
        a.name: human_model({r.drug for r in a.regimen}, modules=cell_modules(lines[a.name], human_bones), harms=harms)
        for a in study.arm
    }
    taken = {*person_of(cohort), *(o.parameter for a in study.arm for o in a.override)}
    merged = {p.name: p for m in models.values() for p in _with_translation(priors_of(m, kinds, taken), m, kinds, True)}
    days = np.unique([0.0, *(e.visit for e in endpoints)])
    names = sorted({e.name for e in endpoints})

    def arm_values(arm: Any, values: Values, n: int) -> dict[str, Array]:
        model, given = models[arm.name], lines[arm.name]
        parameters = typical(cohort, values, n, rtol)
        if given:
            weight, zero = person_of(cohort)["body_weight"], np.zeros(n, np.int64)
            parameters |= cell_product_draws(model, given, weight, zero, 1, human=True, values=values)
        who = Subjects(n, parameters, label="typical woman of the cohort")
        got = simulate(prepare(treatment_of(study, arm), who, model, float(days[-1]) + 1, rtol), days, names, rtol)
        return {o: np.where(got.failed[:, None], np.nan, got.of(o)) for o in names}

    def evaluate(values: Values, n: int) -> Array:
        curves = {a.name: arm_values(a, values, n) for a in study.arm}
        return np.stack([c for e in endpoints for c in _endpoint_columns(study, e, curves, days)], axis=1)

    seen = tuple(LookedAt(e.name, w, e.visit / DAYS_PER_MONTH, _unit(e, models)) for e in endpoints for w in _wheres(study, e))  # fmt: skip
    return Subject(study.title, "study", seen, tuple(merged.values()), evaluate)


def _unit(e: Any, models: Mapping[str, Model]) -> str:
    return {"percent_change": "percent", "ratio": "1"}.get(e.as_) or next(iter(models.values())).unit(e.name)


def _wheres(study: Study, e: Any) -> list[str]:
    return [
        *(a.name for a in study.arm),
        *(f"{a.name} - {e.compare}" for a in study.arm if e.compare not in (None, a.name)),
    ]


def _endpoint_columns(study: Study, e: Any, curves: Mapping[str, Mapping[str, Array]], days: Array) -> list[Array]:
    visit, zero = int(np.searchsorted(days, e.visit)), int(np.searchsorted(days, 0.0))
    own = {a.name: change(curves[a.name][e.name][:, visit], curves[a.name][e.name][:, zero], e.as_) for a in study.arm}
    return [*own.values(), *(own[a.name] - own[e.compare] for a in study.arm if e.compare not in (None, a.name))]


def of_treatment(
    treatment: Treatment, output: str, months: float, kinds: Collection[str] = PRIOR_KINDS, rtol: float = EXPLORE / 10
) -> Subject:
    """Percent change of one output in a woman of 65, 15 years past menopause, under a treatment from month 0 on."""
    model = human_model(treatment.drugs)
    woman = {"age_at_start": 65.0, "menopause_age": 50.0}
    days = [0.0, months * DAYS_PER_MONTH]

    def evaluate(values: Values, n: int) -> Array:
        case = prepare(treatment, Subjects(n, {**values, **woman}), model, days[-1] + 1, rtol)
        got = simulate(case, days, [output], rtol)
        curve = got.of(output)
        return np.where(got.failed, np.nan, 100 * (curve[:, 1] / curve[:, 0] - 1))[:, None]

    seen = (LookedAt(output, "", months, "percent"),)
    return Subject(treatment.name, "treatment", seen, priors_of(model, kinds, woman), evaluate)


def of_dose_response(file: DoseResponse, name: str, kinds: Collection[str] = PRIOR_KINDS) -> Subject:
    """Effect on bone of the largest dose of every species, source and route, percent over the same host without cells."""
    all_groups = groups(file)
    merged: dict[str, Prior] = {}
    for group in all_groups:
        model = host_model(file, group)
        merged |= {p.name: p for p in _with_translation(priors_of(model, kinds), model, kinds, group[0] == "human")}

    def evaluate(values: Values, n: int) -> Array:
        return np.stack([effect_of_values(file, group, values, n) for group in all_groups], axis=1)

    seen = tuple(LookedAt("benefit", " / ".join(g), file.at / DAYS_PER_MONTH, "percent") for g in all_groups)
    return Subject(name, "dose_response", seen, tuple(merged.values()), evaluate)
