"""CSV out: what is written reads back exactly, and nothing in it runs."""

import csv
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from osteon.errors import RunFailed
from osteon.io.csv_out import SIMULATION, escape, simulation_csv, to_csv

ROW = {
    "months": 0.5,
    "output": "ctx",
    "value": -52.25,
    "lo90": None,
    "hi90": None,
    "unit": "percent",
    "evidence": "human",
}


def read(text):
    return list(csv.reader(io.StringIO(text)))


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1+1",
        "-1+1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        " =1",
        "\n=1",
        "＝1+1",
        "|cmd",
        "%0",
        "-",
        "=",
        "+cmd|' /C calc'!A0",
        "-1e",
        "+",
        "--1",
    ],
)
def test_a_formula_is_led_by_an_apostrophe(text):
    assert escape(text).startswith("'")


@pytest.mark.parametrize("text", ["007", "NA", "-2.5", "+1e-5", "1:1", "a=b", "UC-MSC iv x3", "", "nan"])
def test_plain_texts_stay_as_they_are(text):
    assert escape(text) == text


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        (12.0, "12"),
        (-0.0, "0"),
        (0.1, "0.1"),
        (1e-300, "1e-300"),
        (1e22, "1e+22"),
        (np.float64(0.1), "0.1"),
        (np.float32(0.5), "0.5"),
        (np.int64(7), "7"),
        (True, "True"),
        (None, ""),
        (float("nan"), ""),
        (float("inf"), ""),
    ],
)
def test_a_number_is_written_plainly(cell, written):
    assert escape(cell) == written


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_reads_back_exactly(value):
    assert float(escape(value)) == value


@given(
    st.lists(
        st.tuples(st.text(st.characters(blacklist_characters="\0")), st.floats(allow_nan=False, allow_infinity=False)),
        max_size=8,
    )
)
def test_a_table_reads_back_and_no_cell_runs(rows):
    table = read(to_csv(["name", "value"], [{"name": n, "value": v} for n, v in rows]))
    assert table[0] == ["name", "value"]
    for (name, value), (written, number) in zip(rows, table[1:], strict=True):
        plain = name.replace("\r\n", "\n").replace("\r", "\n")
        assert written in (plain, f"'{plain}")
        assert float(number) == value
        assert written[:1] not in ("=", "@", "\t", "\r")


def test_missing_cells_and_unknown_keys():
    assert to_csv(["a", "b"], [{"a": "007"}, {"b": 1.5, "c": 2}]) == "a,b\n007,\n,1.5\n"


def test_a_simulation_has_the_columns_of_the_contract():
    text = simulation_csv([ROW, ROW | {"months": 12.0, "value": 3.0, "lo90": 1.0, "hi90": 4.0}])
    assert text == (
        "months,output,value,lo90,hi90,unit,evidence\n0.5,ctx,-52.25,,,percent,human\n12,ctx,3,1,4,percent,human\n"
    )
    assert tuple(text.partition("\n")[0].split(",")) == SIMULATION


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"evidence": "humans"}, "'human'"),
        ({"evidence": None}, "'evidence' is empty"),
        ({"unit": ""}, "'unit' is empty"),
        ({"lo90": 1.0}, "interval"),
        ({"lo90": 2.0, "hi90": 1.0}, "interval"),
        ({"valeu": 1.0}, "'value'"),
    ],
)
def test_a_row_that_is_not_what_it_promises_is_never_written(change, word):
    with pytest.raises(RunFailed, match="row 2") as caught:
        simulation_csv([ROW, ROW | change])
    assert word in str(caught.value)
