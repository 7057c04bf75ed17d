"""The experiments of Table 1 as they are run: directions, blockers, and edges that flip the finding when turned round."""

from dataclasses import replace

import pytest

from osteon.cells.regulators import basis
from osteon.errors import InputError
from osteon.evidence.claim import load_claims
from osteon.trial.experiments import experiment_ids, load_experiment, run_experiment

DISHES = [i for i in experiment_ids() if load_experiment(i).dishes]


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
