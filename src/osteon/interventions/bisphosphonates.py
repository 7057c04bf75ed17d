"""Bisphosphonates: bound to bone in hours, active at the surface for months, buried, and set free again for years.

One structure for all four; they differ by how much reaches bone, how firmly it holds and how strong it is. Plasma is
quick (hours) against bone (months), so a dose lands on the surface at once: absorbed share times the share that bone
takes. Effect: poison to osteoclasts that resorb the surface, through the port `osteoclast_poison`.
"""

from collections.abc import Callable
from typing import Any, cast

from osteon.interventions.card import Card
from osteon.model import Contribution, Derived, Entry, LogNormal, Module, Parameter, Process, State, renamed
from osteon.model.laws import arguments
from osteon.model.parts import Kind


def surface_loss(surface, k_off):
    """Leaves the surface for good (to plasma and urine).  [mg/day]"""
    return k_off * surface


def burial(surface, k_bury, formation):
    """New bone covers it.  [mg/day]"""
    return k_bury * surface * formation


def release(buried, k_release, resorption):
    """Resorption sets it free onto the surface again.  [mg/day]"""
    return k_release * buried * resorption


def poison(surface, surface_reference, surface_onset, potency, steepness):
    """Effect on osteoclasts at the surface, 0 without drug; below `surface_onset` it is linear.  [1]

    A bare power below one has no slope at nothing, which no solver can start from.
    """
    filled = ((surface + surface_onset) / surface_reference) ** steepness
    return potency * (filled - (surface_onset / surface_reference) ** steepness)


RELEASE = "the source gives a half-life of 10 years or more for alendronate; taken for all four"
BONE_SHARES: dict[str, tuple[Kind, str, str]] = {
    "alendronate": ("derived", "pk_aln", "what the urine of 72 hours does not hold"),
    "risedronate": (
        "assumed",
        "assumed",
        "an IV dose leaves 0.15 (85 % in the urine of 4 weeks); kept, as the potency was fitted with it",
    ),
    "ibandronate": ("measured", "pk_iban", ""),
    "zoledronate": ("derived", "pk_zol", "what the urine of 24 hours does not hold"),
}  # kind, source and note of the share of a dose in blood that bone takes


def bisphosphonate(
    name: str, source: str, numbers: dict[str, float], routes: tuple[str, ...], fitted: tuple[str, ...]
) -> Module:
    """The module of one drug. numbers: absorbed and bone_share (their
    product, what an oral dose brings to bone, is the parameter `uptake`), k_off, k_bury, k_release (1/day), potency, steepness;
    fitted: which of k_off, k_bury, potency the joint fit has data for."""

    def kind(part: str) -> Kind:
        return "fitted" if part in fitted else "assumed"

    def at(law: Callable[..., Any]) -> Callable[..., Any]:
        return renamed(law, **{a: f"{name}_{a}" for a in arguments(law) if a not in ("formation", "resorption")})

    surface, buried = f"{name}_surface", f"{name}_buried"
    share = {"oral": f"{name}_uptake", "intravenous": f"{name}_bone_share"}
    return Module(
        name,
        note="Surface and buried pool in bone; poison to osteoclasts.",
        parameters=(
            Parameter(
                f"{name}_uptake",
                numbers["absorbed"] * numbers["bone_share"],
                "1",
                "derived",
                source,
                iiv=LogNormal(1.6),
            ),
            Parameter(
                f"{name}_bone_share",
                numbers["bone_share"],
                "1",
                *BONE_SHARES[name][:2],
                bounds=(0.05, 1),
                note=BONE_SHARES[name][2],
            ),
            Parameter(f"{name}_k_off", numbers["k_off"], "1/day", kind("k_off"), "assumed", bounds=(0.0003, 0.1)),
            Parameter(f"{name}_k_bury", numbers["k_bury"], "1/day", kind("k_bury"), "assumed", bounds=(0.0001, 0.1)),
            Parameter(f"{name}_k_release", numbers["k_release"], "1/day", "assumed", "pk_aln", note=RELEASE),
            Parameter(f"{name}_surface_reference", 1.0, "mg", "derived", "definition"),
            Parameter(f"{name}_surface_onset", 0.02, "mg", "assumed", "assumed", bounds=(0.001, 1)),
            Parameter(f"{name}_potency", numbers["potency"], "1", kind("potency"), "assumed", bounds=(0.01, 100)),
            Parameter(f"{name}_steepness", numbers["steepness"], "1", "assumed", "assumed", bounds=(0.2, 2)),
        ),
        states=(State(surface, "mg", 0.0, 1.0, note="on bone surface"), State(buried, "mg", 0.0, 10.0, note="in bone")),
        processes=(
            Process(f"{name}_surface_loss", at(surface_loss), "mg/day", {surface: -1}),
            Process(f"{name}_burial", at(burial), "mg/day", {surface: -1, buried: 1}),
            Process(f"{name}_release", at(release), "mg/day", {surface: 1, buried: -1}),
        ),
        contributions=(Contribution("osteoclast_poison", f"{name}_poison", at(poison), source="assumed"),),
        entries=tuple(Entry(name, r, surface, "mg", bioavailability=share[r]) for r in routes),
        references=(source,),
    )


