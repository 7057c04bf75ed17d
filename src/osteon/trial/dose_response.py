"""Dose-response of a cell product over dose, route, infusion time and species: what it does beside what it risks.

    1. read the file                                   3. for each species, source and route: every dose and time at once,
    2. open the run folder (or the one to resume)         in the same parameter draws, beside the same hosts without cells; store
                                                       4. intervals of every point; close the folder

A world is one draw of everything uncertain. A point carries intervals and hazards, cells a kilogram and cells a
capillary of the lung. It has no field for a best dose, because no evidence could fill it. The run folder is that of a
study: parameter draws stand where patients stand, points where arms stand.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from osteon.biology.species import Body, body_of
from osteon.cells.hazards import cells_per_capillary
from osteon.cells.human_exposure import BY_WEIGHT
from osteon.cells.product import CellDose
from osteon.engine import Events, Schedule, simulate
from osteon.engine.executors import run_jobs
from osteon.errors import Fault, InputError
from osteon.evidence import load_cohort
from osteon.inputs.dose_response import (
    MAX_HOSTS,
    MAX_PARAMETER_DRAWS,
    DoseResponse,
    DoseResponseFile,
    extrapolated,
    read_dose_response,
)
from osteon.inputs.dosing import Cells
from osteon.inputs.names import DXA
from osteon.inputs.scenario import read_scenario
from osteon.io import run_folder as folders
from osteon.io import toml
from osteon.io.files import digest, write_atomic
from osteon.io.outcome_store import read_parquet, write_parquet
from osteon.io.run_lock import locked
from osteon.io.run_resume import refuse_other_worker, stopped
from osteon.model import Model
from osteon.simulation.animal import animal_case, animal_schedule
from osteon.simulation.arm import prepare, schedule_of
from osteon.simulation.assembly import human_model
from osteon.simulation.cell_products import cell_doses, cell_modules, cell_product_draws, human_bones
from osteon.simulation.fits import DEFAULT, ensemble_draws
from osteon.simulation.treatment import Subjects, Treatment
from osteon.simulation.typical import person_of, typical
from osteon.trial.model_identity import plain_identity
from osteon.units import DAYS_PER_MONTH

Array = NDArray[np.float64]
HARMS = ("embolism_risk", "death_risk")
DOSE_RESPONSE_OUTPUTS = ("benefit", *HARMS, *(f"{h}_by_capillary" for h in HARMS))
MEASURED_IN = "mouse"  # whose lungs told the lethal dose (kwon2024a); other lungs have fewer capillaries a kilogram
DOSE_RESPONSE_AGE = 1.5  # of an animal, times its maturity.  Source: assumed
DOSE_RESPONSE_LANES = 4000  # solved at once
MINIMAL_IMPORTANT_DIFFERENCE = {
    "human": 1.0
}  # percent of BMD; an animal's BV/TV is noticed from 10 percent on.  Source: assumed
MINUTES = 1440.0
Group = tuple[str, str, str]
ProgressCallback = Callable[[int, int], None]


@dataclass(frozen=True)
class DoseResponsePoint:
    """One point: what a dose does to bone and what it risks, as intervals over all parameter draws.

    outcome : what benefit is measured in, percent over the same hosts without cells; dose_per_kg in cells/kg
    embolism_, death_ : chances if what counts is cells a kilogram; ..._by_capillary : if it is cells a capillary
    """

    species: str
    source: str
    route: str
    dose_per_kg: float
    cells: float
    cells_per_capillary: float
    infusion_minutes: float
    outcome: str
    months: float
    benefit_lo90: float
    benefit_mid: float
    benefit_hi90: float
    chance_noticeable: float
    embolism_lo90: float
    embolism_hi90: float
    death_lo90: float
    death_hi90: float
    embolism_hi90_by_capillary: float
    death_hi90_by_capillary: float
    evidence_benefit: str
    evidence_harm: str
    extrapolated: bool
    worlds: int  # parameter draws; the key of run folders


@dataclass(frozen=True)
class Host:
    """Hosts of one species in all parameter draws, ready for a dose. schedule: from lines of cells to all that happens."""

    model: Model
    parameters: dict[str, Any]
    states: Array
    begin: float
    weight: float
    human: bool
    outcome: str
    schedule: Callable[[tuple[CellDose, ...]], Schedule]


def run_dose_response(
    path: str | Path,
    out: str | Path,
    seed: int = 1,
    parameter_draws: int | None = None,
    workers: int = 1,
    scheduler: str = "",
    on_progress: ProgressCallback = lambda a, b: None,
    force_new: bool = False,
) -> dict[str, Any]:
    """Run a dose-response file into a new folder. Raises InputError, RunFailed.   force_new : a run that is there is given up"""
    file = read_dose_response(toml.read(path), Path(path).name)
    check_dose_response(file)
    _check_draws(file.dose_response, parameter_draws)
    settings = {
        "seed": seed,
        "patients": parameter_draws or file.dose_response.parameter_draws,
        "rtol": 1e-6,
        "fit": DEFAULT,
    }
    place, data = Path(out), Path(path).read_bytes()
    folders.refuse_occupied(place, data, force_new)
    with locked(place):
        folders.create(place, folders.begin_manifest(data, settings, plain_identity(DEFAULT)), data, force_new)
        return _go(file, settings, place, workers, scheduler, on_progress)


def resume_dose_response(
    out: str | Path,
    workers: int = 1,
    scheduler: str = "",
    on_progress: ProgressCallback = lambda a, b: None,
    repair: bool = False,
    force_new: bool = False,
) -> dict[str, Any]:
    """Finish a dose-response study that was stopped. Refuses an edited file, another program, a damaged chunk.

    repair, force_new : as in `run.resume`
    """
    place = Path(out)
    with stopped(place, lambda _, settings: plain_identity(settings["fit"]), repair, force_new) as manifest:
        file = read_dose_response(toml.read(place / "study.toml"), "study.toml")
        return _go(file, manifest["settings"], place, workers, scheduler, on_progress)


def check_dose_response(file: DoseResponseFile) -> None:
    """Names that only the model knows. Raises InputError."""
    if "human" in file.dose_response.species:
        load_cohort(file.dose_response.cohort)


def _check_draws(dose_response: DoseResponse, parameter_draws: int | None) -> None:
    most = min(MAX_PARAMETER_DRAWS, MAX_HOSTS // dose_response.points())
    if parameter_draws is not None and not 2 <= parameter_draws <= most:
        text = f"{parameter_draws} parameter draws of {dose_response.points()} points cannot be run."
        raise InputError(Fault("bad_number", "--patients", parameter_draws, f"2 to {most}", "", text))


def groups(dose_response: DoseResponse) -> list[Group]:
    """Species, source and route of every chunk."""
    return list(product(dose_response.species, dose_response.sources, dose_response.routes))


def doses(dose_response: DoseResponse, given: CellDose) -> list[CellDose]:
    """The product at every dose and infusion time of the grid."""
    grid = product(dose_response.doses, dose_response.infusion_times)
    return [replace(given, amount=dose, infusion=time) for dose, time in grid]


def _go(
    file: DoseResponseFile,
    settings: dict[str, Any],
    place: Path,
    workers: int,
    scheduler: str,
    on_progress: ProgressCallback,
) -> dict[str, Any]:
    place = place.absolute()  # workers may stand elsewhere
    dose_response, parameter_draws = file.dose_response, settings["patients"]
    _write_hosts(place, dose_response, parameter_draws)
    all_groups = groups(dose_response)
    done = {c["first"] for c in folders.read_manifest(place)["chunks"]}
    jobs = [(dose_response, settings, place, i, g) for i, g in enumerate(all_groups) if i not in done]
    on_progress(len(done), len(all_groups))
    for count, chunk in enumerate(_chunks(jobs, workers, scheduler), len(done) + 1):
        folders.add_chunk(place, chunk)
        on_progress(count, len(all_groups))
    return _close(file, settings, place)


def _chunks(jobs: list[tuple[Any, ...]], workers: int, scheduler: str) -> Iterator[dict[str, Any]]:
    return run_jobs(group_chunk, jobs, workers, scheduler)


def group_chunk(
    dose_response: DoseResponse, settings: dict[str, Any], place: Path, index: int, group: Group
) -> dict[str, Any]:
    """Compute and store one species, source and route; idempotent, so any process may do it again."""
    refuse_other_worker(place)
    parameter_draws = settings["patients"]
    found = outcomes_by_draw(dose_response, group, parameter_draws, settings["seed"])
    path = place / "outcomes" / f"chunk-{index:08d}.parquet"
    write_parquet(
        path, _table(found, parameter_draws, dose_response.at / DAYS_PER_MONTH, index * len(found) * parameter_draws)
    )
    failed = sum(int(np.isnan(v["benefit"]).sum()) for v in found.values())
    return {
        "file": f"outcomes/{path.name}",
        "first": index,
        "patients": parameter_draws * len(found),
        "failed": failed,
        "sha256": digest(path),
    }


def outcomes_by_draw(
    dose_response: DoseResponse, group: Group, parameter_draws: int, seed: int
) -> dict[str, dict[str, Array]]:
    """Benefit and risks of every point of a group: name of the point -> output -> (draws,); NaN where one failed."""
    given = _given(dose_response, group)
    host = _host(dose_response, group, given, parameter_draws + 1, seed)
    plain = _outcomes(dose_response, host, [None], parameter_draws + 1, seed)[0]
    points = doses(dose_response, given)
    step, found = max(1, DOSE_RESPONSE_LANES // (parameter_draws + 1)), {}
    for first in range(0, len(points), step):
        block = points[first : first + step]
        for point, treated in zip(
            block, _outcomes(dose_response, host, list(block), parameter_draws + 1, seed), strict=True
        ):
            risk = _both_risks(host, point, group[0], parameter_draws + 1, seed)
            found[_name(group, point)] = {"benefit": (100 * (treated / plain - 1))[1:], **risk}
    return found


def values_behind(dose_response: DoseResponse, group: Group, parameter_draws: int, seed: int) -> dict[str, Array]:
    """What was drawn for the largest dose of a group, by parameter, (draws,) each: that on which its outcome may hang."""
    given = _given(dose_response, group)
    host, n = _host(dose_response, group, given, parameter_draws + 1, seed), parameter_draws + 1
    point = doses(dose_response, given)[-1]
    own = cell_product_draws(host.model, (point,), host.weight, np.arange(n), seed, host.human)
    return {k: np.broadcast_to(np.asarray(v, float), (n,))[1:] for k, v in (host.parameters | own).items()}


def host_model(dose_response: DoseResponse, group: Group) -> Model:
    """The model of a group's host with the product."""
    return _host(dose_response, group, _given(dose_response, group), 1, 1).model


