"""Animals: the same biology on another clock, with trabecular sites that turn over fast and lose bone they cannot regain.

Every rate of the bone biology runs at the species' clock, the years of life at its pace. What a species is stands in
data/species/bodies.toml. Conditions (ovariectomy, SAMP6, arthritis ...) are values of parameters from a day on.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from osteon.biology.androgen import ANDROGEN
from osteon.biology.glucocorticoid import GLUCOCORTICOID
from osteon.biology.healing import HEALING, healing_module
from osteon.biology.hormones import HORMONES
from osteon.biology.inflammation import INFLAMMATION
from osteon.biology.marrow import MARROW
from osteon.biology.osteoblasts import OSTEOBLASTS
from osteon.biology.osteoclasts import OSTEOCLASTS
from osteon.biology.person import NEVER, PERSON, REFERENCE_AGE
from osteon.biology.pth_action import PTH_ACTION
from osteon.biology.rankl import RANKL
from osteon.biology.sites import Compartment
from osteon.biology.skeleton import skeleton
from osteon.biology.trabeculae import CORTEX, REST, trabecular_module, with_cortex
from osteon.biology.wnt import WNT
from osteon.errors import InputError, unknown
from osteon.model import Contribution, Module, Parameter

HEALING_SITES = ("fracture", "bone_defect")
OF_RECEPTOR = (
    "k_tone",
    "k_level",
)  # a receptor adapts within its own cell: no faster in a small animal than in people.  Source: assumed
TRABECULAR_TURNOVER = 0.7  # of what serum shows of the turnover of an animal.  Source: assumed
OLD = 55.0  # human years; an animal called aged is at least that old.  Source: assumed
CIA_BURDEN = 2.0  # of active arthritis in people; then bone goes about as after ovariectomy.  Source: assumed
GONADS = {
    "ovx": "surgical_menopause_age",
    "ovx_glucocorticoid": "surgical_menopause_age",
    "orx": "hypogonadism_age",
}  # condition -> age that the surgery sets
STEROID = 5.0  # mg of prednisone a day in a person, whose effect it has.  Source: assumed
LOW_PROGENITORS = 0.33  # osteoblast progenitors of SAMP6 against control at 3-4 months; jilka1996
# rankl_oestrogen, rankl_withdrawal and depth_oestrogen of SAMP6, a twentieth of the usual mouse's.  Source: jilka1996 (no answer to gonadectomy)
DEAF, DEAF_AT_FIRST, SHALLOW = 0.0135, 0.051, 0.0043
RANKL_OF_SAMP6 = 0.29  # so that bone at the peak is kept for eight months (matsushita1986); few osteoclasts: jilka1996
WNT_OF_SAMP6 = 0.86  # a compromise: without the Sfrp4 of the strain bone gains 24 %, in nakanishi2006 54 %, which would leave too little bone


@dataclass(frozen=True)
class Body:
    """A species, as data/species/bodies.toml says it; units and meanings stand there."""

    species: str
    weight: float
    lung_capillaries: float
    clock: float
    maturity: float
    pace: float
    turnover: float
    formation_order: float
    bone_floor: float
    bvtv: float
    cortical_turnover: float
    puberty: float
    bmd: float

    def years(self, age: float) -> float:
        """Human years of an animal of `age` days; not below the reference adult's."""
        return REFERENCE_AGE + max(0.0, age - self.maturity) / 365.25 * self.pace

    def human_years(self, age: float) -> float:
        """Human years of an animal of `age` days at any age: growth runs to the reference adult, then life at its pace.

        >>> body_of("human").human_years(25 * 365.25), round(body_of("rat").human_years(42.0))
        (25.0, 15)
        """
        return REFERENCE_AGE * age / self.maturity if age < self.maturity else self.years(age)

    def age_of(self, years: float) -> float:
        """Age in days of an animal of so many human years, at least the reference adult's."""
        return self.maturity + (years - REFERENCE_AGE) * 365.25 / self.pace


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads((files("osteon") / "data" / "species" / "bodies.toml").read_text(encoding="utf-8"))


def body_of(species: str) -> Body:
    """The body of a species, human included. Raises InputError with the nearest name."""
    known = [n for n, row in _table().items() if "weight" in row]
    if species not in known:
        raise InputError(unknown("species", species, known))
    row = _table()[species]
    return Body(species, **{f.name: float(row[f.name]["value"]) for f in fields(Body) if f.name != "species"})


def strain_turnover(species: str, strain: str) -> float:
    """Trabecular turnover of a strain against the usual one of the species.  [1]   1 where nothing is published."""
    return float(_table()["strains"].get(species, {}).get(strain, 1.0))


def knows_strain(species: str, strain: str) -> bool:
    """Whether a strain has a figure of its own."""
    return strain in _table()["strains"].get(species, {})


def strains(species: str) -> tuple[str, ...]:
    """Strains with a figure of their own."""
    return tuple(_table()["strains"].get(species, {}))


def site_figure(site: str, what: str, species: str = "") -> float:
    """bvtv, turnover or trabecular_share of a site; the first two against the proximal tibia.  [1]   species : with its own"""
    sites = _table()["sites"]
    row = sites.get(site, sites["other"])
    return float(row.get(f"{what}_{species}", row[what]))


def lean_of_strain(progenitors_of_strain):
    """Push of the niche that leaves RUNX2, and so the osteogenic progenitors, at their share.  [1]   Source: jilka1996.

    The balance with PPARγ solved for the push: what progenitors lose, marrow fat gains.
    """
    return progenitors_of_strain / 2 * (1 + 2 / (1 + progenitors_of_strain))


