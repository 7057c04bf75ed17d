"""What a planner asks: what cells may do and what is not known of it, power, assurance, and how many patients."""

from __future__ import annotations

import math
from typing import Any

from osteon.charts import courses, forest
from osteon.charts.scales import percent, plain, round_ticks, signed, span
from osteon.evidence.outcome import in_points
from osteon.report.blocks import Block, Figure, Fold, Head, Section, Table, Text, Words, arm_name, joined
from osteon.report.study_data import StudyRun, label_of
from osteon.report.trial_planning import counted, plain_name, plans

Row = dict[str, Any]


def unknown(run: StudyRun) -> Section | None:
    """What cells add, over all parameter draws."""
    rows = run.result.get("knowledge", [])
    if not rows:
        return None
    draws = rows[0].get("parameter_draws", rows[0].get("worlds"))
    lead = f"What cells do in people is carried over from animals by a factor between nothing and all ({draws} draws of everything uncertain). Read the intervals, not the middles."
    heads = [
        Head("Arm with cells", left=True),
        Head("What is likely", left=True),
        Head("What is not known", left=True),
        Head("What it hangs on", left=True),
        Head("Patients a real trial would need", "90 % power", True),
        Head("An earlier sign", left=True),
    ]
    body = [
        [
            arm_name(p["arm"], run.number(p["arm"])),
            p["likely"],
            p["unknown"],
            p["matters"],
            p["patients"],
            p["early"] or "none that a trial could show",
        ]
        for p in plans(rows)
    ]
    note = (
        f"Noticeable: more than {plain(rows[0]['noticeable'], 0)} point of BMD, or 10 % of a marker. Nothing is claimed about fractures beyond "
        "what BMD implies; no dose is called best, no source superior, and a risk of tumours is not excluded."
    )
    blocks: list[Block] = [
        Text(lead, "lead"),
        Table("What to expect of the cells when planning", heads, body, "", note),
    ]
    blocks.append(_added(run, rows))
    blocks.append(_details(run, rows))
    return Section("unknown", "What is likely, what is not known", blocks)


def _added(run: StudyRun, rows: list[Row]) -> Figure:
    def group(k: Row) -> str:
        words = label_of(k["endpoint"])
        return f"{words[0].upper()}{words[1:]}, month {k['visit_months']:g}"

    found = {}
    for marker in (False, True):
        own = [k for k in rows if in_points(k["endpoint"]) != marker]
        if own:
            members = [
                forest.Row(
                    group(k),
                    k["arm"],
                    run.number(k["arm"]),
                    math.nan,
                    math.nan,
                    k["hi90"],
                    span(k["lo90"], k["hi90"], 1, True),
                    (k["lo90"], k["hi90"]),
                )
                for k in own
            ]
            found[marker] = forest.Group(
                "Markers and others, points" if marker else "Bone, points of BMD",
                members,
                "",
                left="◀ less",
                right="more ▶",
                sides=("cs", "cs"),
            )
    groups = list(found.values())
    words = "; ".join(f"{r.group}, {r.name}: {r.words}" for g in groups for r in g.rows)
    keys = [("outer", "90 % of parameter draws; no middle is drawn, since it is not known")]
    return Figure(
        "What the cells add to the same arm without them", lambda narrow: forest.draw(groups, narrow), words + ".",
        "Where an interval begins at 0, nothing at all is among the answers.", "Points, over all draws of parameter uncertainty", keys,
        [{k: v for k, v in r.items() if not isinstance(v, list | dict)} for r in rows],
    )  # fmt: skip


def _details(run: StudyRun, rows: list[Row]) -> Fold:
    heads = [
        Head("Arm and endpoint", left=True),
        Head("Adds", "90 % of draws"),
        Head("Chance of a minimal important difference"),
        Head("Patients an arm", "if the high end is true"),
        Head("Patients an arm", "if the middle is"),
        Head("Hangs most on", "rank correlation", True),
    ]
    body = []
    for k in rows:
        drivers = "; ".join(f"{plain_name(name)} ({signed(rank, 2)})" for name, rank in k["drivers"][:3])
        body.append([
            joined([arm_name(k["arm"], run.number(k["arm"])), f"{label_of(k['endpoint'])}, month {k['visit_months']:g}"], ", "),
            span(k["lo90"], k["hi90"], 1, True), percent(k["chance_noticeable"]), counted(k["patients_if_high"]),
            counted(k["patients_if_median"]), drivers,
        ])  # fmt: skip
    note = "Rank correlation over the parameter draws; after the first, over the draws in which anything translates."
    return Fold(
        "Endpoint by endpoint, and what each hangs on",
        [Table("What the cells add, endpoint by endpoint", heads, body, "", note)],
    )


