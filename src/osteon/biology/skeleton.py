"""Bone matter at three sites, and areal BMD under one law for every drug, habit and sequence.

At each site: bone volume gained by formation and lost by resorption at the site's own turnover; a small part of
formation is modelling (without prior resorption, woken with the lining cells); strain rises when bone thins and calls
formation, which closes the loop. New bone is young and gains its last mineral over about a year, so BMD rises when
turnover falls. Remodelling works on surfaces: a skeleton that is sparse (a low peak) offers more of them for its volume,
so its volume turns over faster. Remodelling space is not a separate term: it is the lag of formation behind resorption.
Lineage: martinezreina2019 (mineral, damage), peterson2010; one law for all drugs is ours.
"""

from collections.abc import Callable
from typing import Any

from osteon.model import Contribution, Derived, LogNormal, Module, Parameter, Port, Process, Rule, State, exp, renamed
from osteon.model.laws import arguments
from osteon.model.parts import Kind

SITES = ("lumbar_spine", "total_hip", "femoral_neck")


def local_strain(bone, strain_drive, strain_stiffness):
    """Strain of a site against the reference: the load over the bone that carries it.  [1]   Source: assumed."""
    return strain_drive * bone**-strain_stiffness


def site_formation(
    formation,
    lining_call,
    modelling_share,
    modelling_call,
    strain,
    strain_formation,
    wall_thinning,
    ageing,
    local_formation,
):
    """Bone formed at a site, 1 at reference: remodelling and modelling, under strain and ageing, and what acts here.  [1]"""
    made = (1 - modelling_share) * formation + modelling_share * lining_call**modelling_call
    return local_formation * made * strain**strain_formation * exp(-wall_thinning * ageing)


def site_resorption(resorption, bone, surface_order, local_resorption):
    """Bone resorbed at a site, 1 at reference; less bone offers less surface.  [1]"""
    return local_resorption * resorption * bone**surface_order


def site_turnover(turnover, sparseness, sparse_surface):
    """Share of the volume that is remodelled a day at reference activity.  [1/day]

    sparseness : usual peak density over the person's own; a thinner lattice has more surface for its volume.
    Source: martin1984 (surface falls with the volume fraction); the order is assumed, see decision 12.
    """
    return turnover * sparseness**sparse_surface


def bone_gain(site_turnover, turnover_scale, site_formation, mineral_supply):
    """Bone volume formed, as far as there is mineral for it.  [1/day]"""
    return site_turnover * turnover_scale * site_formation * mineral_supply


def bone_loss(site_turnover, turnover_scale, site_resorption):
    """Bone volume resorbed.  [1/day]"""
    return site_turnover * turnover_scale * site_resorption


def young_start(site_turnover, k_mineral):
    """Young bone in the reference adult, as a share of bone volume.  [1]"""
    return site_turnover / (site_turnover + k_mineral)


def young_ripening(young, k_mineral):
    """Young bone that reaches full mineral.  [1/day]"""
    return k_mineral * young


def young_loss(young, bone, site_turnover, turnover_scale, site_resorption):
    """Young bone resorbed, in its share of the volume.  [1/day]"""
    return site_turnover * turnover_scale * site_resorption * young / bone


def damage_gain(site_turnover, strain):
    """Microdamage made by load.  [1/day]   Source: martinezreina2019 (form); rate so that the reference stands still."""
    return site_turnover * strain


def damage_loss(site_turnover, turnover_scale, damage, site_resorption):
    """Microdamage removed with the bone that is resorbed.  [1/day]"""
    return site_turnover * turnover_scale * damage * site_resorption


def usual_damage(turnover_scale):
    """Damage where it is removed at a person's own turnover, against the reference adult.  [1]"""
    return 1 / turnover_scale


