"""The card of a drug: what a person is told about it beside its equations."""

from __future__ import annotations

from dataclasses import dataclass

from osteon.model import Module


@dataclass(frozen=True)
class Card:
    """A drug as a leaf of the system.

    kind       : antiresorptive, formation enhancer, dual or supplement
    usual      : dose, route and interval as on a label
    largest    : largest dose in a published trial, per route and in `unit`; beyond it results are extrapolated
    harms      : names of harms it can cause (rates: data/harms.toml; a word without rates there is a warning)
    exposure   : what it plugs into ports that only harms have, a module a port; built only where such a harm is asked for
    evidence   : human, animal or assumed; what its effect rests on here
    """

    name: str
    kind: str
    mechanism: str
    usual: str
    unit: str
    largest: dict[str, float]
    harms: tuple[str, ...]
    references: tuple[str, ...]
    evidence: str
    module: Module
    limits: str = ""
    exposure: tuple[Module, ...] = ()

    @property
    def routes(self) -> tuple[str, ...]:
        """Routes by which it can be given."""
        return tuple(self.largest)
