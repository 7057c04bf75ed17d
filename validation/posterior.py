"""Ship a sampled posterior: python -m validation.posterior FOLDER, or --sample to sample the shipped fit's first (resumable, hours).

Writes src/osteon/data/posterior/default.npz (at most DRAWS draws, in random order, and the first ROWS_OF draws' errors of the calibration
rows) and default.json (its summary, the fit it belongs to).
Beside the summary stand the same diagnostics of the fit's Gaussian: its draws weighed by the exact density.
"""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from osteon.app.posterior import read_summary
from osteon.inference.calibration_problem import calibration
from osteon.inference.gaussian_weights import gaussian_weights
from osteon.inference.posterior import coordinates_of, kept_draws, read_about
from osteon.io.files import write_atomic
from osteon.simulation.fits import load_fit, values_hash

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "src" / "osteon" / "data" / "posterior"
DRAWS, GAUSSIAN_DRAWS = 4000, 320
ROWS_OF = 400  # draws whose errors of the calibration rows are kept


def ship(folder: Path, to: Path = FOLDER, compare: bool = True) -> dict[str, Any]:
    """Write the two files; gives what default.json holds."""
    row, tables = read_summary(folder)
    about, draws = read_about(folder), kept_draws(folder)
    flat = draws.theta.reshape(-1, draws.theta.shape[-1])
    chosen = np.random.default_rng(0).permutation(len(flat))[:DRAWS]
    where = coordinates_of(about)
    values = np.stack([where.values(flat[chosen])[n] for n in where.names], axis=1)
    errors = draws.errors.reshape(len(flat), -1)[chosen[:ROWS_OF]]
    told: dict[str, Any] = {
        "about": "draws of the joint posterior; reproduce with: osteon posterior --out runs/posterior",
        "fit_hash": values_hash(load_fit()), "data_hash": about["data_hash"], "version": about["version"],
        "assumed": about.get("assumed", []), "draws": len(chosen), "row": row, **_rounded(tables),
        "spreads": about["scales"], "row_endpoints": about["row_endpoints"],
    }  # fmt: skip
    if compare:
        told["gaussian"] = gaussian_weights(calibration(()).problem, load_fit(), GAUSSIAN_DRAWS)
    to.mkdir(exist_ok=True)
    parts = {
        "names": np.array(where.names), "values": values.astype(np.float32), "errors": errors.astype(np.float16),
        "spreads": np.exp(draws.scales.reshape(len(flat), -1)[chosen]).astype(np.float32),
    }  # fmt: skip
    body = io.BytesIO()
    np.savez_compressed(body, **parts)
    write_atomic(to / "default.npz", body.getvalue())
    write_atomic(to / "default.json", json.dumps(told, indent=1, allow_nan=False) + "\n")
    return told


def _rounded(tables: dict[str, Any]) -> dict[str, Any]:
    def short(v: Any) -> Any:
        return float(f"{v:.4g}") if isinstance(v, float) else v

    return {k: [{n: short(v) for n, v in r.items()} for r in rows] for k, rows in tables.items()}


def main(words: list[str]) -> int:
    """Sample where it is asked for, then write the files."""
    from osteon.app.posterior import posterior

    folder = ROOT / "runs" / f"posterior-{values_hash(load_fit())[:8]}"
    if "--sample" in words:
        posterior(str(folder))
    else:
        named = [w for w in words if not w.startswith("--")]
        folder = Path(named[0]) if named else folder
    found = ship(folder, compare="--no-comparison" not in words)
    print(json.dumps({k: found[k] for k in ("fit_hash", "draws", "row", "gaussian") if k in found}, indent=1))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
