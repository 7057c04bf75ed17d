"""NONMEM event tables: who gets what, where and when, as rows of ID TIME EVID CMT AMT RATE DUR II ADDL SS.

Compartments have names (a number means one only by a list that the caller gives), units stand in the header (`TIME[h]`, `AMT[mg]`) or are given by the caller, subject `007` stays
`007`. EVID: 0 a look, 1 a dose, 2 another event, 3 a reset, 4 a reset and a dose. Rules as in the users' guides of NONMEM,
PREDPP (items EVID, AMT, RATE, II, ADDL, SS), read strictly: a table that may mean two things is bad input (exit 2), one
that means something that is not built here is refused by name (exit 4), and nothing is ever guessed.

Rows come back in days and in the unit of each compartment; what the solver makes of them is the engine's.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from osteon.errors import Fault, InputError, OsteonError, shown, unknown
from osteon.io.event_rows import (
    MAX_EVENT_ROWS,
    EventRow,
    Wrong,
    bad,
    completed,
    count_faults,
    lag_faults,
    modelled_fault,
    not_built,
    order_faults,
    rule_faults,
)
from osteon.io.quantities import read_number
from osteon.units import exact_size, parse_unit

NONMEM_COLUMNS = ("ID", "TIME", "EVID", "CMT", "AMT", "RATE", "DUR", "II", "ADDL", "SS")
LARGEST_TABLE = 50_000_000  # bytes
RESERVED = ("DV", "MDV", "DATE", "DAT1", "DAT2", "DAT3", "CALL", "CONT", "PCMT", "L1", "L2", "XVID1", "LIDV")
MODELLED = {-1.0: "a rate", -2.0: "a duration"}
_TIMES, _WHOLE = ("TIME", "DUR", "II"), ("EVID", "ADDL", "SS")
_HEAD = re.compile(r"([A-Za-z][A-Za-z0-9_]*)(?:\[([^\[\]]*)\])?")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")
_MISSING = ("", ".")


def load_events(
    path: str | Path,
    compartments: Mapping[str, str],
    units: Mapping[str, str] | None = None,
    lags: Mapping[str, float] | None = None,
    ignore: Collection[str] = (),
    numbers: Sequence[str] = (),
) -> tuple[EventRow, ...]:
    """Read an event table from a file; see `read_events`."""
    file = Path(path)
    try:
        with file.open("rb") as handle:
            data = handle.read(LARGEST_TABLE + 1)
    except (OSError, ValueError) as error:
        text = f"The table cannot be read: {getattr(error, 'strerror', None) or error}."
        raise InputError(Fault("no_file", file.name, str(path), "", "", text)) from None
    return read_events(data, compartments, units, lags, ignore, file.name, numbers)


def read_events(
    data: bytes | str,
    compartments: Mapping[str, str],
    units: Mapping[str, str] | None = None,
    lags: Mapping[str, float] | None = None,
    ignore: Collection[str] = (),
    name: str = "events",
    numbers: Sequence[str] = (),
) -> tuple[EventRow, ...]:
    """Read an event table: comma, tab or blank separated, with a header.

    compartments : name -> unit of its amount
    units        : column -> unit, for columns whose header does not say it
    lags         : compartment -> lag in days, so that a steady state that has no answer is refused
    ignore       : columns that may be there and are left out, such as "DV"
    numbers      : compartments that numbers in CMT count, 1 the first; none: a dose into a number is refused

    Raises InputError with every fault, or Unsupported naming every feature that is not built.

    >>> read_events("ID,TIME[h],AMT[mg]\\n007,24,60\\n", {"depot": "mg"})[0].time
    1.0
    """
    lines = data.count("\n" if isinstance(data, str) else b"\n")  # type: ignore[arg-type]
    if lines > MAX_EVENT_ROWS + 1:
        hint = "Write repeated doses as one row with II and ADDL."
        text = f"'{name}' has {lines} lines, more than {MAX_EVENT_ROWS}."
        raise InputError(bad(name, "too_many_rows", lines, text, f"up to {MAX_EVENT_ROWS}", hint))
    table = _cells(_text(data, name), name)
    columns = _columns(table[0], units or {}, compartments, ignore, name)
    wrong = Wrong()
    rows = [
        row
        for number, cells in table[1]
        if (row := _row(number, cells, columns, compartments, name, wrong, numbers)) is not None
    ]
    for found in (*order_faults(rows, name), *lag_faults(rows, lags or {}, name), *count_faults(rows, name)):
        wrong.add(found)
    wrong.raise_all()
    return tuple(rows)


# ── text to cells ────────────────────────────────────────────────────────────────────────────────────────────────────


def _text(data: bytes | str, name: str) -> str:
    size = len(data)
    if size > LARGEST_TABLE:
        raise InputError(bad(name, "too_large", size, f"'{name}' is too large.", f"up to {LARGEST_TABLE} bytes"))
    if isinstance(data, str):
        return data
    if b"\0" in data:
        raise InputError(bad(name, "binary_file", "", f"'{name}' is a binary file, not a table."))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(bad(name, "not_utf8", "", f"'{name}' is not UTF-8 text (byte {error.start}).")) from None


def _cells(text: str, name: str) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Header and numbered rows; blank lines and lines that begin with # are left out."""
    lines = [(i, line) for i, line in enumerate(text.splitlines(), 1) if line.strip() and not line.startswith("#")]
    if not lines:
        raise InputError(bad(name, "empty_file", "", f"'{name}' is empty."))
    head = lines[0][1]
    if ";" in head:
        hint = "Save the table with commas."
        raise InputError(
            bad(name, "bad_table", ";", "Columns are separated by semicolons.", "comma, tab or blank", hint)
        )
    mark = "," if "," in head else "\t" if "\t" in head else ""
    rows = [(i, _split(line, mark, f"{name} line {i}")) for i, line in lines]
    width = len(rows[0][1])
    ragged = [
        bad(f"{name} line {i}", "bad_table", len(cells), f"{len(cells)} cells stand under {width} columns.", str(width))
        for i, cells in rows
        if len(cells) != width
    ]
    if ragged:
        raise InputError(ragged)
    if len(rows) == 1:
        raise InputError(bad(name, "empty_file", "", f"'{name}' has a header and no rows."))
    return rows[0][1], rows[1:]


