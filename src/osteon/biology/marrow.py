"""The host's marrow niche: progenitors turn to bone or to fat by the balance of RUNX2 and PPARγ.

Ageing leans the balance to fat, so fewer progenitors reach bone; loss of oestrogen fills the marrow with fat. What leans
the niche (hormones of fat, donor cells, regulators) plugs into `niche_osteo` and `niche_adipo`.
"""

from osteon.biology.fate import pparg, runx2
from osteon.model import Contribution, Module, Parameter, Port, Process, Rule, State, exp


def marrow_adipo_drive(ageing, adipo_ageing, niche_adipo):
    """Push of the niche towards fat, 1 in the reference adult.  [1]   Source: assumed size; direction james2013."""
    return exp(adipo_ageing * ageing) * niche_adipo


def marrow_runx2(niche_osteo, marrow_adipo_drive):
    """RUNX2 of the host's progenitors.  [1]"""
    return runx2(niche_osteo, marrow_adipo_drive)


def marrow_pparg(niche_osteo, marrow_adipo_drive):
    """PPARγ of the host's progenitors.  [1]"""
    return pparg(niche_osteo, marrow_adipo_drive)


def supply_of_marrow(marrow_runx2, supply_runx2):
    """Progenitors that the marrow sends to bone.  [1]"""
    return marrow_runx2**supply_runx2


def fat_shift(marrow_pparg, oestrogen_signal, fat_oestrogen, marrow_fat, k_marrow_fat):
    """Marrow fat follows PPARγ and the loss of oestrogen over months.  [1/day]"""
    return k_marrow_fat * (marrow_pparg * exp(fat_oestrogen * (1 - oestrogen_signal)) - marrow_fat)


def marrow_fat_fraction(marrow_fat, fat_fraction_reference):
    """Share of vertebral marrow that is fat.  [1]   Saturates: marrow cannot hold more than all of it."""
    odds = fat_fraction_reference / (1 - fat_fraction_reference) * marrow_fat
    return odds / (1 + odds)


MARROW = Module(
    "marrow",
    note="Progenitor supply and marrow fat under RUNX2 and PPARγ.",
    parameters=(
        Parameter("adipo_ageing", 0.3, "1", "assumed", "assumed", bounds=(0, 2), note="ageing leans the niche to fat"),
        Parameter("supply_runx2", 1.0, "1", "assumed", "assumed", bounds=(0, 3)),
        Parameter("fat_oestrogen", 0.5, "1", "assumed", "assumed", bounds=(0, 2)),
        Parameter("k_marrow_fat", 0.006, "1/day", "assumed", "assumed", bounds=(0.001, 0.1), note="half a year"),
        Parameter("fat_fraction_reference", 0.35, "1", "assumed", "assumed", bounds=(0.05, 0.9), note="vertebra at 30"),
    ),
    states=(State("marrow_fat", "1", note="marrow fat against the reference adult"),),
    ports=(
        Port("niche_osteo", "product", "1", "pushes progenitors of the marrow towards bone"),
        Port("niche_adipo", "product", "1", "pushes progenitors of the marrow towards fat"),
    ),
    rules=(
        Rule("marrow_adipo_drive", marrow_adipo_drive, "1"),
        Rule("marrow_runx2", marrow_runx2, "1"),
        Rule("marrow_pparg", marrow_pparg, "1"),
        Rule("marrow_fat_fraction", marrow_fat_fraction, "1"),
    ),
    processes=(Process("fat_shift", fat_shift, "1/day", {"marrow_fat": 1}),),
    contributions=(Contribution("progenitor_supply", "supply_of_marrow", supply_of_marrow),),
    references=("macarthur2008", "james2013"),
)
