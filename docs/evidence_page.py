"""How far every published number and every reference has been read, on one page of the docs site."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from docs.pages import esc, link, slug, table
from osteon.app.credibility import provenance_of_numbers
from osteon.evidence.ledger import evidence_keys
from osteon.evidence.lint import CONFIDENCES
from osteon.evidence.reading_counts import (
    STANDINGS,
    USES,
    counts_by_confidence,
    counts_by_use,
    read_but_unverified,
    sources_without_quote,
)
from osteon.evidence.readings import evidence_records
from osteon.evidence.references import STATUSES, load_references

MOST = 40  # sources listed


def evidence_page() -> str:
    """The page: numbers by use and by confidence, references by status, what the record of a number lacks, what to read next."""
    return "".join((_lead(), _numbers(), _references(), _fields(), _next(), _waiting()))


def _lead() -> str:
    records = evidence_records()
    found = sum(counts_by_confidence().values(), Counter[str]())
    told = (
        f"{found['quoted']} are quoted, {found['figure']} come from figures, {found['direction']} are directions, {found['derived']} were worked out, "
        f"{found['no quote']} were read without a quote, {found['differs']} differ from what was read, and {found['nowhere']} were read nowhere"
    )
    return (
        f'<p class="lead">Of {len(records):,} published numbers {esc(told)}.</p>'
        + table(["word", "what it means"], [[s, esc(w)] for s, w in STANDINGS.items()])
        + "<p>One number: <code>osteon show freedom/denosumab/bmd_lumbar_spine/36/pct_diff_vs_comparator</code>; all: <code>osteon list evidence --json</code>.</p>"
    )


def _crossed(head: str, rows: Mapping[str, Counter[str]], words: str, names: Mapping[str, str]) -> str:
    lines = [
        [esc(names.get(k, k)), str(c.total()), *(str(c[s]) for s in STANDINGS)] for k, c in rows.items() if c.total()
    ]
    whole = sum(rows.values(), Counter[str]())
    lines.append(["all", str(whole.total()), *(str(whole[s]) for s in STANDINGS)])
    return table([head, "numbers", *STANDINGS], lines, words)


def _numbers() -> str:
    by_confidence = counts_by_confidence()
    ordered = {c: by_confidence[c] for c in CONFIDENCES if c in by_confidence}
    return (
        "<h2>Published numbers</h2>"
        + _crossed("confidence of the row", ordered, "By the confidence of their row", {})
        + _crossed("what uses it", counts_by_use(), "By what uses them", USES)
    )


def _references() -> str:
    groups = {
        "references of the review": [r.status for r in load_references().values() if r.number],
        "other references": [r.status for r in load_references().values() if not r.number],
        "every key that a source may name": [k.status for k in evidence_keys().values()],
    }
    lines = [[name, str(len(found)), *(str(found.count(s)) for s in STATUSES)] for name, found in groups.items()]
    counted = provenance_of_numbers().items()
    numbers = [[esc(k.replace("_", " ")), esc(", ".join(f"{n} {x}" for n, x in v.items()))] for k, v in counted]
    return (
        "<h2>References</h2>"
        + table(["", "how many", *STATUSES], lines, "By the status of their identifier")
        + table(["status", "what it means"], [[s, esc(w)] for s, w in STATUSES.items()])
        + f"<p>{link('Every reference with its identifier', '../references/index.html')}</p>"
        + "<h2>Numbers of the model</h2>"
        + table(["numbers of the product", "how many"], numbers, "By kind, confidence and what they were read through")
    )


def _fields() -> str:
    records = evidence_records()
    why = {
        "identifier": "the citation carries none",
        "place": "the citation does not say which table, figure or section",
        "quote": "no sentence with the number is recorded: see the words above",
        "reader": "who read it was not written down",
        "read_on": "when it was read was not written down",
    }
    lines = [
        [
            f.replace("_", " "),
            str(sum(f not in r.missing for r in records)),
            str(sum(f in r.missing for r in records)),
            w,
        ]
        for f, w in why.items()
    ]
    return "<h2>Fields of the records</h2>" + table(["field", "filled", "empty", "why empty"], lines)


def _next() -> str:
    sources = sources_without_quote()
    keys = evidence_keys()

    def named(citation: str) -> str:
        key = citation.strip().lower()
        return link(citation, f"../references/{slug(key)}.html") if key in keys else esc(citation)

    lines = [
        [named(c), str(n), esc(", ".join(f"{USES[u]} {k}" for u, k in uses.items()))] for c, n, uses in sources[:MOST]
    ]
    words = (
        f"The first {len(lines)} of {len(sources)} sources with numbers that carry no quote, those that fits see first"
    )
    return "<h2>What to read next</h2>" + table(["source", "numbers", "what uses them"], lines, words)


def _waiting() -> str:
    lines = [[esc(r.row), f"{r.value:g} {esc(r.unit)}", esc(r.quote), esc(r.identifier)] for r in read_but_unverified()]
    more = f"<p>{link('Numbers that a fit sees and that were read better since', 'next_fit.html')}</p>"
    if not lines:
        return more
    words = (
        "Rows that were unverified when the fits were made and were found in their source since; a refit takes them in"
    )
    return "<h2>Waiting for the next fit</h2>" + more + table(["row", "value", "quote", "where"], lines, words)
