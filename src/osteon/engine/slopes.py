"""Derivatives of expressions, forward, sharing all common parts."""

from __future__ import annotations

from typing import cast

from osteon.engine.lowering import guard
from osteon.model import Expr, walk
from osteon.model.expressions import const, make_node, tanh


def slope(root: Expr, name: str) -> Expr:
    """d root / d name."""
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


def slope_by(node: Expr, place: int) -> Expr:
    """d node / d one of its arguments."""
    return _chain(node, [const(1.0 if i == place else 0.0) for i in range(len(node.args))])


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
    if node.op == "guard":
        return da
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
        return cast(Expr, da * (0.5 + 0.5 * tanh(0.5 * a)))
    raise AssertionError(f"no derivative for {node.op}")
