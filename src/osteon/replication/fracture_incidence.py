"""Expected fractures of published arms: no event is drawn, so a forecast has no noise of drawing.

The bone of an arm is that of its typical woman; her course of BMD, cavities and damage is shared by many women who differ in BMD,
age, build and history. Each woman's hazard is summed over time; an arm's incidence is the mean of 1 - exp(-sum).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from osteon.biology import SITES
from osteon.evidence import Cohort, Measurement, cohort_ids, load_cohort
from osteon.evidence.measurement import sample_size
from osteon.model import Model
from osteon.outcomes import FRACTURE
from osteon.outcomes.bmd import REFERENCE
from osteon.outcomes.fracture import KINDS
from osteon.population import sample
from osteon.population.covariates import DEFAULTS, YES_OR_NO
from osteon.replication.published import Arm, regimens_of
from osteon.simulation.arm import at_month_zero, prepare, simulate
from osteon.simulation.assembly import human_model
from osteon.simulation.treatment import Subjects, Treatment
from osteon.simulation.typical import person_of, typical
from osteon.units import DAYS_PER_MONTH

Array = NDArray[np.float64]
HAZARD = {f"fracture_{kind}": f"hazard_{kind}" for kind in KINDS}  # endpoint -> rule
RATIOS = ("RR", "HR", "OR", "rate_ratio", "RRR_pct")
INCIDENCES = ("cum_incidence_pct", "rate_per_100_py")
N_PARTICIPANTS = 300  # women behind an expected incidence
FINE = 0.25  # months between the instants at which cavities are followed
CAVITIES = ("lumbar_spine", "total_hip")  # sites whose cavities bear on fractures
SPEEDS = tuple(f"site_{what}_{s}" for s in CAVITIES for what in ("resorption", "formation"))
FRACTURE_INCIDENCE_STEP = 1.0  # months between the instants at which a hazard is looked at
UNTOLD_PARTS = (">=2 or severe", "excluding")  # parts of a cohort that its covariates cannot tell
OWN_EARLIER = "years 1-3"  # a comparator that is the same arm before
Trajectories = dict[tuple[str, str], "Trajectory"]


@dataclass(frozen=True)
class Trajectory:
    """What hazards need of an arm's typical woman.

    months (times,) from 0; values by name, (members, times)
    rates : resorption and formation of the sites, (members, instants), from the arm's first day on, FINE months apart
    age   : of the typical woman at month 0
    """

    cohort: Cohort
    months: Array
    values: Mapping[str, Array]
    instants: Array
    rates: Mapping[str, Array]
    age: float


def comparable(m: Measurement) -> bool:
    """Whether a row is a fracture figure of arms that can be run."""
    if m.endpoint not in HAZARD or m.unit not in (*RATIOS, *INCIDENCES) or m.cohort.lower() not in cohort_ids():
        return False
    if m.role == "fracture_hazard" or any(part in m.population for part in UNTOLD_PARTS):
        return False
    arms = {a.name for a in load_cohort(m.cohort).arms}
    others = m.unit in INCIDENCES or m.comparator in arms or m.comparator == OWN_EARLIER
    return m.arm in arms and others and math.isfinite(m.value) and math.isfinite(m.months) and m.value > 0


def arms_in(rows: Sequence[Measurement]) -> dict[tuple[str, str], float]:
    """(cohort, arm) of rows and the last month that any of them needs."""
    found: dict[tuple[str, str], float] = {}
    for m in rows:
        for arm in (m.arm, *([m.comparator] if m.unit in RATIOS and m.comparator != OWN_EARLIER else [])):
            found[m.cohort, arm] = max(found.get((m.cohort, arm), 0.0), m.months)
    return found


def upstream(model: Model) -> tuple[str, ...]:
    """States and rules of the biology that the hazards need."""
    own = {r.name for r in FRACTURE.rules}
    needs = {n for r in FRACTURE.rules for n in model.formulas[r.name].needs}
    own |= {f"cavities_{s}" for s in CAVITIES}
    own |= {d.name for d in FRACTURE.derived}
    return tuple(sorted({"osteophytes"} | {n for n in needs - own if n in model.states or n in model.formulas}))


def trajectory(
    cohort: str, arm: str, last: float, draws: Mapping[str, Any], n: int = 1, rtol: float = 1e-4
) -> Trajectory:
    """The typical woman of an arm from month 0 to `last`, under n sets of parameters."""
    found = load_cohort(cohort)
    made = Arm(found, arm, regimens_of(cohort, arm), ())
    model = human_model(made.drugs)
    person = {k: v for k, v in typical(found, draws, n, rtol).items() if k in model.parameters}
    instants = np.arange(made.begin / DAYS_PER_MONTH, last + FINE / 2, FINE)
    months = np.arange(0.0, last + FRACTURE_INCIDENCE_STEP / 2, FRACTURE_INCIDENCE_STEP)
    grid = np.unique(np.round(np.concatenate([instants, months]), 9))
    days = grid * DAYS_PER_MONTH
    names = upstream(model)
    case = prepare(made.treatment, Subjects(n, person), model, float(days[-1]) + 1, rtol)
    got = simulate(case, days, [*names, *SPEEDS], rtol)
    seen = np.searchsorted(grid, months - 1e-6)
    values = {name: got.of(name)[:, seen] for name in names}
    rates = {name: got.of(name) for name in SPEEDS}
    return Trajectory(found, months, values, grid, rates, person_of(found)["age_at_start"])


def sample_participants(cohort: Cohort, n: int = N_PARTICIPANTS, seed: int = 1) -> dict[str, Array]:
    """Covariates of a cohort's women, (n,) each; they take part in a trial."""
    participants = sample(cohort.population, human_model(), n, seed, between=False)
    return {**participants.covariates, "volunteer": participants.parameters["volunteer"]}


