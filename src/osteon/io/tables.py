"""Tables: read as text, so that subject `007` stays `007` and arm `NA` stays `NA`; written with formula cells escaped."""

from __future__ import annotations

import csv
import io
from importlib.resources import files

from osteon.io.csv_out import escape, to_csv

__all__ = ["escape", "read_packaged", "to_csv"]


def read_packaged(name: str) -> list[dict[str, str]]:
    """Rows of a table shipped in osteon/data, every cell as text."""
    text = files("osteon").joinpath("data").joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(text)))
