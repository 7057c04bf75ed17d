"""A laboratory of typical women: each run is one life, one change on day 0, or one drug. All runs go in one batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from osteon.checks.trace import look
from osteon.engine import Events, Schedule, simulate
from osteon.errors import Fault, InputError, RunFailed
from osteon.interventions.own_cards import own_cards
from osteon.model import Model, Regimen
from osteon.outcomes.fracture import KINDS
from osteon.outcomes.harm_table import load_harms
from osteon.simulation.assembly import human_model
from osteon.simulation.dosing import add_regimens
from osteon.simulation.run_in import run_in
from osteon.units import DAYS_PER_MONTH

Array = NDArray[np.float64]
Values = tuple[tuple[str, float], ...]

MONTHS = 36
DAYS = np.unique(
    np.concatenate([[0.0, 1.0, 3.0, 7.0, 10.0, 14.0, 18.0, 21.0, 24.0, 27.0], DAYS_PER_MONTH * np.arange(MONTHS + 1)])
)
OUTPUTS = (
    "resorption", "formation", "osteoclasts", "osteoblasts", "preosteoblasts", "osteocyte_share", "opg", "free_rankl",
    "dishevelled", "gsk3_activity", "beta_catenin", "tcf_activity", "pth", "oestrogen", "bone_total_hip",
    "mineralisation_total_hip", "bmd_lumbar_spine", "bmd_total_hip", "bmd_femoral_neck", "ctx", "ntx", "p1np",
    "zoledronate_surface", "zoledronate_buried", "marrow_runx2", "marrow_fat", "strain_drive", "leptin", "adiponectin",
    "calcium", "bone_calcium_balance", "t_lumbar_spine", "t_total_hip", "t_femoral_neck", *(f"hazard_{k}" for k in KINDS),
    *(f"{kind}_{h}" for kind in ("hazard", "cumulative") for h in load_harms()),
)  # fmt: skip
DRUGS: dict[str, Regimen] = {
    "alendronate": Regimen("alendronate", "oral", 70.0, every=7.0),
    "zoledronate": Regimen("zoledronate", "intravenous", 5.0, duration=15 / 1440),
    "teriparatide": Regimen("teriparatide", "subcutaneous", 20.0, every=1.0, until=24 * DAYS_PER_MONTH),
    "raloxifene": Regimen("raloxifene", "oral", 60.0, every=1.0),
    "denosumab": Regimen("denosumab", "subcutaneous", 60.0, every=6 * DAYS_PER_MONTH),
    "romosozumab": Regimen("romosozumab", "subcutaneous", 210.0, every=DAYS_PER_MONTH, until=12 * DAYS_PER_MONTH),
    "odanacatib": Regimen("odanacatib", "oral", 50.0, every=7.0),
}  # doses and intervals of the published trials; zoledronate once
YOUNG: Values = (("age_at_start", 30.0),)
WOMAN: Values = (("age_at_start", 65.0), ("menopause_age", 50.0))


@dataclass(frozen=True)
class Run:
    """One woman.

    life    : parameters in force from birth on (covariates, knock-outs that were always there)
    changes : parameters set on day 0
    drugs   : regimens from day 0
    removed : a state set to zero on day 0
    """

    life: Values = YOUNG
    changes: Values = ()
    drugs: tuple[Regimen, ...] = ()
    removed: str = ""


@dataclass(frozen=True)
class SimulatedValues:
    """What one run showed. values : (days, outputs)"""

    values: Array

    def at(self, output: str, months: float = 0.0, days: float | None = None) -> float:
        """Value on one of DAYS."""
        day = months * DAYS_PER_MONTH if days is None else days
        i = int(np.searchsorted(DAYS, day - 1e-6))
        if i == len(DAYS) or abs(DAYS[i] - day) > 1e-6:
            raise ValueError(f"Day {day:g} is not looked at.")
        look(output)
        return float(self.values[i, OUTPUTS.index(output)])

    def curve(self, output: str) -> Array:
        """(days,) of one output, on DAYS."""
        look(output)
        return self.values[:, OUTPUTS.index(output)]

    def change(self, output: str, months: float = 0.0, days: float | None = None) -> float:
        """Percent change from day 0."""
        return 100 * (self.at(output, months, days) / self.at(output) - 1)


def laboratory() -> Model:
    """The model with every drug of DRUGS and of an own folder, and every harm; a drug that is not given is neutral in it."""
    return human_model({*DRUGS, *own_cards()}, harms=load_harms())


def observe(runs: Sequence[Run]) -> dict[Run, SimulatedValues]:
    """Run each distinct woman once. Raises RunFailed if one cannot be simulated."""
    seen, failed = attempt(runs)
    for run, why in failed.items():
        raise RunFailed(Fault("check_failed_to_run", "claims", "", "", "", f"The run {run} failed: it {why}."))
    return seen


def attempt(runs: Sequence[Run]) -> tuple[dict[Run, SimulatedValues], dict[Run, str]]:
    """What each distinct woman showed, and of those that could not be simulated, why not.

    All go in one batch; where the batch as a whole breaks, its halves are tried, down to the woman who breaks it.
    """
    once = tuple(dict.fromkeys(runs))
    if not once:
        return {}, {}
    try:
        return _batch(once)
    except (RunFailed, InputError) as error:
        if len(once) == 1:
            return {}, {once[0]: "; ".join(f.sentence() for f in error.faults)}
    half = len(once) // 2
    (seen, failed), (more, broken) = attempt(once[:half]), attempt(once[half:])
    return seen | more, failed | broken


def _batch(once: tuple[Run, ...]) -> tuple[dict[Run, SimulatedValues], dict[Run, str]]:
    model, n = laboratory(), len(once)
    parameters = _lanes(model, [r.life for r in once])
    states = run_in(model, parameters, n)
    place = {s: i for i, s in enumerate(model.traced.states)}
    for lane, run in enumerate(once):
        if run.removed:
            states[lane, place[run.removed]] = 0.0
    events = Events(tuple(_schedule(model, r) for r in once), np.arange(n))
    got = simulate(model, parameters, n=n, times=DAYS, outputs=OUTPUTS, start=0.0, events=events, initial=states)
    failed = {run: str(got.reasons[lane]) for lane, run in enumerate(once) if got.failed[lane]}
    return {run: SimulatedValues(got.values[lane]) for lane, run in enumerate(once) if run not in failed}, failed


def _lanes(model: Model, lives: Sequence[Values]) -> dict[str, Any]:
    """Parameters by name, (members,) each; what a life does not name keeps the model's default."""
    maps: list[Mapping[str, float]] = [dict(life) for life in lives]
    names = sorted({name for m in maps for name in m})
    return {name: np.array([m.get(name, model.defaults[name]) for m in maps]) for name in names}


def _schedule(model: Model, run: Run) -> Schedule:
    schedule = Schedule()
    for name, value in run.changes:
        schedule.set_parameter(0.0, name, value)
    return add_regimens(schedule, model, run.drugs, float(DAYS[-1]))
