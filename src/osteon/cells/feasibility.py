"""From harvest to dose: what one donor gives, how long it takes, how many donors and production runs a trial would need.

Each passage multiplies by its doublings, of cells that still divide (senescence), less what is lost at harvest and drawn for
tests and retained samples; one thaw of the cell bank lies between. A lot is no larger than the largest that was published.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from osteon.cells.sources import HOURS_PER_DAY, Source

HARVESTED = 0.8  # share of cells that a harvest brings into the next passage.  Source: assumed; soder2025, padhiar2022 (95, 98 % at best)
NOT_DRAWN = 0.9  # share left after release tests and retained samples.  Source: assumed
THAWED = 0.8  # share of banked cells that attach after thawing.  Source: assumed
PRIMARY_DOUBLINGS = 4.0  # of a colony-forming cell before the first passage.  Source: assumed
SENESCENCE_STEEPNESS = 6.0  # of the share that still divides, about the doublings of a life.  Source: assumed
LARGEST_LOT = 4e10  # cells of one production run; soder2025 (3.7e10 in 50 L in 7 days)
FIRST_CULTURE = 9.0  # days from isolation to the first passage.  Source: assumed


@dataclass(frozen=True)
class Plan:
    """What a dose asks of its donors. donors: 1 means that one is enough; days: of culture to the passage used.

    cells_per_donor : all that one harvest can become, with its 90 % interval; cells_per_lot : of one production run
    lots : runs; dividing : share of the last passage that still divides
    """

    passage: int
    cells_per_donor: float
    donors: int
    days: float
    within_cap: bool
    warning: str
    cells_low: float = 0.0
    cells_high: float = 0.0
    cells_per_lot: float = 0.0
    lots: int = 0
    dividing: float = 1.0


def dividing(doublings: float, life: float) -> float:
    """Share of cells that still divide after so many doublings.  [1]   life : doublings after which half do

    >>> dividing(0.0, 25.0), dividing(25.0, 25.0)
    (1.0, 0.5)
    """
    return float(1 / (1 + (doublings / life) ** SENESCENCE_STEEPNESS))


def cells_at(source: Source, passage: int) -> tuple[float, float]:
    """(cells that one harvest becomes at a passage, share of them that still divides)."""
    each, life = source["doublings"].typical, source["life_doublings"].typical
    cells, done = source["yield"].typical * 2**PRIMARY_DOUBLINGS, PRIMARY_DOUBLINGS
    for number in range(1, passage + 1):
        grown = each * dividing(done, life)
        cells *= 2**grown * HARVESTED * NOT_DRAWN * (THAWED if number == 3 else 1.0)
        done += grown
    return cells, dividing(done, life)


def plan(source: Source, cells: float, passage: int, donor_age: float = 30.0) -> Plan:
    """Culture to `passage` from one harvest, against `cells` (all doses of all patients together)."""
    doublings = source["doublings"].typical
    grown, active = cells_at(source, passage)
    hours = sum(float(source.doubling_time(p, donor_age)) * doublings for p in range(1, passage + 1))
    lot = min(grown, LARGEST_LOT)
    donors, lots = math.ceil(cells / grown), math.ceil(cells / lot)
    cap = passage <= source["passage_cap"].typical
    warning = (
        "" if cap else f"Passage {passage} is beyond the cap of {source['passage_cap'].typical:g} for {source.label}."
    )
    if donors > 1:
        more = f"{cells:.2g} cells at passage {passage} need about {donors} donors of {source.label}."
        warning = f"{warning} {more}".strip()
    low, high = _interval(source, grown, passage)
    days = FIRST_CULTURE + hours / HOURS_PER_DAY
    return Plan(passage, grown, donors, days, cap, warning, low, high, lot, lots, active)


def _interval(source: Source, grown: float, passage: int) -> tuple[float, float]:
    """90 % of what one harvest becomes: its size and the doublings of every passage are not known together."""
    first, each = source["yield"], source["doublings"]
    parts = [
        math.sqrt(passage) * math.log(2) * (each.high - each.low) / 2
    ]  # passages vary each on its own.  Source: assumed
    if first.low <= 0:
        return 0.0, grown * math.exp(math.hypot(*parts, math.log(first.high / first.typical)))
    wide = math.hypot(*parts, math.log(first.high / first.low) / 2)
    return grown * math.exp(-wide), grown * math.exp(wide)
