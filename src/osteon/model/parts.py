"""The nouns of the model language: parameters, states, rules, processes, ports, entries, modules.

All are frozen. Laws are plain arithmetic functions whose argument names are the names of the model's quantities.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Union

Law = Callable[..., Any]
Kind = Literal["measured", "derived", "fitted", "assumed"]
KINDS: tuple[str, ...] = ("measured", "derived", "fitted", "assumed")


@dataclass(frozen=True)
class LogNormal:
    """Spread of a positive number: geometric standard deviation `gsd` (> 1) about the value."""

    gsd: float


@dataclass(frozen=True)
class Normal:
    """Spread of a number: standard deviation `sd` in the parameter's own unit."""

    sd: float


@dataclass(frozen=True)
class LogUniform:
    """Every order of magnitude between `low` and `high` is equally likely."""

    low: float
    high: float


@dataclass(frozen=True)
class LogitNormal:
    """Spread of a share between 0 and 1: standard deviation `sd` of its logit about the value's logit."""

    sd: float


@dataclass(frozen=True)
class Uniform:
    """Flat between `low` and `high`."""

    low: float
    high: float


Spread = Union[LogNormal, Normal, LogUniform, LogitNormal, Uniform]


@dataclass(frozen=True)
class Parameter:
    """A number with a unit, a meaning and a provenance.

    value  : in `unit`
    kind   : measured, derived, fitted or assumed
    source : reference key, or the word "assumed"
    spread : how uncertain the typical value is (the prior of a fit, the draw of an ensemble)
    between: how far persons differ from each other
    bounds : values outside are refused
    role   : what code asks for by meaning, not by how a name begins: the turnover of a site; a definition, which sets the zero or
             unit of a scale by convention
    site   : whose turnover it is
    """

    name: str
    value: float
    unit: str
    kind: Kind
    source: str
    uncertainty: Spread | None = None
    iiv: Spread | None = None
    bounds: tuple[float, float] | None = None
    note: str = ""
    role: Literal["", "site_turnover", "definition"] = ""
    site: str = ""


@dataclass(frozen=True)
class Derived:
    """A quantity that follows from parameters alone; computed once per patient."""

    name: str
    law: Law
    unit: str
    source: str = ""
    note: str = ""


@dataclass(frozen=True)
class State:
    """A quantity that the solver integrates.

    initial : a number, the name of a parameter, or a law of parameters
    scale   : a typical size in `unit`, which sets the absolute tolerance
    """

    name: str
    unit: str
    initial: float | str | Law = 1.0
    scale: float = 1.0
    note: str = ""
    source: str = ""


@dataclass(frozen=True)
class Rule:
    """An algebraic quantity: a law of parameters, states, ports, other rules and `time` (days)."""

    name: str
    law: Law
    unit: str
    source: str = ""
    note: str = ""


@dataclass(frozen=True)
class Process:
    """A flow per day and the states it changes, each with its factor (a number or the name of a parameter)."""

    name: str
    law: Law
    unit: str
    changes: Mapping[str, float | str]
    source: str = ""
    note: str = ""


@dataclass(frozen=True)
class Port:
    """A named plug: 0 plus all contributions ("sum") or 1 times all contributions ("product")."""

    name: str
    combine: Literal["sum", "product"]
    unit: str
    note: str = ""


@dataclass(frozen=True)
class Contribution:
    """What a module plugs into a port of another module."""

    port: str
    name: str
    law: Law
    source: str = ""
    note: str = ""


@dataclass(frozen=True)
class Entry:
    """Where a dose lands: `target` (a drug or product) given by `route` is added to `state`, in `unit`.

    bioavailability, lag : names of parameters (share; days), or None for 1 and 0
    """

    target: str
    route: str
    state: str
    unit: str
    bioavailability: str | None = None
    lag: str | None = None


@dataclass(frozen=True)
class Module:
    """A named piece of a model: its quantities, its processes and what it plugs into other pieces."""

    name: str
    note: str = ""
    parameters: tuple[Parameter, ...] = ()
    derived: tuple[Derived, ...] = ()
    states: tuple[State, ...] = ()
    rules: tuple[Rule, ...] = ()
    processes: tuple[Process, ...] = ()
    ports: tuple[Port, ...] = ()
    contributions: tuple[Contribution, ...] = ()
    entries: tuple[Entry, ...] = ()
    references: tuple[str, ...] = field(default=())
