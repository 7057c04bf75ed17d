"""What was done, who was followed, who they were: the first sections of a study after its answer."""

from __future__ import annotations

import re
from typing import Any

from markupsafe import Markup

from osteon.charts import schedule
from osteon.charts.drawing import arm_class
from osteon.charts.scales import plain, power_of_ten
from osteon.inputs import Cells, DrugRegimen
from osteon.report.blocks import (
    Block,
    Facts,
    Figure,
    Flow,
    FlowArm,
    Head,
    Section,
    Step,
    Table,
    Text,
    Words,
    arm_name,
    joined,
)
from osteon.report.study_data import StudyRun, label_of
from osteon.simulation.dosing import dose_times, regimen_of
from osteon.units import DAYS_PER_MONTH

ANALYSES = {
    "ancova": "ANCOVA",
    "t_test": "t-test",
    "log_rank": "log-rank test",
    "risk_ratio": "risk ratio",
    "mixed_model": "mixed model",
    "cox": "Cox regression",
}
STUDY_DESIGN_ROUTES = {
    "oral": "by mouth",
    "subcutaneous": "under the skin",
    "intravenous": "into a vein",
    "intramedullary": "into the marrow",
    "intraarterial": "into an artery",
    "intramuscular": "into a muscle",
    "intranasal": "into the nose",
}
TRAITS: tuple[tuple[str, str, str, int], ...] = (
    ("age", "Age", "years", 1),
    ("years_since_menopause", "Since menopause", "years", 1),
    ("bmi", "Body mass index", "kg/m²", 1),
    ("t_lumbar_spine", "T-score, spine", "", 2),
    ("t_total_hip", "T-score, total hip", "", 2),
    ("t_femoral_neck", "T-score, femoral neck", "", 2),
    ("vitamin_d", "Vitamin D", "nmol/L", 0),
    ("turnover_scale", "Bone turnover", "ratio to a woman of 30", 2),
)
STUDY_DESIGN_SHARES = (
    ("prior_vertebral_fractures", "Vertebral fracture before"),
    ("prior_hip_fractures", "Hip fracture before"),
    ("prior_nonvertebral_fractures", "Nonvertebral fracture before"),
    ("smoking", "Smokes"),
)
ASSUMED_AS = {
    "prior_vertebral_fractures": "prior_vertebral_percent",
    "prior_hip_fractures": "prior_hip_percent",
    "prior_nonvertebral_fractures": "prior_nonvertebral_percent",
    "smoking": "smoking_percent",
    "years_since_menopause": "menopause_age",
}


def interval_words(days: float) -> str:
    """A length of time as people say it.

    >>> interval_words(182.625), interval_words(7.0), interval_words(1.0), interval_words(365.25), interval_words(10.5)
    ('6 months', 'week', 'day', '12 months', '10.5 days')
    """
    for size, name in ((DAYS_PER_MONTH, "month"), (7.0, "week"), (1.0, "day")):
        count = days / size
        if abs(count - round(count)) < 1e-6 and round(count) >= 1:
            return name if round(count) == 1 else f"{round(count)} {name}s"
    return f"{plain(days)} days"


_POWER = re.compile(r"\d+(?:\.\d+)?e\+?\d+")
_SIGNS = {"<=": "≤", ">=": "≥", "-": "\u2212"}


def dose_words(dose: object) -> str:
    """A dose as a file has it, with powers of ten as people write them.

    >>> dose_words("1e+06 cells/kg"), dose_words("60 mg")
    ('1\xa0×\xa010⁶ cells/kg', '60 mg')
    """
    return _POWER.sub(lambda m: power_of_ten(float(m[0])), str(dose))


def condition_words(text: str) -> str:
    """A condition of a file in words.

    >>> condition_words("t_lumbar_spine <= -2.5"), condition_words("age >= 55 years")
    ('spine T-score ≤ −2.5', 'age ≥ 55 years')
    """
    words = re.sub(r"\bt_(lumbar_spine|total_hip|femoral_neck)\b", lambda m: f"{_SITES[m[1]]} T-score", text).replace(
        "_", " "
    )
    return re.sub(r"<=|>=|(?<= )-(?=\d)", lambda m: _SIGNS[m[0]], words)


