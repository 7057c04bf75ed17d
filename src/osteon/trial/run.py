"""Run a study: the one page to read first.

    1. read the study, refuse what is not built        4. for each chunk of patients: live, dose, measure, store
    2. draw patients, let them in, randomise them      5. analyse the endpoints
    3. open the run folder (or the one to resume)      6. close the folder

A chunk is whole on disk or absent; a killed run is resumed and gives the same hash. Nothing depends on the number of
workers or the size of a chunk: every draw is a function of (seed, patient, purpose, index).
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from osteon.biology import SITES
from osteon.engine import Schedule
from osteon.engine.executors import ready
from osteon.errors import Fault, InputError
from osteon.inputs import Arm, Study, read_study
from osteon.inputs.names import FRACTURE_ENDPOINTS, FRACTURES, SCORES
from osteon.inputs.population import number_fault
from osteon.io import run_folder as folders
from osteon.io import toml
from osteon.io.files import digest, write_atomic
from osteon.io.outcome_store import contents_hash, write_parquet
from osteon.io.run_lock import locked
from osteon.io.run_resume import refuse_other_worker, stopped
from osteon.outcomes.registry import kind_of
from osteon.population import Patients, between_persons
from osteon.population.matching import POOL
from osteon.simulation.arm import ArmCase, at_month_zero, prepare, simulate
from osteon.simulation.assembly import human_model
from osteon.simulation.cell_products import (
    cell_doses,
    cell_modules,
    cell_product_draws,
    human_bones,
    immune_answers,
)
from osteon.simulation.dose_ledger import DOSE_LEDGER_NOBODY, arm_ledger
from osteon.simulation.dosing import add_overrides
from osteon.simulation.fits import DEFAULT, joined, values_of_draws
from osteon.simulation.harms import (
    N_EXPOSURE_PERSONS,
    HarmRow,
    counted,
    cumulated,
    drugs_of,
    expected,
    exposure_names,
    harm_draws,
    harms_in,
    label_rows,
    untreated_names,
    with_events,
    with_untreated,
)
from osteon.simulation.scenario import refuse_unbuilt
from osteon.simulation.treatment import Subjects
from osteon.trial.allocate import strata
from osteon.trial.assumptions import assumed_in_study
from osteon.trial.check import check_study, read_whole_study
from osteon.trial.covariates import write_forecasts
from osteon.trial.endpoints import Results, results_of
from osteon.trial.enrol import ENROL_BLOCK, Enrolled, cohort_trials, drawn, enrol, enrolled_trials, matched
from osteon.trial.escalation_study import course_rows, course_sentences
from osteon.trial.expected_effects import CENTRAL_PERSONS, expected_effects
from osteon.trial.fracture_events import NEEDED, asked_fractures, assessment_days
from osteon.trial.interim import design_sentences, re_estimation_row, with_interim_analyses
from osteon.trial.model_identity import model_identity
from osteon.trial.outcome_table import outcome_table, with_fractures
from osteon.trial.parts import join_parts, part_of, share
from osteon.trial.study_offset import Place, offset_quantities, with_offset
from osteon.trial.treatment import adherence_level, treatment_of
from osteon.trial.trials import Trial, draw_of, trial_of
from osteon.trial.uncertainty import cell_product_profiles, effect_uncertainty

STANDARD = ("bmd_lumbar_spine", "bmd_total_hip", "bmd_femoral_neck", "ctx", "p1np")
RUN_BATCH = 1000  # patients in a chunk, at most
MIN_CHUNK = 64  # patients in a chunk, below which starting it costs more than it spreads
RUN_SHARES = 2  # chunks a worker has at least, so that none waits long for another
SCHEDULED = 32  # chunks for a scheduler, whose workers are not known here
ProgressCallback = Callable[[int, int], None]


@dataclass(frozen=True)
class Settings:
    """What a run was started with; stored in the manifest."""

    seed: int
    patients: int
    rtol: float = 1e-6
    fit: str = DEFAULT


def run(
    path: str | Path,
    out: str | Path,
    seed: int = 1,
    patients: int | None = None,
    workers: int = 1,
    batch: int | None = None,
    scheduler: str = "",
    on_progress: ProgressCallback = lambda a, b: None,
    force_new: bool = False,
    part: str = "",
) -> dict[str, Any]:
    """Run a study file into a new folder. Returns endpoints and counts. Raises InputError, Unsupported, RunFailed.

    batch     : patients in a chunk, None = as suits the workers; the results are the same to the bit
    force_new : whether a run that stands in the folder is given up
    part      : "k/n" computes every n-th chunk only, to be joined (see `join`)
    """
    which = part_of(part)
    data = _bytes(path)
    study = read_whole_study(toml.parse(data, Path(path).name), Path(path).name)
    refuse_unbuilt(study.features())
    settings = Settings(seed, study.population.patients_per_arm if patients is None else patients)
    check_study(study)
    _check(study, settings, batch, workers)
    place = Path(out)
    folders.refuse_occupied(place, data, force_new)
    first = enrolled_trials(study, settings.seed, settings.patients)[0]
    drawn(
        study, settings.seed, first.first, min(ENROL_BLOCK, first.patients)
    )  # nothing is written for a study nobody enters
    with locked(place):
        manifest = folders.begin_manifest(data, asdict(settings), model_identity(study, settings.fit))
        folders.create(place, manifest | ({"part": list(which)} if which else {}), data, force_new)
        return _go(study, settings, place, workers, batch, scheduler, on_progress)


def resume(
    out: str | Path,
    workers: int = 1,
    batch: int | None = None,
    scheduler: str = "",
    on_progress: ProgressCallback = lambda a, b: None,
    repair: bool = False,
    force_new: bool = False,
) -> dict[str, Any]:
    """Finish a run that was stopped. Refuses an edited study, another program, a damaged chunk.

    repair    : compute damaged files anew and hold them against their old checksums
    force_new : begin anew with this program; nothing that is there is used
    """
    place = Path(out)

    def model_of(data: bytes, settings: Mapping[str, Any]) -> dict[str, Any]:
        return model_identity(read_study(toml.parse(data, folders.STUDY), folders.STUDY), settings["fit"])

    with stopped(place, model_of, repair, force_new) as manifest:
        study = read_study(toml.read(place / "study.toml"), "study.toml")
        settings = Settings(**manifest["settings"])
        return _go(study, settings, place, workers, batch, scheduler, on_progress)


def contents(out: str | Path) -> str:
    """The hash of a finished run. Raises CorruptData if a file was changed, InputError if it is not finished."""
    place = Path(out)
    folders.verify(place)
    manifest = folders.read_manifest(place)
    if manifest["state"] != "finished":
        raise InputError(
            Fault(
                "not_finished",
                str(out),
                manifest["state"],
                "",
                f"Run 'osteon resume {out}' first.",
                "The run is not finished.",
            )
        )
    chunks = [c["file"] for c in manifest["chunks"]]
    return contents_hash(place, chunks, (place / "endpoints.json").read_bytes())


def _bytes(path: str | Path) -> bytes:
    toml.read(path)
    return Path(path).read_bytes()


def _check(study: Study, settings: Settings, batch: int | None, workers: int) -> None:
    """Names that only the model knows: outputs, parameters."""
    if (batch is not None and batch < 1) or workers < 1:
        raise InputError("Batch and workers must be at least 1.")
    cost = number_fault(settings.patients)
    if cost:
        raise InputError(cost)
    from osteon.errors import unknown

    harms = harms_in(study)
    for arm in study.arm:
        modules = cell_modules(cell_doses(arm.cells), human_bones)
        model = human_model(drugs_of(arm), settings.fit, modules, harms)
        wrong = [
            unknown("output", e.name, {*model.outputs, *FRACTURE_ENDPOINTS, *SCORES}, "endpoint")
            for e in study.endpoint
            if e.name not in (*model.outputs, *FRACTURE_ENDPOINTS, *SCORES)
        ]
        if wrong:
            raise InputError(wrong)
        add_overrides(Schedule(), model, arm.override, 0.0)
    strata(
        {"age": np.zeros(1), "prior_vertebral_fractures": np.zeros(1)} | {k: np.zeros(1) for k in _CUT},
        study.design.strata,
    )


_CUT = ("bmi", "t_total_hip", "t_lumbar_spine", "t_femoral_neck", "years_since_menopause")


def _go(
    study: Study,
    settings: Settings,
    place: Path,
    workers: int,
    batch: int | None,
    scheduler: str,
    on_progress: ProgressCallback,
) -> dict[str, Any]:
    place = place.absolute()  # workers may stand elsewhere
    trials = enrolled_trials(study, settings.seed, settings.patients)
    done = {c["first"] for c in folders.read_manifest(place)["chunks"]}
    part = folders.read_manifest(place).get("part")
    usual = RUN_BATCH if part else batch_for(sum(t.patients for t in trials), workers, scheduler)
    size = _chunk_size(place, batch or usual)
    own = share(_chunks(trials, size), tuple(part) if part else None)
    tasks = [task for task in own if task[0] not in done]
    total = sum(b - a for a, b in own)
    finished = total - sum(b - a for a, b in tasks)
    with ready(workers if len(tasks) > 1 else 1, scheduler, __name__) as run_jobs:
        people = enrol(study, settings.seed, settings.patients, place)
        on_progress(finished, total)
        for chunk in run_jobs(chunk_of, [(study, settings, people, a, b) for a, b in tasks]):
            manifest = folders.read_manifest(place)
            manifest["chunks"] = sorted([*manifest["chunks"], chunk], key=lambda c: c["first"])
            manifest["chunk_size"] = size
            folders.write_manifest(place, manifest)
            finished += chunk["patients"]
            on_progress(finished, total)
    return _close_part(place, part, size) if part else _close(study, settings, place, people)


def _chunks(trials: Sequence[Trial], size: int) -> list[tuple[int, int]]:
    """First patient and the one after the last of every chunk: none holds patients of two trials."""
    return [(t.first + i, t.first + min(i + size, t.patients)) for t in trials for i in range(0, t.patients, size)]


def _close_part(place: Path, part: Sequence[int], size: int) -> dict[str, Any]:
    manifest = folders.read_manifest(place) | {"state": "part", "chunk_size": size}
    folders.write_manifest(place, manifest)
    return {
        "part": list(part),
        "chunks": len(manifest["chunks"]),
        "patients": sum(c["patients"] for c in manifest["chunks"]),
    }


def join(out: str | Path, parts: Sequence[str | Path]) -> dict[str, Any]:
    """Make one run of its parts: the same hash as a run in one go. Raises InputError, CorruptData."""

    def opened(place: Path) -> tuple[Study, Settings, dict[str, Any]]:
        manifest = folders.read_manifest(place)
        return read_study(toml.read(place / "study.toml"), "study.toml"), Settings(**manifest["settings"]), manifest

    def close(place: Path) -> dict[str, Any]:
        study, settings, _ = opened(place)
        return _close(study, settings, place, enrol(study, settings.seed, settings.patients, place))

    def expected_chunks(place: Path) -> list[int]:
        study, settings, manifest = opened(place)
        return [
            a for a, _ in _chunks(enrolled_trials(study, settings.seed, settings.patients), int(manifest["chunk_size"]))
        ]

    return join_parts(out, parts, close, expected_chunks)


def _chunk_size(place: Path, batch: int) -> int:
    """Patients in a chunk: as the run began, so that a chunk that is computed again is the same file."""
    return int(folders.read_manifest(place).get("chunk_size", batch))


def batch_for(total: int, workers: int, scheduler: str = "") -> int:
    """Patients in a chunk so that every worker has its share: at most BATCH, at least MIN_CHUNK.

    >>> batch_for(900, 1), batch_for(900, 2), batch_for(10_000, 2), batch_for(30, 2)
    (900, 225, 1000, 30)
    """
    if workers == 1 and not scheduler:
        return min(RUN_BATCH, total)
    share = total / (workers * RUN_SHARES) if not scheduler else total / SCHEDULED
    return max(1, min(total, RUN_BATCH, max(MIN_CHUNK, math.ceil(share))))


def chunk_of(study: Study, settings: Settings, people: Enrolled, first: int, last: int) -> dict[str, Any]:
    """Compute and store the patients first … last - 1."""
    refuse_other_worker(people.place)
    patients, arms = people.take(first, last)
    return chunk(study, settings, people.place, patients, arms)


def chunk(study: Study, settings: Settings, place: Path, patients: Patients, arms: NDArray[np.int64]) -> dict[str, Any]:
    """Compute and store one chunk; idempotent, so any process may do it again."""
    harms = harms_in(study)
    asked = [e.name for e in study.endpoint if e.name not in (*FRACTURE_ENDPOINTS, *SCORES)]
    names = list(dict.fromkeys([*asked, *STANDARD, *cumulated(harms)]))
    days, broken = assessment_days(study), asked_fractures(study)
    outputs = list(dict.fromkeys([*names, *(NEEDED if broken else ())]))
    curves = np.full((len(patients), len(days), len(outputs)), np.nan)
    reasons = np.full(len(patients), "", dtype=object)
    for k, arm in enumerate(study.arm):
        rows = np.flatnonzero(arms == k)
        if len(rows):
            curves[rows], reasons[rows], _ = _treat(study, settings, arm, patients.take(rows), outputs, days)
    seen = np.searchsorted(days, np.array(study.design.visits) - 1e-9)
    at_visits = curves[:, seen, : len(names)]
    truth, names = with_events(at_visits, names, harms, settings.seed, patients.ids, asked)
    table = outcome_table(study, settings.seed, patients, arms, names, truth, reasons)
    if broken:
        hazards = {h: curves[:, :, outputs.index(h)] for h in NEEDED}
        table, reasons = with_fractures(study, settings.seed, settings.fit, patients, arms, hazards, reasons, table)
    path = place / "outcomes" / f"chunk-{int(patients.ids[0]):08d}.parquet"
    write_parquet(path, table)
    return {
        "file": f"outcomes/{path.name}",
        "first": int(patients.ids[0]),
        "patients": len(patients),
        "failed": int((reasons != "").sum()),
        "sha256": digest(path),
    }


def _treat(
    study: Study,
    settings: Settings,
    arm: Arm,
    patients: Patients,
    names: list[str],
    days: NDArray[np.float64] | None = None,
    draws: NDArray[np.int64] | None = None,
    typical: bool = False,
) -> tuple[NDArray[np.float64], NDArray[Any], NDArray[np.int64]]:
    """True outcomes (patients, days, outputs) of one arm, the reason of every patient who failed, and how many doses of each
    regimen were given (patients, regimens). No days: the visits.

    draws   : the parameter draw of each patient, (patients,); by default that of her trial
    typical : whether persons of the same covariates are alike
    """
    draws = draw_of(patients.ids) if draws is None else draws
    lines = cell_doses(arm.cells)
    model = human_model(drugs_of(arm), settings.fit, cell_modules(lines, human_bones), harms_in(study))
    parameters: dict[str, Any] = dict(patients.parameters)
    if typical:
        parameters.pop("turnover_scale")  # which nobody measures
    else:
        parameters |= between_persons(model, patients.ids, settings.seed, set(parameters))
    place = study.population.fracture_incidence
    if place != 1.0:
        parameters |= {
            f"incidence_{k}": np.full(len(patients), place * model.defaults[f"incidence_{k}"]) for k in FRACTURES
        }
    if lines:
        weight = parameters["body_weight"]
        parameters |= cell_product_draws(model, lines, weight, draws, settings.seed, human=True)
        if "immune_competence" in model.parameters:
            parameters["immune_competence"] = immune_answers(patients.ids, settings.seed)
    if draws.any():
        parameters = _in_draws(model, settings, draws, parameters)
        parameters |= harm_draws(model, draws, settings.seed, typical=True)
    days = np.array(study.design.visits) if days is None else days
    level = None if typical else adherence_level(arm, settings.seed, patients.ids)
    matched = {s: patients.covariates[f"t_{s}"] for s in SITES}
    persons = Subjects(len(patients), parameters, matched, label="patients", adherence_level=level)
    case = prepare(treatment_of(study, arm), persons, model, float(days[-1]) + 1, settings.rtol)
    got = simulate(case, days, names, settings.rtol)
    since_zero = [x for x in names if kind_of(x) == "cumulated"]
    for name, start in at_month_zero(case, since_zero, settings.rtol).items():
        got.values[:, :, names.index(name)] -= start[:, None]
    values = got.values
    if draws.any():
        values = with_offset(
            values,
            _at_zero(case, values, names, days, settings.rtol),
            names,
            days,
            Place(draws, arm.name, settings.seed),
        )
    return values, np.array(got.reasons, dtype=object), got.doses


def _at_zero(
    case: ArmCase, values: NDArray[np.float64], names: Sequence[str], days: NDArray[np.float64], rtol: float
) -> NDArray[np.float64]:
    """Outcomes at month 0, (patients, outputs): the first day where that is month 0, else run to; NaN where none is needed."""
    if abs(days[0]) < 1e-9:
        return np.asarray(values[:, 0, :])
    found = np.full((values.shape[0], len(names)), np.nan)
    needed = [n for n in names if n in offset_quantities()]
    for name, start in at_month_zero(case, needed, rtol).items():
        found[:, names.index(name)] = start
    return found


def true_outcomes(
    study: Study, settings: Settings, arm: Arm, patients: Patients, names: list[str], draws: NDArray[np.int64]
) -> NDArray[np.float64]:
    """What an arm does to patients, nothing measured: (patients, visits, names), NaN where one failed.

    draws : the parameter draw that each patient lives in, (patients,)
    """
    return _treat(study, settings, arm, patients, names, draws=draws)[0]


def dose_rows(study: Study, settings: Settings, people: Enrolled) -> list[dict[str, Any]]:
    """The ledger of doses of every arm; what a rule leaves out is a mean over the first patients."""
    some, _ = people.take(0, N_EXPOSURE_PERSONS)
    rows = []
    for arm in study.arm:
        given = DOSE_LEDGER_NOBODY
        if any(r.stop_when or r.hold_when or r.adherence_sd for r in arm.regimen):
            _, reasons, doses = _treat(study, settings, arm, some, [STANDARD[0]])
            given = doses[reasons == ""].mean(axis=0) if (reasons == "").any() else DOSE_LEDGER_NOBODY
        for record in arm_ledger(arm.regimen, arm.cells, study.design.visits[-1], given):
            rows.append({"arm": arm.name, **record.row(), "words": record.sentence()})
    return rows


def harm_rows(study: Study, settings: Settings, people: Enrolled, files: Sequence[Path]) -> list[HarmRow]:
    """Harms to be expected in each arm, from the exposure of the first patients; beside them those that were drawn."""
    first = people.trials[0].first
    some, _ = people.take(first, first + min(N_EXPOSURE_PERSONS, people.trials[0].patients))
    harms = harms_in(study)
    exposures = {}
    for arm in study.arm:
        own = _at_end(study, settings, arm, some, exposure_names(harms, drugs_of(arm)))
        plain = arm.model_copy(update={"regimen": []})
        untreated = _at_end(study, settings, plain, some, untreated_names(harms)) if arm.regimen else {}
        exposures[arm.name] = with_untreated(own, untreated or {n: own[n] for n in untreated_names(harms)})
    return counted(expected(study, exposures, settings.seed), files)


def _at_end(
    study: Study, settings: Settings, arm: Arm, patients: Patients, names: Sequence[str]
) -> dict[str, NDArray[np.float64]]:
    """Outputs of an arm at the last visit by name, (patients,); NaN where a patient failed."""
    central = np.zeros(len(patients), np.int64)
    values = _treat(study, settings, arm, patients, list(names), draws=central)[0] if names else np.zeros((0, 1, 0))
    return {n: values[:, -1, k] for k, n in enumerate(names)}


def _in_draws(model: Any, settings: Settings, draws: NDArray[np.int64], parameters: dict[str, Any]) -> dict[str, Any]:
    """Fitted parameters in the draw of each patient, on top of how persons differ."""
    bounds = {p.name: p.bounds for p in model.parameters.values() if p.bounds}
    drawn = values_of_draws(joined(settings.fit), settings.seed, draws, model.defaults, bounds)
    for name, values in drawn.items():
        own = parameters.get(name, model.defaults[name]) / model.defaults[name] if model.defaults[name] else 1.0
        parameters[name] = np.clip(values * own, *bounds[name]) if name in bounds else values * own
    return parameters


def _results(
    study: Study, settings: Settings, place: Path, people: Enrolled, chunks: Sequence[dict[str, Any]]
) -> Results:
    """Endpoints of every trial, and what a planner asks of them."""
    files: dict[int, list[Path]] = {t.number: [] for t in people.trials}
    for c in chunks:
        files[int(trial_of(np.array([c["first"]]))[0])].append(place / c["file"])

    def treat(
        arm: Arm, crowd: Patients, names: list[str], days: NDArray[np.float64], draws: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        return _treat(study, settings, arm, crowd, names, days, draws)[0]

    def forecaster(
        arm: Arm, first: int, last: int, names: list[str], days: NDArray[np.float64]
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        crowd, _ = people.take(first, last)
        central = np.zeros(len(crowd), np.int64)
        return crowd.ids, _treat(study, settings, arm, crowd, names, days, central, typical=True)[0]

    write_forecasts(study, people, place, forecaster)
    some = drawn(study, settings.seed, 0, CENTRAL_PERSONS)
    expected = expected_effects(study, some, treat, settings.fit, settings.seed)
    return results_of(study, people.trials, files, expected, settings.seed)


def _with_looks(
    study: Study, settings: Settings, people: Enrolled, rows: list[dict[str, Any]], files: Sequence[Path]
) -> tuple[list[dict[str, Any]], dict[str, Any] | None]:
    """Rows with what the study's interim analyses say of its first trial, and the re-estimated sample size."""
    first = [f for f in files if int(f.stem.partition("-")[2]) < people.trials[0].first + people.trials[0].patients]
    if study.looks:
        rows = with_interim_analyses(study.looks, study, rows, first, settings.seed)
    again = re_estimation_row(study.re_estimation, study, first) if study.re_estimation else None
    return rows, again


