"""Simulate: a model, patients and their events in; trajectories out, one reason for every patient that failed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from osteon.engine.events import Events
from osteon.engine.integrate import REASONS, Result, Spread, Task, integrate
from osteon.engine.rates import own_rates
from osteon.engine.segments import integrate_segments
from osteon.errors import InputError, unknown
from osteon.model import Expr, Model, walk
from osteon.model.expressions import _plain_softplus

SIMULATE_NARROW = (
    4  # lanes for so few patients: half a register costs two thirds; one patient has a kernel that packs exp and log
)


@dataclass(frozen=True)
class Trajectories:
    """Results of a batch.

    values    : (patients, times, outputs); NaN from the moment a patient failed
    failed    : (patients,) bool, and `reasons`, a sentence for each (empty = fine)
    steps     : (patients,) steps tried
    delivered : (patients, states) amount that doses brought in, for the mass balance
    final     : (patients, states) state at the last time
    doses     : (patients, groups) how many of each group were given, after what its rules left out
    settling  : (patients,) days of dosing to nine tenths of the slowest steady state that was set, NaN without one
    """

    times: np.ndarray
    outputs: tuple[str, ...]
    values: np.ndarray
    failed: np.ndarray
    reasons: tuple[str, ...]
    steps: np.ndarray
    delivered: np.ndarray
    final: np.ndarray
    states: tuple[str, ...]
    doses: np.ndarray
    settling: np.ndarray

    def of(self, output: str) -> np.ndarray:
        """(patients, times) of one output."""
        return self.values[:, :, self.outputs.index(output)]


def evaluate(
    roots: Sequence[Expr], values: Mapping[str, Any], n: int, more: Mapping[str, Callable[..., Any]] | None = None
) -> np.ndarray:
    """(n, len(roots)) of expressions, by NumPy; used for initial states and as an oracle in tests.   more : other operations"""
    import operator as o

    binary: dict[str, Any] = {"add": o.add, "sub": o.sub, "mul": o.mul, "div": o.truediv, "pow": o.pow}
    unary: dict[str, Any] = {
        "neg": o.neg,
        "exp": np.exp,
        "log": np.log,
        "tanh": np.tanh,
        "sqrt": np.sqrt,
        "softplus": _plain_softplus,
        **(more or {}),
    }
    done: dict[int, Any] = {}
    with np.errstate(all="ignore"):
        for node in walk(*roots):
            args = [done[id(a)] for a in node.args]
            if node.op in ("const", "symbol"):
                done[id(node)] = np.float64(node.value) if node.op == "const" else values[str(node.name)]
            else:
                done[id(node)] = (binary if len(args) == 2 else unary)[node.op](*args)
    return np.stack([np.broadcast_to(np.asarray(done[id(r)], float), (n,)) for r in roots], axis=1)


def parameter_matrix(model: Model, parameters: Mapping[str, Any] | None, n: int) -> np.ndarray:
    """(n, parameters): defaults with `parameters` (numbers or arrays of n) put over them."""
    names = model.traced.parameters
    place = {name: i for i, name in enumerate(names)}
    matrix = np.tile(np.array([model.defaults[p] for p in names]), (n, 1))
    wrong = [unknown("parameter", name, names) for name in (parameters or {}) if name not in place]
    if wrong:
        raise InputError(wrong)
    for name, value in (parameters or {}).items():
        matrix[:, place[name]] = value
    return matrix


def initial_states(model: Model, matrix: np.ndarray) -> np.ndarray:
    """(n, states) from the parameters of each patient."""
    traced = model.traced
    columns = {name: matrix[:, i] for i, name in enumerate(traced.parameters)}
    return evaluate(traced.initial, columns, len(matrix))


def simulate(
    model: Model,
    parameters: Mapping[str, Any] | None = None,
    *,
    n: int = 1,
    times: Sequence[float] | np.ndarray,
    outputs: Sequence[str],
    start: float | None = None,
    events: Events | None = None,
    initial: np.ndarray | None = None,
    rtol: float = 1e-6,
    atol: float = 1e-9,
    threads: int = 1,
    chunk: int = 1000,
    lanes: int = 0,
    max_steps: int = 2_000_000,
    first_step: float = 0.01,
    max_step: float = 1e9,
    progress: Callable[[int], None] | None = None,
) -> Trajectories:
    """Integrate n patients over `times` (days, rising) from `start` (default: the first time).

    parameters : overrides of the model's defaults, a number or (n,) each
    outputs    : names of states, rules, parameters or "time"; values are those before an event of the same instant
    events     : doses, switches and checks; none = an untreated patient
    initial    : (n, states) to go on from; default: the model's own start
    atol       : times the scale of each state
    lanes      : patients in a vector register, 0 = as suits n; the results are the same to the bit
    first_step, max_step : days; equal ones with loose tolerances give fixed steps (for tests of order)

    Raises InputError for a name the model does not have. A patient that fails is a row with a reason.
    """
    grid = _grid(times)
    events = events or Events()
    asked = _asked(model, outputs, events)
    matrix = parameter_matrix(model, parameters, n)
    home = initial_states(model, matrix) if initial is None else np.array(initial, float)
    begin = float(grid[0] if start is None else start)
    task = Task(
        model.traced,
        asked,
        scales(model) * atol,
        rtol,
        max_steps,
        first_step,
        max_step,
        lanes or (8 if n > SIMULATE_NARROW else SIMULATE_NARROW if n > 1 else 1),
    )
    which = np.zeros(n, np.int64) if events.which is None else np.asarray(events.which, np.int64)
    _check_times(begin, grid, events)
    events = Events(events.schedules, which)
    if any(e.rated for s in events.schedules for e in s.rows) or any(s.steady for s in events.schedules):
        events = own_rates(model.traced, matrix, events)
    if any(s.steady for s in events.schedules):
        result = integrate_segments(task, matrix, home, events, begin, grid)
    else:
        result = integrate(task, matrix, home, home, events, begin, grid, Spread(threads, chunk, progress))
    return _trajectories(model, grid, tuple(outputs), result)


def scales(model: Model) -> np.ndarray:
    """(states,) typical size of each."""
    return np.array([model.states[s].scale for s in model.traced.states])


def _grid(times: Sequence[float] | np.ndarray) -> np.ndarray:
    grid = np.ascontiguousarray(np.asarray(times, float))
    if grid.ndim != 1 or not len(grid) or not np.all(np.isfinite(grid)) or np.any(np.diff(grid) < 0):
        raise InputError("Times must be a rising list of finite days.")
    return grid


def _check_times(start: float, grid: np.ndarray, events: Events) -> None:
    if start > grid[0]:
        raise InputError(f"The start (day {start:g}) lies after the first time asked for (day {grid[0]:g}).")
    times = [e.time for s in events.schedules for e in s.rows]
    times += [m.time for s in events.schedules for m in s.steady]
    earliest = min(times, default=start)
    if earliest < start:
        raise InputError(f"An event at day {earliest:g} lies before the start of the simulation, day {start:g}.")


def _asked(model: Model, outputs: Sequence[str], events: Events) -> tuple[str, ...]:
    known = {*model.outputs, *model.parameters, "time"}
    guards = [c.quantity for s in events.schedules for g in s.guards for c in g.conditions]
    wrong = [unknown("output", o, known) for o in (*outputs, *guards) if o not in known]
    if wrong:
        raise InputError(wrong)
    return tuple(dict.fromkeys((*outputs, *guards)))


def _trajectories(model: Model, grid: np.ndarray, outputs: tuple[str, ...], result: Result) -> Trajectories:
    reasons = tuple(REASONS.get(int(s), "") for s in result.status)
    return Trajectories(
        times=grid,
        outputs=outputs,
        values=result.values[:, :, : len(outputs)] if len(set(outputs)) == len(outputs) else result.values,
        failed=result.status != 0,
        reasons=reasons,
        steps=result.steps,
        delivered=result.delivered,
        final=result.final,
        states=model.traced.states,
        doses=result.doses,
        settling=result.settling,
    )
