"""From regimens, habits and overrides to the events the engine stops at."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from osteon.engine import DosingRule, Readout, Schedule
from osteon.errors import Fault, InputError, Unsupported, unknown
from osteon.inputs import DrugRegimen, Habit, Override
from osteon.inputs.names import HABITS, MIN_DOSE, SUBSTANCE
from osteon.io.conditions import Condition
from osteon.io.quantities import parse
from osteon.model import Model, Regimen

ADHERENCE_LEVELS = 20  # shares of doses taken that persons of one arm may have
MAX_DOSES = 200_000
EXERCISE = {
    "resistance_and_impact": 1.0,
    "resistance": 0.7,
    "impact": 0.7,
    "walking": 0.2,
}  # share of the full programme; assumed
FORMER = 0.3  # what is left of smoking's harm in those who stopped, against smoking.  Source: assumed
SMOKING = {"never": 0.0, "former": FORMER, "stop": FORMER, "current": 1.0}  # of a person and of a habit alike
DOSING_REST = {
    "bed_rest": 1.0,
    "paralysis": 1.0,
    "wheelchair": 0.7,
    "housebound": 0.3,
}  # share of full unloading; assumed
DOSING_INFLAMMATION = {
    "active_arthritis": 1.0,
    "treated_arthritis": 0.4,
    "low_grade": 0.2,
    "none": 0.0,
}  # burden; assumed
DOSING_KINDS = {
    "exercise": ("exercise", EXERCISE, "resistance_and_impact"),
    "smoking": ("smoking", SMOKING, "stop"),
    "immobilisation": ("immobilisation", DOSING_REST, "bed_rest"),
    "inflammation": ("inflammation_burden", DOSING_INFLAMMATION, "active_arthritis"),
}  # habit -> parameter, value of each kind, usual kind
AMOUNTS = {
    "calcium": ("calcium_intake", "mg/day", "1000 mg/day", True),
    "vitamin_d": ("vitamin_d_supplement", "IU/day", "800 IU/day", True),
    "protein": ("protein_intake", "g/kg/day", "1 g/kg/day", False),
    "alcohol": ("alcohol", "units/day", "0 units/day", False),
    "glucocorticoid": ("glucocorticoid", "mg/day", "0 mg/day", False),
    "bmi": ("bmi", "kg/m^2", "25 kg/m^2", False),
}  # habit -> parameter, unit, usual amount, whether it adds to what the person has


def regimen_of(row: DrugRegimen) -> Regimen:
    """A file's row as the model's own type."""
    return Regimen(
        target=row.drug,
        route=row.route,
        amount=row.amount,
        start=row.start,
        every=row.every,
        until=row.until,
        duration=row.duration or 0.0,
        adherence=row.adherence,
        stop_when=_conditions(row.stop_when),
        hold_when=_conditions(row.hold_when),
    )


def adherence_levels(rows: Sequence[DrugRegimen]) -> tuple[tuple[Regimen, ...], ...]:
    """Regimens of an arm as persons take them, from those who take least to those who take most; none where all are alike.

    A person stands at the same place among others with every drug she takes. Shares are beta-distributed with the mean and the
    standard deviation of the file, each level the middle of an equal part.
    """
    if not any(r.adherence_sd for r in rows):
        return ()
    places = (np.arange(ADHERENCE_LEVELS) + 0.5) / ADHERENCE_LEVELS
    shares = [_shares(r.adherence, r.adherence_sd, places) for r in rows]
    plain = [regimen_of(r) for r in rows]
    return tuple(
        tuple(replace(r, adherence=float(s[k])) for r, s in zip(plain, shares, strict=True))
        for k in range(ADHERENCE_LEVELS)
    )


def _shares(mean: float, sd: float, places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Quantiles of a share."""
    from scipy.stats import beta

    if not sd:
        return np.full(len(places), mean)
    weight = mean * (1 - mean) / sd**2 - 1
    return np.asarray(beta.ppf(places, mean * weight, (1 - mean) * weight))


def _conditions(rule: Condition | None) -> tuple[tuple[str, str, float], ...]:
    return tuple((c.quantity, c.operator, c.level) for c in ((rule, *rule.also) if rule else ()))


