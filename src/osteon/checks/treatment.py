"""Checks of C50 to C76: what is done about it. A woman of 65 on the doses of the trials; no drug is tuned here."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from osteon.checks.fractures import cumulated, replayed
from osteon.checks.harms import LIMIT
from osteon.checks.lab import DAYS, DRUGS, WOMAN, Run, SimulatedValues, Values
from osteon.checks.published import near_published
from osteon.checks.verdict import Check, Part, noted, sign
from osteon.interventions import CARDS
from osteon.simulation.between_study import fracture_between
from osteon.units import DAYS_PER_MONTH

FAMILIES = {
    "bisphosphonates": "alendronate",
    "PTH and analogues": "teriparatide",
    "raloxifene": "raloxifene",
    "denosumab": "denosumab",
    "romosozumab": "romosozumab",
    "odanacatib": "odanacatib",
}
TREATMENT_PLAIN = Run(WOMAN)
TREATMENT_SHORT: Values = (("vitamin_d_supply", 25.0), ("calcium_intake", 500.0))
AMPLE: Values = (("vitamin_d_supply", 100.0), ("calcium_intake", 1500.0))
STOPPED = replace(DRUGS["denosumab"], until=12 * DAYS_PER_MONTH)


def _on(drug: str) -> Run:
    return Run(WOMAN, drugs=(DRUGS[drug],))


def _against(seen: Mapping[str, SimulatedValues], name: str, output: str, months: float) -> float:
    """Change from day 0 beyond that of the plain woman.  [percent points]"""
    return seen[name].change(output, months) - seen["plain"].change(output, months)


def _package(seen: Mapping[str, SimulatedValues]) -> list[Part]:
    def late(name: str, against: str) -> float:
        return seen[name].change("bmd_total_hip", 24) - seen[against].change("bmd_total_hip", 24)

    return [
        sign("hip BMD at 24 months: calcium and vitamin D when short", late("fed", "short"), True, "points"),
        sign("exercise programme", late("exercise", "plain"), True, "points"),
        sign("stopping smoking", late("quit", "smoker"), True, "points"),
        sign("stopping 6 units of alcohol", late("sober", "drinker"), True, "points"),
        sign("protein when short", late("nourished", "protein"), True, "points"),
    ]


def _repletion(seen: Mapping[str, SimulatedValues]) -> list[Part]:
    fed, more = seen["fed"], seen["more"]
    small = abs(more.change("resorption", 6) - seen["plain"].change("resorption", 6))
    large = fed.change("resorption", 6)
    return [
        sign("PTH 6 months after repletion", fed.change("pth", 6), up=False),
        sign("resorption", large, up=False),
        Part(f"in a replete woman {small:.2f} points", small < abs(large) / 4),
    ]


def _calcium_number(seen: Mapping[str, SimulatedValues]) -> list[Part]:
    gain = seen["fed"].change("bmd_femoral_neck", 24) - seen["short"].change("bmd_femoral_neck", 24)
    kept = seen["fed"].at("bone_calcium_balance", 3) - seen["short"].at("bone_calcium_balance", 3)
    return [
        Part(
            f"femoral neck at 24 months {gain:+.2f} points over no supplement (0 to 3 is small)",
            0 < gain < 3,
            two_sided=True,
        ),
        Part(f"calcium kept by bone at 3 months {kept:+.2f} mmol/day over no supplement", kept > 0.1),
        Part("glucose and lipids have no mechanism", None),
    ]


def _families(seen: Mapping[str, SimulatedValues]) -> list[Part]:
    """A family runs when its drug moves bone at all."""
    parts = [
        Part(f"{family}: hip BMD {_against(seen, drug, 'bmd_total_hip', 12):+.1f} points at 12 months",
             drug in CARDS and abs(_against(seen, drug, "bmd_total_hip", 12)) > 0.05)
        for family, drug in FAMILIES.items()
    ]  # fmt: skip
    for row, drug, site, months in _SIZES:
        gain = _against(seen, drug, site, months) if row.endswith("comparator") else seen[drug].change(site, months)
        over = " over none" if row.endswith("comparator") else ""
        parts.append(
            near_published(
                row, f"{drug}: {site.removeprefix('bmd_').replace('_', ' ')} BMD{over} at {months} months", gain
            )
        )
    return parts


_SIZES = (
    (
        "romo_ph2/teriparatide_20_ug_daily/bmd_lumbar_spine/12/pct_change_baseline",
        "teriparatide",
        "bmd_lumbar_spine",
        12,
    ),
    ("effect/alendronate/bmd_lumbar_spine/18/pct_change_baseline", "alendronate", "bmd_lumbar_spine", 18),
    ("freedom/denosumab/bmd_total_hip/12/pct_diff_vs_comparator", "denosumab", "bmd_total_hip", 12),
    ("frame/romosozumab_then_denosumab/bmd_total_hip/12/pct_diff_vs_comparator", "romosozumab", "bmd_total_hip", 12),
    ("odn_ph2/odanacatib_50_mg_weekly/bmd_lumbar_spine/24/pct_change_baseline", "odanacatib", "bmd_lumbar_spine", 24),
)  # what a trial of each family found, the drug, the site, months; of raloxifene no size was read in its source


def _bisphosphonate(seen: Mapping[str, SimulatedValues]) -> list[Part]:
    run = seen["alendronate"]
    return [
        sign("osteoclasts 1 month into alendronate", run.change("osteoclasts", 1), False, least=5),
        sign("CTX at 1 month", run.change("ctx", 1), False, least=10),
        near_published("effect/alendronate/ntx/6/pct_change_baseline", "NTX at 6 months", run.change("ntx", 6)),
        near_published(
            "effect/alendronate/bmd_lumbar_spine/18/pct_change_baseline",
            "spine BMD at 18 months",
            run.change("bmd_lumbar_spine", 18),
        ),
    ]


def _stays(seen: Mapping[str, SimulatedValues]) -> list[Part]:
    run = seen["zoledronate"]
    held = run.at("zoledronate_surface", 24) + run.at("zoledronate_buried", 24)
    return [
        Part(f"{held:.2f} mg still in bone 24 months after one dose of 5 mg", held > 0.5),
        near_published(
            "horizon/zoledronate/ctx/12/pct_change_baseline", "CTX 12 months after that dose", run.change("ctx", 12)
        ),
        sign("CTX 24 months after that dose, against none", _against(seen, "zoledronate", "ctx", 24), False, "points"),
    ]


def _first_over(run: SimulatedValues, output: str, ratio: float = 1.2) -> float:
    """Day on which an output first exceeds `ratio` times its start, on straight lines between DAYS; inf if never."""
    curve = run.curve(output) / run.at(output)
    over = np.flatnonzero(curve > ratio)
    if not len(over):
        return float("inf")
    i = int(over[0])
    return float(DAYS[i - 1] + (ratio - curve[i - 1]) / (curve[i] - curve[i - 1]) * (DAYS[i] - DAYS[i - 1]))


def _formation_first(seen: Mapping[str, SimulatedValues]) -> list[Part]:
    run = seen["teriparatide"]
    made, lost = _first_over(run, "p1np"), _first_over(run, "ctx")
    return [
        Part(f"P1NP is up 20 % by day {made:.1f}, CTX by day {lost:.1f}", made < lost),
        sign("P1NP over CTX at 1 month", run.change("p1np", 1) - run.change("ctx", 1), True, "points"),
        near_published("effect/teriparatide/p1np/6/pct_change_baseline", "P1NP at 6 months", run.change("p1np", 6)),
        near_published(
            "effect/teriparatide/bmd_lumbar_spine/18/pct_change_baseline",
            "spine BMD at 18 months",
            run.change("bmd_lumbar_spine", 18),
        ),
        replayed("VERO", "fracture_vertebral", "teriparatide", most=1.0),
    ]


def _raloxifene(seen: Mapping[str, SimulatedValues]) -> list[Part]:
    gain = _against(seen, "raloxifene", "bmd_lumbar_spine", 24)
    return [
        sign("resorption at 6 months", seen["raloxifene"].change("resorption", 6), False, least=2),
        Part(
            f"spine BMD {gain:+.2f} points over none at 24 months (above 0, below 6 is modest)",
            0 < gain < 6,
            two_sided=True,
        ),
    ]


def _denosumab(seen: Mapping[str, SimulatedValues]) -> list[Part]:
    run = seen["denosumab"]
    gains = [run.change("bmd_lumbar_spine", m) for m in (12, 24, 36)]
    return [
        sign("CTX at day 14", run.change("ctx", days=14), up=False, least=70),
        near_published("dmab_ph2/denosumab_60_mg_q6m/ctx/3/pct_change_baseline", "CTX at 3 months", run.change("ctx", 3)),
        Part("spine BMD at 12, 24, 36 months " + ", ".join(f"{g:+.1f}" for g in gains) + " %",
             0 < gains[0] < gains[1] < gains[2]),
        *(near_published(f"freedom/denosumab/{site}/36/pct_diff_vs_comparator", f"{words} over none at 36 months", _against(seen, "denosumab", site, 36))
          for site, words in (("bmd_lumbar_spine", "spine BMD"), ("bmd_total_hip", "hip BMD"))),
    ]  # fmt: skip


def _frees_wnt(seen: Mapping[str, SimulatedValues]) -> list[Part]:
    run = seen["romosozumab"]
    return [sign(f"{x} 14 days after romosozumab", run.change(x, days=14), up=True, least=5) for x in _WNT]


_WNT = ("beta_catenin", "tcf_activity")


def _dual(seen: Mapping[str, SimulatedValues]) -> list[Part]:
    run, other = seen["romosozumab"], seen["alendronate"]
    peak = 100 * (float(run.curve("p1np").max()) / run.at("p1np") - 1)
    ahead = run.change("bmd_total_hip", 12) - other.change("bmd_total_hip", 12)
    fades = 100 * (run.at("p1np", 12) / run.at("p1np") - 1)
    return [
        sign("P1NP at its peak", peak, up=True, least=20),
        Part(f"P1NP at 12 months {fades:+.1f} % (the peak has passed)", fades < peak / 2),
        sign("CTX at 14 days", run.change("ctx", days=14), False, least=10),
        *(
            near_published(
                f"frame/romosozumab_then_denosumab/{marker}/1/pct_change_baseline",
                f"{marker.upper()} at 1 month",
                run.change(marker, 1),
            )
            for marker in ("p1np", "ctx")
        ),
        sign("hip BMD over alendronate at 12 months", ahead, True, "points"),
        *(
            near_published(
                f"frame/romosozumab_then_denosumab/{site}/12/pct_diff_vs_comparator",
                f"{words} over none at 12 months",
                _against(seen, "romosozumab", site, 12),
            )
            for site, words in (("bmd_lumbar_spine", "spine BMD"), ("bmd_total_hip", "hip BMD"))
        ),
    ]


def _after_stopping(seen: Mapping[str, SimulatedValues]) -> Part:
    """Vertebral hazard a year after the last dose against that of the plain woman."""
    deno, romo = (
        seen[x].at("hazard_vertebral", 24) / seen["plain"].at("hazard_vertebral", 24)
        for x in ("deno_stop", "romosozumab")
    )
    words = (
        f"vertebral hazard a year after stopping against never treated: denosumab {deno:.2f}, romosozumab {romo:.2f}"
    )
    return Part(f"{words} (no trial shows freedom from risk)", romo < deno and deno > 0.8)


def _offset(seen: Mapping[str, SimulatedValues]) -> list[Part]:
    deno, romo = seen["deno_stop"], seen["romosozumab"]
    rebound = 100 * (float(deno.curve("resorption").max()) / deno.at("resorption") - 1)
    after = DAYS >= 13 * DAYS_PER_MONTH
    formed, resorbed = (100 * (float(romo.curve(x)[after].max()) / romo.at(x) - 1) for x in ("formation", "resorption"))
    lost = _against(seen, "romosozumab", "bmd_total_hip", 24) - _against(seen, "romosozumab", "bmd_total_hip", 12)
    return [
        sign("resorption overshoot after 12 months of denosumab", rebound, up=True, least=10),
        sign("hip BMD in the year after romosozumab, beyond none", lost, False, "points"),
        sign("resorption after romosozumab at its highest", resorbed, up=True),
        Part(f"formation after romosozumab at most {formed:+.1f} % (below 10 is no overshoot)", formed < 10),
        _after_stopping(seen),
    ]


def _cathepsin(seen: Mapping[str, SimulatedValues]) -> list[Part]:
    run = seen["odanacatib"]
    per_cell = 100 * (run.at("resorption", 6) / run.at("osteoclasts", 6) - 1)
    return [sign("resorption per osteoclast with cathepsin K blocked", per_cell, False, least=10)]


def _fractures_alike(seen: Mapping[str, SimulatedValues]) -> list[Part]:
    """Fractures over 36 months against none: the one drug's ratio within what lies between two studies of the other."""
    far = math.exp(1.645 * fracture_between("ratio").constant)
    parts = []
    for kind in ("vertebral", "hip"):
        odn, aln = (cumulated(seen[d], kind) / cumulated(seen["plain"], kind) for d in ("odanacatib", "alendronate"))
        words = f"{kind} fractures in 36 months {odn:.2f} times with odanacatib, with alendronate {aln:.2f} ({aln / far:.2f} to {aln * far:.2f})"
        parts.append(Part(words, aln / far < odn < aln * far, two_sided=True))
    return parts


