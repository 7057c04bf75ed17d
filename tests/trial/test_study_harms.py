"""Harms of a study: expected and drawn, against a comparator, the same for any chunk; the page shows them beside bone."""

import tomllib

import numpy as np
import pytest

from osteon.errors import InputError, Unsupported
from osteon.inputs import read_scenario, read_study
from osteon.io.outcome_store import events, read_parquet
from osteon.outcomes.harm_table import load_harms
from osteon.report.benefit_risk import benefit_risk
from osteon.report.study_page import write_study_report
from osteon.report.tables import per_thousand, signed
from osteon.simulation.harms import HARMS_DRAWS, expected, harms_in, material_causes, with_events
from osteon.simulation.scenario import simulate_scenario
from osteon.trial.run import contents, run

STUDY = """
format = 1
title = "three"
[population]
cohort = "postmenopausal_osteoporosis"
patients_per_arm = 12
[design]
duration = "24 months"
visits = ["0 months", "12 months", "24 months"]
[[arm]]
name = "none"
[[arm]]
name = "zoledronate"
[[arm.regimen]]
drug = "zoledronate"
dose = "5 mg"
route = "intravenous"
every = "12 months"
[[arm]]
name = "romosozumab, too long"
[[arm.regimen]]
drug = "romosozumab"
dose = "210 mg"
route = "subcutaneous"
every = "1 month"
[[endpoint]]
name = "bmd_total_hip"
visit = "24 months"
compare = "none"
"""


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    place = tmp_path_factory.mktemp("harms")
    (place / "study.toml").write_text(STUDY)
    result = run(place / "study.toml", place / "run", batch=7)
    return place, result


def row(result, arm, harm):
    return next(r for r in result["harms"] if r["arm"] == arm and r["harm"] == harm)


def test_every_arm_has_every_harm_of_the_study_with_bounds(ran):
    _, result = ran
    harms = {r["harm"] for r in result["harms"]}
    assert {"onj", "aff", "acute_phase", "atrial_fibrillation", "mace", "injection_site"} <= harms
    assert len(result["harms"]) == 3 * len(harms)
    for r in result["harms"]:
        assert r["lo90"] <= r["per_1000"] <= r["hi90"] and r["added_lo90"] <= r["added"] <= r["added_hi90"]


def test_an_arm_without_a_drug_has_the_background_and_nothing_added(ran):
    _, result = ran
    for r in (r for r in result["harms"] if r["arm"] == "none"):
        assert r["added"] == r["added_hi90"] == 0.0 and r["per_1000"] == r["without"] and not r["causes"]


def test_the_difference_against_the_comparator_is_what_the_drug_adds(ran):
    _, result = ran
    for r in (r for r in result["harms"] if r["arm"] != "none"):
        assert r["difference"] == pytest.approx(r["added"]) and r["difference_hi90"] == pytest.approx(r["added_hi90"])
    assert 200 < row(result, "zoledronate", "acute_phase")["difference"] < 330


def test_what_is_not_shown_is_told_by_its_upper_bound(ran):
    _, result = ran
    mace = row(result, "romosozumab, too long", "mace")
    assert not mace["shown"] and mace["added_lo90"] < 0 < mace["added_hi90"]
    assert mace["remark"].startswith("not shown, not excluded: up to")


def test_events_are_drawn_once_and_stay(ran):
    place, result = ran
    files = sorted((place / "run" / "outcomes").glob("*.parquet"))
    table = read_parquet(files, "patient, visit", "output = 'event_acute_phase'")
    assert set(table["value"]) <= {0.0, 1.0}
    wide = table.pivot(index="patient", columns="visit", values="value").to_numpy()
    assert (np.diff(wide, axis=1) >= 0).all() and (wide[:, 0] == 0).all()
    seen = row(result, "zoledronate", "acute_phase")
    assert seen["events"] == table[(table["arm"] == "zoledronate") & (table["visit"] == 24)]["value"].sum()
    assert row(result, "none", "acute_phase")["events"] == 0


