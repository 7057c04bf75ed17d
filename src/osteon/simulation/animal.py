"""An animal in a scenario: its species, age and condition, drugs and cells given to it, from maturity or the condition on.

Drugs have kinetics of their own in animals (interventions.animal_drugs); habits are of people and refused by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from osteon.biology.skeleton import SKELETON
from osteon.biology.species import (
    HEALING_SITES,
    OLD,
    Body,
    animal_modules,
    body_of,
    condition_values,
    knows_strain,
    starting_values,
)
from osteon.cells.product import CellDose
from osteon.engine import Events, Schedule
from osteon.engine.simulate import initial_states, parameter_matrix
from osteon.errors import Fault, InputError, Unsupported
from osteon.inputs import Scenario
from osteon.inputs.names import SITES
from osteon.inputs.people import Animal
from osteon.interventions.animal_drugs import (
    ANIMAL_DRUGS_ANTIBODIES,
    animal_drug,
    animal_drug_modules,
    effect_constant,
    refusal,
)
from osteon.model import Model, assemble
from osteon.outcomes.animal_markers import animal_markers
from osteon.simulation.arm import ArmCase
from osteon.simulation.cell_products import (
    add_cells,
    cell_doses,
    cell_modules,
    cell_product_draws,
    modules_without_cells,
)
from osteon.simulation.dosing import add_overrides, add_regimens, regimen_of
from osteon.simulation.fits import load_fit
from osteon.simulation.treatment import Treatment
from osteon.streams import normal

USUAL_SITES = ("femur_left", "tibia_left", "lumbar_spine")
SITE_TURNOVERS = frozenset(p.name for p in SKELETON.parameters if p.role == "site_turnover")
UNSCALED = frozenset({"strain_formation", "turnover_scale"}) | SITE_TURNOVERS  # a species has its own
LIFELONG = ("samp6",)  # conditions an animal is born with
TURNOVER_GSD = 1.25  # how far the trabecular turnover of a species is known.  Source: assumed
LONG_IN_RODENTS = 84.0  # days after which rodents answer a human protein with antibodies of their own.  Source: assumed
ORDER_GSD = 1.15  # the same of `formation_order`.  Source: assumed
RUN_IN = 1100.0  # days before maturity that stand for growing up so; loss after the peak is least here, matsushita1986
SITE_OF = {"fracture": "fracture", "nonunion": "fracture", "bone_defect": "bone_defect"}


def animal_model(scenario: Scenario, lines: tuple[CellDose, ...]) -> Model:
    """The model of an animal, of drugs and of cells it is given. Raises Unsupported for what does not bind, and for habits."""
    animal = scenario.animal
    assert animal is not None
    _refuse(scenario)
    sites = _sites(scenario)
    body = _body(animal)
    drugs = animal_drug_modules((r.drug for r in scenario.regimen), body, animal.strain, load_fit().values)
    fitted = {k: v for k, v in load_fit().values.items() if k not in UNSCALED}
    markers = animal_markers(body_of(animal.species).clock)
    cells = cell_modules(lines, _bones(sites), _has_marrow) or modules_without_cells(scenario.asked_for())
    return assemble(*animal_modules(animal.species, sites, fitted), markers, *drugs, *cells)


def animal_case(scenario: Scenario, n: int, seed: int, values: Mapping[str, Any] | None = None) -> ArmCase:
    """An animal ready to run. Raises Unsupported for habits, InputError for what the model does not know.

    values : of parameters, (n,) each, in animals that are otherwise typical; without them lanes beyond the first are drawn
    """
    animal = scenario.animal
    assert animal is not None
    body = _body(animal)
    _check_age(animal, body)
    _check_gap(scenario)
    lines = cell_doses(scenario.cells, animal.species, animal.age)
    model = animal_model(scenario, lines)
    begin = _begin(scenario, body)
    since = _since(animal, begin)
    parameters: dict[str, Any] = dict(starting_values(body, animal.age, animal.condition, since, animal.strain))
    parameters["female"] = 1.0 if animal.sex == "female" else 0.0
    parameters["body_weight"] = body.weight
    drawn = values if values is not None else _lanes(model, n, seed, animal.species, animal.strain, _drugs(scenario))
    parameters |= drawn
    if lines:
        numbers = np.arange(n) if values is None else np.zeros(n, np.int64)
        parameters |= cell_product_draws(model, lines, body.weight, numbers, seed, human=False, values=values)
    schedule = animal_schedule(scenario, lines, model, begin)
    parameters["immune_competence"] = 0.0 if animal.without_t_cells else 1.0
    known = {k: v for k, v in parameters.items() if k in model.parameters}
    states = initial_states(model, parameter_matrix(model, known, n))
    regimens = tuple(regimen_of(r) for r in scenario.regimen)
    given = Treatment(regimens=regimens, cells=lines, overrides=tuple(scenario.override))
    return ArmCase(model, known, Events((schedule,)), begin, states, given, f"{animal.species}, {animal.condition}")


def animal_schedule(scenario: Scenario, lines: tuple[CellDose, ...], model: Model, begin: float) -> Schedule:
    """What happens to an animal from day `begin` on: doses of drugs and cells, its condition, overrides."""
    animal = scenario.animal
    assert animal is not None
    regimens = [regimen_of(r) for r in scenario.regimen]
    schedule = add_regimens(Schedule(), model, regimens, scenario.output.days()[-1])
    add_cells(schedule, lines, _bones(_sites(scenario)))
    for name, value in condition_values(animal.condition).items():
        if name in model.parameters:
            schedule.set_parameter(_since(animal, begin), name, value)
    add_overrides(schedule, model, scenario.override, begin)
    return schedule


def animal_notes(scenario: Scenario) -> tuple[str, ...]:
    """What a reader must know of this animal beside its numbers."""
    animal = scenario.animal
    if animal is None:
        return ()
    body = body_of(animal.species)
    notes = []
    if animal.age < body.maturity:
        notes.append(
            f"A {animal.species} of {animal.age:g} days still grows; growth is not modelled, its bone is that of an adult."
        )
    if animal.without_t_cells:
        notes.append("Without T cells: cells of another are not rejected; what T cells do to bone is not taken away.")
    if animal.strain != "unspecified" and not knows_strain(animal.species, animal.strain):
        notes.append(f"Nothing is known here of the strain '{animal.strain}': it runs as the usual {animal.species}.")
    return (*notes, *_drug_notes(scenario))


def _drug_notes(scenario: Scenario) -> list[str]:
    """What a reader must know of every drug in this animal."""
    animal = scenario.animal
    assert animal is not None
    found = []
    for drug in _drugs(scenario):
        known = animal_drug(drug, animal.species, animal.strain)
        how = "tied to published exposure" if known.exposure == "derived" else "carried over from people by body size"
        found.append(f"Exposure of {drug} in the {animal.species} is {how}; its potency is that fitted in women.")
        days = max(r.until or scenario.output.days()[-1] for r in scenario.regimen if r.drug == drug)
        if drug in ANIMAL_DRUGS_ANTIBODIES and animal.species in ("rat", "mouse") and days > LONG_IN_RODENTS:
            weeks = LONG_IN_RODENTS / 7
            found.append(
                f"Rodents make antibodies against {drug} within about {weeks:.0f} weeks, which is not modelled."
            )
    return found


def _drugs(scenario: Scenario) -> tuple[str, ...]:
    return tuple(dict.fromkeys(r.drug for r in scenario.regimen))


def _body(animal: Animal) -> Body:
    """The body of this animal: that of its species, of its own weight."""
    return replace(body_of(animal.species), weight=animal.usual_weight)


def _check_age(animal: Animal, body: Body) -> None:
    """Raises InputError for an animal before puberty, and for a young one that is called aged."""
    youngest = body.age_of(OLD) if animal.condition == "aged" else body.puberty
    if animal.age < youngest:
        what = "called aged" if animal.condition == "aged" else "past puberty"
        text = f"A {animal.species} is {what} from {youngest:.0f} days on; this one has {animal.age:g}."
        raise InputError(Fault("age_out_of_range", "[animal] age", animal.age, f"from {youngest:.0f} days", "", text))


def _check_gap(scenario: Scenario) -> None:
    """Raises InputError for a fracture or a defect that the animal's condition does not make."""
    animal = scenario.animal
    assert animal is not None
    there = SITE_OF.get(animal.condition)
    used = [c.site for c in scenario.cells] + [
        s for s in HEALING_SITES for o in scenario.output.of if o.endswith(f"_{s}")
    ]
    for site in dict.fromkeys(s for s in used if s in HEALING_SITES and s != there):
        makes = " or ".join(k for k, v in SITE_OF.items() if v == site)
        text = f"An animal with condition '{animal.condition}' has no {site.replace('_', ' ')}: condition {makes} makes one."
        raise InputError(Fault("no_such_site", "[animal] condition", animal.condition, makes, "", text))