def power(run: StudyRun) -> Section:
    """Power at the size of this study and at others, assurance, and how a set of trials came out."""
    rows = [r for r in run.result["endpoints"] if r.get("power") is not None]
    levels = run.result.get("levels", "")
    if not rows:
        return Section(
            "power",
            "Power and assurance",
            [Text(levels or "No endpoint compares arms, so no power is given."), *_several(run)],
        )
    blocks: list[Block] = [Text(_lead(rows), "lead")]
    blocks += _curve_figure(run)
    blocks.append(_table(run, rows))
    if run.result.get("power"):
        blocks.append(Fold("Power and assurance over the number of patients", [_curve_table(run)]))
    return Section("power", "Power and assurance", [*blocks, *_several(run), Text(levels, "small")])


def _lead(rows: list[Row]) -> str:
    r = rows[0]
    text = f"With {r['n']} patients an arm the first comparison ({label_of(r['endpoint'])}, {r['arm']}) comes out with a power of {percent(r['power'])}"
    if r.get("assurance") is not None:
        text += f" if the central draw is right, and {percent(r['assurance'])} averaged over parameter uncertainty (assurance)"
    text += "."
    if r.get("uncertainty_share") is not None:
        text += f" Of the spread of results, {percent(r['uncertainty_share'])} is parameter uncertainty and does not shrink with more patients."
    return text


def _table(run: StudyRun, rows: list[Row]) -> Table:
    levels = rows[0].get("prediction_levels") or "persons, measurement"
    heads = [
        Head("Endpoint and arm"),
        Head("To be expected"),
        Head("Result of a new trial", f"95 %: {levels}"),
        Head("Power"),
        Head("Assurance"),
        Head("Unknown for all", "share of the spread"),
        Head("Patients an arm", "for 90 % power"),
    ]
    body: list[list[Words]] = []
    for r in rows:
        expected = (
            signed(r["expected_difference"], 2)
            if r.get("expected_difference") is not None
            else f"ratio {plain(r['expected_ratio'], 2)}"
            if r.get("expected_ratio") is not None
            else ""
        )
        new = span(r["prediction_lo"], r["prediction_hi"], 2, True) if r.get("prediction_lo") is not None else ""
        extra = "" if r.get("hypothesis") in (None, "difference") else f", {r['hypothesis'].replace('_', ' ')}"
        body.append([
            joined([f"{label_of(r['endpoint'])}, month {r['visit_months']:g}{extra},", arm_name(r["arm"], run.number(r["arm"]))]),
            expected, new, percent(r["power"]), "" if r.get("assurance") is None else percent(r["assurance"]),
            "" if r.get("uncertainty_share") is None else percent(r["uncertainty_share"]),
            "" if r.get("patients_needed_90") is None else f"{r['patients_needed_90']:,}",
        ])  # fmt: skip
    note = (
        "Power: the chance of p below alpha with these patients if the central draw of the parameters is right. Assurance: the same averaged over "
        "parameter draws, successes in the expected direction alone. More patients narrow chance and measurement, not parameter uncertainty. "
        "Patients for 90 % power: those of one share of the allocation, everybody who leaves counted."
    )
    data = [{k: v for k, v in r.items() if not isinstance(v, list | dict)} for r in rows]
    return Table("Would a trial of this size show it", heads, body, "", note, data)


def _curve_figure(run: StudyRun) -> list[Block]:
    """One panel a comparison, at most four: those that a change of size would change."""
    curves: dict[tuple[str, float, str], list[Row]] = {}
    for c in run.result.get("power", []):
        curves.setdefault((c["endpoint"], c["visit_months"], c["arm"]), []).append(c)
    several = {k: _first_hypothesis(v) for k, v in curves.items()}
    moving = [(k, v) for k, v in several.items() if len(v) > 1 and min(x["power"] for x in v) < 0.995]
    if not moving:
        return []
    panels, data = [], []
    for (endpoint, month, arm), own in moving[:4]:
        n = [c["n"] for c in own]
        number = run.number(arm)
        lines = [
            courses.Line(number, "power", n, [100 * c["power"] for c in own], label="power", marked=False, dash="")
        ]
        if all(c.get("assurance") is not None for c in own):
            lines.append(
                courses.Line(
                    number,
                    "assurance",
                    n,
                    [100 * c["assurance"] for c in own],
                    label="assurance",
                    marked=False,
                    dash="6 4",
                )
            )
        words = label_of(endpoint)
        panels.append(courses.Panel(f"{_short(arm)}: {words}, month {month:g}", lines, "power"))
        data += own
    sizes = sorted({c["n"] for c in data})
    ticks = round_ticks(0, sizes[-1], 5)
    axes = courses.Axes(
        "patients in the arm", [t for t in ticks if t <= sizes[-1] * 1.001], 2, ceiling=100.0, height=150
    )
    words = "; ".join(
        f"{label_of(c['endpoint'])}, {c['arm']}, {c['n']} patients: power {percent(c['power'])}" for c in data[:8]
    )
    left = len(several) - len(moving[:4])
    caption = (
        f"{left} more comparison{'s stand' if left > 1 else ' stands'} in the table alone: power hardly changes with size there, or there was no room."
        if left
        else ""
    )
    return [
        Figure(
            "Chance that the trial comes out, over its size, in %", lambda narrow: courses.draw(panels, axes, narrow), words + ".", caption,
            "Full line: power in the central draw; broken line: assurance, averaged over parameter uncertainty", [("mean", "power"), ("dash", "assurance")], data,
        )
    ]  # fmt: skip