def test_drawn_events_are_as_frequent_as_their_hazard():
    hazard = np.full((20000, 1, 1), 0.3)
    drawn, names = with_events(hazard, ["cumulative_onj"], ["onj"], 1, np.arange(20000))
    assert names == ["event_onj"]
    assert drawn.mean() == pytest.approx(1 - np.exp(-0.3), abs=3 * np.sqrt(0.26 * 0.74 / 20000))


def test_the_same_numbers_from_other_chunks(ran, tmp_path):
    place, _ = ran
    run(place / "study.toml", tmp_path / "again", batch=1000)
    assert contents(tmp_path / "again") == contents(place / "run")


def test_labels_warn_in_the_result_and_on_the_page(ran):
    place, result = ran
    assert any(w["kind"] == "exceeded" and w["arm"].startswith("romo") for w in result["labels"])
    page = write_study_report(place / "run").read_text(encoding="utf-8")
    for words in ("Benefits and risks", "more than the 12 of its label", "fever and aches", "not excluded"):
        assert words in page


def test_no_arm_is_without_its_row_beside(ran):
    _, result = ran
    rows = {b["arm"]: b for b in benefit_risk(result)}
    assert not rows["none"]["given"] and rows["zoledronate"]["shown"]
    assert any("heart attack" in x and "up to" in x for x in rows["romosozumab, too long"]["open"])


def test_cells_stand_beside_drugs_with_their_upper_ends():
    def harm(name, applies, low, high, unit="chance", evidence="animal"):
        return {"words": name, "applies": applies, "low": low, "high": high, "unit": unit, "evidence": evidence}

    harms = [
        harm("an embolus", True, 0.004, 0.02),
        harm("death", True, 0.0, 1e-9),
        harm("a tumour", True, 0.6, 1.45, "relative risk"),
        harm("a tumour, if hidden", True, 1.0, None, "relative risk"),
        harm("amyloid", False, None, None),
    ]
    endpoint = {"arm": "cells", "endpoint": "bmd_total_hip", "mean": 1.0}
    unknown = {"arm": "cells", "endpoint": "bmd_total_hip", "lo90": -0.01, "hi90": 2.0}
    row = benefit_risk({"endpoints": [endpoint], "knowledge": [unknown], "cells": [{"arm": "cells", "harms": harms}]})[
        0
    ]
    assert row["shown"] == ["an embolus 4.0 to 20 (animal data)"]
    assert row["open"][0] == "death: less than 0.0001" and "up to 1.45 times" in row["open"][1]
    assert "nobody knows" in row["open"][2] and len(row["open"]) == 3
    assert row["gains"][0].startswith("cells add (assumed") and row["gains"][1] == "total hip BMD 0.0 to +2.0"


def test_fractures_stand_beside_harms_where_an_endpoint_asks_for_them():
    row = {"arm": "drug", "endpoint": "hip_fracture", "as": "incidence", "mean": 0.0, "expected": 1.23}
    row |= {"evidence": "human", "compare": "none", "expected_ratio": 0.61}
    assert benefit_risk({"endpoints": [row]})[0]["gains"] == [
        "hip fracture: 12 of 1,000 expected, 0.61 times those of none"
    ]
    assert benefit_risk({"endpoints": [row | {"evidence": "assumed"}]})[0]["gains"] == []


def test_a_trace_is_no_cause_and_the_larger_part_decides_what_is_shown():
    h, years = load_harms()["onj"], 2.0
    cause = {c.driver: c for c in h.causes}
    exposure = {"onj_background_cumulated": np.full(3, 1e-5), "onj_bisphosphonate_years_exposed": np.full(3, 0.5)}
    exposure |= {"onj_rankl_block_exposed": np.full(3, 1e-3), "onj_sclerostin_block_exposed": np.full(3, 1.0)}
    felt = material_causes(h, h.causes, exposure, years)
    assert set(felt) == {cause["bisphosphonate_years"], cause["sclerostin_block"]}
    assert felt[cause["bisphosphonate_years"]] == pytest.approx(0.5 * 3e-5)
    assert felt[cause["sclerostin_block"]] > felt[cause["bisphosphonate_years"]]