def effect_of_values(dose_response: DoseResponse, group: Group, values: Mapping[str, Array], n: int) -> Array:
    """Percent of the outcome over the same host without cells at a group's largest dose and first infusion time, (n,).

    values : of parameters, (n,) each; all else is typical
    """
    given = _given(dose_response, group)
    point = replace(given, amount=max(dose_response.doses))
    host = _host(dose_response, group, point, n, 1, values)
    plain = _outcomes(dose_response, host, [None], n, 1, values)[0]
    return 100 * (_outcomes(dose_response, host, [point], n, 1, values)[0] / plain - 1)


def _name(group: Group, given: CellDose) -> str:
    return f"{' / '.join(group)} / {given.amount:.6g} cells/kg / {given.infusion * MINUTES:.6g} min"


def _given(dose_response: DoseResponse, group: Group) -> CellDose:
    """The product of a group at its first dose."""
    species, source, route = group
    record = Cells.model_validate(dose_response.cells(source, route))
    return cell_doses([record], species)[0]


def _outcomes(
    dose_response: DoseResponse,
    host: Host,
    points: list[CellDose | None],
    n: int,
    seed: int,
    values_of: Mapping[str, Array] | None = None,
) -> list[Array]:
    """The outcome of every point, (n,) each; None = no cells. All points are solved in one batch.

    values_of : parameters of lanes that are otherwise typical, instead of drawn ones
    """
    lanes, stacked = np.arange(n) if values_of is None else np.zeros(n, np.int64), []
    for point in points:
        own = (
            cell_product_draws(host.model, (point,), host.weight, lanes, seed, host.human, values=values_of)
            if point
            else {}
        )
        stacked.append({k: np.broadcast_to(np.asarray(v, float), (n,)) for k, v in (host.parameters | own).items()})
    values = {k: np.concatenate([s[k] for s in stacked]) for k in stacked[0]}
    schedules = tuple(host.schedule((p,) if p else ()) for p in points)
    got = simulate(
        host.model,
        values,
        n=n * len(points),
        times=[max(0.0, host.begin), dose_response.at],
        outputs=[host.outcome],
        start=host.begin,
        events=Events(schedules, np.repeat(np.arange(len(points)), n)),
        initial=np.tile(host.states, (len(points), 1)),
    )
    last = np.where(got.failed, np.nan, got.of(host.outcome)[:, -1])
    return list(last.reshape(len(points), n))


