"""One case ready to run: a model, its lanes of parameters, what happens to it, and where it starts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from osteon.engine import Events
from osteon.model import Model
from osteon.simulation.fits import joined


@dataclass(frozen=True)
class Case:
    """states : (lanes, states) on day `begin`."""

    model: Model
    parameters: dict[str, Any]
    events: Events
    begin: float
    states: NDArray[np.float64]


def ensemble_draws(model: Model, n: int, seed: int, taken: set[str]) -> dict[str, Any]:
    """Values of fitted parameters, (n,) each: lane 0 typical, the others from the fit's ensemble."""
    if n == 1:
        return {}
    bounds = {p.name: p.bounds for p in model.parameters.values() if p.bounds}
    drawn = joined().ensemble(seed, np.arange(n - 1), bounds)
    return {
        name: np.concatenate([[model.defaults[name]], values])
        for name, values in drawn.items()
        if name in model.parameters and name not in taken
    }
