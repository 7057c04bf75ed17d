"""Yields that a production unit would believe: senescence, losses, lots; each more passage gives less than the last."""

import pytest

from osteon.cells.feasibility import LARGEST_LOT, cells_at, dividing, plan
from osteon.cells.sources import source_names, source_of

NAMES = ("bone_marrow", "adipose", "umbilical_cord")


@pytest.mark.parametrize(("passage", "low", "high"), [(2, 1e7, 1e9), (4, 1e9, 5e10), (6, 1e10, 5e11)])
def test_one_cord_gives_what_such_units_report(passage, low, high):
    made = plan(source_of("umbilical_cord"), 1e9, passage)
    assert low < made.cells_per_donor < high
    assert made.cells_low < made.cells_per_donor < made.cells_high
    assert made.cells_per_lot <= LARGEST_LOT


@pytest.mark.parametrize("name", NAMES)
def test_growth_slows_and_cells_age_with_every_passage(name):
    source = source_of(name)
    cells, active = zip(*(cells_at(source, p) for p in range(11)), strict=True)
    folds = [b / a for a, b in zip(cells, cells[1:], strict=False)]
    assert all(b <= a + 1e-9 for a, b in zip(folds[3:], folds[4:], strict=False))
    assert all(b < a for a, b in zip(active, active[1:], strict=False))
    assert folds[-1] < folds[0] and max(cells) < 1e15
    assert dividing(2 * source["life_doublings"].typical, source["life_doublings"].typical) < 0.02


def test_late_marrow_cells_no_longer_make_up_for_what_a_passage_loses():
    cells = [cells_at(source_of("bone_marrow"), p)[0] for p in range(1, 26)]
    assert min(b / a for a, b in zip(cells, cells[1:], strict=False)) < 1.3


def test_donors_and_lots_follow_the_cells_asked_for_and_none_are_needed_for_none():
    cord = source_of("umbilical_cord")
    small, large = plan(cord, 1e9, 4), plan(cord, 1e12, 4)
    assert small.donors == small.lots == 1 and large.donors == large.lots > 10 and "donors" in large.warning
    assert plan(cord, 1e12, 6).lots >= plan(cord, 1e12, 6).donors
    assert plan(cord, 0.0, 3).donors == 0
    assert not plan(source_of("bone_marrow"), 1e6, 9).within_cap
    assert set(NAMES) <= set(source_names())
