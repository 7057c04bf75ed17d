"""Denosumab: an antibody that binds RANKL as OPG does.

Kinetics: depot and two compartments with quasi-steady-state target-mediated disposition; the target total of the
kinetics is an exposure pool and is not the RANKL that acts on RANK. Effect: free antibody over its binding constant
for the acting RANKL, through the port `rankl_binding`, and nowhere else.
"""

from osteon.interventions.card import Card, Label, Schedule, Strength, Usual
from osteon.model import Contribution, Entry, LogNormal, Module, Parameter, Process, Rule, State, sqrt


def free_antibody(total, target, kss):
    """Free antibody where binding is quick against everything else.  [ug/L]

    total, target : antibody (free and bound) and target (free and bound), ug/L;  kss : ug/L
    Written so that no digits cancel when little is free.   Source: quasi-steady-state TMDD (gibiansky2008).
    """
    short = total - target - kss
    return 2 * kss * total / (sqrt(short**2 + 4 * kss * total) - short)


def denosumab_free(denosumab_total, denosumab_target, denosumab_kss):
    """Free denosumab in plasma.  [ug/L]"""
    return free_antibody(denosumab_total, denosumab_target, denosumab_kss)


def denosumab_volume(denosumab_v1, body_weight, reference_weight):
    """Central volume of this body.  [L]"""
    return denosumab_v1 * body_weight / reference_weight


def absorption(denosumab_depot, denosumab_ka):
    """From under the skin.  [mg/day]"""
    return denosumab_ka * denosumab_depot


def per_volume(denosumab_volume, ug_per_mg):
    """Concentration made by one milligram in plasma.  [ug/L/mg]"""
    return ug_per_mg / denosumab_volume


def clearance(denosumab_free, denosumab_cl, denosumab_v1):
    """Linear clearance; clearance and volume both grow with weight, their ratio does not.  [ug/L/day]"""
    return denosumab_cl / denosumab_v1 * denosumab_free


def internalisation(denosumab_total, denosumab_free, denosumab_kint):
    """Bound antibody is taken up with its target.  [ug/L/day]"""
    return denosumab_kint * (denosumab_total - denosumab_free)


def exchange(denosumab_free, denosumab_peripheral, denosumab_q, denosumab_v1):
    """To the peripheral compartment and back.  [ug/L/day]"""
    return denosumab_q / denosumab_v1 * (denosumab_free - denosumab_peripheral)


def volume_ratio(denosumab_v1, denosumab_v2):
    """Central over peripheral volume.  [1]"""
    return denosumab_v1 / denosumab_v2


def target_synthesis(denosumab_r0, denosumab_kdeg):
    """Target made at a constant rate.  [ug/L/day]"""
    return denosumab_kdeg * denosumab_r0


def target_loss(denosumab_target, denosumab_total, denosumab_free, denosumab_kdeg):
    """Free target degraded.  [ug/L/day]"""
    return denosumab_kdeg * (denosumab_target - (denosumab_total - denosumab_free))


def binding(denosumab_free, denosumab_effect_kd):
    """Free antibody over its binding constant for the acting RANKL.  [1]"""
    return denosumab_free / denosumab_effect_kd


_QSS = "pk_dmab_qss"

