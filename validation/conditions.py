"""What diseases, habits and drugs do to minerals, markers and bone, beside what people show (validation/conditions.toml).

    ./dev validate --conditions

Each condition is one woman of 65 (or the life that the file names), with a change on day 0 or a drug, beside the same
person without. None of these rows is in the fit. A row says where its range was seen; many are from memory.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from osteon.engine import Events, Schedule, simulate
from osteon.errors import Fault, InputError
from osteon.model import Model, Regimen
from osteon.simulation.assembly import human_model
from osteon.simulation.dosing import add_regimens
from osteon.simulation.run_in import run_in
from osteon.units import DAYS_PER_MONTH

FILE = Path(__file__).with_name("conditions.toml")
LIFE = {"age_at_start": 65.0, "menopause_age": 50.0}
FORMS = ("ratio", "percent", "per_year", "percent_of_end", "level", "nadir")
FROM = ("abstract", "memory", "derived")
ROUTES = {"denosumab": "subcutaneous", "romosozumab": "subcutaneous", "zoledronate": "intravenous"}
END = 180  # months
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Row:
    """One published range. months : when; form : how it is told; set : the condition was chosen to give it."""

    output: str
    months: float
    form: str
    lo: float
    hi: float
    source: str
    seen: str
    since: float = 0.0
    set: bool = False


@dataclass(frozen=True)
class Condition:
    """A person, what changes on day 0 (and ends in month `end`) or a drug, and what people show."""

    name: str
    words: str
    rows: tuple[Row, ...]
    life: Mapping[str, float] = field(default_factory=dict)
    change: Mapping[str, float] = field(default_factory=dict)
    end: float | None = None
    drug: Regimen | None = None


def conditions(path: Path = FILE) -> tuple[Condition, ...]:
    """The conditions of the file. Raises InputError for a form or an origin that it does not know."""
    return tuple(_condition(name, table) for name, table in tomllib.loads(path.read_text(encoding="utf-8")).items())


def _condition(name: str, table: Mapping[str, Any]) -> Condition:
    rows = tuple(_row(name, r) for r in table["rows"])
    drug = table.get("drug")
    regimen = None
    if drug:
        rest = {k: v for k, v in drug.items() if k not in ("name", "amount")}
        regimen = Regimen(drug["name"], ROUTES[drug["name"]], drug["amount"], **rest)
    life = LIFE | table.get("life", {})
    return Condition(name, table["words"], rows, life, table.get("change", {}), table.get("end"), regimen)


def _row(name: str, given: Mapping[str, Any]) -> Row:
    for key, known in (("as", FORMS), ("from", FROM)):
        if given[key] not in known:
            text = f"{name}: '{key}' is {given[key]!r}. Write one of {', '.join(known)}."
            raise InputError(Fault("bad_condition_row", f"{name} {key}", given[key], ", ".join(known), "", text))
    same = {k: given[k] for k in ("output", "months", "lo", "hi", "source", "since", "set") if k in given}
    return Row(form=given["as"], seen=given["from"], **same)


def courses(asked: Sequence[Condition], override: Mapping[str, float] | None = None) -> tuple[Array, Array, list[str]]:
    """Days (days,), outputs (2 lanes a condition, days, outputs) and their names; the second lane is the person without.

    override : parameters of everybody's whole life
    """
    names = sorted({r.output for c in asked for r in c.rows})
    model = human_model({c.drug.target for c in asked if c.drug})
    days = _days(asked)
    lanes = [c for c in asked for _ in range(2)]
    keys = sorted({k for c in asked for k in c.life} | set(override or {}))
    lives = [{**c.life, **(override or {})} for c in lanes]
    parameters = {k: np.array([life.get(k, model.defaults[k]) for life in lives]) for k in keys}
    schedules = tuple(_schedule(model, c, days[-1]) if i % 2 == 0 else Schedule() for i, c in enumerate(lanes))
    start = run_in(model, parameters, len(lanes))
    events = Events(schedules, np.arange(len(lanes)))
    got = simulate(model, parameters, n=len(lanes), times=days, outputs=names, start=0.0, events=events, initial=start)
    return days, got.values, names


def _days(asked: Sequence[Condition]) -> Array:
    """Every row's day, and each of the first 92 days."""
    last = [m * DAYS_PER_MONTH for c in asked for r in c.rows for m in (r.months, r.since, c.end or 0.0)]
    return np.unique(np.concatenate([np.arange(0.0, 92.0), last]))


def _schedule(model: Model, condition: Condition, end: float) -> Schedule:
    schedule = Schedule()
    for name, value in condition.change.items():
        schedule.set_parameter(0.0, name, value)
        if condition.end is not None:
            schedule.restore_parameter(condition.end * DAYS_PER_MONTH, name)
    return add_regimens(schedule, model, [condition.drug] if condition.drug else [], end)


def as_published(row: Row, days: Array, own: Array, without: Array, end: float | None) -> float:
    """One number of a course, in the form of its row.   own, without : (days,) of the row's output"""
    now, first, since, over = (_at(days, m) for m in (row.months, 0.0, row.since, end or 0.0))
    forms: dict[str, Callable[[], float]] = {
        "level": lambda: own[now],
        "ratio": lambda: own[now] / without[now],
        "percent": lambda: 100 * (own[now] / own[first] - 1),
        "percent_of_end": lambda: 100 * (own[now] / own[over] - 1),
        "per_year": lambda: 100 * (own[now] / own[since] - 1) / ((row.months - row.since) / 12),
        "nadir": lambda: 100 * (own[: now + 1].min() / own[first] - 1),
    }
    return float(forms[row.form]())


def _at(days: Array, months: float) -> int:
    return int(np.searchsorted(days, months * DAYS_PER_MONTH - 1e-6))


def compare(asked: Sequence[Condition] = (), override: Mapping[str, float] | None = None) -> list[dict[str, Any]]:
    """Rows condition, output, months, form, lo, hi, ours, verdict (inside, below, above), source, seen, set."""
    asked = tuple(asked) or conditions()
    days, values, names = courses(asked, override)
    rows = []
    for i, condition in enumerate(asked):
        for row in condition.rows:
            k = names.index(row.output)
            ours = as_published(row, days, values[2 * i, :, k], values[2 * i + 1, :, k], condition.end)
            verdict = "below" if ours < row.lo else "above" if ours > row.hi else "inside"
            rows.append(vars(row) | {"condition": condition.name, "ours": ours, "verdict": verdict})
    return rows


def condition_table(rows: Sequence[Mapping[str, Any]], words: Mapping[str, str]) -> str:
    """A block a condition, a line a row."""
    lines = []
    for name in dict.fromkeys(r["condition"] for r in rows):
        lines += ["", f"{name}: {words[name]}"]
        for r in rows:
            if r["condition"] == name:
                what = f"{r['output']} {r['form']}".ljust(34) + f"month {r['months']:g}".ljust(11)
                people = f"{r['lo']:g} to {r['hi']:g}".rjust(16)
                verdict = "set" if r["set"] else r["verdict"]
                lines.append(f"  {what}{people}{r['ours']:10.3f}  {verdict:7} {r['source']} [{r['seen']}]")
    checked = [r for r in rows if not r["set"]]
    inside = sum(r["verdict"] == "inside" for r in checked)
    return "\n".join([*lines, "", f"{inside} of {len(checked)} inside what people show."])


def show(on_progress: Callable[[str], None] = print) -> int:
    """Print the comparison. Always 0: a range that is missed is told, not hidden."""
    asked = conditions()
    on_progress(condition_table(compare(asked), {c.name: c.words for c in asked}))
    return 0
