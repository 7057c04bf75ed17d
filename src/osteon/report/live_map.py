"""The map of the model for the screen Why: modules as parts, arrows from its equations, a quantity that stands for each part."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from osteon.biology import HUMAN
from osteon.inputs.names import STANDARD_OUTPUTS
from osteon.interventions import CARDS
from osteon.io.export import definitions
from osteon.model import Model, Module
from osteon.outcomes import OUTCOMES
from osteon.outcomes.registry import kind_of

CHAIN = (
    ("rankl", "RANKL"),
    ("osteoclasts", "osteoclasts"),
    ("resorption", "resorption"),
    ("osteoblasts", "osteoblasts"),
    ("bmd_lumbar_spine", "spine BMD"),
    ("hazard_clinical", "hazard of a fracture"),
)  # from the signal to the break; those that the model has are shown
ABBREVIATIONS = {"rankl": "RANKL", "pth": "PTH", "bmd": "BMD", "wnt": "Wnt", "d": "D"}


def map_of(model: Model, outputs: Iterable[str]) -> dict[str, Any]:
    """Parts, arrows and equations of the biology and of the drugs.   outputs : names whose curves the page has"""
    known = list(outputs)
    modules = [m for m in model.modules if _shown(m)]
    equations = definitions(model)
    return {
        "nodes": [_node(m, known) for m in modules],
        "edges": _edges(model, modules),
        "chain": [{"output": o, "words": w} for o, w in CHAIN if o in known],
        "equations": {
            m.name: [
                [x.name, str(equations[x.name]), model.formulas[x.name].unit]
                for x in _formulas(m)
                if x.name in equations
            ]
            for m in modules
        },
        "drugs": {c.module.name: name for name, c in CARDS.items() if c.module.name in {m.name for m in modules}},
    }


def _shown(module: Module) -> bool:
    """Biology, outcomes and drugs; what only counts harms has a table of its own."""
    return module.name in {m.name for m in (*HUMAN, *OUTCOMES, *(c.module for c in CARDS.values()))}


def _formulas(module: Module) -> tuple[Any, ...]:
    return (*module.derived, *module.rules, *module.processes, *module.contributions)


def _node(module: Module, outputs: list[str]) -> dict[str, Any]:
    own = {x.name for x in (*module.states, *_formulas(module))}
    usual = [o for o in STANDARD_OUTPUTS if o in own and o in outputs and kind_of(o) != "t_score"]
    hazards = [o for o in outputs if kind_of(o) == "hazard" and o in own]
    states = [s.name for s in module.states if s.name in outputs]
    stands = next(iter([*(s for s in states if s == module.name), *usual, *hazards, *states]), "")
    words = " ".join(ABBREVIATIONS.get(w, w) for w in module.name.split("_"))
    return {"name": module.name, "words": words[0].upper() + words[1:], "note": module.note, "output": stands}


def _edges(model: Model, modules: list[Module]) -> list[dict[str, str]]:
    """Who reads whom: by the names that formulas need, and by what is plugged into the ports of another module."""
    home = {x.name: m.name for m in modules for x in (*m.states, *_formulas(m), *m.ports)}
    found: dict[tuple[str, str], None] = {}
    for m in modules:
        for x in _formulas(m):
            for need in model.formulas[x.name].needs:
                if need in home and home[need] != m.name:
                    found[home[need], m.name] = None
        for c in m.contributions:
            if c.port in home and home[c.port] != m.name:
                found[m.name, home[c.port]] = None
    return [{"from": a, "to": b} for a, b in found]
