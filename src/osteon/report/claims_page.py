"""The report of claims: which statements of the review hold on the model, on what that rests, and who is wrong where one fails."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from osteon.charts.scales import percent
from osteon.checks.rows import ClaimRow
from osteon.io.files import write_atomic
from osteon.report.blocks import (
    Band,
    Block,
    Head,
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
from osteon.report.experiment_page import verdict
from osteon.report.page import provenance, render_report


def write_claims_report(path: Path, rows: Sequence[ClaimRow]) -> None:
    """Write the report of claims that were checked (rows as of `check_claims`)."""
    write_atomic(path, render_report(claims_report(rows)))


def claims_report(rows: Sequence[ClaimRow]) -> Report:
    """The report of claims."""
    again = (
        "osteon claims "
        + (" ".join(str(r["id"]) for r in rows) if len(rows) <= 12 else "--all")
        + " --report again.html"
    )
    sections = [_answer(rows), _failing(rows), _every(rows), provenance_section(provenance(0, {}), again)]
    title = (
        "The review's statements, checked on the model" if len(rows) > 1 else f"{rows[0]['id']}, checked on the model"
    )
    return Report(
        title,
        ["Claims", f"{len(rows)} statement{'s' if len(rows) != 1 else ''}"],
        [s for s in sections if s is not None],
    )


def _answer(rows: Sequence[ClaimRow]) -> Section:
    holds = [r for r in rows if r["verdict"] == "holds" and not r["twin"]]
    fails = [r for r in rows if r["verdict"] == "fails"]
    bases = Counter(str(r["basis"]) for r in holds)
    say = joined(["Of", f"{len(rows)} statement{'s' if len(rows) != 1 else ''}", bold(f"{len(holds)} hold"), "on the model and", bold(f"{len(fails)} fail" + ("s" if len(fails) == 1 else "")),
                  "; of those that hold, " + (", ".join(f"{n} are {b}" if n > 1 else f"{n} is {b}" for b, n in bases.most_common()) or "none") + "."])  # fmt: skip
    heads = [Head("Verdict", left=True), Head("Basis", left=True), Head("Statements")]
    counts = Counter(
        (str(r["status"]) if r["verdict"] != "holds" or r["twin"] else "holds", str(r["basis"]), str(r["verdict"]))
        for r in rows
    )
    body: list[list[Words]] = [
        [verdict({"status": s, "verdict": v}), b, str(n)] for (s, b, v), n in counts.most_common()
    ]
    scores = [r["mutation_score"] for r in holds if r["mutation_score"] is not None]
    blocks: list[Block] = [Text(_joined_text(say), "say"), Table("Verdicts by basis", heads, body)]
    if scores:
        blocks.append(
            Text(
                f"Of the broken mechanisms a claim that holds is turned by {percent(sum(scores) / len(scores))} on average. What is vacuous, circular or merged is no evidence.",
                "small",
            )
        )
    return Section("answer", "The answer", blocks)


def _joined_text(words: Words) -> Words:
    from markupsafe import Markup

    return Markup(str(words).replace("</b> ;", "</b>;"))


def _failing(rows: Sequence[ClaimRow]) -> Section | None:
    fails = [r for r in rows if r["verdict"] == "fails"]
    if not fails:
        return None
    heads = [
        Head("Statement", left=True),
        Head("Who is wrong", left=True),
        Head("Because", left=True),
        Head("On the model", left=True),
    ]
    body = [
        [f"{r['id']}: {r['claim']}", str(r["at_fault"]) or "not decided", str(r["because"]), str(r["figure"])]
        for r in fails
    ]
    return Section("fails", "What fails, and who is wrong", [Table("Statements that fail", heads, body)])


def _every(rows: Sequence[ClaimRow]) -> Section:
    heads = [
        Head("Statement", left=True),
        Head("Verdict", left=True),
        Head("Basis", left=True),
        Head("On the model", left=True),
        Head("Turned by", "of broken mechanisms"),
    ]
    body: list[Any] = []
    group = ""
    for r in sorted(rows, key=lambda r: (str(r["evidence"]), _number(str(r["id"])))):
        if r["evidence"] != group:
            group = str(r["evidence"])
            body.append(Band(f"{group[:1].upper()}{group[1:]} evidence" if group else "No evidence named"))
        turned = "" if r["mutation_score"] is None else percent(r["mutation_score"])
        body.append(
            [
                f"{r['id']}: {r['claim']}",
                verdict(r),
                badge(str(r["basis"]), "plain") if r["basis"] else "",
                str(r["figure"]),
                turned,
            ]
        )
    data = [{k: v for k, v in r.items() if not isinstance(v, list | dict)} for r in rows]
    return Section("statements", "Every statement", [Table("Statements, verdicts and figures", heads, body, data=data)])


def _number(name: str) -> float:
    digits = "".join(c for c in name if c.isdigit())
    return float(digits) if digits else 0.0
