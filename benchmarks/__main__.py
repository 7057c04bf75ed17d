"""`./dev bench [--quick]`: ratios in one run, interleaved repeats, medians, the error of every engine beside its speed."""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import engines
from benchmarks.page import write_page
from benchmarks.workloads import Workload, a, b, persons

RTOL = 1e-6
HERE = Path(__file__).resolve().parent


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench")
    parser.add_argument("--quick", action="store_true", help="fewer persons, no diffrax")
    parser.add_argument("--page", action="store_true", help="write docs/benchmarks.md and its figure")
    asked = parser.parse_args()
    works = [(a(), not asked.quick), (b(60), not asked.quick)] + ([] if asked.quick else [(b(), False)])
    tables = {w.name: compare(w, asked.quick, with_diffrax) for w, with_diffrax in works}
    growth = {"persons": scaling(), "doses": doses(), "threads": threads()}
    for name, rows in tables.items():
        print(f"\n{name}\n" + "\n".join(_line(r) for r in rows))
    print(json.dumps(growth, indent=1))
    if asked.page:
        write_page(HERE.parent / "docs", tables, growth)
    return 0


def _line(r: dict[str, Any]) -> str:
    even = f"   {r['even']:>8.1f} x at equal error" if r.get("even") else ""
    return f"  {r['engine']:<28} {r['per_second']:>10.2f} patients/s   ours is {r['ratio']:>8.1f} x   error {r['error']:.1e}{even}"


def compare(work: Workload, quick: bool, with_diffrax: bool) -> list[dict[str, Any]]:
    """Every engine that can be had, on one core; three repeats, one after the other in turn.

    diffrax is left out of the 730 doses (it would take most of an hour); the 60 doses show its ratio.
    """
    share = 4 if quick else 1
    long = len(work.doses) > 30
    wanted: dict[str, tuple[Callable[..., Any], int]] = {
        "osteon, 8 lanes": (lambda: engines.osteon(work, RTOL), (64 if long else 256) // share),
        "osteon, 4 lanes": (lambda: engines.osteon(work, RTOL, lanes=4), (64 if long else 256) // share),
        **{
            f"osteon at {r:g}": ((lambda r=r: engines.osteon(work, r)), (64 if long else 256) // share)
            for r in (1e-5, 1e-4, 1e-3)
        },
        "libRoadRunner": (lambda: engines.roadrunner(work, RTOL), 2 if long else 8),
        "SciPy LSODA, Python model": (lambda: engines.scipy_lsoda(work, RTOL), 1),
    }
    if long:
        wanted.pop("SciPy LSODA, Python model")
    if with_diffrax:
        wanted["diffrax Kvaerno5, vmap 64"] = (lambda: engines.diffrax(work, RTOL), 64)
    exact = engines.osteon(work, 1e-11)(persons(2))
    running: dict[str, tuple[Callable[..., Any], int, list[float]]] = {}
    for name, (make, n) in wanted.items():
        try:
            run = make()
            run(persons(n))
            running[name] = (run, n, [])
        except ImportError as error:
            print(f"{name}: not installed ({error})", file=sys.stderr)
    for _ in range(3):
        for run, n, took in running.values():
            began = time.perf_counter()
            run(persons(n))
            took.append((time.perf_counter() - began) / n)
    ours = statistics.median(running["osteon, 8 lanes"][2])
    rows = []
    for name, (run, _, took) in running.items():
        error = float(np.nanmax(np.abs(run(persons(2))[:, 1:] / exact[:, 1:] - 1)))
        middle = statistics.median(took)
        rows.append({"engine": name, "per_second": 1 / middle, "ratio": middle / ours, "error": error})
        print(_line(rows[-1]), file=sys.stderr, flush=True)
    return [_evened(r, rows) for r in rows]


def _evened(row: dict[str, Any], rows: list[dict[str, Any]]) -> dict[str, Any]:
    """A peer's row with how much faster we are at the loosest tolerance that is still as exact as the peer."""
    ours = [r["per_second"] for r in rows if r["engine"].startswith("osteon") and r["error"] <= row["error"]]
    return row if row["engine"].startswith("osteon") or not ours else row | {"even": max(ours) / row["per_second"]}


def _seconds(run: Callable[..., Any], n: int) -> float:
    run(persons(8))
    began = time.perf_counter()
    run(persons(n))
    return time.perf_counter() - began


def scaling() -> list[dict[str, float]]:
    """Seconds against number of persons."""
    run = engines.osteon(a(), RTOL)
    return [{"persons": n, "seconds": _seconds(run, n)} for n in (64, 256, 1024, 2048)]


def doses() -> list[dict[str, float]]:
    """Seconds of 64 persons against number of daily doses."""
    return [{"doses": d, "seconds": _seconds(engines.osteon(b(d), RTOL), 64)} for d in (30, 90, 180, 365)]


def threads() -> dict[str, float]:
    """How much two threads bring."""
    one, two = engines.osteon(a(), RTOL), engines.osteon(a(), RTOL, threads=2)
    ratio = [_seconds(one, 512) / _seconds(two, 512) for _ in range(3)]
    return {"two_over_one": statistics.median(ratio)}


if __name__ == "__main__":
    sys.exit(main())
