"""Limits of labels: how long, for whom, with which kidneys. A policy of care; it warns and changes nothing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from osteon.interventions import CARDS
from osteon.interventions.card import Label
from osteon.model import Regimen
from osteon.units import DAYS_PER_MONTH

LABELS_SLACK = 0.1  # months by which a treatment may seem longer than it is


@dataclass(frozen=True)
class Warned:
    """A warning. kind: exceeded, not_approved, contraindicated, or ask (the file cannot say)."""

    drug: str
    kind: str
    text: str
    source: str


@dataclass(frozen=True)
class Treated:
    """Who is treated, as far as a label asks. egfr: mL/min/1.73 m^2, NaN where it is not known."""

    female: bool = True
    after_menopause: bool = True
    egfr: float = math.nan


def warnings(regimens: Sequence[Regimen], who: Treated, end: float) -> tuple[Warned, ...]:
    """What the labels of the drugs say about these regimens up to day `end`, each drug in turn."""
    found: list[Warned] = []
    for drug in dict.fromkeys(r.target for r in regimens):
        label = CARDS[drug].label if drug in CARDS else None
        if label:
            months = months_on(tuple(r for r in regimens if r.target == drug), end)
            found += _warnings(drug, label, months, who)
    return tuple(found)


def months_on(regimens: Sequence[Regimen], end: float) -> float:
    """Months of treatment with one drug, gaps between courses left out, overlaps counted once."""
    spans = sorted((r.start, _last(r, end)) for r in regimens)
    days, reached = 0.0, -math.inf
    for first, last in spans:
        days += max(0.0, last - max(first, reached))
        reached = max(reached, last)
    return days / DAYS_PER_MONTH


def _last(r: Regimen, end: float) -> float:
    if r.every is None:
        return r.start
    return max(r.start, min(end, end if r.until is None else r.until))


def _warnings(drug: str, label: Label, months: float, who: Treated) -> list[Warned]:
    found = []
    if label.unapproved:
        found.append(("not_approved", f"{drug} is not on the market: {label.unapproved}."))
    if months > label.max_months + LABELS_SLACK:
        text = f"{months:.0f} months of {drug} are more than the {label.max_months:.0f} of its label"
        found.append(("exceeded", f"{text}: {label.policy}." if label.policy else f"{text}."))
    if label.women_after_menopause and not (who.female and who.after_menopause):
        found.append(("contraindicated", f"{drug} is approved for women after menopause only."))
    found += _kidneys(drug, label.min_egfr, who.egfr)
    if label.not_with:
        found.append(("ask", f"{drug} is not for: {'; '.join(label.not_with)}."))
    return [Warned(drug, kind, text, label.source) for kind, text in found]


def _kidneys(drug: str, least: float, egfr: float) -> list[tuple[str, str]]:
    if math.isnan(least):
        return []
    if math.isnan(egfr):
        return [("ask", f"{drug} asks for an eGFR of at least {least:.0f} mL/min/1.73 m², which is not given.")]
    if egfr >= least:
        return []
    return [("contraindicated", f"{drug} is not advised at an eGFR of {egfr:.0f} (least {least:.0f}).")]
