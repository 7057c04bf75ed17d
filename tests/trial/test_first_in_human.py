"""A first trial: starts three ways, margins, rules, proof; never a best dose, fewer fractures, or no harm."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from osteon.cli import main
from osteon.errors import Unsupported
from osteon.inputs.product import read_product
from osteon.io import toml
from osteon.trial.first_in_human import (
    FIRST_IN_HUMAN_CEILING,
    SAFETY_FACTOR,
    burden_of_cells,
    dose_levels,
    plan_first_in_human,
    sampling_plan,
    starting_doses,
    stopping_rules,
)
from osteon.trial.first_in_human import given_of as dose_of
from osteon.trial.proof_of_concept import posterior, proof_row

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "product_cord_cells.toml"
TABLE = toml.read(EXAMPLE)


def product(**changed):
    return read_product(TABLE | {"product": TABLE["product"] | changed}).product


@pytest.fixture(scope="module")
def plan():
    return plan_first_in_human(read_product(TABLE))


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    out = tmp_path_factory.mktemp("fih") / "plan"
    assert main(["first-in-human", str(EXAMPLE), "--out", str(out)]) == 0
    return out


def test_the_start_is_the_lowest_of_three_ways_and_each_says_why(plan):
    *ways, start = plan.starts
    assert len(ways) == 3 and start.cells_per_kg <= min(w.cells_per_kg for w in ways)
    assert all(w.reason for w in plan.starts)
    by_weight, by_capillary, _ = (w.cells_per_kg for w in ways)
    assert by_capillary == pytest.approx(by_weight / 10) and SAFETY_FACTOR == 10


def test_larger_later_and_procoagulant_cells_start_lower_and_so_do_routes_that_send_more_to_the_lung():
    def burden(**changed):
        return burden_of_cells(dose_of(product(**changed)))

    assert burden(passage=8) > burden() > burden(culture="spheroid")
    assert burden(route="local", site="femur_left") < 0.1 * burden()
    starts = [starting_doses(product(passage=p), 1)[0].cells_per_kg for p in (2, 8)]
    assert starts[0] > starts[1]


def test_levels_rise_with_their_risks_and_end_where_people_were_given_less_or_the_upper_end_is_high(plan):
    doses = [v.cells_per_kg for v in plan.levels]
    assert doses == sorted(doses) and len(set(doses)) == len(doses) and max(doses) <= 1e7
    for name in ("embolism_hi90", "death_hi90"):
        assert np.all(np.diff([getattr(v, name) for v in plan.levels]) >= 0)
    assert all(v.embolism_hi90 <= FIRST_IN_HUMAN_CEILING and v.embolism_hi90 > 0 for v in plan.levels)
    assert all(v.margin_by_capillary == pytest.approx(v.margin_by_weight / 10) for v in plan.levels)
    wanted = read_product(TABLE | {"first_in_human": {"levels": 8, "step": 10.0}}).first_in_human
    assert max(v.cells_per_kg for v in dose_levels(product(), wanted, plan.starts, 1)) <= 1e7


def test_rules_stop_when_patients_are_harmed_and_go_up_when_they_are_not(plan):
    for rule in ("three_plus_three", "boin", "crm"):
        found = {o.scenario: o for o in plan.operating if o.rule == rule}
        calm, harmed = found["nothing but the background"], found["half of the patients"]
        assert calm.chance_none < 0.1 < harmed.chance_none and harmed.patients < calm.patients
        assert calm.recommended[-1] > 0.5 and sum(calm.recommended) + calm.chance_none == pytest.approx(1)


def test_more_events_are_needed_to_close_a_dose_the_more_patients_it_has():
    rules = stopping_rules(read_product(TABLE).first_in_human)
    assert [r.patients for r in rules] == [3, 6, 9, 12]
    assert [r.events for r in rules] == sorted(r.events for r in rules) and rules[0].events >= 1


def test_samples_are_shares_of_a_dose_that_add_up_and_the_lung_comes_first():
    rows = sampling_plan(dose_of(product(), 1e6), 66.0, 1)
    first = [r for r in rows if r.day == rows[0].day]
    assert max(first, key=lambda r: r.label_lo90).organ == "lung"
    for day in {r.day for r in rows}:
        assert sum(r.label_lo90 for r in rows if r.day == day) <= 1 + 1e-9
    assert all(0 <= r.label_lo90 <= r.label_hi90 <= 1 + 1e-9 and r.viable_hi90 <= 1 for r in rows)


def test_assurance_rises_with_patients_and_never_passes_the_chance_that_there_is_an_effect():
    rng = np.random.default_rng(1)
    effects = np.where(rng.random(4000) < 0.4, 0.0, np.abs(rng.normal(2.0, 0.5, 4000)))
    rows = [proof_row("bmd_lumbar_spine", 12.0, 1.0, effects, n) for n in (20, 80, 2000)]
    assert rows[0].assurance < rows[1].assurance < rows[2].assurance < 0.63
    assert rows[2].go == pytest.approx(0.6, abs=0.04) and rows[2].no_go == pytest.approx(0.4, abs=0.04)
    assert rows[2].chance_nothing == pytest.approx(0.4, abs=0.03)
    turned = proof_row("ctx", 3.0, -1.0, -10 * effects, 80)
    assert turned.assurance == pytest.approx(proof_row("p1np", 3.0, 1.0, 10 * effects, 80).assurance)


def test_a_result_moves_the_posterior_towards_itself_and_large_trials_more():
    effects = np.random.default_rng(2).normal(1.0, 1.0, 20_000)
    small, large = (posterior(effects, se, 3.0, 1.0, 0.1) for se in (1.0, 0.2))
    assert 1.0 < small.median < large.median < 3.0
    assert small.median == pytest.approx(2.0, abs=0.06)  # conjugate normal: halfway
    assert large.hi90 - large.lo90 < small.hi90 - small.lo90


def test_a_route_without_margins_is_refused_by_name():
    with pytest.raises(Unsupported, match="artery"):
        plan_first_in_human(read_product(TABLE | {"product": TABLE["product"] | {"route": "intra_arterial"}}))


def test_the_first_page_says_what_is_known_unknown_and_would_stop_it_and_nothing_that_may_not_be_said(written):
    text = re.sub(r"<style>.*?</style>|<[^>]+>", " ", (written / "report.html").read_text(encoding="utf-8"), flags=re.S)
    places = [text.index(h) for h in ("What is known", "What is not known", "What would stop us", "Where to start")]
    assert places == sorted(places)
    assert "no best dose is known" in text and "may be nothing" in text and "Tumours are not excluded" in text
    assert not re.search(r"(recommended|optimal) dose|fewer fractures|no (risk|tumou?rs?)\b|is safe", text, re.I)
    body = json.loads((written / "plan.json").read_text(encoding="utf-8"))
    keys = json.dumps(body)
    assert body["kind"] == "first_in_human" and not re.search(r'"(best_dose|fracture[^"]*|optimal[^"]*)":', keys)


def test_a_lot_that_fails_release_says_so_on_the_first_page():
    failing = plan_first_in_human(read_product(TABLE | {"product": TABLE["product"] | {"passage": 12}}))
    assert failing.release_failures and any("not released" in w for w in failing.would_stop)


def test_nothing_is_written_on_a_bad_file_or_over_a_folder_that_holds_something(written, tmp_path, capsys):
    bad = tmp_path / "bad.toml"
    bad.write_text(
        EXAMPLE.read_text(encoding="utf-8").replace('"umbilical_cord"', '"cord"').replace('"thawed"', '"frosty"'),
        encoding="utf-8",
    )
    assert main(["first-in-human", str(bad), "--out", str(tmp_path / "out")]) == 2
    assert not (tmp_path / "out").exists() and "cord" in (err := capsys.readouterr().err) and "frosty" in err
    assert main(["first-in-human", str(EXAMPLE), "--out", str(written)]) == 2
