"""A fracture, a non-union or a bone defect: bone and scar race for the gap, progenitors and what acts at the site help bone.

A closed fracture has no scar to race with and fills; a non-union and a defect of critical size stop where bone and scar
meet. Stiffness follows the square of what is bone. Rates are those of a person; an animal heals on its own clock.
"""

from osteon.model import Module, Parameter, Port, Process, Rule, State, renamed
from osteon.model.laws import arguments
from osteon.model.parts import Law


def gap_open(healing, scar):
    """Gap that neither bone nor scar has taken.  [1]"""
    return 1 - healing - scar


def healing_rate(gap_open, k_healing, broken, healing_competence, progenitor_supply, local_formation):
    """Gap that fills with bone.  [1/day]   Source: assumed form."""
    return k_healing * broken * healing_competence * progenitor_supply * local_formation * gap_open


def scar_rate(gap_open, k_healing, broken, scar_pace):
    """Gap that fills with scar, for good.  [1/day]   Source: assumed form."""
    return k_healing * broken * scar_pace * gap_open


def callus_gain(gap_open, k_healing, broken, healing_competence, progenitor_supply, local_formation):
    """Callus grows while the gap is open.  [1/day]"""
    return k_healing * broken * healing_competence * progenitor_supply * local_formation * gap_open


def callus_loss(callus, healing, k_healing):
    """Callus is taken away as the gap closes.  [1/day]"""
    return k_healing * callus * (0.2 + healing)


def modulus(healing, modulus_normal):
    """Young's modulus of the site.  [MPa]   Grows with the square of what is filled.   Source: assumed; qu2015 (normal)."""
    return modulus_normal * healing**2


def filled(healing, bvtv_reference):
    """BV/TV of the site.  [1]"""
    return bvtv_reference * healing


HEALING = Module(
    "healing",
    note="What all healing sites share.",
    parameters=(
        Parameter(
            "k_healing", 0.02, "1/day", "assumed", "assumed", bounds=(0.001, 5), note="a person: half in five weeks"
        ),
        Parameter("broken", 0.0, "1", "derived", "definition", bounds=(0, 1), note="1 from the day of the break on"),
        Parameter("healing_competence", 1.0, "1", "assumed", "assumed", bounds=(0, 2), note="1 = a closed fracture"),
        Parameter("scar_pace", 0.0, "1", "assumed", "assumed", bounds=(0, 2), note="against bone in a fracture"),
        Parameter("modulus_normal", 15903.0, "MPa", "measured", "qu2015", note="normal fracture, rat tibia"),
    ),
    references=("qu2015",),
)


def healing_module(site: str, bvtv_reference: float) -> Module:
    """A site that heals; HEALING must stand beside it. bvtv_reference: BV/TV of the site when it is full."""
    local = ("healing", "scar", "callus", "gap_open", "local_formation", "bvtv_reference")

    def at(law: Law) -> Law:
        return renamed(law, **{a: f"{a}_{site}" for a in arguments(law) if a in local})

    return Module(
        f"healing_{site}",
        note="A gap that fills with bone or with scar.",
        parameters=(Parameter(f"bvtv_reference_{site}", bvtv_reference, "1", "assumed", "data/species/bodies.toml"),),
        states=(
            State(f"healing_{site}", "1", 0.05, note="share of the gap that is bone"),
            State(f"scar_{site}", "1", 0.0, note="share of the gap that is scar"),
            State(f"callus_{site}", "1", 0.0, note="callus"),
        ),
        ports=(
            Port(f"local_formation_{site}", "product", "1", "what changes formation at this site alone"),
            Port(f"local_resorption_{site}", "product", "1", "what changes resorption at this site alone"),
        ),
        rules=(
            Rule(f"gap_open_{site}", at(gap_open), "1"),
            Rule(f"modulus_{site}", at(modulus), "MPa"),
            Rule(f"bvtv_{site}", at(filled), "1"),
        ),
        processes=(
            Process(f"healing_rate_{site}", at(healing_rate), "1/day", {f"healing_{site}": 1}),
            Process(f"scar_rate_{site}", at(scar_rate), "1/day", {f"scar_{site}": 1}),
            Process(f"callus_gain_{site}", at(callus_gain), "1/day", {f"callus_{site}": 1}),
            Process(f"callus_loss_{site}", at(callus_loss), "1/day", {f"callus_{site}": -1}),
        ),
        references=("qu2015",),
    )
