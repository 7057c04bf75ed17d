"""Scenarios of persons drawn at random, as files hold them: drugs, pairs, starts before month 0, rules, habits, burdens."""

from __future__ import annotations

import random
from typing import Any

from osteon.interventions import CARDS
from osteon.simulation.portable import usual_regimen

OUTPUTS = [
    "bmd_total_hip", "bmd_lumbar_spine", "bmd_femoral_neck", "t_total_hip", "ctx", "p1np", "bsap", "calcium", "pth",
    "vitamin_d", "gfr", "hazard_vertebral", "hazard_hip", "hazard_nonvertebral", "hazard_clinical",
]  # fmt: skip
RULES = ["t_total_hip > -1.5", "ctx < 0.3 ug/L", "calcium < 2.3 mmol/L and t_total_hip > -2"]
HABITS = [
    {"name": "exercise", "kind": "resistance_and_impact", "from": "6 months"},
    {"name": "calcium", "dose": "500 mg/day", "from": "0 months", "until": "20 months"},
    {"name": "vitamin_d", "dose": "800 IU/day", "from": "-12 months"},
    {"name": "smoking", "kind": "current", "from": "3 months", "until": "30 months"},
    {"name": "glucocorticoid", "dose": "7.5 mg/day", "from": "2 months", "until": "14 months"},
    {"name": "immobilisation", "kind": "bed_rest", "from": "5 months", "until": "6 months"},
]


def tables(n: int, seed: int, end: int = 48, draws: int = 0) -> list[dict[str, Any]]:
    """So many scenarios; the drugs take turns, those injected every day last three months."""
    stream = random.Random(seed)
    return [_table(stream, list(CARDS)[i % len(CARDS)], end, draws) for i in range(n)]


def _table(stream: random.Random, first: str, end: int, draws: int) -> dict[str, Any]:
    start = stream.choice([0, 0, -24, -7])
    drugs = [first, *([stream.choice(list(CARDS))] if stream.random() < 0.5 else [])]
    table: dict[str, Any] = {"format": 1, "title": "drawn", "person": _person(stream)}
    table["regimen"] = [_regimen(stream, d, start + 20 * k) for k, d in enumerate(dict.fromkeys(drugs))]
    table["habit"] = [h for h in HABITS if stream.random() < 0.2]
    table["output"] = {"end": f"{end} months", "at": "4 months", "of": OUTPUTS, "as": "value", "draws": draws}
    if stream.random() < 0.2:
        table["override"] = [{"parameter": "denosumab_cl", "factor": 1.5}]
    return table


def _person(stream: random.Random) -> dict[str, Any]:
    age, male = stream.randint(45, 88), stream.random() < 0.25
    person: dict[str, Any] = {"age": f"{age} years", "sex": "male" if male else "female"}
    person |= {"bmi": f"{stream.uniform(18, 36):.1f} kg/m^2", "smoking": stream.choice(["never", "former", "current"])}
    person["prior_fractures"] = stream.choice([[], [], ["vertebral"], ["hip", "vertebral", "vertebral"]])
    if not male:
        since = {"years_since_menopause": f"{stream.randint(max(0, age - 64), age - 42)} years"}
        person |= stream.choice([since, since, {"surgical_menopause_at": "44 years"}, {}])
    more = [
        {"glucocorticoid": "7.5 mg/day", "glucocorticoid_for": "2 years"},
        {"gfr": "40 mL/min"},
        {"immobilised": "wheelchair", "immobilised_for": "4 months"},
        {"rheumatoid_arthritis": True},
        {"exercise": "walking", "alcohol": "3 units/day"},
    ]
    for extra in more:
        person |= extra if stream.random() < 0.15 else {}
    person["baseline"] = _baseline(stream)
    return person


def _baseline(stream: random.Random) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for site, low in (("total_hip", -3.0), ("lumbar_spine", -3.6), ("femoral_neck", -3.0)):
        if stream.random() < 0.8:
            found[f"t_{site}"] = round(stream.uniform(low, 0.3), 2)
    if stream.random() < 0.6:
        found["turnover"] = round(stream.uniform(0.5, 2.2), 2)
    if stream.random() < 0.7:
        found |= {
            "vitamin_d": f"{stream.randint(20, 95)} nmol/L",
            "calcium_intake": f"{stream.randint(350, 1300)} mg/day",
        }
    return found


def _regimen(stream: random.Random, drug: str, start: int) -> dict[str, Any]:
    usual = usual_regimen(CARDS[drug])
    months = 3 if usual.every < 2 else stream.randint(8, 30)
    share = stream.choice([1.0, 1.0, 0.8])
    row: dict[str, Any] = {
        "drug": drug,
        "route": usual.route,
        "dose": f"{usual.amount * stream.choice([0.5, 1, 1]):g} {usual.unit}",
    }
    row |= {
        "every": f"{usual.every:g} days",
        "from": f"{start} months",
        "until": f"{start + months} months",
        "adherence": share,
    }
    if usual.duration:
        row["duration"] = f"{usual.duration * 1440:g} min"
    for rule in ("stop_when", "hold_when"):
        if stream.random() < 0.2:
            row[rule] = stream.choice(RULES)
    return row
