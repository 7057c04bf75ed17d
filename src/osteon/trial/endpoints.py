"""Endpoints of a run: mean of every arm, effect against the comparator, and how many patients a real trial would need."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from osteon.inputs import Endpoint, Study
from osteon.inputs.names import FRACTURE_ENDPOINTS, SCORES
from osteon.io.outcome_store import paired_values
from osteon.outcomes import FRACTURE
from osteon.trial.analyse import Group, ancova, change, mean_interval, patients_needed, residual_sd, t_test
from osteon.trial.fracture_endpoints import fracture_rows
from osteon.units import DAYS_PER_MONTH


def endpoints_of(study: Study, files: Sequence[Path]) -> list[dict[str, Any]]:
    """One row per endpoint and arm, from the outcome files of the run; only the visits that are needed are read."""
    return [
        row
        for e in study.endpoint
        for row in (fracture_rows if e.name in FRACTURE_ENDPOINTS else _rows)(study, e, files)
    ]


def _rows(study: Study, endpoint: Endpoint, files: Sequence[Path]) -> list[dict[str, Any]]:
    first, last = study.design.visits[0] / DAYS_PER_MONTH, endpoint.visit / DAYS_PER_MONTH
    values: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    for arm in study.arm:
        table = paired_values(files, endpoint.name, first, last, arm.name)
        values[arm.name] = change(table["value"], table["base"], endpoint.as_), table["base"]
    shares = dict(zip(values, study.ratio(), strict=True))
    celled = {a.name for a in study.arm if a.cells}
    return [_labelled(_row(endpoint, arm, values, shares), bool(celled & {arm, endpoint.compare})) for arm in values]


def of_fractures(name: str) -> bool:
    """Whether an endpoint speaks of fractures: what cells do to it is never told as one figure."""
    return name in (*FRACTURE_ENDPOINTS, *SCORES) or name in FRACTURE_OUTPUTS


FRACTURE_OUTPUTS = frozenset(r.name for r in FRACTURE.rules)


def _labelled(row: dict[str, Any], cells: bool) -> dict[str, Any]:
    """What the row rests on. Beside cells the size of a real trial is told over all parameter draws (see uncertainty).

    cells : whether the arm or its comparator is given any
    """
    if cells:
        row.pop("patients_needed_90", None)
    if cells and of_fractures(row["endpoint"]):
        for key in ("difference", "p"):
            row.pop(key, None)
    return row | {"evidence": "assumed" if cells else "human"}


def _row(
    endpoint: Endpoint, arm: str, values: dict[str, tuple[np.ndarray, np.ndarray]], shares: dict[str, int]
) -> dict[str, Any]:
    outcome, base = values[arm]
    mean, low, high = mean_interval(outcome, endpoint.alpha)
    seen = outcome[np.isfinite(outcome)]
    sd = float(np.std(seen, ddof=1)) if len(seen) > 1 else math.nan
    row: dict[str, Any] = {
        "endpoint": endpoint.name,
        "visit_months": endpoint.visit / DAYS_PER_MONTH,
        "as": endpoint.as_,
        "arm": arm,
        "n": int(len(outcome)),
        "observed": int(len(seen)),
        "mean": mean,
        "lo": low,
        "hi": high,
        "sd": sd,
        "alpha": endpoint.alpha,
    }
    if endpoint.compare and arm != endpoint.compare:
        other, other_base = values[endpoint.compare]
        tested = (
            ancova(outcome, other, base, other_base, endpoint.alpha)
            if endpoint.analysis == "ancova"
            else t_test(outcome, other, endpoint.alpha)
        )
        row |= {
            "compare": endpoint.compare,
            "difference": tested.estimate,
            "difference_lo": tested.lo,
            "difference_hi": tested.hi,
            "p": tested.p,
            "analysis": tested.method,
            "patients_needed_90": patients_needed(
                tested.estimate,
                _group(outcome, base, tested.slope, shares[arm]),
                _group(other, other_base, tested.slope, shares[endpoint.compare]),
                0.9,
                endpoint.alpha,
            ),
        }
    return {k: (None if isinstance(v, float) and not math.isfinite(v) else v) for k, v in row.items()}


def _group(outcome: np.ndarray, base: np.ndarray, slope: float, share: int) -> Group:
    """An arm as a trial of another size would have it: its spread, its share, and how many still have a value."""
    kept = float(np.mean(np.isfinite(outcome))) if len(outcome) else 0.0
    return Group(residual_sd(outcome, base, slope), float(share), kept)
