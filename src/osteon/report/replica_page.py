"""The report of replayed cohorts: how far off, the misses, courses with published points, fractures, harms, every number."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from osteon.charts import courses, forest
from osteon.charts.scales import month_ticks, percent, plain, signed, span
from osteon.evidence import load_cohort
from osteon.evidence.outcome import in_points
from osteon.io.files import write_atomic
from osteon.replication.cohort_rows import CohortRow, CurvePoint
from osteon.replication.mechanism import LINKS, chain
from osteon.replication.trials import Replica, summary
from osteon.report.blocks import (
    Band,
    Block,
    Figure,
    Fold,
    Head,
    Heading,
    Report,
    Section,
    Table,
    Text,
    Words,
    badge,
    bold,
    joined,
    provenance_section,
)
from osteon.report.fracture_tables import FRACTURE_TABLES_UNITS, OF, is_fracture
from osteon.report.page import provenance, render_report
from osteon.report.tables import NAMES, ROLES, SHORT

Row = CohortRow
SIGNS = {"calibrate": "○", "holdout": "◐", "holdout_temporal": "◐", "same_cohort_check": "◐"}
MAX_MISSES = 12


def write_replica_report(
    path: Path, replicas: Sequence[Replica], patients_per_arm: int, seed: int, live: Block | None = None
) -> None:
    """Write the report of some replayed cohorts.   live : the living page of their drugs, or none"""
    report = replica_report(replicas, patients_per_arm, seed)
    if live is not None:
        report = report.with_section(Section("live", "Try it yourself", [live]), "provenance")
    write_atomic(path, render_report(report))


def replica_report(replicas: Sequence[Replica], patients_per_arm: int, seed: int) -> Report:
    """The report of some replayed cohorts."""
    compared = [r for replica in replicas for r in replica.rows if r["simulated"] is not None]
    rows = [r for r in compared if not is_fracture(r)]
    broken = [r for r in compared if is_fracture(r)]
    names = ", ".join(r.cohort for r in replicas)
    title = f"{names}, replayed" if len(replicas) <= 3 else f"{len(replicas)} published cohorts, replayed"
    sections = [_answer(replicas, rows, broken, patients_per_arm), _errors(rows), _misses(rows)]
    if broken:
        sections.append(_fractures(broken))
    sections += [_cohort(r, len(replicas) <= 3) for r in replicas]
    again = f"osteon replicate {' '.join(r.cohort.lower() for r in replicas)} --patients {patients_per_arm} --seed {seed} --report again.html"
    sections.append(_methods(patients_per_arm))
    sections.append(provenance_section(provenance(seed, {"virtual patients an arm": patients_per_arm}), again))
    about = [
        "Published trials, replayed",
        f"{patients_per_arm} virtual patients an arm",
        "one parameter set for all arms and drugs",
    ]
    return Report(title, about, [s for s in sections if s is not None])


def _answer(replicas: Sequence[Replica], rows: Sequence[Row], broken: Sequence[Row], patients_per_arm: int) -> Section:
    inside = sum(bool(r["inside"]) for r in rows)
    parts: list[Words] = []
    if rows:
        bone = [abs(r["difference"]) for r in rows if in_points(r["endpoint"]) and r["difference"] is not None]
        parts.append(
            joined(["Of", f"{len(rows)} published changes", bold(f"{inside} lie inside"), "their 90 % interval"])
        )
        if bone:
            parts.append(
                joined(
                    [
                        "BMD is off by",
                        bold(f"{plain(sum(bone) / len(bone), 1)} points"),
                        f"on average, {plain(max(bone), 1)} at most",
                    ]
                )
            )
    if broken:
        parts.append(
            f"of {len(broken)} published figures of fractures {sum(bool(r['inside']) for r in broken)} lie inside theirs"
        )
    text = (
        joined([joined(parts, "; "), "."], "")
        if parts
        else Text("No published row of these cohorts could be compared.").words
    )
    blocks: list[Block] = [Text(text, "say")]
    roles = Counter(str(r["role"]) for r in [*rows, *broken])
    kinds = ", ".join(f"{SIGNS.get(k, '●')} {n} {ROLES.get(k, k)}" for k, n in roles.items())
    if kinds:
        blocks.append(
            Text(
                f"Kinds of evidence: {kinds}. The fuller the sign, the stronger the row is as a test: a calibrated row was used in the fit.",
                "small",
            )
        )
    lost = [r.cohort for r in replicas if not r.curves]
    if lost:
        blocks.append(Text(f"Could not be replayed: {', '.join(lost)}; the reason stands with each.", "note"))
    return Section("answer", "The answer", blocks)


def _errors(rows: Sequence[Row]) -> Section | None:
    scores = summary(list(rows))
    if not scores:
        return None
    heads = [
        Head("Outcome"),
        Head("Rows"),
        Head("Error here", "RMSE"),
        Head("No change at all", "RMSE"),
        Head("Drug class elsewhere", "RMSE, same rows"),
        Head("Better than the class by"),
        Head("Inside 90 %"),
    ]
    body: list[Any] = []
    role = ""
    for s in scores:
        if s["role"] != role:
            role = s["role"]
            body.append(Band(f"{SIGNS.get(role, '●')} {ROLES.get(role, role)}"))
        ours = plain(s["rmse"], 2) if s["rmse"] is not None else "none"
        same = (
            f"{plain(s['rmse_class_mean'], 2)} (here {plain(s['rmse_same_rows'], 2)})"
            if s["rmse_class_mean"] is not None
            else "none"
        )
        body.append(
            [
                NAMES.get(s["endpoint"], s["endpoint"]),
                str(s["rows"]),
                ours,
                plain(s["rmse_no_change"], 2) if s["rmse_no_change"] is not None else "none",
                same,
                "" if s["skill"] is None else percent(s["skill"]),
                percent(s["inside_90"]),
            ]
        )
    note = "Points of change for BMD, logs of fold change for markers. Two forecasts that know nothing of the model stand beside it: no change at all, and the mean curve of the drug's class in other cohorts."
    table = Table(
        "How far off, outcome by outcome",
        heads,
        body,
        "Root mean square error",
        note,
        [{k: v for k, v in s.items() if not isinstance(v, list | dict)} for s in scores],
    )
    return Section("errors", "How far off", [table])


def _misses(rows: Sequence[Row]) -> Section:
    outside = [r for r in rows if not r["inside"]]
    outside.sort(key=lambda r: -abs(r["error"]) * (1 if in_points(r["endpoint"]) else 6))
    if not outside:
        return Section("misses", "The largest misses", [Text("Every published value lies inside its 90 % interval.")])
    heads = [
        Head("Cohort and arm", left=True),
        Head("Outcome", left=True),
        Head("Month"),
        Head("Published", "%"),
        Head("Simulated", "% (90 %)"),
    ]
    body: list[Any] = [
        [
            f"{r['cohort']}, {r['arm']}",
            NAMES.get(r["endpoint"], r["endpoint"]),
            plain(r["months"]),
            signed(r["published"]),
            f"{signed(r['simulated'])} ({span(r['lo90'], r['hi90'], 1, True)})",
        ]
        for r in outside[:MAX_MISSES]
    ]
    note = (
        f"The {MAX_MISSES} largest of {len(outside)}; all of them are in the file." if len(outside) > MAX_MISSES else ""
    )
    data = [
        {k: r[k] for k in ("cohort", "arm", "endpoint", "months", "published", "simulated", "lo90", "hi90")}
        for r in outside
    ]
    return Section(
        "misses", "The largest misses", [Table("Published values outside their interval", heads, body, "", note, data)]
    )


def _fractures(rows: Sequence[Row]) -> Section:
    ratios = [r for r in rows if r["metric"] == "log ratio" and r["unit"] != "RRR_pct"]
    lead = "Expected figures: no fracture is drawn, so they have no noise of drawing. The hazard knows the bone and the person, no drug."
    figure = [_fracture_ratios(ratios)] if ratios else []
    return Section("fractures", "Fractures", [Text(lead, "lead"), *figure, _fracture_table(rows)])


RATIO_COLUMNS = (
    "cohort", "arm", "comparator", "endpoint", "months", "published", "published_lo", "published_hi", "simulated", "lo90", "hi90",
)  # fmt: skip


def _published_ends(r: Row) -> tuple[float, float] | None:
    """The published 95 % interval, where there is one."""
    return (
        (r["published_lo"], r["published_hi"])
        if r["published_lo"] is not None and r["published_hi"] is not None
        else None
    )


def _fracture_ratios(ratios: Sequence[Row]) -> Figure:
    """Ratios to the comparator, published and expected."""
    members = [
        forest.Row(_comparison(r), "", 1, r["simulated"], r["lo90"], r["hi90"], f"{plain(r['simulated'], 2)}; published {plain(r['published'], 2)}",
                   _published_ends(r), r["published"])
        for r in ratios
    ]  # fmt: skip
    group = forest.Group(
        "Ratio to the comparator", members, "expected; published", True, zero=1.0, left="◀ fewer fractures", right="more ▶",
    )  # fmt: skip
    return Figure(
        "Fractures against a comparator, published and expected",
        lambda narrow: forest.draw([group], narrow),
        "; ".join(f"{m.group}: {m.words}" for m in members) + ".",
        "",
        "Ratios on a logarithmic axis",
        [("chance", "expected, with its 90 %"), ("published", "published"), ("outer", "its 95 %")],
        [{k: r[k] for k in RATIO_COLUMNS} for r in ratios],
    )


def _fracture_table(rows: Sequence[Row]) -> Table:
    """Every published figure of fractures beside the expected one."""
    heads = [
        Head("Fracture and arm", left=True),
        Head("Month"),
        Head("Unit", left=True),
        Head("Published", "(95 %)"),
        Head("Expected", "(90 %)"),
        Head("Class mean"),
        Head("Inside"),
    ]
    body: list[Any] = [
        [_comparison(r), f"{r['from_month']:g} to {r['months']:g}" if r["from_month"] else f"{r['months']:g}", FRACTURE_TABLES_UNITS.get(r["unit"], r["unit"]),
         plain(r["published"], 2) + (f" ({span(*ends, 2)})" if (ends := _published_ends(r)) else ""),
         f"{plain(r['simulated'], 2)} ({span(r['lo90'], r['hi90'], 2)})", "none" if r["naive_class"] is None else plain(r["naive_class"], 2), _inside(r)]
        for r in rows
    ]  # fmt: skip
    data = [{k: v for k, v in r.items() if not isinstance(v, list | dict)} for r in rows]
    return Table("Every published figure of fractures", heads, body, data=data)


def _comparison(r: Row) -> str:
    against = f" against {r['comparator']}" if r["comparator"] else ""
    return f"{OF[r['endpoint']][0].upper()}{OF[r['endpoint']][1:]}, {r['cohort']}: {r['arm']}{against}"


def _inside(r: Row) -> Words:
    return badge("✓ inside", "good") if r["inside"] else badge("✕ outside", "bad")


def _cohort(replica: Replica, whole: bool) -> Section:
    """One cohort: its courses beside published values, what drives them, who they are, harms, every number."""
    blocks: list[Block] = [*_courses(replica)]
    rows = [r for r in replica.rows if r["simulated"] is not None and not is_fracture(r)]
    if whole and LINKS and replica.curves:
        blocks.append(_mechanism(replica))
    if replica.patients:
        blocks.append(_people(replica))
    if replica.safety:
        blocks.append(_harms(replica))
    if rows:
        blocks.append(Fold("Every number of this cohort", [_numbers(replica, rows)]))
    left = Counter(str(r["reason"]) for r in replica.rows if r["simulated"] is None)
    if left:
        reasons = "; ".join(f"{n} because {reason}" for reason, n in left.items())
        blocks.append(Text(f"{sum(left.values())} published rows are not compared: {reasons}.", "small"))
    return Section(
        f"cohort-{replica.cohort.lower()}",
        replica.cohort,
        blocks or [Text("No published row of this cohort could be compared.")],
    )


def in_order(cohort: str, names: Sequence[str]) -> list[str]:
    """Arms of a cohort as every figure has them: those given nothing first, then as its file has them."""
    own = [a.name for a in sorted(load_cohort(cohort).arms, key=lambda a: bool(a.regimen))]
    return [*own, *dict.fromkeys(n for n in names if n not in own)]


def _courses(replica: Replica) -> list[Block]:
    points = [r for r in replica.rows if r["simulated"] is not None and r["unit"] == "pct_change_baseline"]
    arms = in_order(replica.cohort, [c["arm"] for c in replica.curves])
    found: list[Block] = []
    for endpoint in NAMES:
        own = [c for c in replica.curves if c["endpoint"] == endpoint]
        seen = {p["arm"] for p in points if p["endpoint"] == endpoint}
        shown = [a for a in arms if a in seen and any(c["arm"] == a for c in own)] or [
            a for a in arms if any(c["arm"] == a for c in own)
        ][:3]
        if own and shown:
            found.append(_figure(replica, endpoint, own, points, shown, arms))
    return found


def _figure(
    replica: Replica, endpoint: str, curves: Sequence[CurvePoint], points: list[Row], shown: list[str], arms: list[str]
) -> Figure:
    panels, words = [], []
    data: list[dict[str, Any]] = []
    for arm in shown:
        own = [c for c in curves if c["arm"] == arm]
        published = [p for p in points if p["arm"] == arm and p["endpoint"] == endpoint]
        dots = [(p["months"], p["published"], math.nan, math.nan) for p in published]
        number = arms.index(arm)
        band = ([c["lo"] for c in own], [c["hi"] for c in own])
        line = courses.Line(
            number, arm, [c["months"] for c in own], [c["mean"] for c in own], person=band, points=dots, marked=False
        )
        panels.append(courses.Panel(arm, [line], endpoint, number))
        words += [
            f"{arm}, month {plain(p['months'])}: published {signed(p['published'])} %, simulated {signed(p['simulated'])} %"
            for p in published
        ]
        data += [
            {
                "arm": arm,
                "month": c["months"],
                "simulated_mean": c["mean"],
                "patients_p5": c["lo"],
                "patients_p95": c["hi"],
                "published": None,
            }
            for c in own
        ]
        data += [
            {
                "arm": arm,
                "month": p["months"],
                "simulated_mean": p["simulated"],
                "patients_p5": None,
                "patients_p95": None,
                "published": p["published"],
            }
            for p in published
        ]
    months = sorted({c["months"] for c in curves})
    axes = courses.Axes("month", month_ticks(months, 6), 3, height=150)
    title = f"{replica.cohort}: {NAMES[endpoint]}, change in %"
    keys = [
        ("mean", "mean of the virtual patients"),
        ("person", "middle 90 % of them"),
        ("published", "published mean"),
    ]
    return Figure(
        title,
        lambda narrow: courses.draw(panels, axes, narrow),
        ("; ".join(words) or "No published value of these arms") + ".",
        "",
        "One panel an arm, on one scale",
        keys,
        data,
    )


def _mechanism(replica: Replica) -> Figure:
    rows = chain(replica.cohort)
    arms = in_order(replica.cohort, [r["arm"] for r in rows])
    panels = []
    for link in dict.fromkeys(r["link"] for r in rows):
        lines = []
        for arm in arms:
            own = [r for r in rows if r["link"] == link and r["arm"] == arm]
            lines.append(
                courses.Line(arms.index(arm), arm, [r["months"] for r in own], [r["value"] for r in own], marked=False)
            )
        panels.append(courses.Panel(link[0].upper() + link[1:], lines))
    last = max(r["months"] for r in rows)
    axes = courses.Axes(
        "month", month_ticks([0, last] if last < 6 else [i * last / 4 for i in range(5)], 5), 3, height=110, zero=False
    )
    keys = [("mean", "an arm, in its colour and dash above")]
    return Figure(
        f"{replica.cohort}: what drives the effect", lambda narrow: courses.draw(panels, axes, narrow),
        "The chain from drug to bone in the typical patient: " + ", ".join(str(p.title) for p in panels) + ".",
        "The typical patient of the cohort, arm by arm, as ratios to the healthy young adult.", "One panel a link of the chain", keys, rows,
    )  # fmt: skip


def _people(replica: Replica) -> Table:
    from osteon.report.study_design import TRAITS

    covariates = replica.patients.covariates if replica.patients else {}
    assumed = dict(replica.patients.assumed) if replica.patients else {}
    rows: list[list[Words]] = []
    for key, words, unit, digits in TRAITS:
        if key in covariates:
            v = covariates[key]
            rows.append(
                [
                    f"{words}{', ' + unit if unit else ''}",
                    f"{plain(float(v.mean()), digits)} ({plain(float(v.std()), digits)})",
                    span(float(v.min()), float(v.max()), digits),
                ]
            )
    note = (
        "Not published, so assumed: " + "; ".join(f"{k.replace('_', ' ')} {v}" for k, v in assumed.items()) + "."
        if assumed
        else ""
    )
    return Table(
        f"{replica.cohort}: who the virtual patients are",
        [Head("Trait"), Head("Mean", "(SD)"), Head("From, to")],
        rows,
        "",
        note,
    )


def _harms(replica: Replica) -> Table:
    heads = [
        Head("Harm and arm", left=True),
        Head("Month"),
        Head("Unit", left=True),
        Head("Published", "(95 %)"),
        Head("Simulated", "(90 %)"),
        Head("Used as", left=True),
        Head("Inside"),
    ]
    body: list[Any] = [
        [f"{r['endpoint'].replace('_', ' ')}, {r['arm']}" + (f" against {r['comparator']}" if r["comparator"] else ""), plain(r["months"]), SHORT.get(r["unit"], r["unit"]),
         f"{r['published']:.3g}" + (f" ({r['published_lo']:.3g}\u00a0to\u00a0{r['published_hi']:.3g})" if r["published_lo"] is not None else ""),
         f"{r['simulated']:.3g} ({r['lo90']:.2g}\u00a0to\u00a0{r['hi90']:.2g})", f"{r['used']}; {r['confidence']}", _inside(r)]
        for r in replica.safety
    ]  # fmt: skip
    note = "Input: the figure went into the table of harms, so that it is met proves nothing; same trial: another figure of that trial did; check: neither. The interval holds how well the rate is known and the chance of a trial of that size."
    return Table(
        f"{replica.cohort}: harms, published and simulated",
        heads,
        body,
        "",
        note,
        [{k: v for k, v in r.items() if not isinstance(v, list | dict)} for r in replica.safety],
    )


def _numbers(replica: Replica, rows: Sequence[Row]) -> Table:
    heads = [
        Head("Arm and outcome", left=True),
        Head("Month"),
        Head("Published", "%"),
        Head("Simulated", "% (90 %)"),
        Head("Difference"),
        Head("Evidence", left=True),
        Head("Inside"),
    ]
    body: list[Any] = [
        [f"{r['arm']}, {NAMES.get(r['endpoint'], r['endpoint'])}", plain(r["months"]), signed(r["published"]), f"{signed(r['simulated'])} ({span(r['lo90'], r['hi90'], 1, True)})",
         signed(r["difference"]), f"{SIGNS.get(r['role'], '●')} {ROLES.get(r['role'], r['role'])}, {r['confidence']}", _inside(r)]
        for r in rows
    ]  # fmt: skip
    return Table(
        f"{replica.cohort}: every number",
        heads,
        body,
        data=[{k: v for k, v in r.items() if not isinstance(v, list | dict)} for r in rows],
    )


def _methods(patients_per_arm: int) -> Section:
    text = (
        f"Each cohort is drawn anew: {patients_per_arm} virtual patients an arm with the published means and spreads, given what the arm was given. Means of the virtual patients stand beside published "
        "means. The 90 % interval of a published mean holds parameters, differences from study to study, sampling and measurement."
    )
    return Section(
        "methods",
        "Methods",
        [
            Text(text),
            Heading("Reading the signs"),
            Text("○ calibrated: used in the fit. ◐ held out, but looked at before. ● never seen.", "small"),
        ],
    )
