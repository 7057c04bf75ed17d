"""Cells in a dish: growth, fate and mineral over days, from the same fate laws as in the marrow.

Cells grow at their source's doubling time; committed cells follow RUNX2, make ALP and then mineral; secretion factors in
the medium act steeply: nothing at 10 ug/mL, clear at 20 ug/mL (wang2015) in cells without induction medium. They come in
through one pathway node (SECRETION_NODE), so a blocker of that node takes their effect away.
"""

from __future__ import annotations

from osteon.biology.fate import pparg, runx2
from osteon.model import LogNormal, Module, Parameter, Process, Rule, State

SECRETION_NODE = "smad"  # TGF-beta is among the factors (liang2019); that it is the one that counts is assumed


def secretion_push(secretion_factors, secretion_half, secretion_steepness, secretion_gain):
    """Push of secretion factors in the medium on osteogenic commitment, 1 without them.  [1]   Source: wang2015."""
    up = (secretion_factors / secretion_half) ** secretion_steepness
    return 1 + secretion_gain * up / (1 + up)


def osteo_drive(medium_osteo, node_osteo, secretion_push, osteogenic_potency):
    """All that pushes towards bone: the medium, the pathway nodes, secretion factors, what the cells are.  [1]"""
    return medium_osteo * node_osteo * secretion_push * osteogenic_potency


def adipo_drive(medium_adipo, node_adipo, adipogenic_potency):
    """All that pushes towards fat.  [1]"""
    return medium_adipo * node_adipo * adipogenic_potency


def growth(cultured_cells, doubling_time, node_growth, confluence):
    """Cells that divide; they stop when the dish is full.  [1/day]"""
    return 0.6931471805599453 / doubling_time * node_growth * cultured_cells * (1 - cultured_cells / confluence)


def commit(culture_runx2, committed, k_commit):
    """Share of cells committed to bone follows RUNX2; half of them at reference.  [1/day]"""
    return k_commit * (culture_runx2 / (1 + culture_runx2) - committed)


def fatten(culture_pparg, fat_cells, k_commit):
    """Share of cells that store fat follows PPARγ.  [1/day]"""
    return k_commit * (culture_pparg / (1 + culture_pparg) - fat_cells)


def alp_shift(committed, culture_runx2, alp, k_alp):
    """Alkaline phosphatase follows committed cells.  [1/day]"""
    return k_alp * (2 * committed * culture_runx2 - alp)


def mineral_gain(alp, k_mineral_dish, mineral_alp, mineral_steepness):
    """Mineral laid down, by half at `mineral_alp`; more phosphatase than enough lays down no more.  [1/day]"""
    up = (alp / mineral_alp) ** mineral_steepness
    return k_mineral_dish * up / (1 + up)


CULTURE = Module(
    "culture",
    note="Cells in a dish.",
    parameters=(
        Parameter("doubling_time", 2.0, "day", "derived", "chen2012", LogNormal(1.3), bounds=(0.3, 30)),
        Parameter("confluence", 20.0, "1", "assumed", "assumed", note="times the cells seeded"),
        Parameter("medium_osteo", 1.0, "1", "derived", "definition", bounds=(0.01, 20), note="2.5 = induction medium"),
        Parameter("medium_adipo", 1.0, "1", "derived", "definition", bounds=(0.01, 20)),
        Parameter("node_osteo", 1.0, "1", "derived", "definition", bounds=(0.001, 1000)),
        Parameter("node_adipo", 1.0, "1", "derived", "definition", bounds=(0.001, 1000)),
        Parameter("node_growth", 1.0, "1", "derived", "definition", bounds=(0.001, 1000)),
        Parameter("osteogenic_potency", 1.0, "1", "derived", "definition", bounds=(0.01, 10)),
        Parameter("adipogenic_potency", 1.0, "1", "derived", "definition", bounds=(0.01, 10)),
        Parameter("secretion_factors", 0.0, "ug/mL", "derived", "definition", bounds=(0, 1000)),
        Parameter("secretion_half", 15.0, "ug/mL", "derived", "wang2015", LogNormal(1.1), note="between 10 and 20"),
        Parameter("secretion_steepness", 12.0, "1", "assumed", "assumed", LogNormal(1.3), bounds=(2, 30)),
        Parameter("secretion_gain", 1.5, "1", "assumed", "assumed", LogNormal(1.5), bounds=(0, 20)),
        Parameter("k_commit", 0.25, "1/day", "assumed", "assumed", bounds=(0.01, 2), note="about 4 d"),
        Parameter("k_alp", 0.4, "1/day", "assumed", "assumed", bounds=(0.05, 2)),
        Parameter("k_mineral_dish", 0.1, "1/day", "assumed", "assumed", bounds=(0.01, 1)),
        Parameter("mineral_alp", 2.0, "1", "assumed", "assumed", LogNormal(1.3), bounds=(0.2, 20)),
        Parameter("mineral_steepness", 1.5, "1", "assumed", "assumed", LogNormal(1.2), bounds=(0.5, 6)),
    ),
    states=(
        State("cultured_cells", "1", 1.0, note="times the cells seeded"),
        State("committed", "1", 0.5, note="share committed to bone; half is the undirected start"),
        State("fat_cells", "1", 0.5, note="share that stores fat"),
        State("alp", "1", 1.0, note="alkaline phosphatase against undirected cells"),
        State("mineral", "1", 0.0, note="mineral laid down"),
    ),
    rules=(
        Rule("secretion_push", secretion_push, "1", source="wang2015"),
        Rule("osteo_drive", osteo_drive, "1"),
        Rule("adipo_drive", adipo_drive, "1"),
        Rule("culture_runx2", lambda osteo_drive, adipo_drive: runx2(osteo_drive, adipo_drive), "1"),
        Rule("culture_pparg", lambda osteo_drive, adipo_drive: pparg(osteo_drive, adipo_drive), "1"),
    ),
    processes=(
        Process("dish_growth", growth, "1/day", {"cultured_cells": 1}),
        Process("dish_commit", commit, "1/day", {"committed": 1}),
        Process("dish_fatten", fatten, "1/day", {"fat_cells": 1}),
        Process("dish_alp", alp_shift, "1/day", {"alp": 1}),
        Process("dish_mineral", mineral_gain, "1/day", {"mineral": 1}),
    ),
    references=("macarthur2008", "james2013", "wang2015", "chen2012"),
)
