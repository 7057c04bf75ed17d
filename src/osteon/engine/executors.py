"""Executors: where chunks are computed. One small interface, a serial twin, the same bytes from each.

A job is a function of plain arguments that stores its own result; results come back in the order of the jobs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any

from osteon.errors import Fault, RunFailed, Unsupported

Jobs = Sequence[tuple[Any, ...]]


def serial(function: Callable[..., Any], jobs: Jobs) -> Iterator[Any]:
    """One after the other, here."""
    for job in jobs:
        yield function(*job)


def processes(function: Callable[..., Any], jobs: Jobs, workers: int) -> Iterator[Any]:
    """In `workers` fresh processes of this machine; at most two jobs a worker are waiting, so memory stays bounded."""
    from concurrent.futures.process import BrokenProcessPool

    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        waiting: list[Any] = []
        try:
            for job in jobs:
                waiting.append(pool.submit(function, *job))
                if len(waiting) >= 2 * workers:
                    yield waiting.pop(0).result()
            for future in waiting:
                yield future.result()
        except BrokenProcessPool:
            text = "A worker process died. What it had finished is kept; 'osteon resume DIR' goes on."
            raise RunFailed(Fault("worker_died", message=text)) from None


def dask(function: Callable[..., Any], jobs: Jobs, address: str) -> Iterator[Any]:
    """On the workers of a Dask scheduler; they must see the same run folder. Needs the extra `scale`."""
    try:
        from distributed import Client
    except ImportError:
        text = "Dask is not installed here. Install the extra 'scale', or use --workers."
        raise Unsupported(Fault("unsupported", "dask", address, "", "", text)) from None
    with Client(address, timeout="10s", set_as_default=False) as client:
        futures = [client.submit(function, *job, pure=False) for job in jobs]
        for future in futures:
            yield future.result()


@contextmanager
def local_scheduler(workers: int) -> Iterator[str]:
    """A Dask scheduler on 127.0.0.1 without a dashboard, for tests and single machines. Yields its address."""
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=workers, threads_per_worker=1, host="127.0.0.1", dashboard_address=None, processes=True
    ) as cluster:
        yield str(cluster.scheduler_address)


def run_jobs(function: Callable[..., Any], jobs: Jobs, workers: int = 1, scheduler: str = "") -> Iterator[Any]:
    """Run jobs where they were asked to run."""
    if scheduler:
        return dask(function, jobs, scheduler)
    return serial(function, jobs) if workers == 1 else processes(function, jobs, workers)