def call_of_damage(damage, turnover_scale, strain, strain_drive, damage_call):
    """Osteocytes in old, damaged bone call for its removal; strain of thin bone damages, but also holds RANKL down.  [1]

    Against what is usual at a person's own turnover, which leaves the less damage the faster it is.
    Source: martinezreina2019 (targeted remodelling, form); that thin bone is restrained as much as it is damaged is assumed.
    """
    return (damage * turnover_scale * strain_drive / strain) ** damage_call


def bone_mass(bone, young, young_start, young_deficit):
    """Mineral mass of a site against the reference adult: volume less what young bone still lacks.  [1]"""
    return (bone - young_deficit * young) / (1 - young_deficit * young_start)


def mineralisation(bone, bone_mass):
    """Mean mineral of bone matrix against the reference.  [1]"""
    return bone_mass / bone


def areal_bmd(peak_bmd, bone_mass, degeneration, ageing):
    """Areal bone mineral density.  [g/cm^2]

    degeneration : what osteophytes and calcified vessels add to the spine in the beam as people age; not bone strength.
    Without it men (and women in placebo arms) would lose spine BMD with age, which they do not.
    """
    return peak_bmd * bone_mass * (1 + degeneration * ageing)


def _at(site: str, law: Callable[..., Any]) -> Callable[..., Any]:
    """Bind a law to the quantities of one site."""
    return renamed(law, **{n: f"{n}_{site}" for n in arguments(law) if n in _LOCAL})


_LOCAL = {
    "bone",
    "young",
    "strain",
    "turnover",
    "sparseness",
    "site_turnover",
    "site_formation",
    "site_resorption",
    "young_start",
    "damage",
    "bone_mass",
    "modelling_share",
    "peak_bmd",
    "degeneration",
    "local_formation",
    "local_resorption",
}


def _site_parameters(
    site: str, turnover: float, modelling: float, peak: float, sd: float, artefact: float
) -> tuple[Parameter, ...]:
    modelling_kind: Kind = "fitted" if site == "lumbar_spine" else "assumed"
    origin: tuple[Any, str] = ("fitted", "assumed") if artefact else ("derived", "definition")
    return (
        Parameter(f"turnover_{site}", turnover, "1/day", "fitted", "assumed", None, LogNormal(1.35), (5e-5, 0.003)),
        Parameter(
            f"modelling_share_{site}", modelling, "1", modelling_kind, "assumed", None, LogNormal(1.5), (0.0005, 0.3)
        ),
        Parameter(f"degeneration_{site}", artefact, "1", *origin, bounds=(0, 0.5)),
        Parameter(
            f"peak_bmd_{site}",
            peak,
            "g/cm^2",
            "assumed",
            "nhanes3",
            bounds=(0.2, 3),
            note=f"SD {sd}; value of the survey from memory",
        ),
        Parameter(
            f"sparseness_{site}", 1.0, "1", "derived", "definition", bounds=(0.3, 3), note="usual peak over own peak"
        ),
    )


def _site_derived(site: str) -> tuple[Derived, ...]:
    return (
        Derived(f"site_turnover_{site}", _at(site, site_turnover), "1/day", source="martin1984"),
        Derived(f"young_start_{site}", _at(site, young_start), "1"),
    )


def _site_states(site: str) -> tuple[State, ...]:
    return (
        State(f"bone_{site}", "1", note="bone volume"),
        State(f"young_{site}", "1", initial=f"young_start_{site}", scale=0.1, note="bone not yet fully mineralised"),
        State(f"damage_{site}", "1", initial=usual_damage, note="microdamage"),
    )


def _site_rules(site: str) -> tuple[Rule, ...]:
    return (
        Rule(f"strain_{site}", _at(site, local_strain), "1"),
        Rule(f"site_formation_{site}", _at(site, site_formation), "1"),
        Rule(f"site_resorption_{site}", _at(site, site_resorption), "1"),
        Rule(f"bone_mass_{site}", _at(site, bone_mass), "1"),
        Rule(f"mineralisation_{site}", _at(site, mineralisation), "1"),
        Rule(f"bmd_{site}", _at(site, areal_bmd), "g/cm^2"),
    )