def _both_risks(host: Host, given: CellDose, species: str, n: int, seed: int) -> dict[str, Array]:
    """Chances by cells a kilogram, and by cells for each capillary of the lung."""
    crowded = body_of(MEASURED_IN).lung_capillaries / body_of(species).lung_capillaries
    if host.human:  # a prior of either kind, and the patients infused so far
        scaled = _risks(host, given, n, seed, 1 / crowded)
        return _risks(host, given, n, seed, BY_WEIGHT) | {f"{k}_by_capillary": v for k, v in scaled.items()}
    scaled = _risks(host, replace(given, amount=given.amount * crowded), n, seed)
    return _risks(host, given, n, seed) | {f"{k}_by_capillary": v for k, v in scaled.items()}


def _risks(host: Host, given: CellDose, n: int, seed: int, centre: float = BY_WEIGHT) -> dict[str, Array]:
    """Chances of an embolus and of death by one dose, (draws,).   centre : as in `cell_product_draws`"""
    values = cell_product_draws(host.model, (given,), host.weight, np.arange(n), seed, host.human, centre)
    hazards = {what: np.broadcast_to(values[f"{what}_of_1"], (n,))[1:] for what in ("embolism", "death")}
    return {f"{what}_risk": 1 - np.exp(-h) for what, h in hazards.items()}


