"""Screens of the living page beside the first: two plans, a cohort, why, a lesson."""

import json

import numpy as np
import pytest
from tests.browsers import Chromium, found

from osteon.engine import Events, Schedule, simulate
from osteon.engine.simulate import initial_states, parameter_matrix
from osteon.inputs.dose_response import DoseResponse
from osteon.interventions import CARDS
from osteon.model import Regimen
from osteon.report import live_cells
from osteon.report.live import write_live_page
from osteon.report.live_lessons import lessons
from osteon.report.live_map import map_of
from osteon.simulation.assembly import full_model
from osteon.simulation.dosing import add_regimens
from osteon.simulation.portable import outputs_of, portable_model
from osteon.units import DAYS_PER_MONTH

needs_chromium = pytest.mark.skipif(not found("chromium"), reason="no Chromium here; ./dev browsers installs it")


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with Chromium() as one:
        one.open(write_live_page(tmp_path_factory.mktemp("page") / "page.html").as_uri())
        one.until("window.osteon?.sets[0].line")
        yield one


def shown(browser, name):
    browser.evaluate(f"osteon.show('{name}')")


@needs_chromium
def test_the_same_plan_twice_differs_by_nothing(browser):
    shown(browser, "compare")
    browser.evaluate("document.querySelector('[data-same]').click()")
    browser.until(
        "osteon.sets[1].unknown.length && osteon.sets[1].line.rtol === osteon.sets[0].line.rtol && JSON.stringify(osteon.state.plans[0]) === JSON.stringify(osteon.sets[1].plan)"
    )
    browser.until("document.querySelector('#say').textContent.includes('0.0 points (0.0 to 0.0)')")
    assert "0 of 1,000 (0 to 0)" in browser.evaluate("document.querySelector('#say').textContent")
    browser.evaluate("osteon.rebuild((s) => { s.plans[1] = []; })")
    browser.until(
        "document.querySelector('#say').textContent.includes('(no drug)') && osteon.sets[1].unknown.length > 0 && document.querySelector('#events').textContent.includes('more with B')"
    )


@needs_chromium
def test_the_cohort_is_simulated_as_natively(browser):
    data, model = portable_model().data, full_model()
    cohort, people = data["cohort"], [0, 7, 199]
    assert len(cohort["parameters"]["age_at_start"]) == 200
    parameters = {k: np.array(v)[people] for k, v in cohort["parameters"].items()}
    states = initial_states(model, parameter_matrix(model, parameters, 3))
    for name, column in cohort["states"].items():
        states[:, model.traced.states.index(name)] = np.array(column)[people]
    end = 24 * DAYS_PER_MONTH
    plan = Regimen("denosumab", "subcutaneous", 60.0, every=182.625, until=18 * DAYS_PER_MONTH)
    events = Events((add_regimens(Schedule(), model, [plan], end),))
    names = ["bmd_total_hip", "ctx", "hazard_clinical"]
    native = simulate(model, parameters, n=3, times=[0.0, end], outputs=names, events=events, initial=states)
    scenario = {
        "regimen": [
            {
                "drug": "denosumab",
                "route": "subcutaneous",
                "amount": 60,
                "every": 182.625,
                "start": 0,
                "until": 18 * DAYS_PER_MONTH,
                "adherence": 1,
            }
        ],
        "days": [0, end],
    }
    ask = f"Array.from(simulateCohort(engineOf(osteon.parts), {{ scenario: {json.dumps(scenario)}, people: {people}, rtol: 1e-6 }}).values)"
    here = np.array(browser.evaluate(ask)).reshape(3, 2, -1)
    for i, name in enumerate(names):
        assert here[:, :, data["outputs"].index(name)] == pytest.approx(native.values[:, :, i], rel=1e-9)
    assert np.ptp(native.of("bmd_total_hip")[:, 1] / native.of("bmd_total_hip")[:, 0]) > 0.001


@needs_chromium
def test_the_cohort_is_drawn(browser):
    shown(browser, "cohort")
    browser.until("osteon.screen.answers.length > 0", 120)
    assert "of 100" in browser.evaluate("document.querySelector('#say').textContent")
    assert browser.evaluate("document.querySelectorAll('[data-figure=\"bmd_total_hip\"] .faint').length") == 60


@needs_chromium
def test_a_value_changed_under_why_is_marked_assumed_and_acts(browser):
    browser.evaluate("osteon.rebuildAll(structuredClone(osteon.usual))")
    shown(browser, "why")
    fall = "osteon.result(0).line && osteon.screen.moved(osteon.result(0).line, 'resorption')"
    before = browser.until(fall)
    assert before < -0.2
    browser.evaluate("osteon.screen.override('denosumab_effect_kd', 1e6)")
    browser.until(f"{fall} > {before} + 0.2")
    assert "assumed" in browser.evaluate("document.querySelector('#changed').textContent")
    assert 'parameter = "denosumab_effect_kd"' in browser.evaluate(
        "toToml(osteon.state, osteon.state.plans[0], osteon.about)"
    )
    browser.evaluate("document.querySelector('[data-undo]').click()")
    assert browser.evaluate("osteon.state.overrides.length") == 0


