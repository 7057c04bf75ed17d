"""From laws to one graph of symbols: what the engine and the exporters read."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from osteon.model.expressions import Expr, walk


@dataclass(frozen=True)
class Traced:
    """A model as expressions.

    states, parameters : names in the order of the engine's vectors
    rhs     : d state / d day, in the symbols of states, parameters and "time"
    rules   : every algebraic quantity (rules, ports, contributions, derived, process rates), everything inlined
    initial : of parameters only
    """

    states: tuple[str, ...]
    parameters: tuple[str, ...]
    rhs: tuple[Expr, ...]
    rules: Mapping[str, Expr]
    initial: tuple[Expr, ...]
    fingerprint: str = field(default="")


def fingerprint(
    states: tuple[str, ...], parameters: tuple[str, ...], roots: tuple[Expr, ...], rules: tuple[str, ...] = ()
) -> str:
    """SHA-256 of the graph below the roots and of their names, independent of memory addresses and of how it was assembled."""
    number: dict[int, int] = {}
    digest = hashlib.sha256("\0".join((*states, "|", *parameters, "|", *rules)).encode())
    for node in walk(*roots):
        number[id(node)] = len(number)
        args = ",".join(str(number[id(a)]) for a in node.args)
        digest.update(f"{node.op}({args}){node.value!r}{node.name}\n".encode())
    digest.update(",".join(str(number[id(r)]) for r in roots).encode())
    return digest.hexdigest()
