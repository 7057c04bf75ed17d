"""The page of replayed cohorts: how far off, the misses, curves with published points, mechanism, people, provenance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from osteon.evidence.outcome import in_points
from osteon.io.files import write_atomic
from osteon.replication.mechanism import LINKS, chain
from osteon.replication.trials import Replica, summary
from osteon.report import figures
from osteon.report.fracture_tables import fracture_table, is_fracture
from osteon.report.page import provenance, render
from osteon.report.score_figures import fracture_ratios
from osteon.report.tables import NAMES, ROLES, SHORT


def write_replica_report(path: Path, replicas: Sequence[Replica], women: int, seed: int) -> None:
    """Write the page for some replayed cohorts."""
    compared = [r for replica in replicas for r in replica.rows if r["simulated"] is not None]
    rows = [r for r in compared if not is_fracture(r)]
    broken = [r for r in compared if is_fracture(r)]
    page = render(
        "replica.html",
        names=", ".join(r.cohort for r in replicas),
        women=women,
        scores=summary(rows),
        roles=ROLES,
        labels=NAMES,
        units=SHORT,
        misses=_misses(rows),
        fractures=fracture_figure(broken),
        fracture_text=fracture_table(broken),
        cohorts=[_cohort(r) for r in replicas],
        provenance=provenance(seed, {"virtual women an arm": women}),
    )
    write_atomic(path, page)


def fracture_figure(rows: Sequence[dict[str, Any]]) -> str:
    """Ratios of fractures, published and expected; empty where there are none."""
    ratios = [r for r in rows if r["metric"] == "log ratio" and r["unit"] != "RRR_pct"]
    return fracture_ratios(ratios) if ratios else ""


def _misses(rows: Sequence[dict[str, Any]], most: int = 12) -> list[dict[str, Any]]:
    outside = [r for r in rows if not r["inside"]]
    return sorted(outside, key=lambda r: -abs(r["error"]) * (1 if in_points(r["endpoint"]) else 6))[:most]


def _cohort(replica: Replica) -> dict[str, Any]:
    compared = [r for r in replica.rows if r["simulated"] is not None and not is_fracture(r)]
    left = [r for r in replica.rows if r["simulated"] is None]
    return {
        "id": replica.cohort,
        "figures": [_figure(replica, e) for e in NAMES if any(c["endpoint"] == e for c in replica.curves)],
        "mechanism": figures.mechanism(chain(replica.cohort)) if LINKS else "",
        "people": figures.people(replica.patients) if replica.patients else "",
        "assumed": dict(replica.patients.assumed) if replica.patients else {},
        "rows": compared,
        "safety": replica.safety,
        "left": left,
        "reasons": dict(Counter(r["reason"] for r in left)),
    }


def _figure(replica: Replica, endpoint: str) -> dict[str, str]:
    points = [r for r in replica.rows if r["simulated"] is not None and r["unit"] == "pct_change_baseline"]
    arms = list(dict.fromkeys(c["arm"] for c in replica.curves if c["endpoint"] == endpoint))
    with_points = [a for a in arms if any(p["arm"] == a and p["endpoint"] == endpoint for p in points)]
    charts = [figures.trajectory(replica.curves, points, endpoint, a) for a in with_points or arms[:3]]
    return {"title": NAMES[endpoint], "svg": figures.grid(charts)}
