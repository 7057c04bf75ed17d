"""What is given: drugs as regimens, cells as products on a route."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import Field, PrivateAttr

from osteon.cells.product import DISEASES, VEHICLES
from osteon.cells.translation import PRIORS
from osteon.cells.translation import USUAL as USUAL_PRIOR
from osteon.errors import Fault, InputError, unknown
from osteon.inputs.fields import CellAmount, Days, DrugDose, Finite, Length, Span, condition, one_of, quantity
from osteon.inputs.names import (
    CELL_ROUTES,
    CELL_STATES,
    CULTURES,
    DONORS,
    NAMES_SOURCES,
    PRODUCTS,
    REGULATORS,
    ROUTES,
    SITES,
    SOFT_TISSUES,
    SUBTYPES,
)
from osteon.inputs.people import reversed_range
from osteon.inputs.record import Disagreement, RawTable, Record, at
from osteon.inputs.studied_range import EXTREME, HINT, LARGEST_CELLS, MEANT, times_studied
from osteon.interventions import CARDS
from osteon.interventions.animal_drugs import ANIMAL_CARDS, animal_drug, refusal, routes_in_animals
from osteon.io.conditions import ORDERINGS, Condition
from osteon.io.quantities import Quantity, parse

NEEDS_SITE = ("intramedullary", "local", "scaffold")
OTHER_NAMES = {"oestradiol": "estradiol", "sclerostin_antibody": "romosozumab", "opg-fc": "opg_fc", "OPG-Fc": "opg_fc"}
BASIS = {
    "cells": ("cells", "cells/kg"),
    "fibroblasts": ("cells", "cells/kg"),
    "exosomes": ("particles", "particles/kg", "ug protein", "ug protein/kg"),
    "secretome": ("mg", "mg/kg"),
    "vehicle": ("cells", "cells/kg"),
}


class DrugRegimen(Record):
    """Doses of one drug. Months count from month 0; the last dose lies strictly before `until`.

    A dose per kg, and a route that only animals have, are of a scenario with an animal: `for_human` and `for_animal` look.
    adherence : share of doses taken, in the mean of persons; adherence_sd : standard deviation between persons (studies)
    """

    drug: Annotated[str, one_of("drug", ANIMAL_CARDS)]
    dose: DrugDose
    route: Annotated[str, one_of("route", ROUTES)]
    every: Span | None = None
    start: Days = Field(0.0, alias="from")
    until: Days | None = None
    duration: Length | None = None
    rate: Any = None
    adherence: Finite = Field(1.0, ge=0, le=1)
    adherence_sd: Finite = Field(0.0, ge=0, lt=0.5)
    stop_when: Annotated[Condition, condition(operators=ORDERINGS)] | None = None
    hold_when: Annotated[Condition, condition(operators=ORDERINGS)] | None = None
    allow_unstudied_dose: bool = False
    allow_extreme: bool = False
    _host: tuple[str, str, float] | None = PrivateAttr(None)

    @classmethod
    def prepared(cls, table: Any) -> Any:
        """With the name that the drug has here."""
        other = (
            OTHER_NAMES.get(table["drug"]) if isinstance(table, dict) and isinstance(table.get("drug"), str) else None
        )
        return {**table, "drug": other} if other else table

    @classmethod
    def disagreements(cls, given: RawTable) -> Iterator[Disagreement]:
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
        """Dose in the unit of the drug's card; of an animal, for its body."""
        unit = ANIMAL_CARDS[self.drug].unit
        if not _per_kg(self.dose, unit):
            return self.dose.convert(unit)
        if self._host is None:
            raise InputError(f"A dose of {self.dose} needs the weight of the animal it is given to.")
        return self.dose.convert(f"{unit}/kg") * self._host[2]

    @property
    def times_studied(self) -> float:
        """How many times the largest studied dose, or the densest studied schedule; of an animal, the largest in any animal."""
        if self._host is None:
            return times_studied(self.drug, self.route, self.amount, self.every)
        species, strain, weight = self._host
        return self.amount / weight / animal_drug(self.drug, species, strain).largest[self.route]

    def given_to(self, species: str, strain: str, weight: float) -> None:
        """Keep which animal gets it.   weight : kg"""
        self._host = (species, strain, weight)

    @property
    def extrapolated(self) -> bool:
        """Beyond what was studied, in the single dose or in the schedule."""
        return self.times_studied > 1 + 1e-9


