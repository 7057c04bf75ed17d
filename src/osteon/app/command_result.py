"""What a verb gives back to the command line: rows for machines, text for people."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class CommandResult:
    """rows: one dictionary a row, named fields; ok: whether what was asked held; text: what a person reads.

    more : further keys of the JSON object, such as "doses", the ledger of what was given
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    ok: bool = True
    text: str = ""
    notes: tuple[str, ...] = ()
    more: dict[str, Any] = field(default_factory=dict)
