"""What a study should find, nothing measured and nobody lost: mean outcome of every arm in numbered parameter draws.

The same few persons are given every arm in every draw, so that arms and draws differ by what they do and not by whom they
met: the central draw over CENTRAL_PERSONS of the study's population, its shift in another draw over the first few of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from osteon.inputs import Arm, Endpoint, Study
from osteon.inputs.names import FRACTURE_ENDPOINTS, SCORES
from osteon.population import Patients
from osteon.statistics.two_arms import change
from osteon.trial.fracture_events import EXPECTED, NEEDED, assessment_days, expected_at, hazard_days, history_of

Array = NDArray[np.float64]
CENTRAL_PERSONS, SHIFT_PERSONS = 48, 4
EXPECTED_EFFECTS_DRAWS, MAX_DRAWS = 32, 200
Treat = Callable[[Arm, Patients, list[str], Array, NDArray[np.int64]], Array]


@dataclass(frozen=True)
class Expected:
    """Mean outcome of an endpoint in an arm: central, and in draws 1 …, (draws,). Fractures: the share with a first one."""

    central: float
    draws: Array


def draws_examined(study: Study) -> NDArray[np.int64]:
    """Numbers of the parameter draws that effects are taken over, those of the run first; none where parameters are said to be known."""
    if study.uncertainty.parameters == "none":
        return np.zeros(0, np.int64)
    return np.arange(1, 1 + min(max(study.uncertainty.parameter_draws, EXPECTED_EFFECTS_DRAWS), MAX_DRAWS))


def expected_effects(
    study: Study, people: Patients, treat: Treat, fit: str, seed: int
) -> dict[tuple[str, int], Expected]:
    """(arm, number of the endpoint) -> Expected. people : at least SHIFT_PERSONS; treat : true outcomes (n, days, outputs).

    Endpoints that only a drawn patient has (pain, utility) are left out, and arms whose patients fail.
    """
    numbered = [(k, e) for k, e in enumerate(study.endpoint) if e.name not in SCORES]
    draws = draws_examined(study)
    few = min(SHIFT_PERSONS, len(people))
    rows = np.concatenate([np.arange(len(people)), np.tile(np.arange(few), len(draws))])
    lived_in = np.concatenate([np.zeros(len(people), np.int64), np.repeat(draws, few)])
    crowd = people.take(rows)
    found = {}
    for arm in study.arm:
        for k, values in _outcomes(study, numbered, arm, crowd, lived_in, treat, fit, seed).items():
            central, shifted = values[: len(people)], values[len(people) :].reshape(len(draws), few)
            if np.isfinite(central).any():
                at = _middle(central)
                shift = np.array([_middle(s - central[:few]) for s in shifted])
                found[arm.name, k] = Expected(at, at + shift[np.isfinite(shift)])
    return found


def _middle(values: Array) -> float:
    seen = values[np.isfinite(values)]
    return float(seen.mean()) if len(seen) else float("nan")


def _outcomes(
    study: Study,
    endpoints: Sequence[tuple[int, Endpoint]],
    arm: Arm,
    crowd: Patients,
    draws: NDArray[np.int64],
    treat: Treat,
    fit: str,
    seed: int,
) -> dict[int, Array]:
    """Outcome of each endpoint, (patients,), by its number."""
    breaks = any(e.name in FRACTURE_ENDPOINTS for _, e in endpoints)
    days = assessment_days(study) if breaks else np.array(study.design.visits)
    names = list(
        dict.fromkeys(
            [e.name for _, e in endpoints if e.name not in FRACTURE_ENDPOINTS] + (list(NEEDED) if breaks else [])
        )
    )
    if not names:
        return {}
    values = treat(arm, crowd, names, days, draws)
    curves: Mapping[str, Array] = {n: values[:, :, i] for i, n in enumerate(names)}
    visits = np.array(study.design.visits)
    chances: Mapping[str, Any] = {}
    if breaks:
        history = history_of(crowd, fit, seed, draws)
        monthly = hazard_days(study)
        seen = np.searchsorted(days, monthly - 1e-9)
        chances = expected_at({n: curves[n][:, seen] for n in NEEDED}, monthly, visits, history)
    found = {}
    for k, e in endpoints:
        at = int(np.argmin(np.abs(visits - e.visit)))
        if e.name in FRACTURE_ENDPOINTS:
            found[k] = chances[f"{EXPECTED}{e.name}"][:, at]
        else:
            day = int(np.argmin(np.abs(days - e.visit)))
            first = int(np.argmin(np.abs(days - visits[0])))
            found[k] = change(curves[e.name][:, day], curves[e.name][:, first], e.as_)
    return found
