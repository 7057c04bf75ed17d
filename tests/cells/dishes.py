"""One dish, typical values."""

from __future__ import annotations

from typing import Any

import numpy as np

from osteon.simulation.culture import CULTURE_READOUTS, Dish, culture_trajectory


def simulate_culture(dish: Dish) -> dict[str, Any]:
    """Outputs over days: name -> (times,), with `days`, and `doubling_time` in hours. Raises InputError, RunFailed."""
    got = culture_trajectory(dish, np.zeros(1, dtype=np.int64), 0)
    return {name: got[name][0] for name in CULTURE_READOUTS} | {
        "days": got["days"],
        "doubling_time": float(got["doubling_time"][0, 0]),
    }
