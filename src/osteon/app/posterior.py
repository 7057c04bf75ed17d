"""The verb `posterior`: sample the joint posterior of fitted and influential assumed numbers, or tell what a folder holds."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from osteon.app.command_result import CommandResult

if TYPE_CHECKING:
    from osteon.inference.posterior import Summary

OUT = "runs/posterior"


def posterior(
    out: str = OUT,
    minutes: float = 180.0,
    assumed: int = 10,
    chains: int = 24,
    seed: int = 1,
    summary: bool = False,
    parquet: str | None = None,
    netcdf: str | None = None,
    more_arms: Sequence[Any] = (),
    cells: bool = False,
) -> CommandResult:
    """Sample for so many minutes in all, or go on with what the folder holds; `summary` only tells what is there.

    assumed : assumed numbers that are sampled with the fitted ones; parquet, netcdf : files to write the kept draws to
    more_arms : arms of a new trial, with their rows, that are sampled with the calibration rows
    cells : the parameters of cells instead, from what was published of them (summary: of what is shipped)
    """
    if cells:
        from osteon.app.cell_posterior import CELLS_OUT, posterior_of_cells

        return posterior_of_cells(CELLS_OUT if out == OUT else out, minutes, seed, summary)
    from osteon.inference.posterior import kept_draws, read_about

    if summary and out == OUT and not Path(out).exists():
        row, tables = shipped_summary()
    elif summary:
        row, tables = read_summary(out)
    else:
        row, tables = _sampled(out, minutes, assumed, chains, seed, more_arms)
    if parquet or netcdf:
        written(kept_draws(out), read_about(out), parquet, netcdf)
    return CommandResult([row], True, sampling_text(row, tables), notes_of(row, tables), tables)


def _sampled(
    out: str, minutes: float, assumed: int, chains: int, seed: int, more_arms: Sequence[Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    from osteon.inference.calibration_problem import calibration
    from osteon.inference.posterior import run, summarise
    from osteon.inference.sampler import read_state

    say = teller()
    problem = calibration(_stored_names(out) or assumed, on_progress=lambda text: say(text, 0.0), more=more_arms)
    more = {"assumed": list(problem.assumed), "row_endpoints": problem.row_endpoints(), "law": law_hash()}
    draws = run(problem.problem, out, minutes, problem.data_hash, chains, seed, more, say)
    state = read_state(Path(out) / "state.npz")
    acceptance = float(state.tried[1] / max(state.tried[0], 1))
    found = summarise(draws, problem.problem.where, problem.problem.model, state.minutes, problem.data_hash, acceptance)
    return write_summary(found, out)


def law_hash() -> str:
    """Hash of the equations of all drugs' model and of the values that are not sampled: draws of another law are never gone on with."""
    from osteon.interventions import CARDS
    from osteon.simulation.assembly import human_model

    model = human_model(CARDS, fit="")
    words = [model.traced.fingerprint, *(f"{k} {v!r}" for k, v in sorted(model.defaults.items()))]
    return hashlib.sha256("\0".join(words).encode()).hexdigest()


def _stored_names(out: str) -> list[str]:
    """Assumed numbers that a folder samples already; none where it is new."""
    path = Path(out) / "posterior.json"
    return list(json.loads(path.read_text(encoding="utf-8")).get("assumed", [])) if path.is_file() else []


