"""The model language: expressions, laws, units, assembly."""

import math

import numpy as np
import pytest

from osteon.errors import InputError
from osteon.model import (
    Contribution,
    Derived,
    Module,
    Parameter,
    Port,
    Process,
    Rule,
    State,
    assemble,
    exp,
    laws,
    log,
    renamed,
    softplus,
    sqrt,
    tanh,
)
from osteon.model.expressions import symbol


def p(name, value, unit, source="assumed"):
    return Parameter(name, value, unit, "assumed", source)


def cascade(**changes):
    parts = {
        "parameters": (p("k", 0.1, "1/day"),),
        "states": (State("drug", "mg", 10.0),),
        "processes": (Process("loss", lambda drug, k: k * drug, "mg/day", {"drug": -1}),),
    }
    return Module("one", **(parts | changes))


def test_equal_expressions_are_one_object():
    x, y = symbol("x"), symbol("y")
    assert x * y + 1 is x * y + 1
    assert x + 0 is x and x * 1 is x and (x - x).value == 0.0


@pytest.mark.parametrize("function, plain", [(exp, np.exp), (log, np.log), (tanh, np.tanh), (sqrt, np.sqrt)])
def test_functions_serve_arrays_and_symbols(function, plain):
    x = np.array([0.3, 1.7])
    assert np.allclose(function(x), plain(x), rtol=1e-15)
    assert function(symbol("x")).op == function.__name__


def test_softplus_does_not_overflow():
    assert softplus(np.array([800.0]))[0] == 800.0


def test_a_law_that_branches_is_refused():
    with pytest.raises(InputError, match="branches or loops"):
        assemble(cascade(processes=(Process("loss", lambda drug, k: drug if k > 0 else k, "mg/day", {"drug": -1}),)))
    with pytest.raises(TypeError, match="compare"):
        symbol("x") < 1  # noqa: B015


def test_an_unknown_name_is_told_with_the_nearest_one():
    with pytest.raises(InputError, match="Did you mean 'drug'"):
        assemble(cascade(processes=(Process("loss", lambda drag, k: k * drag, "mg/day", {"drug": -1}),)))


def test_all_faults_are_told_at_once():
    broken = cascade(
        parameters=(p("k", math.nan, "1/day"), p("z", 1.0, "1", source=" ")),
        processes=(Process("loss", lambda drug, nothing: drug, "mg/day", {"nowhere": -1}),),
    )
    with pytest.raises(InputError) as caught:
        assemble(broken)
    assert {f.code for f in caught.value.faults} >= {"not_finite", "no_source", "unknown_name"}


@pytest.mark.parametrize(
    "unit, message",
    [("mg/h", "off by a factor"), ("ug/day", "off by a factor"), ("mg", "answers in"), ("mg/dya", "no unit 'dya'")],
)
def test_units_are_checked_in_dimension_and_in_size(unit, message):
    with pytest.raises(InputError, match=message):
        assemble(cascade(processes=(Process("loss", lambda drug, k: k * drug, unit, {"drug": -1}),)))


def test_exp_of_a_dimension_is_refused():
    with pytest.raises(InputError, match="must have no unit"):
        assemble(cascade(rules=(Rule("wrong", lambda drug: exp(drug), "1"),)))


def test_a_circle_of_rules_is_refused():
    rules = (Rule("a", lambda b: b, "1"), Rule("b", lambda a: a, "1"))
    with pytest.raises(InputError, match="in a circle"):
        assemble(cascade(rules=rules))


def test_a_name_given_twice_is_refused():
    with pytest.raises(InputError, match="already in"):
        assemble(cascade(), Module("two", parameters=(p("k", 1.0, "1"),)))


def test_ports_are_neutral_until_something_plugs_in():
    host = Module("host", ports=(Port("gain", "product", "1"), Port("load", "sum", "1")))
    assert (
        assemble(cascade(), host).evaluate({**assemble(cascade(), host).defaults, "drug": 1.0, "time": 0.0})["gain"]
        == 1.0
    )
    plug = Module(
        "plug",
        contributions=(
            Contribution("gain", "g2", lambda k: 2 + 0 * k / k),
            Contribution("load", "l1", lambda k: k / k),
        ),
    )
    model = assemble(cascade(), host, plug)
    values = model.evaluate({**model.defaults, "drug": 1.0, "time": 0.0})
    assert (values["gain"], values["load"]) == (2.0, 1.0)


def test_a_derived_quantity_may_not_need_a_state():
    with pytest.raises(InputError, match="not a parameter"):
        assemble(cascade(derived=(Derived("d", lambda drug: drug, "mg"),)))


def test_traced_and_direct_evaluation_agree():
    from osteon.biology import HUMAN
    from osteon.engine.simulate import evaluate
    from osteon.outcomes import OUTCOMES

    model = assemble(*HUMAN, *OUTCOMES)
    values = {
        **model.defaults,
        **model.initial_values(),
        "time": 100.0,
        "osteoblasts": 1.7,
        "osteoclasts": 0.4,
        "dkk1": 1.3,
    }
    direct = model.rates(values)
    traced = evaluate(model.traced.rhs, values, 1)[0]
    assert np.allclose(traced, list(direct.values()), rtol=1e-12, atol=1e-15)


def test_the_fingerprint_follows_the_text_and_not_the_memory():
    assert assemble(cascade()).traced.fingerprint == assemble(cascade()).traced.fingerprint
    other = cascade(processes=(Process("loss", lambda drug, k: 2 * k * drug, "mg/day", {"drug": -1}),))
    assert assemble(other).traced.fingerprint != assemble(cascade()).traced.fingerprint


def test_a_renamed_law_reads_other_quantities():
    law = renamed(lambda bone, k: k * bone, bone="bone_hip")
    assert laws.arguments(law) == ("bone_hip", "k") and law(2.0, 3.0) == 6.0
    with pytest.raises(ValueError, match="no argument"):
        renamed(lambda bone: bone, bones="x")
