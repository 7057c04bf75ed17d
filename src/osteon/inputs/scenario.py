"""Scenario files: one typical person or animal, what is given, what is looked at."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

from pydantic import Discriminator, Field, PrivateAttr, Tag, ValidationError

from osteon.biology.species import body_of
from osteon.errors import Fault, InputError
from osteon.inputs.cell_hosts import host_faults
from osteon.inputs.dosing import Cells, DrugRegimen, for_animal, for_human
from osteon.inputs.faults import faults_of
from osteon.inputs.features import unbuilt
from osteon.inputs.fields import Days, Identifier, ModelQuantity, Name, Span, one_of
from osteon.inputs.names import AS
from osteon.inputs.people import Animal, Habit, Override, Person, overlaps
from osteon.inputs.record import Disagreement, RawTable, Record, at
from osteon.inputs.studied_range import with_permission
from osteon.io import toml
from osteon.io.event_rows import EventRow
from osteon.units import DAYS_PER_YEAR

MAX_TIMES = 20_000


def _form(value: Any) -> str:
    return "(list)" if isinstance(value, list) else "(step)"


Times = Annotated[
    Annotated[Span, Tag("(step)")] | Annotated[list[Days], Field(min_length=1), Tag("(list)")], Discriminator(_form)
]


class Output(Record):
    """What to report, when and how. `at` is a step or a list of times."""

    end: Span
    at: Times = 30.4375
    of: list[ModelQuantity] = Field(..., min_length=1)
    as_: Annotated[str, one_of("form", AS)] = Field("value", alias="as")
    draws: int = Field(0, ge=0, le=100_000)

    @classmethod
    def disagreements(cls, given: RawTable) -> Iterator[Disagreement]:
        """Times after the end, or too many of them."""
        end, times, names = given.get("end"), given.get("at"), given.get("of")
        if end is not None and isinstance(times, list):
            for i, time in enumerate(times):
                if time > end:
                    message = f"Day {time:g} lies after the end (day {end:g})."
                    yield at("at", i, code="bad_times", value=time, message=message, allowed=f"up to day {end:g}")
        elif end is not None and times is not None and end / times > MAX_TIMES:
            message = f"{end / times:.0f} times are more than {MAX_TIMES}."
            hint = f'Write at = "{end / 1000:g} days" for a thousand.'
            yield at(
                "at",
                code="too_many_times",
                value=f"{end / times:.0f}",
                message=message,
                allowed=str(MAX_TIMES),
                hint=hint,
            )
        for i, name in enumerate(names or ()):
            if name in names[:i]:
                yield at("of", i, code="duplicate_name", value=name, message=f"'{name}' stands twice.")

    def days(self) -> list[float]:
        """Times in days, rising; an explicit list is kept as written, sorted."""
        if isinstance(self.at, list):
            return sorted(set(self.at))
        count = int(self.end / self.at + 1e-9)
        return [i * self.at for i in range(count + 1)]


class Scenario(Record):
    """A whole scenario."""

    format: int
    title: Name | None = None
    person: Person | None = None
    animal: Animal | None = None
    regimen: list[DrugRegimen] = Field([], max_length=200)
    habit: list[Habit] = Field([], max_length=200)
    override: list[Override] = Field([], max_length=1000)
    cells: list[Cells] = Field([], max_length=200)
    events: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    compartments: list[Identifier] = Field([], max_length=200)
    allow_unstudied_dose: bool = False
    output: Output
    _rows: tuple[EventRow, ...] | None = PrivateAttr(None)
    _drugs: tuple[str, ...] = PrivateAttr(())

    @classmethod
    def prepared(cls, table: Any) -> Any:
        """With its permission on every dose."""
        return with_permission(table)

    @classmethod
    def disagreements(cls, given: RawTable) -> Iterator[Disagreement]:
        """Neither a person nor an animal, or both; habits and overrides that overlap."""
        if ("person" in given) == ("animal" in given):
            which = "both" if "person" in given else "neither"
            message = f"A scenario needs either [person] or [animal]; it has {which}."
            yield at(code="who", value=which, message=message, allowed="[person] or [animal]")
        if "animal" in given and given.get("events") is not None:
            message = "A table of events is for a person; an animal is given its drugs as regimens, by dose per kg."
            yield at("events", code="contradiction", value=given.get("events"), message=message)
        if given.get("compartments") and given.get("events") is None:
            message = "A list of compartments is read with a table of events, and there is none."
            yield at("compartments", code="contradiction", message=message, hint="Leave it out.")
        person, animal = given.one("person", Person), given.one("animal", Animal)
        if person is not None:
            age = person.get("age")
            yield from host_faults(given, "human", None if age is None else age * DAYS_PER_YEAR)
        elif animal is not None and animal.get("species") is not None:
            yield from host_faults(given, animal.get("species"), animal.get("age"))
        yield from _regimens(given)
        yield from overlaps(given.many("habit", Habit), "habit", "name")
        yield from overlaps(given.many("override", Override), "override", "parameter")

    def model_post_init(self, context: Any, /) -> None:
        """Every regimen knows which animal gets it."""
        super().model_post_init(context)
        if self.animal is not None:
            for regimen in self.regimen:
                regimen.given_to(self.animal.species, self.animal.strain, self.animal.usual_weight)

    def asked_for(self) -> list[str]:
        """Names that the scenario or its rules look at, or that it overrides."""
        assessment_days = [q for r in self.regimen for q in r.quantities()]
        return [*self.output.of, *assessment_days, *(o.parameter for o in self.override)]

    def attach(self, rows: tuple[EventRow, ...], drugs: tuple[str, ...]) -> None:
        """Keep the rows of the event table that the scenario names, and the drugs in them."""
        self._rows, self._drugs = rows, drugs

    def table(self) -> tuple[EventRow, ...]:
        """Rows of the event table. Raises InputError where it was not read with the file."""
        if self.events is not None and self._rows is None:
            text = "A table of events is read from beside a scenario file; this scenario has no folder."
            raise InputError(Fault("no_folder", "events", self.events, "", "", text))
        return self._rows or ()

    def drugs(self) -> set[str]:
        """Everything that is given, by regimens and by the table."""
        return {r.drug for r in self.regimen} | (set(self._drugs) if self.table() else set())

    def features(self) -> tuple[str, ...]:
        """Features that this scenario needs and that are not built yet, by name."""
        return unbuilt(self)


def _regimens(given: RawTable) -> Iterator[Disagreement]:
    """Regimens that do not go with who gets them."""
    for i, row in given.many("regimen", DrugRegimen):
        if sd := row.get("adherence_sd"):
            message = "Adherence differs between the persons of a study; a scenario is one person, whose share is 'adherence'."
            yield at("regimen", i, "adherence_sd", code="contradiction", value=sd, message=message, allowed="0")
    animal = given.one("animal", Animal)
    if animal is None:
        yield from for_human(given)
        return
    species = animal.get("species")
    if species is not None:
        weight = animal.get("weight") or body_of(species).weight
        yield from for_animal(given, species, animal.get("strain") or "unspecified", weight)


def load_scenario(path: str | Path) -> Scenario:
    """Read a scenario file. Raises InputError with every fault."""
    return read_scenario(toml.read(path), Path(path).name)


def read_scenario(table: dict[str, Any], name: str = "scenario") -> Scenario:
    """A scenario from an already parsed table."""
    try:
        return Scenario.model_validate(table)
    except ValidationError as error:
        raise InputError(faults_of(error, name, Scenario)) from None
