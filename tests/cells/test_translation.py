"""From animals to people: the prior that drugs give, the older one as a choice, small studies as a factor of its own."""

import csv
from importlib.resources import files

import numpy as np
import pytest

from osteon.cells.translation import (
    MAX_SHARE,
    NOTHING,
    OF_DRUGS,
    PRIORS,
    in_words,
    small_study_share_at,
    translation_at,
)
from osteon.errors import InputError
from osteon.inputs import read_scenario
from osteon.simulation.scenario import case_of, simulate_scenario

U = (np.arange(20_000) + 0.5) / 20_000


def rows(name):
    with (files("osteon") / "data" / name).open(encoding="utf-8") as f:
        return list(csv.DictReader(f))


def test_the_prior_of_drugs_is_that_of_its_table():
    logs = np.log([float(r["human_over_animal_driver"]) for r in rows("animal_human_drivers.csv")])
    assert len(logs) == 11
    assert np.exp(logs.mean()) == pytest.approx(OF_DRUGS[0], abs=0.01) and logs.std(ddof=1) == pytest.approx(
        OF_DRUGS[1], abs=0.02
    )
    calendar = np.log([float(r["ratio_calendar"]) for r in rows("animal_human_pairs.csv") if r["ratio_calendar"]])
    assert 0.3 < np.exp(calendar.mean()) < 0.55


def test_both_priors_hold_nothing_as_often_and_keep_their_bounds():
    for name in PRIORS:
        drawn = translation_at(U, name)
        assert np.mean(drawn == 0) == pytest.approx(NOTHING, abs=1e-3) and drawn.max() <= MAX_SHARE
        assert np.all(np.diff(drawn) >= 0)
    some = translation_at(U)
    assert 0.4 < np.median(some[some > 0]) < 0.5  # 0.5 without the truncation
    older = translation_at(U, "log_uniform")
    assert np.median(older[older > 0]) == pytest.approx(np.sqrt(0.02), rel=0.01)
    assert "0.02" in in_words("log_uniform") and "0.3" in in_words("drugs_in_animals")


def test_small_studies_take_a_share_of_their_own():
    share = small_study_share_at(U)
    assert np.median(share) == pytest.approx(0.7, abs=0.01) and share.max() == 1 and share.min() > 0.1


def woman(prior=None, **more):
    cells = {"source": "bone_marrow", "dose": "2e6 cells/kg", "route": "intravenous", "at": ["0 days"], **more}
    table = {
        "format": 1,
        "person": {"age": "66 years"},
        "cells": [cells | ({"translation_prior": prior} if prior else {})],
    }
    return table | {"output": {"end": "1 month", "at": "1 month", "of": ["ctx"], "draws": 300}}


def test_a_file_chooses_its_prior_every_lane_draws_it_and_the_notes_show_both():
    new, old = (case_of(read_scenario(woman(p))).parameters for p in (None, "log_uniform"))
    assert np.median(new["translation"]) > 2 * np.median(old["translation"])
    assert np.allclose(new["small_study_share"], old["small_study_share"]) and new["small_study_share"][1:].std() > 0.1
    notes = " ".join(
        simulate_scenario(read_scenario(woman() | {"output": {"end": "1 day", "of": ["ctx"], "draws": 2}})).notes
    )
    assert in_words("drugs_in_animals") in notes and in_words("log_uniform") in notes
    with pytest.raises(InputError, match="log_uniform"):
        read_scenario(woman("log_unifrom"))


def test_an_animal_has_neither_factor():
    table = {
        "format": 1,
        "animal": {"species": "rat", "age": "200 days"},
        "cells": woman()["cells"],
        "output": woman()["output"],
    }
    values = case_of(read_scenario(table)).model.defaults
    assert values["translation"] == 1 and values["small_study_share"] == 1
