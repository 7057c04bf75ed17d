"""Whether a lot may be given: every criterion with its limit, its standard and what was measured; none is left out."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from osteon.cells.product import CellDose, left_alive
from osteon.inputs.cell_hosts import donor_match
from osteon.inputs.names import SOFT_TISSUES
from osteon.inputs.product import Product
from osteon.simulation.cell_products import USUAL_DONOR
from osteon.units import DAYS_PER_YEAR

DMSO_DENSITY = 1.1  # g/mL
SHORTEST_HOUR = 1.0  # a faster infusion is judged as one of an hour, as the limit is of an hour.  Source: USP <85>


@dataclass(frozen=True)
class Criterion:
    """One criterion of release. least, most: bounds of `measured`, in `unit`; result: what the test must say."""

    criterion: str
    words: str
    measured: float | str | None
    least: float | None
    most: float | None
    result: str | None
    unit: str
    passes: bool
    reason: str
    standard: str
    kind: str


def release_rows(product: Product) -> tuple[Criterion, ...]:
    """Every criterion of release for a lot, in the order of the table."""
    values = measured(product)
    return tuple(_judged(name, row, values.get(name), product) for name, row in _table().items())


def measured(product: Product) -> dict[str, float | str | None]:
    """What a lot shows against each criterion; None where it was not measured."""
    found: dict[str, float | str | None] = {
        f.alias or n: getattr(product.markers, n) for n, f in type(product.markers).model_fields.items()
    }
    tests = product.tests
    hours = max(24 * product.duration, SHORTEST_HOUR)
    per_kg = None if tests.endotoxin is None else tests.endotoxin * product.volume / product.weight / hours
    needle = None if product.viability is None else product.viability * left_alive(given_of(product), product.duration)
    dmso = product.dmso if product.state == "thawed" else 0.0
    return found | {
        "viability": product.viability,
        "viability_at_needle": needle,
        "endotoxin": per_kg,
        **{k: getattr(tests, k) for k in ("sterility", "mycoplasma", "viruses", "karyotype")},
        "passage": float(product.passage),
        "population_doublings": product.population_doublings,
        "dmso": None if dmso is None else dmso * product.volume * DMSO_DENSITY / product.weight,
        "potency_alp": product.potency.alp,
        "potency_mineral": product.potency.mineral,
    }


def given_of(product: Product, amount: float | None = None, days: tuple[float, ...] = (0.0,)) -> CellDose:
    """A lot as a dose.   amount : cells/kg, instead of the file's"""
    per_kg = product.dose.parsed.dimension == "cells/mass"
    own = product.dose.convert("cells/kg") if per_kg else product.dose.convert("cells") / product.weight
    age = product.donor.age
    young = product.source == "umbilical_cord"
    return CellDose(
        source=product.source, subtype=product.subtype, amount=own if amount is None else amount, basis="cells/kg",
        route=product.route, days=days, site=SOFT_TISSUES.get(product.route, None if product.route == "intravenous" else product.site),
        donor_age=0.0 if young else USUAL_DONOR if age is None else age / DAYS_PER_YEAR,
        donor_disease=product.donor.disease, match=donor_match(product.donor, "human"), passage=product.passage,
        viability=0.9 if product.viability is None else product.viability, pretreatment=tuple(product.pretreatment),
        volume=product.volume, infusion=product.duration, heparin=product.heparin, vehicle=product.vehicle,
        spheroid=product.culture == "spheroid", state=product.state,
    )  # fmt: skip


def _judged(name: str, row: dict[str, Any], value: float | str | None, product: Product) -> Criterion:
    least, most = (_limit(row.get(k), product) for k in ("least", "most"))
    unit, words = row.get("unit", ""), row["words"]
    if value is None:
        why = f"{words}: not measured."
    elif isinstance(value, str):
        why = "" if value == row["is"] else f"{words}: '{value}', where '{row['is']}' is asked."
    elif least is not None and value < least:
        why = f"{words}: {_number(value, unit)}, at least {_number(least, unit)} is asked."
    elif most is not None and value > most:
        why = f"{words}: {_number(value, unit)}, at most {_number(most, unit)} is allowed."
    else:
        why = ""
    why = why[:1].upper() + why[1:]
    return Criterion(name, words, value, least, most, row.get("is"), unit, not why, why, row["standard"], row["kind"])


def _limit(limit: Any, product: Product) -> float | None:
    """A limit; a name stands for a figure of the source."""
    if isinstance(limit, str):
        return given_of(product).origin[limit].typical
    return None if limit is None else float(limit)


def _number(value: float, unit: str) -> str:
    if unit == "1":
        return f"{100 * value:.3g} %" if value <= 1 else f"{value:.3g}"
    return f"{value:.3g} {unit}"


@cache
def _table() -> dict[str, dict[str, Any]]:
    return tomllib.loads((files("osteon") / "data" / "cells" / "release.toml").read_text(encoding="utf-8"))
