"""The verb `fit --data`: named numbers fitted to rows of one's own."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from osteon.app.command_result import CommandResult
from osteon.errors import Fault, InputError


def fit_any(free: str = "", cohort: str = "", seed: int = 1, **rest: Any) -> CommandResult:
    """The verb `fit`: rows of one's own where there are any, else what `cell_files.fit` fits: kinetics, or what is shipped, anew."""
    from osteon.app.cell_files import fit
    from osteon.app.sensitivity import names_in

    data = rest.get("data")
    if rest.get("what") == "kinetics" or not (data or free or cohort):
        return fit(**rest)
    if not data:
        text = "--free and --cohort go with --data, a table of rows."
        raise InputError(Fault("usage", "--data", "", "a CSV file", "", text))
    return fit_user_data(data, names_in(free), cohort, seed, rest.get("out"))


def fit_user_data(
    rows: str | Path | Iterable[Mapping[str, Any]],
    free: tuple[str, ...],
    cohort: str,
    seed: int = 1,
    out: str | None = None,
) -> CommandResult:
    """Fit the numbers named in `free` to rows. Rows: parameter, prior and posterior; tables: profiles, predictive, pairs, one summary.

    cohort : a cohort file, or the name of a shipped cohort
    """
    from osteon.app.progress import Progress
    from osteon.inference.user_fit import fit_to_user_data, free_priors
    from osteon.inference.user_rows import user_data
    from osteon.io.files import write_atomic

    faults: list[Fault] = []
    data = None
    try:
        if not cohort:
            hint = "Write --cohort FILE.toml, or --cohort NAME of a shipped one ('osteon list cohorts')."
            text = f"Whose rows these are is not said. {hint}"
            raise InputError(Fault("missing_option", "--cohort", "", "", hint, text))
        data = user_data(rows, cohort)
    except InputError as error:
        faults += error.faults
    try:
        free_priors(free)
    except InputError as error:
        faults += error.faults
    if faults or data is None:
        raise InputError(faults)
    with Progress("fit") as progress:
        found = fit_to_user_data(data, free, seed, progress.at)
    table = found.summary.tables()
    mode = {n: float(v[0]) for n, v in found.problem.where.values(found.mode).items()}
    estimates = [
        {"parameter": p["parameter"], "mode": mode.get(p["parameter"])}
        | {k: v for k, v in p.items() if k != "parameter"}
        for p in table["parameters"]
    ]
    profiles = [
        {"parameter": n, "value": float(v), "rise": float(r)}
        for i, n in enumerate(found.problem.where.names)
        for v, r in zip(
            found.problem.where.values(_one(found.mode, i, found.places[i]))[n], found.profiles[i], strict=True
        )
    ]
    predictive = list(found.predictive)
    summary = {
        k: found.summary.row[k]
        for k in ("effective_draws", "max_rhat", "pareto_k", "parameters", "rows", "trials", "draws")
    }
    inside = sum(bool(r["inside"]) for r in predictive)
    more = {"profiles": profiles, "predictive": predictive, "pairs": table["pairs"], "summary": [summary]}
    text = _text(estimates, summary, inside, len(predictive))
    notes = tuple(_notes(estimates, table["pairs"], summary))
    if out:
        write_atomic(out, json.dumps({"rows": estimates, **more}, indent=1, default=str) + "\n")
        text += f"\nWritten to {out}."
    return CommandResult(estimates, True, text, notes, more)


def _one(mode: Any, i: int, places: Any) -> Any:
    """Points that differ from the mode in one coordinate."""
    import numpy as np

    points = np.tile(mode, (len(places), 1))
    points[:, i] = places
    return points


def _notes(estimates: list[dict[str, Any]], pairs: list[dict[str, Any]], summary: dict[str, Any]) -> list[str]:
    notes = ["Before the rows, a fitted number is known as the shipped fit knows it, another as its stated prior says."]
    prior = [e["parameter"] for e in estimates if e["prior_only"]]
    notes += [f"The rows say next to nothing of {', '.join(prior)}: what stands there is the prior."] if prior else []
    notes += [
        f"The rows hardly determine {p['first']} from {p['second']} (correlation {p['correlation']:+.2f})."
        for p in pairs
    ]
    if not summary["effective_draws"] >= 100 or not summary["max_rhat"] < 1.05:
        notes.append(
            f"The posterior is rough: {summary['effective_draws']:.0f} effective draws, R-hat {summary['max_rhat']:.2f}."
        )
    return notes


def _text(estimates: list[dict[str, Any]], summary: dict[str, Any], inside: int, count: int) -> str:
    lines = [f"{'number':<34} {'mode':>11} {'posterior, 90 %':>25} {'prior, 90 %':>25} {'known':>6}"]
    for e in estimates:
        mode = "" if e["mode"] is None else f"{e['mode']:.4g}"
        lines.append(
            f"{e['parameter']:<34} {mode:>11} {e['lo90']:>12.4g} {e['hi90']:>12.4g} {e['prior_lo90']:>12.4g} {e['prior_hi90']:>12.4g} "
            f"{max(e['known_from_data'], 0.0):>6.0%}"
        )
    lines.append(
        f"{summary['rows']} rows; {inside} of {count} lie inside the 90 % that the posterior would show again."
    )
    lines.append(f"{summary['draws']} draws worth {summary['effective_draws']:.0f}, R-hat {summary['max_rhat']:.3f}.")
    return "\n".join(lines)
