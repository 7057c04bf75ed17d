"""Calcium between plasma and bone: exchange with bone surfaces, and what remodelling frees and takes.

Surfaces exchange with plasma within a day and with the mineral under them within months; this is what holds calcium up
when osteoclasts stop. Plasma calcium is total, albumin-corrected; its pool stands for extracellular fluid. Remodelling of
the whole skeleton is that of its compartments, each with its share of the mineral: resorbed bone frees its mineral; new
bone is osteoid for about three weeks, then takes most of its mineral, and the rest as it ripens. (BMD counts bone when its matrix is laid, so it leads by those weeks.)
Lineage: peterson2010 (pools, exchange). Sizes are assumed unless a source is named.
"""

from collections.abc import Callable
from typing import Any

from osteon.biology.sites import COMPARTMENTS
from osteon.model import Contribution, Derived, Module, Parameter, Port, Process, Rule, State, renamed
from osteon.model.laws import arguments


def plasma_reference(calcium_reference, ecf_volume):
    """Calcium of the extracellular fluid in the reference adult.  [mmol]"""
    return calcium_reference * ecf_volume


def calcium(plasma_calcium, ecf_volume):
    """Plasma calcium, total, albumin-corrected.  [mmol/L]"""
    return plasma_calcium / ecf_volume


def exchange_call(pth_signal, exchange_pth, exchange_pth_half, calcitriol_exposure, exchange_calcitriol):
    """How readily bone surfaces give calcium, 1 at reference: PTH up to a limit, and calcitriol.  [1]"""
    pull = 1 + exchange_pth * (pth_signal - 1) / (pth_signal + exchange_pth_half)
    return pull * calcitriol_exposure**exchange_calcitriol


def surface_release(calcium_exchange, exchangeable_calcium, exchangeable_reference, exchange_call):
    """From bone surfaces into plasma.  [mmol/day]   Source: peterson2010 (size)."""
    return calcium_exchange * exchangeable_calcium / exchangeable_reference * exchange_call


def surface_uptake(calcium_exchange, plasma_calcium, plasma_reference):
    """From plasma onto bone surfaces.  [mmol/day]"""
    return calcium_exchange * plasma_calcium / plasma_reference


def depth_release(calcium_depth, deep_calcium, deep_reference):
    """From mineral under quiet surfaces onto the surfaces.  [mmol/day]   Source: peterson2010 (size)."""
    return calcium_depth * deep_calcium / deep_reference


def depth_uptake(calcium_depth, exchangeable_calcium, exchangeable_reference):
    """From the surfaces into the mineral under them.  [mmol/day]"""
    return calcium_depth * exchangeable_calcium / exchangeable_reference


def mineralised_fraction(
    plasma_calcium, plasma_reference, phosphate, phosphate_reference, mineral_deficit, mineral_steepness
):
    """Share of new matrix that finds mineral, 1 at reference: it falls where calcium times phosphate is low.  [1]

    In want of vitamin D both are low and bone stays soft; without parathyroid glands calcium is low, phosphate high, and
    it does not (rubin2008). Matrix that finds none is not counted as bone; that it may ripen later is left out.
    Source: assumed size
    """
    product = plasma_calcium / plasma_reference * phosphate / phosphate_reference
    deficit = mineral_deficit * product**-mineral_steepness
    return (1 + mineral_deficit) / (1 + deficit)


def freed(
    skeleton_share, site_turnover, turnover_scale, sparseness, site_resorption, local_resorption, local_share,
    mineralisation,
):  # fmt: skip
    """Mineral freed by resorption in a compartment, of the whole skeleton's: a sparse one holds less of it.  [1/day]

    What acts on bones under body weight alone touches a share of the skeleton (leblanc1990).
    """
    whole = local_share + (1 - local_share) / local_resorption
    return skeleton_share * site_turnover * turnover_scale / sparseness * site_resorption * whole * mineralisation


def laid(
    skeleton_share, site_turnover, turnover_scale, sparseness, site_formation, mineral_supply, young_deficit,
    maturing_deficit, full_mineral,
):  # fmt: skip
    """Mineral that new matrix of a compartment will take when it first mineralises, of the whole skeleton's.  [1/day]"""
    first = (1 - young_deficit - maturing_deficit) / full_mineral
    return skeleton_share * site_turnover * turnover_scale / sparseness * site_formation * mineral_supply * first


