"""Endpoints of a finished run recomputed from its outcome files, nothing simulated; and runs set side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from osteon.errors import Fault, InputError, unknown
from osteon.inputs import Study
from osteon.inputs.analysis_plan import AnalysisPlan, read_analysis_plan
from osteon.inputs.names import FRACTURE_ENDPOINTS
from osteon.io import run_folder as folders
from osteon.io import toml
from osteon.io.outcome_store import read_parquet
from osteon.io.run_resume import refuse_other_folder
from osteon.outcomes.registry import kind_of
from osteon.statistics.multiplicity import adjusted_p
from osteon.trial.endpoints import results_of
from osteon.trial.enrol import enrolled_trials
from osteon.trial.interim import re_estimation_row, with_interim_analyses
from osteon.trial.trials import trial_of


def reanalyse(folder: str | Path, plan_file: str | Path) -> list[dict[str, Any]]:
    """Rows of endpoints as a plan asks for them: one an endpoint and arm.

    Raises InputError with every fault of the plan, or where the run holds no such outcome; CorruptData where it was changed.
    """
    place = Path(folder)
    manifest = _finished(place)
    table = toml.read(place / "study.toml")
    name, asked = Path(plan_file).name, toml.read(plan_file)
    missing = _missing(asked, [place / c["file"] for c in manifest["chunks"]], name)
    try:
        plan, study = read_analysis_plan(asked, table, name)
    except InputError as error:
        raise InputError([*error.faults, *missing]) from None
    if missing:
        raise InputError(missing)
    files = files_of_trials(place, manifest, study)
    seed = int(manifest["settings"]["seed"])
    trials = enrolled_trials(study, seed, int(manifest["settings"]["patients"]))
    results = results_of(study, trials, files, {}, seed)
    rows = [{k: v for k, v in r.items() if k not in ("power", "assurance", "uncertainty_share")} for r in results.rows]
    rows = adjusted(plan, rows)
    first = files[trials[0].number]
    if plan.looks:
        rows = with_interim_analyses(plan.looks, study, rows, first, seed)
    if plan.re_estimation:
        again = re_estimation_row(plan.re_estimation, study, first)
        rows = [r | ({"re_estimation": again} if _of(r, again) else {}) for r in rows]
    return rows


def _of(row: Mapping[str, Any], again: Mapping[str, Any]) -> bool:
    """Whether a re-estimation is of this row's comparison."""
    return all(row.get(k) == again[k] for k in ("endpoint", "arm", "compare"))


def _finished(place: Path) -> dict[str, Any]:
    folders.verify(place)
    manifest = folders.read_manifest(place)
    refuse_other_folder(manifest)
    if manifest["state"] != "finished" or not (place / "endpoints.json").is_file():
        hint = f"Run 'osteon resume {place}' first."
        raise InputError(
            Fault("not_finished", str(place), manifest["state"], "finished", hint, "The run is not finished.")
        )
    return manifest


def files_of_trials(place: Path, manifest: Mapping[str, Any], study: Study) -> dict[int, list[Path]]:
    """Outcome files of every trial, by its number."""
    settings = manifest["settings"]
    trials = enrolled_trials(study, int(settings["seed"]), int(settings["patients"]))
    found: dict[int, list[Path]] = {t.number: [] for t in trials}
    for c in manifest["chunks"]:
        found[int(trial_of(np.array([c["first"]]))[0])].append(place / c["file"])
    return found


def _missing(plan: Mapping[str, Any], files: Sequence[Path], name: str) -> list[Fault]:
    """A fault for each endpoint of a plan that the run has no outcome of."""
    stored = set(read_parquet(files, "", "", "DISTINCT output")["output"])
    drawn = any(kind_of(o) == "expected" for o in stored)
    known = {o for o in stored if o not in FRACTURE_ENDPOINTS} | (set(FRACTURE_ENDPOINTS) if drawn else set())
    endpoints = plan.get("endpoint")
    names = [e.get("name") if isinstance(e, dict) else None for e in endpoints] if isinstance(endpoints, list) else []
    return [
        unknown("stored outcome", n, sorted(known), f"{name} [endpoint.{i}] name")
        for i, n in enumerate(names, 1)
        if isinstance(n, str) and n not in known
    ]


