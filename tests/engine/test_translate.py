"""The driver as machine code does what the driver as plain Python does; what is not known is refused."""

import ctypes
import inspect
from types import SimpleNamespace

import numpy as np
import pytest

from osteon.engine import DosingRule, Events, Schedule, compiled, driver, simulate
from osteon.engine.calls import power
from osteon.engine.machine import compile_ir, load_object
from osteon.engine.translate import Translator
from osteon.engine.vector import scalar_power


def eventful(n):
    schedules = []
    for i in range(3):
        s = (
            Schedule()
            .bolus([0.0, 1.0, 2.5 + i], "depot", 10.0, group=0, share="f")
            .infusion([0.5, 4.0], 0.7, "plasma", 3.0)
        )
        s.scale_parameter(3.0, "ke", 1.5).restore_parameter(5.0, "ke").reset(6.0, ["depot"])
        schedules.append(s.check([1.0, 2.5 + i], DosingRule("plasma", ">", 4.0, hold=True), 0))
    return Events(tuple(schedules), np.arange(n) % 3)


def test_machine_code_and_plain_python_agree(one_compartment, monkeypatch):
    def run():
        ke = np.linspace(0.1, 0.6, 11)
        asked = {"times": np.linspace(0, 9, 19), "outputs": ["plasma", "elimination"], "events": eventful(11)}
        return simulate(one_compartment, {"ke": ke}, n=11, lanes=4, **asked)

    fast = run()
    monkeypatch.setattr(compiled, "drive", driver.drive)
    slow = run()
    assert np.array_equal(fast.steps, slow.steps) and np.allclose(fast.delivered, slow.delivered, rtol=1e-13)
    assert np.allclose(fast.values, slow.values, rtol=1e-11, atol=1e-13) and not fast.failed.any()


def translated(source, constants=None):
    """A function f(a), a.x of floats and a.n of ints, as machine code."""
    layout = (("a", (("x", "f", 1), ("n", "i", 2))),)
    text = [scalar_power(), Translator(source, constants or {}).text("f", layout), "attributes #0 = { nounwind }"]
    engine, places = load_object(compile_ir("\n".join(text)), ["f"])

    def run(x, n):
        frame = np.array([x.ctypes.data, *x.shape, n.ctypes.data, *n.shape], np.int64)
        ctypes.CFUNCTYPE(None, ctypes.c_void_p)(places["f"])(frame.ctypes.data)
        return engine

    return run


LAST = 5


def half(v, low):
    """Never below."""
    if v > 4 * low:
        return v / 2
    return max(low, -v if v < 0.0 else v)


def f(a):
    total = 0
    for i in range(1, a.x.shape[0]):
        if i == 3:
            continue
        j = i
        while j > 0 and a.n[0, j] != 7 or j == LAST:
            j -= 1
        a.n[1, i], a.x[i] = j, half(a.x[i], 0.5) + total
        total += j
    a.x[0] = min(abs(a.x[1] - 9), power(2.0, 0.5)) if not (total == 0 and i > 9) else np.nan


def test_a_translated_function_is_the_function():
    rng = np.random.default_rng(3)
    run = translated(inspect.getsource(half) + inspect.getsource(f), {"LAST": LAST})
    for _ in range(20):
        x, n = rng.normal(0, 3, 7), rng.integers(6, 9, (2, 7))
        same_x, same_n = x.copy(), n.copy()
        run(x, n)
        f(SimpleNamespace(x=same_x, n=same_n))
        assert np.array_equal(n, same_n) and np.allclose(x, same_x, rtol=1e-15, equal_nan=True)


@pytest.mark.parametrize("line", ["a.x[0] = a.x[0] ** 2", "b = [1]", "assert a", "a.n[0, 0] = 0.5", "a.x[0] = open(1)"])
def test_what_is_not_known_is_refused(line):
    with pytest.raises(TypeError):
        translated(f"def f(a):\n    {line}\n")