def test_the_interval_does_not_hang_on_the_arms_in_the_study():
    study = read_study(tomllib.loads(STUDY))
    names = [f"{h}_background_cumulated" for h in harms_in(study)]
    flat = {n: np.full(4, 1e-3) for n in names}
    more = {
        f"{h}_{d}_exposed": np.full(4, 1.0)
        for h in harms_in(study)
        for d in ("bisphosphonate_years", "infusion", "infusion_memory", "sclerostin_block", "calcium_fall")
    }
    rows = expected(study, {a.name: flat | more for a in study.arm}, 1)
    assert HARMS_DRAWS >= 1000 and all(np.isfinite(r["hi90"]) for r in rows)
    onj = [r for r in rows if r["harm"] == "onj"]
    assert onj[0]["without"] == onj[1]["without"] == pytest.approx(1.0, rel=1e-2)


def scenario(**output):
    table = {"format": 1, "person": {"age": "70 years"}, "output": {"end": "12 months", "at": "6 months", **output}}
    table["regimen"] = [{"drug": "raloxifene", "dose": "60 mg", "route": "oral", "every": "1 day"}]
    return read_scenario(table)


def test_a_scenario_gives_hazards_with_draws():
    rows = simulate_scenario(scenario(of=["hazard_vte", "hazard_stroke", "hazard_onj"], draws=40)).rows
    last = {r["output"]: r for r in rows if r["months"] > 11}
    assert last["hazard_vte"]["lo90"] < last["hazard_vte"]["value"] < last["hazard_vte"]["hi90"]
    assert last["hazard_vte"]["value"] == pytest.approx(1.6 * 20e-4 * np.exp(0.06), rel=0.05)
    assert {r["unit"] for r in rows} == {"1/year"} and last["hazard_onj"]["value"] == pytest.approx(5e-6)


def _aff(factor):
    """An override from birth on; with none the life before is solved by itself, to its own tolerance."""
    return {"parameter": "aff_bisphosphonate_years_excess", "factor": factor}


def test_a_harm_can_stop_a_drug_and_be_overridden():
    rule = {"drug": "alendronate", "dose": "70 mg", "route": "oral", "every": "1 week"}
    table = {
        "format": 1,
        "person": {"age": "70 years"},
        "output": {"end": "72 months", "at": "72 months", "of": ["ctx"]},
    }
    for_ever = simulate_scenario(read_scenario({**table, "regimen": [rule]})).rows[-1]["value"]
    stopped = {**rule, "stop_when": "hazard_aff > 0.0001"}
    assert simulate_scenario(read_scenario({**table, "regimen": [stopped]})).rows[-1]["value"] > 1.3 * for_ever
    table["output"]["of"] = ["hazard_aff"]
    once, twice = (
        simulate_scenario(read_scenario({**table, "regimen": [rule], "override": [_aff(f)]})).rows[-1]["value"]
        for f in (1.0, 2.0)
    )
    assert twice - 3e-5 == pytest.approx(2 * (once - 3e-5), rel=1e-6)


@pytest.mark.parametrize(
    "rule", ["hold_when = 'hazard_vertebral >= 0'", "stop_when = 'hazard_onj >= 0 and hazard_hip > 0'"]
)
def test_a_hazard_named_in_a_rule_alone_holds_doses_of_a_study(tmp_path, rule):
    text = STUDY.replace('every = "12 months"', f'every = "12 months"\n{rule}').replace("arm = 12", "arm = 3")
    (tmp_path / "study.toml").write_text(text)
    run(tmp_path / "study.toml", tmp_path / "run")
    frame = read_parquet(sorted((tmp_path / "run" / "outcomes").iterdir()))
    assert ctx_ratio(frame) > 0.75  # 0.4 where it is given


def ctx_ratio(frame):
    """Mean of CTX at month 12 over CTX at month 0 on zoledronate."""
    own = frame[(frame["output"] == "ctx") & (frame["arm"] == "zoledronate")].set_index("patient")
    return (own[own["visit"] == 12]["value"] / own[own["visit"] == 0]["value"]).mean()


