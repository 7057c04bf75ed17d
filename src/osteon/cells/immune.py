"""The host's immune answer to cells of another: naive T cells are primed, mature within a week, and remember.

Own cells are not foreign; cells of another person or animal are, and those of another species more. A host without T cells
(nude) never answers. Arrested cells are mostly gone before a first answer, so it is the cells that stay, and the next dose,
that it takes. Sizes are assumed: antibodies against the donor in 11.5 % of patients (sanabria2021) are what is known of people.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from osteon.cells.kinetics import ORGANS
from osteon.cells.product import CellDose
from osteon.model import Contribution, LogNormal, Module, Parameter, Port, Process, Rule, State, renamed

Array = NDArray[np.float64]
MISMATCH = {"autologous": 0.0, "allogeneic": 1.0, "xenogeneic": 3.0}  # how foreign; the order is known, sizes assumed
RESPONDERS = 0.115  # of patients who answer allogeneic cells with antibodies; sanabria2021
SILENT = 0.05  # answer of the other patients against theirs.  Source: assumed


def antigen_of(cells, mismatch, antigen_half, body_weight):
    """Foreign cells against those that prime half as fast as many do.  [1]"""
    return mismatch * cells / (antigen_half * body_weight)


def antigen_exposure(donor_antigen):
    """How much of what T cells can answer is there, 0 to 1.  [1]"""
    return donor_antigen / (1 + donor_antigen)


def priming(antigen_exposure, primed_t_cells, immune_competence, k_t_priming):
    """Naive T cells that meet their antigen.  [1/day]   Source: assumed."""
    return k_t_priming * immune_competence * antigen_exposure * (1 - primed_t_cells)


def maturing(t_cells, k_t_maturing):
    """T cells that move on: primed ones divide, dividing ones become effectors, in a week.  [1/day]   Source: assumed."""
    return k_t_maturing * t_cells


def arming(dividing_t_cells, effector_t_cells, k_t_maturing):
    """Effectors that dividing cells become; there is room for so many.  [1/day]"""
    return k_t_maturing * dividing_t_cells * (1 - effector_t_cells)


def recall(memory_t_cells, antigen_exposure, effector_t_cells, immune_competence, k_t_recall):
    """A second answer needs no priming.  [1/day]   Source: assumed (within a day or two)."""
    return k_t_recall * immune_competence * memory_t_cells * antigen_exposure * (1 - effector_t_cells)


def contraction(effector_t_cells, k_t_contraction):
    """Effectors that die once the answer is over.  [1/day]"""
    return k_t_contraction * effector_t_cells


def remembering(effector_t_cells, memory_t_cells, k_t_memory):
    """Effectors that leave memory cells.  [1/day]"""
    return k_t_memory * effector_t_cells * (1 - memory_t_cells)


def forgetting(memory_t_cells, k_t_forgetting):
    """Memory that is lost over years.  [1/day]"""
    return k_t_forgetting * memory_t_cells


def rejected(cells, mismatch, k_rejection, effector_t_cells):
    """Foreign cells that effectors kill.  [cells/day]"""
    return k_rejection * mismatch * effector_t_cells * cells


IMMUNE = Module(
    "immune_host",
    note="What the host's T cells do about cells of another.",
    parameters=(
        Parameter(
            "immune_competence",
            1.0,
            "1",
            "derived",
            "reference adult",
            bounds=(0, 1),
            note="0 = without T cells (nude)",
        ),
        Parameter("antigen_half", 1e5, "cells/kg", "assumed", "assumed", bounds=(1, 1e9)),
        Parameter("k_t_priming", 0.5, "1/day", "assumed", "assumed", bounds=(0.01, 5)),
        Parameter("k_t_maturing", 0.3, "1/day", "assumed", "assumed", bounds=(0.02, 2), note="twice three days"),
        Parameter("k_t_recall", 2.0, "1/day", "assumed", "assumed", bounds=(0.01, 20)),
        Parameter("k_t_contraction", 0.05, "1/day", "assumed", "assumed", bounds=(0.005, 1)),
        Parameter("k_t_memory", 0.1, "1/day", "assumed", "assumed", bounds=(0.001, 1)),
        Parameter("k_t_forgetting", 0.002, "1/day", "assumed", "assumed", bounds=(0, 0.1), note="a year and more"),
        Parameter(
            "k_rejection",
            0.05,
            "1/day",
            "assumed",
            "assumed",
            LogNormal(2.0),
            bounds=(0, 20),
            note="with it resident cells of other animals still last as huang2015 and rabbits saw",
        ),
    ),
    states=tuple(
        State(f"{kind}_t_cells", "1", 0.0, note="against donor cells, 1 = all there can be")
        for kind in ("primed", "dividing", "effector", "memory")
    ),
    ports=(Port("donor_antigen", "sum", "1", "foreign cells that T cells can see"),),
    rules=(Rule("antigen_exposure", antigen_exposure, "1"),),
    processes=(
        Process("t_cell_priming", priming, "1/day", {"primed_t_cells": 1}),
        Process(
            "t_cell_division",
            renamed(maturing, t_cells="primed_t_cells"),
            "1/day",
            {"primed_t_cells": -1, "dividing_t_cells": 1},
        ),
        Process("t_cell_maturing", renamed(maturing, t_cells="dividing_t_cells"), "1/day", {"dividing_t_cells": -1}),
        Process("t_cell_arming", arming, "1/day", {"effector_t_cells": 1}),
        Process("t_cell_recall", recall, "1/day", {"effector_t_cells": 1}),
        Process("t_cell_contraction", contraction, "1/day", {"effector_t_cells": -1}),
        Process("t_cell_memory", remembering, "1/day", {"memory_t_cells": 1}),
        Process("t_cell_forgetting", forgetting, "1/day", {"memory_t_cells": -1}),
    ),
    references=("sanabria2021",),
)


def line_immunity(i: int, given: CellDose) -> Module:
    """How foreign line i of cell doses is, and what effectors take of it; nothing for own cells."""
    foreign = f"mismatch_{i}"
    parameter = Parameter(
        foreign,
        MISMATCH[given.match],
        "1",
        "assumed",
        "osteon.cells.immune",
        bounds=(0, 100),
        note="times immunogenicity",
    )
    if given.match == "autologous":
        return Module(f"cell_immunity_{i}", parameters=(parameter,))
    places = {f"cells_{o}_{i}": f"debris_{o}_{i}" for o in ORGANS} | {f"marrow_osteo_{i}": f"debris_marrow_{i}"}
    if given.site:
        places |= {f"{n}_{i}": f"debris_site_{i}" for n in ("cells_site", "cells_resident", "donor_osteo")}

    def of(law: Callable[..., Any], cells: str) -> Callable[..., Any]:
        return renamed(law, cells=cells, mismatch=foreign)

    return Module(
        f"cell_immunity_{i}",
        note=f"{given.match} cells are seen and rejected.",
        parameters=(parameter,),
        processes=tuple(
            Process(f"rejected_{n}", of(rejected, n), "cells/day", {n: -1, dead: 1}) for n, dead in places.items()
        ),
        contributions=tuple(Contribution("donor_antigen", f"antigen_{n}", of(antigen_of, n)) for n in places),
    )


def mismatch_of(given: CellDose, z: Array) -> Array:
    """How foreign a product is to its host: the match, times what its source shows.  [1]   z: (n,) normal places"""
    return MISMATCH[given.match] * given.origin["immunogenicity"].at(z)


def competence_of_patients(u: Array, typical: NDArray[np.bool_]) -> Array:
    """Answer of patients at uniform places u, (n,); who is `typical` does not answer.  [1]   Source: sanabria2021."""
    return np.where(typical | (u > RESPONDERS), SILENT, 1.0)
