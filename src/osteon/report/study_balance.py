"""Benefit and risk: of 1,000 patients, on one axis; then what cells risk and what making them takes."""

from __future__ import annotations

import math
from typing import Any

from osteon.charts import forest
from osteon.charts.scales import percent, plain, power_of_ten
from osteon.report.benefit_risk import benefit_risk
from osteon.report.blocks import Block, Figure, Head, Section, Table, Text, Words, arm_name, joined
from osteon.report.study_answer import gains_words
from osteon.report.study_data import StudyRun, label_of
from osteon.report.tables import per_thousand

Row = dict[str, Any]
MIN_DRAWN = 1e-3  # of 1,000; less is drawn here


def _of_1000(low: float, high: float) -> str:
    return f"{per_thousand(low)}\u00a0to\u00a0{per_thousand(high)}"


def balance(run: StudyRun) -> Section:
    """What each arm gains and what it pays."""
    blocks: list[Block] = []
    groups = [g for g in (_fewer(run), _harmed(run)) if g is not None]
    if groups:
        blocks.append(_figure(run, groups))
    blocks.append(_table(run))
    if any(h["causes"] for h in run.result.get("harms", [])):
        blocks.append(_harm_table(run))
    return Section("balance", "Benefits and risks", blocks, "Benefit and risk")


def _fewer(run: StudyRun) -> forest.Group | None:
    """Fractures prevented of 1,000, expected before chance."""
    rows = []
    for r in run.result["endpoints"]:
        if (
            r["as"] != "incidence"
            or not r.get("compare")
            or r["evidence"] == "assumed"
            or r.get("expected_ratio") is None
        ):
            continue
        other = next(
            x
            for x in run.result["endpoints"]
            if x["arm"] == r["compare"] and x["endpoint"] == r["endpoint"] and x["visit_months"] == r["visit_months"]
        )
        fewer = 10 * (other["expected"] - r["expected"])
        spread = r.get("uncertainty_sd")
        ends = (
            [10 * other["expected"] * (1 - r["expected_ratio"] * math.exp(s * 1.644854 * spread)) for s in (1, -1)]
            if spread is not None
            else [math.nan, math.nan]
        )
        name = label_of(r["endpoint"])
        words = f"{per_thousand(fewer)} ({_of_1000(*ends)})" if spread is not None else per_thousand(fewer)
        if fewer <= 0:
            continue
        rows.append(
            forest.Row(
                name[0].upper() + name[1:],
                r["arm"],
                run.number(r["arm"]),
                max(fewer, MIN_DRAWN),
                max(ends[0], MIN_DRAWN),
                max(ends[1], MIN_DRAWN),
                words,
            )
        )
    return (
        forest.Group("▲ Benefit: fewer of 1,000 patients with one", rows, "", True, 10.0, None, floor=MIN_DRAWN)
        if rows
        else None
    )


def _harmed(run: StudyRun) -> forest.Group | None:
    rows = []
    for h in run.result.get("harms", []):
        if not h["causes"] or h["added_hi90"] < MIN_DRAWN:
            continue
        words = (
            f"{per_thousand(h['added'])} ({_of_1000(h['added_lo90'], h['added_hi90'])})"
            if h["shown"]
            else f"up to {per_thousand(h['added_hi90'])}"
        )
        low = max(h["added_lo90"], MIN_DRAWN)
        value = max(h["added"], MIN_DRAWN)
        group = h["words"][0].upper() + h["words"][1:]
        rows.append(
            forest.Row(
                group, h["arm"], run.number(h["arm"]), value, low, h["added_hi90"], words, shown=bool(h["shown"])
            )
        )
    for c in run.result.get("cells", []):
        for h in c["harms"]:
            if h["applies"] and h["unit"] == "chance" and h["high"] is not None and 1000 * h["high"] >= MIN_DRAWN:
                group = f"{h['words'][0].upper()}{h['words'][1:]} (cells)"
                high, low = 1000 * h["high"], 1000 * (h["low"] or 0.0)
                words = f"up to {per_thousand(high)}" if h["low"] is None else _of_1000(low, high)
                shown = h["low"] is not None
                rows.append(
                    forest.Row(
                        group, c["arm"], run.number(c["arm"]), math.nan, max(low, MIN_DRAWN), high, words, shown=shown
                    )
                )
    rows.sort(key=lambda r: (r.group, r.arm))
    return (
        forest.Group("▼ Harm: more of 1,000 patients with one", rows, "", True, 10.0, None, floor=MIN_DRAWN)
        if rows
        else None
    )


