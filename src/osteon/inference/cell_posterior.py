"""Joint posterior of the cell parameters: a tempered ensemble on a stand-in of the animals, weighed by the engine, resumable.

The engine is run at points of the prior, then at points of a first posterior; each effect gets a stand-in (cell_surrogate).
Particles start in the prior and the likelihood is let in by powers that keep half of them effective; between powers they are
resampled and moved along differences of others (ter Braak 2006, by halves). Two ensembles that never meet say whether they agree (R-hat). At the end the engine is run at the particles themselves, and
what the stand-in missed is put right by weights. A study is left out by weights, its inverse likelihood, truncated (Ionides
2008); how many particles then count is told beside it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from osteon.cells.posterior import CellPosterior
from osteon.errors import Fault, InputError
from osteon.inference.cell_evidence import (
    MEASURES,
    EvidenceRow,
    chance_of_direction,
    evidence_key,
    evidence_rows,
    host_spread,
    measured,
    predictions,
    row_likelihoods,
    sampled_parameters,
    spreads,
)
from osteon.inference.cell_surrogate import fit_row
from osteon.io.files import write_atomic

Array = NDArray[np.float64]
PARTICLES = 300  # of each of the two ensembles
POINTS = 300  # where the engine is run in each of the first two rounds
KEEP = 0.5  # share of particles that stays effective from one power to the next
STEP = 0.25  # of the difference of two particles, first; then kept at an acceptance near a quarter
LONG, JITTER = 0.1, 0.03  # share of long moves; noise of every move, of the prior's SD
MOVES, LAST_MOVES = 20, 300  # sweeps between two powers, and at the end
N_SHIPPED_DRAWS = 256  # draws of the file
ROUNDS = 3  # runs of the engine: prior, first posterior, the particles themselves

Evaluate = Callable[[Array], tuple[Array, Array]]
Index = NDArray[np.int64]


@dataclass(frozen=True)
class Ensemble:
    """Particles in normal places (n, parameters), what the model says at them, and the power of the likelihood.

    left : sweeps to the next power; at the end, how many particles count after the engine's weights
    """

    places: Array
    predicted: Array
    terms: Array
    power: float
    step: float
    sweeps: int
    left: int

    @property
    def log_likelihood(self) -> Array:
        """Of every particle, (n,)."""
        return np.asarray(self.terms.sum(axis=1))


@dataclass(frozen=True)
class CellParameter:
    """A parameter before and after its evidence, in normal places. known: share of the prior's variance taken away"""

    parameter: str
    prior_sd: float
    median: float
    lo90: float
    hi90: float
    known: float
    r_hat: float


@dataclass(frozen=True)
class CellEvidence:
    """A row of evidence: published, then prior, posterior and left-out predictions, on the row's own scale, 90 %.

    For a direction: chance that a study of this size shows it. inside : the left-out interval holds it, or that chance is at
    least 0.5; effective : particles that count where the study is left out
    """

    id: str
    study: str
    species: str
    endpoint: str
    role: str
    grade: str
    published: float | None
    expected: str
    prior: float
    posterior: float
    left_out: float
    left_out_lo90: float
    left_out_hi90: float
    effective: float
    inside: bool


@dataclass(frozen=True)
class CellFit:
    """Everything that a finished run says."""

    posterior: CellPosterior
    parameters: tuple[CellParameter, ...]
    rows: tuple[CellEvidence, ...]
    key: str
    sweeps: int
    seconds: float
    r_hat: float
    effective: int


