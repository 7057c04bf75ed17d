"""Rows of lists (`osteon list`): a name, what it is, and what is known of its kind."""

from __future__ import annotations

from dataclasses import dataclass

from osteon.io.rows import Row


@dataclass(frozen=True)
class NameRow(Row):
    """`list`: a name and what it is."""

    name: str
    about: str


@dataclass(frozen=True)
class OutputNameRow(NameRow):
    """`list outputs`, `list states`: with the unit."""

    unit: str


@dataclass(frozen=True)
class ParameterNameRow(NameRow):
    """`list parameters`: with value, unit, kind and source."""

    value: float
    unit: str
    kind: str
    source: str


@dataclass(frozen=True)
class HarmNameRow(NameRow):
    """`list harms`: with the hazard among the outputs, its background per 10,000 person-years, and the drugs behind it."""

    output: str
    background_per_10000: float
    drugs: list[str]


@dataclass(frozen=True)
class ReferenceNameRow(NameRow):
    """`list references`: with the identifier and whether it was confirmed against the title."""

    status: str
    identifier: str
    kind: str


@dataclass(frozen=True)
class EvidenceNameRow(NameRow):
    """`list evidence`: the record of a published number; `missing` names the fields that nobody has filled yet."""

    row: str
    endpoint: str
    value: float | None  # null where the source gives a direction alone
    unit: str
    citation: str
    identifier: str
    place: str
    quote: str
    reader: str
    read_on: str
    agrees: str
    confidence: str
    read_through: str
    missing: list[str]
    standing: str
    use: str
