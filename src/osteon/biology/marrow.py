"""The host's marrow niche: progenitors turn to bone or to fat by the balance of RUNX2 and PPARγ.

Ageing leans the balance to fat, so fewer progenitors reach bone; loss of oestrogen and of Wnt fills the marrow with fat.
What leans the niche (hormones of fat, donor cells, inflammation) plugs into `niche_osteo` and `niche_adipo`; a regulator
that acts on the host's own progenitors comes as `regulated_osteo`, `regulated_adipo` and `regulated_opg`, which
`osteon.cells.regulators.host_niche` works out from its pathway nodes. Wnt acts on marrow fat alone here: what it does to
commitment is in `osteoblasts`.
"""

from osteon.biology.fate import pparg, runx2
from osteon.model import Contribution, Module, Parameter, Port, Process, Rule, State, exp, renamed


def marrow_adipo_drive(ageing, adipo_ageing, niche_adipo):
    """Push of the niche towards fat, 1 in the reference adult.  [1]   Source: assumed size; direction james2013."""
    return exp(adipo_ageing * ageing) * niche_adipo


def marrow_runx2(niche_osteo, marrow_adipo_drive):
    """RUNX2 of the host's progenitors.  [1]"""
    return runx2(niche_osteo, marrow_adipo_drive)


def marrow_pparg(niche_osteo, marrow_adipo_drive):
    """PPARγ of the host's progenitors.  [1]"""
    return pparg(niche_osteo, marrow_adipo_drive)


def supply_of_marrow(marrow_runx2, supply_runx2, donor_progenitors):
    """Progenitors that the marrow sends to bone, those of donors among them.  [1]"""
    return marrow_runx2**supply_runx2 * (1 + donor_progenitors)


def colony_cells(ageing, colony_ageing):
    """Colony-forming cells among nucleated marrow cells, 1 at 30.  [1]   Seen only: age's toll on supply is in RUNX2."""
    return exp(-colony_ageing * ageing)


def fat_shift(marrow_pparg, oestrogen_signal, fat_oestrogen, tcf_activity, fat_wnt, marrow_fat, k_marrow_fat):
    """Marrow fat follows PPARγ and the loss of oestrogen and of Wnt over months.  [1/day]   Wnt: james2013."""
    pull = marrow_pparg * exp(fat_oestrogen * (1 - oestrogen_signal)) * tcf_activity**-fat_wnt
    return k_marrow_fat * (pull - marrow_fat)


def marrow_fat_fraction(marrow_fat, fat_fraction_reference):
    """Share of vertebral marrow that is fat.  [1]   Saturates: marrow cannot hold more than all of it."""
    odds = fat_fraction_reference / (1 - fat_fraction_reference) * marrow_fat
    return odds / (1 + odds)


def regulated(level):
    """What regulators do to the host's progenitors, 1 without any.  [1]"""
    return level


MARROW = Module(
    "marrow",
    note="Progenitor supply and marrow fat under RUNX2 and PPARγ.",
    parameters=(
        Parameter("adipo_ageing", 0.3, "1", "assumed", "assumed", bounds=(0, 2), note="ageing leans the niche to fat"),
        Parameter("supply_runx2", 1.0, "1", "assumed", "assumed", bounds=(0, 3)),
        Parameter("fat_oestrogen", 0.5, "1", "assumed", "assumed", bounds=(0, 2)),
        Parameter("fat_wnt", 0.3, "1", "assumed", "assumed", bounds=(0, 2)),
        Parameter("colony_ageing", 0.6, "1", "assumed", "assumed", bounds=(0, 4), note="reports: none to 8-fold at 80"),
        Parameter("regulated_osteo", 1.0, "1", "derived", "reference adult", bounds=(0.01, 100)),
        Parameter("regulated_adipo", 1.0, "1", "derived", "reference adult", bounds=(0.01, 100)),
        Parameter("regulated_opg", 1.0, "1", "derived", "reference adult", bounds=(0.01, 100)),
        Parameter("k_marrow_fat", 0.006, "1/day", "assumed", "assumed", bounds=(0.001, 0.1), note="half a year"),
        Parameter("fat_fraction_reference", 0.35, "1", "assumed", "assumed", bounds=(0.05, 0.9), note="vertebra at 30"),
    ),
    states=(State("marrow_fat", "1", note="marrow fat against the reference adult"),),
    ports=(
        Port("niche_osteo", "product", "1", "pushes progenitors of the marrow towards bone"),
        Port("niche_adipo", "product", "1", "pushes progenitors of the marrow towards fat"),
        Port("donor_progenitors", "sum", "1", "progenitors of donors in the marrow, against the host's own"),
    ),
    rules=(
        Rule("marrow_adipo_drive", marrow_adipo_drive, "1"),
        Rule("marrow_runx2", marrow_runx2, "1"),
        Rule("marrow_pparg", marrow_pparg, "1"),
        Rule("marrow_fat_fraction", marrow_fat_fraction, "1"),
        Rule("colony_cells", colony_cells, "1"),
    ),
    processes=(Process("fat_shift", fat_shift, "1/day", {"marrow_fat": 1}),),
    contributions=(
        Contribution("progenitor_supply", "supply_of_marrow", supply_of_marrow),
        Contribution("niche_osteo", "osteo_of_regulators", renamed(regulated, level="regulated_osteo")),
        Contribution("niche_adipo", "adipo_of_regulators", renamed(regulated, level="regulated_adipo")),
        Contribution("opg_production", "opg_of_regulators", renamed(regulated, level="regulated_opg")),
    ),
    references=("macarthur2008", "james2013"),
)
