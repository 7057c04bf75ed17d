"""What is given: drugs as regimens, cells as products on a route."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import Field

from osteon.cells.product import DISEASES, VEHICLES
from osteon.errors import InputError, unknown
from osteon.inputs.fields import CellAmount, Days, DrugDose, Finite, Length, Span, condition, one_of, quantity
from osteon.inputs.names import CELL_ROUTES, DONORS, PRODUCTS, REGULATORS, ROUTES, SITES, SOURCES, SUBTYPES
from osteon.inputs.people import reversed_range
from osteon.inputs.record import Found, RawTable, Record, at
from osteon.inputs.studied_range import EXTREME, HINT, LARGEST_CELLS, MEANT, times_studied
from osteon.interventions import CARDS
from osteon.io.conditions import ORDERINGS, Condition
from osteon.io.quantities import Quantity, parse

NEEDS_SITE = ("intramedullary", "local", "scaffold")
BASIS = {
    "cells": ("cells", "cells/kg"),
    "exosomes": ("particles", "particles/kg"),
    "secretome": ("mg", "mg/kg"),
    "vehicle": ("cells", "cells/kg"),
}


class DrugRegimen(Record):
    """Doses of one drug. Months count from month 0; the last dose lies strictly before `until`."""

    drug: Annotated[str, one_of("drug", CARDS)]
    dose: DrugDose
    route: Annotated[str, one_of("route", ROUTES)]
    every: Span | None = None
    start: Days = Field(0.0, alias="from")
    until: Days | None = None
    duration: Length | None = None
    rate: Any = None
    adherence: Finite = Field(1.0, ge=0, le=1)
    stop_when: Annotated[Condition, condition(operators=ORDERINGS)] | None = None
    hold_when: Annotated[Condition, condition(operators=ORDERINGS)] | None = None
    allow_unstudied_dose: bool = False
    allow_extreme: bool = False

    @classmethod
    def disagreements(cls, given: RawTable) -> Iterator[Found]:
        """Routes, doses and times that do not go together."""
        yield from reversed_range(given)
        yield from _timing(given)
        if given.get("drug") is not None:
            yield from _of_drug(given, given.get("drug"))

    def quantities(self) -> tuple[str, ...]:
        """Every name that its rules look at."""
        return tuple(c.quantity for r in (self.stop_when, self.hold_when) if r for c in (r, *r.also))

    @property
    def amount(self) -> float:
        """Dose in the unit of the drug's card."""
        return self.dose.convert(CARDS[self.drug].unit)

    @property
    def times_studied(self) -> float:
        """How many times the largest studied dose, or the densest studied schedule."""
        return times_studied(self.drug, self.route, self.amount, self.every)

    @property
    def extrapolated(self) -> bool:
        """Beyond what was studied, in the single dose or in the schedule."""
        return self.times_studied > 1 + 1e-9


def _timing(given: RawTable) -> Iterator[Found]:
    every, duration, adherence = given.get("every"), given.get("duration"), given.get("adherence")
    if duration == 0.0:
        message = "An infusion of 0 min is none."
        hint = "Leave the duration out for a dose that is given at once."
        yield at("duration", code="bad_duration", value=duration, message=message, hint=hint, allowed="above 0")
    if every is not None and duration is not None and duration > every:
        message = "The infusion lasts longer than the interval between doses; give it as one longer infusion."
        yield at("duration", code="overlap", value=duration, message=message, allowed=f"up to {every:g} days")
    if adherence is not None and adherence < 1 and "every" not in given:
        message = "Adherence below 1 skips doses of a repeated regimen; this one is a single dose."
        yield at(
            "adherence", code="contradiction", value=adherence, message=message, hint="Give 'every', or leave it out."
        )
    if given.get("route") == "oral" and duration:
        message = "A dose by mouth has no infusion time."
        yield at("duration", code="contradiction", value=duration, message=message)


def _of_drug(given: RawTable, drug: str) -> Iterator[Found]:
    card, dose, route = CARDS[drug], given.get("dose"), given.get("route")
    if route is not None and route not in card.routes:
        yield ("route",), unknown(f"{drug} route", route, card.routes)
    if dose is None:
        return
    if dose.parsed.exponents != Quantity(1.0, card.unit).parsed.exponents:
        message = f"A dose of {drug} is an amount in '{card.unit}', not '{dose.unit}'."
        yield at("dose", code="wrong_dimension", value=str(dose), allowed=card.unit, message=message)
        return
    if "rate" in given:
        yield from _rate(given, dose, card.unit)
    if route in card.routes and not any(given.get(k) for k in MEANT):
        times = times_studied(drug, route, dose.convert(card.unit), given.get("every"))
        most = card.largest[route]
        if times > EXTREME:
            message = f"{dose} is {times:.3g} times what was studied ({most:g} {card.unit} at most)."
            allowed = f"up to {EXTREME * most:g} {card.unit}"
            yield at("dose", code="extreme_dose", value=str(dose), allowed=allowed, message=message, hint=HINT)


