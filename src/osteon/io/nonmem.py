"""NONMEM event tables: who gets what, where and when, as rows of ID TIME EVID CMT AMT RATE DUR II ADDL SS.

Compartments have names, units stand in the header (`TIME[h]`, `AMT[mg]`) or are given by the caller, subject `007` stays
`007`. EVID: 0 a look, 1 a dose, 2 another event, 3 a reset, 4 a reset and a dose. Rules as in the users' guides of NONMEM,
PREDPP (items EVID, AMT, RATE, II, ADDL, SS), read strictly: a table that may mean two things is bad input (exit 2), one
that means something that is not built here is refused by name (exit 4), and nothing is ever guessed.

Rows come back in days and in the unit of each compartment; what the solver makes of them is the engine's.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from osteon.errors import Fault, InputError, OsteonError, Unsupported, shown, unknown
from osteon.io.csv_out import escape
from osteon.io.quantities import read_number
from osteon.units import parse_unit

COLUMNS = ("ID", "TIME", "EVID", "CMT", "AMT", "RATE", "DUR", "II", "ADDL", "SS")
LARGEST_TABLE = 50_000_000  # bytes
MOST_DOSES = 200_000  # of one subject, additional ones counted
RESERVED = ("DV", "MDV", "DATE", "DAT1", "DAT2", "DAT3", "CALL", "CONT", "PCMT", "L1", "L2", "XVID1", "LIDV")
MODELLED = {-1.0: "a rate", -2.0: "a duration"}
_TIMES, _WHOLE = ("TIME", "DUR", "II"), ("EVID", "ADDL", "SS")
_HEAD = re.compile(r"([A-Za-z][A-Za-z0-9_]*)(?:\[([^\[\]]*)\])?")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")
_MISSING = ("", ".")
_NEAR = 1e-6  # how far amount and rate x duration may differ, as a share


@dataclass(frozen=True)
class EventRow:
    """One event. time, dur, ii : days; amt : unit of the compartment; rate : that unit per day; line : in the table.

    An infusion has both rate and dur; a bolus neither; an endless infusion (ss, amt 0) a rate alone. cmt is empty where
    the event has no place.
    """

    id: str
    time: float
    evid: int = 1
    cmt: str = ""
    amt: float = 0.0
    rate: float = 0.0
    dur: float = 0.0
    ii: float = 0.0
    addl: int = 0
    ss: int = 0
    line: int = 0


def load_events(
    path: str | Path,
    compartments: Mapping[str, str],
    units: Mapping[str, str] | None = None,
    lags: Mapping[str, float] | None = None,
    ignore: Collection[str] = (),
) -> tuple[EventRow, ...]:
    """Read an event table from a file; see `read_events`."""
    file = Path(path)
    try:
        with file.open("rb") as handle:
            data = handle.read(LARGEST_TABLE + 1)
    except (OSError, ValueError) as error:
        text = f"The table cannot be read: {getattr(error, 'strerror', None) or error}."
        raise InputError(Fault("no_file", file.name, str(path), "", "", text)) from None
    return read_events(data, compartments, units, lags, ignore, file.name)


def read_events(
    data: bytes | str,
    compartments: Mapping[str, str],
    units: Mapping[str, str] | None = None,
    lags: Mapping[str, float] | None = None,
    ignore: Collection[str] = (),
    name: str = "events",
) -> tuple[EventRow, ...]:
    """Read an event table: comma, tab or blank separated, with a header.

    compartments : name -> unit of its amount, in the order in which numbers count them (1 is the first)
    units        : column -> unit, for columns whose header does not say it
    lags         : compartment -> lag in days, so that a steady state that has no answer is refused
    ignore       : columns that may be there and are left out, such as "DV"

    Raises InputError with every fault, or Unsupported naming every feature that is not built.

    >>> read_events("ID,TIME[h],AMT[mg]\\n007,24,60\\n", {"depot": "mg"})[0].time
    1.0
    """
    table = _cells(_text(data, name), name)
    columns = _columns(table[0], units or {}, compartments, ignore, name)
    wrong = _Wrong()
    rows = [
        row
        for number, cells in table[1]
        if (row := _row(number, cells, columns, compartments, name, wrong)) is not None
    ]
    for found in (*_order(rows, name), *_lagged(rows, lags or {}, name), *_many(rows, name)):
        wrong.add(found)
    wrong.tell()
    return tuple(rows)


class _Wrong:
    """Faults as they are found; what is bad input is told before what is not built."""

    def __init__(self) -> None:
        self.bad: list[Fault] = []
        self.unbuilt: list[Fault] = []

    def add(self, fault: Fault) -> None:
        (self.unbuilt if fault.code == "unsupported" else self.bad).append(fault)

    def tell(self) -> None:
        if self.bad:
            raise InputError(dict.fromkeys(self.bad))
        if self.unbuilt:
            raise Unsupported(dict.fromkeys(self.unbuilt))


def _bad(place: str, code: str, value: object, message: str, allowed: str = "", hint: str = "") -> Fault:
    return Fault(code, place, value, allowed, hint, f"{message} {hint}".strip())


def _not_built(place: str, value: object, what: str, hint: str = "") -> Fault:
    return Fault("unsupported", place, value, "", hint, f"{what} is not built in this version. {hint}".strip())


# ── text to cells ────────────────────────────────────────────────────────────────────────────────────────────────────


def _text(data: bytes | str, name: str) -> str:
    size = len(data)
    if size > LARGEST_TABLE:
        raise InputError(_bad(name, "too_large", size, f"'{name}' is too large.", f"up to {LARGEST_TABLE} bytes"))
    if isinstance(data, str):
        return data
    if b"\0" in data:
        raise InputError(_bad(name, "binary_file", "", f"'{name}' is a binary file, not a table."))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(_bad(name, "not_utf8", "", f"'{name}' is not UTF-8 text (byte {error.start}).")) from None


def _cells(text: str, name: str) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Header and numbered rows; blank lines and lines that begin with # are left out."""
    lines = [(i, line) for i, line in enumerate(text.splitlines(), 1) if line.strip() and not line.startswith("#")]
    if not lines:
        raise InputError(_bad(name, "empty_file", "", f"'{name}' is empty."))
    head = lines[0][1]
    if ";" in head:
        hint = "Save the table with commas."
        raise InputError(
            _bad(name, "bad_table", ";", "Columns are separated by semicolons.", "comma, tab or blank", hint)
        )
    mark = "," if "," in head else "\t" if "\t" in head else ""
    rows = [(i, _split(line, mark, f"{name} line {i}")) for i, line in lines]
    width = len(rows[0][1])
    ragged = [
        _bad(
            f"{name} line {i}", "bad_table", len(cells), f"{len(cells)} cells stand under {width} columns.", str(width)
        )
        for i, cells in rows
        if len(cells) != width
    ]
    if ragged:
        raise InputError(ragged)
    if len(rows) == 1:
        raise InputError(_bad(name, "empty_file", "", f"'{name}' has a header and no rows."))
    return rows[0][1], rows[1:]


