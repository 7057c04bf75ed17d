"""The engine: order, accuracy, doses, bits, failures."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp
from scipy.linalg import expm

from osteon.engine import DosingRule, Events, Schedule, simulate
from osteon.errors import InputError
from osteon.model import Module, Parameter, Process, State, assemble


def reference(model, times, **parameters):
    names = list(model.states)
    fixed = {**model.defaults, **parameters}

    def rhs(t, y):
        return list(model.rates({**fixed, **dict(zip(names, y, strict=True)), "time": t}).values())

    start = list(model.initial_values(parameters).values())
    return solve_ivp(rhs, (times[0], times[-1]), start, method="Radau", t_eval=times, rtol=1e-11, atol=1e-13).y


def test_the_step_has_order_five(stiff):
    exact = reference(stiff, [0.0, 2.0])[:, -1]
    errors = []
    for h in (0.1, 0.05):
        got = simulate(
            stiff, {"fast": 5.0}, times=[0.0, 2.0], outputs=["y", "z"], rtol=1e6, atol=1e6, first_step=h, max_step=h
        )
        exact = reference(stiff, [0.0, 2.0], fast=5.0)[:, -1]
        errors.append(np.abs(got.values[0, -1] - exact).max())
    assert 4.8 < np.log2(errors[0] / errors[1]) < 5.4


def test_dense_output_is_of_order_four_at_least(stiff):
    times = np.linspace(0, 2, 41)
    exact = reference(stiff, times, fast=5.0)
    errors = []
    for h in (0.2, 0.1):
        got = simulate(
            stiff, {"fast": 5.0}, times=times + 0.0, outputs=["y", "z"], rtol=1e6, atol=1e6, first_step=h, max_step=h
        )
        errors.append(np.abs(got.values[0].T - exact).max())
    assert np.log2(errors[0] / errors[1]) > 3.5


def test_a_stiff_problem_meets_its_tolerance(stiff):
    times = np.linspace(0, 5, 30)
    exact = reference(stiff, times)
    got = simulate(stiff, times=times, outputs=["y", "z"], rtol=1e-8, atol=1e-10)
    assert np.abs(got.values[0].T - exact).max() < 1e-6


def test_a_linear_cascade_is_the_matrix_exponential():
    n = 6
    parameters = tuple(Parameter(f"k{i}", 0.1 * 3**i, "1/day", "assumed", "assumed") for i in range(n))
    states = tuple(State(f"s{i}", "1", 1.0 if i == 0 else 0.0) for i in range(n))

    def flow(i):
        changes = {f"s{i}": -1} | ({f"s{i + 1}": 1} if i + 1 < n else {})
        from osteon.model import renamed

        return Process(f"f{i}", renamed(lambda s, k: k * s, s=f"s{i}", k=f"k{i}"), "1/day", changes)

    model = assemble(Module("chain", parameters=parameters, states=states, processes=tuple(flow(i) for i in range(n))))
    matrix = np.zeros((n, n))
    for i in range(n):
        matrix[i, i] = -0.1 * 3**i
        if i + 1 < n:
            matrix[i + 1, i] = 0.1 * 3**i
    got = simulate(model, times=[0, 1.0, 7.0], outputs=[f"s{i}" for i in range(n)], rtol=1e-9, atol=1e-12)
    for k, t in enumerate((0, 1.0, 7.0)):
        assert np.allclose(got.values[0, k], expm(matrix * t)[:, 0], rtol=1e-7, atol=1e-10)


def analytic(t, dose, ka, ke):
    return np.where(t >= 0, dose * ka / (ka - ke) * (np.exp(-ke * t) - np.exp(-ka * t)), 0.0)


def test_oral_doses_superpose_as_the_formula_says(one_compartment):
    schedule = Schedule().bolus([0, 2, 4.5], "depot", 100.0, share="f")
    times = np.linspace(0, 12, 49)
    got = simulate(one_compartment, times=times, outputs=["plasma"], events=Events((schedule,)), rtol=1e-9, atol=1e-12)
    wanted = sum(analytic(times - d, 60.0, 1.5, 0.3) for d in (0, 2, 4.5))
    assert np.allclose(got.values[0, :, 0], wanted, rtol=1e-6, atol=1e-8)


def test_an_infusion_follows_its_formula(one_compartment):
    schedule = Schedule().infusion(1.0, 2.0, "plasma", 50.0)
    times = np.array([1.0, 2.0, 3.0, 5.0])
    got = simulate(
        one_compartment, times=times, start=0.0, outputs=["plasma"], events=Events((schedule,)), rtol=1e-9, atol=1e-12
    )
    rate, ke = 25.0, 0.3
    during = {s: rate / ke * (1 - np.exp(-ke * s)) for s in (1, 2)}
    wanted = [0.0, during[1], during[2], during[2] * np.exp(-ke * 2)]
    assert np.allclose(got.values[0, :, 0], wanted, rtol=1e-7, atol=1e-9)


def test_a_visit_on_a_dosing_day_comes_before_the_dose(one_compartment):
    got = simulate(
        one_compartment, times=[0.0, 1e-9], outputs=["depot"], events=Events((Schedule().bolus(0.0, "depot", 5.0),))
    )
    assert got.values[0, 0, 0] == 0.0 and got.values[0, 1, 0] == pytest.approx(5.0, rel=1e-6)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(0, 10_000), st.floats(1 / 86400, 30), st.floats(1e-3, 1e3), st.booleans()),
        min_size=1,
        max_size=12,
    )
)
def test_every_dose_arrives_whole(sink, doses):
    schedule = Schedule()
    for start, duration, amount, fast in doses:
        schedule.bolus(start, "held", amount) if fast else schedule.infusion(start, duration, "held", amount)
    got = simulate(sink, times=[0.0, 11_000.0], outputs=["held"], events=Events((schedule,)), rtol=1e-4)
    total = sum(d[2] for d in doses)
    assert got.values[0, -1, 0] == pytest.approx(total, rel=1e-6)
    assert got.delivered[0, 0] == pytest.approx(total, rel=1e-6)


def test_reset_and_parameter_switches(one_compartment):
    schedule = Schedule().bolus(0, "plasma", 10.0).reset(5.0).bolus(6.0, "plasma", 4.0).set_parameter(7.0, "ke", 0.0)
    got = simulate(
        one_compartment, times=[5.0, 5.5, 7.0, 9.0], start=0.0, outputs=["plasma", "ke"], events=Events((schedule,))
    )
    plasma, ke = got.values[0].T
    assert plasma[0] == pytest.approx(10 * np.exp(-1.5), rel=1e-5) and plasma[1] == 0.0
    assert plasma[3] == pytest.approx(4 * np.exp(-0.3), rel=1e-5) and list(ke) == [0.3, 0.3, 0.3, 0.0]


def test_a_guard_drops_the_rest_of_its_regimen_and_only_that(one_compartment):
    times = np.arange(0.0, 10.0)
    schedule = (
        Schedule()
        .check(times, DosingRule("plasma", ">", 15.0), 0)
        .bolus(times, "plasma", 10.0, 0)
        .bolus([9.0], "depot", 1.0, 1)
    )
    got = simulate(one_compartment, times=[20.0], start=0.0, outputs=["plasma"], events=Events((schedule,)))
    assert got.delivered[0].tolist() == [1.0, 30.0]  # 10, 17.4 on day 1 -> the check on day 2 sees 12.9 …


def test_patients_with_different_schedules_keep_them(one_compartment):
    a, b = Schedule().bolus(0, "plasma", 1.0), Schedule().bolus(0, "plasma", 2.0)
    got = simulate(
        one_compartment,
        n=5,
        times=[1.0],
        start=0.0,
        outputs=["plasma"],
        events=Events((a, b), np.array([0, 1, 0, 1, 1])),
    )
    assert np.allclose(got.values[:, 0, 0] / got.values[0, 0, 0], [1, 2, 1, 2, 2], rtol=1e-5)


def test_bits_do_not_depend_on_batch_order_threads_or_lanes(one_compartment):
    n = 37
    schedule = Events((Schedule().bolus(np.arange(0, 30, 3.0), "depot", 7.0, share="f"),))
    ke = np.linspace(0.01, 3, n)

    def run(**more):
        return simulate(
            one_compartment, {"ke": ke}, n=n, times=np.arange(31.0), outputs=["plasma"], events=schedule, **more
        )

    base = run().values
    for more in ({"chunk": 1}, {"chunk": 7}, {"chunk": 8, "threads": 2}, {"lanes": 4}, {"lanes": 1}):
        assert np.array_equal(run(**more).values, base), more
    order = np.random.default_rng(1).permutation(n)
    shuffled = simulate(
        one_compartment, {"ke": ke[order]}, n=n, times=np.arange(31.0), outputs=["plasma"], events=schedule
    ).values
    assert np.array_equal(shuffled, base[order])


def test_a_patient_that_fails_is_a_row_with_a_reason_and_nobody_else_is_touched(one_compartment):
    ke = np.array([0.3, np.nan, 0.3])
    got = simulate(
        one_compartment,
        {"ke": ke},
        n=3,
        times=[0.0, 5.0],
        outputs=["plasma"],
        events=Events((Schedule().bolus(0, "plasma", 1.0),)),
    )
    alone = simulate(
        one_compartment,
        {"ke": 0.3},
        n=1,
        times=[0.0, 5.0],
        outputs=["plasma"],
        events=Events((Schedule().bolus(0, "plasma", 1.0),)),
    )
    assert got.failed.tolist() == [False, True, False] and got.reasons[1] and not got.reasons[0]
    assert np.isnan(got.values[1, 1, 0]) and got.values[2, 1, 0] == alone.values[0, 1, 0]


def test_unknown_names_are_refused_with_the_nearest(one_compartment):
    with pytest.raises(InputError, match="Did you mean 'plasma'"):
        simulate(one_compartment, times=[0, 1], outputs=["plasm"])
    with pytest.raises(InputError, match="parameter"):
        simulate(one_compartment, {"kee": 1}, times=[0, 1], outputs=["plasma"])
    with pytest.raises(InputError, match="before the start"):
        simulate(
            one_compartment, times=[0, 1], outputs=["plasma"], events=Events((Schedule().bolus(-5, "plasma", 1.0),))
        )


@pytest.mark.metamorphic
def test_splitting_a_dose_reordering_and_empty_doses_change_nothing(one_compartment):
    def run(schedule, shift=0.0):
        times = np.arange(1.0, 20.0) + shift
        return simulate(
            one_compartment,
            times=times,
            start=shift,
            outputs=["plasma"],
            events=Events((schedule,)),
            rtol=1e-10,
            atol=1e-13,
        ).values

    whole = run(Schedule().bolus([0, 5], "depot", 8.0).bolus(3, "plasma", 2.0))
    split = run(
        Schedule()
        .bolus(3, "plasma", 2.0)
        .bolus([5, 0], "depot", 4.0)
        .bolus([0, 5], "depot", 4.0)
        .bolus(7, "depot", 0.0)
    )
    moved = run(Schedule().bolus([100, 105], "depot", 8.0).bolus(103, "plasma", 2.0), shift=100.0)
    assert np.allclose(whole, split, rtol=1e-9, atol=1e-12) and np.allclose(whole, moved, rtol=1e-8, atol=1e-11)


@pytest.mark.metamorphic
def test_going_on_from_a_stored_state_is_going_on(one_compartment):
    schedule = Schedule().bolus(0, "depot", 8.0)
    whole = simulate(
        one_compartment, times=[10.0, 20.0], start=0.0, outputs=["plasma"], events=Events((schedule,)), rtol=1e-10
    )
    first = simulate(
        one_compartment, times=[10.0], start=0.0, outputs=["plasma"], events=Events((schedule,)), rtol=1e-10
    )
    rest = simulate(one_compartment, times=[20.0], start=10.0, outputs=["plasma"], initial=first.final, rtol=1e-10)
    assert rest.values[0, 0, 0] == pytest.approx(whole.values[0, 1, 0], rel=1e-8)
