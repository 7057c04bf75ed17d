"""The answer of a study in one sentence, then what is shown to help, what is shown to harm, and what is neither shown nor excluded."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from osteon.charts.scales import plain, signed, span
from osteon.evidence.outcome import in_points
from osteon.report.benefit_risk import benefit_risk
from osteon.report.blocks import Block, Columns, Section, Text, Words, arm_name, bold, joined
from osteon.report.study_data import StudyRun, label_of

Row = dict[str, Any]
STUDY_ANSWER_FEW = 3  # arms that the sentence names one by one


def answer(run: StudyRun) -> Section:
    """The first section of a report."""
    blocks: list[Block] = [Text(_sentence(run), "say")]
    blocks.append(Columns(_columns(run)))
    note = "Intervals of effects: 95 % of this one trial (persons and measurement), unless they say otherwise. "
    note += "Of harms: 90 % of what is known of their rate, for 1,000 patients. "
    note += "A harm that is absent here is one of which no figure of this model speaks, not one that cannot happen."
    blocks.append(Text(note, "small"))
    return Section("answer", "The answer", blocks)


def _sentence(run: StudyRun) -> Markup:
    rows = [r for r in run.result["endpoints"] if r.get("compare") and r["arm"] != r.get("compare")]
    n = int(run.result["patients"])
    who = f"In {n:,} virtual patients"
    main = _main(rows)
    if not main:
        return _without_comparison(run, who)
    parts: list[Words] = [_effect(run, r) for r in main[:STUDY_ANSWER_FEW]]
    if len(main) > STUDY_ANSWER_FEW:
        parts.append(f"{len(main) - STUDY_ANSWER_FEW} more arms stand below")
    parts += [_of_cells(run, k) for k in _celled(run)[: STUDY_ANSWER_FEW - 1]]
    more = len(_celled(run)) - (STUDY_ANSWER_FEW - 1)
    if more > 0:
        parts.append(f"what cells add in {more} more arm{'s' if more > 1 else ''} stands below")
    return joined([who + ", ", joined(parts, "; "), "."], "")


def _main(rows: list[Row]) -> list[Row]:
    """Comparisons of the first endpoint that compares, each arm once; those that hang on cells are told by their draws."""
    first = next((r for r in rows), None)
    if first is None:
        return []
    found: dict[str, Row] = {}
    for r in rows:
        if (r["endpoint"], r["visit_months"]) == (first["endpoint"], first["visit_months"]) and r[
            "evidence"
        ] != "assumed":
            found.setdefault(r["arm"], r)
    return list(found.values())


def _without_comparison(run: StudyRun, who: str) -> Markup:
    first = run.result["endpoints"][0]
    rows = [
        r
        for r in run.result["endpoints"]
        if r["endpoint"] == first["endpoint"] and r["visit_months"] == first["visit_months"]
    ]
    unknown = _celled(run)
    rows = [r for r in rows if r["arm"] not in {k["arm"] for k in unknown}]
    parts: list[Words] = [
        joined([arm_name(r["arm"], run.number(r["arm"])), _own(r)]) for r in rows[: STUDY_ANSWER_FEW + 1]
    ]
    parts += [_of_cells(run, k) for k in unknown[:STUDY_ANSWER_FEW]]
    return joined([who + ", ", joined(parts or ["no endpoint could be taken"], "; "), "."], "")


def _own(r: Row) -> str:
    if r["mean"] is None:
        return f"has no value of {label_of(r['endpoint'])}"
    if r["as"] == "incidence":
        return f"had {label_of(r['endpoint'])} in {plain(r['mean'], 1)} of 100 by month {r['visit_months']:g}"
    unit = " %" if r["as"] == "percent_change" else ""
    known = f" ({span(r['lo'], r['hi'])})" if r.get("lo") is not None else ""
    return f"had {label_of(r['endpoint'])} {signed(r['mean'])}{unit} at month {r['visit_months']:g}{known}"


def _effect(run: StudyRun, r: Row) -> Markup:
    """One arm against its comparator, and whether this trial can tell it."""
    arm, against = arm_name(r["arm"], run.number(r["arm"])), arm_name(r["compare"], run.number(r["compare"]))
    name, month = label_of(r["endpoint"]), f"by month {r['visit_months']:g}"
    if r["as"] == "incidence":
        return _fractures(run, r, arm, against, name, month)
    if r.get("difference") is None:
        return joined([arm, f"against {r['compare']}: no difference of {name} could be taken"])
    low, high, value = r.get("difference_lo"), r.get("difference_hi"), r["difference"]
    null = 1.0 if r.get("analysis") in ("ratio", "responders") else 0.0
    unit = "times" if null else "points" if r["as"] == "percent_change" else "units"
    size = f"{plain(abs(value) if not null else value, 2 if unit != 'points' else 1)} {unit}"
    if low is not None and high is not None and low <= null <= high:
        told = bold("cannot be determined")
        about = f"from these patients (95 % {span(low, high, 1, not null)} {unit})"
        return joined([f"whether {name} differs {month} between", arm, "and", against, told, about])
    way = "higher" if value > null else "lower"
    known = f" (95 % {span(*_ends(r, null), digits=2 if unit != 'points' else 1)})" if low is not None else ""
    return joined([arm, f"left {name} {month}", bold(f"{size} {way}"), "than", joined([against, known], "")])


def _ends(r: Row, null: float) -> tuple[float, float]:
    low, high = r["difference_lo"], r["difference_hi"]
    return (low, high) if null or r["difference"] > 0 else (-high, -low)


def _fractures(run: StudyRun, r: Row, arm: Markup, against: Markup, name: str, month: str) -> Markup:
    name += "s"
    other = next(
        (x for x in run.result["endpoints"] if x["arm"] == r["compare"] and x["endpoint"] == r["endpoint"]
         and x["visit_months"] == r["visit_months"]), None
    )  # fmt: skip
    before = plain(other["mean"], 1) if other and other["mean"] is not None else "?"
    now = plain(r["mean"], 1) if r["mean"] is not None else "?"
    if r.get("ratio_lo") is None or r.get("ratio") is None:
        return joined([arm, f"had {name} in {now} of 100 {month},", against, f"in {before}: no ratio could be formed"])
    known = f"(ratio {plain(r['ratio'], 2)}, 95 % {span(r['ratio_lo'], r['ratio_hi'], 2)})"
    if r["ratio_lo"] <= 1 <= r["ratio_hi"]:
        return joined(
            [
                f"whether {name} {month} differs between",
                arm,
                "and",
                against,
                bold("cannot be determined"),
                f"from {r['n']} patients an arm {known}",
            ]
        )
    verb = "cut" if r["ratio"] < 1 else "raised"
    return joined([arm, verb, f"{name} {month}", bold(f"from {before} to {now} in 100"), f"{known}, against", against])


def _celled(run: StudyRun) -> list[Row]:
    """What cells add to each arm, on its first endpoint of bone."""
    found: dict[str, Row] = {}
    for k in run.result.get("knowledge", []):
        if k["arm"] not in found or (in_points(k["endpoint"]) and not in_points(found[k["arm"]]["endpoint"])):
            found[k["arm"]] = k
    return list(found.values())


def _of_cells(run: StudyRun, k: Row) -> Markup:
    known = (
        f"{span(k['lo90'], k['hi90'], 1, True)} points (90 % of parameter draws, assumed: carried over from animals)"
    )
    arm = arm_name(k["arm"], run.number(k["arm"]))
    return joined(
        ["what", arm, f"adds to {label_of(k['endpoint'])}", joined([bold("cannot be determined"), f": {known}"], "")]
    )


def gains_words(gains: list[str]) -> str:
    """Gains in a row; one that ends in a colon leads to the next.

    >>> gains_words(["spine +1", "cells add:", "hip 0 to 2"])
    'spine +1; cells add: hip 0 to 2'
    """
    return "; ".join(dict.fromkeys(gains)).replace(":; ", ": ")


def _columns(run: StudyRun) -> list[tuple[str, str, list[Words]]]:
    benefit: list[Words] = []
    harm: list[Words] = []
    unknown: list[Words] = []
    for row in benefit_risk(dict(run.result)):
        name = arm_name(row["arm"], run.number(row["arm"]))
        if row["gains"]:
            benefit.append(joined([name, gains_words(row["gains"])], ": "))
        if row["shown"]:
            harm.append(joined([name, "; ".join(row["shown"])], ": "))
        if row["open"]:
            unknown.append(joined([name, "; ".join(row["open"])], ": "))
        for text in row["against"]:
            harm.append(joined([name, text], ", label: "))
        for text in row["ask"]:
            unknown.append(joined([name, text], ", label: "))
    return [
        ("benefit", "▲ Bone and fractures", benefit or ["No endpoint could be taken."]),
        ("harm", "▼ Shown to harm, more of 1,000", harm or ["No drug, no cells: nothing is shown."]),
        ("unk", "? Not shown, not excluded, of 1,000", unknown or ["Nothing more is known to ask."]),
    ]
