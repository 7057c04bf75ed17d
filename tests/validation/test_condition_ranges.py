"""Conditions beside people: the file says where each range is from, and the table tells what is missed."""

import numpy as np
import pytest
from validation.conditions import FILE, Condition, Row, as_published, compare, condition_table, conditions

from osteon.errors import InputError

BY_NAME = {c.name: c for c in conditions()}
MINERALS = ("calcium", "pth", "calcitriol", "phosphate", "urinary_calcium")
MISSED = {
    "bed_rest calcitriol 3",  # 0.958, people 0.65 to 0.95
}
DAYS = np.array([0.0, 30.4375, 365.25, 730.5])


def row(form, months, since=0.0, lo=0.0, hi=1.0):
    return Row("pth", months, form, lo, hi, "somebody 1999", "memory", since)


@pytest.mark.parametrize(
    ("form", "months", "since", "wanted"),
    [("level", 12, 0, 3.0), ("ratio", 12, 0, 1.5), ("percent", 1, 0, -50.0), ("per_year", 24, 12, 100.0),
     ("percent_of_end", 24, 0, 100.0), ("nadir", 24, 0, -50.0)],
)  # fmt: skip
def test_a_number_is_told_in_its_form(form, months, since, wanted):
    own, without = np.array([2.0, 1.0, 3.0, 6.0]), np.array([2.0, 2.0, 2.0, 2.0])
    assert as_published(row(form, months, since), DAYS, own, without, 12.0) == pytest.approx(wanted)


@pytest.mark.parametrize(("key", "wrong"), [("as", "furlongs"), ("from", "hearsay")])
def test_a_form_or_an_origin_that_is_not_known_is_refused(tmp_path, key, wrong):
    line = f'output = "pth", months = 1, lo = 1, hi = 2, source = "s", as = "ratio", from = "memory", {key} = "{wrong}"'
    line = line.replace('as = "ratio", ' if key == "as" else 'from = "memory", ', "")
    path = tmp_path / "conditions.toml"
    path.write_text(f'[one]\nwords = "w"\nchange = {{ pth_secretion = 2.0 }}\nrows = [{{ {line} }}]\n')
    with pytest.raises(InputError, match=wrong):
        conditions(path)


def test_every_row_names_a_source_and_a_range():
    rows = [r for c in BY_NAME.values() for r in c.rows]
    assert len(rows) > 60 and all(r.lo < r.hi and len(r.source) > 3 for r in rows)
    assert FILE.read_text(encoding="utf-8").startswith("#")


def test_minerals_and_hormones_are_where_people_are():
    """Bone is left out: its fit moves. A miss that mends must leave MISSED."""
    rows = [r for r in compare() if r["output"] in MINERALS]
    outside = {f"{r['condition']} {r['output']} {r['months']:g}" for r in rows if r["verdict"] != "inside"}
    assert len(rows) > 40 and outside == MISSED


def test_a_break_of_the_mechanism_shows_in_the_rows():
    asked = [BY_NAME["primary_hyperparathyroidism"]]
    deafness = {"threshold_pth": 0.0, "exchange_pth": 0.0, "calcitriol_pth": 0.0}
    whole, deaf = ({r["output"]: r["ours"] for r in compare(asked, o)} for o in ({}, deafness))
    assert whole["calcium"] > 1.05 and deaf["calcium"] < 1.05 and whole["phosphate"] < 1.0


def test_the_table_counts_only_what_was_not_set():
    asked = Condition("one", "a word", (), {})
    shown = [vars(row("ratio", 1)) | {"condition": "one", "ours": 2.0, "verdict": "above"},
             vars(row("ratio", 2)) | {"condition": "one", "ours": 0.5, "verdict": "inside", "set": True}]  # fmt: skip
    text = condition_table(shown, {asked.name: asked.words})
    assert "0 of 1 inside" in text and "above" in text and "one: a word" in text
