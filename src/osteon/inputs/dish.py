"""Dish files: cultures side by side, each with its cells, medium, regulators and blockers, compared with one of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError

from osteon.cells.regulators import nodes, regulators
from osteon.errors import Fault, InputError, unknown
from osteon.inputs.dosing import Donor
from osteon.inputs.faults import faults_of
from osteon.inputs.fields import Finite, Name, one_of, quantity
from osteon.inputs.names import NAMES_SOURCES, SUBTYPES
from osteon.inputs.record import Disagreement, RawTable, Record, at
from osteon.io import toml

MEDIA = ("basal", "osteogenic", "adipogenic")
DISH_READOUTS = ("cultured_cells", "committed", "fat_cells", "alp", "mineral")
NODES = tuple(nodes("bone_marrow"))


class Culture(Record):
    """One dish. regulators: dose against a full one, negative for a knock-down; blocked: nodes held down by a blocker."""

    name: Name
    source: Annotated[str, one_of("cell source", NAMES_SOURCES)]
    subtype: Annotated[str, one_of("cord subtype", SUBTYPES)] | None = None
    donor: Donor = Donor()
    passage: int = Field(3, ge=0, le=30)
    medium: Annotated[str, one_of("medium", MEDIA)] = "osteogenic"
    regulators: dict[str, Finite] = {}
    blocked: list[Annotated[str, one_of("node", NODES)]] = []
    secretion: Annotated[float, quantity("ug/mL", 0, 1000, "20 ug/mL", "factors secreted into the medium")] = 0.0
    days: Annotated[float, quantity("days", 0.1, 120, "14 days", "time in culture")] = 14.0

    @classmethod
    def disagreements(cls, given: RawTable) -> Iterator[Disagreement]:
        """Regulators that nobody knows, doses beyond a full one, a subtype of another source, a donor of another species."""
        for name, dose in (given.get("regulators") or {}).items():
            if name not in regulators():
                yield ("regulators", name), unknown("regulator", name, regulators())
            elif abs(dose) > 1:
                message = f"{dose:g} is more than a full dose of {name}, which is 1 (a knock-down: -1)."
                yield at("regulators", name, code="out_of_range", value=dose, message=message, allowed="-1 to 1")
        source, subtype, donor = given.get("source"), given.get("subtype"), given.one("donor", Donor)
        if subtype is not None and source is not None and source != "umbilical_cord":
            message = f"A subtype belongs to cells of the umbilical cord, not of '{source}'."
            yield at("subtype", code="contradiction", value=subtype, message=message)
        if donor is not None and "match" in donor:
            message = "A dish has no host that a donor could match."
            yield at("donor", "match", code="contradiction", value=donor.get("match"), message=message, hint="Leave it out.")  # fmt: skip


class DishFile(Record):
    """A whole dish file. compare: the dish that the others are held against, the first where it is not named."""

    format: int
    title: Name
    compare: Name | None = None
    of: list[Annotated[str, one_of("output", DISH_READOUTS)]] = Field(["alp", "mineral"], min_length=1)
    draws: int = Field(100, ge=0, le=2000)
    dish: list[Culture] = Field(..., min_length=1, max_length=100)

    @classmethod
    def disagreements(cls, given: RawTable) -> Iterator[Disagreement]:
        """Names that stand twice, or that are compared with and not there."""
        names = [n for _, t in given.many("dish", Culture) if (n := t.get("name")) is not None]
        for i, name in enumerate(names):
            if name in names[:i]:
                yield at(
                    "dish", i, "name", code="duplicate_name", value=name, message=f"Two dishes are named '{name}'."
                )
        other = given.get("compare")
        if other is not None and names and other not in names:
            fault = unknown("dish", other, names)
            yield ("compare",), Fault(fault.code, "", other, fault.allowed, fault.hint, fault.message)


def is_dish(table: Any) -> bool:
    """Whether a file that was read is a dish file."""
    return isinstance(table, dict) and "dish" in table


def load_dish(path: str | Path) -> DishFile:
    """Read a dish file. Raises InputError with every fault."""
    return read_dish(toml.read(path), Path(path).name)


def read_dish(table: dict[str, Any], name: str = "dish") -> DishFile:
    """A dish file from an already parsed table."""
    try:
        return DishFile.model_validate(table)
    except ValidationError as error:
        raise InputError(faults_of(error, name, DishFile)) from None
