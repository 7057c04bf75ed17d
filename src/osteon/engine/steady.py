"""The steady state of a drug: its own states as they are when doses have always been given, the body held as it stands.

A body that ages has no steady state, a drug in it has: only the kinetic states move here, everything else is a constant
at its value of that moment. The state before a dose is the fixed point of one interval, found by Newton's method with a
difference matrix (one step for linear kinetics). A patient who has none is a row with its reason.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from osteon.engine.events import Events, Schedule, Steady
from osteon.engine.integrate import Task, integrate
from osteon.engine.program import TIME
from osteon.engine.slopes import slope
from osteon.errors import Fault, Unsupported
from osteon.model import Traced, symbols_of
from osteon.model.expressions import const
from osteon.model.tracing import fingerprint
from osteon.units import DAYS_PER_YEAR

Array = NDArray[np.float64]
EXACT = 1e-10  # relative tolerance of one interval
CLOSE = 1e-8  # how far the ends of an interval may differ, as a share
MAX_ACCUMULATION = 1e6  # accumulation beyond which there is no steady state to speak of
CONSTANT = 30.0  # days: the interval over which an infusion that always runs is looked at
NEWTON = 40
ENDLESS, NOT_REACHED, TOO_SLOW = 3, 4, 5  # as in integrate.REASONS


@dataclass(frozen=True)
class Settled:
    """Of n patients: states with the drug at steady state, why one has none (0, or as in `integrate.REASONS`), and after how
    many days of dosing the slowest of its states has nine tenths of it.
    """

    state: Array
    status: NDArray[np.int64]
    days: Array


def find_steady_state(task: Task, matrix: Array, state: Array, steady: Steady) -> Settled:
    """States (n, states) with the kinetic ones at steady state at `steady.time`; NaN in a patient who has none.

    Raises Unsupported where adding to what is there has no meaning (kinetics not linear).
    """
    kinetic = [task.traced.states.index(s) for s in steady.kinetic]
    if steady.add and not linear(task.traced, steady.kinetic):
        raise _refused(steady, "SS 2 adds two courses, which has a meaning for linear kinetics only; these are not")
    held = _Held(task, steady, matrix, state, kinetic)
    trough, status, days = _fixed(held, steady, True)
    found = held.at(trough, steady)
    if steady.add:
        alone, why, _ = _fixed(held, steady, False)
        found = state[:, kinetic] + found - held.at(alone, steady, False)
        status = np.where(status == 0, why, status)
    settled = state.copy()
    settled[:, kinetic] = np.where(status[:, None] == 0, found, np.nan)
    return Settled(settled, status, days)


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
        schedule = _interval(steady, days) if dosed else Schedule()
        events = Events((schedule,), np.zeros(len(first), np.int64))
        return integrate(self.task, np.tile(self.matrix, (n, 1)), first, first, events, 0.0, np.array([days])).final

    def at(self, trough: Array, steady: Steady, dosed: bool = True) -> Array:
        """From the state before a dose to that at the time of the record, which a late dose has not reached."""
        after = steady.every - steady.lag
        if steady.lag == 0 or after <= 0:
            return trough
        return self.run(trough, steady, after, dosed)


def _interval(steady: Steady, days: float) -> Schedule:
    """What comes in during `days` that begin with a dose. Infusions longer than the interval run from one into the next."""
    schedule = Schedule()
    if steady.amount == 0:  # a rate in the data, which is not scaled by the share that arrives
        return schedule.infusion(0.0, days, steady.state, steady.rate * days)
    if steady.duration <= 0:
        return schedule.bolus(0.0, steady.state, steady.amount, share=steady.share)
    whole, rest = divmod(steady.duration, steady.every)
    if rest > (1 - 1e-9) * steady.every:
        whole, rest = whole + 1, 0.0
    each_day = steady.amount / steady.duration
    if whole:
        schedule.infusion(0.0, days, steady.state, whole * each_day * days, share=steady.share)
    if rest > (1e-9 * steady.every if whole else 0.0):
        schedule.infusion(0.0, rest, steady.state, each_day * rest, share=steady.share)
    return schedule


def _fixed(held: _Held, steady: Steady, dosed: bool) -> tuple[Array, NDArray[np.int64], Array]:
    """The state (n, kinetic) that one interval leads back to, why there is none, and days of dosing to nine tenths of it.

    Every patient is done by itself: what the others need changes nothing.
    """
    days, n, k = steady.every or CONSTANT, len(held.matrix), len(steady.kinetic)
    x = held.run(np.zeros((n, k)), steady, days, dosed)
    first = np.abs(x).max(axis=1) + held.scale.min()
    found, status, needed = np.full((n, k), np.nan), np.full(n, NOT_REACHED, np.int64), np.full(n, np.nan)
    going = np.ones(n, bool)
    for _ in range(NEWTON):
        size = np.abs(x) + 1e-3 * (first[:, None] + held.scale)
        lanes = [x, *(x + 1e-3 * size * np.eye(k)[j] for j in range(k))]
        ends = held.run(np.concatenate(lanes), steady, days, dosed).reshape(k + 1, n, k)
        left = ends[0] - x
        change = np.stack([(ends[1 + j] - ends[0]) / (1e-3 * size[:, [j]]) for j in range(k)], axis=2)
        there = going & np.all(np.abs(left) <= CLOSE * size, axis=1)
        for i in np.flatnonzero(there):
            found[i], status[i], needed[i] = ends[0, i], 0, _settling(change[i], ends[0, i], days) if dosed else 0.0
        going &= ~there & np.isfinite(left).all(axis=1)
        with np.errstate(invalid="ignore", over="ignore"):
            x = np.maximum(x + _solved(np.eye(k) - change, left), 0.1 * np.minimum(x, ends[0]))
            endless = (np.abs(np.where(there[:, None], found, x)).max(axis=1) / first > MAX_ACCUMULATION) & (
                going | there
            )
        status[endless] = ENDLESS
        going &= ~endless
        if not going.any():
            break
    status[(status == 0) & (needed > steady.longest)] = TOO_SLOW
    return found, status, needed


def _settling(change: Array, state: Array, interval: float) -> float:
    """Days of dosing from nothing until every state has nine tenths of its steady value.

    change : (k, k) what one interval makes of a difference to it; exact for linear kinetics, else as near the end
    """

    def short(power: Array) -> bool:
        return bool(np.any(np.abs(power @ state) > 0.1 * np.abs(state)))

    powers = [change]
    while short(powers[-1]) and len(powers) < 60:
        powers.append(powers[-1] @ powers[-1])
    if len(powers) == 60:
        return math.inf
    done, count = np.eye(len(state)), 0
    for i in range(len(powers) - 2, -1, -1):
        if short(done @ powers[i]):
            done, count = done @ powers[i], count + 2**i
    return (count + 1) * interval


def _solved(matrix: Array, left: Array) -> Array:
    good = np.isfinite(matrix).all(axis=(1, 2)) & np.isfinite(left).all(axis=1)
    found = np.full_like(left, np.nan)
    flat = np.linalg.det(matrix[good]) == 0.0
    found[good] = np.linalg.solve(
        matrix[good] + 1e-12 * flat[:, None, None] * np.eye(left.shape[1]), left[good][..., None]
    )[..., 0]
    return found


def refusal(steady: Steady, status: int, days: float) -> Unsupported:
    """Why nobody has this steady state, as an error.   days : of dosing to nine tenths of it"""
    if status == ENDLESS:
        return _refused(steady, "it has no steady state: it accumulates without end")
    if status == NOT_REACHED:
        return _refused(steady, "none was found")
    years, longest = days / DAYS_PER_YEAR, steady.longest / DAYS_PER_YEAR
    return _refused(
        steady,
        f"it is reached, to 9 tenths, after about {years:.3g} years of dosing; up to {longest:.3g} years are taken as reached. "
        "Write the doses that were given, from a time before 0",
    )


def _refused(steady: Steady, why: str) -> Unsupported:
    text = f"A steady state of '{steady.state}' on day {steady.time:g} is not defined: {why}."
    return Unsupported(Fault("unsupported", f"events day {steady.time:g} SS", steady.state, "", "", text))
