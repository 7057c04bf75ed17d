"""What may stand in the table of harms, and what is wrong with a harm that somebody else wrote."""

from __future__ import annotations

from typing import Any

from osteon.errors import Fault
from osteon.io.table_fields import Field, field_faults
from osteon.outcomes.exposure_metrics import READS

HARM_CONFIDENCES = ("read", "secondary", "derived", "unverified")
SHAPES = ("linear", "square", "saturating", "steep")
_COUNT, _TEXT, _NEEDED = Field(float, low=0), Field(str), Field(str, needed=True)
_SPAN = {"low": Field(float, low=0), "high": Field(float, low=0)}
HARM = {
    "words": _NEEDED, "background": Field(float, low=0), **_SPAN, "growth": Field(float, needed=True, low=-1, high=1), "source": _NEEDED,
    "confidence": Field(str, needed=True, allowed=HARM_CONFIDENCES), "reported_after_placebo": Field(float, low=0, high=1), "rows": Field(list),
    "endpoints": Field(list), "wider": Field(list), "placebo": Field(list), "cause": Field(list, needed=True),
}  # fmt: skip
PLACEBO = {"study": _NEEDED, "events": _COUNT, "person_years": Field(float, needed=True, low=1e-9), "age": Field(float, needed=True, low=18, high=110), "source": _NEEDED}  # fmt: skip
CAUSE = {
    "driver": Field(str, needed=True, allowed=tuple(READS)), "shape": Field(str, needed=True, allowed=SHAPES),
    "reference": Field(float, needed=True), "half": Field(float, low=1e-9), "width": Field(float, low=1e-9), "ratio": Field(float, low=1e-9),
    "excess": _COUNT, **_SPAN, "events": _COUNT, "person_years": Field(float, low=1e-9), "source": _NEEDED,
    "confidence": Field(str, needed=True, allowed=HARM_CONFIDENCES), "evidence": Field(str, needed=True, allowed=("human", "animal", "assumed")),
    "shown": Field(bool, needed=True), "rows": Field(list, needed=True), "trial": Field(list),
}  # fmt: skip
TRIAL = {
    "study": _NEEDED, "source": _NEEDED, "ratio": Field(float, low=1e-9), **_SPAN, "events": _COUNT, "persons": _COUNT, "events_without": _COUNT,
    "persons_without": _COUNT, "expected": Field(float, low=1e-9), "note": _TEXT,
}  # fmt: skip


def harm_faults(name: str, row: Any) -> list[Fault]:
    """Everything that is wrong with one table of harms.toml."""
    place = f"harms.toml {name}"
    found = field_faults(row, place, HARM)
    if not (name.isascii() and name.isidentifier() and name == name.lower()):
        found.append(
            Fault(
                "bad_name", place, name, "small ASCII letters, digits and _", "", f"'{name}' is not the name of a harm."
            )
        )
    if not isinstance(row, dict):
        return found
    found += _together(row, place)
    for kind, fields in (("placebo", PLACEBO), ("cause", CAUSE)):
        for i, part in enumerate(row[kind] if isinstance(row.get(kind), list) else [], 1):
            inner = f"{place} [{kind}.{i}]"
            found += field_faults(part, inner, fields)
            found += _cause(part, inner) if kind == "cause" and isinstance(part, dict) else []
    return found


def _together(row: dict[str, Any], place: str) -> list[Fault]:
    """A background with both ends, or placebo arms."""
    if row.get("placebo") or row.get("background") == 0:
        return []
    gone = [k for k in ("background", "low", "high") if k not in row]
    return [Fault("missing", f"{place}.{k}", "", "per 10,000 person-years", "", f"{place} has no '{k}', nor placebo arms.") for k in gone] + _order(row, place)  # fmt: skip


def _cause(row: dict[str, Any], place: str) -> list[Fault]:
    """How large it is: a ratio or an excess with both ends, events in person-years, or trials."""
    found = []
    for i, trial in enumerate(row["trial"] if isinstance(row.get("trial"), list) else [], 1):
        found += field_faults(trial, f"{place} [trial.{i}]", TRIAL)
    ways = [
        w
        for w in (("ratio", "low", "high"), ("excess", "low", "high"), ("events", "person_years"))
        if all(k in row for k in w)
    ]
    if not ways and not row.get("trial"):
        allowed = "ratio, low and high; excess, low and high; events and person_years; or trials"
        found.append(Fault("missing", place, "", allowed, "", f"{place} does not say how large it is."))
    size = {"saturating": "half", "steep": "width"}.get(str(row.get("shape")))
    if size and size not in row:
        found.append(
            Fault("missing", f"{place}.{size}", "", "a number", "", f"{place} has no '{size}', which its shape needs.")
        )
    return found + _order(row, place)


def _order(row: dict[str, Any], place: str) -> list[Fault]:
    low, high = row.get("low"), row.get("high")
    if not isinstance(low, (int, float)) or not isinstance(high, (int, float)):
        return []
    if 0 < low < high:
        return []
    return [
        Fault(
            "reversed_interval",
            f"{place}.low",
            low,
            "above 0 and below high",
            "",
            f"{place}: low is {low}, high is {high}.",
        )
    ]
