"""What cells do to the host: they secrete, the host remembers for weeks, progenitors and osteoclasts answer.

Cells anywhere secrete into the body; cells at a site act on that bone alone, by what they secrete and, less, by what they
become. One dose fades with the memory. In people every beneficial effect is multiplied by
`translation` and by `small_study_share` (see osteon.cells.translation).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from osteon.cells.kinetics import ORGANS
from osteon.cells.product import CellDose
from osteon.model import (
    Contribution,
    LogNormal,
    LogUniform,
    Module,
    Parameter,
    Port,
    Process,
    Rule,
    State,
    Uniform,
    exp,
    renamed,
)

Array = NDArray[np.float64]
CELLS_PER_DOSE = 5e6  # cells a kg; the reference dose.  Source: fu2021, a dose that works in rodents
EXOSOMES_PER_DOSE = 1e10  # vesicles a kg that the reference dose of cells gives off, 2000 a cell.  Source: assumed
EXOSOMES_PER_MG = 3e12  # vesicles a mg of their protein; preparations differ ten-fold and more.  Source: assumed
LOCAL_CELLS, LOCAL_WEIGHT, LOCAL_ORDER = 1e6, 0.25, 2 / 3  # cells, kg, 1; see the parameters local_...
SECRETOME_PER_DOSE = 0.1  # mg of secreted protein a kg that do what the reference dose of cells does.  Source: assumed


def secretion(cells, cell_secretome, cells_reference, body_weight):
    """What a line of cells secretes, 1 = marrow cells at the reference dose.  [1]"""
    return cell_secretome * cells / (cells_reference * body_weight)


def spilled_secretion(cells, cell_secretome, cells_reference, body_weight, site_spill):
    """What of their secretion cells at a site give to the body; the rest is spent in that bone.  [1]"""
    return site_spill * secretion(cells, cell_secretome, cells_reference, body_weight)


def local_secretion(cells, cell_secretome, local_reference, body_weight, local_weight, local_order):
    """What cells secrete in one bone, 1 = marrow cells at the local reference; larger bodies have larger bones.  [1]"""
    return cell_secretome * cells / (local_reference * (body_weight / local_weight) ** local_order)


def secretome_shift(cell_secretion, secretome, k_secretome):
    """Secreted factors in the body follow the cells.  [1/day]"""
    return k_secretome * (cell_secretion - secretome)


def trophic_fill(secretome, k_trophic_fill):
    """The host remembers what it was exposed to: steep below what it senses, flat above.  [1/day]   Source: wang2015 (steep)."""
    return k_trophic_fill * secretome * secretome / (1 + secretome * secretome)


def trophic_fade(trophic, k_trophic):
    """The memory fades over weeks.  [1/day]   Source: assumed; single doses fade within months (liao2014)."""
    return k_trophic * trophic


def host_response(trophic, translation, small_study_share):
    """How far the host is moved: saturating in the memory.  [1]"""
    return small_study_share * translation * trophic / (1 + trophic)


def host_response_at_site(trophic, translation, small_study_share, local_share):
    """How far a bone is moved, in the share of it that was treated.  [1]"""
    return local_share * host_response(trophic, translation, small_study_share)


def push(host_response, gain):
    """A drive that rises with the response of the host.  [1]"""
    return 1 + gain * host_response


def brake(host_response, gain):
    """A drive that falls with the response of the host.  [1]"""
    return 1 / (1 + gain * host_response)


def relief(host_response, immune_gain):
    """Inflammation held down.  [1]   Source: PMID 29853911 (cord cells lower TNF-alpha)."""
    return immune_gain * host_response


def t_cells_calmed(host_response, immune_gain, immune_competence):
    """Share of the TNF of T cells that is held down; none without T cells.  [1]   Source: PMID 29853911; form assumed."""
    return immune_competence * immune_gain * host_response / (1 + immune_gain * host_response)


def rankl_of_t_cells(t_cells_calmed, tnf_share, rankl_oestrogen, oestrogen_signal, rankl_withdrawal, oestrogen_adapted):
    """RANKL without the part of its rise after loss of oestrogen that T cells bring by TNF.  [1]   Source: cenci2000.

    Nothing where oestrogen is whole: the host without cells is as its own law has it.
    """
    rise = rankl_oestrogen * (1 - oestrogen_signal) + rankl_withdrawal * (oestrogen_adapted - oestrogen_signal)
    return exp(-t_cells_calmed * tnf_share * rise)


def donor_bone(donor, donor_gain, local_reference, body_weight, local_weight, local_order):
    """Bone that donor osteoprogenitors make, of what the site makes at reference.  [1]   Source: assumed."""
    return donor_gain * donor / (local_reference * (body_weight / local_weight) ** local_order)


SYSTEMIC = Module(
    "cell_action",
    note="Secretome, trophic memory, and the drives of the host.",
    parameters=(
        Parameter(
            "cells_reference", CELLS_PER_DOSE, "cells/kg", "derived", "fu2021", note="a dose that works in rodents"
        ),
        Parameter(
            "local_reference", LOCAL_CELLS, "cells", "derived", "huang2015", note="into one bone of a body of 0.25 kg"
        ),
        Parameter("local_weight", LOCAL_WEIGHT, "kg", "derived", "definition", note="a rat"),
        Parameter(
            "local_order", LOCAL_ORDER, "1", "assumed", "liao2014", bounds=(0, 1), note="1e7 works in large animals"
        ),
        Parameter("site_spill", 0.005, "1", "assumed", "uejima2009", bounds=(0, 1), note="other bones gain little"),
        Parameter("k_secretome", 2.0, "1/day", "assumed", "assumed", LogNormal(2.0), bounds=(0.2, 100)),
        Parameter(
            "k_trophic_fill",
            2.0,
            "1/day",
            "derived",
            "definition",
            bounds=(0.05, 5),
            note="one reference dose gives a memory near 1",
        ),
        Parameter(
            "exosome_uptake",
            1.0,
            "1",
            "assumed",
            "assumed",
            LogUniform(0.1, 2.0),
            bounds=(0, 10),
            note="of vesicles against the same from cells: gone from blood in minutes, uptake by bone unknown",
        ),
        Parameter(
            "fate_secretion",
            0.5,
            "1",
            "assumed",
            "assumed",
            Uniform(0.0, 1.0),
            bounds=(0, 2),
            note="power of RUNX2 of given cells, by their pre-treatment, with which they secrete what calls bone",
        ),
        Parameter("k_trophic", 0.035, "1/day", "assumed", "assumed", LogNormal(1.6), bounds=(0.003, 0.5), note="29 d"),
        Parameter(
            "translation",
            1.0,
            "1",
            "assumed",
            "assumed",
            bounds=(0, 2),
            note="effect here over that in animals; in people drawn from osteon.cells.translation, 0 with chance 0.3",
        ),
        Parameter(
            "small_study_share",
            1.0,
            "1",
            "assumed",
            "assumed",
            bounds=(0, 1),
            note="of a published effect in animals that larger studies leave; drawn in people",
        ),
        Parameter(
            "niche_gain", 0.4, "1", "assumed", "li2016", LogNormal(2.0), bounds=(0, 10), note="set by hand, no fit"
        ),
        Parameter("opg_gain", 0.3, "1", "assumed", "assumed", LogNormal(2.0), bounds=(0, 10)),
        Parameter(
            "precursor_gain",
            0.3,
            "1",
            "assumed",
            "assumed",
            LogNormal(2.0),
            bounds=(0, 10),
            note="osteoclast precursors",
        ),
        Parameter(
            "tnf_share",
            0.3,
            "1",
            "assumed",
            "cenci2000",
            Uniform(0.1, 0.5),
            bounds=(0, 1),
            note="of the rise of RANKL after loss of oestrogen, on a log scale",
        ),
        Parameter("immune_gain", 1.5, "1", "assumed", "assumed", LogNormal(2.0), bounds=(0, 20)),
        Parameter(
            "local_gain", 2.0, "1", "assumed", "ocarino2010", LogNormal(1.5), bounds=(0, 30), note="by hand, no fit"
        ),
        Parameter("local_brake", 0.5, "1", "assumed", "assumed", LogNormal(1.6), bounds=(0, 10)),
        Parameter("donor_gain", 20.0, "1", "assumed", "assumed", LogUniform(2.0, 200.0), bounds=(0, 1e4)),
    ),
    states=(
        State("secretome", "1", 0.0, note="secreted factors, 1 = marrow cells at the reference dose"),
        State("trophic", "1", 0.0, note="memory of the host"),
    ),
    ports=(Port("cell_secretion", "sum", "1", "all that cells secrete into the body"),),
    rules=(Rule("host_response", host_response, "1"), Rule("t_cells_calmed", t_cells_calmed, "1")),
    processes=(
        Process("secretome_shift", secretome_shift, "1/day", {"secretome": 1}),
        Process("trophic_fill", trophic_fill, "1/day", {"trophic": 1}),
        Process("trophic_fade", trophic_fade, "1/day", {"trophic": -1}),
    ),
    contributions=(
        Contribution("niche_osteo", "niche_of_cells", renamed(push, gain="niche_gain")),
        Contribution("niche_adipo", "fat_of_cells", renamed(brake, gain="niche_gain"), source="ye2014"),
        Contribution("opg_production", "opg_of_cells", renamed(push, gain="opg_gain"), source="PMID 26947973"),
        Contribution("osteoclast_drive", "precursors_under_cells", renamed(brake, gain="precursor_gain")),
        Contribution("rankl_production", "rankl_of_calmed_t_cells", rankl_of_t_cells, source="cenci2000"),
        Contribution("inflammation_relief", "relief_of_cells", relief),
    ),
    references=("fu2021", "li2016", "ocarino2010", "liao2014", "cenci2000"),
)


def local_module(site: str, treated: str, fat: bool = False) -> Module:
    """What cells put into `treated` do to the bone `site`: a memory there, more formation, less resorption, donor bone.

    fat : whether the host keeps account of marrow fat bone by bone
    """
    leaner = Contribution(
        f"fat_here_{site}",
        f"fat_of_cells_{site}",
        renamed(brake, host_response=f"host_response_{site}", gain="local_gain"),
        "ye2014",
    )
    memory, moved, name, share = (f"{n}_{site}" for n in ("trophic", "host_response", "site_secretion", "local_share"))
    part = 0.25 if treated == "vertebra" and site in ("lumbar_spine", "cancellous_spine") else 1.0
    return Module(
        f"cell_action_{site}",
        note="Cells at a site act on this bone alone.",
        parameters=(
            Parameter(share, part, "1", "assumed", "assumed", bounds=(0, 1), note="one of four lumbar vertebrae"),
        ),
        states=(State(memory, "1", 0.0, note="memory of the site"),),
        ports=(Port(name, "sum", "1", "what cells at the site secrete there"),),
        rules=(Rule(moved, renamed(host_response_at_site, trophic=memory, local_share=share), "1"),),
        processes=(
            Process(f"trophic_fill_{site}", renamed(trophic_fill, secretome=name), "1/day", {memory: 1}),
            Process(f"trophic_fade_{site}", renamed(trophic_fade, trophic=memory), "1/day", {memory: -1}),
        ),
        contributions=(
            Contribution("local_formation_" + site, f"formation_of_cells_{site}", _formation(site, treated)),
            Contribution(
                "local_resorption_" + site,
                f"resorption_of_cells_{site}",
                renamed(brake, host_response=moved, gain="local_brake"),
            ),
            *((leaner,) if fat else ()),
        ),
    )


def _formation(site: str, treated: str) -> Callable[..., Any]:
    def law(
        host_response,
        local_gain,
        donor,
        donor_gain,
        translation,
        small_study_share,
        local_reference,
        body_weight,
        local_weight,
        local_order,
    ):
        own = (
            small_study_share
            * translation
            * donor_bone(donor, donor_gain, local_reference, body_weight, local_weight, local_order)
        )
        return push(host_response, local_gain) + own / (1 + own)

    return renamed(law, host_response=f"host_response_{site}", donor=f"donor_osteoprogenitors_{treated}")


def line_action(i: int, given: CellDose, acts_on: Sequence[str]) -> Module:
    """What line i of cell doses secretes: into the body, and at its site on each bone in `acts_on`."""
    strength = f"cell_secretome_{i}"
    laws = {f"cells_{o}_{i}": secretion for o in ORGANS} | (
        {f"cells_site_{i}": spilled_secretion} if given.site else {}
    )
    parts = [
        Contribution("cell_secretion", f"secretion_{n}", renamed(law, cells=n, cell_secretome=strength))
        for n, law in laws.items()
    ]
    for bone in acts_on:
        parts += [
            Contribution(
                f"site_secretion_{bone}",
                f"secretion_at_{bone}_{n}_{i}",
                renamed(local_secretion, cells=f"{n}_{i}", cell_secretome=strength),
            )
            for n in ("cells_site", "cells_resident")
        ]
    made = Parameter(
        strength, 1.0, "1", "derived", "data/cells/sources.toml", bounds=(0, 1e4), note="against marrow cells"
    )
    return Module(f"cell_action_{i}", parameters=(made,), contributions=tuple(parts))


def free_module(i: int) -> Module:
    """Line i of a product without cells: what one dose leaves in the memory of the host."""
    left = Parameter(f"memory_of_{i}", 0.0, "1", "derived", "osteon.cells.action", note="1 = marrow cells at reference")
    return Module(f"cell_free_{i}", parameters=(left,))


def memory_of(given: CellDose, weight: Array, secretome: Array, values: Mapping[str, Array]) -> Array:
    """Memory that one dose of a cell-free product leaves: as much as the cells that would have secreted it leave.  [1]

    weight : kg, (n,); secretome : of the source against marrow cells, (n,)
    values : (n,) of k_trophic_fill, k_cell_loss and, for exosomes, of exosome_uptake
    """
    effective_doses = doses_of(given, weight) * secretome
    if given.product == "exosomes":
        effective_doses = effective_doses * values["exosome_uptake"]
    return np.asarray(values["k_trophic_fill"] * np.log1p(effective_doses**2) / (2 * values["k_cell_loss"]))


def doses_of(given: CellDose, weight: Array) -> Array:
    """How many reference doses of marrow cells would have secreted one dose of a cell-free product.  [1]"""
    each_kg = EXOSOMES_PER_DOSE if given.product == "exosomes" else SECRETOME_PER_DOSE
    if given.product == "exosomes" and given.basis.startswith("mg"):
        each_kg = EXOSOMES_PER_DOSE / EXOSOMES_PER_MG
    if given.site is None:
        return np.asarray(given.total(weight) / weight / each_kg, float)
    each_cell = each_kg / CELLS_PER_DOSE
    reference = LOCAL_CELLS * (weight / LOCAL_WEIGHT) ** LOCAL_ORDER
    return np.asarray(given.total(weight) / (each_cell * reference), float)
