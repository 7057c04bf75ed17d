"""Expressions into a function that is being written: each node once, exp and log of one depth together."""

from __future__ import annotations

from collections.abc import Iterable

from osteon.engine.vector import PACK, Function
from osteon.model import Expr

SLOW = ("log", "exp")
FEW = 1  # so many are written out in place


class Writer:
    """Symbols and static slots are loaded where first needed.

    Values are written depth by depth, the depth of a node being the number of exp and log on the way to it. Those of one
    depth do not wait for each other: their arguments are put side by side, and one call takes them all.
    """

    def __init__(self, f: Function, loads: dict[int | str, tuple[str, int]]) -> None:
        self.f, self.loads = f, dict(loads)
        self.done: dict[int, str] = {}
        self.depth: dict[int, int] = {}

    def values(self, roots: Iterable[Expr]) -> list[str]:
        """Names of the vectors that hold the roots."""
        roots = list(roots)
        for op, group in self._groups(roots):
            arguments = [n.args[0] for n in group]
            for a in arguments:
                self._write(a)
            if len(group) > FEW:
                self._together(op, group, [self.done[id(a)] for a in arguments])
        for root in roots:
            self._write(root)
        return [self.done[id(r)] for r in roots]

    def _groups(self, roots: list[Expr]) -> list[tuple[str, list[Expr]]]:
        """exp and log nodes that are not yet written, by depth and kind."""
        found: dict[tuple[int, int], list[Expr]] = {}
        for node in self._below(roots):
            args = () if id(node) in self.loads else node.args
            slow = bool(args) and node.op in SLOW
            self.depth[id(node)] = max((self.depth[id(a)] for a in args), default=0) + slow
            if slow:
                found.setdefault((self.depth[id(node)], SLOW.index(node.op)), []).append(node)
        return [(SLOW[kind], found[depth, kind]) for depth, kind in sorted(found)]

    def _below(self, roots: list[Expr]) -> Iterable[Expr]:
        """Nodes not seen before, arguments first; nothing below what is loaded."""
        stack = [(r, False) for r in reversed(roots)]
        while stack:
            node, ready = stack.pop()
            if id(node) in self.depth:
                continue
            if ready or id(node) in self.loads:
                yield node
            else:
                stack.append((node, True))
                stack += [(a, False) for a in reversed(node.args)]

    def _together(self, op: str, group: list[Expr], arguments: list[str]) -> None:
        f = self.f
        if f.lanes == 1:
            room = f.room(-(-len(group) // PACK) * PACK)
            for first in range(0, len(group), PACK):
                f.packed(op, arguments[first : first + PACK], room, first)
        else:
            room = f.room(len(group))
            for i, argument in enumerate(arguments):
                f.store(argument, room, i)
            f.lines.append(f"  call void @many_{op}(ptr {room}, i64 {len(group)})")
        self.loads |= {id(node): (room, i) for i, node in enumerate(group)}

    def _write(self, root: Expr) -> None:
        stack = [root]
        while stack:
            node = stack[-1]
            if id(node) in self.done:
                stack.pop()
                continue
            if id(node) not in self.loads:
                waiting = [a for a in node.args if id(a) not in self.done]
                if waiting:
                    stack += waiting[::-1]
                    continue
            self.done[id(node)] = self._node(node)
            stack.pop()

    def _node(self, node: Expr) -> str:
        f = self.f
        place = self.loads.get(id(node)) or (self.loads.get(node.name) if node.name else None)
        if place:
            return f.load(*place)
        if node.op == "const":
            return f.constant(float(node.value or 0.0))
        args = [self.done[id(a)] for a in node.args]
        if node.op in ("add", "sub", "mul", "div"):
            return f.binary("f" + node.op, *args)
        if node.op == "neg":
            return f.emit(f"fneg {f.vector} {args[0]}")
        if node.op in ("sqrt", "abs"):
            return f.unary(node.op.replace("abs", "fabs"), args[0])
        if node.op == "guard":
            return f.larger(f.constant(1e-300), args[0])
        if node.op == "positive":
            return f.larger(f.constant(0.0), args[0])
        if node.op in SLOW:
            return f.inner(f"v{f.lanes}_{node.op}", args[0])
        raise AssertionError(f"cannot print {node.op}")
