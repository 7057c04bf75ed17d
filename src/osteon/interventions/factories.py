"""Drugs of the common kinds in one call: an antibody, a small molecule, a member of a class by its potency."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any, cast

from osteon.errors import Fault, InputError, unknown
from osteon.interventions import sclerostin_antibody as kinetics
from osteon.interventions.card import Card, Label, Schedule, Strength, Usual
from osteon.model import Contribution, Derived, Entry, LogNormal, Module, Parameter, Process, State, renamed
from osteon.model.laws import arguments
from osteon.model.parts import KINDS as PARAMETER_KINDS
from osteon.model.parts import Kind

ANTIBODY_TARGETS = {
    "rankl": ("rankl_binding", "antiresorptive", "Binds RANKL, so that fewer osteoclasts form and active ones die."),
    "sclerostin": ("sclerostin_binding", "dual", "Binds sclerostin and frees Wnt: formation rises, resorption falls."),
}  # target -> port, kind of the drug, mechanism


def over_half(body, half_effect):
    """Amount over that of half the effect.  [1]"""
    return body / half_effect


def saturating(body, efficacy, half_effect):
    """Effect that saturates.  [1]"""
    return efficacy * body / (half_effect + body)


def left_over(body, efficacy, half_effect):
    """Activity that is left, 1 without drug.  [1]"""
    return 1 - efficacy * body / (half_effect + body)


def elimination(body, k_elimination):
    """First-order elimination.  [mg/day]"""
    return k_elimination * body


MOLECULES: dict[str, tuple[str, Callable[..., Any], str, str]] = {
    "oestrogen_receptor": (
        "oestrogen_agonism",
        saturating,
        "antiresorptive",
        "Agonist at the oestrogen receptor of bone.",
    ),
    "cathepsin_k": ("cathepsin_activity", left_over, "antiresorptive", "Inhibits cathepsin K: resorption falls."),
    "rankl": ("rankl_binding", over_half, "antiresorptive", "Keeps RANKL from RANK, so that fewer osteoclasts form."),
    "sclerostin": ("sclerostin_binding", over_half, "dual", "Keeps sclerostin from its receptor and frees Wnt."),
}  # target -> port, law of the effect, kind of the drug, mechanism


def antibody(
    name: str,
    target: str,
    *,
    usual: Usual,
    largest: Mapping[str, str],
    kd: float,
    kd_kind: str = "assumed",
    kd_source: str = "assumed",
    f: float = 0.6,
    ka: float = 0.25,
    cl: float = 0.2,
    v1: float = 3.0,
    v2: float = 2.0,
    q: float = 0.5,
    vmax: float = 0.0,
    km: float = 1.0,
    source: str = "assumed",
    harms: Iterable[str] = (),
    references: Iterable[str] = (),
    mechanism: str = "",
    limits: str = "",
    densest: Mapping[str, Schedule] | None = None,
    label: Label | None = None,
) -> Card:
    """An antibody: depot under the skin, two compartments, linear and saturable clearance; its effect is concentration over kd.

    target     : "rankl" or "sclerostin"
    usual      : `Usual("60 mg", "subcutaneous", "6 months")`, as in a scenario file
    largest    : largest dose in a study by route (subcutaneous, intravenous), as text: {"subcutaneous": "210 mg"}
    kd         : mg/L with half of the target bound in bone; kd_kind: assumed, derived, measured or fitted
    f, ka      : share that is absorbed from under the skin, and its rate, 1/day
    cl, v1     : linear clearance, L/day, and central volume, L
    v2, q      : peripheral volume, L, and exchange with it, L/day
    vmax, km   : saturable clearance: most, mg/day, and concentration with half of it, mg/L; vmax = 0: none
    source     : of the kinetics; kd_source: of kd. A key of the references, or "assumed"
    Raises InputError with everything that is wrong with these values.

    >>> card = antibody("exumab", "rankl", usual=Usual("60 mg", "subcutaneous", "6 months"), largest={"subcutaneous": "120 mg"}, kd=0.02)
    >>> card.usual, card.evidence, card.module.contributions[0].port
    ('60 mg subcutaneous every 6 months', 'assumed', 'rankl_binding')
    """
    numbers = {"f": f, "ka": ka, "v1": v1, "v2": v2, "q": q, "cl": cl, "vmax": vmax, "km": km}
    faults = _faults(name, target, ANTIBODY_TARGETS, {"kd": kd, **{k: v for k, v in numbers.items() if k != "vmax"}}, f)
    faults += _kind_faults("kd_kind", kd_kind) + _sized("vmax", vmax, least=0.0)
    amounts = _largest(largest, ("subcutaneous", "intravenous"), "mg", faults)
    faults += _usual_faults(usual, "mg", amounts)
    if faults:
        raise InputError(faults)
    port, kind, words = ANTIBODY_TARGETS[target]
    constant = Parameter(f"{name}_effect_kd", kd, "mg/L", cast(Kind, kd_kind), kd_source, bounds=(kd / 1000, kd * 1000))
    module = _antibody(name, port, source, numbers, constant, tuple(amounts))
    return Card(
        name=name, kind=kind, mechanism=mechanism or words, regimen=usual, unit="mg", largest=amounts, harms=tuple(harms),
        references=tuple(references) or (source,), module=module, limits=limits, densest=dict(densest or {}), label=label,
        strength=Strength(constant.name, inverse=True),
    )  # fmt: skip


def _antibody(
    name: str, port: str, source: str, numbers: Mapping[str, float], constant: Parameter, routes: tuple[str, ...]
) -> Module:
    """The module of the sclerostin antibodies, with another effect."""
    made = kinetics.sclerostin_antibody(name, source, dict(numbers))
    own = {f"{name}_{k}" for k in numbers}
    kind: Kind = "assumed" if source == "assumed" else "derived"
    parameters = tuple(replace(p, kind=kind) for p in made.parameters if p.name in own)
    effect = replace(made.contributions[0], port=port, source=constant.source)
    return replace(
        made,
        note="Depot, two compartments, linear and saturable clearance.",
        parameters=(*parameters, constant),
        derived=(),
        contributions=(effect,),
        entries=tuple(e for e in made.entries if e.route in routes),
        references=(source,),
    )


def small_molecule(
    name: str,
    target: str,
    *,
    usual: Usual,
    largest: Mapping[str, str],
    half_effect: float,
    efficacy: float = 1.0,
    effect_kind: str = "assumed",
    effect_source: str = "assumed",
    f: float = 0.5,
    half_life: float = 1.0,
    source: str = "assumed",
    harms: Iterable[str] = (),
    references: Iterable[str] = (),
    mechanism: str = "",
    limits: str = "",
    densest: Mapping[str, Schedule] | None = None,
    label: Label | None = None,
) -> Card:
    """A small molecule: one compartment, first-order elimination; its effect follows the amount in the body.

    target      : "oestrogen_receptor", "cathepsin_k", "rankl" or "sclerostin"
    usual       : `Usual("50 mg", "oral", "week")`, as in a scenario file
    largest     : largest dose in a study by route (oral, subcutaneous, intravenous), as text: {"oral": "100 mg"}
    half_effect : mg in the body with half of the effect
    efficacy    : largest effect, 1 = full; of targets that saturate (oestrogen_receptor, cathepsin_k)
    f, half_life: share of an oral dose that is absorbed, and days
    Raises InputError with everything that is wrong with these values.

    >>> small_molecule("exanib", "cathepsin_k", usual=Usual("50 mg", "oral", "week"), largest={"oral": "100 mg"}, half_effect=3.0).usual
    '50 mg oral every week'
    """
    faults = _faults(
        name, target, MOLECULES, {"half_effect": half_effect, "efficacy": efficacy, "f": f, "half_life": half_life}, f
    )
    faults += _kind_faults("effect_kind", effect_kind)
    if math.isfinite(efficacy) and efficacy > 1:
        faults.append(_fault("efficacy", efficacy, "above 0, at most 1"))
    amounts = _largest(largest, ("oral", "subcutaneous", "intravenous"), "mg", faults)
    faults += _usual_faults(usual, "mg", amounts)
    if faults:
        raise InputError(faults)
    port, law, kind, words = MOLECULES[target]
    own = _prefixed(name)
    kept: Kind = "assumed" if source == "assumed" else "derived"
    effect = Parameter(f"{name}_half_effect", half_effect, "mg", cast(Kind, effect_kind), effect_source, bounds=(half_effect / 1000, half_effect * 1000))  # fmt: skip
    most = Parameter(f"{name}_efficacy", efficacy, "1", cast(Kind, effect_kind), effect_source, bounds=(0, 1))
    module = Module(
        name,
        note="One compartment.",
        parameters=(
            Parameter(f"{name}_f", f, "1", kept, source, bounds=(0.0, 1.0)),
            Parameter(f"{name}_k_elimination", math.log(2) / half_life, "1/day", kept, source, iiv=LogNormal(1.35)),
            effect,
            *((most,) if "efficacy" in arguments(law) else ()),
        ),
        states=(State(f"{name}_body", "mg", 0.0, half_effect, "drug in the body"),),
        processes=(Process(f"{name}_elimination", own(elimination), "mg/day", {f"{name}_body": -1}),),
        contributions=(Contribution(port, f"{name}_effect", own(law), source=effect_source),),
        entries=tuple(
            Entry(name, r, f"{name}_body", "mg", bioavailability=f"{name}_f" if r == "oral" else None) for r in amounts
        ),
        references=(source,),
    )
    return Card(
        name=name, kind=kind, mechanism=mechanism or words, regimen=usual, unit="mg", largest=amounts, harms=tuple(harms),
        references=tuple(references) or (source,), module=module, limits=limits, densest=dict(densest or {}), label=label,
        strength=Strength(effect.name, inverse=True),
    )  # fmt: skip


def class_member(
    parent: Card,
    name: str,
    *,
    potency: float,
    potency_kind: str = "assumed",
    potency_source: str = "assumed",
    usual: Usual | None = None,
    largest: Mapping[str, str] | None = None,
    values: Mapping[str, float] | None = None,
    harms: Iterable[str] | None = None,
    references: Iterable[str] = ("assumed",),
    mechanism: str = "",
    limits: str = "",
    label: Label | None = None,
) -> Card:
    """A member of a class by its potency relative to its parent: it follows whatever is fitted for the parent.

    parent  : a card, as `osteon.interventions.card("denosumab")`
    potency : times as strong as the parent at the same amount or concentration; 2 = twice
    usual, largest, harms : those of the parent where they are left out
    values  : constants that differ from the parent's, by the name they have there, in their units: {"denosumab_cl": 0.1}
    Raises InputError with everything that is wrong with these values.

    >>> from osteon.interventions import card
    >>> member = class_member(card("denosumab"), "exumab", potency=2.0)
    >>> [p.name for p in member.module.parameters if "potency" in p.name], member.evidence
    (['exumab_relative_potency'], 'assumed')
    """
    faults = _name_faults(name) + _sized("potency", potency) + _kind_faults("potency_kind", potency_kind)
    if parent.strength is None:
        text = f"{parent.name} has no parameter by which members of its class differ."
        faults.append(Fault("no_class", "parent", parent.name, "", "Write a module of its own.", text))
    known = {p.name: p for p in parent.module.parameters}
    faults += [unknown("parameter", n, known, "values") for n in values or {} if n not in known]
    amounts = _largest(largest, parent.routes, parent.unit, faults) if largest else dict(parent.largest)
    regimen = usual or parent.regimen
    faults += _usual_faults(regimen, parent.unit, amounts)
    if faults or parent.strength is None:
        raise InputError(faults)
    modules = _renamed_class(parent, name, potency, cast(Kind, potency_kind), potency_source, dict(values or {}))
    return replace(
        parent, name=name, mechanism=mechanism or f"As {parent.name}, {potency:g} times as strong. {parent.mechanism}",
        regimen=regimen, largest=amounts, harms=parent.harms if harms is None else tuple(harms), references=tuple(references),
        module=modules[0], exposure=modules[1:], limits=limits, label=label, strength=None,
        densest={r: s for r, s in parent.densest.items() if r in amounts and not largest},
    )  # fmt: skip


def _renamed_class(
    parent: Card, name: str, potency: float, kind: Kind, source: str, values: Mapping[str, float]
) -> tuple[Module, ...]:
    """The parent's modules under another name; its strength is the parent's times or over the potency."""
    strength, inverse = parent.strength or ("", False)
    modules = (parent.module, *parent.exposure)
    own = {n for m in modules for n in _names(m)}
    fresh = {n: n.replace(parent.name, name) for n in own if parent.name in n}  # others are of the class and stay
    fresh |= {n: f"{name}_{n}" for n in values if n not in fresh}
    relative = Parameter(f"{name}_relative_potency", potency, "1", kind, source, bounds=(potency / 100, potency * 100))
    own_values = [p for p in parent.module.parameters if p.name in fresh]
    shared = [p for p in own_values if p.name == strength or (p.kind == "fitted" and p.name not in values)]
    left_out = {p.name for p in shared}
    made = [_renamed_module(m, fresh, left_out, {fresh[k]: v for k, v in values.items()}) for m in modules]
    laws = {p.name: renamed(as_parent, parents=p.name) for p in shared}
    law = over_potency if inverse else times_potency
    laws[strength] = renamed(law, parents=strength, potency=relative.name)
    follow = [Derived(fresh[p.name], laws[p.name], p.unit, note=f"follows {parent.name}") for p in shared]
    head = made[0]
    whole = replace(head, parameters=(*head.parameters, *shared, relative), derived=(*head.derived, *follow))
    return whole, *made[1:]


def as_parent(parents):
    """What is fitted for the parent holds for its class."""
    return parents


def over_potency(parents, potency):
    """Constant of half the effect, of a drug that is stronger."""
    return parents / potency


def times_potency(parents, potency):
    """Strength of the parent, times the relative potency."""
    return parents * potency


def _names(m: Module) -> set[str]:
    """Names that a module brings, its own and those of its parts."""
    parts = (m.parameters, m.derived, m.states, m.rules, m.processes, m.contributions, m.ports)
    return {m.name, *(p.name for group in parts for p in group)}


def _renamed_module(
    m: Module, fresh: Mapping[str, str], left_out: Collection[str], values: Mapping[str, float]
) -> Module:
    def name(old: str) -> str:
        return fresh.get(old, old)

    def law(made: Callable[..., Any]) -> Callable[..., Any]:
        return renamed(made, **{a: fresh[a] for a in arguments(made) if a in fresh})

    def start(initial: Any) -> Any:
        return name(initial) if isinstance(initial, str) else law(initial) if callable(initial) else initial

    return replace(
        m,
        name=name(m.name),
        parameters=tuple(
            replace(p, name=name(p.name), value=values.get(name(p.name), p.value), kind="derived" if p.kind == "fitted" and p.name in fresh else p.kind)
            for p in m.parameters if p.name not in left_out
        ),
        derived=tuple(replace(d, name=name(d.name), law=law(d.law)) for d in m.derived),
        states=tuple(replace(s, name=name(s.name), initial=start(s.initial)) for s in m.states),
        rules=tuple(replace(r, name=name(r.name), law=law(r.law)) for r in m.rules),
        processes=tuple(
            replace(p, name=name(p.name), law=law(p.law), changes={name(s): name(x) if isinstance(x, str) else x for s, x in p.changes.items()})
            for p in m.processes
        ),
        contributions=tuple(replace(c, name=name(c.name), law=law(c.law)) for c in m.contributions),
        entries=tuple(
            replace(e, target=name(e.target), state=name(e.state), bioavailability=e.bioavailability and name(e.bioavailability), lag=e.lag and name(e.lag))
            for e in m.entries
        ),
    )  # fmt: skip


def _prefixed(name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    return lambda law: renamed(law, **{a: f"{name}_{a}" for a in arguments(law)})


def _faults(name: str, target: str, targets: Mapping[str, Any], numbers: Mapping[str, float], f: float) -> list[Fault]:
    found = _name_faults(name)
    if target not in targets:
        found.append(unknown("target", str(target), targets, "target"))
    found += [fault for k, v in numbers.items() for fault in _sized(k, v)]
    if isinstance(f, (int, float)) and math.isfinite(f) and f > 1:
        found.append(_fault("f", f, "above 0, at most 1: the share that is absorbed"))
    return found


def _name_faults(name: object) -> list[Fault]:
    if isinstance(name, str) and name.isascii() and name.isidentifier() and name == name.lower():
        return []
    text = f"'{name}' is not the name of a drug."
    return [Fault("bad_name", "name", name, "small ASCII letters, digits and _", "", text)]


def _sized(place: str, value: object, least: float | None = None) -> list[Fault]:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return [_fault(place, value, "a finite number in the unit that the help says")]
    if value < 0 or (value == 0 and least is None):
        return [_fault(place, value, "above 0" if least is None else "0 or more")]
    return []


def _fault(place: str, value: object, allowed: str) -> Fault:
    return Fault("out_of_range", place, value, allowed, "", f"{place} = {value} cannot be.")


def _kind_faults(place: str, kind: str) -> list[Fault]:
    return [] if kind in PARAMETER_KINDS else [unknown("kind", str(kind), PARAMETER_KINDS, place)]


def _largest(given: Mapping[str, str], routes: Iterable[str], unit: str, faults: list[Fault]) -> dict[str, float]:
    """Amounts in the unit of the card by route; what is wrong with them goes to `faults`."""
    found: dict[str, float] = {}
    if not given:
        faults.append(_fault("largest", "nothing", "a dose for each route by which it can be given"))
    for route, dose in given.items():
        if route not in tuple(routes):
            faults.append(unknown("route", str(route), routes, "largest"))
            continue
        try:
            found[route] = Usual(dose, route, "day").amount(unit)
        except InputError as error:
            faults += [replace(f, place=f"largest {route}") for f in error.faults]
    return found


def _usual_faults(usual: object, unit: str, amounts: Mapping[str, float]) -> list[Fault]:
    if not isinstance(usual, Usual):
        hint = 'Write Usual("60 mg", "subcutaneous", "6 months").'
        return [
            Fault(
                "bad_regimen",
                "usual",
                str(usual),
                "a Usual",
                hint,
                "The usual regimen is a dose, a route and an interval.",
            )
        ]
    found = [unknown("route", usual.route, amounts, "usual")] if amounts and usual.route not in amounts else []
    for read in (lambda: usual.amount(unit), usual.days):
        try:
            read()
        except InputError as error:
            found += [replace(f, place=f"usual {f.place}") for f in error.faults]
    return found
