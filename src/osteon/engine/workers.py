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
from multiprocessing import connection, get_context, parent_process
from typing import Any

from osteon.engine.interrupts import deaf, held_back, undisturbed
from osteon.errors import Fault, RunFailed

Jobs = Sequence[tuple[Any, ...]]
TERM, KILL = 2.0, 2.0  # s that workers have to end when they are told to, and when they are made to


def processes(function: Callable[..., Any], jobs: Jobs, workers: int) -> Iterator[Any]:
    """In `workers` processes; each has one job at a time and memory stays bounded. Raises RunFailed where one dies."""
    pool: list[_Worker] = []
    results: dict[int | None, Any] = {}
    given = yielded = 0
    try:
        for _ in range(min(workers, len(jobs))):
            pool.append(_Worker())
        while yielded < len(jobs):
            for worker in pool:
                if worker.job is None and given < min(len(jobs), yielded + 4 * workers):
                    worker.send(given, function, jobs[given])
                    given += 1
            ready = connection.wait([w.pipe for w in pool if w.job is not None])
            for worker in pool:
                if worker.pipe in ready:
                    number, result = worker.receive()
                    results[number] = result
            while yielded in results:
                yield results.pop(yielded)
                yielded += 1
    finally:
        with undisturbed():
            _end(pool, orderly=yielded == len(jobs))


class _Worker:
    """One process and the pipe to it.   job : the number of the one in hand"""

    def __init__(self) -> None:
        context = get_context("spawn")
        self.pipe, other = context.Pipe()
        self.process = context.Process(target=_work, args=(other,), daemon=True)
        self.job: int | None = None
        with held_back():
            self.process.start()
        other.close()

    def send(self, number: int, function: Callable[..., Any], job: tuple[Any, ...]) -> None:
        self.job = number
        with _told():
            self.pipe.send((function, job))

    def receive(self) -> tuple[int | None, Any]:
        """Number and result of the job in hand. Raises what the job raised."""
        with _told():
            good, result = self.pipe.recv()
        number, self.job = self.job, None
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


def _end(pool: list[_Worker], orderly: bool) -> None:
    for worker in pool:
        worker.pipe.close()  # an idle worker ends by itself
        if not orderly:
            worker.process.terminate()
    for wait, harder in ((TERM, "terminate"), (TERM, "kill"), (KILL, "kill")):
        alive = [w.process for w in pool if w.process.is_alive()]
        connection.wait([p.sentinel for p in alive], 0)
        for process in alive:
            process.join(wait / len(alive))
        for process in alive:
            if process.is_alive():
                getattr(process, harder)()


def _work(pipe: Any) -> None:
    """Jobs until the pipe is closed."""
    deaf()
    threading.Thread(target=_end_with_driver, daemon=True).start()
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
