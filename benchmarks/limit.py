"""How far from what the processor could do: one step of eight patients taken apart, inside a whole run.

* The compiled step, `attempt`, reads where a patient stands and writes where the patient would be, so it may be called twice:
  what a run with two calls takes longer is one step, with the caches and neighbours that it has in a run.
* The same with a copy in which exp, log or division is one addition or multiplication long, called before the true one: the
  difference from a full copy is what that operation costs there.
* All these runs in turn, several rounds, medians of the differences within a round. A step that comes out longer than the
  run's own, or a copy that is slower for having less to do, is no figure and is not printed.
* exp, log and division alone, eight lanes, many independent values: what one costs when nothing waits.
* fused multiply-adds alone, in as many independent chains as keep every port busy: the peak of one core.
* operations of a step, counted in the printed code (a fused multiply-add counts two), against that peak.
"""

from __future__ import annotations

import ctypes
import re
import statistics
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from benchmarks.measure import cost
from benchmarks.ours import build, compiled, osteon, trajectories
from benchmarks.workloads import OUTPUTS, Workload, persons
from osteon.engine import kernel
from osteon.engine.printer import WORK, print_program
from osteon.engine.program import make_program
from osteon.engine.tableau import RODAS5P
from osteon.engine.vector import Function, attributes, declarations, functions
from osteon.model import Traced

LANES = 8
PERSONS, ROUNDS_OF_RUNS = 64, 9
ROUNDS, TIMES = 2000, 40
SLACK = 0.02  # of a step: how much slower a copy with less to do may seem before the figures are refused
V = f"<{LANES} x double>"
ALONE = {  # operation on x, and how many independent chains of it
    "exp": ("call {v} @v8_exp({v} {x})", 6),
    "log": ("call {v} @v8_log({v} {x})", 6),
    "division": ("fdiv {v} {one}, {x}", 8),
    "multiply-add": ("call {v} @llvm.fmuladd.v8f64({v} {x}, {v} {near}, {v} {tiny})", 0),
}
CHAINS = {
    True: 16,
    False: 6,
}  # of multiply-adds, with and without AVX-512: as many as its registers hold, so that none is spilled


def limit(work: Workload) -> dict[str, Any]:
    """Nanoseconds of a step of eight patients in a run and without its parts; operations of a step; the peak of a core."""
    traced = work.model.traced
    changes: dict[str, Callable[[str], str]] = {
        "a copy": lambda t: t,
        "no exp": partial(_shortened, "exp"),
        "no log": partial(_shortened, "log"),
        "no exp, no log": lambda t: _shortened("log", _shortened("exp", t)),
        "no division": lambda t: t.replace(" fdiv ", " fmul "),
    }
    true = kernel.compile_kernel(traced, OUTPUTS, LANES)
    copies = {name: build(traced, change) for name, change in changes.items()}
    kernels = {"run": true, "twice": _both(true, true)} | {n: _both(c, true) for n, c in copies.items()}
    single = {name: _alone(*one) for name, one in ALONE.items()}
    rounds, alone = _rounds(work, kernels, single)
    run, step = taken_apart(rounds)
    counts = count_step(print_program(make_program(traced, OUTPUTS), RODAS5P, LANES))
    found = {
        "step_ns": step,
        "alone_ns": alone,
        "counts": counts,
        "gflops": LANES * counts["flops"] / step["as it is"],
        "peak_gflops": LANES * 2 / alone["multiply-add"],
        "run_ns": run,
        "workload": work.name,
    }
    return found | {"refused": refusal(found)}


def taken_apart(rounds: list[Mapping[str, float]]) -> tuple[float, dict[str, float]]:
    """Nanoseconds of a run for one step, and of the step as it is and with less to do.   rounds : ns of every kind of run"""

    def middle(longer: str, shorter: str) -> float:
        return statistics.median(r[longer] - r[shorter] for r in rounds)

    whole = middle("twice", "run")
    less = {n: whole - middle("a copy", n) for n in rounds[0] if n not in ("run", "twice", "a copy")}
    return statistics.median(r["run"] for r in rounds), {"as it is": whole, **less}