def _first_hypothesis(rows: list[Row]) -> list[Row]:
    """Rows of the first hypothesis, where an endpoint has several: one for each size."""
    found: dict[float, Row] = {}
    for r in rows:
        found.setdefault(r["n"], r)
    return list(found.values())


def _short(name: str) -> str:
    return name if len(name) <= 16 else name[:15].rstrip() + "…"


def _curve_table(run: StudyRun) -> Table:
    heads = [
        Head("Endpoint and arm"),
        Head("Patients in the arm"),
        Head("In its comparator"),
        Head("Power"),
        Head("Assurance"),
    ]
    rows = [
        [joined([f"{label_of(c['endpoint'])},", arm_name(c["arm"], run.number(c["arm"]))]), f"{c['n']:,}", f"{c['n_comparator']:,}", percent(c["power"]),
         "" if c.get("assurance") is None else percent(c["assurance"])]
        for c in run.result["power"]
    ]  # fmt: skip
    return Table("Power over the number of patients", heads, rows, data=run.result["power"])


def _several(run: StudyRun) -> list[Block]:
    """How several trials came out, each analysed by itself."""
    rows = [r for r in run.result["endpoints"] if r.get("results_sd") is not None]
    if not rows:
        return []
    heads = [
        Head("Endpoint and arm"),
        Head("Trials"),
        Head("Results", "95 % of trials"),
        Head("SD of results"),
        Head("With p below alpha"),
    ]
    body = [
        [joined([f"{label_of(r['endpoint'])},", arm_name(r["arm"], run.number(r["arm"]))]), str(r["trials"]),
         span(r["results_lo"], r["results_hi"], 2) + (" (ratio)" if r["as"] == "incidence" else ""), plain(r["results_sd"], 2),
         "" if r.get("significant") is None else percent(r["significant"])]
        for r in rows
    ]  # fmt: skip
    note = "The table of endpoints shows a typical trial: means of estimates and of the ends of intervals over the trials, the median p."
    return [
        _trials_figure(run, rows),
        Table(f"{rows[0]['trials']} trials, each analysed by itself", heads, body, "", note),
    ]


def _trials_figure(run: StudyRun, rows: list[Row]) -> Figure:
    """The result of every trial for the first comparison, in the order of their results."""
    first = rows[0]
    own = [
        t
        for t in run.result.get("trials", [])
        if (t["arm"], t["endpoint"], t["visit_months"]) == (first["arm"], first["endpoint"], first["visit_months"])
    ]
    ratio = first["as"] == "incidence"
    value, low, high = ("ratio", "ratio_lo", "ratio_hi") if ratio else ("difference", "difference_lo", "difference_hi")
    seen = {t["trial"]: t for t in own if t.get(value) is not None and t.get(low) is not None}
    ordered = sorted(seen.values(), key=lambda t: t[value])
    if len(ordered) > 40:
        ordered = [ordered[int((i + 0.5) * len(ordered) / 40)] for i in range(40)]
    number = run.number(first["arm"])
    digits = 2 if ratio else 1
    members = [
        forest.Row(
            f"draw {t['draw']}, trial {t['replicate'] + 1}",
            "",
            number,
            t[value],
            t[low],
            t[high],
            f"{plain(t[value], digits)} ({span(t[low], t[high], digits)})",
        )
        for t in ordered
    ]
    title = f"{label_of(first['endpoint'])}, month {first['visit_months']:g}: {first['arm']} against {first['compare']}"
    group = forest.Group(
        title[0].upper() + title[1:],
        members,
        "ratio" if ratio else "points" if first["as"] == "percent_change" else "",
        ratio,
        zero=1.0 if ratio else 0.0,
    )
    words = "; ".join(f"{m.group}: {m.words}" for m in members)
    return Figure(
        "The same study, trial after trial", lambda narrow: forest.draw([group], narrow), words + ".",
        "Each line is a trial of its own with patients of its own. Draws differ in the parameters, trials in one draw by chance.",
        "The first comparison; in the order of results", [("chance", "result of one trial with its 95 %")],
        [{k: v for k, v in t.items() if not isinstance(v, list | dict)} for t in own],
    )  # fmt: skip
