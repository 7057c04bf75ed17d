"""diffrax: Kvaerno5 with an adaptive PID controller, one batch under vmap in double precision, compiled beforehand.

It gets the program our own compiler starts from: powers already exponentials and logarithms shared by base, every part that
depends on parameters alone worked out before. Doses: lax.scan over the intervals between them, the state raised at the start
of each, so every interval begins with a new, small step. States are divided by their scale, so that tolerances are ours.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.peers.program import fixed_parts, fixed_values, values
from benchmarks.workloads import ATOL, OUTPUTS, Array, Run, Workload, persons
from osteon.engine.program import Program, make_program
from osteon.engine.simulate import evaluate, scales
from osteon.model import Expr


def diffrax(work: Workload, rtol: float, batch: int = 64) -> Run:
    """Values at the looks, `batch` persons at a time: their number must be a multiple of it. Compiled here, before the first call."""
    import diffrax as dfx
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    model = work.model
    program = make_program(model.traced, OUTPUTS)
    size = jnp.asarray(scales(model))
    rhs, see = (_function(program, roots) for roots in (program.rhs, program.outputs))
    term = dfx.ODETerm(lambda t, z, fixed: rhs(t, z * size, fixed) / size)
    control = dfx.PIDController(rtol=rtol, atol=ATOL)
    spans, place = _spans(work), program.states.index(work.state)

    def one(start: Any, fixed: Any) -> Any:
        def interval(z: Any, span: Any) -> Any:
            first, last, amount, looks = span
            z = z.at[place].add(amount / size[place])
            saved = dfx.SaveAt(
                subs=[dfx.SubSaveAt(t1=True), dfx.SubSaveAt(ts=looks, fn=lambda t, z, f: see(t, z * size, f))]
            )
            got = dfx.diffeqsolve(
                term,
                dfx.Kvaerno5(),
                first,
                last,
                0.01,
                z,
                fixed,
                saveat=saved,
                stepsize_controller=control,
                max_steps=None,
            )
            return got.ys[0][0], got.ys[1]

        return jax.lax.scan(interval, start / size, spans)[1]

    def begin(scale: Array) -> tuple[Array, Array]:
        columns = work.columns(scale)
        return evaluate(model.traced.initial, columns, len(scale)), fixed_values(program, columns, len(scale))

    many = jax.jit(jax.vmap(one)).lower(*begin(persons(batch))).compile()

    def run(scale: Array) -> Array:
        found = np.asarray(many(*begin(scale)))
        return np.concatenate(
            [found[:, i, : len(where)] for i, (_, _, where, _) in enumerate(work.intervals())], axis=1
        )

    return lambda scale: np.concatenate([run(scale[i : i + batch]) for i in range(0, len(scale), batch)])


def _spans(work: Workload) -> tuple[Array, Array, Array, Array]:
    """First and last day, amount and looks of every interval; spare looks lie at its end."""
    found = work.intervals()
    width = max(len(looks) for _, _, looks, _ in found)
    looks = np.stack([np.concatenate([work.times[w], np.full(width - len(w), last)]) for _, last, w, _ in found])
    return np.array([f[0] for f in found]), np.array([f[1] for f in found]), np.array([f[3] for f in found]), looks


def _function(program: Program, roots: tuple[Expr, ...]) -> Callable[[Any, Any, Any], Any]:
    import jax.numpy as jnp

    functions = {
        "exp": jnp.exp,
        "log": jnp.log,
        "sqrt": jnp.sqrt,
        "guard": lambda x: jnp.maximum(x, 1e-300),
        "positive": lambda x: jnp.maximum(x, 0.0),
        "abs": jnp.abs,
    }

    def of(t: Any, y: Any, fixed: Any) -> Any:
        known: dict[Any, Any] = {s: y[i] for i, s in enumerate(program.states)} | {"time": t}
        known |= {id(e): fixed[i] for i, e in enumerate(fixed_parts(program))}
        return jnp.stack([jnp.asarray(v, jnp.float64) for v in values(roots, known, functions)])

    return of
