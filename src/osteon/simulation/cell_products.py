"""Cells in a scenario or an arm: from what a file says to modules, values for every member, and events.

What a dose meets is drawn member by member: priors of the kinetics and of the action, figures of the source, hazards, and in
people the factor by which effects in animals translate. Member 0 is typical.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from osteon.biology.sites import MIXES
from osteon.biology.species import body_of
from osteon.cells.action import SYSTEMIC, free_module, line_action, local_module, memory_of
from osteon.cells.hazards import (
    BETWEEN,
    HAZARDS,
    KINDS,
    dose_groups,
    hazard_name,
    hazards_of_course,
    line_hazards,
    tolerance_of_humans,
)
from osteon.cells.immune import IMMUNE, competence_of_patients, line_immunity, mismatch_of
from osteon.cells.kinetics import SHARED, landing, landing_states, line_module, site_module
from osteon.cells.posterior import normal_places
from osteon.cells.product import CellDose, potency, raised_by_pretreatment
from osteon.cells.regulators import folds_at
from osteon.cells.sources import markers
from osteon.cells.translation import PRIORS, SMALL_STUDIES, in_words, small_study_share_at, translation_at
from osteon.cells.translation import USUAL as USUAL_PRIOR
from osteon.engine import Schedule
from osteon.inputs.cell_hosts import donor_match, donor_species
from osteon.inputs.dosing import Cells
from osteon.inputs.names import DXA, SITES, SOFT_TISSUES
from osteon.inputs.studied_range import HUMAN_CELLS_PER_KG, LARGEST_CELLS
from osteon.model import Model, Module, Parameter
from osteon.population.sampling import draw
from osteon.streams import uniform

Array = NDArray[np.float64]
USUAL_DONOR = 30.0  # years, of a donor whose age is not given.  Source: assumed
INSTANT = 1 / 1440  # days; a dose given faster than a minute is a bolus


def cell_doses(records: Iterable[Cells], host: str = "human", age: float | None = None) -> tuple[CellDose, ...]:
    """Lines of cell doses from a file.   host : species; age : of the host on day 0, in days, where known"""
    return tuple(_given(r, host, age) for r in records)


def donor_years(r: Cells, host: str, age: float | None = None) -> float:
    """Age of a donor on the clock of people.  [years]   host, age : as in `cell_doses`

    A cord is the newborn's, whoever the mother is; own cells are as old as the host on the day of the first dose.
    """
    if r.source == "umbilical_cord":
        return 0.0
    species, days = donor_species(r.donor, host), r.donor.age
    if days is None and r.donor.match == "autologous" and age is not None:
        days = age + max(0.0, min(r.at))
    return USUAL_DONOR if days is None else body_of(species).human_years(days)


def _given(r: Cells, host: str, age: float | None) -> CellDose:
    unit = next(u for u in ("cells", "cells/kg", "particles", "particles/kg", "mg", "mg/kg") if _same(r.amount, u))
    return CellDose(
        source=r.source,
        subtype=r.subtype,
        amount=r.amount.convert(unit),
        basis=unit,
        route=r.route,
        days=tuple(sorted(r.at)),
        donor_age=donor_years(r, host, age),
        donor_disease=r.donor.disease,
        match=donor_match(r.donor, host),
        passage=r.passage,
        viability=r.viability,
        pretreatment=tuple(r.pretreatment),
        knocked_down=tuple(r.knocked_down),
        product="cells" if r.product == "fibroblasts" else r.product,
        inert=r.product == "fibroblasts",
        site=SOFT_TISSUES.get(r.route, None if r.route == "intravenous" else r.site),
        state=r.state,
        volume=r.volume,
        infusion=r.infusion_time or 0.0,
        heparin=r.heparin,
        vehicle=r.vehicle,
        translation_prior=r.translation_prior,
        spheroid=r.culture == "spheroid",
    )


def _same(dose: Any, unit: str) -> bool:
    from osteon.io.quantities import Quantity

    return bool(dose.parsed.exponents == Quantity(1.0, unit).parsed.exponents)


def human_bones(site: str) -> tuple[str, ...]:
    """Compartments of a person's skeleton that a treated site acts on and DXA sees: cancellous bone, where cells go."""
    return tuple(dict.fromkeys(MIXES[s][0] for s in DXA.get(site, ())))


