"""Osteoblast lineage: progenitors commit, mature, make bone, and end as lining cells or osteocytes.

Resorption calls formation (coupling) through TGF-β from matrix and through signals of the osteoclasts themselves.
Wnt and PTH pulses wake lining cells, speed maturation and lengthen life; the lining pool is finite and refills over a
year or more, which is half of why anabolic surges fade. Ratios to the reference adult (1).
"""

from osteon.model import Derived, Module, Parameter, Port, Process, Rule, State


def coupling(tgf_beta, osteoclasts, matrix_coupling):
    """The call of resorption for formation, 1 at reference.  [1]   Source: lemaire2004; osteoclast share assumed."""
    return matrix_coupling * tgf_beta + (1 - matrix_coupling) * osteoclasts


def commitment(
    coupling, uncoupled_share, osteoblast_supply, progenitor_supply, commitment_drive, tcf_activity, commitment_wnt
):
    """Progenitors that enter the osteoblast line, 1 at reference.  [1]"""
    call = uncoupled_share + (1 - uncoupled_share) * coupling
    return osteoblast_supply * progenitor_supply * commitment_drive * call * tcf_activity**commitment_wnt


def maturation(pth_memory, maturation_pth):
    """Speed of maturation, 1 at reference.  [1]   Source: peterson2010 (Runx2, CREB)."""
    return pth_memory**maturation_pth


def lining_call(tcf_activity, pth_memory, lining_wnt, lining_pth):
    """Call on lining cells to make bone again, 1 at reference.  [1]   Source: assumed; teriparatide and romosozumab."""
    return tcf_activity**lining_wnt * pth_memory**lining_pth


def osteoblast_life(osteoblast_survival, pth_memory, survival_pth):
    """Life of active osteoblasts, 1 at reference.  [1]   Source: peterson2010 (Bcl-2)."""
    return osteoblast_survival * pth_memory**survival_pth


def formation(osteoblasts, tcf_activity, activity_wnt, pth_memory, activity_pth, osteoblast_drive):
    """Bone formed, 1 at reference: active osteoblasts times what each makes.  [1]"""
    return osteoblast_drive * osteoblasts * tcf_activity**activity_wnt * pth_memory**activity_pth


def commitment_rate(commitment, k_preosteoblast):
    """New osteoblast precursors.  [1/day]"""
    return k_preosteoblast * commitment


def maturation_rate(preosteoblasts, maturation, k_preosteoblast):
    """Precursors that become active.  [1/day]"""
    return k_preosteoblast * preosteoblasts * maturation


def osteoblast_gain(preosteoblasts, maturation, lining_share, k_osteoblast):
    """Active osteoblasts from precursors.  [1/day]"""
    return k_osteoblast * (1 - lining_share) * preosteoblasts * maturation


def k_lining_wake(lining_share, k_osteoblast, lining_per_osteoblast):
    """Rate at which a lining cell wakes at reference.  [1/day]"""
    return lining_share * k_osteoblast / lining_per_osteoblast


def lining_wake(lining_cells, lining_call, k_lining_wake):
    """Lining cells that become active again.  [1/day]"""
    return k_lining_wake * lining_cells * lining_call


def osteoblast_end(osteoblasts, osteoblast_life, k_osteoblast):
    """Active osteoblasts that stop: die, line the surface or are buried.  [1/day]"""
    return k_osteoblast * osteoblasts / osteoblast_life


def lining_gain(osteoblasts, k_lining):
    """Osteoblasts that end as lining cells.  [1/day]"""
    return k_lining * osteoblasts


def lining_loss(lining_cells, k_lining, k_lining_wake):
    """Lining cells lost other than by waking.  [1/day]"""
    return (k_lining - k_lining_wake) * lining_cells


