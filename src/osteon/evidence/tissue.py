"""Tissue: histomorphometry, mineralisation, QCT, porosity and periods of bone, one published number a row, by whole study.

A study is fitted or held out as a whole. Within a fitted study some rows are only checked (`same_cohort_check`): what they show needs
an observation that the model does not make, and their agreement is not independent. `reference` rows hold no measurement of a mean.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass

from osteon.additions import cached
from osteon.errors import Fault
from osteon.evidence.lint import CONFIDENCES, Row, a_number, filled, interval, load, number, one_of
from osteon.evidence.measurement import sample_size_in

TISSUE_ROW_ROLES = ("calibrate", "holdout", "same_cohort_check", "reference")
TISSUE_SPREADS = ("", "SD", "SE", "CI95", "range")
TISSUE_BOUNDS = ("", "upper", "lower")  # the figure is a bound of the value: "more than 80 % less"
TISSUE_UNITS = (
    "percent", "um", "percent per year", "days", "ratio", "percent of total bone surface", "wt% Ca", "per mm2", "um per day",
    "per mm3", "per year", "fraction", "per cm2", "mg per day", "years", "um2", "mg HA", "percent per decade", "weeks", "um per year",
    "years after FMP", "years before FMP", "months", "percent per day", "per day", "flag",
)  # fmt: skip
TISSUE_COLUMNS = (
    "id", "study", "population", "arm", "drug", "regimen", "site", "endpoint", "months", "statistic", "value", "unit", "lo", "hi",
    "kind_of_spread", "bound", "reference", "doi_or_pmid", "confidence", "role", "note",
)  # fmt: skip


@dataclass(frozen=True)
class TissueRow:
    """One number. months: after the first dose or the event in `arm`, NaN = not a time; lo, hi as `spread` says; NaN = not published."""

    id: str
    study: str
    population: str
    arm: str
    drug: str
    regimen: str
    site: str
    endpoint: str
    months: float
    statistic: str
    value: float
    unit: str
    lo: float
    hi: float
    spread: str
    bound: str
    reference: str
    doi_or_pmid: str
    confidence: str
    role: str
    note: str


@dataclass(frozen=True)
class Kind:
    """How far a kind of measurement is off. scale: "log" (of the value, or of 1 + percent/100) or "points" (the row's own unit)."""

    name: str
    pattern: str
    scale: str
    sd: float


TISSUE_ROW_KINDS = (
    Kind(
        "turnover rate",
        r"activation_frequency|\bBFR|BFR/|remodelling_rate|resorption_rate_tissue|formation_rate_tissue",
        "log",
        0.35,
    ),
    Kind("marker", r"^(NTX|CTX|P1NP|BSAP|osteocalcin|deoxypyridinoline)", "log", 0.25),
    Kind("shape of mineralisation", r"^Ca(Low|High|Width)", "log", 0.25),
    Kind("mineralisation", r"^Ca(Mean|Peak)|MDMB|mineral_content|mineralisation_change", "points", 0.6),
    Kind("cortical density", r"cortical_vBMD", "points", 0.7),
    Kind("density", r"vBMD", "points", 1.0),
    Kind("areal density", r"aBMD|BMC", "points", 0.6),
    Kind("pores", r"poros|pore_", "points", 6.0),
    Kind("strength", r"strength|failure_load|stiffness|compressive", "points", 2.5),
    Kind("thickness of the cortex", r"cortical_thickness|cortical_mass|endocortical_thickness", "points", 1.0),
    Kind("structure", r"BV/TV_|Tb(N|Th|Sp)_|bone_volume_change|bone_area|plate_|rod_|star_volume|TbTh", "points", 4.0),
    Kind("share", r"share|prevalence|osteoporosis_|variance|range|artefact", "points", 8.0),
    Kind("level", r"", "log", 0.25),
)  # the last takes what no other does.  Source: assumed from repeats of biopsies and of scans (tissue notes of decision 16)
CHANGE = re.compile(r"_change|_difference|_ratio_to|_v_premenopause")


def kind_of(row: TissueRow) -> Kind:
    """The kind of measurement of a row: the first whose pattern its endpoint shows; cortical sites have the cortical density."""
    kind = next(k for k in TISSUE_ROW_KINDS if re.search(k.pattern, row.endpoint))
    if kind.name == "density" and "cort" in row.site:
        kind = next(k for k in TISSUE_ROW_KINDS if k.name == "cortical density")
    if kind.scale == "log" and row.value <= (-100 if relative(row) else 0):
        return Kind(kind.name, kind.pattern, "points", 8.0)  # no log of nothing: a share or a change to none
    return kind


def relative(row: TissueRow) -> bool:
    """Whether a row is a relative change in percent."""
    return row.unit == "percent" and bool(CHANGE.search(row.endpoint))


def on_scale(row: TissueRow, value: float) -> float:
    """A value of the row's unit on the scale of its error."""
    if kind_of(row).scale == "points":
        return value
    return math.log(max(1 + value / 100, 1e-3)) if relative(row) else math.log(max(value, 1e-12))


def tissue_sd(row: TissueRow) -> float:
    """Standard deviation of a published figure on the scale of its error, without what a model cannot reproduce.

    From its spread where one is published: SE, CI95 / 3.92, SD over the root of the persons behind it (20 where not given),
    range / 4 over the same root; never below a third of the kind's own, which holds how methods and centres differ. Else the kind's own.
    """
    own = kind_of(row).sd
    width = abs(on_scale(row, row.hi) - on_scale(row, row.lo)) if math.isfinite(row.lo + row.hi) else math.nan
    persons = sample_size_in(f"{row.population} {row.note}")
    root = math.sqrt(persons if math.isfinite(persons) else 20.0)
    by = {"SE": 2.0, "CI95": 3.92, "SD": 2.0 * root, "range": 4.0 * root}
    if row.spread not in by or not math.isfinite(width):
        return own
    return max(width / by[row.spread], own / 3)


_CHECKS = (
    filled("study", "site", "endpoint", "statistic", "unit", "reference"),
    a_number("value", needed=True),
    a_number("months", low=-600, high=1200),
    a_number("lo"),
    a_number("hi"),
    one_of("unit", TISSUE_UNITS),
    one_of("kind_of_spread", TISSUE_SPREADS),
    one_of("bound", TISSUE_BOUNDS),
    one_of("confidence", CONFIDENCES),
    one_of("role", TISSUE_ROW_ROLES),
    interval,
)


def split_faults(rows: list[Row]) -> list[Fault]:
    """A study with rows to fit and rows held out: studies are held out whole."""
    roles: dict[str, dict[str, str]] = {}
    for row in rows:
        roles.setdefault(row["study"], {}).setdefault(row["role"], row[""])
    return [
        Fault("split_study", found["holdout"], study, "one of them for the whole study", "Set `same_cohort_check` for what is only checked.",
              f"{study} has rows to calibrate ({found['calibrate']}) and rows held out ({found['holdout']}).")
        for study, found in roles.items() if {"calibrate", "holdout"} <= set(found)
    ]  # fmt: skip


def rows_of(raw: Iterable[Row]) -> tuple[TissueRow, ...]:
    """Records of linted rows."""
    made = []
    for row in raw:
        fields: dict[str, object] = {k: v for k, v in row.items() if k != "kind_of_spread"}
        fields |= {k: number(row[k]) for k in ("months", "value", "lo", "hi")} | {"spread": row["kind_of_spread"]}
        made.append(TissueRow(**fields))  # type: ignore[arg-type]
    return tuple(made)


@cached
def _all() -> tuple[TissueRow, ...]:
    return rows_of(load("tissue.csv", TISSUE_COLUMNS, _CHECKS, split_faults))


def load_tissue(
    roles: Iterable[str] | None = None, study: str | None = None, include_unverified: bool = False
) -> tuple[TissueRow, ...]:
    """Rows by role and study. Rows whose confidence is *unverified* are left out unless asked for.

    Raises CorruptData with every fault of the table.
    """
    wanted = set(TISSUE_ROW_ROLES if roles is None else roles)
    return tuple(
        r
        for r in _all()
        if r.role in wanted
        and (study is None or r.study == study)
        and (include_unverified or r.confidence != "unverified")
    )