def modules_without_cells(asked: Iterable[str]) -> tuple[Module, ...]:
    """Modules of a host without cells that is asked for what only cells bring: all of it is nothing, and said so."""
    names = {
        n for m in EVERY_LINE for part in (m.ports, m.rules, m.states, m.parameters) for n in (p.name for p in part)
    }
    return EVERY_LINE if names & set(asked) else ()


EVERY_LINE: tuple[Module, ...] = (SHARED, site_module((*SITES, *SOFT_TISSUES.values())), SYSTEMIC, IMMUNE, HAZARDS)


def cell_modules(
    lines: Sequence[CellDose], bones: Callable[[str], tuple[str, ...]], fat: Callable[[str], bool] = lambda bone: False
) -> tuple[Module, ...]:
    """Modules of all lines. bones: site -> bones of the host that cells there act on.

    fat : bone -> whether the host keeps account of its marrow fat apart
    """
    if not lines:
        return ()
    treated = dict.fromkeys(b for g in lines if g.site for b in bones(g.site))
    modules: list[Module] = [*EVERY_LINE]
    modules += [local_module(b, treated_site(b, lines, bones), fat(b)) for b in treated]
    groups = dose_groups(lines)
    for i, given in enumerate(lines, 1):
        if given.product == "cells":
            own = bones(given.site) if given.site else ()
            modules += [line_module(i, given), line_action(i, given, own), line_immunity(i, given)]
            modules.append(line_hazards(i, len(groups[i - 1])))
        else:
            modules.append(free_module(i))
    return tuple(modules)


def treated_site(bone: str, lines: Sequence[CellDose], bones: Callable[[str], tuple[str, ...]]) -> str:
    """The site whose donor cells lie in a bone."""
    return next(g.site for g in lines if g.site and bone in bones(g.site))


def cell_product_draws(
    model: Model,
    lines: Sequence[CellDose],
    weight: Any,
    members: NDArray[np.int64],
    seed: int,
    human: bool,
    centre: float = BETWEEN,
    values: Mapping[str, Array] | None = None,
) -> dict[str, Array]:
    """Parameter values of every member, (n,) each. members: indices; 0 is typical; weight in kg, number or (n,).

    centre : of the prior of what the lung of a person bears against that of a mouse, before infused patients are counted
    values : of single parameters, (n,) each, instead of those drawn; what is worked out from them follows
    """
    shared = _drawn(members, seed)
    if human:
        u = np.where(members == 0, 0.5, uniform(seed, members, "cells:translation"))
        shared["immune_competence"] = competence_of_patients(uniform(seed, members, "cells:immune"), members == 0)
        priors = {g.translation_prior for g in lines} or {USUAL_PRIOR}
        shared["translation"] = translation_at(u, sorted(priors)[-1])  # the older, lower one where lines differ
        shared["small_study_share"] = small_study_share_at(ndtr(normal_places("small_study_share", members, seed)))
    shared |= {k: v for k, v in (values or {}).items() if k in shared}
    body = np.broadcast_to(np.asarray(weight, float), members.shape)
    found = dict(shared)
    for i, given in enumerate(lines, 1):
        found |= _line_values(i, given, shared, body, members, seed)
    found |= _hazard_values(
        lines, shared, body, members, seed, human_tolerance_draws(members, seed, centre) if human else 1.0
    )
    return {k: v for k, v in found.items() if k in model.parameters}


def immune_answers(patients: NDArray[np.int64], seed: int) -> Array:
    """How strongly each patient answers cells of another, (n,).  [1]"""
    return competence_of_patients(uniform(seed, patients, "cells:immune"), np.zeros(patients.shape, dtype=bool))


