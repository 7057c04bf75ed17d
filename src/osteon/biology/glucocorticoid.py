"""Glucocorticoid excess: osteoblasts die sooner, progenitors turn to fat, RANKL rises; none in the reference adult."""

from osteon.model import Contribution, Module, Parameter, exp


def steroid_survival(glucocorticoid, glucocorticoid_reference, steroid_death):
    """Osteoblasts die sooner.  [1]"""
    return exp(-steroid_death * glucocorticoid / (glucocorticoid_reference + glucocorticoid))


def steroid_niche(glucocorticoid, glucocorticoid_reference, steroid_fat):
    """Progenitors lean away from bone.  [1]"""
    return exp(-steroid_fat * glucocorticoid / (glucocorticoid_reference + glucocorticoid))


def steroid_rankl(glucocorticoid, glucocorticoid_reference, steroid_pull):
    """RANKL rises, OPG falls: told as RANKL.  [1]"""
    return exp(steroid_pull * glucocorticoid / (glucocorticoid_reference + glucocorticoid))


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
        Parameter("steroid_death", 0.3, "1", "assumed", "assumed", bounds=(0, 3)),
        Parameter("steroid_fat", 0.12, "1", "assumed", "assumed", bounds=(0, 3)),
        Parameter("steroid_pull", 0.12, "1", "assumed", "assumed", bounds=(0, 3)),
    ),
    contributions=(
        Contribution("osteoblast_survival", "steroid_survival", steroid_survival, source="assumed"),
        Contribution("niche_osteo", "steroid_niche", steroid_niche, source="assumed"),
        Contribution("rankl_production", "steroid_rankl", steroid_rankl, source="assumed"),
    ),
)
