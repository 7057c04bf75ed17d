"""Osteoblast line: cells that reverse and refill what osteoclasts dug, cells that build on quiet surface, lining, osteocytes.

A remodelling unit that stops resorbing is reversed in about three weeks and refilled in about three months, most of it
early: three stages of a formation period. What is dug is refilled after that lag, so open cavities are bone that is
missing meanwhile. Beside it lining cells and their progenitors build without resorption before (modelling); Wnt and
pulses of PTH call them, the pool tires and refills in a year or two. Ratios to the reference adult (1).
"""

from osteon.model import LogNormal, Module, Parameter, Port, Process, Rule, State, renamed


def coupling(tgf_beta, erosion_depth, osteoclasts, matrix_coupling):
    """The call of resorption for formation, 1 at reference: by units that resorb, not by how deep they dig.  [1]

    Source: lemaire2004 (TGF-β of matrix); the share of the osteoclasts themselves is fitted
    """
    return matrix_coupling * tgf_beta / erosion_depth + (1 - matrix_coupling) * osteoclasts


def commitment(coupling, osteoblast_supply, progenitor_supply, commitment_drive, tcf_activity, commitment_wnt):
    """Progenitors that come to the units in reversal, 1 at reference.  [1]"""
    return osteoblast_supply * progenitor_supply * commitment_drive * coupling * tcf_activity**commitment_wnt


def maturation(pth_memory, maturation_pth):
    """Speed of reversal, 1 at reference.  [1]   Source: peterson2010 (Runx2, CREB)."""
    return pth_memory**maturation_pth


def osteoblast_life(osteoblast_survival, pth_memory, survival_pth):
    """How long osteoblasts work in each stage, 1 at reference.  [1]   Source: peterson2010 (Bcl-2)."""
    return osteoblast_survival * pth_memory**survival_pth


def osteoblasts(forming_early, forming_middle, forming_late):
    """Osteoblasts of remodelling by what they lay down, 1 at reference: apposition slows as a cavity fills.  [1]

    Source: eriksen1984 (apposition rate falls through the formation period); the three weights are assumed from it
    """
    return (1.65 * forming_early + 0.9 * forming_middle + 0.45 * forming_late) / 3


def mineralising(forming_early, forming_middle, forming_late):
    """Osteoblasts that mineralise osteoid, 1 at reference: those of all stages alike.  [1]   Source: assumed"""
    return (forming_early + forming_middle + forming_late) / 3


def overflow(tcf_activity, activity_wnt, pth_memory, activity_pth):
    """What each forming unit lays down against the reference: under PTH and Wnt it spreads beyond its cavity.  [1]"""
    return tcf_activity**activity_wnt * pth_memory**activity_pth


def formation(osteoblasts, osteoblast_drive, overflow):
    """Bone laid down by remodelling, 1 at reference.  [1]"""
    return osteoblast_drive * osteoblasts * overflow


def starting_osteoblasts(preosteoblasts, maturation, forming_early, osteoblast_life, osteoblast_drive):
    """Osteoblasts of remodelling that secrete procollagen: those that start, and the first stage; 1 at reference.  [1]

    Source: assumed
    """
    return osteoblast_drive * (preosteoblasts * maturation + forming_early / osteoblast_life) / 2


def lining_activation(tcf_activity, pth_memory, lining_wnt, lining_pth, lining_inhibition, rank_occupancy, lining_rank):
    """Activation of lining cells to build, 1 at reference.  [1]

    Where RANK is empty quiet surface stays quiet for long and is built on: up to 1 + 1/lining_rank times as much.
    Source: dempster2018 (modelling 2.5 times as frequent after three months of RANKL block); form assumed
    lining_inhibition : what holds the answer to PTH back where nothing is resorbed; Wnt does not need resorption
    Source: finkelstein2010 (alendronate blunts teriparatide); form assumed
    """
    undisturbed = (1 + lining_rank) / (rank_occupancy + lining_rank)
    return undisturbed * tcf_activity**lining_wnt * (1 + (pth_memory**lining_pth - 1) / (1 + lining_inhibition))


def modelling(modelling_sites, osteoblast_drive):
    """Bone laid down on quiet surface without resorption before, 1 at reference.  [1]"""
    return osteoblast_drive * modelling_sites


