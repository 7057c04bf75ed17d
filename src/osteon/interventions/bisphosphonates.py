"""Bisphosphonates: taken up by bone that is being dug or built, active at the surface for months, buried, set free for years.

One structure for all four; they differ by how much reaches plasma, how firmly it holds and how strong it is. Plasma is
shared between exposed mineral and urine: a skeleton that turns over fast takes more of a dose, one at rest little.
Effect: apoptosis of osteoclasts that resorb the surface (port `osteoclast_apoptosis_drive`), by drug per skeleton; and it holds
lining cells from answering to PTH (port `lining_inhibition`).
"""

from collections.abc import Callable
from typing import Any, cast

from osteon.interventions.card import Card, Label, Schedule, Strength, Usual
from osteon.model import Contribution, Derived, Entry, LogNormal, Module, Parameter, Process, State, renamed
from osteon.model.laws import arguments
from osteon.model.parts import Kind


def exposed(osteoclasts, osteoblasts, turnover_scale):
    """Mineral laid open by resorbing and forming units, against the reference adult.  [1]   Source: assumed (equal parts)."""
    return turnover_scale * (osteoclasts + osteoblasts) / 2


def uptake(plasma, k_plasma, bone_share, osteoclasts, osteoblasts, turnover_scale):
    """Bound by exposed mineral.  [mg/day]   bone_share : of an infusion in the reference adult; the rest goes to urine."""
    open_ = bone_share * exposed(osteoclasts, osteoblasts, turnover_scale)
    return k_plasma * plasma * open_ / (open_ + 1 - bone_share)


def excretion(plasma, k_plasma, bone_share, osteoclasts, osteoblasts, turnover_scale):
    """Into urine.  [mg/day]"""
    open_ = bone_share * exposed(osteoclasts, osteoblasts, turnover_scale)
    return k_plasma * plasma * (1 - bone_share) / (open_ + 1 - bone_share)


def skeleton_size(body_weight, bmi, height_reference):
    """Size of a skeleton against the reference adult's: as the square of height.  [1]   Source: assumed."""
    return body_weight / (bmi * height_reference**2)


def surface_loss(surface, k_off):
    """Leaves the surface for good (to plasma and urine).  [mg/day]"""
    return k_off * surface


def burial(surface, k_bury, formation):
    """New bone covers it.  [mg/day]"""
    return k_bury * surface * formation


def release(buried, k_release, resorption):
    """Resorption sets it free onto the surface again.  [mg/day]"""
    return k_release * buried * resorption


def osteoclast_effect(surface, size, surface_reference, surface_onset, potency, bisphosphonate_steepness):
    """Effect on osteoclasts at the surface, 0 without drug; below `surface_onset` it is linear.  [1]

    A bare power below one has no slope at nothing, which no solver can start from.   size : of the skeleton
    """
    filled = ((surface / size + surface_onset) / surface_reference) ** bisphosphonate_steepness
    return potency * (filled - (surface_onset / surface_reference) ** bisphosphonate_steepness)


def hold(osteoclast_effect, bisphosphonate_blunting):
    """How much it holds lining cells from answering to PTH.  [1]   Source: finkelstein2010; form assumed."""
    return bisphosphonate_blunting * osteoclast_effect


_OF_CLASS = (
    Parameter("bisphosphonate_steepness", 0.5, "1", "fitted", "assumed", LogNormal(1.4), bounds=(0.2, 2)),
    Parameter("bisphosphonate_blunting", 0.5, "1", "fitted", "finkelstein2010", LogNormal(2.0), bounds=(0.001, 50)),
)  # one for all members; a member differs by potency, uptake and how firmly it holds
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
    """The module of one drug. numbers: absorbed, bone_share, k_off, k_bury, k_release (1/day), potency;
    fitted: which of them the joint fit has data for."""

    def at(law: Callable[..., Any]) -> Callable[..., Any]:
        return renamed(law, **{a: f"{name}_{a}" for a in arguments(law) if a not in _OF_HOST})

    plasma, surface, buried = f"{name}_plasma", f"{name}_surface", f"{name}_buried"
    share = {"oral": f"{name}_absorbed", "intravenous": None}
    return Module(
        name,
        note="Surface and buried pool in bone; apoptosis of osteoclasts.",
        parameters=_parameters(name, source, numbers, fitted),
        derived=(Derived(f"{name}_size", at(skeleton_size), "1"),),
        states=(
            State(plasma, "mg", 0.0, 1.0, note="in plasma"),
            State(surface, "mg", 0.0, 1.0, note="on bone surface"),
            State(buried, "mg", 0.0, 10.0, note="in bone"),
        ),
        processes=(
            Process(f"{name}_uptake", at(uptake), "mg/day", {plasma: -1, surface: 1}),
            Process(f"{name}_excretion", at(excretion), "mg/day", {plasma: -1}),
            Process(f"{name}_surface_loss", at(surface_loss), "mg/day", {surface: -1}),
            Process(f"{name}_burial", at(burial), "mg/day", {surface: -1, buried: 1}),
            Process(f"{name}_release", at(release), "mg/day", {surface: 1, buried: -1}),
        ),
        contributions=(
            Contribution(
                "osteoclast_apoptosis_drive", f"{name}_osteoclast_effect", at(osteoclast_effect), source="assumed"
            ),
            Contribution("lining_inhibition", f"{name}_hold", at(hold), source="finkelstein2010"),
        ),
        entries=tuple(Entry(name, r, plasma, "mg", bioavailability=share[r]) for r in routes),
        references=(source,),
    )


