"""What a fit rests on: residuals by cohort, prior against data, what the rows cannot tell, profiles, confounded pairs.

Everything comes from one batch of slopes at the fit and one batch that moves each parameter by PROFILE posterior standard
deviations with the others let go to where the slopes send them. Calibration rows alone are looked at.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from osteon.evidence.outcome import in_points
from osteon.inference.linear import Linear, class_of
from osteon.inference.tissue import Observation
from osteon.model import LogNormal, Normal, Parameter
from osteon.replication.published import regimens_of
from osteon.simulation.fits import Fit, shifts

Array = NDArray[np.float64]
PROFILE = 2.0  # posterior standard deviations
CONFOUNDED = 0.7  # a posterior correlation from which two parameters are told as a pair
WEAK = 1.0  # a direction of which the rows say less than the prior
MIN_LOADING = 0.1  # of a direction's unit length
N_NAMED = 4  # parameters that are named of one weak direction


def fit_report(
    linear: Linear, fit: Fit, last: Fit | None = None, on_progress: Callable[[str], None] = lambda text: None
) -> dict[str, Any]:
    """The report as plain data; keys as in the sections of the page.

    last : an earlier fit; the shift is in its posterior standard deviations, of the parameters that both have
    """
    covariance: Array = np.asarray(linear.inflation * np.linalg.inv(linear.information()), float)
    return {
        "fit": fit.id,
        "rows": len(linear.rows),
        "tissue_rows": len(linear.observed),
        "parameters": len(linear.where.names),
        "cost": _costs(linear),
        "inflation": round(linear.inflation, 4),
        "cohorts": cohort_residuals(linear),
        "tissue": tissue_residuals(linear),
        "prior_and_data": prior_against_data(linear, covariance),
        "directions": weak_directions(linear),
        "profiles": profiles(linear, covariance, on_progress),
        "confounded": confounded(linear, covariance),
        "shift": _shift(fit, last),
    }


def _costs(linear: Linear) -> dict[str, float]:
    whitened = linear.whitened(linear.errors)
    n, prior = len(linear.rows), linear.prior(linear.point)
    parts = {"rows": whitened[:n], "tissue": whitened[n:], "priors": prior}
    return {k: round(float(v @ v), 2) for k, v in parts.items()}


def cohort_residuals(linear: Linear) -> list[dict[str, Any]]:
    """Rows of each cohort and endpoint: how many, RMSE and bias (points of BMD or log fold), share of the cost, largest error."""
    whitened, first, found = linear.whitened(linear.errors), 0, []
    total = float(whitened @ whitened)
    for block in linear.blocks:
        own = slice(first, first + len(block.rows))
        first += len(block.rows)
        error, part = linear.errors[own], whitened[own]
        worst = int(np.argmax(np.abs(error)))
        found.append(
            {
                "cohort": block.cohort,
                "endpoint": block.endpoint,
                "rows": len(block.rows),
                "unit": "point" if in_points(block.endpoint) else "log fold",
                "rmse": round(float(np.sqrt(np.mean(error**2))), 3),
                "bias": round(float(error.mean()), 3),
                "share_of_cost": round(float(part @ part) / total, 4),
                "worst": f"{block.rows[worst].arm}, month {block.rows[worst].months:g}",
                "worst_error": round(float(error[worst]), 3),
            }
        )
    return sorted(found, key=lambda r: -r["share_of_cost"])


def tissue_residuals(linear: Linear) -> list[dict[str, Any]]:
    """Tissue rows: published and fitted change as fold, and the error in its standard deviations."""
    errors = linear.errors[len(linear.rows) :]
    return sorted(
        (_tissue(o, float(e)) for o, e in zip(linear.observed, errors, strict=True)), key=lambda r: -abs(r["error_sd"])
    )


def _tissue(o: Observation, error: float) -> dict[str, Any]:
    return {
        "row": o.row.id,
        "drugs": class_of({r.target for r in regimens_of(o.cohort, o.arm)}),
        "output": o.output,
        "published_fold": round(math.exp(o.value), 3),
        "fitted_fold": round(math.exp(o.value + error * o.sd), 3),
        "error_sd": round(error, 2),
    }


def prior_against_data(linear: Linear, covariance: Array) -> list[dict[str, Any]]:
    """Each parameter: centre and spread of its prior, fitted value, shift in prior SD, how much of the prior's width is left."""
    width = linear.where.prior_sd() * math.sqrt(linear.inflation)
    moved, sd = linear.prior(linear.point), np.sqrt(np.diag(covariance))
    values = linear.where.from_points(linear.point)
    return [
        {
            "parameter": p.name,
            "unit": p.unit,
            "prior": p.value,
            "prior_spread": _spread(p),
            "value": float(f"{values[p.name][0]:.6g}"),
            "shift_prior_sd": round(float(moved[i]), 2),
            "posterior_sd": float(f"{sd[i]:.4g}"),
            "scale": "log" if linear.where.log[i] else "plain",
            "known_from_data": round(float(1 - sd[i] / width[i]), 3),
            "at_bound": _at_bound(p, values[p.name][0]),
        }
        for i, p in enumerate(linear.where.parameters)
    ]


