"""Every look at rows that no fit has seen is counted: who looks often enough fits them too, by choosing among laws.

`./dev validate` adds a line when a new fit, law or split is scored on held-out rows; the same one seen again is the same look.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from osteon.evidence import split_hash
from osteon.io.export import to_antimony
from osteon.io.files import write_atomic
from osteon.simulation.assembly import human_model
from osteon.simulation.fits import load_fit, values_hash

FILE = Path(__file__).with_name("looks.csv")
COLUMNS = ("look", "day", "split", "fit", "law", "rows", "hip", "spine", "ctx")
OUT = ("holdout", "holdout_temporal")
SHOWN = {"hip": "bmd_total_hip", "spine": "bmd_lumbar_spine", "ctx": "ctx"}


def law_hash() -> str:
    """Hash of the equations and values of a person without drugs, as they are exported."""
    return hashlib.sha256(to_antimony(human_model()).encode()).hexdigest()


def looks(path: Path = FILE) -> list[dict[str, str]]:
    """All looks so far, the first one first."""
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines())) if path.exists() else []


def count(rows: Sequence[dict[str, Any]], path: Path = FILE, law: str = "") -> int:
    """Add a look at the held-out rows among `rows` unless it was counted; the number of looks so far."""
    seen = [r for r in rows if r["role"] in OUT and r.get("error") is not None]
    before = looks(path)
    mark = {"split": split_hash()[:12], "fit": values_hash(load_fit())[:12], "law": (law or law_hash())[:12]}
    known = any(all(look[k] == v for k, v in mark.items()) and int(look["rows"]) >= len(seen) for look in before)
    if not seen or known:
        return len(before)
    errors = {k: [r["error"] for r in seen if r["role"] == "holdout" and r["endpoint"] == e] for k, e in SHOWN.items()}
    told = {k: f"{np.sqrt(np.mean(np.square(v))):.3f}" if v else "" for k, v in errors.items()}
    day = datetime.now(UTC).strftime("%Y-%m-%d")
    before.append({"look": str(len(before) + 1), "day": day, **mark, "rows": str(len(seen)), **told})
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(before)
    write_atomic(path, text.getvalue())
    return len(before)
