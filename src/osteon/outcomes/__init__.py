"""What is measured of a person: BMD and T-scores, turnover markers, fracture hazards, harms."""

from osteon.model import Module
from osteon.outcomes.bmd import BMD
from osteon.outcomes.fracture import FRACTURE
from osteon.outcomes.markers import MARKERS

OUTCOMES: tuple[Module, ...] = (BMD, MARKERS, FRACTURE)

__all__ = ["BMD", "FRACTURE", "MARKERS", "OUTCOMES"]
