"""What happened: courses by level of spread, effects with their intervals, first fractures, and every patient's change."""

from __future__ import annotations

import math
from typing import Any

from osteon.charts import courses, forest, survival, waterfall
from osteon.charts.scales import digits_of, month_ticks, percent, plain, signed, span
from osteon.evidence.outcome import in_points
from osteon.report.blocks import Band, Block, Figure, Head, Section, Table, Text, Words, arm_name
from osteon.report.study_data import Course, StudyRun, label_of
from osteon.report.study_design import ANALYSES

Row = dict[str, Any]
STUDY_RESULTS_LEVELS = (
    ("mean", "mean of the arm"),
    ("know", "parameter uncertainty: 90 % of parameter draws, for the mean"),
    ("person", "how persons differ: middle 90 % of patients, as measured"),
    ("chance", "chance and measurement of this trial: 95 % of the mean"),
)
STUDY_RESULTS_MARKERS = ("ctx", "ntx", "p1np", "bsap")


def over_time(run: StudyRun) -> Section:
    """The first outcome arm by arm with all three levels; the others together."""
    shown = run.courses
    outputs = [o for o in run.outputs if any((a, o) in shown for a in run.arms)]
    main = _main_output(run, outputs)
    blocks: list[Block] = [Text(_lead(run, main), "lead"), _by_level(run, main)]
    rest = [o for o in outputs if o != main]
    bone, other = [o for o in rest if in_points(o)], [o for o in rest if not in_points(o)]
    blocks += [
        _together(run, some, name)
        for some, name in ((bone, "Bone at other sites"), (other, "Markers and other outcomes"))
        if some and len(run.celled) < len(run.arms)
    ]
    if run.celled:
        names = ", ".join(run.celled)
        text = f"Arms with cells have no line here: a human result of cells is shown with the interval of all parameter draws or not at all ({names})."
        blocks.append(Text(text, "small"))
    return Section("time", "Bone over time", blocks)


def _main_output(run: StudyRun, outputs: list[str]) -> str:
    asked = [e.name for e in run.study.endpoint if e.name in outputs]
    bone = [n for n in asked if in_points(n)]
    return (bone or asked or outputs)[0]


def _lead(run: StudyRun, output: str) -> str:
    ends = []
    for arm in run.in_order:
        c = run.courses.get((arm, output))
        if c and arm not in run.celled:
            ends.append(
                f"{arm} {signed(c.mean[-1])} % (middle 90 % of patients {span(c.persons[0][-1], c.persons[1][-1], 1, True)})"
            )
    text = f"{label_of(output)} at month {plain(run.visits[-1])}: {'; '.join(ends)}. " if ends else ""
    text = text[:1].upper() + text[1:]
    return text + "Persons differ far more from one another than the mean of an arm is in doubt."


def _line(run: StudyRun, c: Course, every: bool, label: str = "") -> courses.Line:
    """An arm; of arms with cells only what is unknown."""
    cells = c.arm in run.celled
    blank = [math.nan] * len(c.mean)
    return courses.Line(
        run.number(c.arm), c.arm, c.months, blank if cells else c.mean,
        person=c.persons if every and not cells else None, know=c.known,
        chance=c.chance if every and not cells else None, label="" if cells else label,
    )  # fmt: skip


def _by_level(run: StudyRun, output: str) -> Figure:
    own = {a: run.courses[a, output] for a in run.in_order if (a, output) in run.courses}
    panels = []
    for arm, c in own.items():
        ghosts = [
            courses.Line(run.number(o.arm), o.arm, o.months, o.mean, ghost=True)
            for o in own.values() if o.arm != arm and o.arm not in run.celled
        ]  # fmt: skip
        ghosts = ghosts if len(own) <= 3 else ghosts[:1]
        title = f"{arm}, {signed(c.mean[-1])} %" if arm not in run.celled else arm
        panels.append(courses.Panel(title, [*ghosts, _line(run, c, True)], "all", run.number(arm)))
    axes = courses.Axes("month", month_ticks(run.visits), 3)
    known = any(c.known for c in own.values())
    keys = [k for k in STUDY_RESULTS_LEVELS if k[0] != "know" or known] + (
        [("ghost", "other arms")] if len(own) > 1 else []
    )
    caption = "Measured values, so the pale shade holds the precision of the scanner or assay as well. The first visit is the reference of every patient."
    if not known:
        caption += " Parameters are said to be known in this study, so nothing unknown is drawn."
    return Figure(
        f"{_title(output)}, change from month 0 in %",
        lambda narrow: courses.draw(panels, axes, narrow),
        _described(run, list(own.values())),
        caption,
        "One panel an arm, on one scale",
        keys,
        _course_rows(list(own.values())),
    )


