"""Calcium between plasma and bone: exchange with bone surfaces, and what remodelling frees and takes.

Surfaces exchange with plasma within a day and with the mineral under them within months; this is what holds calcium up
when osteoclasts stop. Plasma calcium is total, albumin-corrected; its pool stands for extracellular fluid. Remodelling of the whole skeleton
follows the total hip (most of the skeleton is cortical), scaled to a flux: resorbed bone frees its mineral, new bone
takes most at once and the rest as it ripens, in exact step with volume and young bone of that site.
Lineage: peterson2010 (pools, exchange). Sizes are assumed unless a source is named.
"""

from osteon.model import Contribution, Derived, Module, Parameter, Process, Rule, State


def plasma_reference(calcium_reference, ecf_volume):
    """Calcium of the extracellular fluid in the reference adult.  [mmol]"""
    return calcium_reference * ecf_volume


def calcium(plasma_calcium, ecf_volume):
    """Plasma calcium, total, albumin-corrected.  [mmol/L]"""
    return plasma_calcium / ecf_volume


def exchange_call(pth_signal, exchange_pth, exchange_pth_half, calcitriol_seen, exchange_calcitriol):
    """How readily bone surfaces give calcium, 1 at reference: PTH up to a limit, and calcitriol.  [1]"""
    pull = 1 + exchange_pth * (pth_signal - 1) / (pth_signal + exchange_pth_half)
    return pull * calcitriol_seen**exchange_calcitriol


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


def mineral_found(plasma_calcium, plasma_reference, mineral_want, mineral_steepness):
    """Share of new matrix that finds mineral, 1 at reference: it falls when plasma calcium falls far.  [1]

    Matrix that finds none is not counted as bone; that it may ripen later (osteoid), and want of phosphate, are left
    out.   Source: assumed
    """
    want = mineral_want * (plasma_reference / plasma_calcium) ** mineral_steepness
    return (1 + mineral_want) / (1 + want)


def resorbed_calcium(
    skeleton_calcium,
    sparseness_total_hip,
    site_turnover_total_hip,
    turnover_scale,
    site_resorption_total_hip,
    young_deficit,
    young_total_hip,
    bone_total_hip,
    young_start_total_hip,
):
    """Calcium freed by resorption, whole skeleton: a sparse one holds less of it.  [mmol/day]"""
    pace = site_turnover_total_hip * turnover_scale / sparseness_total_hip
    ripe = (1 - young_deficit * young_total_hip / bone_total_hip) / (1 - young_deficit * young_start_total_hip)
    return skeleton_calcium * pace * site_resorption_total_hip * ripe


def deposited_calcium(
    skeleton_calcium,
    sparseness_total_hip,
    site_turnover_total_hip,
    turnover_scale,
    site_formation_total_hip,
    mineral_supply,
    young_deficit,
    young_total_hip,
    young_start_total_hip,
):
    """Calcium taken by new bone and by bone that ripens, whole skeleton.  [mmol/day]"""
    made = (1 - young_deficit) * turnover_scale * site_formation_total_hip * mineral_supply
    ripened = young_deficit * (1 - young_start_total_hip) * young_total_hip / young_start_total_hip
    pace = site_turnover_total_hip / sparseness_total_hip
    return skeleton_calcium * pace * (made + ripened) / (1 - young_deficit * young_start_total_hip)


def bone_calcium_balance(deposited_calcium, resorbed_calcium):
    """Calcium that the skeleton gains by remodelling.  [mmol/day]"""
    return deposited_calcium - resorbed_calcium


MINERAL = Module(
    "mineral",
    note="Calcium of plasma and of bone surfaces, and the fluxes of remodelling.",
    parameters=(
        Parameter("calcium_reference", 2.35, "mmol/L", "derived", "peterson2010"),
        Parameter("ecf_volume", 14.0, "L", "derived", "peterson2010"),
        Parameter("calcium_exchange", 88.0, "mmol/day", "derived", "peterson2010", bounds=(10, 300)),
        Parameter("exchangeable_reference", 100.0, "mmol", "derived", "peterson2010"),
        Parameter("calcium_depth", 14.6, "mmol/day", "derived", "peterson2010", bounds=(0, 100)),
        Parameter("deep_reference", 2500.0, "mmol", "assumed", "assumed", bounds=(100, 25_000), note="near surfaces"),
        Parameter("exchange_pth", 0.15, "1", "assumed", "assumed", bounds=(0, 0.9)),
        Parameter("exchange_pth_half", 1.0, "1", "assumed", "assumed", bounds=(1, 20)),
        Parameter("exchange_calcitriol", 0.1, "1", "assumed", "assumed", bounds=(0, 1)),
        Parameter("skeleton_calcium", 25_000.0, "mmol", "assumed", "assumed", bounds=(5000, 60_000), note="1 kg"),
        Parameter("mineral_want", 0.02, "1", "assumed", "assumed", bounds=(0.0001, 0.5)),
        Parameter("mineral_steepness", 12.0, "1", "assumed", "assumed", bounds=(2, 40)),
    ),
    derived=(Derived("plasma_reference", plasma_reference, "mmol"),),
    states=(
        State("plasma_calcium", "mmol", "plasma_reference", 30.0, "calcium of plasma and extracellular fluid"),
        State("exchangeable_calcium", "mmol", "exchangeable_reference", 100.0, "calcium of bone surfaces"),
        State("deep_calcium", "mmol", "deep_reference", 1000.0, "calcium under quiet surfaces, in slow exchange"),
    ),
    rules=(
        Rule("calcium", calcium, "mmol/L"),
        Rule("exchange_call", exchange_call, "1", source="peterson2010"),
        Rule("bone_calcium_balance", bone_calcium_balance, "mmol/day"),
    ),
    processes=(
        Process("surface_release", surface_release, "mmol/day", {"exchangeable_calcium": -1, "plasma_calcium": 1}),
        Process("surface_uptake", surface_uptake, "mmol/day", {"plasma_calcium": -1, "exchangeable_calcium": 1}),
        Process("depth_release", depth_release, "mmol/day", {"deep_calcium": -1, "exchangeable_calcium": 1}),
        Process("depth_uptake", depth_uptake, "mmol/day", {"exchangeable_calcium": -1, "deep_calcium": 1}),
        Process("resorbed_calcium", resorbed_calcium, "mmol/day", {"plasma_calcium": 1}),
        Process("deposited_calcium", deposited_calcium, "mmol/day", {"plasma_calcium": -1}),
    ),
    contributions=(Contribution("mineral_supply", "mineral_found", mineral_found),),
    references=("peterson2010",),
)
