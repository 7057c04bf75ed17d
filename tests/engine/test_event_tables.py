"""Doses of NONMEM event tables against analytic one-compartment solutions: sums of single doses over all their past."""

import numpy as np
import pytest
from tests.engine.subjects import schedules_of

from osteon.engine import Events, simulate
from osteon.engine.tables import compartments_of
from osteon.errors import InputError, Unsupported
from osteon.io.nonmem import read_events
from osteon.model import Entry, Module, Parameter, Process, State, assemble

KA, KE, F, LAG = 1.5, 0.3, 0.6, 0.2
HEAD = "ID,TIME[day],EVID,CMT,AMT[mg],RATE,DUR,II,ADDL,SS"
TIMES = np.linspace(0.0, 12.0, 97) + 0.013
PAST = 600  # implied doses of a steady state


def p(name, value, unit="1"):
    return Parameter(name, value, unit, "assumed", "assumed")


@pytest.fixture(scope="module")
def model(depot_and_plasma):
    return depot_and_plasma()


def run(model, *rows, times=TIMES, parameters=None, rtol=1e-10, **options):
    table = read_events("\n".join([HEAD, *rows]), compartments_of(model))
    ids, events = schedules_of(table, model, parameters)
    return simulate(
        model, parameters, n=len(ids), times=times, start=0.0, outputs=["plasma"], events=events, rtol=rtol, atol=1e-12, **options
    )  # fmt: skip


def plasma(model, *rows, **options):
    got = run(model, *rows, **options)
    assert not got.failed.any()
    return got.values[:, :, 0]


def bolus(t, amount, place="plasma"):
    """What a single dose leaves in the plasma after t days (nothing before)."""
    s = np.maximum(t, 0.0)
    oral = F * amount * KA / (KA - KE) * (np.exp(-KE * s) - np.exp(-KA * s))
    return np.where(t >= 0, oral if place == "depot" else amount * np.exp(-KE * s), 0.0)


def infusion(t, amount, duration):
    s = np.clip(t, 0.0, duration)
    after = np.maximum(t - duration, 0.0)
    return amount / duration / KE * (1 - np.exp(-KE * s)) * np.exp(-KE * after)


def always(shape, first, every, more=0):
    """Superposed: doses at `first`, before it for ever, and `more` of them later."""
    return sum(shape(TIMES - first - i * every) for i in range(-PAST, more + 1))


@pytest.mark.parametrize(
    ("rows", "wanted"),
    [
        (["1,0,1,plasma,10,.,.,.,.,."], lambda t: bolus(t, 10)),
        (["1,1,1,plasma,10,5,.,.,.,."], lambda t: infusion(t - 1, 10, 2)),
        (["1,1,1,plasma,10,.,2,.,.,."], lambda t: infusion(t - 1, 10, 2)),
        (["1,1,1,depot,10,.,.,.,.,."], lambda t: bolus(t - 1 - LAG, 10, "depot")),
        (["1,0,1,plasma,10,.,.,1.5,4,."], lambda t: sum(bolus(t - 1.5 * i, 10) for i in range(5))),
        (["1,0,1,plasma,10,5,.,1,3,."], lambda t: sum(infusion(t - i, 10, 2) for i in range(4))),  # they overlap
        (["1,0,1,plasma,10,.,.,1,9,.", "1,3.5,3,.,.,.,.,.,.,."], lambda t: (t < 3.5) * sum(bolus(t - i, 10) for i in range(10))),
        (["1,0,1,plasma,10,2,.,.,.,.", "1,3,4,plasma,6,.,.,.,.,."],
         lambda t: np.where(t < 3, infusion(t, 10, 5), bolus(t - 3, 6))),
        (["1,2,1,depot,10,.,.,.,.,.", "1,2.1,3,.,.,.,.,.,.,."], lambda t: 0 * t),  # late, so cancelled
    ],
)  # fmt: skip
def test_transient_doses(model, rows, wanted):
    assert plasma(model, *rows)[0] == pytest.approx(wanted(TIMES), rel=1e-7, abs=1e-9)


@pytest.mark.parametrize("first", [0.0, 2.0])
def test_a_steady_state_is_the_sum_of_all_past_doses(model, first):
    after = first <= TIMES
    cases = {
        f"1,{first},1,plasma,10,.,.,1,.,1": always(lambda t: bolus(t, 10), first, 1.0),
        f"1,{first},1,plasma,10,.,.,1,5,1": always(lambda t: bolus(t, 10), first, 1.0, 5),
        f"1,{first},1,plasma,10,.,0.7,1,2,1": always(lambda t: infusion(t, 10, 0.7), first, 1.0, 2),
        f"1,{first},1,plasma,10,.,1,1,2,1": always(lambda t: infusion(t, 10, 1.0), first, 1.0, 2),
        f"1,{first},1,depot,10,.,.,0.5,3,1": always(lambda t: bolus(t - LAG, 10, "depot"), first, 0.5, 3),
        f"1,{first},1,depot,10,.,.,0.2,3,1": always(lambda t: bolus(t - LAG, 10, "depot"), first, 0.2, 3),
        f"1,{first},1,plasma,0,6,.,.,.,1": 6 / KE * np.exp(-KE * (TIMES - first)),
    }
    for row, wanted in cases.items():
        assert plasma(model, row)[0][after] == pytest.approx(wanted[after], rel=1e-6), row