def _together(run: StudyRun, outputs: list[str], title: str) -> Figure:
    panels, rows = [], []
    for output in outputs:
        own = [run.courses[a, output] for a in run.in_order if (a, output) in run.courses and a not in run.celled]
        rows += own
        lines = [
            _line(run, c, False, f"{_short(c.arm)} {signed(c.mean[-1], 1 if in_points(output) else 0)}") for c in own
        ]
        shared = "bone" if in_points(output) else output
        panels.append(courses.Panel(f"{_title(output)}, change in %", lines, shared))
    axes = courses.Axes("month", month_ticks(run.visits, 5), 2, height=170)
    keys = [STUDY_RESULTS_LEVELS[0], *([STUDY_RESULTS_LEVELS[1]] if any(c.known for c in rows) else [])]
    caption = (
        "Markers are drawn at visits only: what lies between two doses is not seen."
        if any(o in STUDY_RESULTS_MARKERS for o in outputs)
        else ""
    )
    return Figure(
        title, lambda narrow: courses.draw(panels, axes, narrow), _described(run, rows), caption,
        "Means with parameter uncertainty", keys, _course_rows(rows),
    )  # fmt: skip


def _short(name: str) -> str:
    return name if len(name) <= 18 else name[:17].rstrip() + "…"


def _title(output: str) -> str:
    words = label_of(output)
    return words[0].upper() + words[1:]


def _described(run: StudyRun, rows: list[Course]) -> str:
    parts = []
    for c in rows:
        if c.arm in run.celled:
            if c.known:
                parts.append(
                    f"{label_of(c.output)}, {c.arm}: {span(c.known[0][-1], c.known[1][-1], 1, True)} % over parameter draws"
                )
            continue
        parts.append(
            f"{label_of(c.output)}, {c.arm}: {signed(c.mean[-1])} % ({span(c.chance[0][-1], c.chance[1][-1], 1, True)})"
        )
    return f"At month {plain(run.visits[-1])}: " + "; ".join(parts) + "."


def _course_rows(rows: list[Course]) -> list[Row]:
    found = []
    for c in rows:
        for i, month in enumerate(c.months):
            known = (c.known[0][i], c.known[1][i]) if c.known else (None, None)
            found.append(
                {"output": c.output, "arm": c.arm, "month": month, "patients": c.n[i], "mean_change_percent": c.mean[i],
                 "mean_lo95": c.chance[0][i], "mean_hi95": c.chance[1][i], "patients_p5": c.persons[0][i],
                 "patients_p95": c.persons[1][i], "draws_lo90": known[0], "draws_hi90": known[1]}
            )  # fmt: skip
    return found


def effects(run: StudyRun) -> Section | None:
    """Every comparison as a forest, then every endpoint as a table."""
    rows = run.result["endpoints"]
    groups = [g for g in (_ratios(run, rows), *_differences(run, rows)) if g is not None]
    blocks: list[Block] = []
    if groups:
        blocks.append(_forest(run, groups, rows))
    shares = [r for r in rows if r.get("uncertainty_share") is not None]
    if shares:
        told = "; ".join(f"{_title(r['endpoint'])}, {r['arm']}: {percent(r['uncertainty_share'])}" for r in shares[:6])
        text = f"Share of the variance of a trial's result that is parameter uncertainty, which more patients do not narrow: {told}."
        blocks.append(Text(text, "small"))
    blocks.append(_endpoint_table(run, rows))
    return Section("effect", "Effects" if groups else "Endpoints", blocks)


