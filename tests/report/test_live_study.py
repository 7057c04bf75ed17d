"""The page of a study: its own drugs, its arms as plans, its typical person, people who may enter it; and in a notebook's frame."""

import gzip
import json
import re
from base64 import b64decode
from pathlib import Path

import numpy as np
import pytest
from tests.browsers import Chromium, Firefox, found

import osteon as ost
from osteon.app.actions import page as page_command
from osteon.errors import Unsupported
from osteon.inputs import read_scenario, read_study
from osteon.io import toml
from osteon.io.toml_out import to_toml
from osteon.report.live import live_page
from osteon.report.live_cells import cells_of_study
from osteon.report.live_study import arms_of_study, cell_arms, persons_shown
from osteon.simulation.scenario import simulate_scenario

needs_chromium = pytest.mark.skipif(not found("chromium"), reason="no Chromium here; ./dev browsers installs it")
needs_firefox = pytest.mark.skipif(not found("firefox"), reason="no Firefox here; ./dev browsers installs it")
READY = "window.osteon?.sets[0].line && osteon.sets[0].unknown.length > 0"
RESTED = "window.osteon?.sets[0].rested && osteon.sets[0].line.rtol === 1e-6"
STUDY = {
    "format": 1,
    "title": "Denosumab, or alendronate",
    "population": {"cohort": "freedom", "patients_per_arm": 20, "eligible": ["age >= 65 years", "t_total_hip <= -1.5"]},
    "design": {"duration": "36 months", "visits": ["0 months", "36 months"], "background": [{"name": "calcium", "dose": "1000 mg/day"}]},
    "arm": [
        {"name": "alendronate", "regimen": [{"drug": "alendronate", "dose": "70 mg", "route": "oral", "every": "1 week"}]},
        {"name": "denosumab", "regimen": [{"drug": "denosumab", "dose": "60 mg", "route": "subcutaneous", "every": "6 months"}]},
    ],
    "endpoint": [{"name": "bmd_total_hip", "visit": "36 months", "compare": "alendronate"}],
}  # fmt: skip


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    (folder / "study.toml").write_text(to_toml(STUDY), encoding="utf-8")
    page_command(str(folder / "study.toml"), str(folder / "page.html"))
    return folder / "page.html"


def packed(path, part):
    text = re.search(r'id="packed">(.*?)</script>', path.read_text(encoding="utf-8"), re.S)[1]
    return json.loads(gzip.decompress(b64decode(json.loads(text)[part])))


def test_it_holds_the_drugs_of_the_study_alone(page):
    about = packed(page, "about")
    assert set(about["drugs"]) == {"alendronate", "denosumab"}
    assert page.stat().st_size < 600_000
    assert about["arms"][0]["words"] == "this study: alendronate"
    assert [h["name"] for h in about["start"]["habits"]] == ["calcium"]
    assert about["start"]["months"] == 36 and about["start"]["arm"] == "study/1"
    assert (
        about["start"]["plans"][0][0]["drug"] == "denosumab" and about["start"]["plans"][1][0]["drug"] == "alendronate"
    )


def test_its_people_are_those_whom_a_run_would_draw(page):
    _, patients = persons_shown(read_study(STUDY, "study.toml"))
    ages = packed(page, "data")["cohort"]["parameters"]["age_at_start"]
    assert np.allclose(ages, patients.covariates["age"], rtol=1e-6) and min(ages) >= 65
    assert patients.covariates["t_total_hip"].max() <= -1.5


@needs_chromium
def test_its_numbers_are_those_of_the_command(page):
    with Chromium() as browser:
        browser.open(page.as_uri())
        browser.until(RESTED)
        assert "this study: denosumab" in browser.evaluate(
            "document.querySelector('#arm').selectedOptions[0].textContent"
        )
        text = browser.evaluate("osteon.act('toml').then(() => osteon.copied)")
        names = browser.evaluate("osteon.page.outputs")
        line = np.array(browser.evaluate("Array.from(osteon.sets[0].line.values)")).reshape(-1, len(names))
        table = toml.parse(text.encode(), "scenario.toml")
        assert table["habit"][0]["name"] == "calcium"
        table["output"] = {"end": "36 months", "at": "12 months", "of": ["bmd_total_hip", "ctx"], "as": "value"}
        for row in simulate_scenario(read_scenario(table, "scenario.toml")).rows:
            here = line[round(row["months"]), names.index(row["output"])]
            assert abs(here - row["value"]) <= 1e-5 * abs(row["value"]), row  # other drugs are compiled: other steps
        browser.evaluate("osteon.show('cohort')")
        browser.until("!osteon.screen.busy")
        assert "may enter" in browser.evaluate("document.querySelector('#h-say').textContent")
        browser.evaluate("osteon.show('compare')")
        browser.until("osteon.sets[1].rested")
        assert "plan B (alendronate) against plan A (denosumab)" in browser.evaluate(
            "document.querySelector('#say').textContent"
        )
        assert browser.faults == []


CELLS = {"source": "adipose", "dose": "1.5e6 cells/kg", "route": "intravenous", "at": ["0 months", "3 months"]}
WITH_CELLS = STUDY | {"arm": [*STUDY["arm"], {"name": "fat cells", "cells": [CELLS]}]}