def load(surface, infused):
    """What has come to bone against an infusion that brings fever as 5 mg of zoledronate do.  [1]"""
    return surface / infused


FEVER = {"zoledronate": (3.0, "derived"), "ibandronate": (2.7, "assumed"), "alendronate": (15.0, "assumed")}
# mg on bone after an infusion with the reaction of 5 mg zoledronate.  ibandronate: half as prone; alendronate: its 30 mg


def _sudden(name: str, source: str) -> Module:
    amount, kind = FEVER[name]
    law = renamed(load, surface=f"{name}_surface", infused=f"{name}_infused")
    return Module(
        f"{name}_sudden",
        note="Drug that comes to bone all at once.",
        parameters=(
            Parameter(f"{name}_infused", amount, "mg", cast(Kind, kind), source if kind == "derived" else "assumed"),
        ),
        contributions=(Contribution("acute_load", f"{name}_load", law),),
    )


def usual_surface(usual_arrival, k_off, k_bury, held_formation):
    """What the usual dose keeps on the surface in the long run, where little bone is formed.  [mg]"""
    return usual_arrival / (k_off + k_bury * held_formation)


def share_of_usual(surface, usual_surface):
    """Drug on bone against what the usual dose keeps there.  [1]"""
    return surface / usual_surface


USUAL = {"alendronate": 70 / 7, "risedronate": 35 / 7, "ibandronate": 150 / 30.4375, "zoledronate": 5 / 365.25}
# mg a day at the usual dose on the card: by mouth, zoledronate by vein


def _held(name: str, source: str, numbers: dict[str, float], oral: bool) -> Module:
    """How much of the drug is on bone, in a measure that its potency does not enter."""
    arrival = USUAL[name] * numbers["bone_share"] * (numbers["absorbed"] if oral else 1.0)
    own = {a: f"{name}_{a}" for a in ("usual_arrival", "k_off", "k_bury", "surface", "usual_surface")}
    return Module(
        f"{name}_held",
        note="Drug on bone, against what the usual dose keeps there.",
        parameters=(
            Parameter(f"{name}_usual_arrival", arrival, "mg/day", "derived", source, note="usual, typical person"),
        ),
        derived=(Derived(f"{name}_usual_surface", _named(usual_surface, own), "mg"),),
        contributions=(Contribution("bisphosphonate_on_bone", f"{name}_on_bone", _named(share_of_usual, own)),),
    )


def _named(law: Callable[..., Any], own: dict[str, str]) -> Callable[..., Any]:
    return renamed(law, **{a: own[a] for a in arguments(law) if a in own})


def _exposure(name: str, source: str, numbers: dict[str, float], routes: tuple[str, ...]) -> tuple[Module, ...]:
    held = _held(name, source, numbers, oral="oral" in routes)
    return (held, _sudden(name, source)) if "intravenous" in routes else (held,)


def _card(
    name: str,
    usual: str,
    largest: dict[str, float],
    numbers: dict[str, float],
    references: tuple[str, ...],
    evidence: str,
    fitted: tuple[str, ...] = ("potency",),
) -> Card:
    return Card(
        name=name,
        kind="antiresorptive",
        mechanism="Binds to bone mineral; osteoclasts that resorb it stop and die. What is buried comes back for years.",
        usual=usual,
        unit="mg",
        largest=largest,
        harms=("onj", "aff", "hypocalcaemia")
        + (("acute_phase", "atrial_fibrillation") if "intravenous" in largest else ()),
        references=references,
        evidence=evidence,
        module=bisphosphonate(name, references[0], numbers, tuple(largest), fitted),
        exposure=_exposure(name, references[0], numbers, tuple(largest)),
    )


_SHARED = {"k_off": 0.008, "k_bury": 0.015, "k_release": 0.00025, "steepness": 0.4}

ALENDRONATE = _card(
    "alendronate",
    "70 mg oral every week",
    {"oral": 70.0, "intravenous": 30.0},
    {**_SHARED, "absorbed": 0.0064, "bone_share": 0.5, "potency": 0.8},
    ("pk_aln", "FIT_FLEX", "DMAB_PH2"),
    "human",
    ("potency", "k_off"),
)
RISEDRONATE = _card(
    "risedronate",
    "35 mg oral every week",
    {"oral": 150.0},
    {**_SHARED, "absorbed": 0.0063, "bone_share": 0.45, "k_off": 0.02, "potency": 2.0},
    ("pk_rise", "VERT"),
    "human",
)
IBANDRONATE = _card(
    "ibandronate",
    "150 mg oral every month",
    {"oral": 150.0, "intravenous": 3.0},
    {**_SHARED, "absorbed": 0.006, "bone_share": 0.45, "k_off": 0.015, "potency": 5.0},
    ("pk_iban", "BONE_IBN"),
    "human",
)
ZOLEDRONATE = _card(
    "zoledronate",
    "5 mg intravenous over 15 min every year",
    {"intravenous": 5.0},
    {**_SHARED, "absorbed": 0.0064, "bone_share": 0.6, "k_off": 0.002, "potency": 1.5},
    ("pk_zol", "HORIZON"),
    "human",
)
