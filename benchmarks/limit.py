"""How far from what the processor could do: one step of eight patients taken apart.

* `attempt`, the compiled step, is called at one place again and again: as it is, and with exp and log replaced by one
  addition (its time must not depend on values: it has no branch). The difference is what exp and log cost there.
* exp, log and division alone, eight lanes, many independent values: what one costs when nothing waits.
* fused multiply-adds alone, in as many independent chains as keep every port busy: the peak of one core.
* operations of a step, counted in the printed code (a fused multiply-add counts two), against that peak.
"""

from __future__ import annotations

import ctypes
import re
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from benchmarks.measure import cost
from benchmarks.ours import build, compiled, osteon, trajectories
from benchmarks.workloads import ATOL, OUTPUTS, Workload, persons
from osteon.engine import kernel
from osteon.engine.lanes import H, T, Y, bind, lanes_of
from osteon.engine.printer import WORK, print_program
from osteon.engine.program import make_program
from osteon.engine.simulate import initial_states, parameter_matrix, scales
from osteon.engine.tableau import RODAS5P
from osteon.engine.vector import Function, attributes, declarations, functions

LANES = 8
CALLS, ROUNDS, TIMES = 2000, 2000, 7
V = f"<{LANES} x double>"
ALONE = {  # operation on x, and how many independent chains of it
    "exp": ("call {v} @v8_exp({v} {x})", 6),
    "log": ("call {v} @v8_log({v} {x})", 6),
    "division": ("fdiv {v} {one}, {x}", 8),
    "multiply-add": ("call {v} @llvm.fmuladd.v8f64({v} {x}, {v} {near}, {v} {tiny})", 16),
}


def limit(work: Workload) -> dict[str, Any]:
    """Nanoseconds of a step of eight patients and without its parts; operations of a step; the peak of a core."""
    traced = work.model.traced
    changes: dict[str, Callable[[str], str]] = {
        "as it is": lambda t: t,
        "no exp": partial(_shortened, "exp"),
        "no log": partial(_shortened, "log"),
        "no exp, no log": lambda t: _shortened("log", _shortened("exp", t)),
        "no division": lambda t: t.replace(" fdiv ", " fmul "),
    }
    built = {name: build(traced, change) for name, change in changes.items()}
    calls = {name: (_step(work, own), CALLS) for name, own in built.items()}
    step = _quickest(calls | {"calling": (_nothing(), CALLS)})
    calling = step.pop("calling")
    step = {name: taken - calling for name, taken in step.items()}
    alone = {name: _alone(*one) for name, one in ALONE.items()}
    counts = count_step(print_program(make_program(traced, OUTPUTS), RODAS5P, LANES))
    return {
        "step_ns": step,
        "alone_ns": alone,
        "counts": counts,
        "gflops": LANES * counts["flops"] / step["as it is"],
        "peak_gflops": LANES * 2 / alone["multiply-add"],
        "run_ns": _run_time(work),
        "workload": work.name,
    }


def _run_time(work: Workload) -> float:
    """Nanoseconds of a whole run for one step of eight patients: the kernel, the driver and the outputs."""
    run, n = osteon(work, 1e-6), 128
    run(persons(8))
    seconds = min(cost(lambda: run(persons(n)))[0] for _ in range(3))
    return 1e9 * seconds / (trajectories(work, persons(n)).steps.sum() / LANES)


def _step(work: Workload, own: kernel.Kernel) -> Callable[[], Any]:
    """A call of `attempt` for eight patients at the start of a run, one hour long."""
    lanes = lanes_of(own, len(work.model.traced.parameters), 0, 0)
    bound = bind(own, lanes, scales(work.model) * ATOL, 1e-6)
    matrix = parameter_matrix(work.model, None, LANES)
    lanes.own[:] = matrix.T
    lanes.body[Y] = initial_states(work.model, matrix).T
    lanes.now[T], lanes.now[H] = 0.0, 1 / 24
    _call(own.addresses["static_part"], bound.code.for_static)()
    return _call(own.addresses["attempt"], bound.code.for_attempt, bound, own)


def _call(address: int, places: tuple[int, ...], *keep: Any) -> Callable[[], Any]:
    function = ctypes.CFUNCTYPE(None, *([ctypes.c_int64] * len(places)))(address)

    def call() -> Any:
        return function(*places), keep

    return call


