"""Sampling a posterior with few simulations: a stand-in for the simulator walks far, the simulator accepts or refuses where it arrives.

    warm-up    Chains walk on the stand-in's posterior alone; every point they reach is run exactly, and teaches. The first stand-in is
               the plane of the slopes at the start, the next ones are cubic (see emulator). No point is accepted or refused here. The
               first blocks walk in a cooled posterior, near the start, where a young stand-in is to be believed (COOL).
    sampling   The stand-in is frozen. Every iteration moves all chains at once, one batch of lanes:
               1. theta given the spreads: a few Hamiltonian transitions on the stand-in's posterior, then one exact evaluation and
                  the ratio that makes the exact posterior invariant. Some walks are short, which frees a chain from a place that
                  the stand-in thinks little of; some steps go along differences of earlier states.
                  Source: Liu 2001 (surrogate transition), ter Braak 2008 (DE-MC with archive)
               2. the spreads given theta: Metropolis steps that cost no simulation.

So what is kept is a Markov chain with the exact posterior, however wrong the stand-in is. A point whose simulation fails is refused,
and counted. State is stored after every block: a killed run goes on from there, to the bit.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from osteon.errors import CorruptData, Fault
from osteon.inference.coordinates import Coordinates
from osteon.inference.emulator import Emulator, plane, teach
from osteon.inference.errors_model import ErrorModel
from osteon.io.files import write_atomic

Array = NDArray[np.float64]
DE_SHARE = 0.04  # of iterations
SHORT_SHARE = 0.15  # of iterations with a stand-in: one short transition
TRANSITIONS = 3  # Hamiltonian transitions on the stand-in before the simulator is asked
WALK = 5  # transitions between two points of the warm-up
COOL = (0.1, 0.2, 0.35, 0.55, 0.8)  # temperatures of the first blocks of the warm-up, then 1
LEAPS = 18  # largest number of leapfrog steps of one
SCALE_STEPS = 12
BLOCK = 10  # iterations between two checkpoints
BURN = 1  # blocks after the warm-up that are not kept
MAX_POINTS_TAUGHT = 5_000  # that the stand-in is taught with, the latest
WIDEST = 1.5  # spread of a place about the start, at most
JUMP = 0.1  # share of DE steps that try to jump a whole difference
FAILED_RUN = 49.0  # an error of this size says that a simulation failed
NUDGE = 0.02  # of the spread about the start, for slopes that a problem does not bring


@dataclass(frozen=True)
class Problem:
    """What is sampled. simulate : coordinates (n, d) -> errors (n, rows); start : (d,), covariance (d, d) about it

    plane : errors (rows,) at the start and slopes (d, rows), where they are known already
    """

    where: Coordinates
    model: ErrorModel
    simulate: Callable[[Array], Array]
    start: Array
    covariance: Array
    plane: tuple[Array, Array] | None = None


@dataclass
class State:
    """Chains and what the proposals have learned. y : (chains, d); scales : (chains, 2 families); errors : (chains, rows)

    In the warm-up the errors are those of the stand-in. failed : simulations that failed, and were refused
    """

    y: Array
    scales: Array
    errors: Array
    trials: Array
    archive: Array
    taught: Array  # coordinates that were evaluated
    answers: Array  # their errors
    emulator: Emulator
    step: float = 0.3
    scale_step: float = 0.3
    blocks: int = 0
    warm_blocks: int = 0
    burn: int = 0
    failed: int = 0
    frozen: bool = False
    minutes: float = 0.0
    evaluations: int = 0
    tried: Array = field(default_factory=lambda: np.zeros(4))  # surrogate tried, accepted; DE tried, accepted


@dataclass(frozen=True)
class Draws:
    """Kept draws. theta : (chains, draws, d); scales : (…, 2 families); errors : (…, rows); trials : log likelihoods (…, trials)"""

    theta: Array
    scales: Array
    errors: Array
    trials: Array

    def flat(self) -> Draws:
        """All chains as one row of draws, (1, n, …)."""
        return Draws(*(a.reshape(1, -1, a.shape[-1]) for a in (self.theta, self.scales, self.errors, self.trials)))

    def thinned(self, most: int) -> Draws:
        """At most so many draws of each chain, evenly spaced."""
        n = self.theta.shape[1]
        kept = np.unique(np.linspace(0, n - 1, min(n, most)).astype(int))
        return Draws(self.theta[:, kept], self.scales[:, kept], self.errors[:, kept], self.trials[:, kept])


def begin(problem: Problem, chains: int, seed: int) -> State:
    """Chains at the start, with the plane of its slopes as the first stand-in."""
    rng = np.random.default_rng([seed, 0])
    d, where, model = len(problem.where), problem.where, problem.model
    base, slope = problem.plane or _slopes(problem)
    usual = np.tile(model.usual(), (chains, 1))
    scales = usual + 0.05 * rng.standard_normal(usual.shape) * model.sampled
    y = np.tile(where.place(where.inside(problem.start)), (chains, 1))
    emulator = plane(problem.start, base, slope)
    errors = emulator.predict(where.theta(y))
    empty = np.zeros((0, model.rows))
    evaluations = 0 if problem.plane else d + 1
    return State(
        y, scales, errors, model.by_trial(errors, scales), y, np.zeros((0, d)), empty, emulator, evaluations=evaluations
    )


def _slopes(problem: Problem) -> tuple[Array, Array]:
    """Errors at the start and their slopes, one lane a coordinate, towards the side with more room."""
    start, where = problem.where.inside(problem.start), problem.where
    side = np.where(where.high - start >= start - where.low, 1.0, -1.0)
    step = side * NUDGE * np.sqrt(np.diag(problem.covariance))
    moved = problem.simulate(np.vstack([start, start + np.diag(step)]))
    return moved[0], (moved[1:] - moved[0]) / step[:, None]


def _teach(problem: Problem, state: State, sd: Array, seed: int) -> Emulator:
    unit = np.ones(problem.model.rows)
    usual = problem.model.usual()
    for g in problem.model.groups:
        unit[g.rows] = np.sqrt((g.measured + np.exp(2 * usual[g.family])) * g.kin)

    def value(errors: Array) -> Array:
        return np.asarray(problem.model.by_trial(errors, np.tile(usual, (len(errors), 1))).sum(axis=1))

    return teach(state.emulator, state.taught, state.answers, sd, unit, value, seed)


def run_block(problem: Problem, state: State, seed: int, keep: bool) -> Draws | None:
    """BLOCK iterations in place; the draws where they are kept. A block's random numbers depend on seed and its number alone."""
    began, rng = time.monotonic(), np.random.default_rng([seed, 1 + state.blocks])
    kept: list[tuple[Array, Array, Array, Array]] = []
    for _ in range(BLOCK):
        if not state.frozen:
            _walk(problem, state, rng)
        elif rng.random() < DE_SHARE:
            _de_step(problem, state, rng)
        else:
            _surrogate_step(problem, state, rng)
        _scale_steps(problem, state, rng)
        kept.append((problem.where.theta(state.y), state.scales.copy(), state.errors.copy(), state.trials.copy()))
        if not state.frozen:
            state.archive = np.concatenate([state.archive, state.y])[-4000:]
    keep = keep and state.frozen and not state.burn
    state.blocks += 1
    state.burn = max(state.burn - 1, 0)
    if not state.frozen:
        state.warm_blocks += 1
        if state.warm_blocks <= len(COOL):  # cooled states are too close together to measure leaps by
            state.archive = state.archive[-BLOCK * len(state.y) :]
        _learn(problem, state, seed)
    state.minutes += (time.monotonic() - began) / 60
    return Draws(*(np.stack([k[i] for k in kept], axis=1) for i in range(4))) if keep else None