def _differences(run: StudyRun, rows: list[Row]) -> list[forest.Group]:
    """Groups of differences by their unit."""
    found: dict[str, list[forest.Row]] = {}
    for r in rows:
        if r.get("difference") is None or r["as"] == "incidence":
            continue
        ratio = r.get("analysis") in ("ratio", "responders")
        unit = (
            "ratio" if ratio else "points" if r["as"] == "percent_change" else f"in units of {label_of(r['endpoint'])}"
        )
        if unit == "points" and not in_points(r["endpoint"]):
            unit = "points of a marker"
        digits = _digits(r)
        if r["evidence"] == "assumed":
            known = next(
                (
                    k
                    for k in run.result.get("knowledge", [])
                    if (k["arm"], k["endpoint"], k["visit_months"]) == (r["arm"], r["endpoint"], r["visit_months"])
                ),
                None,
            )
            low, high = (known["lo90"], known["hi90"]) if known else (r["difference_lo"], r["difference_hi"])
            row = forest.Row(
                _group(r),
                r["arm"],
                run.number(r["arm"]),
                math.nan,
                math.nan,
                math.nan,
                f"{span(low, high, digits, not ratio)} (draws)",
                (low, high),
            )
        else:
            low, high = r.get("difference_lo"), r.get("difference_hi")
            words = (
                f"{plain(r['difference'], digits)} ({span(low, high, digits)})"
                if low is not None and high is not None
                else plain(r["difference"], digits)
            )
            outer = _outer(r)
            row = forest.Row(
                _group(r),
                r["arm"],
                run.number(r["arm"]),
                r["difference"],
                low if low is not None else math.nan,
                high if high is not None else r["difference"],
                words,
                outer,
            )
        found.setdefault(unit, []).append(row)
    groups = []
    for unit, members in sorted(found.items(), key=lambda item: (not item[0].startswith("points"), item[0])):
        title = "Ratio to the comparator" if unit == "ratio" else "Difference from the comparator"
        log = unit == "ratio"
        left, right = ("◀ less", "more ▶")
        groups.append(
            forest.Group(
                title,
                members,
                "1 = no difference" if log else unit,
                log,
                zero=1.0 if log else 0.0,
                left=left,
                right=right,
                sides=("cs", "cs"),
            )
        )
    return groups


def _digits(r: Row) -> int:
    """Decimals of a difference: one for percents, else as its interval asks."""
    if r["as"] == "percent_change" and r.get("analysis") not in ("ratio", "responders"):
        return 1
    if r.get("difference_lo") is None or r.get("difference_hi") is None:
        return 2
    return max(2, digits_of(r["difference_hi"] - r["difference_lo"]))


def _group(r: Row) -> str:
    extra = (
        "" if r.get("hypothesis") in (None, "difference") else f", {r['hypothesis'].replace('_', ' ')} {r['margin']:g}"
    )
    return f"{_title(r['endpoint'])}, month {r['visit_months']:g}{extra}"


def _outer(r: Row) -> tuple[float, float] | None:
    """The interval with parameter uncertainty added, about this trial's estimate."""
    unknown, within = r.get("uncertainty_sd"), r.get("se") or r.get("sampling_sd")
    if unknown is None or within is None:
        return None
    half = 1.959964 * math.hypot(unknown, within)
    return r["difference"] - half, r["difference"] + half


def _ratios(run: StudyRun, rows: list[Row]) -> forest.Group | None:
    """Ratios of fractures."""
    found = []
    for r in rows:
        if r["as"] != "incidence" or not r.get("compare") or r.get("ratio_lo") is None:
            continue
        ratio = r.get("ratio")
        cells = r["evidence"] == "assumed"
        value = math.nan if ratio is None or cells else ratio
        words = (
            f"{span(r['ratio_lo'], r['ratio_hi'], 2)}"
            if math.isnan(value)
            else f"{plain(value, 2)} ({span(r['ratio_lo'], r['ratio_hi'], 2)})"
        )
        outer = None
        if r.get("uncertainty_sd") is not None and math.isfinite(value) and r["ratio_lo"] > 0:
            within = math.log(r["ratio_hi"] / r["ratio_lo"]) / 3.919928
            half = 1.959964 * math.hypot(r["uncertainty_sd"], within)
            outer = value * math.exp(-half), value * math.exp(half)
        found.append(
            forest.Row(
                _group(r),
                r["arm"],
                run.number(r["arm"]),
                value,
                max(r["ratio_lo"], 1e-3),
                r["ratio_hi"],
                words,
                outer,
                r.get("expected_ratio"),
            )
        )
    if not found:
        return None
    return forest.Group(
        "Fractures, ratio to the comparator",
        found,
        "1 = no difference",
        True,
        zero=1.0,
        left="◀ fewer fractures",
        right="more ▶",
    )