def _parameters(name: str, source: str, numbers: dict[str, float], fitted: tuple[str, ...]) -> tuple[Parameter, ...]:
    def kind(part: str) -> Kind:
        return "fitted" if part in fitted else "assumed"

    return (
        Parameter(f"{name}_absorbed", numbers["absorbed"], "1", "derived", source, iiv=LogNormal(1.6)),
        Parameter(
            f"{name}_bone_share",
            numbers["bone_share"],
            "1",
            *BONE_SHARES[name][:2],
            bounds=(0.05, 0.99),
            note=BONE_SHARES[name][2],
        ),
        Parameter(
            f"{name}_k_plasma",
            1.0,
            "1/day",
            "assumed",
            "assumed",
            bounds=(0.1, 20),
            note="plasma and loose binding",
        ),
        Parameter(f"{name}_height_reference", 1.625, "m", "derived", "reference adult"),
        Parameter(
            f"{name}_k_off",
            numbers["k_off"],
            "1/day",
            kind("k_off"),
            "assumed",
            LogNormal(1.6) if "k_off" in fitted else None,
            bounds=(0.0003, 0.1),
        ),
        Parameter(f"{name}_k_bury", numbers["k_bury"], "1/day", kind("k_bury"), "assumed", bounds=(0.0001, 0.1)),
        Parameter(f"{name}_k_release", numbers["k_release"], "1/day", "assumed", "pk_aln", note=RELEASE),
        Parameter(f"{name}_surface_reference", 1.0, "mg", "derived", "definition"),
        Parameter(f"{name}_surface_onset", 0.02, "mg", "assumed", "assumed", bounds=(0.001, 1)),
        Parameter(f"{name}_potency", numbers["potency"], "1", kind("potency"), "assumed", bounds=(0.01, 100)),
        *_OF_CLASS,
    )