def _refuse(scenario: Scenario) -> None:
    animal = scenario.animal
    assert animal is not None
    reasons = {d: refusal(d, animal.species, animal.strain) for d in _drugs(scenario)}
    faults = [Fault("unsupported", f"regimen {d}", d, "", "", why) for d, why in reasons.items() if why]
    faults += [
        Fault("unsupported", f"habit {h.name}", h.name, "", "", f"The habit '{h.name}' has no meaning for an animal.")
        for h in scenario.habit
    ]
    if faults:
        raise Unsupported(faults)


def _sites(scenario: Scenario) -> tuple[str, ...]:
    """Sites that the outputs name, that cells go to, that the condition makes; at least the usual ones."""
    assert scenario.animal is not None
    named = [s for s in SITES for o in scenario.output.of if o.endswith(f"_{s}")]
    treated = [c.site for c in scenario.cells if c.site]
    broken = [SITE_OF[scenario.animal.condition]] if scenario.animal.condition in SITE_OF else []
    return tuple(dict.fromkeys([*named, *treated, *broken, *USUAL_SITES]))


def _has_marrow(bone: str) -> bool:
    """Whether a site is a bone with marrow of its own; a gap that heals is not."""
    return bone not in HEALING_SITES


def _bones(sites: tuple[str, ...]) -> Any:
    """Site -> bones of the animal that cells there act on: that one, where it is modelled."""
    return lambda site: (site,) if site in sites else ()