def write_summary(found: Summary, out: str | Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Store a summary in its folder; gives its row and tables. What is not finite is null."""
    from osteon.io.files import write_atomic

    row = {k: _finite(v) for k, v in found.row.items()}
    tables = {k: [{n: _finite(v) for n, v in r.items()} for r in rows] for k, rows in found.tables().items()}
    write_atomic(
        Path(out) / "summary.json", json.dumps({"row": row, "tables": tables}, indent=1, allow_nan=False) + "\n"
    )
    return row, tables


def _finite(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, float):
        return value
    return float(value) if math.isfinite(value) else None


def read_summary(out: str | Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The summary of a folder, worked out anew from its draws where the run was stopped before it wrote one."""
    from osteon.inference.posterior import read_about

    read_about(out)
    path = Path(out) / "summary.json"
    if not path.is_file():
        from osteon.errors import Fault, InputError

        hint = f"'osteon posterior --out {out}' goes on with it."
        text = f"'{out}' has no summary yet: its run was stopped. {hint}"
        raise InputError(Fault("no_summary", str(out), "", "", hint, text))
    stored = json.loads(path.read_text(encoding="utf-8"))
    return stored["row"], stored["tables"]


def shipped_summary() -> tuple[dict[str, Any], dict[str, Any]]:
    """The summary of the shipped posterior. Raises InputError where none is shipped."""
    from osteon.simulation.fits import load_fit, values_hash
    from osteon.simulation.posterior_draws import shipped

    found = shipped("default")
    if found is None:
        return read_summary(OUT)
    about = found.about
    row = {**about["row"], "shipped": True, "current": about["fit_hash"] == values_hash(load_fit())}
    return row, {k: about[k] for k in ("parameters", "trials", "pairs", "offsets")}


def teller() -> Callable[[str, float], None]:
    """Lines of progress on stderr."""
    import sys

    return lambda text, share: print(f"{share:>4.0%} {text}", file=sys.stderr, flush=True)


def written(draws: Any, about: dict[str, Any], parquet: str | None, netcdf: str | None) -> None:
    """Kept draws as Parquet (a row a draw) or as NetCDF groups."""
    from osteon.inference.posterior import columns, write_netcdf
    from osteon.io.outcome_store import write_parquet

    if netcdf:
        write_netcdf(draws, about, netcdf)
    if parquet:
        write_parquet(Path(parquet), columns(draws, about))


def notes_of(row: dict[str, Any], tables: dict[str, Any]) -> tuple[str, ...]:
    """What a reader must not overlook of a posterior."""
    prior = [p["parameter"] for p in tables["parameters"] if p["prior_only"]]
    notes = (
        []
        if row["meets_targets"]
        else [
            "It does not meet its own targets (400 effective draws, R-hat below 1.01, Pareto k below 0.7 for nine trials in ten): intervals of its draws are rough."
        ]
    )
    notes += [f"Only the prior knows: {', '.join(prior)}."] if prior else []
    bad = [t["trial"] for t in tables["trials"] if t["pareto_k"] is None or t["pareto_k"] >= 0.7]
    notes += (
        [
            f"Leaving out cannot be read off the draws (Pareto k of 0.7 or more) for {len(bad)} of {len(tables['trials'])} trials: {', '.join(bad)}."
        ]
        if bad
        else []
    )
    return tuple(notes)


def sampling_text(row: dict[str, Any], tables: dict[str, Any]) -> str:
    """A posterior as text."""
    lines = [
        f"{row['parameters']} parameters, {row['rows']} rows of {row['trials']} trials, {row['draws']} draws of {row['chains']} chains in {row['minutes']:.0f} minutes.",
        f"Effective draws {_n(row['effective_draws'], '.0f')} ({_n(row['effective_draws_per_hour'], '.0f')} an hour), R-hat {_n(row['max_rhat'], '.3f')}, "
        f"acceptance {_n(row['acceptance'], '.0%')}, largest Pareto k {_n(row['pareto_k'], '.2f')}, below 0.7 in {_n(row['share_k_below_limit'], '.0%')} of trials.",
        "",
        f"{'parameter':<34} {'posterior, 90 %':<26} {'prior, 90 %':<26} {'known':>6} {'ESS':>6} {'R-hat':>6}",
    ]
    for p in tables["parameters"]:
        ess = min(x for x in (p["ess_bulk"], p["ess_tail"], float("inf")) if x is not None)
        lines.append(
            f"{p['parameter']:<34} {p['lo90']:<12.4g} {p['hi90']:<13.4g} {p['prior_lo90']:<12.4g} {p['prior_hi90']:<13.4g} "
            f"{max(p['known_from_data'], 0.0):>6.0%} {_n(ess, '.0f'):>6} {_n(p['r_hat'], '.3f'):>6}"
        )
    if tables["pairs"]:
        lines += ["", "Pairs that the data hardly separate:"]
        lines += [
            f"  {p['first']} and {p['second']}: correlation {p['correlation']:+.2f}" for p in tables["pairs"][:15]
        ]
    return "\n".join(lines)


def _n(value: float | None, form: str) -> str:
    return "none" if value is None or value != value or abs(value) == float("inf") else format(value, form)
