"""Drugs: one leaf a mechanism, one card a drug. A run compiles in only those that its arms use."""

from __future__ import annotations

from collections.abc import Iterable

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
    """Modules of the named drugs, in the order of the list above, each once."""
    wanted = {card(n).name for n in names}
    return tuple(c.module for c in CARDS.values() if c.name in wanted)