def acute_hazards(
    lines: Sequence[CellDose], weight: Array, draws: NDArray[np.int64], seed: int, within: float
) -> dict[str, Array]:
    """Cumulative hazards of people from all doses within some days of the first, one of KINDS -> (n,), in their parameter draws."""
    shared = _drawn(draws, seed)
    diameters, places = zip(*(line_draws(g, draws, seed) for g in lines), strict=True)
    found = hazards_of_course(
        lines, weight, diameters, places, shared["k_cell_loss"], human_tolerance_draws(draws, seed)
    )
    groups = dose_groups(lines)
    last = min(day for g in lines for day in g.days) + within
    total: dict[str, Array] = {}
    for own, doses in zip(found, groups, strict=True):
        for kind, hazards in own.items():
            for hazard, group in zip(hazards, doses, strict=True):
                count = sum(pulse.day <= last for pulse in group)
                total[kind] = total.get(kind, np.zeros(len(draws))) + count * hazard
    return total


def human_tolerance_draws(members: NDArray[np.int64], seed: int, centre: float = BETWEEN) -> Array:
    """What the lung of a person bears against that of a mouse, member by member, after the patients infused so far.  [1]"""
    return tolerance_of_humans(np.where(members == 0, 0.5, uniform(seed, members, "cells:tolerance")), centre)


def _hazard_values(
    lines: Sequence[CellDose],
    shared: dict[str, Array],
    weight: Array,
    members: NDArray[np.int64],
    seed: int,
    tolerance: Array | float,
) -> dict[str, Array]:
    """Hazards of all doses of all lines, each on top of what earlier ones left in the lung."""
    diameters, places = zip(*(line_draws(g, members, seed) for g in lines), strict=True) if lines else ((), ())
    found = hazards_of_course(lines, weight, diameters, places, shared["k_cell_loss"], tolerance)
    return {
        hazard_name(kind, i, g): hazard
        for i, own in enumerate(found, 1)
        for kind, hazards in own.items()
        for g, hazard in enumerate(hazards, 1)
    }


def _drawn(members: NDArray[np.int64], seed: int) -> dict[str, Array]:
    values = {}
    for p in (*SHARED.parameters, *SYSTEMIC.parameters, *IMMUNE.parameters):
        if p.name == "immune_competence":
            continue  # the host's
        values[p.name] = drawn_parameter(p, members, seed)
    return values


def drawn_parameter(p: Parameter, members: NDArray[np.int64], seed: int) -> Array:
    """Values of a parameter that all products share, (n,): by evidence where there is some, else its prior; member 0 typical."""
    if p.uncertainty is None:
        return np.full(members.shape, p.value)
    places = normal_places(p.name, members, seed)
    values = np.where(places == 0, p.value, draw(p.value, p.uncertainty, ndtr(places)))
    return np.clip(values, *p.bounds) if p.bounds else np.asarray(values)


def _place(given: CellDose, members: NDArray[np.int64], seed: int, purpose: str) -> Array:
    """Normal places of the members for one figure of a source; 0 for the typical member without evidence."""
    return normal_places(f"{given.source}:{purpose}", members, seed)


def line_draws(given: CellDose, members: NDArray[np.int64], seed: int) -> tuple[Array, Array]:
    """Diameter in um and normal places of the hazards of a line, (members,) each."""
    diameter = given.origin.diameter(given.passage, given.spheroid, z=_place(given, members, seed, "diameter"))
    return np.maximum(diameter, 8.0), _place(given, members, seed, "hazard")


