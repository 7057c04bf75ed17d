"""The two workloads of the field, on the model that Osteon exports: what every engine is given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from osteon.io.export import to_sbml
from osteon.model import Model
from osteon.simulation.assembly import human_model
from osteon.units import DAYS_PER_MONTH

Array = NDArray[np.float64]
Run = Callable[[Array], Array]  # remodelling intensity of every person -> values at the looks (persons, looks, outputs)
ATOL = 1e-9  # times the scale of each state
OUTPUTS = ("bmd_total_hip", "bmd_lumbar_spine", "resorption", "formation", "p1np")


@dataclass(frozen=True)
class Workload:
    """The drugs a model holds, the dosing days of one, where it lands and how much, and the days that are looked at."""

    name: str
    drugs: tuple[str, ...]
    state: str
    amount: float  # after bioavailability
    doses: NDArray[np.float64]
    times: NDArray[np.float64]

    @property
    def model(self) -> Model:
        return human_model(self.drugs)

    @property
    def sbml(self) -> str:
        return to_sbml(self.model)

    @property
    def stops(self) -> NDArray[np.float64]:
        """Dosing days and the end: the intervals an engine without dose events must be run over."""
        return np.unique(np.concatenate([self.doses, self.times[[0, -1]]]))

    def intervals(self) -> list[tuple[float, float, Array, float]]:
        """(first day, last day, places of the looks in it, amount that lands on its first day); day 0 is looked at after."""
        found = []
        for first, last in zip(self.stops[:-1], self.stops[1:], strict=True):
            looks = np.flatnonzero((self.times > first) & (self.times <= last))
            if first == self.times[0]:
                looks = np.concatenate([[0], looks])
            found.append((float(first), float(last), looks, self.amount if first in self.doses else 0.0))
        return found

    def columns(self, scale: Array) -> dict[str, Array]:
        """Every parameter of every person."""
        return {p: np.full(len(scale), v) for p, v in self.model.defaults.items()} | {"turnover_scale": scale}


def a() -> Workload:
    """10 years, 20 six-monthly denosumab doses, 121 looks."""
    times = np.arange(121) * DAYS_PER_MONTH
    return Workload(
        "A: 10 years, 20 denosumab doses",
        ("denosumab",),
        "denosumab_depot",
        60 * 0.638,
        np.arange(20) * 6 * DAYS_PER_MONTH,
        times,
    )


def b(doses: int = 730, days: int = 730) -> Workload:
    """Two years, the first of them (or all) with a daily teriparatide dose, 26 looks."""
    name, times = f"B: {doses} daily teriparatide doses in {days} days", np.linspace(0, days, 26)
    return Workload(name, ("teriparatide",), "teriparatide_depot", 19.0, np.arange(float(doses)), times)


def persons(n: int) -> Array:
    """Remodelling intensity of n persons, 0.6 to 1.6: what differs between them here. The first ones are always the same."""
    return 0.6 + np.arange(n) * 0.6180339887498949 % 1.0
