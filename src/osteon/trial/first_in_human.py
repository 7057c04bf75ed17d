"""The first trial of a cell product: where to start and why, how to go up, when to stop, what to sample, what could be shown.

Nothing here names a best dose, a number of fractures prevented, or the absence of a harm. Starting doses come three ways,
by cells a kilogram, by cells a capillary and by the patients infused so far, and the lowest is taken; the others stand
beside it. Effects are those of animals times an unknown factor, which may be nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from osteon.biology.species import body_of
from osteon.cells.feasibility import plan as feasibility
from osteon.cells.hazards import HAZARDS_LETHAL, lethal_dose, line_chances, venous_load
from osteon.cells.human_exposure import counted_upper, exposures
from osteon.cells.lung_burden import obstruction
from osteon.cells.product import CellDose
from osteon.errors import Unsupported
from osteon.inputs.product import FirstInHuman, Product, ProductFile
from osteon.simulation.cell_products import human_tolerance_draws, line_draws
from osteon.simulation.organ_kinetics import organ_courses, organs_of, product_draws
from osteon.simulation.product_release import given_of, release_rows
from osteon.statistics.escalation import RULES, Escalation, exceeds, next_dose
from osteon.trial.proof_of_concept import ProofRow, proof_rows

Array = NDArray[np.float64]
NOT_LETHAL = (
    5e7  # cells/kg of reference cells into a vein that killed no mouse; kwon2024a (1e6 in 20 g, assumed weight)
)
SAFETY_FACTOR = (
    10.0  # from the dose that killed no animal to people.  Source: FDA, Estimating the Maximum Safe Starting Dose, 2005
)
FIRST_IN_HUMAN_CEILING = (
    0.1  # upper 95 % end of the chance of an embolus above which no level is offered.  Source: assumed
)
TOLERATED = 0.01  # upper 95 % end of the chance of an embolus that a starting dose may reach.  Source: assumed
FIRST_IN_HUMAN_DRAWS = 200
FIRST_IN_HUMAN_TRIALS = 400  # simulated escalations of each rule and scenario
BASE_TOXICITY = 0.03  # of patients with a dose-limiting event whatever they are given.  Source: assumed
CRM_FIRST, CRM_STEP = 0.05, 1.7  # skeleton of the CRM: first guess, and its rise a level.  Source: assumed
SLOWEST_LOSS = 0.65 / 1.4**1.645  # 1/day, of arrested cells, lower 5 % end of its prior
COHORT_DAYS = (
    28  # from the last patient of a cohort to the next; covers a first immune answer (two weeks).  Source: assumed
)
FIRST_IN_HUMAN_STOP = 0.9  # chance that toxicity is above the target at which a dose is closed.  Source: assumed
SAMPLING = (1 / 24, 1.0, 3.0, 7.0, 14.0, 28.0)  # days


@dataclass(frozen=True)
class Start:
    """A starting dose by one way of reckoning. cells_per_kg: None where that way says nothing."""

    basis: str
    cells_per_kg: float | None
    reason: str


@dataclass(frozen=True)
class Level:
    """A dose level. margins: how many times it the dose would have to be to kill half of mice, by weight and by capillary.

    embolism_, death_ : chance after the patients infused so far, 90 % of draws; counted_ : patients given at least as much, emboli among them, exact upper end
    """

    level: int
    cells_per_kg: float
    cells: float
    margin_by_weight: float
    margin_by_capillary: float
    embolism_lo90: float
    embolism_hi90: float
    death_hi90: float
    counted_patients: int
    counted_events: int
    counted_upper: float | None
    beyond_people: bool


@dataclass(frozen=True)
class Operating:
    """How a rule of escalation behaves in a scenario of toxicity, over simulated trials."""

    rule: str
    scenario: str
    toxicity: tuple[float, ...]
    patients: float
    toxicities: float
    chance_none: float
    recommended: tuple[float, ...]


@dataclass(frozen=True)
class StopRule:
    """After `patients` at a dose, `events` dose-limiting events close it."""

    patients: int
    events: int


@dataclass(frozen=True)
class Sample:
    """When to image or to sample an organ, and the share of label and of living cells to expect there (90 % of draws)."""

    day: float
    organ: str
    label_lo90: float
    label_hi90: float
    viable_hi90: float


@dataclass(frozen=True)
class FirstInHumanPlan:
    """A whole plan, as JSON and page show it."""

    product: str
    rule: str
    starts: tuple[Start, ...]
    levels: tuple[Level, ...]
    operating: tuple[Operating, ...]
    stops: tuple[StopRule, ...]
    stop_words: tuple[str, ...]
    sentinel_days: int
    cohort_days: int
    sampling: tuple[Sample, ...]
    proof: tuple[ProofRow, ...]
    cells_for_trial: float
    donors: int
    lots: int
    culture_days: float
    cells_per_donor_lo90: float
    cells_per_donor_hi90: float
    known: tuple[str, ...]
    unknown: tuple[str, ...]
    would_stop: tuple[str, ...]
    release_failures: tuple[str, ...]
    notes: tuple[str, ...]
    seed: int

    @property
    def start_reasons(self) -> tuple[str, ...]:
        """One sentence for each way of reckoning a start."""
        return tuple(s.reason for s in self.starts)

    def as_dict(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self)


def plan_first_in_human(file: ProductFile, seed: int = 1) -> FirstInHumanPlan:
    """Plan the first trial of a product. Raises Unsupported for a route whose margins are unknown."""
    product, wanted = file.product, file.first_in_human
    if product.route == "intra_arterial":
        text = (
            "Margins of a dose into an artery rest on rats' brains alone; no starting dose is offered for this route."
        )
        raise Unsupported(text)
    starts = starting_doses(product, seed)
    levels = dose_levels(product, wanted, starts, seed)
    doses = tuple(i * wanted.interval for i in range(wanted.doses))
    proof = proof_rows(
        given_of(product, levels[-1].cells_per_kg, doses), product.weight, tuple(wanted.patients_per_arm), seed
    )
    total = wanted.max_patients * levels[-1].cells + max(wanted.patients_per_arm) * levels[-1].cells * wanted.doses
    made = feasibility(given_of(product).origin, total, product.passage, given_of(product).donor_age)
    failures = tuple(r.reason for r in release_rows(product) if not r.passes)
    return FirstInHumanPlan(
        product=product.name,
        rule=wanted.rule,
        starts=starts,
        levels=levels,
        operating=operating_rows(wanted, levels, seed),
        stops=stopping_rules(wanted),
        stop_words=STOP_WORDS,
        sentinel_days=math.ceil(math.log(10) / SLOWEST_LOSS),
        cohort_days=COHORT_DAYS,
        sampling=sampling_plan(given_of(product, levels[0].cells_per_kg), product.weight, seed),
        proof=proof,
        cells_for_trial=total,
        donors=made.donors,
        lots=made.lots,
        culture_days=made.days,
        cells_per_donor_lo90=made.cells_low,
        cells_per_donor_hi90=made.cells_high,
        known=_known(levels),
        unknown=_unknown(proof, levels),
        would_stop=(
            *STOP_WORDS,
            *(f"The lot is not released: {f}" for f in failures),
            *((made.warning,) if made.warning else ()),
        ),
        release_failures=failures,
        notes=NOTES,
        seed=seed,
    )


def burden_of_cells(given: CellDose) -> float:
    """Burden on the lung of one cell/kg of a product against one reference cell/kg into a vein.  [1]"""
    size = float(obstruction(float(given.origin.diameter(given.passage, given.spheroid))))
    share = float(venous_load(given, 1.0)) / max(float(given.total(1.0)), 1e-300)
    return size * share * HAZARDS_LETHAL / float(lethal_dose(given, np.array(0.0)))


def starting_doses(product: Product, seed: int) -> tuple[Start, ...]:
    """The starting dose three ways, and the lowest of them, rounded down."""
    given = given_of(product)
    by_weight = NOT_LETHAL / burden_of_cells(given) / SAFETY_FACTOR
    fewer = body_of("human").lung_capillaries / body_of("mouse").lung_capillaries
    grid = np.geomspace(1e4, 1e8, 41)
    upper = np.array([_chances(given_of(product, float(d)), product.weight, seed)["embolism"][2] for d in grid])
    allowed = grid[upper <= TOLERATED]
    most = max(e.cells_per_kg for e in exposures() if e.events is not None)
    by_people = min(float(allowed[-1]), most) if len(allowed) else None
    found = [
        Start("cells a kilogram", by_weight, f"By cells a kilogram: {by_weight:.2g} cells/kg, a {SAFETY_FACTOR:g}th of what killed no mouse, in cells of this size."),
        Start("cells a capillary", by_weight * fewer, f"By cells a capillary: {by_weight * fewer:.2g} cells/kg, the same with a tenth of the capillaries."),
        Start("patients infused so far", by_people, "By patients infused so far: " + (
            f"{by_people:.2g} cells/kg keep the upper end of an embolus at {TOLERATED:.0%} (and no more than {most:.2g} was given)."
            if by_people else f"no dose keeps the upper end of an embolus at {TOLERATED:.0%}.")),
    ]  # fmt: skip
    lowest = rounded_down(min(s.cells_per_kg for s in found if s.cells_per_kg))
    return (*found, Start("start", lowest, f"Start: {lowest:.2g} cells/kg, the lowest of the three, rounded down."))


def rounded_down(dose: float) -> float:
    """The next of 1, 2, 5 times a power of ten below.

    >>> rounded_down(7.3e5), rounded_down(1e6)
    (500000.0, 1000000.0)
    """
    power = 10.0 ** math.floor(math.log10(dose) + 1e-9)
    return max(m * power for m in (1.0, 2.0, 5.0) if m * power <= dose * (1 + 1e-9))


def _chances(given: CellDose, weight: float, seed: int) -> dict[str, tuple[float, float, float]]:
    """(median, lower 5 %, upper 95 %) of the chance of each harm, after the patients infused so far."""
    lanes = np.arange(1, FIRST_IN_HUMAN_DRAWS)
    found = line_chances(given, weight, *line_draws(given, lanes, seed), human_tolerance_draws(lanes, seed))
    return {k: tuple(float(x) for x in np.quantile(v, [0.5, 0.05, 0.95])) for k, v in found.items()}  # type: ignore[misc]


def dose_levels(product: Product, wanted: FirstInHuman, starts: Sequence[Start], seed: int) -> tuple[Level, ...]:
    """Levels from the start up by the step, each with its margins; none above what people were given, or above CEILING."""
    first = starts[-1].cells_per_kg
    assert first is not None
    rows: list[Level] = []
    most = max(e.cells_per_kg for e in exposures())
    fewer = body_of("human").lung_capillaries / body_of("mouse").lung_capillaries
    for i in range(wanted.levels):
        dose = min(first * wanted.step**i, max(most, first))
        given = given_of(product, dose)
        chance = _chances(given, product.weight, seed)
        if rows and (chance["embolism"][2] > FIRST_IN_HUMAN_CEILING or dose <= rows[-1].cells_per_kg):
            break
        margin = HAZARDS_LETHAL / burden_of_cells(given) / dose
        n, x, upper = counted_upper(dose)
        rows.append(Level(
            i + 1, dose, dose * product.weight, margin, margin * fewer, chance["embolism"][1], chance["embolism"][2],
            chance["death"][2], n, x, upper, dose > most * (1 + 1e-9),
        ))  # fmt: skip
    return tuple(rows)


def toxicity_scenarios(levels: Sequence[Level]) -> dict[str, tuple[float, ...]]:
    """Chances of a dose-limiting event at each level that a rule is tried on; none of them is a forecast."""
    k = len(levels)
    base = tuple(BASE_TOXICITY for _ in levels)
    upper = tuple(min(0.95, BASE_TOXICITY + v.embolism_hi90) for v in levels)
    steep = tuple(min(0.9, 0.05 * 2.0**i) for i in range(k))
    return {
        "nothing but the background": base,
        "upper end of the model": upper,
        "doubling from 5 %": steep,
        "half of the patients": (0.5,) * k,
    }


def operating_rows(wanted: FirstInHuman, levels: Sequence[Level], seed: int) -> tuple[Operating, ...]:
    """How each rule behaves in each scenario."""
    rows = []
    for rule in RULES:
        plan = escalation_of(wanted, len(levels), rule)
        decided: dict[Any, Any] = {}
        for name, chance in toxicity_scenarios(levels).items():
            rng = np.random.default_rng([seed, RULES.index(rule)])
            runs = [_escalated(plan, chance, rng, decided) for _ in range(FIRST_IN_HUMAN_TRIALS)]
            share = [float(np.mean([end == i for _, _, end in runs])) for i in range(len(levels))]
            rows.append(Operating(
                rule, name, chance, float(np.mean([n for n, _, _ in runs])), float(np.mean([x for _, x, _ in runs])),
                float(np.mean([end is None for _, _, end in runs])), tuple(share),
            ))  # fmt: skip
    return tuple(rows)


def _escalated(
    plan: Escalation, chance: Sequence[float], rng: np.random.Generator, decided: dict[Any, Any]
) -> tuple[int, int, int | None]:
    """(patients, dose-limiting events, level recommended) of one simulated escalation.   decided : decisions met before"""
    treated, events = np.zeros(plan.doses, np.int64), np.zeros(plan.doses, np.int64)
    dose: int | None = plan.start
    while dose is not None:
        treated[dose] += plan.cohort
        events[dose] += int(rng.binomial(plan.cohort, chance[dose]))
        key = (*treated.tolist(), *events.tolist(), dose)
        if key not in decided:
            decided[key] = next_dose(plan, treated, events, dose)
        decision = decided[key]
        dose = decision.dose
    return int(treated.sum()), int(events.sum()), decision.recommended


def escalation_of(wanted: FirstInHuman, levels: int, rule: str) -> Escalation:
    """The escalation of a file, by a rule."""
    skeleton = (
        tuple(min(0.9 - 0.01 * (levels - i), CRM_FIRST * CRM_STEP**i) for i in range(levels)) if rule == "crm" else ()
    )
    return Escalation(rule, levels, wanted.target, 3, wanted.max_patients, min(12, wanted.max_patients), skeleton)


def stopping_rules(wanted: FirstInHuman) -> tuple[StopRule, ...]:
    """How many dose-limiting events close a dose, by the patients treated there (flat prior, chance STOP above the target)."""
    rows = []
    for n in range(3, min(12, wanted.max_patients) + 1, 3):
        closing = next((x for x in range(n + 1) if exceeds(n, x, wanted.target) > FIRST_IN_HUMAN_STOP), None)
        rows += [] if closing is None else [StopRule(n, closing)]
    return tuple(rows)


def sampling_plan(given: CellDose, weight: float, seed: int) -> tuple[Sample, ...]:
    """What imaging or qPCR of each organ is to find after the first dose."""
    shared, diameter = product_draws(given, FIRST_IN_HUMAN_DRAWS // 2, seed)
    found = organ_courses(given, shared, weight, SAMPLING, diameter)
    rows = []
    for organ in organs_of(given):
        low, high = np.nanquantile(found["label", organ][1:], [0.05, 0.95], axis=0)
        living = np.nanquantile(found["viable", organ][1:], 0.95, axis=0)
        rows += [
            Sample(d, organ, float(a), float(b), float(c))
            for d, a, b, c in zip(SAMPLING, low, high, living, strict=True)
        ]
    return tuple(sorted(rows, key=lambda r: r.day))


STOP_WORDS = (
    "Any death, or any embolus or stroke, that is not clearly due to another cause: stop dosing, ask the safety board.",
    "Oxygen saturation down by 5 points, or a fall of blood pressure that needs treatment, within 6 hours of an infusion: stop that infusion; two such patients close the dose.",
    "A lot that fails release, or whose viability at the needle is below 70 %.",
    "A clonal change of the karyotype in any lot given, or a tumour in any patient within follow-up.",
    "A dose level closed by the rule of events.",
)
NOTES = (
    "Doses here are where to begin and how far to go, not what works best: no best dose is known, and none is named.",
    f"No level is offered above the largest dose infused in this evidence, or where the upper end of an embolus passes {FIRST_IN_HUMAN_CEILING:.0%}.",
    "No number of fractures prevented is given: the effect on bone is carried over from animals and may be nothing.",
    "Tumours are not excluded: trials in other diseases leave up to 1.45 times as many possible (Thompson 2020), with short follow-up.",
    "Research use only: a plan for people to judge, not advice to treat.",
)


def _known(levels: Sequence[Level]) -> tuple[str, ...]:
    first, last = levels[0], levels[-1]
    infused = sum(e.patients for e in exposures())
    return (
        f"{infused} patients of this evidence were infused with 1e6 to 1e7 cells/kg; {counted_upper(1e7)[0]} of them, with a table of events that was read, at 1e7 without an embolus.",
        f"The lowest level is {first.margin_by_weight:.3g} times below the dose that kills half of mice by weight, {first.margin_by_capillary:.2g} times by capillary; the highest {last.margin_by_weight:.3g} and {last.margin_by_capillary:.2g}.",
        "Fever after infusions is 2.48 times as common (1.27 to 4.86; Thompson 2020, 55 trials). Infections, emboli and tumours were not shown to be more common, and are not excluded.",
        "Cells given into a vein are in the lung within minutes and mostly gone within days; label outlives them.",
    )


def _unknown(proof: Sequence[ProofRow], levels: Sequence[Level]) -> tuple[str, ...]:
    nothing = next((p.chance_nothing for p in proof if p.endpoint == "bmd_lumbar_spine"), None)
    beyond = [v.level for v in levels if v.beyond_people]
    found = [
        "Whether cells do anything for bone in people: one small trial showed no difference of BMD (Shim 2021)."
        + ("" if nothing is None else f" The chance of next to nothing at the spine is {nothing:.0%} here, as a stated judgement."),
        "Which of weight and capillaries sets the risk of a lung; both are shown, patients infused so far weigh on both.",
        "What years after do: no trial followed cells long enough to exclude tumours.",
        "What repeated doses of another's cells do once a patient is sensitised.",
    ]  # fmt: skip
    return (
        *found,
        *((f"Levels {', '.join(map(str, beyond))} lie beyond any dose that was infused here.",) if beyond else ()),
    )
