"""Drugs: one leaf a mechanism, one card a drug. A run compiles in only those that its arms use."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from osteon.additions import cached
from osteon.errors import InputError, unknown
from osteon.interventions.card import Card, Label, Schedule, Strength, Usual
from osteon.interventions.factories import antibody, class_member, small_molecule
from osteon.interventions.own_cards import own_cards
from osteon.interventions.shipped import SHIPPED
from osteon.model import Module


@cached
def _cards() -> dict[str, Card]:
    return {**SHIPPED, **own_cards()}


class Cards(Mapping[str, Card]):
    """Cards by name, looked up when they are asked for, so that those of the own folder in force are among them."""

    def __init__(self, look_up: Callable[[], Mapping[str, Card]]) -> None:
        self._look_up = look_up

    def __getitem__(self, name: str) -> Card:
        return self._look_up()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._look_up())

    def __len__(self) -> int:
        return len(self._look_up())


CARDS = Cards(_cards)


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
    return modules_of(c for c in CARDS.values() if c.name in wanted)


def modules_of(cards: Iterable[Card]) -> tuple[Module, ...]:
    """Modules of cards, parameters that several bring once."""
    made: list[Module] = []
    known: set[str] = set()
    for c in cards:
        twice = known.intersection(p.name for p in c.module.parameters)
        own = tuple(p for p in c.module.parameters if p.name not in twice)
        made.append(replace(c.module, parameters=own) if twice else c.module)
        known.update(p.name for p in own)
    return tuple(made)


__all__ = [
    "CARDS",
    "Cards",
    "SHIPPED",
    "Card",
    "Label",
    "Schedule",
    "Strength",
    "Usual",
    "antibody",
    "card",
    "class_member",
    "modules_for",
    "modules_of",
    "small_molecule",
]
