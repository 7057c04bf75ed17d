"""Intervals around rows that no fit saw, with parameters drawn from the posterior and from the fit's Gaussian.

    python -m validation.intervals        counts as a look at held-out rows (validation/looks.csv)

Interval score of a 90 % interval: its width, and twenty times how far a row lies outside. Source: Gneiting 2007
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from osteon.evidence import load_measurements
from osteon.evidence.outcome import in_points
from osteon.replication.trials import replicate
from osteon.simulation import fits, posterior_draws
from validation import looks

WOMEN, SEED, OUTSIDE = 50, 1, 0.1
OUT = ("holdout", "holdout_temporal")


def rows_with(source: str) -> list[dict[str, Any]]:
    """Held-out rows that were replayed, with intervals of draws from a source."""
    os.environ[posterior_draws.VARIABLE] = source
    fits.load_fit.cache_clear()
    fits.joined.cache_clear()
    found = []
    for cohort in sorted({m.cohort.lower() for m in load_measurements(OUT) if m.endpoint != "pk"}):
        rows = replicate(cohort, WOMEN, SEED).rows
        found += [r for r in rows if r["role"] in OUT and r.get("error") is not None and r.get("lo90") is not None]
        print(f"{source}: {cohort}", file=sys.stderr, flush=True)
    return found


def scores(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Interval score and coverage of BMD (points) and of markers (log fold)."""
    told: dict[str, Any] = {}
    for family in ("bmd", "marker"):
        own = [r for r in rows if in_points(r["endpoint"]) == (family == "bmd")]
        if not own:
            continue
        low, high, seen = (np.array([_scale(r[k], family) for r in own]) for k in ("lo90", "hi90", "published"))
        miss = np.maximum(low - seen, 0) + np.maximum(seen - high, 0)
        told[family] = {
            "rows": len(own), "interval_score": float((high - low + 2 / OUTSIDE * miss).mean()),
            "width": float((high - low).mean()), "coverage": float(((low <= seen) & (seen <= high)).mean()),
        }  # fmt: skip
    return told


def _scale(value: float, family: str) -> float:
    return value if family == "bmd" else float(np.log(max(1 + value / 100, 0.01)))


def main() -> int:
    """Both sources beside each other."""
    found = {s: rows_with(s) for s in posterior_draws.SOURCES}
    print(json.dumps({s: scores(r) for s, r in found.items()}, indent=1))
    print(f"Looks at held-out rows so far: {looks.count(found['posterior'])}.", file=sys.stderr)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