def _close(study: Study, settings: Settings, place: Path, people: Enrolled) -> dict[str, Any]:
    manifest = folders.read_manifest(place)
    files = [place / c["file"] for c in manifest["chunks"]]
    results = _results(study, settings, place, people, manifest["chunks"])
    tilt = matched(study, settings.seed)
    rows, again = _with_looks(study, settings, people, results.rows, files)
    result = {
        "title": study.title,
        "patients": len(people),
        "screened": manifest["screened"],
        "failed": sum(c["failed"] for c in manifest["chunks"]),
        "endpoints": rows,
        "trials": results.trials,
        "power": results.power,
        "levels": results.levels,
        "knowledge": [asdict(r) for r in effect_uncertainty(study, settings.seed, settings.fit)],
        "cells": [asdict(r) for r in cell_product_profiles(study, settings.patients, settings.seed)],
        "harms": [dict(r) for r in harm_rows(study, settings, people, files)],
        "labels": label_rows(study),
        "doses": dose_rows(study, settings, people),
        "assumed": people.assumed,
        "assumptions": assumed_in_study(study, people.assumed, settings.fit, tilt),
    }
    if study.looks or study.re_estimation:
        result |= {"re_estimation": again, "design": design_sentences(rows, again)}
    if study.escalation:
        courses = cohort_trials(study, settings.seed, people.trials)
        result["escalation"] = course_rows(
            study, [(t.number, c.course) for t, c in zip(people.trials, courses, strict=True)]
        )
        result["design"] = course_sentences(result["escalation"])
    if tilt:
        result["matched"] = {"effective_sample_size": tilt.effective, "of": POOL, "figures": tilt.rows()}
    write_atomic(place / "endpoints.json", json.dumps(result, indent=1, sort_keys=True) + "\n")
    folders.register(place, ["endpoints.json"])
    manifest = folders.read_manifest(place)
    manifest["state"] = "finished"
    folders.write_manifest(place, manifest)
    return result