def dose_times(regimen: Regimen, end: float) -> NDArray[np.float64]:
    """Days of the doses taken: from `start` every `every` days, strictly before `until` and the end.

    With adherence below 1, dose k is taken when floor((k + 1) a) > floor(k a): the right share, evenly spread.
    """
    if regimen.every is None:
        times = np.array([regimen.start])
    else:
        stop = min(end, regimen.until if regimen.until is not None else math.inf)
        count = max(0, math.ceil((stop - regimen.start) / regimen.every - 1e-9))
        if count > MAX_DOSES:
            text = f"{regimen.target}: {count} doses are more than {MAX_DOSES}."
            raise InputError(Fault("too_many_doses", "regimen", count, str(MAX_DOSES), "", text))
        times = regimen.start + regimen.every * np.arange(count)
    k = np.arange(len(times))
    taken = np.floor((k + 1) * regimen.adherence + 1e-9) > np.floor(k * regimen.adherence + 1e-9)
    return np.asarray(times[taken & (times < end)])


def add_regimens(schedule: Schedule, model: Model, regimens: Sequence[Regimen], end: float) -> Schedule:
    """Put the doses of all regimens into a schedule. Raises InputError for more of them than are run."""
    count = 0
    for group, regimen in enumerate(regimens):
        entry = model.entry(regimen.target, regimen.route)
        lag = model.parameters[entry.lag].value if entry.lag else 0.0
        times = dose_times(regimen, end) + lag
        count += len(times)
        if count > MAX_DOSES:
            text = f"All regimens together give more than {MAX_DOSES} doses."
            raise InputError(Fault("too_many_doses", "regimen", count, str(MAX_DOSES), "", text))
        for rule, hold in ((regimen.stop_when, False), (regimen.hold_when, True)):
            if rule:
                also = tuple(Readout(*c) for c in rule[1:])
                schedule.check(times, DosingRule(*rule[0], also=also, hold=hold), group)
        share = entry.bioavailability or ""
        if regimen.duration > 0:
            schedule.infusion(times, regimen.duration, entry.state, regimen.amount, group, share)
        else:
            schedule.bolus(times, entry.state, regimen.amount, group, share)
    return schedule


def add_habits(schedule: Schedule, model: Model, habits: Iterable[Habit]) -> Schedule:
    """Habits are parameters that change on a day, and are the person's own again when the habit ends."""
    for habit in habits:
        name, value, added = change_of(habit)
        change = schedule.add_parameter if added else schedule.set_parameter
        change(habit.start, name, value)
        if habit.until is not None:
            schedule.restore_parameter(habit.until, name)
    return schedule


def change_of(habit: Habit) -> tuple[str, float, bool]:
    """Parameter, value, and whether the value is added to the person's own."""
    place = f"habit {habit.name}"
    if habit.name in DOSING_KINDS:
        parameter, values, usual = DOSING_KINDS[habit.name]
        kind = habit.kind or usual
        if kind not in values:
            raise InputError(unknown(f"kind of {habit.name}", kind, values, place))
        return parameter, values[kind], False
    if habit.name not in AMOUNTS:
        raise InputError(unknown("habit", habit.name, {**DOSING_KINDS, **AMOUNTS}, place))
    parameter, unit, text, added = AMOUNTS[habit.name]
    low, high, substance = MIN_DOSE.get(habit.name, 0.0), HABITS[habit.name][2], SUBSTANCE.get(habit.name, "")
    return parameter, parse(habit.dose or text, unit, place, low, high, substance).convert(unit), added


def add_overrides(schedule: Schedule, model: Model, overrides: Iterable[Override], start: float) -> Schedule:
    """Parameters changed from a day on (from the very start where no day is given)."""
    for o in overrides:
        if o.parameter not in model.parameters:
            raise InputError(unknown("parameter", o.parameter, model.parameters, "override"))
        if o.parameter in {e.lag for e in model.entries}:
            text = f"'{o.parameter}' delays doses, whose days are known before the simulation begins: it cannot change on a day."
            raise Unsupported(Fault("unsupported", f"override {o.parameter}", "", "", "", text))
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
