"""Mass balance of doses: what is given arrives, whatever the schedule."""

import numpy as np
import pytest

from osteon.engine import Events, Schedule, simulate

YEARS = 365.25


def schedules(n, seed):
    """Random schedules: infusions of 1 s to 30 days and boluses in up to 30 years, overlapping as it comes."""
    rng = np.random.default_rng(seed)
    for _ in range(n):
        horizon = rng.uniform(1.0, 30.0) * YEARS
        schedule, total = Schedule(), 0.0
        for _ in range(rng.integers(1, 12)):
            amount, start = 10 ** rng.uniform(-3, 3), rng.uniform(0, horizon - 31)
            duration = 10 ** rng.uniform(np.log10(1 / 86400), np.log10(30.0))
            total += amount
            if rng.random() < 0.3:
                schedule.bolus(start, "held", amount)
            else:
                schedule.infusion(start, duration, "held", amount)
        yield schedule, total


def balance(model, n, seed, rtol):
    made = list(schedules(n, seed))
    events = Events(tuple(s for s, _ in made), np.arange(n))
    got = simulate(model, n=n, times=[0.0, 30 * YEARS], outputs=["held"], events=events, rtol=rtol)
    total = np.array([t for _, t in made])
    return np.abs(got.delivered[:, 0] / total - 1).max(), np.abs(got.values[:, 1, 0] / total - 1).max()


def test_five_hundred_random_schedules_arrive_whole(sink):
    for rtol in (1e-3, 1e-6):
        assert max(balance(sink, 500, 1, rtol)) <= 1e-6


@pytest.mark.slow
def test_twenty_thousand_random_schedules_arrive_whole(sink):
    assert max(balance(sink, 20_000, 2, 1e-6)) <= 1e-6
