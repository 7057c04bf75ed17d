"""Functions in LLVM IR whose every value is a vector, one patient in each lane; and exp and log as polynomials of our own.

exp is good to 0.8 and log to 1.8 units in the last place (0.7 away from 1), so no vector-math library is needed and every lane
width gives the same bits. Division, square root and comparison are IEEE; products and sums fuse only where `fmuladd` is
written, which a given CPU type always treats alike. Their sums are taken in four strands (Estrin), so that one does not wait
for the other. Many of them at once are taken in a loop: a kernel with a copy of each would not fit a CPU's instruction cache.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Sequence

PACK = 8  # numbers that a kernel of one lane takes exp or log of at once
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

    def larger(self, a: str, b: str) -> str:
        """The larger of two; b where a is not a number."""
        over = self.emit(f"fcmp ogt {self.vector} {a}, {b}")
        return self.emit(f"select <{self.lanes} x i1> {over}, {self.vector} {a}, {self.vector} {b}")

    def smaller(self, a: str, b: str) -> str:
        """The smaller of two; b where a is not a number."""
        under = self.emit(f"fcmp olt {self.vector} {a}, {b}")
        return self.emit(f"select <{self.lanes} x i1> {under}, {self.vector} {a}, {self.vector} {b}")

    def address(self, base: str, row: str | int) -> str:
        return self.emit(f"getelementptr {self.vector}, ptr {base}, i64 {row}")

    def load(self, base: str, row: str | int) -> str:
        return self.emit(f"load {self.vector}, ptr {self.address(base, row)}, align 8")

    def store(self, value: str, base: str, row: str | int) -> None:
        self.lines.append(f"  store {self.vector} {value}, ptr {self.address(base, row)}, align 8")

    def room(self, rows: int) -> str:
        """Memory for so many vectors, for the time of the call."""
        name = self.fresh()
        self.lines.insert(0, f"  {name} = alloca [{rows} x {self.vector}], align 64")
        return name

    def packed(self, what: str, arguments: Sequence[str], room: str, first: int) -> None:
        """exp or log of a few numbers of one lane at once, into the room from `first` on."""
        kind = f"<{PACK} x double>"
        whole = "<" + ", ".join(["double 1.0"] * PACK) + ">"
        for i, argument in enumerate(arguments):
            number = self.emit(f"extractelement {self.vector} {argument}, i64 0")
            whole = self.emit(f"insertelement {kind} {whole}, double {number}, i64 {i}")
        found = self.emit(f"call {kind} @pack_{what}({kind} {whole})")
        self.lines.append(f"  store {kind} {found}, ptr {self.address(room, first)}, align 64")

    def call(self, name: str, *arguments: str) -> None:
        self.lines.append(f"  call void @{name}({', '.join(f'ptr {a}' for a in arguments)})")

    def loop(self, stop: int | str, body: Callable[[str], None]) -> None:
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


def functions(lanes: int) -> str:
    """exp and log of a vector, and of many in place."""
    wide = PACK if lanes == 1 else lanes
    one = [_exp(lanes), _log(lanes)] + ([_exp(wide), _log(wide)] if lanes == 1 else [])
    return "\n".join([*one, *(_pack(w) if lanes == 1 else _many(w, wide) for w in ("exp", "log"))])


def declarations(lanes: int) -> str:
    """What LLVM brings that a kernel of these lanes uses."""
    return "\n".join(line for n in ((1, PACK) if lanes == 1 else (lanes,)) for line in _declared(n))


def _declared(lanes: int) -> list[str]:
    v = f"<{lanes} x double>"
    one = [f"declare {v} @llvm.{w}.v{lanes}f64({v})" for w in ("rint", "sqrt", "fabs")]
    return [*one, f"declare {v} @llvm.fmuladd.v{lanes}f64({v}, {v}, {v})"]


def attributes(lanes: int) -> str:
    """Of public functions (0), of those that are written out in place (1) and of those that are not (2)."""
    width = 64 * (PACK if lanes == 1 else lanes)
    wide = f'"min-legal-vector-width"="{width}" "prefer-vector-width"="{width}"'
    kinds = ("nounwind", "nounwind alwaysinline", "nounwind noinline")
    return "\n".join(f"attributes #{i} = {{ {kind} {wide} }}" for i, kind in enumerate(kinds))


def _many(what: str, lanes: int) -> str:
    """The same of `count` vectors, in place."""
    f = Function(f"many_{what}", ("at",), lanes)
    f.loop("%count", lambda i: f.store(f.inner(f"v{lanes}_{what}", f.load("%at", i)), "%at", i))
    head = f"define internal void @many_{what}(ptr noalias %at, i64 %count) #2 {{"
    return "\n".join([head, "entry:", *f.lines, "  ret void", "}"])


def _pack(what: str) -> str:
    v = f"<{PACK} x double>"
    head = f"define internal {v} @pack_{what}({v} %x) #2 {{"
    return "\n".join([head, f"  %y = call {v} @v{PACK}_{what}({v} %x)", f"  ret {v} %y", "}"])


def _wrap(f: Function, result: str) -> str:
    head = f"define internal {f.vector} @{f.name}({f.vector} %x) #1 {{"
    return "\n".join([head, "entry:", *f.lines, f"  ret {f.vector} {result}", "}"])


def _strands(f: Function, x: str, factors: Sequence[float]) -> str:
    """sum factors[i] x^i in four strands."""
    second = f.binary("fmul", x, x)
    fourth = f.binary("fmul", second, second)
    groups = [factors[i : i + 4] for i in range(0, len(factors), 4)]
    total = ""
    for group in reversed([_group(f, x, second, g) for g in groups]):
        total = f.fused(total, fourth, group) if total else group
    return total


def _group(f: Function, x: str, second: str, factors: Sequence[float]) -> str:
    pairs = [factors[i : i + 2] for i in range(0, len(factors), 2)]
    low, *high = [f.fused(f.constant(p[1]), x, f.constant(p[0])) if len(p) == 2 else f.constant(p[0]) for p in pairs]
    return f.fused(high[0], second, low) if high else low


def _exp(lanes: int) -> str:
    """2^k exp(r), r in half a factor of two around 1; 0 below -708, infinite from where doubles end."""
    f = Function(f"v{lanes}_exp", ("x",), lanes)
    v, n = f.vector, f.lanes
    k = f.unary("rint", f.binary("fmul", "%x", f.constant(1 / math.log(2))))
    k = f.larger(k, f.constant(-1022.0))
    k = f.smaller(k, f.constant(1023.0))
    r = f.fused(k, f.constant(-LN2_HIGH), "%x")
    r = f.fused(k, f.constant(-LN2_LOW), r)
    p = _strands(f, r, [1 / math.factorial(i) for i in range(2, 14)])
    p = f.fused(p, r, f.constant(1.0))
    p = f.fused(p, r, f.constant(1.0))
    whole = f.emit(f"fptosi {v} {k} to {f.integers}")
    biased = f.emit(f"add {f.integers} {whole}, {f.integer(1023)}")
    raised = f.emit(f"shl {f.integers} {biased}, {f.integer(52)}")
    scale = f.emit(f"bitcast {f.integers} {raised} to {v}")
    y = f.binary("fmul", p, scale)
    small = f.emit(f"fcmp olt {v} %x, {f.constant(-708.0)}")
    return _wrap(f, f.emit(f"select <{n} x i1> {small}, {v} {f.constant(0.0)}, {v} {y}"))


def _log(lanes: int) -> str:
    f = Function(f"v{lanes}_log", ("x",), lanes)
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
    p = _strands(f, z, [2 / odd for odd in range(3, 24, 2)])
    tail = f.binary("fmul", f.binary("fmul", p, z), s)
    y = f.fused(f.constant(2.0), s, tail)
    y = f.fused(e, f.constant(LN2_LOW), y)
    y = f.fused(e, f.constant(LN2_HIGH), y)
    wrong = f.emit(f"fcmp ule {v} %x, {f.constant(0.0)}")
    return _wrap(f, f.emit(f"select <{n} x i1> {wrong}, {v} {f.constant(math.nan)}, {v} {y}"))


def scalar_power() -> str:
    """power(base, exponent) of two numbers, by the same polynomials; and what they need."""
    f = Function("power", (), 1)
    one = f.emit("insertelement <1 x double> poison, double %base, i64 0")
    scaled = f.inner("v1_log", one)
    other = f.emit("insertelement <1 x double> poison, double %exponent, i64 0")
    raised = f.inner("v1_exp", f.binary("fmul", scaled, other))
    result = f.emit(f"extractelement <1 x double> {raised}, i64 0")
    head = "define internal double @power(double %base, double %exponent) alwaysinline {"
    body = "\n".join([head, "entry:", *f.lines, f"  ret double {result}", "}"])
    return "\n\n".join([*_declared(1), _exp(1), _log(1), body, "attributes #1 = { nounwind alwaysinline }"])
