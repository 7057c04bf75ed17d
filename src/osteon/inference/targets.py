"""What a fit is compared with: calibration rows as residuals of typical patients, one virtual woman an arm.

Offsets of a study (calcium and vitamin D at entry, assay) are not parameters: they are a shared error of all rows of one
cohort and endpoint, put into the covariance, so that no cohort can buy a better score with a number of its own.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from osteon.evidence import Measurement, assert_no_holdout, calibration_rows, load_cohort, measurement_sd
from osteon.evidence.outcome import in_points
from osteon.inference.tissue import Observation
from osteon.replication.published import (
    Arm,
    Curves,
    arms_of,
    months_of,
    predicted,
    regimens_of,
    scaled_error,
    usable,
)  # fmt: skip
from osteon.simulation.arm import prepare, simulate
from osteon.simulation.assembly import DEFAULT as DEFAULT_FIT
from osteon.simulation.assembly import human_model
from osteon.simulation.treatment import Subjects
from osteon.simulation.typical import typical
from osteon.units import DAYS_PER_MONTH

Array = NDArray[np.float64]
BMD_MODEL_SD, MARKER_MODEL_SD = 0.5, 0.12  # points; log units: what a typical patient cannot reproduce of a mean
BMD_STUDY_SD, MARKER_STUDY_SD = 0.5, 0.10  # shared by all rows of a cohort and endpoint


def calibration_arms(include_unverified: bool = False) -> tuple[Arm, ...]:
    """Arms with calibration rows. Raises CheckFailed if any other row slipped in."""
    rows = [m for m in calibration_rows(include_unverified) if usable(m)]
    assert_no_holdout(rows)
    return arms_of(rows)


def run_arms(
    arms: Sequence[Arm],
    parameters: Mapping[str, Any],
    n: int,
    rtol: float = 1e-4,
    threads: int = 2,
    fit: str = DEFAULT_FIT,
    observed: Sequence[Observation] = (),
) -> Curves:
    """Endpoint values (n members of parameters) of typical women, for every month that a row needs.

    fit      : what stands where `parameters` says nothing; "" is the code's own values, as a fit in progress needs
    observed : tissue rows, whose arms are run as well
    """
    states: dict[tuple[str, float, frozenset[str]], Array] = {}  # arms of a cohort share the years before them
    women: dict[str, dict[str, Any]] = {}
    curves: Curves = {}
    chunk = max(8, -(-n // threads // 8) * 8)
    for arm in _with_tissue(arms, observed):
        months, endpoints = _asked_of(arm, arms, observed)
        if not months:
            continue
        cohort, days = arm.cohort.id, np.array(months) * DAYS_PER_MONTH
        if cohort not in women:
            women[cohort] = typical(arm.cohort, parameters, n, rtol)
        begin = min(arm.begin, float(days[0]))
        key = (cohort, begin, arm.drugs)
        model = human_model(arm.drugs, fit=fit)
        subjects = Subjects(n, women[cohort])
        case = prepare(arm.treatment, subjects, model, float(days[-1]) + 1, rtol, begin, states.get(key))
        states[key] = case.states
        got = simulate(case, days, endpoints, rtol, threads=threads, chunk=chunk)
        for endpoint in endpoints:
            curves[cohort, arm.name, endpoint] = dict(zip(months, got.of(endpoint).T, strict=True))
    return curves


def _with_tissue(arms: Sequence[Arm], observed: Sequence[Observation]) -> tuple[Arm, ...]:
    """The arms, and those that tissue rows need beside them."""
    known = {(a.cohort.id, a.name) for a in arms}
    more = dict.fromkeys((o.cohort, name) for o in observed for name in (o.arm, o.comparator) if name)
    return (*arms, *(Arm(load_cohort(c), n, regimens_of(c, n), ()) for c, n in more if (c, n) not in known))


def _asked_of(arm: Arm, arms: Sequence[Arm], observed: Sequence[Observation]) -> tuple[list[float], list[str]]:
    """Months and endpoints that rows and tissue rows ask of an arm."""
    months = set(months_of(arm, arms))
    endpoints = {m.endpoint for a in arms if a.cohort.id == arm.cohort.id for m in a.rows}
    for o in observed:
        if o.cohort == arm.cohort.id and arm.name in (o.arm, o.comparator):
            months |= {o.month, o.from_month}
            endpoints.add(o.output)
    return sorted(months), sorted(endpoints)


def error_sd(m: Measurement) -> float:
    """Standard deviation of one row's error, without the share it has in common with its study."""
    if in_points(m.endpoint):
        return math.hypot(measurement_sd(m), BMD_MODEL_SD)
    return math.hypot(measurement_sd(m) / max(100 + m.value, 8.0), MARKER_MODEL_SD)


@dataclass(frozen=True)
class Block:
    """Rows of one cohort and endpoint; root: Cholesky root of the covariance of their errors, the shared offset in it."""

    cohort: str
    endpoint: str
    rows: tuple[Measurement, ...]
    root: Array


def blocks(arms: Sequence[Arm]) -> list[Block]:
    """The rows of all arms by cohort and endpoint, in the order of the residuals.

    Errors along one curve are kin: a curve of n rows counts as the root of n, not as n studies.
    """
    found: dict[tuple[str, str], list[Measurement]] = {}
    for m in (m for a in arms for m in a.rows):
        found.setdefault((m.cohort, m.endpoint), []).append(m)
    made = []
    for (cohort, endpoint), rows in sorted(found.items()):
        shared = BMD_STUDY_SD if in_points(endpoint) else MARKER_STUDY_SD
        exposed = np.array([0.0 if m.unit == "pct_diff_vs_comparator" else shared for m in rows])
        curve = Counter(m.arm for m in rows)
        own = [error_sd(m) ** 2 * math.sqrt(curve[m.arm]) for m in rows]
        covariance = np.diag(own) + np.outer(exposed, exposed)
        made.append(Block(cohort, endpoint, tuple(rows), np.linalg.cholesky(covariance)))
    return made


def errors(rows: Sequence[Measurement], curves: Curves) -> Array:
    """(n, rows) errors in points or log fold; 50 where a run failed."""
    return np.nan_to_num(np.stack([scaled_error(m, predicted(m, curves)) for m in rows], axis=1), nan=50.0)


def residuals(arms: Sequence[Arm], curves: Curves, n: int) -> Array:
    """(n, rows) whitened residuals, the offset of each study and endpoint integrated out."""
    parts = [np.linalg.solve(b.root, errors(b.rows, curves).T).T for b in blocks(arms)]
    return np.concatenate(parts, axis=1).reshape(n, -1)
