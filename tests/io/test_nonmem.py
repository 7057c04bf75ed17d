"""NONMEM event tables: read strictly, written so that they read back; what is not built is refused by name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.io.event_text import write_events

from osteon.errors import InputError, OsteonError, Unsupported
from osteon.io.event_rows import MAX_DOSES, EventRow, features_used
from osteon.io.nonmem import NONMEM_COLUMNS, load_events, read_events

TWO = {"depot": "mg", "plasma": "mg"}
HEAD = "ID,TIME[h],EVID,CMT,AMT[mg],RATE,DUR,II,ADDL,SS"


def read(*rows, head=HEAD, **options):
    return read_events("\n".join([head, *rows]), TWO, **options)


def faults(kind, *rows, head=HEAD, **options):
    with pytest.raises(kind) as caught:
        read(*rows, head=head, **options)
    assert type(caught.value) is kind
    for fault in caught.value.faults:
        assert fault.place.startswith("events")
        assert fault.message
    return caught.value.faults


def test_a_table_is_read_in_days_and_with_named_compartments():
    first, second, third = read("007,0,1,depot,60,.,.,24,2,0", "007,36,0,2,.,.,.,.,.,.", "8,12,4,plasma,100,50,0,0,0,0")
    assert first == EventRow("007", 0.0, 1, "depot", 60.0, 0.0, 0.0, 1.0, 2, 0, 2)
    assert (second.evid, second.cmt, second.time) == (0, "", 1.5)  # a look gives nothing, so its number means nothing
    assert (third.id, third.evid, third.cmt) == ("8", 4, "plasma")
    assert third.rate == pytest.approx(1200.0)
    assert third.dur == pytest.approx(2 / 24)


@pytest.mark.parametrize("mark", [",", "\t", " ", "   "])
def test_commas_tabs_and_blanks_separate(mark):
    text = (
        mark.join(["ID", "TIME[day]", "CMT", "AMT[mg]"])
        + "\n# a note\n\n"
        + mark.join(["1", "0.5", "depot", "2e1"])
        + "\r\n"
    )
    (row,) = read_events(text, TWO)
    assert (row.id, row.time, row.cmt, row.amt, row.evid, row.line) == ("1", 0.5, "depot", 20.0, 1, 4)


def test_units_may_come_from_the_call_and_may_not_disagree():
    head = "ID,TIME,CMT,AMT"
    (row,) = read("1,24,depot,500", head=head, units={"TIME": "h", "AMT": "ug"})
    assert (row.time, row.amt) == (pytest.approx(1.0), pytest.approx(0.5))
    assert {f.code for f in faults(InputError, "1,24,depot,500", head=head)} == {"missing_unit"}
    found = faults(InputError, "1,24,depot,500", head="ID,TIME[h],CMT,AMT[mg]", units={"TIME": "day"})
    assert found[0].code == "disagreement"


def test_an_amount_follows_the_unit_of_its_compartment():
    places = {"depot": "nmol", "plasma": "mg"}
    text = "ID,TIME[week],CMT,AMT[umol],RATE[pmol/h]\n1,1,depot,2,.\n1,1,depot,1,500"
    bolus, infusion = read_events(text, places)
    assert (bolus.time, bolus.amt) == (7.0, pytest.approx(2000.0))
    assert infusion.rate == pytest.approx(12.0)
    assert infusion.dur == pytest.approx(1000 / 12)
    with pytest.raises(InputError, match="takes 'mg'"):
        read_events("ID,TIME[h],CMT,AMT[nmol]\n1,0,plasma,2", places)
    assert read_events("ID,TIME[h],EVID,CMT,AMT[umol]\n1,0,0,plasma,.\n1,1,1,depot,1", places)[0].cmt == "plasma"


def test_a_number_means_a_compartment_only_by_a_list_that_the_caller_gives():
    rows = ["1,0,1,1,5,.,.,.,.,.", "1,0,1,2.,5,.,.,.,.,.", "1,0,0,2,.,.,.,.,.,."]
    assert [r.cmt for r in read(*rows, numbers=["plasma", "depot"])] == ["plasma", "depot", "depot"]
    for number in ("3", "0.5"):
        found = faults(InputError, f"1,0,1,{number},5,.,.,.,.,.", numbers=["plasma", "depot"])
        assert found[0].place == "events line 2 CMT"
    assert "1 = plasma, 2 = depot" in faults(InputError, "1,0,1,3,5,.,.,.,.,.", numbers=["plasma", "depot"])[0].message


def test_a_million_rows_are_refused_before_they_are_read_and_many_are_read_within_bounds():
    row = "1,0,1,depot,5,.,.,.,.,.\n"
    for text in (f"{HEAD}\n{row * 1_000_000}", f"{HEAD}\n{row * 1_000_000}".encode()):
        with pytest.raises(InputError, match="more than 100000"):
            read_events(text, TWO)
    assert len(read_events(f"{HEAD}\n{row * 2000}", TWO)) == 2000
    assert faults(InputError, *["1,0,1,depot,5,.,.,12,.,1"] * 501)[0].place == "events line 502 SS"
    assert faults(InputError, "1,0,1,depot,5,.,9e9,1,.,1")[0].code == "too_many_doses"  # infusions that overlap


def test_without_kinds_an_amount_is_a_dose_and_its_absence_a_look():
    rows = read("1,0,depot,5", "1,1,depot,.", "1,2,depot,0", head="ID,TIME[h],CMT,AMT[mg]")
    assert [r.evid for r in rows] == [1, 0, 0]


def test_one_compartment_needs_no_name():
    assert read_events("ID,TIME[h],AMT[mg]\n1,0,5", {"depot": "mg"})[0].cmt == "depot"
    assert faults(InputError, "1,0,5", head="ID,TIME[h],AMT[mg]")[0].code == "missing_column"
    assert faults(InputError, "1,0,1,.,5,.,.,.,.,.")[0].code == "missing_cell"
    assert faults(InputError, "1,0,1,0,5,.,.,.,.,.")[0].code == "missing_cell"


@pytest.mark.parametrize(("rate", "dur"), [("50", "."), (".", "2"), ("50", "2"), ("50", "0")])
def test_rate_duration_and_amount_agree(rate, dur):
    (row,) = read(f"1,0,1,plasma,100,{rate},{dur},.,.,.")
    assert (row.rate, row.dur) == (pytest.approx(1200.0), pytest.approx(2 / 24))


def test_a_dose_of_nothing_is_a_dose():
    assert read("1,0,1,depot,0,.,.,.,.,.")[0] == EventRow("1", 0.0, 1, "depot", line=2)


@pytest.mark.parametrize(
    ("row", "column", "code", "word"),
    [
        ("1,0,1,depo,5,.,.,.,.,.", "CMT", "unknown_compartment", "'depot'"),
        ("1,0,1,1,5,.,.,.,.,.", "CMT", "number_for_a_name", "list the names"),
        ("1,0,1,2.0,5,.,.,.,.,.", "CMT", "number_for_a_name", "list the names"),
        ("1,0,4,1.5,5,.,.,.,.,.", "CMT", "number_for_a_name", "list the names"),
        ("1,0,1,99999999999999,5,.,.,.,.,.", "CMT", "number_for_a_name", "list the names"),
        ("1,0,1,dеpot,5,.,.,.,.,.", "CMT", "unknown_compartment", "not plain ASCII"),
        ("1,0,1,depot,-5,.,.,.,.,.", "AMT", "out_of_range", "below 0"),
        ("1,0,1,depot,nan,.,.,.,.,.", "AMT", "bad_number", "plain number"),
        ("1,0,1,depot,inf,.,.,.,.,.", "AMT", "bad_number", "plain number"),
        ("1,0,1,depot,1e999,.,.,.,.,.", "AMT", "bad_number", "plain number"),
        ("1,0,1,depot,1D3,.,.,.,.,.", "AMT", "bad_number", "1e3"),
        ("1,0,1,depot,5 mg,.,.,.,.,.", "AMT", "bad_number", "plain number"),
        ("1,.,1,depot,5,.,.,.,.,.", "TIME", "missing_cell", "missing"),
        ("1,0,1.5,depot,5,.,.,.,.,.", "EVID", "bad_number", "whole"),
        ("1,0,.,depot,5,.,.,.,.,.", "EVID", "missing_cell", "0, 1, 2"),
        ("1,0,0,depot,5,.,.,.,.,.", "AMT", "contradiction", "EVID 1"),
        ("1,0,3,.,.,.,.,.,.,1", "SS", "contradiction", "A reset"),
        ("1,0,2,.,.,5,.,.,.,.", "RATE", "contradiction", "Another event"),
        ("1,0,1,depot,100,50,3,.,.,.", "RATE", "disagreement", "RATE x DUR"),
        ("1,0,1,depot,100,-5,.,.,.,.", "RATE", "out_of_range", "below 0"),
        ("1,0,1,depot,100,.,-1,.,.,.", "DUR", "out_of_range", "below 0"),
        ("1,0,1,depot,0,.,2,.,.,.", "DUR", "contradiction", "nothing"),
        ("1,0,1,depot,0,5,.,.,.,.", "RATE", "contradiction", "no end"),
        ("1,0,1,depot,5,.,.,.,3,.", "II", "missing_cell", "time between"),
        ("1,0,1,depot,5,.,.,24,.,.", "II", "contradiction", "single dose"),
        ("1,0,1,depot,5,.,.,24,1.5,.", "ADDL", "bad_number", "whole"),
        ("1,0,1,depot,5,.,.,.,.,1", "II", "missing_cell", "steady state"),
        ("1,0,1,depot,5,.,.,12,.,4", "SS", "bad_number", "no SS 4"),
        ("1,0,1,depot,0,.,.,12,.,1", "SS", "contradiction", "No dose"),
        ("1,0,1,depot,0,5,.,12,.,1", "SS", "contradiction", "neither II nor ADDL"),
        ("1,0,1,depot,5,.,.,24,999999999,.", "ADDL", "too_many_doses", str(MAX_DOSES)),
        ("=1+1,0,1,depot,5,.,.,.,.,.", "ID", "bad_name", "letters"),
        (",0,1,depot,5,.,.,.,.,.", "ID", "bad_name", "letters"),
    ],
)
def test_a_row_that_is_wrong_is_told_at_its_cell(row, column, code, word):
    (fault,) = faults(InputError, row)
    assert (fault.place, fault.code) == (f"events line 2 {column}", code)
    assert word in fault.sentence()


@pytest.mark.parametrize(
    ("rows", "word"),
    [
        (["1,0,5,depot,5,.,.,.,.,."], "EVID 5"),
        (["1,0,-1,depot,5,.,.,.,.,."], "EVID -1"),
        (["1,0,1,depot,5,-1,.,.,.,."], "RATE -1 (a rate"),
        (["1,0,1,depot,5,-2,.,.,.,."], "RATE -2 (a duration"),
        (["1,0,1,depot,5,.,.,12,.,3"], "SS 3"),
        (["1,0,1,depot,5,.,.,12,-2,."], "negative ADDL"),
        (["1,8:30,1,depot,5,.,.,.,.,."], "clock time"),
        (["1,0,2,-1,.,.,.,.,.,."], "Turning a compartment off"),
        (["1,48,1,depot,5,.,.,.,.,.", "1,0,4,depot,5,.,.,.,.,."], "clock that starts again"),
    ],
)
def test_what_is_not_built_is_refused_by_name(rows, word):
    (fault,) = faults(Unsupported, *rows)
    assert word in fault.message


@pytest.mark.parametrize("column", ["DV", "MDV", "DATE", "PCMT"])
def test_columns_that_are_not_built_are_refused_unless_they_are_meant_to_be_left_out(column):
    head = f"ID,TIME[h],CMT,AMT[mg],{column}"
    assert column in faults(Unsupported, "1,0,depot,5,3", head=head)[0].message
    assert read("1,0,depot,5,3", head=head, ignore=[column])[0].amt == 5.0


def test_a_steady_state_with_a_lag_longer_than_its_interval_is_refused():
    row = "1,0,1,depot,5,.,.,12,.,1"
    assert read(row, lags={"depot": 0.5})[0].ss == 1
    assert read(row, lags={"plasma": 9.0})[0].ss == 1
    assert "No answer is defined" in faults(Unsupported, row, lags={"depot": 0.51})[0].message


def test_bad_input_is_told_before_what_is_not_built_and_all_of_it_at_once():
    found = faults(InputError, "1,0,1,depot,-5,.,.,.,.,.", "1,1,7,depot,5,.,.,.,.,.", "1,x,1,depo,5,.,.,.,.,.")
    assert [f.place for f in found] == ["events line 2 AMT", "events line 4 TIME", "events line 4 CMT"]


def test_a_subject_stands_in_one_piece_and_time_rises():
    a, b = "1,0,1,depot,5,.,.,.,.,.", "2,0,1,depot,5,.,.,.,.,."
    assert "two pieces" in faults(InputError, a, b, a)[0].message
    assert "falls from 1 to 0" in faults(InputError, "1,24,1,depot,5,.,.,.,.,.", a)[0].message
    assert [r.time for r in read(a, a, "1,0,3,.,.,.,.,.,.,.", a)] == [0.0] * 4
    assert [r.id for r in read(a, "01,0,1,depot,5,.,.,.,.,.")] == ["1", "01"]


@pytest.mark.parametrize(
    ("head", "code", "word"),
    [
        ("ID,TIME[h],CMT,AMTT[mg]", "unknown_column", "'AMT'"),
        ("ID,TIME[h],CMT,AMT[mg],WT", "unknown_column", "RATE"),
        ("ID,TIME[h],CMT,AMT[mg],AMT[mg]", "duplicate_name", "twice"),
        ("ID,TIME[h],CMT", "missing_column", "AMT"),
        ("ID,TIME[hrs],CMT,AMT[mg]", "unknown_unit", "hrs"),
        ("ID,TIME[mg],CMT,AMT[mg]", "wrong_dimension", "time"),
        ("ID[mg],TIME[h],CMT,AMT[mg]", "bad_unit", "no unit"),
        ("ID;TIME[h];CMT;AMT[mg]", "bad_table", "semicolons"),
    ],
)
def test_a_wrong_header_is_told(head, code, word):
    row = ",".join(["1", "0", "depot", "5", "5", "5"][: len(head.split(","))])
    found = faults(InputError, row, head=head)
    assert code in {f.code for f in found}
    assert any(word in f.sentence() for f in found)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty_file"),
        (b"\n# x\n", "empty_file"),
        (HEAD.encode(), "empty_file"),
        (b"ID,TIME[h]\0", "binary_file"),
        (b"ID,TIME[h],\xff", "not_utf8"),
        (b"ID,TIME[h],CMT,AMT[mg]\n1,0,depot", "bad_table"),
        (b"ID,TIME[h],CMT,AMT[mg]\n1,0,depot,5,6", "bad_table"),
        (b'ID,TIME[h],CMT,AMT[mg]\n1,0,"depot,5', "bad_table"),
    ],
)
def test_what_is_no_table_is_refused(data, code):
    with pytest.raises(InputError) as caught:
        read_events(data, TWO)
    assert caught.value.faults[0].code == code


def test_a_file_is_loaded_by_its_path(tmp_path):
    path = tmp_path / "doses ü.csv"
    path.write_bytes(b"\xef\xbb\xbf" + f"{HEAD}\n1,0,1,depot,5,.,.,.,.,.".encode())
    assert load_events(path, TWO)[0].amt == 5.0
    with pytest.raises(InputError, match="cannot be read"):
        load_events(tmp_path / "none.csv", TWO)


def test_features_are_named():
    rows = read("1,0,1,depot,5,.,.,12,3,1", "1,1,3,.,.,.,.,.,.,.", "1,2,1,plasma,0,5,.,.,.,2", "1,3,2,.,.,.,.,.,.,.")
    assert features_used(rows) == {
        "additional doses", "steady state SS 1", "steady state SS 2", "steady infusion", "infusion", "reset", "other event"
    }  # fmt: skip
    assert features_used(read("1,0,1,depot,5,.,.,.,.,.")) == frozenset()


ids = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,9}", fullmatch=True)
sizes = st.floats(1e-6, 1e6)


@st.composite
def doses(draw, who, time):
    kind = draw(st.sampled_from(["bolus", "infusion", "repeat", "steady", "endless", "look", "reset", "other"]))
    cmt = draw(st.sampled_from(sorted(TWO)))
    if kind in ("look", "other"):
        return EventRow(who, time, 0 if kind == "look" else 2, draw(st.sampled_from(["", cmt])))
    if kind == "reset":
        return EventRow(who, time, 3)
    evid, amt = draw(st.sampled_from([1, 4])), draw(sizes)
    if kind == "infusion":
        dur = draw(sizes)
        return EventRow(who, time, evid, cmt, amt, amt / dur, dur)
    if kind == "repeat":
        return EventRow(who, time, evid, cmt, amt, ii=draw(sizes), addl=draw(st.integers(1, 50)))
    if kind == "steady":
        return EventRow(
            who, time, evid, cmt, amt, ii=draw(sizes), addl=draw(st.integers(0, 9)), ss=draw(st.integers(1, 2))
        )
    if kind == "endless":
        return EventRow(who, time, evid, cmt, 0.0, amt, ss=draw(st.integers(1, 2)))
    return EventRow(who, time, evid, cmt, amt)


@st.composite
def tables(draw):
    people = draw(st.lists(ids, min_size=1, max_size=4, unique=True))
    return [
        draw(doses(who, time))
        for who in people
        for time in sorted(draw(st.lists(st.floats(-1e4, 1e4), min_size=1, max_size=5)))
    ]


def plain(rows):
    return [(r.id, r.time + 0.0, r.evid, r.cmt, r.amt, r.rate, r.dur, r.ii, r.addl, r.ss) for r in rows]


@given(tables())
def test_what_is_written_reads_back_as_it_was(rows):
    text = write_events(rows, TWO)
    assert plain(read_events(text, TWO)) == plain(rows)
    assert write_events(read_events(text, TWO), TWO) == text


@given(tables())
def test_the_unit_of_time_and_amount_changes_nothing(rows):
    scaled = [
        EventRow(
            r.id, r.time * 24, r.evid, r.cmt, r.amt * 1000, r.rate * 1000 / 24, r.dur * 24, r.ii * 24, r.addl, r.ss
        )
        for r in rows
    ]
    head = "ID,TIME[h],EVID,CMT,AMT[ug],RATE[ug/h],DUR[h],II[h],ADDL,SS"
    text = write_events(scaled, TWO).split("\n", 1)[1]
    again = read_events(f"{head}\n{text}", TWO)
    for a, b in zip(plain(again), plain(rows), strict=True):
        assert a[0] == b[0]
        assert a[3] == b[3]
        numbers = [(x, y) for x, y in zip(a, b, strict=True) if isinstance(y, (int, float))]
        for x, y in numbers:
            assert x == pytest.approx(y, rel=1e-9, abs=1e-12)


def test_a_table_of_different_units_is_refused_and_not_mixed():
    rows = [EventRow("1", 0.0, 1, "depot", 5.0), EventRow("1", 0.0, 1, "plasma", 5.0)]
    with pytest.raises(Unsupported, match="nmol"):
        write_events(rows, {"depot": "mg", "plasma": "nmol"})
    with pytest.raises(InputError, match="'depot'"):
        write_events([EventRow("1", 0.0, 1, "depo", 5.0)], TWO)
    assert write_events([], TWO).startswith("ID,TIME[day],EVID")


@given(st.text(st.sampled_from("ID,TIME[h]AMTCMTEVSS0123.-\n\t e\"'#;"), max_size=120))
def test_any_text_is_read_or_refused_and_never_crashes(text):
    try:
        read_events(text, TWO)
    except OsteonError as error:
        assert error.faults
    try:
        read_events(f"{HEAD}\n{text}", TWO)
    except OsteonError as error:
        assert error.faults


def test_every_column_of_the_contract_is_read():
    assert NONMEM_COLUMNS == ("ID", "TIME", "EVID", "CMT", "AMT", "RATE", "DUR", "II", "ADDL", "SS")
