"""Surface files: what cells of some sources do and risk over dose, route, infusion time and species, side by side.

There is no key for a wanted effect and none for a best dose: nobody knows one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError

from osteon.biology.species import HEALING_SITES
from osteon.cells.product import VEHICLES
from osteon.errors import InputError
from osteon.inputs.aliases import as_written, canonical
from osteon.inputs.faults import faults_of
from osteon.inputs.fields import Days, Finite, Identifier, Length, Name, Span, one_of, quantity
from osteon.inputs.names import CELL_ROUTES, DXA, NAMES_SOURCES, REGULATORS, SITES, SOFT_TISSUES
from osteon.inputs.record import Disagreement, RawTable, Record, at
from osteon.inputs.studied_range import HINT, HUMAN_CELLS_PER_KG, LARGEST_CELLS, MEANT
from osteon.io import toml

AXES = ("species", "sources", "routes", "doses", "infusion_times")
HOSTS = ("mouse", "rat", "rabbit", "dog", "human")
DOSE_RESPONSE_CONDITIONS = ("intact", "ovx", "cia", "glucocorticoid")
MAX_POINTS = 20_000
MAX_PARAMETER_DRAWS = 100_000
MAX_HOSTS = 10_000_000  # points times parameter draws
DOSE_RESPONSE_LARGEST = LARGEST_CELLS["cells/kg"][0]

Dose = Annotated[
    float, quantity("cells/kg", 1.0, 1000 * DOSE_RESPONSE_LARGEST, "2e6 cells/kg", "cells of one dose, dead ones too")
]


class DoseResponse(Record):
    """The grid: every species with every source, route, dose and infusion time."""

    species: list[Annotated[str, one_of("species", HOSTS)]] = Field(..., min_length=1)
    sources: list[Annotated[str, one_of("cell source", NAMES_SOURCES)]] = Field(..., min_length=1)
    routes: list[Annotated[str, one_of("cell route", CELL_ROUTES)]] = Field(..., min_length=1)
    doses: list[Dose] = Field(..., min_length=1, max_length=100)
    infusion_times: list[Length] = Field([0.0], min_length=1, max_length=100)
    site: Annotated[str, one_of("site", tuple(s for s in SITES if s not in HEALING_SITES))] = "femur_left"
    condition: Annotated[str, one_of("condition", DOSE_RESPONSE_CONDITIONS)] = "ovx"
    condition_from: Days = Field(-84.0, le=0)
    cohort: Identifier = "postmenopausal_osteoporosis"
    at: Span = 91.3125
    passage: int = Field(3, ge=0, le=40)
    viability: Finite = Field(0.9, ge=0, le=1)
    pretreatment: list[Annotated[str, one_of("regulator", REGULATORS)]] = []
    heparin: bool = False
    vehicle: Annotated[str, one_of("vehicle", VEHICLES)] | None = None
    parameter_draws: int = Field(200, ge=20, le=MAX_PARAMETER_DRAWS)
    allow_unstudied_dose: bool = False
    allow_extreme: bool = False

    @classmethod
    def disagreements(cls, given: RawTable) -> Iterator[Disagreement]:
        """Names, doses and times given twice, more points than can be run, doses far beyond any that was given."""
        for key in (*AXES, "pretreatment"):
            yield from _twice(key, given.get(key) or ())
        points = prod(max(1, len(given.get(k) or ())) for k in AXES)
        if points > MAX_POINTS:
            message = f"{points} points of the grid are more than {MAX_POINTS}."
            yield at("doses", code="too_many_points", value=points, message=message, allowed=f"up to {MAX_POINTS}")
        parameter_draws = given.get("parameter_draws") or 0
        if points * parameter_draws > MAX_HOSTS:
            message = f"{parameter_draws} parameter draws of {points} points cannot be run."
            allowed = f"up to {MAX_HOSTS // points}"
            yield at("parameter_draws", code="bad_number", value=parameter_draws, message=message, allowed=allowed)
        most = max(given.get("doses") or (0.0,))
        if most > 10 * DOSE_RESPONSE_LARGEST and not any(given.get(k) for k in MEANT):
            message = (
                f"{most:.3g} cells/kg is {most / DOSE_RESPONSE_LARGEST:.3g} times the largest dose that was given."
            )
            allowed = f"up to {10 * DOSE_RESPONSE_LARGEST:.3g} cells/kg"
            yield at("doses", code="extreme_dose", value=f"{most:.3g}", message=message, allowed=allowed, hint=HINT)
        yield from _unseen(given)

    def points(self) -> int:
        """How many points the grid has."""
        return prod(len(getattr(self, k)) for k in AXES)

    def cells(self, source: str, route: str) -> dict[str, Any]:
        """A cell product of the grid as a scenario writes it, at the first dose and time, on day 0."""
        table: dict[str, Any] = {"source": source, "route": route, "dose": f"{self.doses[0]!r} cells/kg"}
        table |= {"at": ["0 days"], "passage": self.passage, "viability": self.viability, "heparin": self.heparin}
        table |= {"pretreatment": self.pretreatment, "allow_unstudied_dose": True}
        table |= {"site": self.site} if route not in ("intravenous", *SOFT_TISSUES) else {}
        return table | ({"vehicle": self.vehicle} if self.vehicle else {})


def _twice(key: str, values: Sequence[Any]) -> Iterator[Disagreement]:
    for i, value in enumerate(values):
        if value in values[:i]:
            yield at(key, i, code="duplicate_name", value=value, message=f"'{value}' stands twice in {key}.")


def _unseen(given: RawTable) -> Iterator[Disagreement]:
    """A site of a person that DXA does not see has no outcome here."""
    site, routes = given.get("site"), given.get("routes") or ()
    treated = any(r not in ("intravenous", "intra_arterial") for r in routes)
    if site is not None and treated and "human" in (given.get("species") or ()) and site not in DXA:
        message = f"Densitometry of a person does not see '{site}', so an effect there has no outcome."
        yield at("site", code="contradiction", value=site, message=message, allowed=", ".join(DXA))


class DoseResponseFile(Record):
    """A whole dose-response file."""

    format: int
    title: Name
    question: str = Field("", max_length=2000)
    dose_response: DoseResponse


def extrapolated(species: str, dose: float) -> bool:
    """Whether a dose in cells/kg is beyond what that kind of host was given.

    >>> extrapolated("human", 1e7), extrapolated("mouse", 1e7)
    (True, False)
    """
    return dose > (HUMAN_CELLS_PER_KG if species == "human" else DOSE_RESPONSE_LARGEST) * (1 + 1e-9)


def is_dose_response(table: Any) -> bool:
    """Whether a file that was read is a dose-response file, under today's key or the old one."""
    return isinstance(table, dict) and ("dose_response" in table or "surface" in table)


def load_dose_response(path: str | Path) -> DoseResponseFile:
    """Read a dose-response file. Raises InputError with every fault."""
    return read_dose_response(toml.read(path), Path(path).name)


def read_dose_response(table: dict[str, Any], name: str = "dose_response") -> DoseResponseFile:
    """A dose-response file from an already parsed table."""
    try:
        return DoseResponseFile.model_validate(canonical(table, name))
    except ValidationError as error:
        raise InputError(as_written(faults_of(error, name, DoseResponseFile), table)) from None