def burial(formation, k_osteocyte):
    """Osteoblasts buried as osteocytes in the bone they make.  [1/day]"""
    return k_osteocyte * formation


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
    note="Commitment, maturation, formation, lining cells, osteocytes.",
    parameters=(
        Parameter("k_preosteoblast", 0.05, "1/day", "fitted", "assumed", bounds=(0.01, 0.3)),
        Parameter(
            "k_osteoblast",
            0.0133,
            "1/day",
            "fitted",
            "peterson2010",
            bounds=(0.004, 0.1),
            note="one over the mean life",
        ),
        Parameter("k_lining", 0.002, "1/day", "fitted", "assumed", bounds=(0.001, 0.02)),
        Parameter("k_osteocyte", 0.00027, "1/day", "assumed", "assumed", bounds=(5e-5, 0.002), note="10 y"),
        Parameter(
            "osteocyte_death", 0.2, "1", "assumed", "assumed", bounds=(0, 1), note="share not lost by resorption"
        ),
        Parameter("matrix_coupling", 0.5, "1", "fitted", "assumed", bounds=(0, 1)),
        Parameter("uncoupled_share", 0.15, "1", "assumed", "assumed", bounds=(0, 0.8)),
        Parameter("osteoblast_supply", 1.0, "1", "derived", "reference adult", bounds=(0, 20), note="knock-out: 0"),
        Parameter("commitment_wnt", 0.13, "1", "assumed", "assumed", bounds=(0, 3)),
        Parameter("maturation_pth", 0.3, "1", "assumed", "assumed", bounds=(0, 3)),
        Parameter("lining_share", 0.08, "1", "fitted", "assumed", bounds=(0.005, 0.3)),
        Parameter("lining_per_osteoblast", 4.0, "1", "assumed", "assumed", bounds=(1, 20)),
        Parameter("lining_wnt", 3.0, "1", "fitted", "assumed", bounds=(0, 6)),
        Parameter("lining_pth", 2.0, "1", "fitted", "assumed", bounds=(0, 12)),
        Parameter("survival_pth", 0.3, "1", "assumed", "assumed", bounds=(0, 2)),
        Parameter("activity_wnt", 0.3, "1", "fitted", "assumed", bounds=(0, 2)),
        Parameter("activity_pth", 0.3, "1", "fitted", "assumed", bounds=(0.001, 2)),
        Parameter("cells_osteocyte", 42.0, "1", "assumed", "assumed", note="billion in a skeleton"),
        Parameter("cells_osteoblast", 0.5, "1", "assumed", "assumed", note="billion"),
        Parameter("cells_osteoclast", 0.02, "1", "assumed", "assumed", note="billion"),
    ),
    derived=(Derived("k_lining_wake", k_lining_wake, "1/day"),),
    states=(
        State("preosteoblasts", "1", note="committed, not yet active"),
        State("osteoblasts", "1", note="active osteoblasts"),
        State("lining_cells", "1", note="resting on the surface"),
        State("osteocytes", "1", note="buried in bone"),
    ),
    ports=(
        Port("progenitor_supply", "product", "1", "osteogenic progenitors from the marrow"),
        Port("commitment_drive", "product", "1", "what calls progenitors into the osteoblast line"),
        Port("osteoblast_survival", "product", "1", "life of active osteoblasts"),
        Port("osteoblast_drive", "product", "1", "matrix made by each active osteoblast"),
    ),
    rules=(
        Rule("coupling", coupling, "1"),
        Rule("commitment", commitment, "1"),
        Rule("maturation", maturation, "1"),
        Rule("lining_call", lining_call, "1"),
        Rule("osteoblast_life", osteoblast_life, "1"),
        Rule("formation", formation, "1"),
        Rule("osteocyte_share", osteocyte_share, "1"),
    ),
    processes=(
        Process("commitment_rate", commitment_rate, "1/day", {"preosteoblasts": 1}),
        Process("maturation_rate", maturation_rate, "1/day", {"preosteoblasts": -1}),
        Process("osteoblast_gain", osteoblast_gain, "1/day", {"osteoblasts": 1}),
        Process("lining_wake", lining_wake, "1/day", {"lining_cells": -1, "osteoblasts": "lining_per_osteoblast"}),
        Process("osteoblast_end", osteoblast_end, "1/day", {"osteoblasts": -1}),
        Process("lining_gain", lining_gain, "1/day", {"lining_cells": 1}),
        Process("lining_loss", lining_loss, "1/day", {"lining_cells": -1}),
        Process("burial", burial, "1/day", {"osteocytes": 1}),
        Process("osteocyte_loss", osteocyte_loss, "1/day", {"osteocytes": -1}),
    ),
    references=("lemaire2004", "peterson2010"),
)