def _host(
    dose_response: DoseResponse,
    group: Group,
    given: CellDose,
    n: int,
    seed: int,
    values: Mapping[str, Array] | None = None,
) -> Host:
    species = group[0]
    if species == "human":
        return _woman(dose_response, given, n, seed, values)
    return _animal(dose_response, body_of(species), group, n, seed, values)


def _animal(
    dose_response: DoseResponse, body: Body, group: Group, n: int, seed: int, values: Mapping[str, Array] | None = None
) -> Host:
    outcome = f"bvtv_{dose_response.site}"
    since = {} if dose_response.condition == "intact" else {"condition_from": f"{dose_response.condition_from!r} days"}
    animal = {
        "species": body.species,
        "age": f"{DOSE_RESPONSE_AGE * body.maturity!r} days",
        "condition": dose_response.condition,
        **since,
    }
    output = {"end": f"{dose_response.at!r} days", "at": [f"{dose_response.at!r} days"], "of": [outcome]}
    table = {"format": 1, "animal": animal, "cells": [dose_response.cells(*group[1:])], "output": output}
    scenario = read_scenario(table)
    case = animal_case(scenario, n, seed, values)

    def schedule(lines: tuple[CellDose, ...]) -> Schedule:
        return animal_schedule(scenario, lines, case.model, case.begin)

    return Host(case.model, case.parameters, case.states, case.begin, body.weight, False, outcome, schedule)


def _woman(
    dose_response: DoseResponse, given: CellDose, n: int, seed: int, values: Mapping[str, Array] | None = None
) -> Host:
    """The typical woman of the cohort in all parameter draws, or in lanes of `values`."""
    bones = DXA[given.site] if given.site else ("total_hip",)
    model = human_model((), DEFAULT, cell_modules((given,), human_bones))
    cohort = load_cohort(dose_response.cohort)
    person = person_of(cohort)
    drawn = ensemble_draws(model, n, seed, set(person)) if values is None else values
    lanes = np.arange(n) if values is None else np.zeros(n, np.int64)
    parameters: dict[str, Any] = typical(cohort, drawn, n)
    parameters |= cell_product_draws(model, (given,), person["body_weight"], lanes, seed, human=True, values=values)
    case = prepare(Treatment(), Subjects(n, parameters), model, dose_response.at)

    def schedule(lines: tuple[CellDose, ...]) -> Schedule:
        return schedule_of(Treatment(cells=lines), model, 0.0, dose_response.at)

    return Host(model, case.parameters, case.states, 0.0, person["body_weight"], True, f"bmd_{bones[0]}", schedule)


