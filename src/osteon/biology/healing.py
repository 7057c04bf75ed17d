"""A fracture, a non-union or a bone defect that fills: progenitors bring bone, the site's own competence limits it.

The filled share closes at a rate of progenitor supply and of what acts at the site; stiffness follows its square.
"""

from osteon.model import Module, Parameter, Port, Process, Rule, State, renamed


def healing_rate(healing, k_healing, healing_competence, progenitor_supply, local_formation):
    """Gap that fills.  [1/day]   Source: assumed form."""
    return k_healing * healing_competence * progenitor_supply * local_formation * (1 - healing)


def callus_rate(callus, healing, k_healing, healing_competence, progenitor_supply, local_formation):
    """Callus grows while the gap is open and is taken away as it closes.  [1/day]"""
    grown = healing_competence * progenitor_supply * local_formation * (1 - healing)
    return k_healing * (grown - callus * (0.2 + healing))


def modulus(healing, modulus_normal):
    """Young's modulus of the site.  [MPa]   Grows with the square of what is filled.   Source: assumed; qu2015 (normal)."""
    return modulus_normal * healing**2


def filled(healing, bvtv_reference):
    """BV/TV of the site.  [1]"""
    return bvtv_reference * healing


def healing_module(site: str) -> Module:
    """A site that heals; competence 1 = a closed fracture, 0.1 = a non-union or a defect of critical size."""
    state, callus = f"healing_{site}", f"callus_{site}"
    own = {"healing": state, "local_formation": f"local_formation_{site}"}
    return Module(
        f"healing_{site}",
        note="A gap that fills with bone.",
        parameters=(
            Parameter(
                "k_healing", 0.05, "1/day", "assumed", "assumed", bounds=(0.001, 1), note="half closed in two weeks"
            ),
            Parameter("healing_competence", 1.0, "1", "assumed", "assumed", bounds=(0, 2)),
            Parameter("modulus_normal", 15903.0, "MPa", "measured", "qu2015", note="normal fracture, rat tibia"),
        ),
        states=(State(state, "1", 0.05, note="share of the gap that is bone"), State(callus, "1", 0.0, note="callus")),
        ports=(
            Port(f"local_formation_{site}", "product", "1"),
            Port(f"local_resorption_{site}", "product", "1"),
        ),
        rules=(
            Rule(f"modulus_{site}", renamed(modulus, healing=state), "MPa"),
            Rule(f"bvtv_{site}", renamed(filled, healing=state), "1"),
        ),
        processes=(
            Process(f"healing_rate_{site}", renamed(healing_rate, **own), "1/day", {state: 1}),
            Process(f"callus_rate_{site}", renamed(callus_rate, callus=callus, **own), "1/day", {callus: 1}),
        ),
        references=("qu2015",),
    )
