"""What is measured of a person: BMD and T-scores, turnover markers, fracture hazards, harms.

The package itself, called, lists what a scenario can look at (see `osteon.api.commands.outcomes`):

>>> import osteon as ost
>>> "bmd_total_hip" in set(ost.outcomes()["name"])
True
"""

from osteon.model import Module
from osteon.outcomes.bmd import BMD
from osteon.outcomes.fracture import FRACTURE
from osteon.outcomes.histomorphometry import HISTOMORPHOMETRY
from osteon.outcomes.markers import MARKERS

OUTCOMES: tuple[Module, ...] = (BMD, MARKERS, FRACTURE, HISTOMORPHOMETRY)

__all__ = ["BMD", "FRACTURE", "HISTOMORPHOMETRY", "MARKERS", "OUTCOMES"]