def run(
    out: Path, seed: int = 1, minutes: float = 12.0, on_progress: Callable[[str], None] | None = None
) -> CellFit | None:
    """Sample, or go on with what the folder holds. None where the time ran out first. Raises InputError for another evidence."""
    began = time.monotonic()
    about = {"key": evidence_key(), "seed": seed, "particles": PARTICLES, "points": POINTS}
    rounds, spent = _read(out, about)
    say = on_progress or (lambda text: None)
    ensembles: list[Ensemble] = []
    for k in range(ROUNDS):
        if spent + time.monotonic() - began > 60 * minutes and k >= len(rounds):
            return None
        if k < len(rounds) and k < ROUNDS - 1:
            continue
        rng = np.random.default_rng([seed, k])
        if k == 0:
            points = _prior_sd() * rng.standard_normal((POINTS, len(_prior_sd())))
        else:
            ensembles = [_sampled(_stand_in(rounds[:k]), np.random.default_rng([seed, k, i])) for i in (0, 1)]
            points = np.concatenate([e.places for e in ensembles])
            points = points if k == ROUNDS - 1 else points[rng.choice(len(points), POINTS, replace=False)]
        say(f"round {k + 1} of {ROUNDS}: the engine at {len(points)} points")
        if k >= len(rounds):
            rounds.append((points, predictions(_named(points))))
            _write(out, rounds, about, spent + time.monotonic() - began)
    return _finished(_weighed(ensembles, rounds[-1]), rounds[0][1], seed, spent + time.monotonic() - began)


def _named(places: Array) -> dict[str, Array]:
    return dict(zip(sampled_parameters(), places.T, strict=True))


def _stand_in(rounds: list[tuple[Array, Array]]) -> Evaluate:
    """What the rows and their likelihoods are at places, by stand-ins for the effects and the laws of the measures."""
    places = np.concatenate([p for p, _ in rounds])
    values = np.concatenate([v for _, v in rounds])
    first = len(MEASURES)
    rows = [fit_row(places, values[:, i]) for i in range(first, values.shape[1])]
    errors = np.array([0.0] * first + [r.error for r in rows])

    def evaluate(at: Array) -> tuple[Array, Array]:
        named = _named(at)
        predicted = np.concatenate([measured(named), np.stack([r.at(at) for r in rows], axis=1)], axis=1)
        return predicted, row_likelihoods(predicted, named, errors)

    return evaluate


def _sampled(evaluate: Evaluate, rng: np.random.Generator) -> Ensemble:
    sd = _prior_sd()
    places = sd * rng.standard_normal((PARTICLES, len(sd)))
    e = Ensemble(places, *evaluate(places), 0.0, STEP, 0, 0)
    while e.power < 1 or e.left:
        e = _sweep(e, evaluate, rng)
    return e


def _weighed(ensembles: list[Ensemble], last: tuple[Array, Array]) -> list[Ensemble]:
    """Ensembles with what the engine says at their particles, resampled by what their stand-ins missed."""
    found = []
    for i, e in enumerate(ensembles):
        part = slice(i * PARTICLES, (i + 1) * PARTICLES)
        places, predicted = last[0][part], last[1][part]
        terms = row_likelihoods(predicted, _named(places))
        log = terms.sum(axis=1) - e.terms.sum(axis=1)
        weights = _truncated(np.where(np.isfinite(log), log, -np.inf))
        at = np.searchsorted(np.cumsum(weights), (np.arange(PARTICLES) + 0.5) / PARTICLES)
        at = np.minimum(at, PARTICLES - 1)
        effective = int(1 / np.sum(weights**2))
        found.append(Ensemble(places[at], predicted[at], terms[at], 1.0, e.step, e.sweeps, effective))
    return found


# ---- ensembles ---------------------------------------------------------------------------------------------------------


def _prior_sd() -> Array:
    return np.array(list(sampled_parameters().values()))


