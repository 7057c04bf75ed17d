"""Records of published numbers: what is missing is named, a faulty reading is refused with every fault at once."""

import pytest

from osteon.errors import CorruptData
from osteon.evidence import citations
from osteon.evidence.citations import dated, load_citations
from osteon.evidence.ledger import published_rows
from osteon.evidence.lint import filled, linted, one_of
from osteon.evidence.readings import (
    AGREES,
    COLUMNS,
    _of_a_row,
    _quotes_the_number,
    _short_quote,
    evidence_records,
    holds,
    load_readings,
    record_of,
)


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
    plain = record_of(
        published_rows()["afterdmab/denosumab_3.5_years_then_off/bmd_lumbar_spine/54/pct_change_from_month"]
    )
    assert plain.place == "abstract" and plain.identifier == "PMID 31433518"
    read = record_of(published_rows()["swan/natural/bmd_lumbar_spine/120/pct_change_over_window"])
    assert "21976317" in read.identifier and read.reader and "10.6%" in read.quote
    digitised = record_of(published_rows()["defend/denosumab/bmd_total_hip/1/pct_change_baseline"])
    assert digitised.identifier == "doi:10.7554/eLife.76228" and not digitised.quote


def test_faults_of_readings_are_told_together():
    text = ",".join(COLUMNS) + '\nnobody/x,,Table 2,"' + "word " * 16 + '",A. Reader,yesterday,perhaps\n'
    with pytest.raises(CorruptData) as error:
        linted(
            text,
            "readings.csv",
            COLUMNS,
            (filled("identifier"), one_of("agrees", AGREES), _short_quote, dated, _of_a_row),
        )
    assert {f.code for f in error.value.faults} == {"no_identifier", "bad_agrees", "long_quote", "bad_read_on", "unknown_row"}  # fmt: skip


def test_a_quote_that_agrees_holds_the_number_of_its_row():
    assert len(load_readings()) > 250
    row = published_rows()["neer/placebo/fracture_vertebral/21/cum_incidence_pct"]
    fine = {"id": row.id, "quote": "14 percent of the women", "agrees": "yes"}
    assert not list(_quotes_the_number("line 2", fine))
    wrong = fine | {"quote": "15 percent of the women"}
    assert [f.code for f in _quotes_the_number("line 2", wrong)] == ["quote_without_number"]
    assert not list(_quotes_the_number("line 2", wrong | {"agrees": "differs"}))


@pytest.mark.parametrize(
    ("quote", "value", "unit", "held"),
    [
        ("reduced by 25 %", 0.75, "HR", True),
        ("reduced by 25 %", 0.75, "%", False),
        ("184 (158-209) per 100,000", 18.4, "rate_per_10k_py", True),
        ("184 (158-209)", 18.4, "%", False),
        ("a doubling of bone remodelling", 2.0, "ratio", True),
        ("1,433 women", 1433.0, "n", True),
    ],
)
def test_what_a_quote_holds(quote, value, unit, held):
    assert holds(quote, value, unit) is held


def test_identifiers_of_citations_were_seen_under_a_title():
    assert load_citations()
    line = {"id": "nobody 1900", "identifier": "10.1000/x", "title": "", "place": "", "read_on": "soon", "": "line 2"}
    checks = (filled("title"), citations.well_formed, dated, citations.of_a_citation)
    found = {f.code for check in checks for f in check("line 2", line)}
    assert found == {"no_title", "bad_identifier", "bad_read_on", "unknown_citation"}
    carried = line | {"id": next(r.citation for r in evidence_records() if r.citation.startswith("PMID"))}
    assert [f.code for f in citations.of_a_citation("line 2", carried)] == ["needless"]


def test_a_page_where_a_number_was_read_does_not_replace_the_identifier_of_its_citation():
    here = record_of(published_rows()["hrt_bx/placebo/iliac_cancellous/erosion_depth/0"])
    assert here.identifier == "doi:10.1359/jbmr.1999.14.7.1217" and load_readings()[here.row].identifier.startswith(
        "scilit"
    )
    alone = record_of(published_rows()["freedom/denosumab/fracture_wrist/36/cum_incidence_pct"])
    assert alone.identifier.startswith("researchbank")


def test_registers_harms_and_drugs_in_animals_have_records_too():
    rows = published_rows()
    assert rows["incidence.csv/hip/female/90-99/harstad"].value == 582.2
    assert rows["harms.toml/breast_cancer/breast_oestrogen_block/RUTH"].value == 0.56
    assert sum(r.startswith("animal_drugs.csv/") for r in rows) == 200
    assert not [r for r in rows if r.startswith("harms.toml/hypercalcaemia/background")]  # assumed: no published number