def _timing(given: RawTable) -> Iterator[Disagreement]:
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
    yield from _between_persons(given.get("adherence"), given.get("adherence_sd") or 0.0)
    if given.get("route") == "oral" and duration:
        message = "A dose by mouth has no infusion time."
        yield at("duration", code="contradiction", value=duration, message=message)


def _between_persons(adherence: float | None, sd: float) -> Iterator[Disagreement]:
    """A share between 0 and 1 of this mean can only differ so much."""
    if not sd:
        return
    mean = 1.0 if adherence is None else adherence
    most = math.sqrt(mean * (1 - mean))
    if sd >= most:
        message = f"Adherence of a mean of {mean:g} cannot differ between persons by a standard deviation of {sd:g}."
        hint = "Give the mean share as 'adherence', below 1." if most == 0 else ""
        allowed = f"below {most:.2g}" if most else "0"
        yield at("adherence_sd", code="contradiction", value=sd, message=message, hint=hint, allowed=allowed)


def _of_drug(given: RawTable, drug: str) -> Iterator[Disagreement]:
    card, dose, route = ANIMAL_CARDS[drug], given.get("dose"), given.get("route")
    routes = tuple(dict.fromkeys((*card.routes, *routes_in_animals(drug))))
    if route is not None and route not in routes:
        yield ("route",), unknown(f"{drug} route", route, card.routes)
    if dose is None:
        return
    if _per_kg(dose, card.unit):
        return
    if not _absolute(dose, card.unit):
        yield _wrong_dimension(drug, dose)
        return
    if "rate" in given:
        yield from _rate(given, dose, card.unit)
    if drug in CARDS and route in card.routes and not any(given.get(k) for k in MEANT):
        times = times_studied(drug, route, dose.convert(card.unit), given.get("every"))
        most = card.largest[route]
        if times > EXTREME:
            yield _extreme(dose, times, most, card.unit)


def for_human(given: RawTable) -> Iterator[Disagreement]:
    """Faults of regimens that only an animal could have."""
    for i, row in given.many("regimen", DrugRegimen):
        drug, dose, route = row.get("drug"), row.get("dose"), row.get("route")
        if drug is None:
            continue
        card = ANIMAL_CARDS[drug]
        if drug not in CARDS:
            yield ("regimen", i, "drug"), unknown("drug", drug, CARDS)
        elif route is not None and route not in card.routes and route in routes_in_animals(drug):
            yield ("regimen", i, "route"), unknown(f"{drug} route", route, card.routes)
        if dose is not None and _per_kg(dose, card.unit):
            where, fault = _wrong_dimension(drug, dose)
            yield ("regimen", i, *where), fault


def for_animal(given: RawTable, species: str, strain: str, weight: float) -> Iterator[Disagreement]:
    """Faults of regimens in an animal. What does not bind there is no fault of the file: the run refuses it by name."""
    for i, row in given.many("regimen", DrugRegimen):
        drug, dose, route = row.get("drug"), row.get("dose"), row.get("route")
        if drug is None or refusal(drug, species, strain):
            continue
        largest, unit = animal_drug(drug, species, strain).largest, ANIMAL_CARDS[drug].unit
        if route is not None and route not in largest:
            yield ("regimen", i, "route"), unknown(f"{drug} route in animals", route, largest)
        elif route is not None and dose is not None and not any(row.get(k) for k in MEANT):
            each = dose.convert(f"{unit}/kg") if _per_kg(dose, unit) else dose.convert(unit) / weight
            times = each / largest[route]
            if times > EXTREME:
                where, fault = _extreme(dose, times, largest[route], f"{unit}/kg")
                yield ("regimen", i, *where), fault


def _absolute(dose: Quantity, unit: str) -> bool:
    return dose.parsed.exponents == Quantity(1.0, unit).parsed.exponents


