"""Every entry of every registry, through everything that names it: list, show, validate, simulate, study, report.

What is added to a registry is walked without a line here; sizes are the smallest that go through all of the code.
"""

import json
import re
from functools import cache
from pathlib import Path

import pytest

from osteon.cells.regulators import regulators
from osteon.cells.sources import source_names
from osteon.cli import main
from osteon.cli.envelope import clean
from osteon.evidence import cohort_ids, load_claims
from osteon.inputs import read_scenario, read_study
from osteon.inputs.names import ANIMAL_SPECIES, CELL_ROUTES, HABITS
from osteon.interventions import CARDS
from osteon.io.toml_out import to_toml
from osteon.outcomes.harm_table import load_harms
from osteon.outcomes.registry import kind_of, kinds
from osteon.replication.experiments import experiment_ids
from osteon.report.cards import KINDS, card_of, names_of
from osteon.simulation.assembly import human_model
from osteon.simulation.scenario import simulate_scenario
from osteon.trial.check import check_scenario, check_study

NAMED = {
    "drugs": CARDS, "harms": load_harms(), "claims": [c.id for c in load_claims()], "sources": source_names(), "regulators": regulators(),
    "experiments": experiment_ids(), "habits": HABITS,
}  # fmt: skip
WOMAN = {"sex": "female", "age": "66 years", "years_since_menopause": "16 years"}


@cache
def listed(kind):
    return names_of(kind)


@pytest.mark.parametrize("kind", KINDS)
def test_a_list_has_words_for_each_entry_and_names_none_twice(kind):
    rows = listed(kind)
    names = [r["name"] for r in rows]
    assert rows and len(set(names)) == len(names)
    assert set(NAMED.get(kind, names)) == set(names) or kind not in NAMED
    if kind not in ("outputs", "states"):  # parts of the model may have no words yet
        assert not [r["name"] for r in rows if not r.get("about")]
    assert json.dumps(clean(rows), allow_nan=False)


@pytest.mark.parametrize("kind", [k for k in KINDS if k not in ("routes", "habits", "fits")])
def test_every_entry_of_a_list_has_a_card(kind):
    for row in listed(kind)[
        :: 5 if kind in ("parameters", "outputs", "references", "states") else 97 if kind == "evidence" else 1
    ]:
        if kind == "outputs" and "in animals" in row["about"]:
            continue  # there where a scenario of an animal names the site
        made, text = card_of(row["name"])
        assert made and text.strip() and json.dumps(clean(made), allow_nan=False), row["name"]


def dose(card):
    usual = card.regimen
    return {"drug": card.name, "dose": usual.dose, "route": usual.route, "every": f"1 {usual.every}" if usual.every[0].isalpha() else usual.every}  # fmt: skip


@pytest.mark.parametrize("name", CARDS)
def test_every_drug_is_simulated_by_each_of_its_routes_and_told_on(name):
    card = CARDS[name]
    for route, largest in card.largest.items():
        regimen = {"drug": name, "dose": f"{largest:g} {card.unit}", "route": route}
        output = {"end": "1 month", "of": ["ctx", "bmd_total_hip"], "draws": 0}
        scenario = read_scenario({"format": 1, "person": WOMAN, "regimen": [regimen], "output": output}, name)
        assert check_scenario(scenario) == ()
        found = simulate_scenario(scenario, 1)
        last = found.rows[-1]
        assert found.rows[0]["evidence"] == ("human" if card.evidence == "human" else "assumed")
        assert last["value"] == last["value"] and found.doses and found.doses[0].sentence()


def test_every_drug_is_an_arm_of_a_study_with_a_report(tmp_path):
    arms = [{"name": name, "regimen": [dose(card)]} for name, card in CARDS.items()]
    table = {
        "format": 1, "title": "every drug", "population": {"cohort": "freedom", "patients_per_arm": 2},
        "design": {"allocation": ":".join("1" for _ in ["none", *arms]), "duration": "1 month", "visits": ["0 months", "1 month"]},
        "arm": [{"name": "none"}, *arms],
        "endpoint": [{"name": "ctx", "visit": "1 month", "as": "percent_change", "analysis": "t_test", "compare": "none"}],
    }  # fmt: skip
    file = tmp_path / "study.toml"
    file.write_text(to_toml(table), encoding="utf-8")
    assert main(["validate", str(file)]) == 0
    assert main(["run", str(file), "--out", str(tmp_path / "run")]) == 0
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert not [name for name in CARDS if name not in page]


