"""The posterior of the cells: members take whole rows, its file answers for its faults, and without it priors are what they were."""

import numpy as np
import pytest

from osteon.cells.posterior import (
    PRIOR,
    CellPosterior,
    active_posterior,
    imposed,
    normal_places,
    read_posterior,
    shipped_posterior,
    using,
    written_posterior,
)
from osteon.errors import CorruptData, InputError
from osteon.streams import normal

MEMBERS = np.arange(200)
TIED = CellPosterior({"a": 0.5, "b": -0.5}, {"a": np.arange(10.0), "b": -np.arange(10.0)})


def test_members_take_whole_rows_so_that_what_evidence_ties_together_stays_together():
    with using(TIED):
        a, b = normal_places("a", MEMBERS, 1), normal_places("b", MEMBERS, 1)
    assert (a[0], b[0]) == (0.5, -0.5)
    assert np.array_equal(a[1:], -b[1:])
    assert set(a[1:]) == set(np.arange(10.0))


def test_what_evidence_says_nothing_of_keeps_its_prior():
    with using(TIED):
        told = normal_places("something_else", MEMBERS, 3)
    assert told[0] == 0
    assert np.array_equal(told[1:], normal(3, MEMBERS, "cells:something_else")[1:])


def test_places_can_be_imposed_member_by_member():
    with using(TIED), imposed({"a": np.linspace(-1, 1, 200)}):
        assert np.array_equal(normal_places("a", MEMBERS, 1), np.linspace(-1, 1, 200))
        assert np.all(normal_places("b", MEMBERS, 1) == 0)
    with using(PRIOR):
        assert normal_places("a", MEMBERS, 1)[0] == 0


def test_the_file_is_read_as_it_was_written_and_all_its_faults_are_told():
    again = read_posterior(written_posterior(TIED))
    assert again.typical == dict(TIED.typical)
    assert np.allclose(again.draws["b"], TIED.draws["b"])
    with pytest.raises(CorruptData) as caught:
        read_posterior("draw,a\n0,1\n1,x\n2\n3,nan\n")
    assert len(caught.value.faults) == 3
    with pytest.raises(CorruptData):
        read_posterior("parameter,a\n0,1\n1,2\n")


def test_where_cells_are_drawn_from_is_chosen_by_a_variable_and_a_wrong_word_is_answered(monkeypatch):
    assert active_posterior() is PRIOR
    monkeypatch.setenv("OSTEON_CELL_DRAWS", "posterior")
    assert active_posterior() is shipped_posterior()
    monkeypatch.setenv("OSTEON_CELL_DRAWS", "posteriour")
    with pytest.raises(InputError, match="Did you mean 'posterior'"):
        active_posterior()
    with using(PRIOR):
        assert active_posterior() is PRIOR
