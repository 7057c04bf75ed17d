"""Pieces shared by scenario and study files: person, animal, regimen, habit, override, cells."""

from __future__ import annotations

from typing import Any, Self

from pydantic import Field, model_validator

from osteon.errors import Fault, unknown
from osteon.interventions import CARDS
from osteon.io.quantities import Quantity
from osteon.trial.files.fields import (
    Days,
    Dose,
    Finite,
    Identifier,
    Name,
    Record,
    Share,
    Span,
    Wrong,
    condition,
    number,
    one_of,
)
from osteon.trial.files.names import (
    CONDITIONS,
    FRACTURES,
    HABITS,
    PRODUCTS,
    ROUTES,
    SOURCES,
    SPECIES,
    SUBTYPES,
)  # fmt: skip

EXTREME = 1000.0  # times the largest studied dose
Age = number("years", 18.0, 110.0, "66 years", "age")
Span0 = number("days", 0.0, 40000.0, "15 min", "a length of time")


class Baseline(Record):
    """What was measured at month 0; what is not given follows from the person."""

    t_lumbar_spine: Finite | None = Field(None, ge=-8, le=6)
    t_total_hip: Finite | None = Field(None, ge=-8, le=6)
    t_femoral_neck: Finite | None = Field(None, ge=-8, le=6)
    turnover: Finite | None = Field(None, gt=0.1, le=6)
    vitamin_d: number("nmol/L", 5, 300, "60 nmol/L", "25-OH-D in serum") | None = None  # type: ignore[valid-type]
    calcium_intake: number("mg/day", 0, 5000, "900 mg/day", "calcium eaten") | None = None  # type: ignore[valid-type]


class Person(Record):
    """A person. Only age is needed."""

    age: Age  # type: ignore[valid-type]
    sex: one_of("sex", ("female", "male")) = "female"  # type: ignore[valid-type]
    years_since_menopause: number("years", 0, 80, "16 years", "since the final period") | None = None  # type: ignore[valid-type]
    surgical_menopause_at: number("years", 18, 60, "47 years", "age at surgery") | None = None  # type: ignore[valid-type]
    bmi: number("kg/m^2", 12, 60, "25 kg/m^2", "body mass index") | None = None  # type: ignore[valid-type]
    weight: number("kg", 30, 250, "66 kg", "body weight") | None = None  # type: ignore[valid-type]
    smoking: one_of("smoking habit", ("never", "former", "current")) = "never"  # type: ignore[valid-type]
    alcohol: number("units/day", 0, 30, "1 units/day", "alcohol") | None = None  # type: ignore[valid-type]
    prior_fractures: list[one_of("fracture", FRACTURES)] = []  # type: ignore[valid-type]
    baseline: Baseline = Baseline()

    @model_validator(mode="after")
    def _menopause(self) -> Self:
        since, at = self.years_since_menopause, self.surgical_menopause_at
        if self.sex == "male" and (since is not None or at is not None):
            raise Wrong(
                Fault("contradiction", "", "male", "", "", "A man has no menopause: leave the menopause keys out.")
            )
        if since is not None and at is not None:
            text = "Give either years_since_menopause or surgical_menopause_at, not both."
            raise Wrong(Fault("contradiction", "", "", "", "", text))
        if since is not None and self.age - since < 18:
            text = f"{since:g} years since menopause at age {self.age:g} would be a menopause before 18."
            raise Wrong(Fault("contradiction", "", since, "", "", text))
        if at is not None and at > self.age:
            raise Wrong(Fault("contradiction", "", at, "", "", "The surgery lies after the age of the person."))
        return self


class Animal(Record):
    """An animal and its condition."""

    species: one_of("species", SPECIES)  # type: ignore[valid-type]
    strain: Name = "unspecified"
    sex: one_of("sex", ("female", "male")) = "female"  # type: ignore[valid-type]
    age: number("days", 1, 10000, "16 weeks", "age at day 0")  # type: ignore[valid-type]
    condition: one_of("condition", CONDITIONS) = "intact"  # type: ignore[valid-type]
    condition_from: Days | None = None  # type: ignore[valid-type]


