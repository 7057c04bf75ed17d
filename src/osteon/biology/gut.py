"""Calcium of the gut: eaten and secreted, absorbed by transport that calcitriol builds up and by leakage, or lost.

Transport adapts over days, as the cells of the gut wall are renewed; the pool in the gut stays dynamic (hours).
Lineage: peterson2010. Sizes are assumed; they give the reference adult about 27 % absorbed at 1000 mg a day and
19 % at 2000 (heaney1989: 15 % above 2000). At 200 mg it is three quarters, where people absorb 45 %.
"""

from osteon.model import Derived, Module, Parameter, Process, Rule, State


def calcium_eaten(calcium_intake, calcium_molar):
    """Calcium eaten.  [mmol/day]"""
    return calcium_intake / calcium_molar


def absorbed_reference(urinary_reference, gut_secretion_reference):
    """Absorbed in the reference adult, whose bone is in balance: what urine loses and what the gut wall gave.  [mmol/day]"""
    return urinary_reference + gut_secretion_reference


def gut_reference(calcium_intake_reference, calcium_molar, urinary_reference, k_transit):
    """Calcium in the gut of the reference adult.  [mmol]"""
    return (calcium_intake_reference / calcium_molar - urinary_reference) / k_transit


def active_absorption(gut_calcium, gut_reference, gut_transport, gut_half, active_share, absorbed_reference):
    """By transporters, which saturate.  [mmol/day]   gut_half : filling at half speed, against the reference."""
    filling = gut_calcium / gut_reference
    return active_share * absorbed_reference * gut_transport * filling * (1 + gut_half) / (gut_half + filling)


def passive_absorption(gut_calcium, gut_reference, active_share, absorbed_reference):
    """Between the cells, in proportion.  [mmol/day]"""
    return (1 - active_share) * absorbed_reference * gut_calcium / gut_reference


def gut_secretion(gut_secretion_reference, plasma_calcium, plasma_reference):
    """From plasma with the juices of the gut.  [mmol/day]"""
    return gut_secretion_reference * plasma_calcium / plasma_reference


def calcium_absorption(active_absorption, passive_absorption, gut_secretion):
    """Absorbed beyond what was secreted.  [mmol/day]"""
    return active_absorption + passive_absorption - gut_secretion


def faecal_calcium(gut_calcium, k_transit):
    """Calcium lost in faeces.  [mmol/day]"""
    return k_transit * gut_calcium


def transport_shift(gut_transport, relative_calcitriol, transport_room, k_transport):
    """Transporters build up to what calcitriol calls for, up to 1 + transport_room.  [1/day]   Source: peterson2010."""
    called = (1 + transport_room) * relative_calcitriol / (transport_room + relative_calcitriol)
    return k_transport * (called - gut_transport)


GUT = Module(
    "gut",
    note="Calcium eaten, absorbed, secreted and lost.",
    parameters=(
        Parameter("calcium_molar", 40.078, "mg/mmol", "derived", "definition"),
        Parameter("calcium_intake_reference", 1000.0, "mg/day", "derived", "reference adult"),
        Parameter("gut_secretion_reference", 3.2, "mmol/day", "assumed", "assumed", bounds=(0.5, 8)),
        Parameter("k_transit", 2.0, "1/day", "assumed", "assumed", bounds=(0.3, 10), note="12 h"),
        Parameter("active_share", 0.8, "1", "assumed", "assumed", bounds=(0.1, 0.95), note="of what is absorbed"),
        Parameter("gut_half", 0.25, "1", "assumed", "heaney1989", bounds=(0.1, 10)),
        Parameter("transport_room", 8.0, "1", "assumed", "assumed", bounds=(0.1, 10)),
        Parameter("k_transport", 0.5, "1/day", "assumed", "assumed", bounds=(0.05, 2), note="2 days"),
    ),
    derived=(
        Derived("absorbed_reference", absorbed_reference, "mmol/day"),
        Derived("gut_reference", gut_reference, "mmol"),
    ),
    states=(
        State("gut_calcium", "mmol", "gut_reference", 10.0, "calcium in the gut"),
        State("gut_transport", "1", note="calcium transporters of the gut wall"),
    ),
    rules=(Rule("calcium_absorption", calcium_absorption, "mmol/day"),),
    processes=(
        Process("calcium_eaten", calcium_eaten, "mmol/day", {"gut_calcium": 1}),
        Process("gut_secretion", gut_secretion, "mmol/day", {"gut_calcium": 1, "plasma_calcium": -1}),
        Process("active_absorption", active_absorption, "mmol/day", {"gut_calcium": -1, "plasma_calcium": 1}),
        Process("passive_absorption", passive_absorption, "mmol/day", {"gut_calcium": -1, "plasma_calcium": 1}),
        Process("faecal_calcium", faecal_calcium, "mmol/day", {"gut_calcium": -1}),
        Process("transport_shift", transport_shift, "1/day", {"gut_transport": 1}),
    ),
    references=("peterson2010", "heaney1989"),
)
