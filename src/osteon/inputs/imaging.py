"""Tables of imaging or qPCR after a dose of cells: one row an organ and time, what was found there as a share of the dose.

Columns: `day` (or `hour`), `organ`, `value`; and, where known, `sd`, `unit` (percent, fraction or cells), `measure` (label,
or viable where only living cells were counted), `animal`. A value may be a limit, as in `<0.05`.
"""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass
from pathlib import Path

from osteon.cells.kinetics import ORGANS
from osteon.errors import Fault, InputError, unknown
from osteon.inputs.names import SITES
from osteon.io.toml import read_bytes

IMAGING_COLUMNS = ("day", "hour", "organ", "value", "sd", "unit", "measure", "animal")
IMAGING_UNITS = {"percent": 0.01, "%": 0.01, "fraction": 1.0, "cells": math.nan}
MEASURES = ("label", "viable")
IMAGING_MAX_ROWS = 20_000


@dataclass(frozen=True)
class ImagingRow:
    """One measurement. share: of the dose; below: a limit, less than which was found; sd: of the share, NaN if not given."""

    line: int
    day: float
    organ: str
    share: float
    below: bool
    sd: float
    measure: str
    animal: str


def load_imaging(path: str | Path, dose: float | None = None) -> tuple[ImagingRow, ...]:
    """Read a table. Raises InputError with every bad row.   dose : cells given, for values in cells"""
    name = Path(path).name
    try:
        text = read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(Fault("not_utf8", name, "", "", "Save it as UTF-8.", f"'{name}' is not UTF-8 text.")) from None
    return read_imaging(text, name, dose)


def read_imaging(text: str, name: str = "imaging.csv", dose: float | None = None) -> tuple[ImagingRow, ...]:
    """Rows of the text of a table."""
    table = [r for r in csv.reader(io.StringIO(text)) if any(c.strip() for c in r)]
    if len(table) < 2:
        raise InputError(Fault("empty_file", name, "", "", "", f"'{name}' has no rows under a header."))
    header = [h.strip().casefold() for h in table[0]]
    faults = _header_faults(header, name)
    if len(table) - 1 > IMAGING_MAX_ROWS:
        faults.append(
            Fault("too_large", name, len(table) - 1, f"up to {IMAGING_MAX_ROWS} rows", "", "There are too many rows.")
        )
    if faults:
        raise InputError(faults)
    rows: list[ImagingRow] = []
    for number, cells in enumerate(table[1:], 2):
        place = f"{name} line {number}"
        if len(cells) != len(header):
            message = f"{len(cells)} cells stand under {len(header)} columns."
            faults.append(Fault("bad_table", place, len(cells), str(len(header)), "", message))
            continue
        row, wrong = _row(dict(zip(header, (c.strip() for c in cells), strict=True)), number, place, dose)
        faults += wrong
        rows += [row] if row else []
    if faults:
        raise InputError(faults)
    return tuple(rows)


def _header_faults(header: list[str], name: str) -> list[Fault]:
    found = [unknown("column", h, IMAGING_COLUMNS, f"{name} line 1") for h in header if h not in IMAGING_COLUMNS]
    found += [
        Fault(
            "missing_key",
            f"{name} line 1",
            "",
            ", ".join(IMAGING_COLUMNS),
            "",
            f"The column '{c}' is needed and missing.",
        )
        for c in ("organ", "value")
        if c not in header
    ]
    if ("day" in header) == ("hour" in header):
        found.append(
            Fault("missing_key", f"{name} line 1", "", "day or hour", "", "One column of times is needed: day or hour.")
        )
    twice = sorted({h for h in header if header.count(h) > 1})
    return found + [
        Fault("duplicate_name", f"{name} line 1", h, "", "", f"The column '{h}' stands twice.") for h in twice
    ]


def _row(cell: dict[str, str], line: int, place: str, dose: float | None) -> tuple[ImagingRow | None, list[Fault]]:
    faults: list[Fault] = []
    unit, measure, organ = cell.get("unit") or "percent", cell.get("measure") or "label", cell["organ"]
    if unit not in IMAGING_UNITS:
        faults.append(unknown("unit", unit, IMAGING_UNITS, place))
    if measure not in MEASURES:
        faults.append(unknown("measure", measure, MEASURES, place))
    if organ not in (*ORGANS, *SITES):
        faults.append(unknown("organ", organ, (*ORGANS, *SITES), place))
    if unit == "cells" and not dose:
        faults.append(
            Fault("missing_key", place, unit, "", "Give --dose.", "Values in cells need the dose. Give --dose.")
        )
    day = _number(cell.get("day", cell.get("hour", "")), "time", place, faults)
    if day is not None and "hour" in cell:
        day /= 24
    if day is not None and not 0 <= day <= 1000:
        faults.append(Fault("out_of_range", place, day, "0 to 1000 days", "", f"Day {day:g} is out of range."))
    written = cell["value"]
    value = _number(written.lstrip("<").strip(), "value", place, faults)
    sd = _number(cell["sd"], "sd", place, faults) if cell.get("sd") else math.nan
    size = 1 / dose if unit == "cells" and dose else IMAGING_UNITS.get(unit, math.nan)
    if value is not None and not (0 < value * size <= 1.2) and not math.isnan(size):
        hint = "Write a limit of detection, as <0.05, where nothing was found." if value == 0 else ""
        what = f"{written} {unit} of the dose is not possible." if value else "0 has no logarithm."
        faults.append(
            Fault(
                "out_of_range", place, written, "above 0, up to 120 percent of the dose", hint, f"{what} {hint}".strip()
            )
        )
    if sd is not None and not math.isnan(sd) and sd <= 0:
        faults.append(Fault("out_of_range", place, sd, "above 0", "Leave it empty if unknown.", "A spread is above 0."))
    if faults or value is None or day is None or sd is None:
        return None, faults
    return ImagingRow(
        line, day, organ, value * size, written.startswith("<"), sd * size, measure, cell.get("animal", "")
    ), []


def _number(text: str, what: str, place: str, faults: list[Fault]) -> float | None:
    try:
        value = float(text) if text and "_" not in text else math.nan
    except ValueError:
        value = math.nan
    if math.isfinite(value):
        return value
    hint = f"Write {text.replace(',', '.')}." if text.count(",") == 1 else ""
    faults.append(Fault("bad_number", place, text, "a plain number", hint, f"'{text}' is no {what}. {hint}".strip()))
    return None