_OF_HOST = (
    "bisphosphonate_steepness",
    "bisphosphonate_blunting",
    "formation",
    "resorption",
    "osteoclasts",
    "osteoblasts",
    "turnover_scale",
    "body_weight",
    "bmi",
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


def usual_surface(usual_arrival, bone_share, held_exposure, k_off, k_bury, held_formation):
    """What the usual dose keeps on the surface in the long run, where little mineral is open and little bone is formed.  [mg]"""
    bound = bone_share * held_exposure / (bone_share * held_exposure + 1 - bone_share)
    return usual_arrival * bound / (k_off + k_bury * held_formation)


def share_of_usual(surface, usual_surface):
    """Drug on bone against what the usual dose keeps there.  [1]"""
    return surface / usual_surface


HELD_EXPOSURE = {"alendronate": 0.29, "risedronate": 0.65, "ibandronate": 0.37, "zoledronate": 0.41}
# mineral laid open where a usual dose comes in the long run, against the reference adult.  Derived from the law
HELD_FORMATION = {"alendronate": 0.27, "risedronate": 0.59, "ibandronate": 0.33, "zoledronate": 0.26}
# bone formation on a usual dose in years 2 to 5, against the reference adult: what buries the drug.  Derived from the law


def _held(name: str, source: str, numbers: dict[str, float], regimen: Usual) -> Module:
    """How much of the drug is on bone, in a measure that its potency does not enter."""
    absorbed = numbers["absorbed"] if regimen.route == "oral" else 1.0
    arrival = regimen.amount("mg") / regimen.days()[0] * absorbed
    of_drug = (
        "usual_arrival", "bone_share", "held_exposure", "held_formation", "k_off", "k_bury", "surface", "usual_surface",
    )  # fmt: skip
    own = {a: f"{name}_{a}" for a in of_drug}
    return Module(
        f"{name}_held",
        note="Drug on bone, against what the usual dose keeps there.",
        parameters=(
            Parameter(f"{name}_usual_arrival", arrival, "mg/day", "derived", source, note="usual, into plasma"),
            Parameter(
                f"{name}_held_exposure",
                HELD_EXPOSURE[name],
                "1",
                "derived",
                "definition",
                bounds=(0.05, 2),
                note="mineral open on a usual dose",
            ),
            Parameter(
                f"{name}_held_formation",
                HELD_FORMATION[name],
                "1",
                "derived",
                "definition",
                bounds=(0.05, 2),
                note="bone formation on a usual dose",
            ),
        ),
        derived=(Derived(f"{name}_usual_surface", _named(usual_surface, own), "mg"),),
        contributions=(Contribution("bisphosphonate_on_bone", f"{name}_on_bone", _named(share_of_usual, own)),),
    )


def _named(law: Callable[..., Any], own: dict[str, str]) -> Callable[..., Any]:
    return renamed(law, **{a: own[a] for a in arguments(law) if a in own})


def _exposure(
    name: str, source: str, numbers: dict[str, float], regimen: Usual, routes: tuple[str, ...]
) -> tuple[Module, ...]:
    held = _held(name, source, numbers, regimen)
    return (held, _sudden(name, source)) if "intravenous" in routes else (held,)


def _card(
    name: str,
    regimen: Usual,
    largest: dict[str, float],
    densest: dict[str, Schedule],
    numbers: dict[str, float],
    references: tuple[str, ...],
    label: Label,
    fitted: tuple[str, ...] = ("potency",),
) -> Card:
    return Card(
        name=name,
        kind="antiresorptive",
        mechanism="Binds to bone mineral; osteoclasts that resorb it stop and die. What is buried comes back for years.",
        regimen=regimen,
        unit="mg",
        largest=largest,
        harms=("onj", "aff", "hypocalcaemia")
        + (("acute_phase", "atrial_fibrillation") if "intravenous" in largest else ()),
        references=references,
        module=bisphosphonate(name, references[0], numbers, tuple(largest), fitted),
        exposure=_exposure(name, references[0], numbers, regimen, tuple(largest)),
        densest=densest,
        label=label,
        strength=Strength(f"{name}_potency"),
    )


_SHARED = {"k_off": 0.008, "k_bury": 0.015, "k_release": 0.00025}
_UPRIGHT = (
    "low plasma calcium",
    "an oesophagus that empties slowly",
    "inability to stay upright for 30 minutes",
)

ALENDRONATE = _card(
    "alendronate",
    Usual("70 mg", "oral", "week"),
    {"oral": 70.0, "intravenous": 30.0},
    {
        "oral": Schedule(40.0, 1.0, "label, Paget's disease: 40 mg a day"),
        "intravenous": Schedule(30.0, 30.0, "assumed: single doses"),
    },
    {**_SHARED, "absorbed": 0.0064, "bone_share": 0.5, "potency": 0.8},
    ("pk_aln", "FIT_FLEX", "DMAB_PH2"),
    Label("us_label", min_egfr=35, not_with=_UPRIGHT),
    ("potency", "k_off"),
)
RISEDRONATE = _card(
    "risedronate",
    Usual("35 mg", "oral", "week"),
    {"oral": 150.0},
    {"oral": Schedule(30.0, 1.0, "label, Paget's disease: 30 mg a day")},
    {**_SHARED, "absorbed": 0.0063, "bone_share": 0.45, "k_off": 0.02, "potency": 2.0},
    ("pk_rise", "VERT"),
    Label("us_label", min_egfr=30, not_with=_UPRIGHT),
)
IBANDRONATE = _card(
    "ibandronate",
    Usual("150 mg", "oral", "month"),
    {"oral": 150.0, "intravenous": 3.0},
    {
        "oral": Schedule(150.0, 30.4375, "label: 150 mg a month"),
        "intravenous": Schedule(3.0, 91.3125, "label: 3 mg every 3 months"),
    },
    {**_SHARED, "absorbed": 0.006, "bone_share": 0.45, "k_off": 0.015, "potency": 5.0},
    ("pk_iban", "BONE_IBN"),
    Label(
        "us_label",
        min_egfr=30,
        not_with=(
            "low plasma calcium",
            "an oesophagus that empties slowly (tablets)",
            "inability to stay upright for 60 minutes (tablets)",
        ),
    ),
    (),  # no row that somebody has read: its potency stays at its prior
)
ZOLEDRONATE = _card(
    "zoledronate",
    Usual("5 mg", "intravenous", "year", duration="15 min"),
    {"intravenous": 5.0},
    {"intravenous": Schedule(5.0, 365.25, "HORIZON: 5 mg a year")},
    {**_SHARED, "absorbed": 0.0064, "bone_share": 0.6, "k_off": 0.002, "potency": 1.5},
    ("pk_zol", "HORIZON"),
    Label("us_label", min_egfr=35, not_with=("low plasma calcium", "acute kidney injury")),
    ("potency", "k_off"),
)
