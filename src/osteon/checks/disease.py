"""Checks of C1 to C16, C185 and C186: what osteoporosis is, whom it takes, what treatment is for."""

from __future__ import annotations

import math
from collections.abc import Mapping
from statistics import NormalDist

from osteon.checks.lab import DRUGS, WOMAN, Run, SimulatedValues, Values
from osteon.checks.published import near_published
from osteon.checks.verdict import Check, Part, merged, missing, noted, sign, within
from osteon.interventions import CARDS
from osteon.outcomes.bmd import REFERENCE

DISEASE_PLAIN = Run(WOMAN)
DXA_SITES = ("lumbar_spine", "total_hip", "femoral_neck")
OSTEOPOROSIS, LOW = -2.5, -1.0  # T-scores, World Health Organization
DISEASE_SHORT: Values = (("vitamin_d_supply", 25.0),)
DISEASE_MORE: Values = (("vitamin_d_supply", 100.0),)
DISEASE_SPREAD = 1.0  # standard deviations of T-scores among persons of one age
FORMING, RESORBING = 10.0, 10.0  # percent points; a smaller change of formation or resorption gives a drug no class


def _peak(share: float) -> Values:
    return tuple((f"peak_bmd_{s}", share * REFERENCE[s][0]) for s in DXA_SITES)


def _aged(age: float, female: float = 1.0) -> Run:
    own: Values = (("age_at_start", age), ("menopause_age", 50.0))
    return Run(own if female else (("age_at_start", age), ("female", 0.0)))


def _times(seen: Mapping[str, SimulatedValues], name: str, kind: str) -> float:
    """Hazard on day 0 against the plain woman's."""
    return seen[name].at(f"hazard_{kind}") / seen["plain"].at(f"hazard_{kind}")


def _little_and_fragile(seen: Mapping[str, SimulatedValues]) -> list[Part]:
    """A low peak, an early menopause, smoke and drink: little bone everywhere, and what it breaks at the same age."""
    scores = [seen["frail"].at(f"t_{s}") for s in DXA_SITES]
    told = ", ".join(f"{t:.1f}" for t in scores)
    vertebral, hip = (_times(seen, "frail", k) for k in ("vertebral", "hip"))
    return [
        Part(f"T-scores of spine, hip, neck {told} (the lowest at most {OSTEOPOROSIS})", min(scores) <= OSTEOPOROSIS),
        Part("all three sites are low", max(scores) < LOW),
        Part(
            f"vertebral fractures {vertebral:.1f} times, hip {hip:.1f} times those of her age",
            min(vertebral, hip) > 1.5,
        ),
    ]


def _classes(seen: Mapping[str, SimulatedValues]) -> list[Part]:
    parts = []
    for drug in DRUGS:
        less, more = (
            seen[drug].change(x, 6) - seen["plain"].change(x, 6) for x in ("resorption", "formation")
        )  # fmt: skip
        kind = CARDS[drug].kind
        peak = 100 * (float(seen[drug].curve("formation").max()) / seen[drug].at("formation") - 1)
        as_said = {
            "antiresorptive": less < -RESORBING and more < FORMING,
            "formation enhancer": more > FORMING,
            "dual": peak > FORMING and less < -RESORBING,
        }[kind]
        parts.append(
            Part(f"{drug} ({kind}): resorption {less:+.0f}, formation {more:+.0f} points at 6 months", as_said)
        )
    for row, drug, marker, months in _MARKERS:
        words = f"{marker.upper()} at {months} months of {drug}"
        parts.append(near_published(row, words, seen[drug].change(marker, months)))
    return parts


_MARKERS = (
    ("effect/alendronate/p1np/6/pct_change_baseline", "alendronate", "p1np", 6),
    ("effect/teriparatide/p1np/6/pct_change_baseline", "teriparatide", "p1np", 6),
    ("dmab_ph2/denosumab_60_mg_q6m/ctx/3/pct_change_baseline", "denosumab", "ctx", 3),
    ("frame/romosozumab_then_denosumab/p1np/1/pct_change_baseline", "romosozumab", "p1np", 1),
    ("odn_ph2/odanacatib_50_mg_weekly/ntx/36/pct_change_baseline", "odanacatib", "ntx", 36),
)  # what a trial of the class found: the drug, the marker, months


