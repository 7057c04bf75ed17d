"""Rows of an event table as text, to be read again."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping

from osteon.errors import InputError, Unsupported, unknown
from osteon.io.csv_out import escape
from osteon.io.event_rows import EventRow, not_built
from osteon.io.nonmem import NONMEM_COLUMNS


def write_events(rows: Iterable[EventRow], compartments: Mapping[str, str]) -> str:
    """Rows as a table in days and in one unit of amount, so that `read_events` gives the same rows back.

    Raises Unsupported where compartments that are dosed count in different units: one column has one unit.
    """
    rows = list(rows)
    wrong = [
        unknown("compartment", r.cmt, compartments, f"row {i}")
        for i, r in enumerate(rows, 1)
        if r.cmt and r.cmt not in compartments
    ]
    if wrong:
        raise InputError(wrong)
    units = sorted({compartments[r.cmt] for r in rows if r.cmt and r.evid in (1, 4)})
    if len(units) > 1:
        what = f"A table of doses in {', '.join(units)} together"
        raise Unsupported(not_built("AMT", ", ".join(units), what, "Write one table for each unit."))
    unit = units[0] if units else next(iter(compartments.values()), "mg")
    marks = {"TIME": "day", "AMT": unit, "RATE": f"{unit}/day", "DUR": "day", "II": "day"}
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([f"{c}[{marks[c]}]" if c in marks else c for c in NONMEM_COLUMNS])
    for row in rows:
        own = {c: escape(getattr(row, c.lower())) for c in NONMEM_COLUMNS} | {"CMT": row.cmt or "."}
        if row.amt > 0 and row.dur > 0:
            own["DUR" if row.rated else "RATE"] = "0"  # what is written is what stays with a bioavailability below 1
        writer.writerow(own.values())
    return out.getvalue()
