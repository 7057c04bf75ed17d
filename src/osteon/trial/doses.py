"""From regimens, habits and overrides to the events the engine stops at."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from osteon.engine import Guard, Schedule
from osteon.errors import Fault, InputError, Unsupported, unknown
from osteon.io.quantities import parse
from osteon.model import Model, Regimen
from osteon.trial.files import DrugRegimen, Habit, Override

MOST_DOSES = 200_000
NMOL_PER_IU = 0.025  # nmol/L of 25-OH-D gained per IU of vitamin D a day.  Source: assumed (about 1 nmol/L per 40 IU)
MOST_VITAMIN_D = 150.0  # nmol/L that a supplement can add before stores saturate.  Source: assumed
EXERCISE = {
    "resistance_and_impact": 1.0,
    "resistance": 0.7,
    "impact": 0.7,
    "walking": 0.2,
}  # share of the full programme; assumed


def regimen_of(row: DrugRegimen) -> Regimen:
    """A file's row as the model's own type."""
    guard = (row.stop_when.quantity, row.stop_when.operator, row.stop_when.level) if row.stop_when else None
    return Regimen(
        target=row.drug,
        route=row.route,
        amount=row.amount,
        start=row.start,
        every=row.every,
        until=row.until,
        duration=row.duration or 0.0,
        adherence=row.adherence,
        stop_when=guard,
    )


def dose_times(regimen: Regimen, end: float) -> NDArray[np.float64]:
    """Days of the doses taken: from `start` every `every` days, strictly before `until` and the end.

    With adherence below 1, dose k is taken when floor((k + 1) a) > floor(k a): the right share, evenly spread.
    """
    if regimen.every is None:
        times = np.array([regimen.start])
    else:
        stop = min(end, regimen.until if regimen.until is not None else math.inf)
        count = max(0, math.ceil((stop - regimen.start) / regimen.every - 1e-9))
        if count > MOST_DOSES:
            text = f"{regimen.target}: {count} doses are more than {MOST_DOSES}."
            raise InputError(Fault("too_many_doses", "regimen", count, str(MOST_DOSES), "", text))
        times = regimen.start + regimen.every * np.arange(count)
    k = np.arange(len(times))
    taken = np.floor((k + 1) * regimen.adherence + 1e-9) > np.floor(k * regimen.adherence + 1e-9)
    return times[taken & (times < end)]


def add_regimens(schedule: Schedule, model: Model, regimens: Sequence[Regimen], end: float) -> Schedule:
    """Put the doses of all regimens into a schedule."""
    for group, regimen in enumerate(regimens):
        entry = model.entry(regimen.target, regimen.route)
        lag = model.parameters[entry.lag].value if entry.lag else 0.0
        times = dose_times(regimen, end) + lag
        if regimen.stop_when:
            schedule.check(times, Guard(*regimen.stop_when), group)
        share = entry.bioavailability or ""
        if regimen.duration > 0:
            schedule.infusion(times, regimen.duration, entry.state, regimen.amount, group, share)
        else:
            schedule.bolus(times, entry.state, regimen.amount, group, share)
    return schedule


def add_habits(schedule: Schedule, model: Model, habits: Iterable[Habit]) -> Schedule:
    """Habits are parameters that change on a day, and are the person's own again when the habit ends."""
    for habit in habits:
        name, value, added = _habit(habit)
        change = schedule.add_parameter if added else schedule.set_parameter
        change(habit.start, name, value)
        if habit.until is not None:
            schedule.restore_parameter(habit.until, name)
    return schedule


def _habit(habit: Habit) -> tuple[str, float, bool]:
    """Parameter, value, and whether the value is added to the person's own."""
    place = f"habit {habit.name}"
    if habit.name == "exercise":
        kind = habit.kind or "resistance_and_impact"
        if kind not in EXERCISE:
            raise InputError(unknown("kind of exercise", kind, EXERCISE, place))
        return "exercise", EXERCISE[kind], False
    if habit.name == "calcium":
        return "calcium_intake", parse(habit.dose or "1000 mg/day", "mg/day", place, 0, 5000).convert("mg/day"), True
    if habit.name == "vitamin_d":
        extra = parse(habit.dose or "800 IU/day", "IU/day", place, 0, 1e5).convert("IU/day")
        return "vitamin_d", min(MOST_VITAMIN_D, NMOL_PER_IU * extra), True
    if habit.name == "alcohol":
        return "alcohol", parse(habit.dose or "0 units/day", "units/day", place, 0, 30).convert("units/day"), False
    if habit.name == "smoking":
        return (
            "smoking",
            {"never": 0.0, "former": 0.0, "stop": 0.0, "current": 1.0}.get(habit.kind or "stop", 0.0),
            False,
        )
    text = f"The habit '{habit.name}' has no mechanism in this version."
    raise Unsupported(
        Fault("unsupported_habit", place, habit.name, "exercise, calcium, vitamin_d, alcohol, smoking", "", text)
    )


def add_overrides(schedule: Schedule, model: Model, overrides: Iterable[Override], start: float) -> Schedule:
    """Parameters changed from a day on (from the very start where no day is given)."""
    for o in overrides:
        if o.parameter not in model.parameters:
            raise InputError(unknown("parameter", o.parameter, model.parameters, "override"))
        begin = start if o.start is None else o.start
        old = model.parameters[o.parameter].value
        new = old * o.factor if o.factor is not None else float(o.value or 0.0)
        _inside(model, o.parameter, new)
        if o.factor is not None:
            schedule.scale_parameter(begin, o.parameter, o.factor)
        else:
            schedule.set_parameter(begin, o.parameter, new)
        if o.until is not None:
            schedule.restore_parameter(o.until, o.parameter)
    return schedule


def _inside(model: Model, name: str, value: float) -> None:
    bounds = model.parameters[name].bounds
    if bounds and not (bounds[0] <= value <= bounds[1] or value == 0.0):
        allowed = f"0, or {bounds[0]:g} to {bounds[1]:g} {model.parameters[name].unit}"
        raise InputError(
            Fault("out_of_bounds", f"override {name}", value, allowed, "", f"{name} = {value:g} is outside its bounds.")
        )
