"""Scores of typical patients: RMSE by endpoint and arm in the metric of the field, beside naive forecasts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from osteon.inference.targets import run_arms
from osteon.replication.published import Arm, predicted, scaled_error


def score(arms: Sequence[Arm], parameters: dict[str, float] | None = None) -> list[dict[str, Any]]:
    """One row per measurement: published, simulated, error (points for BMD, log of fold change for markers)."""
    curves = run_arms(arms, parameters or {}, 1)
    rows = []
    for arm in arms:
        for m in arm.rows:
            value = predicted(m, curves)
            rows.append(
                {
                    "cohort": m.cohort,
                    "arm": m.arm,
                    "endpoint": m.endpoint,
                    "months": m.months,
                    "unit": m.unit,
                    "published": m.value,
                    "simulated": float(value[0]),
                    "error": float(scaled_error(m, value)[0]),
                }
            )
    return rows


def pooled(rows: Sequence[dict[str, Any]], by: Sequence[str] = ("endpoint",)) -> dict[tuple[str, ...], float]:
    """Root mean square of the errors, grouped."""
    groups: dict[tuple[str, ...], list[float]] = {}
    for row in rows:
        groups.setdefault(tuple(str(row[k]) for k in by), []).append(row["error"])
    return {k: float(np.sqrt(np.mean(np.square(v)))) for k, v in sorted(groups.items())}
