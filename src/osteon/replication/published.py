"""Published arms as things that can be run, and published rows as things a run can be compared with."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from osteon.additions import cached
from osteon.evidence import Cohort, Measurement, cohort_ids, load_cohort
from osteon.evidence.outcome import in_points
from osteon.inputs import DrugRegimen
from osteon.model import Regimen
from osteon.simulation.dosing import regimen_of
from osteon.simulation.treatment import Treatment

Array = NDArray[np.float64]
Curves = dict[tuple[str, str, str], dict[float, Array]]  # (cohort, arm, endpoint) -> month -> (n,)
PUBLISHED_OUTCOMES = ("bmd_lumbar_spine", "bmd_total_hip", "bmd_femoral_neck", "ctx", "ntx", "p1np", "bsap")
PUBLISHED_UNITS = ("pct_change_baseline", "pct_change_from_month", "pct_diff_vs_comparator")
UNUSABLE = {("ODN_PH2", "ctx"), ("LOFT", "ctx")}  # serum CTX rises paradoxically under odanacatib (assay)


@dataclass(frozen=True)
class Arm:
    """An arm to run: its regimens, and the rows it must meet."""

    cohort: Cohort
    name: str
    regimens: tuple[Regimen, ...]
    rows: tuple[Measurement, ...]

    @property
    def drugs(self) -> frozenset[str]:
        """Names of its drugs."""
        return frozenset(r.target for r in self.regimens)

    @property
    def treatment(self) -> Treatment:
        """What it is given."""
        return Treatment(self.name, self.regimens)

    @property
    def begin(self) -> float:
        """Day of its first dose, at most 0."""
        return min([0.0, *(r.start for r in self.regimens)])


@cached
def regimens_of(cohort: str, arm: str) -> tuple[Regimen, ...]:
    """Regimens of a published arm."""
    rows = load_cohort(cohort).arm(arm).regimen
    return tuple(regimen_of(DrugRegimen.model_validate(dict(r))) for r in rows)


def usable(m: Measurement) -> bool:
    """Whether a row is a change of BMD or a marker that a simulated arm can be compared with."""
    known = m.endpoint in PUBLISHED_OUTCOMES and m.unit in PUBLISHED_UNITS and (m.cohort, m.endpoint) not in UNUSABLE
    return known and math.isfinite(m.value) and math.isfinite(m.months) and m.cohort.lower() in cohort_ids()


def arms_of(rows: Sequence[Measurement]) -> tuple[Arm, ...]:
    """Group rows into arms; comparators become arms of their own. Rows of an arm that cannot be run are left out."""
    groups: dict[tuple[str, str], list[Measurement]] = {}
    for m in rows:
        known = {a.name for a in load_cohort(m.cohort).arms}
        if m.arm in known and (m.unit != "pct_diff_vs_comparator" or m.comparator in known):
            groups.setdefault((m.cohort, m.arm), []).append(m)
            if m.comparator in known:
                groups.setdefault((m.cohort, m.comparator), [])
    return tuple(Arm(load_cohort(c), a, regimens_of(c, a), tuple(found)) for (c, a), found in sorted(groups.items()))


def months_of(arm: Arm, arms: Sequence[Arm]) -> list[float]:
    """Months at which an arm must be looked at, for its own rows and where it is a comparator."""
    own = {t for m in arm.rows for t in (m.months, m.from_month)}
    for other in arms:
        if other.cohort.id == arm.cohort.id:
            own |= {t for m in other.rows if m.comparator == arm.name for t in (m.months, m.from_month)}
    return sorted(own | {0.0}) if own else []


def predicted(m: Measurement, curves: Mapping[tuple[str, str, str], Mapping[float, Array]]) -> Array:
    """A row's prediction in percent, (n,) lanes or patients.

    Differences between arms: of percent changes for BMD; of fold changes, as a ratio, for markers.
    """
    change = _fold(m, m.arm, curves)
    if m.unit != "pct_diff_vs_comparator":
        return 100 * (change - 1)
    other = _fold(m, m.comparator, curves)
    return 100 * (change - other) if in_points(m.endpoint) else 100 * (change / other - 1)


def _fold(m: Measurement, arm: str, curves: Mapping[tuple[str, str, str], Mapping[float, Array]]) -> Array:
    curve = curves[m.cohort, arm, m.endpoint]
    return curve[m.months] / curve[m.from_month]


def scaled_error(m: Measurement, value: Array) -> Array:
    """Error of a prediction in the metric of the field: points for BMD, log of fold change for markers."""
    if in_points(m.endpoint):
        return value - m.value
    return np.log(np.maximum(1 + value / 100, 0.01)) - math.log(max(1 + m.value / 100, 0.01))
