"""How PTH acts on bone cells: its mean level drives resorption, its pulses drive formation.

The receptor adapts to the level it sees (`pth_tone`). A pulse stands out against the tone and is remembered for weeks
(`pth_memory`, like CREB in Peterson & Riggs); a constant excess is adapted away and leaves only the catabolic level.
"""

from osteon.model import Derived, Module, Parameter, Port, Process, Rule, State, exp, softplus


def pth_endogenous(vitamin_d, vitamin_d_enough, vitamin_d_pth, calcium_intake, calcium_enough, calcium_pth):
    """The gland's own PTH against the reference: it rises when vitamin D or calcium run short.  [1]

    vitamin_d : nmol/L; calcium_intake : mg/day.  Steep below enough, flat above.   Source: assumed.
    """
    short_d = exp(vitamin_d_pth * softplus(4 - 4 * vitamin_d / vitamin_d_enough))
    short_ca = exp(calcium_pth * softplus(4 - 4 * calcium_intake / calcium_enough))
    return short_d * short_ca


def pth_signal(pth_endogenous, pth_rest, pth_exogenous, pth_reference, pth_suppression, pth_secretion):
    """Receptor-active PTH against the reference: the gland's own, held down by what is injected, and the injected.  [1]

    pth_exogenous : pmol/L of PTH(1-34) or equivalents;  pth_suppression : how far a doubling holds the gland down
    """
    injected = pth_exogenous / pth_reference
    return injected + pth_secretion * pth_endogenous / pth_rest / (1 + pth_suppression * injected)


def pth_rest(vitamin_d_pth, calcium_pth, vitamin_d_enough, calcium_enough, vitamin_d_reference, calcium_reference):
    """The same law in the reference adult, so that its ratio is 1 there.  [1]"""
    short_d = exp(vitamin_d_pth * softplus(4 - 4 * vitamin_d_reference / vitamin_d_enough))
    return short_d * exp(calcium_pth * softplus(4 - 4 * calcium_reference / calcium_enough))


def pth(pth_endogenous, pth_rest, pth_secretion, pth_assay_reference):
    """PTH(1-84) as an assay reports it.  [pg/mL]"""
    return pth_assay_reference * pth_secretion * pth_endogenous / pth_rest


def pth_pulse(pth_signal, pth_tone, pulse_height, pulse_steepness):
    """Response to PTH that stands out against the adapted tone, 1 when it does not.  [1]   Source: assumed."""
    up = (pth_signal / (pulse_height * pth_tone)) ** pulse_steepness
    one = (1 / pulse_height) ** pulse_steepness
    return (up / (1 + up)) * ((1 + one) / one)


def tone_shift(pth_signal, pth_tone, k_tone):
    """The receptor adapts to what it sees.  [1/day]"""
    return k_tone * (pth_signal - pth_tone)


def level_shift(pth_signal, pth_transient, pth_reference, pth_level, k_level):
    """Running mean of PTH that RANKL and OPG follow; what signals only briefly does not count in it.  [1/day]"""
    return k_level * (pth_signal - pth_transient / pth_reference - pth_level)


def memory_shift(pth_pulse, pth_memory, k_memory):
    """Memory of pulses in the osteoblast lineage.  [1/day]   Source: peterson2010 (CREB, about 15 d)."""
    return k_memory * (pth_pulse - pth_memory)


PTH_ACTION = Module(
    "pth_action",
    note="Receptor adaptation, pulse memory, mean level.",
    parameters=(
        Parameter("pth_reference", 3.7, "pmol/L", "assumed", "assumed", note="35 pg/mL of PTH(1-84)"),
        Parameter("pth_suppression", 0.15, "1", "assumed", "assumed", bounds=(0, 2)),
        Parameter("pth_secretion", 1.0, "1", "derived", "reference adult", bounds=(0, 20), note="gland: 0 removed"),
        Parameter("pth_assay_reference", 35.0, "pg/mL", "assumed", "assumed"),
        Parameter("vitamin_d_enough", 50.0, "nmol/L", "assumed", "assumed", note="PTH flattens above"),
        Parameter("vitamin_d_reference", 75.0, "nmol/L", "derived", "reference adult"),
        Parameter("vitamin_d_pth", 0.1, "1", "assumed", "assumed", bounds=(0, 1)),
        Parameter("calcium_enough", 800.0, "mg/day", "assumed", "assumed"),
        Parameter("calcium_reference", 1000.0, "mg/day", "derived", "reference adult"),
        Parameter("calcium_pth", 0.05, "1", "assumed", "assumed", bounds=(0, 1)),
        Parameter("k_tone", 1.0, "1/day", "assumed", "assumed", bounds=(0.1, 10), note="receptor adaptation"),
        Parameter("k_level", 1.0, "1/day", "assumed", "assumed", bounds=(0.1, 10)),
        Parameter("k_memory", 0.0667, "1/day", "derived", "peterson2010", bounds=(0.01, 1), note="15 d"),
        Parameter("pulse_height", 4.0, "1", "fitted", "assumed", bounds=(1, 20)),
        Parameter("pulse_steepness", 2.0, "1", "assumed", "assumed", bounds=(1, 4)),
    ),
    states=(
        State("pth_tone", "1", note="level the receptor is adapted to"),
        State("pth_level", "1", note="running mean of the PTH signal"),
        State("pth_memory", "1", note="pulse memory of the osteoblast lineage"),
    ),
    ports=(
        Port("pth_exogenous", "sum", "pmol/L", "injected PTH(1-34), or what acts like it"),
        Port("pth_transient", "sum", "pmol/L", "the part of it that pulses but leaves the receptor at once"),
    ),
    derived=(Derived("pth_rest", pth_rest, "1"),),
    rules=(
        Rule("pth_endogenous", pth_endogenous, "1"),
        Rule("pth", pth, "pg/mL"),
        Rule("pth_signal", pth_signal, "1"),
        Rule("pth_pulse", pth_pulse, "1"),
    ),
    processes=(
        Process("tone_shift", tone_shift, "1/day", {"pth_tone": 1}),
        Process("level_shift", level_shift, "1/day", {"pth_level": 1}),
        Process("memory_shift", memory_shift, "1/day", {"pth_memory": 1}),
    ),
    references=("peterson2010",),
)
