"""The printed program of a model as machine code: addresses of its functions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from osteon.engine.machine import COMPILING, cached_object, load_object
from osteon.engine.printer import print_readout_code, print_step
from osteon.engine.program import make_program, make_readout_code
from osteon.engine.tableau import RODAS5P, Rosenbrock
from osteon.model import Traced

STEP_FUNCTIONS, READOUTS = ("static_part", "attempt", "take", "rhs"), ("static_readouts", "outputs", "between")
PUBLIC = (*STEP_FUNCTIONS, *READOUTS)


@dataclass(frozen=True)
class Kernel:
    """Machine code of one model: addresses of its functions and the sizes of its work space."""

    states: int
    parameters: int
    static: int
    static_readouts: int
    outputs: int
    entries: int
    lanes: int
    method: Rosenbrock
    addresses: dict[str, int]
    keep: Any  # the execution engines must outlive the addresses


Part = tuple[dict[str, int], Any, dict[str, int]]  # sizes, what must be kept, addresses
_kernels: dict[tuple[str, tuple[str, ...], int, str], Kernel] = {}
_steps: dict[tuple[str, int, str], Part] = {}


def compile_kernel(traced: Traced, outputs: tuple[str, ...], lanes: int = 8, method: Rosenbrock = RODAS5P) -> Kernel:
    """Code for a traced model and the outputs asked for; from memory, from disk, or newly made."""
    name = (traced.fingerprint, outputs, lanes, method.name)
    with COMPILING:
        if name not in _kernels:
            sizes, engine, addresses = _step(traced, lanes, method)
            more, other, readouts = _readouts(traced, outputs, lanes, method)
            at, keep = addresses | readouts, (engine, other)
            _kernels[name] = Kernel(**sizes, **more, lanes=lanes, method=method, addresses=at, keep=keep)
        return _kernels[name]


def _step(traced: Traced, lanes: int, method: Rosenbrock) -> Part:
    """What makes steps, the same for any outputs."""
    name = (traced.fingerprint, lanes, method.name)

    def make() -> tuple[dict[str, int], str]:
        program = make_program(traced)
        sizes = {"states": len(program.states), "parameters": len(program.parameters), "static": len(program.static)}
        return sizes | {"entries": len(program.elimination.entries)}, print_step(program, method, lanes)

    if name not in _steps:
        sizes, code = cached_object(("step", *map(str, name)), make)
        _steps[name] = sizes, *load_object(code, STEP_FUNCTIONS)
    return _steps[name]


def _readouts(traced: Traced, outputs: tuple[str, ...], lanes: int, method: Rosenbrock) -> Part:
    """What gives outputs."""

    def make() -> tuple[dict[str, int], str]:
        readouts = make_readout_code(traced, outputs)
        return {"static_readouts": len(readouts.static), "outputs": len(outputs)}, print_readout_code(
            readouts, method, lanes
        )

    words = ("readouts", traced.fingerprint, "|".join(outputs), str(lanes), method.name)
    sizes, code = cached_object(words, make)
    return sizes, *load_object(code, READOUTS)
