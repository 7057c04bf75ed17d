"""CasADi with CVODES: the sparse exact Jacobian of the same program, a direct sparse solver, its own virtual machine.

It keeps shared parts shared, so it is the peer that shows what a multistep method costs here without libRoadRunner's
repetition of formulas. Doses: one integrator for every pattern of looks between two doses, called anew after each dose.
States are divided by their scale, so that tolerances are ours.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.peers.program import fixed_parts, fixed_values, values
from benchmarks.workloads import ATOL, OUTPUTS, Array, Run, Workload
from osteon.engine.program import make_program
from osteon.engine.simulate import evaluate, scales


def casadi(work: Workload, rtol: float) -> Run:
    """Values at the looks, one person after the other."""
    import casadi as ca

    model = work.model
    program = make_program(model.traced, OUTPUTS)
    size = scales(model)
    functions = {
        "exp": ca.exp,
        "log": ca.log,
        "sqrt": ca.sqrt,
        "guard": lambda x: ca.fmax(x, 1e-300),
        "positive": lambda x: ca.fmax(x, 0.0),
        "abs": ca.fabs,
    }
    z, fixed, t, first = (
        ca.SX.sym(n, k) for n, k in (("z", len(size)), ("fixed", len(fixed_parts(program))), ("t", 1), ("first", 1))
    )
    known: dict[Any, Any] = {s: z[i] * size[i] for i, s in enumerate(program.states)} | {"time": first + t}
    known |= {id(e): fixed[i] for i, e in enumerate(fixed_parts(program))}
    rates = ca.vertcat(*values(program.rhs, known, functions)) / size
    see = ca.Function("see", [t, first, z, fixed], [ca.vertcat(*values(program.outputs, known, functions))])
    system = {"x": z, "t": t, "p": ca.vertcat(fixed, first), "ode": rates}
    options = {
        "reltol": rtol,
        "abstol": ATOL,
        "max_num_steps": 100_000,
        "newton_scheme": "direct",
        "linear_solver": "csparse",
    }
    made: dict[tuple[float, ...], Any] = {}

    def over(grid: tuple[float, ...]) -> Any:
        if grid not in made:
            made[grid] = ca.integrator("over", "cvodes", system, 0.0, list(grid), options)
        return made[grid]

    spans, place = work.intervals(), program.states.index(work.state)

    def one(state: Array, static: Array) -> Array:
        state, rows = state / size, np.empty((len(work.times), len(OUTPUTS)))
        for begin, last, looks, amount in spans:
            state[place] += amount / size[place]
            grid = tuple(dict.fromkeys(np.round([*(work.times[looks] - begin), last - begin], 9).tolist()))
            found = np.asarray(over(grid)(x0=state, p=np.append(static, begin))["xf"])
            days = np.round(work.times[looks] - begin, 9)
            for look, day in zip(looks, days, strict=True):
                rows[look] = np.asarray(see(day, begin, found[:, grid.index(day)], static)).ravel()
            state = found[:, -1].copy()
        return rows

    def run(scale: Array) -> Array:
        columns = work.columns(scale)
        start = evaluate(model.traced.initial, columns, len(scale))
        static = fixed_values(program, columns, len(scale))
        return np.stack([one(y, s) for y, s in zip(start, static, strict=True)])

    return run
