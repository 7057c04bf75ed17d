"""The two workloads of the field, on the model that Osteon exports: what every engine is given."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from osteon.io.export import to_sbml
from osteon.model import Model
from osteon.trial.build import human_model
from osteon.units import DAYS_PER_MONTH

OUTPUTS = ("bmd_total_hip", "bmd_lumbar_spine", "resorption", "formation", "p1np")


@dataclass(frozen=True)
class Workload:
    """One drug, its dosing days, where a dose lands and how much of it, and the days that are looked at."""

    name: str
    drug: str
    state: str
    amount: float  # after bioavailability
    doses: NDArray[np.float64]
    times: NDArray[np.float64]

    @property
    def model(self) -> Model:
        return human_model({self.drug})

    @property
    def sbml(self) -> str:
        return to_sbml(self.model)

    @property
    def stops(self) -> NDArray[np.float64]:
        """Dosing days and the end: the intervals an engine without dose events must be run over."""
        return np.unique(np.concatenate([self.doses, self.times[[0, -1]]]))


def a() -> Workload:
    """10 years, 20 six-monthly denosumab doses, 121 looks."""
    times = np.arange(121) * DAYS_PER_MONTH
    return Workload(
        "A: 10 years, 20 denosumab doses",
        "denosumab",
        "denosumab_depot",
        60 * 0.638,
        np.arange(20) * 6 * DAYS_PER_MONTH,
        times,
    )


def b(days: int = 730) -> Workload:
    """730 daily teriparatide doses, 26 looks."""
    times = np.linspace(0, days, 26)
    return Workload(
        f"B: {days} daily teriparatide doses", "teriparatide", "teriparatide_depot", 19.0, np.arange(float(days)), times
    )


def persons(n: int) -> NDArray[np.float64]:
    """Remodelling intensity of n persons: what differs between them here."""
    return np.linspace(0.6, 1.6, n)
