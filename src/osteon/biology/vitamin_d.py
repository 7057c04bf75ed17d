"""Vitamin D: 25-OH-D of sun, food and supplements, and the calcitriol that the kidney makes of it.

25-OH-D moves over weeks to months (a state); calcitriol is quick against it and algebraic. PTH calls for calcitriol
with the lag of `pth_mean` (a day), FGF23 and a lack of nephrons hold it down.
Lineage: peterson2010 (1α-hydroxylase under PTH and phosphate). Sizes are assumed.
"""

from osteon.model import Module, Parameter, Process, Rule, State


def vitamin_d_gain(vitamin_d_supplement, supplement_most, supplement_half):
    """25-OH-D that a lasting supplement adds: less for each further unit.  [nmol/L]   Source: gallagher2012."""
    return supplement_most * vitamin_d_supplement / (supplement_half + vitamin_d_supplement)


def vitamin_d_shift(vitamin_d_supply, vitamin_d_gain, vitamin_d, k_vitamin_d):
    """25-OH-D moves to what sun, food and supplements sustain.  [nmol/L/day]"""
    return k_vitamin_d * (vitamin_d_supply + vitamin_d_gain - vitamin_d)


def calcidiol_supply(vitamin_d, vitamin_d_reference, calcidiol_half):
    """Substrate of calcitriol against the reference adult, saturating.  [1]"""
    return (vitamin_d / (calcidiol_half + vitamin_d)) * ((calcidiol_half + vitamin_d_reference) / vitamin_d_reference)


def hydroxylase(pth_mean, calcitriol_pth, fgf23, calcitriol_fgf23, gfr, gfr_reference, gfr_half):
    """1α-hydroxylase against the reference adult: nephrons left, PTH, FGF23.  [1]   Source: peterson2010 (form)."""
    nephrons = (gfr / (gfr_half + gfr)) * ((gfr_half + gfr_reference) / gfr_reference)
    return nephrons * pth_mean**calcitriol_pth * fgf23**-calcitriol_fgf23


def relative_calcitriol(calcidiol_supply, hydroxylase):
    """Calcitriol against the reference adult.  [1]"""
    return calcidiol_supply * hydroxylase


def calcitriol_exposure(relative_calcitriol, calcitriol_trace):
    """Calcitriol as gland, kidney and bone see it: never quite nothing.  [1]   Source: assumed."""
    return (relative_calcitriol + calcitriol_trace) / (1 + calcitriol_trace)


def calcitriol(relative_calcitriol, calcitriol_reference):
    """1,25-(OH)2-D in serum.  [pmol/L]"""
    return calcitriol_reference * relative_calcitriol


VITAMIN_D = Module(
    "vitamin_d",
    note="25-OH-D and calcitriol.",
    parameters=(
        Parameter("vitamin_d_supplement", 0.0, "IU/day", "derived", "reference adult", bounds=(0, 100_000)),
        Parameter(
            "supplement_most", 150.0, "nmol/L", "assumed", "gallagher2012", bounds=(20, 400), note="before it saturates"
        ),
        Parameter(
            "supplement_half", 5200.0, "IU/day", "assumed", "gallagher2012", bounds=(500, 50_000), note="800 IU: +20"
        ),
        Parameter("k_vitamin_d", 0.03, "1/day", "assumed", "assumed", bounds=(0.005, 0.2), note="half-life 3 weeks"),
        Parameter("vitamin_d_reference", 75.0, "nmol/L", "derived", "reference adult"),
        Parameter("calcidiol_half", 10.0, "nmol/L", "assumed", "assumed", bounds=(1, 100)),
        Parameter("calcitriol_reference", 90.0, "pmol/L", "derived", "peterson2010"),
        Parameter("calcitriol_trace", 0.05, "1", "assumed", "assumed", bounds=(0.001, 0.5), note="seen without any"),
        Parameter("calcitriol_pth", 0.4, "1", "assumed", "assumed", bounds=(0, 2)),
        Parameter("calcitriol_fgf23", 0.15, "1", "assumed", "assumed", bounds=(0, 1)),
        Parameter("gfr_half", 36.0, "mL/min", "assumed", "levin2007", bounds=(1, 200)),
    ),
    states=(State("vitamin_d", "nmol/L", "vitamin_d_supply", 75.0, "25-OH-D in serum"),),
    rules=(
        Rule("vitamin_d_gain", vitamin_d_gain, "nmol/L"),
        Rule("calcidiol_supply", calcidiol_supply, "1"),
        Rule("hydroxylase", hydroxylase, "1", source="peterson2010"),
        Rule("relative_calcitriol", relative_calcitriol, "1"),
        Rule("calcitriol_exposure", calcitriol_exposure, "1"),
        Rule("calcitriol", calcitriol, "pmol/L", note="1,25-(OH)2-D in serum; usual 50 to 150"),
    ),
    processes=(Process("vitamin_d_shift", vitamin_d_shift, "nmol/L/day", {"vitamin_d": 1}),),
    references=("peterson2010", "levin2007", "gallagher2012"),
)