def _learn(problem: Problem, state: State, seed: int) -> None:
    """Teach the stand-in with all points so far, over the spreads of the chains' latest states; the chains go on from where it sees them."""
    recent = problem.where.theta(state.archive[-BLOCK * len(state.y) :])
    d = recent.shape[1]
    weight = len(recent) / (len(recent) + 8 * d)
    variance = weight * recent.var(axis=0) + (1 - weight) * np.diag(problem.covariance)
    state.emulator = _teach(problem, state, np.sqrt(variance), seed)
    state.errors = state.emulator.predict(problem.where.theta(state.y))
    state.trials = problem.model.by_trial(state.errors, state.scales)


def freeze(problem: Problem, state: State) -> None:
    """End of the warm-up: what proposes changes no more, and the chains stand where they are by the simulator."""
    state.errors, state.trials = _evaluate(problem, state, state.y)
    state.frozen, state.burn = True, BURN
    state.tried = np.zeros(4)
    state.taught, state.answers = state.taught[:0], state.answers[:0]


def _walk(problem: Problem, state: State, rng: np.random.Generator) -> None:
    """A walk on the stand-in's posterior alone; where it ends the simulator is run, and teaches."""
    temperature = COOL[state.warm_blocks] if state.warm_blocks < len(COOL) else 1.0
    state.y, _ = _on_stand_in(problem, state, WALK, rng, temperature)
    _evaluate(problem, state, state.y)
    state.errors = state.emulator.predict(problem.where.theta(state.y))
    state.trials = problem.model.by_trial(state.errors, state.scales)


