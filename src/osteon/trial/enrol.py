"""Enrolment in blocks: patients are drawn, let in, randomised and written, never all of them in memory.

A patient does not depend on her block: every draw is her own, and the randomisation counts on from block to block.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from osteon.inputs import Study
from osteon.io import run_folder as folders
from osteon.io.outcome_store import join_parquet, read_parquet, write_parquet
from osteon.population import Patients, Tilt, match, of_person, sample
from osteon.simulation.assembly import human_model
from osteon.simulation.run_in import turnover_at_start
from osteon.simulation.typical import cohort_of
from osteon.simulation.usual import usual_of
from osteon.trial.allocate import allocate, strata
from osteon.trial.escalation_study import CohortTrial, most_patients, run_cohorts
from osteon.trial.trials import Trial, trials_of

ENROL_BLOCK = 10_000  # patients
ENROL_FILE = "patients.parquet"
WHERE = ("draw", "trial")  # columns of a run of several trials


@dataclass(frozen=True)
class Enrolled:
    """Everybody of a run: where they are written, how many, and what stood in for unpublished covariates."""

    place: Path
    total: int
    arms: tuple[str, ...]
    assumed: dict[str, str]
    trials: tuple[Trial, ...]

    def __len__(self) -> int:
        return self.total

    def take(self, first: int, last: int) -> tuple[Patients, NDArray[np.int64]]:
        """Patients first … last - 1, and the number of each one's arm."""
        frame = read_parquet([self.place / ENROL_FILE], "patient", f"patient >= {first} AND patient < {last}")
        number = {name: k for k, name in enumerate(self.arms)}
        arm = np.array([number[a] for a in frame["arm"]], np.int64)
        values = {c: frame[c].to_numpy(float) for c in frame.columns if c not in ("patient", "arm", *WHERE)}
        return Patients(frame["patient"].to_numpy(np.int64), values, of_person(values), self.assumed), arm


def drawn(study: Study, seed: int, first: int, count: int) -> Patients:
    """Patients first … first + count - 1 who meet the conditions. Raises RunFailed where too few do."""
    cohort, conditions = cohort_of(study), study.population.eligible
    return sample(
        cohort.population,
        human_model(),
        count,
        seed,
        conditions,
        first=first,
        between=False,
        turnover_of=turnover_at_start,
        usual=usual_of(cohort),
        joint=True,
        tilt=matched(study, seed),
    )


def matched(study: Study, seed: int) -> Tilt | None:
    """Weights that bring the population to the baseline table of the study; None where it names none. Raises InputError."""
    asked = study.population
    if asked.match is None:
        return None
    cohort = cohort_of(study)
    usual = usual_of(cohort)
    return match(cohort.population, asked.match.table(), seed, asked.eligible, turnover_at_start, usual)


def enrol(study: Study, seed: int, patients: int, place: Path) -> Enrolled:
    """Write patients.parquet of a run, unless it is there already."""
    trials = enrolled_trials(study, seed, patients)
    if ENROL_FILE not in folders.read_manifest(place)["files"]:
        screened = _write(study, seed, trials, place)
        folders.write_manifest(place, folders.read_manifest(place) | {"screened": screened})
        folders.register(place, [ENROL_FILE])  # last: a run stopped before it enrols again
    arms = tuple(a.name for a in study.arm)
    return Enrolled(place, sum(t.patients for t in trials), arms, assumed_of(study, seed), tuple(trials))


def enrolled_trials(study: Study, seed: int, patients: int) -> list[Trial]:
    """Every trial of a run with the patients that it enrols; an escalation enrols as many as its cohorts need."""
    trials = trials_of(study, patients)
    if study.escalation is None:
        return trials
    return [replace(t, patients=len(c.arms)) for t, c in zip(trials, cohort_trials(study, seed, trials), strict=True)]


def cohort_trials(study: Study, seed: int, trials: Sequence[Trial]) -> list[CohortTrial]:
    """How each trial of an escalation goes."""
    return [run_cohorts(study, drawn(study, seed, t.first, most_patients(study)), seed) for t in trials]


def assumed_of(study: Study, seed: int) -> dict[str, str]:
    """What stands in for what the population leaves out, by name: value and why."""
    cohort = cohort_of(study)
    return dict(
        sample(cohort.population, human_model(), 1, seed, between=False, usual=usual_of(cohort), joint=True).assumed
    )


def _write(study: Study, seed: int, trials: Sequence[Trial], place: Path) -> int:
    """Patients of every trial in blocks; a run of several trials says which trial and draw each is in. How many were screened."""
    blocks = [(t, start) for t in trials for start in range(0, t.patients, ENROL_BLOCK)]
    one = len(blocks) == 1
    parts, screened = [], 0
    seen: dict[int, int] = {}
    for trial, start in blocks:
        seen = {} if start == 0 else seen
        columns, excluded = _block(study, seed, trial, start, seen)
        screened += len(columns["patient"]) + excluded
        if len(trials) == 1:
            columns = {k: v for k, v in columns.items() if k not in WHERE}
        parts.append(place / (ENROL_FILE if one else f".patients-{trial.first + start:020d}"))
        write_parquet(parts[-1], columns)
    if not one:
        join_parquet(parts, place / ENROL_FILE, ENROL_BLOCK)
        for part in parts:
            part.unlink()
    return screened


def _block(study: Study, seed: int, trial: Trial, start: int, seen: dict[int, int]) -> tuple[dict[str, Any], int]:
    """Columns of one block of a trial's patients, and how many persons were excluded before them; seen counts on its strata."""
    names = np.array([a.name for a in study.arm], dtype=object)
    if study.escalation is None:
        people = drawn(study, seed, trial.first + start, min(ENROL_BLOCK, trial.patients - start))
        arm = allocate(strata(people.covariates, study.design.strata), study.ratio(), seed, seen, trial.first)
    else:
        arm = cohort_trials(study, seed, [trial])[0].arms[start : start + ENROL_BLOCK]
        people = drawn(study, seed, trial.first + start, len(arm))
    where = {"draw": np.full(len(arm), trial.draw), "trial": np.full(len(arm), trial.number)}
    excluded = 0 if people.excluded is None else int(people.excluded.sum())
    return {"patient": people.ids, "arm": names[arm], **where, **people.covariates}, excluded
