"""Labels that are checked: *measured* only where a row holds the quantity, and times in notes only where they are those of the value."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from typing import Protocol

from osteon.evidence.ledger import published_rows, supports
from osteon.evidence.readings import load_readings

TOLERANCE = 0.006  # relative, between a parameter and the row it is taken from: rounding of what is printed
TIME = re.compile(r"(\d+(?:\.\d+)?) ?(h|hours?|d|days?|weeks?|months?|y|years?)\b")
DAYS_IN_UNIT = {"h": 1 / 24, "d": 1.0, "w": 7.0, "m": 30.4375, "y": 365.25}
NEAR = 0.13  # relative, between a time in a note and that of the value: two digits


class Labelled(Protocol):
    """A parameter, as far as its label goes."""

    @property
    def name(self) -> str: ...
    @property
    def value(self) -> float: ...
    @property
    def unit(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def note(self) -> str: ...


def false_labels(parameters: Iterable[Labelled]) -> Iterator[str]:
    """Faults of labels, as sentences: *measured* without a row that holds the quantity, or against it."""
    rows = published_rows()
    for p in parameters:
        named = supports().get(p.name, ())
        yield from (f"{p.name}: there is no row '{s.row}'" for s in named if s.row not in rows)
        if p.kind != "measured":
            continue
        held = [s for s in named if s.row in rows and s.factor == s.factor]
        if not held:
            yield f"{p.name} is called measured, and no published row that holds it is named in parameter_evidence.csv"
        for s in held:
            row = rows[s.row]
            read = load_readings().get(s.row)
            if read and read.agrees != "yes":
                yield f"{p.name} is called measured, and the reading of '{s.row}' says: {read.agrees} ({read.quote})"
            if row.confidence == "unverified":
                yield f"{p.name} is called measured on the unverified row '{s.row}'"
            if abs(row.value * s.factor - p.value) > TOLERANCE * abs(p.value):
                yield f"{p.name} = {p.value:g} is called measured, but '{s.row}' gives {row.value * s.factor:g}"


def false_times(parameters: Iterable[Labelled]) -> Iterator[str]:
    """Times in the notes of rates that are not those of the value, as sentences; `about` and ranges speak of what is seen, not of the value."""
    for p in parameters:
        if p.unit != "1/day" or p.value <= 0 or re.search(r"\babout|source|between|to \d|peaks", p.note):
            continue
        for told in TIME.finditer(p.note):
            days = float(told[1]) * DAYS_IN_UNIT[told[2][0]]
            own = (math.log(2) / p.value, "half-life") if "half-life" in p.note else (1 / p.value, "mean time")
            if abs(days - own[0]) > NEAR * own[0]:
                yield f"{p.name}: its note says {told[0]}, its value {p.value:g} per day has a {own[1]} of {own[0]:.3g} d"
