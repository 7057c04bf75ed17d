"""What an arm is given, and to whom: nothing here needs a model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from osteon.cells.product import CellDose
from osteon.inputs import Habit, Override
from osteon.model import Regimen
from osteon.simulation.run_in import history_start


@dataclass(frozen=True)
class Treatment:
    """What an arm is given; days count from month 0.

    by_adherence : the regimens as persons of each level of adherence take them (see dosing.adherence_levels); none: all alike
    """

    name: str = ""
    regimens: tuple[Regimen, ...] = ()
    cells: tuple[CellDose, ...] = ()
    lifestyle: tuple[Habit, ...] = ()
    overrides: tuple[Override, ...] = ()
    by_adherence: tuple[tuple[Regimen, ...], ...] = ()

    @property
    def drugs(self) -> frozenset[str]:
        """Names of its drugs."""
        return frozenset(r.target for r in self.regimens)

    @property
    def begin(self) -> float:
        """Day of the first dose, change of lifestyle or override; 0 where all of it comes later.

        An override without a first day holds from the start of the run-in on, in a study as in a scenario.
        """
        starts = [*(r.start for r in self.regimens), *(d for c in self.cells for d in c.days)]
        starts += [h.start for h in self.lifestyle]
        return min([0.0, *starts, *(history_start() if o.start is None else o.start for o in self.overrides)])


@dataclass(frozen=True)
class Subjects:
    """n members of an arm: typical persons under parameter draws, or persons who differ.

    parameters : values by name, numbers or (n,); t_scores : by site at month 0, numbers or (n,), to be matched;
    before : parameters that held other values in the run-in (a disease that began later), by name
    adherence_level : (n,) which of the treatment's levels each takes it at; None: at its mean
    """

    n: int
    parameters: Mapping[str, Any]
    t_scores: Mapping[str, Any] = field(default_factory=dict)
    before: Mapping[str, float] = field(default_factory=dict)
    label: str = "typical person"
    adherence_level: Any = None