def test_every_outcome_and_harm_is_looked_at_in_one_woman_who_takes_everything():
    """Names whose kind is known and which the model has: each is simulated, has a unit and says what it rests on."""
    model = human_model(CARDS, harms=load_harms())
    names = [n for n in kinds() if n in model.outputs]
    assert {h.hazard for h in load_harms().values()} <= set(names) and {"ctx", "bmd_total_hip", "t_total_hip"} <= set(
        names
    )
    regimens = [dose(card) for card in CARDS.values()]
    output = {"end": "2 months", "at": "1 month", "of": names, "draws": 0}
    scenario = read_scenario({"format": 1, "person": WOMAN, "regimen": regimens, "output": output}, "all")
    rows = simulate_scenario(scenario, 1).rows
    assert {r["output"] for r in rows} == set(names)
    assert all(r["value"] == r["value"] and r["evidence"] in ("human", "animal", "assumed") for r in rows)


def test_every_hazard_of_the_model_has_its_kind():
    """By name once, here: an output that is added and forgotten in the registry is found."""
    model = human_model(CARDS, harms=load_harms())
    for name in model.outputs:
        for head, kind in (("hazard_", "hazard"), ("cumulative_", "cumulated"), ("t_", "t_score"), ("bmd_", "bmd")):
            if name.startswith(head):
                assert kind_of(name) == kind, name


@pytest.mark.parametrize("name", cohort_ids())
def test_every_cohort_is_the_population_of_a_study(name):
    study = read_study({
        "format": 1, "title": name, "population": {"cohort": name, "patients_per_arm": 2},
        "design": {"allocation": "1", "duration": "1 month", "visits": ["0 months", "1 month"]}, "arm": [{"name": "none"}],
        "endpoint": [{"name": "ctx", "visit": "1 month", "as": "percent_change"}],
    }, name)  # fmt: skip
    check_study(study)


@pytest.mark.parametrize("source", source_names())
@pytest.mark.parametrize("route", CELL_ROUTES)
def test_every_cell_source_is_accepted_by_every_route_with_every_regulator(source, route):
    cells = {"source": source, "passage": 3, "viability": 0.9, "dose": "1e6 cells/kg", "route": route, "at": ["0 months"], "pretreatment": list(regulators())}  # fmt: skip
    cells |= {
        "donor": {"age": "30 years", "match": "allogeneic"}
        if source != "umbilical_cord"
        else {"age": "0 days", "match": "allogeneic"}
    }
    if route in ("intramedullary", "local", "scaffold"):
        cells["site"] = "lumbar_spine"
    output = {"end": "1 month", "of": ["bmd_lumbar_spine"], "draws": 2}
    scenario = read_scenario({"format": 1, "person": WOMAN, "cells": [cells], "output": output}, source)
    assert check_scenario(scenario) == ()


@pytest.mark.parametrize("species", ANIMAL_SPECIES)
def test_every_species_is_accepted(species):
    output = {"end": "1 month", "of": ["bvtv_femur_left"], "draws": 0}
    animal = {
        "species": species,
        "condition": "intact",
        "age": "40 weeks" if species in ("mouse", "rat") else "4 years",
    }
    scenario = read_scenario({"format": 1, "animal": animal, "output": output}, species)
    assert check_scenario(scenario) == ()


def test_no_meaning_is_read_out_of_how_a_name_begins():
    """Prefixes by which outcomes, chances and events were once told apart; what an output is stands in the registry."""
    heads = r"startswith\(\(?\s*[\"'](bmd|t_|hazard|cumulative|event_|expected_|risk_|label_|viable_cells|cell_)"
    source = Path(__file__).resolve().parents[1] / "src" / "osteon"
    assert not [str(f) for f in source.rglob("*.py") if re.search(heads, f.read_text(encoding="utf-8"))]