def _figure(run: StudyRun, groups: list[forest.Group]) -> Figure:
    months = next((h["months"] for h in run.result.get("harms", [])), run.months)
    every = [r for g in groups for r in g.rows]
    low = max(min(r.high for r in every if math.isfinite(r.high)) / 20, MIN_DRAWN)
    high = max(r.high for r in every if math.isfinite(r.high))
    same = [forest.Group(g.title, g.rows, g.unit, True, 10.0, None, floor=low, ends=(low, high)) for g in groups]
    keys = [("chance", "expected, with 90 % of what is known of it")]
    if any(not r.shown for r in every):
        keys.append(("hatch", "not shown, not excluded: its upper end"))
    words = "; ".join(f"{r.group}, {r.name}: {r.words}" for r in every)
    data = [
        {
            "side": g.title,
            "what": r.group,
            "arm": r.name,
            "of_1000": r.value if math.isfinite(r.value) else None,
            "lo90": r.low,
            "hi90": r.high,
            "shown": r.shown,
        }
        for g in groups
        for r in g.rows
    ]
    return Figure(
        "What 1,000 patients gain and what they pay",
        lambda narrow: forest.draw(same, narrow),
        words + ".",
        "Expected numbers, nothing drawn by chance. The axis is logarithmic, since harms run from one in a million to one in three."
        + (
            ""
            if groups[0].title.startswith("▲")
            else " No fracture was asked for as an endpoint, so the benefit stands in points of BMD in the table below."
        ),
        f"By month {plain(months)}, one axis for both sides",
        keys,
        data,
    )


def _lines(items: list[str]) -> Words:
    return "; ".join(items)


def _table(run: StudyRun) -> Table:
    months = next((h["months"] for h in run.result.get("harms", [])), run.months)
    heads = [
        Head("Arm", left=True),
        Head("Bone gained, fractures", left=True),
        Head("Shown to harm", "more of 1,000 (90 %)", left=True),
        Head("Not shown, not excluded", "more of 1,000", left=True),
        Head("Label", left=True),
    ]
    rows = []
    for b in benefit_risk(dict(run.result)):
        label = joined([*(joined([x]) for x in b["against"]), *b["ask"]], " ")
        harm = _lines(b["shown"]) or ("nothing is shown" if b["given"] else "no drug, no cells")
        rows.append([arm_name(b["arm"], run.number(b["arm"])), gains_words(b["gains"]), harm, _lines(b["open"]), label])
    note = f"Harms by month {plain(months)}, from the exposure of the patients. Fractures stand with the gains where an endpoint of the study asks for them."
    return Table("Benefit and harm, arm by arm", heads, rows, "", note)


def _harm_table(run: StudyRun) -> Table:
    heads = [
        Head("Harm and arm"),
        Head("Of 1,000", "(90 %)"),
        Head("Without the drugs"),
        Head("Added", "(90 %)"),
        Head("Drawn here", "of patients"),
        Head("From", left=True),
    ]
    rows: list[Any] = []
    data = []
    for h in run.result["harms"]:
        if not h["causes"]:
            continue
        words = h["words"][0].upper() + h["words"][1:]
        source = ". ".join(h["sources"]) + (
            " (assumed: a figure behind it could not be looked up)" if h["evidence"] == "assumed" else ""
        )
        rows.append([
            joined([f"{words},", arm_name(h["arm"], run.number(h["arm"]))]),
            f"{per_thousand(h['per_1000'])} ({_of_1000(h['lo90'], h['hi90'])})",
            per_thousand(h["without"]),
            f"{per_thousand(h['added'], True)} ({_of_1000(h['added_lo90'], h['added_hi90'])})",
            f"{h['events']} of {h['patients']}",
            source + (f". {h['remark'][0].upper()}{h['remark'][1:]}" if h["remark"] else ""),
        ])  # fmt: skip
        data.append({k: v for k, v in h.items() if not isinstance(v, list | dict)})
    note = "The 90 % hold how well rates are known, not chance: the numbers drawn here are what a trial of this size would see."
    return Table("Harms in numbers", heads, rows, "", note, data)


