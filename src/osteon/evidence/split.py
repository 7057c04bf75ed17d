"""The split between what is fitted and what is predicted: frozen, hashed, guarded."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from importlib.resources import files

from osteon.errors import CheckFailed, Fault
from osteon.evidence.measurement import Measurement, shipped_measurements
from osteon.evidence.tissue import TissueRow, load_tissue


def split_hash() -> str:
    """SHA-256 of the sorted lines `id<tab>role` of all measurements that are shipped."""
    lines = sorted(f"{m.id}\t{m.role}" for m in shipped_measurements())
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def tissue_split_hash() -> str:
    """SHA-256 of the sorted lines `id<tab>role` of all tissue rows."""
    lines = sorted(f"{r.id}\t{r.role}" for r in load_tissue(include_unverified=True))
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def frozen_hash(of: str = "measurements") -> str:
    """The hash that was written down before a fit saw the rows.   of : "measurements" or "tissue" """
    text = files("osteon").joinpath("data").joinpath("split.json").read_text(encoding="utf-8")
    found = json.loads(text)
    return str(found["tissue"]["sha256"] if of == "tissue" else found["sha256"])


def assert_no_holdout(rows: Iterable[Measurement | TissueRow]) -> None:
    """Raise CheckFailed if any row that enters an objective is not a calibration row."""
    wrong = [m for m in rows if m.role != "calibrate"]
    if wrong:
        text = f"{len(wrong)} rows are not for calibration, the first is {wrong[0].id} ({wrong[0].role})."
        raise CheckFailed(Fault(code="holdout_in_fit", place=wrong[0].id, message=text))
