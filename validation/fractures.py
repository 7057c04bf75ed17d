"""The scorecard's section on fractures: tables apart, beside a ratio of 1 and the class mean, then every ratio."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from osteon.report.fracture_tables import FRACTURE_TABLES_UNITS, OF, is_fracture, score_line
from osteon.report.tables import ROLES
from osteon.simulation.fits import fit_ids, load_fit

Row = dict[str, Any]
ORDER = ("holdout", "holdout_temporal", "calibrate", "same_cohort_check")
HEAD = ["table", "fractures", "rows", "ours", "RR = 1", "skill", "ours*", "class mean*", "skill*", "rows*", "in trial's interval", "in 90 %"]  # fmt: skip


def section(scores: Sequence[Row], rows: Sequence[Row], table: Any, figure: str) -> list[str]:
    """Lines of the page; empty where no fracture row was compared.   table : writes head and body as Markdown"""
    own = [r for r in rows if is_fracture(r)]
    if not own:
        return []
    found = sorted(
        (s for s in scores if is_fracture(s)),
        key=lambda s: (_rank(s["role"]), s["metric"] != "log ratio", s["endpoint"]),
    )
    told = [
        "Expected incidences, no event drawn; hazards know bone and person, no drug. Mean absolute errors of logs; the trial's",
        "interval is its own 95 %, for ratios. \\* rows for which calibration rows of other cohorts have the class.",
    ]
    lines = ["## Fractures", "", *told, "", *table(HEAD, [score_line(s) for s in found]), *_pooled(own, table)]
    lines += [figure, "", *_known(table)]
    for role in ORDER:
        lines += _ratios(role, [r for r in own if r["role"] == role and r["metric"] == "log ratio"], table)
    return lines


def _rank(role: str) -> int:
    return ORDER.index(role) if role in ORDER else len(ORDER)


def _pooled(rows: Sequence[Row], table: Any) -> list[str]:
    """All ratios of a table together, with the bar of 80 %."""
    body = []
    for role in ORDER:
        own = [r for r in rows if r["role"] == role and r["metric"] == "log ratio"]
        if own:
            share = float(np.mean([r["in_trial_interval"] for r in own]))
            shared = [r for r in own if r["error_class"] is not None]
            ours, still = (float(np.mean([abs(r[k]) for r in own])) for k in ("error", "error_no_change"))
            naive = [f"{np.mean([abs(r[k]) for r in shared]):.2f}" if shared else "" for k in ("error", "error_class")]
            body.append([ROLES.get(role, role), str(len(own)), f"{ours:.2f}", f"{still:.2f}", *naive, str(len(shared)), f"{share:.0%}", "yes" if share >= 0.8 else "**no**"])  # fmt: skip
    head = [
        "all ratios",
        "rows",
        "ours",
        "RR = 1",
        "ours*",
        "class mean*",
        "rows*",
        "in trial's interval",
        "80 % asked",
    ]
    return table(head, body)


def _known(table: Any) -> list[str]:
    """What the data know of each fitted parameter."""
    if "fractures" not in fit_ids():
        return []
    found = load_fit("fractures")
    body = [[n, f"{found.values[n]:.3g}", f"{max(0.0, k):.0%}"] for n, k in found.about["known_from_data"].items()]
    spread = found.about["between_study"]
    told = ", ".join(f"{k} {v['sd']:.2f} (log, {v['studies']} studies)" for k, v in spread.items())
    return [
        *table(["parameter", "value", "known from data"], body),
        f"Spread between studies, each left out in turn: {told}.",
        "",
    ]


def _ratios(role: str, rows: Sequence[Row], table: Any) -> list[str]:
    if not rows:
        return []
    body = []
    for r in sorted(rows, key=lambda r: -abs(r["error"])):
        months = f"{r['from_month']:g}-{r['months']:g}" if r["from_month"] else f"{r['months']:g}"
        naive = "" if r["naive_class"] is None else f"{r['naive_class']:.2f}"
        arm = f"{r['arm']} : {r['comparator']}"
        body.append([r["cohort"], arm, OF[r["endpoint"]], months, FRACTURE_TABLES_UNITS.get(r["unit"], r["unit"]), _published(r), f"{r['simulated']:.2f}", f"{r['lo90']:.2f} to {r['hi90']:.2f}", naive, "yes" if r["in_trial_interval"] else "no"])  # fmt: skip
    head = [
        "cohort",
        "arms",
        "fracture",
        "month",
        "unit",
        "published",
        "expected",
        "90 % interval",
        "class mean",
        "in trial's",
    ]
    return [f"### {ROLES.get(role, role)}: fracture ratios", "", *table(head, body)]


def _published(r: Row) -> str:
    known = r["published_lo"] is not None and r["published_hi"] is not None
    return f"{r['published']:.2f}" + (f" ({r['published_lo']:.2f} to {r['published_hi']:.2f})" if known else "")
