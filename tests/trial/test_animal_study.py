"""Studies of animals with drugs and cells: they run, they answer with all faults at once, and an empty arm shows nothing."""

import csv
import json

import pytest
from tests.browsers import found
from tests.report import looks

from osteon.app.actions import run, validate
from osteon.app.export_run import export_run
from osteon.errors import InputError, Unsupported
from osteon.inputs import schema
from osteon.inputs.animal_study import is_animal_study, read_animal_study

STUDY = """
format = 1
title = "Rats"
draws = 8
[animal]
species = "rat"
age = "26 weeks"
condition = "ovx"
condition_from = "-8 weeks"
[design]
animals_per_arm = 8
duration = "4 weeks"
visits = ["0 weeks", "4 weeks"]
[[arm]]
name = "sham"
animal = { condition = "intact" }
[[arm]]
name = "vehicle"
[[arm]]
name = "again nothing"
[[arm]]
name = "both"
[[arm.regimen]]
drug = "zoledronate"
dose = "100 ug/kg"
route = "intravenous"
[[arm.cells]]
source = "bone_marrow"
dose = "1e7 cells/kg"
route = "intravenous"
at = ["0 weeks"]
[[endpoint]]
name = "bvtv_tibia_left"
visit = "4 weeks"
compare = "vehicle"
[[endpoint]]
name = "bmd_femur_left"
visit = "4 weeks"
as = "percent_change"
compare = "vehicle"
"""


@pytest.fixture
def study(tmp_path):
    file = tmp_path / "rats.toml"
    file.write_text(STUDY, encoding="utf-8")
    return file


def test_drugs_and_cells_in_ovariectomised_rats_run_and_give_back_a_part_of_the_deficit(study, tmp_path):
    assert validate(str(study)).rows[0]["kind"] == "animal_study"
    done = run(str(study), str(tmp_path / "out"), None, 1, 1, None, "")
    rows = {(r["endpoint"], r["arm"]): r for r in done.rows}
    sham, both, none = (rows["bvtv_tibia_left", a] for a in ("sham", "both", "again nothing"))
    assert sham["true"] > 100
    assert 0 < both["true"] < sham["true"]
    assert 0 < both["restored"] < 1
    assert both["true_lo90"] < both["true"] < both["true_hi90"]
    assert none["true"] == pytest.approx(0.0, abs=1e-9)
    assert none["chance"] < 0.06
    told = json.loads((tmp_path / "out" / "endpoints.json").read_text(encoding="utf-8"))
    assert told["animals_per_arm"] == 8
    assert len(told["endpoints"]) == len(done.rows) == 6
    with (tmp_path / "out" / "animals.csv").open(encoding="utf-8") as f:
        assert len(list(csv.DictReader(f))) == 4 * 2 * 8
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "again nothing" in page
    with pytest.raises(Unsupported, match="animals.csv"):
        export_run(str(tmp_path / "out"), "adam", str(tmp_path / "adam"))
    looks.is_a_sound_page(tmp_path / "out" / "report.html")
    if found("chromium"):
        looks.is_readable_everywhere(tmp_path / "out" / "report.html")
    assert any("zoledronate" in n for n in done.notes)


def test_a_study_of_animals_is_told_apart_and_never_overwrites(study, tmp_path):
    assert not is_animal_study({"population": {}, "arm": [], "animal": {}})
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "something.txt").write_text("kept", encoding="utf-8")
    with pytest.raises(InputError, match="not empty"):
        run(str(study), str(tmp_path / "full"), None, 1, 1, None, "")
    with pytest.raises(Unsupported, match="not run in parts"):
        run(str(study), str(tmp_path / "parts"), None, 1, 1, None, "", part="1/2")


def test_all_faults_of_a_study_of_animals_come_at_once_and_each_once():
    from osteon.io import toml

    table = toml.parse(STUDY.encode(), "rats.toml")
    table["endpoint"][0]["compare"] = "vehicel"
    table["endpoint"][1]["visit"] = "3 weeks"
    table["arm"][3]["regimen"][0]["drug"] = "zoledronat"
    table["arm"][2]["regimen"] = [{"drug": "denosumab", "dose": "1 mg/kg"}]
    table["arm"][2]["name"] = "vehicle"
    with pytest.raises(InputError) as caught:
        read_animal_study(table, "rats.toml")
    text = str(caught.value)
    assert "vehicel" in text
    assert "no visit" in text
    assert "zoledronat" in text
    assert "stands twice" in text
    messages = [f.message for f in caught.value.faults]
    assert len(messages) == len(set(messages))


def test_a_drug_that_does_not_bind_is_refused_by_name(study, tmp_path):
    file = tmp_path / "dmab.toml"
    file.write_text(
        STUDY.replace('"zoledronate"', '"denosumab"').replace('"intravenous"', '"subcutaneous"', 1), encoding="utf-8"
    )
    with pytest.raises(Unsupported, match="OPG|opg_fc"):
        validate(str(file))


def test_a_study_of_animals_has_a_schema():
    assert "animals_per_arm" in json.dumps(schema("animal_study"))
