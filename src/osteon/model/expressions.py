"""Symbolic expressions: what a rate law becomes when it is called with symbols.

Nodes are hash-consed: the same expression is the same object, so common parts are found for free and the engine, the
SBML writer and the LaTeX writer all walk one graph. The functions `exp log tanh softplus sqrt` work on floats, NumPy
arrays, dimensioned quantities and expressions alike; rate laws use these and no others.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from threading import RLock
from typing import Any, Union
from weakref import WeakValueDictionary

Number = Union[int, float]
ALLOWED_FUNCTIONS = ("exp", "log", "tanh", "softplus", "sqrt")
OPERATIONS = ("const", "symbol", "add", "sub", "mul", "div", "pow", "neg", *ALLOWED_FUNCTIONS)

_interned: WeakValueDictionary[tuple[Any, ...], Expr] = WeakValueDictionary()
_interning = RLock()  # two threads that trace a model must meet in the same nodes


class Expr:
    """One node: an operation on other nodes, a constant or a symbol. Made by `const`, `symbol` and arithmetic only."""

    __slots__ = ("op", "args", "value", "name", "__weakref__")
    op: str
    args: tuple[Expr, ...]
    value: float | None
    name: str | None
    __array_ufunc__ = None  # NumPy must hand arithmetic over to us instead of making object arrays

    def __add__(self, other: Expr | Number) -> Expr:
        return _add(self, wrap(other))

    def __radd__(self, other: Number) -> Expr:
        return _add(wrap(other), self)

    def __sub__(self, other: Expr | Number) -> Expr:
        return _sub(self, wrap(other))

    def __rsub__(self, other: Number) -> Expr:
        return _sub(wrap(other), self)

    def __mul__(self, other: Expr | Number) -> Expr:
        return _mul(self, wrap(other))

    def __rmul__(self, other: Number) -> Expr:
        return _mul(wrap(other), self)

    def __truediv__(self, other: Expr | Number) -> Expr:
        return _div(self, wrap(other))

    def __rtruediv__(self, other: Number) -> Expr:
        return _div(wrap(other), self)

    def __pow__(self, other: Expr | Number) -> Expr:
        return _pow(self, wrap(other))

    def __rpow__(self, other: Number) -> Expr:
        return _pow(wrap(other), self)

    def __neg__(self) -> Expr:
        return _neg(self)

    def __pos__(self) -> Expr:
        return self

    def __bool__(self) -> bool:
        raise TypeError(
            "A rate law may not branch on a value: use a smooth form instead of 'if', 'and', 'or' or 'not'."
        )

    def _refuse_order(self, other: object) -> bool:
        raise TypeError("A rate law may not compare values: use a smooth form instead.")

    __lt__ = __le__ = __gt__ = __ge__ = _refuse_order

    def __repr__(self) -> str:
        return f"Expr({self})"

    def __str__(self) -> str:
        return _text(self)


def make_node(op: str, args: tuple[Expr, ...] = (), value: float | None = None, name: str | None = None) -> Expr:
    """The one node of this operation on these arguments; no simplification (arithmetic does that)."""
    key = (op, tuple(id(a) for a in args), None if value is None else (value, math.copysign(1.0, value)), name)
    with _interning:
        found = _interned.get(key)
        if found is None:
            found = object.__new__(Expr)
            found.op, found.args, found.value, found.name = op, args, value, name
            _interned[key] = found
        return found


def const(value: Number) -> Expr:
    """A constant. Raises ValueError for NaN and infinity: a model text may not hold them."""
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{value!r} is not a finite number.")
    return make_node("const", value=number)


def symbol(name: str) -> Expr:
    """A named quantity whose value is known only at run time."""
    return make_node("symbol", name=name)


def wrap(value: Expr | Number) -> Expr:
    """An expression stays itself, a number becomes a constant."""
    return value if isinstance(value, Expr) else const(value)


def _add(a: Expr, b: Expr) -> Expr:
    if a.value is not None and b.value is not None:
        return const(a.value + b.value)
    if a.value == 0.0:
        return b
    if b.value == 0.0:
        return a
    return _sub(a, b.args[0]) if b.op == "neg" else make_node("add", (a, b))


def _sub(a: Expr, b: Expr) -> Expr:
    if a.value is not None and b.value is not None:
        return const(a.value - b.value)
    if b.value == 0.0:
        return a
    if a.value == 0.0:
        return _neg(b)
    return const(0.0) if a is b else make_node("sub", (a, b))


def _mul(a: Expr, b: Expr) -> Expr:
    if a.value is not None and b.value is not None:
        return const(a.value * b.value)
    if a.value == 0.0 or b.value == 0.0:
        return const(0.0)
    if a.value == 1.0:
        return b
    if b.value == 1.0:
        return a
    if a.value == -1.0:
        return _neg(b)
    return _neg(a) if b.value == -1.0 else make_node("mul", (a, b))


def _div(a: Expr, b: Expr) -> Expr:
    if b.value == 0.0:
        raise ZeroDivisionError("A rate law divides by the constant 0.")
    if a.value is not None and b.value is not None:
        return const(a.value / b.value)
    if a.value == 0.0:
        return a
    return a if b.value == 1.0 else make_node("div", (a, b))


def _pow(a: Expr, b: Expr) -> Expr:
    if a.value is not None and b.value is not None:
        return const(a.value**b.value)
    if b.value == 0.0 or a.value == 1.0:
        return const(1.0)
    if b.value == 1.0:
        return a
    return _mul(a, a) if b.value == 2.0 else make_node("pow", (a, b))


def _neg(a: Expr) -> Expr:
    if a.value is not None:
        return const(-a.value)
    return a.args[0] if a.op == "neg" else make_node("neg", (a,))


def _plain_softplus(x: Any) -> Any:
    import numpy as np

    return np.logaddexp(0.0, x)


def _function(name: str, plain: Callable[[Any], Any] | None = None) -> Callable[[Any], Any]:
    def apply(x: Any) -> Any:
        if isinstance(x, Expr):
            return const(float(apply(x.value))) if x.value is not None else make_node(name, (x,))
        if hasattr(x, "osteon_function"):
            return x.osteon_function(name)
        if plain is not None:
            return plain(x)
        import numpy as np

        return getattr(np, name)(x)

    apply.__name__ = apply.__qualname__ = name
    return apply


exp = _function("exp")
log = _function("log")
tanh = _function("tanh")
sqrt = _function("sqrt")
softplus = _function("softplus", _plain_softplus)
exp.__doc__ = "e to the power x; x dimensionless."
log.__doc__ = "Natural logarithm; x dimensionless and positive."
tanh.__doc__ = "Hyperbolic tangent; x dimensionless."
sqrt.__doc__ = "Square root; x not negative."
softplus.__doc__ = "log(1 + exp(x)), the smooth form of max(x, 0); x dimensionless."


def walk(*roots: Expr) -> Iterator[Expr]:
    """Every node below the roots once, arguments before the nodes that use them."""
    seen: set[int] = set()
    stack: list[tuple[Expr, bool]] = [(r, False) for r in reversed(roots)]
    while stack:
        node, ready = stack.pop()
        if ready:
            yield node
        elif id(node) not in seen:
            seen.add(id(node))
            stack.append((node, True))
            stack.extend((a, False) for a in reversed(node.args))


def symbols_of(*roots: Expr) -> set[str]:
    """Names of all symbols below the roots."""
    return {n.name for n in walk(*roots) if n.name is not None}


_INFIX = {"add": (" + ", 1), "sub": (" - ", 1), "mul": (" * ", 2), "div": (" / ", 2), "pow": (" ** ", 4)}


def _text(root: Expr) -> str:
    done: dict[int, tuple[str, int]] = {}
    for node in walk(root):
        parts = [done[id(a)] for a in node.args]
        done[id(node)] = _text_of(node, parts)
    return done[id(root)][0]


def _text_of(node: Expr, parts: list[tuple[str, int]]) -> tuple[str, int]:
    if node.op == "const":
        return repr(node.value), 5 if node.value is not None and node.value >= 0 else 1
    if node.op == "symbol":
        return str(node.name), 5
    if node.op == "neg":
        return "-" + _bracket(parts[0], 3), 1
    if node.op in ALLOWED_FUNCTIONS:
        return f"{node.op}({parts[0][0]})", 5
    sign, rank = _INFIX[node.op]
    left_rank = rank + 1 if node.op == "pow" else rank
    right_rank = rank + 1 if node.op in ("sub", "div") else rank
    return _bracket(parts[0], left_rank) + sign + _bracket(parts[1], right_rank), rank


def _bracket(part: tuple[str, int], rank: int) -> str:
    return part[0] if part[1] >= rank else f"({part[0]})"
