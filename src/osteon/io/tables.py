"""Tables: read as text, so that subject `007` stays `007` and arm `NA` stays `NA`; written with formula cells escaped."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from typing import Any

from osteon.errors import CorruptData, Fault


def read_packaged(name: str) -> list[dict[str, str]]:
    """Rows of a table shipped in osteon/data, every cell as text. Raises CorruptData for a row of another length."""
    return parse_table(files("osteon").joinpath("data").joinpath(name).read_text(encoding="utf-8"), name)


def parse_table(text: str, name: str = "table") -> list[dict[str, str]]:
    """Rows of CSV text with a header; every row must have as many cells as the header."""
    reader = csv.DictReader(io.StringIO(text))
    rows = []
    for row in reader:
        if None in row or None in row.values():
            place = f"{name} line {reader.line_num}"
            raise CorruptData(Fault("bad_row", place, message=f"{place} has not as many cells as the header."))
        rows.append(row)
    return rows


def escape(cell: object) -> str:
    """A cell that no spreadsheet takes for a formula; plain numbers stay numbers."""
    text = "" if cell is None else f"{cell:.10g}" if isinstance(cell, float) else str(cell)
    if text[:1] in "=+-@\t\r" and text[:1]:
        try:
            float(text)
        except ValueError:
            return "'" + text
    return text


def to_csv(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """Rows as CSV text with a header; missing cells are empty."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([escape(row.get(c)) for c in columns])
    return out.getvalue()
