"""Every other kind of report stands in the same template: sound, readable everywhere, alive where it is of persons."""

import re
from dataclasses import replace

import numpy as np
import pytest
from tests.browsers import found
from tests.browsers.axe import needs_axe
from tests.inference.test_between import straight
from tests.report import looks

from osteon.app import actions
from osteon.charts.scales import moved_apart
from osteon.inference.fit_report import fit_report
from osteon.inputs.product import load_product
from osteon.io import toml
from osteon.replication.effect_rows import EffectRow
from osteon.report.blocks import Figure, Head, Table, Text
from osteon.report.claims_page import write_claims_report
from osteon.report.effect_page import write_effect_page
from osteon.report.experiment_page import write_experiment_report
from osteon.report.first_in_human_page import write_first_in_human
from osteon.report.fit_page import write_fit_report
from osteon.report.live_section import link_of, live_of_study
from osteon.report.replica_page import in_order
from osteon.report.sensitivity_page import write_sensitivity_page
from osteon.simulation.fits import Fit
from osteon.trial.first_in_human import plan_first_in_human

needs_chromium = pytest.mark.skipif(not found("chromium"), reason="no Chromium here; ./dev browsers installs it")
EXAMPLES = looks.ROOT / "examples"


@pytest.fixture(scope="module")
def scenario(tmp_path_factory):
    folder = tmp_path_factory.mktemp("person")
    actions.simulate(
        str(EXAMPLES / "scenario_woman.toml"), None, 1, report=str(folder / "r.html"), figure=str(folder / "f.svg")
    )
    return folder


@pytest.fixture(scope="module")
def replay(tmp_path_factory):
    path = tmp_path_factory.mktemp("replay") / "r.html"
    actions.replicate(("DEFEND",), False, 6, 1, str(path), live=False)
    return path


@pytest.fixture(scope="module")
def experiments(tmp_path_factory):
    path = tmp_path_factory.mktemp("experiments") / "r.html"
    write_experiment_report(path, ["T1-13"], draws=3)
    return path


def claim(id, verdict="holds", **more):
    row = {
        "id": id,
        "verdict": verdict,
        "status": verdict,
        "basis": "fitted",
        "figure": "CTX −80 %",
        "evidence": "human",
        "claim": "It <holds>",
    }
    return (
        row | {"differs": "", "at_fault": "", "because": "", "twin": "", "mutation_score": 0.1, "turned_by": []} | more
    )


@pytest.fixture(scope="module")
def claims(tmp_path_factory):
    path = tmp_path_factory.mktemp("claims") / "r.html"
    failing = claim("C2", "fails", at_fault="model", because="no mechanism", mutation_score=None)
    write_claims_report(
        path, [claim("C1"), failing, claim("C3", "unmoved", status="unmoved", basis="", evidence="animal")]
    )
    return path


@pytest.fixture(scope="module")
def sensitivity(tmp_path_factory):
    base = {
        "output": "bmd_total_hip",
        "where": "",
        "months": 12.0,
        "output_unit": "percent",
        "unit": "1",
        "prior": "log-normal",
        "value": 1.0,
    }
    rows = [
        base | {"parameter": f"k_{i}", "kind": kind, "rank": i + 1, "low": 2.0 - i, "high": 5.0, "typical": 3.0}
        for i, kind in enumerate(("fitted", "assumed", "measured"))
    ]
    return write_sensitivity_page(
        tmp_path_factory.mktemp("sens") / "r.html", "a woman", "Each alone.", rows, [rows[1]], ["A note."], 1
    )


@pytest.fixture(scope="module")
def fit(tmp_path_factory):
    linear = straight()
    names = linear.where.names
    values = {n: float(v[0]) for n, v in linear.where.from_points(linear.point).items()}
    made = Fit("made", values, names, ("log",) * len(names), (0.01 * np.eye(len(names))).tolist())
    return write_fit_report(tmp_path_factory.mktemp("fit") / "out", fit_report(linear, made, made))[0]


