"""How far a study lies from a forecast that has not seen it: a component of every prediction interval.

Each cohort with calibration rows is left out, the parameters move to the best of the others, and its rows are forecast.
What is left of the errors after the published means' own uncertainty and that of the parameters is the spread between
studies: a constant and a share of the change, each arm counted once. Hold-out rows are never looked at.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from osteon.evidence import Measurement, measurement_sd, split_hash
from osteon.inference.fit import data_hash
from osteon.inference.linear import Linear

Array = NDArray[np.float64]
LADDER = (0.02, 0.2, 1.0, 5.0)  # damping of the steps
LONGEST = 0.7  # longest step of one parameter, log units
ENOUGH = 5  # studies for a quantity of its own; those with fewer share their family's


@dataclass(frozen=True)
class Forecast:
    """Rows of cohorts forecast without them. error, change, measured, parameters: (rows,), points or log fold."""

    rows: tuple[Measurement, ...]
    error: Array
    change: Array
    measured: Array
    parameters: Array


def leave_one_out(linear: Linear, iterations: int = 5, tell: Callable[[str], None] = lambda text: None) -> Forecast:
    """Forecast every cohort from a refit to the others: damped steps with the shipped slopes, each tried by simulation."""
    cohorts = sorted({b.cohort for b in linear.blocks})
    points = dict.fromkeys(cohorts, linear.point)
    found = dict.fromkeys(cohorts, linear.errors)
    for k in range(iterations):
        trials = {c: _steps(linear, c, points[c], found[c]) for c in cohorts}
        got = linear.run(np.concatenate([trials[c] for c in cohorts]))
        gained = 0.0
        for i, c in enumerate(cohorts):
            before = linear.cost(found[c], points[c], c)
            own = got[i * len(LADDER) : (i + 1) * len(LADDER)]
            costs = [linear.cost(e, p, c) for e, p in zip(own, trials[c], strict=True)]
            best = int(np.argmin(costs))
            if costs[best] < before:
                points[c], found[c] = trials[c][best], own[best]
                gained = max(gained, before - costs[best])
        tell(f"leaving each of {len(cohorts)} cohorts out, step {k + 1} of {iterations}: largest gain {gained:.1f}")
    return _forecast(linear, found)


def _steps(linear: Linear, cohort: str, point: Array, found: Array) -> Array:
    information, side = linear.information(cohort), linear.gradient(found, point, cohort)
    made = []
    for damping in LADDER:
        step = np.linalg.solve(information + damping * np.diag(np.diag(information)), -side)
        made.append(linear.where.clip(point + np.clip(step, -LONGEST, LONGEST)))
    return np.array(made)


def _forecast(linear: Linear, found: dict[str, Array]) -> Forecast:
    rows = linear.rows
    covariance = {c: linear.inflation * np.linalg.inv(linear.information(c)) for c in found}
    error = np.array([found[m.cohort][i] for i, m in enumerate(rows)])
    spread = [float(linear.slopes[i] @ covariance[m.cohort] @ linear.slopes[i]) for i, m in enumerate(rows)]
    bmd = np.array([m.endpoint.startswith("bmd") for m in rows])
    value = np.array([m.value for m in rows])
    change = np.abs(np.where(bmd, value, np.log(np.maximum(1 + value / 100, 0.01))) + error)
    scale = np.where(bmd, 1.0, np.maximum(100 + value, 8.0))
    measured = np.array([measurement_sd(m) for m in rows]) / scale
    return Forecast(rows, error, change, measured, np.sqrt(np.array(spread)))


def spread_between(f: Forecast, chosen: Sequence[int]) -> tuple[float, float]:
    """Constant (points or log) and share of the change, by maximum likelihood, each arm counted once."""
    from scipy.optimize import minimize

    arms = Counter((f.rows[i].cohort, f.rows[i].arm) for i in chosen)
    weight = np.array([1 / arms[f.rows[i].cohort, f.rows[i].arm] for i in chosen])
    idx = np.array(chosen)
    known = f.measured[idx] ** 2 + f.parameters[idx] ** 2

    def unlikely(p: Array) -> float:
        variance = known + p[0] ** 2 + (p[1] * f.change[idx]) ** 2
        return float((weight * (np.log(variance) + f.error[idx] ** 2 / variance)).sum())

    starts = ([0.5, 0.1], [0.2, 0.05], [0.1, 0.3], [0.5, 0.0], [0.0, 0.2])
    best = min((minimize(unlikely, s, method="Nelder-Mead") for s in starts), key=lambda r: r.fun)
    return abs(float(best.x[0])), abs(float(best.x[1]))


def between_study(linear: Linear, tell: Callable[[str], None] = lambda text: None) -> dict[str, Any]:
    """What data/between_study.json holds: the spread between studies of every quantity and what it rests on."""
    f = leave_one_out(linear, tell=tell)
    quantities: dict[str, Any] = {}
    for endpoint in sorted({m.endpoint for m in f.rows}):
        own = [i for i, m in enumerate(f.rows) if m.endpoint == endpoint]
        studies = len({f.rows[i].cohort for i in own})
        family = endpoint.startswith("bmd")
        used = own if studies >= ENOUGH else [i for i, m in enumerate(f.rows) if m.endpoint.startswith("bmd") == family]
        constant, share = spread_between(f, used)
        quantities[endpoint] = {
            "constant": round(constant, 4),
            "share_of_change": round(share, 4),
            "studies": len({f.rows[i].cohort for i in used}),
            "rows": len(used),
            "of": endpoint if used is own else ("all sites" if family else "all markers"),
            "left_out_rmse": round(float(np.sqrt(np.mean(f.error[own] ** 2))), 4),
        }
    return {
        "about": "spread between studies from calibration rows, each cohort forecast without itself; points or log fold",
        "split": split_hash(),
        "data_hash": data_hash(linear.arms),
        "cost": round(linear.cost(linear.errors, linear.point), 1),
        "quantities": quantities,
    }