def commitment_rate(commitment, k_preosteoblast):
    """Cells that come into reversal.  [1/day]"""
    return k_preosteoblast * commitment


def maturation_rate(preosteoblasts, maturation, k_preosteoblast):
    """Cells that leave reversal and start to form bone.  [1/day]"""
    return k_preosteoblast * preosteoblasts * maturation


def forming_start(preosteoblasts, maturation, k_osteoblast):
    """Units that start to refill, in the first of three stages.  [1/day]"""
    return 3 * k_osteoblast * preosteoblasts * maturation


def forming_pass(forming, osteoblast_life, k_osteoblast):
    """Units that go on to the next stage.  [1/day]"""
    return 3 * k_osteoblast * forming / osteoblast_life


def modelling_start(lining_cells, lining_activation, k_modelling):
    """Lining cells that start to build.  [1/day]"""
    return k_modelling * lining_cells * lining_activation


def modelling_end(modelling_sites, k_modelling):
    """Modelling sites that are done.  [1/day]"""
    return k_modelling * modelling_sites


def lining_renewal(progenitor_supply, lining_depletion, k_lining):
    """Lining cells and their progenitors that are made anew.  [1/day]"""
    return k_lining * (1 + lining_depletion) * progenitor_supply


def lining_loss(lining_cells, lining_activation, lining_depletion, k_lining):
    """Lining cells that are spent on building or lost otherwise.  [1/day]"""
    return k_lining * lining_cells * (1 + lining_depletion * lining_activation)


def burial(formation, modelling, modelling_part, k_osteocyte):
    """Osteoblasts buried as osteocytes in the bone they make.  [1/day]   modelling_part : of all bone made at reference"""
    return k_osteocyte * ((1 - modelling_part) * formation + modelling_part * modelling)


def osteocyte_loss(osteocytes, resorption, osteocyte_death, k_osteocyte):
    """Osteocytes lost with the bone that is resorbed, and some (osteocyte_death) that die in place.  [1/day]"""
    return k_osteocyte * osteocytes * ((1 - osteocyte_death) * resorption + osteocyte_death)


def osteocyte_share(
    osteocytes,
    osteoblasts,
    lining_cells,
    osteoclasts,
    cells_osteocyte,
    cells_osteoblast,
    lining_per_osteoblast,
    cells_osteoclast,
):
    """Osteocytes among all bone cells.  [1]   Source: review C36 (over 90 %)."""
    lining = cells_osteoblast * lining_per_osteoblast * lining_cells
    rest = cells_osteoblast * osteoblasts + lining + cells_osteoclast * osteoclasts
    return cells_osteocyte * osteocytes / (cells_osteocyte * osteocytes + rest)


