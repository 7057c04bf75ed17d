"""Executors: the same results in the same order from each, a dead worker is told, Ctrl-C ends all of them within seconds."""

import os
import pickle
import signal
import subprocess
import sys
import time
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from tests.engine.scheduler import local_scheduler

from osteon.engine.executors import ready, run_jobs
from osteon.errors import Fault, InputError, RunFailed, Unsupported

DEADLINE = 10.0  # s
UNIX = pytest.mark.skipif(os.name == "nt", reason="signals are of Unix")


def square(x):
    return x * x


def dies(x):
    os._exit(9)


def refuses(x):
    raise InputError([Fault("odd", "place", x, message=f"{x} is odd."), Fault("second", message="More.")])


def breaks(x):
    raise ValueError(f"no {x}")


JOBS = [(i,) for i in range(7)]


def test_processes_give_what_the_serial_twin_gives():
    assert list(run_jobs(square, JOBS)) == list(run_jobs(square, JOBS, workers=2)) == [i * i for i in range(7)]
    assert list(run_jobs(square, [], workers=2)) == []


def test_a_dead_worker_is_told():
    with pytest.raises(RunFailed, match="worker process died"):
        list(run_jobs(dies, JOBS, workers=2))


def test_an_error_in_a_worker_is_the_same_error_here():
    with pytest.raises(InputError) as caught:
        list(run_jobs(refuses, JOBS[1:3], workers=1 + 1))
    assert [f.code for f in caught.value.faults] == ["odd", "second"] and caught.value.faults[0].value in (1, 2)
    with pytest.raises(ValueError, match=r"no \d") as other:
        list(run_jobs(breaks, JOBS, workers=2))
    assert "in breaks" in "".join(other.value.__notes__)
    assert pickle.loads(pickle.dumps(caught.value)).faults == caught.value.faults


def test_results_that_are_not_wanted_leave_no_worker():
    results = run_jobs(pid, JOBS, workers=2)
    worker = next(results)
    results.close()
    assert not alive(worker)


def pid(_):
    return os.getpid()


def alive(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


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


def test_a_local_scheduler_opens_no_page():
    distributed = pytest.importorskip("distributed")
    with local_scheduler(1) as address, distributed.Client(address, set_as_default=False) as client:
        workers = client.scheduler_info()["workers"].values()
        ports = [
            8787,
            client.scheduler_info()["services"].get("dashboard"),
            *(w["services"]["dashboard"] for w in workers),
        ]
        for port in filter(None, ports):
            with pytest.raises(URLError):
                urlopen(f"http://127.0.0.1:{port}/", timeout=2)


LONG = """
import os, sys, time
from pathlib import Path
from osteon.engine.executors import ready, run_jobs
from tests.engine.test_executors import busy

def main():
    kind, phase, place = sys.argv[1], sys.argv[2], sys.argv[3]
    jobs = [(phase, place)] * 50
    if kind == "dask":
        print("up", flush=True)
        list(run_jobs(busy, jobs, scheduler=sys.argv[4]))
    else:
        print("up", flush=True)
        list(run_jobs(busy, jobs, workers=int(kind)))

if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(3)
"""


def busy(phase, place):
    """A job that says who does it, then works for long: in Python, in machine code, or asleep."""
    from pathlib import Path

    (Path(place) / str(os.getpid())).write_text("")
    if phase == "python":
        end = time.monotonic() + 60
        while time.monotonic() < end:
            pass
    elif phase == "asleep":
        time.sleep(20)
    elif phase == "machine code":
        simulate_long()
    return os.getpid()


def simulate_long():
    """Minutes of work in one call of the driver."""
    from osteon.engine import Events, Schedule, simulate
    from osteon.simulation.assembly import human_model

    model = human_model({"teriparatide"})
    entry = next(e for e in model.entries if e.target == "teriparatide")
    daily = Schedule().bolus([float(d) for d in range(7300)], entry.state, 20.0)
    simulate(model, n=1000, times=[0.0, 7300.0], outputs=["ctx"], events=Events((daily,)))


def interrupted_twice(kind, phase, place, address=""):
    """Start the work, wait until it is under way, Ctrl-C twice; seconds until everything has ended, and what was said."""
    words = [sys.executable, "-c", LONG, kind, phase, str(place), address]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    child = subprocess.Popen(words, start_new_session=True, **pipes)
    assert child.stdout.readline() == "up\n"
    until = time.monotonic() + 60
    while phase != "starting" and not list(place.iterdir()) and time.monotonic() < until:
        time.sleep(0.05)
    time.sleep(0.5 if phase == "machine code" else 0.1)
    began = time.monotonic()
    for _ in range(2):
        os.killpg(child.pid, signal.SIGINT)
        time.sleep(0.3)
    _, errors = child.communicate(timeout=60)
    return time.monotonic() - began, errors


@UNIX
@pytest.mark.parametrize("phase", ["starting", "python", "asleep", "machine code"])
@pytest.mark.parametrize("kind", ["1", "2"])
def test_two_interrupts_end_everything_within_seconds(tmp_path, kind, phase):
    took, errors = interrupted_twice(kind, phase, tmp_path)
    assert took < DEADLINE, errors
    time.sleep(0.5)
    assert not [p.name for p in tmp_path.iterdir() if alive(int(p.name))]


@UNIX
def test_two_interrupts_leave_a_scheduler_within_seconds(tmp_path):
    pytest.importorskip("distributed")
    with local_scheduler(2) as address:
        for phase in ("starting", "asleep"):
            took, errors = interrupted_twice("dask", phase, tmp_path, address)
            assert took < DEADLINE, errors


@UNIX
def test_workers_end_with_their_driver(tmp_path):
    child = subprocess.Popen([sys.executable, "-c", LONG, "2", "asleep", str(tmp_path)], start_new_session=True)
    until = time.monotonic() + 60
    while len(list(tmp_path.iterdir())) < 2 and time.monotonic() < until:
        time.sleep(0.05)
    child.kill()
    child.wait()
    until = time.monotonic() + DEADLINE
    while [p for p in tmp_path.iterdir() if alive(int(p.name))] and time.monotonic() < until:
        time.sleep(0.1)
    assert len(list(tmp_path.iterdir())) == 2 and not [p for p in tmp_path.iterdir() if alive(int(p.name))]


@UNIX
def test_an_interrupt_in_machine_code_is_heard_and_the_next_run_is_right():
    """One thread, no workers: Ctrl-C during minutes of machine code; what runs next has the same bits as ever."""
    import threading

    from osteon.engine import simulate
    from osteon.simulation.assembly import human_model

    def short():
        return simulate(human_model(), n=20, times=[0.0, 300.0], outputs=["ctx"]).values.tobytes()

    before, began = short(), time.monotonic()
    timer = threading.Timer(1.0, lambda: os.kill(os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        simulate_long()
    assert time.monotonic() - began < DEADLINE and short() == before


def test_workers_that_start_early_share_with_this_process():
    with ready(3, "", "osteon.streams") as run:
        assert list(run(square, JOBS)) == [i * i for i in range(7)]
        assert set(run(pid, [(i,) for i in range(200)])) >= {os.getpid()}
    with ready(1, "", "osteon.streams") as run:
        assert list(run(square, JOBS)) == [i * i for i in range(7)]
