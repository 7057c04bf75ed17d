"""Answers known in closed form: a Gompertz hazard, binding to a target at both limits, the order at an event; an unused drug."""

import numpy as np
import pytest

from osteon.engine import Events, Schedule, simulate
from osteon.model import Module, Parameter, Process, State, assemble, exp


def p(name, value, unit="1"):
    return Parameter(name, value, unit, "assumed", "assumed")


def test_a_gompertz_hazard_adds_up_to_its_integral():
    rate, slope = 1e-6, 0.1 / 365.25
    model = assemble(
        Module(
            "death",
            parameters=(p("rate", rate, "1/day"), p("slope", slope, "1/day")),
            states=(State("cumulative", "1", 0.0, 0.01),),
            processes=(
                Process("hazard", lambda time, rate, slope: rate * exp(slope * time), "1/day", {"cumulative": 1}),
            ),
        )
    )
    times = np.linspace(0, 80 * 365.25, 9)
    got = simulate(model, times=times, outputs=["cumulative"], rtol=1e-9, atol=1e-12).values[0, :, 0]
    assert got == pytest.approx(rate / slope * np.expm1(slope * times), rel=1e-8)


def binding(dose, target=1.0, on=50.0, off=0.5, take=2.0):
    """Drug that binds a target made and lost at 1 a day; the complex is taken up."""
    model = assemble(
        Module(
            "tmdd",
            parameters=(p("on", on, "L/nmol/day"), p("off", off, "1/day"), p("take", take, "1/day"), p("turn", 1.0, "1/day"), p("made", target, "nmol/L/day")),
            states=(State("drug", "nmol/L", 0.0, 1.0), State("free", "nmol/L", target, 1.0), State("bound", "nmol/L", 0.0, 1.0)),
            processes=(
                Process("bind", lambda drug, free, bound, on, off: on * drug * free - off * bound, "nmol/L/day", {"drug": -1, "free": -1, "bound": 1}),
                Process("uptake", lambda bound, take: take * bound, "nmol/L/day", {"bound": -1}),
                Process("production", lambda made: made, "nmol/L/day", {"free": 1}),
                Process("loss", lambda free, turn: turn * free, "nmol/L/day", {"free": -1}),
            ),
        )
    )  # fmt: skip
    times = np.array([0.0, 10.0, 11.0, 12.0])
    events = Events((Schedule().bolus(0.0, "drug", dose),))
    return simulate(
        model, times=times, outputs=["drug", "free", "bound"], events=events, rtol=1e-10, atol=1e-24
    ).values[0]


def test_a_target_in_excess_takes_the_drug_at_one_rate_and_a_drug_in_excess_is_taken_at_the_rate_of_its_making():
    plenty = binding(1e4)
    assert plenty[1, 0] - plenty[2, 0] == pytest.approx(1.0, rel=1e-3)  # saturated: one made, one taken, each day
    scarce, half = binding(1e-6), binding(5e-7)
    slope = np.log(scarce[2, 0] / scarce[3, 0])
    quick = np.linalg.eigvals([[-50.0, 0.5], [50.0, -2.5]]).real
    assert slope == pytest.approx(-quick.max(), rel=1e-5)
    assert scarce[:, 2] == pytest.approx(2 * half[:, 2], rel=1e-5)  # and so linear


def test_an_event_inside_the_horizon_costs_no_order(one_compartment):
    """The step ends at the event: the error after it falls with the fifth power of the step all the same."""
    errors = []
    for h in (1.0, 0.5):
        got = simulate(
            one_compartment, {"ka": 0.9}, times=[7.0], start=0.0, outputs=["plasma"], rtol=1e6, atol=1e6,
            events=Events((Schedule().bolus([0.0, np.pi], "depot", 10.0),)), first_step=h, max_step=h,
        )  # fmt: skip
        exact = sum(10 * 0.9 / 0.6 * (np.exp(-0.3 * s) - np.exp(-0.9 * s)) for s in (7.0, 7.0 - np.pi))
        errors.append(abs(got.values[0, 0, 0] - exact))
    assert 4.5 < np.log2(errors[0] / errors[1]) < 5.6


@pytest.mark.metamorphic
def test_a_drug_that_nobody_takes_changes_nothing():
    from osteon.simulation.assembly import human_model

    def trajectory(*drugs):
        model = human_model(drugs)
        got = simulate(model, times=[0.0, 200.0], outputs=["bmd_total_hip", "resorption"], rtol=1e-11, atol=1e-24,
                       events=Events((Schedule().bolus(0.0, "denosumab_depot", 60.0),)))  # fmt: skip
        return got.values

    assert trajectory("denosumab", "raloxifene") == pytest.approx(trajectory("denosumab"), rel=1e-9)
