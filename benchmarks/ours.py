"""Our own engine on a workload, and the same program in other builds: fewer lanes, one lane, narrower registers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from benchmarks.workloads import ATOL, OUTPUTS, Array, Run, Workload
from osteon.engine import Events, Schedule, Trajectories, kernel, machine, simulate
from osteon.engine.printer import print_program
from osteon.engine.program import make_program
from osteon.engine.tableau import RODAS5P
from osteon.model import Traced

NARROW = ("avx512f", "avx512vl", "avx512dq", "avx512bw", "avx512cd")  # without these LLVM has registers of 256 bits


def osteon(work: Workload, rtol: float, threads: int = 1, lanes: int = 8) -> Run:
    """Values at the looks. One lane is the same program, scalar: nothing is computed for a neighbour."""
    return lambda scale: trajectories(work, scale, rtol, threads, lanes).values


def trajectories(work: Workload, scale: Array, rtol: float = 1e-6, threads: int = 1, lanes: int = 8) -> Trajectories:
    """All that is known of a run, which is refused where a patient failed."""
    got = simulate(
        work.model,
        {"turnover_scale": scale},
        n=len(scale),
        times=work.times,
        outputs=OUTPUTS,
        events=Events((Schedule().bolus(work.doses, work.state, work.amount),)),
        rtol=rtol,
        atol=ATOL,
        threads=threads,
        lanes=lanes,
        chunk=max(8, -(-len(scale) // threads)),
    )
    if got.failed.any():
        raise RuntimeError(f"{got.failed.sum()} of {len(scale)} patients failed: {set(got.reasons)}")
    return got


def narrow(work: Workload, rtol: float, lanes: int) -> Run:
    """Lanes in registers of 256 bits, with the instructions that a machine without AVX-512 has."""
    run, traced = osteon(work, rtol, lanes=lanes), work.model.traced
    name = (traced.fingerprint, OUTPUTS, lanes, RODAS5P.name)
    own = build(traced, lambda text: text.replace('vector-width"="512"', 'vector-width"="256"'), lanes, NARROW)

    def swapped(scale: Array) -> Array:
        kept = kernel.compile_kernel(traced, OUTPUTS, lanes)
        kernel._kernels[name] = own
        try:
            return run(scale)
        finally:
            kernel._kernels[name] = kept

    return swapped


def build(traced: Traced, change: Callable[[str], str], lanes: int = 8, without: tuple[str, ...] = ()) -> kernel.Kernel:
    """A kernel from changed LLVM text, for this processor `without` some of its features; kept nowhere."""
    text = change(print_program(make_program(traced, OUTPUTS), RODAS5P, lanes))
    engine, addresses = compiled(text, kernel.PUBLIC, without)
    return replace(kernel.compile_kernel(traced, OUTPUTS, lanes), addresses=addresses, keep=engine)


def compiled(
    text: str, names: tuple[str, ...], without: tuple[str, ...] = (), speed: int = 0
) -> tuple[Any, dict[str, int]]:
    """LLVM text as the engine compiles a kernel: what keeps the code alive, and where its functions are.

    speed : how much LLVM improves it, as in `machine.compile_ir`
    """
    import llvmlite.binding as llvm

    machine._new_machine()  # starts LLVM
    given = [f for f in llvm.get_host_cpu_features().flatten().split(",") if f[1:] not in without]
    features = ",".join([*given, *(f"-{f}" for f in without)])
    target = llvm.Target.from_default_triple()
    narrower = target.create_target_machine(cpu=llvm.get_host_cpu_name(), features=features, opt=2, jit=True)
    module = llvm.parse_assembly(text)
    options = llvm.create_pipeline_tuning_options(speed_level=speed)
    options.slp_vectorization = options.loop_unrolling = False
    passes = llvm.create_pass_builder(narrower, options)
    passes.getModulePassManager().run(module, passes)
    return machine.load_object(narrower.emit_object(module), names)
