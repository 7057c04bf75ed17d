"""libRoadRunner: CVODE on a right-hand side it compiles with LLVM, loaded once, never recompiled, at its best.

Formulas: in the form of `shared`; as exported they are written out again at every mention, which makes every evaluation
sixty times as long as need be ("exported" shows that figure: it is what a user meets, not what the method can do).
Doses: one call of `simulate` an interval with the amount added between ("calls"), or SBML events at the dosing days
("events"); both are timed. What follows from a changed parameter is set by hand: `reset` does not recompute it.
Tolerances are ours, state by state.
"""

from __future__ import annotations

import numpy as np

from benchmarks.peers.shared import shared_sbml
from benchmarks.workloads import ATOL, OUTPUTS, Array, Run, Workload
from osteon.engine.simulate import evaluate, scales
from osteon.model.expressions import symbol


def roadrunner(work: Workload, rtol: float, form: str = "calls") -> Run:
    """Values at the looks, one person after the other.   form : calls, events or exported"""
    import roadrunner as rr

    traced = work.model.traced
    spans = work.intervals()
    later = [(work.state, first, amount) for first, _, _, amount in spans[1:]] if form == "events" else []
    shared = shared_sbml(traced, OUTPUTS, later)
    machine = rr.RoadRunner(work.sbml if form == "exported" else shared.text)
    machine.integrator.relative_tolerance = rtol
    machine.timeCourseSelections = list(OUTPUTS)
    for state, scale in zip(traced.states, scales(work.model), strict=True):
        machine.integrator.setIndividualTolerance(state, float(scale) * ATOL)
    constants = {"turnover_scale": symbol("turnover_scale")} if form == "exported" else shared.constants

    def run(scale: Array) -> Array:
        columns = work.columns(scale)
        start = evaluate(traced.initial, columns, len(scale))
        fixed = evaluate(list(constants.values()), columns, len(scale))
        return np.stack([one(f, y) for f, y in zip(fixed.tolist(), start.tolist(), strict=True)])

    def one(fixed: list[float], start: list[float]) -> Array:
        machine.reset()
        for name, value in zip((*constants, *traced.states), (*fixed, *start), strict=True):
            machine[name] = value
        return at_once() if form == "events" else in_calls()

    def at_once() -> Array:
        machine[work.state] = machine[work.state] + spans[0][-1]  # an event at the very start does not fire
        return np.array(machine.simulate(times=work.times.tolist()))

    def in_calls() -> Array:
        rows = np.empty((len(work.times), len(OUTPUTS)))
        for first, last, looks, amount in spans:
            machine[work.state] = machine[work.state] + amount
            grid = np.unique(np.concatenate([[first], work.times[looks], [last]]))
            found = np.asarray(machine.simulate(times=grid.tolist()))
            rows[looks] = found[np.searchsorted(grid, work.times[looks])]
        return rows

    return run
