"""How far each published number was read: one word each, nothing counted twice, and a figure asked for no sentence."""

from collections import Counter
from dataclasses import replace

import pytest

from osteon.evidence.reading_counts import (
    STANDINGS,
    USES,
    counts_by_confidence,
    counts_by_use,
    read_but_unverified,
    sources_without_quote,
    standing_of,
    use_of,
)
from osteon.evidence.readings import evidence_records, record_of
from osteon.evidence.used_rows import Row


def test_every_number_has_one_standing_and_one_use():
    records = evidence_records()
    for counts in (counts_by_use(), counts_by_confidence()):
        assert sum(c.total() for c in counts.values()) == len(records)
        assert {s for c in counts.values() for s in c} <= set(STANDINGS)
    assert set(counts_by_use()) == set(USES)
    whole = sum(counts_by_use().values(), Counter())
    assert whole == sum(counts_by_confidence().values(), Counter())
    assert whole["quoted"] > 440 and whole["nowhere"] > 0


@pytest.mark.parametrize(
    ("confidence", "value", "unit", "agrees", "standing"),
    [
        ("read", 1.0, "%", "", "no quote"),
        ("read", 1.0, "%", "yes", "quoted"),
        ("read", 1.0, "%", "not there", "differs"),
        ("digitised", 1.0, "%", "", "figure"),
        ("derived", 1.0, "%", "", "derived"),
        ("unverified", 1.0, "%", "", "nowhere"),
        ("unverified", 1.0, "%", "yes", "quoted"),
        ("read", float("nan"), "%", "", "direction"),
        ("read", 1.0, "direction", "", "direction"),
    ],
)
def test_the_standing_of_a_number(confidence, value, unit, agrees, standing):
    record = record_of(Row("nobody1900/x", value, confidence, "somewhere", "bmd", unit))
    assert standing_of(replace(record, agrees=agrees)) == standing


def test_the_use_of_a_number_follows_its_table_and_role():
    found = {r.row: use_of(r) for r in evidence_records()}
    assert found["swan/natural/bmd_lumbar_spine/120/pct_change_over_window"] == "calibrate"
    assert found["cells.csv/Thompson 2020/MSC/fever"] == "cells"
    assert all(use == "harms" for row, use in found.items() if row.startswith(("harms.toml", "incidence.csv")))


def test_sources_without_a_quote_are_those_that_lack_one_with_fits_first():
    sources = sources_without_quote()
    lacking = [r for r in evidence_records() if standing_of(r) in ("no quote", "nowhere")]
    assert sum(n for _, n, _ in sources) == len(lacking)
    seen_by_fits = [uses.get("calibrate", 0) for _, _, uses in sources]
    assert seen_by_fits == sorted(seen_by_fits, reverse=True)


def test_what_waits_for_the_next_fit_is_unverified_still():
    assert all(r.confidence == "unverified" and r.quote for r in read_but_unverified())
