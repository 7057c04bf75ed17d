"""Worker processes: fresh ones of this machine, each with a pipe of its own; jobs in, results out in the order of the jobs.

Whatever happens to the driver, no worker stays: on any error or Ctrl-C they are ended within seconds, and one whose
driver is gone ends itself. What they store is whole or absent, so nothing is lost but the job in hand.
"""

from __future__ import annotations

import contextlib
import os
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from multiprocessing import connection, get_context, parent_process
from typing import Any

from osteon.additions import Additions, activate, active
from osteon.engine.interrupts import deaf, held_back, undisturbed
from osteon.errors import Fault, RunFailed

Jobs = Sequence[tuple[Any, ...]]
TERM, KILL = 2.0, 2.0  # s that workers have to end when they are told to, and when they are made to


WORKERS_AHEAD = (
    2  # jobs a worker has at most, the one in hand included, so that it need not wait for a driver that works too
)
RESULTS = 4  # jobs for each worker whose results may wait for an earlier one


def processes(function: Callable[..., Any], jobs: Jobs, workers: int) -> Iterator[Any]:
    """In `workers` processes. Raises RunFailed where one dies."""
    with worker_pool(min(workers, len(jobs))) as pool:
        yield from shared(function, jobs, pool, here=False)


@contextlib.contextmanager
def worker_pool(count: int, room: str = "") -> Iterator[list[_Worker]]:
    """Processes that start at once and are ended with the block, whatever happens.   room : a module they import meanwhile"""
    pool: list[_Worker] = []
    try:
        for _ in range(count):
            pool.append(_Worker(room))
        yield pool
    finally:
        with undisturbed():
            _end(pool)


def shared(function: Callable[..., Any], jobs: Jobs, pool: list[_Worker], here: bool = True) -> Iterator[Any]:
    """Results in the order of the jobs, from the workers of a pool and, while they are all busy, from this process itself."""
    results: dict[int, Any] = {}
    given = yielded = 0
    while yielded < len(jobs):
        room = min(len(jobs), yielded + RESULTS * (len(pool) + here))
        for depth in range(WORKERS_AHEAD):
            for worker in pool:
                if len(worker.jobs) <= depth and given < room:
                    worker.send(given, function, jobs[given])
                    given += 1
        mine = here and given < room
        for pipe in connection.wait([w.pipe for w in pool if w.jobs], 0 if mine else None):
            worker = next(w for w in pool if w.pipe is pipe)
            number, result = worker.receive()
            results[number] = result
            mine = False
        if mine:
            results[given] = function(*jobs[given])
            given += 1
        while yielded in results:
            yield results.pop(yielded)
            yielded += 1


class _Worker:
    """One process and the pipe to it.   jobs : the numbers of those it has, the one in hand first"""

    def __init__(self, room: str) -> None:
        context = get_context("spawn")
        self.pipe, other = context.Pipe()
        self.process = context.Process(target=_work, args=(other, room, active()), daemon=True)
        self.jobs: list[int] = []
        with held_back():
            self.process.start()
        other.close()

    def send(self, number: int, function: Callable[..., Any], job: tuple[Any, ...]) -> None:
        self.jobs.append(number)
        with _told():
            self.pipe.send((function, job))

    def receive(self) -> tuple[int, Any]:
        """Number and result of the job in hand. Raises what the job raised."""
        with _told():
            good, result = self.pipe.recv()
        number = self.jobs.pop(0)
        if not good:
            raise result
        return number, result


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """A pipe that broke is a worker that died."""
    try:
        yield
    except (EOFError, ConnectionError, BrokenPipeError):
        text = "A worker process died. What it had finished is kept; 'osteon resume DIR' goes on."
        raise RunFailed(Fault("worker_died", message=text)) from None


def _end(pool: list[_Worker]) -> None:
    for worker in pool:
        worker.pipe.close()  # an idle worker ends by itself
        if worker.jobs:
            worker.process.terminate()
    for wait, harder in ((TERM, "terminate"), (TERM, "kill"), (KILL, "kill")):
        alive = [w.process for w in pool if w.process.is_alive()]
        connection.wait([p.sentinel for p in alive], 0)
        for process in alive:
            process.join(wait / len(alive))
        for process in alive:
            if process.is_alive():
                getattr(process, harder)()


def _work(pipe: Any, room: str, additions: Additions | None) -> None:
    """Jobs until the pipe is closed, with the own folder that is in force in the driver."""
    deaf()
    activate(additions)
    threading.Thread(target=_end_with_driver, daemon=True).start()
    if room:
        import_module(room)
    while True:
        try:
            function, job = pipe.recv()
        except (EOFError, OSError):
            return
        try:
            answer: tuple[bool, Any] = (True, function(*job))
        except Exception as error:
            answer = (False, _portable(error))
        try:
            pipe.send(answer)
        except (OSError, ValueError):
            return


def _portable(error: Exception) -> Exception:
    """An error that another process can be told, with where it was raised."""
    import pickle

    try:
        if type(pickle.loads(pickle.dumps(error))) is type(error):
            error.add_note("".join(traceback.format_exception(error)))
            return error
    except Exception:
        pass
    return RuntimeError("".join(traceback.format_exception(error)))


def _end_with_driver() -> None:
    driver = parent_process()
    if driver is not None:
        connection.wait([driver.sentinel])
        os._exit(3)
