"""Each law of the cells, broken once, is found out: edges, leans, arms of immunity, harms."""

import numpy as np
import pytest

from osteon.cells import hazards, lung_burden, regulators
from osteon.cells.product import CellDose
from osteon.replication.experiments import load_experiment, run_experiment
from validation import mutate

# What publications say of each edge: regulator, source of the cells, node, sign.  Source: data/cells/regulators.csv names each
EDGES = [
    ("mots_c", "any", "smad", 1), ("ggcx", "any", "smad", 1), ("pilose_antler_extract", "any", "bmp", 1), ("simvastatin", "any", "bmp", 1),
    ("exosomes", "any", "erk", 1), ("snhg1", "any", "p38", -1), ("hotair", "any", "wnt", -1), ("pparg", "any", "pparg", 1),
    ("foxf1", "any", "wnt", -1), ("p38a", "any", "tak1", 1), ("mir_1297", "any", "wnt", -1), ("xipt", "any", "mir_30a", -1),
    ("hspb7", "adipose", "erk", -1), ("hspb7", "umbilical_cord", "erk", -1), ("hspb7", "bone_marrow", "smad", 1),
    ("zinc", "any", "pka", 1), ("zinc", "any", "erk", 1), ("zinc", "any", "wnt", 1), ("emf_50hz", "any", "pka", 1),
    ("emf_50hz", "any", "erk", 1), ("let_7c", "any", "scd1", -1), ("prf", "any", "smad", 1), ("prf", "any", "akt", 1),
    ("wnt", "any", "wnt", 1), ("notch_inhibition", "any", "notch", -1), ("akt", "any", "akt", 1), ("tnf_alpha", "any", "nfkb", 1),
    ("pten", "any", "pten", 1), ("methylation", "any", "pten", -1),
]  # fmt: skip
TO_BONE = {"smad", "bmp", "p38", "erk", "pka", "wnt", "akt", "tak1", "pten", "scd1"}
FROM_BONE = {"nfkb", "mir_30a"}
TO_FAT, FROM_FAT = {"pparg", "mir_30a"}, {"smad", "bmp", "p38", "erk", "pka", "wnt", "tak1", "pten"}


@pytest.fixture
def turned(monkeypatch):
    def turn(kind):
        monkeypatch.setitem(mutate._WHOLE, "_rows", regulators._rows)
        monkeypatch.setattr(regulators, "_rows", mutate._REPLACED[kind]("_rows"))

    return turn


def test_every_edge_stands_as_published_and_none_stands_beside_them():
    written = {(r["regulator"], r["source"], r["node"], int(r["sign"])) for r in regulators._shipped("regulators.csv")}
    assert written == set(EDGES)


@pytest.mark.parametrize(("regulator", "source", "node", "sign"), EDGES)
def test_an_edge_alone_moves_its_node_as_published_and_the_other_way_when_turned(regulator, source, node, sign):
    cells = "bone_marrow" if source == "any" else source
    moved = regulators.activities({regulator: 1.0}, cells)[node]
    round_ = regulators.activities({regulator: 1.0}, cells, flipped=regulator)[node]
    assert (moved - 1) * sign > 0.1
    assert (round_ - 1) * sign < -0.1


def test_every_lean_of_a_node_stands_as_published():
    table = regulators.nodes("bone_marrow")
    assert {n for n, v in table.items() if v.osteogenesis > 0} == TO_BONE
    assert {n for n, v in table.items() if v.osteogenesis < 0} == FROM_BONE | {"notch"}
    assert {n for n, v in table.items() if v.adipogenesis > 0} == TO_FAT
    assert {n for n, v in table.items() if v.adipogenesis < 0} == FROM_FAT
    assert regulators.nodes("umbilical_cord")["notch"].osteogenesis > 0


@pytest.mark.parametrize("kind", ["edges round", "leans round"])
@pytest.mark.parametrize("id", ["T1-04", "T1-14"])
def test_edges_or_leans_turned_round_turn_experiments_in_dish_and_animal(turned, kind, id):
    experiment = load_experiment(id)
    assert all(f.holds for f in run_experiment(experiment, draws=0))
    turned(kind)
    assert not all(f.holds for f in run_experiment(experiment, draws=0))


def test_fat_leans_turned_round_take_the_fat_the_other_way(turned):
    osteo, adipo = regulators.lean({"foxf1": 1.0}, "bone_marrow")
    assert adipo > 1.1 > osteo
    turned("fat leans round")
    assert regulators.lean({"foxf1": 1.0}, "bone_marrow")[1] < adipo - 0.1


def dose(**more):
    return CellDose("bone_marrow", 1e7, "cells/kg", "intravenous", (0.0,), **more)


def test_laws_of_harm_are_found_out_when_broken(monkeypatch):
    one, z = np.ones(1), np.zeros(1)
    small, large = (lung_burden.obstruction(d * one) for d in (15.0, 25.0))
    assert large > 2 * small
    monkeypatch.setattr(lung_burden, "SIZE_POWER", 0.0)
    assert lung_burden.obstruction(25.0 * one) == pytest.approx(lung_burden.obstruction(15.0 * one))
    early, late = (hazards.clotting(dose(passage=p), 1e7 * one, z) for p in (3, 8))
    assert late > 1.5 * early
    monkeypatch.setattr(hazards, "CLOT_OF_PASSAGE", 1.0)
    assert hazards.clotting(dose(passage=8), 1e7 * one, z) == pytest.approx(early)
    assert hazards.fever_hazard(z) > 0.01
    monkeypatch.setattr(hazards, "FEVER_BASE", 0.0)
    assert hazards.fever_hazard(z) == 0


def test_every_broken_law_of_the_cells_is_on_the_list():
    names = set(mutate.mutants())
    assert {"edges", "edges_round", "leans_round", "fat_leans_round"} <= names
    assert {"calm", "t_cells", "opg_of_cells", "precursors", "rejection", "recall"} <= names
    assert {"emboli", "lung", "cell_size", "passage_clots", "fever", "cell_death", "donors", "sources"} <= names
