"""How far a study lies from a forecast that has not seen it: a component of every prediction interval.

Each class of drugs, and then each cohort, is left out, the parameters move to the best of the others, and its rows are forecast: leaving out one
study of many on the same drug says little of what a new drug or sequence would show. A fold that went absurd is told apart.
What is left of the errors after the published means' own uncertainty and that of the parameters is the spread between
studies (see spread.py). The errors are kept in a small table, so that the spread can be estimated again in seconds.
Hold-out rows are never looked at.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from osteon.errors import CheckFailed, Fault
from osteon.evidence import Measurement, measurement_sd, split_hash
from osteon.evidence.outcome import in_points
from osteon.inference.fit import data_hash
from osteon.inference.linear import Linear, row_class
from osteon.inference.spread import Errors, family_spread
from osteon.inference.targets import calibration_arms
from osteon.inference.tissue import observations
from osteon.io.files import write_atomic
from osteon.simulation.fits import load_fit, values_hash

Array = NDArray[np.float64]
WORST = 3.0  # robust standard deviations; an error beyond counts as so much
LADDER = (0.02, 0.2, 1.0, 5.0)  # damping of the steps
LONGEST = 0.7  # longest step of one parameter, log units
ENOUGH = 5  # studies for a constant of its own; a quantity with fewer shares its family's
COLUMNS = ("id", "error", "change", "measured", "parameters")


@dataclass(frozen=True)
class Forecast:
    """Rows of cohorts forecast without them. error, change, measured, parameters: (rows,), points or log fold."""

    rows: tuple[Measurement, ...]
    error: Array
    change: Array
    measured: Array
    parameters: Array


def leave_one_out(
    linear: Linear, iterations: int = 5, on_progress: Callable[[str], None] = lambda text: None
) -> Forecast:
    """Forecast every class of drugs from a refit to the others: damped steps with the shipped slopes, each tried by simulation.

    What a class alone says of itself is then known by its prior; a sequence or a combination leaves with its own class.
    """
    classes = sorted({class_ for class_, m in zip(linear.classes, linear.rows, strict=False)})
    points = dict.fromkeys(classes, linear.point)
    found = dict.fromkeys(classes, linear.errors)
    for k in range(iterations):
        trials = {c: _steps(linear, c, points[c], found[c]) for c in classes}
        got = linear.run(np.concatenate([trials[c] for c in classes]))
        gained = 0.0
        for i, c in enumerate(classes):
            before = linear.cost(found[c], points[c], c)
            own = got[i * len(LADDER) : (i + 1) * len(LADDER)]
            costs = [linear.cost(e, p, c) for e, p in zip(own, trials[c], strict=True)]
            best = int(np.argmin(costs))
            if costs[best] < before:
                points[c], found[c] = trials[c][best], own[best]
                gained = max(gained, before - costs[best])
        on_progress(
            f"leaving each of {len(classes)} out in turn, step {k + 1} of {iterations}: largest gain {gained:.1f}"
        )
    return _forecast(linear, found)


def _steps(linear: Linear, class_: str, point: Array, found: Array) -> Array:
    information, side = linear.information(class_), linear.gradient(found, point, class_)
    made = []
    for damping in LADDER:
        step = np.linalg.solve(information + damping * np.diag(np.diag(information)), -side)
        made.append(linear.where.clip(point + np.clip(step, -LONGEST, LONGEST)))
    return np.array(made)


def _forecast(linear: Linear, found: dict[str, Array]) -> Forecast:
    rows, classes = linear.rows, linear.classes
    covariance = {c: linear.inflation * np.linalg.inv(linear.information(c)) for c in found}
    error = np.array([found[classes[i]][i] for i in range(len(rows))])
    spread = [float(linear.slopes[i] @ covariance[classes[i]] @ linear.slopes[i]) for i in range(len(rows))]
    bmd = np.array([in_points(m.endpoint) for m in rows])
    value = np.array([m.value for m in rows])
    change = np.abs(np.where(bmd, value, np.log(np.maximum(1 + value / 100, 0.01))) + error)
    scale = np.where(bmd, 1.0, np.maximum(100 + value, 8.0))
    measured = np.array([measurement_sd(m) for m in rows]) / scale
    return Forecast(rows, error, change, measured, np.sqrt(np.array(spread)))


def absurd_folds(f: Forecast) -> dict[str, float]:
    """Classes whose forecast, made without them, is no forecast, with the median of their errors over what was published.

    Half of a class's changes of BMD are missed by more than themselves and a point, or half of its markers by more than a
    factor of three. Such a fold says what the rest knows of a class, not how far studies lie apart: it is told, not pooled.
    """
    found: dict[str, list[float]] = {}
    for m, error, change in zip(f.rows, f.error, f.change, strict=True):
        size = abs(error) / (1 + abs(change - abs(error))) if in_points(m.endpoint) else abs(error) / math.log(3)
        found.setdefault(row_class(m), []).append(size)
    worst = {c: float(np.median(sizes)) for c, sizes in found.items()}
    return {c: round(size, 2) for c, size in sorted(worst.items()) if size > 1}


def kept(f: Forecast) -> Forecast:
    """A forecast without absurd folds, errors beyond WORST robust standard deviations drawn in to there."""
    absurd = absurd_folds(f)
    i = np.array([k for k, m in enumerate(f.rows) if row_class(m) not in absurd])
    rows = tuple(f.rows[k] for k in i)
    error = f.error[i].copy()
    for endpoint in {m.endpoint for m in rows}:
        own = np.array([m.endpoint == endpoint for m in rows])
        limit = WORST * 1.4826 * float(np.median(np.abs(error[own])))
        error[own] = np.clip(error[own], -limit, limit)
    return Forecast(rows, error, f.change[i], f.measured[i], f.parameters[i])


def errors_of(f: Forecast, chosen: Sequence[int]) -> Errors:
    """The chosen rows of a forecast, as the estimate of their spread takes them."""
    i = np.array(chosen)
    study, arm = (np.array([getattr(f.rows[k], name) for k in chosen]) for name in ("cohort", "arm"))
    return Errors(study, arm, f.error[i], f.change[i], f.measured[i], f.parameters[i])


def between_study(f: Forecast) -> dict[str, Any]:
    """The spread between studies of every quantity; one with fewer than ENOUGH studies takes its constant from its family."""
    f = kept(f)
    quantities: dict[str, Any] = {}
    for family in ("bmd", "marker"):
        own = {e: i for e, i in _by_endpoint(f).items() if in_points(e) == (family == "bmd")}
        every = sorted(k for i in own.values() for k in i)
        used = {e: i if _studies(f, i) >= ENOUGH else every for e, i in own.items()}
        constants, share = family_spread([errors_of(f, i) for i in own.values()], family)
        found = dict(zip(own, constants, strict=True))
        shared = family_spread([errors_of(f, every)], family)[0][0] if any(i is every for i in used.values()) else 0.0
        for endpoint, i in own.items():
            quantities[endpoint] = {
                "constant": round(shared if used[endpoint] is every else found[endpoint], 4),
                "share_of_change": round(share, 4),
                "studies": _studies(f, used[endpoint]),
                "rows": len(used[endpoint]),
                "of": endpoint if used[endpoint] is i else ("all sites" if family == "bmd" else "all markers"),
                "left_out_rmse": round(float(np.sqrt(np.mean(f.error[i] ** 2))), 4),
            }
    return dict(sorted(quantities.items()))


def _by_endpoint(f: Forecast) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for i, m in sorted(enumerate(f.rows), key=lambda pair: (pair[1].endpoint, pair[0])):
        found.setdefault(m.endpoint, []).append(i)
    return found


def _studies(f: Forecast, chosen: Sequence[int]) -> int:
    return len({f.rows[i].cohort for i in chosen})


def wider(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    """Of two spreads the larger constant and the larger share, quantity by quantity.

    A class that is left out is known by its prior alone, which explains much of its errors; what trials of one class differ by
    is seen where a cohort is left out and its class is not.
    """
    found = {}
    for name, q in first.items():
        other = second.get(name, q)
        found[name] = {**q, **{k: max(q[k], other[k]) for k in ("constant", "share_of_change")}}
        found[name]["cohort_left_out_rmse"] = other["left_out_rmse"]
    return found


def described(f: Forecast, of_cohorts: Forecast) -> dict[str, Any]:
    """What data/between_study.json holds: the spread, and what it rests on (rows, split, fit)."""
    return {
        "about": "spread between studies from calibration rows, each class of drugs, and each cohort, forecast without itself (the larger of both); points or log fold",
        "split": split_hash(),
        "data_hash": data_hash(calibration_arms(), observations()),
        "fit_hash": values_hash(load_fit()),
        "absurd_folds": absurd_folds(f),
        "quantities": wider(between_study(f), between_study(of_cohorts)),
    }


def store(f: Forecast, path: Path, group: str = "class of drugs") -> None:
    """Write a forecast's errors as a small table, with the hashes of the rows and of the fit behind it."""
    lines = [
        f"# errors of calibration rows, each {group} forecast without itself; rows {data_hash(calibration_arms(), observations())}"
    ]
    lines += [f"# shipped fit {values_hash(load_fit())}; written by: ./dev validate --between", ",".join(COLUMNS)]
    for i, m in enumerate(f.rows):
        lines.append(",".join([m.id, *(f"{getattr(f, c)[i]:.4g}" for c in COLUMNS[1:])]))
    write_atomic(path, "\n".join(lines) + "\n")


def stored(path: Path) -> Forecast:
    """A forecast that was stored. Raises CheckFailed where it is of other rows or of another fit."""
    lines = path.read_text(encoding="utf-8").splitlines()
    if data_hash(calibration_arms(), observations()) not in lines[0] or values_hash(load_fit()) not in lines[1]:
        text = f"{path.name} is of other rows or of another fit. Write it anew: ./dev validate --between"
        raise CheckFailed(Fault("stale", path.name, "", "", "./dev validate --between", text))
    cells = list(csv.reader(lines[3:]))
    known = {m.id: m for a in calibration_arms() for m in a.rows}
    columns = np.array([[float(v) for v in row[1:]] for row in cells]).T
    return Forecast(tuple(known[row[0]] for row in cells), *columns)
