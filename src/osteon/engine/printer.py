"""Program to LLVM IR text: the functions of a kernel, see `vector` for how they are written."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from osteon.engine.lowering import lower
from osteon.engine.program import Program, ReadoutCode
from osteon.engine.tableau import Rosenbrock
from osteon.engine.vector import Function, attributes, declarations, functions
from osteon.engine.writer import Writer
from osteon.model import Expr, Traced, symbols_of


def print_program(program: Program, method: Rosenbrock, lanes: int, more: Sequence[str] = ()) -> str:
    """The whole kernel in one text.   more : further functions of it"""
    return _text([*_step(program, method, lanes), *_readouts(program.readouts, method, lanes), *more], lanes)


def print_formulas(name: str, traced: Traced, formulas: Sequence[Expr], lanes: int) -> str:
    """A function name(parameters, out) of expressions of parameters alone, such as the start states of a model."""
    f = Function(name, ("parameters", "out"), lanes)
    table: dict[int | str, tuple[str, int]] = {p: ("%parameters", i) for i, p in enumerate(traced.parameters)}
    for slot, value in enumerate(Writer(f, table).values(lower(list(formulas)))):
        f.store(value, "%out", slot)
    return f.text()


def print_step(program: Program, method: Rosenbrock, lanes: int) -> str:
    """What makes steps: static_part, rhs, first, factor, solve, attempt, take."""
    return _text(_step(program, method, lanes), lanes)


def print_readout_code(readouts: ReadoutCode, method: Rosenbrock, lanes: int) -> str:
    """What gives outputs: static_readouts, between, outputs."""
    return _text(_readouts(readouts, method, lanes), lanes)


def _text(parts: list[str], lanes: int) -> str:
    return "\n\n".join([declarations(lanes), functions(lanes), *parts, attributes(lanes)]) + "\n"


def _step(program: Program, method: Rosenbrock, lanes: int) -> list[str]:
    return [
        _static_part("static_part", program, lanes),
        _rhs(program, lanes),
        _first(program, lanes),
        _factor(program, lanes),
        _solve(program, lanes),
        _attempt(program, method, lanes),
        _take(program, lanes),
    ]


def _readouts(readouts: ReadoutCode, method: Rosenbrock, lanes: int) -> list[str]:
    return [
        _static_part("static_readouts", readouts, lanes),
        _between(readouts, method, lanes),
        _outputs(readouts, lanes),
    ]


def _loads(program: Program | ReadoutCode) -> dict[int | str, tuple[str, int]]:
    table: dict[int | str, tuple[str, int]] = {s: ("%y", i) for i, s in enumerate(program.states)}
    table |= {id(e): ("%static", i) for i, e in enumerate(program.static)}
    return table | {"time": ("%t", 0)}


def _static_part(name: str, program: Program | ReadoutCode, lanes: int) -> str:
    f = Function(name, ("parameters", "static"), lanes)
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


def _across(plan: Any, pivot: int) -> set[int]:
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
        f.loop(n, partial(_stage_side, f, n, stage, inverse, slope))
        f.call("solve", "%m", f.address("%k", stage * n))
    _finish(f, method, n)
    return f.text()


def _row(f: Function, n: int, stage: int, i: str) -> str:
    return f.load("%k", f.emit(f"add i64 {i}, {stage * n}"))


def _stage_point(f: Function, method: Rosenbrock, n: int, stage: int, i: str) -> None:
    """Where a stage is looked at; and in its own row, for the moment, what earlier stages give to its right-hand side."""
    a, c = method.a[stage], method.c[stage]
    goes_on = a == (*method.a[stage - 1], 1.0)  # the point before, and all of the stage before
    rows = [_row(f, n, j, i) for j in range(stage)]
    total = f.binary("fadd", f.load("%u", i), rows[-1]) if goes_on else f.load("%y", i)
    for weight, row in zip(() if goes_on else a, rows, strict=False):
        total = f.fused(f.constant(weight), row, total)
    f.store(total, "%u", i)
    mixed = f.binary("fmul", f.constant(c[0]), rows[0])
    for weight, row in zip(c[1:], rows[1:], strict=True):
        mixed = f.fused(f.constant(weight), row, mixed)
    f.store(mixed, "%k", f.emit(f"add i64 {i}, {stage * n}"))


def _stage_side(f: Function, n: int, stage: int, inverse: str, slope: str, i: str) -> None:
    total = f.load("%f", i)
    if stage:
        total = f.fused(_row(f, n, stage, i), inverse, total)
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
        size = f.larger(f.unary("fabs", f.load("%y", i)), f.unary("fabs", new))
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


def _between(readouts: ReadoutCode, method: Rosenbrock, lanes: int) -> str:
    """States inside the step just made, at a share of it; only those that an output reads."""
    f = Function("between", ("share", "y", "new", "k", "seen"), lanes)
    n = len(readouts.states)
    read = symbols_of(*readouts.outputs)
    share = f.load("%share", 0)
    rest = f.binary("fsub", f.constant(1.0), share)
    for i, name in enumerate(readouts.states):
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


def _outputs(readouts: ReadoutCode, lanes: int) -> str:
    f = Function("outputs", ("t", "y", "static", "parameters", "out"), lanes)
    table = _loads(readouts)
    table |= {p: ("%parameters", i) for i, p in enumerate(readouts.parameters)}
    for slot, value in enumerate(Writer(f, table).values(readouts.outputs)):
        f.store(value, "%out", slot)
    return f.text()
