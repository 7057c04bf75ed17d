"""How much of what cells do in animals they do in people: unknown, and said so.

A prior that includes nothing: with probability 0.3 no effect at all, else every order of magnitude from 0.02 to 1 alike.
It multiplies every beneficial effect of cells in a human; harms are never multiplied by it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

NOTHING = 0.3  # probability that nothing translates.  Source: assumed; Shim 2021 saw no difference in BMD
LOWEST, HIGHEST = 0.02, 1.0


def translation_at(u: NDArray[np.float64]) -> NDArray[np.float64]:
    """Factors at uniform places u, (n,).  [1]"""
    scaled = np.clip((np.asarray(u) - NOTHING) / (1 - NOTHING), 0.0, 1.0)
    return np.where(np.asarray(u) < NOTHING, 0.0, LOWEST * (HIGHEST / LOWEST) ** scaled)
