"""Person files: who she is, what was given and measured when, and the options that are weighed from today on.

Dates are days of a calendar (2024-03-01) or times counted from today ("-21 months"); `today` is month 0.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError

from osteon.errors import Fault, InputError
from osteon.inputs.dosing import DrugRegimen
from osteon.inputs.faults import faults_of
from osteon.inputs.fields import Finite, Identifier, Name, Reader, Span, days, one_of, quantity
from osteon.inputs.names import FRACTURES
from osteon.inputs.people import Person
from osteon.inputs.record import Disagreement, RawTable, Record, at
from osteon.io import toml
from osteon.io.quantities import parse

DXA_SITES = ("lumbar_spine", "total_hip", "femoral_neck")
PERSON_HISTORY_MARKERS = {"ctx": "ug/L", "p1np": "ug/L", "bsap": "ug/L", "ntx": "nmol/mmol"}
LABORATORY = {"vitamin_d": "nmol/L", "calcium": "mmol/L"}
MAX_MEASUREMENTS = 200  # measurements
_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"


_PAST = days(-40000.0, 0.0, "-6 months", "a date, or a time before today")
When = Annotated[
    float,
    Reader(_PAST.read, {"anyOf": [{"type": "string", "format": "date", "pattern": _DATE}, dict(_PAST.schema)]}),
]


class Dxa(Record):
    """A scan of one site: BMD or T-score, and the scanner's precision error (usual for the site where it is not given)."""

    date: When
    site: Annotated[str, one_of("site", DXA_SITES)]
    bmd: Annotated[float, quantity("g/cm^2", 0.2, 2.5, "0.78 g/cm^2", "areal BMD")] | None = None
    t_score: Finite | None = Field(None, ge=-8, le=6)
    precision: Annotated[float, quantity("percent", 0.1, 10, "1.2 percent", "precision error, one SD")] | None = None

    @classmethod
    def disagreements(cls, given: RawTable) -> Iterator[Disagreement]:
        """Both BMD and T-score, or neither."""
        if ("bmd" in given) == ("t_score" in given):
            message = "Give either bmd or t_score of a scan."
            yield at("bmd", code="missing_key", message=message, allowed='bmd = "0.78 g/cm^2", or t_score = -2.1')


class Measured(Record):
    """A marker or a laboratory value, with its unit; cv: of assay and day, where it is known."""

    date: When
    name: Annotated[str, one_of("marker or laboratory value", (*PERSON_HISTORY_MARKERS, *LABORATORY))]
    value: str
    cv: Annotated[float, quantity("percent", 0.5, 60, "10 percent", "coefficient of variation, one SD")] | None = None

    @classmethod
    def disagreements(cls, given: RawTable) -> Iterator[Disagreement]:
        """A value that is no quantity of its kind."""
        name, value = given.get("name"), given.get("value")
        if name is not None and value is not None:
            try:
                measured_in_unit(name, value)
            except InputError as error:
                yield ("value",), error.faults[0]

    def number(self) -> float:
        """The value in the model's unit."""
        return measured_in_unit(self.name, self.value)


def measured_in_unit(name: str, text: str) -> float:
    """A value of a marker or laboratory in the model's unit. Raises InputError."""
    unit = (PERSON_HISTORY_MARKERS | LABORATORY)[name]
    substance = {"vitamin_d": "25-OH-D", "calcium": "calcium"}.get(name, "")
    return float(parse(text, unit, "", 1e-6, 1e5, substance).convert(unit))


class Fracture(Record):
    """A fracture and its date."""

    date: When
    kind: Annotated[str, one_of("fracture", FRACTURES)]


class Option(Record):
    """What could be given from today on; no regimen: nothing more."""

    name: Name
    regimen: list[DrugRegimen] = Field([], max_length=20)

    @classmethod
    def disagreements(cls, given: RawTable) -> Iterator[Disagreement]:
        """A dose before today."""
        for i, r in given.many("regimen", DrugRegimen):
            start = r.get("from")
            if start is not None and start < 0:
                message = "An option begins today or later; what was given before stands under [[regimen]]."
                yield at("regimen", i, "from", code="bad_times", value=start, message=message, allowed="from 0 days")


