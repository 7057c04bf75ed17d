"""An arm case in words: who, and what is given when, a line each."""

from __future__ import annotations

import math

from osteon.cells.product import CellDose
from osteon.inputs import Habit, Override, Scenario
from osteon.model import Model, Regimen
from osteon.simulation.dosing import dose_times
from osteon.simulation.treatment import Treatment
from osteon.units import DAYS_PER_MONTH

TIMELINE_FAR = 100 * 365.25 * 2  # days: further than any history


def timeline(treatment: Treatment, model: Model, begin: float, until: float, label: str, n: int) -> str:
    """Lines of text: members, model, first day, then everything given in the order of its start.

    begin, until : first day, and the day after which no dose is due; label : who they are; n : members
    """
    lines: list[tuple[float, str]] = [(r.start, _regimen(model, r, until)) for r in treatment.regimens]
    lines += [(min(c.days), _cells(c)) for c in treatment.cells]
    lines += [(h.start, _lifestyle(h)) for h in treatment.lifestyle]
    lines += [(begin if o.start is None else o.start, _override(o, begin)) for o in treatment.overrides]
    head = [
        f"Who      {f'{n} members: ' if n > 1 else ''}{label}",
        f"Model    {len(model.states)} states, {len(model.parameters)} parameters, "
        + (", ".join(sorted(treatment.drugs)) or "no drug"),
        f"Begins   {_at(begin)}",
    ]
    return "\n".join([*head, *(text for _, text in sorted(lines, key=lambda line: line[0]))])


def observed(scenario: Scenario) -> str:
    """What is looked at, and rows of an event table, in a line each."""
    days = scenario.output.days()
    rows = len(scenario.table())
    table = f"Table    {rows} rows of an event table\n" if rows else ""
    when = f"{_at(days[0])} to {_at(days[-1])}, {len(days)} times" if len(days) > 1 else _at(days[0])
    return f"{table}Observed {', '.join(scenario.output.of)}; {when}"


def _at(day: float) -> str:
    """A day in words.

    >>> _at(0.0), _at(365.25), _at(-3.0)
    ('month 0', 'month 12', 'month -0.1')
    """
    months = day / DAYS_PER_MONTH
    return f"month {months:.0f}" if abs(months - round(months)) < 0.02 else f"month {months:.1f}"


def _regimen(model: Model, r: Regimen, until: float) -> str:
    unit = model.unit(model.entry(r.target, r.route).state)
    end = until if math.isfinite(until) else r.start + TIMELINE_FAR
    days = dose_times(r, end)
    every = "" if r.every is None else f" every {_span(r.every)}"
    infused = f" over {_span(r.duration)}" if r.duration else ""
    stop = "".join(f", {word} {' and '.join(' '.join((q, o, f'{v:g}')) for q, o, v in rule)}" for word, rule in
                   (("stopped when", r.stop_when), ("held while", r.hold_when)) if rule)  # fmt: skip
    taken = f", {r.adherence:.0%} taken" if r.adherence < 1 else ""
    last = f" to {_at(float(days[-1]))}" if len(days) > 1 else ""
    count = f"{len(days)} dose" + ("" if len(days) == 1 else "s")
    return (
        f"Given    {r.target} {r.amount:g} {unit} {r.route}{every}{infused}, {_at(r.start)}{last}: {count}{taken}{stop}"
    )


def _span(days: float) -> str:
    """A length of time in its natural unit.

    >>> _span(7.0), _span(182.625), _span(15 / 1440)
    ('7 days', '6 months', '15 min')
    """
    if days < 1 / 24:
        return f"{days * 1440:g} min"
    if days < 1:
        return f"{days * 24:g} h"
    months = days / DAYS_PER_MONTH
    if months >= 1 and abs(months - round(months)) < 1e-6:
        return f"{months:.0f} month" + ("" if round(months) == 1 else "s")
    return f"{days:g} day" + ("" if days == 1 else "s")


def _cells(c: CellDose) -> str:
    where = f" into {c.site}" if c.site else ""
    times = f"{len(c.days)} dose" + ("" if len(c.days) == 1 else "s")
    return f"Cells    {c.source} {c.amount:g} {c.basis} {c.route}{where}, from {_at(min(c.days))}: {times}"


def _lifestyle(h: Habit) -> str:
    value = h.kind or h.dose or ""
    return f"Changed  {h.name} {value}".rstrip() + f", from {_at(h.start)}" + _until(h.until)


def _override(o: Override, begin: float) -> str:
    value = f"= {o.value:g}" if o.factor is None else f"x {o.factor:g}"
    return f"Assumed  {o.parameter} {value}, from {_at(begin if o.start is None else o.start)}" + _until(o.until)


def _until(day: float | None) -> str:
    return "" if day is None else f" to {_at(day)}"
