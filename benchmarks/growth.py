"""How cost grows: with persons, with states, with doses; what two threads bring; what memory is taken."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.measure import RTOL, cost, load
from benchmarks.ours import osteon, trajectories
from benchmarks.workloads import OUTPUTS, Workload, a, b, persons
from osteon.interventions import CARDS

BATCH = 1000
QUIET = 0.5
OTHERS = 0.1  # of a core, taken by other programs while it is measured
DOSES = (0, 30, 90, 180, 365, 730)


def by_persons(
    on_progress: Callable[[str], None], counts: tuple[int, ...] = (1_000, 3_000, 10_000)
) -> list[dict[str, float]]:
    """Processor seconds of workload A in batches of a thousand, each folded into sums; failures; memory at its highest."""
    rows = []
    for n in counts:
        code = f"import sys; from benchmarks.growth import stream; print(stream({n}))"
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=Path(__file__).parent.parent,
            capture_output=True,
            text=True,
            encoding="utf-8",
        )
        if done.returncode:
            raise RuntimeError(done.stderr)
        seconds, mean, memory = eval(done.stdout)
        rows.append({"persons": n, "seconds": seconds, "memory_mb": memory, "mean_hip": mean})
        on_progress(f"  {n} persons: {seconds:.1f} s, {memory:.0f} MB")
    return rows


def many(on_progress: Callable[[str], None]) -> list[dict[str, float]]:
    """The same for a hundred thousand."""
    return by_persons(on_progress, (100_000,))


def stream(n: int) -> tuple[float, float, float]:
    """Processor seconds, mean hip density at the end and highest memory (MB) of n persons in this process."""
    work, scale, total = a(), persons(n), 0.0
    trajectories(work, scale[:8])
    began = time.process_time()
    for i in range(0, n, BATCH):
        total += float(trajectories(work, scale[i : i + BATCH]).values[:, -1, 0].sum())
    return time.process_time() - began, total / n, highest_memory()


def highest_memory() -> float:
    """MB that this process held at its highest; the usual counter would start from the parent's."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").split("\n")
    return float(next(line.split()[1] for line in lines if line.startswith("VmHWM"))) / 1024


def by_states(on_progress: Callable[[str], None]) -> list[dict[str, Any]]:
    """Sixty days with a little calcium into the blood on each, ever more drugs in the model, none given."""
    order = sorted(CARDS)
    rows: list[dict[str, Any]] = []
    for k in (0, 1, 2, 4, 6, 8, 10, len(order)):
        days = np.arange(60.0)
        work = Workload(f"{k} drugs", tuple(order[:k]), "plasma_calcium", 0.0, days, np.linspace(0, 60, 5))
        work = replace(work, amount=0.02 * work.model.states["plasma_calcium"].scale)
        run = osteon(work, RTOL)
        run(persons(8))
        seconds = statistics.median(cost(lambda run=run: run(persons(256)))[0] for _ in range(5))
        steps = int(trajectories(work, persons(256)).steps.sum())
        states = len(work.model.traced.states)
        rows.append({"drugs": k, "states": states, "seconds": seconds, "steps": steps, "persons": 256})
        on_progress(f"  {states} states: {1e9 * seconds / steps / states:.1f} ns a state and step of a patient")
    return rows


def by_doses(on_progress: Callable[[str], None]) -> list[dict[str, float]]:
    """Seconds of 64 persons over two years against number of daily doses, and steps of a person."""
    rows = []
    for doses in DOSES:
        work = b(doses)
        run = osteon(work, RTOL)
        run(persons(8))
        seconds = statistics.median(cost(lambda run=run: run(persons(64)))[0] for _ in range(3))
        steps = float(trajectories(work, persons(64)).steps.mean())
        rows.append({"doses": doses, "seconds": seconds, "steps": steps, "persons": 64})
        on_progress(f"  {doses} doses: {seconds:.2f} s, {steps:.0f} steps")
    return rows


def threads(on_progress: Callable[[str], None], patience: float = 180) -> dict[str, Any]:
    """Clock time of one thread over that of two, or that the machine was too busy to say, `patience` seconds long."""
    until = time.monotonic() + patience
    while load() > QUIET and time.monotonic() < until:
        time.sleep(5)
    before = load()
    if before > QUIET or (os.cpu_count() or 1) < 2:
        on_progress(f"  not measured: machine busy (load {before:.1f})")
        return {
            "ratio": None,
            "said": f"not measured: machine busy (load average {before:.1f} before the run, {QUIET} allowed)",
        }
    found = []
    runs = [osteon(a(), RTOL, threads=t) for t in (1, 2)]
    own, busy, clock = time.process_time(), _busy(), time.perf_counter()
    for _ in range(5):
        took = []
        for run in runs:
            began = time.perf_counter()
            run(persons(2 * BATCH))
            took.append(time.perf_counter() - began)
        found.append(took[0] / took[1])
    others = (_busy() - busy - time.process_time() + own) / (time.perf_counter() - clock)
    if others > OTHERS:
        said = f"not measured: machine busy (others took {others:.2f} of a core during the run, {OTHERS} allowed)"
        on_progress(f"  {said}")
        return {"ratio": None, "said": said}
    return {"ratio": statistics.median(found), "all": found, "said": "", "persons": 2 * BATCH}


def _busy() -> float:
    """Seconds that all processors of this machine have worked; 0 where the system does not tell."""
    try:
        words = Path("/proc/stat").read_text(encoding="utf-8").split("\n")[0].split()
    except OSError:
        return 0.0
    return sum(int(words[i]) for i in (1, 2, 3, 6, 7)) / os.sysconf("SC_CLK_TCK")


def gradient(on_progress: Callable[[str], None]) -> dict[str, Any]:
    """Slopes of all looks by 12 parameters for one person: the person and 12 perturbed twins as 13 lanes, each in its own steps."""
    from osteon.engine import Events, Schedule, simulate

    work = a()
    model = work.model
    free = [p for p in model.parameters.values() if p.kind == "fitted"][:12]
    names = [p.name for p in free]
    events = Events((Schedule().bolus(work.doses, work.state, work.amount),))

    def slopes(rtol: float, share: float) -> np.ndarray:
        twins = {n: np.full(13, model.defaults[n]) for n in names}
        for i, n in enumerate(names, start=1):
            twins[n][i] *= 1 + share
        got = simulate(model, twins, n=13, times=work.times, outputs=OUTPUTS, events=events, rtol=rtol)
        return (got.values[1:] - got.values[0]) / share

    tight = (slopes(1e-11, 1e-4) + slopes(1e-11, -1e-4)) / 2
    rows = []
    for rtol, share in ((1e-6, 1e-3), (1e-8, 1e-4)):
        slopes(rtol, share)
        seconds = statistics.median(cost(lambda r=rtol, s=share: slopes(r, s))[0] for _ in range(5))
        error = float(np.max(np.abs(slopes(rtol, share) - tight)) / np.max(np.abs(tight)))
        rows.append({"rtol": rtol, "share": share, "seconds": seconds, "error": error})
        on_progress(f"  rtol {rtol:g}: {1e3 * seconds:.0f} ms, error {error:.1e} of the largest slope")
    return {"parameters": names, "rows": rows}
