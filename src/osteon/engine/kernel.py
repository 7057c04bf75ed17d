"""Compile the printed program in this process with llvmlite, and keep the object code on disk by content."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from osteon.engine.printer import print_program
from osteon.engine.program import make_program
from osteon.engine.tableau import RODAS5P, Rosenbrock
from osteon.model import Traced

GENERATOR = "6"  # raise when the printed code changes
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


def cache_folder() -> Path | None:
    """Where compiled code is kept: $OSTEON_CACHE, the user's cache folder, or a temporary one; None if none is writable."""
    given, cache = os.environ.get("OSTEON_CACHE"), os.environ.get("XDG_CACHE_HOME")
    places = [Path(given) if given else None, Path(cache or "~/.cache").expanduser() / "osteon"]
    for place in (*places, Path(tempfile.gettempdir()) / "osteon"):
        if place:
            try:
                place.mkdir(parents=True, exist_ok=True)
                if os.access(place, os.W_OK):
                    return place
            except (OSError, RuntimeError):
                continue
    return None


@lru_cache(maxsize=1)
def _machine() -> Any:
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    target = llvm.Target.from_default_triple()
    features = llvm.get_host_cpu_features().flatten()
    return target.create_target_machine(cpu=llvm.get_host_cpu_name(), features=features, opt=2, jit=True)


def _key(fingerprint: str, outputs: tuple[str, ...], lanes: int, method: Rosenbrock) -> str:
    import llvmlite
    import llvmlite.binding as llvm

    words = (GENERATOR, fingerprint, "|".join(outputs), str(lanes), method.name, llvmlite.__version__)
    return hashlib.sha256("\0".join((*words, llvm.get_host_cpu_name())).encode()).hexdigest()[:40]


_kernels: dict[tuple[str, tuple[str, ...], int, str], Kernel] = {}


def compile_kernel(traced: Traced, outputs: tuple[str, ...], lanes: int = 8, method: Rosenbrock = RODAS5P) -> Kernel:
    """Code for a traced model and the outputs asked for; from memory, from disk, or newly made."""
    name = (traced.fingerprint, outputs, lanes, method.name)
    if name not in _kernels:
        _kernels[name] = _load(traced, outputs, lanes, method)
    return _kernels[name]


def _load(traced: Traced, outputs: tuple[str, ...], lanes: int, method: Rosenbrock) -> Kernel:
    folder = cache_folder()
    key = _key(traced.fingerprint, outputs, lanes, method)
    stored = _read(folder, key)
    if stored is None:
        stored = _make(traced, outputs, lanes, method)
        _write(folder, key, *stored)
    sizes, code = stored
    engine, addresses = _link(code)
    return Kernel(**sizes, lanes=lanes, method=method, addresses=addresses, keep=engine)


def _make(traced: Traced, outputs: tuple[str, ...], lanes: int, method: Rosenbrock) -> tuple[dict[str, int], bytes]:
    import llvmlite.binding as llvm

    program = make_program(traced, outputs)
    module = llvm.parse_assembly(print_program(program, method, lanes))
    module.verify()
    machine = _machine()
    options = llvm.create_pipeline_tuning_options(speed_level=2)
    options.slp_vectorization = False
    options.loop_unrolling = False
    builder = llvm.create_pass_builder(machine, options)
    builder.getModulePassManager().run(module, builder)
    sizes = {
        "states": len(program.states),
        "parameters": len(program.parameters),
        "static": len(program.static),
        "outputs": len(program.outputs),
        "entries": len(program.elimination.entries),
    }
    return sizes, machine.emit_object(module)


def _link(code: bytes) -> tuple[Any, dict[str, int]]:
    import llvmlite.binding as llvm

    machine = _machine()
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    return engine, {name: engine.get_function_address(name) for name in PUBLIC}


def _read(folder: Path | None, key: str) -> tuple[dict[str, int], bytes] | None:
    if folder is None:
        return None
    try:
        data = (folder / f"{key}.kernel").read_bytes()
    except OSError:
        return None
    digest, head, code = data[:64], *data[64:].split(b"\n", 1)
    if hashlib.sha256(head + b"\n" + code).hexdigest().encode() != digest:
        return None
    return json.loads(head), code


def _write(folder: Path | None, key: str, sizes: dict[str, int], code: bytes) -> None:
    if folder is None:
        return
    body = json.dumps(sizes).encode() + b"\n" + code
    try:
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
            file.write(hashlib.sha256(body).hexdigest().encode() + body)
        Path(file.name).replace(folder / f"{key}.kernel")
    except OSError:
        return
