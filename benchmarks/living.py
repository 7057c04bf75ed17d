"""`python -m benchmarks.living [--moves N] [--only PLAN]`: what a moved slider of the living page costs, as a table.

Processor time of the thread that computes, so that neighbours on the machine spoil it little, and in the same run the native
engine beside it; then what a reader waits, which hangs on the load. A sketch is what is shown while something moves.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.browsers import Chromium

from osteon.inputs.scenario import read_scenario
from osteon.io import toml
from osteon.report.live import write_live_page
from osteon.simulation.portable import usual_regimen
from osteon.simulation.scenario import simulate_scenario

SKETCH, EXACT = 1e-4, 1e-6
CASES = {  # courses: drug, first month, last month
    "denosumab 5 y": [("denosumab", 0, 60)],
    "zoledronate 6 y": [("zoledronate", 0, 72)],
    "alendronate weekly 10 y": [("alendronate", 0, 120)],
    "romosozumab 1 y, alendronate 4 y": [("romosozumab", 0, 12), ("alendronate", 12, 60)],
    "teriparatide daily 2 y, denosumab 3 y": [("teriparatide", 0, 24), ("denosumab", 24, 60)],
}
SOLVE = """((rtol, anew, times) => { const e = window.kept ??= engineOf(osteon.parts); const s = toScenario(osteon.state, osteon.state.plans[0], osteon.about.time);
  let steps = 0; const run = Engine.prototype.run; e.run = (job) => { const got = run.call(e, job); steps = got.steps[0]; return got; };
  for (let i = 0; i < times; i++) { if (anew) e.starts = new Map(); simulate(e, s, { rtol }); } return steps; })"""
MOVE = """(async (key, values) => { const waits = []; const slider = document.querySelector(`#person [data-slide="${key}"]`);
  for (const value of values) { const n = osteon.timings.painted.length; const began = performance.now(); slider.value = value;
    slider.dispatchEvent(new Event("input", { bubbles: true })); while (osteon.timings.painted.length === n) await new Promise((f) => setTimeout(f, 1));
    waits.push(performance.now() - began); await new Promise((f) => setTimeout(f, 150)); } return waits; })"""


@dataclass(frozen=True)
class Thread:
    """The thread of the page that its own scripts run in."""

    browser: Chromium

    def seconds(self) -> float:
        """Processor seconds of every page's main thread below this browser; NaN where the system does not tell."""
        pages = [
            p for p in _below(self.browser.process.pid) if b"--type=renderer" in Path(f"/proc/{p}/cmdline").read_bytes()
        ]
        spent = [Path(f"/proc/{p}/task/{p}/schedstat").read_text(encoding="utf-8") for p in pages]
        return sum(int(text.split()[0]) for text in spent) / 1e9 if spent else float("nan")

    def cost(self, expression: str, times: int) -> tuple[float, Any]:
        """Processor milliseconds a time of an expression that does something so many times, and its value."""
        before = self.seconds()
        value = self.browser.evaluate(expression)
        return 1e3 * (self.seconds() - before) / times, value


def _below(pid: int) -> list[int]:
    """A process and all that it started."""
    parents = {
        int(p.name): int(text.rsplit(")", 1)[1].split()[1]) for p in Path("/proc").glob("[0-9]*") if (text := _stat(p))
    }
    found = [pid]
    for one in found:
        found += [p for p, parent in parents.items() if parent == one]
    return found


def _stat(process: Path) -> str:
    try:
        return (process / "stat").read_text()
    except OSError:
        return ""  # it has ended meanwhile


def plan_of(courses: list[tuple[str, int, int]]) -> list[dict[str, Any]]:
    """Courses as the page holds them, each as its label has it."""
    from osteon.interventions import CARDS

    found = []
    for drug, first, last in courses:
        usual = usual_regimen(CARDS[drug])
        row = {
            "drug": drug,
            "route": usual.route,
            "amount": usual.amount,
            "every": usual.every,
            "duration": usual.duration,
        }
        found.append(row | {"from": first, "until": last, "adherence": 1, "stop": None, "hold": None})
    return found


