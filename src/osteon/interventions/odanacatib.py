"""Odanacatib: blocks cathepsin K, so that osteoclasts stay but resorb less."""

from osteon.interventions.card import Card, Label, Schedule, Strength, Usual
from osteon.model import Contribution, Entry, LogNormal, Module, Parameter, Process, State


def elimination(odanacatib_body, odanacatib_k):
    """First-order elimination.  [mg/day]"""
    return odanacatib_k * odanacatib_body


def cathepsin_left(odanacatib_body, odanacatib_efficacy, odanacatib_half_effect):
    """Cathepsin K activity left, 1 without drug.  [1]"""
    return 1 - odanacatib_efficacy * odanacatib_body / (odanacatib_half_effect + odanacatib_body)


ODANACATIB = Card(
    name="odanacatib",
    kind="antiresorptive",
    mechanism="Inhibits cathepsin K: resorption falls, osteoclast number and most of formation stay; quick reversal.",
    regimen=Usual("50 mg", "oral", "week"),
    unit="mg",
    largest={"oral": 100.0},
    harms=("stroke", "aff", "atrial_fibrillation", "hypocalcaemia", "morphea"),
    references=("pk_odan", "ODN_PH2", "LOFT"),
    strength=Strength("odanacatib_half_effect", inverse=True),
    limits="development ended for stroke risk",
    densest={"oral": Schedule(50.0, 7.0, "ODN_PH2, LOFT: 50 mg a week")},
    label=Label("LOFT", unapproved="its development ended for stroke"),
    module=Module(
        "odanacatib",
        note="One compartment; inhibits cathepsin K.",
        parameters=(
            Parameter("odanacatib_f", 0.3, "1", "assumed", "pk_odan", bounds=(0.05, 1)),
            Parameter(
                "odanacatib_k",
                0.187,
                "1/day",
                "derived",
                "pk_odan",
                iiv=LogNormal(1.3),
                note="between half-lives of 81 h (single dose) and 106.7 h (weekly)",
            ),
            Parameter("odanacatib_efficacy", 0.85, "1", "fitted", "assumed", bounds=(0.1, 1)),
            Parameter("odanacatib_half_effect", 3.0, "mg", "assumed", "assumed", bounds=(0.1, 50)),
        ),
        states=(State("odanacatib_body", "mg", 0.0, 10.0, note="drug in the body"),),
        processes=(Process("odanacatib_elimination", elimination, "mg/day", {"odanacatib_body": -1}),),
        contributions=(Contribution("cathepsin_activity", "odanacatib_cathepsin", cathepsin_left, source="assumed"),),
        entries=(Entry("odanacatib", "oral", "odanacatib_body", "mg", bioavailability="odanacatib_f"),),
        references=("pk_odan",),
    ),
)