def test_a_late_infusion_that_runs_at_the_record_goes_on(model):
    lags = {"lag": 0.6}
    row = "1,2,1,depot,10,.,0.8,1,.,1"
    base = [f"1,{2 - i},1,depot,10,.,0.8,.,.,." for i in range(2, -1, -1)]
    long = [f"1,0,1,depot,10,.,0.8,1,{60},."]
    steady = plasma(model, row.replace(",2,1,", ",60,1,"), parameters=lags, times=[60.0, 60.1, 60.5, 61.0, 61.7])
    wanted = plasma(model, *long, parameters=lags, times=[60.0, 60.1, 60.5, 61.0, 61.7])
    assert base and steady[0][1:] == pytest.approx(wanted[0][1:], rel=1e-6)


def test_a_steady_state_takes_the_place_of_what_was_there_or_is_added_to_it(model):
    before = "1,0,1,plasma,50,.,.,1,9,."
    after = TIMES > 2
    steady = always(lambda t: bolus(t, 10), 2.0, 1.0)
    replaced = plasma(model, before, "1,2,1,plasma,10,.,.,1,.,1")[0]
    assert replaced[after] == pytest.approx(steady[after], rel=1e-7)
    added = plasma(model, before, "1,2,1,plasma,10,.,.,1,.,2")[0]
    assert added[after] == pytest.approx((steady + sum(bolus(TIMES - i, 50) for i in range(10)))[after], rel=1e-7)


def test_two_steady_doses_a_day_at_unequal_times(model):
    got = plasma(model, "1,1,1,plasma,10,.,.,1,.,1", "1,1.3,1,plasma,4,.,.,1,.,2")[0]
    wanted = always(lambda t: bolus(t, 10), 1.0, 1.0) + always(lambda t: bolus(t, 4), 1.3, 1.0)
    assert got[TIMES > 1.3] == pytest.approx(wanted[TIMES > 1.3], rel=1e-7)


def test_subjects_keep_their_own_schedules_parameters_and_steady_states(model):
    rows = ["007,0,1,plasma,10,.,.,1,.,1", "b,2,1,plasma,10,.,.,1,.,1", "c,0,1,plasma,5,.,.,.,.,."]
    ke = np.array([0.3, 0.3, 0.6])
    got = plasma(model, *rows, parameters={"ke": ke})
    assert got[0] == pytest.approx(always(lambda t: bolus(t, 10), 0.0, 1.0), rel=1e-7)
    assert got[1][TIMES > 2] == pytest.approx(always(lambda t: bolus(t, 10), 2.0, 1.0)[TIMES > 2], rel=1e-7)
    assert got[2] == pytest.approx(5 * np.exp(-0.6 * TIMES), rel=1e-7)
    assert np.array_equal(plasma(model, rows[1], parameters={"ke": 0.3})[0], got[1])


def test_a_lag_of_each_subject_is_its_own(model):
    got = plasma(
        model, "a,1,1,depot,10,.,.,.,.,.", "b,1,1,depot,10,.,.,.,.,.", parameters={"lag": np.array([0.0, 3.0])}
    )
    assert got[1] == pytest.approx(bolus(TIMES - 4, 10, "depot"), rel=1e-7, abs=1e-9)
    assert got[0] == pytest.approx(bolus(TIMES - 1, 10, "depot"), rel=1e-7, abs=1e-9)


@pytest.mark.metamorphic
def test_a_table_means_the_same_in_other_units_order_and_parts(model):
    whole = plasma(model, "1,0,1,plasma,10,.,.,2,3,.", "1,0,1,depot,8,.,.,.,.,.")
    halves = [
        "1,0,1,depot,8,.,.,.,.,.",
        "1,0,1,plasma,5,.,.,2,3,.",
        "1,0,1,plasma,5,.,.,2,3,.",
        "1,0,1,plasma,0,.,.,.,.,.",
    ]
    assert np.allclose(plasma(model, *halves), whole, rtol=1e-9, atol=1e-11)
    text = "ID TIME[h] CMT AMT[ug] II ADDL\n1 0 plasma 10000 48 3\n1 0 depot 8000 . ."
    _, events = schedules_of(read_events(text, compartments_of(model)), model)
    got = simulate(model, times=TIMES, start=0.0, outputs=["plasma"], events=events, rtol=1e-10, atol=1e-12)
    assert np.allclose(got.values[:, :, 0], whole, rtol=1e-9, atol=1e-11)


