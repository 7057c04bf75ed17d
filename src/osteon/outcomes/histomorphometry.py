"""What a biopsy of the iliac crest, QCT and HR-pQCT would show: remodelling, balance, mineral and compartments of bone.

The iliac crest stands for cancellous bone of the axial skeleton. Counts per surface need a geometry that the model does
not have, so surfaces are told against the reference adult; rates, shares and mineral are absolute or relative to it.
"""

from collections.abc import Callable
from typing import Any

from osteon.biology import COMPARTMENTS
from osteon.model import Derived, Module, Parameter, Rule, renamed
from osteon.model.laws import arguments

BIOPSY = "cancellous_spine"


def activation_frequency(
    site_turnover, turnover_scale, bone, surface_order, osteoclast_fusion, days_per_year, turnover_per_activation
):
    """Remodelling units born at a place.  [1/year]   turnover_per_activation : volume turned over by one, of the volume"""
    born = site_turnover * turnover_scale * osteoclast_fusion * bone**surface_order / bone
    return days_per_year * born / turnover_per_activation


def bfr_bv(site_turnover, turnover_scale, site_formation, bone, days_per_year):
    """Bone formed a year, of the bone there is.  [1/year]"""
    return days_per_year * site_turnover * turnover_scale * site_formation / bone


def modelling_share_now(modelled_part, modelling, bone, surface_order, site_formation):
    """Share of the bone that is being formed which is modelling.  [1]"""
    return modelled_part * modelling * bone**surface_order / site_formation


def density(bone_mass):
    """Mineral in a compartment against the reference adult, as QCT sees it.  [1]"""
    return 1.0 * bone_mass


def mineral_mean(mineralisation):
    """Mean mineral of bone matrix against the reference adult.  [1]"""
    return 1.0 * mineralisation


def cortical_porosity(porosity_reference, bone, open_space, open_reference):
    """Porosity of cortex: pores of the reference, bone lost since, and cavities open now.  [1]

    Bone is lost by pores inside and by thinning from within; the share of pores is assumed to be half.
    """
    return porosity_reference + (1 - porosity_reference) * ((1 - bone) / 2 + open_space - open_reference)


def open_at_reference(site_turnover, k_osteoclast, k_preosteoblast, k_osteoblast):
    """Open cavities of the reference adult, of the volume.  [1]"""
    return site_turnover * (1 / (2 * k_osteoclast) + 1 / k_preosteoblast + 1.1 / (3 * k_osteoblast))


_AT = (
    "site_turnover",
    "bone",
    "site_formation",
    "modelled_part",
    "bone_mass",
    "mineralisation",
    "open_space",
)


def _of(law: Callable[..., Any], compartment: str, **more: str) -> Callable[..., Any]:
    kind = next(c.kind for c in COMPARTMENTS if c.name == compartment)
    by_kind = {a: f"{a}_{kind}" for a in arguments(law) if a == "surface_order"}
    return renamed(law, **{a: f"{a}_{compartment}" for a in arguments(law) if a in _AT}, **by_kind, **more)


HISTOMORPHOMETRY = Module(
    "histomorphometry",
    note="Biopsy, QCT and porosity as outputs; nothing in bone depends on them.",
    parameters=(
        Parameter("turnover_per_activation", 1.3, "1", "derived", "recker2004", bounds=(0.3, 5),
                  note="17 % a year at 0.13 activations a year"),
        Parameter("porosity_reference", 0.06, "1", "assumed", "assumed", bounds=(0.01, 0.3), note="femur, young women"),
    ),
    derived=(Derived("open_reference_cortex", _of(open_at_reference, "cortex"), "1"),),
    rules=(
        Rule("activation_frequency", _of(activation_frequency, BIOPSY), "1/year", note="iliac cancellous bone"),
        Rule("bfr_bv", _of(bfr_bv, BIOPSY), "1/year", note="bone formation rate per bone volume, iliac cancellous"),
        Rule("modelling_formation", _of(modelling_share_now, BIOPSY), "1", note="share of formation without resorption before"),
        Rule("mineral_mean", _of(mineral_mean, BIOPSY), "1", note="mean mineral of cancellous matrix"),
        Rule("mineral_mean_cortex", _of(mineral_mean, "cortex"), "1", note="mean mineral of cortical matrix"),
        Rule("vbmd_trabecular_spine", _of(density, BIOPSY), "1", note="against the reference adult"),
        Rule("vbmd_trabecular_hip", _of(density, "cancellous_hip"), "1", note="against the reference adult"),
        Rule("vbmd_cortical", _of(density, "cortex"), "1", note="mass of cortex against the reference adult"),
        Rule("cortical_porosity", _of(cortical_porosity, "cortex", open_reference="open_reference_cortex"), "1"),
    ),
    references=("recker2004",),
)  # fmt: skip