def wnt_share(wnt_of_strain):
    """Wnt that a strain's decoys leave to the receptor, against others.  [1]   Source: nakanishi2006 (Sfrp4 in SAMP6)."""
    return 1.0 * wnt_of_strain


def animal_modules(
    species: str, sites: Iterable[str], fitted: Mapping[str, float] = MappingProxyType({})
) -> tuple[Module, ...]:
    """Modules of an animal with bone at `sites`; fractures and defects heal, other sites remodel.

    fitted : values of the human fit, laid over the defaults before the clock is set
    """
    body = body_of(species)
    sites = tuple(dict.fromkeys(sites))
    bones = (*(s for s in sites if s not in HEALING_SITES), REST)
    biology = (
        PERSON,
        HORMONES,
        ANDROGEN,
        INFLAMMATION,
        GLUCOCORTICOID,
        MARROW,
        WNT,
        PTH_ACTION,
        RANKL,
        OSTEOCLASTS,
        OSTEOBLASTS,
    )
    shares = {s: site_figure(s, "trabecular_share") for s in bones if s != REST}
    bvtv = {s: min(0.9, body.bvtv * site_figure(s, "bvtv")) for s in bones}
    made = [on_clock(m, body, fitted) for m in biology]
    matter = skeleton((*(_trabecular(b) for b in bones), _CORTICAL))
    made.append(with_cortex(on_clock(matter, body, fitted), body.bmd, shares))
    broken = [s for s in sites if s in HEALING_SITES]
    healing = [HEALING, *(healing_module(s, body.bvtv) for s in broken)] if broken else []
    made += [on_clock(m, body, {}) for m in healing]
    return (*made, trabecular_module(body.formation_order, body.bone_floor, bvtv, TRABECULAR_TURNOVER), STRAIN)


def _trabecular(site: str) -> Compartment:
    """Trabecular bone of a site; its turnover is set by the species."""
    return Compartment(site, "cancellous", (4.65e-4, 0.0), "data/species/bodies.toml")


_CORTICAL = Compartment(CORTEX, "cortical", (9.6e-5, 0.0), "data/species/bodies.toml")

STRAIN = Module(
    "strain_of_animal",
    note="What a strain is born with.",
    parameters=(
        Parameter("progenitors_of_strain", 1.0, "1", "derived", "reference adult", bounds=(0.01, 2)),
        Parameter("wnt_of_strain", 1.0, "1", "derived", "reference adult", bounds=(0.01, 2)),
    ),
    contributions=(
        Contribution("niche_osteo", "lean_of_the_strain", lean_of_strain, source="jilka1996"),
        Contribution("wnt_drive", "wnt_of_the_strain", wnt_share, source="nakanishi2006"),
    ),
)


def on_clock(module: Module, body: Body, fitted: Mapping[str, float]) -> Module:
    """A module of the human biology on the clock of a species, fitted values laid over its defaults first."""
    laid = (replace(p, value=fitted.get(p.name, p.value)) for p in module.parameters)
    return replace(module, parameters=tuple(_timed(p, body) for p in laid))


def _timed(p: Parameter, body: Body) -> Parameter:
    if p.name == "days_per_year":
        return replace(p, value=p.value / body.pace)
    if p.unit != "1/day":
        return _of_body(p, body)
    wider = (p.bounds[0], p.bounds[1] * body.clock * 100) if p.bounds else None
    return replace(p, value=_rate(p, body), bounds=wider)


def _rate(p: Parameter, body: Body) -> float:
    if p.name in OF_RECEPTOR:
        return p.value
    if p.role == "site_turnover":
        cortical = p.site == CORTEX
        return body.cortical_turnover if cortical else body.turnover * site_figure(p.site, "turnover", body.species)
    return p.value * body.clock


def _of_body(p: Parameter, body: Body) -> Parameter:
    values = {
        "body_weight": body.weight,
        "strain_formation": 0.1,
    }
    if p.name not in values:
        return p
    return replace(p, value=values[p.name], bounds=(0.0, 250.0), iiv=None)


def starting_values(body: Body, age: float, condition: str, since: float | None, strain: str) -> dict[str, float]:
    """Parameters of an animal of `age` days on day 0; ovaries or testes taken out on day `since`."""
    years = body.years(age)
    values = {"age_at_start": years, "menopause_age": NEVER}
    if condition in GONADS:
        values[GONADS[condition]] = years + (since or 0.0) / 365.25 * body.pace
    faster = strain_turnover(body.species, strain)
    return values | ({"turnover_scale": faster} if faster != 1.0 else {})


def condition_values(condition: str) -> dict[str, float]:
    """What a condition sets, from its first day on. Raises InputError for a name that is not known."""
    known: dict[str, dict[str, float]] = {
        "intact": {},
        "ovx": {},
        "aged": {},
        "fracture": {"broken": 1.0},
        "nonunion": {"broken": 1.0, "healing_competence": 0.1, "scar_pace": 0.5},
        "bone_defect": {"broken": 1.0, "healing_competence": 0.2, "scar_pace": 0.5},
        "samp6": {
            "progenitors_of_strain": LOW_PROGENITORS,
            "wnt_of_strain": WNT_OF_SAMP6,
            "rankl_oestrogen": DEAF,
            "rankl_withdrawal": DEAF_AT_FIRST,
            "depth_oestrogen": SHALLOW,
            "rankl_secretion": RANKL_OF_SAMP6,
        },
        "cia": {"inflammation_burden": CIA_BURDEN},
        "glucocorticoid": {"glucocorticoid": STEROID},
        "ovx_glucocorticoid": {"glucocorticoid": STEROID},
        "orx": {},
    }
    if condition not in known:
        raise InputError(unknown("condition", condition, known))
    return known[condition]
