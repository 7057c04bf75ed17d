"""Where cells go and how long they live: arrest, release, depletion (structure after wang2016), label apart from life.

Blood is passed in minutes, so a dose is split at the needle: what first pass through lung or a perfused organ holds, and
what passes on by blood flow. Arrested cells die at one rate in every organ; a very small share of what leaves the lung is
alive. Cells put into bone mostly die at the same rate; a small resident share stays for weeks and may turn to bone.
Dead cells keep their label: label = living cells + debris, and debris moves from lung to liver and spleen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from osteon.cells.product import CellDose, alive, homing
from osteon.model import (
    Contribution,
    Derived,
    LogitNormal,
    LogNormal,
    LogUniform,
    Module,
    Parameter,
    Port,
    Process,
    Rule,
    State,
    Uniform,
    renamed,
)
from osteon.model.laws import arguments

Array = NDArray[np.float64]
ORGANS = ("lung", "liver", "spleen", "other", "marrow")
DEBRIS = ("lung", "liver", "spleen", "other", "marrow")
RETAINED = {
    "intramedullary": 0.98,
    "local": 0.99,
    "scaffold": 0.998,
    "subcutaneous": 0.99,
    "intra_articular": 0.99,
}  # share held at the site; the rest drains to the lung.  Source: assumed; local doses do not spread (sanchezdiaz2021)
DIAMETER_OF_ARREST = 23.0  # um, of the cells behind the arrest in other organs; toma2009
DIAMETER_IN_LUNG = 21.0  # um, of the marrow cells behind the arrest in the lung; lee2009, assumed as in sources.toml
ARREST_PER_UM = 0.21  # logit of first-pass arrest gained per um; fischer2009 (8 um pass 30-fold, 18 um twice)


def loss(cells, k_cell_loss):
    """Arrested cells that die or are released.  [cells/day]   Source: toma2009, lee2009 (half-life near 24 h)."""
    return k_cell_loss * cells


def resident_loss(cells, k_resident_loss):
    """Resident cells that die.  [cells/day]   Source: huang2015, rabbit intramedullary study."""
    return k_resident_loss * cells


def differentiation(cells, k_differentiate, cell_potency):
    """Resident cells that become osteoprogenitors.  [cells/day]   Source: assumed rate; pauley2014 (that they do)."""
    return k_differentiate * cell_potency * cells


def debris_drift(debris, k_debris):
    """Labelled debris that is carried away.  [cells/day]   Source: gholamrezanezhad2011 (lung label 2.7-3.8 d)."""
    return k_debris * debris


def debris_end(debris, k_label):
    """Label that leaves the body.  [cells/day]   Source: assumed; gholamrezanezhad2011 (still there on day 10)."""
    return k_label * debris


def release_to_marrow(release_share, marrow_flow, marrow_extraction, cell_homing):
    """Share of what the lung loses that arrives alive in marrow.  [1]"""
    return release_share * marrow_flow * marrow_extraction * cell_homing


def release_to_other(release_share, release_to_marrow):
    """Share of what the lung loses that goes on alive elsewhere.  [1]"""
    return release_share - release_to_marrow


def lung_death_share(release_share):
    """Share of what the lung loses that dies there.  [1]"""
    return 1 - release_share


def debris_gone(debris_to_liver, debris_to_spleen):
    """Share of lung debris that is cleared elsewhere.  [1]"""
    return 1 - debris_to_liver - debris_to_spleen


def label_in_lung(carried_label_lung, free_label):
    """Label seen in the lung.  [cells]"""
    return (1 - free_label) * carried_label_lung


def label_elsewhere(carried_label_other, carried_label_lung, free_label):
    """Label seen in no named organ.  [cells]   Free label circulates first, then goes where debris goes."""
    return carried_label_other + free_label * carried_label_lung


def label_of(carried_label):
    """Label seen in an organ: on living cells and on debris.  [cells]"""
    return 1.0 * carried_label


CLEARING = ("liver", "spleen", "marrow")
SHARED = Module(
    "cell_kinetics",
    note="What all cell products share on their way.",
    parameters=(
        Parameter(
            "lung_arrest",
            0.9985,
            "1",
            "derived",
            "lee2009",
            LogitNormal(0.86),
            bounds=(0.5, 0.99999),
            note="first pass",
        ),
        Parameter(
            "organ_arrest", 0.92, "1", "measured", "toma2009", LogitNormal(1.0), bounds=(0.05, 0.999), note="arterial"
        ),
        Parameter("k_cell_loss", 0.65, "1/day", "derived", "toma2009", LogNormal(1.4), bounds=(0.1, 5)),
        Parameter("release_share", 1e-4, "1", "derived", "lee2009", LogUniform(1e-5, 1e-3), bounds=(0, 0.1)),
        Parameter(
            "marrow_flow", 0.03, "1", "assumed", "assumed", LogNormal(1.3), bounds=(0.005, 0.2), note="of output"
        ),
        Parameter("liver_flow", 0.25, "1", "assumed", "assumed", bounds=(0.05, 0.5), note="with the portal vein"),
        Parameter("spleen_flow", 0.03, "1", "assumed", "assumed", bounds=(0.005, 0.1)),
        Parameter("marrow_extraction", 0.75, "1", "assumed", "assumed", Uniform(0.5, 1.0), bounds=(0, 1)),
        Parameter("resident_share", 0.003, "1", "derived", "huang2015", LogUniform(3e-4, 0.03), bounds=(0, 0.5)),
        Parameter(
            "k_resident_loss",
            0.035,
            "1/day",
            "derived",
            "huang2015",
            LogUniform(0.01, 0.1),
            bounds=(0.005, 1),
            note="of own cells: what was seen of other animals' cells, less what T cells take (immune)",
        ),
        Parameter("k_differentiate", 0.05, "1/day", "assumed", "assumed", LogNormal(2.0), bounds=(0, 1)),
        Parameter("k_debris", 0.25, "1/day", "derived", "gholamrezanezhad2011", LogNormal(1.3), bounds=(0.02, 3)),
        Parameter("k_label", 0.02, "1/day", "assumed", "assumed", LogNormal(1.5), bounds=(0.001, 1)),
        Parameter("debris_to_liver", 0.2, "1", "derived", "gholamrezanezhad2011", bounds=(0, 0.6)),
        Parameter("debris_to_spleen", 0.45, "1", "derived", "gholamrezanezhad2011", bounds=(0, 0.6)),
        Parameter(
            "free_label",
            0.0,
            "1",
            "assumed",
            "assumed",
            bounds=(0, 0.9),
            note="study effect: In-111 in patients about 0.7",
        ),
    ),
    derived=(
        Derived("lung_death_share", lung_death_share, "1"),
        Derived("debris_gone", debris_gone, "1"),
    ),
    ports=(
        *(Port(f"{what}_{organ}", "sum", "cells") for organ in ORGANS for what in ("viable_cells", "carried_label")),
        Port("donor_osteoprogenitors_marrow", "sum", "cells", "of cells that blood brought to marrow"),
    ),
    rules=(
        Rule("label_lung", label_in_lung, "cells", note="living cells and labelled debris"),
        Rule("label_other", label_elsewhere, "cells"),
        *(Rule(f"label_{o}", renamed(label_of, carried_label=f"carried_label_{o}"), "cells") for o in CLEARING),
    ),
    references=("wang2016", "toma2009", "lee2009", "gholamrezanezhad2011"),
)


def tracked_outputs(sites: tuple[str, ...]) -> frozenset[str]:
    """Outputs that say where cells and their label are: what imaging and histology of animals show."""
    living = {f"viable_cells_{place}" for place in (*ORGANS, *sites)}
    return frozenset(living | {f"label_{place}" for place in (*ORGANS, *sites)})


def site_module(sites: tuple[str, ...]) -> Module:
    """Places where cells stay at a site, whoever puts them there: the ports that the outputs of a site add up."""
    ports = tuple(
        Port(f"{what}_{site}", "sum", "cells")
        for site in sites
        for what in ("viable_cells", "donor_osteoprogenitors", "carried_label")
    )
    rules = tuple(
        Rule(
            f"label_{site}",
            renamed(
                lambda carried_label, free_label: (1 - free_label) * carried_label,
                carried_label=f"carried_label_{site}",
            ),
            "cells",
        )
        for site in sites
    )
    return Module("cell_sites", ports=ports, rules=rules)


def line_module(i: int, given: CellDose) -> Module:
    """Kinetics of line i of cell doses: states in cells, one set for each line so that products stay apart."""
    at = _binder(i)
    names = [*(f"cells_{o}_{i}" for o in ORGANS), *(f"debris_{o}_{i}" for o in DEBRIS)]
    states = [State(n, "cells", 0.0, scale=1e5) for n in names]
    states.append(
        State(f"marrow_osteo_{i}", "cells", 0.0, scale=1e2, note="osteoprogenitors of cells that blood brought")
    )
    states.append(State(f"label_gone_{i}", "cells", 0.0, scale=1e5, note="label that left the body"))
    processes = [_lung(i, at)]
    processes += [
        Process(
            f"cells_{o}_loss_{i}",
            at(loss, cells=f"cells_{o}_{i}"),
            "cells/day",
            {f"cells_{o}_{i}": -1, f"debris_{o}_{i}": 1},
        )
        for o in ORGANS
        if o != "lung"
    ]
    processes += [*_debris(i, at), *_marrow(i, at)]
    contributions = [
        *(Contribution(f"viable_cells_{o}", f"viable_{o}_{i}", _same(f"cells_{o}_{i}")) for o in ORGANS),
        *(
            Contribution(f"carried_label_{o}", f"carried_{o}_{i}", _both(f"cells_{o}_{i}", f"debris_{o}_{i}"))
            for o in ORGANS
        ),
        *(
            Contribution(port, f"{port}_of_bone_{i}", _same(f"marrow_osteo_{i}"))
            for port in ("viable_cells_marrow", "carried_label_marrow", "donor_osteoprogenitors_marrow")
        ),
    ]
    if given.site:
        more = _at_site(i, given.site, at)
        states, processes, contributions = states + more[0], processes + more[1], contributions + more[2]
    return Module(
        f"cells_{i}",
        note=f"{given.product} of {given.origin.label}, {given.route}.",
        parameters=(
            Parameter(f"cell_homing_{i}", homing(given), "1", "derived", "sanghani2018", bounds=(0, 2)),
            Parameter(f"cell_potency_{i}", 1.0, "1", "derived", "data/cells/sources.toml", bounds=(0, 100)),
            *(
                Parameter(f"dose_to_{n}", 0.0, "cells", "derived", "osteon.cells.kinetics")
                for n in landing_states(i, given)
            ),
        ),
        derived=(
            Derived(f"release_to_marrow_{i}", at(release_to_marrow), "1"),
            Derived(f"release_to_other_{i}", at(release_to_other), "1"),
        ),
        states=tuple(states),
        processes=tuple(processes),
        contributions=tuple(contributions),
    )


def landing(i: int, given: CellDose, shared: Mapping[str, Array], diameter: Array, weight: Array) -> dict[str, Array]:
    """Cells of one dose that land in each state of line i at once: `dose_to_<state>` -> (n,). They add up to the dose.

    shared : values of the shared parameters, (n,) each; diameter : um, (n,); weight : kg, (n,)
    """
    live = alive(given)
    lung, spread = _arrest(shared["lung_arrest"], diameter, DIAMETER_IN_LUNG), {}
    share = _held(given, shared["organ_arrest"], diameter)
    held = live * share
    spread["cells_lung"] = (live - held) * lung
    arterial = (live - held) * (1 - lung)
    reached = shared["marrow_flow"] * shared["marrow_extraction"] * homing(given)
    spread |= {"cells_marrow": arterial * reached, "cells_liver": arterial * shared["liver_flow"]}
    spread["cells_spleen"] = arterial * shared["spleen_flow"]
    spread["cells_other"] = arterial - spread["cells_marrow"] - spread["cells_liver"] - spread["cells_spleen"]
    if given.site:
        stay = shared["resident_share"]
        spread |= {"cells_site": held * (1 - stay), "cells_resident": held * stay}
    else:
        spread["cells_other"] = spread["cells_other"] + held
    stuck = (1 - live) * share  # dead cells are as large as living ones: they are held where those are
    spread["debris_lung"] = 1 - live - stuck
    if given.route != "intravenous":
        spread["debris_site" if given.site else "debris_other"] = stuck
    total = np.asarray(given.total(weight), float)
    return {f"dose_to_{name}_{i}": value * total for name, value in spread.items()}


def _held(given: CellDose, organ_arrest: Array, diameter: Array) -> Array:
    """Share of a dose that stays where it is put: at the site, or in the organ that an artery feeds.  [1]"""
    if given.route == "intravenous":
        return np.zeros_like(diameter)
    caught = RETAINED.get(given.route)
    if caught is not None:
        return np.full_like(diameter, caught)
    return _arrest(organ_arrest, diameter, DIAMETER_OF_ARREST)


def landing_states(i: int, given: CellDose) -> list[str]:
    """States of line i that a dose lands in."""
    site: tuple[str, ...] = ("cells_site", "cells_resident", "debris_site") if given.site else ()
    if given.site is None and given.route != "intravenous":
        site = ("debris_other",)
    return [f"{n}_{i}" for n in (*(f"cells_{o}" for o in ORGANS), *site, "debris_lung")]


def _arrest(typical: Array, diameter: Array, reference: float) -> Array:
    """First-pass arrest of cells of a diameter; `typical` is that of cells of the reference diameter.  [1]"""
    odds = typical / (1 - typical) * np.exp(ARREST_PER_UM * (diameter - reference))
    return np.asarray(odds / (1 + odds))


def passed(typical: Array, diameter: Array) -> Array:
    """Share of cells of a diameter in um that the lung lets by.  [1]   typical: arrest of marrow cells, (n,)"""
    return 1 - _arrest(typical, diameter, DIAMETER_IN_LUNG)


def _binder(i: int) -> Callable[..., Callable[..., Any]]:
    own = ("cell_homing", "cell_potency", "release_to_marrow")

    def bind(law: Callable[..., Any], **names: str) -> Callable[..., Any]:
        return renamed(law, **{n: f"{n}_{i}" for n in arguments(law) if n in own}, **names)

    return bind


def _same(name: str) -> Callable[..., Any]:
    return renamed(lambda cells: 1.0 * cells, cells=name)


def _both(one: str, other: str) -> Callable[..., Any]:
    return renamed(lambda cells, debris: cells + debris, cells=one, debris=other)


def _lung(i: int, at: Callable[..., Any]) -> Process:
    changes: dict[str, float | str] = {
        f"cells_lung_{i}": -1,
        f"debris_lung_{i}": "lung_death_share",
        f"cells_marrow_{i}": f"release_to_marrow_{i}",
        f"cells_other_{i}": f"release_to_other_{i}",
    }
    return Process(f"cells_lung_loss_{i}", at(loss, cells=f"cells_lung_{i}"), "cells/day", changes)


def _debris(i: int, at: Callable[..., Any]) -> list[Process]:
    gone = f"label_gone_{i}"
    moved: dict[str, float | str] = {
        f"debris_lung_{i}": -1,
        f"debris_liver_{i}": "debris_to_liver",
        f"debris_spleen_{i}": "debris_to_spleen",
        gone: "debris_gone",
    }
    drift = Process(f"debris_drift_{i}", at(debris_drift, debris=f"debris_lung_{i}"), "cells/day", moved)
    ends = [
        Process(
            f"debris_{o}_end_{i}",
            at(debris_end, debris=f"debris_{o}_{i}"),
            "cells/day",
            {f"debris_{o}_{i}": -1, gone: 1},
        )
        for o in DEBRIS
        if o != "lung"
    ]
    return [drift, *ends]


def _marrow(i: int, at: Callable[..., Any]) -> list[Process]:
    """Cells that blood brought to marrow turn to bone as those at a site do; far too few to count for bone."""
    here, bone, dead = f"cells_marrow_{i}", f"marrow_osteo_{i}", f"debris_marrow_{i}"
    return [
        Process(f"marrow_differentiation_{i}", at(differentiation, cells=here), "cells/day", {here: -1, bone: 1}),
        Process(f"marrow_osteo_loss_{i}", at(resident_loss, cells=bone), "cells/day", {bone: -1, dead: 1}),
    ]


def _at_site(i: int, site: str, at: Callable[..., Any]) -> tuple[list[State], list[Process], list[Contribution]]:
    here, stay, bone, dead = (f"{n}_{i}" for n in ("cells_site", "cells_resident", "donor_osteo", "debris_site"))
    states = [State(n, "cells", 0.0, scale=1e4) for n in (here, stay, bone, dead)]
    unit = "cells/day"
    processes = [
        Process(f"cells_site_loss_{i}", at(loss, cells=here), unit, {here: -1, dead: 1}),
        Process(f"cells_resident_loss_{i}", at(resident_loss, cells=stay), unit, {stay: -1, dead: 1}),
        Process(f"donor_differentiation_{i}", at(differentiation, cells=stay), unit, {stay: -1, bone: 1}),
        Process(f"donor_osteo_loss_{i}", at(resident_loss, cells=bone), unit, {bone: -1, dead: 1}),
        Process(f"debris_site_end_{i}", at(debris_end, debris=dead), unit, {dead: -1, f"label_gone_{i}": 1}),
    ]
    viable = renamed(lambda cells, more, bone: cells + more + bone, cells=here, more=stay, bone=bone)
    label = renamed(
        lambda cells, more, bone, debris: cells + more + bone + debris, cells=here, more=stay, bone=bone, debris=dead
    )
    contributions = [
        Contribution(f"viable_cells_{site}", f"viable_site_{i}", viable),
        Contribution(f"donor_osteoprogenitors_{site}", f"donor_site_{i}", _same(bone)),
        Contribution(f"carried_label_{site}", f"carried_site_{i}", label),
    ]
    return states, processes, contributions
