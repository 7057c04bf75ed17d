"""Evidence on cells as likelihoods: a row pulls towards what it says, a bound pushes from one side, grades and doses count."""

from dataclasses import replace

import numpy as np
import pytest

from osteon.cells.posterior import shipped_posterior
from osteon.inference.cell_evidence import (
    GRADES,
    EvidenceRow,
    effect_rows,
    evidence_key,
    evidence_rows,
    measured,
    row_likelihood,
    sampled_parameters,
    spreads,
)
from osteon.inference.cell_posterior_files import left_out_scores, shipped_key, shipped_parameters, shipped_rows
from osteon.inference.cell_surrogate import fit_row

ROW = EvidenceRow("x", "X", "rat", "bvtv_femur_left", "calibrate", "b", 0.4, 0.1, per_arm=8, spread=0.25)
ONE = np.ones(3)


def test_a_figure_pulls_to_itself_a_bound_from_above_and_a_direction_to_its_side():
    at = np.array([0.0, 0.4, 0.8])
    figure = row_likelihood(ROW, at, 0.2 * ONE)
    assert figure[1] > figure[0] == pytest.approx(figure[2])
    bound = row_likelihood(replace(ROW, upper=True), at, 0.2 * ONE)
    assert bound[0] > bound[1] > bound[2]
    up, down, same = (row_likelihood(replace(ROW, y=None, expect=e), at, 0.2 * ONE) for e in ("up", "down", "same"))
    assert up[2] > up[0]
    assert down[0] > down[2]
    assert same[0] > same[2]


def test_a_bad_grade_and_an_unsure_study_effect_say_less():
    places = {"study_spread": np.array([-1.0, 0.0, 1.0])}
    good, poor = (spreads(replace(ROW, grade=g), 0.0, places) for g in ("a", "d"))
    assert np.all(poor > good)
    assert np.all(np.diff(good) > 0)
    assert {r.grade for r in effect_rows()} <= set(GRADES)
    coin = row_likelihood(replace(ROW, y=None, expect="up", grade="d"), -5 * ONE, 0.1 * ONE)
    assert np.all(coin > np.log(0.05))


def test_every_assumed_dose_is_sampled_and_holdout_rows_are_never_weighed():
    from osteon.inference.cell_evidence import row_likelihoods
    from osteon.replication.cell_evidence import effects

    unsure = {f"dose:{e['study']}" for e in effects() if e.get("dose_fold", 1) > 1}
    assert unsure
    assert unsure <= set(sampled_parameters())
    rows = evidence_rows()
    assert len({r.id for r in rows}) == len(rows) > 35
    held_out = [i for i, r in enumerate(rows) if r.role == "holdout"]
    assert len(held_out) >= 5
    places = {n: np.zeros(2) for n in sampled_parameters()}
    predicted = np.zeros((2, len(rows)))
    terms = row_likelihoods(predicted, places, np.zeros(len(rows)))
    assert np.all(terms[:, held_out] == 0)
    assert np.all(terms[:, 0] != 0)


def test_laws_of_the_measured_figures_move_with_their_parameters():
    n = len(sampled_parameters())
    base = {name: np.zeros(n + 1) for name in sampled_parameters()}
    for i, name in enumerate(base):
        base[name][i + 1] = 1.0
    told = measured(base)
    moved = {name: np.any(told[i + 1] != told[0]) for i, name in enumerate(base)}
    for name in (
        "k_cell_loss",
        "lung_arrest",
        "organ_arrest",
        "release_share",
        "resident_share",
        "k_debris",
        "small_study_share",
        "bone_marrow:hazard",
        "adipose:hazard",
    ):
        assert moved[name], name
    assert not moved["niche_gain"]


def test_a_stand_in_tells_how_far_it_is_off():
    rng = np.random.default_rng(2)
    z = rng.standard_normal((300, 10))

    def law(at):
        return np.tanh(at[:, 0]) + 0.4 * at[:, 1] - 0.4 * at[:, 2] + 0.3 * at[:, 1] * at[:, 2]

    row = fit_row(z, law(z))
    fresh = rng.standard_normal((300, 10))
    missed = row.at(fresh) - law(fresh)
    assert missed.std() < 1.5 * row.error
    assert row.error < law(fresh).std() / 3


def test_what_is_shipped_was_made_with_this_evidence_and_moves_what_it_knows():
    if not shipped_posterior().draws:
        pytest.skip("no posterior is shipped")
    assert shipped_key() == evidence_key(), "run 'osteon posterior --cells' and ship it anew"
    parameters = {p.parameter: p for p in shipped_parameters()}
    assert set(shipped_posterior().draws) <= set(parameters)
    assert parameters["k_cell_loss"].known > 0.5
    assert all(0 <= p.known <= 1 for p in parameters.values())
    rows = shipped_rows()
    assert {r.id for r in rows} == {r.id for r in evidence_rows()}
    assert parameters["niche_gain"].median > 0.3, "published effects are larger than the prior's"
    assert left_out_scores(rows)[0].figures >= 10


def test_the_sampler_leaves_what_evidence_says_nothing_of_as_wide_as_its_prior(monkeypatch):
    from osteon.inference import cell_posterior

    sd = cell_posterior._prior_sd()
    precision = np.zeros(len(sd))
    precision[:6] = 25.0

    def evaluate(places):
        return places, -0.5 * (places - 0.5) ** 2 * precision

    e = cell_posterior._sampled(evaluate, np.random.default_rng(4))
    spread = e.places.std(axis=0)
    exact = 1 / np.sqrt(1 / sd**2 + precision)
    assert np.all(np.abs(spread[:6] / exact[:6] - 1) < 0.25)
    assert np.all(spread[6:] / sd[6:] > 0.75)
    assert np.mean(spread[6:] / sd[6:]) == pytest.approx(1.0, abs=0.08)
    assert np.all(np.abs(e.places[:, :6].mean(axis=0) - 0.5 * precision[:6] * exact[:6] ** 2) < 0.1)
