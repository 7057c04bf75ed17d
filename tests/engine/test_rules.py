"""Rules that look at the patient on dosing days, and infusions that a rule or a reset takes away."""

import numpy as np
import pytest

from osteon.engine import DosingRule, Events, Readout, Schedule, simulate

KE = 0.3  # per day, of the one-compartment model


def delivered(model, schedule, state="plasma", until=20.0):
    got = simulate(model, times=[until], start=0.0, outputs=[state, "depot"], events=Events((schedule,)), rtol=1e-9)
    return got.delivered[0, list(model.states).index(state)], got.values[0, 0, 0]


def given_by_hand(times, dose, level, hold):
    """Amount given when a dose is left out above a level, by the analytic decay."""
    amount, total, last, stopped = 0.0, 0.0, 0.0, False
    for t in times:
        amount, last = amount * np.exp(-KE * (t - last)), t
        stopped = (stopped and not hold) or amount > level
        if not stopped:
            amount, total = amount + dose, total + dose
    return total


@pytest.mark.parametrize("hold", [False, True])
def test_a_held_dose_is_looked_at_again_and_a_stopped_one_is_not(one_compartment, hold):
    times = np.arange(0.0, 20.0)
    schedule = Schedule().check(times, DosingRule("plasma", ">", 15.0, hold=hold), 0).bolus(times, "plasma", 10.0, 0)
    total, _ = delivered(one_compartment, schedule)
    wanted = given_by_hand(times, 10.0, 15.0, hold)
    assert total == wanted
    assert (total > 60) == hold


def test_joined_conditions_must_all_hold(one_compartment):
    times = np.arange(0.0, 10.0)

    def total(*also):
        rule = DosingRule("plasma", ">", 15.0, also=also)
        return delivered(one_compartment, Schedule().check(times, rule, 0).bolus(times, "plasma", 10.0, 0))[0]

    alone = total()
    assert total(Readout("time", ">", 5.5)) > alone
    assert total(Readout("time", ">", -1.0)) == alone
    assert total(Readout("ke", ">", 1.0)) == 100.0


def test_an_infusion_that_was_not_given_is_not_taken_away(one_compartment):
    times = [0.0, 5.0, 10.0]
    for hold in (False, True):
        rule = DosingRule("time", ">", 4.0, also=(Readout("time", "<", 6.0),), hold=hold)
        schedule = Schedule().check(times, rule, 0).infusion(times, 1.0, "plasma", 10.0, 0)
        total, left = delivered(one_compartment, schedule)
        assert total == pytest.approx(20.0 if hold else 10.0, rel=1e-12) and left > 0


def test_an_infusion_that_runs_when_its_rule_stops_it_ends_at_its_own_time(one_compartment):
    schedule = Schedule().check([0.0, 1.0], DosingRule("time", ">", 0.5), 0).infusion([0.0, 1.0], 3.0, "plasma", 9.0, 0)
    assert delivered(one_compartment, schedule)[0] == pytest.approx(9.0, rel=1e-12)


def test_a_reset_ends_the_infusion_that_runs_and_spares_the_next(one_compartment):
    for reset in ({}, {"states": ["plasma"]}):
        schedule = Schedule().infusion([0.0, 2.5], 4.0, "plasma", 8.0).reset(2.0, **reset)
        got = simulate(
            one_compartment,
            times=[2.25, 3.0, 20.0],
            start=0.0,
            outputs=["plasma"],
            events=Events((schedule,)),
            rtol=1e-9,
        )
        assert got.values[0, 0, 0] == 0.0
        assert got.values[0, 1, 0] == pytest.approx(2.0 / KE * (1 - np.exp(-KE * 0.5)), rel=1e-7)
        assert got.delivered[0, 1] == pytest.approx(4.0 + 8.0, rel=1e-12)


def test_a_reset_of_one_state_leaves_the_others(one_compartment):
    schedule = Schedule().bolus(0, "plasma", 10.0).bolus(0, "depot", 5.0).reset(1.0, ["plasma"])
    got = simulate(
        one_compartment, times=[1.0, 1.0 + 1e-9], start=0.0, outputs=["plasma", "depot"], events=Events((schedule,))
    )
    assert got.values[0, 1, 0] == pytest.approx(0.0, abs=1e-6) and got.values[0, 1, 1] > 1.0


def test_bioavailability_that_changes_during_an_infusion_leaves_nothing_behind(one_compartment):
    schedule = Schedule().infusion(0.0, 2.0, "plasma", 10.0, share="f").set_parameter(1.0, "f", 0.1)
    total, _ = delivered(one_compartment, schedule)
    assert total == pytest.approx(6.0, rel=1e-12)


def test_overlapping_infusions_leave_exactly_nothing(sink):
    schedule = (
        Schedule().infusion(0.0, 3.0, "held", 0.3).infusion(1.0, 3.0, "held", 0.6).infusion(2.0, 0.7, "held", 0.1)
    )
    got = simulate(sink, times=[5.0, 5000.0], start=0.0, outputs=["held"], events=Events((schedule,)))
    assert got.values[0, 1, 0] == got.values[0, 0, 0] == pytest.approx(1.0, rel=1e-12)
