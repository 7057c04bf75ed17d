"""A Dask scheduler of this machine, for tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from osteon.engine.executors import CLOSING
from osteon.engine.interrupts import undisturbed


@contextmanager
def local_scheduler(workers: int) -> Iterator[str]:
    """A Dask scheduler on 127.0.0.1 with neither dashboard nor other pages. Yields its address."""
    from dask import config
    from distributed import Client, LocalCluster

    empty: dict[str, Any] = {"distributed.scheduler.http.routes": [], "distributed.worker.http.routes": []}
    local: dict[str, Any] = {"host": "127.0.0.1", "dashboard_address": None, "processes": True}
    with config.set(empty):
        cluster: Any = LocalCluster(n_workers=workers, threads_per_worker=1, **local)
    try:
        with Client(cluster, set_as_default=False) as client:  # Dask starts its web servers whatever it is told
            client.run(_close_pages)
        cluster.scheduler.http_server.stop()
        yield str(cluster.scheduler_address)
    finally:
        with undisturbed(), suppress(TimeoutError):  # workers that are still at it end with this process
            cluster.close(timeout=CLOSING)


def _close_pages(dask_worker: Any) -> None:
    dask_worker.http_server.stop()
