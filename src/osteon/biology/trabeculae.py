"""Bone of an animal: trabecular sites that lose bone they cannot regain, one cortex, and BMD of the whole bone.

Beside the sites that are looked at stand two that nobody treats: `trabeculae`, all other trabecular bone, and `cortex`.
They carry the turnover of the body, which serum shows. All neutral in the reference adult.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from osteon.model import Contribution, Module, Parameter, Port, Rule, renamed

REST, CORTEX = "trabeculae", "cortex"


def bone_volume(bone, bvtv_reference):
    """Trabecular bone of a site.  [1]"""
    return bvtv_reference * bone


def thin_surface(bone, formation_order, bvtv_reference):
    """Thin and broken trabeculae offer less surface to form on, a full space offers none.  [1]   Source: wronski1988."""
    return bone**formation_order * (1 - (bvtv_reference * bone) ** 3) / (1 - bvtv_reference**3)


def surface_left(bone, bone_floor, floor_steepness):
    """The last plates and rods are not resorbed: resorption ends as bone nears its floor, 1 in the intact adult.  [1]

    Source: wronski1988 (loss ends at a fifth of the bone and stays there, while turnover is still high); form assumed.
    """
    kept = (bone / bone_floor) ** floor_steepness
    at_reference = (1 / bone_floor) ** floor_steepness
    return kept / (1 + kept) * (1 + at_reference) / at_reference


def unloaded(bone, bone_ceiling, ceiling_steepness):
    """Bone beyond what load asks for is not built further, 1 in the intact adult.  [1]

    Source: brommage1999 (how far above); form assumed. Drugs of formation take animals above the intact level.
    """
    at_reference = (1 / bone_ceiling) ** ceiling_steepness
    return (1 + at_reference) / (1 + (bone / bone_ceiling) ** ceiling_steepness)


def fat_at_site(marrow_fat, fat_here):
    """Marrow fat of one bone against the reference adult: the body's, less what acts in this bone.  [1]"""
    return marrow_fat * fat_here


def whole_bone_bmd(peak_bmd, bone_mass, bone_mass_cortex, trabecular_share):
    """BMD of a whole bone: its trabeculae and its cortex.  [g/cm^2]   Source: assumed; shares in data/species."""
    return peak_bmd * (trabecular_share * bone_mass + (1 - trabecular_share) * bone_mass_cortex)


def body_formation(site_formation_trabeculae, site_formation_cortex, trabecular_turnover_share):
    """Bone formed in the whole body, 1 in the intact adult.  [1]"""
    return (
        trabecular_turnover_share * site_formation_trabeculae + (1 - trabecular_turnover_share) * site_formation_cortex
    )


def body_resorption(site_resorption_trabeculae, site_resorption_cortex, trabecular_turnover_share):
    """Bone resorbed in the whole body, 1 in the intact adult.  [1]   Falls again as the bone to resorb runs out."""
    return (
        trabecular_turnover_share * site_resorption_trabeculae
        + (1 - trabecular_turnover_share) * site_resorption_cortex
    )


def with_cortex(skeleton: Module, peak_bmd: float, shares: Mapping[str, float]) -> Module:
    """The skeleton with BMD of whole bones. shares: site -> share of its mineral that is trabecular."""
    rules = []
    for site in shares:
        names = {n: f"{n}_{site}" for n in ("peak_bmd", "bone_mass", "trabecular_share")}
        rules.append(Rule(f"bmd_{site}", renamed(whole_bone_bmd, **names), "g/cm^2"))
    of = "data/species/bodies.toml"
    own = tuple(
        p
        for s, share in shares.items()
        for p in (
            Parameter(f"peak_bmd_{s}", peak_bmd, "g/cm^2", "assumed", of, bounds=(0.01, 3)),
            Parameter(f"trabecular_share_{s}", share, "1", "assumed", of, bounds=(0, 1)),
        )
    )
    return replace(skeleton, rules=(*skeleton.rules, *rules), parameters=(*skeleton.parameters, *own))


def trabecular_module(
    formation_order: float, bone_floor: float, bvtv: Mapping[str, float], turnover_share: float
) -> Module:
    """Trabecular sites. bvtv: site -> BV/TV of the intact adult; `trabeculae` must be among them.

    bone_floor : bone at which resorption ends, against the intact adult
    """
    bound = {s: {"bone": f"bone_{s}", "bvtv_reference": f"bvtv_reference_{s}"} for s in bvtv}
    return Module(
        "trabeculae",
        note="Trabecular sites of an animal and the turnover of its body.",
        parameters=(
            Parameter(
                "formation_order",
                formation_order,
                "1",
                "fitted",
                "data/species/bodies.toml",
                bounds=(0, 1),
            ),
            Parameter("bone_floor", bone_floor, "1", "fitted", "data/species/bodies.toml", bounds=(0.005, 0.5)),
            Parameter("floor_steepness", 4.0, "1", "assumed", "assumed", bounds=(1, 20)),
            Parameter(
                "bone_ceiling",
                1.3,
                "1",
                "fitted",
                "brommage1999",
                bounds=(1.05, 10),
                note="against intact; by hand: teriparatide leaves spine BMD of monkeys 10 % above vehicle (published 14)",
            ),
            Parameter(
                "ceiling_steepness",
                8.6,
                "1",
                "assumed",
                "assumed",
                bounds=(1, 40),
                note="so that thin bone forms a tenth more than intact bone does",
            ),
            Parameter(
                "trabecular_turnover_share",
                turnover_share,
                "1",
                "assumed",
                "data/species/bodies.toml",
                bounds=(0, 1),
                note="of what serum markers show",
            ),
            *(
                Parameter(f"bvtv_reference_{s}", v, "1", "assumed", "data/species/bodies.toml", bounds=(0.001, 0.95))
                for s, v in bvtv.items()
            ),
        ),
        ports=tuple(Port(f"fat_here_{s}", "product", "1", "what changes marrow fat of this bone alone") for s in bvtv),
        rules=(
            *(Rule(f"bvtv_{s}", renamed(bone_volume, **bound[s]), "1") for s in bvtv),
            *(Rule(f"marrow_fat_{s}", renamed(fat_at_site, fat_here=f"fat_here_{s}"), "1") for s in bvtv),
            Rule("body_formation", body_formation, "1"),
            Rule("body_resorption", body_resorption, "1"),
        ),
        contributions=(
            *(Contribution(f"local_formation_{s}", f"surface_{s}", renamed(thin_surface, **bound[s])) for s in bvtv),
            *(Contribution(f"local_formation_{s}", f"unloaded_{s}", renamed(unloaded, bone=f"bone_{s}")) for s in bvtv),
            *(
                Contribution(f"local_resorption_{s}", f"left_{s}", renamed(surface_left, bone=f"bone_{s}"))
                for s in bvtv
            ),
        ),
    )
