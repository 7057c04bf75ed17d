"""Bone matter: cancellous and cortical compartments, and the sites that are mixed from them, under one law.

Remodelling units dig cavities and refill them months later, so bone is missing in every open one: areal BMD sees bone
without its cavities. A unit is refilled by its own balance, which strain raises and ageing lowers (wall thickness). A
small part of formation is modelling, on quiet surface. New bone is young: it takes its mineral in two stages, of months
and of years. Cancellous bone offers less surface as it thins, cortex offers more (pores). A sparse skeleton (a low peak)
has more surface for its volume. A site is so much of one cancellous compartment and the rest cortex.
Lineage: martinezreina2019 (mineral, damage), peterson2010; one law for all drugs is ours.
"""

from collections.abc import Callable
from typing import Any

from osteon.biology.sites import COMPARTMENTS, Compartment
from osteon.model import Derived, LogNormal, Module, Parameter, Port, Process, Rule, State, exp, renamed
from osteon.model.laws import arguments


def local_strain(bone, strain_drive, strain_stiffness):
    """Strain of a compartment against the reference: the load over the bone that carries it.  [1]   Source: assumed."""
    return strain_drive * bone**-strain_stiffness


def site_turnover(turnover, sparseness, sparse_surface):
    """Share of the volume that is remodelled a day at reference activity.  [1/day]

    sparseness : usual peak density over the person's own; a thinner lattice has more surface for its volume.
    Source: martin1984 (surface falls with the volume fraction); the order is assumed, see decision 12.
    """
    return turnover * sparseness**sparse_surface


def modelled_part(modelling_share, turnover_scale):
    """Share of a person's formation that is modelling at usual activity.  [1]

    Modelling goes by surface and load, hardly by how fast a person remodels.   Source: assumed
    """
    return modelling_share / (modelling_share + (1 - modelling_share) * turnover_scale)


def balance(strain, strain_formation, wall_thinning, ageing):
    """Bone put back for bone dug, against the reference: strain raises it, ageing thins the wall.  [1]"""
    return strain**strain_formation * exp(-wall_thinning * ageing)


def site_formation(
    osteoblast_drive,
    osteoblasts,
    overflow,
    overflow_share,
    modelling,
    modelled_part,
    bone,
    surface_order,
    balance,
    local_formation,
):
    """Bone formed, 1 at reference: units that refill with their balance, modelling, both by surface, and what acts here.  [1]

    overflow_share : how far a unit can spread beyond its cavity; in a canal hardly
    """
    refill = balance * osteoblast_drive * osteoblasts * overflow**overflow_share
    return local_formation * bone**surface_order * ((1 - modelled_part) * refill + modelled_part * modelling)


def site_resorption(resorption, bone, surface_order, local_resorption):
    """Bone resorbed, 1 at reference; by the surface that there is.  [1]"""
    return local_resorption * resorption * bone**surface_order


def bone_gain(site_turnover, turnover_scale, site_formation, mineral_supply):
    """Bone volume formed, as far as there is mineral for it.  [1/day]"""
    return site_turnover * turnover_scale * site_formation * mineral_supply


def bone_loss(site_turnover, turnover_scale, site_resorption):
    """Bone volume resorbed.  [1/day]"""
    return site_turnover * turnover_scale * site_resorption


def young_start(site_turnover, k_mineral):
    """Young bone in the reference adult, as a share of bone volume.  [1]"""
    return site_turnover / (site_turnover + k_mineral)


def maturing_start(young_start, site_turnover, k_mineral, k_mineral_late):
    """Bone in the slow stage of mineralisation in the reference adult, as a share of bone volume.  [1]"""
    return k_mineral * young_start / (site_turnover + k_mineral_late)


def ripening(young, k_mineral):
    """Young bone that goes on to the slow stage.  [1/day]"""
    return k_mineral * young


def maturation_end(maturing, k_mineral_late):
    """Bone that reaches full mineral.  [1/day]"""
    return k_mineral_late * maturing


def lost_with_bone(part, bone, site_turnover, turnover_scale, site_resorption):
    """Bone of a stage resorbed, in its share of the volume.  [1/day]"""
    return site_turnover * turnover_scale * site_resorption * part / bone


def damage_gain(site_turnover, strain):
    """Microdamage made by load.  [1/day]   Source: martinezreina2019 (form); rate so that the reference stands still."""
    return site_turnover * strain


def damage_loss(site_turnover, turnover_scale, damage, site_resorption):
    """Microdamage removed with the bone that is resorbed.  [1/day]   It bears on fractures; it does not call resorption."""
    return site_turnover * turnover_scale * damage * site_resorption


