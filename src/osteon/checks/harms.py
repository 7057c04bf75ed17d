"""Checks of what drugs risk: a sign where the review names a harm, an interval where it gives a number, always with the bound."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from osteon.checks.lab import DAYS, DRUGS, WOMAN, Run, SimulatedValues, Values
from osteon.checks.verdict import Check, Part, sign
from osteon.interventions import CARDS, card
from osteon.outcomes.harm_table import Z90, Cause, harm, load_harms
from osteon.outcomes.osteosarcoma import OSTEOSARCOMA_SEEN, rat_osteosarcoma
from osteon.units import DAYS_PER_MONTH

HARMS_PLAIN = Run(WOMAN)
HARMS_SHORT: Values = (("vitamin_d_supply", 25.0), ("calcium_intake", 500.0))
HOLIDAY = replace(DRUGS["alendronate"], until=18 * DAYS_PER_MONTH)
EXTENSION, CASES = 4550, 5  # women and cases of the printed sentence
PHASE_TWO = 100  # patients an arm of a phase 2 trial of odanacatib, 24 months.  Source: ODN_PH2 (78 to 83), rounded up
REACTIONS = 4.9 - 2.8  # percent of women in the first year of FRAME and ARCH, over the comparator
BREAST = (
    "raloxifene lowers invasive breast cancer: 0.56 times (0.38 to 0.83) in RUTH, 0.23 and 0.31 in MORE; what raises it is oestrogen with progestin. "
    "Clots and fatal strokes rise as printed"
)
QUANTILES = np.linspace(0.0025, 0.9975, 200)


def _on(drug: str) -> Run:
    return Run(WOMAN, drugs=(DRUGS[drug],))


def _rate(seen: Mapping[str, SimulatedValues], name: str, which: str, months: float) -> float:
    """Hazard per 10,000 person-years."""
    return 1e4 * seen[name].at(f"hazard_{which}", months)


def _times(seen: Mapping[str, SimulatedValues], name: str, which: str, months: float = 24) -> float:
    """Hazard against that of the plain woman."""
    return _rate(seen, name, which, months) / _rate(seen, "plain", which, months)


def _cause(which: str, driver: str) -> Cause:
    return next(c for c in harm(which).causes if c.driver == driver)


def _course(seen: Mapping[str, SimulatedValues], which: str) -> Part:
    rates = [_rate(seen, "alendronate", which, m) for m in (12, 24, 36)]
    words = f"{harm(which).words} on alendronate at 1, 2, 3 years " + ", ".join(f"{r:.2f}" for r in rates)
    bound = rates[-1] * _cause(which, "bisphosphonate_years").gsd ** Z90
    return Part(f"{words} per 10,000 person-years (up to {bound:.2g} at 3)", rates[0] < rates[1] < rates[2])


def _long_use(seen: Mapping[str, SimulatedValues]) -> list[Part]:
    return [_course(seen, "aff"), _course(seen, "onj")]


def _many(seen: Mapping[str, SimulatedValues]) -> list[Part]:
    drugs = ("alendronate", "zoledronate")
    raised = [h.words for h in load_harms().values() if any(_raised(seen, d, h.name) for d in drugs)]
    less = seen["alendronate"].change("resorption", 6) - seen["plain"].change("resorption", 6)
    return [
        sign("resorption 6 months into alendronate", less, False, "points", least=10),
        Part(f"{len(raised)} harms are raised: {', '.join(raised)}", len(raised) > 1),
    ]


def _raised(seen: Mapping[str, SimulatedValues], drug: str, which: str, months: float = 24) -> bool:
    """By more than a twentieth of what happens anyhow, or to more than 1 in 1,000 where nothing does."""
    own, plain = (seen[x].at(f"cumulative_{which}", months) for x in (drug, "plain"))
    return bool(own - plain > (0.05 * plain or 1e-3))


def _bisphosphonate_harms(seen: Mapping[str, SimulatedValues]) -> list[Part]:
    on, off = _rate(seen, "holiday", "aff", 18), _rate(seen, "holiday", "aff", 30)
    left = 100 * (off / on - 1)
    return [
        *_long_use(seen),
        Part(f"atypical fracture a year after stopping {left:+.0f} %", left < -25),
    ]


def _rats(seen: Mapping[str, SimulatedValues]) -> list[Part]:
    shares = [100 * float(rat_osteosarcoma(d)) for d in OSTEOSARCOMA_SEEN]
    doses = ", ".join(f"{d:g}" for d in OSTEOSARCOMA_SEEN)
    ratio = _times(seen, "teriparatide", "osteosarcoma", 12)
    bound = _cause("osteosarcoma", "sustained_pth").bound(True)
    exposed = _times(seen, "teriparatide", "hypercalcaemia", 12)
    return [
        Part(f"rats with osteosarcoma at {doses} ug/kg a day for 2 years: " + ", ".join(f"{s:.0f}" for s in shares) + " %",
             bool(np.all(np.diff(shares) > 0))),
        Part(f"hazard of a woman on 20 ug {ratio:.2f} times the background (not excluded: {bound:.1f} times)",
             abs(ratio - 1) < 0.05 and bound > 1),
        Part(f"though the drug acts: high calcium {exposed:.0f} times as often", exposed > 1),
    ]  # fmt: skip


def _ratio(seen: Mapping[str, SimulatedValues], which: str, up: bool, note: str = "") -> Part:
    ratio, c = _times(seen, "raloxifene", which), harm(which).causes[0]
    low, high = (1 + (c.bound(u) - 1) * (ratio - 1) / (c.effect - 1) for u in (False, True))
    return Part(
        f"{harm(which).words} {ratio:.2f} times ({low:.2f} to {high:.2f}){note}", ratio > 1 if up else ratio < 1
    )


def _receptor(seen: Mapping[str, SimulatedValues]) -> list[Part]:
    return [
        _ratio(seen, "vte", up=True),
        _ratio(seen, "fatal_stroke", up=True),
        _ratio(seen, "breast_cancer", up=True, note=", printed as raised"),
    ]


def _dip(seen: Mapping[str, SimulatedValues], name: str) -> float:
    """Deepest fall of plasma calcium in the first month.  [mmol/L]"""
    month = seen[name].curve("calcium")[DAYS <= 31]
    return float(month[0] - month.min())


def _calcium_and_jaw(seen: Mapping[str, SimulatedValues]) -> list[Part]:
    times = _times(seen, "denosumab", "onj")
    plain, short, weak = (_dip(seen, n) for n in ("denosumab", "short", "weak"))
    more = seen["denosumab"].at("cumulative_hypocalcaemia", 36) / seen["plain"].at("cumulative_hypocalcaemia", 36)
    return [
        Part(f"calcium falls by {plain:.3f} mmol/L in the month after a dose", plain > 0.01),
        sign("PTH answers: at its highest in that month", 100 * (float(seen["denosumab"].curve("pth")[DAYS <= 31].max()) / seen["denosumab"].at("pth") - 1), up=True, least=10),
        Part(f"by {short:.3f} with little vitamin D and calcium, {weak:.3f} with half the kidneys",
             min(short, weak) > 1.2 * plain),
        Part(f"low calcium {more:.1f} times as frequent in 3 years (4.2 in the label; half to twice that)", 2.1 < more < 8.4, two_sided=True),
        Part(f"jaw necrosis on denosumab {times:.0f} times the background", times > 1),
    ]  # fmt: skip


def counts(mean: float, gsd: float) -> tuple[int, int]:
    """Middle 90 % of the number of cases where `mean` are expected at a rate known to a factor of `gsd`."""
    from scipy.special import ndtri
    from scipy.stats import poisson

    means = mean * gsd ** ndtri(QUANTILES)
    upto = np.array([poisson.cdf(k, means).mean() for k in range(int(10 * mean) + 50)])
    return int(np.searchsorted(upto, 0.05)), int(np.searchsorted(upto, 0.95))


def _cases(seen: Mapping[str, SimulatedValues]) -> list[Part]:
    risk = -float(np.expm1(-seen["denosumab"].at("cumulative_onj", 36)))
    mean, gsd = EXTENSION * risk, _cause("onj", "rankl_block").gsd
    low, high = counts(mean, gsd)
    return [
        Part(f"{CASES} cases among {EXTENSION}; in 3 years {mean:.1f} are expected, 90 % {low} to {high}",
             low <= CASES <= high),
        Part(f"{1000 * risk:.1f} in 1,000, up to {1000 * risk * gsd**Z90:.1f}", risk < 0.01),
    ]  # fmt: skip


def _injection(seen: Mapping[str, SimulatedValues]) -> list[Part]:
    share = -100 * float(np.expm1(-seen["romosozumab"].at("cumulative_injection_site", 12)))
    c = _cause("injection_site", "sclerostin_block")
    low, high = share * c.gsd**-Z90, share * c.gsd**Z90
    words = f"{share:.1f} % more than on placebo in a year ({low:.1f} to {high:.1f}; {REACTIONS:.1f} in FRAME and ARCH)"
    return [Part(words, low <= REACTIONS <= high, two_sided=True)]


def _tolerated(seen: Mapping[str, SimulatedValues]) -> list[Part]:
    more = seen["odanacatib"].at("cumulative_stroke", 24) - seen["plain"].at("cumulative_stroke", 24)
    c = _cause("stroke", "cathepsin_block")
    bound = PHASE_TWO * more * (c.bound(True) - 1) / (c.effect - 1)
    ratio = _times(seen, "odanacatib", "stroke")
    return [
        Part(f"phase 2: {PHASE_TWO * more:.2f} more strokes in {PHASE_TWO} women in 2 years, up to {bound:.2f}: none would be noticed",
             bound < 1),
        Part(f"long use: stroke {ratio:.2f} times ({c.bound(False):.2f} to {c.bound(True):.2f}), which ended it", ratio > 1),
    ]  # fmt: skip


def _both_sides(seen: Mapping[str, SimulatedValues]) -> list[Part]:
    found = []
    for drug in DRUGS:
        gain = seen[drug].change("bmd_total_hip", 24) - seen["plain"].change("bmd_total_hip", 24)
        raised = [h for h in CARDS[drug].harms if h in load_harms() and _raised(seen, drug, h)]
        found.append(Part(f"{drug}: hip BMD {gain:+.1f} points, raises {', '.join(raised)}", gain > 0 and bool(raised)))
    return found


HARM_CHECKS: tuple[Check, ...] = (
    Check("C3", "entailed", "human", _long_use, {"plain": HARMS_PLAIN, "alendronate": _on("alendronate")},
          own=("aff_bisphosphonate_years_excess", "onj_bisphosphonate_years_excess")),
    Check("C17", "entailed", "human", _many, {
        "plain": HARMS_PLAIN, "alendronate": _on("alendronate"), "zoledronate": _on("zoledronate"),
    }, own=("aff_bisphosphonate_years_excess", "onj_bisphosphonate_years_excess", "acute_phase_infusion_excess")),
    Check("C59", "entailed", "human", _bisphosphonate_harms, {
        "plain": HARMS_PLAIN, "alendronate": _on("alendronate"), "holiday": Run(WOMAN, drugs=(HOLIDAY,)),
    }, own=("aff_bisphosphonate_years_excess", "onj_bisphosphonate_years_excess", "hold_repair")),
    Check("C61", "fitted", "animal", _rats, {"plain": HARMS_PLAIN, "teriparatide": _on("teriparatide")},
          own=("osteosarcoma_sustained_pth_ratio",)),
    Check("C64", "fitted", "human", _receptor, {"plain": HARMS_PLAIN, "raloxifene": _on("raloxifene")},
          own=("vte_oestrogen_agonism_ratio", "fatal_stroke_oestrogen_agonism_ratio", "breast_cancer_breast_oestrogen_block_ratio"),
          at_fault="review", because=BREAST),
    Check("C67", "entailed", "human", _calcium_and_jaw, {
        "plain": HARMS_PLAIN, "denosumab": _on("denosumab"),
        "short": Run((*WOMAN, *HARMS_SHORT), drugs=(DRUGS["denosumab"],)),
        "weak": Run((*WOMAN, ("kidney_damage", 0.5)), drugs=(DRUGS["denosumab"],)),
    }),
    Check("C68", "fitted", "human", _cases, {"denosumab": _on("denosumab")}, own=("onj_rankl_block_excess",)),
    Check("C72", "fitted", "human", _injection, {"romosozumab": _on("romosozumab")}, own=("injection_site_sclerostin_block_excess",)),
    Check("C76", "fitted", "human", _tolerated, {"plain": HARMS_PLAIN, "odanacatib": _on("odanacatib")}, own=("stroke_cathepsin_block_ratio",)),
    Check("C91", "entailed", "human", _both_sides, {"plain": HARMS_PLAIN, **{d: _on(d) for d in DRUGS}}),
)  # fmt: skip
LIMIT = f"A policy, not biology: {card('teriparatide').limits}. A treatment that is longer is named in every report."
