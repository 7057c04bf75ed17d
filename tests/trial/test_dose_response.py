"""The surface over dose, route, time and species: intervals beside hazards, the run folder's promises, no best dose."""

import dataclasses

import numpy as np
import pytest
from tests.browsers import found
from tests.browsers.axe import needs_axe, needs_chromium
from tests.report import looks

from osteon.errors import CorruptData, InputError
from osteon.io.run_folder import verify
from osteon.report.dose_response_page import spans, write_dose_response_report
from osteon.report.live_cells import cells_of_points
from osteon.trial import dose_response as dose_response_room
from osteon.trial.dose_response import DoseResponsePoint, resume_dose_response, run_dose_response
from osteon.trial.run import contents

TEXT = """
format = 1
title = "small"
[dose_response]
species = ["mouse", "human"]
sources = ["umbilical_cord"]
routes = ["intravenous", "intramedullary"]
doses = ["1e6 cells/kg", "5e7 cells/kg", "2e8 cells/kg"]
infusion_times = ["1 min", "60 min"]
parameter_draws = 24
"""


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("surface") / "small.toml"
    path.write_text(TEXT)
    return path


@pytest.fixture(scope="module")
def done(file):
    out = file.with_name("done")
    result = run_dose_response(file, out, seed=1)
    return out, result


def at(result, **asked):
    return [r for r in result["endpoints"] if all(r[k] == v for k, v in asked.items())]


def test_every_point_of_the_grid_carries_intervals_and_hazards(done):
    rows = done[1]["endpoints"]
    assert len(rows) == 2 * 1 * 2 * 3 * 2
    for r in rows:
        assert r["benefit_lo90"] <= r["benefit_mid"] <= r["benefit_hi90"] and r["benefit_hi90"] > 0
        assert 0 <= r["embolism_lo90"] <= r["embolism_hi90"] <= 1 and 0 <= r["death_lo90"] <= r["death_hi90"] <= 1
        assert r["cells_per_capillary"] > 0 and r["evidence_harm"] == "animal"


def test_in_people_the_effect_is_assumed_and_reaches_nothing_in_animals_it_does_not(done):
    people, mice = at(done[1], species="human"), at(done[1], species="mouse", dose_per_kg=5e7)
    assert all(r["evidence_benefit"] == "assumed" and r["benefit_lo90"] < 0.01 for r in people)
    assert all(r["evidence_benefit"] == "animal" and r["benefit_lo90"] > 1 for r in mice)


def test_harm_rises_with_dose_falls_with_a_slow_drip_into_a_vein_and_counts_capillaries_too(done):
    for species in ("mouse", "human"):
        quick, slow = (
            [
                r["death_hi90"]
                for r in at(done[1], species=species, route="intravenous", infusion_minutes=pytest.approx(m))
            ]
            for m in (1, 60)
        )
        assert quick == sorted(quick) and quick[-1] > 0.5 and all(s <= q for s, q in zip(slow, quick, strict=True))
    [one] = at(done[1], species="human", route="intravenous", dose_per_kg=5e7, infusion_minutes=pytest.approx(60))
    assert one["death_hi90_by_capillary"] > one["death_hi90"]
    for r in at(done[1], species="mouse"):
        assert r["death_hi90_by_capillary"] == pytest.approx(r["death_hi90"])


def test_a_dose_that_nobody_gave_is_labelled(done):
    assert {r["dose_per_kg"] for r in at(done[1], species="human", extrapolated=True)} == {5e7, 2e8}
    assert not at(done[1], species="mouse", extrapolated=True)


def test_no_type_can_hold_a_best_dose(done):
    names = {f.name for f in dataclasses.fields(DoseResponsePoint)} | {
        k for s in spans(done[1]["endpoints"]) for k in s
    }
    assert not [n for n in names if any(w in n for w in ("best", "optimal", "recommend", "choice", "rank", "fracture"))]


