"""How time is taken: processor seconds of this process, three interleaved repeats, medians, the error beside each.

Processor seconds do not count what neighbours on the same machine take away, except through caches; so a ratio holds on a
busy machine, and every piece records how busy it was.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.ours import osteon
from benchmarks.workloads import Array, Run, Workload, persons

RTOL = 1e-6
EXACT = 1e-11
JUDGED = 4  # persons whose error is taken
REPEATS = 3


@dataclass(frozen=True)
class Entry:
    """An engine in a comparison.   make : compiles and gives back the run; n : persons a repeat; once : slow, so neither warmed up nor repeated"""

    name: str
    make: Callable[[], Run]
    n: int
    once: bool = False


def entries_of_ours(work: Workload, n: int) -> list[Entry]:
    """Ours at the common tolerance and at looser ones, which are what a peer of lesser accuracy is to be held against."""
    looser = [Entry(f"osteon at {r:g}", lambda r=r: osteon(work, r), n) for r in (1e-5, 1e-4, 1e-3)]
    return [Entry("osteon", lambda: osteon(work, RTOL), n), *looser]


def compare(work: Workload, entries: Sequence[Entry], on_progress: Callable[[str], None]) -> list[dict[str, Any]]:
    """A row for every engine: persons, seconds a person (median and all), ratio to the first, error, ratio at equal error."""
    runs, ready, values = {}, {}, {}
    for e in entries:
        began = time.perf_counter()
        runs[e.name] = e.make()
        if not e.once:
            runs[e.name](persons(e.n))
        ready[e.name] = time.perf_counter() - began
        on_progress(f"  {e.name}: ready after {ready[e.name]:.1f} s")
    took: dict[str, list[float]] = {e.name: [] for e in entries}
    for repeat in range(REPEATS):
        for e in (e for e in entries if not (repeat and e.once)):
            seconds, values[e.name] = cost(lambda e=e: runs[e.name](persons(e.n)))
            took[e.name].append(seconds / e.n)
    rows = [_row(e, took[e.name], ready[e.name], error_of(work, values[e.name])) for e in entries]
    rows = [r | {"ratio": r["seconds"] / rows[0]["seconds"], "even": _even(r, rows)} for r in rows]
    for r in rows:
        on_progress(
            f"  {r['engine']:<34}{1 / r['seconds']:>10.3f} a second  x {r['ratio']:<8.1f} error {r['error']:.1e}"
        )
    return rows


def cost(run: Callable[[], Any]) -> tuple[float, Any]:
    """Processor seconds of a call, and what it gave back."""
    began = time.process_time()
    found = run()
    return time.process_time() - began, found


def _row(e: Entry, took: list[float], ready: float, error: float) -> dict[str, Any]:
    middle = statistics.median(took)
    return {"engine": e.name, "persons": e.n, "seconds": middle, "all": took, "ready": ready, "error": error}


def _even(row: dict[str, Any], rows: list[dict[str, Any]]) -> float | None:
    """How much faster we are at the loosest tolerance that is still as exact as this row; None for our own."""
    ours = [r["seconds"] for r in rows if r["engine"].startswith("osteon") and r["error"] <= row["error"]]
    return None if row["engine"].startswith("osteon") or not ours else row["seconds"] / min(ours)


_references: dict[str, Array] = {}


def error_of(work: Workload, values: Array) -> float:
    """Largest relative difference of any output at any look after the first, from ours at 1e-11, over the first persons."""
    if work.name not in _references:
        _references[work.name] = osteon(work, EXACT)(persons(JUDGED))
    n = min(len(values), JUDGED)
    return float(np.max(np.abs(values[:n, 1:] / _references[work.name][:n, 1:] - 1)))


def load() -> float:
    """Load average over the last minute."""
    return os.getloadavg()[0]