def _nothing() -> Callable[[], Any]:
    """A call with as many arguments as `attempt` has, of a function that does nothing: what calling costs."""
    engine, addresses = compiled(Function("nothing", WORK, LANES).text().replace("#0 ", "") + "\n", ("nothing",))
    return _call(addresses["nothing"], (0,) * len(WORK), engine)


def _quickest(calls: dict[str, tuple[Callable[[], Any], int]]) -> dict[str, float]:
    """Nanoseconds of each, taken in turn: the quickest of a few rounds is the code, the rest are neighbours."""
    found: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(TIMES):
        for name, (call, times) in calls.items():
            began = time.process_time_ns()
            for _ in range(times):
                call()
            found[name].append((time.process_time_ns() - began) / times)
    return {name: min(took) for name, took in found.items()}


def _shortened(name: str, text: str) -> str:
    """The kernel's text with exp or log one addition long."""
    one = Function("any", (), LANES).constant(1.0)
    short = f"define internal {V} @v{LANES}_{name}({V} %x) #1 {{\nentry:\n  %y = fadd {V} %x, {one}\n  ret {V} %y\n}}"
    return re.sub(rf"define internal {re.escape(V)} @v{LANES}_{name}\(.*?\n}}", lambda _: short, text, flags=re.DOTALL)


def _alone(line: str, chains: int) -> float:
    """Nanoseconds of one operation on eight lanes where nothing waits: independent chains, ROUNDS long."""
    f = Function("alone", ("x",), LANES)
    words = {"v": V, "one": f.constant(1.0), "near": f.constant(0.999), "tiny": f.constant(1e-3)}
    first = [f.load("%x", i) for i in range(chains)]
    f.lines += ["  br label %go", "go:", "  %i = phi i64 [ 0, %entry ], [ %n, %go ]"]
    f.lines += [f"  %k{c} = phi {V} [ {x}, %entry ], [ %k{c}.next, %go ]" for c, x in enumerate(first)]
    f.lines += [f"  %k{c}.next = {line.format(x=f'%k{c}', **words)}" for c in range(chains)]
    f.lines += [
        "  %n = add i64 %i, 1",
        f"  %c = icmp slt i64 %n, {ROUNDS}",
        "  br i1 %c, label %go, label %out",
        "out:",
    ]
    for c in range(chains):
        f.store(f"%k{c}.next", "%x", c)
    text = "\n\n".join([declarations(LANES), functions(LANES), f.text(), attributes(LANES)]) + "\n"
    engine, addresses = compiled(text, ("alone",))
    room = np.full((chains, LANES), 0.7)
    found = _quickest({"it": (_call(addresses["alone"], (int(room.ctypes.data),), engine), 20)})
    return found["it"] / ROUNDS / chains


KINDS = ("fmuladd", "fmul", "fadd", "fsub", "fdiv", "sqrt", "load", "store")


def count_step(text: str) -> dict[str, int]:
    """Operations of one step for one patient, from the printed code: loops run to their end, calls count what they call."""
    bodies = dict(re.findall(r"^define [^\n]*@(\w+)\([^\n]*\{\nentry:\n(.*?)\n}", text, flags=re.DOTALL | re.MULTILINE))
    total = _counted("attempt", bodies, 1)
    flops = 2 * total["fmuladd"] + sum(total[k] for k in ("fmul", "fadd", "fsub", "fdiv", "sqrt"))
    return total | {"flops": flops}


def _counted(name: str, bodies: dict[str, str], count: int) -> dict[str, int]:
    """Operations of a function.   count : vectors it is given, where it takes many"""
    stops = dict(re.findall(r"%(L\d+)\.c = icmp slt i64 %L\d+\.n, (\S+)", bodies[name]))
    total, times = dict.fromkeys((*KINDS, "exp", "log"), 0), 1
    for line in bodies[name].split("\n"):
        if inside := re.match(r"(L\d+)\.(go|out):", line):
            times = (count if stops[inside[1]] == "%count" else int(stops[inside[1]])) if inside[2] == "go" else 1
        called = re.search(r"call \S.* @(\w+)\((.*)\)", line)
        if called and called[1] in bodies:
            many = re.search(r", i64 (\d+)$", called[2])
            inner = _counted(called[1], bodies, int(many[1]) if many else 1)
            total = {k: v + times * inner[k] for k, v in total.items()}
            total |= {k: total[k] + times for k in ("exp", "log") if re.fullmatch(rf"v\d_{k}", called[1])}
        for kind in KINDS:
            total[kind] += times * bool(re.search(rf"(= |^  |llvm\.){kind}\b", line))
    return total
