"""The living page inside a report: its own compiled model, of the drugs of the report alone, packed once for all its arms."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Mapping, Sequence
from typing import Any

from osteon.errors import Unsupported
from osteon.evidence import Cohort, load_cohort
from osteon.inputs import Scenario, Study
from osteon.inputs.dose_response import DoseResponseFile
from osteon.interventions import CARDS
from osteon.report.blocks import Live, Words
from osteon.report.live import live_page
from osteon.report.live_cells import cells_of_points, middle_infusion
from osteon.report.live_state import state_of
from osteon.report.live_words import published_arms
from osteon.simulation.typical import cohort_of, person_of, t_scores_of
from osteon.units import DAYS_PER_MONTH

LIVE_SECTION_MAX_ARMS = 8  # buttons of arms
Plan = list[dict[str, Any]]
LIVE_SECTION_WORDS = (
    "The model of this report, alive: it computes in this file, without a network. It opens with the typical person of the study; change the person, "
    "doses and times, compare two plans, see why. One person here, so no measurement and no dropout."
)


def live_section(
    drugs: Sequence[str],
    openings: Sequence[tuple[str, Mapping[str, Any]]],
    words: Words = LIVE_SECTION_WORDS,
    cell_rows: Mapping[str, Any] | None = None,
) -> Live:
    """The page of some drugs.   openings : (words of a button, state that the page opens with); none: as the page opens itself

    cell_rows : of its screen of cell products; None: without that screen
    """
    names = [d for d in dict.fromkeys(drugs) if d in CARDS]
    page = live_page(names, cell_rows=cell_rows)
    packed = base64.b64encode(gzip.compress(page.encode(), 9, mtime=0)).decode()
    return Live(packed, [(text, link_of(state)) for text, state in openings] or [("Open the living page", "")], words)


def link_of(state: Mapping[str, Any]) -> str:
    """A state of the page as the end of a link, as the page itself writes it.

    >>> link_of({}), link_of({"months": 24})
    ('', 'eyJtb250aHMiOjI0fQ')
    """
    if not state:
        return ""
    text = json.dumps(state, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def live_of_study(study: Study) -> Live:
    """Of a study: its drugs, and a button an arm with the comparator as the second plan. Arms with cells are not in the page."""
    drugs = [r.drug for a in study.arm for r in a.regimen]
    cohort = cohort_of(study)
    months = _months(study.design.duration / DAYS_PER_MONTH)
    compared = next((e.compare for e in study.endpoint if e.compare), None)
    other = next((_plan(a.regimen, months) for a in study.arm if a.name == compared), [])
    openings = []
    for arm in study.arm:
        if not arm.cells and (arm.regimen or len(study.arm) == 1):
            second = other if arm.name != compared else []
            openings.append((f"Open with {arm.name}", _state(cohort, [_plan(arm.regimen, months), second], months)))
    left = [a.name for a in study.arm if a.cells]
    words = LIVE_SECTION_WORDS + (
        f" Cells are not in it ({', '.join(left)}): what they do in people is not known well enough for one person."
        if left
        else ""
    )
    return live_section(drugs, openings or [("Open with the typical person", _state(cohort, [[], []], months))], words)


def live_of_scenario(scenario: Scenario) -> Live | None:
    """Of one person: what she is given; None for what a page cannot hold (animals, cells, event tables, rules of several conditions)."""
    if scenario.animal is not None or scenario.cells:
        return None
    try:
        state = state_of(scenario)
    except Unsupported:
        return None
    return live_section([r.drug for r in scenario.regimen], [("Open with this person", state)])


def live_of_cohorts(cohorts: Sequence[str]) -> Live | None:
    """Of replayed cohorts: the drugs of their arms, and a button for each arm that the page has, with its published values."""
    names = {c.lower() for c in cohorts}
    drugs = {str(r["drug"]) for c in names for a in load_cohort(c).arms for r in a.regimen if r.get("drug") in CARDS}
    arms = [a for a in published_arms(frozenset(drugs)) if a["id"].split("/")[0].lower() in names]
    openings = []
    for a in arms[:LIVE_SECTION_MAX_ARMS]:
        state = {
            "person": a["person"],
            "plans": [a["plan"], []],
            "habits": [],
            "overrides": [],
            "months": int(a["months"]),
        }
        openings.append((f"Open with {a['words']}", state | {"screen": "one", "arm": a["id"]}))
    text = "The model of this report, alive: it computes in this file, without a network. Each button opens the typical person and plan of an arm, with its published values as rings; they go when anything moves."
    return live_section(sorted(drugs), openings, text) if drugs else None


def live_of_dose_response(file: DoseResponseFile, points: Sequence[Mapping[str, Any]]) -> Live:
    """Of a dose-response run: the screen of cell products with the run's own points, and the typical person of its cohort."""
    cohort = load_cohort(file.dose_response.cohort)
    minutes = sorted({middle_infusion([p for p in points if p["route"] == r]) for r in {p["route"] for p in points}})
    text = (
        "The points of this report at your hand: choose a species, a source and a route, and read effect beside harm dose by dose"
        f" (infused over {' or '.join(f'{m:g}' for m in minutes)} minutes). The other screens hold the model of one person without drugs; it computes in this file,"
        " without a network. One person is given no cells there: what they do in people is not known well enough."
    )
    state = _state(cohort, [[], []], 12) | {"screen": "cells"}
    return live_section((), [("Open the points", state)], text, cells_of_points(points))


def _months(length: float) -> int:
    return int(min(max(12, -(-round(length, 6) // 1)), 1000))


def _state(cohort: Cohort, plans: list[Plan], months: int) -> dict[str, Any]:
    """The typical person of a cohort with two plans."""
    p = person_of(cohort)
    person: dict[str, Any] = {
        "sex": cohort.sex,
        "age": round(p["age_at_start"], 2),
        "bmi": round(p["bmi"], 2),
        "smoking": "never",
        "prior_fractures": [],
    }
    if cohort.sex == "female":
        person["years_since_menopause"] = round(p["age_at_start"] - p["menopause_age"], 2)
    person |= {f"t_{site}": round(float(t), 2) for site, t in t_scores_of(cohort).items()}
    return {
        "person": person,
        "plans": plans,
        "habits": [],
        "overrides": [],
        "months": months,
        "screen": "one",
        "arm": "",
    }


def _plan(regimens: Sequence[Any], months: int) -> Plan:
    """Regimens as the page keeps them; those whose rules have several conditions lose them."""
    return [
        {
            "drug": r.drug,
            "route": r.route,
            "amount": r.amount,
            "every": r.every if r.every else 2 * DAYS_PER_MONTH,
            "duration": r.duration or 0,
            "from": round(r.start / DAYS_PER_MONTH, 9),
            "until": round(r.start / DAYS_PER_MONTH, 9) + 1
            if not r.every
            else months
            if r.until is None
            else min(months, round(r.until / DAYS_PER_MONTH, 9)),
            "adherence": r.adherence,
            "stop": _rule(r.stop_when),
            "hold": _rule(r.hold_when),
        }
        for r in regimens
    ]


def _rule(rule: Any) -> dict[str, Any] | None:
    if rule is None or rule.also:
        return None
    return {"quantity": rule.quantity, "operator": rule.operator, "level": rule.level}
