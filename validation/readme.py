"""The README's block "how far off it is": filled from the rows of the last scorecard, so that it cannot go stale by hand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from osteon.inference.fit import FITTED
from osteon.io.files import write_atomic
from osteon.replication.trials import summary
from osteon.report.fracture_tables import is_fracture
from validation import joerg

Row = dict[str, Any]
FILE = Path(__file__).resolve().parents[1] / "README.md"
OPEN, CLOSE = "<!-- scorecard: written by ./dev validate --page --write -->", "<!-- end of scorecard -->"
COLUMNS = {
    "bmd_total_hip": "total hip",
    "bmd_femoral_neck": "femoral neck",
    "bmd_lumbar_spine": "spine",
    "ctx": "CTX",
    "p1np": "P1NP",
    "bsap": "BSAP",
}
TABLES = {
    "calibrate": "calibrated",
    "holdout": "cohorts that no fit has seen",
    "holdout_temporal": "later years of calibrated cohorts",
}


def block(rows: Sequence[Row], women: int) -> str:
    """The block between the markers, from the rows of all replays."""
    compared = [r for r in rows if r.get("simulated") is not None]
    by = {(s["role"], s["endpoint"]): s for s in summary([r for r in compared if not is_fracture(r)])}
    theirs = _published()
    lines = [
        f"One parameter set ({len(FITTED)} fitted) and one BMD law for all drugs, sites and sequences. Virtual trials of {women} women an arm",
        "(`./dev validate`), root mean square error in points of BMD or log of fold change; skill is against the mean curve of the drug class,",
        "which knows the calibrated cohorts. [docs/evidence/scorecard.md](docs/evidence/scorecard.md) holds every cohort, misses first.",
        "",
        "| | " + " | ".join(COLUMNS.values()) + " |",
        "|---" * (len(COLUMNS) + 1) + "|",
    ]
    for role, words in TABLES.items():
        lines.append(_line(words, [_two(by.get((role, e), {}).get("rmse")) for e in COLUMNS]))
        if role == "calibrate":
            lines.append(
                _line(
                    "published model (Jörg et al. 2022) re-run on its own arms", [_two(theirs.get(e)) for e in COLUMNS]
                )
            )
        if role == "holdout":
            skills = [by.get((role, e), {}).get("skill") for e in COLUMNS]
            told = ["" if s is None else f"{s:+.0%}" for s in skills]
            lines.append(_line("skill there against the class mean", told))
    return "\n".join([*lines, "", *_coverage(compared)])


def _coverage(rows: Sequence[Row]) -> list[str]:
    held = [r for r in rows if r["role"] == "holdout"]
    changes = [r for r in held if not is_fracture(r)]
    ratios = [r for r in held if is_fracture(r) and r.get("in_trial_interval") is not None]
    said = []
    if changes:
        said.append(
            f"{np.mean([r['inside'] for r in changes]):.0%} of the {len(changes)} changes that no fit has seen lie inside their 90 % interval."
        )
    if ratios:
        errors = [abs(r["error"]) for r in ratios]
        still = [abs(r["error_no_change"]) for r in ratios]
        inside = sum(bool(r["in_trial_interval"]) for r in ratios)
        said.append(
            f"Fracture ratios: {inside} of {len(ratios)} inside the trial's 95 % interval, mean absolute error"
            f' {np.mean(errors):.2f} of the log ({np.mean(still):.2f} for "no effect").'
        )
    return said


def _published() -> dict[str, float]:
    """Errors of the published model on the digitised rows of its own arms."""
    return {e: v for e, v in joerg.PUBLISHED.items() if e in COLUMNS}


def _two(value: float | None) -> str:
    return "" if value is None or not math.isfinite(value) else f"{value:.2f}"


def _line(head: str, cells: Sequence[str]) -> str:
    return f"| {head} | " + " | ".join(cells) + " |"


def filled(text: str, made: str) -> str:
    """A README with the block in place of what stood between the markers. Raises ValueError where they are not there once each."""
    if text.count(OPEN) != 1 or text.count(CLOSE) != 1:
        raise ValueError(f"README.md needs one line '{OPEN}' and one line '{CLOSE}' after it.")
    before, rest = text.split(OPEN)
    return f"{before}{OPEN}\n{made}\n{CLOSE}{rest.split(CLOSE)[1]}"


def write(rows: Sequence[Row], women: int, path: Path = FILE) -> None:
    """Fill the README."""
    write_atomic(path, filled(path.read_text(encoding="utf-8"), block(rows, women)))