_SITES = {"lumbar_spine": "spine", "total_hip": "total hip", "femoral_neck": "femoral neck"}


def regimen_words(r: DrugRegimen) -> str:
    """A regimen as one phrase."""
    parts = [f"{r.drug} {dose_words(r.dose)}", STUDY_DESIGN_ROUTES.get(r.route, r.route.replace("_", " "))]
    if r.duration:
        parts.append(f"over {plain(r.duration * 1440)} minutes")
    parts.append(f"every {interval_words(r.every)}" if r.every else f"once, at month {plain(r.start / DAYS_PER_MONTH)}")
    if r.every and (r.start or r.until is not None):
        end = f" to {plain(r.until / DAYS_PER_MONTH)}" if r.until is not None else " on"
        parts.append(f"from month {plain(r.start / DAYS_PER_MONTH)}{end}")
    text = " ".join(parts)
    if r.adherence < 1:
        text += f", {r.adherence:.0%} of doses taken"
        text += f" in the mean of persons (SD {100 * r.adherence_sd:.0f} points)" if r.adherence_sd else ""
    for rule, what in ((r.stop_when, "stopped when"), (r.hold_when, "left out while")):
        text += f", {what} {condition_words(rule.text)}" if rule else ""
    return text


def cells_words(c: Cells) -> str:
    """A cell product as one phrase."""
    what = "cells" if c.product == "cells" else c.product
    source = c.source.replace("_", " ")
    months = ", ".join(plain(t / DAYS_PER_MONTH) for t in c.at)
    where = STUDY_DESIGN_ROUTES.get(c.route, c.route.replace("_", " ")) + (
        f" ({c.site.replace('_', ' ')})" if c.site else ""
    )
    return f"{what} of {source}, {dose_words(c.dose)} {where} at month{'s' if len(c.at) > 1 else ''} {months}; donor {c.donor.match}"


def arm_words(run: StudyRun, name: str) -> str:
    """What an arm is given."""
    arm = next(a for a in run.study.arm if a.name == name)
    parts = [*(regimen_words(r) for r in arm.regimen), *(cells_words(c) for c in arm.cells)]
    parts += [f"{h.name.replace('_', ' ')} changed" for h in arm.habit]
    parts += [f"parameter {o.parameter} set" for o in arm.override]
    return "; ".join(parts) or "nothing beyond what every arm gets"


def design(run: StudyRun) -> Section:
    """The study in words, and its doses and visits as a figure."""
    study, d = run.study, run.study.design
    began, cohort = run.began(), run.study.population.cohort
    ratio = " : ".join(str(r) for r in study.ratio())
    rows: list[tuple[str, Words]] = []
    if study.question:
        rows.append(("Question", study.question))
    people = (
        f"Drawn to be like those of {_cohort_name(cohort)}"
        if isinstance(cohort, str)
        else "Drawn from the distributions of the file"
    )
    rows.append(("People", people + _typical(run)))
    rows.append(
        ("Let in", "; ".join(condition_words(c.text) for c in study.population.eligible) or "all who are drawn")
    )
    for name in run.in_order:
        rows.append((name, f"{began[name]:,} patients: {arm_words(run, name)}"))
    rows.append(
        (
            "Allocation",
            f"{ratio}, in blocks"
            + (f", within strata of {', '.join(s.replace('_', ' ') for s in d.strata)}" if d.strata else ", no strata"),
        )
    )
    background = ", ".join(f"{b.name.replace('_', ' ')} {b.dose}" for b in d.background)
    rows.append(("Every arm gets", background or "nothing more"))
    rows.append(("Length", f"{plain(run.months)} months; visits at months {', '.join(plain(v) for v in run.visits)}"))
    dropout = f"{plain(100 * d.dropout)} % a year, by chance, the same in every arm" if d.dropout else "nobody leaves"
    rows.append(("Dropout", dropout))
    for i, e in enumerate(study.endpoint):
        rows.append(("Endpoint" if i == 0 else f"Endpoint {i + 1}", _endpoint(e)))
    rows.append(("Trials", run.result.get("levels", "")))
    rows.append(
        ("Seed", f"{run.manifest['settings']['seed']}; every draw is a function of seed, patient, purpose and visit")
    )
    blocks: list[Block] = [Facts([(k, v) for k, v in rows if v])]
    blocks.append(_schedule(run))
    return Section("design", "What was done", blocks)


