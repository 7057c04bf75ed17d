"""Where bone is looked at: compartments of the skeleton, and sites mixed from them as the beam of a densitometer sees them.

Cancellous bone of the axial skeleton (red marrow) turns over faster than that of the limbs, cortex slower still. The spine
in the beam also shows osteophytes and calcified vessels, which age brings and no drug removes or multiplies.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from osteon.model import Contribution, LogNormal, Module, Parameter, Port, Rule, exp, renamed
from osteon.model.laws import arguments

SITES = ("lumbar_spine", "total_hip", "femoral_neck")
RADIUS, TROCHANTER = "radius", "trochanter"
MORE_SITES = (TROCHANTER, RADIUS)  # nobody is matched to a T-score there


@dataclass(frozen=True)
class Compartment:
    """kind : cancellous or cortical;  turnover : a day and the geometric SD of its prior (0 = not fitted);
    of_skeleton : share of its mineral;  of_markers : share of the turnover that serum shows"""

    name: str
    kind: str
    turnover: tuple[float, float]
    source: str
    of_skeleton: float = 0.0
    of_markers: float = 0.0


COMPARTMENTS = (
    Compartment("cancellous_spine", "cancellous", (4.65e-4, 1.2), "recker2004", 0.1, 0.35),
    Compartment("cancellous_hip", "cancellous", (2.33e-4, 1.3), "assumed", 0.1, 0.25),
    Compartment("cortex", "cortical", (9.6e-5, 0.0), "hedges2007", 0.8, 0.4),
)
MIXES = {
    "lumbar_spine": ("cancellous_spine", 0.55),
    "total_hip": ("cancellous_hip", 0.40),
    "femoral_neck": ("cancellous_hip", 0.42),
    TROCHANTER: ("cancellous_hip", 0.50),
    RADIUS: ("cancellous_hip", 0.08),
}  # site -> its cancellous compartment, and that one's share of the mineral in the beam
PEAK = {
    "lumbar_spine": (1.047, "nhanes3", "SD 0.110; value of the survey from memory"),
    "total_hip": (0.942, "nhanes3", "SD 0.122; value of the survey from memory"),
    "femoral_neck": (0.858, "nhanes3", "SD 0.120; value of the survey from memory"),
    TROCHANTER: (0.708, "nhanes3", "SD 0.099; value of the survey from memory"),
    RADIUS: (0.70, "assumed", "one-third radius, young women"),
}


def mixed(cancellous, cortical, cancellous_share):
    """A quantity of a site, mixed from its compartments.  [1]"""
    return cancellous_share * cancellous + (1 - cancellous_share) * cortical


def mineralisation(bone, bone_mass):
    """Mean mineral of the bone matrix of a site against the reference.  [1]"""
    return bone_mass / bone


def osteophytes(age, reference_age, ageing_pace, osteophyte_age, osteophyte_width):
    """Share of people whose spine carries them, less that at the reference age.  [1]   Source: rand1997."""
    grown = reference_age + ageing_pace * (age - reference_age)
    now = 1 / (1 + exp((osteophyte_age - grown) / osteophyte_width))
    return now - 1 / (1 + exp((osteophyte_age - reference_age) / osteophyte_width))


def projected_mass(bone_mass, degeneration, osteophytes):
    """Mineral in the beam against the reference: bone, and what degeneration adds to it.  [1]

    Added, not multiplied: what a drug gains in bone it does not gain in osteophytes.
    """
    return bone_mass + degeneration * osteophytes


def areal_bmd(peak_bmd, projected_mass):
    """Areal bone mineral density.  [g/cm^2]"""
    return peak_bmd * projected_mass


def resorbed(marker_share, resorption, bone, surface_order):
    """What serum shows of resorption in a compartment.  [1]"""
    return marker_share * resorption * bone**surface_order


def cells_here(
    marker_share,
    cells,
    overflow,
    overflow_share,
    bone,
    surface_order,
    balance,
    modelled_part,
    modelling,
    local_formation,
):
    """What serum shows of cells that form bone in a compartment.  [1]   cells : those of remodelling; spread as they spill"""
    refill = balance * cells * overflow**overflow_share
    return (
        marker_share
        * local_formation
        * bone**surface_order
        * ((1 - modelled_part) * refill + modelled_part * modelling)
    )


def part_of_formation(marker_share, modelled_part):
    """Share of modelling in a person's formation, a compartment's part of it.  [1]"""
    return marker_share * modelled_part


def _site(site: str) -> tuple[Rule, ...]:
    cancellous, _ = MIXES[site]

    def mix(what: str) -> Rule:
        names = {"cancellous": f"{what}_{cancellous}", "cortical": f"{what}_cortex"}
        return Rule(f"{what}_{site}", renamed(mixed, **names, cancellous_share=f"cancellous_share_{site}"), "1")

    own = {n: f"{n}_{site}" for n in ("bone", "bone_mass", "degeneration", "peak_bmd", "projected_mass")}

    def at(law: Callable[..., Any]) -> Callable[..., Any]:
        return renamed(law, **{k: v for k, v in own.items() if k in arguments(law)})

    return (
        *(mix(what) for what in ("bone", "bone_mass", "site_formation", "site_resorption", "damage")),
        Rule(f"mineralisation_{site}", at(mineralisation), "1"),
        Rule(f"projected_mass_{site}", at(projected_mass), "1"),
        Rule(f"bmd_{site}", at(areal_bmd), "g/cm^2"),
    )


def _site_parameters(site: str) -> tuple[Parameter, ...]:
    share = MIXES[site][1]
    peak, source, note = PEAK[site]
    fitted = site == "total_hip"
    spine = site == "lumbar_spine"
    return (
        Parameter(
            f"cancellous_share_{site}",
            share,
            "1",
            "fitted" if fitted else "assumed",
            "assumed",
            LogNormal(1.2) if fitted else None,
            bounds=(0.02, 0.95),
            note="of the mineral in the beam",
        ),
        Parameter(f"peak_bmd_{site}", peak, "g/cm^2", "assumed", source, bounds=(0.2, 3), note=note),
        Parameter(f"degeneration_{site}", 0.08 if spine else 0.0, "1", "fitted" if spine else "derived",
                  "rand1997" if spine else "definition", LogNormal(1.5) if spine else None,
                  bounds=(0, 0.14), note="what an affected spine shows too much of its BMD" if spine else ""),
    )  # fmt: skip


def _of_body(c: Compartment) -> tuple[Contribution, ...]:
    n = c.name
    local = ("bone", "balance", "modelled_part", "local_formation", "marker_share")
    by_kind = ("surface_order", "overflow_share")

    def at(law: Callable[..., Any], **more: str) -> Callable[..., Any]:
        here = {a: f"{a}_{n}" for a in arguments(law) if a in local}
        return renamed(law, **here, **{a: f"{a}_{c.kind}" for a in arguments(law) if a in by_kind}, **more)

    return (
        Contribution("body_resorption", f"resorbed_{n}", at(resorbed)),
        Contribution("body_collagen", f"collagen_{n}", at(cells_here, cells="starting_osteoblasts")),
        Contribution("body_mineralising", f"mineralising_{n}", at(cells_here, cells="mineralising")),
        Contribution("modelling_part", f"modelling_part_{n}", at(part_of_formation)),
    )


def site_module(
    sites: tuple[str, ...] = (*SITES, *MORE_SITES), compartments: tuple[Compartment, ...] = COMPARTMENTS
) -> Module:
    """Sites of a person, and what her whole skeleton shows in serum."""
    return Module(
        "sites",
        note="Areal BMD of each site from its compartments; turnover of the whole body.",
        parameters=(
            *(p for s in sites for p in _site_parameters(s)),
            *(
                Parameter(f"marker_share_{c.name}", c.of_markers, "1", "assumed", "assumed", bounds=(0, 1))
                for c in compartments
            ),
            Parameter(
                "osteophyte_age", 59.0, "year", "derived", "rand1997", bounds=(40, 80), note="35 % at 55, 80 % at 70"
            ),
            Parameter("osteophyte_width", 5.0, "year", "derived", "rand1997", bounds=(1, 20)),
        ),
        rules=(Rule("osteophytes", osteophytes, "1"), *(r for s in sites for r in _site(s))),
        ports=(
            Port("body_resorption", "sum", "1", "bone resorbed in the whole body, as serum shows it"),
            Port("body_collagen", "sum", "1", "collagen made in the whole body, as serum shows it"),
            Port("body_mineralising", "sum", "1", "osteoblasts at the mineral stage in the whole body"),
        ),
        contributions=tuple(x for c in compartments for x in _of_body(c)),
        references=("nhanes3", "rand1997", "recker2004", "hedges2007"),
    )


SITE_MODULE = site_module()
