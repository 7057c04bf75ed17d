"""`./dev validate --targets`: what the bone law was asked to show beside what it shows, one typical person or a crowd each.

Every row has what was asked, its source and the number reached; a row that is missed is printed as missed. Nothing is fitted here.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from osteon.engine import Events, Schedule, simulate
from osteon.evidence import load_cohort, load_measurements
from osteon.evidence.tissue import load_tissue
from osteon.inference.targets import run_arms
from osteon.inference.tissue import observations, tissue_table
from osteon.inputs.scenario import read_scenario
from osteon.model.regimen import Regimen
from osteon.outcomes.fracture import KINDS
from osteon.population.sampling import between_persons, sample
from osteon.replication.registers import population_rates, population_trajectories, registers
from osteon.simulation.assembly import human_model
from osteon.simulation.dosing import add_regimens
from osteon.simulation.run_in import run_in
from osteon.simulation.scenario import simulate_scenario
from osteon.units import DAYS_PER_MONTH
from validation import looks

WOMEN, SEED = 300, 1
COHORT = "postmenopausal_osteoporosis"
WOMAN = {"age": "68 years", "sex": "female"}


@dataclass(frozen=True)
class Target:
    """asked : as a sentence;  reached : number;  met : whether it is inside"""

    name: str
    asked: str
    reached: float
    unit: str
    met: bool


def course(regimens: Sequence[dict[str, Any]], of: str, months: Sequence[int], **person: Any) -> np.ndarray:
    """One output of a typical woman at these months."""
    table = {"format": 1, "person": WOMAN | person, "regimen": list(regimens)}
    table["output"] = {"end": f"{max(months)} months", "at": [f"{m} months" for m in months], "of": [of]}
    return np.array([r["value"] for r in simulate_scenario(read_scenario(table)).rows])


def menopause() -> list[Target]:
    """CTX two years after the final period over three before it."""
    ctx = course((), "ctx", (0, 60), age="47 years", menopause_age="50 years")
    ratio = float(ctx[1] / ctx[0])
    return [Target("CTX over menopause", "1.8 to 2.3 (garnero1996)", ratio, "fold", 1.8 <= ratio <= 2.3)]


DENOSUMAB = {"drug": "denosumab", "dose": "60 mg", "route": "subcutaneous", "every": "6 months"}
ALENDRONATE = {"drug": "alendronate", "dose": "70 mg", "route": "oral", "every": "1 week"}
ODANACATIB = {"drug": "odanacatib", "dose": "50 mg", "route": "oral", "every": "1 week"}
LONG = (
    (DENOSUMAB, "freedom/denosumab_10_years/bmd_total_hip/120/pct_change_baseline"),
    (DENOSUMAB, "freedom/denosumab_10_years/bmd_lumbar_spine/120/pct_change_baseline"),
    (ALENDRONATE, "liberman_10y/alendronate/bmd_total_hip/120/pct_change_baseline"),
    (ODANACATIB, "odn_ph2/odanacatib_50_mg_weekly/bmd_total_hip/60/pct_change_baseline"),
)


def long_runs() -> list[Target]:
    """Gains of many years, percent, against what was published."""
    rows = {m.id: m for m in load_measurements(include_unverified=True)}
    found = []
    for regimen, row in LONG:
        m = rows[row]
        bmd = course([regimen], m.endpoint, (0, round(m.months)))
        gain = float(100 * (bmd[1] / bmd[0] - 1))
        asked = f"{m.value:g} within 1.5 ({m.cohort}, {m.confidence})"
        name = f"{regimen['drug']}, {m.endpoint}, month {m.months:g}"
        found.append(Target(name, asked, gain, "%", abs(gain - m.value) <= 1.5))
    return found


def trough() -> list[Target]:
    """CTX before the next dose of denosumab in year ten against year two."""
    ctx = course([DENOSUMAB], "ctx", (0, 24, 120))
    second, tenth = (100 * (c / ctx[0] - 1) for c in ctx[1:])
    return [
        Target(
            "CTX before a dose, year 10 less year 2",
            "within 10",
            float(tenth - second),
            "points",
            abs(tenth - second) <= 10,
        )
    ]


def crowd() -> list[Target]:
    """Correlation of baseline CTX (absolute) with the gain of the spine in 36 months of denosumab, among virtual women."""
    model = human_model(("denosumab",))
    drawn = sample(load_cohort(COHORT).population, model, WOMEN, SEED, between=False)
    own: dict[str, Any] = dict(drawn.parameters)
    own |= between_persons(model, drawn.ids, SEED, set(own))
    own = {k: v for k, v in own.items() if k in model.parameters}
    start = run_in(model, own, WOMEN)
    yearly = Regimen("denosumab", "subcutaneous", 60.0, 0.0, 6 * DAYS_PER_MONTH)
    events = Events((add_regimens(Schedule(), model, [yearly], 36 * DAYS_PER_MONTH),))
    names = ["ctx", "bmd_lumbar_spine"]
    times = [0.0, 36 * DAYS_PER_MONTH]
    got = simulate(model, own, n=WOMEN, times=times, outputs=names, events=events, initial=start)
    gain = got.of("bmd_lumbar_spine")[:, 1] / got.of("bmd_lumbar_spine")[:, 0]
    r = float(np.corrcoef(got.of("ctx")[:, 0], gain)[0, 1])
    return [Target(f"baseline CTX and 36-month spine gain, {WOMEN} women", "at most 0.45", r, "correlation", r <= 0.45)]


def counted() -> list[Target]:
    """Hip, vertebral and clinical fractures of registers: the farthest factor of each kind, and how many are within 1.3."""
    rows = registers()
    courses = {sex: population_trajectories(sex) for sex in ("female", "male")}
    model = human_model()
    figures = {k: np.array([v]) for k, v in model.defaults.items()}
    expected = population_rates(rows, courses, figures)[0]
    off = np.abs(np.log(expected / np.array([r.rate for r in rows])))
    found = []
    for kind in (k for k in dict.fromkeys((*KINDS, "clinical")) if any(r.kind == k for r in rows)):
        own = off[[r.kind == kind for r in rows]]
        inside = int((own <= math.log(1.3)).sum())
        found.append(
            Target(
                f"registers, {kind}: {inside} of {len(own)} within 1.3; farthest",
                "1.3",
                float(np.exp(own.max())),
                "fold",
                inside == len(own),
            )
        )
    return found


HELD_OUT = ("holdout", "same_cohort_check")
INSIDE = 1.645  # standard deviations of a row's error: 90 %


def tissue() -> list[Target]:
    """Tissue rows that no fit has seen and the model can show, each by its error, and the share inside 90 %."""
    observed = observations(HELD_OUT)
    curves = run_arms((), {}, 1, observed=observed)
    table = tissue_table(observed, curves)
    found = [
        Target(f"{o.row.role}: {o.row.id.split('/')[0]}, {o.output}, month {o.month:g}", f"{row['published']:g} ({o.form})",
               row["simulated"], o.form, abs(row["error"]) <= INSIDE)
        for o, row in zip(observed, table, strict=True)
    ]  # fmt: skip
    share = 100 * sum(t.met for t in found) / len(found)
    whole = sum(r.role in HELD_OUT for r in load_tissue())
    name = f"tissue rows not fitted, inside 90 %: {sum(t.met for t in found)} of {len(found)} ({whole} read, the rest has no output)"
    return [*found, Target(name, "at least 80 %", share, "%", share >= 80)]


def targets() -> list[Target]:
    """All of them, in seconds to a minute."""
    return [*menopause(), *long_runs(), *trough(), *crowd(), *tissue(), *counted()]


def show() -> int:
    """Print the table; 1 where one is missed."""
    found = targets()
    seen = [
        {"role": "holdout", "endpoint": "tissue", "error": t.reached} for t in found if t.name.startswith("holdout:")
    ]
    print(f"Looks at held-out rows so far: {looks.count(seen)} (validation/looks.csv).", file=sys.stderr)
    for t in found:
        print(f"{'met' if t.met else 'MISSED':7} {t.name:62} {t.reached:8.2f} {t.unit:12} asked: {t.asked}")
    print(f"{sum(t.met for t in found)} of {len(found)} met.")
    return 0 if all(t.met for t in found) else 1
