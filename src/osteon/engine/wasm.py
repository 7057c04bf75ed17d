"""A model for browsers: the printed program, its start states and the driver in one WebAssembly module, without a linker.

The text is the one that runs natively: same laws, same method, same driver. Only the machine differs: no fused products, so
results agree with native ones to rounding, and between browsers to the bit. `layout` says where the driver finds what.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from osteon.engine import kernel
from osteon.engine.compiled import driver_text, fields_of
from osteon.engine.events import EVENT_KINDS, OPERATORS, RANK, Schedule, tabulate
from osteon.engine.instants import FLOOR, SHARE
from osteon.engine.integrate import Task
from osteon.engine.lanes import CALLS, FUNCTIONS, LANES_ROWS, MARKS, NOWS, Outputs, bind, job_of, lanes_of
from osteon.engine.machine import read_or_make, web_object
from osteon.engine.printer import print_formulas, print_program
from osteon.engine.program import make_program
from osteon.engine.standalone import standalone
from osteon.engine.tableau import RODAS5P, Rosenbrock
from osteon.engine.translate import Layout
from osteon.model import Expr, Traced

LANES = 2  # doubles in a vector register of WebAssembly
FEATURES = "+simd128"
EXPORTS = ("drive", "initial", "formulas", "power_of", "log_of", *(f"at_{name}" for name in FUNCTIONS))
SCALARS = """
define double @power_of(double %base, double %exponent) {
  %x = call double @power(double %base, double %exponent)
  ret double %x
}

define double @log_of(double %number) {
  %one = insertelement <1 x double> poison, double %number, i64 0
  %log = call <1 x double> @v1_log(<1 x double> %one)
  %x = extractelement <1 x double> %log, i64 0
  ret double %x
}
"""  # power and logarithm as the driver takes them: those of browsers need not agree in the last digit


@dataclass(frozen=True)
class WebModule:
    """sizes : states, parameters, static, static_readouts, entries, outputs, formulas, lanes, stages, order; code : the module."""

    sizes: dict[str, int]
    code: bytes


def web_module(traced: Traced, outputs: tuple[str, ...], formulas: Mapping[str, Expr], lanes: int = LANES) -> WebModule:
    """A traced model as a WebAssembly module.

    outputs  : names that a run gives, of states, rules, parameters or "time"
    formulas : more expressions of parameters alone, which the module computes apart, in this order
    Raises Unsupported where LLVM's object would need a linker. Kept on disk by content: the same words, the same bytes.
    """
    import llvmlite

    asked = "|".join((*outputs, "", *(f"{k}={_shape(v)}" for k, v in formulas.items())))
    words = ("web", traced.fingerprint, asked, str(lanes), RODAS5P.name)
    sizes, code = read_or_make((*words, llvmlite.__version__), lambda: _made(traced, outputs, formulas, lanes, RODAS5P))
    return WebModule(sizes, code)


def _made(
    traced: Traced, outputs: tuple[str, ...], formulas: Mapping[str, Expr], lanes: int, method: Rosenbrock
) -> tuple[dict[str, int], bytes]:
    program = make_program(traced, outputs)
    sizes = {
        "states": len(program.states),
        "parameters": len(program.parameters),
        "static": len(program.static),
        "static_readouts": len(program.readouts.static),
        "entries": len(program.elimination.entries),
        "outputs": len(outputs),
        "formulas": len(formulas),
        "lanes": lanes,
        "stages": method.stages,
        "order": method.order,
    }
    apart = {"initial": traced.initial, "formulas": tuple(formulas.values())}
    texts = [print_program(program, method, lanes, [print_formulas(n, traced, e, lanes) for n, e in apart.items()])]
    texts.append("\n".join(_address(name) for name in FUNCTIONS))
    return sizes, standalone(web_object("\n".join(texts), driver_text(layout()) + SCALARS, FEATURES), EXPORTS)


def _address(name: str) -> str:
    """A function that gives the place of another in the table of functions."""
    return f"define i64 @at_{name}() {{\n  ret i64 ptrtoint (ptr @{name} to i64)\n}}"


def _shape(e: Expr) -> str:
    """A formula by its content."""
    from osteon.model.tracing import fingerprint

    return fingerprint((), (), (e,))


def layout() -> Layout:
    """Arguments of the driver and their fields, read off a job of nothing: written down nowhere else."""
    empty = _empty_kernel()
    rows = {"parameters": np.zeros((1, 1)), "start_state": np.zeros((1, 1)), "home": np.zeros((1, 1))}
    table = tabulate((Schedule(),), {}, {})
    lanes = lanes_of(empty, 1, table.groups, table.slots)
    job = job_of(table, (), np.zeros(1), (0.0,) * 5, **rows, schedule=np.zeros(1, np.int64))
    found = Outputs(np.zeros((1, 1, 1)), np.zeros((1, 1)), np.zeros((2, 1), np.int64), np.zeros((1, 1)))
    code = bind(empty, lanes, np.zeros(1), 1.0).code
    return tuple((n, fields_of(p)) for n, p in (("job", job), ("w", lanes), ("found", found), ("code", code)))


def description() -> dict[str, Any]:
    """What a program that calls the module must know of the driver, as plain data: layout, codes of events, settings."""
    return {
        "layout": layout(),
        "calls": CALLS,
        "rows": LANES_ROWS,
        "nows": NOWS,
        "marks": MARKS,
        "kinds": EVENT_KINDS,
        "rank": {name: RANK[kind] for name, kind in EVENT_KINDS.items()},
        "operators": OPERATORS,
        "instant": {"floor": FLOOR, "share": SHARE},
        "first_step": Task.first_step,
        "max_step": Task.max_step,
        "max_steps": Task.max_steps,
    }


def _empty_kernel() -> Any:
    addresses = dict.fromkeys(FUNCTIONS, 0)
    size = dict.fromkeys(("states", "parameters", "static", "static_readouts", "outputs", "entries", "lanes"), 1)
    return kernel.Kernel(**size, method=RODAS5P, addresses=addresses, keep=None)
