"""The report of a study: the answer first, three kinds of spread apart, benefit beside harm, files that can be saved."""

import re

import numpy as np
import pytest
from tests.browsers import found
from tests.browsers.axe import needs_axe
from tests.report import looks
from tests.trial.test_study_numbers import written

from osteon.charts.drawing import SHAPE_ROLES, attributes, figure_css, tokens
from osteon.report.study_data import kaplan_meier, load_run
from osteon.report.study_page import study_report, write_study_report
from osteon.trial.run import run

needs_chromium = pytest.mark.skipif(not found("chromium"), reason="no Chromium here; ./dev browsers installs it")
CELLS = {"source": "umbilical_cord", "dose": "2e6 cells/kg", "route": "intravenous", "at": ["0 months"]}
DMAB = {"drug": "denosumab", "dose": "60 mg", "route": "subcutaneous", "every": "6 months"}
DISTANCE = [
    {"what": "mean age", "asked": 70, "behind": [50, 80], "outside": False, "words": "70 years; cohorts of 50 to 80"}
]


def study():
    return {
        "format": 1,
        "title": "A trial of <everything> & more",
        "question": "Does it hold?",
        "population": {"cohort": "freedom", "patients_per_arm": 24, "eligible": ["t_lumbar_spine <= -1.0"]},
        "design": {
            "duration": "24 months",
            "visits": ["0 months", "12 months", "24 months"],
            "dropout": "9 percent/year",
            "background": [{"name": "calcium", "dose": "1000 mg/day"}],
        },
        "arm": [{"name": "denosumab", "regimen": [DMAB]}, {"name": "placebo"}, {"name": "cord cells", "cells": [CELLS]}],
        "endpoint": [
            {"name": "bmd_total_hip", "visit": "24 months", "compare": "placebo"},
            {"name": "vertebral_fracture", "visit": "24 months", "as": "incidence", "analysis": "log_rank", "compare": "placebo"},
        ],
    }  # fmt: skip


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reported")
    run(written(study(), folder / "s.toml"), folder / "run", seed=3)
    write_study_report(folder / "run", DISTANCE)
    return load_run(folder / "run")


def test_the_page_is_sound_and_its_downloads_are_files(finished):
    page = looks.is_a_sound_page(finished.folder / "report.html")
    text = (finished.folder / "report.html").read_text(encoding="utf-8")
    assert "A trial of &lt;everything&gt; &amp; more" in text and "<everything>" not in text
    names = [a["href"][1:] for a in page.all("a") if a["href"].startswith("#")]
    for part in (
        "answer",
        "design",
        "flow",
        "baseline",
        "time",
        "effect",
        "fractures",
        "patients",
        "balance",
        "cells",
        "power",
        "limits",
        "methods",
        "provenance",
    ):
        assert part in names


def test_the_design_stands_in_words(finished):
    text = (finished.folder / "report.html").read_text(encoding="utf-8")
    for words in (
        "denosumab 60 mg under the skin every 6 months",
        "2\u00a0×\u00a010⁶ cells/kg",
        "spine T-score ≤ −1.0",
        "9 % a year",
        "visits at months 0, 12, 24",
        "Does it hold?",
        "calcium 1000 mg/day",
        "by log-rank test",
    ):
        assert words in text, words


def test_the_flow_counts_every_patient_once(finished):
    counts = finished.seen()
    assert {a: sum(k.values()) for a, k in counts.items()} == dict.fromkeys(finished.arms, 24)
    ends = {r["arm"]: r["observed"] for r in finished.result["endpoints"] if r["endpoint"] == "bmd_total_hip"}
    assert {a: k["seen"] for a, k in counts.items()} == ends


