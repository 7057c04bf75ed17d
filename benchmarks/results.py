"""What was measured, kept as one JSON beside the code: a piece at a time, with the machine and its load."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from osteon.io.files import write_atomic

FILE = Path(__file__).parent / "results.json"
PACKAGES = ("osteon", "numpy", "llvmlite", "libroadrunner", "diffrax", "jax", "casadi", "scipy")


def _code() -> str:
    """The last commit that changed what is measured."""
    words = ["git", "log", "-1", "--format=%h", "--", "src"]
    try:
        return subprocess.run(
            words, cwd=FILE.parent.parent, capture_output=True, text=True, encoding="utf-8", check=True
        ).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


CODE = _code()  # when the code was loaded


def read_results() -> dict[str, Any]:
    """Pieces by name; empty where nothing was measured yet."""
    return json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}


def persons_of(kept: dict[str, Any]) -> list[dict[str, float]]:
    """Rows of both pieces that count persons."""
    return [r for name in ("persons", "persons-many") if name in kept for r in kept[name]["found"]]


def keep(name: str, found: Any, before: float, after: float, seconds: float) -> None:
    """Put one piece into the file, the others as they are."""
    kept = read_results()
    kept[name] = {
        "taken": datetime.now(UTC).strftime("%Y-%m-%d %H:%M"),
        "load_before": before,
        "load_after": after,
        "took": round(seconds, 1),
        "processor": processor(),
        "cores": os.cpu_count(),
        "versions": _versions(),
        "code": CODE,
        "found": found,
    }
    write_atomic(FILE, json.dumps(_rounded(kept), indent=1, sort_keys=True) + "\n")


def processor() -> str:
    """Name of the processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").split("\n")
    except OSError:
        return platform.processor() or platform.machine()
    words = {k.strip(): v.strip() for k, _, v in (line.partition(":") for line in lines)}
    return f"{words.get('model name', platform.machine())}, family {words.get('cpu family', '?')} model {words.get('model', '?')}"


def _versions() -> dict[str, str]:
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.5g}")
    if isinstance(value, dict):
        return {k: _rounded(v) for k, v in value.items()}
    return [_rounded(v) for v in value] if isinstance(value, list) else value