def ripened(
    skeleton_share, sparseness, young, maturing, k_mineral, k_mineral_late, young_deficit, maturing_deficit,
    full_mineral,
):  # fmt: skip
    """Mineral taken by bone of a compartment that ripens, of the whole skeleton's.  [1/day]"""
    taken = young_deficit * k_mineral * young + maturing_deficit * k_mineral_late * maturing
    return skeleton_share / sparseness * taken / full_mineral


def held(skeleton_share, sparseness, bone_mass):
    """Mineral of a compartment, of the whole skeleton's at reference.  [1]"""
    return skeleton_share / sparseness * bone_mass


def resorbed_calcium(skeleton_calcium, mineral_freed):
    """Calcium freed by resorption, whole skeleton.  [mmol/day]"""
    return skeleton_calcium * mineral_freed


def laid_calcium(skeleton_calcium, mineral_laid):
    """Calcium that the osteoid laid down will take when it first mineralises, whole skeleton.  [mmol/day]"""
    return skeleton_calcium * mineral_laid


def ripening_calcium(skeleton_calcium, mineral_ripened):
    """Calcium taken by young bone that ripens, whole skeleton.  [mmol/day]"""
    return skeleton_calcium * mineral_ripened


def awaited(skeleton_share, site_turnover, sparseness, full_mineral, young_deficit, maturing_deficit):
    """Mineral that new matrix of a compartment takes first in the reference adult, of the whole skeleton's.  [1/day]"""
    return skeleton_share * site_turnover / sparseness * (1 - young_deficit - maturing_deficit) / full_mineral


def osteoid_start(skeleton_calcium, awaited_cancellous_spine, awaited_cancellous_hip, awaited_cortex, k_osteoid):
    """Calcium that the osteoid of the reference adult awaits, at usual turnover.  [mmol]"""
    return skeleton_calcium * (awaited_cancellous_spine + awaited_cancellous_hip + awaited_cortex) / k_osteoid


def osteoid_calcium_taken(osteoid_calcium, k_osteoid, plasma_calcium, plasma_reference, osteoid_half):
    """Osteoid mineralises after its lag, as long as there is calcium.  [mmol/day]   Source: melsen1980 (lag)."""
    filling = plasma_calcium / plasma_reference
    return k_osteoid * osteoid_calcium * (1 + osteoid_half) * filling / (osteoid_half + filling)


_OF_COMPARTMENT = {
    "skeleton_share", "site_turnover", "sparseness", "site_resorption", "site_formation", "local_resorption", "young",
    "maturing", "full_mineral", "bone_mass", "mineralisation",
}  # fmt: skip


def _at(name: str, law: Callable[..., Any]) -> Callable[..., Any]:
    return renamed(law, **{a: f"{a}_{name}" for a in arguments(law) if a in _OF_COMPARTMENT})


_SUMS: dict[str, Callable[..., Any]] = {
    "mineral_freed": freed,
    "mineral_laid": laid,
    "mineral_ripened": ripened,
    "skeletal_mineral": held,
}


def bone_calcium_balance(osteoid_calcium_taken, ripening_calcium, resorbed_calcium):
    """Calcium that the skeleton gains by remodelling.  [mmol/day]"""
    return osteoid_calcium_taken + ripening_calcium - resorbed_calcium


