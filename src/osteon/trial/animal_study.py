"""Studies of animals: arms of one species with drugs, cells or both, as a trialist of animals reads them.

One parameter draw is one state of what is not known (biology, doses, cells); every arm shares it. The study itself is run in
the typical one: animals differ by what they start with and by what measuring adds, on the log scale. Beside its result stand
the true effect over the draws, the chance that a study of this size would see it, and the share of a deficit that an arm
gives back, where there is a sham-operated arm.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, t

from osteon.errors import Fault, InputError
from osteon.inputs.animal_study import AnimalEndpoint, AnimalStudy, read_animal_study
from osteon.inputs.scenario import Scenario
from osteon.io import run_folder as folders
from osteon.io import toml
from osteon.io.files import write_atomic
from osteon.simulation.animal_trajectories import Trajectory, animal_trajectory
from osteon.streams import normal

Array = NDArray[np.float64]
ANIMAL_SD = {"bmd": 0.06, "bvtv": 0.22}  # log-SD between animals of an arm.  Source: assumed
MEASURE_SD = {"bmd": 0.02, "bvtv": 0.1}  # log-SD that one measurement adds.  Source: assumed
USUAL_ANIMAL_SD, USUAL_MEASURE_SD = 0.3, 0.15  # of markers, cells and rates.  Source: assumed


@dataclass(frozen=True)
class AnimalResult:
    """An endpoint of one arm against another, percent of the other's geometric mean (or points of change).

    difference, lo95, hi95, p : of the study as run (Welch, log scale); true, true_lo90, true_hi90 : the model's effect and its
    interval over draws; chance : that a study of this size has p below alpha, over the draws; restored : share of the deficit
    against the sham arm that is given back, typical; smd : standardised mean difference of the study
    """

    endpoint: str
    day: float
    form: str
    arm: str
    compare: str
    animals: int
    mean: float
    sd: float
    difference: float
    lo95: float
    hi95: float
    p: float
    smd: float
    true: float
    true_lo90: float
    true_hi90: float
    chance: float
    restored: float | None


def run_animal_study(
    path: str | Path,
    out: str | Path,
    seed: int = 1,
    animals: int | None = None,
    force_new: bool = False,
    on_progress: Callable[[int, int], None] = lambda a, b: None,
) -> tuple[AnimalStudy, tuple[AnimalResult, ...]]:
    """Run a study file of animals into a folder: study.toml, animals.csv, endpoints.json. Raises InputError, Unsupported, RunFailed."""
    toml.read(path)
    data = Path(path).read_bytes()
    study, scenarios = read_animal_study(toml.parse(data, Path(path).name), Path(path).name)
    n = study.design.animals_per_arm if animals is None else animals
    if n < 2:
        raise InputError(Fault("out_of_range", "--patients", n, "at least 2", "", "An arm needs at least two animals."))
    place = Path(out)
    folders.refuse_occupied(place, data, force_new)
    courses = []
    for i, scenario in enumerate(scenarios):
        courses.append(animal_trajectory(scenario, study.draws, seed))
        on_progress(i + 1, len(scenarios))
    results = results_of(study, scenarios, courses, n, seed)
    place.mkdir(parents=True, exist_ok=True)
    write_atomic(place / "study.toml", data)
    write_atomic(place / "animals.csv", _animals(study, courses, n, seed))
    told = {"format": 1, "seed": seed, "animals_per_arm": n, "endpoints": [asdict(r) for r in results]}
    write_atomic(place / "endpoints.json", json.dumps(told, indent=1, default=_plain) + "\n")
    return study, results


def results_of(
    study: AnimalStudy, scenarios: Sequence[Scenario], courses: Sequence[Trajectory], n: int, seed: int
) -> tuple[AnimalResult, ...]:
    """Every endpoint of every arm against the arm it names."""
    names = [a.name for a in study.arm]
    sham = next((i for i, s in enumerate(scenarios) if s.animal and s.animal.condition == "intact"), None)
    found = []
    for endpoint in study.endpoint:
        other = names.index(endpoint.compare)
        for k, name in enumerate(names):
            if k != other:
                found.append(_result(study, endpoint, courses, (k, other, sham), name, n, seed))
    return tuple(found)


def _result(
    study: AnimalStudy,
    e: AnimalEndpoint,
    courses: Sequence[Trajectory],
    arms: tuple[int, int, int | None],
    name: str,
    n: int,
    seed: int,
) -> AnimalResult:
    k, other, sham = arms
    own, against = (_true(courses[i], e) for i in (k, other))
    effect = own - against
    seen = [_seen(study, courses[i], e, i, n, seed) for i in (k, other)]
    gap, se, sd = _welch(seen[0], seen[1])
    quantile = float(t.ppf(0.975, 2 * n - 2))
    p = float(2 * t.sf(abs(gap) / se, 2 * n - 2)) if se > 0 else 1.0
    critical = float(t.ppf(1 - e.alpha / 2, 2 * n - 2))
    expected_se = _noise(e) * np.sqrt(2 / n)
    chance = float(np.nanmean(norm.cdf(np.abs(effect[1:]) / expected_se - critical)))
    restored = None
    if sham is not None and sham not in (k, other) and e.as_ == "value":
        deficit = np.exp(_true(courses[sham], e)[0]) - np.exp(against[0])
        restored = float((np.exp(own[0]) - np.exp(against[0])) / deficit) if abs(deficit) > 1e-9 else None
    low, high = np.nanquantile(effect[1:], [0.05, 0.95])
    level = np.exp(seen[0])
    shown = 100 * (level - 1) if e.as_ == "percent_change" else level
    return AnimalResult(
        e.name, e.visit, e.as_, name, study.arm[other].name, n, float(shown.mean()), float(shown.std(ddof=1)), _percent(gap),
        _percent(gap - quantile * se), _percent(gap + quantile * se), p, float(gap / sd) if sd > 0 else 0.0, _percent(effect[0]),
        _percent(low), _percent(high), chance, restored,
    )  # fmt: skip


def _percent(log: float) -> float:
    return float(100 * np.expm1(log))


def _true(course: Trajectory, e: AnimalEndpoint) -> Array:
    """Log of an endpoint in every draw, (draws + 1,); of its ratio to day 0 for a change."""
    values = np.log(np.maximum(course.values[e.name], 1e-12))
    now = values[:, int(np.argmin(np.abs(course.days - e.visit)))]
    return np.asarray(now - values[:, int(np.argmin(np.abs(course.days)))] if e.as_ == "percent_change" else now)


def _noise(e: AnimalEndpoint) -> float:
    """Log-SD of an endpoint between animals of an arm."""
    kind = e.name.partition("_")[0]
    measure = MEASURE_SD.get(kind, USUAL_MEASURE_SD)
    if e.as_ == "percent_change":
        return float(np.sqrt(2) * measure)
    return float(np.hypot(ANIMAL_SD.get(kind, USUAL_ANIMAL_SD), measure))


def _seen(study: AnimalStudy, course: Trajectory, e: AnimalEndpoint, arm: int, n: int, seed: int) -> Array:
    """Log of an endpoint as measured in every animal of an arm, (n,)."""
    z = normal(seed, np.arange(n) + arm * n, f"animal:{e.name}:{e.visit:g}:{e.as_}")
    return np.asarray(_true(course, e)[0] + _noise(e) * z)


def _welch(a: Array, b: Array) -> tuple[float, float, float]:
    """(difference of means, its standard error, pooled SD)."""
    va, vb = float(a.var(ddof=1)), float(b.var(ddof=1))
    return float(a.mean() - b.mean()), float(np.sqrt(va / len(a) + vb / len(b))), float(np.sqrt((va + vb) / 2))


def _animals(study: AnimalStudy, courses: Sequence[Trajectory], n: int, seed: int) -> str:
    """Every animal's measured endpoints, as CSV."""
    body = io.StringIO()
    write = csv.writer(body, lineterminator="\n")
    write.writerow(("arm", "animal", "endpoint", "day", "form", "value"))
    for k, arm in enumerate(study.arm):
        for e in study.endpoint:
            level = np.exp(_seen(study, courses[k], e, k, n, seed))
            shown = 100 * (level - 1) if e.as_ == "percent_change" else level
            for i, value in enumerate(shown):
                write.writerow((arm.name, k * n + i + 1, e.name, f"{e.visit:g}", e.as_, f"{value:.6g}"))
    return body.getvalue()


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else str(value)