OSTEOBLASTS = Module(
    "osteoblasts",
    note="Reversal, three stages of formation, modelling, lining cells, osteocytes.",
    parameters=(
        Parameter("k_preosteoblast", 0.0455, "1/day", "derived", "agerbaek1991", bounds=(0.01, 0.3), note="reversal"),
        Parameter(
            "k_osteoblast", 0.011, "1/day", "derived", "agerbaek1991", bounds=(0.004, 0.1), note="formation period"
        ),
        Parameter(
            "k_modelling", 0.077, "1/day", "assumed", "assumed", bounds=(0.01, 1), note="P1NP peaks in 2 to 4 weeks"
        ),
        Parameter("k_lining", 0.0015, "1/day", "fitted", "assumed", LogNormal(1.65), bounds=(0.0003, 0.02)),
        Parameter(
            "lining_depletion",
            0.26,
            "1",
            "fitted",
            "assumed",
            LogNormal(2.0),
            bounds=(0.005, 5),
            note="spent over lost otherwise",
        ),
        Parameter(
            "k_osteocyte", 0.00027, "1/day", "assumed", "assumed", bounds=(5e-5, 0.002), note="death without resorption"
        ),
        Parameter(
            "osteocyte_death", 0.2, "1", "assumed", "assumed", bounds=(0, 1), note="share not lost by resorption"
        ),
        Parameter("matrix_coupling", 0.5, "1", "fitted", "assumed", bounds=(0, 1)),
        Parameter("osteoblast_supply", 1.0, "1", "derived", "reference adult", bounds=(0, 20), note="knock-out: 0"),
        Parameter("commitment_wnt", 0.13, "1", "assumed", "assumed", bounds=(0, 3)),
        Parameter("maturation_pth", 0.3, "1", "assumed", "assumed", bounds=(0, 3)),
        Parameter("lining_per_osteoblast", 4.0, "1", "assumed", "assumed", bounds=(1, 20)),
        Parameter("lining_wnt", 4.0, "1", "fitted", "assumed", LogNormal(2.0), bounds=(0.1, 10)),
        Parameter("lining_pth", 5.0, "1", "fitted", "assumed", LogNormal(2.0), bounds=(0.1, 15)),
        Parameter("lining_rank", 0.7, "1", "fitted", "dempster2018", LogNormal(2.0), bounds=(0.1, 100)),
        Parameter("survival_pth", 0.1, "1", "assumed", "assumed", bounds=(0, 2)),
        Parameter("activity_wnt", 0.1, "1", "fitted", "assumed", LogNormal(2.0), bounds=(0.001, 2)),
        Parameter("activity_pth", 0.5, "1", "fitted", "assumed", LogNormal(2.0), bounds=(0.001, 3)),
        Parameter("cells_osteocyte", 42.0, "1", "assumed", "assumed", note="billion in a skeleton"),
        Parameter("cells_osteoblast", 0.5, "1", "assumed", "assumed", note="billion"),
        Parameter("cells_osteoclast", 0.02, "1", "assumed", "assumed", note="billion"),
    ),
    states=(
        State("preosteoblasts", "1", note="cells in reversal, not yet forming"),
        State("forming_early", "1", note="units in the first third of formation"),
        State("forming_middle", "1", note="in the second"),
        State("forming_late", "1", note="in the last"),
        State("modelling_sites", "1", note="quiet surface on which bone is built"),
        State("lining_cells", "1", note="resting on the surface, and their progenitors"),
        State("osteocytes", "1", note="buried in bone"),
    ),
    ports=(
        Port("progenitor_supply", "product", "1", "osteogenic progenitors from the marrow"),
        Port("commitment_drive", "product", "1", "what calls progenitors into the osteoblast line"),
        Port("osteoblast_survival", "product", "1", "life of active osteoblasts"),
        Port("osteoblast_drive", "product", "1", "matrix made by each active osteoblast"),
        Port("modelling_part", "sum", "1", "share of modelling in all bone made at usual activity"),
        Port("lining_inhibition", "sum", "1", "what holds lining cells from answering to PTH"),
    ),
    rules=(
        Rule("coupling", coupling, "1"),
        Rule("commitment", commitment, "1"),
        Rule("maturation", maturation, "1"),
        Rule("osteoblast_life", osteoblast_life, "1"),
        Rule("osteoblasts", osteoblasts, "1", source="eriksen1984"),
        Rule("mineralising", mineralising, "1"),
        Rule("overflow", overflow, "1"),
        Rule("formation", formation, "1"),
        Rule("starting_osteoblasts", starting_osteoblasts, "1"),
        Rule("lining_activation", lining_activation, "1"),
        Rule("modelling", modelling, "1"),
        Rule("osteocyte_share", osteocyte_share, "1"),
    ),
    processes=(
        Process("commitment_rate", commitment_rate, "1/day", {"preosteoblasts": 1}),
        Process("maturation_rate", maturation_rate, "1/day", {"preosteoblasts": -1}),
        Process("forming_start", forming_start, "1/day", {"forming_early": 1}),
        *(
            Process(
                f"{here}_end", renamed(forming_pass, forming=here), "1/day", {here: -1, **({after: 1} if after else {})}
            )
            for here, after in (
                ("forming_early", "forming_middle"),
                ("forming_middle", "forming_late"),
                ("forming_late", ""),
            )
        ),
        Process("modelling_start", modelling_start, "1/day", {"modelling_sites": 1}),
        Process("modelling_end", modelling_end, "1/day", {"modelling_sites": -1}),
        Process("lining_renewal", lining_renewal, "1/day", {"lining_cells": 1}),
        Process("lining_loss", lining_loss, "1/day", {"lining_cells": -1}),
        Process("burial", burial, "1/day", {"osteocytes": 1}),
        Process("osteocyte_loss", osteocyte_loss, "1/day", {"osteocytes": -1}),
    ),
    references=("lemaire2004", "peterson2010", "agerbaek1991", "eriksen1984"),
)