def saturable(leak=0.0):
    return assemble(
        Module(
            "pk",
            parameters=(p("vmax", 20.0, "mg/day"), p("km", 5.0, "mg"), p("leak", leak, "1/day")),
            states=(State("plasma", "mg", 0.0, 10.0),),
            processes=(
                Process("use", lambda plasma, vmax, km, leak: vmax * plasma / (km + plasma) + leak * plasma, "mg/day", {"plasma": -1}),
            ),
        )
    )  # fmt: skip


def test_a_saturable_steady_state_is_where_many_doses_lead():
    model = saturable()
    steady = plasma(model, "1,100,1,plasma,8,.,.,1,9,1", times=[100.5, 101.5, 109.9])
    wanted = plasma(model, "1,0,1,plasma,8,.,.,1,110,.", times=[100.5, 101.5, 109.9])
    assert steady == pytest.approx(wanted, rel=1e-6)


@pytest.mark.parametrize(
    ("make", "row", "word"),
    [
        (saturable, "1,0,1,plasma,25,.,.,1,.,1", "accumulates without end"),  # more a day than can be used
        (saturable, "1,0,1,plasma,0,25,.,.,.,1", "accumulates without end"),
        (saturable, "1,0,1,plasma,8,.,.,1,.,2", "linear kinetics only"),
    ],
)
def test_a_steady_state_without_an_answer_is_refused(make, row, word):
    with pytest.raises(Unsupported, match=word):
        run(make(), row)


def test_a_state_that_is_never_left_has_no_steady_state(model):
    with pytest.raises(Unsupported, match="accumulates without end"):
        run(model, "1,0,1,plasma,8,.,.,1,.,1", parameters={"ke": 0.0})


def test_a_lag_beyond_the_interval_is_refused_at_steady_state_only(model):
    with pytest.raises(Unsupported, match="no defined answer"):
        run(model, "1,0,1,depot,8,.,.,0.1,.,1")
    assert not run(model, "1,0,1,depot,8,.,.,0.1,5,.").failed.any()


def test_a_drug_with_two_ways_needs_its_compartment(model):
    with pytest.raises(InputError, match="compartment"):
        run(model, "1,0,1,drug,8,.,.,.,.,.")


def test_the_body_goes_on_while_the_drug_is_at_steady_state(model):
    """Parameters switched before the record count at it, those switched later count later."""
    row = read_events(f"{HEAD}\n1,2,1,plasma,10,.,.,1,4,1", compartments_of(model))
    _, events = schedules_of(row, model)
    schedule = events.schedules[0].set_parameter(1.0, "ke", 0.6).restore_parameter(4.0, "ke")
    got = simulate(model, times=[2.0, 2.5, 5.0], start=0.0, outputs=["plasma"], events=Events((schedule,)), rtol=1e-10)
    top = 10 / (1 - np.exp(-0.6))
    assert got.values[0, 1, 0] == pytest.approx(top * np.exp(-0.3), rel=1e-7)
    wanted = ((top * np.exp(-0.6) + 10) * np.exp(-0.6) + 10) * np.exp(-0.3)
    assert got.values[0, 2, 0] == pytest.approx(wanted, rel=1e-7)


def test_where_the_rate_is_given_it_stays_and_where_the_duration_is_given_that_stays(model):
    """NONMEM's rule for bioavailability: F x AMT / RATE days at RATE, or DUR days at F x AMT / DUR."""
    shares = np.array([0.6, 0.25, 1.0, 0.0])
    times = np.linspace(0.01, 12, 50)
    for row, days in (("{},0,1,depot,10,5,.,.,.,.", shares * 2), ("{},0,1,depot,10,.,2,.,.,.", np.full(4, 2.0))):
        own = {"f": shares, "lag": np.zeros(4)}
        got = run(model, *(row.format(i) for i in "abcd"), parameters=own, times=times)
        assert got.delivered[:, 0] == pytest.approx(10 * shares, rel=1e-9)
        depot = simulate_depot(model, [row.format(i) for i in "abcd"], own, times)
        for i, share in enumerate(shares):
            s, after = np.minimum(times, days[i]), np.maximum(times - days[i], 0)
            rate = 10 * share / days[i] if days[i] else 0.0
            wanted = rate / KA * (1 - np.exp(-KA * s)) * np.exp(-KA * after)
            assert depot[i] == pytest.approx(wanted, rel=1e-7, abs=1e-10)


