"""A posterior in a folder: sampled block by block, killed and gone on with, told with its diagnostics.

posterior.json     what is sampled, of which data and fit        blocks/draws-00012.npz   kept draws, a file a block
state.npz          chains and proposals after the last block     summary.json             what `summarise` says
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import WithJsonSchema

from osteon import __version__
from osteon.errors import Fault, InputError
from osteon.inference.coordinates import Coordinates
from osteon.inference.errors_model import SCALE_GSD, ErrorModel, huber
from osteon.inference.sampler import (
    Draws,
    Problem,
    State,
    begin,
    freeze,
    join,
    read_draws,
    read_state,
    run_block,
    store_draws,
    store_state,
)
from osteon.io.files import write_atomic
from osteon.statistics.convergence import convergence
from osteon.statistics.importance import TRUSTED, pareto_smoothed

Array = NDArray[np.float64]
WARM_SHARE = 0.45  # of the minutes
MIN_WARM_UP_BLOCKS = 4  # blocks
CORRELATED = 0.7  # from where a pair is told
PRIOR_ONLY = 0.1  # share of the prior's spread that data took away, below which only the prior knows
Number = Annotated[
    float, WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "null"}]})
]  # NaN, and null in JSON, where it could not be computed
TARGETS = {"effective_draws": 400.0, "max_rhat": 1.01, "pareto_k": TRUSTED}


@dataclass(frozen=True)
class ParameterRow:
    """One number: its posterior in its own unit, prior beside it, convergence. known_from_data : 1 - posterior / prior spread, on its scale"""

    parameter: str
    mean: float
    sd: float
    lo90: float
    hi90: float
    prior_lo90: float
    prior_hi90: float
    known_from_data: float
    prior_only: bool
    ess_bulk: Number
    ess_tail: Number
    r_hat: Number


@dataclass(frozen=True)
class TrialRow:
    """One trial: Pareto k of leaving it out, its log predictive density then, how its rows lie in the posterior (p of chi squared)"""

    trial: str
    rows: int
    pareto_k: Number
    log_predictive: Number
    predictive_p: float


@dataclass(frozen=True)
class PairRow:
    """Two numbers that the data can hardly tell apart."""

    first: str
    second: str
    correlation: float


@dataclass(frozen=True)
class OffsetRow:
    """Offset of a trial's outcome from the model, points or log fold."""

    group: str
    mean: float
    sd: float


@dataclass(frozen=True)
class Summary:
    """row : the one row of the contract; the tables behind it"""

    row: dict[str, Any]
    parameters: tuple[ParameterRow, ...]
    trials: tuple[TrialRow, ...]
    pairs: tuple[PairRow, ...]
    offsets: tuple[OffsetRow, ...]

    def tables(self) -> dict[str, list[dict[str, Any]]]:
        """Tables by name, as rows."""
        return {k: [asdict(r) for r in getattr(self, k)] for k in ("parameters", "trials", "pairs", "offsets")}


def about(problem: Problem, data_hash: str, chains: int, seed: int) -> dict[str, Any]:
    """What a folder is of."""
    return {
        "names": list(problem.where.names), "forms": list(problem.where.forms),
        "low": problem.where.low.tolist(), "high": problem.where.high.tolist(),
        "centre": problem.where.centre.tolist(), "width": problem.where.width.tolist(),
        "scales": list(problem.model.scale_names), "trials": list(problem.model.trials),
        "groups": [g.label for g in problem.model.groups],
        "rows": problem.model.rows, "data_hash": data_hash, "chains": chains, "seed": seed, "version": __version__,
    }  # fmt: skip


SAME = ("names", "trials", "rows", "data_hash", "chains", "seed", "law")


