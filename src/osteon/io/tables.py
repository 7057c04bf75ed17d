"""Tables: read as text, so that subject `007` stays `007` and arm `NA` stays `NA`. (Writing: csv_out.)"""

from __future__ import annotations

import csv
import io
from importlib.resources import files

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