def _spread(p: Parameter) -> str:
    if isinstance(p.uncertainty, LogNormal):
        return f"×/÷ {p.uncertainty.gsd:g}"
    if isinstance(p.uncertainty, Normal):
        return f"± {p.uncertainty.sd:g}"
    return "wide"


def _at_bound(p: Parameter, value: float) -> bool:
    return bool(p.bounds and min(abs(value / b - 1) for b in p.bounds if b) < 0.005)


def weak_directions(linear: Linear) -> list[dict[str, Any]]:
    """Directions of which the rows say less than the prior, in units of the prior, the weakest first."""
    width = linear.where.prior_sd()
    slopes = linear.whitened(linear.slopes) * width
    sizes, axes = np.linalg.eigh(slopes.T @ slopes)
    found = []
    for size, axis in zip(sizes, axes.T, strict=True):
        if size >= WEAK:
            break
        first = np.argsort(-np.abs(axis))[:N_NAMED]
        loads = {
            linear.where.names[i]: round(float(axis[i] * np.sign(axis[first[0]])), 2)
            for i in first
            if abs(axis[i]) >= MIN_LOADING
        }
        found.append({"information": float(f"{max(size, 0.0):.3g}"), "loads": loads})
    return found


def profiles(linear: Linear, covariance: Array, on_progress: Callable[[str], None]) -> list[dict[str, Any]]:
    """Cost when a parameter is moved by PROFILE posterior SD each way and the others go along, beside the quadratic one.

    A rise far below the expected one says that the normal approximation is too narrow there, far above that it is too wide.
    """
    sd = np.sqrt(np.diag(covariance))
    points = np.concatenate([linear.where.clip(linear.point + sign * PROFILE * (covariance / sd)) for sign in (-1, 1)])
    on_progress(f"{len(points)} points of profiles: one batch")
    found = linear.run(points)
    base = linear.cost(linear.errors, linear.point)
    rises = np.array([linear.cost(e, p) for e, p in zip(found, points, strict=True)]) - base
    reached = np.abs(points.reshape(2, len(sd), -1)[:, np.arange(len(sd)), np.arange(len(sd))] - linear.point) / sd
    return [
        {
            "parameter": name,
            "below": round(float(rises[i]), 2),
            "above": round(float(rises[len(sd) + i]), 2),
            "expected": round(PROFILE**2 * linear.inflation, 2),
            "cut_by_bound": bool(reached[:, i].min() < 0.99 * PROFILE),
        }
        for i, name in enumerate(linear.where.names)
    ]


def confounded(linear: Linear, covariance: Array) -> list[dict[str, Any]]:
    """Pairs of parameters whose posterior correlation is at least CONFOUNDED in size."""
    sd, names = np.sqrt(np.diag(covariance)), linear.where.names
    r = covariance / np.outer(sd, sd)
    pairs = [(i, j) for i in range(len(sd)) for j in range(i) if abs(r[i, j]) >= CONFOUNDED]
    return [
        {"parameters": [names[j], names[i]], "correlation": round(float(r[i, j]), 2)}
        for i, j in sorted(pairs, key=lambda p: -abs(r[p]))
    ]


def _shift(fit: Fit, last: Fit | None) -> dict[str, Any]:
    if last is None:
        return {"of": "", "moved": [], "only_new": [], "only_last": []}
    moved = shifts(last, fit.values)
    return {
        "of": last.id,
        "moved": [
            {"parameter": n, "last": last.values[n], "value": fit.values[n], "shift_sd": round(s, 2)}
            for n, s in sorted(moved.items(), key=lambda kv: -abs(kv[1]))
        ],
        "only_new": sorted(set(fit.names) - set(last.names)),
        "only_last": sorted(set(last.names) - set(fit.names)),
    }


def largest(report: dict[str, Any], n: int = 5) -> Sequence[str]:
    """Sentences for a terminal: the cohorts that cost most."""
    return [
        f"  {r['cohort']} {r['endpoint']}: RMSE {r['rmse']:g} {r['unit']}, {r['share_of_cost']:.0%} of the cost ({r['worst']}: {r['worst_error']:+g})"
        for r in report["cohorts"][:n]
    ]