def of_row(m: Measurement, participants: Mapping[str, Array]) -> NDArray[np.bool_]:
    """Which women a row speaks of: all, or those old, with a low femoral neck, with or without a vertebral fracture."""
    before = participants["prior_vertebral_fractures"] > 0
    if "no VFx" in m.population:
        return ~before
    if "age >=75" in m.population:
        return participants["age"] >= 75
    if "FN T <= -2.5" in m.population:
        return participants["t_femoral_neck"] <= -2.5
    every = any(word in m.population for word in ("prevalent VFx", "prior VFx", ">=1 VFx", ">=2 VFx", ", VFx"))
    return before if every and before.any() else np.ones(len(before), bool)


def hazards(c: Trajectory, participants: Mapping[str, Array], parameter_values: Mapping[str, Any]) -> dict[str, Array]:
    """Hazards by rule, (members, women, times), 1/year.

    people  : covariates (women,)
    parameter_values : parameters of the model, a number or (members,) each
    """
    model = human_model()
    known: dict[str, Any] = {
        k: np.asarray(v)[..., None, None] for k, v in {**model.defaults, **parameter_values}.items()
    }
    known |= {k: v[:, None, :] for k, v in c.values.items()}
    known |= _person(c, participants, known)
    seen = np.searchsorted(c.instants, c.months - 1e-6)
    known |= {f"cavities_{s}": cavities(c, s, known)[:, None, seen] for s in CAVITIES}
    for name in (n for n in model.formulas if n in _OWN):
        known[name] = model.formulas[name].value(known)
    return {h: np.asarray(known[h]) for h in HAZARD.values()}


def cavities(c: Trajectory, site: str, known: Mapping[str, Any]) -> Array:
    """Open cavities of a site, (members, instants), followed from their steady state on the first day with these parameters.

    The model's own state under other parameters of filling, without a new simulation: exact between instants for steady rates.
    """
    pace, alone, scale = (known[n][..., 0] for n in ("cavity_pace", "filling_alone", "turnover_scale"))
    dug, made = c.rates[f"site_resorption_{site}"] * scale, c.rates[f"site_formation_{site}"] * scale
    filling = alone + (1 - alone) * made
    wait = np.diff(c.instants) * DAYS_PER_MONTH
    speed, aim = pace * _middle(filling), _middle(dug) / _middle(filling)
    kept = np.exp(-speed * wait)
    found = np.empty(np.broadcast_shapes(dug.shape, filling.shape))
    found[:, 0] = dug[:, 0] / filling[:, 0]
    for i in range(len(wait)):
        found[:, i + 1] = aim[:, i] + (found[:, i] - aim[:, i]) * kept[:, i]
    return found


def _middle(values: Array) -> Array:
    return np.asarray((values[:, 1:] + values[:, :-1]) / 2)


_OWN = {r.name for r in FRACTURE.rules} | {d.name for d in FRACTURE.derived}