def test_an_arm_with_cells_stands_on_the_screen_of_cells_and_on_no_persons_course():
    study = read_study(WITH_CELLS, "study.toml")
    arms = arms_of_study(study)
    assert [a["words"] for a in arms][-1] == "this study: fat cells, without its cells" and arms[-1]["plan"] == []
    table = cells_of_study(cell_arms(study), draws=20)
    (arm,) = table["arms"]
    assert arm["arm"] == "fat cells" and arm["dose"] == 1.5e6 and "day 0, 91.3125" in arm["words"]
    rows = [
        r for r in table["rows"] if (r["source"], r["route"], r["dose"]) == (arm["source"], arm["route"], arm["dose"])
    ]
    assert {r["species"] for r in rows} == {"human", "rat", "mouse"}
    assert all(r["benefit"][0] <= r["benefit"][1] and 0 <= r["death"][0] <= r["death"][1] <= 1 for r in rows)
    assert not {"best", "estimate", "value"} & set(table) and not any("value" in r for r in rows)


def test_vesicles_of_an_arm_are_named_and_have_no_row_of_cells():
    vesicles = CELLS | {"product": "exosomes", "dose": "1e9 particles/kg", "at": ["0 months"]}
    study = read_study(STUDY | {"arm": [*STUDY["arm"], {"name": "vesicles", "cells": [vesicles]}]}, "study.toml")
    table = cells_of_study(cell_arms(study), draws=20)
    assert table["rows"] == [] and table["arms"][0]["source"] is None and "exosomes" in table["arms"][0]["words"]


@needs_chromium
def test_a_study_with_a_cell_arm_has_a_page(tmp_path):
    page = tmp_path / "page.html"
    page.write_text(live_page(study=read_study(WITH_CELLS, "study.toml")), encoding="utf-8")
    with Chromium() as browser:
        browser.open(page.as_uri())
        browser.until(READY)
        browser.evaluate("osteon.show('cells')")
        said = browser.until("document.querySelector('#screen').textContent")
        assert "fat cells: 1.5e+06 cells/kg" in said and "this study: fat cells" in said
        assert "No dose here is called the best" in said
        browser.evaluate("document.querySelector('[data-given]').click()")
        assert browser.evaluate("document.querySelectorAll('#doses tbody tr').length") == 5
        assert browser.faults == []


def test_what_a_page_cannot_hold_is_refused_by_name():
    rule = "t_total_hip > -1.5 and t_lumbar_spine > -1.5"
    arm = STUDY["arm"][1] | {"regimen": [STUDY["arm"][1]["regimen"][0] | {"stop_when": rule}]}
    study = read_study(STUDY | {"arm": [STUDY["arm"][0], arm]}, "study.toml")
    with pytest.raises(Unsupported, match="several"):
        arms_of_study(study)


def test_an_arm_without_drugs_is_a_plan_without_courses():
    study = read_study(
        STUDY
        | {"arm": [{"name": "placebo"}, STUDY["arm"][1]], "endpoint": [STUDY["endpoint"][0] | {"compare": "placebo"}]},
        "s",
    )
    assert [a["plan"] for a in arms_of_study(study)][0] == []


def test_a_study_without_drugs_is_a_page_too():
    arms = [{"name": "as they are"}, {"name": "exercise", "habit": [{"name": "exercise", "kind": "impact"}]}]
    study = read_study(STUDY | {"arm": arms, "endpoint": [STUDY["endpoint"][0] | {"compare": "as they are"}]}, "s")
    assert 'id="packed"' in live_page(study=study)
    assert [len(a["habits"]) for a in arms_of_study(study)] == [1, 2]


@pytest.mark.parametrize(
    "kind", [pytest.param(Chromium, marks=needs_chromium), pytest.param(Firefox, marks=needs_firefox)]
)
def test_a_notebook_shows_it_in_a_sandboxed_frame(tmp_path, kind):
    made = ost.page(out=tmp_path / "page.html", drugs=["denosumab"])
    shown = made._repr_html_()
    assert shown.startswith("<iframe sandbox=") and "allow-same-origin" not in shown
    tell = "<script>addEventListener('message', (e) => { document.title = e.data; });</script>"
    own = made.read_text(encoding="utf-8")
    says = "<script>(function look() { const s = document.querySelector('#say')?.textContent ?? ''; if (s.includes('woman')) parent.postMessage(s, '*'); else setTimeout(look, 50); })();</script></body>"
    made.write_text(own.replace("</body>", says), encoding="utf-8")
    (tmp_path / "notebook.html").write_text(
        f"<!doctype html><title>…</title>{tell}{made._repr_html_()}", encoding="utf-8"
    )
    with kind() as browser:
        browser.open((tmp_path / "notebook.html").as_uri())
        browser.until("document.title.includes('woman of 66')")
        assert browser.evaluate("(() => { try { return frames[0].document === null; } catch { return true; } })()")


def test_a_study_of_animals_is_refused_in_one_sentence(tmp_path):
    from osteon.app.actions import page

    with pytest.raises(Unsupported, match="no study of animals"):
        page(
            str(Path(__file__).resolve().parents[2] / "examples" / "animals" / "ovx_rats.toml"),
            str(tmp_path / "page.html"),
        )
