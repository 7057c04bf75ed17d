"""Animals: the same biology on another clock, with trabecular sites that turn over fast and lose bone they cannot regain.

Every rate of the bone biology runs at the species' clock, the years of life at its pace. What a species is stands in
data/species/bodies.toml. Conditions (ovariectomy, SAMP6, arthritis ...) are values of parameters from a day on.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from osteon.biology.glucocorticoid import GLUCOCORTICOID
from osteon.biology.healing import healing_module
from osteon.biology.hormones import HORMONES
from osteon.biology.inflammation import INFLAMMATION
from osteon.biology.marrow import MARROW
from osteon.biology.osteoblasts import OSTEOBLASTS
from osteon.biology.osteoclasts import OSTEOCLASTS
from osteon.biology.person import NEVER, PERSON, REFERENCE_AGE
from osteon.biology.pth_action import PTH_ACTION
from osteon.biology.rankl import RANKL
from osteon.biology.skeleton import skeleton
from osteon.biology.wnt import WNT
from osteon.errors import InputError, unknown
from osteon.model import Contribution, Module, Parameter, Rule, renamed

HEALING_SITES = ("fracture", "bone_defect")
FIGURES = (
    "weight",
    "lung_capillaries",
    "clock",
    "maturity",
    "pace",
    "turnover",
    "formation_order",
    "oestrogen_pull",
    "bvtv",
)
SITE_BVTV = {
    "lumbar_spine": 1.4,
    "vertebra": 1.4,
    "mandible": 2.0,
    "calvaria": 2.5,
    "iliac_crest": 1.1,
}  # against the tibia
OLD = 70.0  # human years of an animal called aged.  Source: assumed
LOW_PROGENITORS = 0.33  # osteoblast progenitors of SAMP6 against control at 3-4 months; jilka1996


@dataclass(frozen=True)
class Body:
    """A species. weight kg; lung_capillaries 1/kg; maturity day; turnover 1/day; the rest are ratios."""

    species: str
    weight: float
    lung_capillaries: float
    clock: float
    maturity: float
    pace: float
    turnover: float
    formation_order: float
    oestrogen_pull: float
    bvtv: float

    def years(self, age: float) -> float:
        """Human years of an animal of `age` days; not below the reference adult's."""
        return REFERENCE_AGE + max(0.0, age - self.maturity) / 365.25 * self.pace


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads((files("osteon") / "data" / "species" / "bodies.toml").read_text(encoding="utf-8"))


def body_of(species: str) -> Body:
    """The body of a species, human included. Raises InputError with the nearest name."""
    known = [n for n in _table() if n != "strains"]
    if species not in known:
        raise InputError(unknown("species", species, known))
    return Body(species, **{f: float(_table()[species][f]["value"]) for f in FIGURES})


def strain_turnover(species: str, strain: str) -> float:
    """Trabecular turnover of a strain against the usual one of the species.  [1]   1 where nothing is published."""
    return float(_table()["strains"].get(species, {}).get(strain, 1.0))


def bone_volume(bone, bvtv_reference):
    """Trabecular bone of a site.  [1]"""
    return bvtv_reference * bone


def thin_surface(bone, formation_order, bvtv_reference):
    """Thin and broken trabeculae offer less surface to form on, a full space offers none.  [1]   Source: wronski1988."""
    return bone**formation_order * (1 - (bvtv_reference * bone) ** 3) / (1 - bvtv_reference**3)


def progenitor_share(progenitors_of_strain):
    """Osteogenic progenitors of the strain against others.  [1]   Source: jilka1996."""
    return 1.0 * progenitors_of_strain


def osteoclast_share(osteoclasts_of_strain):
    """Osteoclast formation of the strain against others.  [1]   Source: jilka1996 (low in SAMP6)."""
    return 1.0 * osteoclasts_of_strain


def animal_modules(
    species: str, sites: Iterable[str], fitted: Mapping[str, float] = MappingProxyType({})
) -> tuple[Module, ...]:
    """Modules of an animal with bone at `sites`; fractures and defects heal, other sites remodel.

    fitted : values of the human fit, laid over the defaults before the clock is set
    """
    body = body_of(species)
    sites = tuple(dict.fromkeys(sites))
    bones = tuple(s for s in sites if s not in HEALING_SITES)
    biology = (PERSON, HORMONES, INFLAMMATION, GLUCOCORTICOID, MARROW, WNT, PTH_ACTION, RANKL, OSTEOCLASTS, OSTEOBLASTS)
    made = [_on_clock(m, body, fitted) for m in (*biology, skeleton(bones))]
    made += [_on_clock(healing_module(s), body, {}) for s in sites if s in HEALING_SITES]
    return (*made, _trabecular(body, bones))


