"""Rows of an event table, and what must hold of them: of one row's numbers, of their order, of how many doses there are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from osteon.errors import Fault, InputError, Unsupported

MAX_DOSES = 200_000  # of one subject, additional ones counted
MAX_EVENT_ROWS = 100_000  # of one table: some seconds to read
MAX_STEADY_STATES = 500  # steady states of one subject: each is searched for by itself
_NEAR = 1e-6  # how far amount and rate x duration may differ, as a share


@dataclass(frozen=True)
class EventRow:
    """One event. time, dur, ii : days; amt : unit of the compartment; rate : that unit per day; line : in the table.

    An infusion has both rate and dur; a bolus neither; an endless infusion (ss, amt 0) a rate alone. rated: the rate stood
    in the table and the duration did not. cmt is empty where the event has no place.
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
    rated: bool = False


class Wrong:
    """Faults as they are found; what is bad input is told before what is not built."""

    def __init__(self) -> None:
        self.bad: list[Fault] = []
        self.unbuilt: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Keep a fault."""
        (self.unbuilt if fault.code == "unsupported" else self.bad).append(fault)

    def raise_all(self) -> None:
        """Raise what was found: InputError, else Unsupported."""
        if self.bad:
            raise InputError(dict.fromkeys(self.bad))
        if self.unbuilt:
            raise Unsupported(dict.fromkeys(self.unbuilt))


def bad(place: str, code: str, value: object, message: str, allowed: str = "", hint: str = "") -> Fault:
    """A fault of bad input, with its hint in the sentence."""
    return Fault(code, place, value, allowed, hint, f"{message} {hint}".strip())


def not_built(place: str, value: object, what: str, hint: str = "") -> Fault:
    """A fault of something that has a meaning but is not built here."""
    return Fault("unsupported", place, value, "", hint, f"{what} is not built in this version. {hint}".strip())


def completed(row: EventRow) -> EventRow:
    """An infusion with both its rate and its duration."""
    if row.amt > 0 and row.rate > 0 and row.dur == 0:
        return replace(row, dur=row.amt / row.rate, rated=True)
    if row.amt > 0 and row.dur > 0 and row.rate == 0:
        return replace(row, rate=row.amt / row.dur)
    return row


def modelled_fault(row: EventRow, what: str, rate: float | None, place: str) -> Fault:
    """RATE -1 or -2."""
    hint = "Write the rate or the duration itself."
    return not_built(f"{place} RATE", rate, f"RATE {rate:g} ({what} that the model would have to give)", hint)


def rule_faults(row: EventRow, place: str) -> Iterator[Fault]:
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
            yield bad(
                f"{place} {key}", "contradiction", value, f"{kind} (EVID {row.evid}) has no {key}.", "0 or .", hint
            )


def _infusion(row: EventRow, place: str) -> Iterator[Fault]:
    for key in ("AMT", "RATE", "DUR", "II"):
        value = getattr(row, key.lower())
        if value < 0:
            yield bad(f"{place} {key}", "out_of_range", value, f"{key} is below 0.", "0 or more")
    if row.amt == 0 and row.dur > 0:
        yield bad(f"{place} DUR", "contradiction", row.dur, "An infusion of nothing has no duration.")
    if row.amt == 0 and row.rate > 0 and not row.ss:
        hint = "Write the amount, or SS 1 for a steady infusion."
        yield bad(f"{place} RATE", "contradiction", row.rate, "An infusion without an amount has no end.", "", hint)
    if row.amt > 0 and row.rate > 0 and row.dur > 0:
        given = row.rate * row.dur
        if abs(given - row.amt) > _NEAR * max(given, row.amt):
            message = f"RATE x DUR is {given:g}, but AMT is {row.amt:g} (in the unit of '{row.cmt}')."
            yield bad(f"{place} RATE", "disagreement", row.rate, message, "", "Leave RATE or DUR out.")


def _repeats(row: EventRow, place: str) -> Iterator[Fault]:
    if row.addl < 0:
        yield not_built(f"{place} ADDL", row.addl, "A steady state asked for by a negative ADDL", "Write SS 1.")
    elif row.addl > 0 and row.ii <= 0:
        yield bad(f"{place} II", "missing_cell", row.ii, "Additional doses need the time between them.", "II above 0")
    elif row.addl == 0 and row.ii > 0 and not row.ss:
        hint = "Write ADDL, or leave II out."
        yield bad(f"{place} II", "contradiction", row.ii, "A time between doses stands beside a single dose.", "", hint)


def _steady(row: EventRow, place: str) -> Iterator[Fault]:
    where = f"{place} SS"
    if row.ss == 3:
        yield not_built(where, 3, "SS 3")
    elif row.ss not in (0, 1, 2):
        yield bad(where, "bad_number", row.ss, f"There is no SS {row.ss}.", "0, 1, 2")
    elif row.ss and row.amt == 0:
        if row.rate <= 0:
            yield bad(where, "contradiction", row.ss, "No dose has no steady state.", "AMT or RATE above 0")
        elif row.ii > 0 or row.addl > 0:
            yield bad(where, "contradiction", row.ss, "A steady infusion has neither II nor ADDL.", "II 0, ADDL 0")
    elif row.ss and row.ii <= 0:
        yield bad(f"{place} II", "missing_cell", row.ii, "A steady state needs the time between doses.", "II above 0")


def order_faults(rows: Sequence[EventRow], name: str) -> Iterator[Fault]:
    """Subjects in one piece, times rising."""
    last: EventRow | None = None
    done: set[str] = set()
    for row in rows:
        place = f"{name} line {row.line}"
        if last is None or row.id != last.id:
            if row.id in done:
                message = f"Subject '{row.id}' stands in two pieces; is the second another person?"
                yield bad(f"{place} ID", "bad_order", row.id, message, "all rows of a subject together")
            done.add(row.id)
        elif row.time < last.time and row.evid in (3, 4):
            yield not_built(f"{place} TIME", row.time, "A clock that starts again at a reset", "Let the time go on.")
        elif row.time < last.time:
            message = f"The time falls from {last.time:g} to {row.time:g} days."
            yield bad(f"{place} TIME", "bad_order", row.time, message, "rising times")
        last = row


def lag_faults(rows: Iterable[EventRow], lags: Mapping[str, float], name: str) -> Iterator[Fault]:
    """A lag longer than the interval at steady state has no defined answer."""
    for row in rows:
        lag = lags.get(row.cmt, 0.0)
        if row.ss and row.ii > 0 and lag > row.ii:
            what = f"A steady state with a lag of {lag:g} days, longer than the {row.ii:g} days between doses,"
            yield not_built(f"{name} line {row.line} SS", row.ss, what, "No answer is defined for it.")


def count_faults(rows: Iterable[EventRow], name: str) -> Iterator[Fault]:
    """More doses or steady states of one subject than are run. Infusions that overlap at a steady state count each."""
    count: dict[str, int] = {}
    steady: dict[str, int] = {}
    for row in rows:
        if row.evid not in (1, 4):
            continue
        running = row.dur / row.ii if row.ss and row.ii > 0 else 0.0
        count[row.id] = count.get(row.id, 0) + 1 + row.addl + int(min(running, 1e9))
        steady[row.id] = steady.get(row.id, 0) + (row.ss > 0)
        place = f"{name} line {row.line}"
        if count[row.id] > MAX_DOSES:
            message = f"Subject '{row.id}' would get {count[row.id]} doses."
            column = "ADDL" if running < 1e3 else "II"
            yield bad(f"{place} {column}", "too_many_doses", count[row.id], message, f"up to {MAX_DOSES}")
            return
        if steady[row.id] > MAX_STEADY_STATES:
            message = f"Subject '{row.id}' has more than {MAX_STEADY_STATES} steady states."
            yield bad(f"{place} SS", "too_many_doses", steady[row.id], message, f"up to {MAX_STEADY_STATES}")
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