def run(
    problem: Problem,
    out: str | Path,
    minutes: float,
    data_hash: str,
    chains: int = 24,
    seed: int = 1,
    more: Mapping[str, Any] | None = None,
    on_progress: Callable[[str, float], None] = lambda text, share: None,
    on_block: Callable[[State], None] = lambda state: None,
) -> Draws:
    """Sample until `minutes` of sampling are spent in the folder, those of earlier calls counted; gives all kept draws.

    Raises InputError for a folder that holds another posterior, CorruptData for damaged files.
    """
    folder = Path(out)
    (folder / "blocks").mkdir(parents=True, exist_ok=True)
    record = about(problem, data_hash, chains, seed) | dict(more or {})
    _same_or_new(folder / "posterior.json", record)
    path = folder / "state.npz"
    if path.is_file():
        state = read_state(path)
        on_progress(f"resumed after {state.blocks} blocks, {state.minutes:.1f} minutes", state.minutes / minutes)
    else:
        on_progress("first points", 0.0)
        state = begin(problem, chains, seed)
        store_state(state, path)
    while state.minutes < minutes:
        kept = run_block(problem, state, seed, keep=state.frozen)
        if kept is not None:
            store_draws(kept, folder / "blocks" / f"draws-{state.blocks:05d}.npz")
        if not state.frozen and state.minutes >= WARM_SHARE * minutes and state.warm_blocks >= MIN_WARM_UP_BLOCKS:
            freeze(problem, state)
        store_state(state, path)
        on_block(state)
        share = state.tried[1] / max(state.tried[0], 1)
        what = "sampling" if state.frozen else "warm-up"
        on_progress(
            f"{what}: {state.blocks} blocks, {state.evaluations} evaluations, acceptance {share:.0%}, "
            f"about {max(minutes - state.minutes, 0):.0f} minutes left",
            min(state.minutes / minutes, 1.0),
        )
    return kept_draws(folder)


def _same_or_new(path: Path, record: Mapping[str, Any]) -> None:
    if not path.is_file():
        write_atomic(path, json.dumps(record, indent=1) + "\n")
        return
    stored = read_about(path.parent)
    other = [k for k in SAME if stored.get(k) != record.get(k)]
    if other:
        text = f"'{path.parent}' holds another posterior: its {', '.join(other)} differ."
        raise InputError(
            Fault("folder_occupied", str(path.parent), "", "an empty folder", "Name another folder.", text)
        )


def read_about(folder: str | Path) -> dict[str, Any]:
    """What a folder is of. Raises InputError where it is no folder of a posterior."""
    path = Path(folder) / "posterior.json"
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        text = f"'{folder}' holds no posterior."
        hint = f"'osteon posterior --out {folder} --minutes 180' samples one."
        raise InputError(
            Fault("no_posterior", str(folder), "", "a folder of osteon posterior", hint, f"{text} {hint}")
        ) from None


def kept_draws(folder: str | Path) -> Draws:
    """All kept draws of a folder. Raises InputError where there is none yet."""
    about = read_about(folder)
    state = Path(folder) / "state.npz"
    last = read_state(state).blocks if state.is_file() else 0
    files = sorted((Path(folder) / "blocks").glob("draws-*.npz"))
    files = [
        f for f in files if int(f.stem.rpartition("-")[2]) <= last
    ]  # a later one was written before a kill, and is written again
    if not files:
        text = f"'{folder}' is still warming up: no draw was kept."
        raise InputError(
            Fault("no_draws", str(folder), "", "", "Give it more --minutes.", f"{text} Give it more --minutes.")
        )
    draws = join([read_draws(f) for f in files])
    assert draws.theta.shape[-1] == len(about["names"])
    return draws


def coordinates_of(record: Mapping[str, Any]) -> Coordinates:
    """The coordinates that a folder's draws are in."""
    arrays = [np.array(record[k], float) for k in ("centre", "width", "low", "high")]
    return Coordinates(tuple(record["names"]), tuple(record["forms"]), *arrays)