@needs_chromium
@pytest.mark.parametrize("key", [t["key"] for t in lessons(CARDS)])
def test_every_task_is_judged_by_the_model(browser, key):
    shown(browser, "lesson")
    browser.evaluate(f"osteon.screen.pressed(document.querySelector('[data-task=\"{key}\"]'))")
    browser.until("Object.keys(osteon.screen.results).length === osteon.screen.task.cases.length", 120)
    judged = browser.evaluate("osteon.screen.judged()")
    assert judged["right"] in (0, 1, 2)
    browser.evaluate("document.querySelector('[data-choice=\"0\"]').click()")
    said = browser.until("document.querySelector('#said svg') && document.querySelector('#said').textContent")
    assert ("So says the model" in said) == (judged["right"] == 0)
    if key == "rebound":
        assert judged["right"] == 0


def test_cells_are_told_as_intervals_and_causes_beyond_chance():
    asked = DoseResponse.model_validate(
        {
            "species": ["rat"],
            "sources": ["umbilical_cord"],
            "routes": ["intravenous"],
            "doses": ["2e6 cells/kg", "5e7 cells/kg"],
            "at": "3 months",
            "parameter_draws": 24,
        }
    )
    small, large = live_cells._rows(asked, ("rat", "umbilical_cord", "intravenous"), 24, (2e6, 5e7))
    for row in (small, large):
        assert all(len(row[k]) == 2 and row[k][0] <= row[k][1] for k in ("benefit", "embolism", "death"))
        assert row["evidence"] == "animal" and "best" not in row and "value" not in row
    assert large["embolism"][1] > small["embolism"][1]
    assert all(abs(r) > live_cells.CHANCE / 24**0.5 for _, r in large["causes"])
    stream = np.random.default_rng(1)
    alone = {f"p{i}": stream.normal(size=60) for i in range(100)}
    assert live_cells._causes(alone, stream.normal(size=60)) == []
    assert live_cells._causes(alone, alone["p7"] ** 3)[0] == ["p7", 1.0]


@needs_chromium
def test_the_screen_of_cells_is_there_only_with_its_rows(tmp_path, monkeypatch, browser):
    assert "Cells" not in browser.evaluate("document.querySelector('#screens').textContent")
    row = {
        "species": "human",
        "source": "adipose",
        "route": "intravenous",
        "dose": 2e6,
        "benefit": [-0.1, 0.4],
        "embolism": [0.002, 0.009],
    }
    row |= {"death": [0.0, 0.001], "evidence": "assumed", "extrapolated": False, "causes": [["translation", 0.6]]}
    cord = {"source": "umbilical_cord", "route": "intramedullary"}
    rows = [row, row | cord, row | cord | {"species": "rat", "benefit": [0.0, 130.0]}]
    words = {
        "human": "woman",
        "rat": "rat",
        "umbilical_cord": "cord",
        "intramedullary": "into the femur",
        "adipose": "fat",
        "intravenous": "into a vein",
    }
    monkeypatch.setattr(live_cells, "cell_table", lambda: {"rows": rows, "words": words, "months": 12, "draws": 60})
    browser.open(write_live_page(tmp_path / "cells.html", cells=True).as_uri())
    browser.until("window.osteon?.sets[0].line")
    browser.evaluate("document.querySelector('[data-screen=\"cells\"]').click()")
    said = browser.evaluate("document.querySelector('#screen').textContent")
    browser.evaluate("osteon.show('lesson')")
    browser.evaluate("osteon.screen.pressed(document.querySelector('[data-task=\"rats\"]'))")
    assert browser.evaluate("osteon.screen.judged().right") == 2
    browser.evaluate("document.querySelector('[data-choice=\"2\"]').click()")
    assert "So says the model" in browser.evaluate("document.querySelector('#said').textContent")
    assert "0.1 to +0.4 %" in said and "2.0 to 9.0" in said and "Nothing at all is among the answers" in said


def test_the_map_is_drawn_from_the_equations():
    model = full_model()
    found = map_of(model, outputs_of(model))
    names = {n["name"] for n in found["nodes"]}
    edges = {(e["from"], e["to"]) for e in found["edges"]}
    assert {("denosumab", "rankl"), ("rankl", "osteoclasts"), ("osteoclasts", "skeleton")} <= edges
    assert all(a in names and b in names and a != b for a, b in edges)
    assert [s["output"] for s in found["chain"]][:2] == ["rankl", "osteoclasts"]