def _per_kg(dose: Quantity, unit: str) -> bool:
    """Whether a dose is one for each kg of body, of a drug that is counted by mass."""
    return dose.unit.endswith("/kg") and dose.parsed.exponents == Quantity(1.0, f"{unit}/kg").parsed.exponents


def _wrong_dimension(drug: str, dose: Quantity) -> Disagreement:
    unit = ANIMAL_CARDS[drug].unit
    message = f"A dose of {drug} is an amount in '{unit}', not '{dose.unit}'."
    return at("dose", code="wrong_dimension", value=str(dose), allowed=unit, message=message)


def _extreme(dose: Quantity, times: float, most: float, unit: str) -> tuple[tuple[str], Fault]:
    message = f"{dose} is {times:.3g} times what was studied ({most:g} {unit} at most)."
    allowed = f"up to {EXTREME * most:g} {unit}"
    where, fault = at("dose", code="extreme_dose", value=str(dose), allowed=allowed, message=message, hint=HINT)
    return (str(where[0]),), fault


def _rate(given: RawTable, dose: Quantity, unit: str) -> Iterator[Disagreement]:
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

    source: Annotated[str, one_of("cell source", NAMES_SOURCES)]
    subtype: Annotated[str, one_of("cord subtype", SUBTYPES)] | None = None
    donor: Donor = Donor()
    passage: int = Field(3, ge=0, le=40)
    viability: Finite = Field(0.9, ge=0, le=1)
    pretreatment: list[Annotated[str, one_of("regulator", REGULATORS)]] = []
    knocked_down: list[Annotated[str, one_of("regulator", REGULATORS)]] = []
    culture: Annotated[str, one_of("culture", CULTURES)] = "monolayer"
    product: Annotated[str, one_of("product", PRODUCTS)] = "cells"
    dose: CellAmount | None = None
    route: Annotated[str, one_of("cell route", CELL_ROUTES)]
    site: Annotated[str, one_of("site", SITES)] | None = None
    state: Annotated[str, one_of("state", CELL_STATES)] = "thawed"
    volume: Annotated[float, quantity("mL", 1e-6, 5000, "0.1 mL", "volume given")] | None = None
    infusion_time: Length | None = None
    at: list[Days] = Field(..., min_length=1)
    heparin: bool = False
    vehicle: Annotated[str, one_of("vehicle", VEHICLES)] | None = None
    translation_prior: Annotated[str, one_of("translation prior", tuple(PRIORS))] = USUAL_PRIOR
    allow_unstudied_dose: bool = False
    allow_extreme: bool = False

    @classmethod
    def disagreements(cls, given: RawTable) -> Iterator[Disagreement]:
        """A dose without its basis, an extreme one, a site in the blood, days given twice, a regulator up and down at once."""
        raised = given.get("pretreatment") or []
        for i, name in enumerate(given.get("knocked_down") or []):
            if name in raised:
                message = f"'{name}' is raised by pretreatment and knocked down at once."
                yield at("knocked_down", i, code="contradiction", value=name, message=message)
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
        if given.get("route") in SOFT_TISSUES and given.get("site") is not None:
            place = SOFT_TISSUES[given.get("route")]
            message = f"Cells by this route go into the {place}, and to no bone."
            yield at("site", code="contradiction", value=given.get("site"), message=message, hint="Leave the site out.")
        if given.get("source") == "umbilical_cord" and DISEASES.get((given.get("donor") or Donor()).disease):
            message = "The donor of a cord is the newborn, who has no osteoporosis."
            yield at("donor", "disease", code="contradiction", message=message, hint="Leave the disease out.")
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


def _basis(given: RawTable, dose: Quantity | None, product: str | None) -> Iterator[Disagreement]:
    if product is None or dose is None:
        return
    allowed = BASIS[product]
    unnamed = product == "exosomes" and not any(w in dose.unit for w in ("particles", "protein"))
    if unnamed or all(dose.parsed.exponents != Quantity(1.0, u).parsed.exponents for u in allowed):
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