def _split(line: str, mark: str, place: str) -> list[str]:
    if not mark:
        return line.split()
    try:
        return [cell.strip(" ") for cell in next(csv.reader([line], delimiter=mark, strict=True))]
    except csv.Error as error:
        raise InputError(bad(place, "bad_table", "", f"This line is not a row of a table: {error}.")) from None


@dataclass(frozen=True)
class _Column:
    """Where a column stands and the size of its unit; an amount's size follows the compartment."""

    place: int
    unit: str = ""


def _columns(
    header: list[str], units: Mapping[str, str], compartments: Mapping[str, str], ignore: Collection[str], name: str
) -> dict[str, _Column]:
    """Columns by name, each with its unit. Raises for what is missing, doubled, unknown or not built."""
    wrong, found = Wrong(), dict[str, _Column]()
    ignored = {i.upper() for i in ignore}
    for place, cell in enumerate(header):
        match = _HEAD.fullmatch(cell)
        key, unit = (match[1].upper(), match[2]) if match else (cell, None)
        where = f"{name} column {place + 1}"
        if key in ignored:
            continue
        if key in found:
            wrong.add(bad(where, "duplicate_name", key, f"The column {key} stands twice."))
        elif key in NONMEM_COLUMNS:
            found[key] = _Column(place, _unit_of(key, unit, units, where, wrong))
        elif key in RESERVED:
            wrong.add(not_built(where, key, f"The column {key}", f"Leave it out, or ignore '{key}'."))
        else:
            fault = unknown("column", key, NONMEM_COLUMNS, where)
            wrong.add(Fault(fault.code, where, key, fault.allowed, fault.hint, fault.message))
    for key in ("ID", "TIME", "AMT", *(() if len(compartments) == 1 else ("CMT",))):
        if key not in found:
            wrong.add(
                bad(name, "missing_column", key, f"The column {key} is needed and missing.", ", ".join(NONMEM_COLUMNS))
            )
    wrong.raise_all()
    return _with_units(found, name)


