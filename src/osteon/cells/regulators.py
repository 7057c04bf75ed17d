"""What acts on the fate of cells: a regulator is an edge onto a pathway node, a node leans osteogenic or adipogenic.

Both are tables (data/cells/regulators.csv, nodes.csv); signs may depend on the source of the cells. How far a full dose
of a regulator moves a node is unknown: a half-normal prior on the log2 fold, the same for all (assumed). So signs and
blockers mean something here, sizes do not. A sign that only repeats what the tables say is *entailed*; it is *emergent*
where it needs the balance of RUNX2 and PPARγ (`basis`).
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from osteon.additions import cached, text_of
from osteon.biology.fate import pparg, runx2
from osteon.cells.sources import listed_names
from osteon.errors import CorruptData, Fault, InputError, unknown
from osteon.evidence.lint import one_of
from osteon.evidence.lint import parse as parse_rows
from osteon.streams import normal

FOLD = 0.7  # log2 fold of a node under a full dose: median of a half-normal of sd 1.  Source: assumed
FOLD_SD = 1.0  # sd of the half-normal prior on the log2 fold.  Source: assumed
MAX_LOG2_FOLD = 2.0  # largest log2 fold.  Source: assumed
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


class Drives(NamedTuple):
    """What all nodes together push, 1 where nothing acts; numbers or (n,).  [1]"""

    osteo: Any
    adipo: Any
    growth: Any
    opg: Any


@dataclass(frozen=True)
class Node:
    """A pathway node: exponents of its activity in the osteogenic, adipogenic and growth drives, and in OPG made."""

    name: str
    osteogenesis: float
    adipogenesis: float
    proliferation: float
    opg: float
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
            float(r["opg"]),
            r["blocker"],
            r["reference"],
        )
        for r in _rows("nodes.csv")
        if r["source"] in (ANY, source)
    }


def regulators() -> tuple[str, ...]:
    """Names of all regulators."""
    return tuple(dict.fromkeys(r["regulator"] for r in _rows("regulators.csv")))


def folds_at(names: Iterable[str], members: NDArray[np.int64], seed: int) -> dict[str, NDArray[np.float64]]:
    """Log2 folds of a full dose, regulator -> (n,), from the half-normal prior; member 0 is typical."""
    drawn = {r: np.abs(normal(seed, members, f"fold:{r}")) * FOLD_SD for r in names}
    return {r: np.where(members == 0, FOLD, np.minimum(x, MAX_LOG2_FOLD)) for r, x in drawn.items()}


def activities(
    doses: Mapping[str, float],
    source: str,
    blocked: Iterable[str] = (),
    flipped: str = "",
    folds: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Activity of every node, 1 where nothing acts; numbers, or (n,) where `folds` are.

    doses   : regulator -> dose against a full one (negative: knocked down)
    blocked : nodes held at BLOCKED; what acts on them acts no more
    flipped : a regulator whose edges are turned round (a test of the table: its check must then fail)
    folds   : regulator -> log2 fold of a full dose; FOLD where absent
    """
    level: dict[str, Any] = dict.fromkeys(nodes(source), 0.0)
    for name, dose in doses.items():
        turn = -1 if name == flipped else 1
        fold = (folds or {}).get(name, FOLD)
        for edge in edges(name, source):
            level[edge.node] += turn * edge.sign * fold * dose
    held = set(blocked)
    wrong = [unknown("node", n, level) for n in held if n not in level]
    if wrong:
        raise InputError(wrong)
    return {n: BLOCKED if n in held else 2.0**x for n, x in level.items()}


def drives(activity: Mapping[str, Any], source: str) -> Drives:
    """What the nodes push together."""
    table = nodes(source)
    made: list[Any] = [1.0, 1.0, 1.0, 1.0]
    for name, value in activity.items():
        node = table[name]
        for i, lean in enumerate((node.osteogenesis, node.adipogenesis, node.proliferation, node.opg)):
            made[i] = made[i] * value**lean
    return Drives(*made)


def lean(
    doses: Mapping[str, float], source: str, blocked: Iterable[str] = (), folds: Mapping[str, Any] | None = None
) -> tuple[Any, Any]:
    """RUNX2 and PPARγ of cells that were treated so, against cells that were not; (n,) where `folds` are.  [1]"""
    held = tuple(blocked)
    treated, plain = (drives(activities(d, source, held, folds=folds), source) for d in (doses, {}))
    osteo = runx2(treated.osteo, treated.adipo) / runx2(plain.osteo, plain.adipo)
    return osteo, pparg(treated.osteo, treated.adipo) / pparg(plain.osteo, plain.adipo)


def host_niche(doses: Mapping[str, float], blocked: Iterable[str] = (), flipped: str = "") -> dict[str, float]:
    """Parameters of the host's marrow whose own progenitors are treated so (marrow cells; negative: knocked down).

    >>> host_niche({})
    {'regulated_osteo': 1.0, 'regulated_adipo': 1.0, 'regulated_opg': 1.0}
    """
    pushed = drives(activities(doses, "bone_marrow", blocked, flipped), "bone_marrow")
    given = {"regulated_osteo": pushed.osteo, "regulated_adipo": pushed.adipo, "regulated_opg": pushed.opg}
    return {name: float(value) for name, value in given.items()}


def basis(regulator: str, source: str) -> Literal["entailed", "emergent", "none"]:
    """Whether the sign on osteogenesis stands in the tables, comes about through the balance, or is not known at all."""
    acts_on = [nodes(source)[e.node] for e in edges(regulator, source)]
    if any(n.osteogenesis for n in acts_on):
        return "entailed"
    return "emergent" if any(n.adipogenesis for n in acts_on) else "none"


@cache
def _shipped(name: str) -> tuple[dict[str, str], ...]:
    text = (files("osteon") / "data" / "cells" / name).read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))


@cached
def _rows(name: str) -> tuple[dict[str, str], ...]:
    return (*_shipped(name), *own_regulators()) if name == "regulators.csv" else _shipped(name)


REGULATOR_COLUMNS = ("regulator", "source", "node", "sign", "reference", "note")


@cached
def own_regulators() -> tuple[dict[str, str], ...]:
    """Edges of the own folder in force. Raises CorruptData with every fault of its table."""
    text = text_of("cells/regulators.csv")
    if not text:
        return ()
    rows, faults = parse_rows(text, "cells/regulators.csv", REGULATOR_COLUMNS)
    taken = {r["regulator"] for r in _shipped("regulators.csv")}
    known = tuple(dict.fromkeys(r["node"] for r in _shipped("nodes.csv")))
    checks = (one_of("node", known), one_of("sign", ("1", "-1")), one_of("source", (ANY, *listed_names())))
    for row in rows:
        place, name = row[""], row["regulator"]
        faults += [f for check in checks for f in check(place, row)]
        if not (name.isascii() and name.isidentifier() and name == name.lower()):
            faults.append(
                Fault(
                    "bad_name",
                    place,
                    name,
                    "small ASCII letters, digits and _",
                    "",
                    f"{place}: '{name}' is no name of a regulator.",
                )
            )
        if not row["reference"].strip():
            faults.append(
                Fault(
                    "no_reference", place, "", "a key of the references, or assumed", "", f"{place} has no reference."
                )
            )
        if name in taken:
            faults.append(
                Fault(
                    "taken",
                    place,
                    name,
                    "",
                    "Take another name.",
                    f"{place}: the regulator '{name}' is shipped already.",
                )
            )
    if faults:
        raise CorruptData(faults)
    return tuple({k: v for k, v in row.items() if k} for row in rows)
