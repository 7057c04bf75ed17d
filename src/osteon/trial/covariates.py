"""Covariates of an analysis: what patients were enrolled with, and what the model expected of each in the comparator arm.

A forecast knows of a patient what was measured at baseline and nothing else: a typical person of her age, build, history and T-scores is run
through the comparator arm in the central draw. It stands in `forecast.parquet` of the run, so that an analysis can be said anew.
Source: Schuler 2022 (a prognostic score as covariate keeps the type I error whatever the score is worth).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from osteon.errors import Fault, InputError
from osteon.inputs import Arm, Endpoint, Study
from osteon.io import run_folder as folders
from osteon.io.outcome_store import read_parquet, write_parquet
from osteon.statistics.two_arms import change
from osteon.trial.enrol import ENROL_FILE, Enrolled

Array = NDArray[np.float64]
FORECAST = "forecast.parquet"
COVARIATES_AT_ONCE = 1000  # patients
Forecaster = Callable[[Arm, int, int, list[str], Array], tuple[NDArray[np.int64], Array]]


def baseline_of(files: Sequence[Path], ids: NDArray[np.int64], names: Sequence[str]) -> Array:
    """Covariates of patients at enrolment, (patients, names); what a patient has not (a menopause) is the others' mean."""
    frame = _rows(files, ENROL_FILE, ids)
    absent = [n for n in names if n not in frame.columns]
    if absent:
        raise InputError([_absent(n) for n in absent])
    table = frame[list(names)].to_numpy(float)
    with np.errstate(invalid="ignore"):
        middle = np.array([np.nanmean(c) if np.isfinite(c).any() else 0.0 for c in table.T])
    return np.where(np.isfinite(table), table, middle)


def forecast_of(files: Sequence[Path], ids: NDArray[np.int64], endpoint: Endpoint) -> Array:
    """The forecast of an endpoint of each patient, (patients,). Raises InputError where the run holds none."""
    name = _name(endpoint)
    place = files[0].parents[1] / FORECAST
    frame = _rows(files, FORECAST, ids) if place.is_file() else None
    if frame is None or name not in frame.columns:
        message = f"The run holds no forecast of '{endpoint.name}' against '{endpoint.compare}'."
        hint = "Write prognostic = true at this endpoint of the study and run it."
        raise InputError(Fault("no_forecast", "endpoint.prognostic", endpoint.name, "", hint, f"{message} {hint}"))
    return np.asarray(frame[name].to_numpy(float))


def write_forecasts(study: Study, people: Enrolled, place: Path, forecaster: Forecaster) -> None:
    """Write forecast.parquet of a run whose endpoints ask for it, unless it is there.

    forecaster : (arm, first and last row of patients.parquet, outputs, days) to ids and outcomes (patients, days, outputs)
    """
    asked = [e for e in study.endpoint if e.prognostic]
    if not asked or FORECAST in folders.read_manifest(place)["files"]:
        return
    arms = {a.name: a for a in study.arm}
    columns: dict[str, list[NDArray[Any]]] = {"patient": [], **{_name(e): [] for e in asked}}
    for trial in people.trials:
        for first in range(trial.first, trial.first + trial.patients, COVARIATES_AT_ONCE):
            last = min(first + COVARIATES_AT_ONCE, trial.first + trial.patients)
            for e in asked:
                days = np.array([study.design.visits[0], e.visit])
                ids, values = forecaster(arms[e.compare or ""], first, last, [e.name], days)
                columns[_name(e)].append(change(values[:, 1, 0], values[:, 0, 0], e.as_))
            columns["patient"].append(ids)
    write_parquet(place / FORECAST, {k: np.concatenate(v) for k, v in columns.items()})
    folders.register(place, [FORECAST])


def _name(endpoint: Endpoint) -> str:
    return f"{endpoint.name}|{endpoint.visit:.6f}|{endpoint.as_}|{endpoint.compare}"


def _rows(files: Sequence[Path], file: str, ids: NDArray[np.int64]):  # type: ignore[no-untyped-def]
    """Rows of patients, in their order."""
    span = f"patient >= {int(ids.min())} AND patient <= {int(ids.max())}" if len(ids) else "false"
    frame = read_parquet([files[0].parents[1] / file], "patient", span)
    return frame.set_index("patient").loc[ids].reset_index()


def _absent(name: str) -> Fault:
    message = f"The patients of this run were not drawn with '{name}'."
    return Fault("no_covariate", "endpoint.covariates", name, "", "Leave this covariate out.", message)