def adjusted(plan: AnalysisPlan, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows with `p_adjusted` over all comparisons of the plan, where it asks for it."""
    if plan.multiplicity == "none":
        return rows
    tested = [i for i, r in enumerate(rows) if r.get("p") is not None]
    number = _numbers(plan, rows)
    families = None
    if plan.families:
        families = [[k for k, i in enumerate(tested) if number[i] in f] for f in plan.families]
        families = [f for f in families if f]
    values = adjusted_p([rows[i]["p"] for i in tested], plan.multiplicity, families)
    found = [dict(r) for r in rows]
    for i, p in zip(tested, values, strict=True):
        found[i] |= {"p_adjusted": float(p), "multiplicity": plan.multiplicity}
    return found


def _numbers(plan: AnalysisPlan, rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Number of the endpoint, from 1, that each row is of: rows come endpoint by endpoint, one an arm."""
    each = len(rows) // len(plan.endpoint)
    return [1 + i // each for i in range(len(rows))]


@dataclass(frozen=True)
class SettingRow:
    """`compare`: what stands at a place of the study file or the settings, by run; absent there: None."""

    place: str
    values: dict[str, Any]
    kind: Literal["setting"] = "setting"


@dataclass(frozen=True)
class ComparedRow:
    """`compare`: an endpoint of an arm in each run that has it; keys as in the rows of `run`."""

    endpoint: str
    visit_months: float
    as_: Annotated[str, Field(alias="as")]
    arm: str
    compare: str | None
    analysis: str | None
    runs: dict[str, dict[str, Any]]
    kind: Literal["effect"] = "effect"

    def row(self) -> dict[str, Any]:
        """With the key that is a word of Python."""
        row = asdict(self)
        return row | {"as": row.pop("as_")}


def compare_runs(runs: Sequence[str | Path]) -> tuple[list[SettingRow], list[ComparedRow]]:
    """What differs between the study files and settings of runs, and their endpoints side by side."""
    if len(runs) < 2:
        raise InputError(Fault("nothing_asked", "runs", len(runs), "two or more", "", "Name at least two runs."))
    opened = [(str(r), *_described(Path(r))) for r in runs]
    flat = [dict(_flat(table)) | {f"--{k}": v for k, v in settings.items()} for _, table, settings, _ in opened]
    differs: list[SettingRow] = []
    for key in dict.fromkeys(k for f in flat for k in f):
        values = [f.get(key) for f in flat]
        if any(v != values[0] for v in values):
            differs.append(SettingRow(key, dict(zip(map(str, runs), values, strict=True))))
    keys: dict[tuple[str, float, str, str, str | None, str | None], dict[str, Any]] = {}
    for name, _, _, endpoints in opened:
        for r in endpoints:
            where = (r["endpoint"], round(r["visit_months"], 6), r["as"], r["arm"], r.get("compare"), r.get("analysis"))
            keys.setdefault(where, {})[name] = {k: r.get(k) for k in REANALYSIS_SHOWN if r.get(k) is not None}
    return differs, [ComparedRow(*where, v) for where, v in keys.items()]


REANALYSIS_SHOWN = (
    "n", "observed", "events", "mean", "lo", "hi", "difference", "difference_lo", "difference_hi", "ratio", "ratio_lo",
    "ratio_hi", "expected_ratio", "expected_difference", "p", "power", "assurance", "uncertainty_share", "trials",
)  # fmt: skip


def _described(place: Path) -> tuple[dict[str, Any], dict[str, Any], list[dict[str, Any]]]:
    import json

    manifest = _finished(place)
    endpoints = json.loads((place / "endpoints.json").read_text(encoding="utf-8"))["endpoints"]
    settings = {k: manifest["settings"][k] for k in ("seed", "patients", "fit") if k in manifest["settings"]}
    return toml.read(place / "study.toml"), settings | {"version": manifest["version"]}, endpoints


def _flat(value: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """Places and values of a parsed file; tables in a list by their name where they have one."""
    if isinstance(value, dict):
        for k, v in value.items():
            yield from _flat(v, f"{place}.{k}" if place else k)
    elif isinstance(value, list) and value and all(isinstance(v, dict) for v in value):
        for i, v in enumerate(value, 1):
            yield from _flat(v, f"{place}[{v.get('name', i) if place == 'arm' else i}]")
    else:
        yield place, value
