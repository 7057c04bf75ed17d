"""The trials of a run: what nobody knows is one draw a trial, how people differ is a draw a person.

Three levels, each with streams of its own:

    parameters   parameter uncertainty: the fit, the translation of cells, rates of harms, and how far a study lies
                 from the model (study_offset). One draw a trial, shared by all its arms and patients. Draw 0 is the central one.
    persons      how people differ: a draw a patient, by her number.
    measurement  densitometry and assays: a draw a patient and visit.

Every trial has patients of its own, numbered from `first`, so that more draws, replicates or arms change nobody's draw.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from osteon.inputs import Study
from osteon.inputs.population import MAX_PATIENTS
from osteon.inputs.study import MAX_REPLICATES

TRIALS_LEVELS = ("parameters", "persons", "measurement")
CENTRAL = 0


@dataclass(frozen=True)
class Trial:
    """One trial: its parameter draw (0 the central one), its replicate within it, its patients in all arms."""

    draw: int
    replicate: int
    patients: int

    @property
    def number(self) -> int:
        """Its number in the run, the same whatever else is run."""
        return self.draw * MAX_REPLICATES + self.replicate

    @property
    def first(self) -> int:
        """Number of its first patient."""
        return self.number * MAX_PATIENTS


def trials_of(study: Study, patients: int) -> list[Trial]:
    """Every trial of a run with `patients` per arm (times the allocation), in order."""
    size = int(patients * sum(study.ratio()))
    return [Trial(w, r, size) for w in draws_of(study) for r in range(study.uncertainty.replicates)]


def draws_of(study: Study) -> list[int]:
    """Numbers of the parameter draws that patients live in: the central one, or 1 to W."""
    w = study.uncertainty.parameter_draws
    return list(range(1, w + 1)) if w else [CENTRAL]


def draw_of(patients: NDArray[np.int64]) -> NDArray[np.int64]:
    """Parameter draw that each patient lives in, by her number."""
    return np.asarray(patients // (MAX_PATIENTS * MAX_REPLICATES))


def trial_of(patients: NDArray[np.int64]) -> NDArray[np.int64]:
    """Number of each patient's trial, as in Trial.number."""
    return np.asarray(patients // MAX_PATIENTS)


def levels_sentence(study: Study) -> str:
    """What was drawn, for a report."""
    draws, replicates = study.uncertainty.parameter_draws, study.uncertainty.replicates
    trials = f"{replicates} trials with patients of their own" if replicates > 1 else "One trial"
    if not draws:
        return f"{trials} in the central draw of the parameters: intervals of arms and differences hold persons and measurement, not parameter uncertainty."
    each = f", {replicates} trials in each" if replicates > 1 else ", one trial in each"
    return f"{draws} draws of the parameters{each}, patients new in every trial."