def usual_damage(turnover_scale):
    """Damage where it is removed at a person's own turnover, against the reference adult.  [1]"""
    return 1 / turnover_scale


def full_mineral(young_start, maturing_start, young_deficit, maturing_deficit):
    """Mineral mass of the reference adult for bone volume 1 at full mineral.  [1]"""
    return 1 - (young_deficit + maturing_deficit) * young_start - maturing_deficit * maturing_start


def bone_mass(bone, young, maturing, full_mineral, young_deficit, maturing_deficit):
    """Mineral mass against the reference adult: volume less what young bone still lacks.  [1]"""
    return (bone - (young_deficit + maturing_deficit) * young - maturing_deficit * maturing) / full_mineral


def mineralisation(bone, bone_mass):
    """Mean mineral of bone matrix against the reference.  [1]"""
    return bone_mass / bone


def open_space(
    site_turnover,
    turnover_scale,
    bone,
    surface_order,
    osteoclasts,
    preosteoblasts,
    forming_early,
    forming_middle,
    forming_late,
    k_osteoclast,
    k_preosteoblast,
    k_osteoblast,
):
    """Volume of open cavities: dug in part, in reversal, refilled in part; of the compartment's volume at reference.  [1]"""
    refilling = (0.725 * forming_early + 0.3 * forming_middle + 0.075 * forming_late) / (3 * k_osteoblast)
    units = osteoclasts / (2 * k_osteoclast) + preosteoblasts / k_preosteoblast + refilling
    return site_turnover * turnover_scale * bone**surface_order * units


_SHARED = (
    Parameter("k_mineral", 0.0068, "1/day", "assumed", "martinezreina2019", bounds=(0.0008, 0.02), note="fast stage"),
    Parameter("k_mineral_late", 0.00068, "1/day", "assumed", "assumed", bounds=(0.0001, 0.005), note="slow stage"),
    Parameter("young_deficit", 0.18, "1", "assumed", "assumed", bounds=(0.02, 0.4), note="gained in the fast stage"),
    Parameter(
        "maturing_deficit", 0.1, "1", "fitted", "assumed", LogNormal(1.4), bounds=(0.005, 0.4), note="in the slow stage"
    ),
    Parameter("sparse_surface", 0.5, "1", "assumed", "martin1984", None, None, (0, 2), "order of surface in density"),
    Parameter("strain_stiffness", 1.0, "1", "assumed", "assumed", bounds=(0.5, 3)),
    Parameter("strain_formation", 0.6, "1", "fitted", "assumed", LogNormal(1.6), bounds=(0.01, 3)),
    Parameter("wall_thinning", 0.05, "1", "fitted", "assumed", LogNormal(1.8), LogNormal(1.5), (0.001, 1.5), "less bone in each unit"),
)  # fmt: skip


_KINDS = {
    "cancellous": (
        Parameter("modelling_share_cancellous", 0.09, "1", "fitted", "assumed", LogNormal(1.65), bounds=(0.0005, 0.5)),
        Parameter("surface_order_cancellous", 0.6, "1", "fitted", "martin1984", LogNormal(1.5), bounds=(0.05, 1)),
        Parameter("overflow_share_cancellous", 1.0, "1", "derived", "definition", bounds=(0, 1)),
    ),
    "cortical": (
        Parameter("modelling_share_cortical", 0.03, "1", "assumed", "assumed", bounds=(0.0005, 0.5)),
        Parameter("surface_order_cortical", -0.5, "1", "assumed", "martin1984", bounds=(-2, 2), note="pores grow"),
        Parameter("overflow_share_cortical", 0.2, "1", "assumed", "assumed", bounds=(0, 1), note="a canal has no room"),
    ),
}  # by kind of bone


def _at(c: Compartment, law: Callable[..., Any]) -> Callable[..., Any]:
    """Bind a law to the quantities of one compartment and of its kind."""
    here = {a: f"{a}_{c.name}" for a in arguments(law) if a in _LOCAL}
    return renamed(law, **here, **{a: f"{a}_{c.kind}" for a in arguments(law) if a in _BY_KIND})


_BY_KIND = ("modelling_share", "surface_order", "overflow_share")
_LOCAL = {
    "bone", "young", "maturing", "damage", "strain", "balance", "turnover", "sparseness", "site_turnover",
    "site_formation", "site_resorption", "young_start", "maturing_start", "full_mineral", "bone_mass", "mineralisation",
    "modelled_part", "skeleton_share", "local_formation", "local_resorption",
}  # fmt: skip