def _mass_and_structure(seen: Mapping[str, SimulatedValues]) -> list[Part]:
    """Less bone breaks more, by its size; and at one BMD a quick turnover, that opens cavities, breaks more still."""
    names = ("plain", "less", "least")
    bmd = [seen[n].at("bmd_total_hip") for n in names]
    hazards = {k: [seen[n].at(f"hazard_{k}") for n in names] for k in ("vertebral", "hip")}
    per_sd = {k: h[1] / h[0] for k, h in hazards.items()}
    fast, untreated = seen["fast"], seen["plain"]
    lost = math.log(fast.at("bmd_lumbar_spine", 3) / untreated.at("bmd_lumbar_spine", 3))
    more = math.log(fast.at("hazard_vertebral", 3) / untreated.at("hazard_vertebral", 3))
    less = math.log(bmd[1] / bmd[0])
    by_mass = lost / less * math.log(per_sd["vertebral"]) if less else 0.0
    rises = all(h[0] < h[1] < h[2] for h in hazards.values())
    return [
        Part("BMD of the hip " + " > ".join(f"{b:.2f}" for b in bmd) + ": both hazards rise as it falls", rises and bmd[0] > bmd[2]),
        Part("a tenth less bone: " + ", ".join(f"{k} fractures {r:.2f} times" for k, r in per_sd.items()) + " (1.3 to 3)",
             all(1.3 < r < 3 for r in per_sd.values())),
        Part(f"turnover doubled for 3 months: vertebral hazard {math.exp(more):.2f} times, by lost mass alone {math.exp(by_mass):.2f}",
             more > by_mass + 0.05),
    ]  # fmt: skip


def share_below(t_score: float, threshold: float) -> float:
    """Share of persons below a T-score where the typical one has `t_score`."""
    return NormalDist(t_score, DISEASE_SPREAD).cdf(threshold)


def _who(seen: Mapping[str, SimulatedValues]) -> list[Part]:
    """Shares with osteoporosis of the neck, from the typical T-score and the spread among persons of one age."""
    women = [100 * share_below(seen[f"woman {a}"].at("t_femoral_neck"), OSTEOPOROSIS) for a in (45, 55, 65, 75, 85)]
    men = [100 * share_below(seen[f"man {a}"].at("t_femoral_neck"), OSTEOPOROSIS) for a in (50, 80)]
    told = ", ".join(f"{w:.1f}" for w in women)
    return [
        Part(f"women of 45, 55, 65, 75, 85 with osteoporosis of the neck: {told} %", all(a < b for a, b in zip(women, women[1:], strict=False))),
        Part(f"over menopause {women[1] / women[0]:.1f} times", women[1] > 2 * women[0]),
        Part(f"men of 50 and 80: {men[0]:.1f} and {men[1]:.1f} %", men[1] > men[0]),
    ]  # fmt: skip


def _balance(seen: Mapping[str, SimulatedValues]) -> list[Part]:
    """What is made less what is lost, as bone volume of the hip: without treatment it falls."""
    untreated = seen["plain"].change("bone_total_hip", 24)
    parts = [
        sign("bone of the hip in 24 months without treatment", untreated, up=False, least=0.1),
        near_published(
            "freedom/placebo/bmd_total_hip/24/pct_change_baseline",
            "hip BMD at 24 months without treatment",
            seen["plain"].change("bmd_total_hip", 24),
        ),
    ]
    for drug in DRUGS:
        kept = seen[drug].change("bone_total_hip", 24)
        parts.append(Part(f"with {drug} {kept:+.1f} %", kept > untreated + 0.5))
    return parts


