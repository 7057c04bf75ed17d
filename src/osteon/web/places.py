"""Where a fault belongs in a form: the place of its sentence as keys and numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from osteon.errors import Fault

_PLACE = re.compile(r"(?:\S+\.toml\s*)?(?:\[(?P<table>[^\]]+)\]\s*)?(?P<key>[^\s\[\]]+)?(?:\[(?P<entry>\d+)\])?")


def path_of(place: str) -> list[str | int]:
    """Keys and numbers (from 0) of a place; empty for the file as a whole.

    >>> path_of("study.toml [arm.2.regimen.1] dose"), path_of("study.toml [design] visits[3]")
    (['arm', 1, 'regimen', 0, 'dose'], ['design', 'visits', 2])
    >>> path_of("study.toml title"), path_of("study.toml")
    (['title'], [])
    """
    found = _PLACE.fullmatch(place.strip())
    if not found:
        return []
    parts = [*(found["table"] or "").split("."), found["key"] or ""]
    path: list[str | int] = [int(p) - 1 if p.isdigit() else p for p in parts if p]
    if path and isinstance(path[-1], str) and path[-1].endswith(".toml"):
        return []
    return path + ([int(found["entry"]) - 1] if found["entry"] else [])


def placed(faults: Sequence[Fault]) -> list[dict[str, Any]]:
    """Faults as JSON, each with the path of its field and its sentence."""
    return [f.as_dict() | {"path": path_of(str(f.place)), "sentence": f.sentence()} for f in faults]