def _site_processes(site: str) -> tuple[Process, ...]:
    bone, young, damage = f"bone_{site}", f"young_{site}", f"damage_{site}"
    return (
        Process(f"bone_gain_{site}", _at(site, bone_gain), "1/day", {bone: 1, young: 1}),
        Process(f"bone_loss_{site}", _at(site, bone_loss), "1/day", {bone: -1}),
        Process(f"young_ripening_{site}", _at(site, young_ripening), "1/day", {young: -1}),
        Process(f"young_loss_{site}", _at(site, young_loss), "1/day", {young: -1}),
        Process(f"damage_gain_{site}", _at(site, damage_gain), "1/day", {damage: 1}),
        Process(f"damage_loss_{site}", _at(site, damage_loss), "1/day", {damage: -1}),
    )


def skeleton(sites: tuple[str, ...] = SITES, felt: str = "lumbar_spine") -> Module:
    """Bone matter at the named sites; a site without figures of its own starts as the spine.

    felt : the site whose damage osteocytes of the whole body answer to: trabecular bone, where most turnover is
    """
    start = {
        "lumbar_spine": (0.0004, 0.04, 1.047, 0.110, 0.05),
        "total_hip": (0.0002, 0.005, 0.942, 0.122, 0.0),
        "femoral_neck": (0.0002, 0.02, 0.858, 0.120, 0.0),
    }
    shared = (
        Parameter(
            "k_mineral",
            0.0043,
            "1/day",
            "derived",
            "martinezreina2019",
            LogNormal(1.4),
            bounds=(0.0008, 0.01),
            note="two thirds of a year",
        ),
        Parameter("young_deficit", 0.25, "1", "assumed", "assumed", bounds=(0.05, 0.5), note="mineral still to come"),
        Parameter(
            "sparse_surface", 0.5, "1", "assumed", "martin1984", None, None, (0, 2), "order of surface in density"
        ),
        Parameter("strain_stiffness", 1.0, "1", "assumed", "assumed", bounds=(0.5, 3)),
        Parameter("strain_formation", 0.3, "1", "fitted", "assumed", bounds=(0, 3)),
        Parameter("surface_order", 0.5, "1", "assumed", "assumed", bounds=(0, 2)),
        Parameter(
            "wall_thinning",
            0.05,
            "1",
            "assumed",
            "assumed",
            None,
            LogNormal(1.5),
            (0.001, 1.5),
            "less bone in each unit",
        ),
        Parameter("damage_call", 1.0, "1", "assumed", "assumed", bounds=(0, 4), note="as much as there is damage"),
        Parameter("modelling_call", 0.5, "1", "fitted", "assumed", bounds=(0, 5)),
    )
    return Module(
        "skeleton",
        note="Bone volume, young bone, microdamage and areal BMD at each site.",
        parameters=shared
        + tuple(p for s in sites for p in _site_parameters(s, *start.get(s, (*start["lumbar_spine"][:4], 0.0)))),
        derived=tuple(d for s in sites for d in _site_derived(s)),
        states=tuple(x for s in sites for x in _site_states(s)),
        rules=tuple(r for s in sites for r in _site_rules(s)),
        ports=(
            Port("mineral_supply", "product", "1", "share of new matrix that finds mineral"),
            *(
                Port(f"local_{what}_{s}", "product", "1", f"what changes {what} at this site alone")
                for s in sites
                for what in ("formation", "resorption")
            ),
        ),
        processes=tuple(p for s in sites for p in _site_processes(s)),
        contributions=(Contribution("osteocyte_call", "call_of_damage", _at(felt, call_of_damage)),),
        references=("martinezreina2019", "peterson2010", "nhanes3", "martin1984"),
    )


SKELETON = skeleton()
