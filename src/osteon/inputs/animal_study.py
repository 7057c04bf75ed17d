"""Study files of animals: arms of one species with drugs and cells, from one table of an animal; sham arms among them.

[animal]             as in a scenario; an arm may change it ([arm.animal]), as a sham-operated arm does
[design]             animals_per_arm, duration, visits
[[arm]]              name, regimen, cells, override
[[endpoint]]         an output at a visit, held against another arm
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError

from osteon.errors import Fault, InputError, unknown
from osteon.inputs.dosing import Cells, DrugRegimen
from osteon.inputs.faults import faults_of
from osteon.inputs.fields import Days, Finite, Identifier, Name, one_of
from osteon.inputs.people import Animal, Override
from osteon.inputs.record import Disagreement, RawTable, Record, at
from osteon.inputs.scenario import Scenario, read_scenario
from osteon.io import toml

ANIMAL_STUDY_FORMS = ("value", "percent_change")


class AnimalDesign(Record):
    """How many animals, how long, and when they are looked at."""

    animals_per_arm: int = Field(..., ge=2, le=10_000)
    duration: Days
    visits: list[Days] = Field(..., min_length=1, max_length=500)

    @classmethod
    def disagreements(cls, given: RawTable) -> Iterator[Disagreement]:
        """Visits outside the study or out of order."""
        visits, end = given.get("visits") or [], given.get("duration")
        for i, day in enumerate(visits):
            if end is not None and not 0 <= day <= end + 1e-9:
                message = f"A visit on day {day:g} lies outside the study (0 to {end:g} days)."
                yield at("visits", i, code="visit_outside", value=day, message=message, allowed=f"0 to {end:g} days")
        if sorted(set(visits)) != visits:
            yield at("visits", code="visits_order", message="Visits must rise and be given once each.")


class AnimalArm(Record):
    """One arm. animal: what differs from the animal of the study, as condition = "intact" of sham-operated ones."""

    name: Name
    animal: dict[str, Any] = {}
    regimen: list[DrugRegimen] = Field([], max_length=200)
    cells: list[Cells] = Field([], max_length=200)
    override: list[Override] = Field([], max_length=1000)


class AnimalEndpoint(Record):
    """An output at a visit, as its value or as change from month 0, held against an arm."""

    name: Identifier
    visit: Days
    as_: Annotated[str, one_of("form", ANIMAL_STUDY_FORMS)] = Field("value", alias="as")
    compare: Name
    alpha: Finite = Field(0.05, gt=0, lt=1)


class AnimalStudy(Record):
    """A whole study of animals."""

    format: int
    title: Name
    question: str = Field("", max_length=2000)
    animal: Animal
    design: AnimalDesign
    arm: list[AnimalArm] = Field(..., min_length=1, max_length=50)
    endpoint: list[AnimalEndpoint] = Field(..., min_length=1, max_length=1000)
    draws: int = Field(100, ge=8, le=2000)

    @classmethod
    def disagreements(cls, given: RawTable) -> Iterator[Disagreement]:
        """Names, visits and arms that do not fit."""
        names = [g.get("name") for _, g in given.many("arm", AnimalArm)]
        for i, name in enumerate(names):
            if name is not None and name in names[:i]:
                yield at("arm", i, "name", code="duplicate_name", value=name, message=f"The arm '{name}' stands twice.")
        design = given.one("design", AnimalDesign)
        visits = (design.get("visits") if design else None) or []
        for i, endpoint in given.many("endpoint", AnimalEndpoint):
            other, visit = endpoint.get("compare"), endpoint.get("visit")
            if other is not None and other not in names:
                yield ("endpoint", i, "compare"), unknown("arm", other, [n for n in names if n])
            if visit is not None and visits and visit not in visits:
                message = f"Day {visit:g} is no visit of the study."
                allowed = ", ".join(f"{v:g} days" for v in visits[:20])
                yield at("endpoint", i, "visit", code="no_visit", value=visit, message=message, allowed=allowed)
            if endpoint.get("as") == "percent_change" and 0 not in visits:
                message = "A change needs a visit on day 0."
                yield at(
                    "endpoint", i, "as", code="no_baseline", message=message, hint='Put "0 days" among the visits.'
                )


def is_animal_study(table: Any) -> bool:
    """Whether a file that was read is a study of animals: arms, and an animal in place of a population."""
    return isinstance(table, dict) and "arm" in table and "animal" in table and "population" not in table


def read_animal_study(table: dict[str, Any], name: str = "study") -> tuple[AnimalStudy, tuple[Scenario, ...]]:
    """A study and the scenario of every arm, from a parsed table. Raises InputError with every fault, each once."""
    faults: list[Fault] = []
    study: AnimalStudy | None = None
    try:
        study = AnimalStudy.model_validate(table)
    except ValidationError as error:
        faults += faults_of(error, name, AnimalStudy)
    scenarios = _scenarios(table, name, faults)
    seen = {f.message for f in faults[: len(faults)]}
    if faults or study is None:
        raise InputError(_once(faults, seen))
    return study, scenarios


def _once(faults: list[Fault], messages: set[str]) -> list[Fault]:
    found: list[Fault] = []
    for fault in faults:
        if fault.message in messages:
            found.append(fault)
            messages.discard(fault.message)
    return found


def _scenarios(table: dict[str, Any], name: str, faults: list[Fault]) -> tuple[Scenario, ...]:
    """Every arm as a scenario; what is wrong with one is added to the faults."""
    arms, animal, design = table.get("arm"), table.get("animal"), table.get("design")
    if not isinstance(arms, list) or not isinstance(animal, dict) or not isinstance(design, dict):
        return ()
    ends = table.get("endpoint")
    of = [e.get("name") for e in ends if isinstance(e, dict)] if isinstance(ends, list) else []
    found = []
    for i, arm in enumerate(arms, 1):
        if not isinstance(arm, dict):
            continue
        try:
            found.append(read_scenario(_of_arm(arm, animal, design, of), f"{name} [arm.{i}]"))
        except InputError as error:
            faults += list(error.faults)
    return tuple(found)


def _of_arm(arm: dict[str, Any], animal: dict[str, Any], design: dict[str, Any], of: list[Any]) -> dict[str, Any]:
    changes = arm.get("animal") if isinstance(arm.get("animal"), dict) else {}
    own = {**animal, **(changes or {})}
    if own.get("condition") == "intact":
        own.pop("condition_from", None)
    output = {"end": design.get("duration"), "at": design.get("visits"), "of": list(dict.fromkeys(of))}
    return {
        "format": 1,
        "animal": own,
        **{k: arm[k] for k in ("regimen", "cells", "override") if k in arm},
        "output": output,
    }


def load_animal_study(path: str | Path) -> tuple[AnimalStudy, tuple[Scenario, ...]]:
    """Read a study of animals. Raises InputError with every fault."""
    return read_animal_study(toml.read(path), Path(path).name)
