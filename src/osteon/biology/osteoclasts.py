"""Osteoclasts: precursors of the haematopoietic line fuse under RANK, resorb, die or fall apart into cells that fuse again.

The precursor pool (with the recycled cells) fills while RANKL is blocked and empties when it is free again: this is
what overshoots after denosumab. Ratios to the reference adult (1).
"""

from osteon.model import Contribution, LogNormal, Module, Parameter, Port, Process, Rule, State


def precursor_supply(osteoclast_supply, precursor_use, recycled_share, k_precursor):
    """Marrow sends precursors at a constant rate that balances loss and net use at reference.  [1/day]"""
    return k_precursor * osteoclast_supply * (1 + precursor_use * (1 - recycled_share))


def precursor_loss(osteoclast_precursors, k_precursor):
    """Precursors leave or die.  [1/day]"""
    return k_precursor * osteoclast_precursors


def osteoclast_fusion(osteoclast_precursors, rank_occupancy, osteoclast_drive, fusion_order):
    """Precursors fuse into active osteoclasts under RANK, 1 at reference.  [1]   Source: lemaire2004, peterson2010."""
    return osteoclast_drive * osteoclast_precursors * rank_occupancy**fusion_order


def osteoclast_death(tgf_beta, rank_occupancy, osteoclast_apoptosis_drive, apoptosis_tgf, rank_survival):
    """Rate of osteoclast death, 1 at reference: TGF-β and bisphosphonates shorten life, RANK lengthens it.  [1]"""
    weak = (1 + rank_survival) / (1 + rank_survival * rank_occupancy)
    return tgf_beta**apoptosis_tgf * weak * (1 + osteoclast_apoptosis_drive)


def precursor_use_rate(osteoclast_fusion, precursor_use, k_precursor):
    """Precursors spent on fusion.  [1/day]"""
    return k_precursor * precursor_use * osteoclast_fusion


def osteoclast_gain(osteoclast_fusion, k_osteoclast):
    """New active osteoclasts.  [1/day]"""
    return k_osteoclast * osteoclast_fusion


def osteoclast_end(osteoclasts, osteoclast_death, k_osteoclast):
    """Active osteoclasts that stop.  [1/day]"""
    return k_osteoclast * osteoclasts * osteoclast_death


def recycling(osteoclasts, osteoclast_death, osteoclast_apoptosis_drive, precursor_use, recycled_share, k_precursor):
    """Osteoclasts that fall apart into cells which can fuse again; those that a bisphosphonate kills do not.  [1/day]   Source: assumed."""
    return (
        k_precursor * precursor_use * recycled_share * osteoclasts * osteoclast_death / (1 + osteoclast_apoptosis_drive)
    )


def resorption(osteoclasts, cathepsin_activity, erosion_depth):
    """Bone resorbed, 1 at reference: active osteoclasts, their cathepsin K, and how deep they dig.  [1]"""
    return osteoclasts * cathepsin_activity * erosion_depth


def depth_of_life(osteoclast_death, depth_life):
    """Osteoclasts that live longer dig deeper, those that die early leave shallow cavities.  [1]   Source: assumed size.

    Direction: eriksen1999 (oestrogen); alendronate lowers erosion depth in biopsies.
    """
    return osteoclast_death**-depth_life


def tgf_release(resorption, k_tgf):
    """Resorption sets TGF-β free from matrix.  [1/day]   Source: lemaire2004."""
    return k_tgf * resorption


def tgf_loss(tgf_beta, k_tgf):
    """First-order loss of active TGF-β.  [1/day]"""
    return k_tgf * tgf_beta


OSTEOCLASTS = Module(
    "osteoclasts",
    note="Precursors, active osteoclasts, recycling, resorption, TGF-β release.",
    parameters=(
        Parameter("osteoclast_supply", 1.0, "1", "derived", "reference adult", bounds=(0, 20), note="knock-out: 0"),
        Parameter("k_precursor", 0.004, "1/day", "fitted", "assumed", bounds=(0.0001, 0.1)),
        Parameter("precursor_use", 2.0, "1", "fitted", "assumed", bounds=(0.05, 20), note="fusion over plain loss"),
        Parameter("recycled_share", 0.4, "1", "assumed", "assumed", bounds=(0, 0.95)),
        Parameter("fusion_order", 1.6, "1", "assumed", "assumed", bounds=(0.3, 3)),
        Parameter(
            "k_osteoclast", 0.0286, "1/day", "derived", "agerbaek1991", bounds=(0.01, 0.4), note="resorption period"
        ),
        Parameter("apoptosis_tgf", 0.3, "1", "assumed", "assumed", bounds=(0, 2)),
        Parameter("depth_life", 0.1, "1", "fitted", "assumed", LogNormal(2.0), bounds=(0.001, 1)),
        Parameter("rank_survival", 5.0, "1", "fitted", "assumed", bounds=(0.01, 15)),
        Parameter("k_tgf", 0.7, "1/day", "derived", "peterson2010", bounds=(0.2, 5), note="turnover of TGF-β"),
    ),
    states=(
        State("osteoclast_precursors", "1", note="myeloid precursors and recycled cells"),
        State("osteoclasts", "1", note="active osteoclasts"),
        State("tgf_beta", "1", note="active TGF-β"),
    ),
    ports=(
        Port("osteoclast_drive", "product", "1", "M-CSF, inflammation and others that speed fusion"),
        Port("osteoclast_apoptosis_drive", "sum", "1", "bisphosphonate on resorbed surface"),
        Port("erosion_depth", "product", "1", "depth of a cavity against the reference"),
        Port("cathepsin_activity", "product", "1", "cathepsin K left to dissolve collagen"),
    ),
    rules=(
        Rule("osteoclast_fusion", osteoclast_fusion, "1"),
        Rule("osteoclast_death", osteoclast_death, "1"),
        Rule("resorption", resorption, "1"),
    ),
    processes=(
        Process("precursor_supply", precursor_supply, "1/day", {"osteoclast_precursors": 1}),
        Process("precursor_loss", precursor_loss, "1/day", {"osteoclast_precursors": -1}),
        Process("precursor_use_rate", precursor_use_rate, "1/day", {"osteoclast_precursors": -1}),
        Process("recycling", recycling, "1/day", {"osteoclast_precursors": 1}),
        Process("osteoclast_gain", osteoclast_gain, "1/day", {"osteoclasts": 1}),
        Process("osteoclast_end", osteoclast_end, "1/day", {"osteoclasts": -1}),
        Process("tgf_release", tgf_release, "1/day", {"tgf_beta": 1}),
        Process("tgf_loss", tgf_loss, "1/day", {"tgf_beta": -1}),
    ),
    contributions=(Contribution("erosion_depth", "depth_of_life", depth_of_life),),
    references=("lemaire2004", "pivonka2008", "peterson2010", "agerbaek1991"),
)
