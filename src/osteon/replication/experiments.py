"""The experiments of the review's Table 1: one data file each, run as dishes or as animals, and what was seen.

A file (data/experiments/t1_NN.toml) has the design, what the source really says, arms, and looks: a quantity of one arm,
mostly against another arm, and what the source says of it. Arms are dishes or scenarios (`shared` holds what all
scenarios have in common). Arms of one experiment share their draws.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from osteon.additions import cached
from osteon.errors import InputError, unknown
from osteon.inputs.scenario import Scenario, read_scenario
from osteon.simulation.animal_trajectories import Trajectory, animal_trajectory
from osteon.simulation.culture import Dish, culture_trajectory
from osteon.units import DAYS_PER_MONTH

Array = NDArray[np.float64]
Expect = Literal["up", "down", "same", "comparable", "below", "within"]
MIN_RATIO = 1.05  # an arm is up or down when it differs by more than a twentieth.  Source: assumed
DRAWS = 40  # parameter sets behind the interval of a finding


@dataclass(frozen=True)
class Readout:
    """What is looked at: `output` of an arm at its last time, as a ratio where `against` names another arm.

    expect : up, down = by more than `least`-fold; same = by less, whatever is drawn; comparable = the 90 % interval
             holds 1; below = under `limits[1]`; within = between `limits`
    day    : another time than the last
    basis  : emergent, entailed or fitted, where it is not the experiment's
    beyond : an arm that both must exceed by more than `MIN_RATIO`-fold: two arms that do nothing are no two that do the same
    """

    words: str
    of: str
    output: str
    expect: Expect
    against: str = ""
    least: float = MIN_RATIO
    limits: tuple[float, float] = (0.0, float("inf"))
    unit: str = "1"
    day: float | None = None
    basis: str = ""
    beyond: str = ""


@dataclass(frozen=True)
class Experiment:
    """One row of Table 1. dishes or scenarios by the name of the arm; basis: what the directions rest on."""

    id: str
    study: str
    reference: str
    claim: str
    design: str
    says: str
    basis: str
    dishes: Mapping[str, Dish]
    scenarios: Mapping[str, Scenario]
    looks: tuple[Readout, ...]


@dataclass(frozen=True)
class Finding:
    """What a look found: the typical value and its 90 % interval, and whether it is as the source says."""

    look: Readout
    typical: float
    low: float
    high: float
    holds: bool


def experiment_ids() -> tuple[str, ...]:
    """All experiments, in the order of the table."""
    return tuple(sorted(_tables()))


def load_experiment(id: str) -> Experiment:
    """An experiment by its id, as in T1-04. Raises InputError with the nearest id."""
    name = id.strip().upper()
    if name not in _tables():
        raise InputError(unknown("experiment", id, _tables(), "experiments"))
    table = _tables()[name]
    dishes = {arm: _dish(given) for arm, given in table.get("dish", {}).items()}
    shared = table.get("shared", {})
    scenarios = {
        arm: read_scenario(shared | given, f"{name} {arm}") for arm, given in table.get("scenario", {}).items()
    }
    looks = tuple(_look({"basis": table["basis"], **given}) for given in table["look"])
    words = {k: str(table[k]) for k in ("id", "study", "reference", "claim", "design", "says", "basis")}
    return Experiment(**words, dishes=dishes, scenarios=scenarios, looks=looks)


def run_experiment(experiment: Experiment, draws: int = DRAWS, seed: int = 1, flipped: str = "") -> tuple[Finding, ...]:
    """Findings in the order of the looks. Raises RunFailed, Unsupported.

    flipped : a regulator whose edges are turned round, to show that the experiment then fails
    """
    return findings_of(experiment, arm_trajectories(experiment, draws, seed, flipped))


def findings_of(experiment: Experiment, courses: Mapping[str, Trajectory]) -> tuple[Finding, ...]:
    """Findings from the courses of the arms, in the order of the looks."""
    return tuple(_find(look, courses) for look in experiment.looks)


def arm_trajectories(
    experiment: Experiment, draws: int = DRAWS, seed: int = 1, flipped: str = ""
) -> dict[str, Trajectory]:
    """The course of every arm that is looked at; member 0 is typical."""
    seen: dict[str, Trajectory] = {}
    for arm in dict.fromkeys(a for look in experiment.looks for a in (look.of, look.against, look.beyond) if a):
        if arm in experiment.dishes:
            got = culture_trajectory(replace(experiment.dishes[arm], flipped=flipped), np.arange(draws + 1), seed)
            seen[arm] = Trajectory(got["days"], got)
        else:
            seen[arm] = animal_trajectory(experiment.scenarios[arm], draws, seed)
    return seen


def _find(look: Readout, courses: Mapping[str, Trajectory]) -> Finding:
    ratio = _at(look, courses[look.of])
    if look.against:
        ratio = ratio / np.maximum(_at(look, courses[look.against]), 1e-12)
    drawn = ratio[1:] if len(ratio) > 1 else ratio
    low, high = (float(x) for x in np.nanquantile(drawn, [0.05, 0.95]))
    typical = float(ratio[0])
    return Finding(look, typical, low, high, _holds(look, typical, low, high) and _do_something(look, courses))


def _do_something(look: Readout, courses: Mapping[str, Trajectory]) -> bool:
    """Whether both arms exceed the arm that they must be beyond, where one is named."""
    if not look.beyond:
        return True
    least = _at(look, courses[look.beyond])[0]
    return bool(all(_at(look, courses[arm])[0] > MIN_RATIO * least for arm in (look.of, look.against)))


def _at(look: Readout, trajectory: Trajectory) -> Array:
    """(members,) of the output at the time that is looked at."""
    place = -1 if look.day is None else int(np.argmin(np.abs(trajectory.days - look.day)))
    return np.asarray(trajectory.values[look.output][:, place])


def _holds(look: Readout, typical: float, low: float, high: float) -> bool:
    least, (floor, roof) = look.least, look.limits
    asked = {
        "up": typical > least,
        "down": typical < 1 / least,
        "same": 1 / least < typical < least,
        "comparable": low <= 1 <= high,
        "below": typical < roof,
        "within": floor <= typical <= roof,
    }
    return bool(asked[look.expect])


def _dish(given: Mapping[str, Any]) -> Dish:
    plain: dict[str, Any] = {k: tuple(v) if k == "blocked" else v for k, v in given.items()}
    return Dish(**plain)


def _look(given: Mapping[str, Any]) -> Readout:
    plain: dict[str, Any] = {k: v for k, v in given.items() if k != "month"}
    if "limits" in plain:
        plain["limits"] = tuple(plain["limits"])
    if "month" in given:
        plain["day"] = given["month"] * DAYS_PER_MONTH
    return Readout(**plain)


@cached
def _tables() -> dict[str, dict[str, Any]]:
    folder = files("osteon") / "data" / "experiments"
    read = (tomllib.loads(f.read_text(encoding="utf-8")) for f in folder.iterdir() if f.name.endswith(".toml"))
    return {table["id"]: table for table in read}
