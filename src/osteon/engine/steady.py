"""The steady state of a drug: its own states as they are when doses have always been given, the body held as it stands.

A body that ages has no steady state, a drug in it has: only the kinetic states move here, everything else is a constant
at its value of that moment. The state before a dose is the fixed point of one interval, found by Newton's method with a
difference matrix (one step for linear kinetics). Where there is none the design is refused by name.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from osteon.engine.events import Events, Schedule, Steady
from osteon.engine.program import TIME
from osteon.engine.simulate import Task, integrate
from osteon.engine.slopes import slope
from osteon.errors import Fault, Unsupported
from osteon.model import Traced, symbols_of
from osteon.model.expressions import const
from osteon.model.tracing import fingerprint

Array = NDArray[np.float64]
EXACT = 1e-10  # relative tolerance of one interval
CLOSE = 1e-8  # how far the ends of an interval may differ, as a share
MOST = 1e6  # accumulation beyond which there is no steady state to speak of
CONSTANT = 30.0  # days: the interval over which an infusion that always runs is looked at
NEWTON = 40


def settle(task: Task, matrix: Array, state: Array, steady: Steady) -> Array:
    """State (n, states) with the kinetic ones at steady state at `steady.time`.

    Raises Unsupported where there is none, or where adding to what is there has no meaning (kinetics not linear).
    """
    kinetic = [task.traced.states.index(s) for s in steady.kinetic]
    if steady.add and not linear(task.traced, steady.kinetic):
        raise _refused(steady, "SS 2 adds two courses, which has a meaning for linear kinetics only; these are not")
    held = _Held(task, steady, matrix, state, kinetic)
    found = held.at(_fixed(held, steady, True), steady)
    if steady.add:
        found = state[:, kinetic] + found - held.at(_fixed(held, steady, False), steady, False)
    settled = state.copy()
    settled[:, kinetic] = found
    return settled


def linear(traced: Traced, kinetic: tuple[str, ...]) -> bool:
    """Whether the rates of these states are linear in them."""
    rates = [traced.rhs[traced.states.index(s)] for s in kinetic]
    return not any(symbols_of(slope(r, s)) & set(kinetic) for r in rates for s in kinetic)


class _Held:
    """The drug alone, in bodies that stand still: (n, kinetic) states go in and come out."""

    def __init__(self, task: Task, steady: Steady, matrix: Array, state: Array, kinetic: list[int]) -> None:
        whole = task.traced
        others = [i for i in range(len(whole.states)) if i not in kinetic]
        names = (*whole.parameters, *(whole.states[i] for i in others), TIME)
        rhs = tuple(whole.rhs[i] for i in kinetic)
        zero = tuple(const(0.0) for _ in kinetic)
        alone = Traced(steady.kinetic, names, rhs, {}, zero, fingerprint(steady.kinetic, names, rhs))
        self.scale = task.atol[kinetic] / max(task.atol.min(), 1e-300) if task.atol.min() > 0 else np.ones(len(kinetic))
        self.task = replace(task, traced=alone, outputs=(), atol=task.atol[kinetic] * 1e-3, rtol=EXACT)
        time = np.full((len(matrix), 1), steady.time)
        self.matrix = np.ascontiguousarray(np.hstack([matrix, state[:, others], time]))

    def run(self, first: Array, steady: Steady, days: float, dosed: bool) -> Array:
        """States after some days that begin with a dose (or with none)."""
        n = len(first) // len(self.matrix)
        schedule = Schedule()
        if dosed and steady.amount == 0:
            schedule.infusion(0.0, days, steady.state, steady.rate * days, share=steady.share)
        elif dosed and steady.duration > 0:
            schedule.infusion(0.0, steady.duration, steady.state, steady.amount, share=steady.share)
        elif dosed:
            schedule.bolus(0.0, steady.state, steady.amount, share=steady.share)
        events = Events((schedule,), np.zeros(len(first), np.int64))
        return integrate(self.task, np.tile(self.matrix, (n, 1)), first, first, events, 0.0, np.array([days])).final

    def at(self, trough: Array, steady: Steady, dosed: bool = True) -> Array:
        """From the state before a dose to that at the time of the record, which a late dose has not reached."""
        after = steady.every - steady.lag
        if steady.lag == 0 or after <= 0:
            return trough
        return self.run(trough, steady, after, dosed)


def _fixed(held: _Held, steady: Steady, dosed: bool) -> Array:
    days, k = steady.every or CONSTANT, len(steady.kinetic)
    x = held.run(np.zeros((len(held.matrix), k)), steady, days, dosed)
    first = np.abs(x).max(axis=1) + held.scale.min()
    for _ in range(NEWTON):
        size = np.abs(x) + 1e-3 * (first[:, None] + held.scale)
        lanes = [x, *(x + 1e-3 * size * np.eye(k)[j] for j in range(k))]
        ends = held.run(np.concatenate(lanes), steady, days, dosed).reshape(k + 1, len(x), k)
        left = ends[0] - x
        if np.all((np.abs(left) <= CLOSE * size) | ~np.isfinite(left)):
            return _accepted(ends[0], first, steady)
        change = np.stack([(ends[1 + j] - ends[0]) / (1e-3 * size[:, [j]]) for j in range(k)], axis=2)
        x = np.maximum(x + _solved(np.eye(k) - change, left), 0.1 * np.minimum(x, ends[0]))
        if np.nanmax(np.abs(x) / first[:, None]) > MOST:
            break
    raise _refused(steady, "it has no steady state: it accumulates without end")


def _solved(matrix: Array, left: Array) -> Array:
    good = np.isfinite(matrix).all(axis=(1, 2)) & np.isfinite(left).all(axis=1)
    found = np.full_like(left, np.nan)
    flat = np.linalg.det(matrix[good]) == 0.0
    found[good] = np.linalg.solve(
        matrix[good] + 1e-12 * flat[:, None, None] * np.eye(left.shape[1]), left[good][..., None]
    )[..., 0]
    return found


def _accepted(x: Array, first: Array, steady: Steady) -> Array:
    if np.nanmax(np.abs(x) / first[:, None], initial=0.0) > MOST:
        raise _refused(steady, "it has no steady state: it accumulates without end")
    return x


def _refused(steady: Steady, why: str) -> Unsupported:
    text = f"A steady state of '{steady.state}' on day {steady.time:g} is not defined: {why}."
    return Unsupported(Fault("unsupported", f"events day {steady.time:g} SS", steady.state, "", "", text))
