"""SciPy's LSODA with the model's own Python right-hand side: what a script without an engine does."""

from __future__ import annotations

import numpy as np

from benchmarks.workloads import ATOL, OUTPUTS, Array, Run, Workload
from osteon.engine.simulate import evaluate, scales


def lsoda(work: Workload, rtol: float) -> Run:
    """Values at the looks, one person after the other."""
    from scipy.integrate import solve_ivp

    model = work.model
    traced = model.traced
    place = traced.states.index(work.state)
    asked = [traced.rules[o] for o in OUTPUTS]
    atol = scales(model) * ATOL

    def one(scale: float) -> Array:
        known = {**model.defaults, "turnover_scale": scale}
        y = np.array([float(v) for v in model.initial_values(known).values()])
        rows = np.empty((len(work.times), len(OUTPUTS)))

        def rhs(t: float, state: Array) -> list[float]:
            now = dict(zip(traced.states, state.tolist(), strict=True))
            return list(model.rates({**known, **now, "time": t}).values())

        for first, last, looks, amount in work.intervals():
            y[place] += amount
            grid = np.unique(np.concatenate([[first], work.times[looks], [last]]))
            found = solve_ivp(rhs, (first, last), y, method="LSODA", t_eval=grid, rtol=rtol, atol=atol).y
            for look in looks:
                state = dict(zip(traced.states, found[:, np.searchsorted(grid, work.times[look])], strict=True))
                rows[look] = evaluate(asked, {**known, **state, "time": work.times[look]}, 1)[0]
            y = found[:, -1].copy()
        return rows

    return lambda scale: np.stack([one(float(s)) for s in scale])