def _rate(given: RawTable, dose: Quantity, unit: str) -> Iterator[Found]:
    """Amount = rate x duration, or the file says two things."""
    try:
        rate = parse(given.get("rate"), f"{unit}/day", "", 0.0)
    except InputError as error:
        yield ("rate",), error.faults[0]
        return
    duration, amount, each_day = given.get("duration"), dose.convert(unit), rate.convert(f"{unit}/day")
    if duration is None and "duration" not in given:
        hint = f'Write duration = "{1440 * amount / each_day:g} min".' if each_day else "Give a rate above 0."
        yield at(
            "rate",
            code="missing_key",
            value=str(rate),
            message="A rate needs a duration; amount = rate x duration.",
            hint=hint,
        )
    elif duration is not None and abs(each_day * duration - amount) > 1e-6 * max(each_day * duration, amount, 1e-12):
        message = f"Rate x duration is {each_day * duration:g} {unit}, but the dose is {dose}."
        yield at(
            "rate",
            code="disagreement",
            value=str(rate),
            message=message,
            hint="Leave the rate out, or correct one of the three.",
        )


class Donor(Record):
    """Who gave the cells. The age runs on the clock of the donor's species, by default the host's (see cell_hosts)."""

    species: Annotated[str, one_of("species", DONORS)] | None = None
    age: Annotated[float, quantity("days", 0, 40000, "8 weeks", "age of the donor")] | None = None
    disease: Annotated[str, one_of("donor disease", DISEASES)] = "none"
    match: Annotated[str, one_of("match", ("allogeneic", "autologous", "xenogeneic"))] = "allogeneic"


class Cells(Record):
    """A cell product and how it is given."""

    source: Annotated[str, one_of("cell source", SOURCES)]
    subtype: Annotated[str, one_of("cord subtype", SUBTYPES)] | None = None
    donor: Donor = Donor()
    passage: int = Field(3, ge=0, le=40)
    viability: Finite = Field(0.9, ge=0, le=1)
    pretreatment: list[Annotated[str, one_of("regulator", REGULATORS)]] = []
    product: Annotated[str, one_of("product", PRODUCTS)] = "cells"
    dose: CellAmount | None = None
    route: Annotated[str, one_of("cell route", CELL_ROUTES)]
    site: Annotated[str, one_of("site", SITES)] | None = None
    volume: Annotated[float, quantity("mL", 1e-6, 5000, "0.1 mL", "volume given")] | None = None
    infusion_time: Length | None = None
    at: list[Days] = Field(..., min_length=1)
    heparin: bool = False
    vehicle: Annotated[str, one_of("vehicle", VEHICLES)] | None = None
    allow_unstudied_dose: bool = False
    allow_extreme: bool = False

    @classmethod
    def disagreements(cls, given: RawTable) -> Iterator[Found]:
        """A dose without its basis, an extreme one, a site in the blood, days given twice."""
        yield from _basis(given, given.get("dose"), given.get("product"))
        if "dose" not in given and given.get("product") not in (None, "vehicle"):
            hint = 'Write dose = "2e6 cells/kg", with your own value.'
            yield at("dose", code="missing_key", message=f"The key 'dose' is needed and missing. {hint}", hint=hint)
        if given.get("infusion_time") == 0.0:
            message = "An infusion of 0 min is none."
            hint = "Leave infusion_time out for a dose that is given at once."
            yield at("infusion_time", code="bad_duration", value=0, message=message, hint=hint, allowed="above 0")
        source, subtype, days = given.get("source"), given.get("subtype"), given.get("at")
        if subtype is not None and source is not None and source != "umbilical_cord":
            message = f"A subtype belongs to cells of the umbilical cord, not of '{source}'."
            yield at("subtype", code="contradiction", value=subtype, message=message)
        if given.get("route") == "intravenous" and given.get("site") is not None:
            message = "Cells given into a vein go to no site of their own."
            yield at("site", code="contradiction", value=given.get("site"), message=message, hint="Leave the site out.")
        if given.get("route") in NEEDS_SITE and "site" not in given:
            hint = 'Write site = "femur_left", with the bone that is meant.'
            message = f"Cells by the route '{given.get('route')}' need the site they go to. {hint}"
            yield at("site", code="missing_key", message=message, hint=hint, allowed=", ".join(SITES))
        if days is not None and len(set(days)) < len(days):
            yield at(
                "at", code="duplicate_name", value="", message="A day stands twice; give each dose a day of its own."
            )

    @property
    def amount(self) -> Quantity:
        """The dose as it was written; none in a vehicle alone."""
        return self.dose or Quantity(0.0, "cells")

    @property
    def times_studied(self) -> float:
        """How many times the largest amount that was given, in any species."""
        return _times(self.amount)

    @property
    def extrapolated(self) -> bool:
        """Beyond the largest amount that was given, in any species."""
        return self.times_studied > 1 + 1e-9


def _basis(given: RawTable, dose: Quantity | None, product: str | None) -> Iterator[Found]:
    if product is None or dose is None:
        return
    allowed = BASIS[product]
    if all(dose.parsed.exponents != Quantity(1.0, u).parsed.exponents for u in allowed):
        message = f"A dose of {product} needs its basis: {' or '.join(allowed)}, not '{dose.unit}'."
        yield at("dose", code="missing_basis", value=str(dose), message=message, allowed=", ".join(allowed))
    elif product == "vehicle" and dose.value > 0:
        message = "A vehicle alone holds no cells: its dose is 0 cells, or is left out."
        yield at("dose", code="contradiction", value=str(dose), message=message, allowed="0 cells")
    elif _times(dose) > EXTREME and not any(given.get(k) for k in MEANT):
        message = f"{dose} is {_times(dose):.3g} times the largest amount that was given."
        yield at("dose", code="extreme_dose", value=str(dose), message=message, hint=HINT)


def _times(dose: Quantity) -> float:
    for unit, (most, _) in LARGEST_CELLS.items():
        if dose.parsed.exponents == Quantity(1.0, unit).parsed.exponents:
            return dose.convert(unit) / most
    return 0.0
