"""Which number matters: local, Morris, Sobol and Shapley measures of a subject's outputs, over its stated priors.

    local   : each number alone. Outputs with it at the 5th and 95th percentile of its prior; the elasticity at its value
    morris  : elementary effects from one end of the prior to the other, averaged over the others (mu*, mu, sigma)
    sobol   : shares of the variance, first-order and total      shapley : shares that add up to one

Sobol and Shapley are for the numbers that a Morris screen puts first (`top`); all others stand at their own values then, and
the share of the screen's squared effects that is left out is said. Lanes of one batch carry the draws. Finished blocks of lanes
can be stored, so that a stopped analysis goes on where it was.
"""

from __future__ import annotations

import hashlib
import io
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from osteon.errors import Fault, InputError
from osteon.inference.priors import Prior, values_at
from osteon.inference.sensitivity_subjects import Subject
from osteon.io.files import write_atomic
from osteon.statistics.sensitivity_indices import (
    morris_design,
    morris_effects,
    shapley_design,
    shapley_effects,
    sobol_design,
    sobol_indices,
)

Array = NDArray[np.float64]
SENSITIVITY_MEASURES = ("local", "morris", "sobol", "shapley")
SENSITIVITY_SAMPLES = {"morris": 10, "sobol": 256, "shapley": 256}  # trajectories; base samples; walks
ENDS = (0.05, 0.95)
STEP = 0.02  # of a number, up and down, for its elasticity
BLOCK = 256  # lanes at once
TOP = 12  # numbers that Sobol and Shapley look at
Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class Effect:
    """What one number does to one output. Measures that a method does not give are None.

    low, high : output with the number at the 5th and 95th percentile of its prior; elasticity : percent of the output per
    percent of the number; mu_star, mu, sigma : Morris, in the output's unit; first, total, shapley : shares of the variance
    """

    rank: int
    parameter: str
    kind: str
    source: str
    value: float
    unit: str
    prior: str
    output: str
    where: str
    months: float
    output_unit: str
    typical: float | None
    low: float | None = None
    high: float | None = None
    elasticity: float | None = None
    mu_star: float | None = None
    mu: float | None = None
    sigma: float | None = None
    first: float | None = None
    total: float | None = None
    shapley: float | None = None
    error: float | None = None


@dataclass(frozen=True)
class Analysis:
    """effects : ranked within each output; lanes : runs, and how many failed; notes : what a reader must know"""

    subject: Subject
    method: str
    effects: tuple[Effect, ...]
    lanes: int
    failed: int
    notes: tuple[str, ...]


class Blocks:
    """Evaluates lanes in blocks; with a folder, what is finished is stored there and not run again."""

    def __init__(self, subject: Subject, folder: Path | None, on_progress: Progress, expected: int) -> None:
        self.subject, self.folder, self.on_progress = subject, folder, on_progress
        self.expected, self.done, self.failed, self.began, self.number = expected, 0, 0, time.monotonic(), 0

    def __call__(self, values: Mapping[str, Array], n: int) -> Array:
        """(n, outputs) of lanes of values."""
        parts = []
        for first in range(0, n, BLOCK):
            own = {k: v[first : first + BLOCK] for k, v in values.items()}
            parts.append(self._block(own, min(BLOCK, n - first)))
        return np.concatenate(parts)

    def _block(self, values: dict[str, Array], n: int) -> Array:
        path = self.folder / f"block-{self.number:05d}.npy" if self.folder else None
        self.number += 1
        if path and path.is_file():
            found = np.load(path, allow_pickle=False)
        else:
            found = self.subject.evaluate(values, n)
            if path:
                body = io.BytesIO()
                np.save(body, found, allow_pickle=False)
                write_atomic(path, body.getvalue())
        self.done += n
        self.failed += int(np.isnan(found).any(axis=1).sum())
        left = (time.monotonic() - self.began) * max(self.expected - self.done, 0) / self.done
        self.on_progress(
            f"{self.done} of {self.expected} lanes, about {left:.0f} s left", min(self.done / self.expected, 1.0)
        )
        return np.asarray(found)


