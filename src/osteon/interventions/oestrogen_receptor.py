"""Raloxifene and estradiol: agonists at the oestrogen receptor of bone.

They act through the port `oestrogen_agonism`, which fills only the room that the own hormone leaves.
"""

from collections.abc import Callable
from typing import Any

from osteon.interventions.card import Card, Label, Schedule, Strength, Usual
from osteon.model import Contribution, Entry, LogNormal, Module, Parameter, Process, State, renamed
from osteon.model.laws import arguments


def elimination(body, k_elimination):
    """First-order elimination.  [mg/day]"""
    return k_elimination * body


def agonism(body, efficacy, half_effect):
    """Agonist effect, saturating.  [1]   half_effect: amount in the body with half the effect, mg."""
    return efficacy * body / (half_effect + body)


def breast_block(raloxifene_body, raloxifene_half_effect):
    """Receptors of the breast that it holds, as many as those of bone.  [1]"""
    return raloxifene_body / (raloxifene_half_effect + raloxifene_body)


OESTROGEN_RECEPTOR_UNREAD = "no row that somebody has read informs it: the fit leaves it at its prior"


def agonist(name: str, source: str, f: float, k: float, efficacy: float, half_effect: float) -> Module:
    """The module of one agonist: oral share, elimination (1/day), largest effect, half-effect amount (mg)."""

    def at(law: Callable[..., Any]) -> Callable[..., Any]:
        return renamed(law, **{a: f"{name}_{a}" for a in arguments(law)})

    known = source != "assumed"
    return Module(
        name,
        note="One compartment; agonist at the oestrogen node.",
        parameters=(
            Parameter(f"{name}_f", f, "1", "measured" if known else "assumed", source, bounds=(0.001, 1)),
            Parameter(
                f"{name}_k_elimination", k, "1/day", "derived" if known else "assumed", source, iiv=LogNormal(1.35)
            ),
            Parameter(
                f"{name}_efficacy", efficacy, "1", "assumed", "assumed", bounds=(0, 1.2), note=OESTROGEN_RECEPTOR_UNREAD
            ),
            Parameter(f"{name}_half_effect", half_effect, "mg", "assumed", "assumed", bounds=(1e-4, 100)),
        ),
        states=(State(f"{name}_body", "mg", 0.0, half_effect, "drug in the body"),),
        processes=(Process(f"{name}_elimination", at(elimination), "mg/day", {f"{name}_body": -1}),),
        contributions=(Contribution("oestrogen_agonism", f"{name}_agonism", at(agonism), source="assumed"),),
        entries=(Entry(name, "oral", f"{name}_body", "mg", bioavailability=f"{name}_f"),),
        references=(source,),
    )


RALOXIFENE = Card(
    name="raloxifene",
    kind="antiresorptive",
    mechanism="Partial agonist at the oestrogen receptor of bone: RANKL falls and OPG rises, modestly.",
    regimen=Usual("60 mg", "oral", "day"),
    unit="mg",
    largest={"oral": 150.0},
    harms=("vte", "fatal_stroke", "stroke", "breast_cancer"),
    references=("pk_ralo", "MORE"),
    module=agonist("raloxifene", "pk_ralo", 0.02, 0.6, 0.45, 0.5),
    strength=Strength("raloxifene_half_effect", inverse=True),
    densest={"oral": Schedule(150.0, 1.0, "dose finding: 150 mg a day")},
    label=Label(
        "us_label",
        women_after_menopause=True,
        not_with=("a clot in a deep vein, the lung or the retina, now or before", "pregnancy"),
    ),
    exposure=(
        Module(
            "raloxifene_breast",
            note="Raloxifene blocks the oestrogen receptor of the breast where it serves that of bone.",
            contributions=(
                Contribution("breast_oestrogen_block", "raloxifene_breast_block", breast_block, source="MORE"),
            ),
        ),
    ),
)

ESTRADIOL = Card(
    name="estradiol",
    kind="antiresorptive",
    mechanism="Full agonist at the oestrogen receptor of bone; a prediction, no trial of it was used here.",
    regimen=Usual("1 mg", "oral", "day"),
    unit="mg",
    largest={"oral": 4.0},
    harms=("vte", "stroke", "fatal_stroke"),
    references=("assumed",),
    module=agonist("estradiol", "assumed", 0.05, 1.1, 1.0, 0.015),
    strength=Strength("estradiol_half_effect", inverse=True),
    densest={"oral": Schedule(4.0, 1.0, "assumed")},
    label=Label(
        "us_label",
        women_after_menopause=True,
        not_with=("a clot, a stroke or a heart attack before", "breast cancer, now or before"),
    ),
)
