"""CSV out: numbers that read back exactly, texts that no spreadsheet takes for a formula, missing cells empty.

The table of a simulation has fixed columns: months, output, value, lo90, hi90, unit, evidence; lo90 and hi90 are empty
without draws.
"""

from __future__ import annotations

import csv
import io
import math
import numbers
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from osteon.errors import Fault, RunFailed, unknown

SIMULATION = ("months", "output", "value", "lo90", "hi90", "unit", "evidence")
EVIDENCE_COLUMN = ("human", "animal", "assumed")
_FORMULA = re.compile(r"\s*[=+\-@|%＝＋－＠\t\r\n\0]")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]+)?")


def escape(cell: object) -> str:
    """One cell. A text that a spreadsheet might run is led by an apostrophe; a number that is not finite is missing.

    A carriage return becomes a line feed: readers disagree about a bare one.

    >>> [escape(c) for c in (12.0, 0.1, None, "007", "=1+1", "-2.5")]
    ['12', '0.1', '', '007', "'=1+1", '-2.5']
    """
    if cell is None:
        return ""
    if isinstance(cell, bool) or not isinstance(cell, numbers.Real):
        text = str(cell).replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")
        return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text
    if isinstance(cell, numbers.Integral):
        return str(int(cell))
    value = float(cell) + 0.0
    if not math.isfinite(value):
        return ""
    return repr(value).removesuffix(".0")


def to_csv(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """Rows as CSV text with a header; missing cells are empty."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([escape(c) for c in columns])
    for row in rows:
        writer.writerow([escape(row.get(c)) for c in columns])
    return out.getvalue()


def simulation_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """The table of a simulation. Raises RunFailed where a row is not what the columns promise."""
    wrong = [fault for i, row in enumerate(rows, 1) for fault in _faults(i, row)]
    if wrong:
        raise RunFailed(wrong)
    return to_csv(SIMULATION, rows)


def _faults(place: int, row: Mapping[str, Any]) -> Iterable[Fault]:
    where = f"row {place}"
    for name in row:
        if name not in SIMULATION:
            yield unknown("column", str(name), SIMULATION, where)
    for name in ("months", "output", "unit", "evidence"):
        if row.get(name) in (None, ""):
            yield Fault("missing_cell", where, "", "", "", f"The cell '{name}' is empty.")
    if row.get("evidence") not in (*EVIDENCE_COLUMN, None, ""):
        yield unknown("evidence", str(row["evidence"]), EVIDENCE_COLUMN, where)
    low, high = row.get("lo90"), row.get("hi90")
    if (low is None) != (high is None) or (low is not None and high is not None and low > high):
        yield Fault("bad_interval", where, f"{low} to {high}", "", "", f"The interval {low} to {high} is none.")
