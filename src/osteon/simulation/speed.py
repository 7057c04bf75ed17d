"""How fast this machine runs virtual patients, on the two workloads of the field."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from osteon.engine import Events, Schedule, simulate
from osteon.io.rows import Row
from osteon.model import Regimen
from osteon.simulation.assembly import human_model
from osteon.simulation.dosing import add_regimens
from osteon.units import DAYS_PER_MONTH

WORKLOADS = {
    "10 years, 20 six-monthly denosumab doses": (
        Regimen("denosumab", "subcutaneous", 60.0, 0.0, 6 * DAYS_PER_MONTH),
        120,
    ),
    "2 years, 730 daily teriparatide doses": (Regimen("teriparatide", "subcutaneous", 20.0, 0.0, 1.0), 24),
}


@dataclass(frozen=True)
class SpeedRow(Row):
    """`bench`: patients per second at a relative tolerance, and steps of each."""

    workload: str
    patients: int
    patients_per_second: float
    steps: float
    rtol: float


def measure_speed(quick: bool = False) -> list[SpeedRow]:
    """Patients per second on one core at rtol 1e-6, median of three repeats after a warm-up."""
    rows = []
    for name, (regimen, months) in WORKLOADS.items():
        n = (64 if quick else 512) if months > 24 else (16 if quick else 64)
        model = human_model({regimen.target})
        times = np.arange(months + 1) * DAYS_PER_MONTH
        events = Events((add_regimens(Schedule(), model, [regimen], float(times[-1])),))
        scale = np.linspace(0.7, 1.5, n)
        took, steps = [], 0.0
        for repeat in range(4):
            began = time.perf_counter()
            got = simulate(
                model, {"turnover_scale": scale}, n=n, times=times, outputs=["bmd_total_hip", "ctx"], events=events
            )
            if repeat:
                took.append(time.perf_counter() - began)
            steps = float(got.steps.mean())
        rows.append(SpeedRow(name, n, n / float(np.median(took)), steps, 1e-6))
    return rows