def _forest(run: StudyRun, groups: list[forest.Group], rows: list[Row]) -> Figure:
    keys = [("chance", "this trial, 95 %: chance and measurement")]
    if any(r.outer for g in groups for r in g.rows):
        keys.append(("outer", "with parameter uncertainty added, 95 % (arms with cells: 90 % of draws)"))
    if any(r.published is not None for g in groups for r in g.rows):
        keys.append(("published", "to be expected before chance"))
    words = "; ".join(f"{r.group}, {r.name}: {r.words}" for g in groups for r in g.rows)
    data = [
        {"comparison": g.title, "outcome": r.group, "arm": r.name, "estimate": _finite(r.value), "lo95": _finite(r.low), "hi95": _finite(r.high),
         "with_unknown_lo": r.outer[0] if r.outer else None, "with_unknown_hi": r.outer[1] if r.outer else None, "expected": r.published}
        for g in groups for r in g.rows
    ]  # fmt: skip
    versus = sorted({r["compare"] for r in rows if r.get("compare")})
    return Figure(
        f"Effect of each arm against {' and '.join(versus)}",
        lambda narrow: forest.draw(groups, narrow),
        words + ".",
        "Numbers are the estimate and the thick line. An interval that crosses the line of no difference says that the trial cannot tell, not that there is no effect.",
        "Continuous outcomes as analysed; ratios on a logarithmic axis",
        keys,
        data,
    )


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _endpoint_table(run: StudyRun, rows: list[Row]) -> Table:
    heads = [
        Head("Endpoint and arm"),
        Head("Seen", "of n"),
        Head("Mean", "(95 %)"),
        Head("Against comparator", "(95 %)"),
        Head("p"),
        Head("Rests on", left=True),
    ]
    body: list[Any] = []
    group = ""
    for r in rows:
        if _group(r) != group:
            group = _group(r)
            form = (
                "patients with one, %"
                if r["as"] == "incidence"
                else {"percent_change": "change in %"}.get(r["as"], r["as"].replace("_", " "))
            )
            body.append(
                Band(
                    f"{group}: {form}"
                    + (f", {ANALYSES.get(r['analysis'], r['analysis'].replace('_', ' '))}" if r.get("analysis") else "")
                )
            )
        seen = (
            f"{r['observed']}\u00a0of\u00a0{r['n']}"
            if r["as"] != "incidence"
            else f"{r['events']} with one, of {r['n']}"
        )
        p = r.get("p") if r["evidence"] != "assumed" else None
        words: Words = "" if p is None else "<\u00a00.001" if p < 0.001 else plain(p, 3 if p < 0.01 else 2)
        body.append(
            [
                arm_name(r["arm"], run.number(r["arm"])),
                seen,
                _mean(r),
                _against(r),
                words,
                {"human": "human data", "animal": "animal data", "assumed": "assumed: carried over from animals"}.get(
                    r["evidence"], r["evidence"]
                ),
            ]
        )
    return Table(
        "Every endpoint", heads, body, "", "Differences are adjusted for baseline where the analysis is ANCOVA; nothing is corrected for looking at several endpoints.",
        [{k: v for k, v in r.items() if not isinstance(v, list | dict)} for r in rows],
    )  # fmt: skip


def _mean(r: Row) -> str:
    if r["mean"] is None:
        return "no patient was seen"
    word = plain if r["as"] in ("incidence", "value", "ratio") else signed
    digits = (
        1 if r["as"] not in ("value", "ratio") else 2 if r.get("lo") is None else max(2, digits_of(r["hi"] - r["lo"]))
    )
    known = f" ({span(r['lo'], r['hi'], digits, word is signed)})" if r.get("lo") is not None else ""
    text = f"{word(r['mean'], digits)}{known}"
    return text + (f"; expected {plain(r['expected'], 1)}" if r.get("expected") is not None else "")


