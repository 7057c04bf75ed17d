"""Integrate a batch of patients over one grid of times: tasks, results, threads; the kernel does the steps."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from osteon.engine.events import Events, Table, tabulate
from osteon.engine.interrupts import interruptible
from osteon.errors import InputError, unknown
from osteon.model import Traced

REASONS = {
    1: "took more steps than allowed; the parameters make the model too stiff or too fast",
    2: "the step became too small; a state runs away or is not a number",
    3: "has no steady state of the drug: it accumulates without end",
    4: "has a steady state of the drug that was not reached in the search for it",
    5: "reaches the steady state of the drug only after more years of dosing than are allowed",
}


@dataclass(frozen=True)
class Task:
    """What is integrated and how well.   outputs : asked for and looked at by rules; atol : (states,)"""

    traced: Traced
    outputs: tuple[str, ...]
    atol: np.ndarray
    rtol: float = 1e-6
    max_steps: int = 2_000_000
    first_step: float = 0.01
    max_step: float = 1e9
    lanes: int = 8


@dataclass(frozen=True)
class Spread:
    """How patients are spread: threads, patients at a time, and whom to tell."""

    threads: int = 1
    chunk: int = 1000
    progress: Callable[[int], None] | None = None


def integrate(
    task: Task,
    matrix: np.ndarray,
    first: np.ndarray,
    home: np.ndarray,
    events: Events,
    begin: float,
    grid: np.ndarray,
    spread: Spread = Spread(),
) -> Result:
    """Run patients (rows of matrix, first and home) over a grid of times; `events.which` names everybody's schedule."""
    from osteon.engine.kernel import compile_kernel

    kernel, table = compile_kernel(task.traced, task.outputs, task.lanes), _table(task.traced, events)
    n = len(matrix)
    result = Result.empty(n, len(grid), len(task.outputs), first.shape[1], table.groups)
    slices = [slice(i, min(i + spread.chunk, n)) for i in range(0, n, spread.chunk)]

    def one(part: slice) -> None:
        rows = {
            "parameters": matrix[part],
            "start_state": first[part],
            "home": home[part],
            "schedule": events.which[part],
        }
        _run(task, kernel, table, begin, grid, rows, result.part(part))
        if spread.progress:
            spread.progress(part.stop - part.start)

    if spread.threads > 1 and len(slices) > 1:
        with ThreadPoolExecutor(spread.threads) as pool:
            list(pool.map(one, slices))
    else:
        for part in slices:
            one(part)
    return result


@dataclass(frozen=True)
class Result:
    values: np.ndarray
    final: np.ndarray
    status: np.ndarray
    steps: np.ndarray
    delivered: np.ndarray
    doses: np.ndarray
    settling: np.ndarray

    @staticmethod
    def empty(n: int, m: int, k: int, s: int, groups: int = 0) -> Result:
        count = np.zeros((2 + groups, n), np.int64)
        return Result(
            np.full((n, m, k), np.nan), np.zeros((n, s)), count[0], count[1], np.zeros((n, s)), count[2:].T,
            np.full(n, np.nan),
        )  # fmt: skip

    def part(self, rows: slice) -> Result:
        return Result(*(a[rows] for a in vars(self).values()))


def _run(
    task: Task,
    kernel: Any,
    table: Table,
    begin: float,
    grid: np.ndarray,
    rows: dict[str, np.ndarray],
    result: Result,
) -> None:
    from osteon.engine.compiled import drive
    from osteon.engine.lanes import MAX_STEPS, Outputs, bind, job_of, lanes_of

    lanes = lanes_of(kernel, rows["parameters"].shape[1], table.groups, table.slots)
    bound = bind(kernel, lanes, task.atol, task.rtol)
    setting = (begin, task.first_step, task.max_step, task.max_steps, -1.0 / kernel.method.order)
    count = np.zeros((2 + table.groups, len(result.status)), np.int64)
    job = job_of(table, task.outputs, grid, setting, **rows)
    found = Outputs(result.values, result.final, count, result.delivered)

    def give_up() -> None:
        job.setting[MAX_STEPS] = 0  # each patient who still runs is given up at the next step

    interruptible(lambda: drive(job, lanes, found, bound.code), give_up)
    result.status[:], result.steps[:], result.doses[:] = count[0], count[1], count[2:].T


def _table(traced: Traced, events: Events) -> Table:
    states = {s: i for i, s in enumerate(traced.states)}
    parameters = {p: i for i, p in enumerate(traced.parameters)}
    try:
        return tabulate(events.schedules, states, parameters)
    except KeyError as error:
        raise InputError(unknown("state or parameter", str(error.args[0]), {*states, *parameters})) from None