def _unit_of(key: str, written: str | None, units: Mapping[str, str], where: str, wrong: Wrong) -> str:
    given = units.get(key)
    if written is not None and given is not None and written != given:
        wrong.add(
            bad(where, "disagreement", written, f"{key} is in '{written}' by its header and in '{given}' by the call.")
        )
    unit = written if written is not None else given or ""
    if unit and key not in ("TIME", "AMT", "RATE", "DUR", "II"):
        wrong.add(bad(where, "bad_unit", unit, f"The column {key} has no unit."))
        return ""
    try:
        time = parse_unit(unit).exponents == parse_unit("day").exponents if unit else True
    except OsteonError as error:
        wrong.add(
            Fault("unknown_unit", where, unit, error.faults[0].allowed, error.faults[0].hint, error.faults[0].message)
        )
        return ""
    if key in _TIMES and not time:
        wrong.add(bad(where, "wrong_dimension", unit, f"{key} is a time, and '{unit}' is none.", "h, day, week …"))
    return unit


def _with_units(found: dict[str, _Column], name: str) -> dict[str, _Column]:
    """The units that follow from those of TIME and AMT."""
    missing = [
        bad(
            f"{name} {key}",
            "missing_unit",
            key,
            f"The unit of {key} is not said.",
            "",
            f'Write it in the header, as "{how}".',
        )
        for key, how in (("TIME", "TIME[h]"), ("AMT", "AMT[mg]"))
        if not found[key].unit
    ]
    if missing:
        raise InputError(missing)
    time, amount = found["TIME"].unit, found["AMT"].unit
    usual = {"DUR": time, "II": time, "RATE": f"{amount}/{time}"}
    return {key: _Column(c.place, c.unit or usual.get(key, "")) for key, c in found.items()}


# ── cells to rows ────────────────────────────────────────────────────────────────────────────────────────────────────


def _row(
    line: int,
    cells: list[str],
    columns: dict[str, _Column],
    compartments: Mapping[str, str],
    name: str,
    wrong: Wrong,
    numbers: Sequence[str],
) -> EventRow | None:
    """One row in days and in the unit of its compartment, or None where it has a fault."""
    place = f"{name} line {line}"
    before = len(wrong.bad) + len(wrong.unbuilt)
    raw = {key: cells[c.place] for key, c in columns.items()}
    number = {k: _number(raw[k], k, place, wrong) for k in raw if k not in ("ID", "CMT")}
    evid = _evid(raw, number, place, wrong)
    cmt = _compartment(raw.get("CMT", "."), evid, compartments, f"{place} CMT", wrong, numbers)
    if not _ID.fullmatch(raw["ID"]):
        wrong.add(
            bad(f"{place} ID", "bad_name", raw["ID"], f"'{shown(raw['ID'])}' is not an ID.", "letters, digits, _ . -")
        )
    if raw["TIME"] in _MISSING:
        wrong.add(bad(f"{place} TIME", "missing_cell", raw["TIME"], "The time is missing."))
    if len(wrong.bad) + len(wrong.unbuilt) > before:
        return None
    dosed = cmt if evid in (1, 4) else ""
    sizes = _sizes(columns, compartments.get(dosed, columns["AMT"].unit), place, wrong)
    value = {k: _rounded_once(v, sizes[k]) if k in sizes else v for k, v in number.items() if v is not None}
    row = EventRow(
        id=raw["ID"],
        evid=evid,
        cmt=cmt,
        line=line,
        time=value.get("TIME", 0.0),
        amt=value.get("AMT", 0.0),
        rate=value.get("RATE", 0.0),
        dur=value.get("DUR", 0.0),
        ii=value.get("II", 0.0),
        addl=int(value.get("ADDL", 0)),
        ss=int(value.get("SS", 0)),
    )
    modelled = MODELLED.get(number.get("RATE") or 0.0)
    for fault in (modelled_fault(row, modelled, number["RATE"], place),) if modelled else rule_faults(row, place):
        wrong.add(fault)
    return completed(row) if len(wrong.bad) + len(wrong.unbuilt) == before else None


