"""Tissue rows as rows of the likelihood: what a biopsy or a scan saw beside what the typical woman of a cohort shows.

data/tissue_observations.csv says which row is seen in whom: a published cohort's arm (or the nearest one), an output of the
model, and what is compared: a change since a month, against a comparator where there is one, in percent or as a ratio.
All errors are of logs. A row's own error is that of its kind of measurement (evidence.tissue); the model's is added.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from osteon.errors import CorruptData, Fault
from osteon.evidence.tissue import TissueRow, kind_of, load_tissue, tissue_sd

Array = NDArray[np.float64]
Curves = Mapping[tuple[str, str, str], Mapping[float, Array]]
FORMS = ("percent", "ratio")
MODEL_SD = {
    "points": 0.035,
    "log": 0.15,
}  # log: what a typical woman cannot reproduce, by scale of the kind of measurement
MODEL_SHARE = 0.2  # and this share of the change: a compartment here stands for several sites and methods


@dataclass(frozen=True)
class Observation:
    """A tissue row (over: the row it is divided by) and where the model shows it. factor : of the published percent"""

    row: TissueRow
    over: TissueRow | None
    cohort: str
    arm: str
    comparator: str
    output: str
    from_month: float
    month: float
    form: str
    factor: float

    @property
    def value(self) -> float:
        """Log of the published ratio."""
        if self.form == "percent":
            return math.log(max(1 + self.factor * self.row.value / 100, 0.02))
        return math.log(self.row.value / (self.over.value if self.over else 1.0))

    @property
    def sd(self) -> float:
        """Standard deviation of the error of that log, the model's share in it."""
        parts = [_log_sd(r, self.factor) for r in (self.row, self.over) if r is not None]
        return math.hypot(*parts, MODEL_SD[kind_of(self.row).scale], MODEL_SHARE * self.value)


def _log_sd(row: TissueRow, factor: float) -> float:
    if kind_of(row).scale == "log":
        return tissue_sd(row)
    return factor * tissue_sd(row) / max(100 + factor * row.value, 20.0)


@lru_cache(maxsize=4)
def observations(roles: tuple[str, ...] = ("calibrate",), include_unverified: bool = False) -> tuple[Observation, ...]:
    """Observations of rows with one of the roles. Raises CorruptData with every row that is not in the table of tissue."""
    rows = {r.id: r for r in load_tissue(include_unverified=True)}
    text = files("osteon").joinpath("data").joinpath("tissue_observations.csv").read_text(encoding="utf-8")
    raw = list(csv.DictReader(text.splitlines()))
    _lint(raw, rows)
    found = tuple(_observation(r, rows) for r in raw)
    return tuple(
        o
        for o in found
        if o.row.role in roles and (include_unverified or o.row.confidence not in ("unverified", "recalled"))
    )


def _observation(r: Mapping[str, str], rows: Mapping[str, TissueRow]) -> Observation:
    return Observation(
        rows[r["row"]], rows.get(r["over"]), r["cohort"], r["arm"], r["comparator"], r["output"],
        float(r["from_month"]), float(r["month"]), r["form"], float(r["factor"]),
    )  # fmt: skip


def _lint(raw: Sequence[Mapping[str, str]], rows: Mapping[str, TissueRow]) -> None:
    place = "tissue_observations.csv line"
    faults = [
        Fault("unknown_row", f"{place} {i}", r[k], "an id of tissue.csv", "", f"'{r[k]}' is no row of tissue.csv.")
        for i, r in enumerate(raw, 2)
        for k in ("row", "over")
        if r[k] not in rows and (k == "row" or r[k])
    ]
    faults += [
        Fault(
            "unknown_form", f"{place} {i}", r["form"], ", ".join(FORMS), "", f"'{r['form']}' is no form of comparison."
        )
        for i, r in enumerate(raw, 2)
        if r["form"] not in FORMS
    ]
    if faults:
        raise CorruptData(faults)


def seen(o: Observation, curves: Curves) -> Array:
    """Log of the ratio that the model shows, (members,)."""

    def change(arm: str) -> Array:
        curve = curves[o.cohort, arm, o.output]
        return np.asarray(np.log(np.maximum(curve[o.month] / curve[o.from_month], 1e-3)))

    return change(o.arm) - change(o.comparator) if o.comparator else change(o.arm)


def tissue_errors(asked: Sequence[Observation], curves: Curves) -> Array:
    """(members, observations) errors over their standard deviations; 20 where a run failed."""
    found = [(seen(o, curves) - o.value) / o.sd for o in asked]
    return np.nan_to_num(np.stack(found, axis=1), nan=20.0) if found else np.zeros((1, 0))


def tissue_table(asked: Sequence[Observation], curves: Curves) -> list[dict[str, Any]]:
    """Published beside simulated, percent or ratio, of member 0."""
    table = []
    for o in asked:
        now, then = float(seen(o, curves)[0]), o.value
        told = (lambda x: 100 * math.expm1(x)) if o.form == "percent" else math.exp
        table.append(
            {
                "id": o.row.id,
                "output": o.output,
                "published": round(told(then), 3),
                "simulated": round(told(now), 3),
                "error": round((now - then) / o.sd, 2),
            }
        )
    return table
