"""Regimen: the type of a dose. Dosing is data, never model text."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Regimen:
    """One drug or product, given in one way, once or again and again.

    target   : name of the drug or product, as in the model's entries
    route    : as in the entries
    amount   : per dose, in the entry's unit (mg, ug, cells …)
    start    : day of the first dose (day 0 = start of observation; negative = before it)
    every    : days between doses; None = a single dose
    until    : last dose strictly before this day; None = to the end of the simulation
    duration : days of infusion; 0 = bolus
    adherence: share of doses taken, 0 to 1
    stop_when: conditions (quantity, operator, threshold) looked at on dosing days; when all hold the rest is dropped
    hold_when: the same; when all hold this dose is skipped, and the next dosing day is looked at again
    """

    target: str
    route: str
    amount: float
    start: float = 0.0
    every: float | None = None
    until: float | None = None
    duration: float = 0.0
    adherence: float = 1.0
    stop_when: tuple[tuple[str, str, float], ...] = ()
    hold_when: tuple[tuple[str, str, float], ...] = ()
