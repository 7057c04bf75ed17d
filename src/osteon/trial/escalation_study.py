"""A study by cohorts: each cohort gets one dose, and its toxicities choose the dose of the next.

Patients come one after the other. Whether one would have a dose-limiting toxicity at a dose follows from the hazards that the
arm's cells add (simulation.cell_products.acute_hazards) in the parameter draw of her trial, from her weight, and from a number of her own that is the same at
every dose. Those who are treated are enrolled, nobody else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from osteon.inputs import Study
from osteon.population import Patients
from osteon.simulation.cell_products import acute_hazards, cell_doses
from osteon.statistics.escalation import Escalation, EscalationTrial, escalate
from osteon.streams import uniform
from osteon.trial.trials import draw_of

Array = NDArray[np.float64]


@dataclass(frozen=True)
class CohortTrial:
    """One escalation of a study: arms of the treated patients by number, (treated,), and how it went."""

    arms: NDArray[np.int64]
    course: EscalationTrial


def plan_of(study: Study) -> Escalation:
    """The rule of a study's escalation. Raises InputError with every fault."""
    e = study.escalation
    assert e is not None
    names = dose_names(study)
    start = names.index(e.start) if e.start else 0
    return Escalation(
        e.rule, len(names), e.target, e.cohort, e.max_patients, e.max_at_one_dose, tuple(e.skeleton), start, e.too_toxic
    )


def dose_names(study: Study) -> list[str]:
    """Arms that are doses, from the lowest to the highest."""
    e = study.escalation
    assert e is not None
    return list(e.doses) or [a.name for a in study.arm]


def most_patients(study: Study) -> int:
    """Patients that an escalation can need at most."""
    plan = plan_of(study)
    if plan.rule == "three_plus_three":
        return 6 * plan.doses
    return plan.max_patients + plan.cohort


def run_cohorts(study: Study, people: Patients, seed: int) -> CohortTrial:
    """The escalation of one trial. people : most_patients of them, in the order in which they come."""
    plan, names = plan_of(study), dose_names(study)
    chance = toxicity(study, people, seed)
    suffers = uniform(seed, people.ids, "dose_limiting_toxicity")[:, None] < chance
    course = escalate(plan, lambda patient, dose: bool(suffers[patient, dose]))
    number = [a.name for a in study.arm]
    size = 3 if plan.rule == "three_plus_three" else plan.cohort
    arms = np.repeat([number.index(names[d]) for d in course.path], size)
    return CohortTrial(arms.astype(np.int64), course)


def toxicity(study: Study, people: Patients, seed: int) -> Array:
    """Chance of each person to have a dose-limiting toxicity at each dose, (people, doses)."""
    e = study.escalation
    assert e is not None
    weight = people.covariates["body_weight"]
    draws = draw_of(people.ids)
    arms = {a.name: a for a in study.arm}
    columns = []
    for name in dose_names(study):
        hazard = np.full(len(people), -np.log1p(-e.background))
        own = acute_hazards(cell_doses(arms[name].cells), weight, draws, seed, e.within)
        hazard = hazard + sum((own[k] for k in e.toxicity), np.zeros(len(people)))
        columns.append(-np.expm1(-hazard))
    return np.stack(columns, axis=1)


def course_rows(study: Study, trials: Sequence[tuple[int, EscalationTrial]]) -> dict[str, Any]:
    """What escalations did: each trial's course, and over all of them how often each dose was recommended and tried."""
    names = dose_names(study)
    rows = [
        {
            "trial": number,
            "path": [names[d] for d in t.path],
            "treated": dict(zip(names, t.treated, strict=True)),
            "toxicities": dict(zip(names, t.toxicities, strict=True)),
            "recommended": None if t.recommended is None else names[t.recommended],
            "reason": t.reason,
        }
        for number, t in trials
    ]
    chosen = Counter(r["recommended"] for r in rows)
    share: Mapping[str, float] = {str(n or "none"): chosen[n] / len(rows) for n in (*names, None)}
    mean = float(np.mean([sum(t.treated) for _, t in trials]))
    return {"rule": plan_of(study).rule, "trials": rows, "recommended_share": dict(share), "mean_treated": mean}


def course_sentences(result: Mapping[str, Any]) -> list[str]:
    """The first trial in words, and what several trials recommend."""
    first, rows = result["trials"][0], result["trials"]
    steps = " → ".join(first["path"])
    counts = ", ".join(f"{n} {first['toxicities'][n]} of {k}" for n, k in first["treated"].items() if k)
    told = f"recommended: {first['recommended']}" if first["recommended"] else "no dose is recommended"
    found = [f"Escalation ({result['rule']}): {steps}. Dose-limiting toxicities: {counts}; {told}. {first['reason']}"]
    if len(rows) > 1:
        shares = ", ".join(f"{n} {s:.0%}" for n, s in result["recommended_share"].items())
        found.append(
            f"Over {len(rows)} trials: recommended {shares}; {result['mean_treated']:.1f} patients treated on average."
        )
    return found