def native(browser: Chromium) -> float:
    """Processor milliseconds of the same person natively, years before month 0 and all."""
    text = browser.evaluate("osteon.act('toml').then(() => osteon.copied)")
    table = toml.parse(text.encode(), "scenario.toml")
    table["output"]["draws"] = 0
    scenario, took = read_scenario(table), []
    for _ in range(4):
        began = time.process_time()
        simulate_scenario(scenario, full=True, rtol=EXACT)
        took.append(1e3 * (time.process_time() - began))
    return min(took)


def row_of(browser: Chromium, courses: list[tuple[str, int, int]], moves: int) -> list[str]:
    """One line of the table."""
    plan = json.dumps(plan_of(courses))
    browser.evaluate(f"osteon.rebuildAll({{ ...structuredClone(osteon.usual), plans: [{plan}, []] }})")
    browser.until(
        f"osteon.sets[0].rested && osteon.sets[0].unknown[0]?.rtol === {EXACT} && osteon.sets[0].people[0]?.rtol === {EXACT}"
    )
    thread, times = Thread(browser), 3
    browser.evaluate(f"{SOLVE}({SKETCH}, true, 2)")
    sketch, steps = thread.cost(f"{SOLVE}({SKETCH}, false, {times})", times)
    anew, _ = thread.cost(f"{SOLVE}({SKETCH}, true, {times})", times)
    exact, exact_steps = thread.cost(f"{SOLVE}({EXACT}, true, {times})", times)
    paint, _ = thread.cost(
        "(() => { for (let i = 0; i < 20; i++) { osteon.screen.update(); document.body.offsetHeight; } })()", 20
    )
    beside = native(browser)
    waits = []
    for key, values in (
        ("t_total_hip", [-0.5 - 0.1 * i for i in range(moves)]),
        ("age", [60 + i for i in range(moves)]),
    ):
        waits.append(sorted(browser.evaluate(f"{MOVE}('{key}', {json.dumps(values)})")))
    browser.evaluate("delete osteon.timings.unknown")
    browser.evaluate("osteon.set((s) => (s.person.age += 1))")
    draws = browser.until("osteon.timings.unknown")
    told = [
        f"{steps:,} / {exact_steps:,}",
        f"{sketch:.0f}",
        f"{anew:.0f}",
        f"{exact:.0f}",
        f"{beside:.0f}",
        f"{exact / beside:.1f}",
        f"{paint:.1f}",
    ]
    told += [f"{statistics.median(w):.0f} ({w[int(0.9 * len(w))]:.0f})" for w in waits]
    return [*told, f"{draws:.0f}", f"{os.getloadavg()[0]:.1f}"]


HEAD = [
    "plan, ten years", "steps, sketch / exact", "slider", "slider that moves the years before", "exact, anew", "native, exact", "ratio", "painting",
    "T-score → painted, median (p90)", "age → painted", "64 draws", "load",
]  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(prog="living", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--moves", type=int, default=15, help="moves of each slider")
    parser.add_argument("--only", default="", help="plans that begin so")
    asked = parser.parse_args()
    print(f"Milliseconds; processor time up to 'painting', then what a reader waits. {os.cpu_count()} cores.\n")
    print(f"| {' | '.join(HEAD)} |\n|{'---|' * len(HEAD)}")
    with tempfile.TemporaryDirectory() as folder, Chromium() as browser:
        browser.open(write_live_page(Path(folder) / "page.html").as_uri())
        browser.until("window.osteon?.sets[0].rested")
        for words, courses in ((w, c) for w, c in CASES.items() if w.startswith(asked.only)):
            print(f"| {' | '.join([words, *row_of(browser, courses, asked.moves)])} |", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
