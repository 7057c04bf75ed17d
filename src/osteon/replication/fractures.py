"""Published fracture figures beside expected ones, in the columns of a replay; logs of ratios and incidences as errors."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from osteon.evidence import Measurement
from osteon.interventions import CARDS
from osteon.replication.cohort_rows import CohortRow, ErrorSummary
from osteon.replication.fracture_incidence import (
    RATIOS,
    arms_in,
    expected,
    hazards,
    log_sd,
    of_row,
    on_log,
    sample_participants,
    trajectory,
)
from osteon.replication.reference_forecasts import class_ratio
from osteon.simulation.assembly import human_model
from osteon.simulation.between_study import NINETY, fracture_between
from osteon.simulation.fits import ensemble_draws

Array = NDArray[np.float64]


def fracture_rows(rows: Sequence[Measurement], members: int, seed: int) -> list[CohortRow]:
    """Rows of one cohort's comparable fracture figures (see fractures.comparable)."""
    if not rows:
        return []
    draws = ensemble_draws(human_model(CARDS), members + 1, seed, set())
    courses = {key: trajectory(*key, last, draws, members + 1) for key, last in arms_in(rows).items()}
    participants = sample_participants(next(iter(courses.values())).cohort, seed=seed)
    own = {k: v for k, v in draws.items() if k in human_model().parameters}
    curves = {key: hazards(c, participants, own) for key, c in courses.items()}
    months = {key: c.months for key, c in courses.items()}
    return [_row(m, _values(m, curves, months, of_row(m, participants))) for m in rows]


def _values(m: Measurement, curves: Mapping[Any, Mapping[str, Array]], months: Any, some: NDArray[np.bool_]) -> Array:
    part = {key: {h: v[:, some] for h, v in c.items()} for key, c in curves.items() if key[0] == m.cohort}
    return expected(m, part, months)


def _row(m: Measurement, values: Array) -> CohortRow:
    """values: member 0 typical, the others the ensemble."""
    centre = float(values[0])
    logs = on_log(m, values)
    kind = "ratio" if m.unit in RATIOS else "incidence"
    parts = {
        "parameters": float(np.nanstd(logs[1:])),
        "between_person": 0.0,  # which women were drawn is part of the events behind the published figure
        "measurement": log_sd(m),
        "between_study": fracture_between(kind).constant,
    }
    half = NINETY * math.sqrt(sum(v**2 for v in parts.values()))
    low, high = sorted(_back(m, float(logs[0]) + side * half) for side in (-1, 1))
    naive, error = class_ratio(m), float(logs[0] - on_log(m, m.value))
    ratio = kind == "ratio"
    return CohortRow(
        id=m.id,
        cohort=m.cohort,
        role=m.role,
        arm=m.arm,
        comparator=m.comparator if ratio else "",
        endpoint=m.endpoint,
        months=m.months,
        from_month=m.from_month,
        published=m.value,
        published_lo=_told(m.lo),
        published_hi=_told(m.hi),
        simulated=centre,
        lo90=low,
        hi90=high,
        sd_parameters=parts["parameters"],
        sd_between_person=parts["between_person"],
        sd_measurement=parts["measurement"],
        sd_between_study=parts["between_study"],
        unit=m.unit,
        metric=f"log {kind}",
        difference=centre - m.value,
        inside=bool(low <= m.value <= high),
        in_trial_interval=_in_trial(m, error) if ratio else None,
        error=error,
        naive_class=None if math.isnan(naive) else _back(m, naive),
        error_class=None if math.isnan(naive) else naive - float(on_log(m, m.value)),
        error_no_change=-float(on_log(m, m.value)) if ratio else None,
        confidence=m.confidence,
        reason="",
    )


def _in_trial(m: Measurement, error: float) -> bool:
    """Whether the forecast lies in the trial's own 95 % interval (without one: 1.96 times what its events let expect)."""
    return (
        abs(error) <= 1.96 * log_sd(m)
        if not m.lo > 0
        else bool(math.log(m.lo) <= error + math.log(m.value) <= math.log(m.hi))
    )


def _back(m: Measurement, log: float) -> float:
    """From the scale of errors to the row's unit."""
    return 100 * (1 - math.exp(log)) if m.unit == "RRR_pct" else math.exp(log)


def _told(value: float) -> float | None:
    return value if math.isfinite(value) else None


def fracture_summary(role: str, endpoint: str, rows: Sequence[CohortRow]) -> ErrorSummary:
    """Mean absolute log errors of one table beside those of a ratio of 1 and of the class mean."""

    def mean(key: str, among: Sequence[CohortRow]) -> float | None:
        values = [abs(r[key]) for r in among if r.get(key) is not None]
        return float(np.mean(values)) if values else None

    shared = [r for r in rows if r["error_class"] is not None]
    ours, still, naive, same = (
        mean("error", rows),
        mean("error_no_change", rows),
        mean("error_class", shared),
        mean("error", shared),
    )
    told = [r["in_trial_interval"] for r in rows if r["in_trial_interval"] is not None]
    ratio = rows[0]["metric"] == "log ratio"
    return ErrorSummary(
        role=role,
        endpoint=endpoint if ratio else f"{endpoint}_incidence",
        rows=len(rows),
        rmse=float(np.sqrt(np.mean([r["error"] ** 2 for r in rows]))),
        mean_absolute=ours,
        mean_absolute_no_change=still,
        rmse_no_change=None if not ratio else float(np.sqrt(np.mean([r["error_no_change"] ** 2 for r in rows]))),
        skill_no_change=None if ours is None or not still else 1 - ours / still,
        rmse_class_mean=float(np.sqrt(np.mean([r["error_class"] ** 2 for r in shared]))) if shared else None,
        rmse_same_rows=float(np.sqrt(np.mean([r["error"] ** 2 for r in shared]))) if shared else None,
        mean_absolute_class=naive,
        mean_absolute_same_rows=same,
        rows_class_mean=len(shared),
        skill=None if same is None or not naive else 1 - same / naive,
        in_trial_interval=float(np.mean(told)) if told else None,
        inside_90=float(np.mean([r["inside"] for r in rows])),
        metric=rows[0]["metric"],
    )
