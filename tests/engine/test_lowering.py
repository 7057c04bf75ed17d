"""Rewritten expressions are worth what they were; exp and log are exact to rounding; few are left of what can be joined."""

import ctypes

import numpy as np
import pytest

from osteon.engine import Events, Schedule, simulate
from osteon.engine.jacobian import jacobian
from osteon.engine.lowering import join_exponentials, lower, lower_powers, share_divisors
from osteon.engine.machine import compile_ir, load_object
from osteon.engine.program import make_program
from osteon.engine.simulate import evaluate
from osteon.engine.slopes import slopes
from osteon.engine.vector import PACK, Function, attributes, declarations, functions
from osteon.model import exp, log, softplus, sqrt, tanh, walk
from osteon.model.expressions import symbol
from osteon.simulation.assembly import human_model

X, Y, K, N = (symbol(n) for n in ("x", "y", "k", "n"))
VALUES = {n: np.random.default_rng(i).uniform(0.2, 3.0, 50) for i, n in enumerate("xykn")}
LAWS = [
    (X / K) ** N * (Y / K) ** 1.3 / exp(N * X),
    log(exp(X) * Y / sqrt(K)) + (exp(X) * Y**N) ** 0.7,
    X / (K + X) + Y / (K + X) + X / K + tanh(X - Y) * softplus(Y - 2 * X),
    (X * (1 + (Y / K) ** N) / (X + 2 * (Y / K) ** N)) ** 3 + 2 / X**2,
]


def joined():
    return join_exponentials(lower_powers(LAWS), {"k", "n"})


def worth(roots, values=VALUES, n=50):
    known = {"guard": lambda x: np.maximum(x, 1e-300), "positive": lambda x: np.maximum(x, 0), "abs": np.abs}
    return evaluate(roots, values, n, known)


def test_rewriting_keeps_values():
    assert np.allclose(worth(share_divisors(lower(joined()), {"k", "n"})), worth(LAWS), rtol=1e-13)