def _evaluate(problem: Problem, state: State, y: Array) -> tuple[Array, Array]:
    theta = problem.where.theta(y)
    errors = problem.simulate(theta)
    lost = ~(np.abs(errors).max(axis=1) < FAILED_RUN)
    state.evaluations += len(y)
    state.failed += int(lost.sum())
    if not state.frozen:
        state.taught = np.concatenate([state.taught, theta])[-MAX_POINTS_TAUGHT:]
        state.answers = np.concatenate([state.answers, errors])[-MAX_POINTS_TAUGHT:]
    trials = problem.model.by_trial(errors, state.scales)
    return errors, np.where(lost[:, None], -np.inf, trials)


def _accept(state: State, take: NDArray[np.bool_], y: Array, errors: Array, trials: Array, place: int) -> None:
    state.y = np.where(take[:, None], y, state.y)
    state.errors = np.where(take[:, None], errors, state.errors)
    state.trials = np.where(take[:, None], trials, state.trials)
    state.tried[place] += len(take)
    state.tried[place + 1] += take.sum()


def _de_step(problem: Problem, state: State, rng: np.random.Generator) -> None:
    """A step along the difference of two earlier states."""
    chains, d = state.y.shape
    first, second = rng.integers(0, len(state.archive), (2, chains))
    gamma = np.where(rng.random(chains) < JUMP, 1.0, 2.38 / np.sqrt(2 * d) * rng.uniform(0.3, 1.0, chains))
    y = (
        state.y
        + gamma[:, None] * (state.archive[first] - state.archive[second])
        + 1e-4 * rng.standard_normal((chains, d))
    )
    errors, trials = _evaluate(problem, state, y)
    gain = trials.sum(axis=1) + problem.where.log_prior(y) - state.trials.sum(axis=1) - problem.where.log_prior(state.y)
    _accept(state, np.log(rng.random(chains)) < gain, y, errors, trials, 2)


def _surrogate_step(problem: Problem, state: State, rng: np.random.Generator) -> None:
    """Far on the stand-in, then one exact ratio."""
    transitions = 1 if rng.random() < SHORT_SHARE else int(rng.integers(2, TRANSITIONS + 1))
    y, gained = _on_stand_in(problem, state, transitions, rng)
    errors, trials = _evaluate(problem, state, y)
    exact = (
        trials.sum(axis=1) + problem.where.log_prior(y) - state.trials.sum(axis=1) - problem.where.log_prior(state.y)
    )
    _accept(state, np.log(rng.random(len(y))) < exact - gained, y, errors, trials, 0)


