"""Drugs in animals: the mechanism of people, kinetics and exposure of the animal, and combinations that are refused.

What a species changes stands in data/species/drugs.toml; everything else goes by body size (allometry). Effects use the
constants fitted in women: no potency is fitted to an animal.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any, cast

from osteon.biology.species import Body
from osteon.errors import Fault, Unsupported
from osteon.interventions import CARDS, Cards, modules_for
from osteon.interventions.opg_fc import OPG_FC
from osteon.model import Entry, Module, Parameter
from osteon.model.parts import Kind

ANIMAL_CARDS = Cards(lambda: {**CARDS, OPG_FC.name: OPG_FC})
HUMAN_WEIGHT = 66.0  # kg, of the kinetics in people
CLEARANCE, ANTIBODY_CLEARANCE, ELIMINATION = (
    0.75,
    0.85,
    -0.25,
)  # powers of body weight.  Source: assumed (usual allometry)
POTENCY_SD = 0.5  # log-SD of a potency carried from women to an animal.  Source: assumed
EXPOSURE_SD = {"derived": 0.3, "allometric": 0.7}  # log-SD of exposure at a dose per kg.  Source: assumed
ANIMAL_DRUGS_ANTIBODIES = ("denosumab", "romosozumab", "blosozumab", "opg_fc")
BISPHOSPHONATES = ("alendronate", "risedronate", "ibandronate", "zoledronate")
OF_BONE = ("k_off", "k_bury", "k_release")  # rates that follow bone cells, not plasma
BONE_SHARE = 0.5  # of a bisphosphonate in blood that bone takes, as in people.  Source: assumed
EFFECT = ("surface_reference", "half_effect", "effect_kd")  # constants that dose is held against
HUMANISED = ("huRANKL", "huRANKL knock-in")  # strains of mice that denosumab binds in.  Source: kostenuik2009
ANIMAL_DRUGS_TABLE = "data/species/drugs.toml"


@dataclass(frozen=True)
class AnimalDrug:
    """A drug in a species. largest: mg/kg by route, in the unit of the card per kg; exposure: derived or allometric."""

    drug: str
    species: str
    largest: Mapping[str, float]
    exposure: str
    values: Mapping[str, Mapping[str, Any]]

    @property
    def routes(self) -> tuple[str, ...]:
        """Routes by which it can be given to this species."""
        return tuple(self.largest)

    @property
    def log_sd(self) -> float:
        """How far the effect of a dose per kg is known, log scale."""
        return float((POTENCY_SD**2 + EXPOSURE_SD[self.exposure] ** 2) ** 0.5)


def animal_drug(drug: str, species: str, strain: str = "unspecified") -> AnimalDrug:
    """A drug in a species. Raises Unsupported with the reason where it does not bind or nothing is known."""
    reason = refusal(drug, species, strain)
    if reason:
        raise Unsupported(Fault("unsupported", f"regimen {drug}", drug, "", "", reason))
    rows = [_table()[drug].get(who, {}) for who in ("any", species)]
    merged: dict[str, Any] = {}
    for row in rows:
        merged |= row
    values = {k: v for k, v in merged.items() if isinstance(v, dict) and k != "largest"}
    return AnimalDrug(drug, species, merged["largest"], merged["exposure"], values)


def refusal(drug: str, species: str, strain: str = "unspecified") -> str:
    """Why a drug is not run in a species, or an empty text."""
    if drug == "denosumab" and species == "mouse" and strain in HUMANISED:
        return ""
    if drug not in _table():
        return f"'{drug}' has no kinetics in animals in this version."
    return str(_table()["refused"].get(f"{drug}.{species}", ""))


def routes_in_animals(drug: str) -> tuple[str, ...]:
    """Routes by which a drug is given to any animal."""
    return tuple(_table().get(drug, {}).get("any", {}).get("largest", {}))


def animal_drug_modules(
    names: Iterable[str], body: Body, strain: str, fitted: Mapping[str, float]
) -> tuple[Module, ...]:
    """Modules of drugs in an animal of this body. Raises Unsupported.   fitted : values of the human fit"""
    chosen = [animal_drug(n, body.species, strain) for n in dict.fromkeys(names)]
    human = [*modules_for(c.drug for c in chosen if c.drug in CARDS)]
    human += [ANIMAL_CARDS[c.drug].module for c in chosen if c.drug not in CARDS]
    own = {c.drug: c for c in chosen}
    return tuple(_in_animal(m, own[m.name], body, fitted) for m in human)


def effect_constant(drug: str, names: Iterable[str]) -> str:
    """The parameter that a dose is held against: its uncertainty is that of potency and exposure together."""
    known = set(names)
    found = [f"{drug}_{e}" for e in (*EFFECT, "potency") if f"{drug}_{e}" in known]
    return found[0] if found else ""


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads((files("osteon") / "data" / "species" / "drugs.toml").read_text(encoding="utf-8"))


def _in_animal(module: Module, drug: AnimalDrug, body: Body, fitted: Mapping[str, float]) -> Module:
    sized = any(d.name == f"{drug.drug}_size" for d in module.derived)
    parameters = tuple(_parameter(p, drug, body, fitted, sized) for p in module.parameters)
    first = module.entries[0]
    by_route = {e.route: e for e in module.entries}
    bound = f"{drug.drug}_bone_share" if first.state == f"{drug.drug}_surface" else None
    needle = Entry(drug.drug, "subcutaneous", first.state, first.unit, bioavailability=bound)
    entries = tuple(by_route.get(route, needle) for route in drug.routes)
    return replace(module, parameters=parameters, entries=entries)


def _parameter(p: Parameter, drug: AnimalDrug, body: Body, fitted: Mapping[str, float], sized: bool) -> Parameter:
    laid = replace(p, value=fitted.get(p.name, p.value))
    if p.name == "opg_fc_effect_kd":
        laid = replace(p, value=fitted.get("denosumab_effect_kd", p.value))
    if p.name in drug.values:
        row = drug.values[p.name]
        scale = body.weight if str(row["unit"]).endswith("/kg") else 1.0
        value = float(row["value"]) * scale
        kind = cast(Kind, row["kind"])
        return replace(p, value=value, kind=kind, source=row["source"], note=row.get("note", ""), bounds=None)
    if p.name == f"{drug.drug}_uptake":
        return _uptake(laid, drug)
    factor = _by_size(laid, drug.drug, body, sized)
    if factor == 1.0:
        return laid
    bounds = (p.bounds[0] * factor, p.bounds[1] * factor) if p.bounds else None
    return replace(
        laid, value=laid.value * factor, bounds=bounds, kind="derived", source=ANIMAL_DRUGS_TABLE, note="by body size"
    )


def _uptake(p: Parameter, drug: AnimalDrug) -> Parameter:
    """What a dose by mouth brings to bone: absorbed, and taken by bone."""
    absorbed = drug.values.get(f"{drug.drug}_absorbed")
    share = drug.values.get(f"{drug.drug}_bone_share", {"value": BONE_SHARE})
    if absorbed is None:
        return p
    value = float(absorbed["value"]) * float(share["value"])
    return replace(p, value=value, kind="derived", source=absorbed["source"], note="absorbed and taken by bone")


def _by_size(p: Parameter, drug: str, body: Body, sized: bool) -> float:
    """What a constant of people is multiplied by in this body.   sized : the drug's law knows the size of the skeleton"""
    size, part = body.weight / HUMAN_WEIGHT, p.name.removeprefix(f"{drug}_")
    power = ANTIBODY_CLEARANCE if drug in ANIMAL_DRUGS_ANTIBODIES else CLEARANCE
    if drug in BISPHOSPHONATES:
        if part in ("surface_reference", "surface_onset"):
            return 1.0 if sized else size
        return body.clock if part in OF_BONE else size**ELIMINATION if part == "k_plasma" else 1.0
    if drug == "denosumab":  # its laws hold volumes for 66 kg and scale them themselves
        return size ** (power - 1) if part in ("cl", "q") else 1.0
    if p.unit in ("L", "mg"):
        return size
    if p.unit in ("L/day", "mg/day"):
        return float(size**power)
    return size**ELIMINATION if part in ("k", "k_elimination") else 1.0
