"""Records of published numbers: what is missing is named, a faulty reading is refused with every fault at once."""

import pytest

from osteon.errors import CorruptData
from osteon.evidence.ledger import published_rows
from osteon.evidence.lint import filled, linted, one_of
from osteon.evidence.readings import AGREES, COLUMNS, _dated, _of_a_row, _short_quote, evidence_records, record_of


def test_every_published_number_has_a_record_whose_gaps_are_named():
    records = evidence_records()
    assert [r.row for r in records] == list(published_rows())
    for r in records:
        assert set(r.missing) == {n for n in ("identifier", "place", "quote", "reader", "read_on") if not getattr(r, n)}
        assert bool(r.reader) == bool(r.read_on)
    assert any(r.row.startswith("recker2004/") for r in records)


def test_a_record_takes_its_place_and_identifier_from_the_citation():
    label = record_of(published_rows()["freedom/denosumab/bmd_lumbar_spine/36/pct_diff_vs_comparator"])
    assert "sec. 14.1" in label.place and label.identifier.startswith("DailyMed set id 49e5afe9")
    read = record_of(published_rows()["swan/natural/bmd_lumbar_spine/120/pct_change_over_window"])
    assert read.place == "abstract" and read.identifier == "PMID 21976317, PMC3378821"


def test_faults_of_readings_are_told_together():
    text = ",".join(COLUMNS) + '\nnobody/x,,Table 2,"' + "word " * 16 + '",A. Reader,yesterday,perhaps\n'
    with pytest.raises(CorruptData) as error:
        linted(
            text,
            "readings.csv",
            COLUMNS,
            (filled("identifier"), one_of("agrees", AGREES), _short_quote, _dated, _of_a_row),
        )
    assert {f.code for f in error.value.faults} == {"no_identifier", "bad_agrees", "long_quote", "bad_read_on", "unknown_row"}  # fmt: skip