def analyse(
    subject: Subject,
    method: str = "local",
    samples: int | None = None,
    top: int = TOP,
    seed: int = 1,
    folder: str | Path | None = None,
    on_progress: Progress = lambda text, share: None,
) -> Analysis:
    """Effects of every uncertain number on every output. Raises InputError for a folder that holds another analysis.

    samples : trajectories (Morris), base samples, a power of two (Sobol), or walks (Shapley)
    """
    if not subject.priors:
        text = "No number of these kinds is uncertain in this file."
        raise InputError(Fault("no_parameter", "--kinds", "", "fitted, assumed, derived, measured", "", text))
    n = samples or SENSITIVITY_SAMPLES.get(method, 0)
    if method == "sobol" and n & (n - 1):
        text = f"Base samples of Sobol indices are a power of two; {n} is none."
        raise InputError(Fault("bad_number", "--samples", n, "64, 128, 256, 512 …", "", text))
    place = _opened(folder, subject, method, n, top, seed)
    k, kept = len(subject.priors), min(top, len(subject.priors))
    screen = SENSITIVITY_SAMPLES["morris"] * (k + 1) if kept < k else 0
    expected = {
        "local": 4 * k + 1,
        "morris": n * (k + 1),
        "sobol": screen + n * (kept + 2),
        "shapley": screen + n * (kept + 1),
    }[method]
    blocks = Blocks(subject, place, on_progress, expected)
    typical = blocks({}, 1)[0]
    found, priors, notes = _METHODS[method](subject, blocks, n, top, seed)
    effects = _ranked(subject, priors, found, typical)
    if blocks.failed:
        notes = (*notes, f"{blocks.failed} of {blocks.done} evaluations failed; what they belong to is left out.")
    return Analysis(subject, method, effects, blocks.done, blocks.failed, notes)


Found = dict[str, Array]  # measure -> (parameters, outputs); "size" decides the rank
Outcome = tuple[Found, tuple[Prior, ...], tuple[str, ...]]


def _local(subject: Subject, blocks: Blocks, n: int, top: int, seed: int) -> Outcome:
    k = len(subject.priors)
    plain = {p.name: np.full(4 * k, p.parameter.value) for p in subject.priors}
    for i, p in enumerate(subject.priors):
        low, high = p.at(np.array(ENDS))
        bounds = p.parameter.bounds or (-np.inf, np.inf)
        near = np.clip(p.parameter.value * (1 + STEP * np.array([-1.0, 1.0])), *bounds)
        plain[p.name][4 * i : 4 * i + 4] = [low, high, *near]
    y = blocks(plain, 4 * k).reshape(k, 4, -1)
    moved = np.array([plain[p.name][4 * i + 3] - plain[p.name][4 * i + 2] for i, p in enumerate(subject.priors)])
    values = np.array([p.parameter.value for p in subject.priors])
    middle = 0.5 * (y[:, 3] + y[:, 2])
    with np.errstate(all="ignore"):
        elasticity = (y[:, 3] - y[:, 2]) / (moved / values)[:, None] / middle
    elasticity = np.where(np.isfinite(elasticity), elasticity, np.nan)
    found = {"low": y[:, 0], "high": y[:, 1], "elasticity": elasticity, "size": np.abs(y[:, 1] - y[:, 0])}
    return found, subject.priors, ("One number at a time: what two do together is not in it (morris, sobol, shapley).",)


def _morris(subject: Subject, blocks: Blocks, n: int, top: int, seed: int) -> Outcome:
    design = morris_design(len(subject.priors), n, seed)
    y = blocks(values_at(subject.priors, design.places), len(design.places))
    size, mean, spread = morris_effects(design, y)
    return (
        {"mu_star": size.value, "mu": mean.value, "sigma": spread, "error": size.error, "size": size.value},
        subject.priors,
        (),
    )


def _screened(subject: Subject, blocks: Blocks, top: int, seed: int) -> tuple[tuple[Prior, ...], tuple[str, ...]]:
    """The numbers that a Morris screen puts first for any output, and what is left out with the others."""
    if top >= len(subject.priors):
        return subject.priors, ()
    found, priors, _ = _morris(subject, blocks, SENSITIVITY_SAMPLES["morris"], top, seed)
    square = np.nan_to_num(found["size"]) ** 2
    share = square / np.maximum(square.sum(axis=0), 1e-300)
    chosen = np.sort(np.argsort(-share.max(axis=1), kind="stable")[:top])
    left = 1 - share[chosen].sum(axis=0).min()
    text = (
        f"{len(chosen)} of {len(priors)} numbers, those that a Morris screen puts first; the others stand at their own values. "
        f"They hold at most {left:.1%} of the screen's squared effects on an output."
    )
    return tuple(priors[i] for i in chosen), (text,)


