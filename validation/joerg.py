"""The published comparator: Jörg et al. 2022, eLife 11:e76228, written from the equations and values of the paper.

Only for comparison. It is not part of the model and nothing of it may enter src/osteon (a patent application describes
virtual patients built from this set of equations). Written from the article's text: appendix 1 (equations 1 to 20),
appendix 2 (equations 21 to 27) and table 4 of appendix 3; its code was not looked at.

The paper leaves three things open, and this file says how they are read here:
- values are printed with two or three digits; they are used as printed (0.02 a day for the death of osteoclasts may
  be anything from 0.015 to 0.025);
- the unit of a dose is not printed: mg, for teriparatide micrograms (the other reading makes each drug do nothing);
- ages: women enter at the mean age of their cohort, rounded to a year, as in its methods.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from osteon.evidence import load_measurements
from osteon.replication.published import Arm, Curves, arms_of, months_of, predicted, scaled_error, usable
from osteon.simulation.typical import person_of
from osteon.units import DAYS_PER_MONTH

Array = NDArray[np.float64]
YEAR = 365.25  # days
ENDPOINTS = ("bmd_total_hip", "ctx", "p1np", "bsap")
DRUGS = ("alendronate", "denosumab", "romosozumab", "teriparatide")
PUBLISHED = {"bmd_total_hip": 1.27, "ctx": 0.53, "p1np": 0.30, "bsap": 0.22}
"""RMSE of the published model, re-run as published on its own 35 digitised arms: points; log fold of markers."""
MAPE = {
    ("FIT_FLEX", "alendronate 10 years"): (0.9, 7.0, 21.1),
    ("DMAB_PH2", "denosumab 14 mg q6m"): (0.2, 73.9, None),
    ("DATA", "teriparatide"): (0.4, 17.1, 8.5),
    ("FRAME", "romosozumab then denosumab"): (1.2, 92.5, 22.4),
    ("FRAME", "placebo then denosumab"): (0.5, 81.9, 9.6),
    ("ROMO_PH2", "alendronate, romosozumab, denosumab"): (0.5, 25.4, 20.0),
    ("ROMO_PH2", "romosozumab then denosumab"): (0.6, 14.2, 57.8),
    ("ROMO_PH2", "placebo then denosumab"): (0.6, 13.2, 10.1),
}
"""Mean absolute percentage errors the authors print for arms that are here too: hip BMD, CTX, P1NP (appendix 3, table 3)."""


@dataclass(frozen=True)
class Printed:
    """Table 4 of appendix 3. Rates in 1/day, half-lives in days, thresholds and maxima without unit."""

    to_clast: float = 0.93  # ω_C*, pre-osteoclast to osteoclast
    e_to_clast: float = 0.94  # e_C*
    s_to_clast: float = 8.60e6  # s_C*
    clast_death: float = 0.02  # η_C
    e_clast_death: float = 0.99  # e_C
    r_clast_death: float = 10.10  # r_C
    clast_death_more: float = 1.23e-4  # ν_C
    to_blast: float = 0.32  # ω_B*, pre-osteoblast to osteoblast
    s_to_blast: float = 1.63e2  # s_B*
    blast_death: float = 8.68e-3  # η_B
    to_cyte: float = 6.24e-4  # ω_B, osteoblast to osteocyte
    cyte_death: float = 1.10e-4  # η_Y
    s_decay: float = 0.05  # κ_s
    e_sclerostin: float = 9.60  # e_s
    resorption: float = 3.82e-6  # λ_C, bone per osteoclast
    formation: float = 1.29e-6  # λ_B, bone per osteoblast
    s_formation: float = 3.04e3  # s_Ω
    r_formation: float = 1.02e3  # r_Ω
    formation_more: float = 1.08e2  # ν_Ω
    mineral_rate: float = 6.65e-3  # γ
    mineral: float = 0.80  # c_0
    menopause: float = 50.0  # t_e, years
    oestrogen_fall: float = 2.60  # τ_e, years
    q_ctx: float = 1.16
    q_p1np: float = 1.45
    q_bsap: float = 0.92
    unbinding: float = 0.05  # δ_s
    rankl_differentiation: float = 0.87  # β_C* of RANKL antibodies
    rankl_mineral: float = 0.02  # β_b of RANKL antibodies
    bisphosphonate_death: float = 1.00  # η_C of bisphosphonates
    pth_blast_death: float = 1.31  # β_B of PTH analogues
    pth_differentiation: float = 4.28  # β_C* of PTH analogues
    efficacy: tuple[float, ...] = (2.97e-5, 4.34e3, 0.01, 0.27)  # E, in the order of DRUGS
    half_life: tuple[float, ...] = (153.0, 10.0, 7.0, 0.04)  # T, in the order of DRUGS


SPREAD = ("alendronate", "teriparatide")  # given as a rate over a window (equation 22), the others dose by dose (21)


def _up(u: float) -> float:
    return u / (1 + u)


def _down(u: float) -> float:
    return 1 / (1 + u)


@dataclass(frozen=True)
class Exposure:
    """Doses of an arm. given: drug -> rows of (first day, last day or the same, dose or dose a day)."""

    given: dict[str, tuple[tuple[float, float, float], ...]]
    values: Printed

    def __call__(self, drug: str, day: float) -> float:
        """Ψ of equations 21 to 23: the drug's level in multiples of the level of half effect."""
        i = DRUGS.index(drug)
        half, efficacy = self.values.half_life[i], self.values.efficacy[i]
        level = 0.0
        for first, last, amount in self.given.get(drug, ()):
            if day < first:
                continue
            if drug not in SPREAD:
                level += amount * 2.0 ** (-(day - first) / half)
            else:
                gone = 2.0 ** (-max(0.0, day - last) / half) - 2.0 ** (-(day - first) / half)
                level += amount * half / math.log(2) * gone
        return efficacy * level

    def breaks(self) -> list[float]:
        """Days at which a level jumps or bends."""
        return sorted({t for rows in self.given.values() for first, last, _ in rows for t in (first, last)})