def summarise(
    draws: Draws,
    where: Coordinates,
    model: ErrorModel,
    minutes: float,
    data_hash: str,
    acceptance: float = float("nan"),
) -> Summary:
    """Diagnostics of kept draws."""
    parameters = tuple(_parameter_rows(draws, where, model))
    trials = tuple(_trial_rows(draws, model))
    effective = min(min(p.ess_bulk, p.ess_tail) for p in parameters)
    k = [t.pareto_k for t in trials]
    row = {
        "effective_draws": effective, "max_rhat": max(p.r_hat for p in parameters), "pareto_k": max(k),
        "share_k_below_limit": float(np.mean(np.array(k) < TRUSTED)), "parameters": len(where), "rows": model.rows,
        "trials": len(trials), "draws": int(np.prod(draws.theta.shape[:2])), "chains": draws.theta.shape[0],
        "acceptance": acceptance, "minutes": minutes,
        "effective_draws_per_hour": 60 * effective / minutes if minutes > 0 else float("nan"), "data_hash": data_hash,
    }  # fmt: skip
    row["meets_targets"] = bool(
        row["effective_draws"] >= TARGETS["effective_draws"]
        and row["max_rhat"] < TARGETS["max_rhat"]
        and row["share_k_below_limit"] >= 0.9
    )
    return Summary(row, parameters, trials, tuple(_pairs(draws, where)), tuple(_offsets(draws, model)))


def _parameter_rows(draws: Draws, where: Coordinates, model: ErrorModel) -> list[ParameterRow]:
    prior = where.draw_prior(4000, np.random.default_rng(0))
    values, prior_values = where.values(draws.theta.reshape(-1, len(where))), where.values(prior)
    rows = []
    for i, name in enumerate(where.names):
        known = 1 - float(draws.theta[..., i].std()) / float(prior[:, i].std())
        rows.append(_row(name, draws.theta[..., i], values[name], prior_values[name], known))
    if model.free:
        spread = np.random.default_rng(1).standard_normal(4000)
        for i, name in enumerate(model.scale_names):
            if not model.sampled[i]:
                continue
            prior_log = model.usual()[i] + np.log(SCALE_GSD) * spread
            known = 1 - float(draws.scales[..., i].std()) / float(prior_log.std())
            rows.append(
                _row(name, draws.scales[..., i], np.exp(draws.scales[..., i]).ravel(), np.exp(prior_log), known)
            )
    return rows


def _row(name: str, chains: Array, values: Array, prior: Array, known: float) -> ParameterRow:
    c = convergence(chains)
    low, high = (float(v) for v in np.quantile(values, [0.05, 0.95]))
    first, last = (float(v) for v in np.quantile(prior, [0.05, 0.95]))
    return ParameterRow(
        name, float(values.mean()), float(values.std()), low, high, first, last, known, known < PRIOR_ONLY,
        c.ess_bulk, c.ess_tail, c.r_hat,
    )  # fmt: skip


def _trial_rows(draws: Draws, model: ErrorModel) -> list[TrialRow]:
    flat = draws.flat()
    errors, scales = flat.errors[0], flat.scales[0]
    p, count = _predictive(errors, scales, model), _rows_of(model)
    rows = []
    for i, trial in enumerate(model.trials):
        own = flat.trials[0][:, i]
        c = convergence(draws.trials[..., i])
        relative = c.ess_bulk / own.size if np.isfinite(c.ess_bulk) else 1.0
        w = pareto_smoothed(-own, min(relative, 1.0))
        left_out = float(np.log((w.weight * np.exp(own - own.max())).sum()) + own.max())
        rows.append(TrialRow(trial, count[trial], w.pareto_k, left_out, p[trial]))
    return rows


def _rows_of(model: ErrorModel) -> dict[str, int]:
    count = dict.fromkeys(model.trials, 0)
    for g in model.groups:
        count[g.trial] += len(g.rows)
    for t in model.fixed:
        count[t] += 1
    return count


