"""Every piece of the benchmark, by the name that `--only` takes. Each ends within minutes and stands alone in the results."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from benchmarks import growth
from benchmarks.cold import cold
from benchmarks.limit import limit
from benchmarks.measure import RTOL, Entry, compare, entries_of_ours
from benchmarks.ours import narrow, osteon
from benchmarks.peers.casadi import casadi
from benchmarks.peers.diffrax import diffrax
from benchmarks.peers.lsoda import lsoda
from benchmarks.peers.roadrunner import roadrunner
from benchmarks.peers.shared import evaluations
from benchmarks.workloads import Run, Workload, a, b

ProgressCallback = Callable[[str], None]


@dataclass(frozen=True)
class Piece:
    """What is measured and how.   core : whether it is held to one core; long : only by name or with --long"""

    name: str
    about: str
    take: Callable[[ProgressCallback], Any]
    core: bool = True
    long: bool = False


def _beside(
    work: Callable[[], Workload], peers: Callable[[Workload], list[Entry]], ours: int
) -> Callable[[ProgressCallback], Any]:
    def take(on_progress: ProgressCallback) -> Any:
        w = work()
        rows = compare(w, [*entries_of_ours(w, ours), *peers(w)], on_progress)
        return {"workload": w.name, "rows": rows, "evaluations": evaluations(w.model.traced)}

    return take


def _own(work: Callable[[], Workload], n: int) -> Callable[[ProgressCallback], Any]:
    def take(on_progress: ProgressCallback) -> Any:
        w = work()

        def build(lanes: int) -> Callable[[], Run]:
            return lambda: osteon(w, RTOL, lanes=lanes)

        builds = [
            Entry("osteon, 8 lanes of 512 bits", build(8), n),
            Entry("osteon, 4 lanes of 256 bits", build(4), n),
            Entry("osteon without AVX-512, 4 lanes", lambda: narrow(w, RTOL, 4), n),
            Entry("osteon without AVX-512, 8 lanes", lambda: narrow(w, RTOL, 8), n),
            Entry("osteon, 1 lane", build(1), n),
        ]
        return {"workload": w.name, "rows": compare(w, builds, on_progress)}

    return take


def _roadrunner(n: int) -> Callable[[Workload], list[Entry]]:
    def peers(w: Workload) -> list[Entry]:
        return [
            Entry("libRoadRunner, a call a dose", lambda: roadrunner(w, RTOL), n),
            Entry("libRoadRunner, SBML events", lambda: roadrunner(w, RTOL, form="events"), n),
        ]

    return peers


def _as_exported(w: Workload) -> list[Entry]:
    return [Entry("libRoadRunner, SBML as exported", lambda: roadrunner(w, RTOL, form="exported"), 2, once=True)]


def _casadi(n: int) -> Callable[[Workload], list[Entry]]:
    return lambda w: [Entry("CasADi, CVODES", lambda: casadi(w, RTOL), n)]


def _diffrax(w: Workload) -> list[Entry]:
    return [Entry("diffrax Kvaerno5, vmap 64", lambda: diffrax(w, RTOL, 64), 64, once=True)]


def _lsoda(w: Workload) -> list[Entry]:
    return [Entry("SciPy LSODA, Python model", lambda: lsoda(w, RTOL), 1, once=True)]


PIECES = {
    p.name: p
    for p in (
        Piece("threads", "two threads against one; needs a quiet machine", growth.threads, core=False),
        Piece("builds-a", "our own builds, workload A", _own(a, 64)),
        Piece("builds-b", "our own builds, workload B", _own(b, 16)),
        Piece("roadrunner-a", "libRoadRunner, workload A", _beside(a, _roadrunner(8), 64)),
        Piece("roadrunner-b", "libRoadRunner, workload B", _beside(b, _roadrunner(2), 16)),
        Piece(
            "exported-a",
            "libRoadRunner on the SBML as exported, workload A (minutes to load)",
            _beside(a, _as_exported, 64),
            long=True,
        ),
        Piece("casadi-a", "CasADi with CVODES, workload A", _beside(a, _casadi(8), 64)),
        Piece("casadi-b", "CasADi with CVODES, workload B", _beside(b, _casadi(2), 16)),
        Piece("diffrax-a", "diffrax, workload A", _beside(a, _diffrax, 64)),
        Piece("diffrax-short", "diffrax, 20 doses of workload B", _beside(lambda: b(20, 20), _diffrax, 64)),
        Piece("diffrax-b", "diffrax, workload B, once (an hour)", _beside(b, _diffrax, 16), long=True),
        Piece("lsoda-a", "SciPy, workload A", _beside(a, _lsoda, 64)),
        Piece("persons", "1,000 to 10,000 persons, and memory", growth.by_persons),
        Piece("persons-many", "100,000 persons (a quarter of an hour), and memory", growth.many, long=True),
        Piece("states", "growth with states", growth.by_states),
        Piece("doses", "growth with doses", growth.by_doses),
        Piece("gradient", "slopes by 12 parameters", growth.gradient),
        Piece("limit", "a step taken apart, the peak of a core", lambda on_progress: limit(a())),
        Piece("first", "first result: cold, warm, after a change of the model", cold),
    )
}
