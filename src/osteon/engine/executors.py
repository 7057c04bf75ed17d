"""Executors: where chunks are computed. One small interface, a serial twin, the same bytes from each.

A job is a function of plain arguments that stores its own result; results come back in the order of the jobs.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from osteon.additions import Additions, active, using
from osteon.engine.interrupts import undisturbed
from osteon.engine.workers import Jobs, processes, shared, worker_pool
from osteon.errors import Fault, RunFailed, Unsupported

CLOSING = 4.0  # s that leaving a Dask scheduler may take
AHEAD = 4  # jobs a Dask worker that wait there


def serial(function: Callable[..., Any], jobs: Jobs) -> Iterator[Any]:
    """One after the other, here."""
    for job in jobs:
        yield function(*job)


def dask(function: Callable[..., Any], jobs: Jobs, address: str) -> Iterator[Any]:
    """On the workers of a Dask scheduler; they must see the same run folder. Needs the extra `scale`."""
    try:
        from distributed import Client
    except ImportError:
        text = "Dask is not installed here. Install the extra 'scale', or use --workers."
        raise Unsupported(Fault("unsupported", "dask", address, "", "", text)) from None
    try:
        client = Client(address, timeout="10s", set_as_default=False)
    except (OSError, ValueError) as error:
        text = f"There is no Dask scheduler at '{address}': {error}"
        raise RunFailed(Fault("no_scheduler", "--scheduler", address, "", "", text)) from None
    waiting: list[Any] = []
    try:
        room = AHEAD * max(1, sum(client.nthreads().values()))
        for job in jobs:
            waiting.append(client.submit(_with_additions, active(), function, *job, pure=False))
            if len(waiting) >= room:
                yield waiting.pop(0).result()
        while waiting:
            yield waiting.pop(0).result()
    finally:
        with undisturbed():
            _leave(client, waiting)


def _with_additions(additions: Additions | None, function: Callable[..., Any], *job: Any) -> Any:
    """A job with the own folder that is in force in the driver."""
    with using(additions):
        return function(*job)


def _leave(client: Any, waiting: list[Any]) -> None:
    """Take back what has not begun and close; a scheduler that does not answer is left to itself after a while."""

    def leave() -> None:
        if waiting:
            client.cancel(waiting, force=True)
        client.close(timeout=CLOSING)

    thread = threading.Thread(target=leave, daemon=True)
    thread.start()
    thread.join(CLOSING)


def run_jobs(function: Callable[..., Any], jobs: Jobs, workers: int = 1, scheduler: str = "") -> Iterator[Any]:
    """Run jobs where they were asked to run."""
    if scheduler:
        return dask(function, jobs, scheduler)
    return serial(function, jobs) if workers == 1 or len(jobs) < 2 else processes(function, jobs, workers)


@contextmanager
def ready(workers: int, scheduler: str, room: str) -> Iterator[Callable[[Callable[..., Any], Jobs], Iterator[Any]]]:
    """`run_jobs` with the workers started now, so that they are ready when there are jobs; this process is one of them.

    room : the module that the jobs come from
    """
    if scheduler or workers == 1:
        yield lambda function, jobs: run_jobs(function, jobs, workers, scheduler)
        return
    with worker_pool(workers - 1, room) as pool:
        yield lambda function, jobs: shared(function, jobs, pool)
