"""Run a dish: cells of a source, a medium, regulators and blockers, some days; and the same dish without the regulators."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from osteon.cells.culture import CULTURE
from osteon.cells.regulators import activities, drives
from osteon.cells.sources import HOURS_PER_DAY, source_of
from osteon.engine import simulate
from osteon.errors import RunFailed
from osteon.model import assemble

INDUCTION = 2.5  # osteogenic drive of induction medium.  Source: assumed
OUTPUTS = ("cultured_cells", "committed", "fat_cells", "alp", "mineral")


@dataclass(frozen=True)
class Dish:
    """A culture. regulators: dose against a full one (negative: knocked down); secretion in ug/mL; donor_age in years."""

    source: str
    subtype: str | None = None
    passage: int = 3
    donor_age: float = 30.0
    osteoporotic_donor: bool = False
    induction: bool = True
    regulators: dict[str, float] = field(default_factory=dict)
    blocked: tuple[str, ...] = ()
    secretion: float = 0.0
    days: float = 14.0
    flipped: str = ""

    def control(self) -> Dish:
        """The same dish without regulators and secretion factors (blockers stay)."""
        return replace(self, regulators={}, secretion=0.0)


def simulate_culture(dish: Dish) -> dict[str, Any]:
    """Outputs over days: name -> (times,), with `days`, and `doubling_time` in hours. Raises InputError, RunFailed."""
    model = assemble(CULTURE)
    source = source_of(dish.source, dish.subtype)
    osteo, adipo, growth = drives(activities(dish.regulators, dish.source, dish.blocked, dish.flipped), dish.source)
    hours = float(source.doubling_time(dish.passage, dish.donor_age))
    parameters = {
        "doubling_time": hours / HOURS_PER_DAY,
        "medium_osteo": INDUCTION if dish.induction else 1.0,
        "node_osteo": osteo,
        "node_adipo": adipo,
        "node_growth": growth,
        "osteogenic_potency": float(source.potency(dish.passage, dish.donor_age, dish.osteoporotic_donor)),
        "adipogenic_potency": source["adipogenic"].typical,
        "secretion_factors": dish.secretion,
    }
    days = np.linspace(0, dish.days, 29)
    got = simulate(model, parameters, n=1, times=days, outputs=OUTPUTS)
    if got.failed[0]:
        raise RunFailed(f"The culture failed: it {got.reasons[0]}.")
    return {name: got.of(name)[0] for name in OUTPUTS} | {"days": days, "doubling_time": hours / growth}


def against_control(dish: Dish, output: str = "mineral") -> float:
    """The output at the last day against the control dish's.  [1]"""
    treated, plain = simulate_culture(dish), simulate_culture(dish.control())
    return float(treated[output][-1] / max(plain[output][-1], 1e-9))
