"""Product files: one lot of a cell product, what was measured of it, how it is given; and, if wanted, a first trial of it.

What was not measured is left out: then the lot is not released by that criterion, and the file is still a good one.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

from pydantic import ConfigDict, Field, ValidationError

from osteon.cells.product import VEHICLES
from osteon.errors import InputError
from osteon.inputs.cell_hosts import host_faults
from osteon.inputs.dosing import Donor
from osteon.inputs.faults import faults_of
from osteon.inputs.fields import CellAmount, Finite, Length, Name, one_of, quantity
from osteon.inputs.names import CELL_ROUTES, CELL_STATES, CULTURES, NAMES_SOURCES, REGULATORS, SITES, SUBTYPES
from osteon.inputs.record import CONFIG, Disagreement, RawTable, Record, at
from osteon.io import toml

RULES = ("three_plus_three", "boin", "crm")
Share = Annotated[float, quantity("1", 0, 1, "97 percent", "share of cells")]
Fold = Annotated[float, Field(ge=0, le=1e4)]


class Markers(Record):
    """Surface markers: share of cells that carry each."""

    model_config = ConfigDict(**CONFIG, populate_by_name=False)

    CD73: Share | None = None
    CD90: Share | None = None
    CD105: Share | None = None
    CD45: Share | None = None
    CD34: Share | None = None
    CD14: Share | None = None
    CD19: Share | None = None
    CD79a: Share | None = None
    HLA_DR: Share | None = Field(None, alias="HLA-DR")


class Tests(Record):
    """Results of safety tests of the lot."""

    endotoxin: Annotated[float, quantity("EU/mL", 0, 1e6, "0.25 EU/mL", "in the final product")] | None = None
    sterility: Annotated[str, one_of("result", ("no growth", "growth", "pending"))] | None = None
    mycoplasma: Annotated[str, one_of("result", ("not detected", "detected", "pending"))] | None = None
    viruses: Annotated[str, one_of("result", ("not detected", "detected", "pending"))] | None = None
    karyotype: (
        Annotated[str, one_of("result", ("normal", "clonal abnormality", "non-clonal change", "pending"))] | None
    ) = None


class Potency(Record):
    """The potency assay: cells of the lot in osteogenic medium against the same cells without it (alp, mineral), and against
    young marrow cells of passage 3 in the same medium (..._of_marrow), which alone says how potent the lot is.
    """

    alp: Fold | None = None
    mineral: Fold | None = None
    alp_of_marrow: Fold | None = None
    mineral_of_marrow: Fold | None = None
    days: int = Field(14, ge=1, le=60)


class Product(Record):
    """A lot and how it is given."""

    name: Name
    source: Annotated[str, one_of("cell source", NAMES_SOURCES)]
    subtype: Annotated[str, one_of("cord subtype", SUBTYPES)] | None = None
    donor: Donor = Donor()
    passage: int = Field(..., ge=0, le=40)
    population_doublings: Finite | None = Field(None, ge=0, le=200)
    culture: Annotated[str, one_of("culture", CULTURES)] = "monolayer"
    pretreatment: list[Annotated[str, one_of("regulator", REGULATORS)]] = []
    state: Annotated[str, one_of("state", CELL_STATES)] = "thawed"
    viability: Share | None = None
    dmso: Annotated[float, quantity("1", 0, 0.2, "5 percent", "share of the volume")] | None = None
    vehicle: Annotated[str, one_of("vehicle", VEHICLES)]
    volume: Annotated[float, quantity("mL", 0.01, 2000, "100 mL", "volume of one dose")]
    infusion_time: Length | None = None
    rate: Annotated[float, quantity("mL/min", 1e-3, 1000, "2 mL/min", "speed of the infusion")] | None = None
    dose: CellAmount
    route: Annotated[str, one_of("cell route", CELL_ROUTES)] = "intravenous"
    site: Annotated[str, one_of("site", SITES)] | None = None
    heparin: bool = False
    weight: Annotated[float, quantity("kg", 30, 200, "66 kg", "body weight of who is given it")] = 66.0
    markers: Markers = Markers()
    tests: Tests = Tests()
    potency: Potency = Potency()

    @classmethod
    def disagreements(cls, given: RawTable) -> Iterator[Disagreement]:
        """A time and a rate that disagree, a fresh lot with cryoprotectant, a dose without its basis, sites and donors."""
        volume, time, rate, dose = (given.get(k) for k in ("volume", "infusion_time", "rate", "dose"))
        if volume and time and rate and abs(volume / rate / 1440 - time) > 0.02 * time:
            message = f"{volume:g} mL at {rate:g} mL/min take {volume / rate:.3g} min, not {1440 * time:.3g}."
            yield at("rate", code="disagreement", value=rate, message=message, hint="Leave one of them out.")
        if given.get("state") == "fresh" and given.get("dmso"):
            message = "A fresh lot was never frozen and holds no cryoprotectant."
            yield at("dmso", code="contradiction", value=given.get("dmso"), message=message)
        if dose is not None and dose.parsed.dimension not in ("cells", "cells/mass"):
            message = f"A dose of cells needs its basis: cells or cells/kg, not '{dose.unit}'."
            yield at("dose", code="missing_basis", value=str(dose), message=message, allowed="cells, cells/kg")
        source, subtype, route = given.get("source"), given.get("subtype"), given.get("route")
        if subtype is not None and source is not None and source != "umbilical_cord":
            message = f"A subtype belongs to cells of the umbilical cord, not of '{source}'."
            yield at("subtype", code="contradiction", value=subtype, message=message)
        if route == "intravenous" and given.get("site") is not None:
            message = "Cells given into a vein go to no site of their own."
            yield at("site", code="contradiction", value=given.get("site"), message=message, hint="Leave the site out.")
        if route in ("intramedullary", "local", "scaffold") and "site" not in given:
            message = f"Cells by the route '{route}' need the site they go to."
            yield at("site", code="missing_key", message=message, hint='Write site = "vertebra".')
        yield from _as_cells(given)

    @property
    def duration(self) -> float:
        """Time of the infusion.  [days]"""
        if self.infusion_time is not None:
            return self.infusion_time
        return self.volume / self.rate / 1440 if self.rate else 0.0


def _as_cells(given: RawTable) -> Iterator[Disagreement]:
    """Faults of the donor and the site against a person."""
    if isinstance(given.table, dict):
        for where, fault in host_faults(RawTable({"cells": [{**given.table, "at": []}]}, _Holder), "human"):
            yield where[2:], fault


class _Holder(Record):
    cells: list[Any] = []


class FirstInHuman(Record):
    """The first trial that is planned: rule of escalation, levels, proof of concept."""

    rule: Annotated[str, one_of("escalation rule", RULES)] = "three_plus_three"
    levels: int = Field(4, ge=1, le=8)
    step: Finite = Field(3.0, gt=1, le=10)
    target: Finite = Field(0.25, gt=0.05, lt=0.5)
    max_patients: int = Field(24, ge=3, le=200)
    patients_per_arm: list[Annotated[int, Field(ge=5, le=1000)]] = Field([20, 40, 80], min_length=1, max_length=6)
    doses: int = Field(1, ge=1, le=12)
    interval: Annotated[float, quantity("days", 1, 400, "28 days", "between doses of one patient")] = 28.0


class ProductFile(Record):
    """A whole product file."""

    format: int
    title: Name
    product: Product
    first_in_human: FirstInHuman = FirstInHuman()


def is_product(table: Any) -> bool:
    """Whether a file that was read is a product file."""
    return isinstance(table, dict) and "product" in table


def load_product(path: str | Path) -> ProductFile:
    """Read a product file. Raises InputError with every fault."""
    return read_product(toml.read(path), Path(path).name)


def read_product(table: dict[str, Any], name: str = "product") -> ProductFile:
    """A product file from an already parsed table."""
    try:
        return ProductFile.model_validate(table)
    except ValidationError as error:
        raise InputError(faults_of(error, name, ProductFile)) from None