def _table(found: dict[str, dict[str, Array]], parameter_draws: int, months: float, first: int) -> dict[str, Any]:
    """Long table, as of a study: patient (a host in its world), arm (point), visit, output, value, reason.

    first : number of the first host
    """
    names, k = list(found), len(DOSE_RESPONSE_OUTPUTS)
    values = np.stack(
        [np.stack([found[n][o] for o in DOSE_RESPONSE_OUTPUTS]) for n in names]
    )  # points, outputs, parameter draws
    size = len(names) * k * parameter_draws
    host = first + np.arange(len(names) * parameter_draws).reshape(len(names), 1, parameter_draws)
    return {
        "patient": np.broadcast_to(host, (len(names), k, parameter_draws)).reshape(-1),
        "arm": np.repeat(np.array(names, dtype=object), k * parameter_draws),
        "visit": np.full(size, months),
        "output": np.tile(np.repeat(np.array(DOSE_RESPONSE_OUTPUTS, dtype=object), parameter_draws), len(names)),
        "value": values.reshape(-1),
        "reason": np.where(np.isnan(values.reshape(-1)), "failed", "").astype(object),
    }


def _write_hosts(place: Path, dose_response: DoseResponse, parameter_draws: int) -> None:
    """patients.parquet: every host, its point and its world (from 1)."""
    path = place / "patients.parquet"
    if path.exists() and "patients.parquet" in folders.read_manifest(place)["files"]:
        return
    names = np.array(
        [_name(g, p) for g in groups(dose_response) for p in doses(dose_response, _given(dose_response, g))],
        dtype=object,
    )
    hosts = np.arange(len(names) * parameter_draws)
    write_parquet(
        path, {"patient": hosts, "arm": np.repeat(names, parameter_draws), "world": 1 + hosts % parameter_draws}
    )
    folders.register(place, ["patients.parquet"])


def _close(file: DoseResponseFile, settings: dict[str, Any], place: Path) -> dict[str, Any]:
    manifest = folders.read_manifest(place)
    chunks = {c["first"]: c["file"] for c in manifest["chunks"]}
    rows = [
        p for i, g in enumerate(groups(file.dose_response)) for p in _points(file.dose_response, g, place / chunks[i])
    ]
    result = {
        "title": file.title,
        "kind": "surface",
        "patients": settings["patients"],
        "failed": sum(c["failed"] for c in manifest["chunks"]),
        "endpoints": [asdict(p) for p in rows],
    }
    write_atomic(place / "endpoints.json", json.dumps(result, indent=1, sort_keys=True) + "\n")
    folders.register(place, ["endpoints.json"])
    manifest = folders.read_manifest(place)
    manifest["state"] = "finished"
    folders.write_manifest(place, manifest)
    return result


def _points(dose_response: DoseResponse, group: Group, path: Path) -> Iterator[DoseResponsePoint]:
    given = _given(dose_response, group)
    species, human = group[0], group[0] == "human"
    frame = read_parquet([path], "arm, output, patient")
    grouped = {k: v["value"].to_numpy() for k, v in frame.groupby(["arm", "output"])}
    weight = person_of(load_cohort(dose_response.cohort))["body_weight"] if human else body_of(species).weight
    bone = DXA[given.site][0] if human and given.site else "total_hip"
    for point in doses(dose_response, given):
        seen = {o: grouped[_name(group, point), o] for o in DOSE_RESPONSE_OUTPUTS}
        low, mid, high = (float(v) for v in np.nanquantile(seen["benefit"], [0.05, 0.5, 0.95]))
        ends = {o: [float(v) for v in np.quantile(seen[o], [0.05, 0.95])] for o in DOSE_RESPONSE_OUTPUTS[1:]}
        yield DoseResponsePoint(
            *group,
            dose_per_kg=point.amount,
            cells=float(point.total(weight)),
            cells_per_capillary=float(cells_per_capillary(point, weight, body_of(species).lung_capillaries)),
            infusion_minutes=point.infusion * MINUTES,
            outcome=f"bmd_{bone}" if human else f"bvtv_{dose_response.site}",
            months=dose_response.at / DAYS_PER_MONTH,
            benefit_lo90=low,
            benefit_mid=mid,
            benefit_hi90=high,
            chance_noticeable=float(
                np.nanmean(np.abs(seen["benefit"]) > MINIMAL_IMPORTANT_DIFFERENCE.get(species, 10.0))
            ),
            embolism_lo90=ends["embolism_risk"][0],
            embolism_hi90=ends["embolism_risk"][1],
            death_lo90=ends["death_risk"][0],
            death_hi90=ends["death_risk"][1],
            embolism_hi90_by_capillary=ends["embolism_risk_by_capillary"][1],
            death_hi90_by_capillary=ends["death_risk_by_capillary"][1],
            evidence_benefit="assumed" if human else "animal",
            evidence_harm="animal",
            extrapolated=extrapolated(species, point.amount),
            worlds=len(seen["benefit"]),
        )
