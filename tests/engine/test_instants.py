"""Things that happen at one instant, two by two, against closed forms; and doses shorter than time can tell, or for decades."""

import numpy as np
import pytest
from tests.engine.subjects import schedules_of

from osteon.engine import Events, Schedule, simulate
from osteon.engine.instants import aligned, reach
from osteon.engine.tables import compartments_of
from osteon.io.nonmem import read_events

KA, KE, F, LAG = 1.5, 0.3, 0.6, 0.2
T = 0.1 + 0.2  # the instant of every pair, in another rounding than "0.3" of the table
LATER = np.array([0.3, 0.5, 1.0, 2.3, 4.9])
HEAD = "ID,TIME[day],EVID,CMT,AMT[mg],RATE,DUR,II,ADDL,SS"


@pytest.fixture(scope="module")
def model(depot_and_plasma):
    return depot_and_plasma("f")


def decay(t, ke=KE):
    return np.where(t >= 0, np.exp(-ke * np.maximum(t, 0)), 0.0)


def flow(t, rate, days):
    """What an infusion into the plasma leaves t days after its start."""
    s = np.clip(t, 0, days)
    return rate / KE * (1 - np.exp(-KE * s)) * np.exp(-KE * np.maximum(t - days, 0))


def oral(t, amount):
    s = np.maximum(t, 0.0)
    return np.where(t > 0, F * amount * KA / (KA - KE) * (np.exp(-KE * s) - np.exp(-KA * s)), 0.0)


DAILY = F * 10 / (1 - np.exp(-KE))  # top of 10 mg a day at steady state; with the dose of the record


@pytest.mark.parametrize(
    ("rows", "wanted"),
    [
        # reset with a steady state, in one row and in two; the other way round the reset comes last
        (["1,0.3,4,plasma,10,.,.,1,.,1"], lambda t: DAILY * decay(t)),
        (["1,0.3,3,.,.,.,.,.,.,.", "1,T,1,plasma,10,.,.,1,.,1"], lambda t: DAILY * decay(t)),
        (["1,T,1,plasma,10,.,.,1,.,1", "1,T,3,.,.,.,.,.,.,."], lambda t: 0 * t),
        # reset with a dose
        (["1,0,1,plasma,50,.,.,.,.,.", "1,0.3,3,.,.,.,.,.,.,.", "1,T,1,plasma,10,.,.,.,.,."], lambda t: 6 * decay(t)),
        (["1,T,1,plasma,10,.,.,.,.,.", "1,T,3,.,.,.,.,.,.,."], lambda t: 0 * t),
        (["1,0,1,plasma,50,.,.,.,.,.", "1,0.3,4,plasma,10,.,.,.,.,."], lambda t: 6 * decay(t)),
        # steady state with a dose, before and after it in the table, and with a second steady state
        (["1,0.3,1,plasma,10,.,.,1,.,1", "1,T,1,plasma,20,.,.,.,.,."], lambda t: (DAILY + 12) * decay(t)),
        (["1,0.3,1,plasma,20,.,.,.,.,.", "1,T,1,plasma,10,.,.,1,.,1"], lambda t: DAILY * decay(t)),
        (["1,0.3,1,plasma,10,.,.,1,.,1", "1,T,1,plasma,30,.,.,1,.,2"], lambda t: 4 * DAILY * decay(t)),
        (["1,0.3,1,plasma,30,.,.,1,.,1", "1,T,1,plasma,10,.,.,1,.,1"], lambda t: DAILY * decay(t)),
        # the end of an infusion with each of them
        (["1,0,1,plasma,10,.,0.3,.,.,.", "1,T,3,.,.,.,.,.,.,."], lambda t: 0 * t),
        (["1,0,1,plasma,10,.,T,.,.,.", "1,0.3,1,plasma,10,.,.,1,.,1"], lambda t: DAILY * decay(t)),
        (["1,0,1,plasma,10,.,T,.,.,.", "1,0.3,1,plasma,10,.,.,1,.,2"], lambda t: DAILY * decay(t) + flow(t + 0.3, 20, 0.3)),
        (["1,0,1,plasma,10,.,T,.,.,.", "1,0.3,1,plasma,10,.,.,.,.,."], lambda t: 6 * decay(t) + flow(t + 0.3, 20, 0.3)),
        (["1,0,1,plasma,10,.,T,0.3,4,."], lambda t: sum(flow(t + 0.3 - 0.3 * i, 20, 0.3) for i in range(5))),
        # an infusion that runs, cut by each of them; its amount stays what came by then
        (["1,0,1,plasma,100,.,3,.,.,.", "1,T,3,.,.,.,.,.,.,."], lambda t: 0 * t),
        (["1,0,1,plasma,100,.,3,.,.,.", "1,T,1,plasma,10,.,.,1,.,1"], lambda t: DAILY * decay(t)),
        # a late dose: it is there a lag after its row; what is still on its way at a reset is cancelled
        (["1,0.1,1,depot,10,.,.,.,.,.", "1,T,3,.,.,.,.,.,.,."], lambda t: 0 * t),
        (["1,0.1,1,depot,10,.,.,.,.,.", "1,T,1,plasma,10,.,.,.,.,."], lambda t: 6 * decay(t) + oral(t, 10)),
        (["1,0.3,3,.,.,.,.,.,.,.", "1,T,1,depot,10,.,.,.,.,."], lambda t: oral(t - LAG, 10)),
    ],
)  # fmt: skip
def test_pairs_of_a_table(model, rows, wanted):
    table = read_events("\n".join([HEAD, *(r.replace("T", repr(T)) for r in rows)]), compartments_of(model))
    _, events = schedules_of(table, model)
    got = simulate(model, times=LATER, start=0.0, outputs=["plasma"], events=events, rtol=1e-10, atol=1e-12)
    t = LATER - 0.3
    assert got.values[0, 1:, 0] == pytest.approx(wanted(t)[1:], rel=1e-7, abs=1e-9)


