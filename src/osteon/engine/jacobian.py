"""The Jacobian of rates, as expressions: vertices of their graph are taken out one by one, the cheapest first.

An edge holds the slope of a node by one of its arguments. Taking a node out multiplies every edge that leads to it with every
edge that leaves it; what is left leads from states to rates. Derivatives that pass through the same quantity share the way,
which neither the forward nor the reverse mode does.  Source: Griewank and Reese 1991 (Markowitz' rule on the graph).
"""

from __future__ import annotations

from collections.abc import Sequence

from osteon.engine.slopes import slope_by
from osteon.model import Expr, walk
from osteon.model.expressions import const

Edges = dict[int, dict[int, Expr]]


def jacobian(rates: Sequence[Expr], names: Sequence[str]) -> dict[tuple[int, int], Expr]:
    """(row, column) -> d rate / d state, where it is not nothing."""
    into, out, states, inner = _graph(rates, names)
    waiting = set(inner)
    cost = {v: len(into[v]) * len(out[v]) for v in waiting}
    while waiting:
        v = min(waiting, key=lambda k: (cost[k], -k))
        waiting.discard(v)
        for u in _take_out(v, into, out):
            if u in waiting:
                cost[u] = len(into[u]) * len(out[u])
    first = len(into) - len(rates)
    found = {
        (row, column): into[first + row][states[name]]
        for row in range(len(rates))
        for column, name in enumerate(names)
        if name in states and states[name] in into[first + row]
    }
    return {place: entry for place, entry in sorted(found.items(), key=lambda p: p[0][::-1]) if entry.value != 0.0}


def _graph(rates: Sequence[Expr], names: Sequence[str]) -> tuple[Edges, Edges, dict[str, int], list[int]]:
    """Edges into and out of every node that hangs on a state, rates last; nodes of states; nodes between."""
    wanted, number = set(names), dict[int, int]()
    into: Edges = {}
    states: dict[str, int] = {}
    for node in walk(*rates):
        edges: dict[int, Expr] = {}
        for i, a in enumerate(node.args):
            if id(a) in number:
                slope = slope_by(node, i)
                k = number[id(a)]
                edges[k] = edges[k] + slope if k in edges else slope
        if edges or node.name in wanted:
            number[id(node)] = len(into)
            into[len(into)] = edges
            if node.name in wanted:
                states[str(node.name)] = number[id(node)]
    inner = [k for k in into if k not in states.values()]
    for rate in rates:
        into[len(into)] = {number[id(rate)]: const(1.0)} if id(rate) in number else {}
    out: Edges = {k: {} for k in into}
    for w, edges in into.items():
        for u, slope in edges.items():
            out[u][w] = slope
    return into, out, states, inner


def _take_out(v: int, into: Edges, out: Edges) -> set[int]:
    """Lead every way through a node past it; the nodes whose edges have changed."""
    before, after = into[v], out[v]
    for u in before:
        del out[u][v]
    for w in after:
        del into[w][v]
    for u, a in before.items():
        for w, b in after.items():
            slope = b * a
            into[w][u] = out[u][w] = into[w][u] + slope if u in into[w] else slope
    into[v], out[v] = {}, {}
    return {*before, *after}
