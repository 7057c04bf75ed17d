"""Checks of what breaks and what drugs do about it: numbers in predictive intervals, signs, what a fracture costs."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from osteon.additions import cached
from osteon.checks.lab import DAYS, WOMAN, Run, SimulatedValues
from osteon.checks.verdict import Check, Part, touch
from osteon.evidence import load_measurements
from osteon.model import Regimen
from osteon.outcomes.bmd import REFERENCE
from osteon.outcomes.consequences import COSTS, loss, pain
from osteon.replication.cohort_rows import CohortRow
from osteon.replication.fracture_incidence import RATIOS, comparable
from osteon.replication.fractures import fracture_rows
from osteon.replication.registers import bmd_at_age
from osteon.simulation.between_study import fracture_between
from osteon.units import DAYS_PER_MONTH

MEMBERS, SEED = 24, 1
HEIGHT = 1.61  # m
EVERY_18_MONTHS = Regimen("zoledronate", "intravenous", 5.0, every=18 * DAYS_PER_MONTH, duration=15 / 1440)
PRINTED = {"fracture_vertebral": (68.0, 8.0), "fracture_hip": (40.0, 25.0)}  # FREEDOM: fewer in percent, and how near


def _ratio(cohort: str, endpoint: str, arm: str) -> CohortRow:
    touch("replay")
    return _replayed(cohort, endpoint, arm)


@cached
def _replayed(cohort: str, endpoint: str, arm: str) -> CohortRow:
    """The longest published ratio of an arm, replayed: the cohort's women, the fit's ensemble, the spread between studies."""
    rows = [m for m in load_measurements(cohort=cohort) if comparable(m) and m.unit in RATIOS]
    own = [m for m in rows if m.endpoint == endpoint and m.arm == arm and not m.from_month]
    return fracture_rows([max(own, key=lambda m: m.months)], MEMBERS, SEED)[0]


def replayed(cohort: str, endpoint: str, arm: str, most: float) -> Part:
    """The ratio of a published arm, replayed, must be below `most`."""
    r = _ratio(cohort, endpoint, arm)
    words = f"{endpoint.removeprefix('fracture_')} fractures of {cohort} against {r['comparator']} {r['simulated']:.2f}"
    told = f"({r['lo90']:.2f} to {r['hi90']:.2f}; published {r['published']:.2f})"
    return Part(f"{words} {told}", r["simulated"] < most)


def _freedom(seen: Mapping[str, SimulatedValues]) -> list[Part]:
    parts = []
    for endpoint, (printed, near) in PRINTED.items():
        r = _ratio("FREEDOM", endpoint, "denosumab")
        ours, low, high = (100 * (1 - r[k]) for k in ("simulated", "hi90", "lo90"))
        words = (
            f"{endpoint.removeprefix('fracture_')} fractures {ours:.0f} % fewer in 36 months ({low:.0f} to {high:.0f})"
        )
        parts.append(
            Part(
                f"{words}, printed {printed:.0f}",
                low <= printed <= high and abs(ours - printed) <= near,
                two_sided=True,
            )
        )
    return parts


def cumulated(seen: SimulatedValues, kind: str) -> float:
    """Hazard of a kind of fracture summed over 36 months."""
    return float(np.trapezoid(seen.curve(f"hazard_{kind}"), DAYS))


def _bisphosphonate(seen: Mapping[str, SimulatedValues]) -> list[Part]:
    far = math.exp(1.645 * fracture_between("ratio").constant)
    ratio = {
        k: cumulated(seen["zoledronate"], k) / cumulated(seen["plain"], k) for k in ("vertebral", "clinical", "hip")
    }
    words = {k: f"{k} hazard over 36 months {v:.2f} ({v / far:.2f} to {v * far:.2f})" for k, v in ratio.items()}
    hip = "the interval holds 1" if ratio["hip"] * far >= 1 else "the interval lies below 1"
    return [
        Part(f"zoledronate every 18 months: {words['vertebral']}", ratio["vertebral"] * far < 1),
        Part(words["clinical"], ratio["clinical"] < 1),
        Part(f"{words['hip']}: {hip}", ratio["hip"] < 1),
    ]


def _weighed(seen: Mapping[str, SimulatedValues]) -> list[Part]:
    heavy = {k: seen["heavy"].at(f"hazard_{k}") / seen["plain"].at(f"hazard_{k}") for k in ("hip", "nonvertebral")}
    light = {k: seen["light"].at(f"hazard_{k}") / seen["plain"].at(f"hazard_{k}") for k in ("hip", "nonvertebral")}
    told = ", ".join(f"{k} {light[k]:.2f} and {heavy[k]:.2f}" for k in heavy)
    depends = abs(math.log(heavy["nonvertebral"])) < 0.7 * abs(math.log(heavy["hip"]))
    return [
        Part(f"hazards at BMI 20 and 35 against 25: {told}", light["hip"] > 1 > heavy["hip"]),
        Part("weight spares the hip more than other bones", depends),
    ]


def _costs(seen: Mapping[str, SimulatedValues]) -> list[Part]:
    parts = []
    for kind in ("vertebral", "hip"):
        lost = [float(loss(COSTS[kind], np.array(t))) for t in (0.1, 1.0, 5.0)]
        hurts = [float(pain(COSTS[kind], np.array(t))) for t in (0.0, 365.0)]
        words = f"utility {kind} fracture takes: " + ", ".join(f"{100 * x:.0f} %" for x in lost)
        parts.append(Part(f"{words} after 0.1, 1, 5 years", lost[0] > lost[1] >= lost[2] > 0))
        parts.append(Part(f"pain after it {hurts[0]:.0f} of 10, {hurts[1]:.1f} a year later", hurts[0] > hurts[1] > 0))
    return parts


def _thin(seen: Mapping[str, SimulatedValues]) -> list[Part]:
    """What a standard deviation of BMD is worth, and what structure adds at a given BMD: both, or the claim fails."""
    parts = []
    for kind, site, (low, high) in (("vertebral", "lumbar_spine", (1.8, 2.9)), ("hip", "femoral_neck", (2.1, 3.3))):
        spread = bmd_at_age(site, "female", 70.0)[1]  # cohorts count in the spread of people of one age, no T-score
        below = (seen["plain"].at(f"bmd_{site}") - seen["thin"].at(f"bmd_{site}")) / spread
        ratio = seen["thin"].at(f"hazard_{kind}") / seen["plain"].at(f"hazard_{kind}")
        times = ratio ** (1 / below) if below > 0.1 else 1.0  # nothing was taken away: nothing is shown
        words = (
            f"{kind} hazard {times:.2f} times for each standard deviation less of BMD ({low:g} to {high:g} in cohorts)"
        )
        parts.append(Part(words, low <= times <= high, two_sided=True))
    worn = {k: seen["worn"].at(k, 6) / seen["plain"].at(k, 6) for k in ("hazard_vertebral", "bmd_lumbar_spine")}
    words = f"6 months of faster turnover, more cavities: vertebral hazard {worn['hazard_vertebral']:.2f} times, at {worn['bmd_lumbar_spine']:.3f} times the BMD"
    return [*parts, Part(words, worn["hazard_vertebral"] > 1.05 and worn["bmd_lumbar_spine"] > 0.97)]


def _dense(times: float) -> Run:
    """A woman whose bones grew so many times as dense as those of young women."""
    return Run((*WOMAN, *((f"peak_bmd_{s}", times * mean) for s, (mean, _) in REFERENCE.items())))


def _of_bmi(bmi: float) -> Run:
    return Run((*WOMAN, ("bmi", bmi), ("body_weight", bmi * HEIGHT**2)))


FRACTURE_CHECKS: tuple[Check, ...] = (
    Check("C10", "entailed", "human", _thin, {
        "plain": _dense(1.0), "thin": _dense(0.9), "worn": Run(_dense(1.0).life, (("turnover_scale", 1.6),)),
    }),
    Check("C31", "entailed", "human", _weighed, {"plain": _of_bmi(25.0), "light": _of_bmi(20.0), "heavy": _of_bmi(35.0)}),
    Check("C33", "entailed", "human", _costs),
    Check("C58", "fitted", "human", _bisphosphonate, {
        "plain": Run(WOMAN), "zoledronate": Run(WOMAN, drugs=(EVERY_18_MONTHS,)),
    }),
    Check("C66", "fitted", "human", _freedom),
)  # fmt: skip
