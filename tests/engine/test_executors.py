"""Executors: the same results in the same order from each, and a dead worker is told."""

import os

import pytest

from osteon.engine.executors import local_scheduler, run_jobs
from osteon.errors import RunFailed, Unsupported


def square(x):
    return x * x


def dies(x):
    os._exit(9)


JOBS = [(i,) for i in range(7)]


def test_processes_give_what_the_serial_twin_gives():
    assert list(run_jobs(square, JOBS)) == list(run_jobs(square, JOBS, workers=2)) == [i * i for i in range(7)]


def test_a_dead_worker_is_told():
    with pytest.raises(RunFailed, match="worker process died"):
        list(run_jobs(dies, JOBS, workers=2))


def test_dask_gives_the_same_or_says_that_it_is_missing():
    try:
        import distributed  # noqa: F401
    except ImportError:
        with pytest.raises(Unsupported, match="extra 'scale'"):
            list(run_jobs(square, JOBS, scheduler="tcp://127.0.0.1:1"))
        return
    with local_scheduler(2) as address:
        assert address.startswith("tcp://127.0.0.1") and list(run_jobs(square, JOBS, scheduler=address)) == [
            i * i for i in range(7)
        ]
