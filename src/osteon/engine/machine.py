"""Text of a program to machine code in this process, by llvmlite; object code is kept on disk by what made it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from threading import RLock
from typing import Any

from osteon.engine import code_cache

WEB = "wasm32-unknown-unknown"
COMPILING = RLock()  # LLVM's target machine and the tables of kernels are one for all threads


def _new_machine() -> Any:
    """A target machine of this CPU. An execution engine owns the one it is given, so each gets its own."""
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    target = llvm.Target.from_default_triple()
    features = llvm.get_host_cpu_features().flatten()
    return target.create_target_machine(cpu=llvm.get_host_cpu_name(), features=features, opt=2, jit=True)


_machine = lru_cache(maxsize=1)(_new_machine)


def compile_ir(text: str, speed: int = 2) -> bytes:
    """Object code of LLVM IR.   speed : how much LLVM improves it (a kernel is written as it should be: 0)"""
    import llvmlite.binding as llvm

    module = llvm.parse_assembly(text)
    module.verify()
    machine = _machine()
    _improve(module, machine, speed)
    return bytes(machine.emit_object(module))


def web_object(text: str, driver: str, features: str, speed: int = 2) -> bytes:
    """Relocatable object for 32-bit WebAssembly of a kernel and the driver in one."""
    import llvmlite.binding as llvm

    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    machine = llvm.Target.from_triple(WEB).create_target_machine(features=features, opt=2)
    module, other = llvm.parse_assembly(text), llvm.parse_assembly(driver)
    for part in (module, other):
        part.triple, part.data_layout = WEB, str(machine.target_data)
    module.link_in(other)
    module.verify()
    _improve(module, machine, speed)
    return bytes(machine.emit_object(module))


def _improve(module: Any, machine: Any, speed: int) -> None:
    import llvmlite.binding as llvm

    options = llvm.create_pipeline_tuning_options(speed_level=speed)
    options.slp_vectorization = False
    options.loop_unrolling = False
    builder = llvm.create_pass_builder(machine, options)
    builder.getModulePassManager().run(module, builder)


def load_object(code: bytes, names: Sequence[str]) -> tuple[Any, dict[str, int]]:
    """Addresses of the named functions, and what must outlive them."""
    import llvmlite.binding as llvm

    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _new_machine())
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    return engine, {name: engine.get_function_address(name) for name in names}


def cached_object(
    words: Sequence[str], make: Callable[[], tuple[dict[str, int], str]], speed: int = 0
) -> tuple[dict[str, int], bytes]:
    """Sizes and object code of a program that these words (and this CPU and LLVM) name: from disk, or newly made.

    make : gives sizes and IR; speed : see `assembled`
    """
    import llvmlite
    import llvmlite.binding as llvm

    def compiled() -> tuple[dict[str, int], bytes]:
        sizes, text = make()
        return sizes, compile_ir(text, speed)

    here = (llvmlite.__version__, llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten())
    return read_or_make((*words, str(speed), *here), compiled)


def read_or_make(
    words: Sequence[str], make: Callable[[], tuple[dict[str, int], bytes]]
) -> tuple[dict[str, int], bytes]:
    """Sizes and code that these words and the engine's sources name: from disk, or newly made and written there."""
    key = code_cache.key_of(*words, code_cache.sources())
    found = code_cache.read(key)
    if found is None:
        found = make()
        code_cache.write(key, *found)
    return found
