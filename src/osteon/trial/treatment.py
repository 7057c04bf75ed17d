"""What an arm of a study is given, as the simulation takes it."""

from __future__ import annotations

from osteon.inputs import Arm, Habit, Study
from osteon.simulation.cell_products import cell_doses
from osteon.simulation.dosing import regimen_of
from osteon.simulation.treatment import Treatment


def treatment_of(study: Study, arm: Arm) -> Treatment:
    """Regimens, cells, lifestyle and overrides of an arm, with the background that everybody takes from month 0."""
    regimens = tuple(regimen_of(r) for r in arm.regimen)
    everybody = [Habit.model_validate({"name": b.name, "dose": b.dose}) for b in study.design.background]
    return Treatment(arm.name, regimens, cell_doses(arm.cells), (*arm.habit, *everybody), tuple(arm.override))
