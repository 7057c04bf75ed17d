"""The printed program of a model as machine code: addresses of its functions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from osteon.engine.machine import kept, linked
from osteon.engine.printer import print_program
from osteon.engine.program import make_program
from osteon.engine.tableau import RODAS5P, Rosenbrock
from osteon.model import Traced

GENERATOR = "8"  # raise when the printed code changes
PUBLIC = ("static_part", "attempt", "take", "outputs", "between", "rhs")


@dataclass(frozen=True)
class Kernel:
    """Machine code of one model: addresses of its functions and the sizes of its work space."""

    states: int
    parameters: int
    static: int
    outputs: int
    entries: int
    lanes: int
    method: Rosenbrock
    addresses: dict[str, int]
    keep: Any  # the execution engine must outlive the addresses


_kernels: dict[tuple[str, tuple[str, ...], int, str], Kernel] = {}


def compile_kernel(traced: Traced, outputs: tuple[str, ...], lanes: int = 8, method: Rosenbrock = RODAS5P) -> Kernel:
    """Code for a traced model and the outputs asked for; from memory, from disk, or newly made."""
    name = (traced.fingerprint, outputs, lanes, method.name)
    if name not in _kernels:
        words = (GENERATOR, traced.fingerprint, "|".join(outputs), str(lanes), method.name)
        sizes, code = kept(words, lambda: _printed(traced, outputs, lanes, method))
        engine, addresses = linked(code, PUBLIC)
        _kernels[name] = Kernel(**sizes, lanes=lanes, method=method, addresses=addresses, keep=engine)
    return _kernels[name]


def _printed(traced: Traced, outputs: tuple[str, ...], lanes: int, method: Rosenbrock) -> tuple[dict[str, int], str]:
    program = make_program(traced, outputs)
    sizes = {
        "states": len(program.states),
        "parameters": len(program.parameters),
        "static": len(program.static),
        "outputs": len(program.outputs),
        "entries": len(program.elimination.entries),
    }
    return sizes, print_program(program, method, lanes)