def _line_values(
    i: int, given: CellDose, shared: dict[str, Array], weight: Array, members: NDArray[np.int64], seed: int
) -> dict[str, Array]:
    potency_loss = given.origin.donor_potency_factor(
        given.passage, given.donor_age, given.osteoporotic_donor, _place(given, members, seed, "osteogenic")
    )
    secretome = given.origin["secretome"].at(_place(given, members, seed, "secretome")) * potency_loss
    folds = folds_at((*given.pretreatment, *given.knocked_down), members, seed)
    secretome = secretome * raised_by_pretreatment(given, folds) ** shared["fate_secretion"]
    if given.product != "cells":
        return {f"memory_of_{i}": memory_of(given, weight, secretome, shared)}
    diameter, _ = line_draws(given, members, seed)
    active = 0.0 if given.inert else 1.0
    own = {
        f"cell_potency_{i}": active * potency(given, _place(given, members, seed, "osteogenic"), folds),
        f"cell_secretome_{i}": active * secretome,
        f"mismatch_{i}": mismatch_of(given, _place(given, members, seed, "immunogenicity")),
    }
    return own | landing(i, given, shared, diameter, weight)


def add_cells(schedule: Schedule, lines: Sequence[CellDose], bones: Callable[[str], tuple[str, ...]]) -> Schedule:
    """Put all cell doses into a schedule. The amounts are parameters of each member."""
    groups = dose_groups(lines)
    for i, given in enumerate(lines, 1):
        if given.product != "cells":
            own = bones(given.site) if given.site else ()
            for state in [f"trophic_{b}" for b in own] if given.site else ["trophic"]:
                schedule.bolus(given.days, state, 1.0, share=f"memory_of_{i}")
            continue
        for state in landing_states(i, given):
            if given.infusion > INSTANT:
                schedule.infusion(given.days, given.infusion, state, 1.0, share=f"dose_to_{state}")
            else:
                schedule.bolus(given.days, state, 1.0, share=f"dose_to_{state}")
        for g, group in enumerate(groups[i - 1], 1):
            for kind in KINDS:
                schedule.bolus([p.day for p in group], f"{kind}_hazard", 1.0, share=hazard_name(kind, i, g))
    return schedule


def cell_notes(given: CellDose, weight: float, human: bool) -> tuple[str, ...]:
    """What a reader must know of a product and its dose: beyond what was given, past its cap, not to be released."""
    notes, origin = [], given.origin
    each_kg, what = float(given.total(weight)) / weight, given.basis.removesuffix("/kg")
    most = HUMAN_CELLS_PER_KG if human and what == "cells" else LARGEST_CELLS[f"{what}/kg"][0]
    if each_kg > most * (1 + 1e-9):
        host = "in people" if human else "in any animal"
        notes.append(f"{each_kg:.3g} {what}/kg is beyond the largest dose usual {host} ({most:.3g}): extrapolated.")
    if given.product == "vehicle" or not each_kg:
        return (*notes, "No cells are given: this line is the control, and nothing here acts.")
    if human:
        notes.append(f"Effect of cells in people: {in_words(given.translation_prior)}, and {SMALL_STUDIES[0]:g} of that for the bias of small studies.")  # fmt: skip
        others = "; ".join(f"'{p}': {in_words(p)}" for p in PRIORS if p != given.translation_prior)
        notes.append(f"The other prior of that effect, by translation_prior, {others}.")
    if human and given.site and not human_bones(given.site):
        notes.append(f"Densitometry of a person does not see '{given.site}': an effect there has no outcome.")
    if given.product == "exosomes" and what == "mg":
        notes.append("Vesicles by protein count as 3e9 a ug; preparations differ ten-fold and more.")
    if given.product != "cells":
        return tuple(notes)
    if given.inert:
        notes.append(
            "Fibroblasts: as large as the cells of the source, and without effect on bone by definition (none was seen: huang2015, an2013)."
        )
    if given.viability == 0:
        notes.append("All cells are dead: they lodge and carry label, and do nothing. Whether dying cells act is not modelled.")  # fmt: skip
    cap = origin["passage_cap"].typical
    if given.passage > cap:
        notes.append(f"Passage {given.passage} is beyond the cap of {cap:g} for {origin.label}: extrapolated.")
    least = markers()["least_viability"]
    if 0 < given.viability < least:
        notes.append(f"Viability {given.viability:.0%} is below the {least:.0%} at which a product is released.")
    if given.match == "autologous" and given.source == "umbilical_cord":
        notes.append("Own cells of the cord: only a host whose cord was stored has them.")
    return tuple(notes)