def _sobol(subject: Subject, blocks: Blocks, n: int, top: int, seed: int) -> Outcome:
    priors, notes = _screened(subject, blocks, top, seed)
    places = sobol_design(len(priors), n, seed)
    y = blocks(values_at(priors, places), len(places))
    first, total = sobol_indices(len(priors), y, seed)
    return {"first": first.value, "total": total.value, "error": total.error, "size": total.value}, priors, notes


def _shapley(subject: Subject, blocks: Blocks, n: int, top: int, seed: int) -> Outcome:
    priors, notes = _screened(subject, blocks, top, seed)
    design = shapley_design(len(priors), n, seed)
    y = blocks(values_at(priors, design.places), len(design.places))
    share, total = shapley_effects(design, y)
    return {"shapley": share.value, "total": total.value, "error": share.error, "size": share.value}, priors, notes


_METHODS: dict[str, Callable[[Subject, Blocks, int, int, int], Outcome]] = {
    "local": _local, "morris": _morris, "sobol": _sobol, "shapley": _shapley,
}  # fmt: skip


def _ranked(subject: Subject, priors: Sequence[Prior], found: Found, typical: Array) -> tuple[Effect, ...]:
    size, rows = np.nan_to_num(found["size"], nan=-1.0), []
    words = [p.words() for p in priors]
    for j, seen in enumerate(subject.outputs):
        for rank, i in enumerate(np.argsort(-size[:, j], kind="stable"), 1):
            p = priors[i].parameter
            measures: dict[str, Any] = {m: _number(v[i, j]) for m, v in found.items() if m != "size"}
            base = Effect(
                rank, p.name, p.kind, p.source, p.value, p.unit, words[i],
                seen.output, seen.where, seen.months, seen.unit, _number(typical[j]),
            )  # fmt: skip
            rows.append(replace(base, **measures))
    return tuple(rows)


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def size_of(effect: Effect) -> float:
    """What an effect is ranked by, in the measure of its method."""
    if effect.high is not None and effect.low is not None:
        return abs(effect.high - effect.low)
    return next((v for v in (effect.shapley, effect.total, effect.mu_star) if v is not None), 0.0)


def assumed_that_matter(analysis: Analysis, top: int = TOP) -> list[Effect]:
    """Assumed numbers by the largest share of an output's total size that any of them has, one row each."""
    totals: dict[tuple[str, str], float] = {}
    for e in analysis.effects:
        totals[e.output, e.where] = totals.get((e.output, e.where), 0.0) + size_of(e) ** 2
    own = [e for e in analysis.effects if e.kind == "assumed"]
    ordered = sorted(own, key=lambda e: -(size_of(e) ** 2) / max(totals[e.output, e.where], 1e-300))
    first: dict[str, Effect] = {}
    for e in ordered:
        first.setdefault(e.parameter, e)
    return list(first.values())[:top]


def _opened(folder: str | Path | None, subject: Subject, method: str, n: int, top: int, seed: int) -> Path | None:
    """The folder of the blocks; one that holds blocks of another analysis is refused."""
    if folder is None:
        return None
    place = Path(folder) / "blocks"
    place.mkdir(parents=True, exist_ok=True)
    design = {
        "method": method, "samples": n, "top": top, "seed": seed, "title": subject.title,
        "outputs": [f"{o.output} {o.where} {o.months!r}" for o in subject.outputs],
        "priors": [f"{p.name} {p.parameter.value!r} {p.spread!r} {p.parameter.bounds}" for p in subject.priors],
        "typical": [repr(float(v)) for v in subject.evaluate({}, 1)[0]],
    }  # fmt: skip
    mark = hashlib.sha256(json.dumps(design, sort_keys=True).encode()).hexdigest()
    written = place / "design.json"
    if written.is_file():
        stored = json.loads(written.read_text(encoding="utf-8"))
        if stored.get("sha256") != mark:
            text = f"'{folder}' holds another analysis ({stored.get('method')}); it would be mixed with this one."
            raise InputError(Fault("folder_occupied", str(folder), "", "an empty folder", "Name another folder.", text))
    else:
        write_atomic(written, json.dumps({"sha256": mark, "method": method}) + "\n")
    return place


def rows_of(analysis: Analysis, top: int | None = None) -> list[dict[str, Any]]:
    """Effects as rows of a table, those of the first `top` ranks of each output."""
    from dataclasses import asdict

    return [asdict(e) for e in analysis.effects if top is None or e.rank <= top]
