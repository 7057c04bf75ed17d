"""Study files: a population, a design, arms, endpoints."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any, Self

from pydantic import Field, ValidationError, model_validator

from osteon.errors import Fault, InputError, unknown
from osteon.io import toml
from osteon.trial.files.fields import (
    Days,
    Identifier,
    Name,
    Record,
    Share,
    Span,
    Wrong,
    condition,
    faults_of,
    number,
    one_of,
)
from osteon.trial.files.names import AS, COVARIATES
from osteon.trial.files.parts import Cells, DrugRegimen, Habit, Override

MOST_PATIENTS = 10_000_000
_ALLOCATION = re.compile(r"[1-9]\d{0,2}(:[1-9]\d{0,2})*")


def number_fault(n: int) -> Fault | None:
    """What is wrong with a number of patients an arm, with the cost of one that is too large; None if it can be run."""
    if 1 <= n <= MOST_PATIENTS:
        return None
    cost = ""
    if n > MOST_PATIENTS:
        cost = f" It would need about {n * 4e3 / 1e9:.3g} GB on disk and {n / 250 / 3600:.3g} core hours an arm."
    return Fault("bad_number", "", n, f"1 to {MOST_PATIENTS}", "", f"{n} patients an arm cannot be run.{cost}")


class Population(Record):
    """Who is asked to take part: a named cohort, or distributions."""

    cohort: Identifier
    patients_per_arm: int = 100
    eligible: list[condition(COVARIATES)] = []  # type: ignore[valid-type]

    @model_validator(mode="after")
    def _number(self) -> Self:
        fault = number_fault(self.patients_per_arm)
        if fault:
            raise Wrong(fault)
        return self


class Background(Record):
    """What every arm gets."""

    name: one_of("background", ("calcium", "vitamin_d"))  # type: ignore[valid-type]
    dose: Any


class Design(Record):
    """Allocation, strata, visits, dropout."""

    duration: Span  # type: ignore[valid-type]
    visits: list[Days] = Field(..., min_length=1)  # type: ignore[valid-type]
    allocation: str | None = None
    strata: list[Identifier] = []
    dropout: number("1/year", 0, 5, "10 percent/year", "share lost per year") = 0.0  # type: ignore[valid-type]
    background: list[Background] = []

    @model_validator(mode="after")
    def _inside(self) -> Self:
        outside = [v for v in self.visits if not 0 <= v <= self.duration + 1e-9]
        if outside:
            months = outside[0] / 30.4375
            text = f"A visit at month {months:g} lies outside the study (0 to {self.duration / 30.4375:g} months)."
            raise Wrong(Fault("visit_outside", "", months, "", "", text))
        if sorted(set(self.visits)) != self.visits:
            raise Wrong(Fault("visits_order", "", "", "", "", "Visits must rise and be given once each."))
        if self.allocation is not None and not _ALLOCATION.fullmatch(self.allocation):
            text = f"'{self.allocation}' is not an allocation. Write one whole number for each arm, as in \"2:1:1\"."
            raise Wrong(Fault("bad_allocation", "", self.allocation, "", "", text))
        return self


class Arm(Record):
    """One arm."""

    name: Name
    regimen: list[DrugRegimen] = []
    cells: list[Cells] = []
    habit: list[Habit] = []
    override: list[Override] = []


class Endpoint(Record):
    """What is compared, when, and how."""

    name: Identifier
    visit: Days  # type: ignore[valid-type]
    as_: one_of("form", AS) = Field("percent_change", alias="as")  # type: ignore[valid-type]
    analysis: one_of("analysis", ("ancova", "t_test")) = "ancova"  # type: ignore[valid-type]
    compare: Name | None = None
    alpha: Share = Field(0.05, gt=0, lt=1)


class Uncertainty(Record):
    """Where parameters come from."""

    parameters: one_of("parameter source", ("none", "fit_ensemble")) = "fit_ensemble"  # type: ignore[valid-type]
    replicates: int = Field(1, ge=1, le=10_000)


class Study(Record):
    """A whole study."""

    format: int
    title: Name
    question: str = ""
    population: Population
    design: Design
    arm: list[Arm] = Field(..., min_length=1, max_length=50)
    endpoint: list[Endpoint] = Field(..., min_length=1)
    uncertainty: Uncertainty = Uncertainty()

    @model_validator(mode="after")
    def _agree(self) -> Self:
        names = [a.name for a in self.arm]
        double = {n for n in names if names.count(n) > 1}
        if double:
            raise Wrong(
                Fault("duplicate_name", "", sorted(double)[0], "", "", f"Two arms are named '{sorted(double)[0]}'.")
            )
        for e in self.endpoint:
            if e.compare is not None and e.compare not in names:
                raise Wrong(unknown("arm", e.compare, names))
            if not any(math.isclose(e.visit, v, abs_tol=1e-6) for v in self.design.visits):
                text = f"Endpoint '{e.name}' is read at month {e.visit / 30.4375:g}, which is not a visit."
                raise Wrong(Fault("no_such_visit", "", e.name, "", "", text))
        if self.design.allocation and len(self.design.allocation.split(":")) != len(names):
            text = f"The allocation '{self.design.allocation}' has not one number for each of the {len(names)} arms."
            raise Wrong(Fault("bad_allocation", "", self.design.allocation, "", "", text))
        return self

    def ratio(self) -> list[int]:
        """Allocation, one number an arm."""
        return [int(x) for x in self.design.allocation.split(":")] if self.design.allocation else [1] * len(self.arm)

    def features(self) -> tuple[str, ...]:
        """Features that this study needs and that are not built yet, by name."""
        return ("cells",) if any(a.cells for a in self.arm) else ()


def load_study(path: str | Path) -> Study:
    """Read a study file. Raises InputError with every fault."""
    return read_study(toml.read(path), Path(path).name)


def read_study(table: dict[str, Any], name: str = "study") -> Study:
    """A study from an already parsed table."""
    try:
        return Study.model_validate(table)
    except ValidationError as error:
        raise InputError(faults_of(error, name, Study)) from None
