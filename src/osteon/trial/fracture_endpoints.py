"""Fractures as endpoints: incidence of the first one in every arm, and against the comparator a log-rank test or a ratio of risks."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from osteon.inputs import Endpoint, Study
from osteon.io.outcome_store import first_events
from osteon.statistics import time_to_event
from osteon.trial.fracture_events import EXPECTED
from osteon.units import DAYS_PER_MONTH

Array = NDArray[np.float64]


@dataclass(frozen=True)
class FirstEvents:
    """Months until the first fracture or until leaving, who had one, and each patient's expected chance (patients,)."""

    months: Array
    had: NDArray[np.bool_]
    expected: Array


def fracture_rows(study: Study, endpoint: Endpoint, files: Sequence[Path]) -> list[dict[str, Any]]:
    """One row an arm. Of an arm with cells no ratio of fractures is told, only the interval that chance and parameter draws leave."""
    last = endpoint.visit / DAYS_PER_MONTH
    table = first_events(files, endpoint.name, f"{EXPECTED}{endpoint.name}", last)
    arms = {a.name: _of(table, a.name) for a in study.arm}
    celled = {a.name for a in study.arm if a.cells}
    return [_row(endpoint, a.name, arms, last, bool(celled & {a.name, endpoint.compare})) for a in study.arm]


def _of(table: Mapping[str, Any], arm: str) -> FirstEvents:
    rows = table["arm"] == arm
    return FirstEvents(table["months"][rows], table["had"][rows].astype(bool), table["expected"][rows])


def _row(endpoint: Endpoint, arm: str, arms: Mapping[str, FirstEvents], last: float, cells: bool) -> dict[str, Any]:
    own = arms[arm]
    share, low, high = incidence(own, last, endpoint.alpha)
    row: dict[str, Any] = {
        "endpoint": endpoint.name,
        "visit_months": last,
        "as": "incidence",
        "arm": arm,
        "n": len(own.had),
        "observed": int(np.sum(own.had | (own.months >= last - 1e-9))),
        "events": int(own.had.sum()),
        "mean": 100 * share,
        "lo": 100 * low,
        "hi": 100 * high,
        "expected": 100 * float(np.nanmean(own.expected)) if len(own.expected) else math.nan,
        "alpha": endpoint.alpha,
        "evidence": "assumed" if cells else "human",
    }
    if endpoint.compare and arm != endpoint.compare:
        row |= _against(endpoint, own, arms[endpoint.compare], cells)
    return {k: (None if isinstance(v, float) and not math.isfinite(v) else v) for k, v in row.items()}


def _against(endpoint: Endpoint, own: FirstEvents, other: FirstEvents, cells: bool) -> dict[str, Any]:
    name = endpoint.analysis if endpoint.analysis in FRACTURE_TESTS else "log_rank"
    test = FRACTURE_TESTS[name]
    ratio, low, high, p = test(own, other, endpoint.alpha)
    found = {"compare": endpoint.compare, "ratio_lo": low, "ratio_hi": high}
    if cells:
        return found
    told = float(np.nanmean(own.expected) / np.nanmean(other.expected))
    return found | {
        "ratio": ratio,
        "expected_ratio": told,
        "p": p,
        "analysis": name,
    }


def incidence(events: FirstEvents, last: float, alpha: float = 0.05) -> tuple[float, float, float]:
    """Kaplan-Meier share with a fracture by a month and its log-log interval; without any event the exact upper end."""
    import warnings

    from scipy.stats import CensoredData, beta, ecdf

    n = len(events.had)
    if not events.had.any():
        return (0.0, 0.0, float(beta.ppf(1 - alpha / 2, 1, n)) if n else math.nan)
    data = CensoredData(uncensored=events.months[events.had], right=events.months[~events.had])
    curve = ecdf(data).sf
    with warnings.catch_warnings():  # undefined before the first event, where it is not asked for
        warnings.simplefilter("ignore", RuntimeWarning)
        ends = curve.confidence_interval(confidence_level=1 - alpha, method="log-log")
    share, low, high = (1 - float(c.evaluate(last)) for c in (curve, ends.high, ends.low))
    return share, low, high


def log_rank(own: FirstEvents, other: FirstEvents, alpha: float = 0.05) -> tuple[float, float, float, float]:
    """Hazard ratio (observed less expected over its variance, Peto), its interval, and the two-sided p of the log-rank test."""
    found = time_to_event.log_rank(*_together(own, other), alpha)
    return found.ratio, found.lo, found.hi, found.p


def cox(own: FirstEvents, other: FirstEvents, alpha: float = 0.05) -> tuple[float, float, float, float]:
    """Hazard ratio of a Cox model (Efron's ties), its interval and Wald's two-sided p; all NaN where an arm has no event."""
    found = time_to_event.cox(*_together(own, other), None, alpha)
    return found.ratio, found.lo, found.hi, found.p


def _together(own: FirstEvents, other: FirstEvents) -> tuple[Array, Array, Array]:
    """Months, event and group of both arms."""
    group = np.concatenate([np.ones(len(own.had)), np.zeros(len(other.had))])
    had = np.concatenate([own.had, other.had]).astype(float)
    return np.concatenate([own.months, other.months]), had, group


def risk_ratio(own: FirstEvents, other: FirstEvents, alpha: float = 0.05) -> tuple[float, float, float, float]:
    """Ratio of the shares with a fracture, its log-normal interval and p; who left early counts as without one."""
    from scipy.stats import norm

    a, n, b, m = own.had.sum(), len(own.had), other.had.sum(), len(other.had)
    if not (a and b):
        return (math.nan,) * 4
    log, sd = math.log(a / n / (b / m)), math.sqrt(1 / a - 1 / n + 1 / b - 1 / m)
    half = float(norm.ppf(1 - alpha / 2)) * sd
    return math.exp(log), math.exp(log - half), math.exp(log + half), 2 * float(norm.sf(abs(log) / sd))


FRACTURE_TESTS = {"log_rank": log_rank, "cox": cox, "risk_ratio": risk_ratio}