def _person(c: Trajectory, participants: Mapping[str, Array], known: Mapping[str, Any]) -> dict[str, Any]:
    """Each woman in place of the typical one: her age, build, history, and the peak bone mass behind her T-scores."""

    def each(name: str) -> Array:
        return participants[name][None, :, None]

    found: dict[str, Any] = {n: each(n) for n in ("bmi", "volunteer", *YES_OR_NO)}
    found["age"] = known["age"] + each("age") - c.age
    for site in SITES:
        mean, sd = REFERENCE[site]
        added = known[f"degeneration_{site}"] * known["osteophytes"][:, :, :1]
        found[f"peak_bmd_{site}"] = (mean + sd * each(f"t_{site}")) / (added + known[f"bone_mass_{site}"][:, :, :1])
    return found


def incidence(hazard: Array, months: Array, first: float, last: float) -> Array:
    """Share of women with at least one fracture between two months, (members,).   hazard : (members, women, times)"""
    inside = (months >= first - 1e-9) & (months <= last + 1e-9)
    total = np.trapezoid(hazard[:, :, inside], months[inside] / 12, axis=2)
    return np.asarray(-np.expm1(-total).mean(axis=1))


def expected(
    m: Measurement, curves: Mapping[tuple[str, str], Mapping[str, Array]], months: Mapping[Any, Array]
) -> Array:
    """A row's forecast in its own unit, (members,).   curves : hazards of every arm, (members, women, times)"""

    def share(arm: str, first: float, last: float) -> Array:
        key = (m.cohort, arm)
        return incidence(curves[key][HAZARD[m.endpoint]], months[key], first, last)

    own = share(m.arm, m.from_month, m.months)
    if m.unit == "cum_incidence_pct":
        return 100 * own
    if m.unit == "rate_per_100_py":
        return -100 * np.log1p(-own) / ((m.months - m.from_month) / 12)
    if m.comparator == OWN_EARLIER:
        early = -np.log1p(-share(m.arm, 0.0, m.from_month)) / m.from_month
        return -np.log1p(-own) / (m.months - m.from_month) / early
    return ratio(m.unit, own, share(m.comparator, m.from_month, m.months))


def ratio(unit: str, own: Array, other: Array) -> Array:
    """Two incidences as a risk, hazard, rate or odds ratio, or a reduction in percent."""
    if unit in ("HR", "rate_ratio"):
        return np.asarray(np.log1p(-own) / np.log1p(-other))
    if unit == "OR":
        return own * (1 - other) / (other * (1 - own))
    return 100 * (1 - own / other) if unit == "RRR_pct" else own / other


def on_log(m: Measurement, value: Any) -> Any:
    """A figure on the scale of its errors: log of a ratio (of what is left, for a reduction) or of an incidence."""
    return np.log(np.maximum(1 - np.asarray(value) / 100, 1e-3)) if m.unit == "RRR_pct" else np.log(value)


def reference_course() -> dict[str, float]:
    """Bone of the reference woman: 70 years, final period at the usual age."""
    model = human_model()
    person = {"age_at_start": 70.0, "menopause_age": DEFAULTS["menopause_age"][0], "bmi": 25.0, "body_weight": 65.0}
    names = (*upstream(model), *SPEEDS, *(f"kept_{s}" for s in CAVITIES))
    case = prepare(Treatment(), Subjects(1, person), model, 0.0)
    return {name: float(values[0]) for name, values in at_month_zero(case, names).items()}


def log_sd(m: Measurement) -> float:
    """Standard deviation of a published figure on the log scale: its interval, else from the events that it counts."""
    if m.unit in RATIOS and math.isfinite(m.lo) and m.lo > 0:
        return (math.log(m.hi) - math.log(m.lo)) / 3.92
    if m.unit in INCIDENCES:
        share = min(0.9, m.value / 100 * (1 if m.unit == "cum_incidence_pct" else (m.months - m.from_month) / 12))
        return math.sqrt((1 - share) / (share * _size(m)))
    return UNTOLD_SD


UNTOLD_SD = 0.15  # log, of a ratio without an interval.  Source: assumed


def _size(m: Measurement) -> float:
    """Women of an arm: half of those behind the row."""
    size = sample_size(m)
    return (size if math.isfinite(size) else float(load_cohort(m.cohort).n or 500)) / 2