def simulate_depot(model, rows, parameters, times):
    table = read_events("\n".join([HEAD, *rows]), compartments_of(model))
    ids, events = schedules_of(table, model, parameters)
    return simulate(
        model, parameters, n=len(ids), times=times, start=0.0, outputs=["depot"], events=events, rtol=1e-10, atol=1e-12
    ).values[:, :, 0]


def test_a_rate_without_an_amount_is_not_scaled_by_bioavailability(model):
    row = "1,0,1,depot,0,6,.,.,.,1"
    assert simulate_depot(model, [row], {"lag": 0.0}, [1e-9])[0, 0] == pytest.approx(6 / KA, rel=1e-6)


@pytest.mark.parametrize("lag", [0.0, 0.2, 0.5])
@pytest.mark.parametrize("dur", [0.5, 1.0, 0.7, 1.5, 2.0])
def test_a_steady_state_of_infusions_that_overlap_is_the_sum_of_all_past_doses(model, lag, dur):
    """Infusions up to four times as long as their interval, by duration and by rate, with more to come and without."""
    after = TIMES > 1.0
    for addl in (0, 3):
        for rate, days in ((".", dur), (10 / dur, F * dur)):
            row = f"1,1,1,depot,10,{rate},{'.' if rate != '.' else dur},0.5,{addl},1"
            got = simulate_depot(model, [row], {"lag": lag}, TIMES)[0]
            starts = [1 + lag + 0.5 * i for i in range(-80, addl + 1)]

            def left(t, days=days):
                s, past = np.clip(t, 0, days), np.maximum(t - days, 0)
                return F * 10 / days / KA * (1 - np.exp(-KA * s)) * np.exp(-KA * past)

            wanted = sum(left(TIMES - s) for s in starts)
            assert got[after] == pytest.approx(wanted[after], rel=1e-6), (addl, rate)


def test_the_steady_states_of_two_drugs_at_one_instant_leave_each_other_alone():
    def loss(name):
        return eval(f"lambda {name}_body, {name}_ke: {name}_ke * {name}_body")

    def module(name, ke):
        return Module(
            name,
            parameters=(p(f"{name}_ke", ke, "1/day"),),
            states=(State(f"{name}_body", "mg", 0.0, 10.0),),
            processes=(Process(f"{name}_use", loss(name), "mg/day", {f"{name}_body": -1}),),
            entries=(Entry(name, "oral", f"{name}_body", "mg"),),
        )

    both = assemble(module("a", 0.3), module("b", 0.8))
    table = read_events(
        f"{HEAD}\n1,0,1,a,10,.,.,1,.,1\n1,0,1,b,4,.,.,1,.,1\n1,2,1,b,4,.,.,1,.,1", compartments_of(both)
    )
    _, events = schedules_of(table, both)
    got = simulate(both, times=[1.0, 3.0], start=0.0, outputs=["a_body", "b_body"], events=events, rtol=1e-10)
    a, b = 10 / (1 - np.exp(-0.3)), 4 / (1 - np.exp(-0.8))
    assert got.values[0, :, 0] == pytest.approx([a * np.exp(-0.3), a * np.exp(-0.9)], rel=1e-7)
    assert got.values[0, :, 1] == pytest.approx([b * np.exp(-0.8)] * 2, rel=1e-7)


def test_a_patient_without_a_steady_state_is_a_row_with_its_reason(model):
    """The others are as they are alone, to the bit."""
    row = "{},0,1,plasma,10,.,.,1,.,1"
    own = {"ke": np.array([0.3, 0.0, 0.6])}
    got = run(model, *(row.format(i) for i in "abc"), parameters=own)
    assert got.failed.tolist() == [False, True, False]
    assert "accumulates without end" in got.reasons[1]
    assert np.isnan(got.values[1]).all()
    for i, ke in ((0, 0.3), (2, 0.6)):
        alone = run(model, row.format("a"), parameters={"ke": ke})
        assert np.array_equal(got.values[i], alone.values[0])


def test_how_long_a_steady_state_takes_is_told_and_what_nobody_lives_to_see_is_refused(model):
    got = run(model, "1,0,1,plasma,10,.,.,1,.,1")
    assert got.settling[0] == np.ceil(np.log(10) / KE)  # in whole intervals
    assert np.isnan(run(model, "1,0,1,plasma,10,.,.,1,3,.").settling[0])
    with pytest.raises(Unsupported, match=r"about 63 years of dosing"):
        run(model, "1,0,1,plasma,10,.,.,1,.,1", parameters={"ke": 1e-4})
    some = run(
        model, "a,0,1,plasma,10,.,.,1,.,1", "b,0,1,plasma,10,.,.,1,.,1", parameters={"ke": np.array([0.3, 1e-4])}
    )
    assert some.failed.tolist() == [False, True] and "years of dosing" in some.reasons[1]
