"""The program our own compiler starts from, walked with another library's functions: every part once, shared parts shared."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from benchmarks.workloads import Array
from osteon.engine.program import Program
from osteon.model import Expr, walk

Functions = Mapping[str, Callable[..., Any]]
ARITHMETIC = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
    "pow": operator.pow,
    "neg": operator.neg,
}
NUMPY: Functions = {
    "exp": np.exp,
    "log": np.log,
    "sqrt": np.sqrt,
    "guard": lambda x: np.maximum(x, 1e-300),
    "positive": lambda x: np.maximum(x, 0.0),
    "abs": np.abs,
}


def fixed_parts(program: Program) -> tuple[Expr, ...]:
    """What does not change in a person: the static part, and parameters that rates or outputs read beside it."""
    known = {id(e): None for e in program.static}
    read = _needed([*program.rhs, *program.outputs], known)
    return (*program.static, *(n for n in read if n.name in program.parameters and id(n) not in known))


def fixed_values(program: Program, columns: dict[str, Array], n: int) -> Array:
    """(n, fixed parts) of every person."""
    return np.stack([np.broadcast_to(v, (n,)) for v in values(fixed_parts(program), columns, NUMPY)], axis=1)


def values(roots: Iterable[Expr], known: Mapping[Any, Any], functions: Functions) -> list[Any]:
    """What the roots are worth. `known`: by name, or by id for a part that is given."""
    roots, done, by = list(roots), {}, {**ARITHMETIC, **functions}
    for node in _needed(roots, known):
        if id(node) in known:
            done[id(node)] = known[id(node)]
        elif node.op in ("const", "symbol"):
            done[id(node)] = node.value if node.op == "const" else known[node.name]
        else:
            done[id(node)] = by[node.op](*(done[id(a)] for a in node.args))
    return [done[id(r)] for r in roots]


def _needed(roots: list[Expr], known: Mapping[Any, Any]) -> list[Expr]:
    """Nodes that must be worked out, arguments first; not what lies below a part that is given."""
    wanted: set[int] = set()
    stack = list(roots)
    while stack:
        node = stack.pop()
        if id(node) not in wanted:
            wanted.add(id(node))
            stack += () if id(node) in known else node.args
    return [n for n in walk(*roots) if id(n) in wanted]