def _cohort_name(cohort: str) -> str:
    """A trial has its name in capitals, a kind of people in words.

    >>> _cohort_name("freedom"), _cohort_name("postmenopausal_osteoporosis")
    ('FREEDOM', 'the cohort postmenopausal osteoporosis')
    """
    long = len(cohort) > 16
    return f"the cohort {cohort.replace('_', ' ')}" if long else cohort.replace("_", " ").upper()


def _typical(run: StudyRun) -> str:
    frame = run.patients
    parts = [
        f"{words} {plain(float(frame[k].mean()), 1)}"
        for k, words in (("age", "mean age"), ("t_lumbar_spine", "spine T-score"), ("t_total_hip", "hip T-score"))
        if k in frame and len(frame)
    ]
    return f" ({', '.join(parts)})" if parts else ""


def _endpoint(e: Any) -> str:
    form = {"percent_change": "percent change", "incidence": "first one"}.get(e.as_, e.as_.replace("_", " "))
    text = f"{label_of(e.name)} at month {plain(e.visit / DAYS_PER_MONTH)}, {form}"
    if e.compare:
        text += f", against {e.compare} by {ANALYSES.get(e.analysis, e.analysis.replace('_', ' '))}"
    if e.hypothesis != "difference":
        text += f"; {e.hypothesis.replace('_', ' ')} with a margin of {e.margin:g}"
    if e.threshold is not None:
        text += f"; responders beyond {e.threshold:g}"
    missing = {"complete_cases": "patients who were seen"}.get(e.missing, e.missing.replace("_", " "))
    return f"{text}; missing values: {missing}; alpha {e.alpha:g}"


def _schedule(run: StudyRun) -> Figure:
    rows: list[schedule.ScheduleRow] = []
    last = run.study.design.duration
    for name in run.in_order:
        arm = next(a for a in run.study.arm if a.name == name)
        number = run.number(name)
        for r in arm.regimen:
            days = dose_times(regimen_of(r), last)
            rows.append(
                schedule.ScheduleRow(
                    name, number, [float(t) / DAYS_PER_MONTH for t in days], f"{r.drug} {dose_words(r.dose)}"
                )
            )
        for c in arm.cells:
            rows.append(
                schedule.ScheduleRow(
                    name,
                    number,
                    [t / DAYS_PER_MONTH for t in c.at],
                    f"{c.source.replace('_', ' ')} {c.product}, {dose_words(c.dose)}",
                )
            )
        if not arm.regimen and not arm.cells:
            rows.append(schedule.ScheduleRow(name, number, [], "no drug, no cells"))
    data = [{"arm": r.name, "what": r.words, "month": m} for r in rows for m in r.doses]
    words = "; ".join(f"{r.name}: {r.words}, {len(r.doses)} dose{'s' if len(r.doses) != 1 else ''}" for r in rows)
    return Figure(
        "Doses and visits",
        lambda narrow: schedule.draw(rows, run.visits, run.months, narrow),
        f"{words}. Visits at months {', '.join(plain(v) for v in run.visits)}.",
        "Each mark is a dose as planned; a bar stands for doses that lie too close to be drawn apart.",
        "One row for each thing that an arm is given",
        data=data,
    )


