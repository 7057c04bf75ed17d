"""How often people of a country break bones, by sex and age: what registers count beside what the hazards expect.

A gradient of risk says how two people of one population differ; what an incidence says is the mean over all of them. So people here
have the T-scores that a survey measured at their age (data/population/bmd_by_age.csv), not those that the model would give them, with
their whole spread and the earlier fractures usual at their age; the rest of their bone is that of a typical woman or man of the model.
Nobody takes part in a trial. `place` is the register's country against the United States (kanis2012: Norway has half as many again).
`use`: fit, or compare (other countries through `place`; registers that are known to miss some).
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from osteon.additions import cached
from osteon.biology import SITES
from osteon.engine import simulate
from osteon.evidence import Cohort
from osteon.outcomes.bmd import REFERENCE
from osteon.population.covariates import DEFAULTS, EARLIER, PEAK_OF_MEN
from osteon.replication.fracture_incidence import SPEEDS, Trajectory, hazards, upstream
from osteon.simulation.assembly import human_model
from osteon.simulation.run_in import run_in

Array = NDArray[np.float64]
AGES = np.arange(52.0, 93.0, 5.0)  # middles of five years
AGE_WEIGHTS = {
    "female": np.array([0.17, 0.16, 0.16, 0.13, 0.12, 0.10, 0.08, 0.05, 0.03]),
    "male": np.array([0.19, 0.18, 0.17, 0.14, 0.12, 0.09, 0.06, 0.035, 0.015]),
}  # share of those beyond 50 by AGES.  Source: assumed, as in Britain
SPREAD = np.linspace(-3.0, 3.0, 13)  # standard deviations of the people of an age about their mean
OF_MEN = 0.6  # earlier fractures of men against women.  Source: assumed
COUNT_SD = 0.05  # log: how registers count.  Source: assumed


@dataclass(frozen=True)
class Register:
    """One published incidence. rate: a year and 10,000 people; sd: log, of the figure; place: its country against the United States."""

    kind: str
    sex: str
    from_age: float
    to_age: float
    rate: float
    sd: float
    place: float
    source: str
    use: str = "fit"


@cached
def fitted_registers() -> tuple[Register, ...]:
    """Those that the hazards are fitted to."""
    return tuple(r for r in registers() if r.use == "fit")


@cached
def registers() -> tuple[Register, ...]:
    """All published incidences of the population."""
    text = files("osteon").joinpath("data").joinpath("incidence.csv").read_text(encoding="utf-8")
    return tuple(_register(r) for r in csv.DictReader(text.splitlines()))


def _register(r: Mapping[str, str]) -> Register:
    low, high, rate, sd, place = (float(r[n]) for n in ("from_age", "to_age", "rate_per_10k_py", "sd_log", "place"))
    return Register(r["kind"], r["sex"], low, high, rate, sd, place, r["source"], r["use"])


def population_trajectories(sex: str) -> tuple[Trajectory, ...]:
    """The typical woman or man at each of AGES, on one day."""
    model, female, n = human_model(), sex == "female", len(AGES)
    bmi, tall = DEFAULTS["bmi"][0], 1.61 if female else 1.75
    person: dict[str, Any] = {"age_at_start": AGES, "female": float(female), "bmi": bmi, "body_weight": bmi * tall**2}
    person |= {"menopause_age": DEFAULTS["menopause_age"][0]} if female else PEAK_OF_MEN
    names = (*upstream(model), *SPEEDS)
    got = simulate(model, person, n=n, times=[0.0], outputs=names, initial=run_in(model, person, n))
    values = {name: got.of(name) for name in names}
    known = Cohort(sex, (), {})
    return tuple(
        Trajectory(known, np.zeros(1), {k: v[i : i + 1] for k, v in values.items()}, np.zeros(1),
               {k: values[k][i : i + 1] for k in SPEEDS}, float(AGES[i]))
        for i in range(n)
    )  # fmt: skip


@cached
def _measured_bmd() -> dict[tuple[str, str], Array]:
    """Ages, means and standard deviations of areal BMD of people at large, (3, ages), by sex and site."""
    text = files("osteon").joinpath("data/population/bmd_by_age.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    return {
        key: np.array([[float(r[k]) for r in rows if (r["sex"], r["site"]) == key] for k in ("age", "mean", "sd")])
        for key in {(r["sex"], r["site"]) for r in rows}
    }


def bmd_at_age(site: str, sex: str, age: float) -> tuple[float, float]:
    """Mean and standard deviation of areal BMD of people at large, g/cm^2; at the neck, the course of the total hip.

    Source: nhanes0508, nhanes3, looker2017
    """
    known = _measured_bmd()
    ages, means, spreads = known[sex, site]
    if len(ages) > 1:
        return float(np.interp(age, ages, means)), float(np.interp(age, ages, spreads))
    hip = known[sex, "total_hip"]
    there, here = (float(np.interp(a, hip[0], hip[1])) for a in (ages[0], age))
    return float(means[0]) * here / there, float(spreads[0])


def about(trajectory: Trajectory, sex: str) -> dict[str, Array]:
    """People of the age of a typical one, by covariate, (people,): T-scores as a survey has them, all else as usual at the age."""
    same = np.ones(len(SPREAD))
    found = {"age": trajectory.age * same, "bmi": DEFAULTS["bmi"][0] * same, "volunteer": 0.0 * same}
    found["smoking"] = DEFAULTS["smoking_percent"][0] / 100 * same
    share = 1.0 if sex == "female" else OF_MEN
    for kind, (at_fifty, yearly) in EARLIER.items():
        found[f"prior_{kind}_fractures"] = share * (at_fifty + yearly * (trajectory.age - 50)) * same
    for site in SITES:
        mean, sd = REFERENCE[site]
        usual, wide = bmd_at_age(site, sex, trajectory.age)
        found[f"t_{site}"] = (usual + wide * SPREAD - mean) / sd
    return found


def population_rates(
    rows: Sequence[Register], courses: Mapping[str, Sequence[Trajectory]], parameter_values: Mapping[str, Any]
) -> Array:
    """Expected incidences a year and 10,000 people, (members, rows).   courses : by sex; parameter_values : parameters, (members,) each"""
    weight = np.exp(-(SPREAD**2) / 2)
    weight /= weight.sum()
    of: dict[tuple[str, str], Array] = {}
    for sex, each in courses.items():
        own = {**parameter_values, "female": float(sex == "female")}
        found = [hazards(c, about(c, sex), own) for c in each]
        for kind in {r.kind for r in rows}:
            of[sex, kind] = np.stack([h[f"hazard_{kind}"][:, :, 0] @ weight for h in found], axis=1)
    return np.stack([_mean(of[r.sex, r.kind], r) for r in rows], axis=1)


@cached
def expected_register_rates() -> tuple[tuple[Register, float], ...]:
    """Every register, and what the model expects of the same people: a year and 10,000 people, typical parameters."""
    courses = {sex: population_trajectories(sex) for sex in AGE_WEIGHTS}
    expected = population_rates(registers(), courses, {})[0]
    return tuple(zip(registers(), map(float, expected), strict=True))


def _mean(rates: Array, r: Register) -> Array:
    share = AGE_WEIGHTS[r.sex] * ((r.from_age <= AGES) & (r.to_age >= AGES))
    return np.asarray(1e4 * r.place * (rates * share).sum(axis=1) / share.sum())