MINERAL = Module(
    "mineral",
    note="Calcium of plasma and of bone surfaces, and the fluxes of remodelling.",
    parameters=(
        Parameter("calcium_reference", 2.35, "mmol/L", "derived", "peterson2010"),
        Parameter("ecf_volume", 14.0, "L", "derived", "peterson2010"),
        Parameter("calcium_exchange", 88.0, "mmol/day", "derived", "peterson2010", bounds=(10, 300)),
        Parameter("exchangeable_reference", 100.0, "mmol", "derived", "peterson2010"),
        Parameter("calcium_depth", 20.0, "mmol/day", "assumed", "peterson2010", bounds=(0, 100), note="14.6 there"),
        Parameter("deep_reference", 2500.0, "mmol", "assumed", "assumed", bounds=(100, 25_000), note="near surfaces"),
        Parameter("exchange_pth", 0.15, "1", "assumed", "assumed", bounds=(0, 0.9)),
        Parameter("exchange_pth_half", 1.0, "1", "assumed", "assumed", bounds=(1, 20)),
        Parameter("exchange_calcitriol", 0.1, "1", "assumed", "assumed", bounds=(0, 1)),
        Parameter("skeleton_calcium", 25_000.0, "mmol", "assumed", "assumed", bounds=(5000, 60_000), note="1 kg"),
        Parameter(
            "local_share", 0.2, "1", "derived", "leblanc1990", bounds=(0, 1), note="whole body −1.4 % where the hip −4"
        ),
        Parameter("k_osteoid", 0.048, "1/day", "derived", "melsen1980", bounds=(0.01, 0.2), note="lag of 21 days"),
        Parameter("osteoid_half", 0.1, "1", "assumed", "assumed", bounds=(0.01, 1), note="of plasma calcium"),
        Parameter("mineral_deficit", 0.02, "1", "assumed", "assumed", bounds=(0.0001, 0.5)),
        Parameter("mineral_steepness", 5.0, "1", "assumed", "assumed", bounds=(2, 40), note="half the product: −30 %"),
    ),
    derived=(
        Derived("plasma_reference", plasma_reference, "mmol"),
        *(Derived(f"awaited_{c.name}", _at(c.name, awaited), "1/day") for c in COMPARTMENTS),
    ),
    ports=(
        Port("mineral_freed", "sum", "1/day", "mineral freed by resorption, of the whole skeleton's at reference"),
        Port("mineral_laid", "sum", "1/day", "mineral that new matrix will take first"),
        Port("mineral_ripened", "sum", "1/day", "mineral taken by bone that ripens"),
        Port("skeletal_mineral", "sum", "1", "mineral of the whole skeleton against the reference"),
    ),
    states=(
        State("plasma_calcium", "mmol", "plasma_reference", 30.0, "calcium of plasma and extracellular fluid"),
        State("exchangeable_calcium", "mmol", "exchangeable_reference", 100.0, "calcium of bone surfaces"),
        State("osteoid_calcium", "mmol", osteoid_start, 50.0, "calcium that osteoid awaits"),
        State("deep_calcium", "mmol", "deep_reference", 1000.0, "calcium under quiet surfaces, in slow exchange"),
    ),
    rules=(
        Rule(
            "calcium",
            calcium,
            "mmol/L",
            note="plasma calcium, total, albumin-corrected; usual 2.12 to 2.57; below 2.12 (8.5 mg/dL) is low",
        ),
        Rule("exchange_call", exchange_call, "1", source="peterson2010"),
        Rule("bone_calcium_balance", bone_calcium_balance, "mmol/day"),
    ),
    processes=(
        Process("surface_release", surface_release, "mmol/day", {"exchangeable_calcium": -1, "plasma_calcium": 1}),
        Process("surface_uptake", surface_uptake, "mmol/day", {"plasma_calcium": -1, "exchangeable_calcium": 1}),
        Process("depth_release", depth_release, "mmol/day", {"deep_calcium": -1, "exchangeable_calcium": 1}),
        Process("depth_uptake", depth_uptake, "mmol/day", {"exchangeable_calcium": -1, "deep_calcium": 1}),
        Process("resorbed_calcium", resorbed_calcium, "mmol/day", {"plasma_calcium": 1}),
        Process("laid_calcium", laid_calcium, "mmol/day", {"osteoid_calcium": 1}),
        Process(
            "osteoid_calcium_taken",
            osteoid_calcium_taken,
            "mmol/day",
            {"osteoid_calcium": -1, "plasma_calcium": -1},
            source="melsen1980",
        ),
        Process("ripening_calcium", ripening_calcium, "mmol/day", {"plasma_calcium": -1}),
    ),
    contributions=(
        Contribution("mineral_supply", "mineralised_fraction", mineralised_fraction),
        *(
            Contribution(port, f"{port}_{c.name}", _at(c.name, law))
            for port, law in _SUMS.items()
            for c in COMPARTMENTS
        ),
    ),
    references=("peterson2010", "leblanc1990", "melsen1980", "rubin2008"),
)
