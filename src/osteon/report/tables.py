"""Tables for a terminal: short, aligned, units in the head."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from osteon.checks.rows import ClaimRow, ExperimentRow
from osteon.evidence.outcome import MEASURED
from osteon.replication.cohort_rows import CohortRow, ErrorSummary
from osteon.simulation.harms import HarmRow

TABLED = (
    "bmd_lumbar_spine",
    "bmd_total_hip",
    "bmd_femoral_neck",
    "ctx",
    "ntx",
    "p1np",
    "bsap",
)  # outcomes of tables, in their order
NAMES = {name: MEASURED[name].words for name in TABLED}
FRACTURE_LABELS = {
    "vertebral_fracture": "vertebral fracture",
    "hip_fracture": "hip fracture",
    "nonvertebral_fracture": "nonvertebral fracture",
    "clinical_vertebral_fracture": "clinical vertebral fracture",
    "clinical_fracture": "any clinical fracture",
    "major_osteoporotic_fracture": "major osteoporotic fracture",
}
ROLES = {
    "calibrate": "calibrated",
    "holdout": "held out",
    "holdout_temporal": "extrapolated in time",
    "same_cohort_check": "same cohort",
}
NEXT = """
Next:
  .venv/bin/osteon replicate frame --patients 200         a trial that no parameter has seen
  .venv/bin/osteon simulate examples/scenario_woman.toml  one woman, alendronate then denosumab
  .venv/bin/osteon show denosumab                         the drug in the model, with every number's provenance"""


