"""Cards: whatever the model is made of can be shown, with its equation, its provenance and who uses it."""

import json

import pytest

from osteon.errors import InputError
from osteon.inputs.names import HABITS
from osteon.interventions import CARDS
from osteon.report.cards import card_of, names_of
from osteon.simulation.assembly import human_model


def test_every_parameter_state_rule_port_rate_and_module_has_a_card():
    model = human_model(CARDS)
    names = [*model.parameters, *model.outputs, *(m.name for m in model.modules)]
    for name in names[::7]:
        row, text = card_of(name)
        assert json.dumps(row) and row["name"] == name
        assert text.startswith(name) and len(text.split("\n")) > 1, name
        assert name in CARDS or "    " not in text.replace("\n  ", "\n"), name


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("bmi", ["25 kg/m^2", "bounds 12 to 60 kg/m^2", "standard deviation", "no source", "usual_fat_share, "]),
        ("fat_of_bmi", ["assumed", "Gallagher D", "8.48 kg/m^2"]),
        ("k_lining", ["fitted value", "default 0.0015", "narrowed"]),
        ("k_osteoclast", ["derived", "0.0286", "mean time 35 d"]),
        ("leptin", ["rule of fat_hormones", "leptin = leptin_secretion * relative_fat ** leptin_fat", "leptin_answer"]),
        ("osteoclasts", ["state of osteoclasts", "d osteoclasts / day", "osteoclast_gain: New active osteoclasts"]),
        ("rankl_production", ["port of rankl", "rankl_of_oestrogen * ", "steroid_rankl: RANKL rises"]),
        ("inflammation_drive", ["port of inflammation", "inflammation_of_fat: Visceral fat inflames"]),
        ("bone_gain_cancellous_hip", ["rate of skeleton", "used by: bone_cancellous_hip, young_cancellous_hip"]),
        ("body", ["module", "plugs into: strain_drive (strain_of_lean)", "gallagher2000"]),
        ("translation", ["0 with chance 0.3", "bounds 0 to 2"]),
        ("niche_gain", ["assumed", "li2016", "by hand"]),
        ("embolism_risk", ["rule of cell_hazards", "chance of an embolus"]),
        ("viable_cells_lung", ["port of cell_kinetics"]),
        ("gallagher2000", ["Am J Clin Nutr", "rests on it: fat_intercept"]),
    ],
)
def test_a_card_says_what_people_ask(name, told):
    text = card_of(name)[1]
    assert [t for t in told if t not in text] == []


def test_a_name_that_is_nothing_is_answered_with_the_nearest():
    with pytest.raises(InputError, match="Did you mean 'leptin'"):
        card_of("lepitn")


def test_the_list_of_habits_is_that_of_the_files():
    assert [row["name"] for row in names_of("habits")] == list(HABITS)
    assert all(row["about"] for row in names_of("habits"))


def test_a_harm_has_a_card_with_bounds_sources_and_drugs():
    row, text = card_of("hazard_onj")
    assert row["name"] == "onj" and "denosumab" in row["drugs"] and "raloxifene" not in row["drugs"]
    assert all(c["lo90"] < c["value"] < c["hi90"] and c["source"] for c in row["causes"])
    assert "hazard_onj = onj_background + onj_added" in text


def test_a_drug_lists_its_harms_with_rates_and_its_label():
    row, text = card_of("romosozumab")
    rates = {h["harm"]: h for h in row["harm_rates"]}
    assert list(rates) == row["harms"] and rates["mace"]["causes"][0]["kind"] == "hazard ratio"
    assert not rates["mace"]["causes"][0]["shown"] and "at most 12 months" in text
    assert {h["name"] for h in names_of("harms")} >= {"onj", "aff", "vte", "stroke", "mace"}
    assert "hazard_aff" in {r["name"] for r in names_of("outputs")}


def test_outputs_of_cells_and_animals_are_listed():
    names = {r["name"] for r in names_of("outputs")}
    assert {
        "viable_cells_lung",
        "label_spleen",
        "embolism_risk",
        "fever_risk",
        "bvtv_femur_left",
        "modulus_fracture",
    } <= names
    assert len(names) == len(names_of("outputs"))
