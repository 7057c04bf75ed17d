"""Teriparatide and abaloparatide: a pulse of PTH receptor activity an hour or two long.

Absorption is the slow step (flip-flop): plasma follows it. A dose is a bolus under the skin; a pump is the same drug with
a duration, and then loses bone, because the receptor adapts to a constant level (see biology.pth_action).
"""

from collections.abc import Callable
from typing import Any

from osteon.interventions.card import Card, Label, Schedule, Strength, Usual
from osteon.model import Contribution, Entry, LogNormal, Module, Parameter, Process, Rule, State, renamed
from osteon.model.laws import arguments
from osteon.model.parts import Kind


def absorption(depot, ka):
    """From under the skin.  [ug/day]"""
    return ka * depot


def elimination(plasma, cl, v):
    """Cleared by liver and kidney.  [ug/day]"""
    return cl / v * plasma


def concentration(plasma, v, molar_mass, pmol_per_ug):
    """In plasma.  [pmol/L]   molar_mass in kDa; 1 ug of 1 kDa is 1000 pmol."""
    return plasma / v * pmol_per_ug / molar_mass


def activity(concentration, potency):
    """PTH(1-34) equivalents at the receptor.  [pmol/L]"""
    return potency * concentration


def transient(concentration, potency, brief):
    """The part that leaves the receptor at once.  [pmol/L]   Source: hattersley2016 (binds the resting receptor weakly)."""
    return brief * potency * concentration


def _label(name: str, kind: Kind, source: str) -> tuple[Kind, str]:
    """Kind and source of a number: rates and volumes follow from half-lives and weights; the reference is so by definition."""
    if kind != "measured":
        return kind, source
    return (
        ("derived", "definition")
        if name in ("potency", "brief")
        else ("derived" if name in ("ka", "v") else kind, source)
    )


def pth_analogue(name: str, source: str, numbers: dict[str, float], kind: Kind, vein: bool = False) -> Module:
    """The module of one analogue. numbers: f, ka (1/day), cl (L/day), v (L), molar_mass (kDa), potency, brief (share that signals only briefly)."""
    units = {"f": "1", "ka": "1/day", "cl": "L/day", "v": "L", "potency": "1", "brief": "1"}

    def at(law: Callable[..., Any]) -> Callable[..., Any]:
        return renamed(law, **{a: f"{name}_{a}" for a in arguments(law)})

    depot, plasma = f"{name}_depot", f"{name}_plasma"
    between = {"cl": LogNormal(1.3), "ka": LogNormal(1.25)}
    return Module(
        name,
        note="Depot and plasma; a pulse at the PTH receptor.",
        parameters=(
            *(
                Parameter(f"{name}_{k}", numbers[k], u, *_label(k, kind, source), iiv=between.get(k))
                for k, u in units.items()
            ),
            Parameter(
                f"{name}_molar_mass",
                numbers["molar_mass"],
                "kDa",
                "derived",
                "definition",
                note="sum of its amino acids",
            ),
            Parameter(f"{name}_pmol_per_ug", 1000.0, "kDa*pmol/ug", "derived", "definition"),
        ),
        states=(State(depot, "ug", 0.0, 10.0, "drug under the skin"), State(plasma, "ug", 0.0, 1.0, "drug in plasma")),
        rules=(Rule(f"{name}_concentration", at(concentration), "pmol/L", source=source),),
        processes=(
            Process(f"{name}_absorption", at(absorption), "ug/day", {depot: -1, plasma: 1}),
            Process(f"{name}_elimination", at(elimination), "ug/day", {plasma: -1}),
        ),
        contributions=(
            Contribution("pth_exogenous", f"{name}_activity", at(activity)),
            Contribution("pth_transient", f"{name}_transient", at(transient)),
        ),
        entries=(
            Entry(name, "subcutaneous", depot, "ug", bioavailability=f"{name}_f"),
            *((Entry(name, "intravenous", plasma, "ug"),) if vein else ()),
        ),
        references=(source, "peterson2010"),
    )


TERIPARATIDE = Card(
    name="teriparatide",
    kind="formation enhancer",
    mechanism="Daily pulses of PTH wake lining cells, speed maturation and lengthen osteoblast life; its mean level drives resorption.",
    regimen=Usual("20 ug", "subcutaneous", "day", until="24 months", up_to=True),
    unit="ug",
    largest={"subcutaneous": 40.0, "intravenous": 40.0},
    harms=("hypercalcaemia", "osteosarcoma"),
    references=("pk_tptd", "NEER", "DATA"),
    densest={
        "subcutaneous": Schedule(40.0, 1.0, "NEER: 40 ug a day"),
        "intravenous": Schedule(40.0, 1.0, "assumed: as subcutaneous"),
    },
    label=Label(
        "us_label; TPTD_OS",
        max_months=24,
        policy="a lifetime limit set after tumours in rats; the US label has let go of it in 2020 where the fracture risk stays high",
        not_with=(
            "a raised risk of osteosarcoma (Paget's disease of bone, radiation of the skeleton)",
            "high plasma calcium",
        ),
    ),
    limits="24 months in the original US label (relaxed in 2020); a policy, not biology",
    strength=Strength("teriparatide_potency"),
    module=pth_analogue(
        "teriparatide",
        "pk_tptd",
        {"f": 0.95, "ka": 16.6, "cl": 1488.0, "v": 8.0, "molar_mass": 4.118, "potency": 1.0, "brief": 0.0},
        "measured",
        vein=True,
    ),
)

ABALOPARATIDE = Card(
    name="abaloparatide",
    kind="formation enhancer",
    mechanism="As teriparatide, but most of its signal leaves the receptor at once: pulses with little rise of the mean level. No trial of it was used in the fit; its potency and the share that signals only briefly are set beside ACTIVE (spine +11 % at 18 months).",
    regimen=Usual("80 ug", "subcutaneous", "day", until="18 months", up_to=True),
    unit="ug",
    largest={"subcutaneous": 80.0},
    harms=("hypercalcaemia", "osteosarcoma"),
    references=("pk_abal", "miller2016"),
    densest={"subcutaneous": Schedule(80.0, 1.0, "label: 80 ug a day")},
    label=Label(
        "us_label",
        max_months=24,
        policy="a lifetime limit for PTH analogues together, set after tumours in rats",
        not_with=("a raised risk of osteosarcoma", "high plasma calcium"),
    ),
    strength=Strength("abaloparatide_potency"),
    module=pth_analogue(
        "abaloparatide",
        "pk_abal",
        {"f": 0.36, "ka": 132.0, "cl": 489.0, "v": 50.0, "molar_mass": 3.961, "potency": 0.3, "brief": 0.65},
        "assumed",
    ),
)
