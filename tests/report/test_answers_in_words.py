"""What a person reads of an answer: nothing is left out unsaid, a figure of cells has its interval and label, 80 columns hold."""

import json
import re

import pytest

from osteon.cli import main
from osteon.inputs import read_scenario
from osteon.report.scenario_tables import LINES, scenario_table
from osteon.report.tables import endpoint_table, mean_of
from osteon.simulation.scenario import simulate_scenario
from osteon.trial.run import run

CELLS = {"source": "umbilical_cord", "dose": "2e6 cells/kg", "route": "intravenous", "at": ["0 months"]}


def row(month, output="calcium", value=None, **more):
    base = {"months": month, "output": output, "value": 2.3 if value is None else value, "unit": "mmol/L"}
    return base | {"lo90": None, "hi90": None, "evidence": "human"} | more


def test_a_table_that_drops_rows_says_so_and_holds_every_extreme():
    rows = [row(m / 4, value=2.71 if m == 33 else 2.02 if m == 78 else 2.3) for m in range(121)]
    text = scenario_table(rows)
    body = [line for line in text.splitlines() if re.match(r" *[\d.]+ +[\d.]+$", line)]
    assert len(body) <= LINES + 2
    assert f"{len(body)} of 121 times are shown" in text
    assert "calcium: 2.02 (month 19.5) to 2.71 (month 8.25) mmol/L" in text
    assert any("2.71" in line for line in body) and any("2.02" in line for line in body)
    assert body[0].split()[0] == "0" and body[-1].split()[0] == "30"


def test_a_table_of_few_rows_is_whole_and_says_nothing_of_others():
    assert "are shown" not in scenario_table([row(m) for m in range(LINES)])


def test_a_table_fits_a_terminal_and_shows_the_band():
    names = ["bmd_total_hip", "bmd_lumbar_spine", "bmd_femoral_neck", "ctx", "p1np", "bsap", "pth"]
    text = scenario_table([row(m, n, -12.345, lo90=-13.456, hi90=-11.234) for n in names for m in range(50)])
    assert max(map(len, text.splitlines())) <= 80
    assert "-12.35 (-13.5 to -11.2)" in text and "(90 %)" in text
    assert all(n in text for n in names)


def test_what_outputs_rest_on_is_told_by_output_where_they_differ():
    text = scenario_table([row(0), row(0, "viable_cells", evidence="animal"), row(0, "bmd", evidence="assumed")])
    assert "animal data: viable_cells; assumption: bmd; human data: calcium." in text
    assert "Rests on: assumption. " in scenario_table([row(0, evidence="assumed")])


@pytest.mark.parametrize("form", ["percent_change", "incidence"])
def test_no_mean_stands_without_its_interval(form):
    r = {"mean": 3.0, "lo": 1.0, "hi": 5.0, "as": form, "events": 3, "evidence": "assumed"}
    assert "1.0" in mean_of(r) and "5.0" in mean_of(r)
    assert mean_of(r | {"lo": None, "hi": None, "as": "percent_change"}) == "no interval"


def study(**arm):
    return {
        "format": 1,
        "title": "t",
        "population": {"cohort": {"age": "66 years"}, "patients_per_arm": 6},
        "design": {"duration": "6 months", "visits": ["0 months", "6 months"], "dropout": "5 percent/year"},
        "arm": [{"name": "cells", "cells": [CELLS]}, {"name": "none"}],
        "endpoint": [
            {"name": "bmd_total_hip", "visit": "6 months", "compare": "cells"},
            {"name": "ctx", "visit": "6 months"},
        ],
    }


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    from tests.trial.test_study_numbers import written

    folder = tmp_path_factory.mktemp("celled")
    path = written(study(), folder / "s.toml")
    return path, run(path, folder / "run")


def test_every_row_that_cells_touch_is_labelled(finished):
    rows = {(r["arm"], r["endpoint"]): r for r in finished[1]["endpoints"]}
    assert rows["cells", "ctx"]["evidence"] == "assumed" and rows["none", "ctx"]["evidence"] == "human"
    against = rows["none", "bmd_total_hip"]  # its difference is what cells do, turned round
    assert against["evidence"] == "assumed" and "patients_needed_90" not in against
    text = endpoint_table(finished[1]["endpoints"])
    for line in text.splitlines()[2:]:
        assert re.search(r"\(.+ to .+\)", line) and line.rstrip().endswith(("assumption", "human data"))


def test_a_run_tells_what_it_assumes_on_every_face(finished, tmp_path, capsys):
    path, _ = finished
    told = [
        "Not given of the patients, so taken: ",
        "follows from the age",
        "Deaths are not simulated",
        "One trial in the central draw of the parameters",
        "Who leaves does so by chance",
        "cells: Not given of the cells: a newborn donor",
    ]
    told.remove("Deaths are not simulated")  # no drug and no fracture is asked for
    assert main(["run", str(path), "--out", str(tmp_path / "a")]) == 0
    stdout = re.sub(r"\s+", " ", capsys.readouterr().out)
    assert all(t in stdout for t in told)
    assert "what cells add" in stdout and "carried over from animals" in stdout
    assert main(["run", str(path), "--out", str(tmp_path / "b"), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert all(any(t in n for n in answer["notes"]) for t in told)
    page = (tmp_path / "a" / "report.html").read_text(encoding="utf-8")
    assert all(t in page for t in told) and "Arms with cells have no line here" in page


def notes_of(**more):
    scenario = read_scenario({"format": 1, "output": {"end": "1 month", "of": ["bmd_total_hip"]}, **more})
    return " ".join(simulate_scenario(scenario).notes)


def test_a_scenario_tells_what_it_assumes():
    age_alone = notes_of(person={"age": "66 years"})
    for words in (
        "final period at 49.5 years",
        "weight 64.8 kg",
        "never smoked",
        "T-score of the spine",
        "no interval",
    ):
        assert words in age_alone
    full = {
        "age": "66 years",
        "years_since_menopause": "16 years",
        "weight": "150 lb",
        "height": "65 inches",
        "smoking": "never",
        "alcohol": "0 units/day",
        "prior_fractures": [],
    }
    told = notes_of(person=full, habit=[{"name": "calcium"}, {"name": "exercise"}])
    assert "usual for" not in told
    assert "The dose of 'calcium' is not given: 1000 mg/day." in told
    assert "The kind of 'exercise' is not given: resistance and impact." in told


def test_replays_and_dose_response_studies_tell_what_they_assume():
    from osteon.inputs import read_dose_response
    from osteon.trial.assumptions import assumed_in_dose_response, assumed_in_replay

    grid = {"species": ["human"], "sources": ["bone_marrow"], "routes": ["intravenous"], "doses": ["1e6 cells/kg"]}
    file = read_dose_response({"format": 1, "title": "t", "dose_response": grid | {"passage": 4}})
    told = " ".join(assumed_in_dose_response(file.dose_response))
    assert "viability 90%" in told and "in Ringer's" in told and "passage" not in told
    few = assumed_in_replay({"A": {"t_total_hip": "-1.6: mean"}, "B": {}})
    assert few[0] == "Not published by A and taken as usual for trials: T-score of the hip."
    many = assumed_in_replay({c: {"bmi": "26: mean"} for c in "ABCDE"})
    assert len(many) == 2 and "5 cohorts" in many[0]
