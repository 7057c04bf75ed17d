"""Every number has a value, a unit, a kind and a provenance, and behind every provenance there is a record."""

import math
from dataclasses import replace

import pytest

from osteon.biology import HUMAN
from osteon.evidence import load_references, origins, unresolved
from osteon.inputs import read_scenario
from osteon.interventions import CARDS
from osteon.model import assemble
from osteon.model.parts import KINDS
from osteon.simulation.assembly import human_model
from osteon.simulation.scenario import model_of
from osteon.units import parse_unit

SOURCES = ("bone_marrow", "adipose", "umbilical_cord")
SPECIES = ("mouse", "rat", "rabbit", "dog", "monkey")


def with_cells(source, who):
    """The model of somebody given every route of one cell source, and every drug where she is human."""
    routes = {"intravenous": None, "intra_arterial": None, "local": "femur_left", "intramedullary": "femur_left"}
    cells = [
        {"source": source, "dose": "1e6 cells", "route": route, "at": ["0 days"], "donor": {"age": "1 years"}}
        | ({"site": site} if site else {})
        for route, site in routes.items()
    ]
    table = {"format": 1, **who, "cells": cells, "output": {"end": "1 year", "of": ["ctx"]}}
    return model_of(read_scenario(table))


def models():
    yield "every drug", human_model(CARDS)
    for source in SOURCES:
        yield source, with_cells(source, {"person": {"age": "66 years"}})
    for species in SPECIES:
        yield species, with_cells("bone_marrow", {"animal": {"species": species, "age": "200 days"}})


def faults(model):
    """What is missing of a parameter or of the source of a law, as sentences."""
    for p in model.parameters.values():
        if not math.isfinite(p.value):
            yield f"{p.name} has no value"
        if p.bounds and not (p.bounds[0] <= p.value <= p.bounds[1]):
            yield f"{p.name} = {p.value} lies outside {p.bounds}"
        parse_unit(p.unit)
        if p.kind not in KINDS:
            yield f"{p.name} has the kind '{p.kind}'"
        for word in unresolved(p.source):
            yield f"{p.name}: nothing stands behind '{word}'"
        if p.kind == "measured" and {o.word for o in origins(p.source)} & {"assumed", "reference adult"}:
            yield f"{p.name} is measured, by nobody"
    for f in model.formulas.values():
        for word in unresolved(f.source) if f.source else ():
            yield f"{f.name}: nothing stands behind '{word}'"
    for module in model.modules:
        for key in module.references:
            yield from (f"{module.name}: nothing stands behind '{word}'" for word in unresolved(key))


@pytest.mark.parametrize(("name", "model"), list(models()), ids=[n for n, _ in models()])
def test_every_number_has_value_unit_kind_and_a_provenance_with_a_record(name, model):
    assert list(faults(model)) == []


def test_a_number_without_a_provenance_is_found():
    first = HUMAN[0]
    for change in ({"source": ""}, {"source": "nobody1900"}, {"kind": "measured", "source": "assumed"}):
        bad = replace(first.parameters[1], **change)
        plain = human_model()
        modules = [replace(m, parameters=(m.parameters[0], bad, *m.parameters[2:])) if m.name == first.name else m for m in plain.modules]  # fmt: skip
        try:
            found = list(faults(assemble(*modules)))
        except Exception as error:  # the assembly refuses an empty source by itself
            found = [str(error)]
        assert any(bad.name in f for f in found), change


def test_every_state_rule_port_and_drug_says_what_it_is():
    model = human_model(CARDS)
    silent = [s.name for s in model.states.values() if not s.note]
    silent += [f.name for f in model.formulas.values() if not f.note and not (f.law and f.law.__doc__)]
    assert silent == []


def test_words_of_a_source_are_told_apart():
    assert [o.word for o in origins("gallagher2000; PMID 12345: a remark")] == ["gallagher2000", "PMID 12345"]
    assert unresolved("assumed; nobody1900") == ("nobody1900",)
    assert unresolved("data/species/bodies.toml") == () and unresolved("data/species/nothing.toml") == (
        "data/species/nothing.toml",
    )
    assert unresolved("FREEDOM") == () and unresolved("jilka1996") == () and unresolved("") == ("",)


def test_every_reference_has_a_year_in_its_text_and_says_what_it_gives():
    for key, reference in load_references().items():
        year = key[-4:]
        assert reference.gives and reference.text
        assert year[:2] not in ("19", "20") or year in reference.text, key
