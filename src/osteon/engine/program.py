"""From a traced model to a program: powers lowered, derivatives taken, the sparse linear system eliminated on paper.

Everything here is symbolic and runs once per model. `Program` is what a printer (LLVM IR) turns into code:
a static part (parameters only, once per patient and parameter switch) and a dynamic part (every evaluation).
"""

from __future__ import annotations

from dataclasses import dataclass

from osteon.engine.elimination import Elimination, eliminate
from osteon.engine.jacobian import jacobian
from osteon.engine.lowering import join_exponentials, lower, lower_powers, share_divisors
from osteon.engine.slopes import slopes
from osteon.model import Expr, Traced, walk
from osteon.model.expressions import const, symbol

TIME = "time"


@dataclass(frozen=True)
class ReadoutCode:
    """What is asked for, compiled apart: another question of the same model needs no new kernel.

    static  : parameter-only expressions that the outputs read, in the order of their slots
    outputs : asked-for quantities
    """

    states: tuple[str, ...]
    parameters: tuple[str, ...]
    static: tuple[Expr, ...]
    outputs: tuple[Expr, ...]


@dataclass(frozen=True)
class Program:
    """What a printer needs. Orders of states and parameters are those of the vectors.

    static       : parameter-only expressions that the dynamic part reads, in the order of their slots
    rhs, jacobian: expressions; jacobian maps (row, column) to its entry; time_slope holds d rhs / d time
    readouts        : the outputs asked for
    elimination  : the order of the sparse elimination and its fill
    """

    states: tuple[str, ...]
    parameters: tuple[str, ...]
    static: tuple[Expr, ...]
    rhs: tuple[Expr, ...]
    jacobian: dict[tuple[int, int], Expr]
    time_slope: tuple[Expr, ...]
    readouts: ReadoutCode
    elimination: Elimination

    @property
    def outputs(self) -> tuple[Expr, ...]:
        """Asked-for quantities."""
        return self.readouts.outputs


def make_readout_code(traced: Traced, outputs: tuple[str, ...]) -> ReadoutCode:
    """Lower and split. `outputs`: names of states, rules, parameters or "time"."""
    asked = [traced.rules[o] if o in traced.rules else symbol(o) for o in outputs]
    lowered = share_divisors(lower(asked), set(traced.parameters))
    return ReadoutCode(traced.states, traced.parameters, _static(lowered, set(traced.parameters)), tuple(lowered))


def make_program(traced: Traced, outputs: tuple[str, ...] = ()) -> Program:
    """Lower, join, differentiate, split and order. `outputs`: names of states, rules, parameters or "time"."""
    n = len(traced.states)
    rates = join_exponentials(lower_powers(traced.rhs), set(traced.parameters))
    entries = jacobian(rates, traced.states)
    frozen = TIME in traced.parameters  # a model that is held at an instant
    time_slope = [const(0.0)] * n if frozen else slopes(rates, TIME)
    keys = list(entries)
    lowered = lower([*rates, *entries.values(), *time_slope])
    lowered = share_divisors(lowered, set(traced.parameters))
    rhs, rest = lowered[:n], lowered[n:]
    filled, rest = rest[: len(keys)], rest[len(keys) :]
    static = _static([*lowered], set(traced.parameters))
    return Program(
        states=traced.states,
        parameters=traced.parameters,
        static=static,
        rhs=tuple(rhs),
        jacobian=dict(zip(keys, filled, strict=True)),
        time_slope=tuple(rest),
        readouts=make_readout_code(traced, outputs),
        elimination=eliminate(n, set(keys)),
    )


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
