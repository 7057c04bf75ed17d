"""What helps beside what harms, arm by arm, in words and figures: the first thing a reader of a study sees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from osteon.evidence.outcome import in_points
from osteon.report.tables import FRACTURE_LABELS, NAMES, per_thousand, signed
from osteon.simulation.harms import HarmRow

BENEFIT_RISK_OFTEN = 1e-3  # chance of a harm of cells from which on both its ends are told
AGAINST = {"exceeded": "beyond its label", "contraindicated": "against its label", "not_approved": "not approved"}


def benefit_risk(result: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One row an arm: gain, harms that are shown, harms that are not excluded, warnings. From a run's endpoints.json."""
    arms = list(dict.fromkeys(r["arm"] for r in result["endpoints"]))
    return [_row(arm, result) for arm in arms]


def _row(arm: str, result: Mapping[str, Any]) -> dict[str, Any]:
    harms = [HarmRow.read(h) for h in result.get("harms", []) if h["arm"] == arm and h["causes"]]
    labels = [w for w in result.get("labels", []) if w["arm"] == arm]
    cells = [c for c in result.get("cells", []) if c["arm"] == arm]
    return {
        "arm": arm,
        "gains": _gains(arm, result),
        "shown": [_added(h) for h in harms if h.shown] + [x for c in cells for x in _of_cells(c)],
        "open": [_up_to(h) for h in harms if not h.shown] + [x for c in cells for x in _open_of_cells(c)],
        "against": [w["text"] for w in labels if w["kind"] in AGAINST],
        "ask": [w["text"] for w in labels if w["kind"] == "ask"],
        "given": bool(harms or cells),
    }


def _gains(arm: str, result: Mapping[str, Any]) -> list[str]:
    """Bone first, markers only where no bone was asked for. What cells add is told over all parameter draws, as assumed."""
    rows = [r for r in result["endpoints"] if r["arm"] == arm and r.get("as") != "incidence"]
    unknown = [k for k in result.get("knowledge", []) if k["arm"] == arm]
    drugged = any(h["arm"] == arm and h["causes"] for h in result.get("harms", []))
    found = [] if unknown and not drugged else [_gain(r) for r in _bone(rows) if r["mean"] is not None]
    if unknown:
        found.append("cells add (assumed, carried over from animals):")
        found += [f"{_name(k)} {signed(k['lo90'])} to {signed(k['hi90'])}" for k in _bone(unknown)]
    return found + [_fracture(r) for r in result["endpoints"] if r["arm"] == arm and _fracture_told(r)]


def _fracture_told(r: dict[str, Any]) -> bool:
    """Expected fractures of an arm; under cells they are never told."""
    return bool(r.get("as") == "incidence" and r.get("expected") is not None and r["evidence"] != "assumed")


def _fracture(r: dict[str, Any]) -> str:
    told = f"{_name(r)}: {per_thousand(10 * r['expected'])} of 1,000 expected"
    ratio = r.get("expected_ratio")
    return told if ratio is None else f"{told}, {ratio:.2f} times those of {r['compare']}"


def _bone(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    broken = [r for r in rows if r.get("as") == "incidence"]
    return [*(r for r in rows if in_points(r["endpoint"])), *broken] or list(rows[:2])


def _gain(r: dict[str, Any]) -> str:
    if r["as"] == "incidence":
        told = f", ratio {r['ratio_lo']:.2f} to {r['ratio_hi']:.2f} against {r['compare']}" if r.get("ratio_lo") else ""
        return f"{_name(r)}: {r['mean']:.1f} % of patients{told}"
    label = " (assumed)" if r["evidence"] == "assumed" else ""
    if r.get("difference") is None:
        own = f" ({signed(r['lo'])} to {signed(r['hi'])})" if r.get("lo") is not None else ""
        return f"{_name(r)} {signed(r['mean'])}{own}, its own change{label}"
    low, high = r["difference_lo"], r["difference_hi"]
    span = f" ({signed(low)} to {signed(high)})" if low is not None else ""
    return f"{_name(r)} {signed(r['difference'])}{span} against {r['compare']}{label}"


def _name(row: dict[str, Any]) -> str:
    return str((NAMES | FRACTURE_LABELS).get(row["endpoint"], row["endpoint"]))


def _added(h: HarmRow) -> str:
    span = f"{per_thousand(h.added_lo90)} to {per_thousand(h.added_hi90)}"
    note = f"; {h.remark}" if h.remark else ""
    return f"{h.words} {per_thousand(h.added, True)} ({span}{note})"


def _up_to(h: HarmRow) -> str:
    return f"{h.words}: {_most(h.added_hi90)}"


def _most(value: float) -> str:
    """An upper bound; a tiny one is small, not nothing."""
    return "less than 0.0001" if abs(value) < 1e-4 else f"up to {per_thousand(value, True)}"


def _often(h: dict[str, Any]) -> bool:
    """A harm of cells that strikes so often that its lower end counts too."""
    return bool(h["applies"] and h["unit"] == "chance" and h["low"] is not None and h["low"] >= BENEFIT_RISK_OFTEN)


def _of_cells(c: dict[str, Any]) -> list[str]:
    return [
        f"{h['words']} {per_thousand(1000 * h['low'])} to {per_thousand(1000 * h['high'])} ({_basis(h)})"
        for h in c["harms"]
        if _often(h)
    ]


def _basis(h: dict[str, Any]) -> str:
    return "assumed" if h["evidence"] == "assumed" else f"{h['evidence']} data"


def _open_of_cells(c: dict[str, Any]) -> list[str]:
    if not any(h["applies"] for h in c["harms"]):
        return ["products without cells: nobody has looked for long enough to give a bound"]
    return [f"{h['words']}: {_end(h)}" for h in c["harms"] if h["applies"] and not _often(h)]


def _end(h: dict[str, Any]) -> str:
    if h["high"] is None:
        return "more often, nobody knows how much"
    return _most(1000 * h["high"]) if h["unit"] == "chance" else f"up to {h['high']:g} times as many"
