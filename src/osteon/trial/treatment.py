"""What an arm of a study is given, as the simulation takes it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from osteon.inputs import Arm, Habit, Study
from osteon.simulation.cell_products import cell_doses
from osteon.simulation.dosing import ADHERENCE_LEVELS, adherence_levels, regimen_of
from osteon.simulation.treatment import Treatment
from osteon.streams import uniform


def treatment_of(study: Study, arm: Arm) -> Treatment:
    """Regimens, cells, lifestyle and overrides of an arm, with the background that everybody takes from month 0."""
    regimens = tuple(regimen_of(r) for r in arm.regimen)
    everybody = [Habit.model_validate({"name": b.name, "dose": b.dose}) for b in study.design.background]
    levels = adherence_levels(arm.regimen)
    habits = (*arm.habit, *everybody)
    return Treatment(arm.name, regimens, cell_doses(arm.cells), habits, tuple(arm.override), levels)


def adherence_level(arm: Arm, seed: int, ids: NDArray[np.int64]) -> NDArray[np.int64] | None:
    """Level of adherence of each patient, (patients,), the same whatever arm she is in; None where all are alike."""
    if not any(r.adherence_sd for r in arm.regimen):
        return None
    return np.floor(uniform(seed, ids, "adherence") * ADHERENCE_LEVELS).astype(np.int64)
