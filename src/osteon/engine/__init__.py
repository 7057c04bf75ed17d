"""The engine: compiles a model, integrates many patients at once, stops at every dose."""

from osteon.engine.events import DosingRule, Events, Readout, Schedule, Steady
from osteon.engine.simulate import Trajectories, simulate

__all__ = ["Events", "DosingRule", "Readout", "Schedule", "Steady", "Trajectories", "simulate"]
