"""Rows of one's own: a table of changes of BMD and markers by arm and month, and the cohort whose arms they are of.

Rows are CSV with a header: arm, endpoint, months, value, unit, and where known from_month, lo, hi, sd, unc_type, comparator, n. A cohort
is a TOML file of the form of the shipped ones (id, population, arms with regimens), or the name of a shipped one.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError

from osteon.errors import Fault, InputError, nearest, shown, unknown
from osteon.evidence import Cohort, Measurement, load_cohort
from osteon.evidence.cohort import CohortArm
from osteon.evidence.measurement import UNC_TYPES
from osteon.inputs.dosing import DrugRegimen
from osteon.inputs.faults import faults_of
from osteon.inputs.fields import Finite, Identifier, Name, one_of
from osteon.inputs.record import Record
from osteon.io import toml
from osteon.model import Regimen
from osteon.replication.published import PUBLISHED_OUTCOMES, PUBLISHED_UNITS, Arm
from osteon.simulation.dosing import regimen_of

USER_ROWS_NEEDED = ("arm", "endpoint", "months", "value", "unit")
USER_ROWS_OTHERS = ("cohort", "from_month", "lo", "hi", "sd", "unc_type", "comparator", "n", "note")
NUMBERS = ("months", "value", "from_month", "lo", "hi", "sd", "n")
LARGEST_MONTH, LARGEST_CHANGE = 600.0, 2000.0  # months; percent
MAX_USER_ROWS = 20_000
USER_ROWS_POPULATION = (
    "age", "age_sd", "years_since_menopause", "years_since_menopause_sd", "bmi", "t_lumbar_spine", "t_total_hip", "t_femoral_neck",
    "prior_vertebral_percent", "prior_hip_percent", "prior_nonvertebral_percent", "smoking_percent", "vitamin_d", "menopause_age",
)  # fmt: skip


class UserArm(Record):
    """An arm of a cohort file."""

    name: Name
    regimen: list[DrugRegimen] = Field([], max_length=50)


class CohortFile(Record):
    """A cohort file."""

    format: int
    id: Identifier
    n: int = Field(0, ge=0)
    sex: Annotated[str, one_of("sex", ("female", "male"))] = "female"
    population: dict[str, Finite] = Field(default_factory=dict)
    arm: list[UserArm] = Field(..., min_length=1, max_length=50)


@dataclass(frozen=True)
class UserData:
    """Arms ready to run, with their rows."""

    cohort: Cohort
    arms: tuple[Arm, ...]

    @property
    def rows(self) -> tuple[Measurement, ...]:
        """All rows."""
        return tuple(m for a in self.arms for m in a.rows)


def read_cohort(path: str | Path) -> tuple[Cohort, dict[str, tuple[Regimen, ...]]]:
    """A cohort file or the name of a shipped cohort, and the regimens of its arms. Raises InputError with every fault."""
    if not str(path).endswith(".toml"):
        cohort = load_cohort(str(path))
        rows = {a.name: [DrugRegimen.model_validate(dict(r)) for r in a.regimen] for a in cohort.arms}
        return cohort, {name: tuple(regimen_of(r) for r in own) for name, own in rows.items()}
    table, name = toml.read(path), Path(path).name
    try:
        file = CohortFile.model_validate(table)
    except ValidationError as error:
        raise InputError(faults_of(error, name, CohortFile)) from None
    wrong = [
        unknown("figure of a population", k, USER_ROWS_POPULATION, f"{name} [population]")
        for k in file.population
        if k not in USER_ROWS_POPULATION
    ]
    names = [a.name for a in file.arm]
    wrong += [
        Fault("duplicate_name", f"{name} [arm.{i}]", n, "", "", f"The arm '{n}' stands twice.")
        for i, n in enumerate(names, 1)
        if n in names[: i - 1]
    ]
    if wrong:
        raise InputError(wrong)
    sex = {"sex": file.sex} if file.sex != "female" else {}
    arms = tuple(CohortArm(a.name) for a in file.arm)
    cohort = Cohort(file.id, arms, {**file.population, **sex}, file.sex, file.n)
    return cohort, {a.name: tuple(regimen_of(r) for r in a.regimen) for a in file.arm}


def read_rows(rows: str | Path | Iterable[Mapping[str, Any]]) -> tuple[list[dict[str, str]], str]:
    """Rows as texts by column, from a CSV file or from mappings, and the name that stands in messages."""
    if isinstance(rows, (str, Path)):
        name = Path(rows).name
        data = toml.read_bytes(rows)
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise InputError(
                Fault("not_utf8", name, name, "", "Save it as UTF-8.", f"'{name}' is not UTF-8 text.")
            ) from None
        reader = csv.reader(io.StringIO(text))
        lines = [line for line in reader if any(c.strip() for c in line)]
        if not lines:
            raise InputError(Fault("empty_file", name, name, "", "", f"'{name}' is empty."))
        header = [c.strip() for c in lines[0]]
        long = [i for i, line in enumerate(lines[1:], 2) if len(line) != len(header)]
        if long:
            faults = [
                Fault(
                    "bad_row",
                    f"{name} line {i}",
                    "",
                    f"{len(header)} cells",
                    "",
                    "This line has not as many cells as the header.",
                )
                for i in long[:50]
            ]
            raise InputError(faults)
        return [dict(zip(header, (c.strip() for c in line), strict=True)) for line in lines[1:]], name
    return [{str(k): "" if _missing(v) else str(v).strip() for k, v in dict(r).items()} for r in rows], "rows"


def _missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def user_data(rows: str | Path | Iterable[Mapping[str, Any]], cohort: str | Path) -> UserData:
    """Rows and their cohort as arms that can be run. Raises InputError with every fault of both."""
    found, regimens = read_cohort(cohort)
    raw, name = read_rows(rows)
    faults = list(_column_faults(raw, name))
    if faults:
        raise InputError(faults)
    parsed = [_parsed(r, f"{name} line {i}", found, faults) for i, r in enumerate(raw, 2)]
    faults += _twice(parsed)
    if faults:
        raise InputError(faults)
    made = [m for m in parsed if m is not None]
    names = dict.fromkeys([*(m.arm for m in made), *(m.comparator for m in made if m.comparator)])
    arms = tuple(Arm(found, a, regimens[a], tuple(m for m in made if m.arm == a)) for a in names)
    return UserData(found, arms)


def _column_faults(raw: list[dict[str, str]], name: str) -> Iterable[Fault]:
    if not raw:
        yield Fault("no_rows", name, "", "", "", f"'{name}' has no rows.")
        return
    if len(raw) > MAX_USER_ROWS:
        yield Fault("too_many_rows", name, len(raw), f"up to {MAX_USER_ROWS}", "", f"{len(raw)} rows are too many.")
    for column in USER_ROWS_NEEDED:
        if column not in raw[0]:
            close = nearest(column, raw[0])
            hint = f"Is '{close}' meant?" if close else ""
            yield Fault(
                "missing_column",
                f"{name} header",
                column,
                ", ".join(USER_ROWS_NEEDED),
                hint,
                f"The column '{column}' is missing. {hint}".strip(),
            )
    for column in raw[0]:
        if column not in (*USER_ROWS_NEEDED, *USER_ROWS_OTHERS):
            yield unknown("column", column, (*USER_ROWS_NEEDED, *USER_ROWS_OTHERS), f"{name} header")


def _parsed(row: Mapping[str, str], place: str, cohort: Cohort, faults: list[Fault]) -> Measurement | None:
    before = len(faults)
    number = {c: _number(row.get(c, ""), c, place, faults) for c in NUMBERS}
    arms = [a.name for a in cohort.arms]
    comparator = row.get("comparator", "")
    _one_of(row["arm"], arms, "arm", place, faults)
    _one_of(row["endpoint"], PUBLISHED_OUTCOMES, "endpoint", place, faults)
    _one_of(row["unit"], PUBLISHED_UNITS, "unit of a change", place, faults)
    _one_of(row.get("unc_type", ""), UNC_TYPES, "kind of uncertainty", place, faults)
    if row["unit"] == "pct_diff_vs_comparator" or comparator:
        _one_of(comparator, arms, "comparator", place, faults)
    for column in ("months", "value"):
        if row[column] == "":
            faults.append(Fault("missing_cell", place, "", "", "", f"The cell '{column}' is empty."))
    _range(number["months"], 0.0, LARGEST_MONTH, "months", place, faults)
    _range(number["value"], -99.9, LARGEST_CHANGE, "value", place, faults)
    _range(number["sd"], 0.0, math.inf, "sd", place, faults)
    if number["lo"] > number["hi"]:
        faults.append(Fault("bad_interval", place, f"{row['lo']} to {row['hi']}", "", "", "'lo' lies above 'hi'."))
    if row["unit"] == "pct_change_from_month" and not row.get("from_month"):
        faults.append(Fault("missing_cell", place, "", "", "", "A change from a month needs 'from_month'."))
    if len(faults) > before:
        return None
    size = f"n={number['n']:.0f}" if math.isfinite(number["n"]) else ""
    start = 0.0 if math.isnan(number["from_month"]) else number["from_month"]
    return Measurement(
        place, cohort.id, row["arm"], "", "", row["endpoint"], number["months"], start, number["value"], row["unit"], "mean",
        row.get("unc_type", ""), number["lo"], number["hi"], number["sd"], comparator, size, "", "own data", "confirmed", "calibrate",
        row.get("note", ""),
    )  # fmt: skip


def _number(text: str, column: str, place: str, faults: list[Fault]) -> float:
    if text == "":
        return math.nan
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        message = f"'{shown(text)}' in '{column}' is not a number."
        faults.append(Fault("bad_number", place, text, "a plain number, with a decimal point", "", message))
    return value


def _one_of(text: str, known: Iterable[str], what: str, place: str, faults: list[Fault]) -> None:
    if text not in set(known):
        faults.append(unknown(what, text, known, place))


def _range(value: float, low: float, high: float, column: str, place: str, faults: list[Fault]) -> None:
    if math.isfinite(value) and not low <= value <= high:
        allowed = f"{low:g} to {high:g}" if math.isfinite(high) else f"at least {low:g}"
        faults.append(Fault("out_of_range", place, value, allowed, "", f"{column} = {value:g} is out of range."))


def _twice(parsed: Iterable[Measurement | None]) -> list[Fault]:
    seen: dict[tuple[Any, ...], str] = {}
    faults = []
    for m in parsed:
        if m is None:
            continue
        key = (m.arm, m.endpoint, m.months, m.from_month, m.unit, m.comparator)
        if key in seen:
            faults.append(
                Fault("duplicate_row", m.id, "", "", "", f"The same arm, endpoint and month stand at {seen[key]}.")
            )
        seen.setdefault(key, m.id)
    return faults
