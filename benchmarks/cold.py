"""How long until the first result: nothing compiled yet, everything compiled, and after a change of the model."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

CODE = (
    "from benchmarks.ours import osteon\nfrom benchmarks.workloads import a, persons\n"
    "import dataclasses, sys\nw = a()\nif sys.argv[1] == 'changed':\n"
    "    w = dataclasses.replace(w, drugs=('denosumab', 'teriparatide'))\nosteon(w, 1e-6)(persons(1))\n"
)


def cold(on_progress: Callable[[str], None]) -> dict[str, Any]:
    """Seconds of a new process that simulates one person for ten years: import to result."""
    found: dict[str, list[float]] = {"cold": [], "warm": [], "changed": []}
    for _ in range(3):
        with tempfile.TemporaryDirectory() as folder:
            for name in ("cold", "warm", "changed"):
                found[name].append(_seconds(name, folder))
    rows = {name: statistics.median(took) for name, took in found.items()}
    on_progress("  " + ", ".join(f"{name} {seconds:.1f} s" for name, seconds in rows.items()))
    return rows


def _seconds(name: str, folder: str) -> float:
    """Processor seconds of the process and what it starts."""
    place = {**os.environ, "OSTEON_CACHE": folder}
    before = os.times()
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", CODE, name], cwd=Path(__file__).parent.parent, env=place, check=True)
    after = os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return used if used > 0 else time.perf_counter() - began
