"""Draw virtual people from a population, let them in by the study's conditions, and say how their biology differs.

What they are drawn with is in `covariates`, how it goes together in `correlations`, the weights that bring a population to a
published baseline table in `matching`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from osteon.errors import Fault, RunFailed
from osteon.model import LogitNormal, LogNormal, LogUniform, Model, Normal, Uniform
from osteon.model.parts import Spread
from osteon.population.covariates import Turnover, Usual, draw_covariates, of_person
from osteon.population.matching import POOL, Tilt, tilt_of
from osteon.population.patients import Patients
from osteon.streams import uniform

TRIES, TRIES_OF_WEIGHTED = 400, 20_000
SAMPLING_AT_ONCE = 16  # places of a patient that are looked at together
POOL_FIRST = 2**61  # numbers of the people that weights are found in: nobody's else
COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "==": np.equal,
}
Array = NDArray[np.float64]


def sample(
    population: Mapping[str, Any],
    model: Model,
    n: int,
    seed: int,
    eligible: Sequence[Any] = (),
    first: int = 0,
    between: bool = True,
    turnover_of: Turnover | None = None,
    usual: Usual | None = None,
    joint: bool = False,
    tilt: Tilt | None = None,
) -> Patients:
    """n patients with ids first … first + n - 1.

    population : a cohort's table (see evidence); eligible : conditions on covariates
    between    : whether model parameters differ between persons, as their `between` says
    turnover_of: from parameters of persons, (n,) each, to resorption at month 0 against the reference adult; asked only
                 where a condition names `turnover`, which then is a covariate
    usual      : T-scores of people at large by age and sex; where it is there and the population gives an age, T-scores and
                 earlier fractures that are left out follow from each person's age, else they are those of usual cohorts
    joint      : whether covariates go together (see correlations), or each is drawn on its own, as for the fits
    tilt       : weights of people, as the chance to be let in (see matching)

    Raises RunFailed when nobody (or too few) can meet the conditions, with what each condition removed.
    """
    ids = np.arange(first, first + n)
    needs = turnover_of if any(c.quantity == "turnover" for c in eligible) else None
    draws = _Draws(population, seed, needs, usual if "age" in population else None, joint, tilt)
    covariates, assumed, excluded = _eligible(draws, ids, eligible)
    parameters = of_person(covariates)
    if between:
        parameters |= between_persons(model, ids, seed, set(parameters))
    return Patients(ids, covariates, parameters, assumed, excluded)


@dataclass(frozen=True)
class _Draws:
    """How people of one population are drawn: everything but who."""

    population: Mapping[str, Any]
    seed: int
    turnover_of: Turnover | None
    usual: Usual | None
    joint: bool
    tilt: Tilt | None

    def covariates(
        self, ids: NDArray[np.int64], attempt: int | NDArray[np.int64]
    ) -> tuple[dict[str, Array], dict[str, str]]:
        """Covariates of people at one of their places, and what was assumed."""
        table, assumed = draw_covariates(self.population, ids, self.seed, attempt, self.usual, self.joint)
        if self.turnover_of:
            table["turnover"] = self.turnover_of(of_person(table))
        return table, assumed

    def let_in(
        self, table: Mapping[str, Array], ids: NDArray[np.int64], attempt: int | NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        """Who is taken at this place by weight, (n,)."""
        if self.tilt is None:
            return np.ones(len(ids), bool)
        return np.asarray(uniform(self.seed, ids, "match", attempt) < self.tilt.chance(table))


def _eligible(
    draws: _Draws, ids: NDArray[np.int64], conditions: Sequence[Any]
) -> tuple[dict[str, Array], dict[str, str], NDArray[np.int64]]:
    """Each patient is drawn again, from places of her own, until she meets the conditions; how many before her did not, (n,)."""
    removed = dict.fromkeys((c.text for c in conditions), 0)
    kept, assumed = draws.covariates(ids, 0)
    met, weighted = _meeting(kept, conditions, removed), draws.let_in(kept, ids, 0)
    excluded = (weighted & ~met).astype(np.int64)
    open_rows = np.flatnonzero(~(met & weighted))
    attempt, limit = 1, TRIES_OF_WEIGHTED if draws.tilt else TRIES
    while len(open_rows) and attempt < limit:
        count = 1 if draws.turnover_of else SAMPLING_AT_ONCE
        who, place = np.repeat(ids[open_rows], count), np.tile(attempt + np.arange(count), len(open_rows))
        fresh, _ = draws.covariates(who, place)
        met, weighted = _meeting(fresh, conditions, removed), draws.let_in(fresh, who, place)
        taken = (met & weighted).reshape(-1, count)
        before = np.cumsum(taken, axis=1) == 0  # the places up to the one that is taken
        excluded[open_rows] += (before & (weighted & ~met).reshape(-1, count)).sum(axis=1)
        found = np.flatnonzero(taken.any(axis=1))
        first = found * count + taken[found].argmax(axis=1)
        for name, values in fresh.items():
            kept[name][open_rows[found]] = values[first]
        attempt += count
        if 60 < attempt <= 60 + count and len(found) == 0 and len(open_rows) == len(ids) >= 20:
            break
        open_rows = np.delete(open_rows, found)
    if not len(open_rows):
        return kept, assumed, excluded
    told = "; ".join(f"'{text}' removed {count}" for text, count in removed.items())
    message = f"{len(open_rows)} of {len(ids)} patients could not be found: the conditions leave too few. Of all drawn, {told}."
    raise RunFailed(
        Fault(
            "nobody_eligible",
            "population.eligible",
            len(open_rows),
            "",
            "Widen the condition that removes most.",
            message,
        )
    )


def _meeting(table: Mapping[str, Array], conditions: Sequence[Any], removed: dict[str, int]) -> NDArray[np.bool_]:
    """Who meets every condition, (n,); counts whom each removed."""
    good = np.ones(len(table["age"]), bool)
    for c in conditions:
        met = COMPARE[c.operator](table[c.quantity], c.level)
        removed[c.text] += int((~met).sum())
        good &= met
    return good


def match(
    population: Mapping[str, Any],
    targets: Mapping[str, float],
    seed: int,
    eligible: Sequence[Any] = (),
    turnover_of: Turnover | None = None,
    usual: Usual | None = None,
) -> Tilt:
    """Weights that bring those of a population who meet the conditions to a published baseline table.

    The pool they are found in is one for all patients. Raises InputError where the population cannot be brought to the table.
    """
    needs = turnover_of if any(c.quantity == "turnover" for c in eligible) else None
    draws = _Draws(population, seed, needs, usual if "age" in population else None, True, None)
    table, _, _ = _eligible(draws, np.arange(POOL_FIRST, POOL_FIRST + POOL), eligible)
    return tilt_of(table, targets)


def between_persons(model: Model, ids: NDArray[np.int64], seed: int, taken: set[str]) -> dict[str, Array]:
    """Values of every model parameter that has a `between`, (n,) each; names in `taken` are left alone."""
    spread = {p.name: p for p in model.parameters.values() if p.iiv is not None and p.name not in taken}
    found: dict[str, Array] = {}
    for name, p in spread.items():
        drawn = draw(p.value, p.iiv, uniform(seed, ids, f"between:{name}"))
        found[name] = np.clip(drawn, *p.bounds) if p.bounds else drawn
    return found


def draw(value: float, spread: Spread | None, u: Array) -> Array:
    """Values of a parameter at uniform places u; a mean-one factor for log-normal, so the mean person stays typical."""
    from scipy.special import expit, logit, ndtri

    if isinstance(spread, LogNormal):
        return np.asarray(value * np.exp(np.log(spread.gsd) * ndtri(u)))
    if isinstance(spread, Normal):
        return np.asarray(value + spread.sd * ndtri(u))
    if isinstance(spread, LogitNormal):
        return np.asarray(expit(logit(value) + spread.sd * ndtri(u)))
    if isinstance(spread, LogUniform):
        return np.asarray(spread.low * (spread.high / spread.low) ** u)
    if isinstance(spread, Uniform):
        return np.asarray(spread.low + (spread.high - spread.low) * u)
    return np.full_like(u, value)
