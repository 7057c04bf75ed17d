"""RANKL, its receptor RANK and its decoy OPG.

RANKL comes from osteocytes and osteoblast precursors; OPG competes for it, more tightly than RANK does; an antibody
takes what it finds. OPG and the share of RANKL that is free are quick and algebraic; the RANK complex is a state (its
9 to 10 hours matter at a dose). Lineage: lemaire2004, pivonka2008, peterson2010.
"""

from osteon.model import Derived, LogNormal, Module, Parameter, Port, Process, Rule, State


def opg_binding_ratio(opg_reference, kd_opg_rankl):
    """OPG over its dissociation constant in the reference adult.  [1]"""
    return opg_reference / kd_opg_rankl


def rank_saturation(rankl_reference, kd_rank_rankl):
    """Free RANKL over its dissociation constant from RANK in the reference adult.  [1]"""
    return rankl_reference / kd_rank_rankl


def opg(
    osteoblasts,
    osteocytes,
    opg_osteocyte_share,
    tcf_activity,
    opg_wnt,
    wnt_adapted,
    opg_wnt_fast,
    pth_level,
    opg_pth,
    opg_secretion,
    opg_production,
):
    """OPG at its quick steady state, 1 at reference.  [1]

    Wnt raises it: in part for good, in part only until cells are used to the signal. The PTH level lowers it.
    """
    wnt = tcf_activity**opg_wnt * (tcf_activity / wnt_adapted) ** opg_wnt_fast
    cells = opg_osteocyte_share * osteocytes + (1 - opg_osteocyte_share) * osteoblasts
    return opg_secretion * opg_production * cells * wnt * pth_level**-opg_pth


def free_rankl(rankl, opg, rankl_binding, opg_binding_ratio):
    """RANKL held neither by OPG nor by an antibody, 1 at reference.  [1]"""
    return rankl * (1 + opg_binding_ratio) / (1 + opg_binding_ratio * opg + rankl_binding)


def rank_occupancy(rankl_rank):
    """RANK bound by RANKL, 1 at reference.  [1]"""
    return rankl_rank


def rankl_synthesis(
    osteocytes,
    osteocyte_rankl_signal,
    preosteoblasts,
    modelling_sites,
    rankl_osteocyte_share,
    rankl_modelling_share,
    pth_level,
    rankl_pth,
    rankl_secretion,
    rankl_production,
    k_rankl,
):
    """RANKL made by osteocytes, osteoblast precursors and cells woken on quiet surface, under PTH.  [1/day]

    Source: peterson2010; the share of woken cells is fitted (resorption follows a surge of formation after weeks)
    """
    young = (
        1 - rankl_osteocyte_share - rankl_modelling_share
    ) * preosteoblasts + rankl_modelling_share * modelling_sites
    cells = rankl_osteocyte_share * osteocytes * osteocyte_rankl_signal + young
    return k_rankl * rankl_secretion * rankl_production * cells * pth_level**rankl_pth


def rankl_loss(rankl, k_rankl):
    """First-order loss of RANKL.  [1/day]"""
    return k_rankl * rankl


def rank_binding(free_rankl, rankl_rank, rank_saturation, k_rank):
    """RANK fills towards its equilibrium with free RANKL.  [1/day]   Source: lemaire2004."""
    return k_rank * (free_rankl * (1 + rank_saturation) / (1 + rank_saturation * free_rankl) - rankl_rank)


RANKL = Module(
    "rankl",
    note="RANKL-RANK-OPG.",
    parameters=(
        Parameter("k_rankl", 2.0, "1/day", "assumed", "assumed", bounds=(0.2, 20)),
        Parameter("k_rank", 1.75, "1/day", "derived", "peterson2010", bounds=(0.2, 20), note="the complex is taken up"),
        Parameter("rankl_secretion", 1.0, "1", "derived", "reference adult", bounds=(0, 20)),
        Parameter("opg_secretion", 1.0, "1", "derived", "reference adult", bounds=(0, 20)),
        Parameter(
            "rankl_osteocyte_share", 0.7, "1", "assumed", "assumed", bounds=(0.01, 0.8), note="most of it in adults"
        ),
        Parameter("rankl_modelling_share", 0.03, "1", "fitted", "assumed", LogNormal(2.5), bounds=(0.0005, 0.15)),
        Parameter(
            "opg_osteocyte_share", 0.95, "1", "assumed", "kramer2010", bounds=(0, 1), note="OPG of Wnt in osteocytes"
        ),
        Parameter("opg_reference", 50.0, "pmol/L", "assumed", "assumed", bounds=(1, 1000), note="at the cell surface"),
        Parameter(
            "rankl_reference", 20.0, "pmol/L", "assumed", "assumed", bounds=(0.1, 1000), note="at the cell surface"
        ),
        Parameter("kd_opg_rankl", 10.0, "pmol/L", "assumed", "assumed", bounds=(0.1, 1000), note="tighter than RANK"),
        Parameter("kd_rank_rankl", 100.0, "pmol/L", "fitted", "assumed", bounds=(1, 10000)),
        Parameter("opg_wnt", 0.4, "1", "fitted", "assumed", bounds=(0, 3)),
        Parameter("opg_wnt_fast", 0.3, "1", "fitted", "assumed", LogNormal(2.0), bounds=(0.005, 4)),
        Parameter("opg_pth", 1.0, "1", "fitted", "assumed", bounds=(0.01, 4)),
        Parameter("rankl_pth", 0.2, "1", "assumed", "assumed", bounds=(0, 2), note="an earlier fit knew 6 % of it"),
    ),
    derived=(
        Derived("opg_binding_ratio", opg_binding_ratio, "1"),
        Derived("rank_saturation", rank_saturation, "1"),
    ),
    states=(
        State("rankl", "1", note="RANKL at the cell surface"),
        State("rankl_rank", "1", scale=100.0, note="RANK bound by RANKL; a ten-millionth of it is nothing"),
    ),
    ports=(
        Port("rankl_binding", "sum", "1", "antibody over its binding constant for the acting RANKL"),
        Port("rankl_production", "product", "1", "what raises or lowers RANKL made by bone cells"),
        Port("opg_production", "product", "1", "what raises or lowers OPG made by bone cells"),
        Port("osteocyte_rankl_signal", "product", "1", "factor on RANKL of osteocytes: old, damaged, unloaded bone"),
    ),
    rules=(
        Rule("opg", opg, "1"),
        Rule("free_rankl", free_rankl, "1"),
        Rule("rank_occupancy", rank_occupancy, "1"),
    ),
    processes=(
        Process("rankl_synthesis", rankl_synthesis, "1/day", {"rankl": 1}),
        Process("rankl_loss", rankl_loss, "1/day", {"rankl": -1}),
        Process("rank_binding", rank_binding, "1/day", {"rankl_rank": 1}),
    ),
    references=("lemaire2004", "pivonka2008", "peterson2010"),
)
