"""Where cells come from: marrow, fat, cord. One table each in data/cells/sources.toml, the same fields for all.

A field is a number with a 90 % interval and a provenance; `draw` turns it into values of an ensemble.
"""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from osteon.additions import cached, text_of
from osteon.errors import Fault, InputError, unknown
from osteon.io.table_fields import Field, collisions, field_faults, parsed

Array = NDArray[np.float64]
FIELDS = (
    "yield", "doubling_time", "doubling_slope", "doubling_age", "doublings", "life_doublings", "passage_cap", "diameter", "diameter_slope",
    "osteogenic", "adipogenic", "age_loss", "osteoporotic_donor", "secretome", "tissue_factor", "immunogenicity",
    "harvest_harm",
)  # fmt: skip
LATE_LOSS = (
    0.8  # of donor_potency_factor kept at each passage beyond the cap.  Source: assumed; bonab2006 (that it falls)
)
REFERENCE_PASSAGE, REFERENCE_AGE = 3, 30.0
HOURS_PER_DAY = 24.0
SOURCES_WIDTH = 2 * 1.6448536269514722  # of a 90 % interval, in standard deviations


@dataclass(frozen=True)
class Estimate:
    """A number with its 90 % interval, unit and provenance."""

    typical: float
    low: float
    high: float
    unit: str
    source: str

    def at(self, z: Array) -> Array:
        """Values at standard normal places z, (n,): log-normal where positive, else normal and not below zero."""
        if self.high <= self.low:
            return np.full(np.shape(z), self.typical)
        if self.low > 0:
            return np.asarray(self.typical * np.exp(math.log(self.high / self.low) / SOURCES_WIDTH * z))
        return np.maximum(self.typical + (self.high - self.low) / SOURCES_WIDTH * z, 0.0)


@dataclass(frozen=True)
class Source:
    """A cell source. `figures` by the names in FIELDS."""

    name: str
    subtype: str
    label: str
    figures: dict[str, Estimate]

    def __getitem__(self, name: str) -> Estimate:
        return self.figures[name]

    def doubling_time(self, passage: float, donor_age: float, z: Array | float = 0.0) -> Array:
        """Population doubling time.  [h]   donor_age in years; rises with passage and age at the source's own slopes."""
        z = np.asarray(z, float)
        old = max(0.0, donor_age - REFERENCE_AGE) / 10
        late = max(0.0, passage - REFERENCE_PASSAGE)
        slopes = (1 + self["doubling_slope"].typical * late) * (1 + self["doubling_age"].typical * old)
        return self["doubling_time"].at(z) * slopes

    def diameter(self, passage: float, spheroid: bool = False, z: Array | float = 0.0) -> Array:
        """Diameter in suspension.  [um]   Cells from 3D spheroids are small (ge2014: 12.6 um)."""
        z = np.asarray(z, float)
        if spheroid:
            return 12.6 * np.exp(0.08 * z)
        return self["diameter"].at(z) + self["diameter_slope"].typical * (passage - REFERENCE_PASSAGE)

    def potency(self, passage: float, donor_age: float, osteoporotic: bool, z: Array | float = 0.0) -> Array:
        """Osteogenic lean against young marrow cells at passage 3.  [1]"""
        return self["osteogenic"].at(np.asarray(z, float)) * self.donor_potency_factor(
            passage, donor_age, osteoporotic, z
        )

    def donor_potency_factor(
        self, passage: float, donor_age: float, osteoporotic: bool, z: Array | float = 0.0
    ) -> Array:
        """What age, disease and late passages leave of cells, 1 for a young and healthy donor at passage 3.  [1]

        It falls on what they secrete as on what they become; for secretion this is assumed.
        """
        old = max(0.0, donor_age - REFERENCE_AGE) / 10
        kept = (1 - self["age_loss"].typical) ** old
        late = max(0.0, passage - self["passage_cap"].typical)
        osteoporotic_share = self["osteoporotic_donor"].at(np.asarray(z, float)) if osteoporotic else 1.0
        return np.asarray(kept * LATE_LOSS**late * osteoporotic_share)


def source_of(name: str, subtype: str | None = None) -> Source:
    """A source by name, with what its subtype changes. Raises InputError with the nearest name."""
    table = _tables()
    if name not in table or name in ("subtype", "markers"):
        raise InputError(unknown("cell source", name, source_names()))
    rows = {**table[name], **(table["subtype"][subtype] if subtype else {})}
    figures = {f: _figure(rows[f]) for f in FIELDS}
    return Source(name, subtype or "", str(rows["label"]), figures)


def source_names() -> tuple[str, ...]:
    """Names of all sources."""
    return tuple(n for n in _tables() if n not in ("subtype", "markers"))


def markers() -> dict[str, Any]:
    """What a product is released by: markers present and absent, least viability."""
    return dict(_tables()["markers"])


def _figure(row: dict[str, Any]) -> Estimate:
    typical, low, high = (float(v) for v in row["value"])
    return Estimate(typical, low, high, row["unit"], row["source"])


@cache
def _shipped() -> dict[str, Any]:
    return tomllib.loads((files("osteon") / "data" / "cells" / "sources.toml").read_text(encoding="utf-8"))


@cached
def _tables() -> dict[str, Any]:
    """Tables that are shipped and those of the own folder in force. Raises InputError with every fault of the latter."""
    faults: list[Fault] = []
    own = parsed(text_of("cells/sources.toml"), PLACE, faults)
    faults += collisions(list(own), _shipped(), "cell source", PLACE)
    for name, row in own.items():
        faults += _faults(name, row)
    if faults:
        raise InputError(faults)
    return {**_shipped(), **own}


PLACE = "cells/sources.toml"


def listed_names() -> tuple[str, ...]:
    """Names of all sources, whatever may be wrong with the tables of an own folder."""
    own = parsed(text_of(PLACE), PLACE, [])
    return tuple(n for n in (*_shipped(), *own) if n not in ("subtype", "markers"))


def own_source_origins() -> list[tuple[str, str]]:
    """Places and sources of every figure of the sources of the own folder in force."""
    own = {n: t for n, t in _tables().items() if n not in _shipped()}
    return [(f"{n}.{f}", str(t[f]["source"])) for n, t in own.items() for f in FIELDS]


def _faults(name: str, row: Any) -> list[Fault]:
    """Everything that is wrong with a source of an own folder."""
    place = f"{PLACE} {name}"
    found = field_faults(
        row, place, {"label": Field(str, needed=True), **{f: Field(dict, needed=True) for f in FIELDS}}
    )
    for field in FIELDS if isinstance(row, dict) else ():
        figure = row.get(field)
        if isinstance(figure, dict):
            found += _figure_faults(figure, f"{place}.{field}", _shipped()["bone_marrow"][field]["unit"])
    return found


def _figure_faults(figure: dict[str, Any], place: str, unit: str) -> list[Fault]:
    fields = {
        "value": Field(list, needed=True),
        "unit": Field(str, needed=True, allowed=(unit,)),
        "source": Field(str, needed=True),
    }
    found = field_faults(figure, place, fields)
    value = figure.get("value")
    if isinstance(value, list):
        good = len(value) == 3 and all(
            isinstance(v, (int, float)) and not isinstance(v, bool) and math.isfinite(v) for v in value
        )
        if not good or not 0 <= value[1] <= value[0] <= value[2]:
            allowed = "[typical, low, high] of a 90 % interval, low <= typical <= high, none below 0"
            found.append(Fault("bad_interval", f"{place}.value", str(value), allowed, "", f"{place}.value is {value}."))
    return found
