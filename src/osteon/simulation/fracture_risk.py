"""Risks of fracture over years: the chance of a first fracture since month 0 with death competing, from hazards of a course.

    d risk / dt = hazard x alive and without one        d (alive and without one) / dt = -(hazard + hazard of death) x itself

`risk_hip` at month 120 of a scenario is the ten-year risk. Fractures that come do not change later hazards here, and the person's own
illnesses do not change when she dies: deaths are those of her age and sex.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from osteon.errors import Fault, InputError
from osteon.units import DAYS_PER_MONTH, DAYS_PER_YEAR

Array = NDArray[np.float64]
DEATH = "hazard_death"
RISKS = {
    f"risk_{kind}": f"hazard_{kind}"
    for kind in ("vertebral", "hip", "nonvertebral", "clinical_vertebral", "clinical", "major_osteoporotic")
} | {
    "risk_fragility": "hazard_clinical"
}  # output -> hazard; vertebral: seen on radiographs; fragility: any that comes to notice
FRACTURE_RISK_STEP = DAYS_PER_MONTH  # days between the instants of the sum


def needed(names: Sequence[str]) -> list[str]:
    """Outputs of the model behind what is asked for: each risk by its hazard, and deaths."""
    found = [RISKS.get(n, n) for n in names]
    return list(dict.fromkeys([*found, *([DEATH] if found != list(names) else [])]))


def instants(days: Array, names: Sequence[str]) -> Array:
    """Days that must be looked at so that risks can be summed: those of the output, and every month until past the last.

    Raises InputError where a risk is asked for before month 0: it begins there.
    """
    if not any(n in RISKS for n in names):
        return days
    if days.min() < 0:
        text = "A risk of fracture begins at month 0; it has no value before."
        raise InputError(Fault("bad_times", "[output] at", float(days.min()), "from 0 on", "", text))
    return np.unique(np.concatenate([days, _months(days.max())]))


def _months(last: float) -> Array:
    """Days between which a hazard is taken to be linear, the last of them not before the day `last`."""
    return FRACTURE_RISK_STEP * np.arange(np.ceil(last / FRACTURE_RISK_STEP - 1e-9) + 1)


def risk(hazard: Array, death: Array, days: Array, at: Array | None = None) -> Array:
    """Cumulated risk on days `at` (all of them), percent, (draws, at), 0 on the first day.

    hazard, death : 1/year, linear between the days, (draws, days); what is asked for between them moves nothing else
    """
    at = days if at is None else at
    place = np.clip(np.searchsorted(days, at + 1e-9) - 1, 0, len(days) - 2)
    years = np.diff(days) / DAYS_PER_YEAR
    share, left = _pieces(hazard[:, :-1], hazard[:, 1:], death[:, :-1], death[:, 1:], years)
    alive = np.concatenate([np.ones((len(hazard), 1)), np.cumprod(left, axis=1)], axis=1)
    whole = np.cumsum(alive[:, :-1] * share * (1 - left), axis=1)
    before = np.concatenate([np.zeros((len(hazard), 1)), whole], axis=1)[:, place]
    part = (at - days[place]) / DAYS_PER_YEAR
    slope = part / years[place]
    ends = (h[:, place] + (h[:, place + 1] - h[:, place]) * slope for h in (hazard, death))
    own_end, death_end = ends
    share, left = _pieces(hazard[:, place], own_end, death[:, place], death_end, part)
    return np.asarray(100 * (before + alive[:, place] * share * (1 - left)))


def _pieces(first: Array, last: Array, death_first: Array, death_last: Array, years: Array) -> tuple[Array, Array]:
    """Share of the ends of a piece of time that are fractures, and the share that comes through it."""
    own, death = (first + last) / 2 * years, (death_first + death_last) / 2 * years
    both = own + death
    return np.divide(own, both, out=np.zeros_like(both), where=both > 0), np.exp(-both)


def with_risks(names: Sequence[str], outputs: Sequence[str], values: Array, times: Array) -> Array:
    """Values of what was asked for, (draws, times, names), from those of the model.   values : (draws, times, outputs)"""
    since = times >= 0
    made = []
    for name in names:
        own = values[:, :, outputs.index(RISKS.get(name, name))]
        if name in RISKS:
            whole = np.zeros_like(own)
            death = values[:, :, outputs.index(DEATH)]
            monthly = np.searchsorted(times, _months(times[-1] - FRACTURE_RISK_STEP / 2) - 1e-9)
            whole[:, since] = risk(own[:, monthly], death[:, monthly], times[monthly], times[since])
            own = whole
        made.append(own)
    return np.stack(made, axis=2)
