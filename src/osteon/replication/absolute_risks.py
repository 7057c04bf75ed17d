"""Absolute risks of fracture beside published placebo arms, by prior fracture: is what a person is told plausible?

The typical woman of each arm, untreated, is simulated twice, without and with a prior vertebral fracture; the arm is the mix of
the two by its share with one. Women of an arm differ and the typical one does not, so her risk lies a little below their mean.
No incidence of an arm is fitted: the level of hazards comes from registers of people at large alone.
Several prior fractures count as one here, as they do for a person. Arms are those of the evidence tables; nothing is typed in.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from osteon.evidence import Cohort, Measurement, cohort_ids, load_cohort, load_measurements
from osteon.inputs import read_scenario
from osteon.simulation.fracture_risk import RISKS
from osteon.simulation.scenario import simulate_scenario
from osteon.simulation.typical import t_scores_of

ABSOLUTE_RISKS_DRAWS = 32  # parameter sets behind an interval
ABSOLUTE_RISKS_ONE = "1 prevalent VFx"  # the part of a trial whose women are as a person with a prior fracture is here
OTHER_PARTS = (">=2 VFx", "after")  # more fractures than a person can tell, or an earlier drug


@dataclass(frozen=True)
class AbsoluteRisk:
    """Published and simulated risk, percent.   prior : share of women with a prior vertebral fracture"""

    cohort: str
    endpoint: str
    months: float
    prior: float
    published: float
    simulated: float
    lo90: float
    hi90: float
    confidence: str
    row: str

    @property
    def ratio(self) -> float:
        """Simulated over published."""
        return self.simulated / self.published


def absolute_risks() -> list[AbsoluteRisk]:
    """One row a published incidence of a placebo arm that its population tells by prior fracture."""
    found: list[AbsoluteRisk] = []
    courses: dict[tuple[str, bool, float], dict[str, list[float]]] = {}
    for m, cohort, prior in _rows():
        for fractured in (False, True):
            key = (cohort.id, fractured, m.months)
            if key not in courses and (prior if fractured else 1 - prior):
                courses[key] = untreated(cohort, fractured, m.months)
        found.append(_mixed(m, cohort, prior, courses))
    return found


def _rows() -> Iterator[tuple[Measurement, Cohort, float]]:
    measured = load_measurements(include_unverified=True)
    for m in measured:
        told = m.population == ABSOLUTE_RISKS_ONE or (
            m.population.startswith("n=") and not any(p in m.population for p in OTHER_PARTS)
        )
        incidence = m.unit == "cum_incidence_pct" and m.arm.startswith("placebo")
        if not (told and incidence and _output(m) in RISKS and m.cohort.lower() in cohort_ids()):
            continue
        cohort = load_cohort(m.cohort)
        same = [o.population for o in measured if o.cohort == m.cohort and _women(o) == _women(m)]
        prior = _prior([m.population, *same], cohort)
        if not math.isnan(prior):
            yield m, cohort, prior


def _output(m: Measurement) -> str:
    return f"risk_{m.endpoint.removeprefix('fracture_')}"


def _women(m: Measurement) -> str:
    """Which women a row is of: rows that name the same number are of the same."""
    return m.population.split(",")[0].split(" ")[0]


def _prior(populations: list[str], cohort: Cohort) -> float:
    """Share with a prior vertebral fracture: as a row of these women says, else as their trial does."""
    for text in populations:
        if "no VFx" in text:
            return 0.0
        if "VFx" in text:
            return 1.0
    return float(cohort.population.get("prior_vertebral_percent", math.nan)) / 100


def untreated(cohort: Cohort, fractured: bool, months: float) -> dict[str, list[float]]:
    """Risks of the typical woman of a cohort at a month, percent, by output: value, 5 %, 95 %."""
    p = cohort.population
    person: dict[str, Any] = {"age": f"{p['age']} years", "prior_fractures": ["vertebral"] if fractured else []}
    person |= {"years_since_menopause": f"{p['years_since_menopause']} years"} if "years_since_menopause" in p else {}
    person |= {"bmi": f"{p['bmi']} kg/m^2"} if "bmi" in p else {}
    person["baseline"] = {f"t_{site}": t for site, t in t_scores_of(cohort).items()}
    output = {
        "end": f"{months} months",
        "at": [f"{months} months"],
        "of": list(RISKS),
        "as": "value",
        "draws": ABSOLUTE_RISKS_DRAWS,
    }
    scenario = read_scenario({"format": 1, "person": person, "output": output}, cohort.id)
    rows = simulate_scenario(scenario, full=True).rows
    return {r["output"]: [r["value"], r["lo90"], r["hi90"]] for r in rows}


def _mixed(m: Measurement, cohort: Cohort, prior: float, courses: dict[Any, dict[str, list[float]]]) -> AbsoluteRisk:
    shares = [(False, 1 - prior), (True, prior)]
    parts = [(share, courses[cohort.id, fractured, m.months][_output(m)]) for fractured, share in shares if share]
    value, low, high = (sum(share * numbers[i] for share, numbers in parts) for i in range(3))
    return AbsoluteRisk(cohort.id, m.endpoint, m.months, prior, m.value, value, low, high, m.confidence, m.id)


def pooled(rows: list[AbsoluteRisk]) -> dict[str, float]:
    """Geometric mean of simulated over published, by outcome."""
    kinds = dict.fromkeys(r.endpoint for r in rows)
    return {k: math.exp(fmean(math.log(r.ratio) for r in rows if r.endpoint == k)) for k in kinds}


def risk_table(rows: list[AbsoluteRisk]) -> str:
    """The rows as a Markdown table."""
    head = "| arm | outcome | months | with a prior vertebral fracture | published | here (90 % of draws) | here / published |"
    lines = [head, "|---|---|---|---|---|---|---|"]
    for r in rows:
        here = f"{r.simulated:.1f} ({r.lo90:.1f} to {r.hi90:.1f})"
        what = r.endpoint.removeprefix("fracture_").replace("_", " ")
        told = f"{r.published:g}" + ("" if r.confidence == "read" else f" ({r.confidence})")
        lines.append(f"| {r.cohort} | {what} | {r.months:g} | {r.prior:.0%} | {told} | {here} | {r.ratio:.2f} |")
    return "\n".join(lines)


def ten_years() -> list[tuple[bool, dict[str, list[float]]]]:
    """Ten-year risks of the untreated woman that the page opens with, without and with a prior vertebral fracture, percent."""
    t_scores = {"t_lumbar_spine": -2.5, "t_total_hip": -1.8, "t_femoral_neck": -2.1}
    woman = Cohort("woman of 66", (), {"age": 66, "years_since_menopause": 16, "bmi": 25, **t_scores})
    return [(fractured, untreated(woman, fractured, 120.0)) for fractured in (False, True)]
