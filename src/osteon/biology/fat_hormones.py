"""Leptin and adiponectin, and the low inflammation of visceral fat: each acts on bone both ways.

Leptin leans progenitors to bone and away from fat (peripheral arm) and holds the anabolism of osteoblasts back (central
arm). Adiponectin leans progenitors to bone and calls osteoclasts through RANKL; it falls as visceral fat grows. Every
answer is bounded, so that a knock-out (secretion 0) and a flood stay finite. All are 1 at the reference body mass.
Sources: review C27 to C29; directions from ducy2000 (central arm), thomas1999 (peripheral arm), luo2006 (adiponectin and
RANKL), biver2011 (net sign in people). Sizes are assumed.
"""

from osteon.model import Contribution, Module, Parameter, Rule, exp


def leptin(relative_fat, leptin_secretion, leptin_fat):
    """Leptin against the reference person.  [1]"""
    return leptin_secretion * relative_fat**leptin_fat


def adiponectin(visceral_fat, adiponectin_secretion, adiponectin_fat):
    """Adiponectin against the reference person; it falls with visceral fat.  [1]"""
    return adiponectin_secretion * visceral_fat**-adiponectin_fat


def leptin_answer(leptin):
    """What cells see of leptin: −1 with none, 0 at reference, towards 1 where resistance sets in.  [1]"""
    return (leptin - 1) / (leptin + 1)


def adiponectin_answer(adiponectin):
    """What cells see of adiponectin: −1 with none, 0 at reference, at most 1.  [1]"""
    return (adiponectin - 1) / (adiponectin + 1)


def niche_of_leptin(leptin_answer, leptin_bone):
    """Leptin leans progenitors to bone.  [1]   Source: thomas1999."""
    return exp(leptin_bone * leptin_answer)


def adipo_of_leptin(leptin_answer, leptin_fatward):
    """Leptin keeps progenitors from fat.  [1]   Source: thomas1999."""
    return exp(-leptin_fatward * leptin_answer)


def anabolism_of_leptin(leptin_answer, leptin_central):
    """Leptin in the brain holds osteoblasts back.  [1]   Source: ducy2000."""
    return exp(-leptin_central * leptin_answer)


def niche_of_adiponectin(adiponectin_answer, adiponectin_bone):
    """Adiponectin leans progenitors to bone.  [1]   Source: luo2006 lineage; size assumed."""
    return exp(adiponectin_bone * adiponectin_answer)


def rankl_of_adiponectin(adiponectin_answer, adiponectin_rankl):
    """Adiponectin raises RANKL of osteoblasts.  [1]   Source: luo2006."""
    return exp(adiponectin_rankl * adiponectin_answer)


def inflammation_of_fat(visceral_fat, fat_inflammation):
    """Visceral fat inflames; the lean have a little less than usual.  [1]   Source: review C24; size assumed."""
    return 2 * fat_inflammation * (visceral_fat - 1) / (visceral_fat + 1)


FAT_HORMONES = Module(
    "fat_hormones",
    note="Leptin and adiponectin both ways; inflammation of visceral fat.",
    parameters=(
        Parameter("leptin_secretion", 1.0, "1", "derived", "reference adult", bounds=(0, 20), note="knock-out: 0"),
        Parameter("adiponectin_secretion", 1.0, "1", "derived", "reference adult", bounds=(0, 20), note="knock-out: 0"),
        Parameter("leptin_fat", 1.2, "1", "assumed", "assumed", bounds=(0, 3), note="rises a little faster than fat"),
        Parameter("adiponectin_fat", 0.5, "1", "assumed", "assumed", bounds=(0, 2)),
        Parameter("leptin_bone", 0.1, "1", "assumed", "assumed", bounds=(0, 1), note="peripheral arm"),
        Parameter("leptin_fatward", 0.15, "1", "assumed", "assumed", bounds=(0, 1), note="peripheral arm"),
        Parameter("leptin_central", 0.06, "1", "assumed", "assumed", bounds=(0, 1), note="central arm"),
        Parameter("adiponectin_bone", 0.015, "1", "assumed", "assumed", bounds=(0, 1)),
        Parameter("adiponectin_rankl", 0.1, "1", "assumed", "assumed", bounds=(0, 1)),
        Parameter("fat_inflammation", 0.15, "1", "assumed", "assumed", bounds=(0, 1), note="fat twice as much: 0.1"),
    ),
    rules=(
        Rule("leptin", leptin, "1", source="review"),
        Rule("adiponectin", adiponectin, "1", source="review"),
        Rule("leptin_answer", leptin_answer, "1"),
        Rule("adiponectin_answer", adiponectin_answer, "1"),
    ),
    contributions=(
        Contribution("niche_osteo", "niche_of_leptin", niche_of_leptin, source="thomas1999"),
        Contribution("niche_adipo", "adipo_of_leptin", adipo_of_leptin, source="thomas1999"),
        Contribution("osteoblast_drive", "anabolism_of_leptin", anabolism_of_leptin, source="ducy2000"),
        Contribution("niche_osteo", "niche_of_adiponectin", niche_of_adiponectin, source="luo2006"),
        Contribution("rankl_production", "rankl_of_adiponectin", rankl_of_adiponectin, source="luo2006"),
        Contribution("inflammation_drive", "inflammation_of_fat", inflammation_of_fat, source="review"),
    ),
    references=("ducy2000", "thomas1999", "luo2006", "biver2011"),
)
