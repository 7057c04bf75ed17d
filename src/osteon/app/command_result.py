"""What a verb gives back to those who call it: rows for machines, text for people."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class CommandResult:
    """rows: one dictionary a row, named fields; ok: whether what was asked held; text: what a person reads.

    more : further keys of the JSON object, such as "doses", the ledger of what was given
    """

    rows: Sequence[Mapping[str, Any]] = field(default_factory=list)
    ok: bool = True
    text: str = ""
    notes: tuple[str, ...] = ()
    more: dict[str, Any] = field(default_factory=dict)


def clean(value: Any) -> Any:
    """Strict JSON: NaN and infinity become null, NumPy numbers plain ones."""
    if isinstance(value, Mapping):
        return {str(k): clean(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [clean(v) for v in value]
    if hasattr(value, "item") and not isinstance(value, (str, bytes)):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
