"""The engine: compiles a model, integrates many patients at once, stops at every dose."""

from osteon.engine.events import Events, Guard, Look, Schedule, Steady
from osteon.engine.simulate import Trajectories, simulate

__all__ = ["Events", "Guard", "Look", "Schedule", "Steady", "Trajectories", "simulate"]
