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
STEP = DAYS_PER_MONTH  # days between the instants of the sum


def needed(names: Sequence[str]) -> list[str]:
    """Outputs of the model behind what is asked for: each risk by its hazard, and deaths."""
    found = [RISKS.get(n, n) for n in names]
    return list(dict.fromkeys([*found, *([DEATH] if found != list(names) else [])]))


def instants(days: Array, names: Sequence[str]) -> Array:
    """Days that must be looked at so that risks can be summed: those of the output, and every month from 0 on.

    Raises InputError where a risk is asked for before month 0: it begins there.
    """
    if not any(n in RISKS for n in names):
        return days
    if days.min() < 0:
        text = "A risk of fracture begins at month 0; it has no value before."
        raise InputError(Fault("bad_times", "[output] at", float(days.min()), "from 0 on", "", text))
    return np.unique(np.concatenate([days, np.arange(0.0, days.max() + STEP / 2, STEP)]))


def risk(hazard: Array, death: Array, days: Array) -> Array:
    """Cumulated risk, percent, (draws, times), 0 on the first day.   hazard, death : (draws, times), 1/year"""
    years = np.diff(days) / DAYS_PER_YEAR
    out = [(h[:, 1:] + h[:, :-1]) / 2 * years for h in (hazard, death)]
    both = out[0] + out[1]
    left = np.exp(-np.concatenate([np.zeros((len(hazard), 1)), np.cumsum(both, axis=1)], axis=1))
    share = np.divide(out[0], both, out=np.zeros_like(both), where=both > 0)
    steps = share * (left[:, :-1] - left[:, 1:])
    return 100 * np.concatenate([np.zeros((len(hazard), 1)), np.cumsum(steps, axis=1)], axis=1)


def with_risks(names: Sequence[str], outputs: Sequence[str], values: Array, times: Array) -> Array:
    """Values of what was asked for, (draws, times, names), from those of the model.   values : (draws, times, outputs)"""
    since = times >= 0
    made = []
    for name in names:
        own = values[:, :, outputs.index(RISKS.get(name, name))]
        if name in RISKS:
            whole = np.zeros_like(own)
            whole[:, since] = risk(own[:, since], values[:, since, outputs.index(DEATH)], times[since])
            own = whole
        made.append(own)
    return np.stack(made, axis=2)
