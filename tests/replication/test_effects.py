"""Scorecards of effects: every row is run, roles were set in files, a model without the mechanism does badly."""

import json
from dataclasses import replace

import pytest

from osteon.evidence.animal_effects import load_animal_effects
from osteon.replication import animal_drugs
from osteon.replication.animal_drugs import scored, table_of
from osteon.replication.cell_evidence import effect_rows, effects, kinetic_rows
from osteon.replication.effect_rows import EffectRow, direction_of, summaries
from osteon.report.effect_page import effect_table, forest_figure, summary_table, write_effect_page


def effect(**what):
    return next(e for e in load_animal_effects() if all(getattr(e, k) == v for k, v in what.items()))


def test_the_table_of_animal_effects_is_read_and_every_design_is_a_scenario_that_can_be_read():
    from osteon.inputs import read_scenario

    found = load_animal_effects()
    assert len(found) >= 60 and {e.role for e in found} == {"calibrate", "holdout"}
    assert len({e.study for e in found}) > 30 and {e.species for e in found} >= {
        "rat",
        "mouse",
        "rabbit",
        "dog",
        "monkey",
    }
    for e in found:
        read_scenario(table_of(e))


def test_rows_are_scored_with_their_own_untreated_and_intact_animals():
    loss = scored(effect(study="Wronski 1988 oestradiol", drug=""), draws=6)
    assert loss.published == pytest.approx(-54.7) and loss.simulated < -30 and loss.lo90 < loss.simulated < loss.hi90
    kept = scored(effect(study="Wronski 1988 oestradiol", dose="50 ug/kg"), draws=2)
    assert kept.simulated > loss.simulated + 30
    treated = scored(effect(study="Ominsky 2011 monkey", output="ctx"), draws=2)
    assert (treated.expected, treated.direction, treated.inside) == ("down", "down", True)


def test_a_drug_that_does_nothing_misses_its_row():
    row = effect(study="Ominsky 2011 monkey", output="ctx")
    nothing = replace(row, drug="", dose="", route="")
    assert scored(row, draws=2).inside and not scored(nothing, draws=2).inside


def test_what_cannot_be_run_says_why_and_is_not_counted_as_met():
    refused = scored(replace(effect(study="Li 2009"), drug="odanacatib", dose="2 mg/kg", route="oral"), draws=2)
    assert refused.inside is None and "cathepsin" in refused.reason


def test_directions_need_a_real_difference():
    assert [direction_of(r, "bmd_x") for r in (1.01, 1.03, 0.97)] == ["same", "up", "down"]
    assert [direction_of(r, "ctx") for r in (1.03, 1.06, 0.94)] == ["same", "up", "down"]


def made(study, published, simulated, inside=True, role="holdout", expected=""):
    return EffectRow(study, study, "rat", "drug", "bvtv_x", "percent_vs_untreated", 7.0, role, published, None, None,
                     expected, simulated, -10.0, 10.0, "percent", "", inside, "", "")  # fmt: skip


def test_skill_is_one_for_a_perfect_model_none_for_no_effect_and_entailed_rows_are_not_counted():
    rows = [made("a", 50.0, 50.0), made("b", 100.0, 100.0), made("c", None, 5.0, False, expected="up")]
    total = summaries(rows)[0]
    assert (total.rows, total.figures, total.inside, total.directions, total.right) == (3, 2, 2, 1, 0)
    assert (
        total.error == 0 and total.skill_no_effect == 1 and total.skill_class_mean == 1 and total.error_class_mean > 0
    )
    still = summaries([made("a", 50.0, 0.0), made("b", 100.0, 0.0)])[0]
    assert still.skill_no_effect == pytest.approx(0)
    assert summaries([*rows, made("d", 50.0, 0.0, False, "entailed")]) == summaries(rows)


def test_kinetics_and_effects_of_cells_make_sixty_scored_rows_with_their_roles():
    from osteon.replication.experiments import experiment_ids, load_experiment

    rows = kinetic_rows()
    looks = [look for id in experiment_ids() for look in load_experiment(id).looks]
    bases = [look.basis for look in looks]
    assert (
        sum(r.role != "entailed" for r in rows) + len(effects()) + sum(b in ("emergent", "fitted") for b in bases) >= 60
    )
    assert {r.role for r in rows} == {"calibrate", "holdout", "entailed"}
    assert all(r.role == "entailed" for r in rows if r.study.startswith("Thompson"))
    assert {e["role"] for e in effects()} == {"calibrate", "holdout"}


def test_effects_of_cells_are_run_and_an_animal_without_them_misses_those_that_rise(monkeypatch):
    rows = {r.id: r for r in effect_rows(2)}
    assert all(r.inside is not None for r in rows.values())
    assert rows["uejima2009-8"].inside
    import osteon.replication.cell_evidence as engine

    effect_rows.cache_clear()
    run = engine._end
    monkeypatch.setattr(engine, "_end", lambda e, animal, cells, n, seed: run(e, animal, [], n, seed))
    without = {r.id: r for r in effect_rows(2)}
    effect_rows.cache_clear()
    assert not without["uejima2009-8"].inside and without["uejima2009-8"].simulated == pytest.approx(0)


def test_the_page_and_the_tables_hold_every_row(tmp_path):
    rows = [made("first", 50.0, 40.0), made("second <b>", None, 5.0, False, expected="up")]
    write_effect_page(tmp_path / "page.html", [("Part", rows)], 1)
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert (
        "first" in page and "second &lt;b&gt;" in page and "<b>" not in page.split("<body")[1].split("second")[1][:40]
    )
    assert (
        effect_table(rows).count("\n") >= 3
        and "holdout" in summary_table(summaries(rows))
        and "<svg" in forest_figure("Part", rows).inline("f")
    )
    assert json.dumps([r.row() for r in rows])


def test_the_page_of_the_docs_names_every_row_and_the_readme_its_counts():
    from validation.effects import CLOSE, OPEN, PAGE, page, sentence

    from validation import readme

    text = page([made("first", 50.0, 40.0), made("other", 50.0, 400.0, False, role="calibrate")],
                [made("second", 10.0, 9.0), made("third", 10.0, 9.0, role="calibrate")])  # fmt: skip
    assert "| first |" in text and "| second |" in text and "geometric mean" in text
    assert "of animals 1 of 1 numbers and - directions left out, 0 of 1 and - calibrated" in sentence(text)
    written = PAGE.read_text(encoding="utf-8")
    assert all(f"| {e.study} |" in written for e in load_animal_effects())
    told = readme.FILE.read_text(encoding="utf-8")
    assert readme.filled(told, sentence(written), OPEN, CLOSE) == told
    assert readme.filled(told, sentence(text), OPEN, CLOSE) != told


def test_the_command_refuses_cohorts_beside_scorecards():
    from osteon.app.actions import replicate
    from osteon.errors import InputError

    with pytest.raises(InputError, match="apart"):
        replicate(("FREEDOM",), False, 10, 1, None, animals=True)
    assert animal_drugs.ANIMAL_DRUGS_DRAWS >= 20