def _on_clock(module: Module, body: Body, fitted: Mapping[str, float]) -> Module:
    laid = (replace(p, value=fitted.get(p.name, p.value)) for p in module.parameters)
    return replace(module, parameters=tuple(_timed(p, body) for p in laid))


def _timed(p: Parameter, body: Body) -> Parameter:
    if p.name == "days_per_year":
        return replace(p, value=p.value / body.pace)
    if p.unit != "1/day":
        return _of_body(p, body)
    wider = (p.bounds[0], p.bounds[1] * body.clock * 100) if p.bounds else None
    value = body.turnover if p.name.startswith("turnover_") else p.value * body.clock
    return replace(p, value=value, bounds=wider)


def _of_body(p: Parameter, body: Body) -> Parameter:
    values = {"body_weight": body.weight, "rankl_oestrogen": p.value * body.oestrogen_pull, "strain_formation": 0.1}
    if p.name not in values:
        return p
    return replace(p, value=values[p.name], bounds=(0.0, 250.0), between=None)


def _trabecular(body: Body, bones: tuple[str, ...]) -> Module:
    at = {s: f"bone_{s}" for s in bones}
    own = [
        Parameter(f"bvtv_reference_{s}", body.bvtv * SITE_BVTV.get(s, 1.0), "1", "measured", "data/species/bodies.toml")
        for s in bones
    ]
    order = Parameter(
        "formation_order", body.formation_order, "1", "assumed", "data/species/bodies.toml", bounds=(0, 1)
    )
    share = Parameter(
        "progenitors_of_strain", 1.0, "1", "derived", "reference adult", bounds=(0.01, 2), note="SAMP6: a third"
    )
    clasts = Parameter("osteoclasts_of_strain", 1.0, "1", "derived", "reference adult", bounds=(0.01, 2))
    return Module(
        "trabeculae",
        note=f"Trabecular sites of a {body.species}.",
        parameters=(order, share, clasts, *own),
        rules=tuple(
            Rule(f"bvtv_{s}", renamed(bone_volume, bone=b, bvtv_reference=f"bvtv_reference_{s}"), "1")
            for s, b in at.items()
        ),
        contributions=(
            *(
                Contribution(
                    f"local_formation_{s}",
                    f"surface_{s}",
                    renamed(thin_surface, bone=b, bvtv_reference=f"bvtv_reference_{s}"),
                )
                for s, b in at.items()
            ),
            Contribution("progenitor_supply", "progenitors_of_the_strain", progenitor_share, source="jilka1996"),
            Contribution("osteoclast_drive", "osteoclasts_of_the_strain", osteoclast_share, source="jilka1996"),
        ),
    )


def starting_values(body: Body, age: float, condition: str, since: float | None, strain: str) -> dict[str, float]:
    """Parameters of an animal of `age` days on day 0; ovaries taken out on day `since` (at most 0)."""
    years = max(body.years(age), OLD) if condition == "aged" else body.years(age)
    values = {"age_at_start": years, "menopause_age": NEVER}
    if condition == "ovx":
        values["surgical_menopause_age"] = years + (since or 0.0) / 365.25 * body.pace
    faster = strain_turnover(body.species, strain)
    return values | ({"turnover_scale": faster} if faster != 1.0 else {})


def condition_values(condition: str) -> dict[str, float]:
    """What a condition sets, from its first day on. Raises InputError for a name that is not known."""
    known: dict[str, dict[str, float]] = {
        "intact": {},
        "ovx": {},
        "aged": {},
        "fracture": {},
        "nonunion": {"healing_competence": 0.1},
        "bone_defect": {"healing_competence": 0.2},
        "samp6": {"progenitors_of_strain": LOW_PROGENITORS, "osteoclasts_of_strain": 0.4, "rankl_oestrogen": 0.1},
        "cia": {"inflammation_burden": 1.0},
        "glucocorticoid": {"glucocorticoid": 5.0},
    }
    if condition not in known:
        raise InputError(unknown("condition", condition, known))
    return known[condition]