def exposure(arm: Arm, values: Printed | None = None) -> Exposure:
    """Doses of an arm as the paper treats them."""
    found: dict[str, list[tuple[float, float, float]]] = {}
    for r in arm.regimens:
        rows = found.setdefault(r.target, [])
        end = r.until if r.until is not None else r.start + 50 * YEAR
        if r.target in SPREAD and r.every:
            rows.append((r.start, end, r.amount / r.every * r.adherence))
        else:
            count = max(1, math.ceil((end - r.start) / r.every - 1e-9)) if r.every else 1
            rows += [(t, t, r.amount) for t in (r.start + (r.every or 0.0) * k for k in range(count))]
    return Exposure({k: tuple(v) for k, v in found.items()}, values or Printed())


def rates(y: Sequence[float], age: float, drug: Exposure, day: float) -> tuple[list[float], float, float]:
    """Slopes of the nine variables (1/day) with the formation and resorption of bone; age in years.

    Variables: pre-osteoclasts, pre-osteoblasts, osteoclasts, osteoblasts, osteocytes, sclerostin, bound sclerostin, bone, mineral.
    """
    p = drug.values
    pre_c, pre_b, c, b, cyte, s, bound, _, mineral = y
    e = 1.0 if age < p.menopause else 1 / (1 + (age - p.menopause) / p.oestrogen_fall)
    rankl, antibody = _up(drug("denosumab", day)), drug("romosozumab", day)
    bone_bound, pth = _up(drug("alendronate", day)), _up(drug("teriparatide", day))
    to_clast = p.to_clast * (1 - p.rankl_differentiation * rankl) * (1 + p.pth_differentiation * pth)
    to_clast *= _down(e / p.e_to_clast) * _up(s / p.s_to_clast)
    to_blast = p.to_blast * _down(s / p.s_to_blast)
    clast_death = p.clast_death + p.bisphosphonate_death * bone_bound
    clast_death *= 1 + p.clast_death_more * _up(e / p.e_clast_death) * _up(c / p.r_clast_death)
    blast_death = p.blast_death * (1 - p.pth_blast_death * pth)
    formed = p.formation * _down(s / p.s_formation) * (1 + p.formation_more * _up(c / p.r_formation)) * b
    resorbed = p.resorption * c
    slopes = [
        1 - to_clast * pre_c,
        1 - to_blast * pre_b,
        to_clast * pre_c - clast_death * c,
        to_blast * pre_b - (blast_death + p.to_cyte) * b,
        p.to_cyte * b - p.cyte_death * cyte,
        _down(e / p.e_sclerostin) * cyte - p.s_decay * (1 + antibody) * s + p.unbinding * bound,
        p.s_decay * antibody * s - (p.unbinding + p.s_decay) * bound,
        formed - resorbed,
        p.mineral_rate * (p.mineral + p.rankl_mineral * rankl - mineral),
    ]
    return slopes, formed, resorbed