def _vitamin_d_alone(seen: Mapping[str, SimulatedValues]) -> list[Part]:
    def gain(name: str, against: str, months: float = 36) -> float:
        return seen[name].change("bmd_total_hip", months) - seen[against].change("bmd_total_hip", months)

    ratio = seen["more"].at("hazard_vertebral", 36) / seen["plain"].at("hazard_vertebral", 36)
    return [
        within("hip BMD at 36 months, vitamin D alone in a replete woman", gain("more", "plain"), -0.5, 0.5, "points"),
        Part(f"vertebral fractures {ratio:.2f} times (0.9 to 1.1)", 0.9 < ratio < 1.1, two_sided=True),
        sign("in a deficient woman, as the source allows", gain("fed", "short"), True, "points", least=0.5),
    ]


def _exercise_and_harm(seen: Mapping[str, SimulatedValues]) -> list[Part]:
    def over(name: str) -> float:
        return seen[name].change("bmd_total_hip", 24) - seen["plain"].change("bmd_total_hip", 24)

    least = min(DRUGS, key=over)
    onj = [1e4 * seen["alendronate"].at("hazard_onj", m) for m in (12, 24, 36)]
    return [
        sign("hip BMD over none at 24 months: exercise", over("exercise"), True, "points", least=0.2),
        Part(f"the least of the drugs, {least}, {over(least):+.2f} points", over(least) > over("exercise")),
        Part("jaw necrosis per 10,000 a year on alendronate at 1, 2, 3 years " + ", ".join(f"{x:.2f}" for x in onj),
             onj[0] < onj[1] < onj[2]),
    ]  # fmt: skip


def _taxonomy(seen: Mapping[str, SimulatedValues]) -> list[Part]:
    kinds = sorted({c.kind for c in CARDS.values()})
    named = {"antiresorptive", "formation enhancer", "dual"}
    return [
        Part(
            f"classes of drugs: {', '.join(kinds)}; supplements are no drugs but what a person takes",
            set(kinds) <= named,
        )
    ]


_ON = {d: Run(WOMAN, drugs=(regimen,)) for d, regimen in DRUGS.items()}
_FRAIL: Values = (("age_at_start", 65.0), ("menopause_age", 42.0), ("smoking", 1.0), ("alcohol", 3.0), *_peak(0.85))
DISEASE: tuple[Check, ...] = (
    Check("C1", "fitted", "human", _little_and_fragile, {"plain": DISEASE_PLAIN, "frail": Run(_FRAIL)}),
    Check("C2", "fitted", "human", _classes, {"plain": DISEASE_PLAIN, **_ON}),
    noted("C9", f"T-scores are given on the reference of NHANES III; {OSTEOPOROSIS} and {LOW} are the cut-offs wherever a group is formed."),
    Check("C10", "fitted", "human", _mass_and_structure, {
        "plain": DISEASE_PLAIN, "less": Run((*WOMAN, *_peak(0.9))), "least": Run((*WOMAN, *_peak(0.8))),
        "fast": Run(WOMAN, (("turnover_scale", 2.0),)),
    }),
    Check("C11", "fitted", "human", _who, {
        **{f"woman {a}": _aged(float(a)) for a in (45, 55, 65, 75, 85)}, **{f"man {a}": _aged(float(a), 0.0) for a in (50, 80)},
    }),
    missing("C12", "No mechanism yet: Osteon holds no census of the United States; shares by age are checked under C11."),
    missing("C13", "No mechanism yet: Osteon holds no census of China and projects none."),
    Check("C14", "fitted", "human", _balance, {"plain": DISEASE_PLAIN, **_ON}),
    Check("C15", "entailed", "assumed", _taxonomy),
    Check("C16", "entailed", "assumed", _vitamin_d_alone, {
        "plain": DISEASE_PLAIN, "more": Run(WOMAN, DISEASE_MORE), "short": Run((*WOMAN, *DISEASE_SHORT)), "fed": Run((*WOMAN, *DISEASE_SHORT), DISEASE_MORE),
    }),
    merged("C185", "C1"),
    Check("C186", "fitted", "human", _exercise_and_harm, {"plain": DISEASE_PLAIN, "exercise": Run(WOMAN, (("exercise", 1.0),)), **_ON}),
)  # fmt: skip