def _begin(scenario: Scenario, body: Body) -> float:
    """The day of maturity, or the first day anything happens or is looked at."""
    assert scenario.animal is not None
    starts = [min(0.0, body.maturity - scenario.animal.age), *(d for c in scenario.cells for d in c.at)]
    starts += [r.start for r in scenario.regimen]
    starts += [scenario.animal.condition_from or 0.0, *(o.start for o in scenario.override if o.start is not None)]
    grown = RUN_IN if scenario.animal.condition in LIFELONG else 0.0
    return min(0.0, *starts, *scenario.output.days()[:1]) - grown


def _since(animal: Animal, begin: float) -> float:
    """First day of the condition."""
    if animal.condition_from is not None:
        return animal.condition_from
    return begin if animal.condition in LIFELONG else 0.0


def _lanes(
    model: Model, n: int, seed: int, species: str, strain: str, drugs: tuple[str, ...] = ()
) -> dict[str, NDArray[np.float64]]:
    """The fit's ensemble on the clock of the species, and how far its own figures are known; member 0 typical."""
    if n == 1:
        return {}
    fit = load_fit()
    drawn = fit.ensemble(seed, np.arange(n - 1), {})
    ratios = {
        name: np.concatenate([[1.0], values / (fit.values[name] if name in fit.values else model.defaults[name])])
        for name, values in drawn.items()
        if name not in UNSCALED and (name in fit.values or name in model.defaults)
    }
    lane = np.arange(n)
    turnover = np.where(lane == 0, 1.0, TURNOVER_GSD ** normal(seed, lane, "species:turnover"))
    ratios |= {name: turnover for name, p in model.parameters.items() if p.role == "site_turnover"}
    ratios["formation_order"] = np.where(lane == 0, 1.0, ORDER_GSD ** normal(seed, lane, "species:formation_order"))
    for drug in drugs:
        name = effect_constant(drug, model.parameters)
        if name:
            ratios[name] = ratios.get(name, np.ones(n)) * _dose_factor(drug, n, seed, species, strain)
    return {name: _bounded(model, name, ratio) for name, ratio in ratios.items() if name in model.parameters}


def _dose_factor(drug: str, n: int, seed: int, species: str, strain: str) -> NDArray[np.float64]:
    """How far off the effect of a dose per kg may be in an animal; 1 in member 0."""
    lane = np.arange(n)
    spread = animal_drug(drug, species, strain).log_sd
    return np.where(lane == 0, 1.0, np.exp(spread * normal(seed, lane, f"species:{drug}")))


def _bounded(model: Model, name: str, ratio: NDArray[np.float64]) -> NDArray[np.float64]:
    low, high = model.parameters[name].bounds or (-np.inf, np.inf)
    return np.clip(ratio * model.defaults[name], low, high)
