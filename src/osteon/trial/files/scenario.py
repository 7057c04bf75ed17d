"""Scenario files: one typical person or animal, what is given, what is looked at."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

from pydantic import Field, ValidationError, model_validator

from osteon.errors import Fault, InputError
from osteon.io import toml
from osteon.trial.files.fields import Days, Identifier, Name, Record, Span, Wrong, faults_of, one_of
from osteon.trial.files.names import AS
from osteon.trial.files.parts import Animal, Cells, DrugRegimen, Habit, Override, Person

MOST_TIMES = 20_000


class Output(Record):
    """What to report, when and how. `at` is a step or a list of times."""

    end: Span  # type: ignore[valid-type]
    at: Span | list[Days] = 30.4375  # type: ignore[valid-type]
    of: list[Identifier] = Field(..., min_length=1)
    as_: one_of("form", AS) = Field("value", alias="as")  # type: ignore[valid-type]
    draws: int = Field(0, ge=0, le=100_000)

    @model_validator(mode="after")
    def _times(self) -> Self:
        if isinstance(self.at, list):
            late = [t for t in self.at if t > self.end]
            if late or not self.at:
                text = "A time lies after the end." if late else "The list of times is empty."
                raise Wrong(Fault("bad_times", "", "", "", "", text))
        elif self.end / self.at > MOST_TIMES:
            text = f"{self.end / self.at:.0f} times are more than {MOST_TIMES}."
            raise Wrong(Fault("too_many_times", "", "", str(MOST_TIMES), "", text))
        return self

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
    regimen: list[DrugRegimen] = []
    habit: list[Habit] = []
    override: list[Override] = []
    cells: list[Cells] = []
    output: Output

    @model_validator(mode="after")
    def _who(self) -> Self:
        if (self.person is None) == (self.animal is None):
            which = "both" if self.person else "neither"
            raise Wrong(
                Fault("who", "", which, "", "", f"A scenario needs either [person] or [animal]; it has {which}.")
            )
        return self

    def features(self) -> tuple[str, ...]:
        """Features that this scenario needs and that are not built yet, by name."""
        wanted = {"cells": bool(self.cells), "animal": self.animal is not None}
        return tuple(name for name, used in wanted.items() if used)


def load_scenario(path: str | Path) -> Scenario:
    """Read a scenario file. Raises InputError with every fault."""
    return read_scenario(toml.read(path), Path(path).name)


def read_scenario(table: dict[str, Any], name: str = "scenario") -> Scenario:
    """A scenario from an already parsed table."""
    try:
        return Scenario.model_validate(table)
    except ValidationError as error:
        raise InputError(faults_of(error, name, Scenario)) from None
