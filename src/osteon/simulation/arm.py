"""One arm ready to run: what is given to whom, the model it needs, parameters of its members, where it starts.

Everybody who simulates an arm (a scenario, a study, a published trial, a fit) makes it here:

    1. a treatment: regimens, cells, lifestyle, overrides      3. `prepare`: model + run-in + match to month 0 = ArmCase
    2. subjects: parameters of n members, what was measured    4. `simulate`: outputs of the case on days
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from osteon import engine
from osteon.engine import Events, Schedule, Trajectories
from osteon.model import Model
from osteon.simulation.cell_products import add_cells, human_bones
from osteon.simulation.dosing import add_habits, add_overrides, add_regimens
from osteon.simulation.run_in import peak_bmd_for_t_score, run_in, specific_surface_for_t_score
from osteon.simulation.timeline import timeline
from osteon.simulation.treatment import Subjects, Treatment
from osteon.units import DAYS_PER_MONTH

Array = NDArray[np.float64]


@dataclass(frozen=True)
class ArmCase:
    """One arm ready to run.

    states : (n, states of the model) on day `begin`; parameters : numbers or (n,) by name; until : no dose is due after it
    """

    model: Model
    parameters: dict[str, Any]
    events: Events
    begin: float
    states: Array
    treatment: Treatment = field(default_factory=Treatment)
    label: str = ""
    until: float = math.inf

    @property
    def n(self) -> int:
        """Members of the arm."""
        return len(self.states)

    def timeline(self) -> str:
        """What happens to whom, a line each, in the order of its start."""
        return timeline(self.treatment, self.model, self.begin, self.until, self.label or "typical person", self.n)

    def __repr__(self) -> str:
        """The timeline: a case is read, not its arrays."""
        return self.timeline()


def schedule_of(
    treatment: Treatment,
    model: Model,
    begin: float,
    until: float,
    onto: Schedule | None = None,
    table: Callable[[Schedule], object] = lambda schedule: None,
) -> Schedule:
    """Everything a treatment does as events.   until : day after which no dose is due; table : adds rows of an event table"""
    schedule = add_regimens(onto or Schedule(), model, list(treatment.regimens), until)
    table(schedule)
    add_cells(schedule, treatment.cells, human_bones)
    add_habits(schedule, model, treatment.lifestyle)
    return add_overrides(schedule, model, treatment.overrides, begin)


def prepare(
    treatment: Treatment,
    subjects: Subjects,
    model: Model,
    until: float,
    rtol: float = 1e-6,
    begin: float | None = None,
    states: Array | None = None,
) -> ArmCase:
    """An arm ready to run: its events, the run-in from the reference adult, month 0 as it was measured.

    until  : day after which no dose is due. T-scores of the subjects are met at month 0 with what they took before it.
    begin  : day on which the run-in ends; the first day of the treatment where it is None
    states : (n, states of the model) on that day, where another arm of the same subjects has them already
    """
    begin = treatment.begin if begin is None else begin
    events = _events(treatment, subjects, model, until)
    parameters = {k: v for k, v in subjects.parameters.items() if k in model.parameters}
    earlier = dict(subjects.before)
    parameters |= specific_surface_for_t_score(parameters | earlier, subjects.t_scores, subjects.n, rtol)
    if states is None:
        states = run_in(model, parameters | earlier, subjects.n, begin, rtol)
    case = ArmCase(model, parameters, events, begin, states, treatment, subjects.label, until)
    return with_t_scores(case, subjects.t_scores, rtol)


def _events(treatment: Treatment, subjects: Subjects, model: Model, until: float) -> Events:
    """One schedule for all, or one a level of adherence and who follows which."""
    if not treatment.by_adherence or subjects.adherence_level is None:
        return Events((schedule_of(treatment, model, treatment.begin, until),))
    levels = [replace(treatment, regimens=r, by_adherence=()) for r in treatment.by_adherence]
    schedules = tuple(schedule_of(level, model, treatment.begin, until) for level in levels)
    return Events(schedules, np.asarray(subjects.adherence_level, np.int64))


def with_t_scores(case: ArmCase, t_scores: Mapping[str, Any], rtol: float = 1e-6) -> ArmCase:
    """The case with peak bone mass that meets T-scores at month 0, by site; BMD is linear in its peak."""
    if not t_scores:
        return case
    reached = at_month_zero(case, [f"bmd_{s}" for s in t_scores], rtol)
    bmd = {s: reached[f"bmd_{s}"] for s in t_scores}
    peaks = peak_bmd_for_t_score(t_scores, bmd, case.parameters, case.model.defaults)
    return replace(case, parameters=case.parameters | peaks)


def at_month_zero(case: ArmCase, outputs: Iterable[str], rtol: float = 1e-6) -> dict[str, Array]:
    """Outputs at month 0 by name, (n,) each."""
    names = list(outputs)
    result = simulate(case, [0.0], names, rtol, atol=1e-3 * rtol)
    return {name: result.of(name)[:, 0] for name in names}


def simulate(
    case: ArmCase, days: Sequence[float] | Array, outputs: Sequence[str], rtol: float = 1e-6, **options: Any
) -> Trajectories:
    """Outputs of an arm, (n, days, outputs).   days : from `begin` on; options : those of `engine.simulate`"""
    return engine.simulate(
        case.model,
        case.parameters,
        n=case.n,
        times=days,
        outputs=list(outputs),
        start=case.begin,
        events=case.events,
        initial=case.states,
        rtol=rtol,
        **options,
    )


def days_of(months: Iterable[float]) -> Array:
    """Days of months since month 0."""
    return np.array(list(months)) * DAYS_PER_MONTH