def _against(r: Row) -> str:
    if not r.get("compare"):
        return "comparator"
    if r.get("ratio_lo") is not None:
        known = span(r["ratio_lo"], r["ratio_hi"], 2)
        return f"ratio {plain(r['ratio'], 2)} ({known})" if r.get("ratio") is not None else f"ratio {known}"
    if r["as"] == "incidence":
        return "no event, no ratio"
    if r.get("difference") is None:
        return "not taken"
    digits = _digits(r)
    known = (
        f" ({span(r['difference_lo'], r['difference_hi'], digits, True)})" if r.get("difference_lo") is not None else ""
    )
    shown = (
        ""
        if r.get("shown") is None
        else f"; {r['hypothesis'].replace('_', ' ')} {'shown' if r['shown'] else 'not shown'}"
    )
    return f"{signed(r['difference'], digits)}{known}{shown}"


def fractures(run: StudyRun) -> Section | None:
    """First fractures of each kind that is an endpoint."""
    asked = [(r["endpoint"], r["visit_months"]) for r in run.result["endpoints"] if r["as"] == "incidence"]
    asked = list(dict.fromkeys(asked))
    if not asked:
        return None
    blocks: list[Block] = []
    for endpoint, months in asked:
        ticks = [t for t in month_ticks(run.visits, 7) if t <= months + 1e-9]
        ticks = ticks if ticks and abs(ticks[-1] - months) < 1e-9 else [*ticks, months]
        curves = run.survival(endpoint, months, ticks)
        "; ".join(f"{c.name}: {plain(c.percent[-1], 1)} % ({span(c.low, c.high)})" for c in curves)
        [
            {"arm": c.name, "month": m, "percent_with_one": v}
            for c in curves
            for m, v in zip(c.months, c.percent, strict=True)
        ]
        blocks.append(_survival_figure(endpoint, months, curves, ticks))
    return Section("fractures", "Fractures", blocks)


def _survival_figure(endpoint: str, months: float, curves: list[survival.SurvivalCurve], ticks: list[float]) -> Figure:
    words = "; ".join(f"{c.name}: {plain(c.percent[-1], 1)} % ({span(c.low, c.high)})" for c in curves)
    data = [
        {"arm": c.name, "month": m, "percent_with_one": v}
        for c in curves
        for m, v in zip(c.months, c.percent, strict=True)
    ]
    caption = "Each fracture has its day here; a real trial sees vertebral ones only at a visit with a radiograph. Whoever leaves is counted until then."
    return Figure(
        f"Patients with a first {label_of(endpoint)}, %",
        lambda narrow: survival.draw(curves, ticks, narrow),
        f"By month {plain(months)}: {words}.",
        caption,
        f"Kaplan–Meier; whiskers: 95 % at month {plain(months)}",
        data=data,
    )


def single_patients(run: StudyRun) -> Section | None:
    """Every patient's change of the first outcome at the last visit."""
    output = _main_output(run, run.outputs)
    last = run.visits[-1]
    frame = run.changes
    own = frame[(frame["output"] == output) & ((frame["visit"] - last).abs() < 1e-6)]
    arms, data = [], []
    for name in run.in_order:
        if name in run.celled:
            continue
        values = [float(v) for v in own[own["arm"] == name]["change"]]
        if values:
            lost = sum(v < 0 for v in values)
            arms.append(waterfall.ArmChanges(name, run.number(name), values, f"{lost} of {len(values)} below 0"))
            data += [{"arm": name, "change_percent": v} for v in sorted(values, reverse=True)]
    if not arms or last == run.visits[0]:
        return None
    words = "; ".join(f"{a.name}: {a.words}, from {span(min(a.values), max(a.values), 1, True)} %" for a in arms)
    caption = "As measured: part of the spread is the precision of the scanner, so a bar below 0 is not a woman whose bone was lost for certain."
    if run.celled:
        caption += " Arms with cells are left out: what cells do is not known patient by patient."
    figure = Figure(
        f"{_title(output)} of every patient at month {plain(last)}, change in %",
        lambda narrow: waterfall.draw(arms, narrow), words + ".", caption.replace("a woman whose bone was lost", "a patient who lost bone"),
        "One bar a patient, the largest gain first", [("bar", "a patient")], data,
    )  # fmt: skip
    return Section("patients", "Patient by patient", [figure])