def _as_bisphosphonate(seen: Mapping[str, SimulatedValues]) -> list[Part]:
    odn, aln = (_against(seen, d, "bmd_total_hip", 24) for d in ("odanacatib", "alendronate"))
    return [
        sign("hip BMD over none at 24 months: odanacatib", odn, True, "points", least=0.5),
        near_published("odn_ph2/odanacatib_50_mg_weekly/bmd_total_hip/24/pct_change_baseline", "hip BMD from its start", seen["odanacatib"].change("bmd_total_hip", 24)),
        sign("alendronate", aln, True, "points", least=0.5),
        Part(f"{abs(odn - aln):.1f} points apart (within 2 counts as matched)", abs(odn - aln) < 2, two_sided=True),
        *_fractures_alike(seen),
    ]  # fmt: skip


def _keeps_cells(seen: Mapping[str, SimulatedValues]) -> list[Part]:
    odn, aln = seen["odanacatib"], seen["alendronate"]
    less = odn.change("p1np", 12)
    return [
        near_published("odn_ph2/odanacatib_50_mg_weekly/ntx/36/pct_change_baseline", "NTX at 36 months", odn.change("ntx", 36)),
        Part(f"osteoclasts at 6 months {odn.change('osteoclasts', 6):+.1f} %", odn.change("osteoclasts", 6) > -5),
        Part(f"P1NP at 12 months {less:+.1f} %, alendronate {aln.change('p1np', 12):+.1f} %",
             less > aln.change("p1np", 12)),
    ]  # fmt: skip