def _on_stand_in(
    problem: Problem, state: State, transitions: int, rng: np.random.Generator, temperature: float = 1.0
) -> tuple[Array, Array]:
    """Places (chains, d) after transitions that leave the stand-in's posterior as it is, and what they gained of its log density (chains,).

    temperature : below 1 the posterior's power 1 / temperature, which lies nearer to its mode
    """
    extra = state.emulator.variance
    roots = problem.model.roots(state.scales, extra)

    def value(y: Array) -> tuple[Array, Array]:
        density, slope = _surrogate(problem, state.emulator, y, roots, extra)
        return density / temperature, slope / temperature

    before, slope = value(state.y)
    y, now, metric = state.y, before, _metric(problem, state)
    for _ in range(transitions):
        most = LEAPS // 3 if transitions == 1 else LEAPS
        leaps = int(rng.integers(most // 3, most + 1))
        step = state.step * (0.6 if rng.random() < 0.3 else 1.0)
        y, now, slope, share = _hamiltonian(value, y, now, slope, metric, step, max(leaps, 1), rng)
        if not state.frozen:
            state.step = float(np.clip(state.step * np.exp(0.15 * (share - 0.8)), 1e-3, 1.5))
    return y, now - before


def _surrogate(problem: Problem, emulator: Emulator, y: Array, roots: list[Array], extra: Array) -> tuple[Array, Array]:
    """Log density (n,) of the stand-in's posterior at fixed spreads, and its gradient (n, d)."""
    theta = problem.where.theta(y)
    with np.errstate(over="ignore", invalid="ignore"):
        inner = emulator.inner(theta)
        cost, slope = problem.model.cost_and_slope(emulator.predict(theta, inner), roots, extra)
        pull = emulator.pull(theta, slope, inner) * problem.where.slope(theta)
    return problem.where.log_prior(y) - cost, problem.where.prior_slope(y) - pull


def _metric(problem: Problem, state: State) -> tuple[Array, Array]:
    """Root of a covariance of places that the leaps are measured in, and its transpose: of the earlier states, and of the start's.

    Near a bound a place spreads over a few units whatever its coordinate does, so the start's spreads are cut off at WIDEST.
    """
    where, d = problem.where, len(problem.where)
    first = problem.covariance / np.outer(*(2 * [where.slope(where.inside(problem.start))]))
    cut = np.minimum(1.0, WIDEST / np.sqrt(np.diag(first)))
    spread = np.cov(state.archive.T).reshape(d, d)
    weight = len(state.archive) / (len(state.archive) + 8 * d)
    root = np.linalg.cholesky(weight * spread + (1 - weight) * first * np.outer(cut, cut))
    return root, root.T


def _hamiltonian(
    value: Callable[[Array], tuple[Array, Array]],
    y: Array,
    before: Array,
    slope: Array,
    metric: tuple[Array, Array],
    step: float,
    leaps: int,
    rng: np.random.Generator,
) -> tuple[Array, Array, Array, float]:
    """One transition of every chain on the stand-in; y = root u, momentum standard in u."""
    root, back = metric
    momentum = rng.standard_normal(y.shape)
    energy = before - 0.5 * (momentum**2).sum(axis=1)
    place, now, force = y, before, slope
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(leaps):
            momentum = momentum + 0.5 * step * force @ back.T
            place = place + step * momentum @ root.T
            now, force = value(place)
            momentum = momentum + 0.5 * step * force @ back.T
        gain = now - 0.5 * (momentum**2).sum(axis=1) - energy
    take = np.log(rng.random(len(y))) < np.where(np.isfinite(gain), gain, -np.inf)
    chosen = take[:, None]
    return np.where(chosen, place, y), np.where(take, now, before), np.where(chosen, force, slope), float(take.mean())


def _scale_steps(problem: Problem, state: State, rng: np.random.Generator) -> None:
    """Metropolis steps of the spreads given the errors."""
    if not problem.model.free:
        return
    taken = 0.0
    for _ in range(SCALE_STEPS):
        step = state.scale_step * rng.uniform(0.2, 1.0) * problem.model.sampled
        scales = state.scales + step * rng.standard_normal(state.scales.shape)
        trials = problem.model.by_trial(state.errors, scales)
        gain = trials.sum(axis=1) - state.trials.sum(axis=1)
        gain += problem.model.log_scale_prior(scales) - problem.model.log_scale_prior(state.scales)
        take = np.log(rng.random(len(gain))) < gain
        state.scales = np.where(take[:, None], scales, state.scales)
        state.trials = np.where(take[:, None], trials, state.trials)
        taken += take.mean() / SCALE_STEPS
    if not state.frozen:
        state.scale_step = float(np.clip(state.scale_step * np.exp(0.2 * (taken - 0.35)), 0.01, 1.0))


def sample(problem: Problem, warm: int, blocks: int, chains: int = 16, seed: int = 1) -> tuple[Draws, State]:
    """A whole run in memory: warm blocks, then kept blocks."""
    state = begin(problem, chains, seed)
    for _ in range(warm):
        run_block(problem, state, seed, keep=False)
    freeze(problem, state)
    kept: list[Draws] = []
    while len(kept) < blocks:
        found = run_block(problem, state, seed, keep=True)
        kept += [found] if found is not None else []
    return join(kept), state


def join(parts: list[Draws]) -> Draws:
    """Draws of several blocks as one."""
    return Draws(
        *(np.concatenate([getattr(p, k) for p in parts], axis=1) for k in ("theta", "scales", "errors", "trials"))
    )


_ARRAYS = ("y", "scales", "errors", "trials", "archive", "taught", "answers", "tried")
_NUMBERS = ("step", "scale_step", "blocks", "warm_blocks", "burn", "failed", "frozen", "minutes", "evaluations")
_STAND_IN = ("centre", "base", "slope", "points", "weights", "lengths", "group", "powers", "variance")


def store_state(state: State, path: Path) -> None:
    """Write a state, old or new, never half."""
    e = state.emulator
    arrays: dict[str, Any] = {k: getattr(state, k) for k in _ARRAYS}
    arrays |= {f"emulator_{k}": getattr(e, k) for k in _STAND_IN}
    arrays |= {k: np.array(float(getattr(state, k))) for k in _NUMBERS}
    body = io.BytesIO()
    np.savez(body, **arrays)
    write_atomic(path, body.getvalue())


def read_state(path: Path) -> State:
    """A stored state. Raises CorruptData where it cannot be read."""
    try:
        with np.load(path, allow_pickle=False) as found:
            raw = {k: found[k] for k in found.files}
        emulator = Emulator(*(raw[f"emulator_{k}"] for k in _STAND_IN))
        numbers = {k: float(raw[k]) for k in _NUMBERS}
        state = State(emulator=emulator, **{k: raw[k] for k in _ARRAYS})
    except (OSError, ValueError, KeyError, EOFError) as error:
        text = f"'{path.name}' cannot be read: {error}. Begin anew in another folder."
        raise CorruptData(Fault("damaged", str(path), "", "", "", text)) from None
    whole = {k: int(v) for k, v in numbers.items() if k not in ("step", "scale_step", "minutes")}
    return replace(state, **{**numbers, **whole, "frozen": bool(numbers["frozen"])})  # type: ignore[arg-type]


def store_draws(draws: Draws, path: Path) -> None:
    """Write one block of draws."""
    body = io.BytesIO()
    np.savez_compressed(
        body, theta=draws.theta, scales=draws.scales, errors=draws.errors.astype(np.float32), trials=draws.trials
    )
    write_atomic(path, body.getvalue())


def read_draws(path: Path) -> Draws:
    """One stored block of draws. Raises CorruptData."""
    try:
        with np.load(path, allow_pickle=False) as found:
            return Draws(*(np.asarray(found[k], float) for k in ("theta", "scales", "errors", "trials")))
    except (OSError, ValueError, KeyError, EOFError) as error:
        text = f"'{path.name}' cannot be read: {error}."
        raise CorruptData(Fault("damaged", str(path), "", "", "", text)) from None
