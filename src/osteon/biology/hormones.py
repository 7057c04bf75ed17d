"""Oestrogen, ageing and habits, and how they bear on bone cells.

Oestrogen falls along a smooth step about the final menstrual period (or at once after surgery) to a floor that body fat
raises (aromatase). Ageing is a smooth driver that is zero at 30 and grows after mid-life in both sexes. Both act on
bone only through the ports of the bone core.
"""

from osteon.model import Contribution, LogNormal, Module, Parameter, Port, Process, Rule, State, exp, softplus, tanh


def ovarian_function(age, menopause_age, menopause_width, surgical_menopause_age, surgical_width):
    """Ovarian oestrogen left, 1 before menopause.  [1]   Source: swan2012 (loss starts a year before, ends two after)."""
    natural = 0.5 - 0.5 * tanh((age - menopause_age) / menopause_width)
    surgical = 0.5 - 0.5 * tanh((age - surgical_menopause_age) / surgical_width)
    return natural * surgical


def oestrogen(ovarian_function, gonadal_drive, oestrogen_floor, aromatase):
    """Oestrogen against the premenopausal reference.  [1]   Fat makes what is left after menopause (review C30)."""
    gonads = ovarian_function * gonadal_drive
    return gonads + oestrogen_floor * aromatase * (1 - gonads)


def oestrogen_signal(oestrogen, oestrogen_agonism):
    """What the receptor sees: the own hormone, and an agonist where there is room for one.  [1]"""
    return oestrogen + oestrogen_agonism * (1 - oestrogen)


def ageing(age, reference_age, age_onset, age_width, age_span, ageing_pace):
    """Cumulative ageing, 0 at 30, about 1 forty years after its onset.  [1]   Source: nhanes0508 (shape); scale assumed."""
    grown = softplus((age - age_onset) / age_width) - softplus((reference_age - age_onset) / age_width)
    return ageing_pace * age_width / age_span * grown


def rankl_of_oestrogen(oestrogen_signal, rankl_oestrogen, oestrogen_adapted, rankl_withdrawal):
    """Oestrogen loss raises RANKL: for good, and more while the loss is recent.  [1]

    rankl_withdrawal : of a loss that cells are not adapted to (T cells and cytokines: cenci2000, direction); swan2012 (loss of
    bone is fastest in the three years about the last period)
    """
    return exp(rankl_oestrogen * (1 - oestrogen_signal) + rankl_withdrawal * (oestrogen_adapted - oestrogen_signal))


def oestrogen_adaptation(oestrogen_signal, oestrogen_adapted, k_oestrogen_adapted):
    """Cells adapt to the oestrogen they see.  [1/day]   Source: assumed; identified by loss of bone over menopause."""
    return k_oestrogen_adapted * (oestrogen_signal - oestrogen_adapted)


def opg_of_oestrogen(oestrogen_signal, opg_oestrogen):
    """Oestrogen loss lowers OPG.  [1]"""
    return exp(-opg_oestrogen * (1 - oestrogen_signal))


def depth_of_oestrogen(oestrogen_signal, depth_oestrogen, osteoclast_death):
    """Without oestrogen osteoclasts dig deeper, the less so the sooner they die.  [1]

    Source: eriksen1999 (erosion depth 46.9 to 52.0 um over menopause; oestrogen prevents it); the share of life is assumed
    """
    return 1 + depth_oestrogen * (1 - oestrogen_signal) / osteoclast_death


def drive_of_age(ageing, drive_ageing):
    """Ageing raises resorption a little (inflammation, secondary hyperparathyroidism).  [1]"""
    return exp(drive_ageing * ageing)


def survival_of_habits(smoking, alcohol, smoking_loss, alcohol_loss, alcohol_harm):
    """Smoking and heavy drinking shorten the life of osteoblasts.  [1]"""
    return exp(-smoking_loss * smoking - alcohol_loss * (alcohol / alcohol_harm) ** 2)


def survival_of_oestrogen(oestrogen_signal, survival_oestrogen):
    """Oestrogen loss shortens the life of osteoblasts.  [1]"""
    return exp(-survival_oestrogen * (1 - oestrogen_signal))


def strain_of_life(exercise, exercise_gain, immobilisation, unloading):
    """Habitual strain: exercise loads bone, rest unloads it.  [1]"""
    return (1 + exercise_gain * exercise) * (1 - unloading * immobilisation)