def test_an_output_is_read_before_anything_happens(model):
    table = read_events(f"{HEAD}\n1,0.3,4,plasma,10,.,.,1,.,1", compartments_of(model))
    _, events = schedules_of(table, model)
    for times in ([0.3], [T], [0.3, T], [T, 1.0]):
        got = simulate(model, times=times, start=0.0, outputs=["plasma"], events=events)
        assert got.values[0, 0, 0] == 0.0


def test_a_parameter_that_changes_counts_in_all_that_follows_at_its_instant(model):
    """Habits and overrides with a dose, a rate, a steady state; and one that ends just where another begins."""
    table = read_events(f"{HEAD}\n1,0.3,4,plasma,10,.,.,1,.,1", compartments_of(model))

    def steady(schedule):
        _, events = schedules_of(table, model)
        schedule.steady, schedule.rows = events.schedules[0].steady, schedule.rows + events.schedules[0].rows
        got = simulate(model, times=LATER, start=0.0, outputs=["plasma"], events=Events((schedule,)), rtol=1e-10)
        return got.values[0, 1:, 0]

    t = LATER[1:] - 0.3
    fast = F * 10 / (1 - np.exp(-0.6)) * decay(t, 0.6)
    assert steady(Schedule().set_parameter(T, "ke", 0.6)) == pytest.approx(fast, rel=1e-7)
    assert steady(Schedule().scale_parameter(T, "ke", 2.0)) == pytest.approx(fast, rel=1e-7)
    ended = Schedule().set_parameter(0.1, "ke", 0.6).restore_parameter(T, "ke")
    assert steady(ended) == pytest.approx(DAILY * decay(t), rel=1e-7)
    turned = Schedule().set_parameter(0.1, "ke", 0.9).set_parameter(T, "ke", 0.6).restore_parameter(0.3, "ke")
    assert steady(turned) == pytest.approx(fast, rel=1e-7)

    def dosed(schedule):
        return simulate(model, times=LATER, start=0.0, outputs=["plasma"], events=Events((schedule,)), rtol=1e-10)

    switch = Schedule().set_parameter(T, "f", 1.0)
    assert dosed(switch.bolus(0.3, "plasma", 10.0, share="f")).values[0, 1:, 0] == pytest.approx(
        10 * decay(t), rel=1e-7
    )
    rated = Schedule().set_parameter(T, "f", 1.0).infusion_at_rate(0.3, 10.0, "plasma", 10.0, share="f")
    got = dosed(rated)
    assert got.values[0, 1:, 0] == pytest.approx(flow(t, 10.0, 1.0), rel=1e-7)
    assert got.delivered[0, 1] == pytest.approx(10.0, rel=1e-12)


def test_what_is_one_instant():
    assert aligned([1.0, 2.0]) == {}
    assert aligned([3652.5, 3652.5 + 2e-11, 3652.5 + 1e-9]) == {3652.5 + 2e-11: 3652.5}
    chain = [1.0 + i * 0.9e-12 for i in range(5)]
    moved = aligned(chain)
    assert all(abs(t - moved.get(t, t)) <= reach(1.0) - 1.0 for t in chain)
    assert len({moved.get(t, t) for t in chain}) == 3


@pytest.mark.parametrize("when", [-1e4, -0.3, 0.0, 1.0, 3652.5, 10957.0])
def test_an_infusion_of_any_length_arrives_whole_at_any_time(sink, when):
    """From a nanosecond to thirty years, alone and beside others that begin and end with it."""
    nanosecond, decades = 1e-9 / 86400, 30 * 365.25
    spans = np.geomspace(nanosecond, decades, 60)
    schedules = [Schedule().bolus(when, "held", 1.0).infusion(when, s, "held", 5.0) for s in spans]
    schedules += [Schedule().infusion([when, when + s], s, "held", 5.0) for s in spans]
    n = len(schedules)
    end = when + 2 * decades + 1
    for rtol in (1e-3, 1e-6):
        got = simulate(
            sink, n=n, times=[when, end], start=when - 1, outputs=["held"], events=Events(tuple(schedules), np.arange(n)), rtol=rtol
        )  # fmt: skip
        total = np.repeat([6.0, 10.0], len(spans))
        assert not got.failed.any()
        assert got.delivered[:, 0] == pytest.approx(total, rel=1e-9)
        assert got.values[:, 1, 0] == pytest.approx(total, rel=1e-9)


def test_an_infusion_that_is_over_at_once_obeys_rules_resets_and_bioavailability(model):
    brief = 1e-9 / 86400
    schedule = Schedule().infusion([3652.5, 3653.5], brief, "plasma", 10.0, share="f").reset(3653.5, ["plasma"])
    got = simulate(model, times=[3653.0, 3654.5], start=0.0, outputs=["plasma"], events=Events((schedule,)), rtol=1e-10)
    assert got.values[0, :, 0] == pytest.approx([6 * np.exp(-KE / 2), 6 * np.exp(-KE)], rel=1e-7)