def _split(line: str, mark: str, place: str) -> list[str]:
    if not mark:
        return line.split()
    try:
        return [cell.strip(" ") for cell in next(csv.reader([line], delimiter=mark, strict=True))]
    except csv.Error as error:
        raise InputError(_bad(place, "bad_table", "", f"This line is not a row of a table: {error}.")) from None


@dataclass(frozen=True)
class _Column:
    """Where a column stands and the size of its unit; an amount's size follows the compartment."""

    place: int
    unit: str = ""


def _columns(
    header: list[str], units: Mapping[str, str], compartments: Mapping[str, str], ignore: Collection[str], name: str
) -> dict[str, _Column]:
    """Columns by name, each with its unit. Raises for what is missing, doubled, unknown or not built."""
    wrong, found = _Wrong(), dict[str, _Column]()
    ignored = {i.upper() for i in ignore}
    for place, cell in enumerate(header):
        match = _HEAD.fullmatch(cell)
        key, unit = (match[1].upper(), match[2]) if match else (cell, None)
        where = f"{name} column {place + 1}"
        if key in ignored:
            continue
        if key in found:
            wrong.add(_bad(where, "duplicate_name", key, f"The column {key} stands twice."))
        elif key in COLUMNS:
            found[key] = _Column(place, _unit_of(key, unit, units, where, wrong))
        elif key in RESERVED:
            wrong.add(_not_built(where, key, f"The column {key}", f"Leave it out, or ignore '{key}'."))
        else:
            fault = unknown("column", key, COLUMNS, where)
            wrong.add(Fault(fault.code, where, key, fault.allowed, fault.hint, fault.message))
    for key in ("ID", "TIME", "AMT", *(() if len(compartments) == 1 else ("CMT",))):
        if key not in found:
            wrong.add(_bad(name, "missing_column", key, f"The column {key} is needed and missing.", ", ".join(COLUMNS)))
    wrong.tell()
    return _with_units(found, name)