@pytest.mark.parametrize("name", ["x", "y"])
def test_slopes_of_what_is_joined_are_the_slopes(name):
    step = 1e-6 * VALUES[name]
    up, down = (worth(LAWS, VALUES | {name: VALUES[name] + s}) for s in (step, -step))
    assert np.allclose(worth(lower(slopes(joined(), name))), (up - down) / (2 * step[:, None]), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("drugs", [(), ("denosumab", "teriparatide")])
def test_the_jacobian_is_the_slopes_of_the_rates(drugs):
    model = human_model(drugs)
    traced, rng = model.traced, np.random.default_rng(5)
    rates = join_exponentials(lower_powers(traced.rhs), set(traced.parameters))
    found = jacobian(rates, traced.states)
    start = {s: v * rng.uniform(0.7, 1.4, 6) + 0.01 for s, v in model.initial_values().items()}
    values = {**model.defaults, **start, "time": 1000.0 + np.arange(6.0)}
    for column, name in enumerate(traced.states):
        exact = worth(lower(slopes(list(traced.rhs), name)), values, 6)
        mine = np.zeros_like(exact)
        rows = [r for r, c in found if c == column]
        mine[:, rows] = worth(lower([found[r, column] for r in rows]), values, 6) if rows else 0.0
        assert np.allclose(mine, exact, rtol=1e-9, atol=1e-12 * np.abs(exact).max())


def test_the_jacobian_of_what_branches_and_meets_again():
    both = jacobian([X * X + sqrt(X) * Y, X, 2 * K, (X + Y) * (X + Y)], ["x", "y", "z"])
    assert list(both) == [(0, 0), (1, 0), (3, 0), (0, 1), (3, 1)] and both[1, 0].value == 1.0
    x, y = VALUES["x"], VALUES["y"]
    exact = [2 * x + y / (2 * np.sqrt(x)), np.ones(50), 2 * (x + y), np.sqrt(x), 2 * (x + y)]
    assert np.allclose(worth(list(both.values())), np.stack(exact, axis=1))


def test_products_of_powers_need_one_exponential():
    ops = [n.op for n in walk(*join_exponentials(lower_powers([LAWS[0]]), {"k", "n"}))]
    assert ops.count("exp") == 1 and ops.count("log") == 2


def test_a_factor_that_may_be_negative_stays_within_its_logarithm():
    ops = [n for n in walk(*lower_powers([(X * Y * exp(K)) ** N])) if n.op == "log"]
    assert [str(n.args[0].args[0]) for n in ops] == ["x * y"]


@pytest.mark.parametrize("lanes", [1, 4, 8])
@pytest.mark.parametrize(
    ("what", "low", "high", "exact"),
    [("exp", -700, 700, np.exp), ("exp", -1, 1, np.exp), ("log", 1e-300, 1e300, np.log), ("log", 0.5, 2, np.log)],
)
def test_exp_and_log_are_exact_to_rounding(lanes, what, low, high, exact):
    rng = np.random.default_rng(7)
    x = np.exp(rng.uniform(np.log(low), np.log(high), 4096)) if what == "log" else rng.uniform(low, high, 4096)
    found = taken(what, lanes, x)
    with np.errstate(all="ignore"):
        off = np.abs(found - exact(x)) / np.spacing(np.abs(exact(x)))
        assert off.max() <= 2.5 and off.mean() < 0.4


@pytest.mark.parametrize("lanes", [1, 4, 8])
def test_exp_and_log_at_the_ends(lanes):
    x = np.array([-np.inf, -1e30, -709.0, 0.0, 709.7, 710.0, 1e30, np.inf, np.nan] + [0.0] * 7)
    with np.errstate(all="ignore"):
        e, g = taken("exp", lanes, x.copy()), taken("log", lanes, x.copy())
    assert e[:4].tolist() == [0, 0, 0, 1] and np.isclose(e[4], np.exp(709.7)) and np.isinf(e[5:7]).all()
    assert not np.isfinite(e[7]) and np.isnan(e[8]) and np.isnan(g[:4]).all() and np.isnan(g[8])


def taken(what, lanes, x):
    """exp or log of an array, as a kernel of these lanes takes them: in a loop, or of one lane packed."""
    f = Function("f", ("at",), lanes)
    room = f.room(PACK)

    def pack(i):
        places = [f.emit(f"add i64 {f.emit(f'mul i64 {i}, {PACK}')}, {j}") for j in range(PACK)]
        f.packed(what, [f.load("%at", p) for p in places], room, 0)
        for j, p in enumerate(places):
            f.store(f.load(room, j), "%at", p)

    if lanes == 1:
        f.loop(len(x) // PACK, pack)
    else:
        f.lines.append(f"  call void @many_{what}(ptr %at, i64 {len(x) // lanes})")
    engine, places = load_object(
        compile_ir("\n".join([declarations(lanes), functions(lanes), f.text(), attributes(lanes)])), ["f"]
    )
    found = x.copy()
    ctypes.CFUNCTYPE(None, ctypes.c_void_p)(places["f"])(found.ctypes.data)
    del engine
    return found


def test_lanes_of_the_human_model_have_the_same_bits():
    model = human_model({"denosumab"})
    asked = {"times": np.arange(0, 400, 30.0), "outputs": ["bmd_total_hip", "ctx"]}
    events = Events((Schedule().bolus([0.0, 182.0], "denosumab_depot", 38.0),))
    scale = {"turnover_scale": np.linspace(0.6, 1.6, 5)}
    first, *others = (simulate(model, scale, n=5, events=events, lanes=k, **asked) for k in (1, 4, 8))
    assert all(np.array_equal(first.values, o.values) and np.array_equal(first.final, o.final) for o in others)


def test_the_human_model_keeps_few_exponentials():
    program = make_program(human_model().traced, ())
    ops = [n.op for n in walk(*program.rhs)]
    assert {"pow", "tanh", "softplus"}.isdisjoint(ops)
    assert ops.count("exp") < len([n for n in walk(*human_model().traced.rhs) if n.op in ("pow", "exp")])