def cells(run: StudyRun) -> Section | None:
    """The products, and their harms with the upper end that data do not exclude."""
    profiles = run.result.get("cells", [])
    if not profiles:
        return None
    heads = [
        Head("Arm", left=True),
        Head("Dose"),
        Head("Cells/kg"),
        Head("Cells a capillary", "of the lung"),
        Head("Alive after the bag"),
        Head("Making it", left=True),
    ]
    rows = []
    for c in profiles:
        making = "no cells"
        if c["bounds"]:
            donors = f"{c['donors_for_trial']} donor{'s' if c['donors_for_trial'] > 1 else ''} for the whole arm"
            making = f"passage {c['passage']}, {plain(c['culture_days'], 0)} days of culture, {donors}. {c['warning']}".strip()
        rows.append([
            joined([arm_name(c["arm"], run.number(c["arm"])), f"({c['product']})"]),
            f"{power_of_ten(c['dose'])} {c['basis']} × {c['doses']}",
            power_of_ten(c["cells_per_kg"]) if c["cells_per_kg"] is not None else "none",
            f"{c['cells_per_capillary']:.1g}" if c["cells_per_capillary"] is not None else "none",
            percent(c["bag_survival"]) if c["bounds"] else "none",
            making,
        ])  # fmt: skip
    blocks: list[Block] = [Table("Products", heads, rows)]
    blocks += _cell_harms(run, [c for c in profiles if c["bounds"]])
    return Section("cells", "What the cells risk, and what it takes to make them", blocks, "Cell products")


def _cell_harms(run: StudyRun, profiles: list[Row]) -> list[Block]:
    if not profiles:
        return []
    first = profiles[0]
    shown = profiles[:4]
    heads = [
        Head("Harm", left=True),
        *(Head(arm_name(c["arm"], run.number(c["arm"]))) for c in shown),
        Head("Rests on", left=True),
        Head("From", left=True),
    ]
    rows = []
    for h in first["harms"]:
        own = [next(x for x in c["harms"] if x["name"] == h["name"]) for c in shown]
        unit = "" if h["unit"] == "chance" else " (relative risk)"
        rows.append(
            [
                h["words"] + unit,
                *(_span(x) for x in own),
                h["evidence"],
                h["source"] + (f". {h['note']}" if h["note"] else ""),
            ]
        )
    note = (
        f"Chances are of one patient over all doses of the arm, 90 % of parameter draws; relative risks are 95 % intervals of trials in other "
        f"diseases. Any adverse event at all struck {100 * first['any_event_lo90']:.0f} to {100 * first['any_event_hi90']:.0f} % of patients "
        "given cells in ref 116. A harm that is not shown is not excluded."
    )
    data = [
        {"arm": c["arm"], **{k: v for k, v in h.items() if not isinstance(v, list | dict)}}
        for c in profiles
        for h in c["harms"]
    ]
    blocks: list[Block] = [
        Table("Harms of cells, with the upper end that data do not exclude", heads, rows, "", note, data)
    ]
    if len(profiles) > len(shown):
        blocks.append(Text("The file of the table holds every arm with cells.", "small"))
    return blocks


def _span(h: Row) -> str:
    if not h["applies"]:
        return "does not apply"
    if h["high"] is None:
        return "upper end unknown" if h["low"] is None else f"above {plain(h['low'], 0)}, upper end unknown"
    if h["unit"] != "chance":
        return f"up to {plain(h['high'], 2)}" if h["low"] is None else f"{plain(h['low'], 2)} to {plain(h['high'], 2)}"
    if h["high"] < 1e-4:
        return "below 0.01 %"
    if h["low"] is None:
        return f"up to {100 * h['high']:.2g} %"
    low = f"{100 * h['low']:.2g}" if h["low"] >= 1e-4 else "below 0.01"
    return f"{low} to {100 * h['high']:.2g} %"
