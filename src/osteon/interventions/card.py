"""The card of a drug: all that is known of it beside its equations, each fact once."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from osteon.io.quantities import parse
from osteon.model import Module
from osteon.model.laws import arguments

KINDS = ("antiresorptive", "formation enhancer", "dual", "supplement")


@dataclass(frozen=True)
class Usual:
    """The usual regimen, in the words of a scenario file.   duration : of an infusion;  until : how long at most

    >>> Usual("5 mg", "intravenous", "year", duration="15 min").words
    '5 mg intravenous over 15 min every year'
    """

    dose: str
    route: str
    every: str
    duration: str = ""
    until: str = ""
    up_to: bool = False

    @property
    def words(self) -> str:
        """As on a label."""
        over = f" over {self.duration}" if self.duration else ""
        last = f" for {'up to ' if self.up_to else ''}{self.until}" if self.until else ""
        return f"{self.dose} {self.route}{over} every {self.every}{last}"

    def amount(self, unit: str) -> float:
        """The dose in a unit. Raises InputError where it is not an amount of that kind."""
        return parse(self.dose, unit, "usual dose").convert(unit)

    def days(self) -> tuple[float, float, float]:
        """Interval, duration of an infusion (0 where it has none) and length of treatment (NaN where not said).  [day]"""
        every, duration, last = (_days(text) for text in (self.every, self.duration, self.until))
        return every, duration, last or math.nan


def _days(text: str) -> float:
    if not text:
        return 0.0
    return parse(text if text[0].isdigit() else f"1 {text}", "day", "interval").convert("day")


class Schedule(NamedTuple):
    """The densest schedule that was studied by a route.   amount : in the card's unit, every so many days"""

    amount: float
    days: float
    source: str


class Strength(NamedTuple):
    """The parameter that says how strong a drug is.   inverse : it is a constant of half the effect, less of it is stronger"""

    parameter: str
    inverse: bool = False


@dataclass(frozen=True)
class Label:
    """What a label asks for. NaN and empty: it asks for nothing of the kind.

    max_months : longest treatment;  min_egfr : mL/min/1.73 m^2 below which it advises against the drug
    policy     : why the length is limited;  unapproved : why the drug is not on the market
    not_with   : what a file cannot say and a prescriber asks
    """

    source: str
    max_months: float = math.nan
    min_egfr: float = math.nan
    women_after_menopause: bool = False
    not_with: tuple[str, ...] = ()
    policy: str = ""
    unapproved: str = ""


@dataclass(frozen=True)
class Card:
    """A drug as a leaf of the system.

    kind       : one of KINDS
    regimen    : dose, route and interval as on a label
    largest    : largest dose in a published trial, per route and in `unit`; beyond it results are extrapolated
    densest    : densest schedule that was studied, per route; where none is named the largest dose alone counts
    label      : what its label asks for; None where it has none
    strength   : the parameter by which members of its class differ; None where it has no class
    harms      : names of harms it can cause (rates: data/harms.toml; a word without rates there is a warning)
    exposure   : what it plugs into ports that only harms have, a module a port; built only where such a harm is asked for
    """

    name: str
    kind: str
    mechanism: str
    regimen: Usual
    unit: str
    largest: dict[str, float]
    harms: tuple[str, ...]
    references: tuple[str, ...]
    module: Module
    limits: str = ""
    exposure: tuple[Module, ...] = ()
    densest: Mapping[str, Schedule] = field(default_factory=dict)
    label: Label | None = None
    strength: Strength | None = None

    @property
    def usual(self) -> str:
        """Dose, route and interval as on a label."""
        return self.regimen.words

    @property
    def routes(self) -> tuple[str, ...]:
        """Routes by which it can be given."""
        return tuple(self.largest)

    @property
    def evidence(self) -> str:
        """What its effect rests on: assumed where parameters of it are, and none was fitted to trials or measured in them."""
        kinds = {kind for c in self.module.contributions for name in arguments(c.law) for kind in self._kind(name)}
        return "assumed" if "assumed" in kinds and not kinds & {"fitted", "measured"} else "human"

    def _kind(self, name: str) -> Iterator[str]:
        """Kind of a parameter of its own; of a quantity derived from several, assumed where one of them is."""
        own = {p.name: p for p in self.module.parameters}
        derived = {d.name: d for d in self.module.derived}
        if name in own:
            yield own[name].kind
        elif name in derived:
            kinds = [k for n in arguments(derived[name].law) for k in self._kind(n)]
            yield "assumed" if "assumed" in kinds else "fitted" if "fitted" in kinds else "derived"
