"""A scenario as the state of the living page: months instead of days, one rule of each kind, no draws."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from osteon.errors import Fault, Unsupported
from osteon.inputs import Scenario
from osteon.simulation.portable import portable_scenario
from osteon.units import DAYS_PER_MONTH

BASELINE = (
    "t_lumbar_spine",
    "t_total_hip",
    "t_femoral_neck",
    "turnover",
    "vitamin_d",
    "calcium_intake",
    "protein_intake",
)


def state_of(scenario: Scenario) -> dict[str, Any]:
    """What the page opens with. Raises Unsupported, with every reason, for a scenario that it cannot hold."""
    faults = [*faults_of_rules(scenario.regimen), *faults_of_overrides(scenario.override)]
    if faults:
        raise Unsupported(faults)
    given = portable_scenario(scenario)
    person = {k: v for k, v in given["person"].items() if k != "baseline" and v not in (None, [], False)}
    person |= {k: v for k, v in given["person"]["baseline"].items() if k in BASELINE and v is not None}
    end = max(12, -(-round(_months(scenario.output.days()[-1]), 6) // 1))
    return {
        "person": {"prior_fractures": [], **person},
        "plans": [[course_of(r, end) for r in given["regimen"]], []],
        "habits": [habit_of(h) for h in given["habit"]],
        "overrides": [{"parameter": o["parameter"], "value": o["value"]} for o in given["override"]],
        "months": int(end),
    }


def faults_of_rules(regimens: Sequence[Any], table: str = "regimen") -> list[Fault]:
    """Rules that a page cannot hold.   table : in which the regimens stand"""
    rules = [(i, k, getattr(r, k)) for i, r in enumerate(regimens, 1) for k in ("stop_when", "hold_when")]
    text = "A page holds rules of one condition; this one has several."
    return [
        Fault("unsupported", f"[{table}.{i}] {key}", rule.text, "one condition", "", text)
        for i, key, rule in rules
        if rule is not None and rule.also
    ]


def faults_of_overrides(overrides: Sequence[Any], table: str = "override") -> list[Fault]:
    """Changed values that a page cannot hold."""
    text = "A page holds values of parameters for a whole life, no factor and no first day."
    return [
        Fault("unsupported", f"[{table}.{i}]", o.parameter, "a value without 'from'", "", text)
        for i, o in enumerate(overrides, 1)
        if o.value is None or o.start is not None or o.until is not None
    ]


def _months(days: float) -> float:
    return days / DAYS_PER_MONTH


def course_of(row: dict[str, Any], end: float) -> dict[str, Any]:
    """A regimen as the page keeps it.   end : month at which the page ends"""
    first = round(_months(row["start"]), 9)
    single = row["every"] is None
    until = first + 1 if single else end if row["until"] is None else round(_months(row["until"]), 9)
    return {
        "drug": row["drug"],
        "route": row["route"],
        "amount": row["amount"],
        "every": 2 * DAYS_PER_MONTH if single else row["every"],
        "duration": row["duration"],
        "from": first,
        "until": until,
        "adherence": row["adherence"],
        "stop": row["stop_when"][0] if row["stop_when"] else None,
        "hold": row["hold_when"][0] if row["hold_when"] else None,
    }


def habit_of(row: dict[str, Any]) -> dict[str, Any]:
    """A habit as the page keeps it."""
    until = None if row["until"] is None else round(_months(row["until"]), 9)
    what = {"kind": row["kind"]} if row["kind"] else {"value": row["value"]}
    return {"name": row["name"], **what, "from": round(_months(row["start"]), 9), "until": until}
