"""Cards of virtual people: how quantities go together beside what is published, who has little bone, a population at large."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

from osteon.evidence import load_cohort
from osteon.population import sample
from osteon.population.published import compared, shares
from osteon.simulation.assembly import human_model

Made = tuple[dict[str, Any], str]
POPULATION_CARDS_POPULATION = "population"
N_PERSONS, SEED = 20_000, 1
ADULTS = "us_adults_50"
POPULATION_CARDS_SEXES = {"both": "women and men", "female": "women", "male": "men"}


def population_card() -> Made:
    """20,000 women and men of the United States beside the correlations that were put in, and beside published shares."""
    persons = sample(
        load_cohort(ADULTS).population, human_model(), N_PERSONS, SEED, between=False, joint=True
    ).covariates
    rows, low = compared(persons), shares(persons)
    row = {
        "name": POPULATION_CARDS_POPULATION,
        "people": N_PERSONS,
        "correlations": [
            {**asdict(r.correlation), "simulated_women": _number(r.women), "simulated_men": _number(r.men)}
            for r in rows
        ],
        "low_bone_mass": [asdict(s) for s in low],
    }
    lines = [
        f"{POPULATION_CARDS_POPULATION}  (how what virtual people are drawn with goes together)",
        f"{N_PERSONS} women and men of '{ADULTS}', seed {SEED}, beside the correlations put in. '.': cut to yes or no, or not shown by people.",
        "",
        f"{'pair':37} {'women':>6} {'here':>6} {'men':>6} {'here':>6}  kind in women, in men, source",
    ]
    for r in rows:
        c = r.correlation
        pair = f"{c.first}, {c.second}"
        lines.append(
            f"{pair:37} {c.women:6.2f} {_shown(r.women)} {c.men:6.2f} {_shown(r.men)}  {c.kind_women}, {c.kind_men}, {c.source}"
        )
    lines += [
        "",
        "Percent with osteoporosis and with low bone mass at femoral neck or lumbar spine. Each site alone was put in; either site follows.",
        f"{'people':14} {'age':>9} {'osteoporosis':>13} {'here':>6} {'low bone mass':>14} {'here':>6}",
    ]
    for s in low:
        age = f"{s.from_age:.0f} to {s.to_age:.0f}"
        lines.append(
            f"{POPULATION_CARDS_SEXES[s.sex]:14} {age:>9} {s.osteoporosis:13.1f} {s.simulated_osteoporosis:6.1f}"
            f" {s.low_bone_mass:14.1f} {s.simulated_low_bone_mass:6.1f}"
        )
    either = low[0].simulated_osteoporosis + low[0].simulated_low_bone_mass
    lines.append(f"Either: {low[0].osteoporosis + low[0].low_bone_mass:.1f} published (wright2014), {either:.1f} here.")
    return row, "\n".join(lines)


def reference_card(name: str) -> Made:
    """The card of a population at large: what is known of it."""
    cohort = load_cohort(name)
    figures = {k: v for k, v in cohort.population.items() if k != "men"}
    row = {"name": cohort.id, "sex": cohort.sex, "population": dict(cohort.population)}
    lines = [f"{cohort.id}  (population at large; studies may name it as their cohort)"]
    lines += [f"  {k}  {v}" for k, v in figures.items()]
    lines += [f"  men: {k}  {v}" for k, v in cohort.population.get("men", {}).items()]
    return row, "\n".join(lines)


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _shown(value: float) -> str:
    return f"{value:6.2f}" if math.isfinite(value) else f"{'.':>6}"
