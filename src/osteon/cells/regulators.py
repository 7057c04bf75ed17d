"""What acts on the fate of cells: a regulator is an edge onto a pathway node, a node leans osteogenic or adipogenic.

Both are tables (data/cells/regulators.csv, nodes.csv); signs may depend on the source of the cells. How far a full dose
of a regulator moves a node is unknown: a half-normal prior on the log2 fold, the same for all (assumed).
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from osteon.errors import InputError, unknown

FOLD = 0.7  # log2 fold of a node under a full dose: median of a half-normal of sd 1.  Source: assumed
FOLD_SD = 1.0  # sd of the half-normal prior on the log2 fold.  Source: assumed
BLOCKED = 0.3  # activity of a node under its blocker, whatever else acts on it.  Source: assumed
ANY = "any"


@dataclass(frozen=True)
class Edge:
    """A regulator on a node. sign: +1 raises the node, -1 lowers it."""

    regulator: str
    node: str
    sign: int
    reference: str
    note: str


@dataclass(frozen=True)
class Node:
    """A pathway node: exponents of its activity in the osteogenic, adipogenic and growth drives."""

    name: str
    osteogenesis: float
    adipogenesis: float
    proliferation: float
    blocker: str
    reference: str


def edges(regulator: str, source: str) -> tuple[Edge, ...]:
    """Edges of a regulator in cells of a source. Raises InputError for a name that is not in the table."""
    rows = [r for r in _rows("regulators.csv") if r["regulator"] == regulator]
    if not rows:
        raise InputError(unknown("regulator", regulator, regulators()))
    return tuple(
        Edge(regulator, r["node"], int(r["sign"]), r["reference"], r["note"])
        for r in rows
        if r["source"] in (ANY, source)
    )


def nodes(source: str) -> dict[str, Node]:
    """Nodes by name as they lean in cells of a source."""
    return {
        r["node"]: Node(
            r["node"],
            float(r["osteogenesis"]),
            float(r["adipogenesis"]),
            float(r["proliferation"]),
            r["blocker"],
            r["reference"],
        )
        for r in _rows("nodes.csv")
        if r["source"] in (ANY, source)
    }


def regulators() -> tuple[str, ...]:
    """Names of all regulators."""
    return tuple(dict.fromkeys(r["regulator"] for r in _rows("regulators.csv")))


def activities(
    doses: dict[str, float], source: str, blocked: Iterable[str] = (), flipped: str = ""
) -> dict[str, float]:
    """Activity of every node, 1 where nothing acts.

    doses   : regulator -> dose against a full one (negative: knocked down)
    blocked : nodes held at BLOCKED; what acts on them acts no more
    flipped : a regulator whose edges are turned round (a test of the table: its check must then fail)
    """
    level = dict.fromkeys(nodes(source), 0.0)
    for name, dose in doses.items():
        turn = -1 if name == flipped else 1
        for edge in edges(name, source):
            level[edge.node] += turn * edge.sign * FOLD * dose
    held = set(blocked)
    wrong = [unknown("node", n, level) for n in held if n not in level]
    if wrong:
        raise InputError(wrong)
    return {n: BLOCKED if n in held else 2.0**x for n, x in level.items()}


def drives(activity: dict[str, float], source: str) -> tuple[float, float, float]:
    """Osteogenic, adipogenic and growth drive of cells, 1 where nothing acts.  [1]"""
    table = nodes(source)
    made = [1.0, 1.0, 1.0]
    for name, value in activity.items():
        node = table[name]
        for i, lean in enumerate((node.osteogenesis, node.adipogenesis, node.proliferation)):
            made[i] *= value**lean
    return made[0], made[1], made[2]


def lean(doses: dict[str, float], source: str, blocked: Iterable[str] = ()) -> tuple[float, float]:
    """RUNX2 and PPARγ of cells that were treated so, against cells that were not.  [1]"""
    from osteon.biology.fate import pparg, runx2

    held = tuple(blocked)
    treated, plain = (drives(activities(d, source, held), source) for d in (doses, {}))
    osteo = float(runx2(treated[0], treated[1]) / runx2(plain[0], plain[1]))
    return osteo, float(pparg(treated[0], treated[1]) / pparg(plain[0], plain[1]))


@cache
def _rows(name: str) -> tuple[dict[str, str], ...]:
    text = (files("osteon") / "data" / "cells" / name).read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))
