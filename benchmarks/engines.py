"""Each engine runs a workload for some persons and gives back values at the looks: (persons, looks, outputs)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.workloads import OUTPUTS, Workload
from osteon.engine import Events, Schedule, simulate
from osteon.engine.simulate import evaluate

Array = NDArray[np.float64]
Run = Callable[[Array], Array]


def osteon(work: Workload, rtol: float, threads: int = 1, lanes: int = 8) -> Run:
    """Ours."""
    model = work.model
    events = Events((Schedule().bolus(work.doses, work.state, work.amount),))

    def run(scale: Array) -> Array:
        got = simulate(
            model,
            {"turnover_scale": scale},
            n=len(scale),
            times=work.times,
            outputs=OUTPUTS,
            events=events,
            rtol=rtol,
            threads=threads,
            lanes=lanes,
            chunk=max(8, len(scale) // threads),
        )
        return got.values

    return run


def roadrunner(work: Workload, rtol: float) -> Run:
    """libRoadRunner (CVODE, LLVM right-hand side) on the exported SBML, restarted at every dose."""
    import roadrunner as rr

    machine = rr.RoadRunner(work.sbml)
    machine.integrator.relative_tolerance = rtol
    machine.integrator.absolute_tolerance = rtol * 1e-3
    model = work.model
    machine.timeCourseSelections = list(OUTPUTS)
    starts = dict.fromkeys(("p1np_pool", "bsap_pool"), model.initial_values)

    def one(scale: float) -> Array:
        machine.reset()
        machine["turnover_scale"] = scale
        begin = model.initial_values({"turnover_scale": scale})
        for state in starts:
            machine[state] = float(begin[state])
        rows = np.empty((len(work.times), len(OUTPUTS)))
        stops = work.stops
        for first, last in zip(stops[:-1], stops[1:], strict=True):
            machine[work.state] = machine[work.state] + (work.amount if first in work.doses else 0.0)
            looks = np.flatnonzero((work.times > first) & (work.times <= last))
            grid = np.unique(np.concatenate([[first], work.times[looks], [last]]))
            found = np.array(machine.simulate(times=grid.tolist()))
            rows[looks] = found[np.searchsorted(grid, work.times[looks])]
        rows[0] = rows[1] if work.times[0] == stops[0] else rows[0]
        return rows

    return lambda scale: np.stack([one(float(s)) for s in scale])


def diffrax(work: Workload, rtol: float, batch: int = 64) -> Run:
    """diffrax Kvaerno5 over a vmapped batch, compiled once for one interval between doses."""
    import diffrax as dfx
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    model = work.model
    traced = model.traced
    place = {s: i for i, s in enumerate(traced.states)}
    asked = [traced.rules[o] for o in OUTPUTS]
    fixed = {p: jnp.asarray(v) for p, v in model.defaults.items()}
    functions = {"exp": jnp.exp, "log": jnp.log, "tanh": jnp.tanh, "sqrt": jnp.sqrt, "softplus": jax.nn.softplus}

    def values(roots: Any, t: Any, y: Any, scale: Any) -> Any:
        from osteon.model import walk

        known = fixed | {s: y[i] for s, i in place.items()} | {"time": t, "turnover_scale": scale}
        done: dict[int, Any] = {}
        for node in walk(*roots):
            args = [done[id(x)] for x in node.args]
            done[id(node)] = _jax(node, args, known, functions)
        return jnp.stack([jnp.asarray(done[id(r)]) for r in roots])

    solver, control = dfx.Kvaerno5(), dfx.PIDController(rtol=rtol, atol=rtol * 1e-3)
    term = dfx.ODETerm(lambda t, y, scale: values(traced.rhs, t, y, scale))

    def stretch(y: Any, scale: Any, first: Any, last: Any, looks: Any) -> Any:
        save = dfx.SaveAt(ts=looks)
        got = dfx.diffeqsolve(
            term, solver, first, last, 0.01, y, scale, saveat=save, stepsize_controller=control, max_steps=100_000
        )
        return got.ys

    many = jax.jit(jax.vmap(stretch, in_axes=(0, 0, None, None, None)))
    see = jax.jit(
        jax.vmap(jax.vmap(lambda t, y, s: values(asked, t, y, s), in_axes=(0, 0, None)), in_axes=(None, 0, 0))
    )

    def run(scale: Array) -> Array:
        columns = {"turnover_scale": scale} | {
            p: np.full(len(scale), v) for p, v in model.defaults.items() if p != "turnover_scale"
        }
        y = jnp.asarray(evaluate(traced.initial, columns, len(scale)))
        stops, states = work.stops, []
        widest = (
            max(int(((work.times > a) & (work.times <= b)).sum()) for a, b in zip(stops[:-1], stops[1:], strict=True))
            + 1
        )
        for first, last in zip(stops[:-1], stops[1:], strict=True):
            y = y.at[:, place[work.state]].add(work.amount if first in work.doses else 0.0)
            inside = work.times[(work.times > first) & (work.times <= last)]
            looks = np.concatenate([inside, np.full(widest - len(inside), last)])
            ys = many(y, jnp.asarray(scale), first, last, jnp.asarray(looks))
            states.append(ys[:, : len(inside)])
            y = ys[:, -1]
        whole = jnp.concatenate(states, axis=1)
        whole = jnp.concatenate([whole[:, :1], whole], axis=1) if work.times[0] == stops[0] else whole
        return np.asarray(see(jnp.asarray(work.times), whole, jnp.asarray(scale)))

    return lambda scale: np.concatenate([run(scale[i : i + batch]) for i in range(0, len(scale), batch)])


def _jax(node: Any, args: list[Any], known: dict[str, Any], functions: dict[str, Any]) -> Any:
    if node.op in ("const", "symbol"):
        return node.value if node.op == "const" else known[node.name]
    if node.op in functions:
        return functions[node.op](args[0])
    if node.op == "neg":
        return -args[0]
    a, b = args
    return {
        "add": lambda: a + b,
        "sub": lambda: a - b,
        "mul": lambda: a * b,
        "div": lambda: a / b,
        "pow": lambda: a**b,
    }[node.op]()


def scipy_lsoda(work: Workload, rtol: float) -> Run:
    """SciPy's LSODA with the model's own Python right-hand side: what a script without an engine does."""
    from scipy.integrate import solve_ivp

    model = work.model
    traced = model.traced
    place = traced.states.index(work.state)
    asked = [traced.rules[o] for o in OUTPUTS]

    def one(scale: float) -> Array:
        known = {**model.defaults, "turnover_scale": scale}
        y = np.array([float(v) for v in model.initial_values(known).values()])
        rows = np.empty((len(work.times), len(OUTPUTS)))

        def rhs(t: float, state: Array) -> list[float]:
            return list(
                model.rates({**known, **dict(zip(traced.states, state.tolist(), strict=True)), "time": t}).values()
            )

        stops = work.stops
        for first, last in zip(stops[:-1], stops[1:], strict=True):
            y[place] += work.amount if first in work.doses else 0.0
            looks = np.flatnonzero((work.times > first) & (work.times <= last))
            grid = np.unique(np.concatenate([work.times[looks], [last]]))
            found = solve_ivp(rhs, (first, last), y, method="LSODA", t_eval=grid, rtol=rtol, atol=rtol * 1e-3)
            for look in looks:
                state = found.y[:, np.searchsorted(grid, work.times[look])]
                rows[look] = evaluate(
                    asked, {**known, **dict(zip(traced.states, state, strict=True)), "time": work.times[look]}, 1
                )[0]
            y = found.y[:, -1].copy()
        rows[0] = rows[1]
        return rows

    return lambda scale: np.stack([one(float(s)) for s in scale])
