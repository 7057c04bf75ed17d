"""Product and dish files: every fault at once, in words; a lot is released by every criterion or by none left out."""

import json
from pathlib import Path

import pytest

from osteon.cli import main
from osteon.errors import InputError
from osteon.inputs import load_dish, load_product, read_dish, read_product, schema
from osteon.io import toml
from osteon.simulation.dish_file import dish_rows, potency_update
from osteon.simulation.product_release import release_rows

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
PRODUCT = toml.read(EXAMPLES / "product_cord_cells.toml")
DISHES = toml.read(EXAMPLES / "dish_simvastatin.toml")


def changed(**tables):
    """The example with keys of [product] or of a table in it changed; None takes a key out."""
    product = {**PRODUCT["product"]}
    for key, value in tables.items():
        product[key] = {**product[key], **value} if isinstance(value, dict) else value
        if isinstance(value, dict):
            product[key] = {k: v for k, v in product[key].items() if v is not None}
    return PRODUCT | {"product": {k: v for k, v in product.items() if v is not None}}


def failing(**tables):
    return {r.criterion: r for r in release_rows(read_product(changed(**tables)).product) if not r.passes}


def test_the_example_is_released_and_every_criterion_has_a_standard():
    rows = release_rows(load_product(EXAMPLES / "product_cord_cells.toml").product)
    assert all(r.passes for r in rows) and all(r.standard and r.kind in {"published", "assumed"} for r in rows)


@pytest.mark.parametrize(
    ("tables", "criterion", "word"),
    [
        ({"markers": {"CD73": "94 percent"}}, "CD73", "at least 95 %"),
        ({"markers": {"HLA-DR": "3 percent"}}, "HLA-DR", "at most 2 %"),
        ({"markers": {"CD45": None}}, "CD45", "not measured"),
        ({"viability": "65 percent"}, "viability", "at least 70 %"),
        ({"viability": "72 percent", "vehicle": "saline", "infusion_time": "2 h"}, "viability_at_needle", "70 %"),
        ({"tests": {"endotoxin": "4 EU/mL"}}, "endotoxin", "EU/kg/h"),
        ({"tests": {"sterility": "pending"}}, "sterility", "'pending'"),
        ({"tests": {"karyotype": "clonal abnormality"}}, "karyotype", "'clonal abnormality'"),
        ({"passage": 12}, "passage", "at most 10"),
        ({"population_doublings": 60.0}, "population_doublings", "at most 40"),
        ({"dmso": "10 percent", "volume": "1500 mL", "infusion_time": "900 min"}, "dmso", "g/kg"),
        ({"dmso": None}, "dmso", "not measured"),
        ({"potency": {"alp": 1.1}}, "potency_alp", "at least 1.5"),
    ],
)
def test_each_criterion_fails_for_its_own_reason(tables, criterion, word):
    found = failing(**tables)
    assert criterion in found and word in found[criterion].reason


def test_all_failing_criteria_come_at_once_and_the_exit_code_is_1(tmp_path, capsys):
    bad = tmp_path / "bad.toml"
    text = (EXAMPLES / "product_cord_cells.toml").read_text(encoding="utf-8")
    bad.write_text(
        text.replace('CD90 = "98 percent"', 'CD90 = "80 percent"').replace('"no growth"', '"growth"'), encoding="utf-8"
    )
    assert main(["release", str(bad), "--json"]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert [r["criterion"] for r in answer["rows"] if not r["passes"]] == ["CD90", "sterility"] and not answer["ok"]
    assert main(["release", str(EXAMPLES / "product_cord_cells.toml")]) == 0


def test_endotoxin_is_judged_by_what_a_body_is_given_in_an_hour():
    def rate(**more):
        return next(
            r.measured for r in release_rows(read_product(changed(**more)).product) if r.criterion == "endotoxin"
        )

    assert rate() == pytest.approx(0.1 * 100 / 66)
    assert rate(infusion_time="2 h") == pytest.approx(rate() / 2)
    assert rate(infusion_time="5 min") == rate()  # no worse than in an hour, no better either


def test_every_fault_of_a_product_file_is_told_at_once():
    table = changed(source="cord", vehicle="saline without albumine", rate="1 mL/min", state="fresh", dose="2 mg",
                    markers={"CD73": 0.9}, tests={"endotoxin": "1 mg"}, site="fracture")  # fmt: skip
    with pytest.raises(InputError) as caught:
        read_product(table)
    assert {f.place.rsplit(" ", 1)[-1] for f in caught.value.faults} >= {
        "source", "vehicle", "rate", "dmso", "dose", "CD73", "endotoxin", "site"
    }  # fmt: skip


def test_an_assay_against_marrow_cells_moves_potency_and_one_against_its_own_control_hardly():
    high, low = (
        potency_update(read_product(changed(potency={"alp": None, "mineral": None, "alp_of_marrow": x})).product)[-1]
        for x in (1.5, 0.1)
    )
    assert low.posterior_hi90 < high.posterior_hi90 and low.posterior < low.prior < high.posterior
    (own,) = potency_update(read_product(changed(potency={"mineral": None, "alp_of_marrow": None})).product)
    assert own.posterior == pytest.approx(own.prior, rel=0.25)
    assert not potency_update(
        read_product(changed(potency={"alp": None, "mineral": None, "alp_of_marrow": None})).product
    )


def test_dishes_answer_as_their_regulators_and_blockers_say_and_a_control_is_not_compared_with_itself():
    rows = {(r.dish, r.output): r for r in dish_rows(load_dish(EXAMPLES / "dish_simvastatin.toml"))}
    assert rows["control", "mineral"].ratio is None
    assert rows["simvastatin", "mineral"].ratio > 1 > rows["without osteogenic medium", "mineral"].ratio
    assert rows["simvastatin, BMP-2 blocked", "mineral"].ratio < 1
    assert all(r.ratio_lo90 < r.ratio < r.ratio_hi90 for r in rows.values() if r.ratio)


def test_every_fault_of_a_dish_file_is_told_at_once():
    bad = {"name": "control", "source": "bone", "regulators": {"simvastatine": 1.0, "wnt": 4.0}, "blocked": ["bmp2"], "days": 14,
           "donor": {"match": "autologous"}}  # fmt: skip
    with pytest.raises(InputError) as caught:
        read_dish(DISHES | {"dish": [DISHES["dish"][0], bad], "compare": "contrl"})
    codes = [f.code for f in caught.value.faults]
    assert {
        "unknown_regulator",
        "unknown_node",
        "missing_unit",
        "duplicate_name",
        "unknown_dish",
        "contradiction",
    } <= set(codes)
    assert len(codes) >= 8


@pytest.mark.parametrize("kind", ["product", "dish"])
def test_new_file_kinds_have_schemas_and_are_validated(kind, capsys):
    assert schema(kind)["$id"] == f"osteon:{kind}:1"
    file = {"product": "product_cord_cells.toml", "dish": "dish_simvastatin.toml"}[kind]
    assert main(["validate", str(EXAMPLES / file), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["rows"][0]["kind"] == kind
