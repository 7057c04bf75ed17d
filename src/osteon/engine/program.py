"""From a traced model to a program: powers lowered, derivatives taken, the sparse linear system eliminated on paper.

Everything here is symbolic and runs once per model. `Program` is what a printer (LLVM IR) turns into code:
a static part (parameters only, once per patient and parameter switch) and a dynamic part (every evaluation).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from osteon.engine.elimination import Elimination, eliminate
from osteon.model import Expr, Traced, symbols_of, walk
from osteon.model.expressions import const, exp, make_node, sqrt, symbol, tanh

TIME = "time"


def guard(x: Expr) -> Expr:
    """max(x, 1e-300): keeps a power of zero, and its slope, finite."""
    return make_node("guard", (x,))


def lower(roots: Iterable[Expr]) -> list[Expr]:
    """Powers become exp and log (one log per base), or products and roots where the exponent is a small constant."""
    done: dict[int, Expr] = {}
    roots = list(roots)
    for node in walk(*roots):
        args = tuple(done[id(a)] for a in node.args)
        done[id(node)] = _power(*args) if node.op == "pow" else _rebuild(node, args)
    return [done[id(r)] for r in roots]


def _rebuild(node: Expr, args: tuple[Expr, ...]) -> Expr:
    return node if all(a is b for a, b in zip(args, node.args, strict=True)) else make_node(node.op, args)


def _power(base: Expr, power: Expr) -> Expr:
    if power.value is not None and power.value == int(power.value) and 0 < abs(power.value) <= 8:
        product = base
        for _ in range(int(abs(power.value)) - 1):
            product = product * base
        return product if power.value > 0 else 1 / product
    if power.value == 0.5:
        return sqrt(base)
    return exp(power * make_node("log", (guard(base),)))


def slope(root: Expr, name: str) -> Expr:
    """d root / d name, on expressions with powers still in place."""
    return slopes([root], name)[0]


def slopes(roots: list[Expr], name: str) -> list[Expr]:
    """Forward derivative of several roots by one symbol, sharing all common parts."""
    zero = const(0.0)
    table: dict[int, Expr] = {}
    for node in walk(*roots):
        inner = [table[id(a)] for a in node.args]
        if node.op == "symbol":
            table[id(node)] = const(1.0) if node.name == name else zero
        elif all(d is zero for d in inner):
            table[id(node)] = zero
        else:
            table[id(node)] = _chain(node, inner)
    return [table[id(r)] for r in roots]


def _chain(node: Expr, inner: list[Expr]) -> Expr:
    a = node.args[0]
    da = inner[0]
    if node.op in ("add", "sub"):
        return da + inner[1] if node.op == "add" else da - inner[1]
    if node.op == "mul":
        return da * node.args[1] + a * inner[1]
    if node.op == "div":
        return (da - node * inner[1]) / node.args[1]
    if node.op == "pow":
        power, dp = node.args[1], inner[1]
        by_base = power * node / guard(a) * da
        return by_base if dp.value == 0.0 else by_base + node * make_node("log", (guard(a),)) * dp
    if node.op == "neg":
        return -da
    if node.op == "exp":
        return node * da
    if node.op == "log":
        return da / a
    if node.op == "sqrt":
        return da / (2 * node)
    if node.op == "tanh":
        return (1 - node * node) * da
    if node.op == "softplus":
        return da * (0.5 + 0.5 * tanh(0.5 * a))
    raise AssertionError(f"no derivative for {node.op}")


@dataclass(frozen=True)
class Program:
    """What a printer needs. Orders of states, parameters and outputs are those of the vectors.

    static       : parameter-only expressions that the dynamic part reads, in the order of their slots
    rhs, jacobian: expressions; jacobian maps (row, column) to its entry; time_slope holds d rhs / d time
    outputs      : asked-for quantities
    elimination  : the order of the sparse elimination and its fill
    """

    states: tuple[str, ...]
    parameters: tuple[str, ...]
    static: tuple[Expr, ...]
    rhs: tuple[Expr, ...]
    jacobian: dict[tuple[int, int], Expr]
    time_slope: tuple[Expr, ...]
    outputs: tuple[Expr, ...]
    elimination: Elimination


def make_program(traced: Traced, outputs: tuple[str, ...]) -> Program:
    """Lower, differentiate, split and order. `outputs`: names of states, rules, parameters or "time"."""
    n = len(traced.states)
    asked = [traced.rules[o] if o in traced.rules else symbol(o) for o in outputs]
    jacobian = _jacobian(traced)
    frozen = TIME in traced.parameters  # a model that is held at an instant
    time_slope = [const(0.0)] * n if frozen else slopes(list(traced.rhs), TIME)
    keys = list(jacobian)
    lowered = lower([*traced.rhs, *jacobian.values(), *time_slope, *asked])
    rhs, rest = lowered[:n], lowered[n:]
    entries, rest = rest[: len(keys)], rest[len(keys) :]
    static = _static([*lowered], set(traced.parameters))
    return Program(
        states=traced.states,
        parameters=traced.parameters,
        static=static,
        rhs=tuple(rhs),
        jacobian=dict(zip(keys, entries, strict=True)),
        time_slope=tuple(rest[:n]),
        outputs=tuple(rest[n:]),
        elimination=eliminate(n, set(keys)),
    )


def _jacobian(traced: Traced) -> dict[tuple[int, int], Expr]:
    found: dict[tuple[int, int], Expr] = {}
    needs = [symbols_of(r) for r in traced.rhs]
    for column, name in enumerate(traced.states):
        rows = [r for r in range(len(traced.states)) if name in needs[r]]
        for row, entry in zip(rows, slopes([traced.rhs[r] for r in rows], name), strict=True):
            if entry.value != 0.0:
                found[row, column] = entry
    return found


def _static(roots: list[Expr], parameters: set[str]) -> tuple[Expr, ...]:
    """Parameter-only nodes that a dynamic node (or a root) reads; bare constants are not stored."""
    fixed: dict[int, bool] = {}
    wanted: dict[int, Expr] = {}
    for node in walk(*roots):
        if node.op == "symbol":
            fixed[id(node)] = node.name in parameters
        else:
            fixed[id(node)] = all(fixed[id(a)] for a in node.args)
        if not fixed[id(node)]:
            wanted |= {id(a): a for a in node.args if fixed[id(a)] and a.op != "const"}
    wanted |= {id(r): r for r in roots if fixed[id(r)] and r.op != "const"}
    return tuple(wanted.values())
