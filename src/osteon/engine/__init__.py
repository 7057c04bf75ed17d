"""The engine: compiles a model, integrates many patients at once, stops at every dose."""

from osteon.engine.events import Events, Guard, Schedule
from osteon.engine.simulate import Trajectories, simulate

__all__ = ["Events", "Guard", "Schedule", "Trajectories", "simulate"]
