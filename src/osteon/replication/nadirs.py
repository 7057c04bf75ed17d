"""How deep and when markers fall: the lowest published value of an arm beside the lowest simulated one at the same visits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from osteon.io.rows import Row
from osteon.replication.cohort_rows import CohortRow

NADIRS_MARKERS = ("ctx", "ntx", "p1np", "bsap")
VISITS = 3  # fewer show no nadir
DEPTH = -25.0  # percent; a marker that falls less has no nadir to speak of
NEAR, LATE = 10.0, 1  # percent points and visits that a nadir may be off.  Source: the bar of this project


@dataclass(frozen=True)
class Nadir(Row):
    """The lowest published and the lowest simulated value of a marker in an arm, percent.   off : how far apart"""

    role: str
    cohort: str
    arm: str
    endpoint: str
    visits: int
    published: float
    published_months: float
    simulated: float
    simulated_months: float
    off: float
    in_time: bool
    met: bool


def nadirs(rows: Sequence[CohortRow]) -> list[Nadir]:
    """One row for every arm and marker with a nadir: role, cohort, arm, endpoint, months and depths (percent), how far off, met.

    rows : of replays (see replicate), changes from one baseline. In time: ours comes within NEAR of the published depth within
    a visit of it (which of several equal visits is the lowest says nothing).
    """
    groups: dict[tuple[str, ...], dict[float, CohortRow]] = {}
    for r in rows:
        if r.get("simulated") is not None and r["endpoint"] in NADIRS_MARKERS and r["unit"] == "pct_change_baseline":
            key = (r["role"], r["cohort"], r["arm"], r["endpoint"])
            groups.setdefault(key, {}).setdefault(r["months"], r)
    found = [_nadir(key, [by[t] for t in sorted(by)]) for key, by in sorted(groups.items())]
    return [n for n in found if n["visits"] >= VISITS and n["published"] <= DEPTH]


def _nadir(key: tuple[str, ...], rows: Sequence[CohortRow]) -> Nadir:
    there = min(range(len(rows)), key=lambda i: rows[i]["published"])
    here = min(range(len(rows)), key=lambda i: rows[i]["simulated"])
    depth = rows[here]["simulated"] - rows[there]["published"]
    about = rows[max(0, there - LATE) : there + LATE + 1]
    in_time = any(abs(r["simulated"] - rows[there]["published"]) <= NEAR for r in about)
    role, cohort, arm, endpoint = key
    return Nadir(
        role, cohort, arm, endpoint, len(rows), rows[there]["published"], rows[there]["months"], rows[here]["simulated"], rows[here]["months"],
        depth, in_time, abs(depth) <= NEAR and in_time,
    )  # fmt: skip


def nadir_text(rows: Sequence[Nadir]) -> str:
    """Lines for people: how many meet the bar, then those that do not."""
    lines = []
    for role in dict.fromkeys(n["role"] for n in rows):
        own = [n for n in rows if n["role"] == role]
        deep = sum(abs(n["off"]) <= NEAR for n in own)
        lines.append(
            f"nadirs, {role}: {deep} of {len(own)} within {NEAR:g} points, {sum(n['met'] for n in own)} at the visit too"
        )
        for n in (n for n in own if not n["met"]):
            ours = f"{n['simulated']:.0f} % at {n['simulated_months']:g} months"
            lines.append(
                f"  {n['cohort']} {n['arm']} {n['endpoint']}: {n['published']:.0f} % at {n['published_months']:g}, ours {ours}"
            )
    return "\n".join(lines)