def flow(run: StudyRun) -> Section:
    """The flow of patients, arm by arm."""
    last = run.visits[-1]
    seen, began = run.seen(), run.began()
    total, here = sum(began.values()), sum(k["seen"] for k in seen.values())
    arms = []
    for name in run.in_order:
        counts, n = seen[name], began[name]
        lost = [f"{counts['dropout']:,} left early ({_share(counts['dropout'], n)})"]
        if counts["failed"]:
            lost.append(f"{counts['failed']:,} could not be simulated")
        share = counts["seen"] / n if n else 0.0
        arms.append(
            FlowArm(
                name,
                arm_class(run.number(name)),
                Step(f"{n:,}", "began"),
                lost,
                Step(f"{counts['seen']:,}", f"seen at month {plain(last)}", share),
            )
        )
    several = f" in {run.trials:,} trials" if run.trials > 1 else ""
    lead = f"Of {total:,} patients{several}, {here:,} ({_share(here, total)}) were seen at month {plain(last)}. "
    lead += "Who leaves does so by chance; deaths are not simulated."
    conditions = len(run.study.population.eligible)
    screened = int(run.manifest.get("screened", total))
    steps = [Step(f"{total:,}", "randomised" if conditions else "drawn and randomised")]
    if conditions:
        out = screened - total
        steps = [Step(f"{screened:,}", "screened"), Step(f"{out:,}", f"did not meet the conditions ({_share(out, screened)})"), *steps]  # fmt: skip
    return Section("flow", "Who was followed", [Text(lead, "lead"), Flow(steps, arms)])


def _share(part: float, whole: float) -> str:
    return f"{plain(100 * part / whole, 0)} %" if whole else "none"


def baseline(run: StudyRun) -> Section:
    """Table of the patients at month 0."""
    frame, assumed = run.patients, dict(run.result.get("assumed", {}))
    starred = False
    rows: list[list[Words]] = []
    data: list[dict[str, Any]] = []
    by_arm = {name: frame[frame["arm"] == name] for name in run.in_order}
    for key, words, unit, digits in TRAITS:
        if key in frame:
            star = "*" if _assumed(key, assumed) else ""
            starred |= bool(star)
            rows.append(
                [
                    f"{words}{', ' + unit if unit else ''}{' ' + star if star else ''}",
                    *(_mean_sd(by_arm[a][key], digits) for a in run.in_order),
                ]
            )
            data += [
                {"trait": key, "arm": a, "mean": float(by_arm[a][key].mean()), "sd": float(by_arm[a][key].std())}
                for a in run.in_order
            ]
    for key, words in STUDY_DESIGN_SHARES:
        if key in frame:
            star = " *" if _assumed(key, assumed) else ""
            starred |= bool(star)
            rows.append([f"{words}{star}", *(_count(by_arm[a][key]) for a in run.in_order)])
            data += [
                {"trait": key, "arm": a, "number": int((by_arm[a][key] > 0).sum()), "of": len(by_arm[a])}
                for a in run.in_order
            ]
    heads = [
        Head("Trait", left=True),
        *(Head(arm_name(a, run.number(a)), f"{len(by_arm[a]):,} patients") for a in run.in_order),
    ]
    sub = "Mean (SD) or number (%)" + ("; * not published for this cohort, as in cohorts like it" if starred else "")
    note = "No test of baseline differences is made: the arms were drawn at random."
    every = len(frame) < int(run.result["patients"])
    note += (
        f" Every {round(int(run.result['patients']) / len(frame))}th patient stands for the others." if every else ""
    )
    return Section("baseline", "Who they were", [Table("Patients at the start, by arm", heads, rows, sub, note, data)])


def _assumed(key: str, assumed: dict[str, Any]) -> bool:
    return key in assumed or ASSUMED_AS.get(key, key) in assumed


def _mean_sd(values: Any, digits: int) -> str:
    if not len(values):
        return "nobody"
    return f"{plain(float(values.mean()), digits)} ({plain(float(values.std(ddof=1)) if len(values) > 1 else 0.0, digits)})"


def _count(values: Any) -> Words:
    number = int((values > 0).sum())
    return (
        joined([f"{number:,}", Markup("({}&nbsp;%)").format(plain(100 * number / len(values), 0))])
        if len(values)
        else "nobody"
    )