def test_events_are_the_same_from_one_file_and_from_many(ran):
    place, _ = ran
    files = sorted((place / "run" / "outcomes").iterdir())
    frame = read_parquet(files)
    had = (
        frame[(frame["output"] == "event_acute_phase") & (frame["arm"] == "zoledronate")]
        .groupby("patient")["value"]
        .max()
    )
    assert events(files, ["acute_phase", "onj"])["zoledronate", "acute_phase"] == (int((had == 1).sum()), len(had))


@pytest.mark.parametrize("steepness", [2.5, 4.0, 5.5])
def test_a_broken_power_does_not_break_a_run(steepness):
    rule = {"drug": "zoledronate", "dose": "5 mg", "route": "intravenous", "every": "12 months"}
    table = {"format": 1, "person": {"age": "70 years"}, "regimen": [rule]}
    table["output"] = {"end": "30 months", "at": "6 months", "of": ["cumulative_acute_phase", "hazard_aff"]}
    table["override"] = [
        {"parameter": "acute_steepness", "value": steepness},
        {"parameter": "hold_steepness", "value": steepness},
    ]
    table["output"]["of"].append("acute_adapted")
    values = [r["value"] for r in simulate_scenario(read_scenario(table)).rows]
    assert np.isfinite(values).all()


def test_a_scenario_beyond_a_label_is_told():
    table = {
        "format": 1,
        "person": {"age": "60 years", "sex": "male"},
        "output": {"end": "36 months", "at": "36 months"},
    }
    table["output"]["of"] = ["ctx"]
    given = {"drug": "teriparatide", "dose": "20 ug", "route": "subcutaneous", "every": "1 day"}
    other = {"drug": "zoledronate", "dose": "5 mg", "route": "intravenous"}
    short = read_scenario({**table, "regimen": [{**given, "until": "24 months"}]})
    long = read_scenario({**table, "person": {**table["person"], "gfr": "30 mL/min"}, "regimen": [given, other]})
    assert not any("label" in n for n in simulate_scenario(short).notes)
    notes = " ".join(simulate_scenario(long).notes)
    assert "36 months of teriparatide are more than the 24 of its label" in notes
    assert "zoledronate is not advised at an eGFR of 30" in notes


def test_a_harm_that_waits_and_one_that_does_not_exist():
    with pytest.raises(InputError, match="hazard_onj"):
        simulate_scenario(scenario(of=["hazard_omj"]))
    animal = {
        "format": 1,
        "animal": {"species": "rat", "age": "20 weeks"},
        "output": {"end": "7 days", "of": ["hazard_aff"]},
    }
    with pytest.raises(Unsupported, match="people only"):
        simulate_scenario(read_scenario(animal))


def test_a_hazard_can_be_an_endpoint_beside_cells(tmp_path):
    text = STUDY.replace("bmd_total_hip", "cumulative_onj").replace("patients_per_arm = 12", "patients_per_arm = 3")
    text = text.replace('compare = "none"', 'as = "value"\nanalysis = "t_test"\ncompare = "none"')
    cells = 'source = "umbilical_cord"\ndose = "1e6 cells/kg"\nroute = "intravenous"\nat = ["0 months"]\n'
    (tmp_path / "study.toml").write_text(text.replace("[[endpoint]]", f"[[arm.cells]]\n{cells}\n[[endpoint]]"))
    rows = run(tmp_path / "study.toml", tmp_path / "run")["endpoints"]
    means = {r["arm"]: r["mean"] for r in rows}
    assert means["none"] == pytest.approx(1e-5, rel=2.0) and means["zoledronate"] > means["none"]


def test_numbers_of_a_page():
    assert [per_thousand(v) for v in (0.0, 253.4, 1.572, -0.00463)] == ["0", "250", "1.6", "\u22120.0046"]
    assert (signed(-0.04), signed(1.25), signed(-2.0)) == ("0.0", "+1.2", "\u22122.0")