def _number(cell: str, key: str, place: str, wrong: Wrong) -> float | None:
    """A cell as a number; a missing one is 0."""
    if cell in _MISSING:
        return 0.0
    where = f"{place} {key}"
    if key in _TIMES and re.fullmatch(r"\d+:\d+(:\d+)?", cell):
        wrong.add(not_built(where, cell, "A clock time", "Write the time as a number in the unit of the header."))
        return None
    try:
        value = read_number(cell)
    except InputError as error:
        fault = error.faults[0]
        fortran = re.fullmatch(r"([+-]?[\d.]+)[dD]([+-]?\d+)", cell)
        hint = f"Write {fortran[1]}e{fortran[2]}." if fortran else fault.hint
        wrong.add(
            bad(where, "bad_number", cell, f"'{shown(cell)}' is not a plain number.", "a number, or . for none", hint)
        )
        return None
    if key in _WHOLE and not value.is_integer():
        wrong.add(bad(where, "bad_number", cell, f"'{cell}' is not a whole number.", "a whole number"))
        return None
    return value


def _evid(raw: Mapping[str, str], number: Mapping[str, float | None], place: str, wrong: Wrong) -> int:
    """The kind of event; without a column, a row with an amount or a rate is a dose and any other a look."""
    if "EVID" not in raw:
        return 1 if number.get("AMT") or number.get("RATE") else 0
    value = number["EVID"]
    if raw["EVID"] in _MISSING:
        wrong.add(bad(f"{place} EVID", "missing_cell", raw["EVID"], "The kind of event is missing.", "0, 1, 2, 3, 4"))
    elif value is not None and value not in (0, 1, 2, 3, 4):
        wrong.add(not_built(f"{place} EVID", value, f"EVID {value:g}", "Kinds known here: 0, 1, 2, 3, 4."))
        return -1
    return int(value or 0)


def _compartment(
    cell: str, evid: int, compartments: Mapping[str, str], place: str, wrong: Wrong, numbers: Sequence[str]
) -> str:
    """The name of a compartment, from its name, or from its number where the caller has said what numbers count."""
    names = list(compartments)
    if cell in _MISSING or cell == "0":
        if evid not in (1, 4):
            return ""
        if len(names) == 1:
            return names[0]
        wrong.add(bad(place, "missing_cell", cell, "A dose needs a compartment.", ", ".join(names)))
    elif cell in compartments:
        return cell
    elif re.fullmatch(r"-\d+|-[a-z_]\w*", cell):
        wrong.add(not_built(place, cell, f"Turning a compartment off (CMT {cell})"))
    elif re.fullmatch(r"[0-9]+([.][0-9]*)?", cell):
        return _numbered(cell, evid, place, wrong, numbers)
    else:
        fault = unknown("compartment", cell, names, place)
        wrong.add(fault)
    return ""


def _numbered(cell: str, evid: int, place: str, wrong: Wrong, numbers: Sequence[str]) -> str:
    """What a number counts; an event that gives nothing may name any."""
    number = float(cell) if len(cell) < 10 else 0.0
    if number.is_integer() and 1 <= number <= len(numbers):
        return numbers[int(number) - 1]
    if evid in (1, 4):
        known = ", ".join(f"{i} = {n}" for i, n in enumerate(numbers, 1))
        hint = "Write the name, or list the names that numbers count: compartments = [...] beside 'events'."
        text = f"CMT {shown(cell)} is a number, and no list says which compartment it is."
        if known:
            text, hint = f"CMT {shown(cell)} is not in the list of compartments ({known}).", ""
        wrong.add(bad(place, "number_for_a_name", cell, text, known or "a name", hint))
    return ""


def _rounded_once(value: float, size: Fraction) -> float:
    """A number times the size of its unit, as a regimen that says the same has it."""
    return float(Fraction(repr(value)) * size) if math.isfinite(value) else value


def _sizes(columns: dict[str, _Column], unit: str, place: str, wrong: Wrong) -> dict[str, Fraction]:
    """Factors from the units of the table to days and to the unit of a compartment."""
    amount = parse_unit(unit)
    sizes = {key: exact_size(columns[key].unit) / exact_size("day") for key in _TIMES if key in columns}
    wanted = {"AMT": amount, "RATE": parse_unit(f"{unit}/day")}
    for key, want in wanted.items():
        if key in columns:
            have = parse_unit(columns[key].unit)
            if have.exponents != want.exponents:
                message = f"{key} is in '{columns[key].unit}', the compartment takes '{want.text}'."
                wrong.add(bad(f"{place} {key}", "wrong_dimension", columns[key].unit, message, want.text))
            sizes[key] = exact_size(columns[key].unit) / exact_size(want.text)
    return sizes