def _predictive(errors: Array, scales: Array, model: ErrorModel) -> dict[str, float]:
    """Chance of rows at least as far off as a trial's own are, by trial: posterior predictive p of the sum of squares."""
    from scipy.stats import chi2

    step = max(1, len(errors) // 400)
    errors, scales = errors[::step], scales[::step]
    squares = {t: np.zeros(len(errors)) for t in model.trials}
    for g, root in zip(model.groups, model.roots(scales), strict=True):
        squares[g.trial] += huber(np.einsum("nij,nj->ni", root, errors[:, g.rows])).sum(axis=1)
    first = model.rows - len(model.fixed)
    for i, t in enumerate(model.fixed):
        squares[t] += huber(errors[:, first + i])
    count = _rows_of(model)
    return {t: float(chi2.sf(s, count[t]).mean()) for t, s in squares.items()}


def _pairs(draws: Draws, where: Coordinates) -> list[PairRow]:
    if len(where) < 2:
        return []
    r = np.asarray(np.corrcoef(draws.theta.reshape(-1, len(where)).T)).reshape(len(where), len(where))
    first, second = np.triu_indices(len(where), 1)
    record = [(i, j) for i, j in zip(first, second, strict=True) if abs(r[i, j]) >= CORRELATED]
    record.sort(key=lambda ij: -abs(r[ij]))
    return [PairRow(where.names[i], where.names[j], float(r[i, j])) for i, j in record]


def _offsets(draws: Draws, model: ErrorModel) -> list[OffsetRow]:
    flat = draws.thinned(100).flat()
    if not model.groups:
        return []
    mean, sd = model.offsets(flat.errors[0], flat.scales[0])
    whole = np.sqrt(mean.var(axis=0) + (sd**2).mean(axis=0))
    return [
        OffsetRow(g.label, float(m), float(s)) for g, m, s in zip(model.groups, mean.mean(axis=0), whole, strict=True)
    ]


def columns(draws: Draws, record: Mapping[str, Any]) -> dict[str, Any]:
    """Kept draws as a long table: chain, draw, every number in its own unit, log likelihood."""
    where = coordinates_of(record)
    chains, n, d = draws.theta.shape
    values: dict[str, Any] = {"chain": np.repeat(np.arange(chains), n), "draw": np.tile(np.arange(n), chains)}
    values |= where.values(draws.theta.reshape(-1, d))
    values |= {s: np.exp(draws.scales[..., i]).ravel() for i, s in enumerate(record["scales"])}
    return values | {"log_likelihood": draws.trials.sum(axis=-1).ravel()}


def write_netcdf(draws: Draws, record: Mapping[str, Any], path: str | Path) -> None:
    """Kept draws as NetCDF groups that ArviZ reads: posterior, log_likelihood. Raises Unsupported without the extra."""
    from osteon.errors import Unsupported

    try:
        import h5netcdf  # noqa: F401
        import h5py  # noqa: F401
        import xarray as xr
        from xarray.backends import h5netcdf_  # noqa: F401
    except ImportError:
        hint = "Install it with: pip install 'osteon[arviz]'. '--parquet FILE' needs nothing more."
        text = f"NetCDF is written with xarray, h5netcdf and h5py, which are not all installed. {hint}"
        raise Unsupported(Fault("extra_missing", "--netcdf", str(path), "", hint, text)) from None
    where = coordinates_of(record)
    chains, n, d = draws.theta.shape
    values = {k: v.reshape(chains, n) for k, v in where.values(draws.theta.reshape(-1, d)).items()}
    values |= {s: np.exp(draws.scales[..., i]) for i, s in enumerate(record["scales"])}
    place = {"chain": np.arange(chains), "draw": np.arange(n)}
    one = xr.Dataset({k: (("chain", "draw"), v) for k, v in values.items()}, coords=place)
    own = {"trial": (("chain", "draw", "trial_id"), draws.trials)}
    two = xr.Dataset(own, coords={**place, "trial_id": list(record["trials"])})
    xr.DataTree.from_dict({"posterior": one, "log_likelihood": two}).to_netcdf(str(path), engine="h5netcdf")