def grid(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Aligned columns under a head: numbers to the right."""
    widths = [max(len(r[i]) for r in [head, *rows]) for i in range(len(head))]
    left = [not any(r[i][:1].lstrip("+-").isdigit() for r in rows) for i in range(len(head))]

    def line(row: Sequence[str]) -> str:
        cells = [c.ljust(w) if is_left else c.rjust(w) for c, w, is_left in zip(row, widths, left, strict=True)]
        return "  ".join(cells).rstrip()

    return "\n".join([line(head), "  ".join("-" * w for w in widths), *(line(r) for r in rows)])


def _number(value: Any, digits: int = 1, sign: bool = True) -> str:
    return "" if value is None else f"{value:{'+' if sign else ''}.{digits}f}"


def signed(value: float, digits: int = 1) -> str:
    """A number with its sign; what rounds to nothing has none."""
    rounded = round(value, digits) + 0.0
    return f"{rounded:+.{digits}f}".replace("-", "\u2212") if rounded else f"{0:.{digits}f}"


def per_thousand(value: float, sign: bool = False) -> str:
    """A number of 1,000 patients with two digits that count, and no exponent.

    >>> per_thousand(253.4), per_thousand(1.572, True), per_thousand(0.00463), per_thousand(0.998)
    ('250', '+1.6', '0.0046', '1.0')
    """
    if abs(value) < 5e-5:
        return "0"
    rounded = round(value, 1 - math.floor(math.log10(abs(value))))
    digits = max(0, 1 - math.floor(math.log10(abs(rounded))))
    return f"{rounded:{'+' if sign else ''}.{digits}f}".replace("-", "\u2212")


def harm_table(rows: Sequence[HarmRow]) -> str:
    """What drugs add to each arm, of 1,000 patients."""
    body = [
        [
            r["words"],
            r["arm"],
            per_thousand(r["per_1000"]),
            per_thousand(r["added"], True),
            f"{per_thousand(r['added_lo90'])} to {per_thousand(r['added_hi90'])}",
            f"{r['events']}/{r['patients']}",
            r["remark"],
        ]
        for r in rows
        if r["causes"]
    ]
    if not body:
        return ""
    month = f"by month {rows[0]['months']:g}"
    head = ["harm", "arm", f"of 1,000 {month}", "added by drugs", "90 %", "drawn here", ""]
    return grid(head, body)


def replica_table(rows: Sequence[CohortRow]) -> str:
    """Published beside simulated, one line a row that could be compared."""
    body = []
    for r in sorted(
        (r for r in rows if r["simulated"] is not None),
        key=lambda r: (r["cohort"], r["arm"], r["endpoint"], r["months"]),
    ):
        months = f"{r['from_month']:g}-{r['months']:g}" if r["from_month"] else f"{r['months']:g}"
        mark = "" if r["inside"] else "*"
        body.append(
            [
                r["cohort"],
                r["arm"],
                NAMES.get(r["endpoint"], r["endpoint"]),
                months,
                _number(r["published"]),
                _number(r["simulated"]),
                f"{r['lo90']:+.1f} to {r['hi90']:+.1f}{mark}",
                _number(r["difference"]),
                _number(r["naive_class"]),
            ]
        )
    head = ["cohort", "arm", "outcome", "month", "published %", "simulated %", "90 % interval", "diff", "class mean"]
    left = sum(1 for r in rows if r["simulated"] is None)
    tail = f"\n* published value outside the interval. {left} published rows are not comparable (see --json for each reason)."
    return grid(head, body) + tail


SHORT = {"cum_incidence_pct": "%", "rate_per_10k_py": "per 10,000 years"}  # units of published harms


def safety_table(rows: Sequence[CohortRow]) -> str:
    """Published harms beside simulated ones."""
    body = [
        [
            r["cohort"],
            r["arm"],
            r["endpoint"].replace("_", " "),
            f"{r['months']:g}",
            SHORT.get(r["unit"], r["unit"]),
            f"{r['published']:.3g}",
            f"{r['simulated']:.3g}",
            f"{r['lo90']:.2g} to {r['hi90']:.2g}" + ("" if r["inside"] else " *"),
            r["used"],
            r["confidence"],
        ]
        for r in rows
    ]
    head = [
        "cohort",
        "arm",
        "harm",
        "month",
        "unit",
        "published",
        "simulated",
        "90 % interval",
        "used as",
        "confidence",
    ]
    inside = {u: [r["inside"] for r in rows if r["used"] == u] for u in ("input", "same trial", "check")}
    held = ", ".join(f"{u} {sum(found)} of {len(found)}" for u, found in inside.items())
    note = "input: the figure is in the table of harms, so that it is met proves nothing; same trial: another figure of it is."
    return f"{grid(head, body)}\n{note}\n* outside the interval. Inside: {held}."


def score_table(scores: Sequence[ErrorSummary]) -> str:
    """RMSE per table and endpoint, beside the naive forecasts."""
    body = [
        [
            ROLES.get(s["role"], s["role"]),
            NAMES.get(s["endpoint"], s["endpoint"]),
            str(s["rows"]),
            _number(s["rmse"], 2, False),
            _number(s["rmse_no_change"], 2, False),
            _share(s["skill_no_change"]),
            _number(s["rmse_same_rows"], 2, False),
            _number(s["rmse_class_mean"], 2, False),
            _share(s["skill"]),
            str(s["rows_class_mean"]),
            f"{s['inside_90']:.0%}",
        ]
        for s in scores
    ]
    head = [
        "table",
        "outcome",
        "rows",
        "RMSE",
        "no change",
        "skill",
        "RMSE*",
        "class mean*",
        "skill*",
        "rows*",
        "in 90 %",
    ]
    note = "RMSE in points (BMD) or log of fold change (markers); skill = 1 - RMSE / reference RMSE."
    note += " * on the rows where a class mean exists."
    return grid(head, body) + "\n" + note + "\n" + reference_forecast_verdict(scores)


def reference_forecast_verdict(scores: Sequence[ErrorSummary]) -> str:
    """How many tables beat both reference forecasts, and which do not."""
    known = [s for s in scores if s["skill"] is not None and s["skill_no_change"] is not None]
    lost = [s for s in known if s["skill"] <= 0 or s["skill_no_change"] <= 0]
    names = [f"{ROLES.get(s['role'], s['role'])} {NAMES.get(s['endpoint'], s['endpoint'])}" for s in lost]
    told = f"{len(known) - len(lost)} of {len(known)} tables beat both reference forecasts"
    return told + (f"; not: {', '.join(names)}." if names else ".")


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:+.0%}"


def endpoint_table(rows: Sequence[dict[str, Any]]) -> str:
    """Endpoints of a run."""
    body = []
    for r in rows:
        p = "" if r.get("p") is None else f"{r['p']:.2g}"
        name = FRACTURE_LABELS.get(r["endpoint"], r["endpoint"])
        body.append(
            [
                name,
                f"{r['visit_months']:g}",
                r["arm"],
                f"{r['observed']}/{r['n']}",
                mean_of(r),
                effect_of(r),
                p,
                evidence_of(r),
            ]
        )
    head = [
        "endpoint",
        "month",
        "arm",
        "observed",
        "mean (interval)",
        "difference or ratio (interval)",
        "p",
        "rests on",
    ]
    return grid(head, body)


def evidence_of(r: dict[str, Any]) -> str:
    """What a row rests on, as a reader says it."""
    return "assumption" if r["evidence"] == "assumed" else f"{r['evidence']} data"


def uncertainty_table(rows: Sequence[dict[str, Any]]) -> str:
    """What cells add to their arms over everything uncertain: intervals alone."""
    body = [
        [
            NAMES.get(r["endpoint"], r["endpoint"]),
            f"{r['visit_months']:g}",
            r["arm"],
            f"{signed(r['lo90'])} to {signed(r['hi90'])}",
            f"{r['chance_noticeable']:.0%}",
            evidence_of(r),
        ]
        for r in rows
    ]
    if not body:
        return ""
    head = ["what cells add", "month", "arm", "90 % of draws", "relevant in", "rests on"]
    return (
        grid(head, body) + "\nAgainst the same arm without its cells; carried over from animals by an unknown factor."
    )


def planning_table(rows: Sequence[dict[str, Any]]) -> str:
    """What a planner asks of each comparison: power, assurance, share of uncertainty, patients needed."""
    body = []
    for r in rows:
        if r.get("power") is None:
            continue
        name = FRACTURE_LABELS.get(r["endpoint"], r["endpoint"])
        needed = "" if r.get("patients_needed_90") is None else str(r["patients_needed_90"])
        shares = ["" if r.get(k) is None else f"{r[k]:.0%}" for k in ("power", "assurance", "uncertainty_share")]
        body.append([name, f"{r['visit_months']:g}", r["arm"], *shares, needed])
    head = ["endpoint", "month", "arm", "power", "assurance", "share that is unknown for all", "patients for 90 %"]
    return grid(head, body) if body else ""


def mean_of(r: dict[str, Any]) -> str:
    """An arm's mean, or its incidence with the fractures behind it, and the interval of either."""
    if r["mean"] is None:
        return ""
    known = r["lo"] is not None and r["hi"] is not None
    if r["as"] == "incidence":
        span = f", {r['lo']:.1f} to {r['hi']:.1f}" if known else ""
        return f"{r['mean']:.1f} % ({r['events']}{span})"
    if not known:
        return f"{r['mean']:+.2f} (no interval)" if r["evidence"] == "human" else "no interval"
    return f"{r['mean']:+.2f} ({r['lo']:+.2f} to {r['hi']:+.2f})"


def effect_of(r: dict[str, Any]) -> str:
    """An arm against its comparator; of fractures under cells only the interval."""
    if r.get("ratio_lo") is not None:
        told = "" if r.get("ratio") is None else f"{r['ratio']:.2f} "
        expected = "" if r.get("expected_ratio") is None else f", expected {r['expected_ratio']:.2f}"
        return f"x {told}({r['ratio_lo']:.2f} to {r['ratio_hi']:.2f}){expected}"
    if r.get("difference") is None:
        return ""
    if r.get("analysis") == "ratio":
        return f"x {r['difference']:.2f} ({r['difference_lo']:.2f} to {r['difference_hi']:.2f})"
    return f"{r['difference']:+.2f} ({r['difference_lo']:+.2f} to {r['difference_hi']:+.2f})"


def cut(text: str, width: int) -> str:
    """A text in at most so many characters; one that is cut ends in an ellipsis.

    >>> cut("a long tale", 7), cut("short", 7)
    ('a long…', 'short')
    """
    return text if len(text) <= width else text[: width - 1].rstrip() + "…"


def claim_table(rows: Sequence[ClaimRow]) -> str:
    """Verdicts, one line a claim, and how many rest on what; what is no evidence is counted apart from what holds."""
    body = [[r["id"], r["verdict"], r["basis"], cut(str(r["figure"]), 110)] for r in rows]
    counts: dict[str, int] = {}
    for r in rows:
        key = f"{r['verdict']} ({r['basis']})" if r["verdict"] == "holds" else str(r["status"])
        key = "merged with a twin" if r["twin"] else key
        counts[key] = counts.get(key, 0) + 1
    told = ", ".join(f"{n} {k}" for k, n in sorted(counts.items()))
    wrong = [
        f"{r['id']} fails, the {r['at_fault']} is wrong: {r['because'] or r['figure']}" for r in rows if r["at_fault"]
    ]
    scores = [r["mutation_score"] for r in rows if r["verdict"] == "holds" and r["mutation_score"] is not None]
    moved = (
        f" Of the broken mechanisms a claim that holds is turned by {sum(scores) / len(scores):.0%} on average."
        if scores
        else ""
    )
    return "\n".join([grid(["claim", "verdict", "basis", "figure"], body), *wrong, f"{told}.{moved}"])


def experiment_table(rows: Sequence[ExperimentRow]) -> str:
    """Verdicts, one line an experiment, all findings of up to three, and how many rest on what."""
    body = [[r["id"], r["study"], r["verdict"], r["basis"], _first_miss(str(r["figure"]))] for r in rows]
    text = grid(["id", "study", "verdict", "basis", "a finding"], body)
    if len(rows) <= 3:
        text += "\n" + "\n".join(f"{r['id']}: {r['figure']}.\n  The source: {r['says']}" for r in rows)
    held = sum(r["verdict"] == "holds" for r in rows)
    bases = ", ".join(f"{sum(r[b] for r in rows)} {b}" for b in ("emergent", "entailed", "fitted"))
    return f"{text}\n{held} of {len(rows)} hold. Findings that hold: {bases}. Research use only."


def _first_miss(figure: str) -> str:
    """The first finding that is not as the source says, else the first, cut to a line."""
    parts = figure.split("; ")
    return cut(next((p for p in parts if " NOT " in p), parts[0]), 100)
