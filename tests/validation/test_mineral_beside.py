"""The mineral axis beside another model: it says why it does not run, and ours moves as it should."""

import numpy as np
import pytest
from validation.mineral import DAYS, OURS, SCENARIOS, mineral_table, our_course, show


def test_without_the_file_it_says_so_and_is_no_failure(tmp_path):
    told = []
    assert show(tmp_path / "BIOMD0000000613.xml", told.append) == 0
    assert "Skipped" in told[0] and "BIOMD0000000613" in told[0]


MOVES = {"a tenth more calcium in plasma": (0, 0, 0), "twice the calcium eaten": (1, -1, -1),
         "three times the PTH made": (1, 1, 1), "70 % of kidney function lost": (-1, 1, -1),
         "a tenth of the RANKL made": (-1, 1, 1)}  # fmt: skip


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s.name)
def test_our_side_moves_calcium_pth_and_calcitriol(scenario):
    got = our_course(scenario)[DAYS.index(30.0), :3]
    sign = np.where(np.abs(got - 1) < 2e-3, 0, np.sign(got - 1))
    assert tuple(sign) == MOVES[scenario.name]


def test_a_row_of_the_table_stands_for_each_day():
    rows = [{"scenario": "one", "day": d, "output": o, "ours": 1.0, "theirs": 0.5} for d in DAYS for o in OURS]
    lines = mineral_table(rows).splitlines()
    assert len(lines) == 3 + len(DAYS) and lines[-1].split() == ["365", *["1.000", "/", "0.500"] * len(OURS)]
