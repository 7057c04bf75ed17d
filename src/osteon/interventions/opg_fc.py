"""OPG-Fc: the decoy of RANKL as a drug, of use where denosumab does not bind.

Depot and plasma, cleared at a constant rate; it holds RANKL as OPG does, through the port `rankl_binding`.
"""

from osteon.interventions.card import Card, Usual
from osteon.model import Contribution, Entry, Module, Parameter, Process, Rule, State


def absorption(opg_fc_depot, opg_fc_ka):
    """From under the skin.  [mg/day]"""
    return opg_fc_ka * opg_fc_depot


def clearance(opg_fc_plasma, opg_fc_cl, opg_fc_v):
    """Cleared from plasma.  [mg/day]"""
    return opg_fc_cl / opg_fc_v * opg_fc_plasma


def concentration(opg_fc_plasma, opg_fc_v, opg_fc_ug_per_mg):
    """In plasma.  [ug/L]"""
    return opg_fc_plasma / opg_fc_v * opg_fc_ug_per_mg


def binding(opg_fc_concentration, opg_fc_effect_kd):
    """Decoy over its binding constant for the acting RANKL.  [1]"""
    return opg_fc_concentration / opg_fc_effect_kd


_KD = "as denosumab, whose constant is fitted in women: both ended osteoclasts alike in mice with human RANKL"

OPG_FC = Card(
    name="opg_fc",
    kind="antiresorptive",
    mechanism="Holds RANKL as OPG does, of every species; what denosumab does where denosumab does not bind.",
    regimen=Usual("15 mg/kg", "subcutaneous", "week"),
    unit="mg",
    largest={"subcutaneous": 15.0, "intravenous": 15.0},
    harms=(),
    references=("kostenuik2009",),
    limits="animals only here",
    module=Module(
        "opg_fc",
        note="Depot and plasma; holds RANKL.",
        parameters=(
            Parameter("opg_fc_f", 0.8, "1", "assumed", "assumed", bounds=(0.05, 1)),
            Parameter("opg_fc_ka", 0.7, "1/day", "assumed", "assumed", bounds=(0.05, 5)),
            Parameter("opg_fc_v", 3.3, "L", "assumed", "assumed", note="for 66 kg"),
            Parameter("opg_fc_cl", 0.3, "L/day", "assumed", "assumed", note="for 66 kg; half-life about a week"),
            Parameter("opg_fc_ug_per_mg", 1000.0, "ug/mg", "derived", "definition"),
            Parameter("opg_fc_effect_kd", 10.0, "ug/L", "assumed", "kostenuik2009", bounds=(0.05, 1000), note=_KD),
        ),
        states=(
            State("opg_fc_depot", "mg", 0.0, 1.0, note="under the skin"),
            State("opg_fc_plasma", "mg", 0.0, 1.0, note="in plasma"),
        ),
        rules=(Rule("opg_fc_concentration", concentration, "ug/L"),),
        processes=(
            Process("opg_fc_absorption", absorption, "mg/day", {"opg_fc_depot": -1, "opg_fc_plasma": 1}),
            Process("opg_fc_clearance", clearance, "mg/day", {"opg_fc_plasma": -1}),
        ),
        contributions=(Contribution("rankl_binding", "opg_fc_binding", binding, source="kostenuik2009"),),
        entries=(
            Entry("opg_fc", "subcutaneous", "opg_fc_depot", "mg", bioavailability="opg_fc_f"),
            Entry("opg_fc", "intravenous", "opg_fc_plasma", "mg"),
        ),
        references=("kostenuik2009",),
    ),
)
