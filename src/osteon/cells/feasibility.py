"""From harvest to dose: can one donor make it, how long does it take, how many donors would it need."""

from __future__ import annotations

import math
from dataclasses import dataclass

from osteon.cells.sources import HOURS_PER_DAY, Source

LOSS_PER_PASSAGE = 0.2  # share of cells lost at each harvest and re-seeding.  Source: assumed
FIRST_CULTURE = 9.0  # days from isolation to the first passage.  Source: assumed


@dataclass(frozen=True)
class Plan:
    """What a dose asks of its donors. donors: 1 means that one is enough; days: of culture to the passage used."""

    passage: int
    cells_per_donor: float
    donors: int
    days: float
    within_cap: bool
    warning: str


def plan(source: Source, cells: float, passage: int, donor_age: float = 30.0) -> Plan:
    """Culture to `passage` from one harvest, against `cells` (all doses of all patients together)."""
    doublings = source["doublings"].typical
    grown = source["yield"].typical * (2**doublings * (1 - LOSS_PER_PASSAGE)) ** passage
    hours = sum(float(source.doubling_time(p, donor_age)) * doublings for p in range(1, passage + 1))
    donors = math.ceil(cells / grown)
    cap = passage <= source["passage_cap"].typical
    warning = (
        "" if cap else f"Passage {passage} is beyond the cap of {source['passage_cap'].typical:g} for {source.label}."
    )
    if donors > 1:
        more = f"{cells:.2g} cells at passage {passage} need about {donors} donors of {source.label}."
        warning = f"{warning} {more}".strip()
    return Plan(passage, grown, donors, FIRST_CULTURE + hours / HOURS_PER_DAY, cap, warning)