MODULE = Module(
    "denosumab",
    note="Depot, two compartments, target-mediated; effect on RANKL.",
    parameters=(
        Parameter("denosumab_f", 0.638, "1", "measured", _QSS, bounds=(0.05, 1), note="subcutaneous"),
        Parameter("denosumab_ka", 0.212, "1/day", "measured", _QSS, uncertainty=LogNormal(1.1), iiv=LogNormal(1.5)),
        Parameter(
            "denosumab_cl", 0.07344, "L/day", "measured", _QSS, LogNormal(1.05), LogNormal(1.4), note="3.06 mL/h"
        ),
        Parameter("denosumab_v1", 2.49, "L", "measured", _QSS, iiv=LogNormal(1.3), note="for 66 kg"),
        Parameter("denosumab_q", 0.9096, "L/day", "measured", _QSS, note="37.9 mL/h"),
        Parameter("denosumab_v2", 1.36, "L", "measured", _QSS),
        Parameter("denosumab_kss", 138.0, "ug/L", "derived", _QSS, note="the code it is read from has ten times this"),
        Parameter("denosumab_kint", 0.1908, "1/day", "measured", _QSS, note="0.00795 /h"),
        Parameter("denosumab_r0", 614.0, "ug/L", "derived", _QSS, iiv=LogNormal(1.5), note="exposure target pool"),
        Parameter("denosumab_kdeg", 0.03552, "1/day", "measured", _QSS, note="0.00148 /h"),
        Parameter("reference_weight", 66.0, "kg", "derived", "definition", note="of the kinetics"),
        Parameter("ug_per_mg", 1000.0, "ug/mg", "derived", "definition"),
        Parameter("denosumab_effect_kd", 2.0, "ug/L", "fitted", "assumed", bounds=(0.05, 1000), note="acting RANKL"),
    ),
    states=(
        State("denosumab_depot", "mg", 0.0, scale=10.0, note="under the skin"),
        State("denosumab_total", "ug/L", 0.0, scale=1000.0, note="plasma, free and bound"),
        State("denosumab_peripheral", "ug/L", 0.0, scale=1000.0, note="antibody in tissue"),
        State("denosumab_target", "ug/L", "denosumab_r0", scale=100.0, note="exposure target, free and bound"),
    ),
    rules=(
        Rule("denosumab_free", denosumab_free, "ug/L", source=_QSS),
        Rule("denosumab_volume", denosumab_volume, "L"),
        Rule("denosumab_per_volume", per_volume, "ug/L/mg"),
        Rule("denosumab_volume_ratio", volume_ratio, "1"),
    ),
    processes=(
        Process(
            "denosumab_absorption",
            absorption,
            "mg/day",
            {"denosumab_depot": -1, "denosumab_total": "denosumab_per_volume"},
        ),
        Process("denosumab_clearance", clearance, "ug/L/day", {"denosumab_total": -1}),
        Process(
            "denosumab_internalisation", internalisation, "ug/L/day", {"denosumab_total": -1, "denosumab_target": -1}
        ),
        Process(
            "denosumab_exchange",
            exchange,
            "ug/L/day",
            {"denosumab_total": -1, "denosumab_peripheral": "denosumab_volume_ratio"},
        ),
        Process("denosumab_target_synthesis", target_synthesis, "ug/L/day", {"denosumab_target": 1}),
        Process("denosumab_target_loss", target_loss, "ug/L/day", {"denosumab_target": -1}),
    ),
    contributions=(Contribution("rankl_binding", "denosumab_binding", binding, source="assumed"),),
    entries=(Entry("denosumab", "subcutaneous", "denosumab_depot", "mg", bioavailability="denosumab_f"),),
    references=(_QSS, "gibiansky2008"),
)

DENOSUMAB = Card(
    name="denosumab",
    kind="antiresorptive",
    mechanism="Binds RANKL, so that fewer osteoclasts form and active ones die; the effect ends with the antibody.",
    regimen=Usual("60 mg", "subcutaneous", "6 months"),
    unit="mg",
    largest={"subcutaneous": 210.0},
    harms=("hypocalcaemia", "onj", "aff", "rebound_vertebral_fracture"),
    references=(_QSS, "DMAB_PH2", "DEFEND", "FREEDOM"),
    module=MODULE,
    strength=Strength("denosumab_effect_kd", inverse=True),
    densest={"subcutaneous": Schedule(210.0, 182.625, "DMAB_PH2: 210 mg every 6 months")},
    label=Label(
        "us_label", not_with=("low plasma calcium", "pregnancy", "advanced kidney disease without watch over calcium")
    ),
)