def _unit_of(key: str, written: str | None, units: Mapping[str, str], where: str, wrong: _Wrong) -> str:
    given = units.get(key)
    if written is not None and given is not None and written != given:
        wrong.add(
            _bad(where, "disagreement", written, f"{key} is in '{written}' by its header and in '{given}' by the call.")
        )
    unit = written if written is not None else given or ""
    if unit and key not in ("TIME", "AMT", "RATE", "DUR", "II"):
        wrong.add(_bad(where, "bad_unit", unit, f"The column {key} has no unit."))
        return ""
    try:
        time = parse_unit(unit).exponents == parse_unit("day").exponents if unit else True
    except OsteonError as error:
        wrong.add(
            Fault("unknown_unit", where, unit, error.faults[0].allowed, error.faults[0].hint, error.faults[0].message)
        )
        return ""
    if key in _TIMES and not time:
        wrong.add(_bad(where, "wrong_dimension", unit, f"{key} is a time, and '{unit}' is none.", "h, day, week …"))
    return unit


def _with_units(found: dict[str, _Column], name: str) -> dict[str, _Column]:
    """The units that follow from those of TIME and AMT."""
    missing = [
        _bad(
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
    line: int, cells: list[str], columns: dict[str, _Column], compartments: Mapping[str, str], name: str, wrong: _Wrong
) -> EventRow | None:
    """One row in days and in the unit of its compartment, or None where it has a fault."""
    place = f"{name} line {line}"
    before = len(wrong.bad) + len(wrong.unbuilt)
    raw = {key: cells[c.place] for key, c in columns.items()}
    number = {k: _number(raw[k], k, place, wrong) for k in raw if k not in ("ID", "CMT")}
    evid = _evid(raw, number, place, wrong)
    cmt = _compartment(raw.get("CMT", "."), evid, compartments, f"{place} CMT", wrong)
    if not _ID.fullmatch(raw["ID"]):
        wrong.add(
            _bad(f"{place} ID", "bad_name", raw["ID"], f"'{shown(raw['ID'])}' is not an ID.", "letters, digits, _ . -")
        )
    if raw["TIME"] in _MISSING:
        wrong.add(_bad(f"{place} TIME", "missing_cell", raw["TIME"], "The time is missing."))
    if len(wrong.bad) + len(wrong.unbuilt) > before:
        return None
    dosed = cmt if evid in (1, 4) else ""
    sizes = _sizes(columns, compartments.get(dosed, columns["AMT"].unit), place, wrong)
    value = {k: v * sizes.get(k, 1.0) for k, v in number.items() if v is not None}
    row = EventRow(
        id=raw["ID"],
        evid=evid,
        cmt=cmt,
        line=line,
        **{k.lower(): value.get(k, 0.0) for k in ("TIME", "AMT", "RATE", "DUR", "II")},
        addl=int(value.get("ADDL", 0)),
        ss=int(value.get("SS", 0)),
    )
    modelled = MODELLED.get(number.get("RATE") or 0.0)
    for fault in (_modelled(row, modelled, number["RATE"], place),) if modelled else _rules(row, place):
        wrong.add(fault)
    return _completed(row) if len(wrong.bad) + len(wrong.unbuilt) == before else None


def _number(cell: str, key: str, place: str, wrong: _Wrong) -> float | None:
    """A cell as a number; a missing one is 0."""
    where = f"{place} {key}"
    if cell in _MISSING:
        return 0.0
    if key in _TIMES and re.fullmatch(r"\d+:\d+(:\d+)?", cell):
        wrong.add(_not_built(where, cell, "A clock time", "Write the time as a number in the unit of the header."))
        return None
    try:
        value = read_number(cell)
    except InputError as error:
        fault = error.faults[0]
        fortran = re.fullmatch(r"([+-]?[\d.]+)[dD]([+-]?\d+)", cell)
        hint = f"Write {fortran[1]}e{fortran[2]}." if fortran else fault.hint
        wrong.add(
            _bad(where, "bad_number", cell, f"'{shown(cell)}' is not a plain number.", "a number, or . for none", hint)
        )
        return None
    if key in _WHOLE and not value.is_integer():
        wrong.add(_bad(where, "bad_number", cell, f"'{cell}' is not a whole number.", "a whole number"))
        return None
    return value


def _evid(raw: Mapping[str, str], number: Mapping[str, float | None], place: str, wrong: _Wrong) -> int:
    """The kind of event; without a column, a row with an amount or a rate is a dose and any other a look."""
    if "EVID" not in raw:
        return 1 if number.get("AMT") or number.get("RATE") else 0
    value = number["EVID"]
    if raw["EVID"] in _MISSING:
        wrong.add(_bad(f"{place} EVID", "missing_cell", raw["EVID"], "The kind of event is missing.", "0, 1, 2, 3, 4"))
    elif value is not None and value not in (0, 1, 2, 3, 4):
        wrong.add(_not_built(f"{place} EVID", value, f"EVID {value:g}", "Kinds known here: 0, 1, 2, 3, 4."))
        return -1
    return int(value or 0)


def _compartment(cell: str, evid: int, compartments: Mapping[str, str], place: str, wrong: _Wrong) -> str:
    """The name of a compartment, from its name or its number."""
    names = list(compartments)
    if cell in _MISSING or cell == "0":
        if evid not in (1, 4):
            return ""
        if len(names) == 1:
            return names[0]
        wrong.add(_bad(place, "missing_cell", cell, "A dose needs a compartment.", ", ".join(names)))
    elif cell in compartments:
        return cell
    elif re.fullmatch(r"-\d+|-[a-z_]\w*", cell):
        wrong.add(_not_built(place, cell, f"Turning a compartment off (CMT {cell})"))
    elif re.fullmatch(r"[0-9]{1,6}", cell) and int(cell) <= len(names):
        return names[int(cell) - 1]
    else:
        fault = unknown("compartment", cell, names, place)
        wrong.add(fault)
    return ""


def _sizes(columns: dict[str, _Column], unit: str, place: str, wrong: _Wrong) -> dict[str, float]:
    """Factors from the units of the table to days and to the unit of a compartment."""
    day, amount = parse_unit("day"), parse_unit(unit)
    sizes = {key: parse_unit(columns[key].unit).factor / day.factor for key in _TIMES if key in columns}
    wanted = {"AMT": amount, "RATE": parse_unit(f"{unit}/day")}
    for key, want in wanted.items():
        if key in columns:
            have = parse_unit(columns[key].unit)
            if have.exponents != want.exponents:
                message = f"{key} is in '{columns[key].unit}', the compartment takes '{want.text}'."
                wrong.add(_bad(f"{place} {key}", "wrong_dimension", columns[key].unit, message, want.text))
            sizes[key] = have.factor / want.factor
    return sizes


def _completed(row: EventRow) -> EventRow:
    """An infusion with both its rate and its duration."""
    if row.amt > 0 and row.rate > 0 and row.dur == 0:
        return replace(row, dur=row.amt / row.rate)
    if row.amt > 0 and row.dur > 0 and row.rate == 0:
        return replace(row, rate=row.amt / row.dur)
    return row


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _modelled(row: EventRow, what: str, rate: float | None, place: str) -> Fault:
    hint = "Write the rate or the duration itself."
    return _not_built(f"{place} RATE", rate, f"RATE {rate:g} ({what} that the model would have to give)", hint)


def _rules(row: EventRow, place: str) -> Iterator[Fault]:
    """What is wrong with the numbers of one row."""
    if row.evid in (1, 4):
        yield from _infusion(row, place)
        yield from _repeats(row, place)
        yield from _steady(row, place)
        return
    kind = {0: "A look", 2: "Another event", 3: "A reset"}[row.evid]
    for key in ("AMT", "RATE", "DUR", "II", "ADDL", "SS"):
        value = getattr(row, key.lower())
        if value:
            hint = "Write EVID 1 if a dose is meant." if key == "AMT" else ""
            yield _bad(
                f"{place} {key}", "contradiction", value, f"{kind} (EVID {row.evid}) has no {key}.", "0 or .", hint
            )


def _infusion(row: EventRow, place: str) -> Iterator[Fault]:
    for key in ("AMT", "RATE", "DUR", "II"):
        value = getattr(row, key.lower())
        if value < 0:
            yield _bad(f"{place} {key}", "out_of_range", value, f"{key} is below 0.", "0 or more")
    if row.amt == 0 and row.dur > 0:
        yield _bad(f"{place} DUR", "contradiction", row.dur, "An infusion of nothing has no duration.")
    if row.amt == 0 and row.rate > 0 and not row.ss:
        hint = "Write the amount, or SS 1 for a steady infusion."
        yield _bad(f"{place} RATE", "contradiction", row.rate, "An infusion without an amount has no end.", "", hint)
    if row.amt > 0 and row.rate > 0 and row.dur > 0:
        given = row.rate * row.dur
        if abs(given - row.amt) > _NEAR * max(given, row.amt):
            message = f"RATE x DUR is {given:g}, but AMT is {row.amt:g} (in the unit of '{row.cmt}')."
            yield _bad(f"{place} RATE", "disagreement", row.rate, message, "", "Leave RATE or DUR out.")


def _repeats(row: EventRow, place: str) -> Iterator[Fault]:
    if row.addl < 0:
        yield _not_built(f"{place} ADDL", row.addl, "A steady state asked for by a negative ADDL", "Write SS 1.")
    elif row.addl > 0 and row.ii <= 0:
        yield _bad(f"{place} II", "missing_cell", row.ii, "Additional doses need the time between them.", "II above 0")
    elif row.addl == 0 and row.ii > 0 and not row.ss:
        hint = "Write ADDL, or leave II out."
        yield _bad(
            f"{place} II", "contradiction", row.ii, "A time between doses stands beside a single dose.", "", hint
        )


def _steady(row: EventRow, place: str) -> Iterator[Fault]:
    where = f"{place} SS"
    if row.ss == 3:
        yield _not_built(where, 3, "SS 3")
    elif row.ss not in (0, 1, 2):
        yield _bad(where, "bad_number", row.ss, f"There is no SS {row.ss}.", "0, 1, 2")
    elif row.ss and row.amt == 0:
        if row.rate <= 0:
            yield _bad(where, "contradiction", row.ss, "No dose has no steady state.", "AMT or RATE above 0")
        elif row.ii > 0 or row.addl > 0:
            yield _bad(where, "contradiction", row.ss, "A steady infusion has neither II nor ADDL.", "II 0, ADDL 0")
    elif row.ss and row.ii <= 0:
        yield _bad(f"{place} II", "missing_cell", row.ii, "A steady state needs the time between doses.", "II above 0")
    elif row.ss and _completed(row).dur > row.ii:
        yield _not_built(where, row.ss, "A steady state of infusions that overlap (longer than II)")


def _order(rows: Sequence[EventRow], name: str) -> Iterator[Fault]:
    """Subjects in one piece, times rising."""
    last: EventRow | None = None
    done: set[str] = set()
    for row in rows:
        place = f"{name} line {row.line}"
        if last is None or row.id != last.id:
            if row.id in done:
                message = f"Subject '{row.id}' stands in two pieces; is the second another person?"
                yield _bad(f"{place} ID", "bad_order", row.id, message, "all rows of a subject together")
            done.add(row.id)
        elif row.time < last.time and row.evid in (3, 4):
            yield _not_built(f"{place} TIME", row.time, "A clock that starts again at a reset", "Let the time go on.")
        elif row.time < last.time:
            message = f"The time falls from {last.time:g} to {row.time:g} days."
            yield _bad(f"{place} TIME", "bad_order", row.time, message, "rising times")
        last = row


def _lagged(rows: Iterable[EventRow], lags: Mapping[str, float], name: str) -> Iterator[Fault]:
    """A lag longer than the interval at steady state has no defined answer."""
    for row in rows:
        lag = lags.get(row.cmt, 0.0)
        if row.ss and row.ii > 0 and lag > row.ii:
            what = f"A steady state with a lag of {lag:g} days, longer than the {row.ii:g} days between doses,"
            yield _not_built(f"{name} line {row.line} SS", row.ss, what, "No answer is defined for it.")


def _many(rows: Iterable[EventRow], name: str) -> Iterator[Fault]:
    count: dict[str, int] = {}
    for row in rows:
        if row.evid in (1, 4):
            count[row.id] = count.get(row.id, 0) + 1 + row.addl
            if count[row.id] > MOST_DOSES:
                message = f"Subject '{row.id}' would get {count[row.id]} doses."
                yield _bad(
                    f"{name} line {row.line} ADDL", "too_many_doses", count[row.id], message, f"up to {MOST_DOSES}"
                )
                return


def features_used(rows: Iterable[EventRow]) -> frozenset[str]:
    """What a table makes use of, by name, so that an engine which lacks a part can refuse it by name."""
    found: set[str] = set()
    for row in rows:
        found |= {"reset"} if row.evid in (3, 4) else set()
        found |= {"other event"} if row.evid == 2 else set()
        found |= {"additional doses"} if row.addl else set()
        found |= {"infusion"} if row.rate > 0 else set()
        found |= {f"steady state SS {row.ss}"} if row.ss else set()
        found |= {"steady infusion"} if row.ss and row.amt == 0 else set()
    return frozenset(found)


# ── rows to text ─────────────────────────────────────────────────────────────────────────────────────────────────────


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
        raise Unsupported(_not_built("AMT", ", ".join(units), what, "Write one table for each unit."))
    unit = units[0] if units else next(iter(compartments.values()), "mg")
    marks = {"TIME": "day", "AMT": unit, "RATE": f"{unit}/day", "DUR": "day", "II": "day"}
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([f"{c}[{marks[c]}]" if c in marks else c for c in COLUMNS])
    for row in rows:
        writer.writerow([row.cmt or "." if c == "CMT" else escape(getattr(row, c.lower())) for c in COLUMNS])
    return out.getvalue()
