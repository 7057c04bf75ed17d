"""Names for the tab key: what may stand where a command takes a name. Only lists that need no model, so that a key answers at once."""

from __future__ import annotations

from osteon.report.cards import KINDS, names_of

SHOWN = ("drugs", "cohorts", "claims", "experiments", "sources", "regulators", "harms")  # lists that are there at once


def kinds() -> list[str]:
    """What `osteon list` lists."""
    return list(KINDS)


def names(*lists: str) -> list[str]:
    """Names of some lists, in their order."""
    return [row.name for kind in lists for row in names_of(kind)]


def shown() -> list[str]:
    """Names that `osteon show` has a card of, but for parts of the model, which take a model to list."""
    return names(*SHOWN)
