"""Program to LLVM IR text: every value is a vector, one patient in each lane.

exp and log are our own polynomials (below one unit in the last place over the model's range), so no vector-math
library is needed and every lane width gives the same bits. Division, square root and comparison are IEEE; products and
sums fuse only where `fmuladd` is written, which a given CPU type always treats alike.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterable, Sequence
from functools import partial

from osteon.engine.program import Program
from osteon.engine.tableau import Rosenbrock
from osteon.model import Expr, symbols_of, walk

LN2_HIGH = 6.93147180369123816490e-01
LN2_LOW = 1.90821492927058770002e-10


def _bits(value: float) -> str:
    return "0x" + struct.pack(">d", value).hex().upper()


class Function:
    """One function being written: numbered values, vector loads and stores, arithmetic."""

    def __init__(self, name: str, arguments: Sequence[str], lanes: int, public: bool = True) -> None:
        self.name, self.arguments, self.lanes, self.public = name, tuple(arguments), lanes, public
        self.lines: list[str] = []
        self.count = 0
        self.vector = f"<{lanes} x double>"
        self.integers = f"<{lanes} x i64>"

    def fresh(self) -> str:
        self.count += 1
        return f"%v{self.count}"

    def emit(self, text: str) -> str:
        name = self.fresh()
        self.lines.append(f"  {name} = {text}")
        return name

    def constant(self, value: float) -> str:
        return "<" + ", ".join([f"double {_bits(value)}"] * self.lanes) + ">"

    def integer(self, value: int) -> str:
        return "<" + ", ".join([f"i64 {value}"] * self.lanes) + ">"

    def binary(self, op: str, a: str, b: str) -> str:
        return self.emit(f"{op} {self.vector} {a}, {b}")

    def fused(self, a: str, b: str, c: str) -> str:
        v = self.vector
        return self.emit(f"call {v} @llvm.fmuladd.v{self.lanes}f64({v} {a}, {v} {b}, {v} {c})")

    def unary(self, what: str, a: str) -> str:
        v = self.vector
        return self.emit(f"call {v} @llvm.{what}.v{self.lanes}f64({v} {a})")

    def inner(self, what: str, a: str) -> str:
        return self.emit(f"call {self.vector} @{what}({self.vector} {a})")

    def address(self, base: str, row: str | int) -> str:
        return self.emit(f"getelementptr {self.vector}, ptr {base}, i64 {row}")

    def load(self, base: str, row: str | int) -> str:
        return self.emit(f"load {self.vector}, ptr {self.address(base, row)}, align 8")

    def store(self, value: str, base: str, row: str | int) -> None:
        self.lines.append(f"  store {self.vector} {value}, ptr {self.address(base, row)}, align 8")

    def call(self, name: str, *arguments: str) -> None:
        self.lines.append(f"  call void @{name}({', '.join(f'ptr {a}' for a in arguments)})")

    def loop(self, stop: int, body: Callable[[str], None]) -> None:
        """for i in range(stop): body(i)"""
        self.count += 1
        tag = f"L{self.count}"
        self.lines += [f"  br label %{tag}.in", f"{tag}.in:", f"  br label %{tag}.go", f"{tag}.go:"]
        self.lines.append(f"  %{tag}.i = phi i64 [ 0, %{tag}.in ], [ %{tag}.n, %{tag}.next ]")
        body(f"%{tag}.i")
        self.lines += [f"  br label %{tag}.next", f"{tag}.next:", f"  %{tag}.n = add i64 %{tag}.i, 1"]
        self.lines.append(f"  %{tag}.c = icmp slt i64 %{tag}.n, {stop}")
        self.lines += [f"  br i1 %{tag}.c, label %{tag}.go, label %{tag}.out", f"{tag}.out:"]

    def text(self) -> str:
        arguments = ", ".join(f"ptr noalias %{a}" for a in self.arguments)
        head = f"define {'' if self.public else 'internal '}void @{self.name}({arguments}) #0 {{"
        return "\n".join([head, "entry:", *self.lines, "  ret void", "}"])


def _math(lanes: int) -> str:
    """exp, log, tanh and softplus of a vector."""
    return "\n".join([_exp(lanes), _log(lanes), _tanh(lanes), _softplus(lanes)])


def _wrap(f: Function, result: str) -> str:
    head = f"define internal {f.vector} @{f.name}({f.vector} %x) #1 {{"
    return "\n".join([head, "entry:", *f.lines, f"  ret {f.vector} {result}", "}"])


def _exp(lanes: int) -> str:
    f = Function("v_exp", ("x",), lanes)
    v, n = f.vector, f.lanes
    low, high = f.constant(-708.0), f.constant(709.0)
    a = f.emit(f"call {v} @llvm.maxnum.v{n}f64({v} %x, {v} {low})")
    x = f.emit(f"call {v} @llvm.minnum.v{n}f64({v} {a}, {v} {high})")
    k = f.unary("rint", f.binary("fmul", x, f.constant(1 / math.log(2))))
    r = f.fused(k, f.constant(-LN2_HIGH), x)
    r = f.fused(k, f.constant(-LN2_LOW), r)
    p = f.constant(1 / math.factorial(13))
    for power in range(12, -1, -1):
        p = f.fused(p, r, f.constant(1 / math.factorial(power)))
    whole = f.emit(f"fptosi {v} {k} to {f.integers}")
    biased = f.emit(f"add {f.integers} {whole}, {f.integer(1023)}")
    raised = f.emit(f"shl {f.integers} {biased}, {f.integer(52)}")
    scale = f.emit(f"bitcast {f.integers} {raised} to {v}")
    y = f.binary("fmul", p, scale)
    small = f.emit(f"fcmp olt {v} %x, {low}")
    y = f.emit(f"select <{n} x i1> {small}, {v} {f.constant(0.0)}, {v} {y}")
    large = f.emit(f"fcmp ogt {v} %x, {high}")
    y = f.emit(f"select <{n} x i1> {large}, {v} {f.constant(math.inf)}, {v} {y}")
    odd = f.emit(f"fcmp uno {v} %x, %x")
    return _wrap(f, f.emit(f"select <{n} x i1> {odd}, {v} %x, {v} {y}"))


def _log(lanes: int) -> str:
    f = Function("v_log", ("x",), lanes)
    v, n, i = f.vector, f.lanes, f.integers
    bits = f.emit(f"bitcast {v} %x to {i}")
    shifted = f.emit(f"sub {i} {bits}, {f.integer(0x3FE6A09E667F3BCD)}")
    k = f.emit(f"ashr {i} {shifted}, {f.integer(52)}")
    power = f.emit(f"shl {i} {k}, {f.integer(52)}")
    rest = f.emit(f"sub {i} {bits}, {power}")
    m = f.emit(f"bitcast {i} {rest} to {v}")
    e = f.emit(f"sitofp {i} {k} to {v}")
    less = f.binary("fsub", m, f.constant(1.0))
    s = f.binary("fdiv", less, f.binary("fadd", m, f.constant(1.0)))
    z = f.binary("fmul", s, s)
    p = f.constant(2 / 23)
    for odd in range(21, 2, -2):
        p = f.fused(p, z, f.constant(2 / odd))
    tail = f.binary("fmul", f.binary("fmul", p, z), s)
    y = f.fused(f.constant(2.0), s, tail)
    y = f.fused(e, f.constant(LN2_LOW), y)
    y = f.fused(e, f.constant(LN2_HIGH), y)
    wrong = f.emit(f"fcmp ule {v} %x, {f.constant(0.0)}")
    return _wrap(f, f.emit(f"select <{n} x i1> {wrong}, {v} {f.constant(math.nan)}, {v} {y}"))


def _tanh(lanes: int) -> str:
    """1 - 2/(exp(2x)+1); absolute error below 2e-16, which is what a rate needs."""
    f = Function("v_tanh", ("x",), lanes)
    e = f.inner("v_exp", f.binary("fmul", "%x", f.constant(2.0)))
    part = f.binary("fdiv", f.constant(2.0), f.binary("fadd", e, f.constant(1.0)))
    return _wrap(f, f.binary("fsub", f.constant(1.0), part))


def _softplus(lanes: int) -> str:
    f = Function("v_softplus", ("x",), lanes)
    size = f.unary("fabs", "%x")
    minus = f.emit(f"fneg {f.vector} {size}")
    tail = f.inner("v_log", f.binary("fadd", f.constant(1.0), f.inner("v_exp", minus)))
    v = f.vector
    top = f.emit(f"call {v} @llvm.maxnum.v{f.lanes}f64({v} %x, {v} {f.constant(0.0)})")
    return _wrap(f, f.binary("fadd", top, tail))


class Writer:
    """Writes expressions into a function, each node once; symbols and static slots are loaded where first needed."""

    def __init__(self, f: Function, loads: dict[int | str, tuple[str, int]]) -> None:
        self.f, self.loads = f, loads
        self.done: dict[int, str] = {}

    def values(self, roots: Iterable[Expr]) -> list[str]:
        """Names of the vectors that hold the roots."""
        roots = list(roots)
        for root in roots:
            self._write(root)
        return [self.done[id(r)] for r in roots]

    def _write(self, root: Expr) -> None:
        stack = [root]
        while stack:
            node = stack[-1]
            if id(node) in self.done:
                stack.pop()
                continue
            if id(node) not in self.loads:
                waiting = [a for a in node.args if id(a) not in self.done]
                if waiting:
                    stack += waiting[::-1]
                    continue
            self.done[id(node)] = self._node(node)
            stack.pop()

    def _node(self, node: Expr) -> str:
        f = self.f
        place = self.loads.get(id(node)) or (self.loads.get(node.name) if node.name else None)
        if place:
            return f.load(*place)
        if node.op == "const":
            return f.constant(float(node.value or 0.0))
        args = [self.done[id(a)] for a in node.args]
        if node.op in ("add", "sub", "mul", "div"):
            return f.binary("f" + node.op, *args)
        if node.op == "neg":
            return f.emit(f"fneg {f.vector} {args[0]}")
        if node.op == "sqrt":
            return f.unary("sqrt", args[0])
        if node.op == "guard":
            v = f.vector
            over = f.emit(f"fcmp olt {v} {args[0]}, {f.constant(1e-300)}")
            return f.emit(f"select <{f.lanes} x i1> {over}, {v} {f.constant(1e-300)}, {v} {args[0]}")
        if node.op in ("exp", "log", "tanh", "softplus"):
            return f.inner(f"v_{node.op}", args[0])
        raise AssertionError(f"cannot print {node.op}")


def print_program(program: Program, method: Rosenbrock, lanes: int) -> str:
    """The whole kernel: static_part, rhs, first, factor, solve, attempt, take, between, outputs."""
    parts = [_math(lanes), _static_part(program, lanes), _rhs(program, lanes), _first(program, lanes)]
    parts += [
        _factor(program, lanes),
        _solve(program, lanes),
        _attempt(program, method, lanes),
        _take(program, lanes),
        _between(program, method, lanes),
        _outputs(program, lanes),
    ]
    attributes = f'"min-legal-vector-width"="{64 * lanes}" "prefer-vector-width"="{64 * lanes}"'
    tail = [f"attributes #0 = {{ nounwind {attributes} }}", f"attributes #1 = {{ nounwind alwaysinline {attributes} }}"]
    return "\n\n".join([*_declarations(lanes), *parts, *tail]) + "\n"


def _declarations(lanes: int) -> list[str]:
    v = f"<{lanes} x double>"
    one = [f"declare {v} @llvm.{w}.v{lanes}f64({v})" for w in ("rint", "sqrt", "fabs")]
    two = [f"declare {v} @llvm.{w}.v{lanes}f64({v}, {v})" for w in ("maxnum", "minnum")]
    return [*one, *two, f"declare {v} @llvm.fmuladd.v{lanes}f64({v}, {v}, {v})"]


def _loads(program: Program, static: bool = True) -> dict[int | str, tuple[str, int]]:
    table: dict[int | str, tuple[str, int]] = {s: ("%y", i) for i, s in enumerate(program.states)}
    table["time"] = ("%t", 0)
    if static:
        table |= {id(e): ("%static", i) for i, e in enumerate(program.static)}
    return table


def _static_part(program: Program, lanes: int) -> str:
    f = Function("static_part", ("parameters", "static"), lanes)
    table: dict[int | str, tuple[str, int]] = {p: ("%parameters", i) for i, p in enumerate(program.parameters)}
    for slot, value in enumerate(Writer(f, table).values(program.static)):
        f.store(value, "%static", slot)
    return f.text()


def _rhs(program: Program, lanes: int) -> str:
    f = Function("rhs", ("t", "y", "static", "inflow", "f"), lanes)
    for row, value in enumerate(Writer(f, _loads(program)).values(program.rhs)):
        f.store(f.binary("fadd", value, f.load("%inflow", row)), "%f", row)
    return f.text()


def _first(program: Program, lanes: int) -> str:
    f = Function("first", ("t", "y", "static", "inflow", "f", "jacobian", "slope"), lanes)
    writer = Writer(f, _loads(program))
    for row, value in enumerate(writer.values(program.rhs)):
        f.store(f.binary("fadd", value, f.load("%inflow", row)), "%f", row)
    slots = program.elimination.slots
    for place, value in zip(program.jacobian, writer.values(program.jacobian.values()), strict=True):
        f.store(value, "%jacobian", slots[place])
    for row, value in enumerate(writer.values(program.time_slope)):
        f.store(value, "%slope", row)
    return f.text()


def _factor(program: Program, lanes: int) -> str:
    """M = diagonal - J, then elimination; the diagonal keeps 1/pivot, below it the multipliers."""
    f = Function("factor", ("diagonal", "jacobian", "m"), lanes)
    plan = program.elimination
    slots, known = plan.slots, set(program.jacobian)
    zero, shift = f.constant(0.0), f.load("%diagonal", 0)
    held: dict[tuple[int, int], str] = {}

    def value(i: int, j: int) -> str:
        if (i, j) not in held:
            plain = f.emit(f"fneg {f.vector} {f.load('%jacobian', slots[i, j])}") if (i, j) in known else zero
            held[i, j] = f.binary("fadd", plain, shift) if i == j else plain
        return held[i, j]

    rows: dict[int, list[tuple[int, tuple[int, ...]]]] = {k: [] for k in plan.order}
    for pivot, row, across in plan.updates:
        rows[pivot].append((row, across))
    for pivot in plan.order:
        inverse = f.binary("fdiv", f.constant(1.0), value(pivot, pivot))
        f.store(inverse, "%m", slots[pivot, pivot])
        for row, across in rows[pivot]:
            share = f.binary("fmul", value(row, pivot), inverse)
            minus = f.emit(f"fneg {f.vector} {share}")
            f.store(share, "%m", slots[row, pivot])
            for j in across:
                held[row, j] = f.fused(minus, value(pivot, j), value(row, j))
        for j in {j for _, across in rows[pivot] for j in across} | _across(plan, pivot):
            f.store(value(pivot, j), "%m", slots[pivot, j])
    return f.text()


def _across(plan, pivot: int) -> set[int]:
    place = {k: n for n, k in enumerate(plan.order)}
    return {j for i, j in plan.entries if i == pivot and place[j] > place[pivot]}


def _solve(program: Program, lanes: int) -> str:
    f = Function("solve", ("m", "b"), lanes)
    plan = program.elimination
    slots = plan.slots
    held = [f.load("%b", i) for i in range(plan.size)]
    for pivot, row, _ in plan.updates:
        minus = f.emit(f"fneg {f.vector} {f.load('%m', slots[row, pivot])}")
        held[row] = f.fused(minus, held[pivot], held[row])
    for pivot in reversed(plan.order):
        for j in sorted(_across(plan, pivot)):
            minus = f.emit(f"fneg {f.vector} {f.load('%m', slots[pivot, j])}")
            held[pivot] = f.fused(minus, held[j], held[pivot])
        held[pivot] = f.binary("fmul", held[pivot], f.load("%m", slots[pivot, pivot]))
        f.store(held[pivot], "%b", pivot)
    return f.text()


WORK = (
    "t",
    "h",
    "y",
    "static",
    "inflow",
    "atol",
    "rtol",
    "new",
    "error",
    "k",
    "u",
    "f",
    "jacobian",
    "slope",
    "m",
    "stage_t",
)


def _attempt(program: Program, method: Rosenbrock, lanes: int) -> str:
    """One step of every lane: new state, stage vectors and scaled error."""
    f = Function("attempt", WORK, lanes)
    n = len(program.states)
    t, h = f.load("%t", 0), f.load("%h", 0)
    inverse = f.binary("fdiv", f.constant(1.0), h)
    f.store(f.binary("fmul", inverse, f.constant(1 / method.gamma)), "%stage_t", 0)
    f.call("first", "%t", "%y", "%static", "%inflow", "%f", "%jacobian", "%slope")
    f.call("factor", "%stage_t", "%jacobian", "%m")
    for stage in range(method.stages):
        if stage:
            f.loop(n, partial(_stage_point, f, method, n, stage))
            f.store(f.fused(h, f.constant(method.nodes[stage]), t), "%stage_t", 0)
            f.call("rhs", "%stage_t", "%u", "%static", "%inflow", "%f")
        slope = f.binary("fmul", h, f.constant(method.d[stage])) if method.d[stage] else ""
        f.loop(n, partial(_stage_side, f, method, n, stage, inverse, slope))
        f.call("solve", "%m", f.address("%k", stage * n))
    _finish(f, method, n)
    return f.text()


def _row(f: Function, n: int, stage: int, i: str) -> str:
    return f.load("%k", f.emit(f"add i64 {i}, {stage * n}"))


def _stage_point(f: Function, method: Rosenbrock, n: int, stage: int, i: str) -> None:
    total = f.load("%y", i)
    for j, weight in enumerate(method.a[stage]):
        total = f.fused(f.constant(weight), _row(f, n, j, i), total)
    f.store(total, "%u", i)


def _stage_side(f: Function, method: Rosenbrock, n: int, stage: int, inverse: str, slope: str, i: str) -> None:
    total = f.load("%f", i)
    if method.c[stage]:
        mixed = f.binary("fmul", f.constant(method.c[stage][0]), _row(f, n, 0, i))
        for j, weight in enumerate(method.c[stage][1:], start=1):
            mixed = f.fused(f.constant(weight), _row(f, n, j, i), mixed)
        total = f.fused(mixed, inverse, total)
    if slope:
        total = f.fused(slope, f.load("%slope", i), total)
    f.store(total, "%k", f.emit(f"add i64 {i}, {stage * n}"))


def _finish(f: Function, method: Rosenbrock, n: int) -> None:
    rtol = f.load("%rtol", 0)
    f.store(f.constant(0.0), "%error", 0)

    def body(i: str) -> None:
        last = _row(f, n, method.stages - 1, i)
        new = f.binary("fadd", f.load("%u", i), last)
        f.store(new, "%new", i)
        v, lanes = f.vector, f.lanes
        a, b = f.unary("fabs", f.load("%y", i)), f.unary("fabs", new)
        size = f.emit(f"call {v} @llvm.maxnum.v{lanes}f64({v} {a}, {v} {b})")
        share = f.binary("fdiv", last, f.fused(rtol, size, f.load("%atol", i)))
        f.store(f.fused(share, share, f.load("%error", 0)), "%error", 0)

    f.loop(n, body)
    mean = f.binary("fmul", f.load("%error", 0), f.constant(1 / n))
    f.store(f.unary("sqrt", mean), "%error", 0)


def _take(program: Program, lanes: int) -> str:
    """Lanes whose error is at most 1 move on to the new state, and what flowed in is counted."""
    f = Function("take", ("h", "y", "new", "inflow", "error", "delivered"), lanes)
    v = f.vector
    good = f.emit(f"fcmp ole {v} {f.load('%error', 0)}, {f.constant(1.0)}")
    h = f.load("%h", 0)
    mask = f"select <{lanes} x i1> {good}"

    def body(i: str) -> None:
        f.store(f.emit(f"{mask}, {v} {f.load('%new', i)}, {v} {f.load('%y', i)}"), "%y", i)
        given = f.load("%delivered", i)
        more = f.fused(h, f.load("%inflow", i), given)
        f.store(f.emit(f"{mask}, {v} {more}, {v} {given}"), "%delivered", i)

    f.loop(len(program.states), body)
    return f.text()


def _between(program: Program, method: Rosenbrock, lanes: int) -> str:
    """States inside the step just made, at a share of it; only those that an output reads."""
    f = Function("between", ("share", "y", "new", "k", "seen"), lanes)
    n = len(program.states)
    read = symbols_of(*program.outputs)
    share = f.load("%share", 0)
    rest = f.binary("fsub", f.constant(1.0), share)
    for i, name in enumerate(program.states):
        if name not in read:
            continue
        inner = f.constant(0.0)
        for row in reversed(method.dense):
            total = f.constant(0.0)
            for stage, weight in enumerate(row):
                total = f.fused(f.constant(weight), f.load("%k", stage * n + i), total)
            inner = f.fused(share, inner, total)
        end = f.fused(rest, inner, f.load("%new", i))
        f.store(f.fused(share, end, f.binary("fmul", rest, f.load("%y", i))), "%seen", i)
    return f.text()


def _outputs(program: Program, lanes: int) -> str:
    f = Function("outputs", ("t", "y", "static", "parameters", "out"), lanes)
    table = _loads(program)
    table |= {p: ("%parameters", i) for i, p in enumerate(program.parameters)}
    for slot, value in enumerate(Writer(f, table).values(program.outputs)):
        f.store(value, "%out", slot)
    return f.text()


def scalar_power() -> str:
    """power(base, exponent) of two numbers, by the same polynomials; and what they need."""
    f = Function("power", (), 1)
    one = f.emit("insertelement <1 x double> poison, double %base, i64 0")
    scaled = f.inner("v_log", one)
    other = f.emit("insertelement <1 x double> poison, double %exponent, i64 0")
    raised = f.inner("v_exp", f.binary("fmul", scaled, other))
    result = f.emit(f"extractelement <1 x double> {raised}, i64 0")
    head = "define internal double @power(double %base, double %exponent) alwaysinline {"
    body = "\n".join([head, "entry:", *f.lines, f"  ret double {result}", "}"])
    return "\n\n".join([*_declarations(1), _exp(1), _log(1), body, "attributes #1 = { nounwind alwaysinline }"])


def count_nodes(program: Program) -> dict[str, int]:
    """How often each operation stands in one evaluation of the right-hand side (for the benchmark page)."""
    static = {id(e) for e in program.static}
    counts: dict[str, int] = {}
    for node in walk(*program.rhs):
        if id(node) not in static and node.op not in ("symbol", "const"):
            counts[node.op] = counts.get(node.op, 0) + 1
    return counts
