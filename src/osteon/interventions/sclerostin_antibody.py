"""Antibodies against sclerostin: one structure, two drugs; the second by a ratio to the first, which is fitted.

Kinetics: depot, central and peripheral compartment, linear and target-mediated (saturable) clearance. Effect: antibody
over its binding constant, through the port `sclerostin_binding`.
"""

from collections.abc import Callable
from typing import Any

from osteon.interventions.card import Card, Label, Schedule, Strength, Usual
from osteon.model import Contribution, Derived, Entry, LogNormal, Module, Parameter, Process, Rule, State, renamed
from osteon.model.laws import arguments


def absorption(depot, ka):
    """From under the skin.  [mg/day]"""
    return ka * depot


def concentration(central, v1):
    """In plasma.  [mg/L]"""
    return central / v1


def clearance(concentration, cl, vmax, km):
    """Linear clearance and uptake by target-bearing cells.  [mg/day]"""
    return cl * concentration + vmax * concentration / (km + concentration)


def exchange(concentration, peripheral, v2, q):
    """To the peripheral compartment and back.  [mg/day]"""
    return q * (concentration - peripheral / v2)


def binding(concentration, effect_kd):
    """Antibody over its binding constant for sclerostin in bone.  [1]"""
    return concentration / effect_kd


def of_parent(kd_ratio, romosozumab_effect_kd):
    """Binding constant of a member of the class, by its parent's.  [mg/L]"""
    return kd_ratio * romosozumab_effect_kd


PARENT = Parameter("romosozumab_effect_kd", 1.0, "mg/L", "fitted", "assumed", LogNormal(2.5), bounds=(0.005, 50))


def _constant(name: str, ratio: float) -> tuple[tuple[Parameter, ...], tuple[Derived, ...]]:
    """The parent has the constant itself; another member brings it and its own ratio."""
    if PARENT.name == f"{name}_effect_kd":
        return (PARENT,), ()
    own = Parameter(f"{name}_kd_ratio", ratio, "1", "assumed", "assumed", bounds=(0.05, 20), note="over its parent's")
    law = renamed(of_parent, kd_ratio=own.name)
    return (PARENT, own), (Derived(f"{name}_effect_kd", law, "mg/L", note="follows the fit of its parent"),)


def sclerostin_antibody(name: str, source: str, numbers: dict[str, float], ratio: float = 1.0) -> Module:
    """The module of one antibody. numbers: f, ka (1/day), v1, v2 (L), q, cl (L/day), vmax (mg/day), km (mg/L).

    ratio : its binding constant over that of romosozumab
    """
    units = {"f": "1", "ka": "1/day", "v1": "L", "v2": "L", "q": "L/day", "cl": "L/day", "vmax": "mg/day", "km": "mg/L"}

    def at(law: Callable[..., Any]) -> Callable[..., Any]:
        return renamed(law, **{a: f"{name}_{a}" for a in arguments(law)})

    constant, derived = _constant(name, ratio)
    depot, central, peripheral = (f"{name}_{s}" for s in ("depot", "central", "peripheral"))
    between = {"cl": LogNormal(1.3), "v1": LogNormal(1.25), "ka": LogNormal(1.5)}
    return Module(
        name,
        note="Depot, two compartments, linear and saturable clearance; effect on sclerostin.",
        parameters=(
            *(Parameter(f"{name}_{k}", v, units[k], "derived", source, iiv=between.get(k)) for k, v in numbers.items()),
            *constant,
        ),
        derived=derived,
        states=(
            State(depot, "mg", 0.0, 10.0, "antibody under the skin"),
            State(central, "mg", 0.0, 10.0, "antibody in plasma"),
            State(peripheral, "mg", 0.0, 10.0, "antibody in tissue"),
        ),
        rules=(Rule(f"{name}_concentration", at(concentration), "mg/L", source=source),),
        processes=(
            Process(f"{name}_absorption", at(absorption), "mg/day", {depot: -1, central: 1}),
            Process(f"{name}_clearance", at(clearance), "mg/day", {central: -1}),
            Process(f"{name}_exchange", at(exchange), "mg/day", {central: -1, peripheral: 1}),
        ),
        contributions=(Contribution("sclerostin_binding", f"{name}_binding", at(binding), source="assumed"),),
        entries=(
            Entry(name, "subcutaneous", depot, "mg", bioavailability=f"{name}_f"),
            Entry(name, "intravenous", central, "mg"),
        ),
        references=(source, "eudy2015"),
    )


_NUMBERS = {"f": 0.81, "ka": 0.3, "v1": 2.9, "v2": 1.02, "q": 0.35, "cl": 0.30, "vmax": 2.2, "km": 3.0}

ROMOSOZUMAB = Card(
    name="romosozumab",
    kind="dual",
    mechanism="Binds sclerostin and frees Wnt: formation and OPG rise, resorption falls; Dkk1 and the lining pool end the surge.",
    regimen=Usual("210 mg", "subcutaneous", "month", until="12 months"),
    unit="mg",
    largest={"subcutaneous": 210.0, "intravenous": 350.0},
    harms=("mace", "injection_site", "onj", "aff", "hypocalcaemia"),
    references=("pk_romo", "ROMO_PH2", "FRAME"),
    densest={
        "subcutaneous": Schedule(210.0, 30.4375, "ROMO_PH2: 210 mg a month"),
        "intravenous": Schedule(350.0, 30.4375, "assumed: single doses"),
    },
    label=Label(
        "us_label: boxed warning",
        max_months=12,
        women_after_menopause=True,
        policy="its effect on formation wanes after 12 monthly doses",
        not_with=(
            "a heart attack or a stroke in the year before",
            "low plasma calcium",
            "an eGFR below 30 without watch over calcium",
        ),
    ),
    strength=Strength("romosozumab_effect_kd", inverse=True),
    module=sclerostin_antibody("romosozumab", "pk_romo", _NUMBERS),
)

BLOSOZUMAB = Card(
    name="blosozumab",
    kind="dual",
    mechanism="As romosozumab; its kinetics differ, its binding constant is 1.7 times that fitted for romosozumab (assumed), and none of its figures were used here.",
    regimen=Usual("270 mg", "subcutaneous", "2 weeks"),
    unit="mg",
    largest={"subcutaneous": 270.0, "intravenous": 750.0},
    harms=("mace", "injection_site", "onj", "aff", "hypocalcaemia"),
    references=("eudy2015",),
    densest={
        "subcutaneous": Schedule(270.0, 14.0, "phase 2: 270 mg every 2 weeks"),
        "intravenous": Schedule(750.0, 14.0, "assumed: single doses"),
    },
    label=Label("assumed", unapproved="its development ended after phase 2"),
    module=sclerostin_antibody("blosozumab", "assumed", {**_NUMBERS, "f": 0.6}, 1.7),
)