def refusal(found: Mapping[str, Any]) -> str:
    """Why these figures are none, or "": a step cannot take longer than the run it is in, nor for having less to do."""
    step, whole = found["step_ns"], found["step_ns"]["as it is"]
    if not 0 < whole <= found["run_ns"]:
        return f"a step of the kernel came out as {whole / 1000:.1f} µs, in a run of {found['run_ns'] / 1000:.1f} µs a step"
    slower = [n for n, t in step.items() if t > (1 + SLACK) * whole or t <= 0]
    if slower:
        return f"a step with {slower[0]} came out as {step[slower[0]] / 1000:.1f} µs, with it as {whole / 1000:.1f} µs"
    if found["gflops"] > found["peak_gflops"]:
        return f"{found['gflops']:.0f} GFLOP/s came out, above the peak of {found['peak_gflops']:.0f}"
    return ""


def _rounds(
    work: Workload, kernels: Mapping[str, kernel.Kernel], single: Mapping[str, Callable[[], float]]
) -> tuple[list[Mapping[str, float]], dict[str, float]]:
    """Nanoseconds of a run for one step of eight patients with each kernel, in turn, round after round; and, in the same rounds,
    of single operations (medians).
    """
    run, who = osteon(work, 1e-6), persons(PERSONS)
    run(persons(LANES))
    steps = trajectories(work, who).steps.sum() / LANES
    rounds: list[Mapping[str, float]] = []
    alone: dict[str, list[float]] = {name: [] for name in single}
    for _ in range(ROUNDS_OF_RUNS):
        taken = {}
        for name, own in kernels.items():
            with _in_place(work.model.traced, own):
                taken[name] = 1e9 * cost(lambda: run(who))[0] / steps
        rounds.append(taken)
        for name, one in single.items():
            alone[name].append(one())
    return rounds, {name: statistics.median(took) for name, took in alone.items()}


@contextmanager
def _in_place(traced: Traced, own: kernel.Kernel) -> Iterator[None]:
    """The engine runs `own` inside, where it would run its kernel of this model."""
    name = (traced.fingerprint, OUTPUTS, LANES, RODAS5P.name)
    kept = kernel.compile_kernel(traced, OUTPUTS, LANES)
    kernel._kernels[name] = own
    try:
        yield
    finally:
        kernel._kernels[name] = kept


def _both(first: kernel.Kernel, then: kernel.Kernel) -> kernel.Kernel:
    """A kernel whose step calls the step of one and then that of another, which writes over all that the first wrote."""
    places = ", ".join(f"i64 %p{i}" for i in range(len(WORK)))
    calls = [f"  call void inttoptr (i64 {k.addresses['attempt']} to ptr)({places})" for k in (first, then)]
    text = "\n".join([f"define void @both({places}) {{", *calls, "  ret void", "}"]) + "\n"
    engine, addresses = compiled(text, ("both",))
    return replace(then, addresses=then.addresses | {"attempt": addresses["both"]}, keep=(engine, first, then))


def _call(address: int, places: tuple[int, ...], *keep: Any) -> Callable[[], Any]:
    function = ctypes.CFUNCTYPE(None, *([ctypes.c_int64] * len(places)))(address)

    def call() -> Any:
        return function(*places), keep

    return call


def _features() -> set[str]:
    import llvmlite.binding as llvm

    return {name for name, there in llvm.get_host_cpu_features().items() if there}


def _shortened(name: str, text: str) -> str:
    """The kernel's text with exp or log one addition long."""
    one = Function("any", (), LANES).constant(1.0)
    short = f"define internal {V} @v{LANES}_{name}({V} %x) #1 {{\nentry:\n  %y = fadd {V} %x, {one}\n  ret {V} %y\n}}"
    return re.sub(rf"define internal {re.escape(V)} @v{LANES}_{name}\(.*?\n}}", lambda _: short, text, flags=re.DOTALL)


def _alone(line: str, chains: int) -> Callable[[], float]:
    """What measures nanoseconds of one operation on eight lanes where nothing waits: independent chains, ROUNDS long."""
    chains = chains or CHAINS["avx512f" in _features()]
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
    engine, addresses = compiled(text, ("alone",), speed=2)
    room = np.full((chains, LANES), 0.7)
    call = _call(addresses["alone"], (int(room.ctypes.data),), engine, room)

    def measure() -> float:
        seconds = cost(lambda: [call() for _ in range(TIMES)])[0]
        return 1e9 * seconds / TIMES / ROUNDS / chains

    return measure


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
