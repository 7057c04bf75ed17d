"""A fit to rows of one's own: estimates, profiles, posterior, and rows beside what the posterior would show again.

Priors are what is known without the rows: the posterior of the shipped fit of a fitted number, the stated prior of another. The
posterior is sampled as the large one is; the mode is sought by Gauss-Newton steps with damping.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from osteon.errors import Fault, InputError, unknown
from osteon.inference.arm_problem import error_model, gauss_newton, simulator, slopes
from osteon.inference.coordinates import of_priors
from osteon.inference.posterior import Summary, summarise
from osteon.inference.priors import Prior, prior_of
from osteon.inference.sampler import Draws, Problem, sample
from osteon.inference.targets import blocks
from osteon.inference.user_rows import UserData
from osteon.inputs.aliases import current_name
from osteon.interventions import CARDS
from osteon.simulation.assembly import human_model

Array = NDArray[np.float64]
USER_FIT_NUDGE = 0.05  # of a prior's width, for a slope
USER_FIT_LADDER = (0.0, 0.03, 0.3, 3.0, 30.0)  # damping of a step
ITERATIONS = 8
WARM, BLOCKS, CHAINS = 3, 6, 16
USER_FIT_GRID = np.linspace(-2.5, 2.5, 11)  # of a profile, in posterior standard deviations


@dataclass(frozen=True)
class UserDataFit:
    """mode : coordinates; profiles : (d, len(GRID)) rise of half the objective above its least; draws, summary, predictive rows"""

    problem: Problem
    mode: Array
    covariance: Array
    profiles: Array
    places: Array
    draws: Draws
    summary: Summary
    predictive: tuple[dict[str, float | str | bool], ...]


def free_priors(names: Sequence[str]) -> tuple[Prior, ...]:
    """Priors of the numbers that are to be fitted. Raises InputError for every one that cannot be."""
    model = human_model(CARDS)
    faults, found = [], []
    names = [current_name(name) for name in names]
    for i, name in enumerate(names):
        p = model.parameters.get(name)
        prior = prior_of(p) if p is not None else None
        if p is None:
            faults.append(unknown("parameter", name, model.parameters, "--free"))
        elif prior is None:
            text = f"'{name}' is a switch, a covariate of persons or a definition: rows of arms do not inform it."
            faults.append(Fault("not_free", "--free", name, "a fitted, assumed, derived or measured number", "", text))
        elif name in names[:i]:
            faults.append(Fault("duplicate_name", "--free", name, "", "", f"'{name}' stands twice."))
        else:
            found.append(prior)
    if not names:
        text = "No number is named that is to be fitted."
        faults.append(Fault("nothing_free", "--free", "", "names separated by commas", "", text))
    if faults:
        raise InputError(faults)
    return tuple(found)


def fit_to_user_data(
    data: UserData,
    free: Sequence[str],
    seed: int = 1,
    on_progress: Callable[[str, float], None] = lambda text, share: None,
) -> UserDataFit:
    """Fit the named numbers to the rows. Raises InputError."""
    priors = free_priors(free)
    where, made = of_priors(priors), tuple(blocks(data.arms))
    model = error_model(made)
    simulate = simulator(data.arms, made, where)
    start = where.of_values({p.name: p.parameter.value for p in priors})
    problem = Problem(where, model, simulate, start, np.diag(where.width**2))
    on_progress(f"{len(where)} numbers, {model.rows} rows: seeking the mode", 0.0)
    mode, covariance = _mode(problem)
    on_progress("profiles", 0.3)
    places, profiles = _profiles(problem, mode, covariance)
    on_progress("posterior", 0.4)
    draws, _ = sample(Problem(where, model, simulate, mode, covariance), WARM, BLOCKS, CHAINS, seed)
    summary = summarise(draws, where, model, math.nan, "")
    return UserDataFit(
        problem, mode, covariance, profiles, places, draws, summary, _predictive(draws, data, problem, seed)
    )


def _objective(problem: Problem, errors: Array, theta: Array) -> Array:
    """Half the objective (n,): minus log likelihood with the usual spreads, and prior."""
    usual = np.tile(problem.model.usual(), (len(errors), 1))
    z = (theta - problem.where.centre) / problem.where.width
    return np.asarray(-problem.model.by_trial(errors, usual).sum(axis=1) + 0.5 * (z**2).sum(axis=1))


def _mode(problem: Problem) -> tuple[Array, Array]:
    where, model = problem.where, problem.model
    room = 1e-3 * (where.high - where.low)
    point = problem.start
    for _ in range(ITERATIONS):
        base, slope = slopes(problem.simulate, point, USER_FIT_NUDGE * where.width)
        covariance, information = gauss_newton(model, where, base, slope)
        usual = np.tile(model.usual(), (1, 1))
        _, pull = model.cost_and_slope(base[None], model.roots(usual))
        gradient = slope @ pull[0] + (point - where.centre) / where.width**2
        steps = [-np.linalg.solve(information + d * np.diag(np.diag(information)), gradient) for d in USER_FIT_LADDER]
        tried = np.clip(
            point + np.clip(np.array(steps), -2 * where.width, 2 * where.width), where.low + room, where.high - room
        )
        cost = _objective(problem, problem.simulate(tried), tried)
        now = float(_objective(problem, base[None], point[None])[0])
        best = int(np.argmin(cost))
        if not cost[best] < now - 1e-3:
            return point, covariance
        point = tried[best]
    return point, covariance


def _profiles(problem: Problem, mode: Array, covariance: Array) -> tuple[Array, Array]:
    """Places (d, grid) of every number and the rise of half the objective there, the others moved along with it (to first order)."""
    d, room = len(mode), 1e-3 * (problem.where.high - problem.where.low)
    sd = np.sqrt(np.diag(covariance))
    along = covariance / sd[:, None]  # row i: how all numbers move with one standard deviation of number i
    points = (mode + USER_FIT_GRID[None, :, None] * along[:, None, :]).reshape(-1, d)
    points = np.clip(points, problem.where.low + room, problem.where.high - room)
    cost = _objective(problem, problem.simulate(points), points).reshape(d, -1)
    places = np.stack([points.reshape(d, -1, d)[i, :, i] for i in range(d)])
    return places, cost - cost.min()


def _predictive(draws: Draws, data: UserData, problem: Problem, seed: int) -> tuple[dict[str, float | str | bool], ...]:
    """Each row beside what the posterior would show again, measurement and study in it: middle and 90 %, in percent."""
    flat = draws.flat()
    errors, scales = flat.errors[0], flat.scales[0]
    rng, families = np.random.default_rng([seed, 9]), len(problem.model.families)
    rows = []
    measured = [m for b in blocks(data.arms) for m in b.rows]
    for g in problem.model.groups:
        offset = np.exp(scales[:, families + g.family]) * rng.standard_normal(len(errors))
        for j, row in enumerate(g.rows):
            m = measured[row]
            sd = np.sqrt((g.measured[j] + np.exp(2 * scales[:, g.family])) * g.kin[j])
            e = errors[:, row] + sd * rng.standard_normal(len(errors)) + g.exposed[j] * offset
            value = m.value + e if g.family == 0 else 100 * ((1 + m.value / 100) * np.exp(e) - 1)
            low, middle, high = (float(v) for v in np.quantile(value, [0.05, 0.5, 0.95]))
            rows.append(
                {
                    "row": m.id, "arm": m.arm, "endpoint": m.endpoint, "months": m.months, "unit": m.unit, "value": m.value,
                    "predicted": middle, "lo90": low, "hi90": high, "inside": bool(low <= m.value <= high),
                }
            )  # fmt: skip
    return tuple(rows)
