"""Run a dish: cells of a source, a medium, regulators and blockers, some days; and the same dish without the regulators.

The size of a regulator's effect is unknown, so an effect comes with an interval over the priors (`effect`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from osteon.cells.culture import CULTURE, SECRETION_NODE
from osteon.cells.regulators import activities, drives, folds_at
from osteon.cells.sources import HOURS_PER_DAY, source_of
from osteon.engine import simulate
from osteon.errors import Fault, InputError, RunFailed, unknown
from osteon.model import assemble
from osteon.population.sampling import draw
from osteon.streams import normal, uniform

MAX_FAILED = 0.1  # share of drawn dishes that may fail and be left out of the interval; a rule of the product

Array = NDArray[np.float64]
INDUCTION = 2.5  # osteogenic drive of induction medium.  Source: assumed
FATTENING = 2.5  # adipogenic drive of adipogenic medium.  Source: assumed
CULTURE_READOUTS = ("cultured_cells", "committed", "fat_cells", "alp", "mineral")
ALMOST_ZERO = 1e-9  # nothing, for ratios


@dataclass(frozen=True)
class Dish:
    """A culture. regulators: dose against a full one (negative: knocked down); secretion in ug/mL; donor_age in years.

    induction, fattening : osteogenic and adipogenic medium; blocked : nodes held down by a blocker
    flipped : a regulator whose edges are turned round, for tests of the table
    """

    source: str
    subtype: str | None = None
    passage: int = 3
    donor_age: float = 30.0
    osteoporotic_donor: bool = False
    induction: bool = True
    fattening: bool = False
    regulators: dict[str, float] = field(default_factory=dict)
    blocked: tuple[str, ...] = ()
    secretion: float = 0.0
    days: float = 14.0
    flipped: str = ""

    def __post_init__(self) -> None:
        limits = {"days": (0.1, 120.0), "secretion": (0.0, 1000.0), "passage": (0, 30), "donor_age": (0.0, 100.0)}
        given = {name: float(getattr(self, name)) for name in limits}
        wrong = [
            Fault("number_out_of_range", name, str(given[name]), f"{low:g} to {high:g}", "", _sentence(name, low, high))
            for name, (low, high) in limits.items()
            if not low <= given[name] <= high
        ]
        if wrong:
            raise InputError(wrong)

    def control(self) -> Dish:
        """The same dish without regulators and secretion factors (blockers stay)."""
        return replace(self, regulators={}, secretion=0.0)


@dataclass(frozen=True)
class Effect:
    """An output of a dish against another dish at the last day, with its 90 % interval over the priors.  [1]"""

    output: str
    typical: float
    low: float
    high: float


def against_control(dish: Dish, output: str = "mineral") -> float:
    """The output at the last day against the control dish's, typical values.  [1]"""
    return effect(dish, output, draws=0).typical


def effect(dish: Dish, output: str = "mineral", against: Dish | None = None, draws: int = 100, seed: int = 1) -> Effect:
    """The output at the last day against another dish's (the control's where none is named).

    Both dishes are run with the same drawn sources, edge sizes and rates. Raises InputError, RunFailed.
    """
    if output not in CULTURE_READOUTS:
        raise InputError(unknown("output", output, CULTURE_READOUTS, "output"))
    members = np.arange(draws + 1)
    treated, plain = (culture_trajectory(d, members, seed)[output][:, -1] for d in (dish, against or dish.control()))
    ratio = treated / np.maximum(plain, ALMOST_ZERO)
    low, high = np.nanquantile(ratio[1:] if draws else ratio, [0.05, 0.95])
    return Effect(output, float(ratio[0]), float(low), float(high))


def culture_trajectory(dish: Dish, members: NDArray[np.int64], seed: int) -> dict[str, Array]:
    """Outputs (members, times), `days` (times,), and `doubling_time` (members, times) in hours. Member 0 typical, others drawn.

    A drawn member that fails is NaN; where the typical one does, or more than a tenth, the run has failed. Lanes of two dishes with the same seed share their draws. Raises InputError, RunFailed.
    """
    days = np.linspace(0, dish.days, 29)
    values = _drawn(members, seed) | _given(dish, members, seed)
    hours = values["doubling_time"] / values["node_growth"] * HOURS_PER_DAY
    got = simulate(assemble(CULTURE), values, n=len(members), times=days, outputs=CULTURE_READOUTS)
    if got.failed[0] or got.failed.mean() > MAX_FAILED:
        raise RunFailed(f"The culture failed: it {got.reasons[int(np.argmax(got.failed))]}.")
    kept = np.where(got.failed, np.nan, 1.0)[:, None]
    return {name: got.of(name) * kept for name in CULTURE_READOUTS} | {
        "days": days,
        "doubling_time": np.outer(hours, np.ones_like(days)),
    }


def _given(dish: Dish, members: NDArray[np.int64], seed: int) -> dict[str, Array]:
    """Parameters that follow from the dish, (members,) each."""
    source, z = source_of(dish.source, dish.subtype), _normals(dish.source, members, seed)
    folds = folds_at(dish.regulators, members, seed)
    pushed = drives(activities(dish.regulators, dish.source, dish.blocked, dish.flipped, folds), dish.source)
    values = {
        "doubling_time": source.doubling_time(dish.passage, dish.donor_age, z("doubling_time")) / HOURS_PER_DAY,
        "medium_osteo": INDUCTION if dish.induction else 1.0,
        "medium_adipo": FATTENING if dish.fattening else 1.0,
        "node_osteo": pushed.osteo,
        "node_adipo": pushed.adipo,
        "node_growth": pushed.growth,
        "osteogenic_potency": source.potency(dish.passage, dish.donor_age, dish.osteoporotic_donor, z("osteogenic")),
        "adipogenic_potency": source["adipogenic"].at(z("adipogenic")),
        "secretion_factors": dish.secretion,
    }
    if SECRETION_NODE in dish.blocked:
        values["secretion_gain"] = 0.0
    return {name: np.broadcast_to(np.asarray(v, float), members.shape) for name, v in values.items()}


def _normals(source: str, members: NDArray[np.int64], seed: int) -> Callable[[str], Array]:
    return lambda name: np.where(members == 0, 0.0, normal(seed, members, f"culture:{source}:{name}"))


def _drawn(members: NDArray[np.int64], seed: int) -> dict[str, Array]:
    """Rates of the culture with a prior of their own, (members,) each."""
    values = {}
    for p in CULTURE.parameters:
        if p.uncertainty is not None:
            drawn = draw(p.value, p.uncertainty, uniform(seed, members, f"culture:{p.name}"))
            kept = np.clip(drawn, *p.bounds) if p.bounds else drawn
            values[p.name] = np.where(members == 0, p.value, kept)
    return values


def _sentence(name: str, low: float, high: float) -> str:
    return f"A dish takes `{name}` from {low:g} to {high:g}."
