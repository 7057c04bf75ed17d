"""Expressions in the form that is cheapest to run: powers as exp and log, few of these, few quotients.

Each rewriting keeps the value to rounding. What can be said of a factor by its form alone (an exponential, a root and a positive
constant are not negative) is used; what hangs on the value of a parameter is not.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import cast

from osteon.model import Expr, walk
from osteon.model.expressions import const, exp, make_node, sqrt


def guard(x: Expr) -> Expr:
    """max(x, 1e-300): keeps a power of zero, and its slope, finite."""
    return make_node("guard", (x,))


def lower_powers(roots: Iterable[Expr]) -> list[Expr]:
    """Powers become exp and log (one log per base), or products and roots where the exponent is a small constant."""
    return _rewritten(list(roots), {"pow": _power, "log": _logarithm})


def lower(roots: Iterable[Expr]) -> list[Expr]:
    """Nothing is left but arithmetic, roots, exp and log."""
    return _rewritten(list(roots), {"pow": _power, "log": _logarithm, "tanh": _tanh, "softplus": _softplus})


def _rewritten(roots: list[Expr], rules: Mapping[str, Callable[..., Expr]]) -> list[Expr]:
    done: dict[int, Expr] = {}
    for node in walk(*roots):
        args = tuple(done[id(a)] for a in node.args)
        done[id(node)] = rules[node.op](*args) if node.op in rules else _rebuild(node, args)
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
        return cast(Expr, sqrt(base))
    return cast(Expr, exp(power * _logarithm(guard(base))))


def _tanh(x: Expr) -> Expr:
    """Absolute error below 2e-16, which is what a rate needs."""
    return cast(Expr, 1 - 2 / (exp(2 * x) + 1))


def _softplus(x: Expr) -> Expr:
    return make_node("positive", (x,)) + make_node("log", (1 + exp(-make_node("abs", (x,))),))


def _logarithm(x: Expr) -> Expr:
    """Of a product: a factor that is an exponential, a root or a positive constant is surely positive and stands on its own."""
    guarded = x.op == "guard"
    total: Expr = const(0.0)
    rest: dict[bool, Expr] = {}
    for factor, under in _factors(x.args[0] if guarded else x):
        own = _surely_positive(factor, guarded)
        if own is None:
            rest[under] = rest[under] * factor if under in rest else factor
        else:
            total = total - own if under else total + own
    if len(rest) == 2 or True in rest:
        rest[False] = rest.get(False, const(1.0)) / rest.pop(True)
    if False in rest:
        total = total + make_node("log", (guard(rest[False]) if guarded else rest[False],))
    return total


def _surely_positive(factor: Expr, guarded: bool) -> Expr | None:
    """Its logarithm, if it cannot be negative by its form."""
    if factor.op == "exp":
        return factor.args[0]
    if factor.op == "sqrt":
        return 0.5 * _logarithm(guard(factor.args[0]) if guarded else factor.args[0])
    return const(math.log(factor.value)) if factor.value is not None and factor.value > 0 else None


def _factors(x: Expr, under: bool = False) -> Iterator[tuple[Expr, bool]]:
    """Factors of a product of products and quotients, and whether each stands below the line."""
    if x.op in ("mul", "div"):
        yield from _factors(x.args[0], under)
        yield from _factors(x.args[1], under != (x.op == "div"))
    else:
        yield x, under


def join_exponentials(roots: list[Expr], parameters: set[str]) -> list[Expr]:
    """A product of exponentials that stand nowhere else becomes one exponential of a sum; before derivatives are taken."""
    fixed, users = _fixed(roots, parameters), _users(roots)

    def alone(node: Expr, kinds: tuple[str, ...]) -> bool:
        return node.op in kinds and users[id(node)] == 1 and not fixed[id(node)]

    done: dict[int, Expr] = {}
    for node in walk(*roots):
        args = tuple(done[id(a)] for a in node.args)
        joined = None
        if node.op in ("mul", "div"):
            parts = list(_factors_alone(node, alone))
            if sum(alone(f, ("exp",)) for f, _ in parts) > 1:
                joined = _joined([(f, done[id(f)], under, alone(f, ("exp",))) for f, under in parts])
        done[id(node)] = _rebuild(node, args) if joined is None else joined
    return [done[id(r)] for r in roots]


def _users(roots: list[Expr]) -> dict[int, int]:
    users: dict[int, int] = {id(r): 1 for r in roots}
    for node in walk(*roots):
        users.setdefault(id(node), 0)
        for a in node.args:
            users[id(a)] = users.get(id(a), 0) + 1
    return users


def _fixed(roots: list[Expr], parameters: set[str]) -> dict[int, bool]:
    """Whether a node hangs on parameters and constants alone."""
    fixed: dict[int, bool] = {}
    for node in walk(*roots):
        fixed[id(node)] = node.name in parameters if node.op == "symbol" else all(fixed[id(a)] for a in node.args)
    return fixed


def _factors_alone(
    node: Expr, alone: Callable[[Expr, tuple[str, ...]], bool], under: bool = False
) -> Iterator[tuple[Expr, bool]]:
    """Factors of a product; a product within it is opened if it stands nowhere else."""
    for i, a in enumerate(node.args):
        below = under != (node.op == "div" and i == 1)
        if alone(a, ("mul", "div")):
            yield from _factors_alone(a, alone, below)
        else:
            yield a, below


def _joined(parts: list[tuple[Expr, Expr, bool, bool]]) -> Expr:
    """The product of factors (old, new, below the line, exponential)."""
    exponent = const(0.0)
    rest: dict[bool, Expr] = {}
    for _, new, under, exponential in parts:
        if exponential:
            exponent = exponent - new.args[0] if under else exponent + new.args[0]
        else:
            rest[under] = rest[under] * new if under in rest else new
    whole = rest.get(False, const(1.0)) * exp(exponent)
    return cast(Expr, whole / rest[True] if True in rest else whole)


def share_divisors(roots: list[Expr], parameters: set[str]) -> list[Expr]:
    """Quotients as products with a reciprocal, where it stands in the static part or serves more than one quotient."""
    fixed = _fixed(roots, parameters)
    uses: dict[int, int] = {}
    for node in walk(*roots):
        if node.op == "div":
            uses[id(node.args[1])] = uses.get(id(node.args[1]), 0) + 1
    done: dict[int, Expr] = {}
    for node in walk(*roots):
        args = tuple(done[id(a)] for a in node.args)
        shared = node.op == "div" and (fixed[id(node.args[1])] or uses[id(node.args[1])] > 1)
        done[id(node)] = args[0] * (1 / args[1]) if shared and not fixed[id(node)] else _rebuild(node, args)
    return [done[id(r)] for r in roots]