class Target(Record):
    """A T-score to be reached by a date."""

    site: Annotated[str, one_of("site", DXA_SITES)]
    t_score: Finite = Field(..., ge=-8, le=6)
    by: Span


class Goals(Record):
    """What is asked of every option.   rebound : percent above today's CTX"""

    horizon: Span = 1826.25
    target: list[Target] = Field([], max_length=20)
    rebound: Finite = Field(50.0, gt=0, le=1000)


class PersonHistory(Record):
    """A whole person file."""

    format: int
    title: Name | None = None
    today: str
    person: Person
    regimen: list[DrugRegimen] = Field([], max_length=200)
    dxa: list[Dxa] = Field([], max_length=MAX_MEASUREMENTS)
    measured: list[Measured] = Field([], max_length=MAX_MEASUREMENTS)
    fracture: list[Fracture] = Field([], max_length=50)
    option: list[Option] = Field(..., min_length=1, max_length=20)
    goals: Goals = Goals()
    next_measurement: list[Identifier] = Field(["bmd_total_hip", "bmd_lumbar_spine", "ctx", "p1np"], max_length=12)

    @classmethod
    def disagreements(cls, given: RawTable) -> Iterator[Disagreement]:
        """T-scores without a date; options of one name; doses of the history after today; nothing measured."""
        person = given.one("person", Person)
        baseline = person.table.get("baseline") if person and isinstance(person.table, dict) else None
        for key in ("t_lumbar_spine", "t_total_hip", "t_femoral_neck", "turnover"):
            if isinstance(baseline, dict) and key in baseline:
                message = f"'{key}' has no date here: write a [[dxa]] or [[measured]] with its date."
                yield at("person", "baseline", key, code="no_date", value=baseline[key], message=message)
        names = [o.get("name") for _, o in given.many("option", Option)]
        for i, name in enumerate(names):
            if name is not None and name in names[:i]:
                yield at("option", i, "name", code="duplicate_name", value=name, message=f"'{name}' stands twice.")
        for i, r in given.many("regimen", DrugRegimen):
            start = r.get("from")
            if start is not None and start >= 0:
                message = "A history begins before today; what could be given from today on is an [[option]]."
                yield at("regimen", i, "from", code="bad_times", value=start, message=message, allowed="before today")


def load_person_history(path: str | Path) -> PersonHistory:
    """Read a person file. Raises InputError with every fault."""
    return read_person_history(toml.read(path), Path(path).name)


def is_person_history(table: Any) -> bool:
    """Whether a file that was read is a person file."""
    return isinstance(table, dict) and "option" in table and "person" in table


def read_person_history(table: dict[str, Any], name: str = "person") -> PersonHistory:
    """A person file from a parsed table; dates of a calendar become days from `today`."""
    today = table.get("today")
    day = _date_of(today)
    if not isinstance(day, date):
        text = "The file does not say which day is month 0."
        hint = "Write today = 2026-11-30, a date without quotes."
        raise InputError(Fault("missing_key", f"{name} today", str(today or ""), "a date", hint, f"{text} {hint}"))
    try:
        return PersonHistory.model_validate(_in_days(table, day) | {"today": day.isoformat()})
    except ValidationError as error:
        raise InputError(faults_of(error, name, PersonHistory)) from None


def _date_of(value: Any) -> Any:
    """A date that stands as a date, as a date with a time, or as a text; anything else as it is."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, str) and re.match(_DATE, value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            return value
    return value


def _in_days(value: Any, today: date) -> Any:
    """Tables with every date as a text in days from today."""
    if isinstance(value, list):
        return [_in_days(v, today) for v in value]
    value = _date_of(value)
    if isinstance(value, date):
        return f"{(value - today).days} days"
    return {k: _in_days(v, today) for k, v in value.items()} if isinstance(value, dict) else value


def prior_fractures(history: PersonHistory) -> list[str]:
    """Kinds of fracture that she had: those of the person and those with a date."""
    return [*history.person.prior_fractures, *(f.kind for f in history.fracture)]


def days_measured(history: PersonHistory) -> Sequence[float]:
    """Days on which anything was measured, rising."""
    return sorted({*(d.date for d in history.dxa), *(m.date for m in history.measured)})
