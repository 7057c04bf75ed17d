"""Drugs: one leaf a mechanism, one card a drug. A run compiles in only those that its arms use."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from osteon.errors import InputError, unknown
from osteon.interventions.bisphosphonates import ALENDRONATE, IBANDRONATE, RISEDRONATE, ZOLEDRONATE
from osteon.interventions.card import Card
from osteon.interventions.denosumab import DENOSUMAB
from osteon.interventions.odanacatib import ODANACATIB
from osteon.interventions.oestrogen_receptor import ESTRADIOL, RALOXIFENE
from osteon.interventions.pth_analogues import ABALOPARATIDE, TERIPARATIDE
from osteon.interventions.sclerostin_antibody import BLOSOZUMAB, ROMOSOZUMAB
from osteon.model import Module

CARDS: dict[str, Card] = {
    card.name: card
    for card in (
        ALENDRONATE,
        RISEDRONATE,
        IBANDRONATE,
        ZOLEDRONATE,
        TERIPARATIDE,
        ABALOPARATIDE,
        RALOXIFENE,
        DENOSUMAB,
        ROMOSOZUMAB,
        BLOSOZUMAB,
        ODANACATIB,
        ESTRADIOL,
    )
}


def card(name: str) -> Card:
    """Card of a drug. Raises InputError with the nearest name."""
    if name not in CARDS:
        raise InputError(unknown("drug", name, CARDS))
    return CARDS[name]


def modules_for(names: Iterable[str]) -> tuple[Module, ...]:
    """Modules of the named drugs, in the order of the list above, each once.

    A member of a class brings the constants of its parent; where the parent is given too, they stand once.
    """
    wanted = {card(n).name for n in names}
    made: list[Module] = []
    known: set[str] = set()
    for c in CARDS.values():
        if c.name in wanted:
            twice = known.intersection(p.name for p in c.module.parameters)
            own = tuple(p for p in c.module.parameters if p.name not in twice)
            made.append(replace(c.module, parameters=own) if twice else c.module)
            known.update(p.name for p in own)
    return tuple(made)