TREATMENT: tuple[Check, ...] = (
    noted("C50", "A policy of care, not biology."),
    Check("C51", "entailed", "assumed", _package, {
        "plain": TREATMENT_PLAIN, "short": Run((*WOMAN, *TREATMENT_SHORT)), "fed": Run((*WOMAN, *TREATMENT_SHORT), AMPLE),
        "exercise": Run(WOMAN, (("exercise", 1.0),)),
        "smoker": Run((*WOMAN, ("smoking", 1.0))), "quit": Run((*WOMAN, ("smoking", 1.0)), (("smoking", 0.0),)),
        "drinker": Run((*WOMAN, ("alcohol", 6.0))), "sober": Run((*WOMAN, ("alcohol", 6.0)), (("alcohol", 0.0),)),
        "protein": Run((*WOMAN, ("protein_intake", 0.6))), "nourished": Run((*WOMAN, ("protein_intake", 0.6)), (("protein_intake", 1.0),)),
    }),
    noted("C52", "A policy of care: the default woman takes enough calcium and vitamin D in every arm."),
    Check("C53", "entailed", "assumed", _repletion, {
        "plain": TREATMENT_PLAIN, "more": Run(WOMAN, AMPLE), "fed": Run((*WOMAN, *TREATMENT_SHORT), AMPLE),
    }),
    Check("C54", "entailed", "assumed", _calcium_number, {
        "short": Run((*WOMAN, *TREATMENT_SHORT)), "fed": Run((*WOMAN, *TREATMENT_SHORT), AMPLE),
    }),
    Check("C55", "entailed", "human", _families, {"plain": TREATMENT_PLAIN, **{d: _on(d) for d in FAMILIES.values()}}),
    Check("C56", "fitted", "human", _bisphosphonate, {"alendronate": _on("alendronate")}),
    Check("C57", "fitted", "human", _stays, {"plain": TREATMENT_PLAIN, "zoledronate": _on("zoledronate")}),
    Check("C60", "fitted", "human", _formation_first, {"teriparatide": _on("teriparatide")}),
    noted("C62", LIMIT),
    Check("C63", "fitted", "human", _raloxifene, {"plain": TREATMENT_PLAIN, "raloxifene": _on("raloxifene")}),
    Check("C65", "fitted", "human", _denosumab, {"plain": TREATMENT_PLAIN, "denosumab": _on("denosumab")}),
    Check("C69", "entailed", "human", _frees_wnt, {"romosozumab": _on("romosozumab")}),
    Check("C70", "fitted", "human", _dual, {
        "plain": TREATMENT_PLAIN, "romosozumab": _on("romosozumab"), "alendronate": _on("alendronate"),
    }),
    Check("C71", "fitted", "human", _offset, {
        "plain": TREATMENT_PLAIN, "romosozumab": _on("romosozumab"), "deno_stop": Run(WOMAN, drugs=(STOPPED,)),
    }),
    Check("C73", "entailed", "human", _cathepsin, {"odanacatib": _on("odanacatib")}),
    Check("C74", "fitted", "human", _as_bisphosphonate, {
        "plain": TREATMENT_PLAIN, **{d: _on(d) for d in ("odanacatib", "alendronate")},
    }),
    Check("C75", "fitted", "human", _keeps_cells, {d: _on(d) for d in ("odanacatib", "alendronate")}),
)  # fmt: skip
