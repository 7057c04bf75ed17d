"""How PTH acts on bone cells: its mean level drives resorption, its pulses drive formation.

The receptor adapts to the level it sees (`pth_tone`). A pulse stands out against the tone and is remembered for weeks
(`pth_memory`, like CREB in Peterson & Riggs); a constant excess is adapted away and leaves only the catabolic level.
"""

from osteon.model import Module, Parameter, Port, Process, Rule, State, sqrt


def pth_own(pth_gland, pth_constant):
    """What the receptor sees of the glands' own PTH against the reference.  [1]

    pth_constant is seen without any PTH (local PTHrP, the receptor's own activity); it counts where there is less PTH
    than that, and hardly above.   Source: assumed
    """
    square = pth_gland * pth_gland
    return sqrt(sqrt((square * square + pth_constant**4) / (1 + pth_constant**4)))


def pth_signal(pth_own, pth_exogenous, pth_reference):
    """PTH at the receptor against the reference: the glands' own and what is injected.  [1]

    pth_exogenous : pmol/L of PTH(1-34) or equivalents
    """
    return pth_own + pth_exogenous / pth_reference


def pth_catabolic_signal(
    pth_own, pth_gland_exponent, pth_sensitivity, pth_gland_maximum, pth_exogenous, pth_transient, pth_reference
):
    """What RANKL and OPG answer to.  [1]   What signals only briefly does not count in it.

    Bone answers slow changes of the glands as the same mean level injected (pth_gland_exponent 1), and fills up: turnover of
    severe hyperparathyroidism is several times the usual, not tens of times.   Source: assumed
    """
    own = pth_own ** (pth_gland_exponent * pth_sensitivity)
    return (1 + pth_gland_maximum) * own / (own + pth_gland_maximum) + (pth_exogenous - pth_transient) / pth_reference


def pth_pulse(pth_signal, pth_tone, pulse_height, pulse_steepness):
    """Response to PTH that stands out against the adapted tone, 1 when it does not.  [1]   Source: assumed."""
    up = (pth_signal / (pulse_height * pth_tone)) ** pulse_steepness
    one = (1 / pulse_height) ** pulse_steepness
    return (up / (1 + up)) * ((1 + one) / one)


def tone_shift(pth_signal, pth_tone, k_tone):
    """The receptor adapts to what it sees.  [1/day]"""
    return k_tone * (pth_signal - pth_tone)


def level_shift(pth_catabolic_signal, pth_level, k_level):
    """Running mean of PTH that RANKL and OPG follow.  [1/day]"""
    return k_level * (pth_catabolic_signal - pth_level)


def memory_shift(pth_pulse, pth_memory, k_memory):
    """Memory of pulses in the osteoblast lineage.  [1/day]   Source: peterson2010 (CREB, about 15 d)."""
    return k_memory * (pth_pulse - pth_memory)


PTH_ACTION = Module(
    "pth_action",
    note="Receptor adaptation, pulse memory, mean level.",
    parameters=(
        Parameter("pth_reference", 3.7, "pmol/L", "assumed", "assumed", note="35 pg/mL of PTH(1-84)"),
        Parameter("pth_constant", 0.45, "1", "assumed", "assumed", bounds=(0.05, 0.7), note="seen without PTH"),
        Parameter("pth_gland_exponent", 1.0, "1", "assumed", "assumed", bounds=(0.1, 1)),
        Parameter(
            "pth_gland_maximum", 8.0, "1", "assumed", "assumed", bounds=(2, 100), note="call of glands without limit: 9"
        ),
        Parameter("k_tone", 1.0, "1/day", "assumed", "assumed", bounds=(0.1, 10), note="receptor adaptation"),
        Parameter("k_level", 1.0, "1/day", "assumed", "assumed", bounds=(0.1, 10)),
        Parameter("k_memory", 0.0667, "1/day", "derived", "peterson2010", bounds=(0.01, 1), note="stored PTH signal"),
        Parameter("pulse_height", 4.0, "1", "fitted", "assumed", bounds=(1, 20)),
        Parameter("pulse_steepness", 2.0, "1", "assumed", "assumed", bounds=(1, 4)),
    ),
    states=(
        State("pth_tone", "1", note="level the receptor is adapted to"),
        State("pth_level", "1", note="running mean of PTH to which bone is sensitive"),
        State("pth_memory", "1", note="pulse memory of the osteoblast lineage"),
    ),
    ports=(
        Port("pth_gland", "product", "1", "PTH of the glands against the reference adult"),
        Port("pth_exogenous", "sum", "pmol/L", "injected PTH(1-34), or what acts like it"),
        Port("pth_sensitivity", "product", "1", "how well bone hears the glands' own PTH"),
        Port("pth_transient", "sum", "pmol/L", "the part of it that pulses but leaves the receptor at once"),
    ),
    rules=(
        Rule("pth_own", pth_own, "1"),
        Rule("pth_signal", pth_signal, "1"),
        Rule("pth_catabolic_signal", pth_catabolic_signal, "1"),
        Rule("pth_pulse", pth_pulse, "1"),
    ),
    processes=(
        Process("tone_shift", tone_shift, "1/day", {"pth_tone": 1}),
        Process("level_shift", level_shift, "1/day", {"pth_level": 1}),
        Process("memory_shift", memory_shift, "1/day", {"pth_memory": 1}),
    ),
    references=("peterson2010",),
)