class DrugRegimen(Record):
    """Doses of one drug. Months count from month 0; the last dose lies strictly before `until`."""

    drug: one_of("drug", CARDS)  # type: ignore[valid-type]
    dose: Dose
    route: one_of("route", ROUTES)  # type: ignore[valid-type]
    every: Span | None = None  # type: ignore[valid-type]
    start: Days = Field(0.0, alias="from")  # type: ignore[valid-type]
    until: Days | None = None  # type: ignore[valid-type]
    duration: Span0 | None = None  # type: ignore[valid-type]
    rate: Any = None
    adherence: Share = Field(1.0, ge=0, le=1)
    stop_when: condition() | None = None  # type: ignore[valid-type]
    allow_extreme: bool = False

    @model_validator(mode="after")
    def _whole(self) -> Self:
        card = CARDS[self.drug]
        if self.route not in card.routes:
            raise Wrong(unknown(f"{self.drug} route", self.route, card.routes))
        if self.dose.parsed.exponents != _mass(card.unit):
            text = f"A dose of {self.drug} is an amount in '{card.unit}', not '{self.dose.unit}'."
            raise Wrong(Fault("wrong_dimension", "", str(self.dose), card.unit, "", text))
        if self.until is not None and self.until <= self.start:
            raise Wrong(Fault("reversed_range", "", "", "", "", "'until' lies before 'from': no dose would be given."))
        if self.duration is not None and self.every is not None and self.duration > self.every:
            text = "The infusion lasts longer than the interval between doses; give it as one longer infusion."
            raise Wrong(Fault("overlap", "", "", "", "", text))
        if self.rate is not None:
            self._agree()
        times = self.amount / card.largest[self.route]
        if times > EXTREME and not self.allow_extreme:
            text = f"{self.dose} is {times:.3g} times the largest studied dose. Write 'allow_extreme = true' if it is meant."
            raise Wrong(
                Fault("extreme_dose", "", str(self.dose), f"up to {card.largest[self.route]:g} {card.unit}", "", text)
            )
        return self

    def _agree(self) -> None:
        from osteon.io.quantities import parse
        from osteon.trial.files.fields import checked

        rate = checked(lambda t: parse(t, "mg/day", "", 0))(self.rate)
        if self.duration is None:
            raise Wrong(Fault("missing_key", "", "", "", "", "A rate needs a duration; amount = rate x duration."))
        given = rate.convert("mg/day") * self.duration
        if abs(given - self.dose.convert("mg")) > 1e-6 * max(given, 1e-12):
            text = f"Rate x duration is {given:g} mg, but the dose is {self.dose}."
            raise Wrong(Fault("disagreement", "", str(self.rate), "", "", text))

    @property
    def amount(self) -> float:
        """Dose in the unit of the drug's card."""
        return self.dose.convert(CARDS[self.drug].unit)

    @property
    def extrapolated(self) -> bool:
        """Beyond the largest studied dose."""
        return self.amount > CARDS[self.drug].largest[self.route] * (1 + 1e-9)


def _mass(unit: str) -> Any:
    return Quantity(1.0, unit).parsed.exponents


class Habit(Record):
    """A habit taken up or changed."""

    name: one_of("habit", HABITS)  # type: ignore[valid-type]
    kind: Name | None = None
    dose: Any = None
    start: Days = Field(0.0, alias="from")  # type: ignore[valid-type]
    until: Days | None = None  # type: ignore[valid-type]


class Override(Record):
    """A parameter changed by a factor or set to a value, from a month on."""

    parameter: Identifier
    factor: Finite | None = Field(None, ge=0, le=1e6)
    value: Finite | None = None
    start: Days | None = Field(None, alias="from")  # type: ignore[valid-type]
    until: Days | None = None  # type: ignore[valid-type]

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.factor is None) == (self.value is None):
            raise Wrong(Fault("missing_key", "", "", "", "", "Give either a factor or a value."))
        return self


class Donor(Record):
    """Who gave the cells."""

    age: number("days", 0, 40000, "8 weeks", "age of the donor") | None = None  # type: ignore[valid-type]
    disease: Name = "none"
    match: one_of("match", ("allogeneic", "autologous", "xenogeneic")) = "allogeneic"  # type: ignore[valid-type]


class Cells(Record):
    """A cell product and how it is given."""

    source: one_of("cell source", SOURCES)  # type: ignore[valid-type]
    subtype: one_of("cord subtype", SUBTYPES) | None = None  # type: ignore[valid-type]
    donor: Donor = Donor()
    passage: int = Field(3, ge=0, le=40)
    viability: Share = Field(0.9, gt=0, le=1)
    pretreatment: list[Name] = []
    product: one_of("product", PRODUCTS) = "cells"  # type: ignore[valid-type]
    dose: Dose
    route: one_of("route", ROUTES)  # type: ignore[valid-type]
    site: Identifier | None = None
    volume: number("mL", 1e-6, 5000, "0.1 mL", "volume given") | None = None  # type: ignore[valid-type]
    infusion_time: Span0 | None = None  # type: ignore[valid-type]
    at: list[Days] = Field(..., min_length=1)  # type: ignore[valid-type]
    heparin: bool = False
    vehicle: Name | None = None

    @model_validator(mode="after")
    def _basis(self) -> Self:
        allowed = {"cells": ("cells", "cells/kg"), "exosomes": ("particles", "particles/kg")}.get(
            self.product, ("mg", "mg/kg")
        )
        if not any(self.dose.parsed.exponents == Quantity(1.0, u).parsed.exponents for u in allowed):
            text = f"A dose of {self.product} needs its basis: {' or '.join(allowed)}."
            raise Wrong(Fault("missing_basis", "", str(self.dose), ", ".join(allowed), "", text))
        return self
