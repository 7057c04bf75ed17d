"""Wnt: sclerostin and Dkk1 hold LRP5/6 back; dishevelled, GSK-3β and β-catenin carry the signal to LEF/TCF genes.

All quantities are ratios to the reference adult (1). The chain from receptor to target gene is algebraic (minutes to
hours); sclerostin follows its osteocytes in days; Dkk1 follows the target genes in weeks to months and is the slow
brake that ends the surge of a sclerostin antibody in spite of further doses.
"""

from osteon.model import LogNormal, Module, Parameter, Port, Process, Rule, State


def lrp_activity(free_sclerostin, dkk1, lrp_sclerostin, lrp_dkk1):
    """Share of LRP5/6 left free by its two inhibitors, 1 at reference.  [1]

    Competitive inhibition; lrp_* = inhibitor concentration over its inhibition constant at reference.
    Source: eudy2015 (sclerostin), proctor2016 (Dkk1); competition assumed.
    """
    return (1 + lrp_sclerostin + lrp_dkk1) / (1 + lrp_sclerostin * free_sclerostin + lrp_dkk1 * dkk1)


def free_sclerostin(sclerostin, sclerostin_binding):
    """Sclerostin not held by an antibody.  [1]   sclerostin_binding = antibody concentration over its constant."""
    return sclerostin / (1 + sclerostin_binding)


def dishevelled(lrp_activity, wnt_drive):
    """Active dishevelled follows the occupied receptor.  [1]"""
    return wnt_drive * lrp_activity


def gsk3_activity(dishevelled, gsk3_inhibition):
    """GSK-3β left active (not phosphorylated) by dishevelled.  [1]"""
    return (1 + gsk3_inhibition) / (1 + gsk3_inhibition * dishevelled)


def beta_catenin(gsk3_activity, beta_catenin_degradation):
    """Cytoplasmic β-catenin at its quick steady state between synthesis and destruction by GSK-3β.  [1]

    beta_catenin_degradation : share of its loss that goes by the destruction complex, as odds.
    """
    return (1 + beta_catenin_degradation) / (1 + beta_catenin_degradation * gsk3_activity)


def tcf_activity(beta_catenin, nuclear_threshold, nuclear_steepness):
    """LEF/TCF target genes: a sigmoid of β-catenin, 1 at reference.  [1]   Source: review C47 (a threshold)."""
    up = (beta_catenin / nuclear_threshold) ** nuclear_steepness
    one = (1 / nuclear_threshold) ** nuclear_steepness
    return (up / (1 + up)) * ((1 + one) / one)


def sclerostin_production(
    osteocytes, strain_drive, pth_level, sclerostin_secretion, strain_gain, sclerostin_pth, k_scl
):
    """Osteocytes secrete sclerostin; strain and PTH hold it down.  [1/day]   Source: proctor2016, eudy2015."""
    return k_scl * sclerostin_secretion * osteocytes * strain_drive**-strain_gain * pth_level**-sclerostin_pth


def sclerostin_loss(sclerostin, k_scl):
    """First-order loss of sclerostin.  [1/day]"""
    return k_scl * sclerostin


def dkk1_production(tcf_activity, dkk1_feedback, dkk1_secretion, k_dkk1):
    """Dkk1 is itself a Wnt target: a slow brake.  [1/day]   Source: assumed; identified by romosozumab's fade."""
    return k_dkk1 * dkk1_secretion * tcf_activity**dkk1_feedback


def dkk1_loss(dkk1, k_dkk1):
    """First-order loss of the Dkk1 brake.  [1/day]"""
    return k_dkk1 * dkk1


def wnt_adaptation(tcf_activity, wnt_adapted, k_wnt_adapted):
    """What bone cells have got used to of the Wnt signal.  [1/day]   Source: assumed; identified by romosozumab's CTX."""
    return k_wnt_adapted * (tcf_activity - wnt_adapted)


WNT = Module(
    "wnt",
    note="Sclerostin, Dkk1, LRP5/6, dishevelled, GSK-3β, β-catenin, LEF/TCF.",
    parameters=(
        Parameter("k_scl", 0.35, "1/day", "assumed", "assumed", bounds=(0.05, 5), note="turnover of sclerostin"),
        Parameter("sclerostin_secretion", 1.0, "1", "derived", "reference adult", bounds=(0, 20), note="knock-out: 0"),
        Parameter("dkk1_secretion", 1.0, "1", "derived", "reference adult", bounds=(0, 20)),
        Parameter("strain_gain", 0.5, "1", "assumed", "assumed", bounds=(0, 3), note="unloading doubles sclerostin"),
        Parameter("sclerostin_pth", 0.2, "1", "assumed", "assumed", bounds=(0, 1)),
        Parameter("lrp_sclerostin", 3.0, "1", "fitted", "assumed", bounds=(0.3, 20)),
        Parameter("lrp_dkk1", 1.5, "1", "assumed", "assumed", bounds=(0.1, 10)),
        Parameter("gsk3_inhibition", 1.0, "1", "assumed", "assumed", bounds=(0.1, 10)),
        Parameter("beta_catenin_degradation", 9.0, "1", "assumed", "assumed", bounds=(1, 100)),
        Parameter("nuclear_threshold", 2.0, "1", "assumed", "assumed", bounds=(1, 5)),
        Parameter("nuclear_steepness", 3.0, "1", "assumed", "assumed", bounds=(1, 8)),
        Parameter(
            "k_dkk1", 0.003, "1/day", "fitted", "assumed", LogNormal(1.6), bounds=(0.001, 0.1), note="slow brake"
        ),
        Parameter("k_wnt_adapted", 0.02, "1/day", "fitted", "assumed", LogNormal(1.6), bounds=(0.002, 0.5)),
        Parameter("dkk1_feedback", 0.7, "1", "fitted", "assumed", LogNormal(1.6), bounds=(0.01, 3)),
    ),
    states=(
        State("sclerostin", "1", note="total sclerostin in bone"),
        State("dkk1", "1", note="slow Wnt inhibitor"),
        State("wnt_adapted", "1", note="Wnt signal that bone cells are used to"),
    ),
    ports=(
        Port("sclerostin_binding", "sum", "1", "antibody over its binding constant"),
        Port("wnt_drive", "product", "1", "anything that raises or lowers Wnt at the receptor"),
        Port("strain_drive", "product", "1", "habitual bone strain against the reference"),
    ),
    rules=(
        Rule("free_sclerostin", free_sclerostin, "1"),
        Rule("lrp_activity", lrp_activity, "1", source="eudy2015"),
        Rule("dishevelled", dishevelled, "1"),
        Rule("gsk3_activity", gsk3_activity, "1"),
        Rule("beta_catenin", beta_catenin, "1"),
        Rule("tcf_activity", tcf_activity, "1"),
    ),
    processes=(
        Process("sclerostin_production", sclerostin_production, "1/day", {"sclerostin": 1}),
        Process("sclerostin_loss", sclerostin_loss, "1/day", {"sclerostin": -1}),
        Process("dkk1_production", dkk1_production, "1/day", {"dkk1": 1}),
        Process("wnt_adaptation", wnt_adaptation, "1/day", {"wnt_adapted": 1}),
        Process("dkk1_loss", dkk1_loss, "1/day", {"dkk1": -1}),
    ),
    references=("eudy2015", "proctor2016"),
)
