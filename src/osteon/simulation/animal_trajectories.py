"""Courses of one animal over its days, typical and drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from osteon.engine import simulate
from osteon.errors import Fault, RunFailed
from osteon.inputs.scenario import Scenario
from osteon.simulation.animal import animal_case

Array = NDArray[np.float64]
MAX_FAILED = 0.1  # share of drawn animals that may fail and be left out of the interval; a rule of the product


@dataclass(frozen=True)
class Trajectory:
    """Outputs of one arm over its days. values : output -> (members, times), NaN for a lane that failed; days : (times,)"""

    days: Array
    values: Mapping[str, Array]


def animal_trajectory(scenario: Scenario, draws: int, seed: int = 1) -> Trajectory:
    """Outputs of an animal over its days; member 0 is typical. Raises RunFailed."""
    days = np.array(scenario.output.days())
    case = animal_case(scenario, draws + 1, seed)
    times = np.unique(np.concatenate([[case.begin, 0.0], days]))
    got = simulate(
        case.model,
        case.parameters,
        n=draws + 1,
        times=times,
        outputs=scenario.output.of,
        start=case.begin,
        events=case.events,
        initial=case.states,
    )
    if got.failed[0] or got.failed.mean() > MAX_FAILED:
        why = got.reasons[int(np.argmax(got.failed))]
        raise RunFailed(Fault("animal_failed", "scenario", "", "", "", f"An animal failed: it {why}."))
    kept = np.where(got.failed, np.nan, 1.0)[:, None]
    return Trajectory(times, {name: got.of(name) * kept for name in scenario.output.of})
