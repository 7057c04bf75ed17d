"""The report of credibility: whether the model is adequate for a context of use, what speaks for it, what does not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from osteon.charts.scales import percent, plain, signed
from osteon.report.blocks import (
    Band,
    Block,
    Bullets,
    Facts,
    Head,
    Heading,
    Report,
    Section,
    Table,
    Text,
    Words,
    badge,
    provenance_section,
)
from osteon.report.page import provenance
from osteon.report.tables import NAMES, ROLES

Row = Mapping[str, Any]


def credibility_report(a: Row, moved: Sequence[str], compared: bool) -> Report:
    """The report of one context of use.   a : its assessment;  moved : what changed since the last report, if there was one"""
    sections = [
        _answer(a),
        _acceptance(a),
        _model(a),
        _verification(a),
        _validation(a),
        _plausibility(a),
        _applicability(a),
        Section(
            "changed",
            "Changed since the last report",
            [Bullets(list(moved) or ["Nothing." if compared else "No earlier report lay in the folder."])],
        ),
        provenance_section(provenance(0, {}), f"osteon credibility --context {a['context']} --out again"),
    ]
    about = ["Credibility", f"context of use: {str(a['context']).replace('_', ' ')}", f"Risk tier: {a['risk']}"]
    return Report(str(a["title"]), about, sections)


def _answer(a: Row) -> Section:
    unchanged = {
        True: "unchanged since",
        False: "CHANGED since, their hash is another",
        None: "no hash was written with them, so nobody can say whether they were changed since",
    }[a["unchanged_since"]]
    seen = "" if a["unchanged_since"] is None else ", after the first scorecard was seen"
    facts: list[tuple[str, Words]] = [
        ("Question of interest", a["question"]),
        ("Context of use", a["use"]),
        ("Influence of the model", a["influence"]),
        ("Consequence of a wrong decision", f"{a['consequence']}: {a['why']}"),
        ("Risk tier", a["risk"]),
        (
            "Limits of acceptance",
            f"fixed on {a['fixed']}{seen}; {unchanged} ({a['fixed_as'][:16]})",
        ),
    ]
    return Section("answer", "The answer", [Text(a["adequacy"], "say"), Facts(facts)])


def _acceptance(a: Row) -> Section:
    heads = [
        Head("Metric", left=True),
        Head("Asked"),
        Head("Reached"),
        Head("Verdict", left=True),
        Head("Why this limit", left=True),
        Head("From", left=True),
    ]
    body = [
        [
            m["metric"].replace(",", ", "),
            m["asked"],
            "none" if m["value"] is None else plain(m["value"], 2),
            _met(m["met"]),
            m["why"],
            m["reason"],
        ]
        for m in a["acceptance"]
    ]
    blocks: list[Block] = [
        Table("Limits of acceptance and what was reached", heads, body, data=[dict(m) for m in a["acceptance"]])
    ]
    blocks += [Heading("What has no evidence"), Bullets(a["no_evidence"] or ["Nothing that this context asks for."])]
    blocks += [Heading("Limits"), Bullets(a["limits"])]
    return Section("acceptance", "Acceptance", blocks)


def _met(met: bool | None) -> Words:
    if met is None:
        return badge("? no evidence", "unk")
    return badge("✓ met", "good") if met else badge("✕ missed", "bad")


def _model(a: Row) -> Section:
    influence = a["influence_of_parameters"]
    blocks: list[Block] = [Text(f"{influence['reason']}.")]
    if influence["rows"]:
        heads = [
            Head("Parameter"),
            Head("Kind", left=True),
            Head("Source", left=True),
            Head("Moves the change by", "points"),
        ]
        body = [[r["parameter"], r["kind"], r["source"], signed(r["moved"], 2)] for r in influence["rows"]]
        blocks.append(Table("Parameters by their influence", heads, body))
    kinds = [(k.replace("_", " "), ", ".join(f"{n} {x}" for n, x in v.items())) for k, v in a["provenance"].items()]
    blocks += [Heading("Provenance of the numbers"), Facts(kinds)]
    c = a["calibration"]
    known = ", ".join(c["barely_known"]) or "none"
    text = f"{c['rows']} rows, cost {c['cost']}, {c['parameters']} parameters. The data narrowed the prior of these by less than a tenth: {known}."
    blocks += [Heading("Calibration and identifiability"), Text(text)]
    return Section("model", "Model form and assumptions, by influence", blocks, "Model and assumptions")


def _verification(a: Row) -> Section:
    heads = [Head("Factor", left=True), Head("What", left=True), Head("Test", left=True)]
    body = [[e["factor"], e["what"], e["test"]] for e in a["verification"]]
    text = "What the tests of a release gave is reported by its own run of ./dev test; here is which test makes which evidence."
    return Section("verification", "Verification", [Text(text), Table("Tests that make evidence", heads, body)])


def _validation(a: Row) -> Section:
    v = a["validation"]
    looks = v["looks"] if v["looks"] is not None else "an unknown number of"
    blocks: list[Block] = [
        Text(f"Held-out rows were looked at {looks} times. Calibration is never counted as validation.", "lead")
    ]
    heads = [Head("Outcome"), Head("Error", "root mean square"), Head("Skill against the class mean"), Head("Rows")]
    body: list[Any] = []
    for name, rows in v["sets"].items():
        body.append(Band(name if rows else f"{name}: none, {v['never_looked_at']}"))
        body += [
            [
                NAMES.get(s["endpoint"], s["endpoint"]),
                plain(s["rmse"], 2),
                "no mean of a class to compare with" if s["skill"] is None else percent(s["skill"]),
                str(s["rows"]),
            ]
            for s in rows
        ]
    blocks.append(Table("Errors, set by set", heads, body))
    same = v["same_rows_as_the_published_model"]
    if same:
        heads = [
            Head("Outcome", left=True),
            Head("Set", left=True),
            Head("Here"),
            Head("Published model"),
            Head("Rows"),
        ]
        rows = [
            [
                NAMES.get(s["endpoint"], s["endpoint"]),
                ROLES.get(s["role"], s["role"]),
                plain(s["ours"], 2),
                plain(s["theirs"], 2),
                str(s["rows"]),
            ]
            for s in same
        ]
        worse = frozenset(i for i, s in enumerate(same) if s["ours"] > s["theirs"])
        blocks.append(
            Table(
                "Against the published model, the same rows", heads, rows, "Marked: this model is worse", marked=worse
            )
        )
    return Section("validation", "Validation", blocks)


def _plausibility(a: Row) -> Section:
    p = a["plausibility"]
    counts = ", ".join(f"{n} {k}" for k, n in p["verdicts"].items())
    score = p["mean_mutation_score"]
    turned = (
        "No mechanism was broken yet."
        if score is None
        else f"A claim that holds is turned by {percent(score)} of the broken mechanisms on average."
    )
    blocks: list[Block] = [
        Text(f"The review's statements: {counts}. What is vacuous, circular or merged is no evidence. {turned}")
    ]
    if p["fails"]:
        blocks.append(
            Table(
                "Statements that fail",
                [Head("Statement"), Head("Who is wrong", left=True)],
                [[id, why] for id, why in p["fails"].items()],
            )
        )
    return Section("plausibility", "Plausibility", blocks)


def _applicability(a: Row) -> Section:
    facts = [
        (k.replace("_", " "), v if isinstance(v, str) else " to ".join(str(x) for x in v))
        for k, v in a["applicability"].items()
    ]
    distance = a["distance_of_study"]
    blocks: list[Block] = [
        Facts(facts),
        Heading("A study"),
        Text(f"{distance['study'] or 'None'}: {distance['reason']}."),
    ]
    if distance["rows"]:
        heads = [Head("What is asked", left=True), Head("Evidence", left=True), Head("In words", left=True)]
        body = [
            [
                r["what"].replace("_", " "),
                badge("? outside", "unk") if r["outside"] else badge("inside", "plain"),
                r["words"].replace("_", " "),
            ]
            for r in distance["rows"]
        ]
        blocks.append(Table("Distance of the study from the evidence", heads, body))
    return Section("applicability", "Applicability", blocks)