def _parameters(c: Compartment) -> tuple[Parameter, ...]:
    n = c.name
    turnover, gsd = c.turnover
    origin: tuple[Any, Any] = ("fitted", LogNormal(gsd)) if gsd else ("assumed", None)
    return (
        Parameter(
            f"turnover_{n}",
            turnover,
            "1/day",
            origin[0],
            c.source,
            origin[1],
            LogNormal(1.35),
            bounds=(1e-5, 0.1),
            role="site_turnover",
            site=n,
        ),
        Parameter(
            f"skeleton_share_{n}", c.of_skeleton, "1", "assumed", "assumed", bounds=(0, 1), note="of its mineral"
        ),
        Parameter(
            f"sparseness_{n}", 1.0, "1", "derived", "definition", bounds=(0.3, 3), note="usual peak over own peak"
        ),
    )


def _derived(c: Compartment) -> tuple[Derived, ...]:
    n = c.name
    return (
        Derived(f"site_turnover_{n}", _at(c, site_turnover), "1/day", source="martin1984"),
        Derived(f"modelled_part_{n}", _at(c, modelled_part), "1"),
        Derived(f"young_start_{n}", _at(c, young_start), "1"),
        Derived(f"maturing_start_{n}", _at(c, maturing_start), "1"),
        Derived(f"full_mineral_{n}", _at(c, full_mineral), "1"),
    )


def _states(c: Compartment) -> tuple[State, ...]:
    n = c.name
    return (
        State(f"bone_{n}", "1", note="bone volume, open cavities left out"),
        State(
            f"young_{n}", "1", initial=f"young_start_{n}", scale=0.1, note="bone in the fast stage of mineralisation"
        ),
        State(f"maturing_{n}", "1", initial=f"maturing_start_{n}", scale=0.3, note="bone in the slow stage"),
        State(f"damage_{n}", "1", initial=usual_damage, note="microdamage"),
    )


def _rules(c: Compartment) -> tuple[Rule, ...]:
    n = c.name
    laws = (
        ("strain", local_strain),
        ("balance", balance),
        ("site_formation", site_formation),
        ("site_resorption", site_resorption),
        ("bone_mass", bone_mass),
        ("mineralisation", mineralisation),
        ("open_space", open_space),
    )
    return tuple(Rule(f"{what}_{n}", _at(c, law), "1") for what, law in laws)


def _processes(c: Compartment) -> tuple[Process, ...]:
    n = c.name
    bone, young, maturing, damage = (f"{what}_{n}" for what in ("bone", "young", "maturing", "damage"))

    def lost(part: str) -> Callable[..., Any]:
        return renamed(_at(c, lost_with_bone), part=part)

    return (
        Process(f"bone_gain_{n}", _at(c, bone_gain), "1/day", {bone: 1, young: 1}),
        Process(f"bone_loss_{n}", _at(c, bone_loss), "1/day", {bone: -1}),
        Process(f"ripening_{n}", _at(c, ripening), "1/day", {young: -1, maturing: 1}),
        Process(f"maturation_end_{n}", _at(c, maturation_end), "1/day", {maturing: -1}),
        Process(f"young_loss_{n}", lost(young), "1/day", {young: -1}),
        Process(f"maturing_loss_{n}", lost(maturing), "1/day", {maturing: -1}),
        Process(f"damage_gain_{n}", _at(c, damage_gain), "1/day", {damage: 1}),
        Process(f"damage_loss_{n}", _at(c, damage_loss), "1/day", {damage: -1}),
    )


def _ports(c: Compartment) -> tuple[Port, ...]:
    return tuple(
        Port(f"local_{what}_{c.name}", "product", "1", f"what changes {what} here alone")
        for what in ("formation", "resorption")
    )


def skeleton(compartments: tuple[Compartment, ...] = COMPARTMENTS) -> Module:
    """Bone matter of the named compartments; each starts with its own turnover."""
    return Module(
        "skeleton",
        note="Bone volume, its stages of mineral and microdamage, by compartment.",
        parameters=(
            *_SHARED,
            *(p for kind in dict.fromkeys(c.kind for c in compartments) for p in _KINDS[kind]),
            *(p for c in compartments for p in _parameters(c)),
        ),
        derived=tuple(d for c in compartments for d in _derived(c)),
        states=tuple(x for c in compartments for x in _states(c)),
        rules=tuple(r for c in compartments for r in _rules(c)),
        ports=(
            Port("mineral_supply", "product", "1", "share of new matrix that finds mineral"),
            *(p for c in compartments for p in _ports(c)),
        ),
        processes=tuple(p for c in compartments for p in _processes(c)),
        references=("martinezreina2019", "peterson2010", "martin1984"),
    )


SKELETON = skeleton()
