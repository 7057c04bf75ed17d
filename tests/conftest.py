"""A test is held to seconds of this process's own CPU, so that busy neighbours fail nothing; hanging is for --timeout."""

import signal

import pytest
from hypothesis import settings

settings.register_profile("cpu", deadline=None)  # an example is not timed by the clock either
settings.load_profile("cpu")
LIMIT, SLOW = 400.0, 3600.0  # s of CPU, of a test and of one marked slow


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    if not hasattr(signal, "setitimer"):
        return (yield)

    limit = SLOW if item.get_closest_marker("slow") else LIMIT

    def over(*_):
        raise pytest.fail.Exception(f"took more than {limit:g} s of CPU")

    before = signal.signal(signal.SIGPROF, over)
    signal.setitimer(signal.ITIMER_PROF, limit)
    try:
        return (yield)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
