"""The experiments of Table 1 as they are run: directions, blockers, and edges that flip the finding when turned round."""

from dataclasses import replace

import pytest

from osteon.cells.regulators import basis
from osteon.errors import InputError
from osteon.evidence.claim import load_claims
from osteon.replication.experiments import experiment_ids, load_experiment, run_experiment

DISHES = [i for i in experiment_ids() if load_experiment(i).dishes]
ANIMALS = [i for i in experiment_ids() if load_experiment(i).scenarios]


@pytest.mark.parametrize("id", DISHES)
def test_a_dish_of_table_1_does_as_its_source_says(id):
    wrong = [f for f in run_experiment(load_experiment(id)) if not f.holds]
    assert not wrong


@pytest.mark.parametrize("id", [i for i in DISHES if any(d.regulators for d in load_experiment(i).dishes.values())])
def test_it_fails_when_the_edge_is_turned_round(id):
    experiment = load_experiment(id)
    names = {r for d in experiment.dishes.values() for r in d.regulators}
    for name in names:
        found = run_experiment(experiment, draws=0, flipped=name)
        assert not all(f.holds for f in found)


def test_a_blocker_that_is_left_out_shows():
    experiment = load_experiment("T1-12")
    open_ = {arm: replace(d, blocked=()) for arm, d in experiment.dishes.items()}
    found = run_experiment(replace(experiment, dishes=open_), draws=0)
    assert not next(f for f in found if "U0126" in f.look.words).holds


def test_all_twenty_rows_of_the_table_are_there():
    assert experiment_ids() == tuple(f"T1-{i:02d}" for i in range(1, 21))
    assert {*DISHES, *ANIMALS} == set(experiment_ids())


@pytest.mark.parametrize("id", ANIMALS)
def test_an_animal_experiment_cannot_hold_when_nobody_is_treated(id):
    experiment = load_experiment(id)
    alike = dict.fromkeys(experiment.scenarios, experiment.scenarios["untreated"])
    assert not all(f.holds for f in run_experiment(replace(experiment, scenarios=alike), draws=0))


def test_half_of_akt_costs_about_three_quarters_of_the_modulus_and_nothing_without_the_blocker():
    experiment = load_experiment("T1-16")
    found = {f.look.expect: f for f in run_experiment(experiment, draws=8)}
    assert found["within"].typical == pytest.approx(589.24 / 2253.54, rel=0.5)
    same = {**experiment.scenarios, "cells_blocker": experiment.scenarios["cells"]}
    assert run_experiment(replace(experiment, scenarios=same), draws=0)[-1].typical == pytest.approx(1.0)


def test_what_is_called_entailed_or_emergent_is_so_by_the_table():
    for id in DISHES:
        for look in load_experiment(id).looks:
            dish = load_experiment(id).dishes[look.of]
            if look.output == "mineral" and dish.regulators:
                assert look.basis == basis(next(iter(dish.regulators)), dish.source)


def test_every_experiment_names_its_claim_and_arms_that_exist():
    claims = {c.id for c in load_claims()}
    for id in experiment_ids():
        experiment = load_experiment(id)
        arms = {*experiment.dishes, *experiment.scenarios}
        assert experiment.claim in claims and experiment.says and experiment.design
        assert all({look.of, look.against} - {""} <= arms for look in experiment.looks)


def test_an_unknown_experiment_is_told_with_the_nearest():
    with pytest.raises(InputError, match="T1-04"):
        load_experiment("T1-4")
