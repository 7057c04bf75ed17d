"""Parathyroid glands: calcium holds secretion down along a steep sigmoid within minutes; the gland grows over months.

Secretion is algebraic. Mass follows want of calcitriol and calcium and excess of phosphate, slowly (peterson2010: 260 d).
The plug is `pth_gland` of pth_action. Total calcium stands for the ionised that the gland senses, so the sigmoid is less
steep than in clamps of ionised calcium.
"""

from osteon.model import Contribution, Module, Normal, Parameter, Process, Rule, State


def gland_vitamin_d(calcitriol_exposure, calcidiol_supply, calcitriol_trace, gland_calcidiol):
    """Vitamin D as the gland sees it: calcitriol of plasma, and what it makes itself of 25-OH-D.  [1]   Source: bienaime2011."""
    own = (calcidiol_supply + calcitriol_trace) / (1 + calcitriol_trace)
    return calcitriol_exposure ** (1 - gland_calcidiol) * own**gland_calcidiol


def calcium_sensed(
    calcium,
    calcium_set_point,
    gland_vitamin_d,
    set_point_calcitriol,
    sensing_steepness,
    secretion_most,
    secretion_least,
):
    """Secretion against what it is at the set point: most without calcium, least under much of it.  [1]

    Vitamin D keeps the gland sensitive: without it more calcium is needed for the same restraint.
    """
    seen = calcium / calcium_set_point * gland_vitamin_d**set_point_calcitriol
    held = (secretion_most - 1) / (1 - secretion_least) * seen**sensing_steepness
    return secretion_least + (secretion_most - secretion_least) / (1 + held)


def gland_output(pth_secretion, parathyroid_mass, calcium_sensed):
    """PTH of the glands against the reference adult.  [1]"""
    return pth_secretion * parathyroid_mass * calcium_sensed


def pth(pth_gland, pth_assay_reference, nephrons_left, pth_fragments, fragments_renal):
    """PTH as an intact assay reports it: PTH(1-84), and truncated fragments, which leave by the kidney.  [pg/mL]

    Injected PTH(1-34) is not in it. pth_fragments : against PTH(1-84) in health.   Source: brossard1996
    """
    held = pth_fragments / (1 - fragments_renal * (1 - nephrons_left))
    return pth_assay_reference * pth_gland * (1 + held) / (1 + pth_fragments)


def mass_shift(
    parathyroid_mass,
    gland_vitamin_d,
    mass_calcitriol,
    calcium,
    calcium_set_point,
    mass_calcium,
    phosphate,
    phosphate_reference,
    mass_phosphate,
    mass_most,
    k_mass,
):
    """The gland grows towards what is called for, up to `mass_most`.  [1/day]   Source: peterson2010; sizes assumed."""
    wanted = gland_vitamin_d**-mass_calcitriol * (calcium / calcium_set_point) ** -mass_calcium
    wanted = wanted * (phosphate / phosphate_reference) ** mass_phosphate
    return k_mass * (mass_most * wanted / (mass_most - 1 + wanted) - parathyroid_mass)


PARATHYROID = Module(
    "parathyroid",
    note="PTH secretion under calcium, slow gland mass.",
    parameters=(
        Parameter("pth_secretion", 1.0, "1", "derived", "reference adult", bounds=(0, 50), note="0 = glands removed"),
        Parameter("pth_assay_reference", 35.0, "pg/mL", "assumed", "muntner2009", note="mean of adults 39"),
        Parameter("pth_fragments", 0.25, "1", "derived", "brossard1996", bounds=(0, 1), note="a fifth of what is seen"),
        Parameter(
            "fragments_renal",
            0.83,
            "1",
            "derived",
            "brossard1996",
            bounds=(0, 0.95),
            note="half of it in renal failure",
        ),
        Parameter("gland_calcidiol", 0.8, "1", "assumed", "bienaime2011", bounds=(0, 1)),
        Parameter(
            "calcium_set_point",
            2.35,
            "mmol/L",
            "derived",
            "reference adult",
            iiv=Normal(0.04),
            bounds=(1.5, 3.5),
            note="higher in an adenoma",
        ),
        Parameter("sensing_steepness", 18.0, "1", "assumed", "assumed", bounds=(4, 60)),
        Parameter(
            "secretion_most", 5.0, "1", "derived", "schwarz1993", bounds=(2, 20), note="within four to seven times"
        ),
        Parameter("secretion_least", 0.26, "1", "derived", "brent1988", bounds=(0.01, 0.5), note="6 of 23 ng/L"),
        Parameter("set_point_calcitriol", 0.01, "1", "assumed", "assumed", bounds=(0, 0.2)),
        Parameter("mass_calcitriol", 0.8, "1", "assumed", "muntner2009", bounds=(0, 3)),
        Parameter("mass_calcium", 4.0, "1", "assumed", "assumed", bounds=(0, 10)),
        Parameter("mass_phosphate", 1.0, "1", "assumed", "muntner2009", bounds=(0, 3)),
        Parameter("mass_most", 15.0, "1", "assumed", "assumed", bounds=(2, 50), note="times its usual mass"),
        Parameter("k_mass", 0.00385, "1/day", "derived", "peterson2010", bounds=(0.0005, 0.05), note="260 d"),
    ),
    states=(State("parathyroid_mass", "1", note="mass of the parathyroid glands"),),
    rules=(
        Rule("gland_vitamin_d", gland_vitamin_d, "1", source="bienaime2011"),
        Rule("calcium_sensed", calcium_sensed, "1", source="peterson2010"),
        Rule(
            "pth",
            pth,
            "pg/mL",
            note="PTH(1-84) and truncated fragments as an intact assay reports them; usual 10 to 46 where 25-OH-D is above 30 nmol/L, 13 to 64 in all (souberbielle2001)",
        ),
    ),
    processes=(Process("mass_shift", mass_shift, "1/day", {"parathyroid_mass": 1}),),
    contributions=(Contribution("pth_gland", "gland_output", gland_output, source="peterson2010"),),
    references=(
        "brent1988",
        "schwarz1993",
        "peterson2010",
        "brossard1996",
        "bienaime2011",
        "muntner2009",
        "souberbielle2001",
    ),
)
