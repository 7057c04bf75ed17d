"""Published effects of drugs in animals: one comparison a row, with the design that gave it and the role it was set beforehand.

`data/animal_drugs.csv` holds what was read of each study; `data/animal_effects.csv` those rows that a model of animals can be
held against, with the design worked out (what the paper does not say is assumed, and its note says so).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from functools import lru_cache

from osteon.errors import Fault
from osteon.evidence.lint import Row, a_number, filled, interval, load, number, one_of

CONTRASTS = (
    "percent_vs_untreated",
    "percent_vs_sham",
    "percent_vs_baseline",
    "direction_vs_untreated",
    "direction_vs_sham",
)
SCORED_ROLES = ("calibrate", "holdout")
READ = (
    "id", "study", "species", "strain", "sex", "age_weeks", "condition", "condition_weeks_before_treatment", "drug", "dose",
    "dose_unit", "schedule", "route", "duration_weeks", "site", "endpoint", "statistic", "value", "lo", "hi",
    "kind_of_spread", "n", "reference", "doi_or_pmid", "confidence", "suggested_role", "note",
)  # columns of animal_drugs.csv  # fmt: skip


@dataclass(frozen=True)
class AnimalEffect:
    """One comparison.

    row      : of animal_drugs.csv; condition, delay_weeks: what was done, and how long before day 0 (NaN: nothing)
    drug     : empty for the natural course; every_days: NaN for one dose; stop_week: NaN where dosing goes on to the end
    contrast : percent or direction (1, 0, -1) against an animal without the drug, an intact one, or its own day 0
    """

    id: str
    row: str
    study: str
    species: str
    strain: str
    sex: str
    age_weeks: float
    weight: float
    condition: str
    delay_weeks: float
    drug: str
    dose: str
    every_days: float
    route: str
    weeks: float
    stop_week: float
    output: str
    contrast: str
    value: float
    lo: float
    hi: float
    role: str
    note: str


ANIMAL_EFFECT_COLUMNS = tuple(f.name for f in fields(AnimalEffect))
_NUMBERS = ("age_weeks", "weight", "delay_weeks", "every_days", "weeks", "stop_week", "value", "lo", "hi")


def _direction(place: str, row: Row) -> Iterable[Fault]:
    if row["contrast"].startswith("direction") and number(row["value"]) not in (-1.0, 0.0, 1.0):
        text = f"{place}: a direction is 1, 0 or -1, not {row['value']!r}."
        yield Fault("bad_value", place, row["value"], "1, 0 or -1", "", text)


def _known(place: str, row: Row) -> Iterable[Fault]:
    if row["row"] not in _read_ids():
        text = f"{place}: animal_drugs.csv has no row {row['row']!r}."
        yield Fault("no_row", place, row["row"], "an id of animal_drugs.csv", "", text)


_CHECKS = (
    filled("study", "species", "output", "contrast", "row"),
    a_number("value", needed=True),
    a_number("age_weeks", needed=True, low=1),
    a_number("weeks", needed=True, low=0.1),
    *(a_number(c) for c in _NUMBERS),
    one_of("contrast", CONTRASTS),
    one_of("role", SCORED_ROLES),
    interval,
    _direction,
    _known,
)


@lru_cache(maxsize=1)
def _read_ids() -> frozenset[str]:
    return frozenset(r["id"] for r in load("animal_drugs.csv", READ, (filled("study", "species", "endpoint"),)))


@lru_cache(maxsize=1)
def load_animal_effects() -> tuple[AnimalEffect, ...]:
    """Every comparison, in the order of the file. Raises CorruptData with every fault."""
    made = []
    for row in load("animal_effects.csv", ANIMAL_EFFECT_COLUMNS, _CHECKS):
        values: dict[str, object] = {c: row[c] for c in ANIMAL_EFFECT_COLUMNS}
        values |= {k: number(row[k]) for k in _NUMBERS}
        made.append(AnimalEffect(**values))  # type: ignore[arg-type]
    return tuple(made)
