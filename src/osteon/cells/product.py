"""A cell product at the bedside: what it is, whether it would be released, how much of it is alive when it goes in."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from osteon.cells.regulators import lean
from osteon.cells.sources import Source, markers, source_of
from osteon.cells.translation import USUAL
from osteon.errors import InputError, unknown

Array = NDArray[np.float64]
BAG_LOSS = {"adipose": (0.097, 0.104), "umbilical_cord": (0.101, 0.063), "bone_marrow": (0.097, 0.104)}
# 1/h in Ringer's before and after BAG_TURN; nguyen2024 (fat, cord), marrow assumed as fat
BAG_TURN = 1.5  # h
FRESH = 1 / 3  # of the loss of thawed cells, in cells that were never frozen.  Source: assumed
ALBUMIN_LOSS = 0.01  # 1/h in a solution with albumin (0.007 to 0.03).  Source: derived, see cells.csv
DISEASES = {
    "none": False,
    "healthy": False,
    "osteoporosis": True,
    "osteoporotic": True,
    "op": True,
    "ovx": True,
}  # what a donor has -> whether her cells are those of osteoporosis; cells of other diseases are not in the model
VEHICLES = {
    "saline": False,
    "saline without albumin": False,
    "ringer": False,
    "ringer's lactate": False,
    "plasma-lyte": False,
    "dextrose": False,
    "pbs": False,
    "culture medium": False,
    "albumin": True,
    "saline with albumin": True,
    "saline with 1 % albumin": True,
    "saline with 2 % albumin": True,
    "saline with 5 % albumin": True,
    "ringer's lactate with albumin": True,
    "plasma-lyte with albumin": True,
    "plasma": True,
    "autologous plasma": True,
}  # what cells are given in -> whether there is albumin in it; the others are taken for Ringer's
HOMING = {"young": 1.0, "adult": 0.5, "osteoporotic": 0.25}  # towards SDF-1; sanghani2018
YOUNG_DONOR = 25.0  # years; donors below count as young.  Source: assumed


@dataclass(frozen=True)
class CellDose:
    """One line of cell doses. amount in `basis`: cells, cells/kg, particles, particles/kg, mg or mg/kg.

    donor_age in years of a person, by the donor's clock; infusion in days; volume in mL; days of the doses;
    spheroid : grown as spheroids and given as single cells; translation_prior : see osteon.cells.translation;
    inert : fibroblasts, the control that is as large and does nothing.
    """

    source: str
    amount: float
    basis: str
    route: str
    days: tuple[float, ...]
    subtype: str | None = None
    donor_age: float = 30.0
    donor_disease: str = "none"
    match: str = "allogeneic"
    passage: int = 3
    viability: float = 0.9
    pretreatment: tuple[str, ...] = ()
    product: str = "cells"
    site: str | None = None
    volume: float | None = None
    infusion: float = 0.0
    heparin: bool = False
    vehicle: str | None = None
    spheroid: bool = False
    translation_prior: str = USUAL
    knocked_down: tuple[str, ...] = ()
    inert: bool = False
    state: str = "thawed"

    def __post_init__(self) -> None:
        faults = [unknown("donor disease", self.donor_disease, DISEASES)] if self.donor_disease not in DISEASES else []
        if self.vehicle is not None and self.vehicle not in VEHICLES:
            faults.append(unknown("vehicle", self.vehicle, VEHICLES))
        if faults:
            raise InputError(faults)

    @property
    def origin(self) -> Source:
        """The source with all its figures."""
        return source_of(self.source, self.subtype)

    @property
    def osteoporotic_donor(self) -> bool:
        """Whether the donor has osteoporosis."""
        return DISEASES[self.donor_disease]

    def total(self, weight: float | Array) -> float | Array:
        """Amount of one dose in a body of `weight` kg: cells, particles or mg."""
        return self.amount * weight if self.basis.endswith("/kg") else self.amount


def bag_loss(given: CellDose) -> tuple[float, float]:
    """Rates at which cells die in the bag, before and after BAG_TURN.  [1/h]"""
    albumin = given.vehicle is not None and VEHICLES[given.vehicle]
    early, late = (ALBUMIN_LOSS, ALBUMIN_LOSS) if albumin else BAG_LOSS[given.source]
    slower = FRESH if given.state == "fresh" else 1.0
    return slower * early, slower * late


def left_alive(given: CellDose, days: float) -> float:
    """Share of the living cells still alive after a time in the bag.  [1]"""
    (early, late), hours = bag_loss(given), 24 * days
    return math.exp(-early * min(hours, BAG_TURN) - late * max(0.0, hours - BAG_TURN))


def bag_survival(given: CellDose) -> float:
    """Share of the living cells still alive when they leave a bag that drips for the time of the infusion.  [1]"""
    (early, late), hours = bag_loss(given), 24 * given.infusion
    if hours < 1e-6:
        return 1.0
    first = -math.expm1(-early * min(hours, BAG_TURN)) / early
    rest = -math.expm1(-late * max(0.0, hours - BAG_TURN)) / late * left_alive(given, BAG_TURN / 24)
    return (first + rest) / hours


def alive(given: CellDose) -> float:
    """Share of a dose that is alive at the needle.  [1]"""
    return given.viability * bag_survival(given) if given.product == "cells" else 0.0


def potency(given: CellDose, z: Array, folds: Mapping[str, Array] | None = None) -> Array:
    """Osteogenic lean of the product against young marrow cells, pre-treatment included.  [1]

    z : (n,) normal places; folds : regulator -> (n,) log2 folds of a full dose, typical where absent
    """
    raised = raised_by_pretreatment(given, folds)
    return np.asarray(given.origin.potency(given.passage, given.donor_age, given.osteoporotic_donor, z) * raised)


def raised_by_pretreatment(given: CellDose, folds: Mapping[str, Array] | None = None) -> Array:
    """RUNX2 of the cells against the same without pre-treatment or knock-down.  [1]   folds : as in `potency`"""
    return np.asarray(lean(_regulated(given), given.source, folds=folds)[0], float)


def _regulated(given: CellDose) -> dict[str, float]:
    """Regulators of the cells: 1 raised, -1 knocked down."""
    return dict.fromkeys(given.pretreatment, 1.0) | dict.fromkeys(given.knocked_down, -1.0)


def homing(given: CellDose) -> float:
    """How well the cells follow SDF-1, 1 for young donors.  [1]   Source: sanghani2018."""
    if given.osteoporotic_donor:
        return HOMING["osteoporotic"]
    return HOMING["young"] if given.donor_age < YOUNG_DONOR else HOMING["adult"]


def release(measured: Mapping[str, float], viability: float) -> tuple[str, ...]:
    """Why a product would not be released: one sentence for each marker or limit that fails; empty when it passes.

    measured : marker -> share of positive cells
    """
    limits = markers()
    why = [
        f"{m} is on {measured[m]:.0%} of cells; at least {limits['least_present']:.0%} is asked."
        for m in limits["present"]
        if measured.get(m, 0.0) < limits["least_present"] and m in measured
    ]
    why += [f"{m} was not measured." for m in (*limits["present"], *limits["absent"]) if m not in measured]
    why += [
        f"{m} is on {measured[m]:.0%} of cells; at most {limits['most_absent']:.0%} is allowed."
        for m in limits["absent"]
        if measured.get(m, 0.0) > limits["most_absent"]
    ]
    if viability < limits["least_viability"]:
        why.append(f"Viability is {viability:.0%}; at least {limits['least_viability']:.0%} is asked.")
    return tuple(why)