HORMONES = Module(
    "hormones",
    note="Oestrogen, ageing and habits, through the ports of bone.",
    parameters=(
        Parameter("menopause_width", 1.6, "year", "derived", "swan2012", bounds=(0.3, 5), note="fall over about 3 y"),
        Parameter("surgical_width", 0.05, "year", "assumed", "assumed", bounds=(0.01, 0.5)),
        Parameter("oestrogen_floor", 0.15, "1", "assumed", "assumed", bounds=(0.02, 0.5), note="after menopause"),
        Parameter("reference_age", 30.0, "year", "derived", "reference adult"),
        Parameter("ageing_pace", 1.0, "1", "derived", "reference adult", bounds=(0, 3), note="0 = no ageing"),
        Parameter("age_onset", 50.0, "year", "assumed", "assumed", bounds=(30, 70)),
        Parameter("age_width", 6.0, "year", "assumed", "assumed", bounds=(1, 20)),
        Parameter("age_span", 40.0, "year", "assumed", "assumed"),
        Parameter(
            "rankl_oestrogen",
            0.4,
            "1",
            "fitted",
            "garnero1996",
            uncertainty=LogNormal(1.4),
            bounds=(0, 2),
            note="with withdrawal CTX about doubles",
        ),
        Parameter(
            "rankl_withdrawal",
            0.5,
            "1",
            "fitted",
            "garnero1996",
            uncertainty=LogNormal(2.0),
            bounds=(0.001, 3),
            note="while the loss is recent",
        ),
        Parameter(
            "k_oestrogen_adapted",
            0.0009,
            "1/day",
            "fitted",
            "swan2012",
            uncertainty=LogNormal(1.6),
            bounds=(0.0001, 0.02),
            note="cells adapt to what they see",
        ),
        Parameter("opg_oestrogen", 0.2, "1", "assumed", "assumed", bounds=(0, 2)),
        Parameter(
            "depth_oestrogen",
            0.11,
            "1",
            "fitted",
            "eriksen1999",
            LogNormal(1.4),
            bounds=(0.001, 1),
            note="erosion depth",
        ),
        Parameter("survival_oestrogen", 0.1, "1", "assumed", "assumed", bounds=(0.001, 1)),
        Parameter("drive_ageing", 0.1, "1", "assumed", "assumed", bounds=(0, 2)),
        Parameter("smoking_loss", 0.028, "1", "assumed", "law1997", bounds=(0, 1), note="3 % of the hip at 65"),
        Parameter("alcohol_loss", 0.02, "1", "assumed", "assumed", bounds=(0, 1)),
        Parameter("alcohol_harm", 3.0, "units/day", "assumed", "assumed"),
        Parameter(
            "exercise_gain", 0.08, "1", "assumed", "assumed", bounds=(0, 1), note="set by hand to trials of exercise"
        ),
        Parameter("unloading", 0.33, "1", "assumed", "leblanc1990", bounds=(0, 0.95), note="set by hand to bed rest"),
    ),
    states=(State("oestrogen_adapted", "1", note="oestrogen signal that bone is adapted to"),),
    processes=(Process("oestrogen_adaptation", oestrogen_adaptation, "1/day", {"oestrogen_adapted": 1}),),
    ports=(
        Port("oestrogen_agonism", "sum", "1", "agonist at the oestrogen receptor of bone, 1 = full"),
        Port("gonadal_drive", "product", "1", "what the gonads need to make oestrogen: testosterone in men"),
        Port("aromatase", "product", "1", "oestrogen made outside the gonads, 1 = usual body fat"),
    ),
    rules=(
        Rule("ovarian_function", ovarian_function, "1", source="swan2012"),
        Rule("oestrogen", oestrogen, "1"),
        Rule("oestrogen_signal", oestrogen_signal, "1"),
        Rule("ageing", ageing, "1", source="nhanes0508"),
    ),
    contributions=(
        Contribution("rankl_production", "rankl_of_oestrogen", rankl_of_oestrogen, source="peterson2010"),
        Contribution("opg_production", "opg_of_oestrogen", opg_of_oestrogen, source="peterson2010"),
        Contribution("erosion_depth", "depth_of_oestrogen", depth_of_oestrogen, source="eriksen1999"),
        Contribution("osteoclast_drive", "drive_of_age", drive_of_age),
        Contribution("osteoblast_survival", "survival_of_habits", survival_of_habits),
        Contribution("osteoblast_survival", "survival_of_oestrogen", survival_of_oestrogen, source="peterson2010"),
        Contribution("strain_drive", "strain_of_life", strain_of_life),
    ),
    references=("swan2012", "peterson2010", "leblanc1990"),
)