@pytest.fixture(scope="module")
def effects(tmp_path_factory):
    path = tmp_path_factory.mktemp("effects") / "r.html"
    long = "umbilical-cord mesenchymal stem cells, one million a kilogram"
    row = EffectRow(
        "uejima2009", "Uejima 2009", "rat", long, "trabecular bone volume of the femur", "percent_vs_untreated", 56.0, "holdout",
        120.0, None, None, "", 310.0, -40.0, 420.0, "percent", "", False, "", "read from a figure",
    )  # fmt: skip
    inside = replace(row, id="b", study="Ocarino 2010", inside=True, simulated=80.0, role="calibrate")
    way = replace(row, id="c", published=None, expected="up", simulated=5.0, lo90=-1.0, hi90=9.0)
    write_effect_page(
        path,
        [
            ("Drugs in animals", [row, inside]),
            ("Cells", [way, replace(row, id="d", simulated=None, inside=None, reason="not run")]),
        ],
        1,
    )
    return path


@pytest.fixture(scope="module")
def first_in_human(tmp_path_factory):
    plan = plan_first_in_human(load_product(EXAMPLES / "product_cord_cells.toml"))
    return write_first_in_human(tmp_path_factory.mktemp("fih") / "out", plan)


KINDS = ["scenario", "replay", "experiments", "claims", "sensitivity", "fit", "effects", "first_in_human"]


def path_of(kind, request):
    value = request.getfixturevalue(kind)
    return value / "r.html" if kind == "scenario" else value


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_sound(kind, request):
    looks.is_a_sound_page(path_of(kind, request))


@needs_chromium
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_reads_well(kind, request):
    looks.asks_for_nothing(path_of(kind, request))
    looks.is_readable_everywhere(path_of(kind, request))


@needs_chromium
@needs_axe
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_breaks_no_rule_of_accessibility(kind, request):
    looks.breaks_no_rule(path_of(kind, request))


def test_an_arm_that_is_given_nothing_is_the_comparator_in_every_figure_of_a_replay():
    assert in_order("DEFEND", ["denosumab", "placebo"]) == ["placebo", "denosumab"]
    assert in_order("DATA", ["denosumab", "other"])[-1] == "other"


@needs_chromium
def test_the_living_page_says_what_the_report_says(scenario):
    said, state = looks.is_alive(scenario / "r.html")
    text = (scenario / "r.html").read_text(encoding="utf-8")
    hip = re.search(r"Total hip BMD is ([\d.]+) % (lower|higher) by month 48", text)
    assert f"{'−' if hip[2] == 'lower' else '+'}{hip[1]} %" in said
    assert [c["drug"] for c in state["plans"][0]] == ["alendronate", "denosumab"] and state["months"] == 48


def test_a_report_without_the_living_page_runs_no_script_but_its_own(replay, scenario):
    alive, plain = ((p).read_text(encoding="utf-8") for p in (scenario / "r.html", replay))
    assert "<div data-live" in alive and "wasm-unsafe-eval" in alive
    assert "<div data-live" not in plain and "'unsafe-inline'" not in re.search(r"script-src ([^;]*)", plain)[1]
    assert (scenario / "r.html").stat().st_size < 1_000_000


def test_a_figure_as_a_file_stands_alone(scenario):
    svg = (scenario / "f.svg").read_text(encoding="utf-8")
    assert (
        svg.startswith("<svg xmlns")
        and "var(" not in svg
        and "Total hip BMD" in svg
        and "Alendronate, then denosumab" in svg
    )


def test_arms_open_with_their_own_plans_and_cells_are_left_out():
    from osteon.inputs import read_study

    live = live_of_study(read_study(toml.read(EXAMPLES / "study.toml"), "study.toml"))
    assert [words for words, _ in live.openings] == ["Open with denosumab"] and "cord cells" in live.words
    assert link_of({"a": "é"}) == "eyJhIjoiw6kifQ"


def test_words_are_escaped_and_formulas_of_a_file_are_text(claims):
    text = claims.read_text(encoding="utf-8")
    assert "It &lt;holds&gt;" in text and "<holds>" not in text
    table = Table("T", [Head("a"), Head("b")], [["=1+1", "2"]])
    _, body = looks.file_of(table.address)
    assert body.decode() == "a,b\n'=1+1,2\n"
    assert Text("x").look == "" and Figure("Hip, %", lambda n: None, "").name == "hip"


def test_labels_are_moved_apart_in_their_order():
    assert moved_apart([10, 10, 10], 5) == pytest.approx([5, 10, 15], abs=1e-5)