def test_the_folder_verifies_and_its_hash_does_not_hang_on_workers(done, file):
    out, _ = done
    page = write_dose_response_report(out).read_text(encoding="utf-8")
    assert verify(out) and "No best dose is named" in page and "https://" not in page
    run_dose_response(file, file.with_name("two"), seed=1, workers=2)
    assert contents(out) == contents(file.with_name("two"))
    run_dose_response(file, file.with_name("other"), seed=2)
    assert contents(out) != contents(file.with_name("other"))


def test_its_report_is_sound_and_reads_well_on_a_desk_and_a_phone(done):
    path = write_dose_response_report(done[0])
    looks.is_a_sound_page(path)
    if found("chromium"):
        looks.is_readable_everywhere(path)


@needs_chromium
def test_its_report_holds_its_points_alive(done):
    out, result = done
    path = write_dose_response_report(out, live=True)
    looks.is_a_sound_page(path)
    said, state = looks.is_alive(path, patience=100.0, computes=False)
    first = cells_of_points(result["endpoints"])["rows"]
    same = [r for r in first if all(r[k] == first[0][k] for k in ("species", "source", "route"))]
    low, high = min(r["benefit"][0] for r in same), max(r["benefit"][1] for r in same)
    assert state["screen"] == "cells" and f"{high:+.1f}".lstrip("+") in said and f"{abs(low):.1f}" in said


def test_points_of_a_page_are_those_of_the_run(done):
    points = done[1]["endpoints"]
    table = cells_of_points(points)
    seen = {(r["species"], r["source"], r["route"], r["dose"]) for r in table["rows"]}
    assert len(seen) == len(table["rows"]) and seen == {
        (p["species"], p["source"], p["route"], p["dose_per_kg"]) for p in points
    }
    for r in table["rows"]:
        assert {r["species"], r["source"], r["route"]} <= set(table["words"])
        assert any(r["benefit"] == [p["benefit_lo90"], p["benefit_hi90"]] for p in points)


@needs_chromium
@needs_axe
def test_its_report_breaks_no_rule_of_accessibility(done):
    looks.breaks_no_rule(write_dose_response_report(done[0]))


def test_a_stopped_surface_is_resumed_to_the_same_hash(done, file, monkeypatch):
    out, real, calls = file.with_name("stopped"), dose_response_room.group_chunk, []

    def dies(*given):
        calls.append(given)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return real(*given)

    monkeypatch.setattr(dose_response_room, "group_chunk", dies)
    with pytest.raises(KeyboardInterrupt):
        run_dose_response(file, out, seed=1)
    monkeypatch.setattr(dose_response_room, "group_chunk", real)
    with pytest.raises(InputError, match="not finished"):
        contents(out)
    resume_dose_response(out)
    assert contents(out) == contents(done[0])


def test_a_flipped_byte_is_found_and_never_built_on(done, file):
    out = file.with_name("flipped")
    run_dose_response(file, out, seed=1)
    chunk = out / "outcomes" / "chunk-00000001.parquet"
    data = bytearray(chunk.read_bytes())
    data[len(data) // 2] ^= 1
    chunk.write_bytes(bytes(data))
    with pytest.raises(CorruptData):
        contents(out)
    with pytest.raises(CorruptData):
        resume_dose_response(out)


def test_worlds_are_the_same_in_a_longer_run(file):
    from osteon.inputs.dose_response import load_dose_response

    dose_response = load_dose_response(file).dose_response
    few, many = (
        dose_response_room.outcomes_by_draw(dose_response, ("mouse", "umbilical_cord", "intravenous"), n, 1)
        for n in (5, 9)
    )
    for name, values in few.items():
        assert np.allclose(values["benefit"], many[name]["benefit"][:5], rtol=1e-9)


def test_the_command_runs_it_and_prints_intervals(file, capsys):
    from osteon.cli import main

    out = str(file.with_name("command"))
    assert main(["run", str(file), "--out", out, "--patients", "4"]) == 0
    told = capsys.readouterr().out
    assert "No best dose" in told and told.count(" to ") > 30
    assert main(["resume", out, "--json"]) == 0 and '"benefit_hi90"' in capsys.readouterr().out
    assert main(["run", str(file), "--out", out + "x", "--patients", "0"]) == 2
