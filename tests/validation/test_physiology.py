"""The sweep of a bone physician: a file whose faults are told at once, numbers of courses, verdicts, a page with the misses first."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from validation.physiology import (
    FILE,
    STORED,
    Row,
    as_published,
    compare,
    counts,
    page,
    scenario_of,
    show,
    summary,
    tries,
    what,
)

from osteon.errors import InputError

EVERY = {t.name: t for t in tries()}
ROW = Row("bmd_total_hip", 12.0, "percent", 1.0, 3.0, "somebody", "read")
COURSE = np.concatenate([np.linspace(1.0, 1.1, 25), np.linspace(1.1, 1.05, 25)[1:]])  # 24 months by half months


def test_there_are_more_scenarios_than_thirty_one_and_each_row_says_where_it_was_seen():
    assert len(EVERY) > 31 and sum(len(t.rows) for t in EVERY.values()) > 90
    assert all(r.source and r.seen in ("read", "digitised", "memory") for t in EVERY.values() for r in t.rows)
    assert sum(r.seen != "memory" for t in EVERY.values() for r in t.rows) > 70


def test_every_scenario_is_a_scenario_file_that_can_be_read():
    for t in EVERY.values():
        s = scenario_of(t, ["bmd_total_hip"])
        assert s.person is not None and len(s.output.days()) == 2 * t.end + 1


@pytest.mark.parametrize(
    ("row", "value"),
    [
        (ROW, 10.0),
        (replace(ROW, form="level", at=24), 1.05),
        (replace(ROW, since=12.0, at=24.0), 100 * (1.05 / 1.1 - 1)),
        (replace(ROW, form="highest", since=6.0, at=24.0), 10.0),
        (replace(ROW, form="lowest", since=12.0, at=24.0, base=12.0), 100 * (1.05 / 1.1 - 1)),
        (replace(ROW, form="retained", base=0.0, since=12.0, at=24.0), 50.0),
        (replace(ROW, form="against", other="x"), 10.0),
        (replace(ROW, form="ratio", other="x"), 1.1),
        (replace(ROW, form="ratio", other="x", other_at=0.0), 1.1),
    ],
)
def test_numbers_of_a_course(row, value):
    assert as_published(row, COURSE, np.ones_like(COURSE)) == pytest.approx(value)
    assert what(vars(row))


def test_a_faulty_file_is_told_whole(tmp_path):
    path = tmp_path / "physiology.toml"
    text = FILE.read_text(encoding="utf-8")
    text = text.replace('of = "denosumab", from = 0, until = 23', 'of = "denosumap", from = 0, until = 23', 1)
    text = text.replace("lo = -2.8, hi = -0.7", "lo = -0.7, hi = -2.8", 1)
    text = text.replace('seen = "digitised"', 'seen = "hearsay"', 1)
    text = text.replace('as = "retained"', 'as = "retaind"', 1)
    text = text.replace('other = "teriparatide_40"', 'other = "teriparatide_4"', 1)
    path.write_text(text.replace("at = 96", "at = 196", 1))
    with pytest.raises(InputError) as caught:
        tries(path)
    assert len(caught.value.faults) == 6
    for words in ("'denosumab'", "-0.7 is not below", "hearsay", "'retained'", "'teriparatide_40'", "after the end"):
        assert words in str(caught.value)


def test_a_trough_is_looked_at_before_the_dose_of_its_day():
    days = scenario_of(EVERY["denosumab_10_years"], ["ctx"]).output.days()
    assert days[0] == 0.0 and days[12] < 6 * 30.4375


def test_ranges_from_memory_are_not_counted_and_fitted_ones_apart():
    rows = [
        {"seen": "read", "fitted": False, "verdict": "inside"},
        {"seen": "digitised", "fitted": True, "verdict": "below"},
        {"seen": "memory", "fitted": False, "verdict": "above"},
    ]
    assert counts(rows) == {"predicted": (1, 1), "fitted": (0, 1), "memory": (0, 1)}
    assert summary(rows).startswith("1 of 1")


def test_two_scenarios_run_and_the_page_tells_misses_first():
    rows = compare([EVERY["untreated"], EVERY["denosumab_calcium"]])
    assert [r["id"] for r in rows] == ["untreated/1", "untreated/2", "denosumab_calcium/1"]
    assert all(np.isfinite(r["simulated"]) for r in rows)
    text = page([rows[0] | {"verdict": "below"}, *rows[1:]], {t.name: t.words for t in EVERY.values()})
    assert text.index("## Misses") < text.index("| below |") < text.index("## Met")


@pytest.mark.slow
def test_the_stored_verdicts_stand():
    assert STORED.exists() and show(False, lambda text: None) == 0
