"""Tables of fractures for a terminal: published ratios and incidences beside expected ones, and their scores."""

from __future__ import annotations

from collections.abc import Sequence

from osteon.replication.cohort_rows import CohortRow, ErrorSummary
from osteon.report.tables import ROLES, grid

METRICS = ("log ratio", "log incidence")
OF = {
    "fracture_vertebral": "vertebral",
    "fracture_hip": "hip",
    "fracture_nonvertebral": "nonvertebral",
    "fracture_clinical_vertebral": "clinical vertebral",
    "fracture_clinical": "any clinical",
}
FRACTURE_TABLES_UNITS = {
    "cum_incidence_pct": "%",
    "rate_per_100_py": "per 100 py",
    "RRR_pct": "% fewer",
    "rate_ratio": "rate ratio",
}


def is_fracture(row: CohortRow | ErrorSummary) -> bool:
    """Whether a compared row is a fracture figure."""
    return row.get("metric") in METRICS


def fracture_table(rows: Sequence[CohortRow]) -> str:
    """One line a row: ratios first. Empty where there are none."""
    own = sorted(
        (r for r in rows if is_fracture(r)),
        key=lambda r: (r["metric"] != "log ratio", r["cohort"], r["endpoint"], r["months"], r["arm"]),
    )
    if not own:
        return ""
    head = ["cohort", "arm", "fracture", "month", "unit", "published", "expected", "90 % interval", "class mean"]
    tail = "* published value outside the interval. Expected: no event is drawn; incidences are means over the cohort's women."
    return grid(head, [_line(r) for r in own]) + "\n" + tail


def _line(r: CohortRow) -> list[str]:
    months = f"{r['from_month']:g}-{r['months']:g}" if r["from_month"] else f"{r['months']:g}"
    arm = f"{r['arm']} : {r['comparator']}" if r["comparator"] else r["arm"]
    published = f"{r['published']:.2f}"
    if r["published_lo"] is not None and r["published_hi"] is not None:
        published += f" ({r['published_lo']:.2f} to {r['published_hi']:.2f})"
    mark = "" if r["inside"] else "*"
    naive = "" if r["naive_class"] is None else f"{r['naive_class']:.2f}"
    interval = f"{r['lo90']:.2f} to {r['hi90']:.2f}{mark}"
    kind, unit = OF[r["endpoint"]], FRACTURE_TABLES_UNITS.get(r["unit"], r["unit"])
    return [r["cohort"], arm, kind, months, unit, published, f"{r['simulated']:.2f}", interval, naive]


def fracture_scores(scores: Sequence[ErrorSummary]) -> str:
    """Mean absolute log error of each table beside a ratio of 1 and the class mean. Empty where there are none."""
    own = [s for s in scores if s["metric"] in METRICS]
    if not own:
        return ""
    head = ["table", "fractures", "rows", "ours", "RR = 1", "skill", "ours*", "class mean*", "skill*", "rows*"]
    head += ["in trial's interval", "in 90 %"]
    note = "Mean absolute error of logs. Trial's interval: its own 95 %, ratios only. * on the rows where a class mean exists."
    return grid(head, [score_line(s) for s in own]) + "\n" + note


def score_line(s: ErrorSummary) -> list[str]:
    """One table's scores as text."""

    def number(key: str) -> str:
        return "" if s[key] is None else f"{s[key]:.2f}"

    def share(key: str, sign: str = "") -> str:
        return "" if s[key] is None else f"{s[key]:{sign}.0%}"

    kind = s["endpoint"].removesuffix("_incidence")
    name = f"{OF.get(kind, kind)}, {s['metric'].removeprefix('log ')}"
    naive = [
        number("mean_absolute_same_rows"),
        number("mean_absolute_class"),
        share("skill", "+"),
        str(s["rows_class_mean"]),
    ]
    own = [number("mean_absolute"), number("mean_absolute_no_change"), share("skill_no_change", "+")]
    return [
        ROLES.get(s["role"], s["role"]),
        name,
        str(s["rows"]),
        *own,
        *naive,
        share("in_trial_interval"),
        share("inside_90"),
    ]