def steady(values: Printed) -> Array:
    """The state in which everything but bone stands still before the menopause: where a life begins."""
    p = values
    b = 1 / (p.blast_death + p.to_cyte)
    cyte = p.to_cyte * b / p.cyte_death
    s = _down(1 / p.e_sclerostin) * cyte / p.s_decay
    c = 1 / p.clast_death
    for _ in range(50):
        c = 1 / (p.clast_death * (1 + p.clast_death_more * _up(1 / p.e_clast_death) * _up(c / p.r_clast_death)))
    pre_c = 1 / (p.to_clast * _down(1 / p.e_to_clast) * _up(s / p.s_to_clast))
    pre_b = 1 / (p.to_blast * _down(s / p.s_to_blast))
    return np.array([pre_c, pre_b, c, b, cyte, s, 0.0, 1.0, p.mineral])


def trajectory(arm: Arm, age: float, months: Sequence[float], values: Printed | None = None) -> dict[str, Array]:
    """Hip BMD, CTX, P1NP and BSAP at the months (month 0 = the cohort's), each (months,), in the model's own scale."""
    from scipy.integrate import solve_ivp

    drug = exposure(arm, values)
    p = drug.values
    wanted = np.asarray(months, dtype=float) * DAYS_PER_MONTH
    begin = -age * YEAR
    stops = [begin, (p.menopause - age) * YEAR, 0.0, *drug.breaks(), float(wanted[-1])]
    stops = sorted({t for t in stops if begin <= t <= wanted[-1]} | {begin, float(wanted[-1])})
    y, states = steady(p), np.full((len(wanted), 9), np.nan)
    for a, b in zip(stops, stops[1:], strict=False):
        inside = (wanted >= a) & (wanted < b if b < wanted[-1] else wanted <= b)
        slopes = partial(_slopes, age=age, drug=drug, end=b - 1e-9)
        asked = sorted({*wanted[inside], b})
        got = solve_ivp(slopes, (a, b), y, method="LSODA", t_eval=asked, rtol=1e-7, atol=1e-10)
        states[inside] = got.y.T[: int(inside.sum())]
        y = got.y[:, -1]
    made = [rates(states[k], age + t / YEAR, drug, t)[1:] for k, t in enumerate(wanted)]
    formed, resorbed = np.array(made).T
    return {
        "bmd_total_hip": states[:, 7] * states[:, 8],
        "ctx": resorbed**p.q_ctx,
        "p1np": formed**p.q_p1np,
        "bsap": formed**p.q_bsap,
    }


def _slopes(day: float, y: Sequence[float], age: float, drug: Exposure, end: float) -> list[float]:
    """Slopes within one stretch between doses; a dose at its end is not yet given."""
    return rates(y, age + day / YEAR, drug, min(day, end))[0]


def covers(arm: Arm) -> bool:
    """Whether the paper has equations for every drug of an arm."""
    return arm.drugs <= set(DRUGS)


@cache
def predictions() -> dict[str, float]:
    """Percent change or difference by row id, for every usable row of the four endpoints whose drugs it knows."""
    rows = [m for m in load_measurements(include_unverified=True) if usable(m) and m.endpoint in ENDPOINTS]
    arms = [a for a in arms_of(rows) if covers(a)]
    known = {(a.cohort.id, a.name) for a in arms}
    curves: Curves = {}
    for arm in arms:
        months = months_of(arm, arms)
        if months:
            found = trajectory(arm, float(round(person_of(arm.cohort)["age_at_start"])), months)
            for endpoint, values in found.items():
                at = {t: values[[k]] for k, t in enumerate(months)}
                curves[arm.cohort.id, arm.name, endpoint] = at
    kept = [m for a in arms for m in a.rows if m.unit != "pct_diff_vs_comparator" or (m.cohort, m.comparator) in known]
    return {m.id: float(predicted(m, curves)[0]) for m in kept}


def errors(roles: Iterable[str] = ("calibrate", "holdout", "holdout_temporal")) -> list[dict[str, Any]]:
    """One row a measurement: published, the comparator's prediction, error (points; log fold for markers)."""
    by_id = {m.id: m for m in load_measurements(roles, include_unverified=True)}
    return [
        {
            "id": i,
            "cohort": by_id[i].cohort,
            "arm": by_id[i].arm,
            "role": by_id[i].role,
            "endpoint": by_id[i].endpoint,
            "months": by_id[i].months,
            "confidence": by_id[i].confidence,
            "published": by_id[i].value,
            "predicted": value,
            "error": float(scaled_error(by_id[i], np.array([value]))[0]),
        }
        for i, value in predictions().items()
        if i in by_id
    ]