def _sweep(e: Ensemble, evaluate: Evaluate, rng: np.random.Generator) -> Ensemble:
    """The next power where the moves of the last are done, then one move of every particle."""
    if e.left == 0:
        e = _raised(e, rng)
    n = len(e.places)
    order = rng.permutation(n)
    for half, others in ((order[: n // 2], order[n // 2 :]), (order[n // 2 :], order[: n // 2])):
        e = _moved(e, half, others, evaluate, rng)
    return replace(e, sweeps=e.sweeps + 1, left=e.left - 1)


def _moved(e: Ensemble, half: Index, others: Index, evaluate: Evaluate, rng: np.random.Generator) -> Ensemble:
    """Half of the particles, each moved along the difference of two of the other half; accepted by Metropolis."""
    sd, n = _prior_sd(), len(half)
    first, second = others[rng.integers(len(others), size=n)], others[rng.integers(len(others), size=n)]
    length = e.step * np.where(rng.random(n) < LONG, 4.0, rng.uniform(0.5, 1.5, n))[:, None]
    jitter = JITTER * sd * rng.standard_normal((n, len(sd)))
    proposed = e.places[half] + length * (e.places[first] - e.places[second]) + jitter
    predicted, terms = evaluate(proposed)

    def target(places: Array, terms: Array) -> Array:
        return np.asarray(e.power * terms.sum(axis=1) - 0.5 * np.sum((places / sd) ** 2, axis=1))

    gain = target(proposed, terms) - target(e.places[half], e.terms[half])
    taken = np.log(rng.random(n)) < np.where(np.isfinite(gain), gain, -np.inf)
    places, held, liked = e.places.copy(), e.predicted.copy(), e.terms.copy()
    at = half[taken]
    places[at], held[at], liked[at] = proposed[taken], predicted[taken], terms[taken]
    step = float(np.clip(e.step * np.exp(0.3 * (float(taken.mean()) - 0.25)), 0.02, 1.0))
    return replace(e, places=places, predicted=held, terms=liked, step=step)


def _raised(e: Ensemble, rng: np.random.Generator) -> Ensemble:
    """More of the likelihood, particles resampled by it."""
    log = e.log_likelihood
    rest = 1.0 - e.power
    if _effective(rest * log) < KEEP:
        low, high = 0.0, rest
        for _ in range(40):
            middle = (low + high) / 2
            low, high = (middle, high) if _effective(middle * log) > KEEP else (low, middle)
        rest = low
    weights = _weights(rest * log)
    at = np.searchsorted(np.cumsum(weights), (np.arange(len(log)) + rng.random()) / len(log))
    at = np.minimum(at, len(log) - 1)
    power = min(1.0, e.power + rest) if rest < 1.0 - e.power else 1.0
    moves = LAST_MOVES if power >= 1 else MOVES
    return Ensemble(e.places[at], e.predicted[at], e.terms[at], power, e.step, e.sweeps, moves)


def _weights(log: Array) -> Array:
    w = np.exp(log - log.max())
    return np.asarray(w / w.sum())


def _effective(log: Array) -> float:
    """Share of particles that count under weights."""
    w = _weights(log)
    return float(1 / np.sum(w**2) / len(w))


# ---- what a folder holds -----------------------------------------------------------------------------------------------


def _write(out: Path, rounds: list[tuple[Array, Array]], about: dict[str, Any], seconds: float) -> None:
    import io

    held = {
        f"{what}{i}": v for i, pair in enumerate(rounds) for what, v in zip(("places", "values"), pair, strict=True)
    }
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **held)  # type: ignore[arg-type]
    write_atomic(out / "state.npz", buffer.getvalue())
    write_atomic(out / "state.json", json.dumps({**about, "seconds": seconds, "rounds": len(rounds)}, indent=1) + "\n")


def _read(out: Path, about: dict[str, Any]) -> tuple[list[tuple[Array, Array]], float]:
    if not (out / "state.json").is_file():
        return [], 0.0
    told = json.loads((out / "state.json").read_text(encoding="utf-8"))
    if {k: told.get(k) for k in about} != about:
        text = f"{out} holds a run on other evidence, priors or seed. Name another folder."
        raise InputError(Fault("other_evidence", str(out), str(told.get("key")), str(about["key"]), "", text))
    held = np.load(out / "state.npz")
    return [(held[f"places{i}"], held[f"values{i}"]) for i in range(int(told["rounds"]))], float(told["seconds"])


# ---- what a run says ---------------------------------------------------------------------------------------------------


def _finished(ensembles: list[Ensemble], prior: Array, seed: int, seconds: float) -> CellFit:
    names = list(sampled_parameters())
    places = np.concatenate([e.places for e in ensembles])
    rng = np.random.default_rng([seed, 99])
    parameters = tuple(
        _parameter(n, sd, places[:, i], [e.places[:, i] for e in ensembles])
        for i, (n, sd) in enumerate(sampled_parameters().items())
    )
    chosen = rng.choice(len(places), N_SHIPPED_DRAWS, replace=False)
    kept = [n for n in names if not n.startswith("dose:")]
    posterior = CellPosterior(
        {n: float(np.median(places[:, names.index(n)])) for n in kept},
        {n: places[chosen, names.index(n)] for n in kept},
    )
    rows = row_summaries(ensembles, prior, rng)
    return CellFit(
        posterior, parameters, rows, evidence_key(), sum(e.sweeps for e in ensembles), seconds,
        max(p.r_hat for p in parameters), sum(e.left for e in ensembles),
    )  # fmt: skip


def _parameter(name: str, sd: float, all_places: Array, chains: list[Array]) -> CellParameter:
    low, middle, high = np.quantile(all_places, [0.05, 0.5, 0.95])
    within = float(np.mean([c.var(ddof=1) for c in chains]))
    between = float(np.var([c.mean() for c in chains], ddof=1))
    known = max(0.0, 1 - float(all_places.var()) / sd**2)
    return CellParameter(name, sd, float(middle), float(low), float(high), known, float(np.sqrt(1 + between / within)))


def row_summaries(ensembles: list[Ensemble], prior: Array, rng: np.random.Generator) -> tuple[CellEvidence, ...]:
    """Every row before and after the evidence, and with its study left out."""
    names, host = list(sampled_parameters()), host_spread()
    places = np.concatenate([e.places for e in ensembles])
    predicted = np.concatenate([e.predicted for e in ensembles])
    terms = np.concatenate([e.terms for e in ensembles])
    rows, found = evidence_rows(), []
    for i, row in enumerate(rows):
        study = [j for j, r in enumerate(rows) if r.study == row.study and r.role == "calibrate"]
        weights = _truncated(-terms[:, study].sum(axis=1))
        sd = spreads(row, float(host[i]), dict(zip(names, places.T, strict=True)))
        found.append(_summary(row, prior[:, i], predicted[:, i], sd, weights, rng))
    return tuple(found)


def _truncated(log: Array) -> Array:
    w = _weights(log)
    w = np.minimum(w, np.sqrt(len(w)) * w.mean())
    return np.asarray(w / w.sum())


def _summary(
    row: EvidenceRow, prior: Array, after: Array, sd: Array, weights: Array, rng: np.random.Generator
) -> CellEvidence:
    effective = float(1 / np.sum(weights**2))
    if row.y is None:
        chance = chance_of_direction(row, after, sd)
        before = float(np.nanmean(chance_of_direction(row, prior, np.full(len(prior), float(sd.mean())))))
        left = float(np.nansum(weights * chance))
        return _made(row, before, float(np.nanmean(chance)), left, left, left, effective, left >= 0.5)
    good = np.isfinite(after)
    pick = rng.choice(np.flatnonzero(good), 4000, p=weights[good] / weights[good].sum())
    drawn = after[pick] + sd[pick] * rng.standard_normal(4000)
    low, high = (float(x) for x in np.quantile(drawn, [0.05, 0.95]))
    inside = low <= row.y if row.upper else low <= row.y <= high
    middle = float(np.median(after[pick]))
    return _made(row, float(np.nanmedian(prior)), float(np.nanmedian(after)), middle, low, high, effective, inside)


def _made(
    row: EvidenceRow, before: float, after: float, left: float, low: float, high: float, effective: float, inside: bool
) -> CellEvidence:
    return CellEvidence(
        row.id, row.study, row.species, row.endpoint, row.role, row.grade, row.y, row.expect, before, after, left, low, high,
        effective, bool(inside),
    )  # fmt: skip
