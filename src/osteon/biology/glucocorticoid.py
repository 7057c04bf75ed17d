"""Glucocorticoid excess: osteoblasts make less and die sooner, progenitors turn to fat; resorption rises, then falls.

Collagen made falls within days (godschalk1988). RANKL rises at once; over months the body adapts and fewer osteoclasts
are made (compston2018: the rise is early and transient). So loss is fast in the first year and slower later, and after
the last pill, while that lasts, bone comes back in part (laan1993). It also calms inflammation. None in the reference adult.
"""

from osteon.model import Contribution, Module, Parameter, Process, Rule, State, exp


def steroid_effect(glucocorticoid, glucocorticoid_reference):
    """Share of the full effect of a dose.  [1]"""
    return glucocorticoid / (glucocorticoid_reference + glucocorticoid)


def steroid_survival(steroid_effect, steroid_death):
    """Osteoblasts die sooner.  [1]"""
    return exp(-steroid_death * steroid_effect)


def steroid_work(steroid_effect, steroid_block):
    """Each osteoblast makes less collagen, at once.  [1]   Source: godschalk1988."""
    return exp(-steroid_block * steroid_effect)


def steroid_niche(steroid_effect, steroid_fat):
    """Progenitors lean away from bone.  [1]"""
    return exp(-steroid_fat * steroid_effect)


def steroid_rankl(steroid_effect, steroid_adapted, steroid_pull, steroid_fade):
    """RANKL rises, OPG falls: told as RANKL; the rise turns as the body adapts.  [1]   Source: compston2018."""
    return exp(steroid_pull * (steroid_effect - steroid_fade * steroid_adapted))


def steroid_calm(steroid_effect, steroid_relief):
    """Inflammation is held down.  [1]   Source: verhoeven1997 (people with arthritis lose little on low doses)."""
    return steroid_relief * steroid_effect


def steroid_shift(steroid_effect, steroid_adapted, k_steroid):
    """The body adapts to the excess.  [1/day]"""
    return k_steroid * (steroid_effect - steroid_adapted)


GLUCOCORTICOID = Module(
    "glucocorticoid",
    note="Prednisone or its equivalent, mg a day in a person.",
    parameters=(
        Parameter(
            "glucocorticoid",
            0.0,
            "mg/day",
            "derived",
            "reference adult",
            bounds=(0, 200),
            note="prednisone equivalents",
        ),
        Parameter("glucocorticoid_reference", 7.5, "mg/day", "assumed", "assumed", note="half of the full effect"),
        Parameter("steroid_death", 0.1, "1", "assumed", "assumed", bounds=(0, 3)),
        Parameter("steroid_block", 0.4, "1", "assumed", "godschalk1988", bounds=(0, 3)),
        Parameter("steroid_fat", 0.1, "1", "assumed", "assumed", bounds=(0, 3)),
        Parameter("steroid_pull", 0.5, "1", "assumed", "laan1993", bounds=(0, 3)),
        Parameter("steroid_fade", 1.5, "1", "assumed", "laan1993", bounds=(0, 3), note="1 = all of it fades"),
        Parameter(
            "steroid_relief", 2.0, "1", "assumed", "verhoeven1997", bounds=(0, 10), note="half of it left at 7.5 mg"
        ),
        Parameter(
            "k_steroid", 0.004, "1/day", "assumed", "compston2018", bounds=(0.001, 0.1), note="how fast the body adapts"
        ),
    ),
    states=(State("steroid_adapted", "1", 0.0, note="glucocorticoid that the body has adapted to"),),
    rules=(Rule("steroid_effect", steroid_effect, "1"),),
    processes=(Process("steroid_shift", steroid_shift, "1/day", {"steroid_adapted": 1}),),
    contributions=(
        Contribution("osteoblast_survival", "steroid_survival", steroid_survival, source="assumed"),
        Contribution("osteoblast_drive", "steroid_work", steroid_work, source="godschalk1988"),
        Contribution("niche_osteo", "steroid_niche", steroid_niche, source="assumed"),
        Contribution("rankl_production", "steroid_rankl", steroid_rankl, source="compston2018"),
        Contribution("inflammation_relief", "steroid_calm", steroid_calm, source="verhoeven1997"),
    ),
    references=("godschalk1988", "compston2018", "laan1993", "verhoeven1997"),
)
