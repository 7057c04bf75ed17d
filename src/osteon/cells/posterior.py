"""The joint posterior of the cell parameters: places of draws in their priors, and how members take them.

A draw is a row of normal places, one for each parameter that evidence was weighed for (data/cells/posterior.csv, made by
`osteon posterior --cells`). A member takes a row, so that what evidence ties together stays together; member 0 takes the median.
Parameters without evidence keep their prior. Simulations draw from the priors; where OSTEON_CELL_DRAWS is "posterior", and inside
`using(shipped_posterior())`, from what is shipped. It is not the usual choice because sizes of effects (calibrated) pull its niche up:
cells then raise CTX after ovariectomy (rat 1.05, mouse 1.08 of untreated; priors 0.94 and 0.90), against An 2013, which is left out.
"""

from __future__ import annotations

import contextlib
import csv
import os
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from osteon.errors import CorruptData, Fault, InputError, unknown
from osteon.streams import normal, uniform

Array = NDArray[np.float64]
FILE = "data/cells/posterior.csv"
VARIABLE = "OSTEON_CELL_DRAWS"
SOURCES = ("prior", "posterior")


@dataclass(frozen=True)
class CellPosterior:
    """Normal places of parameters in their priors. typical: name -> place; draws: name -> (draws,)"""

    typical: Mapping[str, float]
    draws: Mapping[str, Array]

    @property
    def size(self) -> int:
        """Number of draws."""
        return len(next(iter(self.draws.values()), np.zeros(0)))

    def at(self, name: str, members: NDArray[np.int64], seed: int) -> Array:
        """Places of one parameter in members, (n,): the same row of draws for every parameter of a member; member 0 typical."""
        rows = (uniform(seed, members, "cells:posterior") * self.size).astype(np.int64)
        return np.where(members == 0, self.typical[name], self.draws[name][np.minimum(rows, self.size - 1)])


PRIOR = CellPosterior({}, {})
_imposed: ContextVar[Mapping[str, Array] | None] = ContextVar("imposed_cell_places", default=None)
_chosen: ContextVar[CellPosterior | None] = ContextVar("cell_posterior", default=None)


@contextlib.contextmanager
def imposed(places: Mapping[str, Array]) -> Iterator[None]:
    """Member l takes place l of every parameter named, (n,) each; other parameters stay typical. For inference."""
    token = _imposed.set(places)
    try:
        yield
    finally:
        _imposed.reset(token)


@contextlib.contextmanager
def using(posterior: CellPosterior) -> Iterator[None]:
    """Draw cells from a posterior, as the shipped one; PRIOR: from their priors."""
    token = _chosen.set(posterior)
    try:
        yield
    finally:
        _chosen.reset(token)


def active_posterior() -> CellPosterior:
    """The posterior that cells are drawn from: the one chosen by `using`, else what is shipped. Raises InputError, CorruptData."""
    chosen = _chosen.get()
    if chosen is not None:
        return chosen
    asked = os.environ.get(VARIABLE) or SOURCES[0]
    if asked not in SOURCES:
        raise InputError(unknown(f"value of {VARIABLE}", asked, SOURCES))
    return PRIOR if asked == SOURCES[0] else shipped_posterior()


def normal_places(name: str, members: NDArray[np.int64], seed: int) -> Array:
    """Normal places of a cell parameter in members, (n,); 0 is the middle of its prior.

    name : a parameter of the cell modules, or source:figure, as in umbilical_cord:secretome
    """
    forced = _imposed.get()
    if forced is not None:
        return np.asarray(forced[name][members]) if name in forced else np.zeros(members.shape)
    posterior = active_posterior()
    if name in posterior.draws:
        return posterior.at(name, members, seed)
    return np.where(members == 0, 0.0, normal(seed, members, f"cells:{name}"))


@cache
def shipped_posterior() -> CellPosterior:
    """The posterior that is shipped; PRIOR where there is none. Raises CorruptData."""
    file = files("osteon").joinpath(*FILE.split("/"))
    return read_posterior(file.read_text(encoding="utf-8")) if file.is_file() else PRIOR


def read_posterior(text: str) -> CellPosterior:
    """A posterior from the text of its file: column draw, then one a parameter; draw 0 is typical. Raises CorruptData."""
    rows = list(csv.reader(text.splitlines()))
    head = rows[0] if rows else []
    faults = [] if head[:1] == ["draw"] and len(head) > 1 else [_fault("line 1", "draw, then parameters")]
    for line, row in enumerate(rows[1:], 2):
        faults += [] if len(row) == len(head) and all(map(_is_number, row)) else [_fault(f"line {line}", "numbers")]
    if not faults and (len(rows) < 3 or rows[1][0] != "0"):
        faults.append(_fault("line 2", "draw 0, and draws after it"))
    if faults:
        raise CorruptData(faults)
    places = np.array(rows[1:], float)
    names = head[1:]
    return CellPosterior(
        {n: float(places[0, i]) for i, n in enumerate(names, 1)}, {n: places[1:, i] for i, n in enumerate(names, 1)}
    )


def _is_number(text: str) -> bool:
    try:
        return bool(np.isfinite(float(text)))
    except ValueError:
        return False


def _fault(place: str, allowed: str) -> Fault:
    return Fault("bad_row", f"{FILE} {place}", "", allowed, "", f"{FILE} {place}: expected {allowed}.")


def written_posterior(posterior: CellPosterior) -> str:
    """The text of the file of a posterior."""
    names = list(posterior.draws)
    lines = [",".join(("draw", *names)), ",".join(("0", *(f"{posterior.typical[n]:.3f}" for n in names)))]
    lines += [
        ",".join((str(i), *(f"{posterior.draws[n][i - 1]:.3f}" for n in names))) for i in range(1, posterior.size + 1)
    ]
    return "\n".join(lines) + "\n"
