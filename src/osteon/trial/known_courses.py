"""How far the mean course of each arm would lie elsewhere in other parameter draws: parameter uncertainty, over time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from osteon.inputs import Study
from osteon.trial.enrol import drawn
from osteon.trial.run import Settings, true_outcomes

KNOWN_COURSES_DRAWS, KNOWN_COURSES_PERSONS = (
    19,
    2,
)  # parameter draws looked at, and the patients whose mean shift in each is taken
Shift = tuple[NDArray[np.float64], NDArray[np.float64]]


def unknown_shifts(study: Study, settings: Settings, outputs: Sequence[str]) -> dict[tuple[str, str], Shift]:
    """(arm, output) -> 5 and 95 % points of the shift of the mean percent change at each visit, (visits,).

    The shift is that of a draw of everything unknown against the central one, over a few patients of the study's population;
    where the run itself lives in several draws, against their mean. Empty where parameters are said to be known.
    """
    if study.uncertainty.parameters == "none":
        return {}
    people = drawn(study, settings.seed, 0, KNOWN_COURSES_PERSONS)
    rows = np.tile(np.arange(KNOWN_COURSES_PERSONS), KNOWN_COURSES_DRAWS + 1)
    draws = np.repeat(np.arange(KNOWN_COURSES_DRAWS + 1), KNOWN_COURSES_PERSONS)
    found: dict[tuple[str, str], Shift] = {}
    for arm in study.arm:
        values = true_outcomes(study, settings, arm, people.take(rows), list(outputs), draws)
        with np.errstate(divide="ignore", invalid="ignore"):
            change = 100 * (values / values[:, :1] - 1)
        means = np.nanmean(change.reshape(KNOWN_COURSES_DRAWS + 1, KNOWN_COURSES_PERSONS, *change.shape[1:]), axis=1)
        centre = means[1:].mean(axis=0) if study.uncertainty.parameter_draws else means[0]
        low, high = np.nanquantile(means[1:] - centre, [0.05, 0.95], axis=0)
        for k, output in enumerate(outputs):
            if np.isfinite(low[:, k]).all():
                found[arm.name, output] = low[:, k], high[:, k]
    return found