def test_courses_are_those_of_the_endpoints_and_levels_are_apart(finished):
    for row in finished.result["endpoints"]:
        if row["endpoint"] != "bmd_total_hip":
            continue
        course = finished.courses[row["arm"], "bmd_total_hip"]
        assert course.mean[-1] == pytest.approx(row["mean"], abs=1e-9) and course.n[-1] == row["observed"]
        assert course.months[0] == 0 and course.mean[0] == 0
        low, high = course.persons[0][-1], course.persons[1][-1]
        assert low < course.chance[0][-1] < course.mean[-1] < course.chance[1][-1] < high
        assert course.known is not None and course.known[0][-1] < course.known[1][-1]
    cells, drug = (finished.courses[a, "bmd_total_hip"].known for a in ("cord cells", "denosumab"))
    assert cells is not None and drug is not None and all(np.isfinite(cells).ravel())


def test_nobody_is_drawn_through_cells_and_known_parameters_have_no_shade(finished, tmp_path):
    report = study_report(finished)
    figures = [b for s in report.sections for b in s.blocks if b.kind == "figure"]
    course = next(f for f in figures if f.title.startswith("Total hip BMD, change"))
    assert {r["arm"] for r in course.data} == {"denosumab", "placebo", "cord cells"}
    assert "cord cells" not in {r["arm"] for f in figures if "every patient" in f.title for r in f.data}
    known = study() | {"uncertainty": {"parameters": "none"}}
    run(written(known, tmp_path / "k.toml"), tmp_path / "k")
    assert all(c.known is None for c in load_run(tmp_path / "k").courses.values())


def test_first_fractures_are_those_of_the_endpoint(finished):
    curves = {c.name: c for c in finished.survival("vertebral_fracture", 24.0, [0.0, 12.0, 24.0])}
    for row in finished.result["endpoints"]:
        if row["as"] == "incidence":
            assert curves[row["arm"]].percent[-1] == pytest.approx(row["mean"], abs=1e-6)
    assert all(c.at_risk[0] == 24 and list(c.at_risk) == sorted(c.at_risk, reverse=True) for c in curves.values())
    assert finished.number("placebo") == 0 and finished.in_order[0] == "placebo"


def test_everybody_censored_is_no_event():
    assert kaplan_meier(np.array([5.0, 6.0]), np.array([False, False]), [0.0, 5.5]) == ([0.0], [0.0], [2, 1])


def test_the_answer_is_one_sentence_with_numbers_and_what_cannot_be_told(finished):
    text = (finished.folder / "report.html").read_text(encoding="utf-8")
    said = re.sub(r"<[^>]+>", "", re.search(r'<p class="say">(.*?)</p>', text, re.S)[1]).strip()
    assert said.startswith("In 72 virtual patients, denosumab left total hip BMD") and said.endswith(".")
    assert "95 %" in said and "cord cells adds to total hip BMD cannot be determined" in said


def test_a_figure_as_a_file_has_the_colours_of_the_page():
    assert attributes("c2 fi") == f'fill="{tokens()["arm-2"]}"'
    for role in SHAPE_ROLES:
        assert f"svg .{role}{{" in figure_css()
        assert "@" not in attributes(f"c1 {role}")


def test_no_colour_is_written_outside_the_tokens():
    for path in [
        *(looks.ROOT / "src/osteon/charts").glob("*.py"),
        *(looks.ROOT / "src/osteon/report/style").glob("report.*"),
        *(looks.ROOT / "src/osteon/report/templates").glob("*.html"),
    ]:
        if path.name not in ("base.html",):
            text = re.sub(r">>>.*\n.*\n", "", path.read_text(encoding="utf-8"))
            assert not re.search(r"#[0-9a-fA-F]{3,8}\b", text), path.name


@needs_chromium
def test_it_reads_well_at_every_size_and_asks_for_nothing(finished):
    looks.asks_for_nothing(finished.folder / "report.html")
    looks.is_readable_everywhere(finished.folder / "report.html")


@needs_chromium
@needs_axe
def test_it_breaks_no_rule_of_accessibility(finished):
    looks.breaks_no_rule(finished.folder / "report.html")
