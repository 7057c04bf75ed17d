"""Outcomes that are measured: one record each, with its words, its scale, its assay and what difference matters.

What differs between kinds of outcomes is looked up here by name, never read out of the name.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

Scale = Literal["points", "log", "score"]


@dataclass(frozen=True)
class Outcome:
    """An outcome that is measured at visits.

    words  : in tables;  title : in the head of a figure, empty where it has none
    scale  : points (percent of the baseline, differences are taken: BMD), log (ratios are taken: markers), score (T-scores)
    cv     : standard deviation of the log of one measurement, within person and assay; 0 = measured as it is
    cv_source : of that
    follow_up : what a measurement of a trial adds to that, months after another, whatever is given (positioning, drift, weight)
    axis   : least height of its axis in a figure, in what is shown there
    """

    name: str
    words: str
    scale: Scale
    title: str = ""
    cv: float = 0.0
    cv_source: str = ""
    axis: float = math.nan
    follow_up: float = 0.0

    @property
    def visit_cv(self) -> float:
        """Standard deviation of the log of one measurement at a visit of a trial."""
        return math.hypot(self.cv, self.follow_up)

    @property
    def minimal_important_difference(self) -> float:
        """Percent of the baseline that anybody would notice.  Source: assumed"""
        return 1.0 if self.scale == "points" else 10.0

    @property
    def equivalence_margin(self) -> float:
        """Percent of the baseline that counts as no effect at all.  Source: assumed"""
        return self.minimal_important_difference / 100

    @property
    def spread(self) -> float:
        """Standard deviation of the measured change of one patient, percent of the baseline.  Source: assumed"""
        return 4.0 if self.scale == "points" else 35.0


_SCAN = "roux2014: least significant change / 2.77; between visits derived from DATA (replication/response_spread)"
_TURNOVER = "btm_var"
_MEMORY = "assumed: tables of biological variation, from memory"
MEASURED: dict[str, Outcome] = {
    o.name: o
    for o in (
        Outcome("bmd_lumbar_spine", "spine BMD", "points", "Spine BMD", 0.0078, _SCAN, 4.0, 0.016),
        Outcome("bmd_total_hip", "total hip BMD", "points", "Total hip BMD", 0.0068, _SCAN, 4.0, 0.0125),
        Outcome("bmd_femoral_neck", "femoral neck BMD", "points", "Femoral neck BMD", 0.0113, _SCAN, 4.0, 0.020),
        Outcome("bmd_radius", "radius BMD", "points"),  # published, not simulated
        Outcome("bmd_trochanter", "trochanter BMD", "points"),  # published, not simulated
        Outcome("t_lumbar_spine", "T-score of the spine", "score", "Spine T-score", axis=0.4),
        Outcome("t_total_hip", "T-score of the total hip", "score", "Total hip T-score", axis=0.4),
        Outcome("t_femoral_neck", "T-score of the femoral neck", "score", "Femoral neck T-score", axis=0.4),
        Outcome("ctx", "CTX", "log", "CTX, resorption", 0.15, _TURNOVER, 20.0),
        Outcome("ntx", "NTX", "log", "", 0.20, _TURNOVER),
        Outcome("p1np", "P1NP", "log", "P1NP, formation", 0.09, _TURNOVER, 20.0),
        Outcome("bsap", "BSAP", "log", "BSAP, formation", 0.10, _TURNOVER, 20.0),
        Outcome("calcium", "calcium", "log", "Calcium in plasma", 0.022, _MEMORY, 0.06),
        Outcome("pth", "PTH", "log", "Parathyroid hormone", 0.15, "bottani2020: 13 % in men, 15 % in women", 0.4),
        Outcome("phosphate", "phosphate", "log", "", 0.085, _MEMORY),
        Outcome("vitamin_d", "vitamin D", "log", "", 0.085, _MEMORY),
        Outcome("calcitriol", "calcitriol", "log", "", 0.15, _MEMORY),
        Outcome("urinary_calcium", "calcium in urine", "log", "", 0.25, _MEMORY),
        Outcome("gfr", "GFR", "log", "", 0.06, _MEMORY),
    )
}


def scale_of(name: str) -> Scale:
    """Scale of an outcome; ratios are taken of whatever has no record."""
    return MEASURED[name].scale if name in MEASURED else "log"


def in_points(name: str) -> bool:
    """Whether changes of an outcome are points that are subtracted (BMD), and not ratios.

    >>> in_points("bmd_total_hip"), in_points("ctx")
    (True, False)
    """
    return scale_of(name) == "points"


def outcome(name: str) -> Outcome:
    """The record of an outcome; one of a marker of that name where there is none."""
    return MEASURED.get(name, Outcome(name, name.replace("_", " "), "log"))
